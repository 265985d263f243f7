//! The API server's flags, a row each.

use super::setting::{Bad, Setting};
use crate::checks::{Check, Rule, Standard};
use crate::model::flags::Program;
use crate::text::Severity;

const DOC: &str = include_str!("apiserver.md");

const fn row(id: &'static str, severity: Severity, title: &'static str, setting: &'static Setting) -> Check {
    Check::new(id, severity, title, DOC, Rule::Row(setting))
}

/// The rows, by id.
pub(super) const ROWS: &[Check] = &[
    row(
        "apiserver-authorization-always-allow",
        Severity::Critical,
        "API server allows every request",
        &Setting {
            program: Program::ApiServer,
            flag: "authorization-mode",
            field: &[],
            bad: Bad::Holds { item: "AlwaysAllow", absent: true },
            unless: &["authorization-config"],
            follows: "whoever gets through authentication may do everything",
            help: "set --authorization-mode=Node,RBAC",
        },
    )
    .aliases(&["KCV-0007", "CKV_K8S_74", "C-0118"])
    .lessons(&[18, 14, 20])
    .standards(&[Standard::Cis("1.2.6")])
    .technique("T1078"),
    row(
        "apiserver-authorization-rbac-missing",
        Severity::Critical,
        "API server does not ask RBAC",
        &Setting {
            program: Program::ApiServer,
            flag: "authorization-mode",
            field: &[],
            bad: Bad::Lacks { item: "RBAC", absent: true },
            unless: &["authorization-config"],
            follows: "roles and bindings are there, and nobody reads them",
            help: "set --authorization-mode=Node,RBAC",
        },
    )
    .aliases(&["KCV-0009", "CKV_K8S_77", "C-0088", "C-0120"])
    .lessons(&[18, 14, 20])
    .standards(&[Standard::Cis("1.2.8")])
    .technique("T1078")
    .yields_to(&["apiserver-authorization-always-allow"]),
    row(
        "apiserver-client-ca-file",
        Severity::High,
        "API server knows no authority for client certificates",
        &Setting {
            program: Program::ApiServer,
            flag: "client-ca-file",
            field: &[],
            bad: Bad::Unset,
            unless: &[],
            follows: "no client certificate is accepted, so that people and components fall back on weaker credentials",
            help: "set --client-ca-file to the cluster's own authority",
        },
    )
    .aliases(&["KCV-0028", "C-0139"])
    .lessons(&[18, 20])
    .standards(&[Standard::Cis("1.2.25")])
    .technique("T1078"),
    row(
        "apiserver-token-auth-file",
        Severity::High,
        "API server takes tokens that never expire",
        &Setting {
            program: Program::ApiServer,
            flag: "token-auth-file",
            field: &[],
            bad: Bad::Set,
            unless: &[],
            follows: "its tokens stand in clear text, never expire, and change only with a restart",
            help: "remove the flag; give people certificates or OpenID Connect, and pods their service account",
        },
    )
    .aliases(&["KCV-0002", "CKV_K8S_70", "C-0114"])
    .lessons(&[18, 20])
    .standards(&[Standard::Cis("1.2.2")])
    .technique("T1552.001"),
];
