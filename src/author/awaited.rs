//! Finding ids that lessons mark already and the checker does not know yet. The list only shrinks.

/// Ids of the catalogue that a `fail` block or a link may name before their check is there.
pub const AWAITED: &[&str] = &["image-too-old", "node-unprivileged-bpf-enabled"];
