//! `kyverno` asked of a world: do its webhooks let this request through, and what stands in a connection's way once the
//! object is there and its policies have made what they make?
//!
//! kyverno `pkg/webhooks/resource/{mpol,vpol,gpol}`; its chart's defaults: the webhooks leave out `kube-system` and
//! Kyverno's own namespace, and exceptions are switched off.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::aside;
use super::asked::{Asked, Operation, Outcome, RuleSays, Said, User};
use super::cluster::Cluster;
use super::judge::Policy;
use super::spec::{self, Kind};
use crate::model::{Object, value};
use crate::parse::{Node, json};
use crate::sim::admission::defaults;
use crate::sim::network::{self, Protocol};
use crate::sim::rbac::Caller;
use crate::sim::world::{Key, World};
use crate::sim::{Answer, Reason, Verdict};

/// Namespaces that Kyverno's webhooks leave out.
const LEFT_OUT: &[&str] = &["kube-system", "kyverno"];

/// Who asks where the question names nobody.
const NOBODY: &str = "someone";

/// What is asked for, by word.
pub const OPERATIONS: &[(&str, Operation)] =
    &[("create", Operation::Create), ("update", Operation::Update), ("delete", Operation::Delete)];

/// The fields of a question.
pub const FIELDS: &[&str] =
    &["object", "operation", "old", "subresource", "user", "from", "to", "port", "protocol"];

/// The question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// `NAMESPACE/KIND/NAME`, or `KIND/NAME` for what lives in no namespace.
    pub object: String,
    /// What is done.
    pub operation: Operation,
    /// On an update: the object as it was, where it is not the same.
    pub old: Option<String>,
    /// The subresource that is written; empty for the object itself.
    pub subresource: String,
    /// Who asks.
    pub user: String,
    /// The connection that is tried once the object is there.
    pub then: Option<network::Probe>,
}

/// Reads a question by its fields; the error says what is wrong with them.
pub fn read(text: &mut dyn FnMut(&str) -> Option<String>) -> Result<Question, String> {
    let object = text("object").ok_or("the probe needs `object`")?;
    let word = text("operation").unwrap_or_else(|| "create".to_owned());
    let operation = OPERATIONS.iter().find(|(w, _)| *w == word).map(|(_, o)| *o);
    let then = match (text("from"), text("to"), text("port")) {
        (None, None, None) => None,
        (Some(from), Some(to), Some(port)) => {
            let port = port.parse().map_err(|_| format!("`{port}` is no port"))?;
            let word = text("protocol").unwrap_or_else(|| "TCP".to_owned());
            let protocol = Protocol::WORDS.iter().find(|(w, _)| *w == word).map(|(_, p)| *p);
            let protocol = protocol.ok_or_else(|| format!("`protocol` cannot be `{word}`"))?;
            Some(network::Probe { from, to, port, protocol })
        }
        _ => return Err("`from`, `to` and `port` go together".to_owned()),
    };
    Ok(Question {
        object,
        operation: operation.ok_or_else(|| format!("`operation` cannot be `{word}`"))?,
        old: text("old"),
        subresource: text("subresource").unwrap_or_default(),
        user: text("user").unwrap_or_else(|| NOBODY.to_owned()),
        then,
    })
}

impl Question {
    /// What is asked, as the subject of a sentence.
    pub fn says(&self) -> String {
        let word = match self.operation {
            Operation::Update => "update",
            Operation::Delete => "deletion",
            _ => "creation",
        };
        let object = match self.subresource.as_str() {
            "" => self.object.clone(),
            sub => format!("{}/{sub}", self.object),
        };
        match &self.then {
            None if self.user == NOBODY => format!("{word} of {object}"),
            None => format!("{word} of {object} by {}", self.user),
            Some(probe) => {
                format!(
                    "a connection from {} to {} on {} after {word} of {object}",
                    probe.from, probe.to, probe.port
                )
            }
        }
    }
}

/// Answers it.
pub fn ask(world: &World, question: &Question) -> Verdict {
    match Admission::new(world, question).and_then(|admission| admission.judge(world)) {
        Ok(verdict) | Err(verdict) => verdict,
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

/// One request on its way through Kyverno.
struct Admission<'w> {
    question: &'w Question,
    object: Object<'w>,
    policies: Vec<Object<'w>>,
    asked: Asked<'w>,
    exceptions: Vec<Object<'w>>,
}

/// What the policies said, by how much it weighs.
#[derive(Default)]
struct Heard {
    denied: Vec<Reason>,
    evidence: Vec<String>,
    told: Vec<Reason>,
    quiet: Vec<Reason>,
}

impl<'w> Admission<'w> {
    fn new(world: &'w World, question: &'w Question) -> Result<Self, Verdict> {
        let object = named(world, &question.object)?;
        let old = question.old.as_deref().map(|path| named(world, path)).transpose()?.unwrap_or(object);
        let objects = world.objects();
        let mut policies: Vec<_> = objects
            .iter()
            .copied()
            .filter(|o| matches!(o.group(), Some("kyverno.io" | spec::GROUP)))
            .collect();
        let exceptions = policies.extract_if(.., |o| o.kind() == Some("PolicyException")).collect();
        policies.sort_by_key(|o| o.name());
        // As the API server has it: in its namespace, with its defaults.
        let home = Key::of(object).map(|k| k.namespace).filter(|n| !n.is_empty());
        let stored = |object: Object<'_>| {
            let mut body = set(defaults::stored(object, ""));
            if let (Some(home), Some(metadata)) =
                (&home, body.get_mut("metadata").and_then(|m| m.as_object_mut()))
            {
                metadata.insert("namespace".to_owned(), home.as_str().into());
            }
            // The object as it was has the name of what replaces it.
            body
        };
        let mut before = stored(old);
        if let Some(name) = object.name().filter(|_| old != object) {
            before["metadata"]["name"] = name.into();
        }
        let (resource, old) = match question.operation {
            Operation::Create | Operation::Connect => (stored(object), None),
            Operation::Update => (stored(object), Some(before)),
            Operation::Delete => (serde_json::Value::Null, Some(before)),
        };
        let asked = Asked {
            policy: object,
            resource,
            old,
            operation: question.operation,
            user: User {
                name: question.user.clone(),
                groups: Caller::impersonated(&question.user, &[]).groups,
                ..User::default()
            },
            unnamed: false,
            namespace_labels: BTreeMap::new(),
            variables: BTreeMap::new(),
            rule_variables: BTreeMap::new(),
            exceptions: Vec::new(),
            cluster: Arc::new(Cluster::new(objects.iter().map(|o| set(json::to_value(o.node))).collect())),
        };
        Ok(Self { question, object, policies, asked, exceptions })
    }

    fn judge(mut self, world: &World) -> Result<Verdict, Verdict> {
        let home = Key::of(self.object).map(|k| k.namespace).unwrap_or_default();
        if LEFT_OUT.contains(&home.as_str()) {
            let reason = Reason::at(format!("Kyverno's webhooks leave out {home}"), self.object.kind_span());
            return Ok(Verdict::allowed(reason));
        }
        let mut heard = Heard::default();
        for policy in self.policies.clone() {
            if Self::is(policy, Kind::Mutating) {
                let said = self.said(policy)?;
                if let Some(error) = said.rules.iter().find(|r| r.outcome == Outcome::Error) {
                    return Err(unknown(&format!("{}: {}", policy.title(), error.message), policy));
                }
                if let Some(patched) = said.patched {
                    if patched != self.asked.resource {
                        let text = format!("{} changes it first", policy.title());
                        heard.told.push(Reason::at(text, policy.kind_span()));
                    }
                    self.asked.resource = patched;
                }
            }
        }
        for policy in self.policies.clone() {
            if Self::is(policy, Kind::Validating) {
                let said = self.said(policy)?;
                if said.rules.is_empty() {
                    heard.quiet.push(aside::why(policy, &self.asked, &self.question.subresource));
                }
                heard.hear(policy, &said.rules);
                heard.date(policy);
            }
        }
        for exception in &self.exceptions {
            let text = format!(
                "{} counts for nothing: exceptions are switched off, as by default",
                exception.title()
            );
            heard.quiet.push(Reason::at(text, exception.kind_span()));
        }
        let verdict = heard.verdict(self.object);
        match &self.question.then {
            Some(probe) if verdict.answer == Answer::Allowed => self.connected(world, probe),
            _ => Ok(verdict),
        }
    }

    /// Whether a policy is asked at this stage; the old kinds are asked at each.
    fn is(policy: Object<'_>, kind: Kind) -> bool {
        match policy.group() {
            Some(spec::GROUP) => Kind::of(policy).is_none_or(|(own, _)| own == kind),
            _ => true,
        }
    }

    fn said(&mut self, policy: Object<'w>) -> Result<Said, Verdict> {
        let title = policy.title();
        if Kind::of(policy).is_none() {
            if policy.node.at(aside::OF_ADMISSION).and_then(value::boolean) == Some(false) {
                return Ok(Said::default());
            }
            self.asked.policy = policy;
            return super::judge(&self.asked).map_err(|text| unknown(&format!("{title}: {text}"), policy));
        }
        let ready = Policy::read(policy, &[]).map_err(|fault| {
            let mut verdict = Verdict::unmodelled(format!("{title}: {}", fault.text));
            verdict.because = vec![Reason::at(format!("{title}: {}", fault.text), fault.span)];
            verdict
        })?;
        let ready = ready.in_a_cluster();
        if !ready.spec().admission {
            return Ok(Said::default());
        }
        ready
            .judge(&self.asked, &self.question.subresource)
            .map_err(|text| unknown(&format!("{title}: {text}"), policy))
    }

    /// What a policy makes for the objects that are there already.
    fn for_existing(&mut self, world: &World, policy: Object<'w>) -> Result<Vec<serde_json::Value>, Verdict> {
        let (before, own) = (self.asked.clone(), self.object);
        let mut out = Vec::new();
        for object in world.objects().into_iter().filter(|o| *o != own) {
            self.asked.resource = set(json::to_value(object.node));
            self.asked.old = None;
            self.asked.operation = Operation::Create;
            let said = self.said(policy);
            self.asked.clone_from(&before);
            out.extend(said?.generated);
        }
        Ok(out)
    }

    /// Whether a network policy was written into the namespace that this request only creates: the API server knows no
    /// such namespace yet, and refuses it (`NamespaceLifecycle`). The pods of the world are those that come later.
    fn is_early(&self, object: Object<'_>) -> bool {
        self.question.operation == Operation::Create
            && self.object.kind() == Some("Namespace")
            && object.kind() == Some("NetworkPolicy")
            && object.namespace() == self.object.name()
    }

    fn early(&self, world: &World) -> Vec<Reason> {
        let early = world.objects().into_iter().filter(|object| self.is_early(*object));
        early
            .map(|object| {
                let text = format!(
                    "{} is not taken: there is no {} yet when it is sent",
                    object.title(),
                    self.object.title()
                );
                Reason::at(text, object.kind_span())
            })
            .collect()
    }

    /// The connection in the world that the generating policies leave behind.
    fn connected(&mut self, world: &World, probe: &network::Probe) -> Result<Verdict, Verdict> {
        let (mut made, mut trees, mut quiet) = (Vec::new(), Vec::new(), Vec::new());
        for policy in self.policies.clone() {
            if !Self::is(policy, Kind::Generating) {
                continue;
            }
            let said = self.said(policy)?;
            if let Some(error) = said.rules.iter().find(|r| r.outcome == Outcome::Error) {
                quiet.extend(error.because.iter().cloned());
            } else if said.generated.is_empty() {
                let text = format!("{} makes nothing of {}", policy.title(), self.object.title());
                quiet.push(Reason::at(text, policy.kind_span()));
            }
            let existing =
                if generates_existing(policy) { self.for_existing(world, policy)? } else { Vec::new() };
            for object in said.generated.into_iter().chain(existing) {
                let tree = Arc::new(json::from_value(&object));
                let title = tree.root().map_or_else(String::new, |root| Object::new(root).title());
                let text = format!("{} makes {title}", policy.title());
                made.push(Reason::at(text, policy.kind_span()));
                trees.push(tree);
            }
        }
        quiet.extend(self.early(world));
        let known: Vec<_> = world.objects().iter().map(|o| o.node.own_span().file).collect();
        let world = world.without(|object| self.is_early(object)).with(trees);
        let mut verdict = network::probe::ask(&world, probe);
        // What was made stands in no file.
        for reason in &mut verdict.because {
            reason.span = reason.span.filter(|s| known.contains(&s.file));
        }
        if made.is_empty() && quiet.is_empty() {
            let text = format!("no policy makes anything of {}", self.object.title());
            quiet.push(Reason::at(text, self.object.kind_span()));
        }
        Ok(made.into_iter().chain(quiet).fold(verdict, Verdict::and))
    }
}

/// `evaluation.generateExisting`.
fn generates_existing(policy: Object<'_>) -> bool {
    let flag = policy.node.at(&["spec", "evaluation", "generateExisting", "enabled"]);
    flag.and_then(Node::as_bool) == Some(true)
}

/// What is sent to webhooks was read by the API server, so that fields that are null are unset.
pub(super) fn set(json: serde_json::Value) -> serde_json::Value {
    match json {
        serde_json::Value::Object(map) => {
            map.into_iter().filter(|(_, v)| !v.is_null()).map(|(k, v)| (k, set(v))).collect()
        }
        serde_json::Value::Array(items) => items.into_iter().map(set).collect(),
        other => other,
    }
}

fn unknown(text: &str, at: Object<'_>) -> Verdict {
    let mut verdict = Verdict::unmodelled(text);
    verdict.because = vec![Reason::at(text, at.kind_span())];
    verdict
}

impl Heard {
    fn hear(&mut self, policy: Object<'_>, rules: &[RuleSays]) {
        let title = policy.title();
        let name = policy.name().unwrap_or_default();
        for rule in rules {
            let word = match rule.outcome {
                Outcome::Fail | Outcome::Warn => "failed",
                Outcome::Error => "error",
                Outcome::Skip => {
                    self.quiet.push(first(rule, &format!("{title} leaves it out by a condition")));
                    continue;
                }
                Outcome::Pass => {
                    self.quiet.push(first(rule, &format!("{title} has nothing against it")));
                    continue;
                }
            };
            if rule.refuses {
                let verb = if rule.outcome == Outcome::Error {
                    "cannot judge it, and so refuses it"
                } else {
                    "refuses it"
                };
                self.denied.push(first(rule, &format!("{title} {verb}: {}", rule.message)));
                self.evidence.push(format!("Policy {name} {word}: {}", rule.message));
                continue;
            }
            let follows = aside::nothing_follows(policy, &rule.name);
            let text = format!("{title} finds `{}`, and {}", rule.message, follows.text);
            self.told.push(Reason { text, ..follows });
        }
    }

    /// Says of the old kinds that their time is up: deprecated since Kyverno 1.17.
    fn date(&mut self, policy: Object<'_>) {
        if policy.group() == Some("kyverno.io") {
            let text = format!("{} is of a kind that is deprecated since Kyverno 1.17", policy.title());
            self.quiet.push(Reason::at(text, policy.kind_span()));
        }
    }

    fn verdict(self, object: Object<'_>) -> Verdict {
        let mut denied = self.denied.into_iter();
        if let Some(reason) = denied.next() {
            let said = self.evidence.join("; ");
            return denied.fold(Verdict::denied(reason), Verdict::and).evidence(format!(
                "Error from server: admission webhook \"vpol.validate.kyverno.svc-fail\" denied the request: {said}"
            ));
        }
        let mut others = self.told.into_iter().chain(self.quiet);
        let reason = others.next().unwrap_or_else(|| {
            Reason::at(format!("no policy of Kyverno's is there for {}", object.title()), object.kind_span())
        });
        others.fold(Verdict::allowed(reason), Verdict::and)
    }
}

/// The rule's place with another sentence.
fn first(rule: &RuleSays, text: &str) -> Reason {
    let span = rule.because.first().and_then(|r| r.span);
    Reason { text: text.to_owned(), span }
}
