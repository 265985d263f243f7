//! Expressions of a template that do not compile. Gatekeeper takes such a template all the same, for its driver does not ask
//! whether they do; what is wrong shows when a request is evaluated.
//!
//! frameworks `constraint/pkg/client/drivers/k8scel/driver.go` (`AddTemplate`); kubernetes `plugin/cel/{filter,composition}.go`,
//! `plugin/policy/validating/validator.go`: a validation that does not compile is an error of its own, a variable where it is
//! named, a condition before all of them, and a message leaves the usual one.

use serde_json::{Value as Json, json};

use crate::model::{Object, value};
use crate::parse::{Node, json as tree};
use crate::sim::Reason;
use crate::sim::admission::policy::Definition;
use crate::text::{Finding, Span};

/// What stands in for an expression that does not compile: it is an error whenever it is needed. A variable's is of any type.
const STANDIN: &str = "[false][1]";
const VARIABLE: &str = "dyn([false][1])";
/// What it says, and what is said in the place of that.
const SAYS: &str = "index out of bounds: 1";
/// How often a policy is compiled: what stands in for one expression may make another wrong.
const ROUNDS: usize = 4;

/// The field of a message.
const MESSAGE: &str = "messageExpression";
/// The lists of expressions, and their fields.
const FIELDS: &[(&str, &str)] = &[
    ("matchConditions", "expression"),
    ("variables", "expression"),
    ("validations", "expression"),
    ("validations", MESSAGE),
];

/// One of them.
pub(super) struct Broken {
    /// What is wrong, at its place in the template.
    pub(super) reason: Reason,
    /// What is wrong with it, in the words of the compiler.
    text: String,
    /// Whether what is evaluated needs it; a message is left out.
    evaluated: bool,
}

/// Puts something that is an error into the place of each expression that does not compile. An error is what is wrong
/// elsewhere, or not known.
pub(super) fn mended(policy: &mut Json, source: Node<'_>) -> Result<Vec<Broken>, String> {
    let mut out = Vec::new();
    for _ in 0..ROUNDS {
        let read = tree::from_value(policy);
        let root = read.root().and_then(value::mapping).ok_or("no CEL")?;
        let Err(findings) = Definition::compile(Object::new(root)) else { return Ok(out) };
        let mut places = Vec::new();
        for finding in &findings {
            let compiles = finding.title.contains("the expression does not compile: ")
                || finding.title.contains("the expression must evaluate to ");
            let known = compiles && !finding.title.contains("not modelled");
            let place = field_at(root, finding.primary.span).filter(|_| known);
            places.push(place.ok_or_else(|| said(&findings))?);
        }
        for ((list, at, field), finding) in places.into_iter().zip(&findings) {
            out.push(Broken::new(source, (list, at, field), finding));
            let Some(entry) = policy.pointer_mut(&format!("/spec/{list}/{at}")) else { continue };
            match field {
                MESSAGE => {
                    entry.as_object_mut().map(|map| map.remove(field));
                }
                _ => entry[field] = json!(if list == "variables" { VARIABLE } else { STANDIN }),
            }
        }
    }
    Err("its expressions do not compile".to_owned())
}

/// What is wrong, in one line.
pub(super) fn said(findings: &[Finding]) -> String {
    let all: Vec<_> = findings.iter().map(|f| f.title.as_ref()).collect();
    all.join("; ")
}

/// A message, where it is that of what stands in for an expression.
pub(super) fn told(broken: &[Broken], message: String) -> String {
    if !message.contains(SAYS) {
        return message;
    }
    let own: Vec<_> = broken.iter().filter(|one| one.evaluated).collect();
    match own[..] {
        [] => message,
        [one] => format!("compilation error: {}", one.text),
        _ => "compilation error: an expression does not compile".to_owned(),
    }
}

/// The expression that a place lies in.
fn field_at(root: Node<'_>, span: Span) -> Option<(&'static str, usize, &'static str)> {
    let spec = root.get("spec")?;
    FIELDS.iter().find_map(|(list, field)| {
        let at = spec.get(list)?.items().position(|item| {
            item.get(field).is_some_and(|node| {
                let own = node.own_span();
                own.start <= span.start && span.end <= own.end
            })
        })?;
        Some((*list, at, *field))
    })
}

impl Broken {
    fn new(source: Node<'_>, (list, at, field): (&str, usize, &str), finding: &Finding) -> Self {
        let text = finding.title.to_string();
        // The variables begin with two of Gatekeeper's own, and conditions may stand under the older name.
        let at = if list == "variables" { at.saturating_sub(super::native::OWN) } else { at };
        let old = source.get("matchCondition").map_or(0, |node| node.items().len());
        let (list, at) = match list {
            "matchConditions" if at < old => ("matchCondition", at),
            "matchConditions" => (list, at - old),
            _ => (list, at),
        };
        let node = source.get(list).and_then(|node| node.items().nth(at)).and_then(|node| node.get(field));
        let path = format!("{list}[{at}].{field}");
        let reason =
            format!("{path} does not compile, and Gatekeeper takes the template all the same: {text}");
        Self {
            reason: Reason::at(reason, node.map_or(source.own_span(), Node::own_span)),
            text,
            evaluated: field != MESSAGE,
        }
    }
}
