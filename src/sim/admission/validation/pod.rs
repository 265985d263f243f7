//! What has to be there in a pod, and what its probes may say.
//!
//! kubernetes `pkg/apis/core/validation/validation.go` (`ValidatePodSpec`, `validateContainerCommon`, `validateContainers`,
//! `validateInitContainers`, `validateContainerPorts`, `ValidateEnv`, `ValidateVolumeMounts`, `validateProbe`).

use super::workload::not_negative;
use crate::model::{Class, Container, PodTemplate, names, value};
use crate::parse::Node;
use crate::sim::{Field, Invalid};

/// Numbers of a probe.
const NUMBERS: &[&str] =
    &["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"];
/// How a probe may ask, in upstream's order.
const HANDLERS: &[&str] = &["exec", "httpGet", "tcpSocket", "grpc"];
/// What an init container that ends has none of.
const OF_RUNNING: &[&str] = &["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"];
const PROTOCOLS: &[&str] = &["SCTP", "TCP", "UDP"];

/// Adds what is wrong.
pub(super) fn faults(template: PodTemplate<'_>, out: &mut Vec<Invalid>) {
    let spec = template.spec;
    if spec.get("containers").is_none_or(|list| list.items().len() == 0) {
        let fault = Invalid::required(Field::of(spec, "containers"), "");
        out.push(fault.told("a pod has one container at least"));
    }
    for volume in template.volumes() {
        needed(volume.node, "name", "a volume", out);
    }
    for one in template.containers().filter(|c| c.class != Class::Ephemeral) {
        container(one, out);
    }
}

/// A text that has to be there.
fn needed(holder: Node<'_>, key: &str, what: &str, out: &mut Vec<Invalid>) {
    if holder.get(key).is_none_or(|node| node.as_str() == Some("")) {
        let fault = Invalid::required(Field::of(holder, key), "");
        out.push(fault.told(format!("{what} has no {key}")));
    }
}

fn container(one: Container<'_>, out: &mut Vec<Invalid>) {
    let (node, title) = (one.node, one.title());
    needed(node, "name", &format!("a {}", one.class.word()), out);
    needed(node, "image", &title, out);
    for mount in list(node, "volumeMounts") {
        needed(mount, "name", &format!("a mount of {title}"), out);
        needed(mount, "mountPath", &format!("a mount of {title}"), out);
    }
    for variable in list(node, "env") {
        needed(variable, "name", &format!("a variable of {title}"), out);
        let value = variable.get("value").and_then(Node::as_str).unwrap_or_default();
        if let Some(from) =
            variable.get("valueFrom").filter(|from| !value.is_empty() && !from.entries().is_empty())
        {
            let fault = Invalid::of(from, "", "may not be specified when `value` is not empty");
            out.push(fault.told(format!("a variable of {title} has a value and takes one from elsewhere")));
        }
    }
    for port in list(node, "ports") {
        if port.get("containerPort").is_none() {
            let fault = Invalid::required(Field::of(port, "containerPort"), "");
            out.push(fault.told(format!("a port of {title} has no containerPort")));
        }
        if let Some(protocol) = port.get("protocol")
            && protocol.as_str().is_some_and(|word| !word.is_empty() && !PROTOCOLS.contains(&word))
        {
            let told = format!("{} is none of {}", protocol.path(), PROTOCOLS.join(", "));
            out.push(Invalid::unsupported(protocol, PROTOCOLS).told(told));
        }
    }
    if one.class == Class::Init {
        for key in OF_RUNNING {
            if let Some(field) = node.get(key) {
                let said = "may not be set for init containers without restartPolicy=Always";
                let told = format!("{title} ends before the others begin, and has no {key}");
                out.push(Invalid::forbidden(field, said).told(told));
            }
        }
        return;
    }
    for key in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if let Some(asked) = node.get(key).and_then(value::mapping) {
            probe(asked, key, &title, out);
        }
    }
}

fn probe(node: Node<'_>, key: &str, title: &str, out: &mut Vec<Invalid>) {
    let mut handlers = HANDLERS.iter().filter_map(|name| node.get(name));
    if handlers.next().is_none() {
        let fault = Invalid::required(node, "must specify a handler type");
        out.push(fault.told(format!("the {key} of {title} does not say how to ask")));
    }
    for more in handlers {
        let fault = Invalid::forbidden(more, "may not specify more than 1 handler type");
        out.push(fault.told(format!("the {key} of {title} asks in more than one way")));
    }
    not_negative(node, NUMBERS, out);
    if let Some(times) = node.get("successThreshold").filter(|_| key != "readinessProbe")
        && value::integer(times).is_some_and(|n| n > 1)
    {
        let told = format!("the {key} of {title} counts one success: successThreshold is 1");
        out.push(Invalid::value(times, "must be 1").told(told));
    }
    for way in ["httpGet", "tcpSocket", "grpc"] {
        let Some(port) = node.at(&[way, "port"]) else { continue };
        let told = format!("{} is no port", port.path());
        if value::integer(port).is_some_and(|n| !(1..=65_535).contains(&n)) {
            out.push(Invalid::value(port, "must be between 1 and 65535, inclusive").told(told));
        } else if port.as_str().is_some_and(|name| !names::is_port_name(name)) {
            let said = "must be a number, or the name of a port";
            out.push(Invalid::value(port, said).told(told));
        }
    }
}

fn list<'t>(node: Node<'t>, key: &str) -> impl Iterator<Item = Node<'t>> + use<'t> {
    node.get(key).and_then(value::list).into_iter().flat_map(Node::items)
}
