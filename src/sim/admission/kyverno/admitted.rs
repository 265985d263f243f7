//! `kyverno` asked of a world: do its webhooks let this request through, and what stands in a connection's way once the
//! object is there and its policies have made what they make?
//!
//! kyverno `pkg/webhooks/resource/{mpol,vpol,gpol}`, `pkg/webhooks/resource/handlers.go` (the old kinds change and verify
//! first, and judge later); its chart's defaults: the webhooks leave out `kube-system` and Kyverno's own namespace, and
//! exceptions are switched off.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::aside;
use super::asked::{Asked, Operation, Outcome, RuleSays, Said, labels_of};
use super::classic::{Ready, Work};
use super::cluster::Cluster;
use super::exceptions::Exceptions;
use super::heard::Heard;
use super::judge::Policy;
use super::question::Question;
use super::spec::{self, Kind};
use super::webhooks::Roles;
use crate::model::{Object, value};
use crate::parse::{Node, json};
use crate::sim::admission::defaults;
use crate::sim::network;
use crate::sim::rbac::Caller;
use crate::sim::world::{Key, World};
use crate::sim::{Answer, Reason, Verdict};

/// Namespaces that Kyverno's webhooks leave out.
const LEFT_OUT: &[&str] = &["kube-system", "kyverno"];

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

/// Whoever asks, with the groups that the API server gives them.
fn caller(user: &str) -> Caller {
    let account = user.strip_prefix("system:serviceaccount:").and_then(|rest| rest.split_once(':'));
    match account {
        Some((namespace, name)) => Caller::account(namespace, name),
        None => Caller { user: user.to_owned(), groups: vec!["system:authenticated".to_owned()] },
    }
}

/// One request on its way through Kyverno.
struct Admission<'w> {
    question: &'w Question,
    object: Object<'w>,
    policies: Vec<Object<'w>>,
    asked: Asked<'w>,
    exceptions: Exceptions<'w>,
}

impl<'w> Admission<'w> {
    fn new(world: &'w World, question: &'w Question) -> Result<Self, Verdict> {
        let object = named(world, &question.object)?;
        let old = question.old.as_deref().map(|path| named(world, path)).transpose()?.unwrap_or(object);
        let objects = world.objects();
        let asks = |o: &Object<'_>| {
            matches!(o.group(), Some("kyverno.io" | spec::GROUP)) && o.kind() != Some("PolicyException")
        };
        let mut policies: Vec<_> = objects.iter().copied().filter(asks).collect();
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
        let documents = objects.iter().map(|o| set(json::to_value(o.node))).collect();
        let asked = Asked {
            policy: object,
            resource,
            old,
            operation: question.operation,
            user: Roles::among(&objects).user(&caller(&question.user)),
            unnamed: false,
            namespace_labels: home
                .map_or_else(BTreeMap::new, |name| labels_of(&name, world.object("Namespace", None, &name))),
            variables: BTreeMap::new(),
            rule_variables: BTreeMap::new(),
            exceptions: Vec::new(),
            cluster: Arc::new(Cluster::with_images(documents, world.images())),
        };
        Ok(Self { question, object, policies, asked, exceptions: Exceptions::of(&objects) })
    }

    fn judge(mut self, world: &World) -> Result<Verdict, Verdict> {
        let home = Key::of(self.object).map(|k| k.namespace).unwrap_or_default();
        if LEFT_OUT.contains(&home.as_str()) {
            let reason = Reason::at(format!("Kyverno's webhooks leave out {home}"), self.object.kind_span());
            return Ok(Verdict::allowed(reason));
        }
        let mut heard = Heard::default();
        for policy in self.policies.clone() {
            if let Some(refused) = self.change(policy, &mut heard)? {
                return Ok(refused);
            }
        }
        if heard.refuses() {
            return Ok(heard.verdict(self.object));
        }
        for policy in self.policies.clone() {
            let Some(said) = self.said(policy, Kind::Validating, Work::Validate)? else { continue };
            if said.rules.is_empty() {
                heard.quiet.push(aside::why(policy, &self.asked, &self.question.subresource));
            }
            heard.hear(policy, &said.rules);
        }
        self.policies.iter().for_each(|policy| heard.date(*policy));
        heard.quiet.extend(self.exceptions.all_idle());
        let verdict = heard.verdict(self.object);
        match &self.question.then {
            Some(probe) if verdict.answer == Answer::Allowed => self.connected(world, probe),
            _ => Ok(verdict),
        }
    }

    /// Lets a policy change the object; the verdict where that refuses it.
    fn change(&mut self, policy: Object<'w>, heard: &mut Heard) -> Result<Option<Verdict>, Verdict> {
        for work in [Work::Mutate, Work::Verify] {
            let Some(said) = self.said(policy, Kind::Mutating, work)? else { continue };
            if work == Work::Verify {
                heard.hear(policy, &said.rules);
            } else {
                let failed = |rule: &&RuleSays| matches!(rule.outcome, Outcome::Error | Outcome::Fail);
                let failed: Vec<_> = said.rules.iter().filter(failed).collect();
                if let Some(refused) = heard.fails(policy, &failed) {
                    return Ok(Some(refused));
                }
                if !failed.is_empty() {
                    continue;
                }
            }
            // A deletion is changed by nobody.
            if let Some(patched) = said.patched.filter(|_| !self.asked.resource.is_null()) {
                if patched != self.asked.resource {
                    let text = format!("{} changes it first", policy.title());
                    heard.told.push(Reason::at(text, policy.kind_span()));
                }
                self.asked.resource = patched;
            }
        }
        Ok(None)
    }

    /// What a policy says where policies of this kind are asked, or rules that do this work; none where it has nothing to do
    /// with either.
    fn said(&mut self, policy: Object<'w>, kind: Kind, work: Work) -> Result<Option<Said>, Verdict> {
        let title = policy.title();
        let told = |text: String| unknown(&format!("{title}: {text}"), policy);
        let Some((own, _)) = Kind::of(policy) else {
            if policy.group() == Some("kyverno.io")
                && matches!(policy.kind(), Some("ClusterPolicy" | "Policy"))
            {
                let ready = Ready::read(policy).map_err(told)?;
                if !ready.does(work) {
                    return Ok(None);
                }
                if policy.node.at(aside::OF_ADMISSION).and_then(value::boolean) == Some(false) {
                    return Ok(Some(Said::default()));
                }
                self.asked.exceptions = self.exceptions.of_policy(policy);
                return ready.judge(&self.asked, &[work]).map(Some).map_err(told);
            }
            self.asked.policy = policy;
            return super::judge(&self.asked).map(Some).map_err(told);
        };
        if own != kind || work == Work::Verify {
            return Ok(None);
        }
        let ready = Policy::read(policy, &self.exceptions.nodes()).map_err(|fault| {
            let mut verdict = Verdict::unmodelled(format!("{title}: {}", fault.text));
            verdict.because = vec![Reason::at(format!("{title}: {}", fault.text), fault.span)];
            verdict
        })?;
        let ready = ready.in_a_cluster();
        if !ready.spec().admission {
            return Ok(Some(Said::default()));
        }
        ready.judge(&self.asked, &self.question.subresource).map(Some).map_err(told)
    }

    /// What a policy makes for the objects that are there already.
    fn for_existing(&mut self, world: &World, policy: Object<'w>) -> Result<Vec<serde_json::Value>, Verdict> {
        let (before, own) = (self.asked.clone(), self.object);
        let mut out = Vec::new();
        for object in world.objects().into_iter().filter(|o| *o != own) {
            self.asked.resource = set(json::to_value(object.node));
            self.asked.old = None;
            self.asked.operation = Operation::Create;
            let said = self.said(policy, Kind::Generating, Work::Generate);
            self.asked.clone_from(&before);
            out.extend(said?.into_iter().flat_map(|said| said.generated));
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
            let Some(said) = self.said(policy, Kind::Generating, Work::Generate)? else { continue };
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
