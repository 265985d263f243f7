//! `service`: does a client of a Service reach a program that listens?
//!
//! Service port, then the pods that its selector finds, then the target port (a number, or a container port's
//! name), then a container that listens there and may bind it. Pods count where Pod Security admits them, they
//! start and are ready. Network policies are not asked here.

use super::chain::End;
use super::listening::{self, Port};
use super::pod::PodView;
use super::process::Process;
use super::{admitted, operation, readiness, start};
use crate::model::{Object, value};
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
    asked(world, question).unwrap_or_else(|obstacle| obstacle)
}

fn asked(world: &World, question: &Question) -> Result<Verdict, Verdict> {
    let front = Front::of(world, question)?;
    if question.outside {
        front.open_outside()?;
    }
    let mut served = Err(Verdict::unmodelled("no pod was judged"));
    // kube-proxy spreads connections: each backend has to answer. The first that does not decides.
    for pod in front.pods(world)?.into_iter().flat_map(|pod| scheduling::spread(world, pod)) {
        served = Ok(front.reach(world, &pod)?);
    }
    served
}

/// A port of a Service, as its clients know it.
struct Front<'w> {
    service: Object<'w>,
    name: &'w str,
    /// The port's number.
    number: u32,
    /// Where the Service defines it.
    port: Node<'w>,
}

impl<'w> Front<'w> {
    fn of(world: &'w World, question: &'w Question) -> Result<Self, Verdict> {
        let (name, number) = (question.service.as_str(), question.port);
        let service = world
            .object("Service", question.namespace.as_deref(), name)
            .ok_or_else(|| Verdict::denied(Reason::fact(format!("there is no Service `{name}`"))))?;
        let spec = service.node.get("spec");
        if spec.and_then(|s| s.get("type")).and_then(Node::as_str) == Some("ExternalName") {
            return Err(Verdict::unmodelled("Services of type ExternalName are not modelled"));
        }
        let ports = spec.and_then(|s| s.get("ports")).and_then(value::list);
        let port = ports.into_iter().flat_map(Node::items).find(|p| {
            p.get("port").and_then(value::integer) == Some(i64::from(number))
                && p.get("protocol").and_then(Node::as_str).is_none_or(|t| t == "TCP")
        });
        let port = port.ok_or_else(|| {
            let span = ports.map_or(service.kind_span(), Node::own_span);
            let text = format!("the Service `{name}` has no port {number}");
            Verdict::denied(Reason::at(text, span)).evidence("connect: connection refused")
        })?;
        Ok(Self { service, name, number, port })
    }

    /// A field of the Service's spec.
    fn spec(&self, key: &str) -> Option<Node<'w>> {
        self.service.node.at(&["spec", key])
    }

    /// Outside the cluster only a load balancer opens this very port.
    fn open_outside(&self) -> Result<(), Verdict> {
        let (name, kind) = (self.name, self.spec("type"));
        let word = kind.and_then(Node::as_str).unwrap_or("ClusterIP");
        if word != "LoadBalancer" {
            let text = match word {
                "NodePort" => format!(
                    "`{name}` is of type NodePort: outside it has a high port of the nodes, and not its own"
                ),
                _ => format!("`{name}` is of type {word}, which only the cluster reaches"),
            };
            let span = kind.map_or(self.service.kind_span(), Node::own_span);
            return Err(Verdict::denied(Reason::at(text, span)).evidence("curl: (28) connection timed out"));
        }
        let odd = ["loadBalancerSourceRanges", "loadBalancerClass"];
        if odd.iter().any(|key| self.spec(key).is_some()) {
            let text = "loadBalancerSourceRanges and loadBalancerClass are not modelled";
            return Err(Verdict::unmodelled(text));
        }
        Ok(())
    }

    /// The pods that the selector finds.
    fn pods(&self, world: &'w World) -> Result<Vec<PodView<'w>>, Verdict> {
        let home = self.service.namespace().unwrap_or("default");
        let node = self.spec("selector").filter(|s| s.kind() == Kind::Map);
        let pairs = node.map(Node::entries).unwrap_or_default().into_iter();
        let selector: Vec<_> = pairs.filter_map(|e| Some((e.key.scalar()?, e.value.as_str()?))).collect();
        if selector.is_empty() {
            let text = "a Service without a selector has endpoints of its own, which are not modelled";
            return Err(Verdict::unmodelled(text));
        }
        let mut pods = PodView::all(world);
        pods.retain(|pod| {
            let labels = pod.template.labels();
            pod.key.namespace == home
                && pod.key.kind != "PodTemplate"
                && pod.idle.is_none()
                && selector.iter().all(|pair| labels.contains(pair))
        });
        if pods.is_empty() {
            let span = node.map_or(self.service.kind_span(), Node::own_span);
            let text = format!("the selector of `{}` finds no pod", self.name);
            return Err(Verdict::denied(Reason::at(text, span))
                .evidence("connect: connection refused (no endpoints)"));
        }
        let is_policy =
            |o: &Object<'_>| o.kind() == Some("NetworkPolicy") && o.namespace().unwrap_or("default") == home;
        if world.objects().iter().any(is_policy) {
            let text = "a NetworkPolicy stands before the pods, which `service` does not judge";
            return Err(Verdict::unmodelled(text));
        }
        Ok(pods)
    }

    /// The port of a pod to which connections go, and where that is said.
    fn target(&self, pod: &PodView<'_>) -> Result<(u32, Span), Verdict> {
        // A headless Service is only a name: the client asks the pod for the very port it knows.
        let headless = self.spec("clusterIP").and_then(Node::as_str) == Some("None");
        match self.port.get("targetPort").filter(|_| !headless) {
            Some(node) => Ok((listening::named(pod, node)?, node.own_span())),
            None => Ok((self.number, self.port.get("port").map_or(self.port.own_span(), Node::own_span))),
        }
    }

    /// Does this pod answer?
    fn reach(&self, world: &World, pod: &PodView<'_>) -> Result<Verdict, Verdict> {
        if let Some(refused) = admitted::refused(world, pod) {
            return Err(refused);
        }
        start::whole_pod(world, pod).map_err(|verdict| not_up(pod, verdict))?;
        let (target, span) = self.target(pod)?;
        let sent = format!("the Service sends port {} to {target}", self.number);
        let mut heard: Vec<String> = Vec::new();
        for container in pod.steady() {
            let process = Process::of(world, pod, container)?;
            for listen in listens(&process)? {
                let port = listening::port(&process, listen)?;
                let why = bound(&process, port)?;
                if port.number == target {
                    readiness::ready(world, pod)?;
                    let text = format!("{sent}, where {} listens", process.title());
                    let mut verdict = Verdict::allowed(Reason::at(text, span));
                    verdict.because.extend(why);
                    return Ok(verdict);
                }
                let told = if port.told { " (as its manifest says)" } else { "" };
                heard.push(format!("{} listens on {}{told}", process.title(), port.number));
            }
        }
        let heard = if heard.is_empty() { "nothing in the pod listens".to_owned() } else { heard.join(", ") };
        Err(Verdict::denied(Reason::at(format!("{sent}, but {heard}"), span))
            .evidence(format!("connect to port {target}: connection refused")))
    }
}

/// What a container's program listens on.
fn listens<'w>(process: &Process<'w>) -> Result<&'w [Listen], Verdict> {
    match &process.end {
        End::Runs(listens) => Ok(listens),
        End::Shell(shell) => Err(Verdict::unmodelled(format!(
            "{} runs `{shell}`, and what that listens on is not modelled",
            process.title()
        ))),
        End::Breaks(broken) => Err(Verdict::denied(broken.why.clone())),
    }
}

/// Why a program may bind its port; it stops where it may not.
fn bound(process: &Process<'_>, port: Port) -> Result<Vec<Reason>, Verdict> {
    let mut verdict = operation::bind(process, port.number);
    if verdict.answer == Answer::Allowed {
        return Ok(verdict.because);
    }
    if let Some(first) = verdict.because.first_mut() {
        first.text =
            format!("{} cannot bind its port {} and stops: {}", process.title(), port.number, first.text);
    }
    Err(verdict)
}

/// Why a pod that does not start answers nobody; what is not modelled stays so.
fn not_up(pod: &PodView<'_>, mut verdict: Verdict) -> Verdict {
    if verdict.answer != Answer::Unmodelled
        && let Some(first) = verdict.because.first_mut()
    {
        first.text = format!("{} is not up: {}", pod.key, first.text);
    }
    verdict
}
