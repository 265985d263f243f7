//! Questions in words to typed ones: a probe of `lab.toml`, or a line of `sim NAME --cases`, with all that is
//! wrong with it.
//!
//! Each simulator that is asked of a world has one line in the table of doors, which names its fields; what a
//! question says of itself and who answers it stands in [`Ask`].

mod cases;
mod doors;
mod fields;

pub use cases::{FILE, IDENTITY, KERNEL, PROCESS, SERVICE, SETUID, START};
pub(super) use cases::{asked, world};

use doors::DOORS;
use fields::{Fields, product};

use crate::parse::Node;
use crate::sim::admission::{admit, gatekeeper, image, kyverno, policy};
use crate::sim::kernel::{
    PodName, PodView, admitted, file, identity, neighbour, operation, service, setuid, start,
};
use crate::sim::network;
use crate::sim::rbac::probe as rbac;
use crate::sim::scheduling;
use crate::sim::world::World;
use crate::sim::{Answer, Verdict};
use crate::text::{Finding, near};

/// The container name that means each of them.
const EVERY: &str = "*";

/// One question to one simulator.
#[derive(Clone, Debug, PartialEq)]
pub enum Ask {
    /// Does a container start?
    Start(start::Question),
    /// Does it run as this UID?
    Identity(identity::Question),
    /// May it do this to a file?
    File(file::Question),
    /// Does this file raise it?
    Setuid(setuid::Question),
    /// May it do this to another process?
    Process(neighbour::Question),
    /// May it do this to the kernel?
    Kernel(operation::Question),
    /// Does a client reach it?
    Service(service::Question),
    /// Does a connection pass the network policies of both ends?
    Network(network::Probe),
    /// Does Pod Security take its pods?
    PodSecurity(admitted::Question),
    /// Does every stage of admission take them?
    Admit(admit::Question),
    /// Does a pod land somewhere?
    Scheduling(scheduling::Question),
    /// Do roles and bindings let it?
    Rbac(rbac::Question),
    /// Do the cluster's policies let a request through?
    AdmissionPolicy(policy::Question),
    /// Do the constraints let it in?
    Gatekeeper(gatekeeper::Question),
    /// Do the policies of image signatures?
    ImagePolicy(image::Question),
    /// Do Kyverno's policies let it in, and what do they make?
    Kyverno(kyverno::Question),
}

/// A question and the answer that the lab wants.
#[derive(Clone, Debug, PartialEq)]
pub struct Probe {
    /// The question.
    pub ask: Ask,
    /// The answer that is wanted.
    pub expect: Answer,
}

impl Ask {
    /// This question of each container, where it asks for every one, on each node that the pod may land on.
    pub fn spread(&self, world: &World) -> Vec<Self> {
        if let Self::Network(probe) = self {
            return network::probe::spread(world, probe).into_iter().map(Self::Network).collect();
        }
        self.containers(world).into_iter().flat_map(|one| one.nodes(world)).collect()
    }

    fn nodes(self, world: &World) -> Vec<Self> {
        let mut probe = self;
        let pod = probe.place().and_then(|(pod, _)| PodView::find(world, pod).ok());
        let nodes: Vec<String> =
            pod.into_iter().flat_map(|p| scheduling::spread(world, p)).filter_map(|p| p.node).collect();
        let one = |node: &String| {
            let mut one = probe.clone();
            if let Some((pod, _)) = one.place() {
                pod.node = Some(node.clone());
            }
            one
        };
        if nodes.is_empty() { vec![probe] } else { nodes.iter().map(one).collect() }
    }

    /// This question of each container, where it asks for every one; itself otherwise.
    fn containers(&self, world: &World) -> Vec<Self> {
        let mut probe = self.clone();
        let Some((pod, container)) = probe.place() else { return vec![probe] };
        if container.as_str() != EVERY {
            return vec![probe];
        }
        let Ok(pod) = PodView::find(world, &pod.clone()) else { return vec![probe] };
        let names: Vec<String> = pod.containers().map(|c| c.name.to_owned()).collect();
        let spread = names.into_iter().map(|name| {
            let mut one = self.clone();
            if let Some((_, container)) = one.place() {
                *container = name;
            }
            one
        });
        spread.collect()
    }

    fn place(&mut self) -> Option<(&mut PodName, &mut String)> {
        match self {
            Self::Start(q) => Some((&mut q.pod, &mut q.container)),
            Self::Identity(q) => Some((&mut q.pod, &mut q.container)),
            Self::File(q) => Some((&mut q.pod, &mut q.container)),
            Self::Setuid(q) => Some((&mut q.pod, &mut q.container)),
            Self::Process(q) => Some((&mut q.pod, &mut q.container)),
            Self::Kernel(q) => Some((&mut q.pod, &mut q.container)),
            _ => None,
        }
    }

    /// Asks it.
    pub fn answer(&self, world: &World) -> Verdict {
        match self {
            Self::Start(q) => start::ask(world, q),
            Self::Identity(q) => identity::ask(world, q),
            Self::File(q) => file::ask(world, q),
            Self::Setuid(q) => setuid::ask(world, q),
            Self::Process(q) => neighbour::ask(world, q),
            Self::Kernel(q) => operation::ask(world, q),
            Self::Service(q) => service::ask(world, q),
            Self::Network(q) => network::probe::ask(world, q),
            Self::PodSecurity(q) => admitted::ask(world, q),
            Self::Scheduling(q) => scheduling::ask(world, q),
            Self::Admit(q) => admit::ask(world, q),
            Self::Rbac(q) => rbac::ask(world, q),
            Self::AdmissionPolicy(q) => policy::ask(world, q),
            Self::Gatekeeper(q) => gatekeeper::ask(world, q),
            Self::ImagePolicy(q) => image::ask(world, q),
            Self::Kyverno(q) => kyverno::ask(world, q),
        }
    }

    /// What is asked, as the subject of a sentence.
    pub fn says(&self) -> String {
        match self {
            Self::Start(q) => {
                let program = q.program.as_ref().map_or_else(String::new, |p| format!(" with {p}"));
                let role = q.role.map_or_else(String::new, |r| format!(" {}", r.says()));
                format!("starting {}{program}{role}", who(&q.container, &q.pod))
            }
            Self::Identity(q) => format!("running {} as UID {}", who(&q.container, &q.pod), q.uid),
            Self::File(q) => {
                let (word, who) = (word(file::OPERATIONS, q.operation), who(&q.container, &q.pod));
                match &q.target {
                    file::Target::Container(path) => format!("{word} of {path} by {who}"),
                    file::Target::Node(path) => format!("{word} of the node's {path} by {who}"),
                    file::Target::Claim { claim, path } => {
                        format!("{word} of {path} on the volume `{claim}` by {who}")
                    }
                    file::Target::Meant { option, node } => {
                        format!("{word} of the node's {node} by {who}, where its {option} looks for it,")
                    }
                    file::Target::Written { path, by } => {
                        format!("{word} of {path} by {who}, which its container `{by}` wrote,")
                    }
                    file::Target::Same { path, node } => {
                        format!("{word} of the node's {node} at {path} by {who}")
                    }
                }
            }
            Self::Setuid(q) => format!("raising {} with {}", who(&q.container, &q.pod), q.path),
            Self::Process(q) => {
                let what = match q.operation {
                    neighbour::Operation::See => "seeing process",
                    neighbour::Operation::ReadMemory => "reading the memory of process",
                    neighbour::Operation::Signal => "stopping process",
                };
                format!("{what} `{}` by {}", q.target, who(&q.container, &q.pod))
            }
            Self::Kernel(q) => match q.operation {
                operation::Operation::Bind(port) => {
                    format!("bind to port {port} by {}", who(&q.container, &q.pod))
                }
                other => {
                    let what = match other {
                        operation::Operation::LoadModule => "loading a module into the kernel",
                        operation::Operation::Mount => "mounting a file system",
                        operation::Operation::MountDisk => "mounting the node's disk",
                        operation::Operation::Exploit => "reaching a bug of the node's kernel",
                        operation::Operation::CorePattern => "setting the kernel's core_pattern",
                        operation::Operation::RawSocket | operation::Operation::Bind(_) => {
                            "opening a raw socket"
                        }
                    };
                    format!("{what} by {}", who(&q.container, &q.pod))
                }
            },
            Self::Service(q) => {
                let from = if q.outside { " from outside the cluster" } else { "" };
                format!("reaching service {} on port {}{from}", q.service, q.port)
            }
            Self::Network(q) => {
                format!("a connection from {} to {} on {}/{}", q.from, q.to, q.port, q.protocol.word())
            }
            Self::PodSecurity(admitted::Question { pod }) | Self::Admit(admit::Question { pod, .. }) => {
                // Who names no kind of workload means a pod.
                let of = if pod.kind.is_none_or(|kind| kind == "Pod") { "" } else { "the pods of " };
                format!("admission of {of}{pod}")
            }
            Self::AdmissionPolicy(q) => format!("{} of {} by {}", q.operation, q.object, q.user),
            Self::Gatekeeper(q) => q.says(),
            Self::ImagePolicy(q) => q.says(),
            Self::Kyverno(q) => q.says(),
            Self::Rbac(q) => q.to_string(),
            Self::Scheduling(q) => q.says(),
        }
    }
}

/// The container, or each of them, in a sentence.
fn who(container: &str, pod: &PodName) -> String {
    if container == EVERY {
        format!("any container of {pod}")
    } else {
        format!("container `{container}` of {pod}")
    }
}

fn word<T: PartialEq + Copy>(table: &[(&'static str, T)], value: T) -> &'static str {
    table.iter().find(|(_, v)| *v == value).map_or("?", |(word, _)| word)
}

const EXPECT: &[(&str, Answer)] = &[("allowed", Answer::Allowed), ("denied", Answer::Denied)];

/// Reads a probe: all questions that it is short for. Lists in it mean each of their values.
pub fn read(probe: Node<'_>, findings: &mut Vec<Finding>) -> Vec<Probe> {
    let Some(sim) = probe.get("sim") else {
        findings
            .push(Finding::error("probe", "a probe names its simulator", probe.own_span()).help("add `sim`"));
        return Vec::new();
    };
    let names = DOORS.iter().map(|d| d.name);
    let Some(door) = DOORS.iter().find(|d| Some(d.name) == sim.as_str()) else {
        let word = sim.scalar().unwrap_or("");
        findings.push(
            Finding::error("probe-sim", format!("no simulator is called `{word}`"), sim.own_span())
                .help(near::suggest(word, names)),
        );
        return Vec::new();
    };
    let known: Vec<&str> = door.fields.iter().copied().chain(["sim", "expect"]).collect();
    for entry in probe.entries() {
        let key = entry.key.scalar().unwrap_or("");
        if !known.contains(&key) {
            findings.push(
                Finding::error(
                    "probe-field",
                    format!("`{}` does not ask about `{key}`", door.name),
                    entry.key.own_span(),
                )
                .help(near::suggest(key, known.iter().copied())),
            );
        }
    }
    let mut out = Vec::new();
    for values in product(probe) {
        let before = findings.len();
        let mut fields = Fields { node: probe, values, findings };
        let (expect, ask) = (fields.word("expect", EXPECT), (door.read)(&mut fields));
        if let (Some(expect), Some(ask)) = (expect, ask) {
            out.push(Probe { ask, expect });
        }
        // The other combinations would say the same again.
        if findings.len() > before {
            break;
        }
    }
    out
}
