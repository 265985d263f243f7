//! Lists of wildcards, as policies name them.

pub(super) use crate::sim::admission::wildcard::fits;

/// Whether `pattern` holds a wildcard.
pub(super) fn is_wild(pattern: &str) -> bool {
    pattern.contains(['*', '?'])
}

/// What it may take to hold a pattern against a text, in steps.
pub(super) fn cost(pattern: &str, text: &str) -> usize {
    let product = if pattern.contains('?') { pattern.len().saturating_mul(text.len()) / 256 } else { 0 };
    product + (pattern.len() + text.len()) / 64
}

/// Whether one of them fits.
pub(super) fn any(patterns: &[String], text: &str) -> bool {
    patterns.iter().any(|p| fits(p, text))
}
