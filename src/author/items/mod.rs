//! The rules that look at one question by itself.

pub(super) mod cues;
pub(super) mod reasons;
pub(super) mod shape;
pub(super) mod taught;
pub(super) mod wording;
