//! What a seccomp profile lets through, and what it forgets.

use std::collections::BTreeSet;

use crate::checks::{Check, Confidence, DocumentCase, Fault, Faults, Rule};
use crate::model::{Subject, value};
use crate::parse::Node;
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
const DANGEROUS: [&str; 36] = [
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

/// Whether a rule is for some arguments, capabilities or kernels only.
fn is_bound(rule: Node<'_>) -> bool {
    let holds = |key: &str| rule.get(key).is_some_and(|n| n.items().len() > 0 || !n.entries().is_empty());
    holds("args") || holds("includes")
}

fn dangerous(case: &DocumentCase<'_>) -> Faults {
    let allowed = rules(case).filter(|r| is_allow(*r) && !is_bound(*r)).flat_map(names);
    let bad = allowed.filter_map(|n| Some((n, value::string(n).filter(|t| DANGEROUS.contains(t))?)));
    let fault = |(node, name): (Node<'_>, &str)| {
        let detail = format!("{name} is allowed with any argument, to each process of the container");
        Fault::new(node.own_span(), detail, format!("take {name} out, or bind it to args or a capability"))
    };
    bad.map(fault).collect()
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
    log.map(|(node, _)| Fault::at(node, says, help)).into_iter().collect()
}

fn unknown(case: &DocumentCase<'_>) -> Faults {
    let mut faults = Faults::new();
    let actions =
        case.node().get("defaultAction").into_iter().chain(rules(case).filter_map(|r| r.get("action")));
    for node in actions {
        let text = value::string(node).unwrap_or("");
        if !ACTIONS.contains(&text) {
            let help = match near::nearest(text, ACTIONS) {
                Some(action) => format!("write {action}"),
                None => "write an action of the OCI runtime specification, such as SCMP_ACT_ERRNO".to_owned(),
            };
            faults.push(Fault::at(node, &format!("is {text:?}: the container does not start"), help));
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
