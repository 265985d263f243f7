//! The table of doors: how each simulator that may be asked of a world reads its question.

use crate::sim::admission::{OLD, admit, gatekeeper, image, kyverno, policy};
use crate::sim::kernel::{admitted, file, identity, neighbour, operation, service, setuid, start};
use crate::sim::network::{self, Protocol};
use crate::sim::rbac::{Caller, probe as rbac};
use crate::sim::scheduling;
use crate::sim::world::BOUNDARIES;

use super::Ask;
use super::fields::Fields;

/// How a simulator reads a probe.
pub(super) struct Door {
    /// The simulator's name.
    pub(super) name: &'static str,
    /// The fields of its questions.
    pub(super) fields: &'static [&'static str],
    /// The question that they make.
    pub(super) read: fn(&mut Fields<'_, '_>) -> Option<Ask>,
}

/// The simulators that a probe may ask, by name.
pub(super) const DOORS: &[Door] = &[
    Door {
        name: "admit",
        fields: &["pod", "user", "groups"],
        read: |f| {
            let (pod, user, groups) = (f.pod()?, f.text_if("user"), f.text_if("groups"));
            let sender = admit::Question::sender(user.as_deref(), groups.as_deref());
            Some(Ask::Admit(admit::Question { pod, sender }))
        },
    },
    Door {
        name: "admission-policy",
        fields: policy::FIELDS,
        read: |f| {
            f.text("object")?;
            match policy::read(&mut |key| f.text_if(key)) {
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
        fields: &["pod", "container", "path", "by", "option", "node", "claim", "operation"],
        read: |f| {
            let (pod, container) = f.pod_and_container()?;
            let claim = f.text_if("claim");
            let target = match (f.text_if("path"), f.text_if("option"), f.text_if("node")) {
                (Some(path), None, None) => match (claim, f.text_if("by")) {
                    (Some(claim), _) => file::Target::Claim { claim, path },
                    (None, Some(by)) => file::Target::Written { path, by },
                    (None, None) => file::Target::Container(path),
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
        fields: &["object", "operation", "old", "user"],
        read: |f| {
            let object = f.text("object")?;
            let operation = if f.has("operation") {
                f.word("operation", gatekeeper::OPERATIONS)?
            } else {
                gatekeeper::Operation::Create
            };
            let old = f.text_if("old");
            if (operation == gatekeeper::Operation::Update) != old.is_some() {
                f.refuse(f.node, OLD);
                return None;
            }
            let user = f.text_if("user").map(|user| Caller::impersonated(&user, &[]));
            Some(Ask::Gatekeeper(gatekeeper::Question { object, operation, old, user }))
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
        name: "image-policy",
        fields: image::FIELDS,
        read: |f| match image::read(&mut |key| f.text_if(key)) {
            Ok(question) => Some(Ask::ImagePolicy(question)),
            Err(what) => {
                f.refuse(f.node, what);
                None
            }
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
        name: "kyverno",
        fields: kyverno::FIELDS,
        read: |f| {
            let port = if f.has("port") { Some(f.number("port")?.to_string()) } else { None };
            match kyverno::read(&mut |key| if key == "port" { port.clone() } else { f.text_if(key) }) {
                Ok(question) => Some(Ask::Kyverno(question)),
                Err(what) => {
                    f.refuse(f.node, what);
                    None
                }
            }
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
