//! `service`: does a client of a Service reach a program that listens?
//!
//! Service port, then the pods that its selector finds, then the target port (a number, or a container port's
//! name), then a container that listens there and may bind it. Pods count where Pod Security admits them, they
//! start and are ready. Network policies are not asked here.

use super::operation;
use super::pod::PodView;
use super::process::{End, Process};
use super::start;
use crate::model::{Class, Container, Object, value};
use crate::parse::{Kind, Node};
use crate::sim::scheduling;
use crate::sim::world::{Listen, World};
use crate::sim::{Answer, Reason, Verdict};
use crate::text::Span;

/// The question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The Service's namespace; any where it is not named.
    pub namespace: Option<String>,
    /// The Service's name.
    pub service: String,
    /// The port that the client asks for.
    pub port: u32,
    /// Whether the client is outside the cluster.
    pub outside: bool,
}

/// Where the client is, in the words of questions: whether that is outside.
pub const CLIENTS: &[(&str, bool)] = &[("inside", false), ("outside", true)];

/// Answers it.
pub fn ask(world: &World, question: &Question) -> Verdict {
    let namespace = question.namespace.as_deref();
    let Some(service) = world.object("Service", namespace, &question.service) else {
        return Verdict::denied(Reason::fact(format!("there is no Service `{}`", question.service)));
    };
    let spec = service.node.get("spec");
    if spec.and_then(|s| s.get("type")).and_then(Node::as_str) == Some("ExternalName") {
        return Verdict::unmodelled("Services of type ExternalName are not modelled");
    }
    let ports = spec.and_then(|s| s.get("ports")).and_then(value::list);
    let found = ports.into_iter().flat_map(Node::items).find(|p| {
        p.get("port").and_then(value::integer) == Some(i64::from(question.port))
            && p.get("protocol").and_then(Node::as_str).is_none_or(|t| t == "TCP")
    });
    let Some(port) = found else {
        let span = ports.map_or(service.kind_span(), Node::own_span);
        let text = format!("the Service `{}` has no port {}", question.service, question.port);
        return Verdict::denied(Reason::at(text, span)).evidence("connect: connection refused");
    };
    if let Some(verdict) = spec.filter(|_| question.outside).and_then(|s| shut(service, s, &question.service))
    {
        return verdict;
    }
    let home = service.namespace().unwrap_or("default");
    let selector = match selector(service) {
        Ok(selector) => selector,
        Err(verdict) => return verdict,
    };
    let mut pods: Vec<PodView<'_>> = PodView::all(world)
        .into_iter()
        .filter(|p| p.key.namespace == home && p.key.kind != "PodTemplate" && p.idle.is_none())
        .filter(|p| {
            let labels = p.template.labels();
            selector.iter().all(|s| labels.contains(s))
        })
        .collect();
    if pods.is_empty() {
        let span = spec.and_then(|s| s.get("selector")).map_or(service.kind_span(), Node::own_span);
        return Verdict::denied(Reason::at(
            format!("the selector of `{}` finds no pod", question.service),
            span,
        ))
        .evidence("connect: connection refused (no endpoints)");
    }
    if world
        .objects()
        .iter()
        .any(|o| o.kind() == Some("NetworkPolicy") && o.namespace().unwrap_or("default") == home)
    {
        return Verdict::unmodelled("a NetworkPolicy stands before the pods, which `service` does not judge");
    }
    // kube-proxy spreads connections: each backend has to answer. The first that does not decides.
    let mut last = None;
    for pod in pods.drain(..).flat_map(|pod| scheduling::spread(world, pod)) {
        let verdict = reach(world, &pod, spec, port, question);
        if verdict.answer != Answer::Allowed {
            return verdict;
        }
        last = Some(verdict);
    }
    last.unwrap_or_else(|| Verdict::unmodelled("no pod was judged"))
}

/// Why nobody outside the cluster has this very port: only a load balancer opens it there.
fn shut(service: Object<'_>, spec: Node<'_>, name: &str) -> Option<Verdict> {
    let kind = spec.get("type");
    let word = kind.and_then(Node::as_str).unwrap_or("ClusterIP");
    if word != "LoadBalancer" {
        let text = match word {
            "NodePort" => format!(
                "`{name}` is of type NodePort: outside it has a high port of the nodes, and not its own"
            ),
            _ => format!("`{name}` is of type {word}, which only the cluster reaches"),
        };
        let span = kind.map_or(service.kind_span(), Node::own_span);
        return Some(Verdict::denied(Reason::at(text, span)).evidence("curl: (28) connection timed out"));
    }
    ["loadBalancerSourceRanges", "loadBalancerClass"]
        .into_iter()
        .any(|key| spec.get(key).is_some())
        .then(|| Verdict::unmodelled("loadBalancerSourceRanges and loadBalancerClass are not modelled"))
}

fn selector(service: Object<'_>) -> Result<Vec<(&str, &str)>, Verdict> {
    let node = service.node.at(&["spec", "selector"]).filter(|s| s.kind() == Kind::Map);
    let pairs: Vec<_> = node
        .map(Node::entries)
        .unwrap_or_default()
        .into_iter()
        .filter_map(|e| Some((e.key.scalar()?, e.value.as_str()?)))
        .collect();
    if pairs.is_empty() {
        return Err(Verdict::unmodelled(
            "a Service without a selector has endpoints of its own, which are not modelled",
        ));
    }
    Ok(pairs)
}

fn reach<'w>(
    world: &'w World,
    pod: &PodView<'w>,
    spec: Option<Node<'w>>,
    port: Node<'w>,
    question: &Question,
) -> Verdict {
    if let Some(refused) = super::admitted::refused(world, pod) {
        return refused;
    }
    if let Err(verdict) = start::whole_pod(world, pod) {
        return if verdict.answer == Answer::Unmodelled { verdict } else { not_up(pod, verdict) };
    }
    // A headless Service is only a name: the client asks the pod for the very port it knows.
    let headless = spec.and_then(|s| s.get("clusterIP")).and_then(Node::as_str) == Some("None");
    let target = port.get("targetPort").filter(|_| !headless);
    let span =
        target.map_or_else(|| port.get("port").map_or(port.own_span(), Node::own_span), Node::own_span);
    let number = match target {
        None => Ok(question.port),
        Some(node) => target_port(pod, node),
    };
    let number = match number {
        Ok(number) => number,
        Err(verdict) => return verdict,
    };
    let mut heard: Vec<String> = Vec::new();
    for container in pod.containers().filter(|c| matches!(c.class, Class::Main | Class::Sidecar)) {
        let process = match Process::of(world, pod, container) {
            Ok(process) => process,
            Err(verdict) => return verdict,
        };
        let listens = match &process.end {
            End::Runs(listens) => *listens,
            End::Shell(shell) => {
                return Verdict::unmodelled(format!(
                    "{} runs `{shell}`, and what that listens on is not modelled",
                    process.title()
                ));
            }
            End::Breaks { why, .. } => return Verdict::denied(why.clone()),
        };
        for listen in listens {
            let (at, set) = match listens_on(&process, listen) {
                Ok(found) => found,
                Err(verdict) => return verdict,
            };
            let bound = operation::bind(&process, at);
            if bound.answer != Answer::Allowed {
                return Verdict {
                    because: std::iter::once(Reason {
                        text: format!(
                            "{} cannot bind its port {at} and stops: {}",
                            process.title(),
                            bound.because.first().map_or("", |r| r.text.as_str())
                        ),
                        span: bound.because.first().and_then(|r| r.span),
                    })
                    .chain(bound.because.into_iter().skip(1))
                    .collect(),
                    ..Verdict { answer: bound.answer, because: Vec::new(), evidence: bound.evidence }
                };
            }
            if at == number {
                if let Some(verdict) = unready(pod, world) {
                    return verdict;
                }
                let why = bound.because;
                let mut verdict = Verdict::allowed(Reason::at(
                    format!(
                        "the Service sends port {} to {at}, where {} listens",
                        question.port,
                        process.title()
                    ),
                    span,
                ));
                verdict.because.extend(why);
                return verdict;
            }
            let set = set.map_or_else(String::new, |_| " (as its manifest says)".to_owned());
            heard.push(format!("{} listens on {at}{set}", process.title()));
        }
    }
    let heard = if heard.is_empty() { "nothing in the pod listens".to_owned() } else { heard.join(", ") };
    Verdict::denied(Reason::at(
        format!("the Service sends port {} to {number}, but {heard}", question.port),
        span,
    ))
    .evidence(format!("connect to port {number}: connection refused"))
}

fn not_up(pod: &PodView<'_>, verdict: Verdict) -> Verdict {
    let first = verdict.because.first().cloned().unwrap_or_else(|| Reason::fact("it does not start"));
    let mut out =
        Verdict::denied(Reason { text: format!("{} is not up: {}", pod.key, first.text), span: first.span });
    out.because.extend(verdict.because.into_iter().skip(1));
    out.evidence = verdict.evidence;
    out
}

fn target_port(pod: &PodView<'_>, node: Node<'_>) -> Result<u32, Verdict> {
    if let Some(number) = value::integer(node).and_then(|n| u32::try_from(n).ok()) {
        return Ok(number);
    }
    let name = node.as_str().unwrap_or("");
    let mut ports =
        pod.containers().filter(|c| matches!(c.class, Class::Main | Class::Sidecar)).flat_map(|c| {
            c.node.get("ports").and_then(value::list).into_iter().flat_map(Node::items).collect::<Vec<_>>()
        });
    let port = ports.find(|p| p.get("name").and_then(Node::as_str) == Some(name));
    port.and_then(|p| p.get("containerPort"))
        .and_then(value::integer)
        .and_then(|n| u32::try_from(n).ok())
        .ok_or_else(|| {
            Verdict::denied(Reason::at(format!("no container port is named `{name}`"), node.own_span()))
                .evidence("connect: connection refused (no endpoints)")
        })
}

/// The port that a program listens on: an argument counts over the environment, that over its own default.
fn listens_on(process: &Process<'_>, listen: &Listen) -> Result<(u32, Option<Span>), Verdict> {
    if let Some(value) = listen.argument.as_ref().and_then(|option| process.option(option)) {
        let span = process.container.node.get("args").map(Node::own_span);
        return port_in(&value).map(|p| (p, span)).ok_or_else(|| {
            Verdict::unmodelled(format!("an argument of {} names no port: `{value}`", process.title()))
        });
    }
    let Some(name) = &listen.env else { return Ok((listen.port, None)) };
    let list = process.container.node.get("env").and_then(value::list);
    let mut found = None;
    for item in list.into_iter().flat_map(Node::items) {
        if item.get("name").and_then(Node::as_str) == Some(name) {
            found = Some(item);
        }
    }
    match found {
        None if process.container.node.get("envFrom").is_some() => {
            Err(Verdict::unmodelled(format!("envFrom may set {name}, which is not modelled")))
        }
        None => Ok((listen.port, None)),
        Some(item) => match item.get("value").and_then(Node::as_str) {
            Some(text) => port_in(text).map(|p| (p, Some(item.own_span()))).ok_or_else(|| {
                Verdict::denied(Reason::at(
                    format!("{name} of {} is no port", process.title()),
                    item.own_span(),
                ))
            }),
            None => Err(Verdict::unmodelled(format!("{name} comes from elsewhere, which is not modelled"))),
        },
    }
}

/// The port in `8443`, `:8443`, `0.0.0.0:8443` or `[::]:8443`.
fn port_in(text: &str) -> Option<u32> {
    let digits = text.rsplit(':').next()?;
    digits.parse().ok().filter(|p| (1..=65_535).contains(p))
}

/// A probe of a port on which nobody listens keeps the pod out of the Service, or restarts it for ever.
fn unready(pod: &PodView<'_>, world: &World) -> Option<Verdict> {
    if let Some(gate) = pod.template.spec.get("readinessGates").and_then(|g| g.items().next()) {
        let text = "readinessGates wait for a condition that nobody sets, so that the pod is never ready";
        return Some(Verdict::denied(Reason::at(text, gate.own_span())));
    }
    for container in pod.containers().filter(|c| matches!(c.class, Class::Main | Class::Sidecar)) {
        for name in ["startupProbe", "readinessProbe", "livenessProbe"] {
            let probe = container.node.get(name);
            if let Some(verdict) = probe.and_then(|p| handler(pod, world, container, name, p)) {
                return Some(verdict);
            }
        }
        if let Some(hook) = container.node.at(&["lifecycle", "postStart"])
            && let Some(verdict) = handler(pod, world, container, "postStart hook", hook)
        {
            return Some(verdict);
        }
    }
    None
}

/// What a probe or a hook does: ask a port, or execute a program of the image.
fn handler(
    pod: &PodView<'_>,
    world: &World,
    container: Container<'_>,
    name: &str,
    node: Node<'_>,
) -> Option<Verdict> {
    let ports = [["httpGet", "port"], ["tcpSocket", "port"], ["grpc", "port"]];
    if let Some(host) = [["httpGet", "host"], ["tcpSocket", "host"]].iter().find_map(|p| node.at(p)) {
        let text = format!("the {name} of {} asks another host, which is not modelled", container.title());
        return Some(Verdict { because: vec![Reason::at(text, host.own_span())], ..Verdict::unmodelled("") });
    }
    if let Some(port) = ports.iter().find_map(|p| node.at(p)) {
        return unanswered(pod, world, container, name, port);
    }
    let command = node.at(&["exec", "command"])?;
    let program = command.items().next().and_then(Node::as_str).unwrap_or("");
    let process = Process::of(world, pod, container).ok()?;
    (!process.has_program(program)).then(|| {
        let text = format!(
            "the {name} of {} executes `{program}`, which its image does not have, so that it always fails",
            container.title()
        );
        Verdict::denied(Reason::at(text, command.own_span()))
            .evidence(format!("exec: \"{program}\": executable file not found in $PATH"))
    })
}

fn unanswered(
    pod: &PodView<'_>,
    world: &World,
    container: Container<'_>,
    name: &str,
    node: Node<'_>,
) -> Option<Verdict> {
    let number = match target_port(pod, node) {
        Ok(number) => number,
        Err(verdict) => return Some(verdict),
    };
    let answered = pod.containers().filter(|c| matches!(c.class, Class::Main | Class::Sidecar)).any(|c| {
        let Ok(process) = Process::of(world, pod, c) else { return false };
        let End::Runs(listens) = &process.end else { return false };
        listens.iter().any(|l| listens_on(&process, l).is_ok_and(|(p, _)| p == number))
    });
    (!answered).then(|| {
        let text = format!(
            "the {name} of {} asks port {number}, where nothing listens, so that the pod is never ready",
            container.title()
        );
        Verdict::denied(Reason::at(text, node.own_span()))
            .evidence(format!("probe failed: dial tcp: connect to port {number}: connection refused"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_read_from_addresses() {
        assert_eq!(port_in(":8443"), Some(8443));
        assert_eq!(port_in("[::]:443"), Some(443));
        assert_eq!(port_in("8080"), Some(8080));
        assert_eq!(port_in("https"), None);
        assert_eq!(port_in("0.0.0.0:70000"), None);
    }
}
