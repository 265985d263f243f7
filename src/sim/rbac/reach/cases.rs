//! `sim rbac-reach --cases`: objects in, who reaches `cluster-admin` out, each by a shortest chain.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Chain, OWN, Spot, own, reach};
use crate::model::value;
use crate::parse::{Kind, Node, json as parse};
use crate::sim::cases::Simulator;
use crate::sim::world::World;
use crate::text::Source;

/// The machine interface's door to this simulator.
pub const SIMULATOR: Simulator =
    Simulator { name: "rbac-reach", asks: "who can reach cluster-admin, and by which chain?", answer };

fn answer(input: Node<'_>) -> Result<Value, String> {
    let items =
        input.get("objects").filter(|o| o.kind() == Kind::Seq).ok_or("objects: missing, or not a list")?;
    let goal = goal(input)?;
    let (world, _) = World::read(vec![Arc::new(parse::documents(items))]);
    let found = reach(&world, &own(&Source::lone("kubernetes", OWN)), goal.as_ref())?;
    let unknown: Vec<&str> = found.unknown.iter().map(|reason| reason.text.as_str()).collect();
    let admins: Vec<String> = found.admins.iter().map(|(spot, _)| spot.to_string()).collect();
    let chains: Vec<Value> = found.chains.iter().map(chain).collect();
    Ok(json!({ "admins": admins, "chains": chains, "unknown": unknown }))
}

/// Whom a case asks to reach; nobody means everything.
pub fn goal(input: Node<'_>) -> Result<Option<Spot>, String> {
    let Some(node) = input.get("to") else { return Ok(None) };
    let name = value::string(node).ok_or("to: not a string")?;
    Ok(Spot::goal(name))
}

fn chain(chain: &Chain) -> Value {
    let steps = chain.steps.iter().map(|step| {
        let because: Vec<&str> = step.because.iter().map(|reason| reason.text.as_str()).collect();
        json!({ "way": step.way, "to": step.to.to_string(), "says": step.says, "because": because,
                "source": step.source })
    });
    json!({ "from": chain.from.to_string(), "steps": steps.collect::<Vec<_>>() })
}
