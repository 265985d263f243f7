//! What the API server refuses in a pod spec, beyond wrong types and unknown fields.
//!
//! kubernetes `pkg/apis/core/validation/validation.go`. Only what bears on security or what a learner may well
//! write is here.

use super::fields::{self, between};
use super::{names, resources};
use crate::model::{Container, ContainerSettings, Mount, PodSettings, PodTemplate, value};
use crate::parse::Node;
use crate::sim::{Reason, scheduling};

/// Why the API server refuses this pod; empty where it takes it.
pub fn refusals(template: PodTemplate<'_>) -> Vec<Reason> {
    let mut out = scheduling::pod_refusals(template);
    names::refusals(template, &mut out);
    pod(template, &mut out);
    let mut names: Vec<&str> = Vec::new();
    for container in template.containers() {
        if !container.name.is_empty() && names.contains(&container.name) {
            let text = format!("two containers are named `{}`", container.name);
            out.push(Reason::at(text, container.node.own_span()));
        }
        names.push(container.name);
        of_container(template, container, &mut out);
    }
    out
}

/// What is refused of one container, whatever others there are.
fn of_container(template: PodTemplate<'_>, container: Container<'_>, out: &mut Vec<Reason>) {
    let title = container.title();
    let settings = ContainerSettings::of(template, container);
    escalation(&title, settings, out);
    let unmasked = settings.proc_mount();
    if unmasked.value == Some("Unmasked") && settings.pod.host_users().value != Some(false) {
        let text = format!("{title} asks for procMount Unmasked, which takes hostUsers: false");
        out.push(Reason::at(text, unmasked.span()));
    }
    let mut paths: Vec<&str> = Vec::new();
    for mount in container.mounts() {
        if let Some(name) = mount.node.get("name").filter(|_| template.volume(mount.name()).is_none()) {
            let text = format!("{title} mounts the volume `{}`, which the pod does not define", mount.name());
            out.push(Reason::at(text, name.own_span()));
        }
        if let Some(path) = mount.path() {
            if paths.contains(&path) {
                let text = format!("{title} mounts two volumes at {path}");
                out.push(Reason::at(text, mount.node.own_span()));
            }
            paths.push(path);
        }
        of_mount(&title, settings, mount, out);
    }
    ports(&title, container.node, out);
    resources::refusals(&title, container.node, out);
    fields::of_container(container.node, out);
    security_context(container.node, out);
}

/// A container that may not gain privileges cannot begin with all of them.
fn escalation(title: &str, settings: ContainerSettings<'_>, out: &mut Vec<Reason>) {
    if settings.allow_privilege_escalation().value != Some(false) {
        return;
    }
    let privileged = settings.privileged();
    if privileged.value == Some(true) {
        let text = format!("{title} cannot set allowPrivilegeEscalation to false and privileged to true");
        out.push(Reason::at(text, privileged.span()));
    }
    // The API server compares with this very text; SYS_ADMIN, which runtimes understand, passes.
    if let Some(node) = settings.capabilities_add().find(|n| n.as_str() == Some("CAP_SYS_ADMIN")) {
        let text = format!("{title} cannot set allowPrivilegeEscalation to false and add CAP_SYS_ADMIN");
        out.push(Reason::at(text, node.own_span()));
    }
}

/// What is refused of one mount, whatever volumes and other mounts there are.
fn of_mount(title: &str, settings: ContainerSettings<'_>, mount: Mount<'_>, out: &mut Vec<Reason>) {
    let node = mount.node;
    if let Some(deep) = node.get("recursiveReadOnly")
        && deep.as_str() != Some("Disabled")
        && !mount.read_only()
    {
        let text = format!("{title} asks for recursiveReadOnly, which takes readOnly: true");
        out.push(Reason::at(text, deep.own_span()));
    }
    if let Some(expression) = node.get("subPath").and(node.get("subPathExpr")) {
        let text = format!("{title} cannot set subPath and subPathExpr on one mount");
        out.push(Reason::at(text, expression.own_span()));
    }
    if let Some(way) = node.get("mountPropagation")
        && way.as_str() == Some("Bidirectional")
        && settings.privileged().value != Some(true)
    {
        let text = format!("{title} asks for mountPropagation Bidirectional, which takes privileged");
        out.push(Reason::at(text, way.own_span()));
    }
    if let Some(sub) = node.get("subPath").or_else(|| node.get("subPathExpr"))
        && sub.as_str().is_some_and(|s| s.starts_with('/') || climbs(s))
    {
        out.push(Reason::at(format!("subPath of {title} must stay within its volume"), sub.own_span()));
    }
}

/// Whether a path leads out of its directory.
fn climbs(path: &str) -> bool {
    path.split('/').any(|part| part == "..")
}

/// What is refused of the pod as a whole.
fn pod(template: PodTemplate<'_>, out: &mut Vec<Reason>) {
    let (spec, settings) = (template.spec, PodSettings::of(template));
    if let Some(node) = spec.get("ephemeralContainers").filter(|n| n.items().len() > 0) {
        out.push(Reason::at("ephemeralContainers cannot be set when a pod is made", node.own_span()));
    }
    namespaces(settings, out);
    sysctls(settings, out);
    volumes(template, out);
    fields::of_pod(spec, out);
    if let Some(policy) = spec.get("dnsPolicy").filter(|n| n.as_str() == Some("None"))
        && spec.at(&["dnsConfig", "nameservers"]).is_none_or(|n| n.items().len() == 0)
    {
        out.push(Reason::at("dnsPolicy None takes a nameserver in dnsConfig", policy.own_span()));
    }
    let groups = spec.at(&["securityContext", "supplementalGroups"]);
    for group in groups.into_iter().flat_map(Node::items) {
        between(group, fields::ID, &group.path(), out);
    }
    if let Some(mirror) = template.annotation("kubernetes.io/config.mirror")
        && spec.get("nodeName").and_then(Node::as_str).is_none_or(str::is_empty)
    {
        let text = "a pod that a kubelet shows must set spec.nodeName";
        out.push(Reason::at(text, mirror.own_span()));
    }
    if let Some(seconds) = spec.get("activeDeadlineSeconds") {
        between(seconds, fields::SECONDS, "activeDeadlineSeconds", out);
    }
    security_context(spec, out);
}

/// Namespaces of the node that do not go together with the pod's own.
fn namespaces(settings: PodSettings<'_>, out: &mut Vec<Reason>) {
    if settings.host_users().value == Some(false) {
        for shared in [settings.host_network(), settings.host_pid(), settings.host_ipc()] {
            if shared.value == Some(true) {
                let text = format!("{} cannot be true where hostUsers is false", shared.path());
                out.push(Reason::at(text, shared.span()));
            }
        }
    }
    let share = settings.share_process_namespace();
    if share.value == Some(true) && settings.host_pid().value == Some(true) {
        out.push(Reason::at("shareProcessNamespace and hostPID cannot both be true", share.span()));
    }
}

/// Sysctls of a namespace that is the node's.
fn sysctls(settings: PodSettings<'_>, out: &mut Vec<Reason>) {
    let network = settings.host_network().value == Some(true);
    let ipc = settings.host_ipc().value == Some(true);
    for item in settings.sysctls().value.into_iter().flat_map(Node::items) {
        let Some(name) = item.get("name").and_then(value::string) else { continue };
        let name = name.replace('/', ".");
        let begins = |prefixes: &[&str]| prefixes.iter().any(|prefix| name.starts_with(prefix));
        if network && begins(&["net."]) || ipc && begins(&["kernel.shm", "kernel.msg", "fs.mqueue."]) {
            let text = format!("the sysctl {name} cannot be set for a pod that shares the node's namespace");
            out.push(Reason::at(text, item.own_span()));
        }
    }
}

fn volumes(template: PodTemplate<'_>, out: &mut Vec<Reason>) {
    let mut names: Vec<&str> = Vec::new();
    for volume in template.volumes() {
        if names.contains(&volume.name()) {
            out.push(Reason::at(
                format!("two volumes are named `{}`", volume.name()),
                volume.node.own_span(),
            ));
        }
        names.push(volume.name());
        if let Some(path) = volume.host_path().and_then(|h| h.get("path"))
            && path.as_str().is_some_and(climbs)
        {
            let text = format!("hostPath of the volume `{}` must not contain '..'", volume.name());
            out.push(Reason::at(text, path.own_span()));
        }
        if let Some(node) = volume.host_path() {
            fields::of_host_path(node, out);
        }
        if volume.sources().count() > 1 {
            out.push(Reason::at(
                format!("the volume `{}` has more than one source", volume.name()),
                volume.node.own_span(),
            ));
        }
    }
}

/// What is refused of the security context of a pod or a container.
fn security_context(holder: Node<'_>, out: &mut Vec<Reason>) {
    let Some(context) = holder.get("securityContext") else { return };
    fields::of_security_context(context, out);
    profiles(context, out);
}

/// A profile of the node is named, by a path below the kubelet's directory; the others name none.
fn profiles(context: Node<'_>, out: &mut Vec<Reason>) {
    for key in ["seccompProfile", "appArmorProfile"] {
        let Some(profile) = context.get(key) else { continue };
        let local = profile.get("type").and_then(Node::as_str) == Some("Localhost");
        match profile.get("localhostProfile") {
            None if local => {
                let at = profile.missing("localhostProfile");
                out.push(Reason::at(format!("{} is required where the type is Localhost", at.path), at.span));
            }
            Some(node) if !local => {
                out.push(Reason::at(
                    format!("{} goes with the type Localhost alone", node.path()),
                    node.own_span(),
                ));
            }
            Some(node)
                if key == "seccompProfile"
                    && node.as_str().is_some_and(|p| p.starts_with('/') || climbs(p)) =>
            {
                out.push(Reason::at(
                    format!("{} must be a path below the kubelet's profiles", node.path()),
                    node.own_span(),
                ));
            }
            _ => {}
        }
    }
}

/// Numbers of ports; a port of the node may be 0, which is none.
fn ports(title: &str, container: Node<'_>, out: &mut Vec<Reason>) {
    let list = container.get("ports").and_then(value::list);
    for port in list.into_iter().flat_map(Node::items) {
        let host = port.get("hostPort").filter(|n| value::integer(*n) != Some(0));
        for (key, number) in [("containerPort", port.get("containerPort")), ("hostPort", host)] {
            if let Some(number) = number {
                between(number, fields::PORT, &format!("{key} of {title}"), out);
            }
        }
    }
}
