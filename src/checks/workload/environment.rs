//! What stands in the environment of a container: credentials, references, and settings that turn protection off.

use std::collections::{BTreeMap, BTreeSet};

use crate::checks::{Check, Confidence, ContainerCase, Fault, Faults, Rule, Standard, World, namespace};
use crate::model::{Container, Object, PodTemplate, template_of, value};
use crate::parse::Node;
use crate::text::Severity;

use super::credential;

const DOC: &str = include_str!("environment.md");

/// The rows, by id.
pub(super) const ROWS: &[Check] = &[
    Check::new(
        "env-var-duplicate",
        Severity::Info,
        "environment variable is set twice",
        DOC,
        Rule::Container(duplicate),
    )
    .aliases(&["duplicate-env-var", "environment-variable-key-duplication", "C-0295"])
    .lessons(&[17]),
    Check::new(
        "env-var-value-policy",
        Severity::Low,
        "environment variable turns a protection off",
        DOC,
        Rule::Container(loosened),
    )
    .aliases(&["check-env-vars"])
    .lessons(&[28])
    .technique("T1557"),
    Check::new(
        "secret-in-env-reference",
        Severity::Low,
        "secret reaches the process as an environment variable",
        DOC,
        Rule::Container(referenced),
    )
    .aliases(&[
        "read-secret-from-env-var",
        "SecretsAsEnvironmentVariables",
        "CKV_K8S_35",
        "secrets-not-from-env-vars",
    ])
    .lessons(&[17])
    .standards(&[Standard::Cis("5.4.1")])
    .technique("T1552"),
    Check::new(
        "secret-literal-in-env",
        Severity::Critical,
        "credential stands in the manifest",
        DOC,
        Rule::Container(literal),
    )
    .aliases(&["env-var-secret", "sensitiveContainerEnvVar", "C-0012", "C-0259"])
    .lessons(&[17])
    .technique("T1552.001")
    .confidence(Confidence::Likely),
    Check::new(
        "secret-reference-unknown",
        Severity::Low,
        "environment names a Secret or ConfigMap that is not there",
        DOC,
        Rule::World(unknown),
    )
    .aliases(&["env-value-from"])
    .lessons(&[17])
    .confidence(Confidence::Contextual),
];

/// The items of a list of the container that are mappings.
fn items<'t>(container: Container<'t>, list: &str) -> impl Iterator<Item = Node<'t>> {
    let list = container.node.get(list).and_then(value::list);
    list.into_iter().flat_map(Node::items).filter_map(value::mapping)
}

/// The variables of `env`: name, and item.
fn variables(container: Container<'_>) -> impl Iterator<Item = (&str, Node<'_>)> {
    items(container, "env").filter_map(|item| Some((item.get("name").and_then(value::string)?, item)))
}

/// The last one of a name counts (kubernetes pkg/kubelet, `makeEnvironmentVariables`).
fn duplicate(case: &ContainerCase<'_>) -> Faults {
    let mut seen: BTreeMap<&str, Node<'_>> = BTreeMap::new();
    let mut faults = Faults::new();
    for (name, item) in variables(case.container) {
        if let Some(before) = seen.insert(name, item) {
            let at = item.get("name").unwrap_or(item);
            let fault =
                Fault::at(at, &format!("sets {name} once more; the last one counts"), "keep one of them");
            faults.push(fault.related(before.own_span(), "set before here"));
        }
    }
    faults
}

/// Variables that turn a protection off: name, the values that do (none: each does), what then happens.
const LOOSE: &[(&str, &[&str], &str)] = &[
    ("DISABLE_OPA", &["true", "1"], "the application asks Open Policy Agent no more"),
    ("GIT_SSL_NO_VERIFY", &[], "git takes any certificate, whatever the value, the empty one too"),
    ("NODE_TLS_REJECT_UNAUTHORIZED", &["0"], "Node.js takes any certificate"),
    ("NPM_CONFIG_STRICT_SSL", &["false"], "npm takes any certificate"),
    ("PERL_LWP_SSL_VERIFY_HOSTNAME", &["0"], "Perl's LWP takes a certificate for any host"),
    ("VAULT_SKIP_VERIFY", &["true", "t", "1"], "Vault's client takes any certificate"),
];

/// npm reads its own settings in any case.
fn is_called(name: &str, known: &str) -> bool {
    name == known || known.starts_with("NPM_CONFIG_") && name.eq_ignore_ascii_case(known)
}

fn loosened(case: &ContainerCase<'_>) -> Faults {
    let mut faults = Faults::new();
    for (name, item) in variables(case.container) {
        let Some((_, values, follows)) = LOOSE.iter().find(|(n, ..)| is_called(name, n)) else { continue };
        let Some(node) = item.get("value") else { continue };
        let text = value::string(node).unwrap_or("");
        if values.is_empty() || values.iter().any(|v| v.eq_ignore_ascii_case(text)) {
            let says = format!("is {text:?} for {name}: {follows}");
            faults.push(Fault::at(
                node,
                &says,
                "remove the variable, and mount the CA that signed the certificate",
            ));
        }
    }
    faults
}

fn referenced(case: &ContainerCase<'_>) -> Faults {
    let single = items(case.container, "env").filter_map(|i| i.at(&["valueFrom", "secretKeyRef"]));
    let all = items(case.container, "envFrom").filter_map(|i| i.get("secretRef"));
    let fault = |node: Node<'_>| {
        let name = node.get("name").and_then(value::string).unwrap_or("");
        let detail = format!("{} puts Secret {name:?} into the environment", node.path());
        let span = node.key().map_or(node.own_span(), Node::own_span);
        Fault::new(span, detail, "mount the Secret as a volume, and let the process read the file")
    };
    single.chain(all).map(fault).collect()
}

fn literal(case: &ContainerCase<'_>) -> Faults {
    let mut faults = Faults::new();
    for (name, item) in variables(case.container) {
        let Some(node) = item.get("value") else { continue };
        let text = value::string(node).unwrap_or("");
        let says = match credential::shape(text) {
            Some(shape) => ["of ", name, " is ", shape].concat(),
            None if credential::is_named(name) && credential::may_be(name, text) => {
                ["of ", name, " is written out, and the name says that it is a credential"].concat()
            }
            None => continue,
        };
        let help = "revoke it, put the new one into a Secret or a vault, and mount that as a file";
        faults.push(Fault::at(node, &says, help));
    }
    faults
}

/// What was read, by kind and namespace.
type Names<'t> = BTreeMap<(&'static str, &'t str), BTreeSet<&'t str>>;

/// Where nothing of that kind was read in the namespace, nothing is known.
fn unknown(world: &World<'_>) -> Faults {
    let mut names = Names::new();
    world.objects.iter().for_each(|o| define(*o, &mut names));
    if names.is_empty() {
        return Faults::new();
    }
    let mut faults = Faults::new();
    for object in &world.objects {
        for container in template_of(*object).into_iter().flat_map(PodTemplate::containers) {
            let missing = references(container).filter_map(|(kind, r)| missing(*object, kind, r, &names));
            faults.extend(missing);
        }
    }
    faults
}

/// The Secrets and `ConfigMap`s that an object is, or makes.
fn define<'t>(object: Object<'t>, names: &mut Names<'t>) {
    let text = |path: &[&str]| object.node.at(path).and_then(value::string);
    let (kind, name) = match object.kind() {
        Some("ConfigMap") => ("ConfigMap", object.name()),
        Some("Secret" | "SealedSecret") => ("Secret", object.name()),
        Some("ExternalSecret") => ("Secret", text(&["spec", "target", "name"]).or(object.name())),
        Some("Certificate") => ("Secret", text(&["spec", "secretName"])),
        Some("SecretProviderClass") => {
            let made = object.node.at(&["spec", "secretObjects"]).and_then(value::list);
            let made = made.into_iter().flat_map(Node::items).filter_map(|s| s.get("secretName"));
            names.entry(("Secret", namespace(object))).or_default().extend(made.filter_map(value::string));
            return;
        }
        _ => return,
    };
    names.entry((kind, namespace(object))).or_default().extend(name);
}

/// What the environment of a container names: kind, and the reference.
fn references(container: Container<'_>) -> impl Iterator<Item = (&'static str, Node<'_>)> {
    let kinds = [
        ("env", "configMapKeyRef", "ConfigMap"),
        ("env", "secretKeyRef", "Secret"),
        ("envFrom", "configMapRef", "ConfigMap"),
        ("envFrom", "secretRef", "Secret"),
    ];
    kinds.into_iter().flat_map(move |(list, field, kind)| {
        items(container, list).filter_map(move |i| {
            let holder = if list == "env" { i.get("valueFrom")? } else { i };
            Some((kind, holder.get(field)?))
        })
    })
}

fn missing(object: Object<'_>, kind: &'static str, reference: Node<'_>, names: &Names<'_>) -> Option<Fault> {
    let node = reference.get("name")?;
    let name = value::string(node).filter(|n| !n.is_empty() && !n.contains("{{"))?;
    let known = names.get(&(kind, namespace(object))).filter(|known| !known.is_empty())?;
    if known.contains(name) || reference.get("optional").and_then(value::boolean) == Some(true) {
        return None;
    }
    let detail = format!(
        "{} {:?}: {} names {kind} {name:?}, which is none of the {} that were read beside it",
        object.kind().unwrap_or("object"),
        object.name().unwrap_or(""),
        node.path(),
        known.len()
    );
    Some(Fault::new(
        node.own_span(),
        detail,
        "correct the name, or check the pod together with what it names",
    ))
}
