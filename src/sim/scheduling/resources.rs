//! What a pod's containers request together, and what other pods have taken of a node.
//!
//! component-helpers `resource/helpers.go` (`PodRequests`), kubernetes `pkg/apis/core/v1/defaults.go` (a limit without a
//! request is one), `pkg/scheduler/framework/plugins/noderesources/fit.go`.

use super::filter::SHORT;
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

/// Too little of something on a node.
#[derive(Clone, Debug)]
pub(super) struct Shortage<'a> {
    /// What.
    pub(super) name: &'a str,
    asked: Quantity,
    used: Quantity,
    all: Quantity,
}

impl Shortage<'_> {
    /// Whether it is the number of pods.
    pub(super) fn is_of_pods(&self) -> bool {
        self.name == PODS
    }

    /// The scheduler's words.
    pub(super) fn scheduler(&self) -> String {
        if self.is_of_pods() { "Too many pods".to_owned() } else { format!("Insufficient {}", self.name) }
    }

    /// The kubelet's: whole numbers, of CPU in thousandths.
    pub(super) fn kubelet(&self) -> String {
        let parts = if self.name == "cpu" { 1000.0 } else { 1.0 };
        let number = |quantity: Quantity| (quantity.as_f64() * parts).ceil();
        format!(
            "{SHORT}{}, requested: {}, used: {}, capacity: {}",
            self.name,
            number(self.asked),
            number(self.used),
            number(self.all)
        )
    }
}

/// What counts the pods of a node.
const PODS: &str = "pods";
/// What every node has, in the order in which it is looked at.
const COMMON: [&str; 3] = ["cpu", "memory", "ephemeral-storage"];

/// Whether a resource is nobody's but a vendor's (`IsExtendedResourceName`).
pub(super) fn is_foreign(name: &str) -> bool {
    name.contains('/') && !name.contains("kubernetes.io/")
}

/// What a node has too little of: room for one more pod, what every node has, the rest by name (`fitsRequest`).
pub(super) fn short<'a>(
    wanted: &'a Amounts,
    taken: &Amounts,
    others: &[PodView<'_>],
    has: &Amounts,
) -> Vec<Shortage<'a>> {
    let zero = Quantity::default();
    let count = Quantity::whole(i64::try_from(others.len()).unwrap_or(i64::MAX));
    let mut out = Vec::new();
    if let Some(all) = has.get(PODS).filter(|all| count.plus(Quantity::whole(1)) > **all) {
        out.push(Shortage { name: PODS, asked: Quantity::whole(1), used: count, all: *all });
    }
    let common = COMMON.iter().filter_map(|name| wanted.get_key_value(*name));
    let rest = wanted.iter().filter(|(name, _)| !COMMON.contains(&name.as_str()));
    for (name, asked) in common.chain(rest).filter(|(_, asked)| **asked > zero) {
        let used = taken.get(name).copied().unwrap_or_default();
        // What every node has, and these facts do not say; anything else a node has only where it says so.
        let all = match has.get(name) {
            Some(all) => *all,
            None if COMMON.contains(&name.as_str()) => continue,
            None => zero,
        };
        if asked.plus(used) > all {
            out.push(Shortage { name, asked: *asked, used, all });
        }
    }
    out
}
