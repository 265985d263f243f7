//! What the API server refuses in a pod spec, beyond wrong types and unknown fields.
//!
//! kubernetes `pkg/apis/core/validation/validation.go`. Only what bears on security or what a learner may well
//! write is here.

use super::{names, resources};
use crate::model::{ContainerSettings, Mount, PodSettings, PodTemplate, value};
use crate::parse::Node;
use crate::sim::{Reason, scheduling};

/// The largest UID and GID that the API takes.
const MAX_ID: i64 = 2_147_483_647;

/// Why the API server refuses this pod; empty where it takes it.
pub fn refusals(template: PodTemplate<'_>) -> Vec<Reason> {
    let mut out = scheduling::pod_refusals(template);
    names::refusals(template, &mut out);
    pod(template, &mut out);
    let mut names: Vec<&str> = Vec::new();
    for container in template.containers() {
        let title = container.title();
        if !container.name.is_empty() && names.contains(&container.name) {
            out.push(Reason::at(
                format!("two containers are named `{}`", container.name),
                container.node.own_span(),
            ));
        }
        names.push(container.name);
        let settings = ContainerSettings::of(template, container);
        if settings.allow_privilege_escalation().value == Some(false) {
            let privileged = settings.privileged();
            if privileged.value == Some(true) {
                out.push(Reason::at(
                    format!("{title} cannot set allowPrivilegeEscalation to false and privileged to true"),
                    privileged.span(),
                ));
            }
            // The API server compares with this very text; SYS_ADMIN, which runtimes understand, passes.
            if let Some(node) = settings.capabilities_add().find(|n| n.as_str() == Some("CAP_SYS_ADMIN")) {
                out.push(Reason::at(
                    format!("{title} cannot set allowPrivilegeEscalation to false and add CAP_SYS_ADMIN"),
                    node.own_span(),
                ));
            }
        }
        let unmasked = settings.proc_mount();
        if unmasked.value == Some("Unmasked") && settings.pod.host_users().value != Some(false) {
            out.push(Reason::at(
                format!("{title} asks for procMount Unmasked, which takes hostUsers: false"),
                unmasked.span(),
            ));
        }
        let mut paths: Vec<&str> = Vec::new();
        for mount in container.mounts() {
            if let Some(name) = mount.node.get("name").filter(|_| template.volume(mount.name()).is_none()) {
                let text =
                    format!("{title} mounts the volume `{}`, which the pod does not define", mount.name());
                out.push(Reason::at(text, name.own_span()));
            }
            if let Some(path) = mount.path() {
                if paths.contains(&path) {
                    let text = format!("{title} mounts two volumes at {path}");
                    out.push(Reason::at(text, mount.node.own_span()));
                }
                paths.push(path);
            }
            mounted(&title, settings, mount, &mut out);
        }
        ports(&title, container.node, &mut out);
        resources::refusals(&title, container.node, &mut out);
        one_of(container.node, CONTAINER_WORDS, &mut out);
        ids(container.node, &mut out);
        words(container.node, &mut out);
    }
    out
}

/// What is refused of one mount, whatever volumes and other mounts there are.
fn mounted(title: &str, settings: ContainerSettings<'_>, mount: Mount<'_>, out: &mut Vec<Reason>) {
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
    if let Some(node) = template.spec.get("ephemeralContainers").filter(|n| n.items().len() > 0) {
        out.push(Reason::at("ephemeralContainers cannot be set when a pod is made", node.own_span()));
    }
    let settings = PodSettings::of(template);
    if settings.host_users().value == Some(false) {
        for shared in [settings.host_network(), settings.host_pid(), settings.host_ipc()] {
            if shared.value == Some(true) {
                out.push(Reason::at(
                    format!("{} cannot be true where hostUsers is false", shared.path()),
                    shared.span(),
                ));
            }
        }
    }
    let share = settings.share_process_namespace();
    if share.value == Some(true) && settings.host_pid().value == Some(true) {
        out.push(Reason::at("shareProcessNamespace and hostPID cannot both be true", share.span()));
    }
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
            out.push(Reason::at(
                format!("the sysctl {name} cannot be set for a pod that shares the node's namespace"),
                item.own_span(),
            ));
        }
    }
    volumes(template, out);
    one_of(template.spec, POD_WORDS, out);
    if let Some(policy) = template.spec.get("dnsPolicy").filter(|n| n.as_str() == Some("None"))
        && template.spec.at(&["dnsConfig", "nameservers"]).is_none_or(|n| n.items().len() == 0)
    {
        out.push(Reason::at("dnsPolicy None takes a nameserver in dnsConfig", policy.own_span()));
    }
    let groups = template.spec.at(&["securityContext", "supplementalGroups"]);
    for group in groups.into_iter().flat_map(Node::items) {
        if value::integer(group).is_some_and(|id| !(0..=MAX_ID).contains(&id)) {
            let text = format!("{} is not between 0 and {MAX_ID}", group.path());
            out.push(Reason::at(text, group.own_span()));
        }
    }
    if let Some(mirror) = template.annotation("kubernetes.io/config.mirror")
        && template.spec.get("nodeName").and_then(Node::as_str).is_none_or(str::is_empty)
    {
        let text = "a pod that a kubelet shows must set spec.nodeName";
        out.push(Reason::at(text, mirror.own_span()));
    }
    if let Some(seconds) = template.spec.get("activeDeadlineSeconds")
        && value::integer(seconds).is_some_and(|n| !(1..=MAX_ID).contains(&n))
    {
        let text = format!("activeDeadlineSeconds is not between 1 and {MAX_ID}");
        out.push(Reason::at(text, seconds.own_span()));
    }
    ids(template.spec, out);
    words(template.spec, out);
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
            one_of(node, HOST_PATH_WORDS, out);
        }
        let projected = volume.node.at(&["projected", "sources"]);
        for source in projected.into_iter().flat_map(Node::items) {
            if let Some(seconds) = source.at(&["serviceAccountToken", "expirationSeconds"])
                && value::integer(seconds).is_some_and(|n| !(600..=1 << 32).contains(&n))
            {
                let text = format!("{} is not between 600 and 2^32", seconds.path());
                out.push(Reason::at(text, seconds.own_span()));
            }
        }
        if volume.sources().count() > 1 {
            out.push(Reason::at(
                format!("the volume `{}` has more than one source", volume.name()),
                volume.node.own_span(),
            ));
        }
    }
}

/// Fields that take one of a few words.
type Words = &'static [(&'static [&'static str], &'static [&'static str])];

/// Those of a pod's spec.
const POD_WORDS: Words = &[
    (&["dnsPolicy"], &["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"]),
    (&["os", "name"], &["linux", "windows"]),
    (&["preemptionPolicy"], &["PreemptLowerPriority", "Never"]),
];
/// Those of a container.
const CONTAINER_WORDS: Words = &[
    (&["imagePullPolicy"], &["Always", "IfNotPresent", "Never"]),
    (&["terminationMessagePolicy"], &["File", "FallbackToLogsOnError"]),
];
/// Those of a `hostPath`.
const HOST_PATH_WORDS: Words = &[(
    &["type"],
    &["", "DirectoryOrCreate", "Directory", "FileOrCreate", "File", "Socket", "CharDevice", "BlockDevice"],
)];
/// Those of a security context.
const WORDS: Words = &[
    (&["seLinuxChangePolicy"], &["MountOption", "Recursive"]),
    (&["seccompProfile", "type"], &["RuntimeDefault", "Localhost", "Unconfined"]),
    (&["appArmorProfile", "type"], &["RuntimeDefault", "Localhost", "Unconfined"]),
    (&["procMount"], &["Default", "Unmasked"]),
    (&["supplementalGroupsPolicy"], &["Merge", "Strict"]),
    (&["fsGroupChangePolicy"], &["OnRootMismatch", "Always"]),
];

fn words(holder: Node<'_>, out: &mut Vec<Reason>) {
    let Some(context) = holder.get("securityContext") else { return };
    one_of(context, WORDS, out);
    profiles(context, out);
}

fn one_of(holder: Node<'_>, words: Words, out: &mut Vec<Reason>) {
    for (path, allowed) in words {
        if let Some(node) = holder.at(path)
            && node.as_str().is_some_and(|word| !allowed.contains(&word))
        {
            let known: Vec<&str> = allowed.iter().copied().filter(|w| !w.is_empty()).collect();
            let text = format!("{} must be one of {}", node.path(), known.join(", "));
            out.push(Reason::at(text, node.own_span()));
        }
    }
}

fn profiles(context: Node<'_>, out: &mut Vec<Reason>) {
    // A profile of the node is named, by a path below the kubelet's directory; the others name none.
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

/// Ports from 1 to 65535.
fn ports(title: &str, container: Node<'_>, out: &mut Vec<Reason>) {
    let list = container.get("ports").and_then(value::list);
    for port in list.into_iter().flat_map(Node::items) {
        for key in ["containerPort", "hostPort"] {
            if let Some(number) = port.get(key)
                && value::integer(number).is_some_and(|n| !(1..=65_535).contains(&n))
                && !(key == "hostPort" && value::integer(number) == Some(0))
            {
                let text = format!("{key} of {title} is not between 1 and 65535");
                out.push(Reason::at(text, number.own_span()));
            }
        }
    }
}

fn ids(holder: Node<'_>, out: &mut Vec<Reason>) {
    for key in ["runAsUser", "runAsGroup", "fsGroup"] {
        if let Some(node) = holder.at(&["securityContext", key])
            && value::integer(node).is_some_and(|id| !(0..=MAX_ID).contains(&id))
        {
            out.push(Reason::at(format!("{} is not between 0 and {MAX_ID}", node.path()), node.own_span()));
        }
    }
}
