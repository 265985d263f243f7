//! The question of a lab: ends by their names or addresses.

use super::{Protocol, Question};
use crate::sim::world::World;
use crate::sim::{Reason, Verdict};

/// What a lab asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// Who opens the connection: a pattern as of [`Network::named`](super::Network::named), or an address.
    pub from: String,
    /// Whom it is for; `NAMESPACE/service/NAME` for a Service.
    pub to: String,
    /// The destination's port.
    pub port: u16,
    /// How.
    pub protocol: Protocol,
}

/// Answers it.
pub fn ask(world: &World, probe: &Probe) -> Verdict {
    let network = world.network();
    let end = |text: &str| match network.ends(text)[..] {
        [end] => Ok(end),
        [] => Err(Verdict::denied(Reason::fact(format!("no object makes a pod of `{text}`")))),
        _ => Err(Verdict::unmodelled(format!("`{text}` names several pods"))),
    };
    match (end(&probe.from), end(&probe.to)) {
        (Ok(from), Ok(to)) => network.ask(Question { from, to, port: probe.port, protocol: probe.protocol }),
        (Err(verdict), _) | (_, Err(verdict)) => verdict,
    }
}

/// This question of each pair of pods that its patterns name. Nobody is asked about itself.
pub fn spread(world: &World, probe: &Probe) -> Vec<Probe> {
    let network = world.network();
    let (from, to) = (network.ends(&probe.from), network.ends(&probe.to));
    if from.len() <= 1 && to.len() <= 1 {
        return vec![probe.clone()];
    }
    let pairs = from.iter().flat_map(|from| to.iter().map(move |to| (*from, *to)));
    let one = |(from, to)| Probe { from: network.word(from), to: network.word(to), ..probe.clone() };
    pairs.filter(|(from, to)| from != to).map(one).collect()
}
