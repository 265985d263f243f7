//! Sigstore's policy-controller at admission: who is asked, which policies count, and what follows.
//!
//! sigstore/policy-controller `config/500-webhook-configuration.yaml` and knative/pkg `webhook/resourcesemantics` (the
//! namespaces that are asked about), `cmd/webhook/main.go` (the kinds), `pkg/webhook/validator.go` (tags to digests, each
//! policy that matches, `setNoMatchingPoliciesError`), `pkg/config/store.go` (the ConfigMap).

use super::authority::{self, Held, Subject};
use super::matching::{is_about, leaves_out};
use super::registry::Registry;
use super::said;
use super::said::{Operation, Said};
use super::used::Used;
use crate::model::image_policy::ClusterImagePolicy;
use crate::model::selector::Selector;
use crate::model::{Object, value};
use crate::parse::Node;
use crate::sim::Reason;
use crate::sim::admission::gatekeeper::Shared;
use crate::sim::cel::ImageName;

/// The name of both webhook configurations, and of the webhook in them.
pub const WEBHOOK: &str = "policy.sigstore.dev";
/// Its word for a refusal.
const REASON: &str = "BadRequest";
/// The label by which a namespace opts in.
const INCLUDE: &str = "policy.sigstore.dev/include";
/// The label by which a namespace leaves any webhook of Knative's making.
const KNATIVE: &str = "webhooks.knative.dev/exclude";
/// The ConfigMap of the controller.
const CONFIG: &str = "config-policy-controller";
/// The kinds that it judges.
const KINDS: &[&str] = &["Pod", "ReplicaSet", "Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob"];
/// Of these, the ones that may always be scaled down.
const SCALABLE: &[&str] = &["ReplicaSet", "Deployment", "StatefulSet"];

/// The controller in a cluster.
#[derive(Clone, Debug)]
pub struct Controller<'t> {
    policies: Vec<ClusterImagePolicy<'t>>,
    config: Option<Object<'t>>,
    mutating: Option<Object<'t>>,
    validating: Option<Object<'t>>,
}

/// What happens to an image that no policy is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum NoMatch {
    Allow,
    Warn,
    Deny,
}

impl<'t> Controller<'t> {
    /// The controller, where anything of it is among these objects.
    pub fn of(objects: &[Object<'t>]) -> Option<Self> {
        let named = |kind: &str, name: &str| {
            objects.iter().copied().find(|o| o.kind() == Some(kind) && o.name() == Some(name))
        };
        let mut policies: Vec<_> = objects.iter().copied().filter_map(ClusterImagePolicy::new).collect();
        policies.sort_by_key(|p| p.name());
        let out = Self {
            policies,
            config: named("ConfigMap", CONFIG),
            mutating: named("MutatingWebhookConfiguration", WEBHOOK),
            validating: named("ValidatingWebhookConfiguration", WEBHOOK),
        };
        let there = !out.policies.is_empty()
            || out.config.is_some()
            || out.mutating.is_some()
            || out.validating.is_some();
        there.then_some(out)
    }

    /// Why it is not asked about this request at all.
    fn leaves_out(object: Object<'_>, old: Object<'_>, operation: Operation) -> Option<Reason> {
        let kind = object.kind().unwrap_or("");
        if !KINDS.contains(&kind) {
            return Some(Reason::at(format!("{WEBHOOK} does not look at a {kind}"), object.kind_span()));
        }
        if operation == Operation::Delete {
            return Some(Reason::at(format!("{WEBHOOK} lets every deletion through"), object.kind_span()));
        }
        if let Some(node) = object.metadata().and_then(|m| m.get("deletionTimestamp")) {
            let text = format!("{WEBHOOK} lets through what is being deleted");
            return Some(Reason::at(text, node.own_span()));
        }
        let replicas = |o: Object<'_>| o.node.at(&["spec", "replicas"]).and_then(value::integer);
        let fewer = replicas(object).zip(replicas(old)).is_some_and(|(new, old)| new < old);
        if operation == Operation::Update && SCALABLE.contains(&kind) && fewer {
            let at = object.node.at(&["spec", "replicas"]).map_or(object.kind_span(), Node::own_span);
            return Some(Reason::at(format!("{WEBHOOK} lets whatever scales down through"), at));
        }
        None
    }

    /// Whether a webhook is asked about a namespace; otherwise the reason why not.
    fn asks(
        configuration: Option<Object<'_>>,
        namespace: &str,
        home: Option<Object<'_>>,
    ) -> Result<Option<Reason>, Reason> {
        let labels = said::labels(namespace, home);
        let at = |key: &str, what: &str| {
            let text = format!("{WEBHOOK} is not asked about the namespace `{namespace}`, which {what}");
            let Some(home) = home else { return Reason::fact(text) };
            let metadata = home.metadata();
            let holder = metadata.and_then(|m| m.get("labels")).or(metadata).unwrap_or(home.node);
            Reason::at(text, home.label(key).map_or_else(|| holder.place_of(key), Node::own_span))
        };
        if labels.iter().any(|(key, _)| *key == KNATIVE) {
            return Ok(Some(at(KNATIVE, &format!("has the label `{KNATIVE}`"))));
        }
        let Some(configuration) = configuration else {
            let missing = || at(INCLUDE, &format!("lacks the label `{INCLUDE}: \"true\"`"));
            return Ok(if labels.contains(&(INCLUDE, "true")) { None } else { Some(missing()) });
        };
        let hooks = configuration.node.get("webhooks").into_iter().flat_map(Node::items);
        let hook = hooks.into_iter().find(|h| h.get("name").and_then(value::string) == Some(WEBHOOK));
        let Some(hook) = hook else {
            let text = format!("{} has no webhook `{WEBHOOK}`", configuration.title());
            return Ok(Some(Reason::at(text, configuration.kind_span())));
        };
        for key in ["objectSelector", "matchConditions"] {
            if let Some(node) = hook.get(key).filter(|n| !n.entries().is_empty() || n.items().len() > 0) {
                return Err(Reason::at(
                    format!("`{key}` of {} is not modelled", configuration.title()),
                    node.own_span(),
                ));
            }
        }
        let Some(node) = hook.get("namespaceSelector") else { return Ok(None) };
        match (Selector { node }).matches(&labels) {
            Some(true) => Ok(None),
            Some(false) => {
                let text =
                    format!("the namespaceSelector of {} leaves `{namespace}` out", configuration.title());
                Ok(Some(Reason::at(text, node.own_span())))
            }
            None => Err(Reason::at("namespaceSelector: cannot be read", node.own_span())),
        }
    }

    /// Sets digests.
    pub fn pin(
        &self,
        request: &said::Asked<'_>,
        registry: Registry<'_>,
        images: &mut [Used<'_>],
        said: &mut Said,
    ) {
        if let Some(reason) = Self::leaves_out(request.object, request.old, request.operation) {
            said.notes.push(reason);
            return;
        }
        match Self::asks(self.mutating, &request.namespace, request.home) {
            Ok(None) => {
                for image in images.iter_mut().filter(|image| request.keeps(image)) {
                    let Ok(name) = ImageName::parse(&image.now) else { continue };
                    if name.digest().is_some() {
                        continue;
                    }
                    match registry.find(&name).and_then(|found| found.digest.as_deref()) {
                        Some(digest) => image.now = format!("{}@{digest}", name.context()),
                        None => said.unknown.push(unheard(image)),
                    }
                }
            }
            Ok(Some(reason)) => said.notes.push(reason),
            Err(reason) => said.unknown.push(reason),
        }
    }

    /// Judges the images as they are by now.
    pub fn judge(
        &self,
        request: &said::Asked<'_>,
        registry: Registry<'_>,
        images: &[Used<'_>],
        said: &mut Said,
    ) {
        if let Some(reason) = Self::leaves_out(request.object, request.old, request.operation) {
            if !said.notes.contains(&reason) {
                said.notes.push(reason);
            }
            return;
        }
        match Self::asks(self.validating, &request.namespace, request.home) {
            Ok(None) => {}
            Ok(Some(reason)) => {
                if !said.notes.contains(&reason) {
                    said.notes.push(reason);
                }
                return;
            }
            Err(reason) => return said.unknown.push(reason),
        }
        // What policies in Rego may take is shared by all of them, and by all images.
        let _shared = Shared::begin();
        for image in images {
            self.judge_image(request.object, image, registry, said);
        }
    }

    fn judge_image(&self, object: Object<'_>, image: &Used<'_>, registry: Registry<'_>, said: &mut Said) {
        let field = image.field.clone();
        let name = match ImageName::parse(&image.now) {
            Ok(name) => name,
            Err(error) => {
                let reason = Reason::at(format!("{WEBHOOK}: {error}"), image.node.own_span());
                return said.deny(reason, REASON, refused(&error, &field));
            }
        };
        let Some(digest) = name.digest() else {
            // What the world does not say was said already.
            if said.unknown.is_empty() {
                let text = format!("{} must be an image digest", image.now);
                let line = refused(&format!("invalid value: {text}"), &field);
                let reason = Reason::at(format!("{WEBHOOK}: {text}"), image.node.own_span());
                said.deny(reason, REASON, line);
            }
            return;
        };
        let subject = Subject { name: &name, digest, image: registry.find(&name) };
        let mut asked = false;
        for policy in &self.policies {
            match is_about(*policy, object, &name) {
                Ok(None) => {}
                Ok(Some(_)) => {
                    asked = true;
                    said.named(image, policy.name());
                    judge_one(*policy, image, &field, subject, said);
                }
                Err(reason) => {
                    asked = true;
                    said.unknown.push(reason);
                }
            }
        }
        if asked {
            return;
        }
        let (rule, at) = self.no_match();
        let text = format!("no ClusterImagePolicy is about {}", shown(&name));
        let reason = Reason {
            text: format!("{text}, and no-match-policy is {}", rule.word()),
            span: Some(at.unwrap_or(image.node.own_span())),
        };
        let misses = self.near(object, &name);
        match rule {
            NoMatch::Allow => said.notes.push(reason),
            NoMatch::Warn => {
                said.tolerated.push(reason);
                said.warnings.push(format!("Warning: no matching policies: {field}"));
            }
            NoMatch::Deny => said.deny(reason, REASON, refused("no matching policies", &field)),
        }
        said.later.extend(misses);
    }

    /// What comes nearest to a name that no policy is about: the `match` that leaves the object out, else the patterns
    /// of the name's registry.
    fn near(&self, object: Object<'_>, name: &ImageName) -> Vec<Reason> {
        let left_out = self.policies.iter().filter_map(|policy| {
            let rule = leaves_out(*policy, object, name)?;
            let text = format!(
                "ClusterImagePolicy `{}` would fit {}: its `match` leaves {} out",
                policy.name(),
                shown(name),
                object.title()
            );
            Some(Reason::at(text, rule.own_span()))
        });
        let left_out: Vec<Reason> = left_out.collect();
        if !left_out.is_empty() {
            return left_out;
        }
        let host = name.context();
        let host = host.split('/').next().unwrap_or("").to_owned();
        let globs = self.policies.iter().flat_map(|p| p.globs());
        globs
            .filter(|g| g.as_str().is_some_and(|text| text.starts_with(&host)))
            .map(|g| {
                let text = g.as_str().unwrap_or("");
                let why = match text.strip_prefix(&host) {
                    Some(rest) if rest.contains(':') => "the tag is gone by now, and a digest stands there",
                    _ if text.contains('*') => "a single * ends at a slash",
                    _ => "it does not end in a star, and a digest follows the name",
                };
                let text = format!("`{text}` does not fit {}: {why}", shown(name));
                Reason::at(text, g.own_span())
            })
            .collect()
    }

    fn no_match(&self) -> (NoMatch, Option<crate::text::Span>) {
        let node = self.config.and_then(|c| c.node.at(&["data", "no-match-policy"]));
        let rule = match node.and_then(value::string) {
            Some("allow") => NoMatch::Allow,
            Some("warn") => NoMatch::Warn,
            _ => NoMatch::Deny,
        };
        let missing =
            || self.config.map(|c| c.node.get("data").unwrap_or(c.node).place_of("no-match-policy"));
        (rule, node.map(Node::own_span).or_else(missing))
    }
}

impl NoMatch {
    fn word(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Warn => "warn",
            Self::Deny => "deny",
        }
    }
}

fn judge_one(
    policy: ClusterImagePolicy<'_>,
    image: &Used<'_>,
    field: &str,
    subject: Subject<'_, '_>,
    said: &mut Said,
) {
    let title = format!("ClusterImagePolicy `{}`", policy.name());
    let told = |reason: Reason| Reason { text: format!("{title}: {}", reason.text), span: reason.span };
    if policy.authorities().next().is_none() {
        let at = policy.object.node.get("spec").unwrap_or(policy.object.node).place_of("authorities");
        return said.unknown.push(told(Reason::at("what it does without an authority is not modelled", at)));
    }
    let (mut yes, mut no, mut unknown) = (None, Vec::new(), Vec::new());
    let mut found = serde_json::Map::new();
    for authority in policy.authorities() {
        match authority::ask(authority, subject) {
            Held::Yes(reason, one) => {
                found.insert(authority.name(), one);
                yes = yes.or(Some(reason));
            }
            Held::No(reason) => no.push(reason),
            Held::Unknown(reason) => unknown.push(reason),
        }
    }
    if let (Some(_), Some(rule)) = (&yes, policy.rule()) {
        // What an authority that nobody can judge would have added is not known either.
        match authority::over(rule, &found) {
            Held::Yes(reason, _) if unknown.is_empty() => yes = Some(reason),
            Held::No(reason) if unknown.is_empty() => {
                yes = None;
                no.insert(0, reason);
            }
            Held::Unknown(reason) => {
                yes = None;
                unknown.push(reason);
            }
            Held::Yes(..) | Held::No(_) => yes = None,
        }
    }
    if let Some(reason) = yes {
        return said.passed.push(told(reason));
    }
    let enforces = policy.warns().is_none();
    if !unknown.is_empty() {
        let target = if enforces { &mut said.unknown } else { &mut said.tolerated };
        return target.extend(unknown.into_iter().map(told));
    }
    let who = format!("{} ({})", image.container.title(), shown(subject.name));
    let mut no = no.into_iter().map(|r| told(Reason { text: format!("{who}: {}", r.text), span: r.span }));
    let Some(first) = no.next() else { return };
    let line = refused(&format!("failed policy: {}", policy.name()), field);
    if enforces {
        said.deny(first, REASON, line);
        said.later.extend(no);
        return;
    }
    let mode = policy.warns().map_or(policy.object.kind_span(), Node::own_span);
    said.tolerated.push(Reason::at(format!("{title} warns, and refuses nothing"), mode));
    said.tolerated.push(first);
    said.tolerated.extend(no);
    said.warnings.push(format!("Warning: failed policy: {}: {field}", policy.name()));
}

fn refused(what: &str, field: &str) -> String {
    format!("admission webhook \"{WEBHOOK}\" denied the request: validation failed: {what}: {field}")
}

/// A name for people: its digest cut short.
pub fn shown(name: &ImageName) -> String {
    match name.digest() {
        Some(digest) => format!("{}@{}", name.context(), super::signer::short(digest)),
        None => name.to_string(),
    }
}

fn unheard(image: &Used<'_>) -> Reason {
    Reason::at(format!("the world does not say what {} is", image.written), image.node.own_span())
}
