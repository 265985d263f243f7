//! Kyverno's `ImageValidatingPolicy` at admission: digests are set, policies asked, and what has to be verified is looked up.
//!
//! kyverno `pkg/image/verification/evaluator/policy.go` (`Evaluate`, `checkDigests`, `EnforceRequired`, `MutateDigest`),
//! `pkg/cel/policies/ivpol/{engine,autogen}`, `pkg/webhooks/resource/ivpol/handler.go` (what follows), as of 1.19; before it
//! the three switches of `validationConfigurations` did nothing. Expressions that name the object where a workload is judged in
//! the stead of its pods are not modelled.

mod attestor;
mod definition;
mod evaluation;
mod exception;

use std::sync::{Arc, Mutex, PoisonError};

use super::registry::Registry;
use super::said::{Asked, Operation, Said};
use super::used::Used;
use crate::model::image_policy_kyverno::ImageValidatingPolicy;
use crate::model::{Object, value};
use crate::parse::{Node, json};
use crate::sim::Reason;
use crate::sim::admission::kyverno::cluster::Cluster;
use crate::sim::admission::kyverno::{Exceptions, shelves};
use crate::sim::admission::policy::{Request, fits, mentions};
use crate::sim::cel::{Budget, ImageName, Value};
use crate::text::Finding;

use attestor::Ledger;
pub use definition::Definition;
pub use evaluation::patched;
use evaluation::{End, evaluate, met};
use exception::{Exception, Spared, spared};

/// Namespaces that the chart keeps from the webhooks.
pub(super) const LEFT_OUT: &[&str] = &["kube-system", "kube-public", "kube-node-lease", "kyverno"];

/// A policy, and what it means or why it means nothing.
type Compiled<'t> = (ImageValidatingPolicy<'t>, Result<Definition<'t>, Vec<Finding>>);

/// Kyverno's policies of images in a cluster, compiled once.
#[derive(Clone, Debug)]
pub struct Kyverno<'t> {
    policies: Vec<Compiled<'t>>,
    exceptions: Vec<Exception<'t>>,
    all: Exceptions<'t>,
    /// What expressions may look up, where any does.
    known: Vec<(String, Value)>,
}

impl<'t> Kyverno<'t> {
    /// The policies among these objects, where there are any.
    pub fn of(objects: &[Object<'t>]) -> Option<Self> {
        let mut policies: Vec<_> = objects.iter().copied().filter_map(ImageValidatingPolicy::new).collect();
        policies.sort_by_key(|p| p.name());
        let compiled = policies.into_iter().map(|policy| (policy, Definition::compile(policy)));
        let policies: Vec<_> = compiled.collect();
        let all = Exceptions::of(objects);
        let exceptions = all.nodes().into_iter().map(Exception::read).collect();
        let looks_up = |(policy, _): &Compiled<'_>| {
            policy.object.node.get("spec").is_some_and(|spec| mentions(spec, "resource").is_some())
        };
        let known = if policies.iter().any(looks_up) {
            let documents = objects.iter().map(|o| json::to_value(o.node)).collect();
            Cluster::new(documents).documents().to_vec()
        } else {
            Vec::new()
        };
        (!policies.is_empty()).then_some(Self { policies, exceptions, all, known })
    }

    /// Those that are about a request.
    fn asked<'r>(&'r self, request: &Asked<'_>, said: &mut Said) -> Vec<&'r Definition<'t>> {
        let mut out = Vec::new();
        for (policy, compiled) in &self.policies {
            let title = title(*policy);
            let at = policy.object.kind_span();
            if policy.namespaced && policy.object.namespace().unwrap_or("default") != request.namespace {
                continue;
            }
            if !policy.is_asked() {
                continue;
            }
            let mode = policy.object.node.at(&["spec", "evaluation", "mode"]);
            if mode.and_then(value::string).is_some_and(|m| m != "Kubernetes") {
                continue;
            }
            if LEFT_OUT.contains(&request.namespace.as_str()) {
                let text =
                    format!("whether {title} is asked about `{}` is the chart's to say", request.namespace);
                said.unknown.push(Reason::at(text, at));
                continue;
            }
            match compiled {
                Ok(definition) => match is_about(definition, request) {
                    Ok(None) => match reads_sender(*policy, request) {
                        None => out.push(definition),
                        Some(reason) => said.unknown.push(reason),
                    },
                    Ok(Some(reason)) => said.notes.push(reason),
                    Err(text) => said.unknown.push(Reason::at(format!("{title}: {text}"), at)),
                },
                Err(findings) => said.unknown.extend(
                    findings.iter().map(|f| Reason::at(format!("{title}: {}", f.title), f.primary.span)),
                ),
            }
        }
        out
    }

    /// Sets digests: `mutateDigest`.
    pub fn pin(&self, request: &Asked<'_>, registry: Registry<'_>, images: &mut [Used<'_>], said: &mut Said) {
        if request.operation == Operation::Delete {
            return;
        }
        let mut scratch = Said::default();
        for definition in self.asked(request, &mut scratch) {
            let policy = definition.policy;
            if !policy.configured("mutateDigest") {
                continue;
            }
            // What conditions and exceptions say is said when the policy is judged.
            let left_out = !matches!(met(&definition.conditions, request, images), Ok(None));
            if left_out || !matches!(spared(&self.exceptions, definition, request, images), Ok(Spared::No)) {
                continue;
            }
            let budget = Budget::default();
            for image in images.iter_mut().filter(|image| request.keeps(image)) {
                if image.now.contains('@') {
                    continue;
                }
                let full = full(&image.now);
                match definition.is_about(&full, &budget) {
                    Ok(true) => {}
                    Ok(false) => continue,
                    Err(trouble) => {
                        said.unknown.push(Reason::at(trouble.to_string(), policy.object.kind_span()));
                        continue;
                    }
                }
                let found =
                    ImageName::parse(&full).ok().and_then(|name| registry.find(&name)?.digest.clone());
                if let Some(digest) = found {
                    image.now = format!("{full}@{digest}");
                } else {
                    let text = format!("the world does not say what {} is", image.written);
                    said.unknown.push(Reason::at(text, image.node.own_span()));
                }
            }
        }
    }

    /// Asks each policy; then each that passed, whether what it is about was verified by any.
    pub fn judge(&self, request: &Asked<'_>, registry: Registry<'_>, images: &[Used<'_>], said: &mut Said) {
        let ledger = Arc::new(Mutex::new(Ledger::default()));
        let mut ends = Vec::new();
        for definition in self.asked(request, said) {
            said.notes.extend(self.all.idle(definition.policy.object));
            let home = definition.policy.object.namespace().filter(|_| definition.policy.namespaced);
            let shelves = shelves(self.known.clone(), home.unwrap_or_default());
            let besides = (self.exceptions.as_slice(), shelves);
            match evaluate(definition, besides, request, registry, images, &ledger, said) {
                Ok(end) => ends.push((definition, end)),
                Err(reason) => said.unknown.push(reason),
            }
        }
        let ledger = ledger.lock().unwrap_or_else(PoisonError::into_inner);
        for (definition, end) in ends {
            let policy = definition.policy;
            let end = match end {
                End::Pass(matched) if policy.configured("required") => {
                    match matched.iter().find_map(|image| ledger.lacks(image)) {
                        Some(text) => {
                            let node = policy.object.node.at(&["spec", "validationConfigurations"]);
                            let at = node.map_or(policy.object.kind_span(), |n| n.place_of("required"));
                            End::Fail(text.clone(), Reason::at(text, at))
                        }
                        None => End::Pass(matched),
                    }
                }
                end => end,
            };
            tell(policy, end, &ledger.misses, said);
        }
    }
}

/// An expression that reads who asks, where nobody is named.
fn reads_sender(policy: ImageValidatingPolicy<'_>, request: &Asked<'_>) -> Option<Reason> {
    let node = mentions(policy.object.node.get("spec")?, "userInfo").filter(|_| request.unnamed)?;
    let text = format!("{} reads who asks, and nobody is named here", title(policy));
    Some(Reason::at(text, node.own_span()))
}

/// The webhook that asks a policy (kyverno `pkg/controllers/webhook/validating.go`).
fn hook(policy: ImageValidatingPolicy<'_>) -> String {
    let bare = if policy.namespaced { "nivpol" } else { "ivpol" };
    crate::sim::admission::kyverno::hook_of(&format!("{bare}.validate.kyverno.svc"), policy.object)
}

fn title(policy: ImageValidatingPolicy<'_>) -> String {
    format!("{} `{}`", policy.object.kind().unwrap_or(""), policy.name())
}

/// What follows from a policy's end.
fn tell(policy: ImageValidatingPolicy<'_>, end: End, misses: &[Reason], said: &mut Said) {
    let title = title(policy);
    let (word, text, reason) = match end {
        End::Skip => return,
        End::Pass(matched) => {
            if !matched.is_empty() {
                let text = format!("{title} has nothing against {}", matched.join(", "));
                said.passed.push(Reason::at(text, policy.object.kind_span()));
            }
            return;
        }
        End::Fail(text, reason) => ("failed", text, reason),
        End::Error(text) => {
            let reason = Reason::at(text.clone(), policy.object.kind_span());
            ("error", text, reason)
        }
    };
    let first = Reason { text: format!("{title}: {}", reason.text), span: reason.span };
    let line = format!("Policy {} {word}: {text}", policy.name());
    let passes = word == "error" && policy.ignores();
    if policy.denies() && !passes {
        let text = format!("admission webhook \"{}\" denied the request: {line}", hook(policy));
        said.deny(first, "", text);
        said.later.extend(misses.iter().cloned());
        return;
    }
    let actions = policy.spec("validationActions").map_or(policy.object.kind_span(), Node::own_span);
    let why = if passes { "failurePolicy is Ignore" } else { "its validationActions do not deny" };
    said.tolerated.push(Reason::at(format!("{title} finds a fault, and refuses nothing: {why}"), actions));
    said.tolerated.push(first);
    said.tolerated.extend(misses.iter().cloned());
    if policy.warns() {
        said.warnings.push(format!("Warning: {line}"));
    }
}

/// Whether a policy is about a request; the reason why not.
fn is_about(definition: &Definition<'_>, request: &Asked<'_>) -> Result<Option<Reason>, String> {
    let policy = definition.policy;
    let mut about = to_request(request)?;
    let later = request.ephemeral
        || request.operation == Operation::Update
            && request.object.node.at(&["spec", "ephemeralContainers"]).is_some();
    if later {
        "ephemeralcontainers".clone_into(&mut about.subresource);
    }
    if fits(definition.rules, &about)? {
        return Ok(None);
    }
    if later {
        about.subresource.clear();
        if fits(definition.rules, &about)? {
            return Err("whether a rule about pods is asked about ephemeral containers differs from release to release".to_owned());
        }
    }
    if policy.follows(&about.resource) {
        // The rule that Kyverno makes for workloads: the same, but for the resource.
        let resource = std::mem::replace(&mut about.resource, "pods".to_owned());
        about.group.clear();
        "v1".clone_into(&mut about.version);
        if fits(definition.rules, &about)? {
            if definition.names_object() {
                return Err(format!(
                    "expressions that name the object, asked about {resource}, are not modelled"
                ));
            }
            return Ok(None);
        }
    }
    let text = format!("{} is not about {} {}", title(policy), about.operation, request.object.title());
    Ok(Some(Reason::at(text, definition.rules.key().unwrap_or(definition.rules).own_span())))
}

fn to_request<'t>(request: &Asked<'t>) -> Result<Request<'t>, String> {
    let (new, old) = match request.operation {
        Operation::Create | Operation::Pull => (Some(request.object), None),
        Operation::Update => (Some(request.object), Some(request.old)),
        Operation::Delete => (None, Some(request.object)),
    };
    Request::about(new, old, request.operation.verb(), request.home)
}

/// An image as Kyverno writes it out: with registry and tag.
fn full(image: &str) -> String {
    let has_tag = image.rsplit('/').next().is_some_and(|last| last.contains(':'));
    let tag = if has_tag { "" } else { ":latest" };
    let host = image.split_once('/').map(|(host, _)| host);
    let hosted = host.is_some_and(|h| h.contains(['.', ':']) || h == "localhost");
    let registry = if hosted { "" } else { "docker.io/" };
    format!("{registry}{image}{tag}")
}
