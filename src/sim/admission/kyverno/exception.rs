//! `PolicyException` of `policies.kyverno.io`: whom a policy spares, wholly or for some images and values.
//!
//! kyverno/api `policy_exception.go`; kyverno `pkg/cel/policies/vpol/engine/{provider,engine}.go`.

use super::compiled::{Code, Compiler};
use super::spec::{Fault, GROUP, Named, Spec, Text};
use crate::model::{Object, value};
use crate::parse::Node;

/// The label that says which of several exceptions speaks.
const PRIORITY: &str = "policies.kyverno.io/priority";

/// An exception that refers to a policy.
#[derive(Clone, Debug)]
pub struct Exception<'t> {
    /// The object.
    pub object: Object<'t>,
    /// `matchConditions`.
    pub conditions: Vec<(String, Code)>,
    /// `images`.
    pub images: Vec<String>,
    /// `allowedValues`.
    pub values: Vec<String>,
}

impl<'t> Exception<'t> {
    /// Those of a policy.
    pub fn of(spec: &Spec<'_>, all: &[Node<'t>]) -> Result<Vec<Self>, Fault> {
        let mut out = Vec::new();
        for object in all.iter().map(|n| Object::new(*n)) {
            if object.group() != Some(GROUP) || object.kind() != Some("PolicyException") {
                continue;
            }
            let refs = object.node.at(&["spec", "policyRefs"]).and_then(value::list);
            let names = |node: Node<'_>| {
                let is = |key: &str, wanted: Option<&str>| node.get(key).and_then(value::string) == wanted;
                is("name", spec.object.name()) && is("kind", spec.object.kind())
            };
            if refs.is_some_and(|refs| refs.items().any(names)) {
                out.push(Self::read(spec, object)?);
            }
        }
        Ok(out)
    }

    fn read(spec: &Spec<'_>, object: Object<'t>) -> Result<Self, Fault> {
        let inner = |key: &str| object.node.at(&["spec", key]).filter(|n| !n.is_null());
        let texts = |key: &str| match inner(key) {
            None => Ok(Vec::new()),
            Some(node) => value::list(node)
                .and_then(|l| l.items().map(|n| n.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>())
                .ok_or_else(|| Fault::at(node, format!("`{key}` is no list of strings"))),
        };
        let mut named = Vec::new();
        for node in inner("matchConditions").and_then(value::list).into_iter().flat_map(Node::items) {
            let part = |key: &str| {
                let found = node.get(key).and_then(|n| Some(Text { text: n.as_str()?.to_owned(), node: n }));
                found.ok_or_else(|| Fault::at(node, format!("a match condition needs `{key}`")))
            };
            named.push(Named { name: part("name")?.text, expression: part("expression")? });
        }
        let conditions = Compiler::new(spec.kind, spec.json).conditions(&named)?;
        Ok(Self { object, conditions, images: texts("images")?, values: texts("allowedValues")? })
    }

    /// Whether it spares wholly.
    pub fn is_whole(&self) -> bool {
        self.images.is_empty() && self.values.is_empty()
    }

    /// Its key in messages.
    pub fn key(&self) -> String {
        let name = self.object.name().unwrap_or_default();
        self.object.namespace().map_or_else(|| name.to_owned(), |n| format!("{n}/{name}"))
    }

    /// Whether a spared request is reported as passed rather than as skipped.
    pub fn passes(&self) -> bool {
        self.object.node.at(&["spec", "reportResult"]).and_then(value::string) == Some("pass")
    }

    /// How much it weighs among several.
    pub fn priority(&self) -> i64 {
        self.object.label(PRIORITY).and_then(|n| n.scalar()?.parse().ok()).unwrap_or(0).max(0)
    }
}
