//! What the API server refuses in a pod spec, beyond wrong types and unknown fields.
//!
//! kubernetes `pkg/apis/core/validation/validation.go`. Only what bears on security or what a learner may well
//! write is here; what has to be there is asked by `sim::admission`. Some of upstream's paths are not those of the manifest:
//! faults of a mount stand below the list.

use std::collections::BTreeSet;

use super::{names, resources};
use crate::model::{ContainerSettings, Mount, PodSettings, PodTemplate, value};
use crate::parse::Node;
use crate::sim::{Field, Invalid, Reason, scheduling};

/// The largest UID and GID that the API takes.
const MAX_ID: i64 = 2_147_483_647;

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
        let title = container.title();
        if !names.insert(container.name) && !container.name.is_empty() {
            out.push(
                Invalid::duplicate(Field::of(container.node, "name"), container.name)
                    .told(format!("two containers are named `{}`", container.name))
                    .at(container.node.own_span()),
            );
        }
        let settings = ContainerSettings::of(template, container);
        if settings.allow_privilege_escalation().value == Some(false) {
            let privileged = settings.privileged();
            if privileged.value == Some(true) {
                let text =
                    format!("{title} cannot set allowPrivilegeEscalation to false and privileged to true");
                let said = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true";
                out.push(context(container.node, said).told(text).at(privileged.span()));
            }
            // The API server compares with this very text; SYS_ADMIN, which runtimes understand, passes.
            if let Some(node) = settings.capabilities_add().find(|n| n.as_str() == Some("CAP_SYS_ADMIN")) {
                let text =
                    format!("{title} cannot set allowPrivilegeEscalation to false and add CAP_SYS_ADMIN");
                let said =
                    "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN";
                out.push(context(container.node, said).told(text).at(node.own_span()));
            }
        }
        let unmasked = settings.proc_mount();
        if unmasked.value == Some("Unmasked") && settings.pod.host_users().value != Some(false) {
            let at = Field::of(container.node, "securityContext").child("procMount").at(unmasked.span());
            out.push(
                Invalid::of(at, "Unmasked", "`hostUsers` must be false to use `Unmasked`")
                    .told(format!("{title} asks for procMount Unmasked, which takes hostUsers: false")),
            );
        }
        let mut paths = BTreeSet::new();
        for mount in container.mounts() {
            if let Some(name) = mount.node.get("name").filter(|_| !volumes.contains(mount.name())) {
                let text =
                    format!("{title} mounts the volume `{}`, which the pod does not define", mount.name());
                out.push(Invalid::not_found(name).told(text));
            }
            if let Some(path) = mount.path() {
                if !paths.insert(path) {
                    let text = format!("{title} mounts two volumes at {path}");
                    let at = Field::of(mount.node, "mountPath").at(mount.node.own_span());
                    out.push(Invalid::of(at, path, "must be unique").told(text));
                }
            }
            mounted(&title, settings, container.node, mount, &mut out);
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
fn mounted(
    title: &str,
    settings: ContainerSettings<'_>,
    container: Node<'_>,
    mount: Mount<'_>,
    out: &mut Vec<Invalid>,
) {
    let node = mount.node;
    let below = |node: Node<'_>, key: &str| {
        Field::from(container.missing("volumeMounts")).child(key).at(node.own_span())
    };
    if let Some(deep) = node.get("recursiveReadOnly")
        && deep.as_str() != Some("Disabled")
        && !mount.read_only()
    {
        let text = format!("{title} asks for recursiveReadOnly, which takes readOnly: true");
        let at = below(deep, "recursiveReadOnly");
        out.push(Invalid::forbidden(at, "may only be specified when readOnly is true").told(text));
    }
    if let Some(expression) = node.get("subPath").and(node.get("subPathExpr")) {
        let text = format!("{title} cannot set subPath and subPathExpr on one mount");
        out.push(Invalid::value(expression, "subPathExpr and subPath are mutually exclusive").told(text));
    }
    if let Some(way) = node.get("mountPropagation")
        && way.as_str() == Some("Bidirectional")
        && settings.privileged().value != Some(true)
    {
        let text = format!("{title} asks for mountPropagation Bidirectional, which takes privileged");
        let said = "Bidirectional mount propagation is available only to privileged containers";
        out.push(Invalid::forbidden(below(way, "mountPropagation"), said).told(text));
    }
    for key in ["subPath", "subPathExpr"] {
        if let Some(sub) = node.get(key)
            && let Some(path) = sub.as_str()
            && let Some(said) = leads_out(path)
        {
            let fault = Invalid::of(below(sub, key), path, said);
            out.push(fault.told(format!("subPath of {title} must stay within its volume")));
        }
    }
}

/// `validateLocalDescendingPath`: why a path is none that stays below a directory.
fn leads_out(path: &str) -> Option<&'static str> {
    if path.starts_with('/') {
        return Some("must be a relative path");
    }
    climbs(path).then_some("must not contain '..'")
}

/// A fault of a container's whole security context.
fn context(container: Node<'_>, said: &str) -> Invalid {
    Invalid::structure(Field::of(container, "securityContext"), "core.SecurityContext", said)
}

/// Whether a path leads out of its directory.
fn climbs(path: &str) -> bool {
    path.split('/').any(|part| part == "..")
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
    volumes(template, out);
    one_of(template.spec, POD_WORDS, out);
    if let Some(policy) = template.spec.get("dnsPolicy").filter(|n| n.as_str() == Some("None"))
        && template.spec.at(&["dnsConfig", "nameservers"]).is_none_or(|n| n.items().len() == 0)
    {
        let fault = match template.spec.get("dnsConfig") {
            None => Invalid::required(
                Field::of(template.spec, "dnsConfig"),
                "must provide `dnsConfig` when `dnsPolicy` is None",
            ),
            Some(config) => Invalid::required(
                Field::of(config, "nameservers"),
                "must provide at least one DNS nameserver when `dnsPolicy` is None",
            ),
        };
        out.push(fault.told("dnsPolicy None takes a nameserver in dnsConfig").at(policy.own_span()));
    }
    let groups = template.spec.at(&["securityContext", "supplementalGroups"]);
    for group in groups.into_iter().flat_map(Node::items) {
        if value::integer(group).is_some_and(|id| !(0..=MAX_ID).contains(&id)) {
            let text = format!("{} is not between 0 and {MAX_ID}", group.path());
            out.push(Invalid::value(group, &between(0)).told(text));
        }
    }
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
    if let Some(seconds) = template.spec.get("activeDeadlineSeconds")
        && value::integer(seconds).is_some_and(|n| !(1..=MAX_ID).contains(&n))
    {
        let text = format!("activeDeadlineSeconds is not between 1 and {MAX_ID}");
        out.push(Invalid::value(seconds, &between(1)).told(text));
    }
    ids(template.spec, out);
    words(template.spec, out);
}

/// `InclusiveRangeError`, up to the largest number of 32 bits.
fn between(least: i64) -> String {
    format!("must be between {least} and {MAX_ID}, inclusive")
}

/// Where a pod's annotations stand; those of a template stand elsewhere for upstream.
fn annotations(template: PodTemplate<'_>) -> String {
    let metadata = template.metadata.map(Node::path).unwrap_or_default();
    let above = if template.of_pod { metadata.as_str() } else { metadata.trim_end_matches(".metadata") };
    format!("{above}.annotations")
}

fn volumes(template: PodTemplate<'_>, out: &mut Vec<Invalid>) {
    let mut names = BTreeSet::new();
    for volume in template.volumes() {
        if !names.insert(volume.name()) {
            out.push(
                Invalid::duplicate(Field::of(volume.node, "name"), volume.name())
                    .told(format!("two volumes are named `{}`", volume.name()))
                    .at(volume.node.own_span()),
            );
        }
        if let Some(path) = volume.host_path().and_then(|h| h.get("path"))
            && path.as_str().is_some_and(climbs)
        {
            let text = format!("hostPath of the volume `{}` must not contain '..'", volume.name());
            out.push(Invalid::value(path, "must not contain '..'").told(text));
        }
        if let Some(node) = volume.host_path() {
            one_of(node, HOST_PATH_WORDS, out);
        }
        if let Some(second) = volume.sources().nth(1) {
            let at = Field::of(volume.node, second.0).at(volume.node.own_span());
            out.push(
                Invalid::forbidden(at, "may not specify more than 1 volume type")
                    .told(format!("the volume `{}` has more than one source", volume.name())),
            );
        }
    }
}

/// Fields that take one of a few words, in upstream's order.
type Words = &'static [(&'static [&'static str], &'static [&'static str])];

/// Those of a pod's spec.
const POD_WORDS: Words = &[
    (&["dnsPolicy"], &["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"]),
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
    &["", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"],
)];
/// Those of a security context.
const WORDS: Words = &[
    (&["seLinuxChangePolicy"], &["MountOption", "Recursive"]),
    (&["seccompProfile", "type"], &["Localhost", "RuntimeDefault", "Unconfined"]),
    (&["appArmorProfile", "type"], &["Localhost", "RuntimeDefault", "Unconfined"]),
    (&["procMount"], &["Default", "Unmasked"]),
    (&["supplementalGroupsPolicy"], &["Merge", "Strict"]),
    (&["fsGroupChangePolicy"], &["Always", "OnRootMismatch"]),
];

fn words(holder: Node<'_>, out: &mut Vec<Invalid>) {
    let Some(context) = holder.get("securityContext") else { return };
    one_of(context, WORDS, out);
    profiles(context, out);
}

fn one_of(holder: Node<'_>, words: Words, out: &mut Vec<Invalid>) {
    for (path, allowed) in words {
        if let Some(node) = holder.at(path)
            && node.as_str().is_some_and(|word| !allowed.contains(&word))
        {
            let known: Vec<&str> = allowed.iter().copied().filter(|w| !w.is_empty()).collect();
            let text = format!("{} must be one of {}", node.path(), known.join(", "));
            out.push(Invalid::unsupported(node, allowed).told(text));
        }
    }
}

fn profiles(context: Node<'_>, out: &mut Vec<Invalid>) {
    // A profile of the node is named, by a path below the kubelet's directory; the others name none.
    for (key, word) in [("seccompProfile", "seccomp"), ("appArmorProfile", "AppArmor")] {
        let Some(profile) = context.get(key) else { continue };
        let local = profile.get("type").and_then(Node::as_str) == Some("Localhost");
        match profile.get("localhostProfile") {
            None if local => {
                let at = profile.missing("localhostProfile");
                let text = format!("{} is required where the type is Localhost", at.path);
                let said = format!("must be set when {word} type is Localhost");
                out.push(Invalid::required(at, &said).told(text));
            }
            Some(node) if !local => {
                let said = format!("can only be set when {word} type is Localhost");
                let fault = match key {
                    "seccompProfile" => Invalid::structure(node, "core.SeccompProfile", &said),
                    _ => Invalid::value(node, &said),
                };
                out.push(fault.told(format!("{} goes with the type Localhost alone", node.path())));
            }
            Some(node)
                if key == "seccompProfile"
                    && node.as_str().is_some_and(|p| p.starts_with('/') || climbs(p)) =>
            {
                let said = node.as_str().and_then(leads_out).unwrap_or_default();
                out.push(
                    Invalid::value(node, said)
                        .told(format!("{} must be a path below the kubelet's profiles", node.path())),
                );
            }
            _ => {}
        }
    }
}

/// Ports from 1 to 65535.
fn ports(title: &str, container: Node<'_>, out: &mut Vec<Invalid>) {
    let list = container.get("ports").and_then(value::list);
    for port in list.into_iter().flat_map(Node::items) {
        for key in ["containerPort", "hostPort"] {
            if let Some(number) = port.get(key)
                && value::integer(number).is_some_and(|n| !(1..=65_535).contains(&n))
                && !(key == "hostPort" && value::integer(number) == Some(0))
            {
                let text = format!("{key} of {title} is not between 1 and 65535");
                let fault = match value::integer(number) {
                    Some(0) => Invalid::required(number, ""),
                    _ => Invalid::value(number, "must be between 1 and 65535, inclusive"),
                };
                out.push(fault.told(text));
            }
        }
    }
}

fn ids(holder: Node<'_>, out: &mut Vec<Invalid>) {
    for key in ["runAsUser", "runAsGroup", "fsGroup"] {
        if let Some(node) = holder.at(&["securityContext", key])
            && value::integer(node).is_some_and(|id| !(0..=MAX_ID).contains(&id))
        {
            let text = format!("{} is not between 0 and {MAX_ID}", node.path());
            out.push(Invalid::value(node, &between(0)).told(text));
        }
    }
}
