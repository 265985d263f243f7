//! The flags of the controller manager, a row each.
//!
//! Defaults: kubernetes cmd/kube-controller-manager/app/options, 1.37.

use super::setting::{Bad, Family, row};
use super::setting_fix::Right;
use crate::checks::{Check, Standard};
use crate::model::flags::Program;
use crate::text::Severity;

const FAMILY: Family = Family::new(Program::ControllerManager, include_str!("controller_manager.md"));

/// The rows, by id.
pub(super) const ROWS: &[Check] = &[
    row(
        FAMILY,
        "controller-manager-bind-address",
        Severity::Medium,
        "controller manager listens beyond its machine",
        const { &FAMILY.bind_address() },
    )
    .aliases(&["KCV-0039", "CKV_K8S_113", "C-0150"])
    .lessons(&[18, 20])
    .standards(&[Standard::Cis("1.3.7")])
    .technique("T1046"),
    row(
        FAMILY,
        "controller-manager-profiling",
        Severity::Low,
        "controller manager serves its profiler",
        const {
            &FAMILY
                .flag(
                    "profiling",
                    Bad::Is { bad: true, flag: true, field: true },
                    "/debug/pprof shows memory and call stacks of the program that holds the signing key",
                    "set --profiling=false",
                )
                .serves("secure-port")
                .right(Right::Bool(false))
        },
    )
    .aliases(&["KCV-0034", "CKV_K8S_107", "C-0145"])
    .lessons(&[18, 20])
    .standards(&[Standard::Cis("1.3.2")])
    .technique("T1082"),
    row(
        FAMILY,
        "controller-manager-root-ca-file",
        Severity::Medium,
        "pods get no authority to check the API server with",
        const {
            &FAMILY.flag(
                "root-ca-file",
                Bad::Unset,
                "the ConfigMap kube-root-ca.crt is not published, so that pods cannot check who \
                answers as the API server",
                "set --root-ca-file to the cluster's authority",
            )
        },
    )
    .aliases(&["KCV-0037", "CKV_K8S_111", "C-0148"])
    .lessons(&[18, 20])
    .standards(&[Standard::Cis("1.3.5")])
    .technique("T1557"),
    row(
        FAMILY,
        "controller-manager-rotate-kubelet-server-certificate",
        Severity::Low,
        "controller manager does not renew kubelet certificates",
        const {
            &FAMILY.flag(
                "feature-gates",
                Bad::GateOff("RotateKubeletServerCertificate"),
                "kubelets keep serving certificates that expire, and people switch verification off",
                "remove the gate, which is on by default",
            )
        },
    )
    .aliases(&["KCV-0038", "CKV_K8S_112", "C-0149"])
    .lessons(&[18, 20, 34])
    .standards(&[Standard::Cis("1.3.6")])
    .technique("T1557"),
    row(
        FAMILY,
        "controller-manager-service-account-credentials",
        Severity::Medium,
        "all controllers share one identity",
        const {
            &FAMILY
                .flag(
                    "use-service-account-credentials",
                    Bad::Is { bad: false, flag: false, field: false },
                    "each controller acts with the rights of all, and the audit log cannot tell them \
                apart",
                    "set --use-service-account-credentials=true",
                )
                .perhaps(Right::Bool(true))
        },
    )
    .aliases(&["KCV-0035", "CKV_K8S_108", "C-0146"])
    .lessons(&[18, 14, 20])
    .standards(&[Standard::Cis("1.3.3")])
    .technique("T1078"),
    row(
        FAMILY,
        "controller-manager-service-account-key",
        Severity::Medium,
        "controller manager has no key of its own for tokens",
        const {
            &FAMILY.flag(
                "service-account-private-key-file",
                Bad::Unset,
                "no long-lived token can be signed, or it is signed with a key that serves \
                something else",
                "set --service-account-private-key-file to the private half of the service \
                account key",
            )
        },
    )
    .aliases(&["KCV-0036", "CKV_K8S_110", "C-0147"])
    .lessons(&[18, 17, 20])
    .standards(&[Standard::Cis("1.3.4")])
    .technique("T1528"),
    row(
        FAMILY,
        "controller-manager-terminated-pod-gc",
        Severity::Info,
        "finished pods pile up",
        const {
            &FAMILY.flag(
                "terminated-pod-gc-threshold",
                Bad::Unset,
                "12500 finished pods are kept by default, and 0 keeps them all",
                "set --terminated-pod-gc-threshold to a number that fits, for instance 1000",
            )
        },
    )
    .aliases(&["KCV-0033", "CKV_K8S_106", "C-0144"])
    .lessons(&[18, 20])
    .standards(&[Standard::Cis("1.3.1")])
    .technique("T1499"),
];
