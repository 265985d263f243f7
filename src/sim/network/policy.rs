//! Policies, compiled: for each peer the set of pods that it means, for each port a range.

use std::net::IpAddr;

use super::ask::Protocol;
use super::end::Pod;
use crate::model::cidr::Cidr;
use crate::text::Span;

/// A policy.
#[derive(Debug)]
pub(super) struct Policy {
    /// `shop/default-deny`.
    pub(super) title: String,
    /// Where it says whom it selects.
    pub(super) selector: Span,
    /// Its rules: of ingress, of egress.
    pub(super) rules: [Vec<Rule>; 2],
}

/// A rule.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) span: Span,
    /// One of them has to fit; none at all: everybody does.
    pub(super) peers: Vec<Peer>,
    /// One of them has to fit; none at all: every port does.
    pub(super) ports: Vec<Port>,
}

/// A peer.
#[derive(Debug)]
pub(super) enum Peer {
    /// These pods.
    Pods(Set),
    /// A block of addresses without some.
    Block { block: Cidr, except: Vec<Cidr> },
    /// Nodes of which nobody says which addresses they have.
    Nodes,
    /// Names, of which nobody says which addresses they have.
    Domains,
}

/// Ports of a protocol.
#[derive(Debug)]
pub(super) struct Port {
    pub(super) protocol: Protocol,
    pub(super) number: Number,
}

/// Which ports.
#[derive(Debug)]
pub(super) enum Number {
    /// All of them.
    Any,
    /// From one to another, both included.
    Range(u16, u16),
    /// What the destination's containers call so.
    Named(String),
}

/// Pods by their index.
#[derive(Debug)]
pub(super) struct Set(Vec<u64>);

impl Set {
    /// No pod of `count`.
    pub(super) fn new(count: usize) -> Self {
        Self(vec![0; count.div_ceil(64)])
    }

    pub(super) fn insert(&mut self, at: u32) {
        if let Some(word) = self.0.get_mut(at as usize / 64) {
            *word |= 1 << (at % 64);
        }
    }

    pub(super) fn holds(&self, at: u32) -> bool {
        self.0.get(at as usize / 64).is_some_and(|word| word >> (at % 64) & 1 == 1)
    }
}

/// Whether something fits, or what would have to be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    No,
    /// A block holds it, and an exception takes it out.
    Cut,
    /// A block of addresses stands there, and the pod's address is not known.
    AddressUnknown,
    /// Nodes or names stand there, and their addresses are not known.
    PeerUnknown,
    Yes,
}

impl Rule {
    /// Whether the other end fits: a pod by its index, or an address; of a pod the address by which it is known, where
    /// there is one, and all of its own otherwise.
    pub(super) fn peer(&self, pod: Option<(u32, &Pod)>, address: Option<IpAddr>) -> Fit {
        if self.peers.is_empty() {
            return Fit::Yes;
        }
        self.peers.iter().map(|peer| peer.fit(pod, address)).max().unwrap_or(Fit::No)
    }

    /// Whether a selector fits, or the rule means everybody: blocks of addresses are passed over.
    pub(super) fn is_about(&self, pod: Option<(u32, &Pod)>) -> bool {
        let selectors = self.peers.iter().filter(|peer| matches!(peer, Peer::Pods(_)));
        self.peers.is_empty() || selectors.map(|peer| peer.fit(pod, None)).any(|fit| fit == Fit::Yes)
    }

    /// Whether a block of it holds one of these addresses, and no exception takes it out.
    pub(super) fn holds(&self, addresses: &[IpAddr]) -> bool {
        let mut all = self.peers.iter().filter(|peer| matches!(peer, Peer::Block { .. }));
        all.any(|peer| addresses.iter().any(|a| peer.fit(None, Some(*a)) == Fit::Yes))
    }

    /// Whether a port of the destination fits.
    pub(super) fn port(&self, destination: Option<&Pod>, protocol: Protocol, number: u16) -> bool {
        let fits = |port: &Port| {
            port.protocol == protocol
                && match &port.number {
                    Number::Any => true,
                    Number::Range(from, to) => (*from..=*to).contains(&number),
                    Number::Named(name) => {
                        destination.and_then(|pod| pod.port(name, protocol)) == Some(number)
                    }
                }
        };
        self.ports.is_empty() || self.ports.iter().any(fits)
    }

    /// Its ports in words: `80/TCP, 8000-8080/TCP`.
    pub(super) fn ports_word(&self) -> String {
        let word = |port: &Port| match &port.number {
            Number::Any => format!("every {} port", port.protocol.word()),
            Number::Range(from, to) if from == to => format!("{from}/{}", port.protocol.word()),
            Number::Range(from, to) => format!("{from}-{to}/{}", port.protocol.word()),
            Number::Named(name) => format!("the port `{name}`/{}", port.protocol.word()),
        };
        self.ports.iter().map(word).collect::<Vec<_>>().join(", ")
    }
}

impl Peer {
    fn fit(&self, pod: Option<(u32, &Pod)>, address: Option<IpAddr>) -> Fit {
        match (self, pod) {
            (Self::Pods(set), Some((at, pod))) if !pod.on_host && set.holds(at) => Fit::Yes,
            (Self::Pods(_), _) => Fit::No,
            (Self::Block { block, except }, pod) => {
                let own = pod.map_or(&[][..], |(_, pod)| pod.addresses.as_slice());
                let known = if address.is_some() { &[][..] } else { own };
                let all = || known.iter().copied().chain(address).filter(|a| block.holds(*a));
                if known.is_empty() && address.is_none() {
                    Fit::AddressUnknown
                } else if all().any(|a| !except.iter().any(|e| e.holds(a))) {
                    Fit::Yes
                } else if all().next().is_some() {
                    Fit::Cut
                } else {
                    Fit::No
                }
            }
            // A pod with a network of its own has no address of a node.
            (Self::Nodes, Some((_, pod))) if !pod.on_host => Fit::No,
            (Self::Nodes | Self::Domains, _) => Fit::PeerUnknown,
        }
    }
}
