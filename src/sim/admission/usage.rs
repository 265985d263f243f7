//! What a pod asks for: requests and limits of its containers, and of the whole.
//!
//! kubernetes `pkg/apis/core/v1/defaults.go` (`SetDefaults_Pod`: a limit is a request where there is none),
//! `component-helpers/resource/helpers.go` (`PodRequests`, `PodLimits`), `pkg/apis/core/v1/helper/qos/qos.go`.

use std::collections::BTreeMap;

use crate::model::{Amount, Class, Container, PodTemplate};
use crate::parse::Node;
use crate::text::Span;

/// An amount and the line that it comes from.
#[derive(Clone, Copy, Debug)]
pub struct Figure {
    /// How much.
    pub amount: Amount,
    /// Where that is written; `None` for a sum.
    pub span: Option<Span>,
}

/// Amounts by the names of resources.
pub type Figures<'t> = BTreeMap<&'t str, Figure>;

/// Reads a mapping of resources to quantities. What is no quantity was refused before.
pub fn figures(node: Option<Node<'_>>) -> Figures<'_> {
    let entries = node.map(Node::entries).unwrap_or_default().into_iter();
    let read = entries.filter_map(|e| {
        Some((e.key.scalar()?, Figure { amount: Amount::of(e.value)?, span: Some(e.value.own_span()) }))
    });
    read.collect()
}

/// What one container asks for.
#[derive(Clone, Debug)]
pub struct ContainerUse<'t> {
    /// The container.
    pub container: Container<'t>,
    /// Its requests.
    pub requests: Figures<'t>,
    /// Its limits.
    pub limits: Figures<'t>,
}

/// What a pod asks for.
#[derive(Clone, Debug)]
pub struct PodUse<'t> {
    /// Container by container, init containers first.
    pub containers: Vec<ContainerUse<'t>>,
    /// What its runtime takes for itself.
    pub overhead: Figures<'t>,
}

impl<'t> PodUse<'t> {
    /// Of a pod as it is when the API server has decoded it, before any admission plugin.
    pub fn of(template: PodTemplate<'t>) -> Self {
        let containers = template.containers().filter(|c| c.class != Class::Ephemeral).map(|container| {
            let limits = figures(container.node.at(&["resources", "limits"]));
            let mut requests = figures(container.node.at(&["resources", "requests"]));
            for (name, limit) in &limits {
                requests.entry(name).or_insert(*limit);
            }
            ContainerUse { container, requests, limits }
        });
        Self { containers: containers.collect(), overhead: Figures::new() }
    }

    /// The containers as the API server lists them: main ones first.
    pub fn in_order(&self) -> impl Iterator<Item = &ContainerUse<'t>> {
        let main = |c: &&ContainerUse<'t>| c.container.class == Class::Main;
        self.containers.iter().filter(main).chain(self.containers.iter().filter(move |c| !main(c)))
    }

    /// What is requested for the whole, without overhead.
    pub fn requests(&self) -> Figures<'t> {
        self.total(|c| &c.requests)
    }

    /// What the whole is limited to, without overhead.
    pub fn limits(&self) -> Figures<'t> {
        self.total(|c| &c.limits)
    }

    /// Requests with what the runtime takes.
    pub fn charged_requests(&self) -> Figures<'t> {
        let mut all = self.requests();
        add(&mut all, &self.overhead);
        all
    }

    /// Limits with what the runtime takes, where there is a limit.
    pub fn charged_limits(&self) -> Figures<'t> {
        let mut all = self.limits();
        let limited = |name: &&str| all.get(name).is_some_and(|f| !f.amount.is_zero());
        let more = self.overhead.iter().filter(|(name, _)| limited(name)).map(|(n, f)| (*n, *f)).collect();
        add(&mut all, &more);
        all
    }

    /// Main containers and sidecars together, and at least what the init containers need one after the other.
    fn total(&self, of: impl for<'c> Fn(&'c ContainerUse<'t>) -> &'c Figures<'t>) -> Figures<'t> {
        let (mut all, mut beside, mut first) = (Figures::new(), Figures::new(), Figures::new());
        for one in self.containers.iter().filter(|c| c.container.class == Class::Main) {
            add(&mut all, of(one));
        }
        for one in self.containers.iter().filter(|c| c.container.class != Class::Main) {
            if one.container.class == Class::Sidecar {
                add(&mut all, of(one));
                add(&mut beside, of(one));
                greater(&mut first, &beside);
            } else {
                let mut needs = of(one).clone();
                add(&mut needs, &beside);
                greater(&mut first, &needs);
            }
        }
        greater(&mut all, &first);
        all
    }

    /// Whether nothing in it asks for CPU or memory (`GetPodQOS`).
    pub fn is_best_effort(&self) -> bool {
        let asks = |all: &Figures<'_>| {
            ["cpu", "memory"].iter().any(|name| all.get(name).is_some_and(|f| f.amount > Amount::ZERO))
        };
        !self.containers.iter().any(|c| asks(&c.requests) || asks(&c.limits))
    }
}

fn add<'t>(to: &mut Figures<'t>, more: &Figures<'t>) {
    for (name, figure) in more {
        let one = to.entry(name).or_insert(Figure { amount: Amount::ZERO, ..*figure });
        one.amount = one.amount.plus(figure.amount);
    }
}

fn greater<'t>(to: &mut Figures<'t>, other: &Figures<'t>) {
    for (name, figure) in other {
        let one = to.entry(name).or_insert(*figure);
        if figure.amount > one.amount {
            *one = *figure;
        }
    }
}
