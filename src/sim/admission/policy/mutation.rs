//! A `MutatingAdmissionPolicy` with its expressions compiled, or what is wrong with it, and where.
//!
//! kubernetes `plugin/policy/mutating/compilation.go` (conditions may name variables there), `patch/{smd,json_patch}.go`.

use std::sync::Arc;

use super::definition::{Named, Reader, items};
use crate::model::{Object, value};
use crate::parse::Node;
use crate::sim::cel::{Dialect, Program, Ty};
use crate::text::{Finding, Span};

/// How a mutation is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patch {
    /// An object that is merged.
    Apply,
    /// Operations, one after the other.
    Json,
}

/// One of `mutations`.
#[derive(Clone, Debug)]
pub struct Step {
    /// How it is written.
    pub patch: Patch,
    /// The expression as it is written.
    pub text: String,
    /// Where it stands.
    pub span: Span,
    /// The expression.
    pub program: Arc<Program>,
}

/// A policy that can be asked.
#[derive(Clone, Debug)]
pub struct Mutation<'t> {
    /// Whether `failurePolicy` is Ignore.
    pub ignores: bool,
    /// Whether it is asked again after others have changed what it saw.
    pub again: bool,
    /// `paramKind`.
    pub param_kind: Option<Node<'t>>,
    /// `matchConditions`.
    pub conditions: Vec<Named>,
    /// `variables`.
    pub variables: Vec<Named>,
    /// `mutations`.
    pub steps: Vec<Step>,
}

/// The forms of a mutation: `patchType`, the field that holds its expression, and what that has to give.
const PATCHES: &[(&str, &str, Patch, &str)] = &[
    ("ApplyConfiguration", "applyConfiguration", Patch::Apply, "Object"),
    ("JSONPatch", "jsonPatch", Patch::Json, "list(JSONPatch)"),
];

impl<'t> Mutation<'t> {
    /// Compiles a policy; what the API server would refuse in it is said in findings.
    pub fn compile(object: Object<'t>) -> Result<Self, Vec<Finding>> {
        let mut reader = Reader::new(Dialect::MUTATION);
        let Some(spec) = object.node.get("spec").and_then(value::mapping) else {
            reader.refuse(object.node.own_span(), "a policy needs `spec`");
            return Err(reader.findings);
        };
        let given = |key: &str| spec.get(key).filter(|n| !n.is_null());
        let ignores = reader.ignores(given("failurePolicy"));
        let again = match given("reinvocationPolicy").map(|n| (n, n.as_str())) {
            Some((_, Some("Never"))) => false,
            Some((_, Some("IfNeeded"))) => true,
            other => {
                let at = other.map_or_else(|| spec.missing("reinvocationPolicy").span, |(n, _)| n.own_span());
                reader.refuse(at, "`reinvocationPolicy` is neither Never nor IfNeeded");
                false
            }
        };
        let param_kind = given("paramKind");
        reader.request(param_kind.is_some());
        let variables = reader.variables(given("variables"));
        let conditions = reader.conditions(given("matchConditions"));
        let steps: Vec<Step> =
            items(given("mutations")).into_iter().filter_map(|n| step(&mut reader, n)).collect();
        if steps.is_empty() && reader.findings.is_empty() {
            reader.refuse(spec.own_span(), "a policy needs `mutations`");
        }
        if given("matchConstraints").is_none() {
            reader.refuse(spec.own_span(), "a policy needs `matchConstraints`");
        }
        if reader.findings.is_empty() {
            Ok(Self { ignores, again, param_kind, conditions, variables, steps })
        } else {
            Err(reader.findings)
        }
    }
}

fn step(reader: &mut Reader, node: Node<'_>) -> Option<Step> {
    let kind = reader.text(node, "patchType")?;
    let Some((_, field, patch, wanted)) = PATCHES.iter().find(|(word, ..)| kind.as_str() == Some(word))
    else {
        reader.refuse(kind.own_span(), "`patchType` is neither ApplyConfiguration nor JSONPatch");
        return None;
    };
    let Some(holder) = node.get(field).and_then(value::mapping) else {
        reader.refuse(node.missing(field).span, format!("`{field}` is missing, or no mapping"));
        return None;
    };
    let expression = reader.text(holder, "expression")?;
    let made = |ty: &Ty, name: &str| matches!(ty, Ty::Object(shape) if shape.name == name) || *ty == Ty::Dyn;
    let program = reader.program(expression, wanted, |gives| match (patch, gives) {
        (Patch::Apply, ty) => made(ty, "Object"),
        (Patch::Json, Ty::List(of)) => made(of, "JSONPatch"),
        (Patch::Json, other) => *other == Ty::Dyn,
    })?;
    let text = expression.as_str().unwrap_or_default().trim().to_owned();
    Some(Step { patch: *patch, text, span: expression.own_span(), program })
}
