//! The admission of pods and workloads, stage by stage, in the API server's order.
//!
//! kubernetes `pkg/kubeapiserver/options/plugins.go` (`AllOrderedPlugins`): all plugins that change a request, then
//! validation, then all that refuse; `ResourceQuota` comes last. A workload is stored by itself, and its pods are asked
//! about one by one when its controller makes them. What a cluster may well have outside the objects that are known
//! (accounts, classes) is taken as there, and said.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::Value;

use super::decode::{decoded, is_workload, unmapped, unnamed};
use super::gatekeeper::Gate;
use super::lifecycle;
use super::limit_range::LimitRange;
use super::made;
use super::mutating::{self, Memory, PASSING};
pub use super::outcome::{Admission, Refusal, Stage, Stop};
use super::pod_security::{NEWEST, Policy, evaluate_at};
use super::policy::{Bound, Mutators};
use super::priority::Priorities;
use super::quota::{Charge, Quota, charge_object, charge_pods};
use super::stages::{Draft, End, STAGES};
use super::told::{self, Form, Of};
use super::unasked::Unasked;
use super::usage::PodUse;
use super::validating::{Said, Sent, VALIDATING};
use super::validation;
use super::wanted::{first_of, is_halted, pods_of};
use super::webhooks::Engines;
use crate::model::{Object, PodTemplate, template_of};
use crate::parse::json;
use crate::sim::Reason;
use crate::sim::rbac::Caller;
use crate::sim::world::{Key, World};

/// A namespace's part of the chain.
#[derive(Clone, Debug, Default)]
pub(super) struct Space<'w> {
    pub(super) object: Option<Object<'w>>,
    pub(super) policy: Policy,
    pub(super) limits: Vec<LimitRange<'w>>,
    pub(super) quotas: Vec<Quota<'w>>,
}

/// All that admission asks of a world. Quotas fill as objects are admitted; all else is shared between copies, of which
/// each object that is changed makes one.
#[derive(Clone, Debug)]
pub struct Chain<'w> {
    pub(super) spaces: BTreeMap<&'w str, Space<'w>>,
    pub(super) accounts: Rc<BTreeMap<(&'w str, &'w str), Object<'w>>>,
    pub(super) priorities: Priorities<'w>,
    pub(super) usual_priority: Option<&'w str>,
    pub(super) runtimes: BTreeMap<&'w str, Object<'w>>,
    pub(super) unasked: Rc<Vec<Unasked<'w>>>,
    pub(super) mutators: Rc<Mutators<'w>>,
    pub(super) policies: Rc<Bound<'w>>,
    pub(super) gate: Gate<'w>,
    pub(super) engines: Rc<Engines<'w>>,
    /// Who sends the objects, where that is known.
    pub(super) sender: Option<Caller>,
    /// The cluster's own minor version.
    pub(super) newest: u32,
}

impl<'w> Chain<'w> {
    /// Reads a world. Its own pods count in quotas that do not say what is used, where `running` says so.
    pub fn new(world: &'w World, running: bool) -> Self {
        let objects = world.objects();
        let mut chain = Self {
            spaces: BTreeMap::new(),
            accounts: Rc::default(),
            priorities: Priorities::default(),
            usual_priority: None,
            runtimes: BTreeMap::new(),
            unasked: Rc::new(objects.iter().filter_map(|o| Unasked::of(*o)).collect()),
            mutators: Rc::default(),
            policies: Rc::default(),
            gate: Gate::default(),
            engines: Rc::default(),
            sender: None,
            newest: world.host(None).map_or(NEWEST, |h| h.minor),
        };
        let mut accounts = BTreeMap::new();
        for object in &objects {
            let (Some(kind), Some(name)) = (object.kind(), object.name()) else { continue };
            let namespace = object.namespace().unwrap_or(USUAL);
            match (object.group(), kind) {
                (Some(""), "Namespace") => {
                    let space = chain.spaces.entry(name).or_default();
                    space.object = Some(*object);
                    space.policy = Policy::of_labels(&object.labels(), Policy::default()).0;
                }
                (Some(""), "LimitRange") => {
                    chain.spaces.entry(namespace).or_default().limits.push(LimitRange::of(*object));
                }
                (Some(""), "ResourceQuota") => {
                    chain.spaces.entry(namespace).or_default().quotas.push(Quota::of(*object));
                }
                (Some(""), "ServiceAccount") => {
                    accounts.insert((namespace, name), *object);
                }
                (Some("scheduling.k8s.io"), "PriorityClass") => {
                    chain.priorities.add(name, *object);
                }
                (Some("node.k8s.io"), "RuntimeClass") => {
                    chain.runtimes.insert(name, *object);
                }
                _ => {}
            }
        }
        chain.accounts = Rc::new(accounts);
        chain.usual_priority = chain.priorities.usual();
        if running {
            chain.count_running(&objects);
        }
        // What runs was let in once: nobody asks again.
        chain.mutators = Rc::new(Mutators::new(&objects));
        chain.policies = Rc::new(Bound::new(&objects));
        chain.gate = Gate::new(&objects);
        chain.engines = Rc::new(Engines::of(world, &objects));
        chain
    }

    /// Says who sends the objects.
    #[must_use]
    pub fn sent_by(mut self, sender: Option<Caller>) -> Self {
        self.sender = sender;
        self
    }

    /// Admits a Pod, or a workload and the pods that it makes; `None` for an object that is neither.
    pub fn admit(&mut self, object: Object<'w>) -> Option<Admission> {
        let unmapped = unmapped(object, self.newest);
        if !is_workload(object) && unmapped.is_none() {
            return None;
        }
        let key = Key::of(object).or_else(|| unnamed(object))?;
        let span = object.kind_span();
        let mut out = Admission {
            wanted: pods_of(object, &key.kind),
            admitted: 0,
            start: first_of(object),
            stop: unmapped,
            open: false,
            notes: Vec::new(),
            quiet: Vec::new(),
            warnings: Vec::new(),
            span,
            key,
        };
        if out.stop.is_some() {
            return Some(out);
        }
        let template = match decoded(object) {
            Ok(template) => template,
            Err(stop) => {
                out.stop = Some(stop);
                return Some(out);
            }
        };
        let namespace = object.namespace().unwrap_or(USUAL);
        let home = self.space(namespace).and_then(|space| space.object);
        if let Some(end) = lifecycle::refusal(object, namespace, home) {
            out.stop = Some(Stop::of(Stage::NamespaceLifecycle, end, Of::Itself));
            return Some(out);
        }
        if self.space(namespace).is_none_or(|s| s.object.is_none()) {
            let text = format!(
                "the namespace `{namespace}` is not among these objects: it is taken as one without labels"
            );
            out.notes.push(Reason::at(text, span));
        }
        if out.key.kind == "Pod" || !self.may_change() {
            self.stored(object, template, namespace, &mut out);
            return Some(out);
        }
        let own = self.itself(object, namespace, true);
        let mut said = Said::default();
        let changed = mutating::workload(self, own, &mut said);
        out.hear(said, Of::Itself);
        match changed {
            Err(stop) => out.stop = Some(stop),
            Ok(None) => self.stored(object, template, namespace, &mut out),
            Ok(Some(tree)) => {
                let changed = tree.root().map(Object::new);
                if let Some((object, template)) = changed.and_then(|o| Some((o, template_of(o)?))) {
                    out.wanted = pods_of(object, &out.key.kind);
                    let mut inner: Chain<'_> = self.clone();
                    inner.stored(object, template, namespace, &mut out);
                    self.count_as(&inner);
                }
                out.place(&tree, object);
            }
        }
        Some(out)
    }

    /// Admits an object that mutating policies have seen, and the pods that it makes.
    fn stored(
        &mut self,
        object: Object<'w>,
        template: PodTemplate<'w>,
        namespace: &'w str,
        out: &mut Admission,
    ) {
        let of_pod = out.key.kind == "Pod";
        let mut open = None;
        if !of_pod {
            if let Some(faults) = validation::object(object) {
                let refusal = Refusal { form: Form::Invalid, said: faults.said, of: Of::Itself };
                let stop = Stop { stage: Stage::Validation, refusal: Some(refusal), because: faults.because };
                return out.end(None, Some(stop));
            }
            out.warnings.extend(self.warning(namespace, template));
            for sent in self.workload(object, namespace) {
                let (unasked, stop) = self.store(&sent, out);
                open = unasked.into_iter().fold(open, |open, more| Some(Stop::joined(open, more)));
                if stop.is_some() {
                    return out.end(open, stop);
                }
            }
        }
        if out.wanted == 0 {
            return out.end(open, None);
        }
        if out.key.kind == "DaemonSet" {
            let text = "its controller makes a pod for each node: one is counted here";
            out.notes.push(Reason::at(text, out.span));
        }
        let unknown = |stage, because| Some(Stop { stage, refusal: None, because: vec![because] });
        if let Some(reason) = self.claims(object, namespace) {
            return out.end(open, unknown(Stage::ResourceQuota, reason));
        }
        if let Some(node) = template.spec.get("resources").filter(|n| !n.entries().is_empty()) {
            let reason = Reason::at("resources of the pod as a whole are not modelled", node.own_span());
            return out.end(open, unknown(Stage::LimitRanger, reason));
        }
        let maker = made::maker(object.kind().unwrap_or(""));
        let draft = Draft {
            object,
            namespace,
            template: template.as_pod(),
            span: out.span,
            pod: PodUse::of(template),
            priority: None,
            said: Said::default(),
            of: if of_pod { Of::Itself } else { Of::Pod },
            sender: maker.or_else(|| self.sender.clone()),
            round: 0,
            memory: Memory::default(),
            open,
        };
        self.through(draft, out);
    }

    /// Takes a pod through its stages, and counts it. What a mutating policy makes of it begins anew, as the API server
    /// calls its own plugins again (apiserver `pkg/admission/reinvocation.go`).
    fn through(&mut self, mut draft: Draft<'w>, out: &mut Admission) {
        let of = draft.of;
        for (stage, ask) in STAGES {
            match ask.of(*stage, self, &mut draft) {
                Ok(None) => {}
                Ok(Some(tree)) => {
                    let Some(object) = tree.root().map(Object::new) else { continue };
                    let Some(template) = template_of(object) else { continue };
                    let mut inner: Chain<'_> = self.clone();
                    let next = Draft {
                        object,
                        namespace: draft.namespace,
                        template,
                        span: draft.span,
                        pod: PodUse::of(template),
                        priority: None,
                        said: std::mem::take(&mut draft.said),
                        of,
                        sender: draft.sender.take(),
                        round: draft.round + 1,
                        memory: std::mem::take(&mut draft.memory),
                        open: draft.open.take(),
                    };
                    inner.through(next, out);
                    self.count_as(&inner);
                    out.place(&tree, draft.object);
                    return;
                }
                Err((stage, end @ End::Unknown(_))) if ask.leaves_it() => {
                    draft.open = Some(Stop::joined(draft.open.take(), Stop::of(stage, end, of)));
                }
                Err((stage, end)) => {
                    out.hear(draft.said, of);
                    return out.end(draft.open, Some(Stop::of(stage, end, of)));
                }
            }
        }
        let charge =
            Charge { pod: &draft.pod, template: draft.template, priority: draft.priority, span: draft.span };
        let quotas =
            self.spaces.get_mut(draft.namespace).map(|s| s.quotas.as_mut_slice()).unwrap_or_default();
        // Of what may be refused nobody knows whether it takes room.
        let mut unchanged = if draft.open.is_some() { quotas.to_vec() } else { Vec::new() };
        let counted = if draft.open.is_some() { unchanged.as_mut_slice() } else { quotas };
        let (admitted, refused) = charge_pods(counted, charge, out.wanted);
        out.hear(draft.said, of);
        out.admitted = if draft.open.is_some() { 0 } else { admitted };
        let stop = refused.map(|r| Stop::of(Stage::ResourceQuota, End::Refused(Form::Forbidden, r), of));
        out.end(draft.open, stop);
    }

    /// Takes over what another chain over the same quotas has counted.
    fn count_as(&mut self, other: &Chain<'_>) {
        for (name, space) in &mut self.spaces {
            let counted = other.spaces.get(name).map(|s| s.quotas.as_slice()).unwrap_or_default();
            for (own, counted) in space.quotas.iter_mut().zip(counted) {
                own.count_as(counted);
            }
        }
    }

    /// What is stored before any pod is made: the workload, and what its controller puts between it and its pods.
    fn workload(&self, object: Object<'w>, namespace: &'w str) -> Vec<Sent<'w>> {
        let asked = !self.policies.is_empty()
            || !self.gate.is_empty()
            || !self.mutators.is_empty()
            || !self.engines.is_empty()
            || !self.unasked.is_empty();
        let own = self.itself(object, namespace, asked);
        let between = made::between(object, namespace, asked).filter(|_| !is_halted(object));
        let between = between.map(|(body, sender)| Sent {
            namespace,
            body,
            sender: Some(sender),
            of: Of::Between,
            origin: Some(object),
        });
        std::iter::once(own).chain(between).collect()
    }

    /// The workload as it is sent; where nobody looks at it, it is null.
    fn itself(&self, object: Object<'w>, namespace: &'w str, seen: bool) -> Sent<'w> {
        let body = if seen { made::itself(object, namespace) } else { Value::Null };
        Sent { namespace, body, sender: self.sender.clone(), of: Of::Itself, origin: Some(object) }
    }

    /// Whether anything may change an object before it is validated.
    pub(super) fn may_change(&self) -> bool {
        !self.mutators.is_empty() || !self.engines.is_empty() || self.unasked.iter().any(|u| u.mutates)
    }

    /// Whether something that is not modelled is asked about an object, and may change it or not: nothing is known then.
    pub(super) fn ask_others(&self, sent: &Sent<'w>, mutates: bool) -> Result<(), End> {
        let mut those = self.unasked.iter().filter(|u| u.mutates == mutates).peekable();
        if those.peek().is_none() {
            return Ok(());
        }
        let tree = json::made(&sent.body, PASSING);
        let request = sent.request(&tree, self)?;
        let found = those.find_map(|u| u.about(&request));
        found.map_or(Ok(()), |reason| Err(End::Unknown(vec![reason])))
    }

    /// Asks what is asked of an object that is no pod, and counts it: who could not be asked, and who refuses it.
    fn store(&mut self, sent: &Sent<'w>, out: &mut Admission) -> (Option<Stop>, Option<Stop>) {
        let resource = match (sent.of, out.key.kind.as_str()) {
            (Of::Between, "CronJob") => "jobs.batch".to_owned(),
            (Of::Between, _) => "replicasets.apps".to_owned(),
            _ => told::resource(&out.key),
        };
        let stop = |stage, end| Stop::of(stage, end, sent.of);
        if sent.of == Of::Between
            && self.may_change()
            && let Err((stage, end)) = mutating::between(self, sent)
        {
            return (None, Some(stop(stage, end)));
        }
        let mut said = Said::default();
        let mut open = None;
        for (stage, ask) in VALIDATING {
            match ask(self, sent, &mut said) {
                Ok(()) => {}
                Err(end @ End::Unknown(_)) => open = Some(Stop::joined(open, stop(*stage, end))),
                Err(end) => {
                    out.hear(said, sent.of);
                    return (open, Some(stop(*stage, end)));
                }
            }
        }
        out.hear(said, sent.of);
        if let Err(end) = self.ask_others(sent, false) {
            open = Some(Stop::joined(open, stop(Stage::Policies, end)));
        }
        let quotas = self.spaces.get_mut(sent.namespace).map(|s| s.quotas.as_mut_slice()).unwrap_or_default();
        // Of what may be refused nobody knows whether it counts.
        let mut unchanged = if open.is_some() { quotas.to_vec() } else { Vec::new() };
        let counted = if open.is_some() { unchanged.as_mut_slice() } else { quotas };
        let refused = charge_object(counted, &resource, out.span);
        (open, refused.map(|refused| stop(Stage::ResourceQuota, End::Refused(Form::Forbidden, refused))))
    }

    /// A `StatefulSet` makes claims before its pods: why what is said of them here is not judged.
    fn claims(&self, object: Object<'w>, namespace: &str) -> Option<Reason> {
        let templates = object.node.at(&["spec", "volumeClaimTemplates"])?;
        let space = self.space(namespace).filter(|_| templates.items().len() > 0)?;
        let counted = space.quotas.iter().find_map(Quota::about_claims);
        let bound = space.limits.iter().any(LimitRange::is_about_claims);
        let text = "what quotas and bounds say of the claims of a StatefulSet is not modelled";
        (counted.is_some() || bound).then(|| Reason::at(text, templates.own_span()))
    }

    pub(super) fn space(&self, namespace: &str) -> Option<&Space<'w>> {
        self.spaces.get(namespace)
    }

    /// What Pod Security tells the client.
    pub(super) fn warning(&self, namespace: &str, template: PodTemplate<'w>) -> Option<String> {
        let level = self.space(namespace)?.policy.warn;
        let found = evaluate_at(level, self.newest, template);
        (!found.allowed())
            .then(|| format!("Warning: would violate PodSecurity \"{level}\": {}", found.message()))
    }
}

/// What is not asked about, because a later object of a world has its name.
pub fn replaced(world: &World) -> Vec<Reason> {
    let ours = world.replaced().into_iter().filter(|object| is_workload(*object));
    let told = |object: Object<'_>| {
        let text = format!("{}: a later one has its name, and counts", object.title());
        Reason::at(text, object.kind_span())
    };
    ours.map(told).collect()
}

/// The namespace of what names none.
pub(super) const USUAL: &str = "default";
