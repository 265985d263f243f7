//! The flags of the scheduler, a row each.
//!
//! Defaults: kubernetes cmd/kube-scheduler/app/options and pkg/scheduler/apis/config/v1/defaults.go, 1.37.

use super::setting::{Bad, Family, row};
use super::setting_fix::Right;
use crate::checks::{Check, Standard};
use crate::model::flags::Program;
use crate::text::Severity;

const FAMILY: Family = Family::new(Program::Scheduler, include_str!("scheduler.md"));

/// The rows, by id.
pub(super) const ROWS: &[Check] = &[
    row(
        FAMILY,
        "scheduler-bind-address",
        Severity::Medium,
        "scheduler listens beyond its machine",
        const { &FAMILY.bind_address() },
    )
    .aliases(&["KCV-0041", "CKV_K8S_115", "C-0152"])
    .lessons(&[18, 20])
    .standards(&[Standard::Cis("1.4.2")])
    .technique("T1046"),
    row(
        FAMILY,
        "scheduler-profiling",
        Severity::Low,
        "scheduler serves its profiler",
        const {
            &FAMILY
                .flag(
                    "profiling",
                    Bad::Is { bad: true, flag: true, field: true },
                    "/debug/pprof shows memory and call stacks of the running scheduler",
                    "set --profiling=false, or enableProfiling: false in its file",
                )
                .field(&["enableProfiling"])
                .unless(&["config"])
                .serves("secure-port")
                .right(Right::Bool(false))
        },
    )
    .aliases(&["KCV-0040", "CKV_K8S_114", "C-0151"])
    .lessons(&[18, 20])
    .standards(&[Standard::Cis("1.4.1")])
    .technique("T1082"),
];
