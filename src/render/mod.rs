//! Markdown blocks to lines of a given width, in roles instead of colours; what `read` prints and the reader shows.
//!
//! Owns layout, wrapping and the roles of code. Knows no terminal, no colour and no key: a screen maps a [`Role`]
//! to a style and a [`Line`] to cells. All text passes [`crate::text::clean`] on its way in.
//!
//! ```text
//! Document ─ page ─→ Page { lines, links, codes }     a screen
//!          ─ plain ─→ String, wrapped                 `sealegs read`, piped
//!          ─ linear ─→ String, one line a paragraph   screen readers
//! ```

mod block;
mod code;
mod glyphs;
mod highlight;
mod page;
mod paint;
mod speech;
mod syntax;
mod table;
mod wrap;

pub use block::{Layout, page, plain};
pub use code::{code_lines, code_rows};
pub use glyphs::Glyphs;
pub use highlight::Highlighter;
pub use page::{CodeBlock, Line, Page, Piece, Role};
pub use paint::{Paint, Painted, Plain};
pub use speech::linear;
pub use syntax::Syntect;
pub use wrap::width;

#[cfg(test)]
mod tests;
