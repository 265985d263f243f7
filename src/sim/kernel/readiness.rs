//! Whether a pod that runs becomes ready: a probe of a port on which nobody listens keeps it out of its Services, or
//! restarts it for ever.

use super::chain::End;
use super::listening;
use super::pod::PodView;
use super::process::Process;
use crate::model::Container;
use crate::parse::Node;
use crate::sim::world::World;
use crate::sim::{Reason, Verdict};

/// What the kubelet does of its own accord in a container, and what people call it.
const HANDLERS: &[(&[&str], &str)] = &[
    (&["startupProbe"], "startupProbe"),
    (&["readinessProbe"], "readinessProbe"),
    (&["livenessProbe"], "livenessProbe"),
    (&["lifecycle", "postStart"], "postStart hook"),
];

/// The ports that a handler may ask.
const PORTS: [[&str; 2]; 3] = [["httpGet", "port"], ["tcpSocket", "port"], ["grpc", "port"]];
/// The hosts that it may ask instead of the pod.
const HOSTS: [[&str; 2]; 2] = [["httpGet", "host"], ["tcpSocket", "host"]];

/// Becomes the pod ready? Otherwise the verdict that says why not.
pub(super) fn ready(world: &World, pod: &PodView<'_>) -> Result<(), Verdict> {
    if let Some(gate) = pod.template.spec.get("readinessGates").and_then(|g| g.items().next()) {
        let text = "readinessGates wait for a condition that nobody sets, so that the pod is never ready";
        return Err(Verdict::denied(Reason::at(text, gate.own_span())));
    }
    for container in pod.steady() {
        for (path, name) in HANDLERS {
            if let Some(node) = container.node.at(path) {
                Handler { world, pod, container, name, node }.succeeds()?;
            }
        }
    }
    Ok(())
}

/// A probe or a hook of a container.
struct Handler<'a, 'w> {
    world: &'w World,
    pod: &'a PodView<'w>,
    container: Container<'w>,
    name: &'static str,
    node: Node<'w>,
}

impl Handler<'_, '_> {
    fn succeeds(&self) -> Result<(), Verdict> {
        if let Some(host) = HOSTS.iter().find_map(|path| self.node.at(path)) {
            let text = format!("{} asks another host, which is not modelled", self.title());
            let because = vec![Reason::at(text, host.own_span())];
            return Err(Verdict { because, ..Verdict::unmodelled("") });
        }
        if let Some(port) = PORTS.iter().find_map(|path| self.node.at(path)) {
            return self.answered(port);
        }
        self.node.at(&["exec", "command"]).map_or(Ok(()), |command| self.executes(command))
    }

    /// Something listens on the port.
    fn answered(&self, port: Node<'_>) -> Result<(), Verdict> {
        let number = listening::named(self.pod, port)?;
        let answered = self.pod.steady().any(|container| {
            let Ok(process) = Process::of(self.world, self.pod, container) else { return false };
            let End::Runs(listens) = &process.end else { return false };
            listens.iter().any(|l| listening::port(&process, l).is_ok_and(|p| p.number == number))
        });
        if answered {
            return Ok(());
        }
        let text = format!(
            "{} asks port {number}, where nothing listens, so that the pod is never ready",
            self.title()
        );
        Err(Verdict::denied(Reason::at(text, port.own_span()))
            .evidence(format!("probe failed: dial tcp: connect to port {number}: connection refused")))
    }

    /// The image has the program.
    fn executes(&self, command: Node<'_>) -> Result<(), Verdict> {
        let program = command.items().next().and_then(Node::as_str).unwrap_or("");
        match Process::of(self.world, self.pod, self.container) {
            Ok(process) if !process.has_program(program) => {
                let text = format!(
                    "{} executes `{program}`, which its image does not have, so that it always fails",
                    self.title()
                );
                Err(Verdict::denied(Reason::at(text, command.own_span()))
                    .evidence(format!("exec: \"{program}\": executable file not found in $PATH")))
            }
            _ => Ok(()),
        }
    }

    fn title(&self) -> String {
        format!("the {} of {}", self.name, self.container.title())
    }
}
