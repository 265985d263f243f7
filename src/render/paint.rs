//! Painting code: roles for the byte ranges of its lines.

use std::ops::Range;

use super::page::Role;

/// For each line of a code: roles and the byte ranges of the line that have them, in order, without overlaps.
/// What no range covers is [`Role::CodeText`].
pub type Painted = Vec<Vec<(Role, Range<usize>)>>;

/// Gives roles to code.
pub trait Paint {
    /// Roles for `code`, line by line. May hold fewer lines than `code`; the rest is plain.
    fn paint(&self, language: &str, code: &str) -> Painted;
}

/// Paints nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Plain;

impl Paint for Plain {
    fn paint(&self, _: &str, _: &str) -> Painted {
        Vec::new()
    }
}
