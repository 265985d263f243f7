//! Lists of wildcards, as policies name them.

pub(super) use crate::sim::admission::wildcard::fits;

/// Whether `pattern` holds a wildcard.
pub(super) fn is_wild(pattern: &str) -> bool {
    pattern.contains(['*', '?'])
}

/// Whether one of them fits.
pub(super) fn any(patterns: &[String], text: &str) -> bool {
    patterns.iter().any(|p| fits(p, text))
}
