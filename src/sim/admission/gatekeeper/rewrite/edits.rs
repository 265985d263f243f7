//! Changes of a text, gathered while it is read.

use regorus::unstable::Expr;

/// Parts of a text and what stands in their place.
#[derive(Debug, Default)]
pub(super) struct Edits(Vec<(usize, usize, String)>);

impl Edits {
    /// Whether nothing changes.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Puts a text into the place of a part.
    pub(super) fn replace(&mut self, start: usize, end: usize, new: String) {
        self.0.push((start, end, new));
    }

    /// Puts a text in between.
    pub(super) fn insert(&mut self, at: usize, new: String) {
        self.0.push((at, at, new));
    }

    /// Hands an expression through a function.
    pub(super) fn wrap(&mut self, expr: &Expr, function: &str) {
        let span = expr.span();
        self.insert(span.start as usize, format!("{function}("));
        self.insert(span.end as usize, ")".to_owned());
    }

    /// The text with all of it.
    pub(super) fn applied(mut self, text: &str) -> String {
        self.0.sort_by_key(|(start, end, _)| (*start, *end));
        let (mut out, mut at) = (String::with_capacity(text.len() + 256), 0);
        for (start, end, new) in self.0 {
            out.push_str(text.get(at..start).unwrap_or(""));
            out.push_str(&new);
            at = end.max(at);
        }
        out.push_str(text.get(at..).unwrap_or(""));
        out
    }
}
