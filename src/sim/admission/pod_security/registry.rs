//! The table of checks, and which of them run.

use super::checks::{host, kernel, lsm, privilege, seccomp, user, volumes};
use super::violation::Failure;
use super::{Level, Pod, Version, Violation};
use crate::model::{PodSettings, PodTemplate};

/// A check: an id, a level, and its behaviours.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// Upstream's id.
    pub id: &'static str,
    /// The level from which on it runs.
    pub level: Level,
    /// Its behaviours, oldest first.
    pub versions: &'static [Since],
}

/// What a check does from a version on.
#[derive(Clone, Copy)]
pub struct Since {
    /// The minor version.
    pub minor: u32,
    run: fn(Pod<'_>) -> Option<Failure>,
    /// Ids of the baseline checks that it speaks for.
    pub overrides: &'static [&'static str],
}

impl std::fmt::Debug for Since {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "since v1.{}", self.minor)
    }
}

impl Check {
    /// Its behaviour at a minor version; `None` where it does not run yet.
    pub fn at(&self, minor: u32) -> Option<&'static Since> {
        self.versions.iter().rev().find(|since| since.minor <= minor)
    }
}

const fn since(minor: u32, run: fn(Pod<'_>) -> Option<Failure>) -> Since {
    Since { minor, run, overrides: &[] }
}

const fn baseline(id: &'static str, versions: &'static [Since]) -> Check {
    Check { id, level: Level::Baseline, versions }
}

const fn restricted(id: &'static str, versions: &'static [Since]) -> Check {
    Check { id, level: Level::Restricted, versions }
}

/// Every check, baseline first, ids sorted within a level: the order of messages.
pub const CHECKS: &[Check] = &[
    baseline("appArmorProfile", &[since(0, lsm::app_armor)]),
    baseline("capabilities_baseline", &[since(0, privilege::added_capabilities)]),
    baseline("hostNamespaces", &[since(0, host::namespaces)]),
    baseline("hostPathVolumes", &[since(0, volumes::host_path)]),
    baseline("hostPorts", &[since(0, host::ports)]),
    baseline("hostProbesAndHostLifecycle", &[since(34, host::probes)]),
    baseline("privileged", &[since(0, privilege::privileged)]),
    baseline("procMount", &[since(0, kernel::proc_mount), since(35, kernel::proc_mount_1_35)]),
    baseline("seLinuxOptions", &[since(0, lsm::se_linux), since(31, lsm::se_linux_1_31)]),
    baseline("seccompProfile_baseline", &[since(0, seccomp::annotations), since(19, seccomp::baseline)]),
    baseline(
        "sysctls",
        &[
            since(0, kernel::sysctls),
            since(27, kernel::sysctls_1_27),
            since(29, kernel::sysctls_1_29),
            since(32, kernel::sysctls_1_32),
            since(37, kernel::sysctls_1_37),
        ],
    ),
    baseline("windowsHostProcess", &[since(0, host::windows_process)]),
    restricted(
        "allowPrivilegeEscalation",
        &[since(8, privilege::escalation), since(25, privilege::escalation_1_25)],
    ),
    restricted(
        "capabilities_restricted",
        &[
            Since { minor: 22, run: privilege::capabilities, overrides: &["capabilities_baseline"] },
            Since { minor: 25, run: privilege::capabilities_1_25, overrides: &["capabilities_baseline"] },
        ],
    ),
    restricted(
        "procMount_restricted",
        &[Since { minor: 35, run: kernel::proc_mount, overrides: &["procMount"] }],
    ),
    restricted(
        "restrictedVolumes",
        &[Since { minor: 0, run: volumes::restricted, overrides: &["hostPathVolumes"] }],
    ),
    restricted("runAsNonRoot", &[since(0, user::non_root), since(35, user::non_root_1_35)]),
    restricted("runAsUser", &[since(23, user::not_zero), since(35, user::not_zero_1_35)]),
    restricted(
        "seccompProfile_restricted",
        &[
            Since { minor: 19, run: seccomp::restricted, overrides: &["seccompProfile_baseline"] },
            Since { minor: 25, run: seccomp::restricted_1_25, overrides: &["seccompProfile_baseline"] },
        ],
    ),
];

/// What came of it: the checks that a pod fails, in the order of messages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evaluation {
    /// The failing checks.
    pub violations: Vec<Violation>,
}

impl Evaluation {
    /// Whether nothing failed.
    pub fn allowed(&self) -> bool {
        self.violations.is_empty()
    }

    /// Every `reason (detail)`, joined by commas.
    pub fn message(&self) -> String {
        self.violations.iter().map(Violation::message).collect::<Vec<_>>().join(", ")
    }
}

/// Judges a pod by a level at a version.
///
/// A mistyped field counts as unset here; ask `model::fields::mistyped` first, as the API server would refuse such a
/// pod before admission.
pub fn evaluate(level: Level, version: Version, pod: PodTemplate<'_>) -> Evaluation {
    let minor = version.minor();
    let members = Pod::members_of(pod);
    let pod = Pod { template: pod, settings: PodSettings::of(pod), members: &members };
    let active: Vec<(&Check, &Since)> =
        CHECKS.iter().filter(|c| c.level <= level).filter_map(|c| Some((c, c.at(minor)?))).collect();
    let overridden = |id: &str| active.iter().any(|(_, since)| since.overrides.contains(&id));
    let violations = active.iter().filter(|(check, _)| !overridden(check.id)).filter_map(|(check, since)| {
        let Failure { reason, detail, places } = (since.run)(pod)?;
        Some(Violation { check: check.id, reason, detail, places })
    });
    Evaluation { violations: violations.collect() }
}

/// Judges a pod by one check alone, by upstream's id, whatever another check would say for it.
pub fn violation(id: &str, version: Version, pod: Pod<'_>) -> Option<Violation> {
    let check = CHECKS.iter().find(|c| c.id == id)?;
    let Failure { reason, detail, places } = (check.at(version.minor())?.run)(pod)?;
    Some(Violation { check: check.id, reason, detail, places })
}

#[cfg(test)]
mod tests {
    use super::super::NEWEST;
    use super::*;

    #[test]
    fn the_table_is_in_order_and_consistent() {
        let keys: Vec<_> = CHECKS.iter().map(|c| (c.level, c.id)).collect();
        assert!(keys.is_sorted_by(|a, b| a < b), "{keys:?}");
        assert_eq!(CHECKS.iter().filter(|c| c.level == Level::Baseline).count(), 12);
        assert_eq!(CHECKS.iter().filter(|c| c.level == Level::Restricted).count(), 7);
        for check in CHECKS {
            assert!(!check.versions.is_empty());
            assert!(check.versions.is_sorted_by(|a, b| a.minor < b.minor), "{}", check.id);
            for id in check.versions.iter().flat_map(|s| s.overrides) {
                assert_eq!(check.level, Level::Restricted);
                assert!(CHECKS.iter().any(|c| c.id == *id && c.level == Level::Baseline), "{id}");
            }
        }
        let last = CHECKS.iter().flat_map(|c| c.versions).map(|s| s.minor).max();
        assert_eq!(last, Some(NEWEST));
    }
}
