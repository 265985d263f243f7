//! Credentials in objects, and who gets them.

use serde_json::json;

use crate::checks::{Check, Confidence, DocumentCase, Fault, Faults, Rule, Standard};
use crate::model::{Subject, base64, value};
use crate::parse::{Node, edit};
use crate::text::Severity;

const DOC: &str = include_str!("credential.md");

/// The checks, by id.
pub(super) const ROWS: &[Check] = &[
    Check::new(
        "configmap-holds-secret",
        Severity::High,
        "config map holds a credential",
        DOC,
        Rule::Document(&[Subject::ConfigMap], config_secret),
    )
    .aliases(&["sensitiveConfigmapContent", "KSV-0109", "KSV-01010", "C-0012"])
    .lessons(&[17])
    .technique("T1552.007")
    .confidence(Confidence::Likely),
    Check::new(
        "hostpath-persistent-volume",
        Severity::High,
        "volume is a directory of the node",
        DOC,
        Rule::Document(&[Subject::PersistentVolume], host_path),
    )
    .aliases(&["limit-hostpath-type-pv"])
    .lessons(&[7, 36])
    .technique("T1611"),
    Check::new(
        "secret-manifest-plaintext",
        Severity::High,
        "secret stands in a manifest",
        DOC,
        Rule::Document(&[Subject::Secret], plain_secret),
    )
    .lessons(&[17, 33])
    .technique("T1552.001"),
    Check::new(
        "service-account-default-automount",
        Severity::Medium,
        "default service account hands out its token",
        DOC,
        Rule::Document(&[Subject::ServiceAccount], automount),
    )
    .aliases(&[
        "CKV_K8S_41",
        "disable-automountserviceaccounttoken",
        "restrict-sa-automount-sa-token",
        "C-0189",
    ])
    .lessons(&[14])
    .standards(&[Standard::Cis("5.1.5")])
    .technique("T1528"),
    Check::new(
        "service-account-token-secret",
        Severity::Medium,
        "secret is a token that never expires",
        DOC,
        Rule::Document(&[Subject::Secret], token_secret),
    )
    .aliases(&["deny-secret-service-account-token-type", "check-serviceaccount-secrets"])
    .lessons(&[14, 17])
    .technique("T1528"),
    Check::new(
        "vault-role-unbounded",
        Severity::High,
        "role of Vault takes any account",
        DOC,
        Rule::Document(&[Subject::VaultRole], vault_role),
    )
    .lessons(&[33])
    .technique("T1078"),
];

fn host_path(case: &DocumentCase<'_>) -> Faults {
    let source = case.node().at(&["spec", "hostPath"]).and_then(value::mapping);
    let path = |n: Node<'_>| n.get("path").and_then(Node::scalar).unwrap_or("a directory").to_owned();
    let help = "use a StorageClass of a driver, or spec.local with a nodeAffinity";
    let fault = |n: Node<'_>| {
        let at = n.key().map_or(n.own_span(), Node::own_span);
        Fault::new(
            at,
            format!("{} is {} of the node, and Pod Security does not look into volumes", n.path(), path(n)),
            help,
        )
    };
    source.map(fault).into_iter().collect()
}

/// Only of `default`: of an account of its own the pods say whether they need the token, and are asked.
fn automount(case: &DocumentCase<'_>) -> Faults {
    let node = case.node();
    let setting = node.get("automountServiceAccountToken");
    let mistyped = setting.is_some_and(|n| value::boolean(n).is_none());
    if mistyped || case.object.name() != Some("default") || setting.and_then(value::boolean) == Some(false) {
        return Faults::new();
    }
    let help =
        "set automountServiceAccountToken: false, and give pods that need a token an account of their own";
    let missing = node.missing("automountServiceAccountToken");
    let fault = if let Some(node) = setting {
        Fault::at(node, "is true: every pod that names no account gets the token", help)
    } else {
        Fault::lacking(missing, ": true counts, unless the pod says otherwise", help)
    };
    vec![fault.fix([edit::set(node, &["automountServiceAccountToken"], &json!(false))])]
}

fn token_secret(case: &DocumentCase<'_>) -> Faults {
    let kind =
        case.node().get("type").filter(|n| value::string(*n) == Some("kubernetes.io/service-account-token"));
    let says =
        "is kubernetes.io/service-account-token: the control plane fills it with a token that never expires";
    let help = "remove it; use a projected token, or kubectl create token";
    kind.map(|n| Fault::at(n, says, help)).into_iter().collect()
}

/// The values of a Secret or `ConfigMap`.
fn values<'t>(
    case: &DocumentCase<'t>,
    keys: &'static [&'static str],
) -> impl Iterator<Item = (&'t str, Node<'t>)> {
    let maps = keys.iter().filter_map(|k| case.node().get(k)).flat_map(Node::entries).collect::<Vec<_>>();
    maps.into_iter().filter_map(|e| Some((e.key.scalar()?, e.value)))
}

fn plain_secret(case: &DocumentCase<'_>) -> Faults {
    // sops leaves its key beside the values that it encrypted.
    if case.node().get("sops").is_some() {
        return Faults::new();
    }
    let secret = |v: &str| !v.trim().is_empty() && !is_placeholder(v) && !is_certificate(v);
    let full = |n: &Node<'_>| value::string(*n).is_some_and(secret);
    let first = values(case, &["data", "stringData"]).map(|(_, n)| n).find(full);
    let help = "keep it out of the repository: ExternalSecret, SealedSecret, sops or the CSI driver";
    let says = "stands in the file: base64 hides nothing, and the history of the repository keeps it";
    first
        .map(|n| {
            Fault::new(n.key().map_or(n.own_span(), Node::own_span), format!("{} {says}", n.path()), help)
        })
        .into_iter()
        .collect()
}

/// A value that a tool fills in: `$X`, `${X}`, `<x>`, `{{ x }}`, `<path:…>`, or where it is to be found.
fn is_placeholder(text: &str) -> bool {
    let text = text.trim();
    let elsewhere = ["vault:", "ref+", "op://", "arn:", "ENC["].iter().any(|form| text.starts_with(form));
    let marks = text.starts_with('$') || text.contains("${") || text.contains("{{");
    marks || elsewhere || (text.starts_with('<') && text.ends_with('>')) || text.chars().all(|c| c == '*')
}

/// Whether a value is certificates and no key to them: public.
fn is_certificate(text: &str) -> bool {
    const PEM: &str = "-----BEGIN CERTIFICATE";
    let of = |text: &str| text.trim_start().starts_with(PEM) && !text.contains("PRIVATE KEY");
    let decoded = text.starts_with("LS0tLS1CRUdJTiBDRVJU").then(|| base64::decode(text)).flatten();
    of(text) || decoded.and_then(|bytes| String::from_utf8(bytes).ok()).is_some_and(|text| of(&text))
}

/// Ends of keys that name a credential, in lower case and without separators.
const NAMES: &[&str] = &[
    "accesskey",
    "accesstoken",
    "apikey",
    "apisecret",
    "apitoken",
    "appsecret",
    "authtoken",
    "bottoken",
    "clientsecret",
    "cookiesecret",
    "dbpass",
    "jwtsecret",
    "passphrase",
    "passwd",
    "password",
    "privatekey",
    "refreshtoken",
    "secretkey",
    "sessionsecret",
    "sharedsecret",
    "webhooksecret",
];

/// Beginnings of values that only credentials have.
const FORMS: &[&str] = &["AKIA", "ghp_", "github_pat_", "glpat-", "xoxb-", "xoxp-", "sk_live_"];

fn config_secret(case: &DocumentCase<'_>) -> Faults {
    let found = values(case, &["data"]).filter_map(|(key, node)| {
        let why = why(key, value::string(node)?)?;
        let at = node.key().map_or(node.own_span(), Node::own_span);
        let help = "move it to a Secret, and replace the credential";
        Some(Fault::new(at, format!("{} {why}", node.path()), help))
    });
    found.collect()
}

/// What is wrong with a value: its form, its key, or a line of it, where it is a file.
fn why(key: &str, text: &str) -> Option<String> {
    if is_credential(text) {
        return Some("has the form of a credential".to_owned());
    }
    if is_named(key, text) {
        return Some("has the name of a credential, and everybody who reads config maps reads it".to_owned());
    }
    if !text.contains('\n') && !FILES.iter().any(|end| key.ends_with(end)) {
        return None;
    }
    text.lines().find_map(|line| {
        let (name, value) = setting(line)?;
        let bad = is_named(name, value) || is_credential(value);
        bad.then(|| format!("holds {name}, and everybody who reads config maps reads it"))
    })
}

/// Ends of the names of files that hold settings, a line each.
const FILES: &[&str] = &[".conf", ".env", ".ini", ".json", ".properties", ".toml", ".yaml", ".yml"];

/// The name and value of a line such as `a.b=c`, `export A="c"` or `"a": "c",`.
fn setting(line: &str) -> Option<(&str, &str)> {
    let line = line.trim();
    if line.starts_with(['#', ';', '/', '*']) {
        return None;
    }
    let (name, value) = line.split_once(['=', ':'])?;
    let name = name.trim().trim_start_matches("export ").trim_start_matches("- ").trim_matches(['"', '\'']);
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let value = value.trim().trim_end_matches([',', ';']).trim_matches(['"', '\'']);
    (!name.is_empty() && name.chars().all(plain)).then_some((name, value))
}

fn is_credential(text: &str) -> bool {
    let private = text.contains("-----BEGIN ") && text.contains("PRIVATE KEY-----");
    let word = |form: &str| {
        text.strip_prefix(form).is_some_and(|rest| rest.len() >= 12 && !rest.contains([' ', '\n']))
    };
    private || FORMS.iter().any(|form| word(form)) || text.split("://").skip(1).any(has_login)
}

/// Whether the part of an address behind `://` opens with a name and a password.
fn has_login(rest: &str) -> bool {
    let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '/' | '"' | '\'' | ',' | '?'));
    let authority = rest.get(..end.unwrap_or(rest.len())).unwrap_or("");
    let login = authority.rsplit_once('@').and_then(|(login, _)| login.split_once(':'));
    let example =
        |word: &str| matches!(word.to_ascii_lowercase().as_str(), "" | "pass" | "password" | "secret");
    login.is_some_and(|(_, word)| !example(word) && !word.contains(['$', '<', '{', '%', '*']))
}

/// Whether a value is one by its key: a name such as `db.password`, and a value that is neither empty nor the name of a
/// file or a variable.
fn is_named(key: &str, text: &str) -> bool {
    let name: String =
        key.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let text = text.trim();
    // Half of the keys of AWS hold a slash, as paths do.
    let aws = name.ends_with("secretaccesskey") && text.len() == 40 && !text.starts_with('/');
    let path = text.contains('/') && !aws;
    let other = text.is_empty() || path || text.contains(['\n', ' ']) || is_placeholder(text);
    let word = matches!(text, "true" | "false" | "none" | "null" | "required" | "optional");
    (name == "secret" || NAMES.iter().any(|n| name.ends_with(n))) && !other && !word
}

fn vault_role(case: &DocumentCase<'_>) -> Faults {
    let keys = ["bound_service_account_names", "bound_service_account_namespaces"];
    let stars = keys.iter().filter_map(|key| star(case.node().get(key)?));
    let says = "is *: accounts that do not exist yet may log in, too";
    stars.map(|n| Fault::at(n, says, "name the service account and its namespace")).collect()
}

/// The `*` in a list, or in a text with commas.
fn star(node: Node<'_>) -> Option<Node<'_>> {
    let is = |n: &Node<'_>| value::string(*n).is_some_and(|t| t.split(',').any(|part| part.trim() == "*"));
    value::list(node).map_or_else(|| Some(node).filter(is), |list| list.items().find(is))
}
