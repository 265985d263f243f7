//! The kubelet's flags and the fields of its configuration file, a row each.
//!
//! Defaults: kubernetes pkg/kubelet/apis/config/v1beta1/defaults.go for the file, cmd/kubelet/app/options/options.go
//! (`applyLegacyDefaults`) for the flags alone.

use super::setting::{Bad, Setting};
use crate::checks::{Check, Rule, Standard};
use crate::model::flags::Program;
use crate::text::Severity;

const DOC: &str = include_str!("kubelet.md");

/// The rows, by id.
pub(super) const ROWS: &[Check] = &[Check::new(
    "kubelet-anonymous-auth",
    Severity::Critical,
    "kubelet answers anonymous requests",
    DOC,
    Rule::Row(&Setting {
        program: Program::Kubelet,
        flag: "anonymous-auth",
        field: &["authentication", "anonymous", "enabled"],
        bad: Bad::Is { bad: true, flag: true, field: false },
        unless: &[],
        follows: "requests without a credential count as system:anonymous, and authorization alone is between them \
                  and every container of the node",
        help: "set authentication.anonymous.enabled: false",
    }),
)
.aliases(&["KCV-0079", "CKV_K8S_138", "C-0069", "C-0172"])
.lessons(&[34, 20])
.standards(&[Standard::Cis("4.2.1")])
.technique("T1609"), Check::new(
    "kubelet-read-only-port",
    Severity::High,
    "kubelet tells everybody what runs on its node",
    DOC,
    Rule::Row(&Setting {
        program: Program::Kubelet,
        flag: "read-only-port",
        field: &["readOnlyPort"],
        bad: Bad::IsNot { good: 0, flag: 10255, field: 0 },
        unless: &[],
        follows: "pods, their environment and the node's metrics are there for whoever reaches the port, without TLS",
        help: "set readOnlyPort: 0",
    }),
)
.aliases(&["KCV-0082", "CKV_K8S_141", "C-0175"])
.lessons(&[34, 20])
.standards(&[Standard::Cis("4.2.4")])
.technique("T1613")];
