//! What a check says of a pod that it refuses, and the helpers by which checks word it.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::model::Effective;
use crate::parse::{Missing, Node};
use crate::text::Span;

/// A place that breaks a check: a value, or where a missing one would go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Where.
    pub span: Span,
    /// The field's path in the manifest's own terms.
    pub path: String,
}

impl Place {
    /// The place of a setting, set or not.
    pub(super) fn of<T>(setting: &Effective<'_, T>) -> Self {
        Self { span: setting.span(), path: setting.path() }
    }
}

impl From<Node<'_>> for Place {
    fn from(node: Node<'_>) -> Self {
        Self { span: node.own_span(), path: node.path() }
    }
}

impl From<Missing> for Place {
    fn from(missing: Missing) -> Self {
        Self { span: missing.span, path: missing.path }
    }
}

/// A check that a pod fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The check's id, as upstream names it.
    pub check: &'static str,
    /// What is wrong, short.
    pub reason: Cow<'static, str>,
    /// Which containers and values; may be empty.
    pub detail: String,
    /// Where, in the order in which the check looked; never empty.
    pub places: Vec<Place>,
}

impl Violation {
    /// `reason (detail)`, as in the API server's messages.
    pub fn message(&self) -> String {
        if self.detail.is_empty() {
            return self.reason.to_string();
        }
        [&*self.reason, " (", &self.detail, ")"].concat()
    }
}

/// What a check's function answers for a pod that it refuses.
pub(super) struct Failure {
    pub(super) reason: Cow<'static, str>,
    pub(super) detail: String,
    pub(super) places: Vec<Place>,
}

/// A failure, where anything was found.
pub(super) fn failure(
    reason: &'static str,
    places: Vec<Place>,
    detail: impl FnOnce() -> String,
) -> Option<Failure> {
    (!places.is_empty()).then(|| Failure { reason: Cow::Borrowed(reason), detail: detail(), places })
}

/// Who set something bad, or failed to set something good: the pod, and containers.
#[derive(Default)]
pub(super) struct Setters<'t> {
    pod: bool,
    containers: Vec<&'t str>,
    pub(super) places: Vec<Place>,
}

impl<'t> Setters<'t> {
    pub(super) fn pod(&mut self, place: impl Into<Place>) {
        self.pod = true;
        self.places.push(place.into());
    }

    pub(super) fn container(&mut self, name: &'t str, place: impl Into<Place>) {
        self.containers.push(name);
        self.places.push(place.into());
    }

    /// A container with any number of places, where there are any.
    pub(super) fn container_at(&mut self, name: &'t str, places: Vec<Place>) {
        if !places.is_empty() {
            self.containers.push(name);
            self.places.extend(places);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// A failure, where there is anybody.
    pub(super) fn failure(
        self,
        reason: &'static str,
        detail: impl FnOnce(&Self) -> String,
    ) -> Option<Failure> {
        if self.is_empty() {
            return None;
        }
        let detail = detail(&self);
        failure(reason, self.places, || detail)
    }

    /// `containers "a", "b"`.
    pub(super) fn containers(&self) -> String {
        [plural("container", "containers", self.containers.len()), " ", &quoted(&self.containers)].concat()
    }

    /// How many containers.
    pub(super) fn count(&self) -> usize {
        self.containers.len()
    }

    /// The names without doubles, sorted.
    pub(super) fn sort_names(&mut self) {
        self.containers = self.containers.drain(..).collect::<BTreeSet<_>>().into_iter().collect();
    }

    /// `pod and containers "a", "b"`, or the one of the two that there is.
    pub(super) fn phrase(&self) -> String {
        match (self.pod, self.containers.is_empty()) {
            (true, true) => "pod".to_owned(),
            (true, false) => ["pod and ", &self.containers()].concat(),
            (false, _) => self.containers(),
        }
    }
}

/// `one` or `many`.
pub(super) fn plural(one: &'static str, many: &'static str, count: usize) -> &'static str {
    if count == 1 { one } else { many }
}

/// `"a", "b"`: quotes around, nothing escaped, as upstream's `joinQuote`.
pub(super) fn quoted<S: AsRef<str>>(items: impl IntoIterator<Item = S>) -> String {
    listed(items, "\"")
}

/// `a, b`.
pub(super) fn joined<S: AsRef<str>>(items: impl IntoIterator<Item = S>) -> String {
    listed(items, "")
}

fn listed<S: AsRef<str>>(items: impl IntoIterator<Item = S>, quote: &str) -> String {
    let mut out = String::new();
    for (index, item) in items.into_iter().enumerate() {
        for part in [if index == 0 { "" } else { ", " }, quote, item.as_ref(), quote] {
            out += part;
        }
    }
    out
}
