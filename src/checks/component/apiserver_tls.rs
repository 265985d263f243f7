//! The API server's certificates, and what it shows and asks of kubelets and etcd, a row each.

use super::setting::{Bad, Family, row};
use crate::checks::{Check, Standard};
use crate::model::flags::Program;
use crate::text::Severity;

const FAMILY: Family = Family::new(Program::ApiServer, include_str!("apiserver_tls.md"));

/// The rows, by id.
pub(super) const ROWS: &[Check] = &[
    row(
        FAMILY,
        "apiserver-client-ca-file",
        Severity::High,
        "API server knows no authority for client certificates",
        const {
            &FAMILY.flag(
                "client-ca-file",
                Bad::Unset,
                "no client certificate is accepted, so that people and components fall back on \
                weaker credentials",
                "set --client-ca-file to the cluster's own authority",
            )
        },
    )
    .aliases(&["KCV-0028", "C-0139"])
    .lessons(&[18, 20])
    .standards(&[Standard::Cis("1.2.25")])
    .technique("T1078"),
    row(
        FAMILY,
        "apiserver-encryption-provider-config",
        Severity::High,
        "API server stores secrets in clear text",
        const {
            &FAMILY.flag(
                "encryption-provider-config",
                Bad::Unset,
                "each secret lies in etcd, its snapshots and their backups as it was sent",
                "write an EncryptionConfiguration, name it here, then write the secrets anew",
            )
        },
    )
    .aliases(&["KCV-0030", "CKV_K8S_104", "enforce-etcd-encryption", "C-0066", "C-0141"])
    .lessons(&[18, 17, 20])
    .standards(&[Standard::Cis("1.2.27")])
    .technique("T1552"),
    row(
        FAMILY,
        "apiserver-etcd-ca-file",
        Severity::High,
        "API server does not check who answers as etcd",
        const {
            &FAMILY.flag(
                "etcd-cafile",
                Bad::Unset,
                "any certificate of the machine's own list of authorities passes for etcd's",
                "set --etcd-cafile to etcd's own authority",
            )
        },
    )
    .aliases(&["KCV-0029", "CKV_K8S_102", "C-0140"])
    .lessons(&[18, 20])
    .standards(&[Standard::Cis("1.2.26")])
    .technique("T1557"),
    row(
        FAMILY,
        "apiserver-etcd-client-certificate",
        Severity::High,
        "API server shows etcd no certificate",
        const {
            &FAMILY
                .flag(
                    "etcd-certfile",
                    Bad::Half { flag: "etcd-keyfile", field: &[] },
                    "etcd cannot tell the API server from anybody else, so it has to let in whoever \
                reaches its port",
                    "set --etcd-certfile and --etcd-keyfile, and https in --etcd-servers",
                )
                .near("etcd-servers")
                .addresses("etcd-servers")
        },
    )
    .aliases(&["KCV-0026", "CKV_K8S_99", "C-0137"])
    .lessons(&[18, 20])
    .standards(&[Standard::Cis("1.2.23")])
    .technique("T1552"),
    row(
        FAMILY,
        "apiserver-kubelet-certificate-authority",
        Severity::High,
        "API server does not check who answers as a kubelet",
        const {
            &FAMILY.flag(
                "kubelet-certificate-authority",
                Bad::Unset,
                "commands, files and logs of kubectl exec, cp and logs go to whoever answers at \
                the address of a node",
                "set --kubelet-certificate-authority; first give kubelets certificates that it \
                signed (serverTLSBootstrap)",
            )
        },
    )
    .aliases(&["KCV-0006", "CKV_K8S_73", "C-0117"])
    .lessons(&[18, 20, 34])
    .standards(&[Standard::Cis("1.2.5")])
    .technique("T1557"),
    row(
        FAMILY,
        "apiserver-kubelet-client-certificate",
        Severity::High,
        "API server shows kubelets no certificate",
        const {
            &FAMILY.flag(
                "kubelet-client-certificate",
                Bad::Half { flag: "kubelet-client-key", field: &[] },
                "kubelets cannot tell the API server from a stranger, so they serve both or neither",
                "set --kubelet-client-certificate and --kubelet-client-key",
            )
        },
    )
    .aliases(&["KCV-0005", "CKV_K8S_72", "C-0116"])
    .lessons(&[18, 20, 34])
    .standards(&[Standard::Cis("1.2.4")])
    .technique("T1609"),
    row(
        FAMILY,
        "apiserver-kubelet-https",
        Severity::High,
        "API server speaks to kubelets without TLS",
        const {
            &FAMILY.flag(
                "kubelet-https",
                Bad::Is { bad: false, flag: true, field: true },
                "what people type into kubectl exec, and what it prints, crosses the network in \
                clear text",
                "remove the flag; it is gone since 1.22, and TLS is the only way",
            )
        },
    )
    .aliases(&["KCV-0004", "CKV_K8S_71"])
    .lessons(&[18, 34])
    .technique("T1557"),
    row(
        FAMILY,
        "apiserver-tls-certificate",
        Severity::High,
        "API server signs its own certificate",
        const {
            &FAMILY.flag(
                "tls-cert-file",
                Bad::Half { flag: "tls-private-key-file", field: &[] },
                "clients cannot check it, so that they learn to skip the check",
                "set --tls-cert-file and --tls-private-key-file to a certificate of the cluster",
            )
        },
    )
    .aliases(&["KCV-0027", "CKV_K8S_100", "C-0138"])
    .lessons(&[18, 20])
    .standards(&[Standard::Cis("1.2.24")])
    .technique("T1557"),
    row(
        FAMILY,
        "apiserver-tls-cipher-suites-weak",
        Severity::Medium,
        "API server accepts weak cipher suites",
        const {
            &FAMILY.flag(
                "tls-cipher-suites",
                Bad::WeakSuites,
                "a client, or somebody between, can bring the connection down to a suite without \
                authenticated encryption or forward secrecy",
                "name ECDHE suites with GCM or CHACHA20 only, or set --tls-min-version=VersionTLS13",
            )
        },
    )
    .aliases(&["CKV_K8S_105", "C-0143", "C-0277"])
    .lessons(&[18, 20])
    .standards(&[Standard::Cis("1.2.29")])
    .technique("T1557"),
];
