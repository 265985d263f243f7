//! Credentials in objects, who gets them, and the webhooks that see them.

use crate::checks::{Check, Confidence, DocumentCase, Fault, Faults, Rule, Standard};
use crate::model::{Subject, value};
use crate::parse::Node;
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
        "csr-privileged-group",
        Severity::High,
        "certificate request asks for a privileged group",
        DOC,
        Rule::Document(&[Subject::CertificateSigningRequest], csr_group),
    )
    .aliases(&["inspect-csr"])
    .lessons(&[14, 18])
    .technique("T1649"),
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
    .technique("T1078.004"),
    Check::new(
        "webhook-failure-policy-ignore",
        Severity::High,
        "webhook that does not answer admits everything",
        DOC,
        Rule::Document(&[Subject::Webhook], ignore),
    )
    .lessons(&[27, 28])
    .technique("T1562.001"),
    Check::new(
        "webhook-namespace-selector-bypass",
        Severity::High,
        "label of a namespace keeps a webhook away",
        DOC,
        Rule::Document(&[Subject::Webhook], bypass),
    )
    .lessons(&[27, 28, 36])
    .technique("T1562.001")
    .confidence(Confidence::Contextual),
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
    if let Some(node) = setting {
        return vec![Fault::at(node, "is true: every pod that names no account gets the token", help)];
    }
    let missing = node.missing("automountServiceAccountToken");
    let detail = "automountServiceAccountToken is not set: true counts, unless the pod says otherwise";
    vec![Fault::new(missing.span, detail, help).label("belongs here")]
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
    let full = |n: &Node<'_>| value::string(*n).is_some_and(|v| !v.is_empty() && !is_placeholder(v));
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

/// A value that a tool fills in: `$X`, `${X}`, `<x>`, `{{ x }}`, `<path:…>`.
fn is_placeholder(text: &str) -> bool {
    let text = text.trim();
    text.starts_with('$') || text.contains("{{") || (text.starts_with('<') && text.ends_with('>'))
}

/// Ends of keys that name a credential, in lower case and without separators.
const NAMES: &[&str] = &[
    "accesskey",
    "apikey",
    "apitoken",
    "authtoken",
    "clientsecret",
    "passphrase",
    "passwd",
    "password",
    "privatekey",
    "secretaccesskey",
    "secretkey",
    "accesstoken",
    "secret",
];

/// Beginnings of values that only credentials have.
const FORMS: &[&str] = &["AKIA", "ghp_", "github_pat_", "glpat-", "xoxb-", "xoxp-", "sk_live_"];

fn config_secret(case: &DocumentCase<'_>) -> Faults {
    let found = values(case, &["data"]).filter_map(|(key, node)| {
        let text = value::string(node)?;
        let why = if is_credential(text) { "has the form of a credential" } else { named(key, text)? };
        let at = node.key().map_or(node.own_span(), Node::own_span);
        Some(Fault::new(
            at,
            format!("{} {why}", node.path()),
            "move it to a Secret, and replace the credential",
        ))
    });
    found.collect()
}

fn is_credential(text: &str) -> bool {
    let private = text.contains("-----BEGIN ") && text.contains("PRIVATE KEY-----");
    let word = |form: &str| {
        text.strip_prefix(form).is_some_and(|rest| rest.len() >= 12 && !rest.contains([' ', '\n']))
    };
    private || FORMS.iter().any(|form| word(form))
}

/// What is wrong with a value by its key: a name such as `db.password`, and a value that is neither empty nor the
/// name of a file or a variable.
fn named(key: &str, text: &str) -> Option<&'static str> {
    let name: String =
        key.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let text = text.trim();
    let other = text.is_empty() || text.contains(['/', '\n', ' ']) || is_placeholder(text);
    let word = matches!(text, "true" | "false" | "none" | "null");
    let named = NAMES.iter().any(|n| name.ends_with(n));
    (named && !other && !word)
        .then_some("has the name of a credential, and everybody who reads config maps reads it")
}

fn csr_group(case: &DocumentCase<'_>) -> Faults {
    let request = case.node().at(&["spec", "request"]);
    let signer = case.node().at(&["spec", "signerName"]).and_then(value::string).unwrap_or("");
    let Some((node, text)) = request.and_then(|n| Some((n, value::string(n)?))) else { return Faults::new() };
    let Some(der) = base64(text).and_then(|pem| base64(&body_of(&pem)?)) else { return Faults::new() };
    let client = signer == "kubernetes.io/kube-apiserver-client" || signer == "kubernetes.io/legacy-unknown";
    let names = |group: &&&str| der.windows(group.len()).any(|w| w == group.as_bytes());
    let group = GROUPS.iter().filter(|_| client).find(names);
    let says = |g: &str| format!("asks for a client certificate of {g}, which cannot be taken back");
    let help = "deny the request, and bind a role to a group of your own";
    group.map(|g| Fault::at(node, &says(g), help)).into_iter().collect()
}

/// Groups, of which a certificate makes an administrator or a node.
const GROUPS: &[&str] = &["system:masters", "kubeadm:cluster-admins", "system:nodes"];

/// What stands between the lines of a PEM text.
fn body_of(pem: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(pem).ok()?;
    let lines = text.lines().skip_while(|l| !l.starts_with("-----BEGIN ")).skip(1);
    Some(lines.take_while(|l| !l.starts_with("-----END ")).collect())
}

/// Decodes base64 (RFC 4648, 4), blanks left out.
fn base64(text: &str) -> Option<Vec<u8>> {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut out, mut bits, mut have) = (Vec::new(), 0_u32, 0);
    let bytes = text.bytes().filter(|b| !b.is_ascii_whitespace()).take_while(|b| *b != b'=');
    for byte in bytes {
        let six = LETTERS.iter().position(|l| *l == byte)?;
        bits = (bits << 6) | u32::try_from(six).ok()?;
        have += 6;
        if have >= 8 {
            have -= 8;
            out.push(u8::try_from((bits >> have) & 0xff).ok()?);
            bits &= (1 << have) - 1;
        }
    }
    Some(out)
}

fn webhooks<'t>(case: &DocumentCase<'t>) -> impl Iterator<Item = Node<'t>> {
    let list = case.node().get("webhooks").and_then(value::list);
    list.into_iter().flat_map(Node::items).filter_map(value::mapping)
}

/// The default of `failurePolicy` in v1 is Fail; in v1beta1 it was Ignore.
fn ignore(case: &DocumentCase<'_>) -> Faults {
    if case.object.kind() != Some("ValidatingWebhookConfiguration") {
        return Faults::new();
    }
    let help =
        "set failurePolicy: Fail, run several replicas, and excuse the webhook's own namespace by name";
    let set = webhooks(case).filter_map(|w| w.get("failurePolicy"));
    let set = set.filter(|n| value::string(*n) == Some("Ignore"));
    set.map(|n| Fault::at(n, "is Ignore: while the webhook does not answer, everything is admitted", help))
        .collect()
}

fn bypass(case: &DocumentCase<'_>) -> Faults {
    webhooks(case).filter_map(escape).collect()
}

/// A condition on namespaces by which a label keeps the webhook away; the API server's own name of the namespace
/// cannot be chosen.
fn escape(webhook: Node<'_>) -> Option<Fault> {
    let selector = webhook.get("namespaceSelector")?;
    let expressions = selector.get("matchExpressions").and_then(value::list);
    let expressions = expressions.into_iter().flat_map(Node::items).filter_map(|e| e.get("key"));
    let labels = selector.get("matchLabels").map(Node::entries).unwrap_or_default();
    let mut keys = expressions.chain(labels.into_iter().map(|e| e.key));
    let node = keys.find(|key| key.scalar() != Some("kubernetes.io/metadata.name"))?;
    let detail = format!(
        "{} depends on the label {}: who may edit the namespace steps out of the webhook's sight",
        selector.path(),
        node.scalar().unwrap_or("")
    );
    let help = "select by kubernetes.io/metadata.name, or refuse changes of the label at admission";
    Some(Fault::new(node.own_span(), detail, help))
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
