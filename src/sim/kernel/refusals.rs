//! What the API server refuses in a pod spec, beyond wrong types and unknown fields.
//!
//! kubernetes `pkg/apis/core/validation/validation.go`. Only what bears on security or what a learner may well
//! write is here; what has to be there is asked by `sim::admission`. Some of upstream's paths are not those of the manifest:
//! faults of a mount stand below the list.

use std::collections::BTreeSet;

use super::fields::{self, ID, PORT, SECONDS};
use super::{mounts, names, resources, security_context};
use crate::model::{Container, ContainerSettings, PodSettings, PodTemplate, value};
use crate::parse::Node;
use crate::sim::{Field, Invalid, Reason, scheduling};

/// Why the API server refuses this pod; empty where it takes it.
pub fn refusals(template: PodTemplate<'_>) -> Vec<Reason> {
    invalid(template).into_iter().map(|fault| fault.reason).collect()
}

/// The same, in the API server's words as well.
pub fn invalid(template: PodTemplate<'_>) -> Vec<Invalid> {
    let mut out = scheduling::pod_refusals(template);
    names::refusals(template, &mut out);
    pod(template, &mut out);
    let volumes: BTreeSet<&str> = template.volume_names().collect();
    let mut names = BTreeSet::new();
    for container in template.containers() {
        if !names.insert(container.name) && !container.name.is_empty() {
            out.push(
                Invalid::duplicate(Field::of(container.node, "name"), container.name)
                    .told(format!("two containers are named `{}`", container.name))
                    .at(container.node.own_span()),
            );
        }
        let settings = ContainerSettings::of(template, container);
        security_context::together(container, settings, &mut out);
        mounts::mounts(container, settings, &volumes, &mut out);
        ports(container, &mut out);
        resources::refusals(&container.title(), container.node, &mut out);
        fields::one_of(container.node, fields::CONTAINER, &mut out);
        security_context::of(container.node, &mut out);
    }
    out
}

/// What is refused of the pod as a whole.
fn pod(template: PodTemplate<'_>, out: &mut Vec<Invalid>) {
    if let Some(node) = template.spec.get("ephemeralContainers").filter(|n| n.items().len() > 0) {
        let said = if template.of_pod {
            "cannot be set on create"
        } else {
            "ephemeral containers not allowed in pod template"
        };
        let fault = Invalid::forbidden(node, said);
        out.push(fault.told("ephemeralContainers cannot be set when a pod is made"));
    }
    let settings = PodSettings::of(template);
    namespaces(template, settings, out);
    sysctls(settings, out);
    mounts::volumes(template, out);
    fields::one_of(template.spec, fields::POD, out);
    nameservers(template.spec, out);
    let groups = template.spec.at(&["securityContext", "supplementalGroups"]);
    for group in groups.into_iter().flat_map(Node::items) {
        fields::between(group, &ID, &group.path(), out);
    }
    mirror(template, out);
    if let Some(seconds) = template.spec.get("activeDeadlineSeconds") {
        fields::between(seconds, &SECONDS, "activeDeadlineSeconds", out);
    }
    security_context::of(template.spec, out);
}

/// Namespaces that are shared with the node, and what does not go with that.
fn namespaces(template: PodTemplate<'_>, settings: PodSettings<'_>, out: &mut Vec<Invalid>) {
    if settings.host_users().value == Some(false) {
        let shared = [
            ("hostNetwork", settings.host_network()),
            ("HostPID", settings.host_pid()),
            ("HostIPC", settings.host_ipc()),
        ];
        for (name, shared) in shared.into_iter().filter(|(_, shared)| shared.value == Some(true)) {
            let at = Field::from(template.spec).child(name).at(shared.span());
            out.push(
                Invalid::forbidden(at, "when `pod.Spec.HostUsers` is false")
                    .told(format!("{} cannot be true where hostUsers is false", shared.path())),
            );
        }
    }
    let share = settings.share_process_namespace();
    if share.value == Some(true) && settings.host_pid().value == Some(true) {
        let at = Field::of(template.spec, "shareProcessNamespace").at(share.span());
        out.push(
            Invalid::of(at, true, "ShareProcessNamespace and HostPID cannot both be enabled")
                .told("shareProcessNamespace and hostPID cannot both be true"),
        );
    }
}

/// Parameters of a namespace that the pod shares with its node.
fn sysctls(settings: PodSettings<'_>, out: &mut Vec<Invalid>) {
    let sysctls = settings.sysctls().value;
    for item in sysctls.into_iter().flat_map(Node::items) {
        let Some(name) = item.get("name").and_then(value::string) else { continue };
        let name = name.replace('/', ".");
        let network = name.starts_with("net.") && settings.host_network().value == Some(true);
        let ipc = (name.starts_with("kernel.shm")
            || name.starts_with("kernel.msg")
            || name.starts_with("fs.mqueue."))
            && settings.host_ipc().value == Some(true);
        if network || ipc {
            let word = if network { "hostNetwork" } else { "hostIPC" };
            let at = Field::of(item, "name").at(item.own_span());
            let fault = Invalid::of(at, &name, &format!("may not be specified when '{word}' is true"));
            out.push(
                fault.told(format!(
                    "the sysctl {name} cannot be set for a pod that shares the node's namespace"
                )),
            );
        }
    }
}

/// `dnsPolicy` None takes a server.
fn nameservers(spec: Node<'_>, out: &mut Vec<Invalid>) {
    if let Some(policy) = spec.get("dnsPolicy").filter(|n| n.as_str() == Some("None"))
        && spec.at(&["dnsConfig", "nameservers"]).is_none_or(|n| n.items().len() == 0)
    {
        let fault = match spec.get("dnsConfig") {
            None => Invalid::required(
                Field::of(spec, "dnsConfig"),
                "must provide `dnsConfig` when `dnsPolicy` is None",
            ),
            Some(config) => Invalid::required(
                Field::of(config, "nameservers"),
                "must provide at least one DNS nameserver when `dnsPolicy` is None",
            ),
        };
        out.push(fault.told("dnsPolicy None takes a nameserver in dnsConfig").at(policy.own_span()));
    }
}

/// What shows a static pod of a kubelet says which node's it is.
fn mirror(template: PodTemplate<'_>, out: &mut Vec<Invalid>) {
    if let Some(mirror) = template.annotation("kubernetes.io/config.mirror")
        && template.spec.get("nodeName").and_then(Node::as_str).is_none_or(str::is_empty)
    {
        let text = "a pod that a kubelet shows must set spec.nodeName";
        let at = Field::from(mirror)
            .named(format!("{}[kubernetes.io/config.mirror]", annotations(template)))
            .at(mirror.own_span());
        let value = mirror.as_str().unwrap_or_default();
        let said = "must set spec.nodeName if mirror pod annotation is set";
        out.push(Invalid::of(at, value, said).told(text));
    }
}

/// Where a pod's annotations stand; those of a template stand elsewhere for upstream.
fn annotations(template: PodTemplate<'_>) -> String {
    let metadata = template.metadata.map(Node::path).unwrap_or_default();
    let above = if template.of_pod { metadata.as_str() } else { metadata.trim_end_matches(".metadata") };
    format!("{above}.annotations")
}

/// Ports from 1 to 65535; a `hostPort` of 0 is none.
fn ports(container: Container<'_>, out: &mut Vec<Invalid>) {
    let list = container.node.get("ports").and_then(value::list);
    for port in list.into_iter().flat_map(Node::items) {
        for (key, number) in
            ["containerPort", "hostPort"].iter().filter_map(|key| Some((*key, port.get(key)?)))
        {
            let text = format!("{key} of {}", container.title());
            match value::integer(number) {
                Some(0) if key == "hostPort" => {}
                Some(0) => {
                    let text = format!("{text} is not between {} and {}", PORT.start(), PORT.end());
                    out.push(Invalid::required(number, "").told(text));
                }
                _ => fields::between(number, &PORT, &text, out),
            }
        }
    }
}
