//! What keeps a text from being a Dockerfile.

use crate::text::{Finding, Span};

/// One thing that the builder refuses.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    span: Span,
    says: String,
    help: String,
}

impl Problem {
    pub fn new(span: Span, says: impl Into<String>, help: impl Into<String>) -> Self {
        Self { span, says: says.into(), help: help.into() }
    }

    pub fn finding(self) -> Finding {
        Finding::error("dockerfile-syntax", "not a valid Dockerfile", self.span)
            .detail(self.says)
            .help(self.help)
    }
}
