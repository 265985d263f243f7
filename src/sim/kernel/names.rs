//! The names in a pod and of what makes it, as far as the API server looks at them: of objects, containers, volumes, ports,
//! hosts and variables, and labels.
//!
//! kubernetes `pkg/apis/core/validation/validation.go` (`ValidatePodSpec`, `validateContainerCommon`, `ValidateVolumes`,
//! `validateContainerPorts`, `ValidateEnv`), `pkg/apis/{apps,batch}/validation` (`ValidateStatefulSetName`, `ValidateCronJob`,
//! `ValidateJob`), apimachinery `pkg/api/validation` (`ValidateObjectMeta`, `ValidateAnnotations`).

use std::collections::BTreeSet;

use crate::model::{Class, Object, PodTemplate, names, template_of, value};
use crate::parse::Node;
use crate::sim::cel::Format;
use crate::sim::{Field, Invalid};

/// How long the name of a `CronJob` may be: its Jobs add eleven signs to it.
const CRON_JOB: usize = 52;
/// How long the name of a Job may be: it is the value of a label.
const JOB: usize = 63;

/// The formats of names, as `sim::cel` has them with the API server's words.
const LABEL: &str = "dns1123Label";
const SUBDOMAIN: &str = "dns1123Subdomain";
const KEY: &str = "qualifiedName";
const VALUE: &str = "labelValue";

/// Fields of a pod's spec that name an object, or the pod itself, and what they may be.
const FIELDS: &[(&str, &str)] = &[
    ("hostname", LABEL),
    ("nodeName", SUBDOMAIN),
    ("priorityClassName", SUBDOMAIN),
    ("runtimeClassName", SUBDOMAIN),
    ("serviceAccountName", SUBDOMAIN),
    ("subdomain", LABEL),
];

/// Why the API server refuses the names in a pod.
pub(super) fn refusals(template: PodTemplate<'_>, out: &mut Vec<Invalid>) {
    if let Some(metadata) = template.metadata {
        let path = metadata.path();
        // Of a template upstream names the labels as if they stood in it, and of a Pod in its metadata.
        let path = if template.of_pod { path.as_str() } else { path.trim_end_matches(".metadata") };
        of_metadata(metadata, path, out);
    }
    for (key, format) in FIELDS {
        if let Some(node) = template.spec.get(key)
            && let Some(text) = node.as_str().filter(|text| !text.is_empty())
        {
            no_name(node, &format!("for {key}"), faults(format, text), out);
        }
    }
    if let Some(wanted) = template.spec.get("nodeSelector") {
        labels(wanted, &wanted.path(), out);
    }
    for volume in template.volumes() {
        if let Some(node) = volume.node.get("name").filter(|_| !volume.name().is_empty()) {
            no_name(node, "of a volume", faults(LABEL, volume.name()), out);
        }
    }
    let on_host = template.spec.get("hostNetwork").and_then(value::boolean) == Some(true);
    let mut taken = BTreeSet::new();
    for container in template.containers() {
        if let Some(node) = container.node.get("name").filter(|_| !container.name.is_empty()) {
            no_name(node, "of a container", faults(LABEL, container.name), out);
        }
        // Upstream lets it pass in a template, whose pods are refused then.
        let image = container.image().filter(|_| template.of_pod);
        if let Some(image) = image.filter(|n| n.as_str().is_some_and(|t| t.trim() != t)) {
            let text = format!("the image of {} begins or ends with a blank", container.title());
            out.push(Invalid::value(image, "must not have leading or trailing whitespace").told(text));
        }
        for variable in list(container.node, "env") {
            let Some(name) = variable.get("name") else { continue };
            if name.as_str().is_some_and(|text| !text.is_empty() && !is_variable(text)) {
                let said = "a valid environment variable name must consist only of printable ASCII characters other than '='";
                no_name(name, "of a variable", vec![said.to_owned()], out);
            }
        }
        // Init containers run one after the other: what one takes of its node is free for the next.
        let mut own = BTreeSet::new();
        let taken = if container.class == Class::Main { &mut taken } else { &mut own };
        ports(&container.title(), container.node, on_host, taken, out);
    }
}

/// Names of ports, and ports of the node, are there once.
fn ports<'t>(
    title: &str,
    container: Node<'t>,
    on_host: bool,
    taken: &mut BTreeSet<(&'t str, &'t str, i64)>,
    out: &mut Vec<Invalid>,
) {
    let mut known = BTreeSet::new();
    for port in list(container, "ports") {
        let text = |key: &str| port.get(key).and_then(value::string).unwrap_or("");
        let number = |key: &str| port.get(key).and_then(value::integer);
        if let Some(name) = port.get("name").filter(|_| !text("name").is_empty()) {
            if !names::is_port_name(text("name")) {
                no_name(name, "of a port", port_faults(text("name")), out);
            } else if !known.insert(text("name")) {
                let told = format!("{title} has two ports that are named `{}`", text("name"));
                out.push(Invalid::duplicate(name, text("name")).told(told));
            }
        }
        let host = number("hostPort").filter(|n| *n != 0);
        if let (true, Some(host), Some(own)) = (on_host, host, number("containerPort"))
            && host != own
        {
            let text =
                format!("hostPort {host} of {title} is not its containerPort, which hostNetwork wants");
            let at = Field::of(port, "hostPort").at(port.own_span());
            let said = "must match `containerPort` when `hostNetwork` is true";
            out.push(Invalid::of(at, host, said).told(text));
        }
        let Some(host) = host.or_else(|| number("containerPort").filter(|_| on_host)) else { continue };
        let protocol = Some(text("protocol")).filter(|t| !t.is_empty()).unwrap_or("TCP");
        if !taken.insert((protocol, text("hostIP"), host)) {
            let told = format!("{title} takes the port {host} of its node, which the pod has taken already");
            let at = Field::of(port, "hostPort").at(port.own_span());
            let value = format!("{protocol}/{}/{host}", text("hostIP"));
            out.push(Invalid::duplicate(at, &value).told(told));
        }
    }
}

/// Printable ASCII without `=` (`IsRelaxedEnvVarName`).
fn is_variable(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| (b' '..=b'~').contains(&b) && b != b'=')
}

/// `IsValidPortName`: all that is wrong with the name of a port.
fn port_faults(text: &str) -> Vec<String> {
    let alone = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let rules = [
        (text.len() > 15, "must be no more than 15 bytes"),
        (!text.chars().all(alone), "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"),
        (!text.contains(|c: char| c.is_ascii_lowercase()), "must contain at least one letter (a-z)"),
        (text.contains("--"), "must not contain consecutive hyphens"),
        (text.starts_with('-') || text.ends_with('-'), "must not begin or end with a hyphen"),
    ];
    rules.into_iter().filter(|(broken, _)| *broken).map(|(_, says)| says.to_owned()).collect()
}

/// What the API server refuses of what an object that makes pods is called, of its labels, and of when its pods begin anew.
pub fn object_invalid(object: Object<'_>) -> Vec<Invalid> {
    let mut out = Vec::new();
    let (Some(template), Some(kind)) = (template_of(object), object.kind()) else { return out };
    if let Some(node) = object.node.at(&["metadata", "name"])
        && let Some(name) = node.as_str()
    {
        let most = match kind {
            "CronJob" => CRON_JOB,
            "Job" => JOB,
            _ => usize::MAX,
        };
        // A pod of a StatefulSet is called after it, and so is its host.
        let wrong = faults(if kind == "StatefulSet" { LABEL } else { SUBDOMAIN }, name);
        if wrong.is_empty() && name.len() > most {
            let text = format!("`{name}` is longer than the {most} signs that the name of a {kind} may have");
            out.push(Invalid::value(node, &format!("must be no more than {most} characters")).told(text));
        }
        // Without a name the object has none, or one that is yet to be made.
        if !name.is_empty() {
            no_name(node, &format!("of a {kind}"), wrong, &mut out);
        }
    }
    if let Some(node) = object.node.at(&["metadata", "generateName"])
        && let Some(start) = node.as_str().filter(|start| !start.is_empty())
    {
        let format = if kind == "StatefulSet" { "dns1123LabelPrefix" } else { "dns1123SubdomainPrefix" };
        no_name(node, &format!("that begins that of a {kind}"), faults(format, start), &mut out);
    }
    if let Some(metadata) = object.node.get("metadata").filter(|_| kind != "Pod") {
        of_metadata(metadata, &metadata.path(), &mut out);
    }
    restarts(kind, template, &mut out);
    out
}

/// Jobs run to an end, everything else is kept running (`ValidatePodTemplateSpecForRS`, `validateJobSpec`).
fn restarts(kind: &str, template: PodTemplate<'_>, out: &mut Vec<Invalid>) {
    let wanted: &[&str] = match kind {
        "Pod" | "PodTemplate" => &["Always", "OnFailure", "Never"],
        "Job" | "CronJob" => &["OnFailure", "Never"],
        _ => &["Always"],
    };
    let node = template.spec.get("restartPolicy").filter(|n| n.as_str() != Some(""));
    let word = node.map_or("Always", |n| n.as_str().unwrap_or(""));
    if !wanted.contains(&word) {
        let span = node.map_or(template.spec.missing("restartPolicy").span, Node::own_span);
        let text = format!("restartPolicy of a {kind} cannot be `{word}`: it is {}", wanted.join(" or "));
        let at = Field::of(template.spec, "restartPolicy").at(span);
        let fault = match node {
            Some(node) if !matches!(kind, "Job" | "CronJob") || word != "Always" => {
                Invalid::unsupported(node, wanted)
            }
            _ => Invalid::required(at, "valid values: \"OnFailure\", \"Never\""),
        };
        out.push(fault.told(text));
    }
}

/// Labels and annotations; `path` is that of what holds them.
fn of_metadata(metadata: Node<'_>, path: &str, out: &mut Vec<Invalid>) {
    if let Some(node) = metadata.get("labels") {
        labels(node, &format!("{path}.labels"), out);
    }
    for entry in metadata.get("annotations").and_then(value::mapping).map(Node::entries).unwrap_or_default() {
        let Some(key) = entry.key.scalar() else { continue };
        // Small or large letters: of an annotation's domain that does not matter.
        let at = Field::from(entry.key).named(format!("{path}.annotations"));
        out.extend(faults(KEY, &key.to_lowercase()).into_iter().map(|said| {
            Invalid::of(at.clone(), key, &said).told(format!("`{key}` is no name of an annotation"))
        }));
    }
}

/// Labels, which stand at `path`.
fn labels(node: Node<'_>, path: &str, out: &mut Vec<Invalid>) {
    for entry in value::mapping(node).map(Node::entries).unwrap_or_default() {
        if let Some(key) = entry.key.scalar() {
            let at = Field::from(entry.key).named(path);
            let one = |said: String| {
                Invalid::of(at.clone(), key, &said).told(format!("`{key}` is no name of a label"))
            };
            out.extend(faults(KEY, key).into_iter().map(one));
        }
        if let Some(text) = entry.value.as_str() {
            let at = Field::from(entry.value).named(path);
            let one = |said: String| {
                Invalid::of(at.clone(), text, &said).told(format!("`{text}` is no value of a label"))
            };
            out.extend(faults(VALUE, text).into_iter().map(one));
        }
    }
}

/// What is wrong with a text that has to be of a format.
fn faults(format: &str, text: &str) -> Vec<String> {
    Format::named(format).map(|format| format.faults(text)).unwrap_or_default()
}

fn list<'t>(node: Node<'t>, key: &str) -> impl Iterator<Item = Node<'t>> + use<'t> {
    node.get(key).and_then(value::list).into_iter().flat_map(Node::items)
}

fn no_name(node: Node<'_>, of: &str, faults: Vec<String>, out: &mut Vec<Invalid>) {
    let told = format!("`{}` is no name {of}", node.scalar().unwrap_or(""));
    out.extend(faults.into_iter().map(|said| Invalid::value(node, &said).told(told.clone())));
}
