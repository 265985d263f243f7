//! What a check answers.

use std::borrow::Cow;

use crate::model::{Effective, Origin};
use crate::parse::{Missing, Node};
use crate::text::{Edit, Fix, Label, Safety, Span};

/// Room for a path in a detail, and for the names of object and container that the runner puts before it: what is
/// grown by and by is copied each time.
const SPARE: usize = 128;

/// A fault that a check found. The runner makes a finding of it: id, severity, title and the names of object and
/// container are its to add.
#[derive(Clone, Debug)]
pub struct Fault {
    /// Where.
    pub span: Span,
    /// A few words beside the caret; may be empty.
    pub label: Cow<'static, str>,
    /// The field's path, its effective value, where that comes from.
    pub detail: String,
    /// Other places that explain it.
    pub related: Vec<Label>,
    /// The smallest change that mends it.
    pub help: Cow<'static, str>,
    /// The same as a change of the text.
    pub fix: Option<Fix>,
    /// Whether it is one; otherwise what was read does not tell.
    pub certain: bool,
    /// The path of the field that is not set, where that is the fault.
    pub missing: Option<String>,
}

impl Fault {
    /// A fault at `span`.
    pub fn new(span: Span, detail: impl Into<String>, help: impl Into<Cow<'static, str>>) -> Self {
        let (label, related) = (Cow::Borrowed(""), Vec::new());
        Self {
            span,
            label,
            detail: detail.into(),
            related,
            help: help.into(),
            fix: None,
            certain: true,
            missing: None,
        }
    }

    /// Neither a fault nor its absence: what was read does not tell, and `detail` says what is missing. It is printed
    /// as `unknown`, beside findings, and makes no answer a no.
    pub fn unknown(span: Span, detail: impl Into<String>, help: impl Into<Cow<'static, str>>) -> Self {
        Self { certain: false, ..Self::new(span, detail, help) }
    }

    /// A fault at a node; the detail begins with the node's path.
    pub fn at(node: Node<'_>, says: &str, help: impl Into<Cow<'static, str>>) -> Self {
        let mut detail = String::with_capacity(SPARE + says.len());
        node.write_path(&mut detail);
        detail += " ";
        detail += says;
        Self::new(node.own_span(), detail, help)
    }

    /// A setting has a bad value: says which, and who set it.
    pub fn set<T>(setting: &Effective<'_, T>, help: impl Into<Cow<'static, str>>) -> Self {
        let value = setting.node.and_then(Node::scalar).unwrap_or("set");
        let by = setting.origin.word();
        let mut detail = String::with_capacity(SPARE + value.len());
        setting.write_path(&mut detail);
        for part in [" is ", value, ", ", by] {
            detail += part;
        }
        Self { label: Cow::Borrowed(by), ..Self::new(setting.span(), detail, help) }
    }

    /// A setting is missing: says what follows, and points at where it would go.
    pub fn unset<T>(setting: &Effective<'_, T>, follows: &str, help: impl Into<Cow<'static, str>>) -> Self {
        let path = setting.path();
        let mut detail = String::with_capacity(SPARE + follows.len());
        for part in [&path, " is not set: ", follows] {
            detail += part;
        }
        let label = Cow::Borrowed("belongs here");
        Self { label, missing: Some(path), ..Self::new(setting.span(), detail, help) }
    }

    /// A field is missing: points at where it would go; `follows` goes on behind "is not set".
    pub fn lacking(place: Missing, follows: &str, help: impl Into<Cow<'static, str>>) -> Self {
        let Missing { span, path } = place;
        let detail = [&path, " is not set", follows].concat();
        let label = Cow::Borrowed("belongs here");
        Self { label, missing: Some(path), ..Self::new(span, detail, help) }
    }

    /// A setting has a bad value, or none.
    pub fn set_or_unset<T>(
        setting: &Effective<'_, T>,
        follows: &str,
        help: impl Into<Cow<'static, str>>,
    ) -> Self {
        if setting.origin == Origin::Default {
            Self::unset(setting, follows, help)
        } else {
            Self::set(setting, help)
        }
    }

    /// The edits ([`crate::parse::edit`], [`Effective::set_to`]) that mend it and that `--fix` may write: there is one
    /// right value, and nothing that works rightly stops working in silence. Where an edit cannot be made, there
    /// is no fix.
    #[must_use]
    pub fn fix(self, edits: impl IntoIterator<Item = Option<Edit>>) -> Self {
        self.mended(Safety::Safe, edits)
    }

    /// The edits that would mend it, with a value that a person has to think about; they are shown and never written.
    #[must_use]
    pub fn suggest(self, edits: impl IntoIterator<Item = Option<Edit>>) -> Self {
        self.mended(Safety::Choice, edits)
    }

    fn mended(mut self, safety: Safety, edits: impl IntoIterator<Item = Option<Edit>>) -> Self {
        let edits: Option<Vec<_>> = edits.into_iter().collect();
        self.fix = edits.and_then(|edits| Fix::new(safety, edits));
        self
    }

    /// Puts words beside the caret.
    #[must_use]
    pub fn label(mut self, text: impl Into<Cow<'static, str>>) -> Self {
        self.label = text.into();
        self
    }

    /// Adds another place.
    #[must_use]
    pub fn related(mut self, span: Span, text: impl Into<Cow<'static, str>>) -> Self {
        self.related.push(Label::new(span, text));
        self
    }
}
