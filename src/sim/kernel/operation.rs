//! `kernel`: may a container load a module, mount, reach the node's disk, open a raw socket, bind a port?
//!
//! `capabilities(7)`, `mount(2)`, `user_namespaces(7)`, `packet(7)`, `ip(7)`; containerd `contrib/seccomp` (the
//! default profile opens calls by the *bounding* set) and `contrib/apparmor` (its default profile denies mount).

use super::PodName;
use super::capset::CapSet;
use super::process::Process;
use super::settings::Confinement;
use super::start;
use crate::parse::Node;
use crate::sim::world::{Boundary, FileKind, World};
use crate::sim::{Answer, Reason, Verdict};

/// What is asked of the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// `finit_module`.
    LoadModule,
    /// `mount` of any file system, in whatever namespace the process can make for itself.
    Mount,
    /// Mount of the node's own disk.
    MountDisk,
    /// Telling the node's kernel to run a program of one's own: `/proc/sys/kernel/core_pattern`.
    CorePattern,
    /// A raw or packet socket.
    RawSocket,
    /// A system call that has a bug in the node's kernel, and that the default seccomp profile lets through.
    Exploit,
    /// `bind` to this port.
    Bind(u32),
}

/// The operations without a port, and their words in questions; `bind` takes a `port`.
pub const OPERATIONS: &[(&str, Operation)] = &[
    ("load-module", Operation::LoadModule),
    ("mount", Operation::Mount),
    ("mount-disk", Operation::MountDisk),
    ("core-pattern", Operation::CorePattern),
    ("raw-socket", Operation::RawSocket),
    ("exploit", Operation::Exploit),
    ("bind", Operation::Bind(0)),
];

/// The question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Whose container.
    pub pod: PodName,
    /// Which container.
    pub container: String,
    /// What is asked.
    pub operation: Operation,
}

/// Answers it.
pub fn ask(world: &World, question: &Question) -> Verdict {
    let process = match question.operation {
        Operation::Exploit => start::started(world, &question.pod, &question.container),
        _ => start::running(world, &question.pod, &question.container),
    };
    match process {
        Ok(process) => match question.operation {
            Operation::Exploit => exploit(world, &process),
            Operation::LoadModule => load_module(&process),
            Operation::Mount => mount(&process),
            Operation::MountDisk => mount_disk(&process),
            Operation::CorePattern => core_pattern(&process),
            Operation::RawSocket => raw_socket(&process),
            Operation::Bind(port) => bind(&process, port),
        },
        Err(verdict) => verdict,
    }
}

fn in_namespace_only(process: &Process<'_>, capability: CapSet) -> Reason {
    let why = &process.user_namespace.why;
    Reason {
        text: format!("{capability} counts in the pod's user namespace alone: {}", why.text),
        span: why.span,
    }
}

/// A profile of the node may forbid what the capability allows.
fn localhost(process: &Process<'_>) -> Option<Verdict> {
    (process.seccomp.value == Confinement::Localhost)
        .then(|| Verdict::unmodelled(format!("{}, which is not modelled here", process.seccomp.why.text)))
}

fn load_module(process: &Process<'_>) -> Verdict {
    let wanted = CapSet::SYS_MODULE;
    if !process.credentials.effective.has(wanted) {
        return Verdict::denied(process.why_without(wanted))
            .evidence("finit_module: Operation not permitted");
    }
    if process.user_namespace.value {
        return Verdict::denied(in_namespace_only(process, wanted))
            .evidence("finit_module: Operation not permitted");
    }
    localhost(process).unwrap_or_else(|| {
        Verdict::allowed(process.why_with(wanted))
            .evidence("kernel: rootkit: loading out-of-tree module taints kernel.")
    })
}

fn mount(process: &Process<'_>) -> Verdict {
    let wanted = CapSet::SYS_ADMIN;
    let has = process.credentials.effective.has(wanted);
    let seccomp = process.seccomp.why.clone();
    // containerd's default profile allows mount and unshare where the bounding set has CAP_SYS_ADMIN.
    let blocked =
        process.seccomp.value == Confinement::RuntimeDefault && !process.credentials.bounding.has(wanted);
    if !has && !process.host.user_namespaces {
        return Verdict::denied(process.why_without(wanted)).evidence("mount: Operation not permitted");
    }
    if blocked {
        return Verdict::denied(process.why_without(wanted))
            .and(Reason {
                text: format!("{}, which refuses unshare and mount without it", seccomp.text),
                span: seccomp.span,
            })
            .evidence("mount: Operation not permitted");
    }
    if let Some(verdict) = localhost(process) {
        return verdict;
    }
    match process.apparmor.value {
        Confinement::RuntimeDefault => {
            return Verdict::denied(Reason {
                text: format!("{}, which denies mount", process.apparmor.why.text),
                span: process.apparmor.why.span,
            })
            .evidence("apparmor=\"DENIED\" operation=\"mount\" profile=\"cri-containerd.apparmor.d\"");
        }
        Confinement::Localhost => {
            return Verdict::unmodelled("AppArmor profiles of the node are not modelled yet");
        }
        Confinement::Unconfined => {}
    }
    if has {
        return Verdict::allowed(process.why_with(wanted));
    }
    Verdict::allowed(Reason {
        text: format!(
            "{} makes a user namespace and has CAP_SYS_ADMIN in there: {}",
            process.title(),
            seccomp.text
        ),
        span: seccomp.span,
    })
}

fn mount_disk(process: &Process<'_>) -> Verdict {
    let wanted = CapSet::SYS_ADMIN;
    let disk = process.host.files.iter().find(|(_, f)| f.kind == FileKind::Block).map(|(path, _)| path);
    let Some(disk) = disk else {
        return Verdict::unmodelled("the world's node has no disk: add a file of type `block`");
    };
    let evidence = format!("mount: {disk}: permission denied");
    if !process.privileged.value {
        let why = &process.privileged.why;
        return Verdict::denied(Reason {
            text: format!("{}: it gets no device of the node", why.text),
            span: why.span,
        })
        .evidence(evidence);
    }
    if !process.credentials.effective.has(wanted) {
        return Verdict::denied(process.why_without(wanted)).evidence(evidence);
    }
    if process.user_namespace.value {
        return Verdict::denied(in_namespace_only(process, wanted)).evidence(evidence);
    }
    Verdict::allowed(Reason {
        text: format!("{}: it mounts {disk} and has the node's files", process.privileged.why.text),
        span: process.privileged.why.span,
    })
}

/// `core(5)`: the kernel runs what stands after the `|` as root of the node. The file belongs to the node's root
/// and counts in the first user namespace alone; in a container it is mounted read-only, unless that is privileged
/// or can mount /proc once more.
fn core_pattern(process: &Process<'_>) -> Verdict {
    const EVIDENCE: &str = "/proc/sys/kernel/core_pattern: Read-only file system";
    if process.user_namespace.value {
        let why = &process.user_namespace.why;
        let text = format!("core_pattern belongs to the node's root: {}", why.text);
        return Verdict::denied(Reason { text, span: why.span }).evidence(EVIDENCE);
    }
    let writes = "writes its own program into core_pattern, which the node's kernel then runs as root";
    if process.privileged.value && process.credentials.uid == 0 {
        let why = &process.privileged.why;
        let text = format!("{}: /proc/sys is writable, and it {writes}", why.text);
        return Verdict::allowed(Reason { text, span: why.span });
    }
    let wanted = CapSet::SYS_ADMIN;
    if !process.credentials.effective.has(wanted) {
        return Verdict::denied(process.why_without(wanted)).evidence(EVIDENCE);
    }
    let mounted = mount(process);
    if mounted.answer != Answer::Allowed {
        return mounted;
    }
    let why = process.why_with(wanted);
    let text = format!("{} mounts /proc once more, writable, and {writes}: {}", process.title(), why.text);
    Verdict::allowed(Reason { text, span: why.span })
}

fn raw_socket(process: &Process<'_>) -> Verdict {
    let wanted = CapSet::NET_RAW;
    if !process.credentials.effective.has(wanted) {
        return Verdict::denied(process.why_without(wanted))
            .evidence("socket(AF_INET, SOCK_RAW): Operation not permitted");
    }
    if process.user_namespace.value && !process.pod.own_network() {
        return Verdict::denied(in_namespace_only(process, wanted));
    }
    localhost(process).unwrap_or_else(|| Verdict::allowed(process.why_with(wanted)))
}

/// Whether a system call with a bug in it reaches the node's kernel: whose kernel answers the container?
///
/// google/gvisor `g3doc/architecture_guide/security.md` (no call is passed through), kata-containers
/// `docs/design/architecture` (a guest kernel for each pod).
fn exploit(world: &World, process: &Process<'_>) -> Verdict {
    let spec = process.pod.template.spec;
    let named = spec.get("runtimeClassName");
    let span = named.map_or_else(|| spec.missing("runtimeClassName").span, Node::own_span);
    let (title, node) = (process.title(), &process.host.name);
    let class = named.and_then(Node::as_str).and_then(|name| handler(world, name));
    if process.boundary == Boundary::Shared {
        if let Some(verdict) = localhost(process) {
            return verdict;
        }
        let asks =
            format!("{title} runs without a sandbox, and its system calls go to the kernel of node `{node}`");
        let verdict = match class {
            Some(class) => Verdict::allowed(Reason { text: format!("{asks}: {}", class.text), ..class })
                .and(Reason::at("the pod names this class", span)),
            None => Verdict::allowed(Reason::at(format!("{asks}: it names no RuntimeClass"), span)),
        };
        return verdict.and(process.seccomp.why.clone());
    }
    if !process.pod.own_network() || process.privileged.value {
        return Verdict::unmodelled(format!(
            "{title} has a kernel of its own and the node's network or devices: what that opens is not modelled"
        ));
    }
    let whose = match process.boundary {
        Boundary::Gvisor => "gVisor's Sentry answers its system calls",
        _ => "a kernel in a virtual machine of its own answers its system calls",
    };
    let text = format!("{whose}: {title} never asks the kernel of node `{node}`");
    let verdict = Verdict::denied(Reason::at(text, span));
    match class {
        Some(class) => verdict.and(class),
        None => verdict,
    }
}

/// What a `RuntimeClass` stands for.
fn handler(world: &World, name: &str) -> Option<Reason> {
    let handler = world.object("RuntimeClass", None, name)?.node.get("handler")?;
    let text = format!("RuntimeClass `{name}` stands for the handler `{}`", handler.as_str()?);
    Some(Reason::at(text, handler.own_span()))
}

/// Whether a container may bind a port, and why.
pub(super) fn bind(process: &Process<'_>, port: u32) -> Verdict {
    if process.boundary != Boundary::Shared && port < 1024 {
        return Verdict::unmodelled("ports below 1024 in a sandbox are not modelled");
    }
    let (start, why) = port_start(process);
    if port == 0 || port >= start {
        return Verdict::allowed(Reason {
            text: format!("port {port} needs no capability: {}", why.text),
            span: why.span,
        });
    }
    let wanted = CapSet::NET_BIND_SERVICE;
    if process.credentials.effective.has(wanted) {
        return Verdict::allowed(process.why_with(wanted));
    }
    Verdict::denied(process.why_without(wanted))
        .and(why)
        .evidence(format!("listen tcp 0.0.0.0:{port}: bind: permission denied"))
}

/// `net.ipv4.ip_unprivileged_port_start` of the network that the process lives in.
fn port_start(process: &Process<'_>) -> (u32, Reason) {
    const NAME: &str = "net.ipv4.ip_unprivileged_port_start";
    if !process.pod.own_network() {
        let start = process.host.port_start;
        return (start, Reason::fact(format!("on the node's own network, {NAME} is {start}")));
    }
    if let Some((value, span)) = process.pod.sysctl(NAME) {
        let start = value.trim().parse().unwrap_or(1024);
        return (start, Reason::at(format!("the pod sets {NAME} to {start}"), span));
    }
    if process.host.unprivileged_ports {
        let text = format!("{} sets {NAME} to 0 (enable_unprivileged_ports)", process.host.runtime.name());
        return (0, Reason::fact(text));
    }
    (1024, Reason::fact(format!("{NAME} is 1024 in the pod's network")))
}
