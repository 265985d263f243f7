//! `sim admission-policy`: a policy, its bindings and a request in, a verdict out.

use serde_json::{Value, json};

use super::binding::Binding;
use super::definition::Definition;
use super::judge::judge;
use super::request::{OPERATIONS, Request, User};
use crate::model::{Object, value};
use crate::parse::Node;
use crate::sim::cases::Simulator;

/// The machine interface's door to this simulator.
pub const SIMULATOR: Simulator = Simulator {
    name: "admission-policy",
    asks: "does a ValidatingAdmissionPolicy let this request through?",
    answer,
};

fn answer(input: Node<'_>) -> Result<Value, String> {
    let given = |key: &str| input.get(key).filter(|n| !n.is_null());
    let object = |key: &str| match given(key) {
        None => Ok(None),
        Some(node) => {
            value::mapping(node).map(|n| Some(Object::new(n))).ok_or_else(|| format!("{key}: not a mapping"))
        }
    };
    let list = |key: &str| match given(key) {
        None => Ok(Vec::new()),
        Some(node) => value::list(node)
            .and_then(|l| l.items().map(value::mapping).collect::<Option<Vec<_>>>())
            .map(|l| l.into_iter().map(Object::new).collect())
            .ok_or_else(|| format!("{key}: not a list of objects")),
    };
    let text = |key: &str| match given(key) {
        None => Ok(None),
        Some(node) => value::string(node).map(Some).ok_or_else(|| format!("{key}: not a string")),
    };
    let policy = object("policy")?.ok_or("policy: missing")?;
    let policy = Definition::compile(policy)
        .map_err(|f| f.iter().map(|f| f.title.clone()).collect::<Vec<_>>().join("; "))?;
    let bindings: Vec<Object<'_>> = list("bindings")?;
    let bindings = bindings.into_iter().map(Binding::read).collect::<Result<Vec<_>, _>>()?;
    let operation = text("operation")?.unwrap_or("CREATE");
    if !OPERATIONS.contains(&operation) {
        return Err(format!("operation: {operation:?} is not one of {}", OPERATIONS.join(", ")));
    }
    let mut request =
        Request::about(object("object")?, object("oldObject")?, operation, object("namespaceObject")?)?;
    if let Some(user) = given("userInfo") {
        request.user = User::read(user)?;
    }
    for (key, field) in [
        ("resource", &mut request.resource),
        ("subResource", &mut request.subresource),
        ("name", &mut request.name),
        ("namespace", &mut request.namespace),
    ] {
        if let Some(text) = text(key)? {
            text.clone_into(field);
        }
    }
    request.dry_run = given("dryRun").and_then(value::boolean).unwrap_or_default();
    let params: Vec<Object<'_>> = list("params")?;
    let judgement = judge(&policy, Some(bindings.as_slice()).filter(|b| !b.is_empty()), &request, &params)?;
    let violations: Vec<Value> =
        judgement.violations.iter().map(|v| json!({ "message": v.message, "reason": v.reason })).collect();
    Ok(json!({ "matched": judgement.matched, "allowed": judgement.allowed(), "violations": violations }))
}
