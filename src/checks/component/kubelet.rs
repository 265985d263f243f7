//! The kubelet's flags and the fields of its configuration file, a row each.
//!
//! Defaults: kubernetes pkg/kubelet/apis/config/v1beta1/defaults.go for the file, cmd/kubelet/app/options/options.go
//! (`applyLegacyDefaults`) for the flags alone, both of 1.37.

use super::setting::{Bad, Family, row};
use super::setting_fix::Right;
use crate::checks::{Check, Standard};
use crate::model::flags::Program;
use crate::text::Severity;

const FAMILY: Family = Family::new(Program::Kubelet, include_str!("kubelet.md"));

/// The rows, by id.
pub(super) const ROWS: &[Check] = &[
    row(
        FAMILY,
        "kubelet-anonymous-auth",
        Severity::Critical,
        "kubelet answers anonymous requests",
        const {
            &FAMILY
                .flag(
                    "anonymous-auth",
                    Bad::Is { bad: true, flag: true, field: false },
                    "requests without a credential count as system:anonymous, and authorization alone \
                is between them and every container of the node",
                    "set authentication.anonymous.enabled: false",
                )
                .field(&["authentication", "anonymous", "enabled"])
                .right(Right::Bool(false))
        },
    )
    .aliases(&["KCV-0079", "CKV_K8S_138", "C-0069", "C-0172"])
    .lessons(&[34, 20])
    .standards(&[Standard::Cis("4.2.1")])
    .technique("T1609"),
    row(
        FAMILY,
        "kubelet-authorization-always-allow",
        Severity::Critical,
        "kubelet allows whatever it is asked",
        const {
            &FAMILY
                .flag(
                    "authorization-mode",
                    Bad::Holds { item: "AlwaysAllow", flag: true, field: false },
                    "every identity that the kubelet knows, each pod's token among them, may run \
                commands in every container of the node",
                    "set authorization.mode: Webhook",
                )
                .field(&["authorization", "mode"])
                .perhaps(Right::Text("Webhook"))
        },
    )
    .aliases(&["KCV-0080", "CKV_K8S_139", "C-0173"])
    .lessons(&[34, 20])
    .standards(&[Standard::Cis("4.2.2")])
    .technique("T1609"),
    row(
        FAMILY,
        "kubelet-client-ca-file",
        Severity::High,
        "kubelet knows no authority for client certificates",
        const {
            &FAMILY
                .flag(
                    "client-ca-file",
                    Bad::Unset,
                    "the API server's certificate proves nothing to it, so that exec and logs fail or \
                anonymous access stays open",
                    "set authentication.x509.clientCAFile to the cluster's authority",
                )
                .field(&["authentication", "x509", "clientCAFile"])
                .by_kubeadm()
        },
    )
    .aliases(&["KCV-0081", "CKV_K8S_140", "C-0070", "C-0174"])
    .lessons(&[34, 20])
    .standards(&[Standard::Cis("4.2.3")])
    .technique("T1609"),
    row(
        FAMILY,
        "kubelet-event-qps",
        Severity::Low,
        "kubelet drops events",
        const {
            &FAMILY
                .flag(
                    "event-qps",
                    Bad::Number { good: |n| n == 0 || n >= 50, flag: 50, field: 50 },
                    "events beyond this number a second are lost, and with them the trace of what was \
                started",
                    "set it to 50, which is its default, or to 0 for no limit",
                )
                .field(&["eventRecordQPS"])
                .perhaps(Right::Number(50))
        },
    )
    .aliases(&["KCV-0087", "CKV_K8S_147"])
    .lessons(&[34, 20])
    .standards(&[Standard::Cis("4.2.8")])
    .technique("T1685"),
    row(
        FAMILY,
        "kubelet-hostname-override",
        Severity::Low,
        "kubelet chooses its own name",
        const {
            &FAMILY.flag(
                "hostname-override",
                Bad::Set,
                "the node's name is then no longer the machine's, and certificates and logs name \
                something else",
                "remove the flag where the cloud does not ask for it",
            )
        },
    )
    .aliases(&["KCV-0086", "CKV_K8S_146"])
    .lessons(&[34, 20])
    .standards(&[Standard::Cis("4.2.7")])
    .technique("T1036"),
    row(
        FAMILY,
        "kubelet-iptables-util-chains",
        Severity::Low,
        "kubelet leaves its iptables chains alone",
        const {
            &FAMILY
                .flag(
                    "make-iptables-util-chains",
                    Bad::Is { bad: false, flag: true, field: true },
                    "rules that kube-proxy and others build on may be missing, and packets take ways \
                that nobody planned",
                    "set the field to true, which is its default",
                )
                .field(&["makeIPTablesUtilChains"])
                .right(Right::Bool(true))
        },
    )
    .aliases(&["KCV-0084", "CKV_K8S_145"])
    .lessons(&[34, 20])
    .standards(&[Standard::Cis("4.2.6")])
    .technique("T1686"),
    row(
        FAMILY,
        "kubelet-pod-pids-limit",
        Severity::Medium,
        "kubelet lets one pod take all processes",
        const {
            &FAMILY
                .flag(
                    "pod-max-pids",
                    Bad::Number { good: |n| n > 0, flag: -1, field: -1 },
                    "a fork bomb in one pod stops the node, the kubelet and the pods of others",
                    "set podPidsLimit, for instance 2048",
                )
                .field(&["podPidsLimit"])
                .perhaps(Right::Number(2048))
        },
    )
    .aliases(&["C-0284"])
    .lessons(&[34, 20])
    .standards(&[Standard::Cis("4.2.13")])
    .technique("T1499"),
    row(
        FAMILY,
        "kubelet-protect-kernel-defaults",
        Severity::Medium,
        "kubelet changes kernel settings by itself",
        const {
            &FAMILY
                .flag(
                    "protect-kernel-defaults",
                    Bad::Is { bad: false, flag: false, field: false },
                    "settings of the kernel that differ from what the kubelet wants are overwritten \
                in silence",
                    "set protectKernelDefaults: true, after vm.overcommit_memory=1, kernel.panic=10 \
                and kernel.panic_on_oops=1 are set",
                )
                .field(&["protectKernelDefaults"])
                .perhaps(Right::Bool(true))
        },
    )
    .aliases(&["KCV-0083", "CKV_K8S_144"])
    .lessons(&[34])
    .technique("T1685"),
    row(
        FAMILY,
        "kubelet-read-only-port",
        Severity::High,
        "kubelet tells everybody what runs on its node",
        const {
            &FAMILY
                .flag(
                    "read-only-port",
                    Bad::Number { good: |port| port == 0, flag: 10255, field: 0 },
                    "pods, their environment and the node's metrics are there for whoever reaches the \
                port, without TLS",
                    "set readOnlyPort: 0",
                )
                .field(&["readOnlyPort"])
                .right(Right::Number(0))
        },
    )
    .aliases(&["KCV-0082", "CKV_K8S_141", "C-0175"])
    .lessons(&[34, 20])
    .standards(&[Standard::Cis("4.2.4")])
    .technique("T1613"),
    row(
        FAMILY,
        "kubelet-rotate-certificates",
        Severity::Medium,
        "kubelet does not renew its client certificate",
        const {
            &FAMILY
                .flag(
                    "rotate-certificates",
                    Bad::Is { bad: false, flag: false, field: false },
                    "the certificate expires and the node is lost, or it was made to last for years",
                    "set rotateCertificates: true",
                )
                .field(&["rotateCertificates"])
                .by_kubeadm()
                .right(Right::Bool(true))
        },
    )
    .aliases(&["KCV-0090", "CKV_K8S_149"])
    .lessons(&[34, 20])
    .standards(&[Standard::Cis("4.2.10")])
    .technique("T1078"),
    row(
        FAMILY,
        "kubelet-rotate-server-certificate",
        Severity::Low,
        "kubelet may not renew its serving certificate",
        const {
            &FAMILY
                .flag(
                    "feature-gates",
                    Bad::GateOff("RotateKubeletServerCertificate"),
                    "serverTLSBootstrap then does nothing, and the kubelet signs its own certificate",
                    "remove the gate, which is on by default, and set serverTLSBootstrap: true",
                )
                .field(&["featureGates"])
        },
    )
    .aliases(&["KCV-0091", "CKV_K8S_112"])
    .lessons(&[34, 20])
    .standards(&[Standard::Cis("4.2.11")])
    .technique("T1557"),
    row(
        FAMILY,
        "kubelet-seccomp-default",
        Severity::Medium,
        "kubelet starts pods without a seccomp profile",
        const {
            &FAMILY
                .flag(
                    "seccomp-default",
                    Bad::Is { bad: false, flag: false, field: false },
                    "a pod that names no profile may call every system call of the kernel",
                    "set seccompDefault: true",
                )
                .field(&["seccompDefault"])
                .perhaps(Right::Bool(true))
        },
    )
    .lessons(&[34, 20, 21])
    .standards(&[Standard::Cis("4.2.14")])
    .technique("T1611"),
    row(
        FAMILY,
        "kubelet-streaming-idle-timeout",
        Severity::Low,
        "kubelet keeps idle connections for ever",
        const {
            &FAMILY
                .flag(
                    "streaming-connection-idle-timeout",
                    Bad::Seconds(|s| s > 0.0),
                    "a forgotten exec session stays open, and many of them use up the node",
                    "set the flag to 4h, which is its default",
                )
                .perhaps(Right::Text("4h0m0s"))
        },
    )
    .aliases(&["KCV-0085", "CKV_K8S_143", "C-0176"])
    .lessons(&[34, 20])
    .standards(&[Standard::Cis("4.2.5")])
    .technique("T1499"),
    row(
        FAMILY,
        "kubelet-tls-certificate",
        Severity::Medium,
        "kubelet signs its own certificate",
        const {
            &FAMILY
                .flag(
                    "tls-cert-file",
                    Bad::Half { flag: "tls-private-key-file", field: &["tlsPrivateKeyFile"] },
                    "the API server cannot tell the kubelet from whoever took over its address",
                    "set serverTLSBootstrap: true and approve its requests, or tlsCertFile and \
                tlsPrivateKeyFile",
                )
                .field(&["tlsCertFile"])
                .unless(&["rotate-server-certificates"])
                .unless_field(&[&["serverTLSBootstrap"]])
        },
    )
    .aliases(&["KCV-0088", "KCV-0089", "CKV_K8S_148"])
    .lessons(&[34, 20])
    .standards(&[Standard::Cis("4.2.9")])
    .technique("T1557"),
    row(
        FAMILY,
        "kubelet-tls-cipher-suites-weak",
        Severity::Medium,
        "kubelet accepts weak cipher suites",
        const {
            &FAMILY
                .flag(
                    "tls-cipher-suites",
                    Bad::WeakSuites,
                    "a client, or somebody between, can bring the connection down to a suite without \
                authenticated encryption or forward secrecy",
                    "name ECDHE suites with GCM or CHACHA20 only, or set tlsMinVersion: VersionTLS13",
                )
                .field(&["tlsCipherSuites"])
        },
    )
    .aliases(&["KCV-0092", "CKV_K8S_151"])
    .lessons(&[34, 20])
    .standards(&[Standard::Cis("4.2.12")])
    .technique("T1557"),
];
