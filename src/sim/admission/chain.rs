//! The admission of pods and workloads, stage by stage, in the API server's order.
//!
//! kubernetes `pkg/kubeapiserver/options/plugins.go` (`AllOrderedPlugins`): all plugins that change a request, then
//! validation, then all that refuse; ResourceQuota comes last. A workload is stored by itself, and its pods are asked
//! about one by one when its controller makes them. What a cluster may well have outside the objects that are known
//! (accounts, classes) is taken as there, and said.

use std::collections::{BTreeMap, BTreeSet};

use super::limit_range::{LimitRange, Refused};
use super::pod_security::{LevelVersion, NEWEST, Policy, evaluate_at};
use super::quota::{Charge, Quota, charge_object, charge_pods};
use super::told::{self, Form};
use super::unasked::Unasked;
use super::usage::{PodUse, figures};
use crate::model::{Object, PodTemplate, template_of, value};
use crate::parse::Node;
use crate::sim::Reason;
use crate::sim::kernel::refusals;
use crate::sim::world::{Key, World};
use crate::text::Span;

/// Who said no, or could not be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Defaults for containers, and their bounds.
    LimitRanger,
    /// The pod's account.
    ServiceAccount,
    /// The pod's priority class.
    Priority,
    /// What the pod's runtime takes for itself.
    RuntimeClass,
    /// Whether it is an object that can be.
    Validation,
    /// The namespace's Pod Security level.
    PodSecurity,
    /// Policies and webhooks: none is modelled here.
    Policies,
    /// The namespace's quotas.
    ResourceQuota,
}

impl Stage {
    /// The plugin's name.
    pub fn word(self) -> &'static str {
        match self {
            Self::LimitRanger => "LimitRanger",
            Self::ServiceAccount => "ServiceAccount",
            Self::Priority => "Priority",
            Self::RuntimeClass => "RuntimeClass",
            Self::Validation => "validation",
            Self::PodSecurity => "PodSecurity",
            Self::Policies => "policies and webhooks",
            Self::ResourceQuota => "ResourceQuota",
        }
    }
}

/// Where the chain ended before its end.
#[derive(Clone, Debug)]
pub struct Stop {
    /// The stage.
    pub stage: Stage,
    /// The refusal; `None` where nothing can be known.
    pub refusal: Option<Refusal>,
    /// Why: the deciding reason first.
    pub because: Vec<Reason>,
}

/// What was refused, in the API server's words.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// How it is said.
    pub form: Form,
    /// What follows `is forbidden:`.
    pub said: String,
    /// Whether the object itself was refused, and not a pod that it would make.
    pub own: bool,
}

/// What came of an object.
#[derive(Clone, Debug)]
pub struct Admission {
    /// The object.
    pub key: Key,
    /// Where it stands.
    pub span: Span,
    /// How many pods it would make; for a DaemonSet of each node.
    pub wanted: u64,
    /// How many of them there are room for.
    pub admitted: u64,
    /// What ended the chain early.
    pub stop: Option<Stop>,
    /// What was set, and what was taken as there.
    pub notes: Vec<Reason>,
    /// What the client is told though it is stored.
    pub warnings: Vec<String>,
}

impl Admission {
    /// The line that somebody reads where it was refused.
    pub fn line(&self, file: Option<&str>) -> Option<String> {
        let refusal = self.stop.as_ref()?.refusal.as_ref()?;
        Some(if refusal.own {
            told::answer(&self.key, refusal.form, &refusal.said, file)
        } else {
            told::of_pod(&self.key, refusal.form, &refusal.said, file)
        })
    }
}

/// A namespace's part of the chain.
#[derive(Clone, Debug, Default)]
struct Space<'w> {
    object: Option<Object<'w>>,
    policy: Policy,
    limits: Vec<LimitRange<'w>>,
    quotas: Vec<Quota<'w>>,
}

/// All that admission asks of a world. Quotas fill as objects are admitted.
#[derive(Clone, Debug)]
pub struct Chain<'w> {
    spaces: BTreeMap<&'w str, Space<'w>>,
    accounts: BTreeMap<(&'w str, &'w str), Object<'w>>,
    priorities: BTreeSet<&'w str>,
    usual_priority: Option<&'w str>,
    runtimes: BTreeMap<&'w str, Object<'w>>,
    unasked: Vec<Unasked<'w>>,
    /// The cluster's own minor version.
    newest: u32,
}

/// A pod on its way through.
struct Draft<'w> {
    namespace: &'w str,
    template: PodTemplate<'w>,
    span: Span,
    pod: PodUse<'w>,
    priority: Option<&'w str>,
    notes: Vec<Reason>,
}

/// How a stage ends that does not let a pod pass.
enum End {
    Refused(Form, Refused),
    Unknown(Reason),
}

type Ask = for<'w> fn(&Chain<'w>, &mut Draft<'w>) -> Result<(), End>;

/// The stages of a pod up to its quota. Those above `Validation` may change it, those below may not.
///
/// ValidatingAdmissionPolicy and the webhooks stand between PodSecurity and ResourceQuota, their mutating kin after
/// RuntimeClass: both are `policies` here.
const STAGES: &[(Stage, Ask)] = &[
    (Stage::LimitRanger, set_defaults),
    (Stage::ServiceAccount, find_account),
    (Stage::Priority, find_priority),
    (Stage::RuntimeClass, add_overhead),
    (Stage::Policies, mutating_policies),
    (Stage::Validation, validate),
    (Stage::LimitRanger, keep_limits),
    (Stage::PodSecurity, judge_level),
    (Stage::Policies, validating_policies),
];

impl<'w> Chain<'w> {
    /// Reads a world. Its own pods count in quotas that do not say what is used, where `running` says so.
    pub fn new(world: &'w World, running: bool) -> Self {
        let objects = world.objects();
        let mut chain = Self {
            spaces: BTreeMap::new(),
            accounts: BTreeMap::new(),
            priorities: BTreeSet::new(),
            usual_priority: None,
            runtimes: BTreeMap::new(),
            unasked: objects.iter().filter_map(|o| Unasked::of(*o)).collect(),
            newest: world.host(None).map_or(NEWEST, |h| h.minor),
        };
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
                    chain.accounts.insert((namespace, name), *object);
                }
                (Some("scheduling.k8s.io"), "PriorityClass") => {
                    chain.priorities.insert(name);
                    if object.node.get("globalDefault").and_then(value::boolean) == Some(true) {
                        chain.usual_priority = Some(name);
                    }
                }
                (Some("node.k8s.io"), "RuntimeClass") => {
                    chain.runtimes.insert(name, *object);
                }
                _ => {}
            }
        }
        if running {
            let mut scratch = chain.clone();
            for object in objects.iter().filter(|o| o.kind() == Some("Pod") && is_alive(**o)) {
                scratch.admit(*object);
            }
            for (name, space) in &mut chain.spaces {
                let counted = scratch.spaces.remove(name).map(|s| s.quotas).unwrap_or_default();
                for (own, counted) in
                    space.quotas.iter_mut().zip(counted).filter(|(own, _)| !own.is_measured())
                {
                    *own = counted;
                }
            }
        }
        chain
    }

    /// Admits a Pod, or a workload and the pods that it makes; `None` for an object that is neither, or has no name.
    pub fn admit(&mut self, object: Object<'w>) -> Option<Admission> {
        let template = template_of(object)?;
        let key = Key::of(object).or_else(|| generated(object))?;
        let span = object.kind_span();
        let resource = told::plural(&key.kind);
        let mut out = Admission {
            wanted: pods_of(object, &key.kind),
            admitted: 0,
            stop: None,
            notes: Vec::new(),
            warnings: Vec::new(),
            span,
            key,
        };
        let of_pod = out.key.kind == "Pod";
        if let Some(first) = refusals(template).into_iter().next() {
            let refusal = Refusal { form: Form::Invalid, said: first.text.clone(), own: true };
            out.stop = Some(Stop { stage: Stage::Validation, refusal: Some(refusal), because: vec![first] });
            return Some(out);
        }
        let namespace = object.namespace().unwrap_or(USUAL);
        if !of_pod {
            if let Some(unknown) = self.unasked.iter().find_map(|u| u.about(resource)) {
                out.stop = Some(Stop { stage: Stage::Policies, refusal: None, because: vec![unknown] });
                return Some(out);
            }
            let made = (out.key.kind == "Deployment").then_some("replicasets.apps");
            let quotas = self.spaces.get_mut(namespace).map(|s| s.quotas.as_mut_slice()).unwrap_or_default();
            for counted in std::iter::once(resource).chain(made) {
                if let Some(refused) = charge_object(quotas, counted, span) {
                    out.stop = Some(Stop::refused(
                        Stage::ResourceQuota,
                        Form::Forbidden,
                        refused,
                        counted == resource,
                    ));
                    return Some(out);
                }
            }
            out.warnings.extend(self.warning(namespace, template));
        }
        if out.wanted == 0 {
            return Some(out);
        }
        let pod = PodUse::of(template);
        let mut draft =
            Draft { namespace, template: template.as_pod(), span, pod, priority: None, notes: Vec::new() };
        if let Some(node) = template.spec.get("resources").filter(|n| !n.entries().is_empty()) {
            let reason = Reason::at("resources of the pod as a whole are not modelled", node.own_span());
            out.stop = Some(Stop { stage: Stage::LimitRanger, refusal: None, because: vec![reason] });
            return Some(out);
        }
        if !self.spaces.get(namespace).is_some_and(|s| s.object.is_some()) {
            let text = format!(
                "the namespace `{namespace}` is not among these objects: it is taken as one without labels"
            );
            out.notes.push(Reason::at(text, span));
        }
        for (stage, ask) in STAGES {
            if let Err(end) = ask(self, &mut draft) {
                out.notes.append(&mut draft.notes);
                out.stop = Some(match end {
                    End::Refused(form, refused) => Stop::refused(*stage, form, refused, of_pod),
                    End::Unknown(reason) => Stop { stage: *stage, refusal: None, because: vec![reason] },
                });
                return Some(out);
            }
        }
        out.notes.append(&mut draft.notes);
        let charge = Charge { pod: &draft.pod, template: draft.template, priority: draft.priority, span };
        let quotas = self.spaces.get_mut(namespace).map(|s| s.quotas.as_mut_slice()).unwrap_or_default();
        let (admitted, refused) = charge_pods(quotas, charge, out.wanted);
        out.admitted = admitted;
        out.stop = refused.map(|r| Stop::refused(Stage::ResourceQuota, Form::Forbidden, r, of_pod));
        if of_pod && out.stop.is_none() {
            out.warnings.extend(self.warning(namespace, template));
        }
        Some(out)
    }

    fn space(&self, namespace: &str) -> Option<&Space<'w>> {
        self.spaces.get(namespace)
    }

    /// What Pod Security tells the client.
    fn warning(&self, namespace: &str, template: PodTemplate<'w>) -> Option<String> {
        let level = self.space(namespace)?.policy.warn;
        let found = evaluate_at(level, self.newest, template);
        (!found.allowed())
            .then(|| format!("Warning: would violate PodSecurity \"{level}\": {}", found.message()))
    }
}

/// The namespace of what names none.
const USUAL: &str = "default";

impl Stop {
    fn refused(stage: Stage, form: Form, refused: Refused, own: bool) -> Self {
        let refusal = Refusal { form, said: refused.said, own };
        Self { stage, refusal: Some(refusal), because: refused.because }
    }
}

/// The key of a Pod that leaves its name to the API server.
fn generated(object: Object<'_>) -> Option<Key> {
    let start = object.node.at(&["metadata", "generateName"]).and_then(value::string)?;
    Some(Key {
        kind: object.kind()?.to_owned(),
        namespace: object.namespace().unwrap_or(USUAL).to_owned(),
        name: format!("{start}<id>"),
    })
}

/// Whether a Pod still counts (`QuotaV1Pod`).
fn is_alive(object: Object<'_>) -> bool {
    let phase = object.node.at(&["status", "phase"]).and_then(value::string);
    !matches!(phase, Some("Succeeded" | "Failed"))
}

/// How many pods its controller makes.
fn pods_of(object: Object<'_>, kind: &str) -> u64 {
    let number =
        |path: &[&str]| object.node.at(path).and_then(value::integer).and_then(|n| u64::try_from(n).ok());
    let halted = |path: &[&str]| object.node.at(path).and_then(value::boolean) == Some(true);
    let job = |path: &[&str]| {
        let at = |key| [path, &[key]].concat();
        let (parallel, completions) = (number(&at("parallelism")), number(&at("completions")));
        if halted(&at("suspend")) {
            return 0;
        }
        parallel.unwrap_or(1).min(completions.unwrap_or(u64::MAX))
    };
    match kind {
        "Pod" | "DaemonSet" => 1,
        "PodTemplate" => 0,
        "Job" => job(&["spec"]),
        "CronJob" if halted(&["spec", "suspend"]) => 0,
        "CronJob" => job(&["spec", "jobTemplate", "spec"]),
        _ => number(&["spec", "replicas"]).unwrap_or(1),
    }
}

fn set_defaults<'w>(chain: &Chain<'w>, draft: &mut Draft<'w>) -> Result<(), End> {
    for range in chain.space(draft.namespace).map(|s| s.limits.as_slice()).unwrap_or_default() {
        draft.notes.extend(range.set_defaults(&mut draft.pod));
    }
    Ok(())
}

/// kubernetes `plugin/pkg/admission/serviceaccount/admission.go`.
fn find_account<'w>(chain: &Chain<'w>, draft: &mut Draft<'w>) -> Result<(), End> {
    let node = draft.template.spec.get("serviceAccountName");
    let name = node.and_then(value::string).filter(|n| !n.is_empty()).unwrap_or(USUAL);
    let account = chain.accounts.get(&(draft.namespace, name));
    if let Some(account) = account
        && let Some(only) = account.annotation("kubernetes.io/enforce-mountable-secrets")
        && only.as_str() == Some("true")
    {
        let text = "an account that lists what may be mounted with it is not modelled";
        return Err(End::Unknown(Reason::at(text, only.own_span())));
    }
    if let (None, Some(node)) = (account, node.filter(|_| name != USUAL)) {
        let text = format!(
            "ServiceAccount {}/{name} is not among these objects: it is taken as there",
            draft.namespace
        );
        draft.notes.push(Reason::at(text, node.own_span()));
    }
    Ok(())
}

/// kubernetes `plugin/pkg/admission/priority/admission.go`: the cluster's usual class for a pod that names none.
fn find_priority<'w>(chain: &Chain<'w>, draft: &mut Draft<'w>) -> Result<(), End> {
    let node = draft.template.spec.get("priorityClassName");
    draft.priority = node.and_then(value::string).filter(|n| !n.is_empty()).or(chain.usual_priority);
    if let (Some(node), Some(class)) = (node, draft.priority)
        && !chain.priorities.contains(class)
        && !class.starts_with("system-")
    {
        let text = format!("PriorityClass {class} is not among these objects: it is taken as there");
        draft.notes.push(Reason::at(text, node.own_span()));
    }
    Ok(())
}

/// kubernetes `plugin/pkg/admission/runtimeclass/admission.go`.
fn add_overhead<'w>(chain: &Chain<'w>, draft: &mut Draft<'w>) -> Result<(), End> {
    if let Some(node) = draft.template.spec.get("overhead") {
        return Err(End::Unknown(Reason::at(
            "an overhead that the pod sets itself is not modelled",
            node.own_span(),
        )));
    }
    let Some(node) = draft.template.spec.get("runtimeClassName") else { return Ok(()) };
    match node.as_str().and_then(|name| chain.runtimes.get(name)) {
        Some(class) => draft.pod.overhead = figures(class.node.at(&["overhead", "podFixed"])),
        None => {
            let name = node.scalar().unwrap_or("");
            let text = format!(
                "RuntimeClass {name} is not among these objects: it is taken as there, without overhead"
            );
            draft.notes.push(Reason::at(text, node.own_span()));
        }
    }
    Ok(())
}

fn mutating_policies<'w>(chain: &Chain<'w>, _: &mut Draft<'w>) -> Result<(), End> {
    policies(chain, true)
}

fn validating_policies<'w>(chain: &Chain<'w>, _: &mut Draft<'w>) -> Result<(), End> {
    policies(chain, false)
}

fn policies(chain: &Chain<'_>, mutating: bool) -> Result<(), End> {
    let mut those = chain.unasked.iter().filter(|u| u.mutates == mutating);
    those.find_map(|u| u.about("pods")).map_or(Ok(()), |reason| Err(End::Unknown(reason)))
}

/// kubernetes `validation.go` (`ValidateResourceRequirements`), once more after the defaults: a default limit may be
/// below what a container requests.
fn validate<'w>(_: &Chain<'w>, draft: &mut Draft<'w>) -> Result<(), End> {
    for one in draft.pod.in_order() {
        for (name, request) in &one.requests {
            let Some(limit) = one.limits.get(name) else { continue };
            let exact =
                name.starts_with("hugepages-") || name.contains('/') && !name.contains("kubernetes.io/");
            let word = match (exact, request.amount.cmp(&limit.amount)) {
                (true, std::cmp::Ordering::Less | std::cmp::Ordering::Greater) => "must be equal to",
                (false, std::cmp::Ordering::Greater) => "must be less than or equal to",
                _ => continue,
            };
            let path = one.container.node.path();
            let path = path.rfind("spec.").and_then(|at| path.get(at..)).unwrap_or(&path);
            let (asked, most) = (request.amount, limit.amount);
            let said = format!(
                "{path}.resources.requests: Invalid value: \"{asked}\": {word} {name} limit of {most}"
            );
            let title = one.container.title();
            let mut because: Vec<Reason> = Vec::new();
            let request_text = format!("{title} requests {name} {asked}, more than its limit {most}");
            because.extend(request.span.map(|span| Reason::at(request_text, span)));
            because
                .extend(limit.span.map(|span| Reason::at(format!("the limit {most} comes from here"), span)));
            return Err(End::Refused(Form::Invalid, Refused { said, because }));
        }
    }
    Ok(())
}

fn keep_limits<'w>(chain: &Chain<'w>, draft: &mut Draft<'w>) -> Result<(), End> {
    let ranges = chain.space(draft.namespace).map(|s| s.limits.as_slice()).unwrap_or_default();
    let refused = ranges.iter().find_map(|range| range.refusal(&draft.pod));
    refused.map_or(Ok(()), |refused| Err(End::Refused(Form::Forbidden, refused)))
}

fn judge_level<'w>(chain: &Chain<'w>, draft: &mut Draft<'w>) -> Result<(), End> {
    let Some(space) = chain.space(draft.namespace) else { return Ok(()) };
    let by: LevelVersion = space.policy.enforce;
    let found = evaluate_at(by, chain.newest, draft.template);
    if found.allowed() {
        return Ok(());
    }
    let said = format!("violates PodSecurity \"{by}\": {}", found.message());
    let mut because: Vec<Reason> = Vec::new();
    for violation in &found.violations {
        let text = format!("{by} refuses {}", violation.message());
        because.extend(violation.places.first().map(|place| Reason::at(text, place.span)));
    }
    let label = space.object.and_then(|o| o.label(&super::pod_security::Mode::Enforce.label()));
    let text = format!("this label makes the namespace `{}` refuse: {by}", draft.namespace);
    because.push(label.map_or_else(
        || Reason::at(text.clone(), draft.span),
        |l: Node<'_>| Reason::at(text.clone(), l.own_span()),
    ));
    Err(End::Refused(Form::Forbidden, Refused { said, because }))
}
