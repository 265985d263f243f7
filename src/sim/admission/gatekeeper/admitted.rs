//! `gatekeeper` asked of a world: does its webhook let this object in?
//!
//! gatekeeper `pkg/webhook/policy.go`: what a denying constraint finds refuses the request, warnings and dry runs do not;
//! `website/docs/exempt-namespaces.md` for namespaces that the webhook is never asked about. Where nobody is
//! named who asks, a policy which reads `userInfo` is not judged.

use std::collections::BTreeMap;

use super::config;
use super::engine::{Decides, Engine};
use super::matching::{Request, misses};
use super::policy::Review;
use super::review;
use crate::model::gatekeeper::{Constraint, Template, WEBHOOK};
use crate::model::{Object, value};
use crate::parse::Node;
use crate::sim::admission::defaults;
use crate::sim::admission::named;
use crate::sim::rbac::Caller;
use crate::sim::world::{Key, World};
use crate::sim::{Reason, Verdict};
use crate::text::Span;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// The object is made.
    Create,
    /// It replaces itself, as a change of its labels does.
    Update,
    /// It is taken away.
    Delete,
}

/// The operations by their words.
pub const OPERATIONS: &[(&str, Operation)] =
    &[("create", Operation::Create), ("update", Operation::Update), ("delete", Operation::Delete)];

/// The label that keeps a namespace from the webhook.
const IGNORE: &str = "admission.gatekeeper.sh/ignore";

/// The question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// `NAMESPACE/KIND/NAME`, or `KIND/NAME` for what lives in no namespace.
    pub object: String,
    /// What is done.
    pub operation: Operation,
    /// On an update: the object as it was, where it is not the same.
    pub old: Option<String>,
    /// Who asks, where anybody is named: `review.userInfo`.
    pub user: Option<Caller>,
}

impl Question {
    /// What is asked, as the subject of a sentence.
    pub fn says(&self) -> String {
        let word = match self.operation {
            Operation::Create => "creation",
            Operation::Update => "update",
            Operation::Delete => "deletion",
        };
        match &self.user {
            None => format!("{word} of {}", self.object),
            Some(caller) => format!("{word} of {} by {}", self.object, caller.user),
        }
    }
}

/// Answers it.
pub fn ask(world: &World, question: &Question) -> Verdict {
    let (object, old) = match (named::find(world, &question.object), question.old.as_deref()) {
        (Ok(object), None) => (object, object),
        (Ok(object), Some(old)) => match named::find(world, old) {
            Ok(old) => (object, old),
            Err(verdict) => return verdict,
        },
        (Err(verdict), _) => return verdict,
    };
    let namespace = Key::of(object).map(|key| key.namespace).filter(|n| !n.is_empty());
    let home = namespace.as_deref().and_then(|name| world.object("Namespace", None, name));
    let asked = Asked {
        object,
        old,
        namespace: namespace.as_deref(),
        home,
        operation: question.operation,
        user: question.user.as_ref(),
    };
    match Gate::new(&world.objects()).ask(&asked) {
        Ok(heard) => heard.verdict(object),
        Err(Aside::Never(reason)) => Verdict::allowed(reason),
        Err(Aside::Unknown(text)) => Verdict::unmodelled(text),
    }
}

/// A request as the webhook gets it.
pub struct Asked<'o, 't> {
    /// The object as it shall be, or as it is where it is taken away.
    pub object: Object<'t>,
    /// What it replaces.
    pub old: Object<'t>,
    /// The namespace that it lives in.
    pub namespace: Option<&'o str>,
    /// That namespace's object.
    pub home: Option<Object<'t>>,
    /// What is done.
    pub operation: Operation,
    /// Who asks, where that is known.
    pub user: Option<&'o Caller>,
}

/// Why no constraint is asked.
pub enum Aside {
    /// The webhook is never asked about it.
    Never(Reason),
    /// It cannot be judged.
    Unknown(String),
}

/// Gatekeeper in a world: its templates, compiled when they are first asked, and its constraints.
#[derive(Clone, Debug, Default)]
pub struct Gate<'w> {
    objects: Vec<Object<'w>>,
    templates: Vec<Template<'w>>,
    constraints: Vec<Constraint<'w>>,
    compiled: BTreeMap<&'w str, Result<Engine<'w>, String>>,
}

impl<'w> Gate<'w> {
    /// What there is of it among these objects.
    pub fn new(objects: &[Object<'w>]) -> Self {
        let constraints: Vec<_> = objects.iter().copied().filter_map(Constraint::new).collect();
        if constraints.is_empty() {
            return Self::default();
        }
        let templates = objects.iter().copied().filter_map(Template::new).collect();
        Self { objects: objects.to_vec(), templates, constraints, compiled: BTreeMap::new() }
    }

    /// Whether there is no constraint.
    pub fn is_empty(&self) -> bool {
        self.constraints.is_empty()
    }

    /// Compiles every template that has a constraint, so that copies need not.
    pub fn prepare(&mut self) {
        let kinds: Vec<&'w str> = self.constraints.iter().filter_map(|c| c.object.kind()).collect();
        for kind in kinds {
            let of_kind = |t: &&Template<'w>| t.kind().and_then(value::string) == Some(kind);
            let Some(template) = self.templates.iter().find(of_kind).copied() else { continue };
            self.compiled.entry(kind).or_insert_with(|| Engine::ready(template, &self.objects));
        }
    }

    /// Asks every constraint.
    pub fn ask<'t>(&mut self, asked: &Asked<'_, 't>) -> Result<Heard, Aside>
    where
        'w: 't,
    {
        match never_asked(&self.objects, asked) {
            Ok(None) => {}
            Ok(Some(reason)) => return Err(Aside::Never(reason)),
            Err(text) => return Err(Aside::Unknown(text)),
        }
        if let Some(other) = config::expands(&self.objects, asked.object) {
            let kind = asked.object.kind().unwrap_or("object");
            let text = format!("{} expands a {kind}, and what it makes of it is not modelled", other.title());
            return Err(Aside::Unknown(text));
        }
        let review = Review::new(reviewed(asked));
        let both = if asked.old == asked.object { vec![asked.object] } else { vec![asked.object, asked.old] };
        let request = Request { objects: both, namespace: asked.home };
        let mut heard = Heard::default();
        for constraint in self.constraints.iter().copied() {
            let kind = constraint.object.kind().unwrap_or("");
            let of_kind = |t: &&Template<'w>| t.kind().and_then(value::string) == Some(kind);
            let Some(template) = self.templates.iter().find(of_kind).copied() else {
                heard.unknown.push(format!("{}: no template makes this kind", constraint.object.title()));
                continue;
            };
            match misses(constraint.matching(), &request) {
                Ok(None) => {}
                Ok(Some(miss)) => {
                    let text = format!("{} does not look at it: {}", title(constraint), miss.text);
                    heard.missed.push(Reason::at(text, miss.span));
                    continue;
                }
                Err(error) => {
                    heard.unknown.push(error);
                    continue;
                }
            }
            let policy = self.compiled.entry(kind).or_insert_with(|| Engine::ready(template, &self.objects));
            let found = policy.as_mut().map_err(|e| e.clone()).and_then(|engine| {
                if engine.reads_user() && asked.user.is_none() {
                    return Err(format!(
                        "{} reads userInfo, and nobody is named here",
                        template.object.title()
                    ));
                }
                let found = engine.violations(constraint, &review, asked.home)?;
                Ok((found, engine.decides(template)))
            });
            match found {
                Err(error) => heard.unknown.push(error),
                Ok((found, decides)) => heard.hear(constraint, &found, decides),
            }
        }
        Ok(heard)
    }
}

/// What the constraints said, by how much it weighs.
#[derive(Clone, Debug, Default)]
pub struct Heard {
    /// Why it is refused.
    pub denied: Vec<Reason>,
    /// What a refusal says, a line for each violation.
    pub evidence: Vec<String>,
    /// What cannot be judged.
    pub unknown: Vec<String>,
    /// What is found and refuses nothing.
    pub tolerated: Vec<Reason>,
    /// What the client is told of that.
    pub warnings: Vec<String>,
    /// Constraints that do not look at it.
    pub missed: Vec<Reason>,
    /// Constraints that have nothing against it.
    pub quiet: Vec<Reason>,
}

impl Heard {
    fn hear(&mut self, constraint: Constraint<'_>, found: &[super::Violation], decides: Decides) {
        let name = title(constraint);
        let at = constraint.object.kind_span();
        let Some(first) = found.first() else {
            let text = format!("{name} looks at it, and {}", decides.silent);
            self.quiet.push(Reason::at(text, decides.at.unwrap_or(at)));
            return;
        };
        let rule = decides.at.map(|span| Reason::at(decides.finds, span));
        if constraint.denies() {
            for violation in found {
                self.denied.push(Reason::at(format!("{name} refuses it: {}", violation.msg), at));
                let who = constraint.object.name().unwrap_or("");
                self.evidence.push(format!("[{who}] {}", violation.msg));
            }
            self.denied.extend(rule);
            return;
        }
        let actions = constraint.actions_at_webhook();
        if actions.contains(&"warn") {
            let who = constraint.object.name().unwrap_or("");
            self.warnings.extend(found.iter().map(|v| format!("Warning: [{who}] {}", v.msg)));
        }
        let follows = if actions.is_empty() {
            "at the webhook nothing follows from it".to_owned()
        } else {
            format!("its enforcementAction {} refuses nothing", actions.join(", "))
        };
        let text = format!("{name} finds `{}`, and {follows}", first.msg);
        self.tolerated.push(Reason::at(text, constraint.action().map_or(at, Node::own_span)));
        self.tolerated.extend(rule);
    }

    fn verdict(self, object: Object<'_>) -> Verdict {
        let mut denied = self.denied.into_iter();
        if let Some(first) = denied.next() {
            let said = said(&self.evidence);
            let verdict = denied.fold(Verdict::denied(first), Verdict::and);
            return verdict.evidence(format!("Error from server (Forbidden): {said}"));
        }
        if !self.unknown.is_empty() {
            return Verdict::unmodelled(self.unknown.join("; "));
        }
        let mut others = self.tolerated.into_iter().chain(self.missed).chain(self.quiet);
        let first = others.next().unwrap_or_else(|| {
            Reason::at(format!("no constraint stands in the way of {}", object.title()), object.kind_span())
        });
        others.fold(Verdict::allowed(first), Verdict::and)
    }
}

/// The webhook's answer, as the API server passes it on.
pub fn said(lines: &[String]) -> String {
    format!("admission webhook \"{WEBHOOK}\" denied the request: {}", lines.join("\n"))
}

fn title(constraint: Constraint<'_>) -> String {
    format!("`{}`", constraint.object.name().unwrap_or("a constraint without a name"))
}

/// Why its webhook is not asked; an error where that is not known.
fn never_asked(objects: &[Object<'_>], asked: &Asked<'_, '_>) -> Result<Option<Reason>, String> {
    if let Some(label) = asked.home.and_then(|home| home.label(IGNORE)) {
        let text = format!("the namespace is labelled {IGNORE}, so that Gatekeeper is never asked");
        return Ok(Some(Reason::at(text, label.own_span())));
    }
    let entry = config::left_out(objects, asked.object, asked.namespace)?;
    Ok(entry.map(|node| Reason::at("Gatekeeper's Config leaves out the namespace", node.own_span())))
}

/// The request, as the API server sends it: with the object's defaults, and in its namespace.
fn reviewed(asked: &Asked<'_, '_>) -> serde_json::Value {
    let mut review = review::of_object(asked.object);
    let stored = |object: Object<'_>| {
        let mut body = defaults::stored(object, "");
        let metadata = body.get_mut("metadata").and_then(serde_json::Value::as_object_mut);
        if let (Some(metadata), Some(namespace)) = (metadata, asked.namespace) {
            metadata.insert("namespace".to_owned(), namespace.into());
        }
        body
    };
    if let Some(fields) = review.as_object_mut() {
        if let Some(namespace) = asked.namespace {
            fields.insert("namespace".to_owned(), namespace.into());
        }
        let body = stored(asked.object);
        let (word, old) = match asked.operation {
            Operation::Create => ("CREATE", serde_json::Value::Null),
            Operation::Update => ("UPDATE", stored(asked.old)),
            Operation::Delete => ("DELETE", body.clone()),
        };
        fields.insert("operation".to_owned(), word.into());
        fields.insert("oldObject".to_owned(), old);
        fields.insert("object".to_owned(), body);
        if let Some(user) = asked.user {
            let who = serde_json::json!({ "username": user.user, "groups": user.groups });
            fields.insert("userInfo".to_owned(), who);
        }
    }
    review
}

/// Where a line of a text stands in its file: a block begins on the line behind its mark.
pub(super) fn line_span(node: Node<'_>, line: u32) -> Span {
    let (source, span) = (node.tree().source(), node.own_span());
    let first = source.position(span.start).line;
    let text = source.slice(span);
    if text.starts_with(['|', '>']) {
        return source.line_span(first + line);
    }
    if text.contains('\n') { source.line_span(first + line - 1) } else { span }
}
