//! Kyverno's webhooks in a cluster, as the API server calls them about an object on its way into storage.
//!
//! kyverno `pkg/controllers/webhook/{controller,validating}.go` (which webhooks there are, their names and their order),
//! `pkg/webhooks/handlers/filter.go`, `charts/kyverno/values.yaml` (whom they leave out), `pkg/policycache/store.go` (policies
//! of one webhook are asked in no order). Generating policies, and those that change other objects, do their work behind the
//! request's back: they are not asked here. Each policy is compiled once.

mod call;
mod conditions;
mod mutating;
mod roles;
mod validating;

use std::rc::Rc;
use std::sync::Arc;

use super::admitted::set;
use super::classic::{Ready, Work};
use super::cluster::Cluster;
use super::exceptions::Exceptions;
use super::judge::Policy;
use super::spec::{self, Fault, Kind};
use crate::model::{Object, value};
use crate::parse::{Node, json};
use crate::sim::Reason;
use crate::sim::admission::image;
use crate::sim::admission::policy::matching;
use crate::sim::world::World;

pub use call::{Call, Denial, Heard};
pub use mutating::Hook;
pub use roles::Roles;

/// The webhooks, with the policies that they ask.
#[derive(Clone, Debug)]
pub struct Webhooks<'w>(Rc<Inner<'w>>);

#[derive(Debug)]
struct Inner<'w> {
    old: Vec<Old<'w>>,
    mutating: Vec<New<'w>>,
    validating: Vec<New<'w>>,
    images: Option<image::Kyverno<'w>>,
    registry: &'w [crate::sim::world::Image],
    exceptions: Exceptions<'w>,
    cluster: Arc<Cluster>,
    roles: Roles<'w>,
    hooks: Vec<Hook>,
    /// Whether a policy names the kind that is left out everywhere.
    asks_for_sets: bool,
}

/// A policy of the old kinds.
#[derive(Debug)]
struct Old<'w> {
    object: Object<'w>,
    ready: Result<Ready<'w>, String>,
    ignores: bool,
    /// The exceptions that name it and count.
    exceptions: Vec<Node<'w>>,
    /// Whether the client hears of what is only reported.
    speaks: bool,
}

/// A policy in CEL.
#[derive(Debug)]
struct New<'w> {
    object: Object<'w>,
    ready: Result<Policy<'w>, Fault>,
}

/// Why a policy is asked by a webhook of its own.
fn own_webhook(policy: Object<'_>) -> Option<Node<'_>> {
    let given = |path: &[&str]| policy.node.at(path).filter(|node| !node.is_null());
    let conditions = match policy.group() {
        Some(spec::GROUP) => &["spec", "matchConditions"][..],
        _ => &["spec", "webhookConfiguration", "matchConditions"],
    };
    let of_new = |path: &[&str]| given(path).filter(|_| policy.group() == Some(spec::GROUP));
    let exact = of_new(&["spec", "matchConstraints", "matchPolicy"]);
    given(conditions)
        .or_else(|| exact.filter(|node| value::string(*node) == Some("Exact")))
        .or_else(|| of_new(&["spec", "webhookConfiguration", "timeoutSeconds"]))
}

/// Whether a policy's errors let pass.
pub fn ignores(policy: Object<'_>) -> bool {
    let given = |path: &[&str]| policy.node.at(path).and_then(value::string);
    let own = given(&["spec", "webhookConfiguration", "failurePolicy"]).or(given(&["spec", "failurePolicy"]));
    own == Some("Ignore")
}

/// Whether a text below a node names `ReplicaSet`s.
fn names_sets(node: Node<'_>) -> bool {
    node.as_str().is_some_and(|text| text.to_lowercase().contains("replicaset"))
        || node.items().any(names_sets)
        || node.entries().into_iter().any(|entry| names_sets(entry.value))
}

/// The name of the webhook that asks a policy, from what all of its kind have in common.
pub fn hook_of(bare: &str, policy: Object<'_>) -> String {
    let word = if ignores(policy) { "ignore" } else { "fail" };
    let name = policy.name().unwrap_or_default();
    match own_webhook(policy) {
        Some(_) => format!("{bare}-{word}-finegrained-{name}"),
        None => format!("{bare}-{word}"),
    }
}

impl<'w> Webhooks<'w> {
    /// The webhooks of a world, where there is a policy that they ask.
    pub fn of(world: &'w World, objects: &[Object<'w>]) -> Option<Self> {
        let mut all: Vec<_> = objects
            .iter()
            .copied()
            .filter(|o| {
                let kind = o.kind().unwrap_or_default();
                match o.group() {
                    Some("kyverno.io") => matches!(kind, "ClusterPolicy" | "Policy"),
                    Some(spec::GROUP) => {
                        Kind::of(*o).is_some_and(|(kind, _)| kind != Kind::Generating)
                            || kind.ends_with("ImageValidatingPolicy")
                    }
                    _ => false,
                }
            })
            .collect();
        if all.is_empty() {
            return None;
        }
        all.sort_by_key(|o| (o.name(), o.namespace()));
        let exceptions = Exceptions::of(objects);
        let counted = exceptions.nodes();
        let flag = |o: Object<'_>, path: &[&str]| o.node.at(path).and_then(value::boolean);
        let old = all.iter().copied().filter(|o| o.group() == Some("kyverno.io")).map(|object| Old {
            object,
            ready: Ready::read(object),
            ignores: ignores(object),
            exceptions: exceptions.of_policy(object),
            speaks: flag(object, &["spec", "emitWarning"]) == Some(true),
        });
        let old = old.filter(|o| flag(o.object, &["spec", "admission"]) != Some(false)).collect();
        let new = |wanted: Kind| {
            let ours = all.iter().copied().filter(|o| Kind::of(*o).is_some_and(|(kind, _)| kind == wanted));
            ours.map(|object| {
                let ready = Policy::read(object, &counted).map(Policy::in_a_cluster);
                New { object, ready }
            })
            .filter(New::is_asked)
            .collect::<Vec<_>>()
        };
        let images = image::Kyverno::of(objects);
        let documents = objects.iter().map(|o| set(json::to_value(o.node))).collect();
        let mut inner = Inner {
            old,
            mutating: new(Kind::Mutating),
            validating: new(Kind::Validating),
            images,
            registry: world.images(),
            exceptions,
            cluster: Arc::new(Cluster::with_images(documents, world.images())),
            roles: Roles::among(objects),
            hooks: Vec::new(),
            asks_for_sets: all.iter().any(|o| names_sets(o.node)),
        };
        inner.hooks = mutating::hooks(&inner);
        Some(Self(Rc::new(inner)))
    }
}

impl New<'_> {
    /// Whether admission asks it, about objects.
    fn is_asked(&self) -> bool {
        self.ready.as_ref().map_or(true, |ready| ready.spec().admission && !ready.spec().json)
    }

    /// Why nothing is known of a policy that cannot be read, where it may be about the object.
    fn fault(&self, call: &Call<'_>) -> Option<Reason> {
        let fault = self.ready.as_ref().err()?;
        let home = Kind::of(self.object).filter(|(_, namespaced)| *namespaced);
        if home.is_some() && self.object.namespace().unwrap_or("default") != call.namespace {
            return None;
        }
        let rules = self.object.node.at(&["spec", "matchConstraints"]);
        let about = match (rules, call.request()) {
            (Some(rules), Ok(request)) => {
                let mut pods = request.clone();
                // A rule about pods is one about what makes them.
                (pods.resource, pods.group, pods.version) =
                    ("pods".to_owned(), String::new(), "v1".to_owned());
                [request, pods].iter().any(|r| matching::fits_as(rules, r, true).unwrap_or(true))
            }
            _ => true,
        };
        about.then(|| Reason::at(format!("{}: {}", self.object.title(), fault.text), fault.span))
    }
}

impl Old<'_> {
    /// The policy, or why nothing is known of it.
    fn ready(&self) -> Result<&Ready<'_>, Reason> {
        self.ready.as_ref().map_err(|text| self.unknown(text))
    }

    fn unknown(&self, text: &str) -> Reason {
        Reason::at(format!("{}: {text}", self.object.title()), self.object.kind_span())
    }

    fn does(&self, work: Work) -> bool {
        self.ready.as_ref().map_or(true, |ready| ready.does(work))
    }
}
