//! The names in a pod and of what makes it, as far as the API server looks at them: of objects, containers, volumes, ports,
//! hosts and variables, and labels.
//!
//! kubernetes `pkg/apis/core/validation/validation.go` (`ValidatePodSpec`, `validateContainerCommon`, `ValidateVolumes`,
//! `validateContainerPorts`, `ValidateEnv`), `pkg/apis/{apps,batch}/validation` (`ValidateStatefulSetName`, `ValidateCronJob`,
//! `ValidateJob`), apimachinery `pkg/api/validation` (`ValidateObjectMeta`, `ValidateAnnotations`).

use std::collections::BTreeSet;

use crate::model::{Class, Object, PodTemplate, names, template_of, value};
use crate::parse::Node;
use crate::sim::Reason;

/// How long the name of a `CronJob` may be: its Jobs add eleven signs to it.
const CRON_JOB: usize = 52;
/// How long the name of a Job may be: it is the value of a label.
const JOB: usize = 63;

/// Whether a text is such a name.
type Fits = fn(&str) -> bool;

/// Fields of a pod's spec that name an object, or the pod itself, and what they may be.
const FIELDS: &[(&str, Fits)] = &[
    ("hostname", names::is_label),
    ("nodeName", names::is_subdomain),
    ("priorityClassName", names::is_subdomain),
    ("runtimeClassName", names::is_subdomain),
    ("serviceAccountName", names::is_subdomain),
    ("subdomain", names::is_label),
];

/// Why the API server refuses the names in a pod.
pub(super) fn refusals(template: PodTemplate<'_>, out: &mut Vec<Reason>) {
    if let Some(metadata) = template.metadata {
        of_metadata(metadata, out);
    }
    for (key, fits) in FIELDS {
        if let Some(node) = template.spec.get(key)
            && node.as_str().is_some_and(|text| !text.is_empty() && !fits(text))
        {
            no_name(node, &format!("for {key}"), out);
        }
    }
    labels(template.spec.get("nodeSelector"), out);
    for volume in template.volumes() {
        if let Some(node) = volume.node.get("name").filter(|_| !names::is_label(volume.name())) {
            no_name(node, "of a volume", out);
        }
    }
    let on_host = template.spec.get("hostNetwork").and_then(value::boolean) == Some(true);
    let mut taken = BTreeSet::new();
    for container in template.containers() {
        if let Some(node) = container.node.get("name").filter(|_| !names::is_label(container.name)) {
            no_name(node, "of a container", out);
        }
        if let Some(image) = container.image().filter(|n| n.as_str().is_some_and(|t| t.trim() != t)) {
            let text = format!("the image of {} begins or ends with a blank", container.title());
            out.push(Reason::at(text, image.own_span()));
        }
        for variable in list(container.node, "env") {
            let Some(name) = variable.get("name") else { continue };
            if name.as_str().is_some_and(|text| !is_variable(text)) {
                no_name(name, "of a variable", out);
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
    out: &mut Vec<Reason>,
) {
    let mut known = BTreeSet::new();
    for port in list(container, "ports") {
        let text = |key: &str| port.get(key).and_then(value::string).unwrap_or("");
        let number = |key: &str| port.get(key).and_then(value::integer);
        if let Some(name) = port.get("name").filter(|_| !text("name").is_empty()) {
            if !names::is_port_name(text("name")) {
                no_name(name, "of a port", out);
            } else if !known.insert(text("name")) {
                let text = format!("{title} has two ports that are named `{}`", text("name"));
                out.push(Reason::at(text, name.own_span()));
            }
        }
        let host = number("hostPort").filter(|n| *n != 0);
        if let (true, Some(host), Some(own)) = (on_host, host, number("containerPort"))
            && host != own
        {
            let text =
                format!("hostPort {host} of {title} is not its containerPort, which hostNetwork wants");
            out.push(Reason::at(text, port.own_span()));
        }
        let Some(host) = host.or_else(|| number("containerPort").filter(|_| on_host)) else { continue };
        let protocol = Some(text("protocol")).filter(|t| !t.is_empty()).unwrap_or("TCP");
        if !taken.insert((protocol, text("hostIP"), host)) {
            let text = format!("{title} takes the port {host} of its node, which the pod has taken already");
            out.push(Reason::at(text, port.own_span()));
        }
    }
}

/// Printable ASCII without `=` (`IsRelaxedEnvVarName`).
fn is_variable(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| (b' '..=b'~').contains(&b) && b != b'=')
}

/// Why the API server refuses what an object that makes pods is called, its labels, and when its pods begin anew.
pub fn object_refusals(object: Object<'_>) -> Vec<Reason> {
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
        let fits = if kind == "StatefulSet" { names::is_label(name) } else { names::is_subdomain(name) };
        if !fits {
            no_name(node, &format!("of a {kind}"), &mut out);
        } else if name.len() > most {
            let text = format!("`{name}` is longer than the {most} signs that the name of a {kind} may have");
            out.push(Reason::at(text, node.own_span()));
        }
    }
    if let Some(metadata) = object.node.get("metadata").filter(|_| kind != "Pod") {
        of_metadata(metadata, &mut out);
    }
    restarts(kind, template, &mut out);
    out
}

/// Jobs run to an end, everything else is kept running (`ValidatePodTemplateSpecForRS`, `validateJobSpec`).
fn restarts(kind: &str, template: PodTemplate<'_>, out: &mut Vec<Reason>) {
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
        out.push(Reason::at(text, span));
    }
}

/// Labels and annotations.
fn of_metadata(metadata: Node<'_>, out: &mut Vec<Reason>) {
    labels(metadata.get("labels"), out);
    for entry in metadata.get("annotations").and_then(value::mapping).map(Node::entries).unwrap_or_default() {
        let Some(key) = entry.key.scalar() else { continue };
        // Small or large letters: of an annotation's domain that does not matter.
        if !names::is_label_key(&key.to_lowercase()) {
            no_name(entry.key, "of an annotation", out);
        }
    }
}

fn labels(node: Option<Node<'_>>, out: &mut Vec<Reason>) {
    for entry in node.and_then(value::mapping).map(Node::entries).unwrap_or_default() {
        if entry.key.scalar().is_some_and(|key| !names::is_label_key(key)) {
            no_name(entry.key, "of a label", out);
        }
        if let Some(text) = entry.value.as_str().filter(|text| !names::is_label_value(text)) {
            out.push(Reason::at(format!("`{text}` is no value of a label"), entry.value.own_span()));
        }
    }
}

fn list<'t>(node: Node<'t>, key: &str) -> impl Iterator<Item = Node<'t>> + use<'t> {
    node.get(key).and_then(value::list).into_iter().flat_map(Node::items)
}

fn no_name(node: Node<'_>, of: &str, out: &mut Vec<Reason>) {
    out.push(Reason::at(format!("`{}` is no name {of}", node.scalar().unwrap_or("")), node.own_span()));
}
