//! The stages of a pod, in the API server's order, up to its namespace's quotas.
//!
//! kubernetes `pkg/kubeapiserver/options/plugins.go` (`AllOrderedPlugins`): what changes a request, then validation,
//! then what refuses.

use super::chain::{Chain, Stage, Stop, USUAL};
use super::limit_range::Refused;
use super::mutating::Memory;
use super::pod_security::{Mode, evaluate_at};
use super::told::{Form, Of};
use super::usage::{PodUse, figures};
use super::validating::{self, Said, Sent};
use super::{made, mutating, plugins, validation, webhooks};
use crate::model::{Object, PodTemplate, value};
use crate::parse::{Node, Tree};
use crate::sim::Reason;
use crate::sim::rbac::Caller;
use crate::text::Span;

/// A pod on its way through.
pub(super) struct Draft<'w> {
    pub(super) object: Object<'w>,
    pub(super) namespace: &'w str,
    pub(super) template: PodTemplate<'w>,
    pub(super) span: Span,
    pub(super) pod: PodUse<'w>,
    pub(super) priority: Option<&'w str>,
    pub(super) said: Said,
    /// What it is: a Pod that is sent, or one that a controller makes.
    pub(super) of: Of,
    /// Who sends it, where that is known.
    pub(super) sender: Option<Caller>,
    /// How often mutating policies have changed it.
    pub(super) round: u32,
    /// What their first call leaves for the second.
    pub(super) memory: Memory,
    /// Who could not be asked, and changes nothing.
    pub(super) open: Option<Stop>,
}

/// How a stage ends that does not let a pod pass.
pub(super) enum End {
    Refused(Form, Refused),
    Unknown(Vec<Reason>),
}

/// What stands in for a pod from there on, where it is changed; else which stage ended it.
pub(super) type Changed = Result<Option<Tree>, (Stage, End)>;

/// What a stage does.
pub(super) enum Ask {
    /// Sets something, and never refuses.
    Sets(for<'w> fn(&mut Chain<'w>, &mut Draft<'w>)),
    /// May make another object of it.
    Changes(for<'w> fn(&Chain<'w>, &mut Draft<'w>) -> Changed),
    /// May end the chain.
    Asks(for<'w> fn(&mut Chain<'w>, &mut Draft<'w>) -> Result<(), End>),
}

impl Ask {
    /// Whether what comes behind it sees the same object, whatever it says.
    pub(super) fn leaves_it(&self) -> bool {
        matches!(self, Self::Asks(_))
    }

    /// Does it; what is given back stands in for the pod from there on.
    pub(super) fn of<'w>(
        &self,
        stage: Stage,
        chain: &mut Chain<'w>,
        draft: &mut Draft<'w>,
    ) -> Result<Option<Tree>, (Stage, End)> {
        match self {
            Self::Sets(set) => {
                set(chain, draft);
                Ok(None)
            }
            Self::Changes(change) => change(chain, draft),
            Self::Asks(ask) => ask(chain, draft).map(|()| None).map_err(|end| (stage, end)),
        }
    }
}

/// The stages of a pod up to its quota. Those above `Validation` may change it, those below may not.
///
/// `ValidatingAdmissionPolicy` and the webhooks stand between the second `RuntimeClass` and `ResourceQuota`, their mutating
/// kin, which are one stage here, after the first. Behind those that are not modelled nothing is known.
pub(super) const STAGES: &[(Stage, Ask)] = &[
    (Stage::LimitRanger, Ask::Sets(set_defaults)),
    (Stage::ServiceAccount, Ask::Asks(find_account)),
    (Stage::Priority, Ask::Asks(find_priority)),
    (Stage::RuntimeClass, Ask::Asks(add_overhead)),
    (Stage::MutatingPolicy, Ask::Changes(mutating::pod)),
    (Stage::Validation, Ask::Asks(validate)),
    (Stage::LimitRanger, Ask::Asks(keep_limits)),
    (Stage::PodSecurity, Ask::Asks(judge_level)),
    (Stage::RuntimeClass, Ask::Asks(keep_overhead)),
    (Stage::ValidatingPolicy, Ask::Asks(ask_policies)),
    (Stage::ValidatingWebhook, Ask::Asks(ask_webhooks)),
    (Stage::Policies, Ask::Asks(ask_others)),
];

fn set_defaults<'w>(chain: &mut Chain<'w>, draft: &mut Draft<'w>) {
    for range in chain.space(draft.namespace).map(|s| s.limits.as_slice()).unwrap_or_default() {
        draft.said.notes.extend(range.set_defaults(&mut draft.pod));
    }
}

/// kubernetes `plugin/pkg/admission/serviceaccount/admission.go`.
fn find_account<'w>(chain: &mut Chain<'w>, draft: &mut Draft<'w>) -> Result<(), End> {
    let node = draft.template.spec.get("serviceAccountName");
    let named = node.and_then(value::string).filter(|n| !n.is_empty());
    if draft.template.annotation(MIRROR).is_some() {
        return mirrors(draft.template, node.filter(|_| named.is_some()));
    }
    let name = named.unwrap_or(USUAL);
    let account = chain.accounts.get(&(draft.namespace, name));
    if let Some(account) = account
        && let Some(only) = account.annotation("kubernetes.io/enforce-mountable-secrets")
        && only.as_str().is_some_and(|text| TRUE.contains(&text))
    {
        let text = "an account that lists what may be mounted with it is not modelled";
        return Err(End::Unknown(vec![Reason::at(text, only.own_span())]));
    }
    if let (None, Some(node)) = (account, node.filter(|_| name != USUAL)) {
        let text = format!(
            "ServiceAccount {}/{name} is not among these objects: it is taken as there",
            draft.namespace
        );
        draft.said.notes.push(Reason::at(text, node.own_span()));
    }
    Ok(())
}

/// The note by which a kubelet shows a pod that it read from a file.
pub(super) const MIRROR: &str = "kubernetes.io/config.mirror";
/// What Go reads as true (`strconv.ParseBool`).
const TRUE: &[&str] = &["1", "t", "T", "true", "TRUE", "True"];

/// A pod that a kubelet shows has no account, and no secrets.
fn mirrors(template: PodTemplate<'_>, account: Option<Node<'_>>) -> Result<(), End> {
    let secret = template.volumes().find(|v| v.kind() == "secret").map(|v| v.node);
    let token = template.volumes().find_map(|volume| {
        let sources = volume.node.at(&["projected", "sources"])?.items();
        sources.into_iter().find(|source| source.get("serviceAccountToken").is_some())
    });
    let found = [
        (account, "a mirror pod may not reference service accounts"),
        (secret, "a mirror pod may not reference secrets"),
        (token, "a mirror pod may not use ServiceAccountToken volume projections"),
    ];
    match found.into_iter().find_map(|(node, said)| Some((node?, said))) {
        Some((node, said)) => refuse(said.to_owned(), said.to_owned(), node),
        None => Ok(()),
    }
}

fn refuse(said: String, text: String, node: Node<'_>) -> Result<(), End> {
    Err(End::Refused(Form::Forbidden, Refused { said, because: vec![Reason::at(text, node.own_span())] }))
}

/// kubernetes `plugin/pkg/admission/priority/admission.go`: the cluster's usual class for a pod that names none. A pod may
/// only repeat the number and the policy that its class gives.
fn find_priority<'w>(chain: &mut Chain<'w>, draft: &mut Draft<'w>) -> Result<(), End> {
    let spec = draft.template.spec;
    let node = spec.get("priorityClassName").filter(|n| n.as_str() != Some(""));
    draft.priority = node.and_then(value::string).filter(|n| !n.is_empty()).or(chain.usual_priority);
    let Some(class) = chain.priorities.of(draft.priority) else {
        let (Some(node), Some(name)) = (node, draft.priority) else { return Ok(()) };
        if name.starts_with("system-") {
            let text = format!("there is no PriorityClass {name}: nobody may make one of that name");
            return refuse(format!("no PriorityClass with name {name} was found"), text, node);
        }
        let text = format!("PriorityClass {name} is not among these objects: it is taken as there");
        draft.said.notes.push(Reason::at(text, node.own_span()));
        return Ok(());
    };
    let behind = "priority admission controller computed";
    if let Some((own, number)) = spec.get("priority").and_then(|n| Some((n, value::integer(n)?)))
        && number != class.number
    {
        let said = format!(
            "the integer value of priority ({number}) must not be provided in pod spec; {behind} {} from the given PriorityClass name",
            class.number
        );
        return refuse(said, format!("priority is {number}, and its class gives {}", class.number), own);
    }
    if let Some((own, policy)) = spec.get("preemptionPolicy").and_then(|n| Some((n, value::string(n)?)))
        && policy != class.preempts
    {
        let said = format!(
            "the string value of PreemptionPolicy ({policy}) must not be provided in pod spec; {behind} {} from the given PriorityClass name",
            class.preempts
        );
        return refuse(
            said,
            format!("preemptionPolicy is {policy}, and its class gives {}", class.preempts),
            own,
        );
    }
    Ok(())
}

/// kubernetes `plugin/pkg/admission/runtimeclass/admission.go`.
fn add_overhead<'w>(chain: &mut Chain<'w>, draft: &mut Draft<'w>) -> Result<(), End> {
    let spec = draft.template.spec;
    let own = own_overhead(spec);
    let named = spec.get("runtimeClassName").filter(|n| !n.is_null());
    let class = named.and_then(|node| chain.runtimes.get(node.as_str()?)).copied();
    if let (Some(node), None) = (named, class) {
        if let Some(own) = own {
            let text = "whether the pod's overhead is that of its RuntimeClass, which is not among these objects, is not known";
            return Err(End::Unknown(vec![Reason::at(text, own.own_span())]));
        }
        let name = node.scalar().unwrap_or("");
        let text =
            format!("RuntimeClass {name} is not among these objects: it is taken as there, without overhead");
        draft.said.notes.push(Reason::at(text, node.own_span()));
    }
    let fixed = class.and_then(|class| class.node.at(&["overhead", "podFixed"]));
    let amounts =
        |node| figures(Some(node)).into_iter().map(|(name, f)| (name, f.amount)).collect::<Vec<_>>();
    if let (Some(own), Some(fixed)) = (own, fixed)
        && amounts(fixed) != amounts(own)
    {
        return brings(own, "Pod's Overhead doesn't match RuntimeClass's defined Overhead");
    }
    if let Some(refused) = class.and_then(|class| two_places(class, spec)) {
        return Err(End::Refused(Form::Forbidden, refused));
    }
    draft.pod.overhead = figures(fixed);
    Ok(())
}

/// The overhead that a pod brings; an empty one is none.
fn own_overhead(spec: Node<'_>) -> Option<Node<'_>> {
    spec.get("overhead").filter(|n| !n.entries().is_empty())
}

fn brings(own: Node<'_>, said: &str) -> Result<(), End> {
    let text = format!("the pod brings an overhead of its own: {said}");
    refuse(format!("pod rejected: {said}"), text, own)
}

/// `validateOverhead`: after all that changes a pod, and after its Pod Security level.
fn keep_overhead<'w>(chain: &mut Chain<'w>, draft: &mut Draft<'w>) -> Result<(), End> {
    let spec = draft.template.spec;
    let named = spec.get("runtimeClassName").and_then(value::string);
    // A class that is not among the objects may be there, with an overhead of its own.
    let known = named.is_none_or(|name| chain.runtimes.contains_key(name));
    match own_overhead(spec) {
        Some(own) if known && draft.pod.overhead.is_empty() => {
            brings(own, "Pod Overhead set without corresponding RuntimeClass defined Overhead")
        }
        _ => Ok(()),
    }
}

/// A class and its pod may not ask for two values of one label (`setScheduling`).
fn two_places(class: Object<'_>, spec: Node<'_>) -> Option<Refused> {
    for entry in class.node.at(&["scheduling", "nodeSelector"])?.entries() {
        let (key, wanted) = (entry.key.scalar()?, entry.value.as_str()?);
        let Some(own) = spec.at(&["nodeSelector", key]).filter(|n| n.as_str() != Some(wanted)) else {
            continue;
        };
        let said = format!(
            "conflict: runtimeClass.scheduling.nodeSelector[{key}] = {wanted}; pod.spec.nodeSelector[{key}] = {}",
            own.as_str().unwrap_or("")
        );
        let text = format!("{} asks for `{key}: {wanted}`, and the pod for another value", class.title());
        let because =
            vec![Reason::at(text, own.own_span()), Reason::at("the class asks here", entry.value.own_span())];
        return Some(Refused { said, because });
    }
    None
}

fn ask_policies<'w>(chain: &mut Chain<'w>, draft: &mut Draft<'w>) -> Result<(), End> {
    if chain.policies.is_empty() {
        return Ok(());
    }
    let sent = sent(chain, draft);
    validating::policies(chain, &sent, &mut draft.said)
}

fn ask_webhooks<'w>(chain: &mut Chain<'w>, draft: &mut Draft<'w>) -> Result<(), End> {
    if chain.gate.is_empty() && chain.engines.is_empty() {
        return Ok(());
    }
    let sent = sent(chain, draft);
    webhooks::validate(chain, &sent, &mut draft.said)
}

/// The pod as the mutating plugins leave it, and who sends it.
pub(super) fn sent<'w>(chain: &Chain<'w>, draft: &Draft<'w>) -> Sent<'w> {
    let mut body = made::pod(draft.object, draft.template, draft.namespace);
    plugins::write(&mut body, chain, draft);
    let (sender, origin) = (draft.sender.clone(), Some(draft.object));
    Sent { namespace: draft.namespace, body, sender, of: draft.of, origin }
}

fn ask_others<'w>(chain: &mut Chain<'w>, draft: &mut Draft<'w>) -> Result<(), End> {
    if chain.unasked.is_empty() {
        return Ok(());
    }
    chain.ask_others(&sent(chain, draft), false)
}

/// What the API server refuses as it is written, and kubernetes `validation.go` (`ValidateResourceRequirements`) once more
/// after the defaults: a default limit may be below what a container requests.
fn validate<'w>(_: &mut Chain<'w>, draft: &mut Draft<'w>) -> Result<(), End> {
    let faults = match draft.of {
        Of::Itself => validation::object(draft.object),
        _ => validation::made(draft.template),
    };
    if let Some(faults) = faults {
        let refused = Refused { said: faults.said, because: faults.because };
        return Err(End::Refused(Form::Invalid, refused));
    }
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

fn keep_limits<'w>(chain: &mut Chain<'w>, draft: &mut Draft<'w>) -> Result<(), End> {
    let ranges = chain.space(draft.namespace).map(|s| s.limits.as_slice()).unwrap_or_default();
    let refused = ranges.iter().find_map(|range| range.refusal(&draft.pod));
    refused.map_or(Ok(()), |refused| Err(End::Refused(Form::Forbidden, refused)))
}

fn judge_level<'w>(chain: &mut Chain<'w>, draft: &mut Draft<'w>) -> Result<(), End> {
    let Some(space) = chain.space(draft.namespace) else { return Ok(()) };
    let by = space.policy.enforce;
    let found = evaluate_at(by, chain.newest, draft.template);
    if found.allowed() {
        // Whatever refuses it behind here, the client hears it.
        let warning = chain.warning(draft.namespace, draft.template).filter(|_| draft.of == Of::Itself);
        draft.said.warnings.extend(warning.map(|text| (text, draft.span)));
        return Ok(());
    }
    let said = format!("violates PodSecurity \"{by}\": {}", found.message());
    let mut because: Vec<Reason> = Vec::new();
    for violation in &found.violations {
        let text = format!("{by} refuses {}", violation.message());
        because.extend(violation.places.first().map(|place| Reason::at(text, place.span)));
    }
    let label = space.object.and_then(|o| o.label(&Mode::Enforce.label()));
    let text = format!("this label makes the namespace `{}` refuse: {by}", draft.namespace);
    because.push(label.map_or_else(
        || Reason::at(text.clone(), draft.span),
        |l: Node<'_>| Reason::at(text.clone(), l.own_span()),
    ));
    Err(End::Refused(Form::Forbidden, Refused { said, because }))
}
