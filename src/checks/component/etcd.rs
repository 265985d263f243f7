//! The flags of etcd, a row each.

use super::setting::{Bad, Setting};
use crate::checks::{Check, Rule, Standard};
use crate::model::flags::Program;
use crate::text::Severity;

const DOC: &str = include_str!("etcd.md");

/// The rows, by id.
pub(super) const ROWS: &[Check] = &[Check::new(
    "etcd-peer-auto-tls",
    Severity::High,
    "members of etcd trust certificates that they made themselves",
    DOC,
    Rule::Row(&Setting {
        program: Program::Etcd,
        flag: "peer-auto-tls",
        field: &[],
        bad: Bad::Is { bad: true, flag: false, field: false },
        unless: &[],
        follows: "the members encrypt, and nobody knows to whom",
        help: "remove the flag, and give each member a certificate with --peer-cert-file and --peer-key-file",
    }),
)
.aliases(&["KCV-0047", "C-0158"])
.lessons(&[18, 20])
.standards(&[Standard::Cis("2.6")])
.technique("T1557")];
