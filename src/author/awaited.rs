//! Finding ids that lessons mark already and the checker does not know yet. The list only shrinks.

/// Ids of the catalogue that a `fail` block or a link may name before their check is there.
pub const AWAITED: &[&str] = &[
    "cosign-identity-missing",
    "dockerfile-add-remote-url",
    "dockerfile-base-image-digest-missing",
    "dockerfile-base-image-latest",
    "dockerfile-command-shell-form",
    "dockerfile-pipe-to-shell",
    "dockerfile-secret-in-arg-env",
    "dockerfile-update-alone",
    "dockerfile-user-non-numeric",
    "rbac-wildcard-resources",
    "scan-ignore-unbounded",
    "service-account-default-bound",
    "signature-reference-by-tag",
];
