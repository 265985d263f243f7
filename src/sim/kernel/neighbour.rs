//! `process`: may a container see, signal or read the memory of another process?
//!
//! `pid_namespaces(7)`, `ptrace(2)` ("Ptrace access mode checking"), `kill(2)`; the kernel's `kernel/ptrace.c`
//! and `security/commoncap.c` (`cap_ptrace_access_check`: the caller must hold every capability that the target
//! has). seccomp does not help: `RuntimeDefault` allows ptrace since Linux 4.8, and `/proc/PID/mem` needs no call
//! of its own. `AppArmor`'s default profile lets a container trace what runs under the same profile, nothing else.

use super::PodName;
use super::capset::CapSet;
use super::process::Process;
use super::settings::Confinement;
use super::start;
use crate::sim::world::World;
use crate::sim::{Reason, Verdict};

/// What is done to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// See it in `/proc`.
    See,
    /// Read its memory.
    ReadMemory,
    /// Send it a signal.
    Signal,
}

/// The operations and their words in questions.
pub const OPERATIONS: &[(&str, Operation)] =
    &[("see", Operation::See), ("read-memory", Operation::ReadMemory), ("signal", Operation::Signal)];

/// The question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Whose container.
    pub pod: PodName,
    /// Which container.
    pub container: String,
    /// The other: a container of the same pod, or a process of the node.
    pub target: String,
    /// What is done.
    pub operation: Operation,
}

struct Target {
    title: String,
    uid: u32,
    gid: u32,
    permitted: CapSet,
    /// Whether it runs under the runtime's default AppArmor profile.
    default_profile: bool,
    same_pod: bool,
}

/// Answers it.
pub fn ask(world: &World, question: &Question) -> Verdict {
    let process = match start::running(world, &question.pod, &question.container) {
        Ok(process) => process,
        Err(verdict) => return verdict,
    };
    let target = match target(world, &process, question) {
        Ok(target) => target,
        Err(verdict) => return verdict,
    };
    let settings = process.pod.settings();
    let (host_pid, shared) = (settings.host_pid(), settings.share_process_namespace());
    let seen = if target.same_pod && shared.value == Some(true) {
        Reason::at(
            "shareProcessNamespace puts the containers of the pod into one PID namespace",
            shared.span(),
        )
    } else if host_pid.value == Some(true) {
        Reason::at("hostPID puts the pod into the node's PID namespace", host_pid.span())
    } else {
        let (field, span) = if target.same_pod {
            ("shareProcessNamespace", shared.span())
        } else {
            ("hostPID", host_pid.span())
        };
        return Verdict::denied(Reason::at(
            format!("{} does not see {}: {field} is not true", process.title(), target.title),
            span,
        ));
    };
    match question.operation {
        Operation::See => Verdict::allowed(seen),
        Operation::Signal => signal(&process, &target, seen),
        Operation::ReadMemory => memory(&process, &target, seen),
    }
}

fn target(world: &World, process: &Process<'_>, question: &Question) -> Result<Target, Verdict> {
    if let Some(container) = process.pod.containers().find(|c| c.name == question.target) {
        let other = start::running(world, &question.pod, container.name)?;
        return Ok(Target {
            title: other.title(),
            uid: other.credentials.uid,
            gid: other.gid,
            permitted: other.credentials.permitted,
            default_profile: other.apparmor.value == Confinement::RuntimeDefault,
            same_pod: true,
        });
    }
    let found = process.host.processes.iter().find(|p| p.name == question.target);
    found
        .map(|p| Target {
            title: format!("`{}` on the node", p.name),
            uid: p.uid,
            gid: p.gid,
            permitted: p.capabilities,
            default_profile: p.container,
            same_pod: false,
        })
        .ok_or_else(|| Verdict::unmodelled(format!("the world has no process `{}`", question.target)))
}

/// Whether the caller's capabilities count for the target: it lives in the caller's user namespace or below.
fn counts(process: &Process<'_>, target: &Target) -> bool {
    target.same_pod || !process.user_namespace.value
}

fn no(process: &Process<'_>, why: Reason, what: &str) -> Verdict {
    Verdict::denied(why).evidence(format!("{what}: Operation not permitted ({})", process.container.name))
}

fn other_namespace(process: &Process<'_>, target: &Target) -> Reason {
    Reason {
        text: format!(
            "{} lives in another user namespace: {}",
            target.title, process.user_namespace.why.text
        ),
        span: process.user_namespace.why.span,
    }
}

fn signal(process: &Process<'_>, target: &Target, seen: Reason) -> Verdict {
    if !counts(process, target) {
        return no(process, other_namespace(process, target), "kill");
    }
    if process.credentials.uid == target.uid || process.credentials.effective.has(CapSet::KILL) {
        return Verdict::allowed(seen).and(process.uid.why.clone());
    }
    no(process, process.why_without(CapSet::KILL), "kill")
}

fn memory(process: &Process<'_>, target: &Target, seen: Reason) -> Verdict {
    if !counts(process, target) {
        return no(process, other_namespace(process, target), "ptrace");
    }
    let ptrace = process.credentials.effective.has(CapSet::SYS_PTRACE);
    let same = process.credentials.uid == target.uid && process.gid == target.gid;
    let covers = process.credentials.effective.has(target.permitted);
    if !ptrace {
        let without = process.why_without(CapSet::SYS_PTRACE);
        let refuse = |text: String| no(process, Reason { text, span: without.span }, "ptrace");
        if !same {
            return refuse(format!(
                "{} is UID {}:{} and {} is UID {}:{}, which takes CAP_SYS_PTRACE; {}",
                process.title(),
                process.credentials.uid,
                process.gid,
                target.title,
                target.uid,
                target.gid,
                without.text
            ));
        }
        if !covers {
            return refuse(format!(
                "{} has capabilities that {} lacks; {}",
                target.title,
                process.title(),
                without.text
            ));
        }
        if process.host.ptrace_scope > 0 {
            return refuse(format!(
                "the node's ptrace_scope is {}, which takes CAP_SYS_PTRACE for what is no child; {}",
                process.host.ptrace_scope, without.text
            ));
        }
    } else if process.host.ptrace_scope > 2 {
        return no(process, Reason::fact("the node's ptrace_scope is 3: nobody traces anybody"), "ptrace");
    }
    match process.apparmor.value {
        Confinement::RuntimeDefault if !target.default_profile => {
            return no(process, process.apparmor.why.clone(), "ptrace")
                .evidence(format!("apparmor=\"DENIED\" operation=\"ptrace\" profile=\"cri-containerd.apparmor.d\" requested_mask=\"read\" peer=\"unconfined\" comm=\"{}\"", process.container.name));
        }
        Confinement::Localhost => {
            return Verdict::unmodelled("AppArmor profiles of the node are not modelled yet");
        }
        _ => {}
    }
    let why = if ptrace { process.why_with(CapSet::SYS_PTRACE) } else { process.uid.why.clone() };
    Verdict::allowed(seen).and(why)
}
