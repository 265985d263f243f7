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
    Yes,
}

impl Rule {
    /// Whether the other end fits: a pod by its index, or an address.
    pub(super) fn peer(&self, pod: Option<(u32, &Pod)>, address: Option<IpAddr>) -> Fit {
        if self.peers.is_empty() {
            return Fit::Yes;
        }
        let fit = |peer: &Peer| match (peer, pod) {
            (Peer::Pods(set), Some((at, pod))) if !pod.on_host => {
                if set.holds(at) {
                    Fit::Yes
                } else {
                    Fit::No
                }
            }
            (Peer::Pods(_), _) => Fit::No,
            (Peer::Block { block, except }, pod) => {
                let known = pod.map_or(&[][..], |(_, pod)| pod.addresses.as_slice());
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
        };
        self.peers.iter().map(fit).max().unwrap_or(Fit::No)
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
