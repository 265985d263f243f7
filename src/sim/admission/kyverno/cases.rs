//! `sim kyverno`: a policy and a request in; what its rules say, and what they change and make, out.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::asked::{Asked, Operation, Outcome, User};
use super::cluster::Cluster;
use crate::model::{Object, value};
use crate::parse::{Node, json as tree};
use crate::sim::cases::Simulator;

/// The machine interface's door to this simulator.
pub const SIMULATOR: Simulator =
    Simulator { name: "kyverno", asks: "what does a Kyverno policy say of this request?", answer };

fn answer(input: Node<'_>) -> Result<Value, String> {
    let asked = read(input)?;
    let said = super::judge(&asked)?;
    let rules: Vec<Value> = said
        .rules
        .iter()
        .map(|r| json!({ "name": r.name, "result": word(r.outcome), "message": r.message }))
        .collect();
    let mut out = json!({ "rules": rules });
    if let Some(patched) = said.patched {
        out["patched"] = patched;
    }
    if !said.generated.is_empty() {
        out["generated"] = Value::Array(said.generated);
    }
    Ok(out)
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "pass",
        Outcome::Fail => "fail",
        Outcome::Skip => "skip",
        Outcome::Warn => "warn",
        Outcome::Error => "error",
    }
}

/// What a case asks.
pub fn read(input: Node<'_>) -> Result<Asked<'_>, String> {
    let given = |key: &str| input.get(key).filter(|n| !n.is_null());
    let object = |key: &str| match given(key) {
        None => Ok(None),
        Some(node) => value::mapping(node).map(Some).ok_or_else(|| format!("{key}: not a mapping")),
    };
    let list = |key: &str| match given(key) {
        None => Ok(Vec::new()),
        Some(node) => value::list(node)
            .and_then(|l| l.items().map(value::mapping).collect::<Option<Vec<_>>>())
            .ok_or_else(|| format!("{key}: not a list of objects")),
    };
    let operation = match given("operation").map(Node::as_str) {
        None | Some(Some("CREATE")) => Operation::Create,
        Some(Some("UPDATE")) => Operation::Update,
        Some(Some("DELETE")) => Operation::Delete,
        Some(Some("CONNECT")) => Operation::Connect,
        Some(_) => return Err("operation: not one of CREATE, UPDATE, DELETE, CONNECT".to_owned()),
    };
    let (resource, old) = (given("resource"), object("oldResource")?);
    if resource.is_none() && old.is_none() {
        return Err("resource: neither `resource` nor `oldResource` is there".to_owned());
    }
    let user = object("userInfo")?;
    Ok(Asked {
        policy: Object::new(object("policy")?.ok_or("policy: missing")?),
        resource: resource.map(tree::to_value).unwrap_or_default(),
        old: old.map(tree::to_value),
        operation,
        user: User {
            name: user.and_then(|u| u.get("username")?.as_str()).unwrap_or_default().to_owned(),
            groups: texts(user.and_then(|u| u.get("groups")), "userInfo.groups")?,
            roles: texts(given("roles"), "roles")?,
            cluster_roles: texts(given("clusterRoles"), "clusterRoles")?,
        },
        unnamed: false,
        namespace_labels: pairs(object("namespaceLabels")?)
            .into_iter()
            .filter_map(|(k, v)| Some((k, v.as_str()?.to_owned())))
            .collect(),
        variables: pairs(object("variables")?),
        rule_variables: object("ruleVariables")?
            .into_iter()
            .flat_map(Node::entries)
            .map(|e| (e.key.scalar().unwrap_or_default().to_owned(), pairs(Some(e.value))))
            .collect(),
        exceptions: list("exceptions")?,
        cluster: Arc::new(Cluster::new(list("cluster")?.into_iter().map(tree::to_value).collect())),
    })
}

fn texts(node: Option<Node<'_>>, key: &str) -> Result<Vec<String>, String> {
    let Some(node) = node.filter(|n| !n.is_null()) else { return Ok(Vec::new()) };
    let words = value::list(node)
        .and_then(|l| l.items().map(|n| n.as_str().map(str::to_owned)).collect::<Option<_>>());
    words.ok_or_else(|| format!("{key}: not a list of strings"))
}

fn pairs(node: Option<Node<'_>>) -> BTreeMap<String, Value> {
    let entries = node.into_iter().flat_map(Node::entries);
    entries.filter_map(|e| Some((e.key.scalar()?.to_owned(), tree::to_value(e.value)))).collect()
}
