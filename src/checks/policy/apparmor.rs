//! `AppArmor` profiles that are in force and hold nothing back.

use crate::checks::{Check, Fault, Faults, Rule, TextCase};
use crate::model::Subject;
use crate::model::apparmor::{self, Profile};
use crate::text::Severity;

const DOC: &str = include_str!("apparmor.md");
const PROFILE: Subject = Subject::ApparmorProfile;

/// The family, by id.
pub(super) const ROWS: &[Check] = &[
    Check::new(
        "apparmor-broad-rule",
        Severity::High,
        "profile allows everything of a kind",
        DOC,
        Rule::Text(PROFILE, broad),
    )
    .lessons(&[22])
    .technique("T1611"),
    Check::new(
        "apparmor-mount-allowed",
        Severity::High,
        "profile allows mounts, or writes to the kernel's controls",
        DOC,
        Rule::Text(PROFILE, mounts),
    )
    .lessons(&[22])
    .technique("T1611"),
];

fn of_each(case: &TextCase<'_>, look: &dyn Fn(&Profile) -> Faults) -> Faults {
    apparmor::profiles(case.source).iter().flat_map(look).collect()
}

/// Globs that fit each path.
const EVERYWHERE: [&str; 4] = ["/**", "/{,**}", "/{**,}", "{/,/**}"];

fn broad(case: &TextCase<'_>) -> Faults {
    let look = |profile: &Profile| {
        let name = &profile.name;
        let fault =
            |span, says: &str, help: &'static str| Fault::new(span, format!("profile {name}: {says}"), help);
        let mut faults = Faults::new();
        for flag in ["unconfined", "default_allow"] {
            if let Some(span) = profile.flag(flag) {
                let says = format!("its flags hold {flag}: what no rule names is allowed");
                faults.push(fault(span, &says, "remove the flag, and name what the program needs"));
            }
        }
        for rule in profile.allowed() {
            let everywhere = rule.path().is_some_and(|p| EVERYWHERE.contains(&&*p));
            let free = rule.file().is_some_and(|(_, access)| access.contains(['u', 'U']));
            let (says, help) = if everywhere && rule.writes() {
                ("writes to every path are allowed", "name the directories that it writes, and their files")
            } else if everywhere && free {
                (
                    "every program may be started without a profile",
                    "write ix, so that what it starts stays in the profile",
                )
            } else if rule.kind() == "capability" && rule.words.len() == 1 {
                (
                    "every capability is allowed, those that the pod adds later among them",
                    "name the ones that it uses: capability net_bind_service,",
                )
            } else if rule.kind() == "all" && rule.words.len() == 1 {
                ("everything is allowed", "name what the program needs")
            } else {
                continue;
            };
            faults.push(fault(rule.span, says, help));
        }
        faults
    };
    of_each(case, &look)
}

/// What the kernel reads its settings from.
fn is_control(path: &str) -> bool {
    let exact = ["/proc/**", "/proc/sysrq-trigger", "/proc/{sys,sysrq-trigger}/**", "/sys/**"];
    let below = ["/proc/sys/", "/proc/sys{", "/sys/", "/proc/{sys", "/{proc,sys}/", "/{sys,proc}/"];
    exact.contains(&path) || below.iter().any(|dir| path.starts_with(dir))
}

fn mounts(case: &TextCase<'_>) -> Faults {
    let look = |profile: &Profile| {
        let name = &profile.name;
        let mut faults = Faults::new();
        for rule in profile.allowed() {
            let target = rule.words.iter().skip_while(|w| *w != "->").nth(1);
            let fixed = target.is_some_and(|t| !t.contains('*'));
            let (says, help) = match rule.kind() {
                "mount" | "remount" if fixed => continue,
                "mount" | "remount" => (
                    "mounts are allowed: a process with CAP_SYS_ADMIN puts the host's disk, or another /proc, where it likes",
                    "remove the rule, or name source, options and a target without a star",
                ),
                "pivot_root" => (
                    "pivot_root is allowed: the process changes the root that the other rules' paths begin at",
                    "remove the rule",
                ),
                _ if rule.writes() && rule.path().is_some_and(|p| is_control(&p)) => (
                    "the kernel's controls may be written: core_pattern and its like start a program on the host",
                    "remove w from the rule, or name the one file",
                ),
                _ => continue,
            };
            faults.push(Fault::new(rule.span, format!("profile {name}: {says}"), help));
        }
        faults
    };
    of_each(case, &look)
}
