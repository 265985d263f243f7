//! What a seccomp profile lets through, and what it forgets.

use std::collections::BTreeSet;

use serde_json::json;

use crate::checks::{Check, Confidence, DocumentCase, Fault, Faults, Rule};
use crate::model::{Subject, value};
use crate::parse::{Node, edit};
use crate::text::{Severity, near};

const DOC: &str = include_str!("seccomp_json.md");
const PROFILE: &[Subject] = &[Subject::SeccompProfile];

/// The family, by id.
pub(super) const ROWS: &[Check] = &[
    Check::new(
        "seccomp-json-dangerous-syscall",
        Severity::High,
        "profile allows a call that leads out",
        DOC,
        Rule::Document(PROFILE, dangerous),
    )
    .lessons(&[21])
    .technique("T1611"),
    Check::new(
        "seccomp-json-essential-missing",
        Severity::Medium,
        "profile forbids what each process needs",
        DOC,
        Rule::Document(PROFILE, essential),
    )
    .lessons(&[21])
    .confidence(Confidence::Likely),
    Check::new(
        "seccomp-json-log-only",
        Severity::Medium,
        "profile writes down and blocks nothing",
        DOC,
        Rule::Document(PROFILE, log_only),
    )
    .lessons(&[21])
    .technique("T1611"),
    Check::new(
        "seccomp-json-unknown-name",
        Severity::Low,
        "profile holds a name that the runtime does not know",
        DOC,
        Rule::Document(PROFILE, unknown),
    )
    .lessons(&[21]),
];

/// opencontainers/runtime-spec, config-linux.md, "Seccomp".
const ACTIONS: [&str; 9] = [
    "SCMP_ACT_ALLOW",
    "SCMP_ACT_ERRNO",
    "SCMP_ACT_KILL",
    "SCMP_ACT_KILL_PROCESS",
    "SCMP_ACT_KILL_THREAD",
    "SCMP_ACT_LOG",
    "SCMP_ACT_NOTIFY",
    "SCMP_ACT_TRACE",
    "SCMP_ACT_TRAP",
];

/// Calls that change what a process sees, what the kernel is, or what another process does. The runtimes' default
/// profiles hold them back, or tie them to a capability.
const DANGEROUS: &[&str] = &[
    "acct",
    "add_key",
    "bpf",
    "clock_settime",
    "delete_module",
    "finit_module",
    "fsconfig",
    "fsmount",
    "fsopen",
    "fspick",
    "init_module",
    "io_uring_enter",
    "io_uring_register",
    "io_uring_setup",
    "ioperm",
    "iopl",
    "kcmp",
    "kexec_file_load",
    "kexec_load",
    "keyctl",
    "mount",
    "mount_setattr",
    "move_mount",
    "open_by_handle_at",
    "open_tree",
    "perf_event_open",
    "pivot_root",
    "process_vm_writev",
    "ptrace",
    "quotactl",
    "reboot",
    "request_key",
    "setns",
    "swapoff",
    "swapon",
    "umount",
    "umount2",
    "unshare",
    "userfaultfd",
];

/// What no process comes to its end without: start, end, signals, memory, waiting, reading, writing.
const ESSENTIAL: [&str; 8] =
    ["close", "execve", "exit_group", "futex", "mmap", "read", "rt_sigreturn", "write"];

fn rules<'t>(case: &DocumentCase<'t>) -> impl Iterator<Item = Node<'t>> {
    case.node().get("syscalls").into_iter().flat_map(Node::items)
}

/// The names of a rule: `names`, or the older `name`.
fn names(rule: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    rule.get("names").into_iter().flat_map(Node::items).chain(rule.get("name"))
}

fn is_allow(rule: Node<'_>) -> bool {
    rule.get("action").and_then(value::string) == Some("SCMP_ACT_ALLOW")
}

fn default<'t>(case: &DocumentCase<'t>) -> Option<(Node<'t>, &'t str)> {
    let node = case.node().get("defaultAction")?;
    Some((node, value::string(node)?))
}

fn holds(rule: Node<'_>, key: &str) -> bool {
    rule.get(key).is_some_and(|n| n.items().len() > 0 || !n.entries().is_empty())
}

/// Where the default lets everything through, or only writes it down, that is the fault.
fn dangerous(case: &DocumentCase<'_>) -> Faults {
    if default(case).is_some_and(|(_, action)| matches!(action, "SCMP_ACT_ALLOW" | "SCMP_ACT_LOG")) {
        return Faults::new();
    }
    let mut faults = Faults::new();
    let mut bound = None;
    for rule in rules(case).filter(|r| is_allow(*r) && !holds(*r, "args")) {
        for (node, name) in names(rule).filter_map(|n| Some((n, value::string(n)?))) {
            if !DANGEROUS.contains(&name) {
                continue;
            }
            if holds(rule, "includes") {
                bound.get_or_insert((node, name));
            } else {
                let detail = format!("{name} is allowed with any argument, to each process of the container");
                let help = format!("take {name} out, or bind it to args");
                faults.push(Fault::new(node.own_span(), detail, help));
            }
        }
    }
    if let Some((node, name)) = bound {
        let detail = format!(
            "{name} is bound by includes, which Docker and CRI-O read; containerd does not, and allows it to each process"
        );
        let help = "write for containerd a profile without includes, with the rules that hold for your pods";
        faults.push(Fault::unknown(node.own_span(), detail, help));
    }
    faults
}

fn essential(case: &DocumentCase<'_>) -> Faults {
    let Some((node, action)) = default(case) else { return Faults::new() };
    if !(action == "SCMP_ACT_ERRNO" || action == "SCMP_ACT_TRAP" || action.starts_with("SCMP_ACT_KILL")) {
        return Faults::new();
    }
    let passes = |r: &Node<'_>| {
        matches!(
            r.get("action").and_then(value::string),
            Some("SCMP_ACT_ALLOW" | "SCMP_ACT_LOG" | "SCMP_ACT_NOTIFY")
        )
    };
    let named: BTreeSet<_> = rules(case).filter(passes).flat_map(names).filter_map(value::string).collect();
    let missing: Vec<_> = ESSENTIAL.iter().filter(|n| !named.contains(*n)).copied().collect();
    let says =
        format!("is {action}, and no rule allows {}: hardly a process starts or ends", missing.join(", "));
    let help = "add them, and run the program's tests under the profile";
    (!missing.is_empty()).then(|| Fault::at(node, &says, help)).into_iter().collect()
}

fn log_only(case: &DocumentCase<'_>) -> Faults {
    let log = default(case).filter(|(_, action)| *action == "SCMP_ACT_LOG");
    let says = "is SCMP_ACT_LOG: a call that is not listed is written down, and done";
    let help = "make it SCMP_ACT_ERRNO once the log is quiet";
    let fault =
        |(node, _)| Fault::at(node, says, help).suggest([edit::replace(node, &json!("SCMP_ACT_ERRNO"))]);
    log.map(fault).into_iter().collect()
}

fn unknown(case: &DocumentCase<'_>) -> Faults {
    let mut faults = Faults::new();
    let actions =
        case.node().get("defaultAction").into_iter().chain(rules(case).filter_map(|r| r.get("action")));
    for node in actions {
        let text = value::string(node).unwrap_or("");
        if !ACTIONS.contains(&text) {
            let near = near::nearest(text, ACTIONS);
            let mended = near.and_then(|action| edit::replace(node, &json!(action)));
            let help = match near {
                Some(action) => format!("write {action}"),
                None => "write an action of the OCI runtime specification, such as SCMP_ACT_ERRNO".to_owned(),
            };
            let says = format!("is {text:?}: the container does not start");
            faults.push(Fault::at(node, &says, help).suggest([mended]));
        }
    }
    for node in rules(case).flat_map(names) {
        let Some(text) = value::string(node) else { continue };
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let prefixed =
            text.starts_with("__NR_") || (text.starts_with("sys_") && text != "sys_debug_setcontext");
        if prefixed || text.is_empty() || !text.chars().all(plain) {
            let says = format!(
                "is {text:?}, which no call is named: the runtime passes over it, and the rule is not there"
            );
            let help = "write the call as its manual page does: lower case, without prefix";
            faults.push(Fault::at(node, &says, help));
        }
    }
    faults
}
