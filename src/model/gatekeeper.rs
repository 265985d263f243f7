//! Gatekeeper's templates and constraints: which code a template holds, what a constraint asks of a request.
//!
//! open-policy-agent/frameworks `constraint/pkg/apis/templates/v1` for the fields, `drivers/rego/schema/schema.go` for the
//! engines, gatekeeper `website/docs/enforcement-points.md` for the actions.

use super::{Object, value};
use crate::parse::Node;

/// The target that Gatekeeper validates.
pub const TARGET: &str = "admission.k8s.gatekeeper.sh";
/// The enforcement point of the admission webhook.
pub const WEBHOOK: &str = "validation.gatekeeper.sh";
/// The enforcement point of the `ValidatingAdmissionPolicy` that Gatekeeper makes of a constraint.
pub const POLICY: &str = "vap.k8s.io";
/// The group of templates.
pub const TEMPLATES: &str = "templates.gatekeeper.sh";
/// The group of constraints.
pub const CONSTRAINTS: &str = "constraints.gatekeeper.sh";

/// A `ConstraintTemplate`.
#[derive(Clone, Copy, Debug)]
pub struct Template<'t> {
    /// The object.
    pub object: Object<'t>,
}

/// The rule that a template holds.
#[derive(Clone, Debug)]
pub enum Code<'t> {
    /// Rego, which the webhook evaluates.
    Rego(Rego<'t>),
    /// CEL alone (engine `K8sNativeValidation`).
    Cel(Node<'t>),
    /// None at all.
    Missing,
}

/// A policy in Rego and its libraries.
#[derive(Clone, Debug)]
pub struct Rego<'t> {
    /// The text that holds the rule `violation`.
    pub rego: Node<'t>,
    /// Texts of packages below `lib`.
    pub libs: Vec<Node<'t>>,
    /// Whether it is written in the syntax of OPA 1; v0 unless it says so.
    pub v1: bool,
}

impl<'t> Template<'t> {
    /// The template that an object is.
    pub fn new(object: Object<'t>) -> Option<Self> {
        let ours = object.group() == Some(TEMPLATES) && object.kind() == Some("ConstraintTemplate");
        ours.then_some(Self { object })
    }

    /// The node of the kind of its constraints.
    pub fn kind(self) -> Option<Node<'t>> {
        self.object.node.at(&["spec", "crd", "spec", "names", "kind"])
    }

    /// The schema of its constraints' parameters.
    pub fn schema(self) -> Option<Node<'t>> {
        self.object
            .node
            .at(&["spec", "crd", "spec", "validation", "openAPIV3Schema"])
            .and_then(value::mapping)
    }

    /// Its targets.
    pub fn targets(self) -> impl Iterator<Item = Node<'t>> {
        self.object.node.at(&["spec", "targets"]).and_then(value::list).into_iter().flat_map(Node::items)
    }

    /// The code of its target. `code` counts over the older `rego` beside it.
    pub fn code(self) -> Code<'t> {
        let Some(target) = self.targets().next() else { return Code::Missing };
        let engines = || target.get("code").and_then(value::list).into_iter().flat_map(Node::items);
        let engine = |name: &str| {
            engines()
                .find(|e| e.get("engine").and_then(value::string) == Some(name))
                .and_then(|e| e.get("source"))
        };
        let holder = engine("Rego").unwrap_or(target);
        if let Some(rego) = holder.get("rego") {
            let libs = holder.get("libs").and_then(value::list).into_iter().flat_map(Node::items).collect();
            let v1 = holder.get("version").and_then(value::string) == Some("v1");
            return Code::Rego(Rego { rego, libs, v1 });
        }
        engine("K8sNativeValidation").map_or(Code::Missing, Code::Cel)
    }
}

/// An object of a kind that a template made.
#[derive(Clone, Copy, Debug)]
pub struct Constraint<'t> {
    /// The object.
    pub object: Object<'t>,
}

impl<'t> Constraint<'t> {
    /// The constraint that an object is.
    pub fn new(object: Object<'t>) -> Option<Self> {
        (object.group() == Some(CONSTRAINTS)).then_some(Self { object })
    }

    /// `spec.match`: unset matches everything.
    pub fn matching(self) -> Option<Node<'t>> {
        self.object.node.at(&["spec", "match"])
    }

    /// `spec.parameters`.
    pub fn parameters(self) -> Option<Node<'t>> {
        self.object.node.at(&["spec", "parameters"])
    }

    /// The node of `enforcementAction`.
    pub fn action(self) -> Option<Node<'t>> {
        self.object.node.at(&["spec", "enforcementAction"])
    }

    /// The actions at any of these enforcement points. Unset is `deny`; under `scoped` each point has its own, and a point
    /// that nobody names has none.
    pub fn actions_at(self, points: &[&str]) -> Vec<&'t str> {
        let action = self.action().and_then(value::string).filter(|a| !a.is_empty()).unwrap_or("deny");
        if action != "scoped" {
            return vec![action];
        }
        let scoped = self.object.node.at(&["spec", "scopedEnforcementActions"]).and_then(value::list);
        let here = |entry: &Node<'t>| {
            let named = entry.get("enforcementPoints").and_then(value::list);
            named
                .into_iter()
                .flat_map(Node::items)
                .filter_map(|p| p.get("name").and_then(value::string))
                .any(|name| name == "*" || points.contains(&name))
        };
        let entries = scoped.into_iter().flat_map(Node::items).filter(here);
        entries.filter_map(|e| e.get("action").and_then(value::string)).collect()
    }

    /// The actions of the admission webhook.
    pub fn actions_at_webhook(self) -> Vec<&'t str> {
        self.actions_at(&[WEBHOOK])
    }

    /// Whether a violation refuses the request.
    pub fn denies(self) -> bool {
        self.actions_at_webhook().contains(&"deny")
    }
}
