//! `gatekeeper` asked of a world: does its webhook let this object in?
//!
//! gatekeeper `pkg/webhook/policy.go`: what a denying constraint finds refuses the request, warnings and dry runs do not;
//! `website/docs/exempt-namespaces.md` for namespaces that the webhook is never asked about. Who asks is not part of the
//! question, so that a policy which reads `userInfo` is not judged.

use std::collections::BTreeMap;

use super::matching::{Request, misses};
use super::policy::{Parameters, Policy, Review};
use super::{inventory, review};
use crate::model::gatekeeper::{Code, Constraint, Template};
use crate::model::{Object, value};
use crate::parse::{Node, json};
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
}

impl Question {
    /// What is asked, as the subject of a sentence.
    pub fn says(&self) -> String {
        let word = match self.operation {
            Operation::Create => "creation",
            Operation::Update => "update",
            Operation::Delete => "deletion",
        };
        format!("{word} of {}", self.object)
    }
}

/// The object that a question names.
fn named<'w>(world: &'w World, path: &str) -> Result<Object<'w>, Verdict> {
    let parts: Vec<&str> = path.split('/').collect();
    let (namespace, kind, name) = match parts[..] {
        [kind, name] => ("", kind, name),
        [namespace, kind, name] => (namespace, kind, name),
        _ => return Err(Verdict::unmodelled(format!("{path} is neither NAMESPACE/KIND/NAME nor KIND/NAME"))),
    };
    let fits =
        |key: Key| key.namespace == namespace && key.kind.eq_ignore_ascii_case(kind) && key.name == name;
    let found = world.objects().into_iter().find(|o| Key::of(*o).is_some_and(fits));
    found.ok_or_else(|| Verdict::unmodelled(format!("there is no object {path}")))
}

/// Answers it.
pub fn ask(world: &World, question: &Question) -> Verdict {
    let (object, old) = match (named(world, &question.object), question.old.as_deref()) {
        (Ok(object), None) => (object, object),
        (Ok(object), Some(old)) => match named(world, old) {
            Ok(old) => (object, old),
            Err(verdict) => return verdict,
        },
        (Err(verdict), _) => return verdict,
    };
    let objects = world.objects();
    let namespace = Key::of(object).map(|key| key.namespace).filter(|n| !n.is_empty());
    let home = namespace.as_deref().and_then(|name| world.object("Namespace", None, name));
    if let Some(reason) = never_asked(&objects, home, namespace.as_deref()) {
        return Verdict::allowed(reason);
    }
    if let Some(other) = objects.iter().find(|o| o.kind() == Some("ExpansionTemplate")) {
        return Verdict::unmodelled(format!("{} expands workloads, which is not modelled", other.title()));
    }
    let review = reviewed(object, old, namespace.as_deref(), question.operation);
    let objects_asked = if old == object { vec![object] } else { vec![object, old] };
    let request = Request { objects: objects_asked, namespace: home };
    let templates: Vec<_> = objects.iter().copied().filter_map(Template::new).collect();
    let mut compiled: BTreeMap<&str, Result<Policy, String>> = BTreeMap::new();
    let mut heard = Heard::default();
    for constraint in objects.iter().copied().filter_map(Constraint::new) {
        let kind = constraint.object.kind().unwrap_or("");
        let Some(template) =
            templates.iter().find(|t| t.kind().and_then(value::string) == Some(kind)).copied()
        else {
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
        let policy = compiled.entry(kind).or_insert_with(|| ready(template, &objects));
        let found = policy.as_mut().map_err(|e| e.clone()).and_then(|policy| {
            let found = policy.violations(&review, &Parameters::new(constraint.parameters()))?;
            Ok((found, rule_place(template, policy)))
        });
        match found {
            Err(error) => heard.unknown.push(error),
            Ok((found, rule)) => heard.hear(constraint, template, &found, rule),
        }
    }
    heard.verdict(object)
}

/// What the constraints said, by how much it weighs.
#[derive(Default)]
struct Heard {
    denied: Vec<Reason>,
    evidence: Vec<String>,
    unknown: Vec<String>,
    tolerated: Vec<Reason>,
    missed: Vec<Reason>,
    quiet: Vec<Reason>,
}

impl Heard {
    fn hear(
        &mut self,
        constraint: Constraint<'_>,
        template: Template<'_>,
        found: &[super::Violation],
        rule: Option<Span>,
    ) {
        let name = title(constraint);
        let at = constraint.object.kind_span();
        let of = template.object.title();
        let Some(first) = found.first() else {
            let text = format!("{name} looks at it, and no rule `violation` of {of} holds");
            self.quiet.push(Reason::at(text, rule.unwrap_or(at)));
            return;
        };
        let rule = rule.map(|span| Reason::at(format!("the rule `violation` of {of} holds"), span));
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
        let actions = if actions.is_empty() {
            "no action at the webhook".to_owned()
        } else {
            format!("enforcementAction {}", actions.join(", "))
        };
        let text = format!("{name} finds `{}`, and its {actions} refuses nothing", first.msg);
        self.tolerated.push(Reason::at(text, constraint.action().map_or(at, Node::own_span)));
        self.tolerated.extend(rule);
    }

    fn verdict(self, object: Object<'_>) -> Verdict {
        let mut denied = self.denied.into_iter();
        if let Some(first) = denied.next() {
            let said = self.evidence.join("\n");
            return denied.fold(Verdict::denied(first), Verdict::and).evidence(format!(
                "Error from server (Forbidden): admission webhook \"validation.gatekeeper.sh\" denied the request: {said}"
            ));
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

fn title(constraint: Constraint<'_>) -> String {
    format!("`{}`", constraint.object.name().unwrap_or("a constraint without a name"))
}

fn ready(template: Template<'_>, objects: &[Object<'_>]) -> Result<Policy, String> {
    let code = match template.code() {
        Code::Rego(code) => code,
        Code::Cel(_) => {
            return Err(format!("{} is written in CEL, which is not modelled", template.object.title()));
        }
        Code::Missing => return Err(format!("{} has no code", template.object.title())),
    };
    let mut policy = Policy::compile(&code)
        .map_err(|(node, fault)| format!("{}, line {}: {}", node.path(), fault.line, fault.text))?;
    if policy.reads_user {
        return Err(format!("{} reads userInfo, and nobody is named here", template.object.title()));
    }
    let inventory = inventory::of(objects.iter().copied().filter(|o| synced(objects, *o)))?;
    policy.set_inventory(|| inventory)?;
    Ok(policy)
}

/// Whether a `Config` or a `SyncSet` has Gatekeeper keep a copy of such objects.
fn synced(objects: &[Object<'_>], object: Object<'_>) -> bool {
    let version = object.api_version().unwrap_or("");
    let (group, version) = version.split_once('/').unwrap_or(("", version));
    let wanted = [("group", group), ("version", version), ("kind", object.kind().unwrap_or(""))];
    let names = |entry: Node<'_>| {
        wanted.iter().all(|(key, word)| entry.get(key).and_then(value::string).unwrap_or("") == *word)
    };
    objects.iter().any(|o| {
        let list = match (o.group(), o.kind()) {
            (Some("config.gatekeeper.sh"), Some("Config")) => o.node.at(&["spec", "sync", "syncOnly"]),
            (Some("syncset.gatekeeper.sh"), Some("SyncSet")) => o.node.at(&["spec", "gvks"]),
            _ => None,
        };
        list.is_some_and(|list| list.items().any(names))
    })
}

fn never_asked(objects: &[Object<'_>], home: Option<Object<'_>>, namespace: Option<&str>) -> Option<Reason> {
    if let Some(label) = home.and_then(|home| home.label(IGNORE)) {
        let text = format!("the namespace is labelled {IGNORE}, so that Gatekeeper is never asked");
        return Some(Reason::at(text, label.own_span()));
    }
    let configs =
        objects.iter().filter(|o| o.kind() == Some("Config") && o.group() == Some("config.gatekeeper.sh"));
    let entries = configs.filter_map(|o| o.node.at(&["spec", "match"])).flat_map(Node::items);
    for entry in entries {
        let texts = |key: &str| entry.get(key).into_iter().flat_map(Node::items);
        let webhook = texts("processes").any(|p| matches!(value::string(p), Some("*" | "webhook")));
        let named = texts("excludedNamespaces").find(|n| {
            value::string(*n)
                .zip(namespace)
                .is_some_and(|(pattern, name)| super::matching::glob(pattern, name))
        });
        if let Some(node) = named.filter(|_| webhook) {
            return Some(Reason::at("Gatekeeper's Config leaves out the namespace", node.own_span()));
        }
    }
    None
}

/// The request, as the API server sends it: the namespace of a namespaced object is always there.
fn reviewed(object: Object<'_>, old: Object<'_>, namespace: Option<&str>, operation: Operation) -> Review {
    let mut review = review::of_object(object);
    let stored = |object: Object<'_>| {
        let mut body = json::to_value(object.node);
        let metadata = body.get_mut("metadata").and_then(serde_json::Value::as_object_mut);
        if let (Some(metadata), Some(namespace)) = (metadata, namespace) {
            metadata.insert("namespace".to_owned(), namespace.into());
        }
        body
    };
    if let Some(fields) = review.as_object_mut() {
        if let Some(namespace) = namespace {
            fields.insert("namespace".to_owned(), namespace.into());
        }
        let body = stored(object);
        let (word, old) = match operation {
            Operation::Create => ("CREATE", serde_json::Value::Null),
            Operation::Update => ("UPDATE", stored(old)),
            Operation::Delete => ("DELETE", body.clone()),
        };
        fields.insert("operation".to_owned(), word.into());
        fields.insert("oldObject".to_owned(), old);
        fields.insert("object".to_owned(), body);
    }
    Review::new(review)
}

/// The line of the one rule `violation`; where there are several, the first.
fn rule_place(template: Template<'_>, policy: &Policy) -> Option<Span> {
    let Code::Rego(code) = template.code() else { return None };
    policy.lines.first().map(|line| line_span(code.rego, *line))
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
