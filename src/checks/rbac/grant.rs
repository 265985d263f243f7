//! What a rule of a role hands out: permissions that are worth more than they look, a row each, and their evaluator.

use crate::checks::{Case, Check, Fault, Faults, Row, Rule, Scope, Standard};
use crate::text::Severity;

const DOC: &str = include_str!("grant.md");

/// A row: verbs on resources of a group.
#[derive(Clone, Copy, Debug)]
struct Grant {
    /// The API group; `""` is the core group.
    group: &'static str,
    /// Any of these.
    resources: &'static [&'static str],
    /// Any of these.
    verbs: &'static [&'static str],
    /// What follows, behind what is allowed.
    follows: &'static str,
    /// The smallest change that mends it.
    help: &'static str,
}

/// Wildcards are said by their own checks, which mention everything.
const WILDCARDS: &[&str] =
    &["rbac-wildcard-all", "rbac-wildcard-api-groups", "rbac-wildcard-resources", "rbac-wildcard-verbs"];

/// The rows, by id.
pub(super) const ROWS: &[Check] = &[Check::new(
    "rbac-secrets-access",
    Severity::High,
    "role reads secrets",
    DOC,
    Rule::Row(&Grant {
        group: "",
        resources: &["secrets"],
        verbs: &["get", "list", "watch"],
        follows: "list and watch hand out the contents, too",
        help: "name the secrets in resourceNames with the verb get, or mount them and remove the rule",
    }),
)
.aliases(&[
    "access-to-secrets",
    "KSV-0041",
    "KSV-0113",
    "CKV2_K8S_5",
    "restrict-secret-role-verbs",
    "C-0015",
    "C-0186",
])
.lessons(&[14, 17])
.standards(&[Standard::Cis("5.1.2")])
.technique("T1552.007")
.yields_to(WILDCARDS)];

impl Row for Grant {
    fn scope(&self) -> Scope {
        Scope::Role
    }

    /// One fault a rule: at the resource, with the first verb that counts.
    fn look(&self, case: &Case<'_>) -> Faults {
        let Case::Role(case) = case else { return Faults::new() };
        let rule = case.rule;
        let verb = self.verbs.iter().find(|v| rule.verb(v).is_some() && !rule.is_narrowed(v));
        let found = self.resources.iter().find_map(|r| Some((*r, rule.resource(self.group, r)?)));
        let (Some(verb), Some((resource, node))) = (verb, found) else { return Faults::new() };
        let detail = format!("{} allows {verb} on {resource}: {}", rule.node.path(), self.follows);
        vec![Fault::new(node.own_span(), detail, self.help)]
    }
}
