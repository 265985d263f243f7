//! What a pod's containers request together, and what other pods have taken of a node.
//!
//! component-helpers `resource/helpers.go` (`PodRequests`), kubernetes `pkg/apis/core/v1/defaults.go` (a limit without a
//! request is one), `pkg/scheduler/framework/plugins/noderesources/fit.go`.

use super::request::{Amounts, amounts};
use crate::model::{Class, Container, PodTemplate, Quantity};
use crate::parse::Node;
use crate::sim::kernel::PodView;
use crate::sim::world::World;

/// What the containers of a pod request at the same time, and its overhead.
pub(super) fn requests(template: PodTemplate<'_>, overhead: &Amounts) -> Amounts {
    let (mut steady, mut beside, mut first) = (Amounts::new(), Amounts::new(), Amounts::new());
    for container in template.containers() {
        let own = of_container(container);
        match container.class {
            Class::Main => add(&mut steady, &own),
            Class::Sidecar => {
                add(&mut steady, &own);
                add(&mut beside, &own);
                most(&mut first, &beside);
            }
            Class::Init => {
                let mut now = own;
                add(&mut now, &beside);
                most(&mut first, &now);
            }
            Class::Ephemeral => {}
        }
    }
    most(&mut steady, &first);
    add(&mut steady, overhead);
    steady
}

fn of_container(container: Container<'_>) -> Amounts {
    let mut out = amounts(container.node.at(&["resources", "limits"]));
    out.extend(amounts(container.node.at(&["resources", "requests"])));
    out
}

fn add(sum: &mut Amounts, more: &Amounts) {
    for (name, quantity) in more {
        let now = sum.get(name).map_or(*quantity, |have| have.plus(*quantity));
        sum.insert(name.clone(), now);
    }
}

fn most(sum: &mut Amounts, other: &Amounts) {
    for (name, quantity) in other {
        let now = sum.get(name).map_or(*quantity, |have| *have.max(quantity));
        sum.insert(name.clone(), now);
    }
}

/// The pods that were bound to a node before, and are not at their end.
pub(super) fn bound<'w>(world: &'w World, pod: &PodView<'w>, node: &str) -> Vec<PodView<'w>> {
    let ended = |p: &PodView<'w>| {
        let phase = world
            .object("Pod", Some(&p.key.namespace), &p.key.name)
            .and_then(|o| o.node.at(&["status", "phase"])?.as_str());
        matches!(phase, Some("Succeeded" | "Failed"))
    };
    PodView::all(world)
        .into_iter()
        .filter(|p| p.key.kind == "Pod" && p.key != pod.key)
        .filter(|p| p.template.spec.get("nodeName").and_then(Node::as_str) == Some(node))
        .filter(|p| !ended(p))
        .collect()
}

/// What those pods have taken: their containers' requests, and the overhead that they carry or that their class has.
pub(super) fn taken(world: &World, pods: &[PodView<'_>]) -> Amounts {
    let mut sum = Amounts::new();
    for pod in pods {
        let spec = pod.template.spec;
        let class = spec.get("runtimeClassName").and_then(Node::as_str);
        let priced = spec
            .get("overhead")
            .or_else(|| world.object("RuntimeClass", None, class?)?.node.at(&["overhead", "podFixed"]));
        add(&mut sum, &requests(pod.template, &amounts(priced)));
    }
    sum
}

/// The resources that a node has too little of, in the order of their names.
pub(super) fn short<'a>(wanted: &'a Amounts, taken: &Amounts, has: &Amounts) -> Vec<(&'a str, String)> {
    let zero = Quantity::default();
    let mut out = Vec::new();
    for (name, quantity) in wanted.iter().filter(|(_, q)| **q > zero) {
        let used = taken.get(name).copied().unwrap_or_default();
        // What every node has, and these facts do not say; anything else a node has only where it says so.
        let common = ["cpu", "memory", "ephemeral-storage"].contains(&name.as_str());
        let all = match has.get(name) {
            Some(all) => *all,
            None if common => continue,
            None => zero,
        };
        if quantity.plus(used) > all {
            let say = |q: Quantity| q.as_f64().to_string();
            let text = format!("{name}: {} asked for, {} taken of {}", say(*quantity), say(used), say(all));
            out.push((name.as_str(), text));
        }
    }
    out
}
