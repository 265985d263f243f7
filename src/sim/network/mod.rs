//! NetworkPolicy (`networking.k8s.io/v1`) and `ClusterNetworkPolicy` (`policy.networking.k8s.io/v1alpha2`): may this end
//! reach that one, and by which rule of which policy?
//!
//! After kubernetes `staging/src/k8s.io/api/networking/v1/types.go` and the documentation's "Network Policies": egress
//! of the source and ingress of the destination must both let traffic through; a pod that no policy selects in a
//! direction is open in it; policies add up; peers of a rule are alternatives. A pod always reaches itself, and
//! its own node always reaches it. Built once, then asked; answers carry the line that decides.
//!
//! A Service is asked through its pods, on their port: policies see the packet after the address was rewritten.
//!
//! What the specification leaves to the plugin is not judged: ends on the node's own network, addresses of Services.

mod ask;
mod build;
mod cases;
mod cluster;
mod end;
mod policy;
pub mod probe;
mod refused;
mod service;
mod side;
mod tell;
mod tier;

pub use ask::{End, Protocol, Question};
pub use build::refused_policy as refused;
pub use cases::SIMULATOR;
pub use end::Pod;
pub use probe::Probe;

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::Reason;
use crate::model::cidr::address_of;
use ask::{EGRESS, WAYS};
use policy::Policy;
use service::Service;
use tier::Tiers;

/// Pods and the policies that select them, ready to be asked.
#[derive(Debug, Default)]
pub struct Network {
    pods: Vec<Pod>,
    /// Pods by namespace and name; where workloads share a name, each of them.
    names: BTreeMap<(String, String), Vec<u32>>,
    /// Pods by their addresses.
    addresses: BTreeMap<IpAddr, u32>,
    /// The Services, and their cluster addresses.
    services: Vec<Service>,
    service_addresses: BTreeMap<IpAddr, u32>,
    policies: Vec<Policy>,
    /// By namespace the policies that select no pod.
    idle: BTreeMap<String, Vec<u32>>,
    /// For each pod the policies that select it, by direction: ingress, then egress.
    selected: Vec<[Vec<u32>; 2]>,
    /// The cluster's policies.
    tiers: Tiers,
    /// What of a namespace's policies the API server would refuse.
    broken: BTreeMap<String, Vec<Reason>>,
    /// A policy of another kind, which counts beside these.
    foreign: Option<Reason>,
}

impl Network {
    /// The pods, in the order of the world.
    pub fn pods(&self) -> &[Pod] {
        &self.pods
    }

    /// The ends that a text names: an address, a Service as `NAMESPACE/service/NAME`, or pods by a pattern as of
    /// [`Network::named`].
    pub fn ends(&self, text: &str) -> Vec<End> {
        if let Some(address) = address_of(text) {
            return vec![self.end(address)];
        }
        if let [namespace, kind, name] = text.split('/').collect::<Vec<_>>()[..]
            && kind.eq_ignore_ascii_case("service")
        {
            return self.service(namespace, name).into_iter().map(End::Service).collect();
        }
        self.named(text).into_iter().map(End::Pod).collect()
    }

    /// The pods that a pattern names: `NAMESPACE/NAME`, `NAMESPACE/KIND/NAME`, `NAMESPACE/*`, or `*`.
    pub fn named(&self, pattern: &str) -> Vec<u32> {
        if pattern == "*" {
            return (0..self.pods.len() as u32).collect();
        }
        let parts: Vec<&str> = pattern.split('/').collect();
        let (namespace, kind, name) = match parts[..] {
            [namespace, name] => (namespace, None, name),
            [namespace, kind, name] => (namespace, Some(kind), name),
            _ => return Vec::new(),
        };
        if name == "*" {
            let from = self.names.range((namespace.to_owned(), String::new())..);
            let all =
                from.take_while(|((n, _), _)| n == namespace).flat_map(|(_, pods)| pods.iter().copied());
            let mut all: Vec<u32> = all.collect();
            all.sort_unstable();
            return all;
        }
        let found = self.names.get(&(namespace.to_owned(), name.to_owned())).map_or(&[][..], Vec::as_slice);
        let fits = |pod: &Pod| kind.is_none_or(|kind| pod.kind.eq_ignore_ascii_case(kind));
        let fitting: Vec<u32> =
            found.iter().copied().filter(|at| self.pods.get(*at as usize).is_some_and(fits)).collect();
        // A Pod comes before the workloads that happen to have its name.
        let pod = fitting.iter().find(|at| self.pods.get(**at as usize).is_some_and(|p| p.kind == "Pod"));
        pod.map_or(fitting.clone(), |pod| vec![*pod])
    }
}
