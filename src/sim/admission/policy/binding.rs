//! Bindings: where a policy counts, with which parameters, and what a violation does.

use crate::model::{Object, value};
use crate::parse::Node;

/// A binding.
#[derive(Clone, Copy, Debug)]
pub struct Binding<'t> {
    /// The object.
    pub object: Object<'t>,
    /// Whether a violation refuses the request; otherwise it is told alone.
    pub denies: bool,
    /// Whether the client is told of it.
    pub warns: bool,
    /// Whether the audit log is.
    pub audits: bool,
}

impl<'t> Binding<'t> {
    /// Reads a binding.
    pub fn read(object: Object<'t>) -> Result<Self, String> {
        let title = object.title();
        let list = object.node.at(&["spec", "validationActions"]).and_then(value::list);
        let words = list.and_then(|l| l.items().map(value::string).collect::<Option<Vec<_>>>());
        let words = words.filter(|w| !w.is_empty());
        let words = words
            .ok_or_else(|| format!("{title}: spec.validationActions: missing, or not a list of strings"))?;
        if let Some(other) = words.iter().find(|w| !["Audit", "Deny", "Warn"].contains(w)) {
            return Err(format!(
                "{title}: spec.validationActions: {other:?} is not one of Audit, Deny, Warn"
            ));
        }
        // kubernetes `pkg/apis/admissionregistration/validation`.
        if words.iter().enumerate().any(|(i, w)| words[..i].contains(w)) {
            return Err(format!("{title}: spec.validationActions: an action is there twice"));
        }
        let denies = words.contains(&"Deny");
        if denies && words.contains(&"Warn") {
            return Err(format!("{title}: spec.validationActions: Deny and Warn exclude each other"));
        }
        let (warns, audits) = (words.contains(&"Warn"), words.contains(&"Audit"));
        Ok(Self { object, denies, warns, audits })
    }

    fn spec(self, key: &str) -> Option<Node<'t>> {
        self.object.node.at(&["spec", key]).filter(|n| !n.is_null())
    }

    /// The policy that it binds.
    pub fn policy(self) -> Option<&'t str> {
        self.spec("policyName").and_then(value::string)
    }

    /// `paramRef`.
    pub fn reference(self) -> Option<Node<'t>> {
        self.spec("paramRef")
    }

    /// `matchResources`.
    pub fn rules(self) -> Option<Node<'t>> {
        self.spec("matchResources")
    }
}
