//! The flags of etcd, and the fields of its file, a row each.
//!
//! What counts: etcd client/pkg/transport/listener.go (`ServerConfig`), server/embed/config.go, etcd.conf.yml.sample.

use super::setting::{Bad, Family, row};
use crate::checks::{Check, Confidence, Standard};
use crate::model::flags::Program;
use crate::text::Severity;

const FAMILY: Family = Family::new(Program::Etcd, include_str!("etcd.md"));

/// The rows, by id.
pub(super) const ROWS: &[Check] = &[
    row(
        FAMILY,
        "etcd-auto-tls",
        Severity::High,
        "etcd signs its own certificate",
        const {
            &FAMILY
                .flag(
                    "auto-tls",
                    Bad::Is { bad: true, flag: false, field: false },
                    "clients encrypt, and cannot know to whom",
                    "remove it, and set cert-file and key-file",
                )
                .field(&["client-transport-security", "auto-tls"])
        },
    )
    .aliases(&["KCV-0044", "CKV_K8S_118", "C-0155"])
    .lessons(&[18, 20])
    .standards(&[Standard::Cis("2.3")])
    .technique("T1557"),
    row(
        FAMILY,
        "etcd-client-cert-auth",
        Severity::Critical,
        "etcd answers clients without a certificate",
        const {
            &FAMILY
                .flag(
                    "client-cert-auth",
                    Bad::Is { bad: false, flag: false, field: false },
                    "whoever reaches port 2379 reads every secret and writes any object",
                    "set client-cert-auth to true, and trusted-ca-file to an authority of its own",
                )
                .field(&["client-transport-security", "client-cert-auth"])
                .unless(&["trusted-ca-file"])
                .unless_field(&[&["client-transport-security", "trusted-ca-file"]])
                .vital()
        },
    )
    .aliases(&["KCV-0043", "CKV_K8S_117", "C-0154"])
    .lessons(&[18, 20])
    .standards(&[Standard::Cis("2.2")])
    .technique("T1552"),
    row(
        FAMILY,
        "etcd-peer-auto-tls",
        Severity::High,
        "members of etcd trust certificates that they made themselves",
        const {
            &FAMILY
                .flag(
                    "peer-auto-tls",
                    Bad::Is { bad: true, flag: false, field: false },
                    "the members encrypt, and nobody knows to whom",
                    "remove it, and give each member a certificate and its key",
                )
                .field(&["peer-transport-security", "auto-tls"])
        },
    )
    .aliases(&["KCV-0047", "C-0158"])
    .lessons(&[18, 20])
    .standards(&[Standard::Cis("2.6")])
    .technique("T1557"),
    row(
        FAMILY,
        "etcd-peer-certificate",
        Severity::High,
        "members of etcd speak without TLS",
        const {
            &FAMILY
                .flag(
                    "peer-cert-file",
                    Bad::Half { flag: "peer-key-file", field: &["peer-transport-security", "key-file"] },
                    "all that is stored crosses the network between members in clear text",
                    "give each member a certificate and its key, and write https in the peer addresses",
                )
                .field(&["peer-transport-security", "cert-file"])
                .unless(&["peer-auto-tls"])
                .unless_field(&[&["peer-transport-security", "auto-tls"]])
                .addresses("listen-peer-urls")
        },
    )
    .aliases(&["KCV-0045", "CKV_K8S_119", "C-0156"])
    .lessons(&[18, 20])
    .standards(&[Standard::Cis("2.4")])
    .technique("T1040"),
    row(
        FAMILY,
        "etcd-peer-client-cert-auth",
        Severity::High,
        "members of etcd ask each other for no certificate",
        const {
            &FAMILY
                .flag(
                    "peer-client-cert-auth",
                    Bad::Is { bad: false, flag: false, field: false },
                    "whoever reaches port 2380 can speak as a member",
                    "set the peers' client-cert-auth to true, and their trusted-ca-file",
                )
                .field(&["peer-transport-security", "client-cert-auth"])
                .unless(&["peer-trusted-ca-file"])
                .unless_field(&[&["peer-transport-security", "trusted-ca-file"]])
        },
    )
    .aliases(&["KCV-0046", "CKV_K8S_121", "C-0157"])
    .lessons(&[18, 20])
    .standards(&[Standard::Cis("2.5")])
    .technique("T1557")
    .yields_to(&["etcd-peer-auto-tls"]),
    row(
        FAMILY,
        "etcd-server-certificate",
        Severity::High,
        "etcd serves without TLS",
        const {
            &FAMILY
                .flag(
                    "cert-file",
                    Bad::Half { flag: "key-file", field: &["client-transport-security", "key-file"] },
                    "secrets cross the network between API server and etcd in clear text",
                    "set cert-file and key-file, and write https in the client addresses",
                )
                .field(&["client-transport-security", "cert-file"])
                .unless(&["auto-tls"])
                .unless_field(&[&["client-transport-security", "auto-tls"]])
                .addresses("listen-client-urls")
        },
    )
    .aliases(&["KCV-0042", "CKV_K8S_116", "C-0153"])
    .lessons(&[18, 20])
    .standards(&[Standard::Cis("2.1")])
    .technique("T1040"),
    row(
        FAMILY,
        "etcd-shared-ca",
        Severity::Medium,
        "etcd trusts the cluster's own authority",
        const {
            &FAMILY.flag(
                "trusted-ca-file",
                Bad::Path(&[
                    "/etc/kubernetes/pki/ca.crt",
                    "/etc/kubernetes/ssl/ca.crt",
                    "/etc/kubernetes/ca.crt",
                ]),
                "that authority signs each kubelet and each user certificate, and etcd lets all \
                of them read and write everything",
                "give etcd an authority of its own, in steps: both sides trust both, new \
                certificates, then the old one goes",
            )
        },
    )
    .aliases(&["C-0159"])
    .lessons(&[18, 20])
    .standards(&[Standard::Cis("2.7")])
    .technique("T1552")
    .confidence(Confidence::Likely),
];
