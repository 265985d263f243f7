//! Finding ids that lessons mark already and the checker does not know yet. The list only shrinks.

/// Ids of the catalogue that a `fail` block or a link may name before their check is there.
pub const AWAITED: &[&str] = &[
    "dockerfile-base-image-digest-missing",
    "dockerfile-command-shell-form",
    "dockerfile-secret-in-arg-env",
    "dockerfile-user-non-numeric",
];
