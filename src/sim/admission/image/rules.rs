//! The rules `verifyImages` of Kyverno's old kinds (`ClusterPolicy`, `Policy`), as its webhooks ask them.
//!
//! kyverno `pkg/webhooks/resource/handlers.go` and `imageverification/handler.go` (what refuses), `pkg/utils/match/kind.go`
//! (`CheckKind`: who names pods is asked of their ephemeral containers as well). What a rule says is asked of
//! [`classic`](crate::sim::admission::kyverno::classic). Other rules of the same policies are not asked here; where one may
//! write an image, nothing is known. So is what becomes of a verified image in `kubectl debug`: the annotation that notes it
//! is dropped before the second webhook looks for it, and releases differ in what follows
//! (<https://github.com/kyverno/kyverno/issues/12978>).

use std::sync::Arc;

use serde_json::Value;

use super::classic;
use super::said::{Asked, Operation, Said};
use super::used::Used;
use crate::model::{Object, value};
use crate::parse::{Node, json};
use crate::sim::Reason;
use crate::sim::admission::kyverno::Exceptions;
use crate::sim::admission::kyverno::asked::{self, Outcome, RuleSays, User, labels_of};
use crate::sim::admission::kyverno::classic::judge;
use crate::sim::admission::kyverno::cluster::Cluster;
use crate::sim::world::Image;

use super::kyverno::LEFT_OUT;

/// The group of the old kinds.
const GROUP: &str = "kyverno.io";
/// What a rule may say of who asks.
const USERS: &[&str] = &["subjects", "roles", "clusterRoles"];
/// What autogen puts before the names of the copies that it makes of a rule.
const COPIES: &[&str] = &["autogen-cronjob-", "autogen-"];

/// The policies of the old kinds that ask for signatures, and what bears on them.
pub struct Rules<'t> {
    policies: Vec<Object<'t>>,
    writers: Vec<Node<'t>>,
    exceptions: Exceptions<'t>,
}

impl<'t> Rules<'t> {
    /// The policies among these objects, where there are any.
    pub fn of(objects: &[Object<'t>]) -> Option<Self> {
        let of_kind = |kinds: &'static [&str]| {
            let ours = move |o: &Object<'_>| {
                o.group() == Some(GROUP) && o.kind().is_some_and(|kind| kinds.contains(&kind))
            };
            objects.iter().copied().filter(ours)
        };
        let all = || of_kind(&["ClusterPolicy", "Policy"]);
        let mut policies: Vec<_> = all().filter(|o| asking(*o).next().is_some()).collect();
        policies.sort_by_key(|o| o.name());
        let changes = |rule: &Node<'_>| {
            rule.get("mutate").is_some_and(|m| json::to_value(m).to_string().contains("image"))
        };
        let writers = all().flat_map(rules_of).filter(changes).collect();
        let exceptions = Exceptions::of(objects);
        (!policies.is_empty()).then_some(Self { policies, writers, exceptions })
    }

    /// Asks each policy, and writes the digests that it sets.
    pub fn review(
        &self,
        request: &Asked<'t>,
        held: &[Image],
        objects: &[Object<'t>],
        images: &mut [Used<'t>],
        said: &mut Said,
    ) {
        if request.operation == Operation::Delete {
            let text = "no rule `verifyImages` is asked about a deletion";
            return said.notes.push(Reason::at(text, request.object.kind_span()));
        }
        if let Some(rule) = self.writers.first() {
            let text = "a rule of Kyverno's that changes objects may change images, which is not modelled";
            said.unknown.push(Reason::at(text, rule.own_span()));
        }
        let (mut resource, old) = (body(request.object, request), body(request.old, request));
        let updates = request.operation == Operation::Update;
        let cluster = objects.iter().map(|o| json::to_value(o.node)).collect();
        let cluster = Arc::new(Cluster::with_images(cluster, held));
        let namespace_labels = labels_of(&request.namespace, request.home);
        for policy in &self.policies {
            said.notes.extend(self.exceptions.idle(*policy));
            if let Some(reason) = unasked(*policy, request) {
                said.unknown.push(reason);
                continue;
            }
            let asked = asked::Asked {
                policy: *policy,
                resource: resource.clone(),
                old: updates.then(|| old.clone()),
                operation: if updates { asked::Operation::Update } else { asked::Operation::Create },
                user: User::default(),
                unnamed: true,
                namespace_labels: namespace_labels.clone(),
                variables: std::collections::BTreeMap::new(),
                rule_variables: std::collections::BTreeMap::new(),
                exceptions: self.exceptions.of_policy(*policy),
                cluster: Arc::clone(&cluster),
            };
            let found = match judge(&asked) {
                Ok(found) => found,
                Err(text) => {
                    let text = format!("{}: {text}", title(*policy));
                    said.unknown.push(Reason::at(text, policy.kind_span()));
                    continue;
                }
            };
            tell(*policy, &found.rules, request, images, said);
            let Some(patched) = found.patched else { continue };
            for image in images.iter_mut().filter(|image| request.keeps(image)) {
                let place = patched.pointer(&pointer(&image.field)).and_then(Value::as_str);
                place.unwrap_or(image.written).clone_into(&mut image.now);
            }
            resource = patched;
        }
    }
}

/// Why nothing is known of a policy here.
fn unasked(policy: Object<'_>, request: &Asked<'_>) -> Option<Reason> {
    let title = title(policy);
    if LEFT_OUT.contains(&request.namespace.as_str()) {
        let text = format!("whether {title} is asked about `{}` is the chart's to say", request.namespace);
        return Some(Reason::at(text, policy.kind_span()));
    }
    for rule in asking(policy) {
        let blocks = ["match", "exclude"].into_iter().filter_map(|key| rule.get(key));
        let text = blocks.map(|block| json::to_value(block).to_string()).collect::<String>();
        if let Some(key) = USERS.iter().find(|key| text.contains(&format!("\"{key}\":"))) {
            let text = format!("{title} names {key}, and nobody is named who asks");
            return Some(Reason::at(text, rule.own_span()));
        }
        if request.ephemeral && text.to_lowercase().contains("/ephemeralcontainers") {
            let text = format!("{title} names a subresource, which is not modelled");
            return Some(Reason::at(text, rule.own_span()));
        }
    }
    None
}

fn title(policy: Object<'_>) -> String {
    format!("{} `{}`", policy.kind().unwrap_or(""), policy.name().unwrap_or(""))
}

fn rules_of(policy: Object<'_>) -> impl Iterator<Item = Node<'_>> {
    policy.node.at(&["spec", "rules"]).and_then(value::list).into_iter().flat_map(Node::items)
}

/// The rules of a policy that ask for signatures.
fn asking(policy: Object<'_>) -> impl Iterator<Item = Node<'_>> {
    rules_of(policy).filter(|rule| rule.get("verifyImages").is_some_and(|v| !v.is_null()))
}

/// An object as the webhook gets it: in its namespace.
fn body(object: Object<'_>, request: &Asked<'_>) -> Value {
    let mut body = json::to_value(object.node);
    if let Some(metadata) = body.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.insert("namespace".to_owned(), request.namespace.as_str().into());
    }
    body
}

/// `spec.containers[0].image` as a JSON pointer.
fn pointer(field: &str) -> String {
    format!("/{}", field.replace(['.', '['], "/").replace(']', ""))
}

/// What follows from what the rules said.
fn tell(policy: Object<'_>, says: &[RuleSays], request: &Asked<'_>, images: &[Used<'_>], said: &mut Said) {
    let title = title(policy);
    for one in says {
        let bare = COPIES.iter().find_map(|copy| one.name.strip_prefix(copy)).unwrap_or(&one.name);
        let named = |rule: &Node<'_>| rule.get("name").and_then(value::string) == Some(bare);
        let Some(rule) = asking(policy).find(named) else { continue };
        let verifies = || rule.get("verifyImages").into_iter().flat_map(Node::items);
        let about = || images.iter().filter(|image| verifies().any(|v| classic::is_about(v, image)));
        if one.outcome != Outcome::Skip {
            about().for_each(|image| said.named(image, policy.name().unwrap_or("")));
        }
        let first = one.because.first().cloned();
        let first = first.unwrap_or_else(|| Reason::at(one.message.clone(), rule.own_span()));
        let reason = Reason { text: format!("{title}: {}", first.text), span: first.span };
        match one.outcome {
            Outcome::Pass => {
                let noted = |v: Node<'_>| v.get("required").and_then(value::boolean) != Some(false);
                let fresh = |image: &&Used<'_>| request.ephemeral && request.keeps(image);
                let waits =
                    about().filter(fresh).find(|i| verifies().any(|v| noted(v) && classic::is_about(v, i)));
                match waits {
                    Some(image) => {
                        let text = format!(
                            "{title} verifies {}: whether its second webhook learns of it differs from release to release",
                            image.written
                        );
                        said.unknown.push(Reason::at(text, rule.own_span()));
                    }
                    None => said.passed.push(reason),
                }
            }
            Outcome::Skip => said.notes.push(reason),
            Outcome::Error => said.unknown.push(reason),
            Outcome::Fail | Outcome::Warn if one.refuses => {
                let line = format!(
                    "Error from server: admission webhook \"mutate.kyverno.svc-fail\" denied the request: \
                     resource {}/{}/{} was blocked due to the following policies {}: {}: {}",
                    request.object.kind().unwrap_or(""),
                    request.namespace,
                    request.object.name().unwrap_or(""),
                    policy.name().unwrap_or(""),
                    one.name,
                    one.message,
                );
                said.refuse(reason, line);
            }
            Outcome::Fail | Outcome::Warn => {
                let text = format!(
                    "{title} finds a fault, and refuses nothing: its failureAction is not Enforce here"
                );
                said.tolerated.push(Reason::at(text, rule.own_span()));
                said.tolerated.push(reason);
            }
        }
    }
}
