//! The flags of kube-proxy, and the fields of its file, a row each.
//!
//! Defaults: kubernetes pkg/proxy/apis/config/v1alpha1/defaults.go.

use super::setting::{Bad, Family, row};
use super::setting_fix::Right;
use crate::checks::{Check, Standard};
use crate::model::flags::Program;
use crate::text::Severity;

const FAMILY: Family = Family::new(Program::KubeProxy, include_str!("kube_proxy.md"));

/// The rows, by id.
pub(super) const ROWS: &[Check] = &[row(
    FAMILY,
    "kube-proxy-metrics-bind-address",
    Severity::Low,
    "kube-proxy serves its metrics beyond its machine",
    const {
        &FAMILY
            .flag(
                "metrics-bind-address",
                Bad::Opened,
                "whoever reaches the node reads which services there are, without any credential",
                "set it to 127.0.0.1:10249, which is its default",
            )
            .field(&["metricsBindAddress"])
            .unless(&["config"])
            .perhaps(Right::Text("127.0.0.1:10249"))
    },
)
.aliases(&["C-0291"])
.lessons(&[20, 34])
.standards(&[Standard::Cis("4.3.1")])
.technique("T1046")];
