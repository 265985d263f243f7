//! The API server's flags about the audit log, a row each.

use super::setting::{Bad, Family, row};
use super::setting_fix::Right;
use crate::checks::{Check, Standard};
use crate::model::flags::Program;
use crate::text::Severity;

const FAMILY: Family = Family::new(Program::ApiServer, include_str!("apiserver_audit.md"));

/// The rows, by id.
pub(super) const ROWS: &[Check] = &[
    row(
        FAMILY,
        "apiserver-audit-log-max-age",
        Severity::Low,
        "audit log is thrown away within a month, or kept without an end",
        const {
            &FAMILY
                .flag(
                    "audit-log-maxage",
                    Bad::Number { good: |n| n >= 30, flag: 0, field: 0 },
                    "files are deleted before an incident is noticed, or 0 sets no limit and they \
                stay until the disk is full",
                    "set --audit-log-maxage=30",
                )
                .with("audit-log-path")
                .perhaps(Right::Number(30))
        },
    )
    .aliases(&["KCV-0020", "CKV_K8S_92", "C-0131"])
    .lessons(&[35, 20])
    .standards(&[Standard::Cis("1.2.17")])
    .technique("T1070"),
    row(
        FAMILY,
        "apiserver-audit-log-max-backup",
        Severity::Low,
        "audit log keeps few files, or all",
        const {
            &FAMILY
                .flag(
                    "audit-log-maxbackup",
                    Bad::Number { good: |n| n >= 10, flag: 0, field: 0 },
                    "a loud hour pushes the interesting one out, or 0 sets no limit and files stay \
                until the disk is full",
                    "set --audit-log-maxbackup=10",
                )
                .with("audit-log-path")
                .perhaps(Right::Number(10))
        },
    )
    .aliases(&["KCV-0021", "CKV_K8S_93", "C-0132"])
    .lessons(&[35, 20])
    .standards(&[Standard::Cis("1.2.18")])
    .technique("T1070"),
    row(
        FAMILY,
        "apiserver-audit-log-max-size",
        Severity::Low,
        "audit log is rotated early",
        const {
            &FAMILY
                .flag(
                    "audit-log-maxsize",
                    Bad::Number { good: |n| n >= 100 || n == 0, flag: 100, field: 0 },
                    "the files that are kept hold too little time",
                    "set --audit-log-maxsize=100",
                )
                .with("audit-log-path")
                .perhaps(Right::Number(100))
        },
    )
    .aliases(&["KCV-0022", "CKV_K8S_94", "C-0133"])
    .lessons(&[35, 20])
    .standards(&[Standard::Cis("1.2.19")])
    .technique("T1070"),
    row(
        FAMILY,
        "apiserver-audit-log-path",
        Severity::High,
        "API server writes no audit log",
        const {
            &FAMILY
                .flag(
                    "audit-log-path",
                    Bad::Unset,
                    "nothing records who read which secret and who changed which role",
                    "set --audit-log-path, with --audit-policy-file beside it",
                )
                .unless(&["audit-webhook-config-file"])
        },
    )
    .aliases(&["KCV-0019", "CKV_K8S_91", "C-0067", "C-0130"])
    .lessons(&[35, 18, 20])
    .standards(&[Standard::Cis("1.2.16")])
    .technique("T1685.002"),
];
