//! Everything that somebody may do, rule by rule.

use super::grants::{Grants, Held};
use super::request::Caller;
use crate::model::Object;
use crate::model::rbac::PolicyRule;
use crate::text::Span;

/// A rule that holds for somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The namespace that it holds in; everywhere where there is none.
    pub namespace: Option<String>,
    /// Its verbs; none where it allows everything, as the built-in `cluster-admin` does.
    pub verbs: Vec<String>,
    /// Resources with their API groups, or paths.
    pub of: Vec<String>,
    /// The names that it is narrowed to.
    pub names: Vec<String>,
    /// The role that it stands in.
    pub role: String,
    /// The binding.
    pub binding: String,
    /// Where the rule stands, or the binding where there is none.
    pub span: Span,
    /// Why the rules are not known.
    pub note: Option<String>,
}

impl Grants<'_> {
    /// The rules that hold for somebody: in one namespace and everywhere, or in each namespace.
    pub fn list(&self, who: &Caller, namespace: Option<&str>) -> Vec<Listed> {
        let held = match namespace {
            Some(namespace) => self.of(who, namespace),
            None => self.everywhere(who),
        };
        let mut out = Vec::new();
        for one in held {
            let rules = self.rules(one);
            out.extend(rules.each().map(|(role, rule)| of_rule(one, role, rule)));
            if one.is_everything() || one.is_void() || rules.unsettled.is_some() {
                let void = one.is_void().then(|| "the role is not there".to_owned());
                out.push(Listed { note: rules.unsettled.or(void), ..blank(one) });
            }
        }
        out
    }
}

fn blank(held: Held<'_, '_>) -> Listed {
    let binding = held.binding();
    let (kind, name) = binding.role().unwrap_or(("role", "?"));
    Listed {
        namespace: binding.namespace().map(str::to_owned),
        verbs: Vec::new(),
        of: Vec::new(),
        names: Vec::new(),
        role: format!("{kind} {name}"),
        binding: binding.object.title(),
        span: binding.role_span(),
        note: None,
    }
}

fn of_rule(held: Held<'_, '_>, home: Object<'_>, rule: PolicyRule<'_>) -> Listed {
    let owned = |text: &str| text.to_owned();
    let groups: Vec<&str> = rule.groups().map(|(g, _)| g).collect();
    let mut of: Vec<String> = rule.urls().map(|(url, _)| owned(url)).collect();
    for (resource, _) in rule.resources() {
        for group in &groups {
            of.push(if group.is_empty() { owned(resource) } else { format!("{resource}.{group}") });
        }
    }
    Listed {
        verbs: rule.verbs().map(|(v, _)| owned(v)).collect(),
        of,
        names: rule.names().map(|(n, _)| owned(n)).collect(),
        role: home.title(),
        span: rule.node.own_span(),
        ..blank(held)
    }
}
