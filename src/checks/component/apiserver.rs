//! The API server's flags about who comes in, its ports and its tokens, a row each.

use super::setting::{Bad, Family, row};
use super::setting_fix::Right;
use crate::checks::{Check, Standard};
use crate::model::flags::Program;
use crate::text::Severity;

const FAMILY: Family = Family::new(Program::ApiServer, include_str!("apiserver.md"));

/// The rows, by id.
pub(super) const ROWS: &[Check] = &[
    row(
        FAMILY,
        "apiserver-basic-auth-file",
        Severity::Critical,
        "API server takes passwords from a file",
        const {
            &FAMILY.flag(
                "basic-auth-file",
                Bad::Set,
                "its passwords stand in clear text and change only with a restart",
                "remove the flag; it is gone since 1.19, where the API server does not start with it",
            )
        },
    )
    .aliases(&["CKV_K8S_69"])
    .lessons(&[18])
    .technique("T1552.001"),
    row(
        FAMILY,
        "apiserver-insecure-bind-address",
        Severity::Critical,
        "API server opens its port without authentication",
        const {
            &FAMILY.flag(
                "insecure-bind-address",
                Bad::Set,
                "the insecure port asks for no credential and no authorization",
                "remove the flag; it is gone since 1.24, where the API server does not start with it",
            )
        },
    )
    .aliases(&["CKV_K8S_86"])
    .lessons(&[18])
    .technique("T1133"),
    row(
        FAMILY,
        "apiserver-insecure-port",
        Severity::Critical,
        "API server serves a port without authentication",
        const {
            &FAMILY.flag(
                "insecure-port",
                Bad::Number { good: |port| port == 0, flag: 0, field: 0 },
                "requests to this port are asked for no credential, and allowed everything",
                "remove the flag; it is gone since 1.24, where even 0 stops the API server",
            )
        },
    )
    .aliases(&["CKV_K8S_88", "C-0005"])
    .lessons(&[18])
    .technique("T1133"),
    row(
        FAMILY,
        "apiserver-profiling",
        Severity::Low,
        "API server serves its profiler",
        const {
            &FAMILY
                .flag(
                    "profiling",
                    Bad::Is { bad: true, flag: true, field: true },
                    "/debug/pprof shows memory and call stacks of the running server",
                    "set --profiling=false; switch it on for the time of an investigation",
                )
                .right(Right::Bool(false))
        },
    )
    .aliases(&["KCV-0018", "CKV_K8S_90", "C-0129"])
    .lessons(&[18, 20])
    .standards(&[Standard::Cis("1.2.15")])
    .technique("T1082"),
    row(
        FAMILY,
        "apiserver-request-timeout",
        Severity::Info,
        "API server waits unusually long, or not long enough",
        const {
            &FAMILY.flag(
                "request-timeout",
                Bad::Seconds(|s| (30.0..=300.0).contains(&s)),
                "slow requests hold their place for that long, or large ones are cut off",
                "remove the flag, which means 1m; where lists are large, up to 5m",
            )
        },
    )
    .aliases(&["CKV_K8S_95", "C-0134"])
    .lessons(&[18, 20])
    .standards(&[Standard::Cis("1.2.20")])
    .technique("T1499"),
    row(
        FAMILY,
        "apiserver-secure-port-disabled",
        Severity::High,
        "API server serves no port with TLS",
        const {
            &FAMILY.flag(
                "secure-port",
                Bad::Number { good: |port| port != 0, flag: 6443, field: 6443 },
                "without the port with TLS there is only one without authentication, or none",
                "remove the flag, or name a port such as 6443",
            )
        },
    )
    .aliases(&["KCV-0017", "CKV_K8S_89", "C-0128"])
    .lessons(&[18])
    .technique("T1133"),
    row(
        FAMILY,
        "apiserver-service-account-extend-token",
        Severity::Medium,
        "API server makes tokens of an hour last a year",
        const {
            &FAMILY
                .flag(
                    "service-account-extend-token-expiration",
                    Bad::Is { bad: true, flag: true, field: true },
                    "the token that a pod gets by default is then valid for a year instead of an hour",
                    "set --service-account-extend-token-expiration=false, after \
                serviceaccount_stale_tokens_total stays 0",
                )
                .perhaps(Right::Bool(false))
        },
    )
    .aliases(&["C-0290"])
    .lessons(&[18, 17, 20])
    .standards(&[Standard::Cis("1.2.30")])
    .technique("T1528"),
    row(
        FAMILY,
        "apiserver-service-account-key-file",
        Severity::Medium,
        "API server checks tokens with its own TLS key",
        const {
            &FAMILY
                .flag(
                    "service-account-key-file",
                    Bad::Unset,
                    "tokens are then checked with --tls-private-key-file, so one key serves two \
                purposes and neither can be rotated alone",
                    "set --service-account-key-file to the public half of a key pair of its own",
                )
                .unless(&["service-account-signing-endpoint"])
        },
    )
    .aliases(&["KCV-0025", "CKV_K8S_97", "C-0136"])
    .lessons(&[18, 17, 20])
    .standards(&[Standard::Cis("1.2.22")])
    .technique("T1528"),
    row(
        FAMILY,
        "apiserver-service-account-lookup",
        Severity::Medium,
        "API server takes tokens of deleted service accounts",
        const {
            &FAMILY
                .flag(
                    "service-account-lookup",
                    Bad::Is { bad: false, flag: true, field: true },
                    "a token stays valid after its secret, pod or account was deleted",
                    "set the flag to true, which is its default",
                )
                .right(Right::Bool(true))
        },
    )
    .aliases(&["KCV-0024", "CKV_K8S_96", "C-0135"])
    .lessons(&[18, 17, 20])
    .standards(&[Standard::Cis("1.2.21")])
    .technique("T1528"),
    row(
        FAMILY,
        "apiserver-token-auth-file",
        Severity::High,
        "API server takes tokens that never expire",
        const {
            &FAMILY.flag(
                "token-auth-file",
                Bad::Set,
                "its tokens stand in clear text, never expire, and change only with a restart",
                "remove the flag; give people certificates or OpenID Connect, and pods their \
                service account",
            )
        },
    )
    .aliases(&["KCV-0002", "CKV_K8S_70", "C-0114"])
    .lessons(&[18, 20])
    .standards(&[Standard::Cis("1.2.2")])
    .technique("T1552.001"),
];
