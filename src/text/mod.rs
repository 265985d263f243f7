//! Text as people see it: sources with line numbers, spans, findings, and the one renderer with a caret.
//!
//! Layer 0. Imports nothing of ours. Whatever comes from a file reaches a screen through [`clean`].

pub mod clean;
mod finding;
pub mod fix;
pub mod near;
mod quoted;
pub mod snippet;
mod source;
pub mod wrap;

pub use finding::{Code, Finding, Label, Severity};
pub use fix::{Edit, Fix, Safety};
pub use quoted::quoted;
pub use source::{FileId, Position, Source, Sources, Span};
