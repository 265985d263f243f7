//! `sim scheduling --cases`: objects and a pod in; each node with whether it takes the pod and can start it, and why not,
//! out.

use serde_json::{Map, Value, json};

use super::filter::Fit;
use super::landing::landings;
use crate::parse::Node;
use crate::sim::Answer;
use crate::sim::cases::Simulator;
use crate::sim::kernel::{PodName, PodView};
use crate::sim::question::world;

/// The machine interface's door.
pub const SIMULATOR: Simulator =
    Simulator { name: "scheduling", asks: "on which nodes can this pod land, and why not there?", answer };

/// `starts` names the nodes that take the pod, where its `RuntimeClass` has a handler that they have or have not; `said` has
/// the words of the scheduler, or of the kubelet, about each node that does not; `event` is what the pod's events say where
/// no node takes it.
fn answer(input: Node<'_>) -> Result<Value, String> {
    let world = world(input)?;
    let name = input.get("pod").and_then(Node::as_str).and_then(PodName::parse);
    let name = name.ok_or("pod: missing, or not NAME, KIND/NAME, NAMESPACE/NAME or NAMESPACE/KIND/NAME")?;
    let pod = PodView::find(&world, &name).map_err(|v| texts(&v.because).join("; "))?;
    let landings = match landings(&world, &pod) {
        Ok(landings) => landings,
        Err(verdict) if verdict.answer == Answer::Unmodelled => {
            return Err(texts(&verdict.because).join("; "));
        }
        Err(verdict) => {
            let nodes = super::Machine::all(&world).into_iter().map(|m| (m.name, Value::Bool(false)));
            let nodes: Map<String, Value> = nodes.collect();
            return Ok(json!({
                "nodes": nodes, "starts": {}, "because": texts(&verdict.because), "event": verdict.evidence,
            }));
        }
    };
    if let Some(verdict) = landings.unjudged() {
        return Err(texts(&verdict.because).join("; "));
    }
    let (mut nodes, mut starts, mut said) = (Map::new(), Map::new(), Map::new());
    let mut because: Vec<String> = landings.refusals().map(|r| r.text).collect();
    for landing in &landings.nodes {
        let (name, lands) = (&landing.machine.name, landing.fit == Fit::Lands);
        nodes.insert(name.clone(), Value::Bool(lands));
        if let Fit::Refused { words, .. } = &landing.fit {
            said.insert(name.clone(), Value::from(words.join(", ")));
        }
        if lands && landings.request.class.is_some() {
            match landings.starts(&landing.machine) {
                Ok(_) => {
                    starts.insert(name.clone(), Value::Bool(true));
                }
                Err(verdict) if verdict.answer == Answer::Denied => {
                    starts.insert(name.clone(), Value::Bool(false));
                    because.extend(texts(&verdict.because));
                    said.extend(verdict.evidence.map(|line| (name.clone(), Value::from(line))));
                }
                // What the node's runtime has is not known, which bears on no landing.
                Err(_) => {}
            }
        }
    }
    let none = landings.places().next().is_none();
    let event = if none { Some(landings.event()) } else { None };
    Ok(json!({ "nodes": nodes, "starts": starts, "because": because, "said": said, "event": event }))
}

fn texts(reasons: &[crate::sim::Reason]) -> Vec<String> {
    reasons.iter().map(|r| r.text.clone()).collect()
}
