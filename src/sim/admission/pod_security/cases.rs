//! `sim pod-security`: a level, a version and a Pod in, a verdict out.

use serde_json::{Value, json};

use super::{Level, Version, evaluate};
use crate::model::{Object, fields, template_of, value};
use crate::parse::Node;
use crate::sim::cases::Simulator;

/// The machine interface's door to this simulator.
pub const SIMULATOR: Simulator = Simulator {
    name: "pod-security",
    asks: "does this pod pass a level of the Pod Security Standards?",
    answer,
};

fn answer(input: Node<'_>) -> Result<Value, String> {
    let text = |key: &str| {
        let node = input.get(key).ok_or_else(|| format!("{key}: missing"))?;
        value::string(node).ok_or_else(|| format!("{key}: {} where a string should be", node.kind().word()))
    };
    let level = text("level")?;
    let level = Level::from_word(level)
        .ok_or_else(|| format!("level: {level:?} is not one of privileged, baseline, restricted"))?;
    let version = text("version")?;
    let version = Version::parse(version)
        .ok_or_else(|| format!("version: {version:?} is neither \"latest\" nor \"v1.N\""))?;
    let node = input.get("object").and_then(value::mapping).ok_or("object: missing, or not a mapping")?;
    let object = Object::new(node);
    for key in ["kind", "apiVersion"] {
        if let Some(node) = node.get(key).filter(|n| value::string(*n).is_none()) {
            return Err(format!("object.{key} is {}, and the API server wants a string", node.kind().word()));
        }
    }
    if let Some(kind) = object.kind().filter(|kind| *kind != "Pod") {
        return Err(format!("object: a {kind}; this question is about Pods"));
    }
    let pod = match object.kind() {
        Some(_) => template_of(object),
        None => crate::model::PodTemplate::new(node).map(crate::model::PodTemplate::as_pod),
    };
    let pod = pod.ok_or("object: not a v1 Pod with a spec")?;
    if let Some(fault) = fields::mistyped(pod).first() {
        return Err(fault.sentence());
    }
    let evaluation = evaluate(level, version, pod);
    let violations: Vec<Value> = evaluation
        .violations
        .iter()
        .map(|v| json!({ "check": v.check, "reason": v.reason, "detail": v.detail }))
        .collect();
    Ok(json!({ "allowed": evaluation.allowed(), "violations": violations }))
}
