//! `start`: does a container start?
//!
//! The API server's refusals, the kubelet's sysctl list (`pkg/kubelet/sysctl`) and `verifyRunAsNonRoot`
//! (`pkg/kubelet/kuberuntime/security_context_others.go`), the runtime's look-up of the user, and the exec of the
//! whole chain of programs.

use super::chain::End;
use super::placement;
use super::pod::{PodName, PodView};
use super::process::Process;
use super::refusals::refusals;
use super::resources;
use crate::model::{Class, Container};
use crate::parse::Node;
use crate::sim::world::{Boundary, FileKind, Host, Lsm, Runtime, World};
use crate::sim::{Reason, Verdict};

/// The question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Whose container.
    pub pod: PodName,
    /// Which container.
    pub container: String,
    /// The program that it has to end up with, where that matters.
    pub program: Option<String>,
    /// The part that it has to play, where that matters.
    pub role: Option<Role>,
}

/// The part that a container plays in its pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// To its end, before the others.
    First,
    /// As long as the pod lives: a container, or a sidecar.
    Steady,
}

/// The roles and their words in questions.
pub const ROLES: &[(&str, Role)] = &[("init", Role::First), ("steady", Role::Steady)];

impl Role {
    /// What is asked for, in a sentence.
    pub fn says(self) -> &'static str {
        match self {
            Self::First => "before the other containers",
            Self::Steady => "for as long as the pod lives",
        }
    }

    fn fits(self, class: Class) -> bool {
        match self {
            Self::First => class == Class::Init,
            Self::Steady => matches!(class, Class::Main | Class::Sidecar),
        }
    }
}

/// Answers it.
pub fn ask(world: &World, question: &Question) -> Verdict {
    match started(world, &question.pod, &question.container) {
        Ok(process) => fits(&process, question),
        Err(verdict) => verdict,
    }
}

/// Whether a container that starts is the one that is wanted.
fn fits(process: &Process<'_>, question: &Question) -> Verdict {
    let (title, class) = (process.title(), process.container.class);
    if let Some(role) = question.role.filter(|role| !role.fits(class)) {
        let article = if class.word().starts_with(['i', 'e']) { "an" } else { "a" };
        let text = format!("{title} is {article} {}, and has to run {}", class.word(), role.says());
        return Verdict::denied(Reason::at(text, process.span()));
    }
    if let Some(program) = question.program.as_ref().filter(|p| process.chain.last() != Some(p)) {
        let runs = process.chain.last().map_or("nothing", String::as_str);
        let text = format!("{title} runs {runs}, and its work is done by {program}");
        let own = ["command", "args", "image"].into_iter().find_map(|k| process.container.node.get(k));
        return Verdict::denied(Reason::at(text, own.map_or(process.span(), Node::own_span)));
    }
    let chain = process.chain.join(", then ");
    let text = format!("{title} starts {chain} as UID {}", process.credentials.uid);
    Verdict::allowed(Reason::at(text, process.span()))
}

/// The process of a container that starts and asks the node's own kernel: what another kernel would say is not modelled.
pub(super) fn running<'w>(world: &'w World, name: &PodName, container: &str) -> Result<Process<'w>, Verdict> {
    let process = started(world, name, container)?;
    match process.boundary {
        Boundary::Shared => Ok(process),
        other => Err(Verdict::unmodelled(format!(
            "{} runs under {}, and what its kernel allows is not modelled",
            process.title(),
            other.word()
        ))),
    }
}

/// The process of a container that starts, under whatever kernel; otherwise the verdict that says why it does not.
pub(super) fn started<'w>(world: &'w World, name: &PodName, container: &str) -> Result<Process<'w>, Verdict> {
    let pod = PodView::find(world, name)?;
    let wanted = pod.containers().find(|c| c.name == container).ok_or_else(|| {
        Verdict::denied(Reason::at(format!("{name} has no container `{container}`"), pod.span))
    })?;
    if let Some(refused) = refusals(pod.template).into_iter().next() {
        let evidence = format!("The {} is invalid: {}", pod.key.kind, refused.text);
        return Err(Verdict::denied(Reason {
            text: format!("the API server refuses the pod: {}", refused.text),
            span: refused.span,
        })
        .evidence(evidence));
    }
    // Init containers run one after the other before all else; one that does not start holds up the rest.
    for before in pod.containers() {
        if before.name == wanted.name {
            break;
        }
        if matches!(before.class, Class::Init | Class::Sidecar) {
            let process = starts(world, &pod, before)?;
            // What listens goes on listening: an init container has to come to an end.
            if before.class == Class::Init && matches!(process.end, End::Runs([_, ..])) {
                return Err(Verdict::denied(Reason::at(
                    format!("{} goes on for ever, and what comes after it waits", process.title()),
                    process.span(),
                ))
                .evidence("PodInitializing"));
            }
        }
    }
    starts(world, &pod, wanted)
}

fn starts<'w>(world: &'w World, pod: &PodView<'w>, container: Container<'w>) -> Result<Process<'w>, Verdict> {
    let process = Process::of(world, pod, container)?;
    placement::placed(world, pod)?;
    sysctls(pod, process.host)?;
    supported(pod, process.host)?;
    references(world, pod, process.host)?;
    verify_non_root(&process)?;
    profiles(&process)?;
    if let Some(why) = resources::too_small(&process.title(), container.node) {
        return Err(Verdict::denied(why).evidence("OOMKilled: memory limit too low"));
    }
    match &process.end {
        End::Breaks(broken) => Err(Verdict::denied(broken.why.clone()).evidence(broken.evidence.clone())),
        _ => Ok(process),
    }
}

/// Sysctls that pods may set without being asked, and since which minor version.
const SAFE_SYSCTLS: &[(&str, u32)] = &[
    ("kernel.shm_rmid_forced", 0),
    ("net.ipv4.ip_local_port_range", 0),
    ("net.ipv4.tcp_syncookies", 0),
    ("net.ipv4.ping_group_range", 0),
    ("net.ipv4.ip_unprivileged_port_start", 0),
    ("net.ipv4.ip_local_reserved_ports", 27),
    ("net.ipv4.tcp_keepalive_time", 29),
    ("net.ipv4.tcp_fin_timeout", 29),
    ("net.ipv4.tcp_keepalive_intvl", 29),
    ("net.ipv4.tcp_keepalive_probes", 29),
    ("net.ipv4.tcp_rmem", 32),
    ("net.ipv4.tcp_wmem", 32),
];

fn sysctls(pod: &PodView<'_>, host: &Host) -> Result<(), Verdict> {
    let list = pod.settings().sysctls().value;
    for item in list.into_iter().flat_map(Node::items) {
        let Some(node) = item.get("name") else { continue };
        let name = node.as_str().unwrap_or("").replace('/', ".");
        let safe = SAFE_SYSCTLS.iter().any(|(n, since)| *n == name && *since <= host.minor);
        let told = host.allowed_sysctls.iter().any(|a| match a.strip_suffix('*') {
            Some(prefix) => name.starts_with(prefix),
            None => *a == name,
        });
        if !safe && !told {
            let text =
                format!("the sysctl {name} is not on the kubelet's safe list, so that it refuses the pod");
            return Err(Verdict::denied(Reason::at(text, node.own_span()))
                .evidence(format!("SysctlForbidden: forbidden sysctl: {name:?} not allowlisted")));
        }
    }
    Ok(())
}

/// What the node's runtime cannot do: user namespaces and the strict rule for groups need containerd 2.0
/// (kubernetes/website, user-namespaces.md; KEP-3619).
fn supported(pod: &PodView<'_>, host: &Host) -> Result<(), Verdict> {
    if host.runtime != Runtime::Containerd || host.runtime_major >= 2 {
        return Ok(());
    }
    let (users, policy) = (pod.settings().host_users(), pod.settings().supplemental_groups_policy());
    let (field, span) = match (users.value, policy.value) {
        (Some(false), _) => ("hostUsers: false", users.span()),
        (_, Some("Strict")) => ("supplementalGroupsPolicy: Strict", policy.span()),
        _ => return Ok(()),
    };
    let text = format!("{field} needs containerd 2.0, and the node has {}", host.runtime_major);
    Err(Verdict::denied(Reason::at(text, span)).evidence("the node's runtime does not support it"))
}

/// What a pod names beside images has to be there: otherwise it is refused, or waits for ever.
fn references(world: &World, pod: &PodView<'_>, host: &Host) -> Result<(), Verdict> {
    let namespace = Some(pod.key.namespace.as_str());
    let absent = |kind: &str, node: Node<'_>, evidence: &str| {
        let name = node.as_str().unwrap_or("");
        Verdict::denied(Reason::at(
            format!("the pod needs the {kind} `{name}`, which is not there"),
            node.own_span(),
        ))
        .evidence(format!("{evidence} \"{name}\" not found"))
    };
    let account = pod.settings().service_account_name();
    if let Some(node) = account.node
        && account
            .value
            .is_some_and(|n| n != "default" && world.object("ServiceAccount", namespace, n).is_none())
    {
        return Err(absent("ServiceAccount", node, "error looking up service account: serviceaccount"));
    }
    for volume in pod.template.volumes() {
        let Some((kind, source)) = volume.sources().next() else { continue };
        let (kind, key, evidence) = match kind {
            "persistentVolumeClaim" => ("PersistentVolumeClaim", "claimName", "persistentvolumeclaim"),
            "configMap" => ("ConfigMap", "name", "MountVolume.SetUp failed: configmap"),
            "secret" => ("Secret", "secretName", "MountVolume.SetUp failed: secret"),
            "hostPath" => {
                host_path(source, host)?;
                continue;
            }
            _ => continue,
        };
        let Some(node) = source.get(key) else { continue };
        let optional = source.get("optional").and_then(Node::as_bool) == Some(true);
        if !optional && world.object(kind, namespace, node.as_str().unwrap_or("")).is_none() {
            return Err(absent(kind, node, evidence));
        }
    }
    Ok(())
}

/// The types of hostPath that are checked before the pod starts (`pkg/volume/hostpath`).
fn host_path(source: Node<'_>, host: &Host) -> Result<(), Verdict> {
    let (Some(path), Some(kind)) = (source.get("path"), source.get("type")) else { return Ok(()) };
    let there = host.files.get(&host.files.resolve(path.as_str().unwrap_or("/")), true).map(|f| f.kind);
    let fits = match kind.as_str() {
        Some("Directory") => there == Some(FileKind::Directory),
        Some("File") => there == Some(FileKind::Regular),
        Some("Socket") => there == Some(FileKind::Socket),
        Some("BlockDevice") => there == Some(FileKind::Block),
        Some("DirectoryOrCreate") => there.is_none_or(|k| k == FileKind::Directory),
        Some("FileOrCreate") => there.is_none_or(|k| k == FileKind::Regular),
        Some("") => true,
        _ => false,
    };
    if fits {
        return Ok(());
    }
    let (path, kind_word) = (path.as_str().unwrap_or(""), kind.as_str().unwrap_or(""));
    Err(Verdict::denied(Reason::at(
        format!("{path} of the node is no {kind_word}, so that the pod waits for ever"),
        kind.own_span(),
    ))
    .evidence(format!("MountVolume.SetUp failed: hostPath type check failed: {path} is not a {kind_word}")))
}

/// Profiles that a manifest asks for have to be there: kubernetes `pkg/security/apparmor/validate.go` (a pod that
/// names a profile is refused where the kernel has no `AppArmor`), and the kubelet's directory of seccomp profiles.
fn profiles(process: &Process<'_>) -> Result<(), Verdict> {
    let settings = process.pod.container_settings(process.container);
    if process.host.lsm != Lsm::AppArmor
        && let Some((kind, span)) = settings
            .app_armor_profile()
            .value
            .and_then(|n| Some((n.get("type")?.as_str()?, n.own_span())))
            .filter(|(k, _)| *k != "Unconfined")
    {
        let text =
            format!("the node has no AppArmor, so that the kubelet refuses a pod that asks for {kind}");
        return Err(Verdict::denied(Reason::at(text, span))
            .evidence("Cannot enforce AppArmor: AppArmor is not enabled on the host"));
    }
    if let Some(profile) = settings.seccomp_profile().value.and_then(|n| n.get("localhostProfile"))
        && !process.privileged.value
    {
        let path = format!("/var/lib/kubelet/seccomp/{}", profile.as_str().unwrap_or(""));
        if process.host.files.named(&process.host.files.resolve(&path)).is_none() {
            let text =
                format!("the node has no seccomp profile {path}, so that {} is not made", process.title());
            return Err(Verdict::denied(Reason::at(text, profile.own_span()))
                .evidence(format!("CreateContainerError: cannot load seccomp profile {path:?}")));
        }
    }
    Ok(())
}

fn verify_non_root(process: &Process<'_>) -> Result<(), Verdict> {
    let settings = process.pod.container_settings(process.container);
    let asked = settings.run_as_non_root();
    if asked.value != Some(true) {
        return Ok(());
    }
    let title = process.title();
    let refuse = |text: String, span, message: String| {
        Err(Verdict::denied(Reason::at(text, span))
            .and(Reason::at(
                format!("runAsNonRoot of {title} is true ({})", asked.origin.word()),
                asked.span(),
            ))
            .evidence(format!("CreateContainerConfigError: {message}")))
    };
    let user = settings.run_as_user();
    if let Some(uid) = user.value {
        if uid == 0 {
            return refuse(
                format!(
                    "{title} asks for UID 0 and for runAsNonRoot, so that the kubelet refuses to start it"
                ),
                user.span(),
                "container's runAsUser breaks non-root policy".to_owned(),
            );
        }
        return Ok(());
    }
    let name = process.image.user.split(':').next().unwrap_or("");
    match name.parse::<u32>() {
        Ok(0) => {}
        Ok(_) => return Ok(()),
        Err(_) if name.is_empty() => {}
        Err(_) => {
            return refuse(
                format!(
                    "the image of {title} names its user `{name}`: the kubelet cannot verify that a name is not root"
                ),
                process.container.image().map_or_else(|| process.span(), Node::own_span),
                format!(
                    "container has runAsNonRoot and image has non-numeric user ({name}), cannot verify user is non-root"
                ),
            );
        }
    }
    refuse(
        format!("the image of {title} runs as root, and nothing sets runAsUser"),
        user.span(),
        "container has runAsNonRoot and image will run as root".to_owned(),
    )
}

/// Whether every container of a pod starts, and it is not held up; the reasons of the first that does not.
pub(super) fn whole_pod(world: &World, pod: &PodView<'_>) -> Result<(), Verdict> {
    let name = PodName {
        namespace: Some(pod.key.namespace.clone()),
        kind: crate::model::WORKLOAD_KINDS.iter().map(|(k, _)| *k).find(|k| *k == pod.key.kind),
        name: pod.key.name.clone(),
        node: pod.node.clone(),
    };
    for container in pod.containers().filter(|c| c.class != Class::Ephemeral) {
        started(world, &name, container.name)?;
    }
    Ok(())
}
