//! Finding ids that lessons mark already and the checker does not know yet. The list only shrinks.

/// Ids of the catalogue that a `fail` block or a link may name before their check is there.
pub const AWAITED: &[&str] = &[
    "apiserver-etcd-client-certificate",
    "cosign-identity-missing",
    "dockerfile-add-remote-url",
    "dockerfile-base-image-digest-missing",
    "dockerfile-base-image-latest",
    "dockerfile-pipe-to-shell",
    "dockerfile-secret-in-arg-env",
    "dockerfile-update-alone",
    "dockerfile-user-non-numeric",
    "etcd-shared-ca",
    "image-provenance-not-attested",
    "image-registry-not-allowed",
    "image-sbom-not-attested",
    "network-plugin-without-network-policy",
    "network-policy-peer-and-or-trap",
    "provenance-builder-unchecked",
    "sbom-minimum-elements",
    "scan-ignore-unbounded",
    "secret-in-env-reference",
    "secret-literal-in-env",
    "service-external-ip",
    "signature-reference-by-tag",
];
