//! `ExpansionTemplate`: the objects that a workload will make, reviewed when the workload is sent.
//!
//! gatekeeper `pkg/expansion/{system,db,aggregate}.go`, `pkg/webhook/policy.go` (`reviewRequest`),
//! `pkg/mutation/match/apply_to.go` (no globs). A template that the webhook refuses, or that leads back to itself through
//! others, makes nothing. What Gatekeeper's mutators make of such objects is not modelled.

use serde_json::{Map, Value, json};

use super::config::{Gvk, gvk};
use crate::model::{Object, value};
use crate::parse::Node;
use crate::sim::Reason;

/// The most objects that one is expanded to.
const MOST: usize = 64;
/// How long a name is that Gatekeeper refuses.
const LONG: usize = 64;
/// The group of mutators.
const MUTATORS: &str = "mutations.gatekeeper.sh";

/// The templates of a cluster that are in use, by name.
#[derive(Clone, Debug, Default)]
pub(super) struct Expansions<'w> {
    templates: Vec<Expansion<'w>>,
    /// A mutator, which may change what is made.
    mutator: Option<Object<'w>>,
}

/// One template.
#[derive(Clone, Debug)]
struct Expansion<'w> {
    object: Object<'w>,
    applies: Vec<Node<'w>>,
    /// The path of the field that holds what is made.
    source: &'w str,
    makes: Gvk<'w>,
    action: Option<&'w str>,
}

/// What a template makes of an object.
#[derive(Clone, Debug)]
pub(super) struct Resultant<'w> {
    /// It.
    pub(super) body: Value,
    /// The template.
    pub(super) template: Object<'w>,
    /// The action that counts for it in the place of each constraint's own.
    pub(super) action: Option<&'w str>,
}

impl<'w> Expansion<'w> {
    /// `ValidateTemplate`: none where the webhook refuses it.
    fn new(object: Object<'w>) -> Option<Self> {
        if object.group() != Some("expansion.gatekeeper.sh") || object.kind() != Some("ExpansionTemplate") {
            return None;
        }
        let named = object.name().is_some_and(|name| !name.is_empty() && name.len() < LONG);
        let spec = object.node.get("spec").filter(|_| named)?;
        let text = |node: Node<'w>, key: &str| node.get(key).and_then(value::string).unwrap_or("");
        let generated = spec.get("generatedGVK")?;
        let makes = (text(generated, "group"), text(generated, "version"), text(generated, "kind"));
        let applies: Vec<Node<'w>> = spec.get("applyTo")?.items().collect();
        let action = Some(text(spec, "enforcementAction")).filter(|action| !action.is_empty());
        let out = Self { object, applies, source: text(spec, "templateSource"), makes, action };
        let whole = !out.source.is_empty() && makes != ("", "", "") && !out.applies.is_empty();
        (whole && !out.expands(makes)).then_some(out)
    }

    fn expands(&self, (group, version, kind): Gvk<'_>) -> bool {
        self.applies.iter().any(|entry| {
            [("groups", group), ("versions", version), ("kinds", kind)].iter().all(|(key, word)| {
                let words = entry.get(key).into_iter().flat_map(Node::items);
                words.into_iter().any(|node| value::string(node) == Some(word))
            })
        })
    }

    /// `expandResource`.
    fn of(&self, base: &Value, namespace: Option<&str>) -> Result<Value, Reason> {
        let found = self.source.split('.').try_fold(base, |at, key| at.get(key));
        let Some(found) = found.and_then(Value::as_object) else {
            let text = format!(
                "{} asks for `{}` of an object that has no such mapping, and what follows is not modelled",
                self.object.title(),
                self.source
            );
            return Err(Reason::at(text, self.object.kind_span()));
        };
        let mut body = found.clone();
        let (group, version, kind) = self.makes;
        let whole = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
        body.insert("apiVersion".to_owned(), whole.into());
        body.insert("kind".to_owned(), kind.into());
        let of = |key: &str| base.pointer(&format!("/metadata/{key}")).and_then(Value::as_str);
        let name = of("name").unwrap_or("");
        let dash = if kind.is_empty() { "" } else { "-" };
        let mock = format!("{name}{dash}{kind}").to_lowercase();
        let metadata = body.entry("metadata").or_insert_with(|| Value::Object(Map::new()));
        if !metadata.is_object() {
            *metadata = json!({});
        }
        metadata["name"] = mock.into();
        if let Some(namespace) = namespace.or_else(|| of("namespace")) {
            metadata["namespace"] = namespace.into();
        }
        Ok(Value::Object(body))
    }
}

impl<'w> Expansions<'w> {
    /// Those among these objects.
    pub(super) fn among(objects: &[Object<'w>]) -> Self {
        let mut all: Vec<_> = objects.iter().copied().filter_map(Expansion::new).collect();
        all.sort_by_key(|one| one.object.name());
        let circles: Vec<bool> = (0..all.len()).map(|at| circles(&all, at)).collect();
        let mut circles = circles.into_iter();
        all.retain(|_| !circles.next().unwrap_or(false));
        let mutator = objects.iter().copied().find(|o| o.group() == Some(MUTATORS));
        Self { templates: all, mutator }
    }

    /// What they make of an object in a namespace, and of that again; an error is what is not known.
    pub(super) fn of(
        &self,
        object: Object<'_>,
        body: &Value,
        namespace: Option<&str>,
    ) -> Result<Vec<Resultant<'w>>, Reason> {
        let mut out = Vec::new();
        self.expand(gvk(object), body, namespace, &mut out)?;
        match (out.first(), self.mutator) {
            (Some(one), Some(mutator)) => {
                let text = format!(
                    "{} makes further objects of it, and what {} makes of those is not modelled",
                    one.template.title(),
                    mutator.title()
                );
                Err(Reason::at(text, mutator.kind_span()))
            }
            _ => Ok(out),
        }
    }

    /// What is made of what is made comes first.
    fn expand(
        &self,
        of: Gvk<'_>,
        body: &Value,
        namespace: Option<&str>,
        out: &mut Vec<Resultant<'w>>,
    ) -> Result<(), Reason> {
        let mut here = Vec::new();
        for template in self.templates.iter().filter(|template| template.expands(of)) {
            let body = template.of(body, namespace)?;
            self.expand(template.makes, &body, namespace, out)?;
            here.push(Resultant { body, template: template.object, action: template.action });
            if out.len() + here.len() > MOST {
                let text =
                    format!("{} and others make more than {MOST} objects of it", template.object.title());
                return Err(Reason::at(text, template.object.kind_span()));
            }
        }
        out.extend(here);
        Ok(())
    }
}

/// Whether what a template makes comes back to it through others (`updateCycles`).
fn circles(all: &[Expansion<'_>], start: usize) -> bool {
    let (mut seen, mut next) = (vec![false; all.len()], vec![start]);
    while let Some(at) = next.pop() {
        for to in (0..all.len()).filter(|to| all[*to].expands(all[at].makes)) {
            if to == start {
                return true;
            }
            if !std::mem::replace(&mut seen[to], true) {
                next.push(to);
            }
        }
    }
    false
}
