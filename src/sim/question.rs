//! Questions in words to typed ones: a probe of `lab.toml`, or a line of `sim NAME --cases`, with all that is
//! wrong with it.
//!
//! Each simulator that is asked of a world has one line in the table of doors, which names its fields.

use std::sync::Arc;

use serde_json::Value;

use crate::parse::{Kind, Node, json};
use crate::sim::admission::{admit, gatekeeper, policy};
use crate::sim::cases::Simulator;
use crate::sim::kernel::{
    PodName, PodView, admitted, file, identity, neighbour, operation, service, setuid, start,
};
use crate::sim::network::{self, Protocol};
use crate::sim::rbac::probe as rbac;
use crate::sim::scheduling;
use crate::sim::world::{BOUNDARIES, World};
use crate::sim::{Answer, Verdict};
use crate::text::{Finding, near};

/// The container name that means each of them.
const EVERY: &str = "*";
/// How many questions a probe may be short for.
const MOST: usize = 4096;

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
                    file::Target::Same { path, node } => {
                        format!("{word} of the node's {node} at {path} by {who}")
                    }
                }
            }
            Self::Setuid(q) => format!("raising {} with {}", who(&q.container, &q.pod), q.path),
            Self::Process(q) => {
                let what = match q.operation {
                    neighbour::Operation::See => "seeing",
                    neighbour::Operation::ReadMemory => "reading the memory of",
                    neighbour::Operation::Signal => "stopping",
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
            Self::PodSecurity(admitted::Question { pod }) | Self::Admit(admit::Question { pod }) => {
                format!("admission of the pods of {pod}")
            }
            Self::AdmissionPolicy(q) => format!("{} of {} by {}", q.operation, q.object, q.user),
            Self::Gatekeeper(q) => q.says(),
            Self::Rbac(q) => q.to_string(),
            Self::Scheduling(q) => q.says(),
        }
    }
}

/// The container, or each of them, in a sentence.
fn who(container: &str, pod: &PodName) -> String {
    if container == EVERY { format!("any container of {pod}") } else { format!("`{container}` of {pod}") }
}

fn word<T: PartialEq + Copy>(table: &[(&'static str, T)], value: T) -> &'static str {
    table.iter().find(|(_, v)| *v == value).map_or("?", |(word, _)| word)
}

/// How a simulator reads a probe.
struct Door {
    name: &'static str,
    fields: &'static [&'static str],
    read: fn(&mut Fields<'_, '_>) -> Option<Ask>,
}

/// The simulators that a probe may ask, by name.
const DOORS: &[Door] = &[
    Door { name: "admit", fields: &["pod"], read: |f| Some(Ask::Admit(admit::Question { pod: f.pod()? })) },
    Door {
        name: "admission-policy",
        fields: &["object", "operation", "user", "groups"],
        read: |f| {
            let object = f.text("object")?;
            let (operation, user, groups) = (f.text_if("operation"), f.text_if("user"), f.text_if("groups"));
            match policy::read(&object, operation.as_deref(), user.as_deref(), groups.as_deref()) {
                Ok(question) => Some(Ask::AdmissionPolicy(question)),
                Err(text) => {
                    f.refuse(f.node, text);
                    None
                }
            }
        },
    },
    Door {
        name: "file",
        fields: &["pod", "container", "path", "option", "node", "claim", "operation"],
        read: |f| {
            let (pod, container) = f.pod_and_container()?;
            let claim = f.text_if("claim");
            let target = match (f.text_if("path"), f.text_if("option"), f.text_if("node")) {
                (Some(path), None, None) => match claim {
                    Some(claim) => file::Target::Claim { claim, path },
                    None => file::Target::Container(path),
                },
                (None, None, Some(path)) => file::Target::Node(path),
                (Some(path), None, Some(node)) => file::Target::Same { path, node },
                (None, Some(option), Some(node)) => file::Target::Meant { option, node },
                _ => {
                    f.refuse(
                        f.node,
                        "a file probe names `path` (the container's), `node` (the node's) or both, or `option` and `node`",
                    );
                    return None;
                }
            };
            let operation = f.word("operation", file::OPERATIONS)?;
            Some(Ask::File(file::Question { pod, container, target, operation }))
        },
    },
    Door {
        name: "gatekeeper",
        fields: &["object", "operation", "old"],
        read: |f| {
            let object = f.text("object")?;
            let operation = if f.has("operation") {
                f.word("operation", gatekeeper::OPERATIONS)?
            } else {
                gatekeeper::Operation::Create
            };
            let old = f.text_if("old");
            Some(Ask::Gatekeeper(gatekeeper::Question { object, operation, old }))
        },
    },
    Door {
        name: "identity",
        fields: &["pod", "container", "uid", "view"],
        read: |f| {
            let (pod, container) = f.pod_and_container()?;
            let uid = f.number("uid")?;
            let view =
                if f.has("view") { f.word("view", identity::VIEWS)? } else { identity::View::Container };
            Some(Ask::Identity(identity::Question { pod, container, uid, view }))
        },
    },
    Door {
        name: "kernel",
        fields: &["pod", "container", "operation", "port"],
        read: |f| {
            let (pod, container) = f.pod_and_container()?;
            let mut operation = f.word("operation", operation::OPERATIONS)?;
            if let operation::Operation::Bind(port) = &mut operation {
                *port = f.number("port")?;
            } else if f.has("port") {
                f.refuse(f.node, "`port` goes with `operation = \"bind\"` alone");
            }
            Some(Ask::Kernel(operation::Question { pod, container, operation }))
        },
    },
    Door {
        name: "network-policy",
        fields: &["from", "to", "port", "protocol"],
        read: |f| {
            let (from, to) = (f.text("from")?, f.text("to")?);
            let port = f.number("port")?;
            let Ok(port) = u16::try_from(port) else {
                f.refuse(f.node, format!("{port} is no port"));
                return None;
            };
            let protocol =
                if f.has("protocol") { f.word("protocol", Protocol::WORDS)? } else { Protocol::Tcp };
            Some(Ask::Network(network::Probe { from, to, port, protocol }))
        },
    },
    Door {
        name: "pod-security",
        fields: &["pod"],
        read: |f| Some(Ask::PodSecurity(admitted::Question { pod: f.pod()? })),
    },
    Door {
        name: "process",
        fields: &["pod", "container", "target", "operation"],
        read: |f| {
            let (pod, container) = f.pod_and_container()?;
            let (target, operation) = (f.text("target")?, f.word("operation", neighbour::OPERATIONS)?);
            Some(Ask::Process(neighbour::Question { pod, container, target, operation }))
        },
    },
    Door {
        name: "rbac",
        fields: rbac::FIELDS,
        read: |f| match rbac::read(&mut |key| f.text_if(key)) {
            Ok(question) => Some(Ask::Rbac(question)),
            Err(what) => {
                f.refuse(f.node, what);
                None
            }
        },
    },
    Door {
        name: "scheduling",
        fields: &["pod", "node", "runs"],
        read: |f| {
            let (pod, node) = (f.pod()?, f.text_if("node"));
            let runs = if f.has("runs") { Some(f.word("runs", BOUNDARIES)?) } else { None };
            Some(Ask::Scheduling(scheduling::Question { pod, node, runs }))
        },
    },
    Door {
        name: "service",
        fields: &["service", "port", "from"],
        read: |f| {
            let name = f.text("service")?;
            let (namespace, service) = match name.split_once('/') {
                Some((namespace, name)) => (Some(namespace.to_owned()), name.to_owned()),
                None => (None, name),
            };
            let outside = f.has("from") && f.word("from", service::CLIENTS)?;
            Some(Ask::Service(service::Question { namespace, service, port: f.number("port")?, outside }))
        },
    },
    Door {
        name: "setuid",
        fields: &["pod", "container", "path"],
        read: |f| {
            let (pod, container) = f.pod_and_container()?;
            Some(Ask::Setuid(setuid::Question { pod, container, path: f.text("path")? }))
        },
    },
    Door {
        name: "start",
        fields: &["pod", "container", "program", "role"],
        read: |f| {
            let (pod, container) = f.pod_and_container()?;
            let role = if f.has("role") { Some(f.word("role", start::ROLES)?) } else { None };
            Some(Ask::Start(start::Question { pod, container, program: f.text_if("program"), role }))
        },
    },
];

const EXPECT: &[(&str, Answer)] = &[("allowed", Answer::Allowed), ("denied", Answer::Denied)];

/// The machine interface's doors: `objects` and the question's fields in, `allowed` and why out.
macro_rules! simulators {
    ($($constant:ident = $name:literal: $asks:literal),* $(,)?) => {$(
        #[doc = concat!("`sim ", $name, " --cases`.")]
        pub const $constant: Simulator =
            Simulator { name: $name, asks: $asks, answer: |input| case($name, input) };
    )*};
}

simulators! {
    FILE = "file": "may a container's process touch this file?",
    IDENTITY = "identity": "does a container's process run as this UID?",
    KERNEL = "kernel": "may a container mount, load a module, open a raw socket, bind a port, reach a bug?",
    PROCESS = "process": "may a container see, signal or read another process?",
    SERVICE = "service": "does a client of a Service reach a program?",
    SETUID = "setuid": "does a set-user-ID file raise a container's process?",
    START = "start": "does a container start?",
}

/// The world of a case: `objects`, Kubernetes' and our own kinds.
pub(super) fn world(input: Node<'_>) -> Result<World, String> {
    let items =
        input.get("objects").filter(|o| o.kind() == Kind::Seq).ok_or("objects: missing, or not a list")?;
    let tree = json::from_value(&serde_json::json!({ "kind": "List", "items": json::to_value(items) }));
    let (world, findings) = World::read(vec![Arc::new(tree)]);
    if findings.is_empty() { Ok(world) } else { Err(format!("objects: {}", said(&findings))) }
}

fn said(findings: &[Finding]) -> String {
    findings.iter().map(|f| f.title.clone()).collect::<Vec<_>>().join("; ")
}

/// One case: the world is `objects`, Kubernetes' and our own kinds; the question must name one container.
fn case(name: &str, input: Node<'_>) -> Result<Value, String> {
    let world = world(input)?;
    let mut findings = Vec::new();
    let door = DOORS.iter().find(|d| d.name == name).ok_or("there is no such simulator")?;
    let values = input.entries().into_iter().filter_map(|e| Some((e.key.scalar()?, e.value))).collect();
    let ask = (door.read)(&mut Fields { node: input, values, findings: &mut findings });
    let Some(ask) = ask.filter(|_| findings.is_empty()) else { return Err(said(&findings)) };
    let mut answers = ask.containers(&world).into_iter().map(|one| one.answer(&world)).collect::<Vec<_>>();
    let one = answers.pop().filter(|_| answers.is_empty()).ok_or("container: name one container")?;
    let because: Vec<_> = one.because.iter().map(|r| r.text.as_str()).collect();
    match one.answer {
        Answer::Unmodelled => Err(because.join("; ")),
        answer => Ok(serde_json::json!({ "allowed": answer == Answer::Allowed, "because": because })),
    }
}

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

type Values<'t> = Vec<(&'t str, Node<'t>)>;

/// Every combination of the values of a probe's lists.
fn product(probe: Node<'_>) -> Vec<Values<'_>> {
    let mut out: Vec<Values<'_>> = vec![Vec::new()];
    for entry in probe.entries() {
        let Some(key) = entry.key.scalar() else { continue };
        let values: Vec<_> =
            if entry.value.kind() == Kind::Seq { entry.value.items().collect() } else { vec![entry.value] };
        if out.len() * values.len() > MOST {
            break;
        }
        let longer = out.iter().flat_map(|known| {
            values.iter().map(move |value| known.iter().copied().chain([(key, *value)]).collect())
        });
        out = longer.collect();
    }
    out
}

struct Fields<'t, 'f> {
    node: Node<'t>,
    values: Values<'t>,
    findings: &'f mut Vec<Finding>,
}

impl<'t> Fields<'t, '_> {
    fn get(&self, key: &str) -> Option<Node<'t>> {
        self.values.iter().find(|(k, _)| *k == key).map(|(_, value)| *value)
    }

    fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    fn refuse(&mut self, at: Node<'_>, what: impl Into<String>) {
        self.findings.push(Finding::error("probe-field", what, at.own_span()).help("mend the probe"));
    }

    fn need(&mut self, key: &str) -> Option<Node<'t>> {
        let value = self.get(key);
        if value.is_none() {
            self.findings.push(
                Finding::error("probe-field", format!("the probe needs `{key}`"), self.node.own_span())
                    .help(format!("add `{key} = …`")),
            );
        }
        value
    }

    fn text(&mut self, key: &str) -> Option<String> {
        let node = self.need(key)?;
        let text = node.as_str().filter(|t| !t.is_empty());
        if text.is_none() {
            self.refuse(node, format!("`{key}` is {}, not a string", node.kind().word()));
        }
        text.map(str::to_owned)
    }

    fn text_if(&mut self, key: &str) -> Option<String> {
        if self.has(key) { self.text(key) } else { None }
    }

    fn number(&mut self, key: &str) -> Option<u32> {
        let node = self.need(key)?;
        let number = node.as_int().and_then(|n| u32::try_from(n).ok());
        if number.is_none() {
            self.refuse(node, format!("`{key}` is no number from 0"));
        }
        number
    }

    fn word<T: Copy>(&mut self, key: &str, table: &[(&'static str, T)]) -> Option<T> {
        let text = self.text(key)?;
        let found = table.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        if found.is_none() {
            let span = self.get(key).map_or(self.node.own_span(), Node::own_span);
            self.findings.push(
                Finding::error("probe-field", format!("`{key}` cannot be `{text}`"), span)
                    .help(near::suggest(&text, table.iter().map(|(word, _)| *word))),
            );
        }
        found
    }

    fn pod(&mut self) -> Option<PodName> {
        let text = self.text("pod")?;
        let pod = PodName::parse(&text);
        if pod.is_none() {
            let node = self.get("pod").unwrap_or(self.node);
            self.refuse(node, "`pod` is `NAME`, `KIND/NAME`, `NAMESPACE/NAME` or `NAMESPACE/KIND/NAME`");
        }
        pod
    }

    fn pod_and_container(&mut self) -> Option<(PodName, String)> {
        let pod = self.pod()?;
        let container = if self.has("container") { self.text("container")? } else { EVERY.to_owned() };
        Some((pod, container))
    }
}
