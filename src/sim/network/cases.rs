//! `sim network-policy`: objects and probes in, a list of booleans out.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Network, Protocol, Question};
use crate::model::value;
use crate::parse::{Kind, Node, json as parse};
use crate::sim::cases::Simulator;
use crate::sim::world::World;

/// The machine interface's door to this simulator.
pub const SIMULATOR: Simulator = Simulator {
    name: "network-policy",
    asks: "does a connection pass the network policies of both ends?",
    answer,
};

fn answer(input: Node<'_>) -> Result<Value, String> {
    let list = |key: &str| {
        let node = input.get(key).filter(|n| n.kind() == Kind::Seq);
        node.ok_or_else(|| format!("{key}: missing, or not a list"))
    };
    let (world, _) = World::read(vec![Arc::new(parse::documents(list("objects")?))]);
    let network = Network::new(&world);
    let mut reachable = Vec::new();
    for (at, probe) in list("probes")?.items().enumerate() {
        let question = question(&network, probe).map_err(|error| format!("probes[{at}].{error}"))?;
        reachable.push(network.passes(question));
    }
    Ok(json!({ "reachable": reachable }))
}

fn question(network: &Network, probe: Node<'_>) -> Result<Question, String> {
    let end = |key: &str| {
        let text = probe
            .get(key)
            .and_then(value::string)
            .ok_or_else(|| format!("{key}: missing, or not a string"))?;
        match network.ends(text)[..] {
            [end] => Ok(end),
            [] => Err(format!("{key}: no object makes a pod of {text:?}")),
            _ => Err(format!("{key}: {text:?} names several pods")),
        }
    };
    let port = probe.get("port").and_then(value::integer).and_then(|n| u16::try_from(n).ok());
    let protocol = probe.get("protocol").map_or(Some("TCP"), value::string).and_then(Protocol::of_word);
    Ok(Question {
        from: end("from")?,
        to: end("to")?,
        port: port.ok_or("port: missing, or not from 0 to 65535")?,
        protocol: protocol.ok_or("protocol: not one of TCP, UDP, SCTP")?,
    })
}
