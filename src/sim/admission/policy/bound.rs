//! All policies of a world with their bindings, compiled once and asked of many requests.
//!
//! kubernetes `plugin/policy/generic/policy_source.go` (a policy without a binding is never asked),
//! `plugin/policy/validating/dispatcher.go` (the first refusal is the answer, and every violation is done by its actions).

use std::collections::BTreeSet;

use super::authority::Roles;
use super::binding::Binding;
use super::definition::Definition;
use super::judge::{Judgement, judge};
use super::matching;
use super::mutating;
use super::mutation::Mutation;
use super::request::Request;
use crate::model::Object;
use crate::parse::{Kind, Node};
use crate::sim::Reason;
use crate::text::Finding;

/// The kind of the policies.
pub const POLICY: &str = "ValidatingAdmissionPolicy";
const BINDING: &str = "ValidatingAdmissionPolicyBinding";

/// What the API server fills in and nobody knows before: whoever reads it cannot be judged.
const UNKNOWN: &[&str] = &[
    "creationTimestamp",
    "managedFields",
    "metadata.uid",
    "metadata.generation",
    "resourceVersion",
    "object.status",
];

/// A policy, or what is wrong with it.
type Compiled<'w> = Result<Definition<'w>, Vec<Finding>>;

/// What the API server would refuse in a policy or a binding.
pub fn faults(object: Object<'_>) -> Vec<Finding> {
    match object.kind() {
        Some(POLICY) => Definition::compile(object).err().unwrap_or_default(),
        Some(mutating::POLICY) => Mutation::compile(object).err().unwrap_or_default(),
        Some(BINDING) => {
            let refuse = |text: String| {
                let at =
                    object.node.at(&["spec", "validationActions"]).map_or(object.kind_span(), Node::own_span);
                Finding::error("admission-policy", text, at).help("write what the API server would store")
            };
            Binding::read(object).err().map(refuse).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// The policies and bindings of a world.
#[derive(Clone, Debug, Default)]
pub struct Bound<'w> {
    policies: Vec<(Object<'w>, Compiled<'w>)>,
    bindings: Vec<(Object<'w>, Result<Binding<'w>, String>)>,
    /// What may be a parameter.
    params: Vec<Object<'w>>,
    /// Roles and their bindings.
    roles: Vec<Object<'w>>,
}

/// How much of a request is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// Who asks.
    pub user: bool,
    /// What the API server fills in: the request is one that was really made.
    pub stored: bool,
}

/// What one policy says.
#[derive(Clone, Debug)]
pub struct Said<'w> {
    /// The policy.
    pub policy: Object<'w>,
    /// Its judgement.
    pub judgement: Judgement,
}

/// What all of them say.
#[derive(Clone, Debug, Default)]
pub struct Judged<'w> {
    /// One by one.
    pub said: Vec<Said<'w>>,
    /// Why nothing is known of others.
    pub unknown: Vec<Reason>,
}

impl Said<'_> {
    /// Why an expression had nothing to say about `subject`: an error that is passed over, or the match condition that
    /// leaves it out, where none of the bindings came as far as the validations.
    pub fn left_out(&self, subject: &str) -> Option<Reason> {
        if let Some((error, span)) = &self.judgement.ignored {
            let title = self.policy.title();
            let text =
                format!("failurePolicy Ignore of {title} passes over an error about {subject}: {error}");
            return Some(Reason::at(text, *span));
        }
        let name = self.judgement.left_out.as_deref().filter(|_| !self.judgement.matched)?;
        let text = format!("the match condition `{name}` of {} leaves {subject} out", self.policy.title());
        let all = self.policy.node.at(&["spec", "matchConditions"]).into_iter().flat_map(Node::items);
        let own = all.into_iter().find(|one| one.get("name").and_then(Node::as_str) == Some(name));
        let place = own.and_then(|one| one.get("expression"));
        Some(Reason::at(text, place.map_or(self.policy.kind_span(), Node::own_span)))
    }
}

impl<'w> Bound<'w> {
    /// Those among these objects, which are parameters too.
    pub fn new(objects: &[Object<'w>]) -> Self {
        let of_kind = |kind: &'static str| {
            let ours = move |o: &&Object<'w>| {
                o.kind() == Some(kind) && o.group().is_none_or(|g| g == "admissionregistration.k8s.io")
            };
            objects.iter().filter(ours).copied()
        };
        let policies: Vec<_> = of_kind(POLICY).map(|o| (o, Definition::compile(o))).collect();
        if policies.is_empty() {
            return Self::default();
        }
        let bindings = of_kind(BINDING).map(|o| (o, Binding::read(o))).collect();
        let params = params_of(&policies.iter().map(|(o, _)| *o).collect::<Vec<_>>(), objects);
        Self { policies, bindings, params, roles: roles_among(objects) }
    }

    /// Whether there is no policy.
    pub fn is_empty(&self) -> bool {
        self.policies.is_empty()
    }

    /// What each policy says whose rules and bindings are about a request.
    pub fn judge<'t>(&self, request: &Request<'t>, known: Known) -> Judged<'w>
    where
        'w: 't,
    {
        let mut out = Judged::default();
        let roles = Roles::among(&self.roles);
        let request = &Request { authority: Some(&roles), ..request.clone() };
        for (policy, compiled) in &self.policies {
            match self.judge_one(*policy, compiled, request, known) {
                Ok(judgement) => {
                    out.said.extend(judgement.map(|judgement| Said { policy: *policy, judgement }));
                }
                Err(because) => out.unknown.extend(because),
            }
        }
        out
    }

    /// What one policy says; nothing where it is not about the request. An error is why that cannot be known.
    fn judge_one<'t>(
        &self,
        policy: Object<'w>,
        compiled: &Compiled<'w>,
        request: &Request<'t>,
        known: Known,
    ) -> Result<Option<Judgement>, Vec<Reason>>
    where
        'w: 't,
    {
        let title = policy.title();
        let unknown = |text: String| vec![Reason::at(format!("{title}: {text}"), policy.kind_span())];
        if !concerns(policy, request).map_err(unknown)? {
            return Ok(None);
        }
        // Bound or not: what was meant is not known.
        let definition = compiled.as_ref().map_err(|findings| {
            let said =
                |f: &Finding| Reason::at(format!("{title} cannot be stored: {}", f.title), f.primary.span);
            findings.iter().map(said).collect::<Vec<_>>()
        })?;
        let bindings = self.bindings_of(policy)?;
        if !is_bound(&bindings, request).map_err(unknown)? {
            return Ok(None);
        }
        if let Some(text) = unknown_in(policy, known) {
            let all = self.by_conditions(definition, &bindings, request, known).map_err(unknown)?;
            return all.map(Some).ok_or_else(|| vec![text]);
        }
        judge(definition, Some(&bindings), request, &self.params).map(Some).map_err(unknown)
    }

    /// What a policy says whose match conditions read nothing unknown and leave a request out, whatever its validations read.
    fn by_conditions<'t>(
        &self,
        definition: &Definition<'w>,
        bindings: &[Binding<'w>],
        request: &Request<'t>,
        known: Known,
    ) -> Result<Option<Judgement>, String>
    where
        'w: 't,
    {
        let conditions = definition.object.node.at(&["spec", "matchConditions"]);
        let Some(conditions) = conditions.filter(|node| unknown_words(*node, known).is_none()) else {
            return Ok(None);
        };
        if conditions.items().len() == 0 {
            return Ok(None);
        }
        let bare = Definition { validations: Vec::new(), annotations: Vec::new(), ..definition.clone() };
        let judgement = judge(&bare, Some(bindings), request, &self.params)?;
        Ok(Some(judgement).filter(|judgement| !judgement.matched))
    }

    /// Why policies that are there say nothing of a request: what they or their bindings are about, or that none binds them.
    pub fn aside(&self, request: &Request<'_>, subject: &str) -> Vec<Reason> {
        let mut out = Vec::new();
        for (policy, _) in &self.policies {
            let title = policy.title();
            if concerns(*policy, request) == Ok(false) {
                let rules = policy.node.at(&["spec", "matchConstraints"]);
                let missed = rules.and_then(|rules| matching::missed(rules, request));
                out.extend(missed.map(|(text, node)| {
                    Reason::at(format!("{title} is not about {subject}: {text}"), node.own_span())
                }));
                continue;
            }
            let Ok(bindings) = self.bindings_of(*policy) else { continue };
            if bindings.is_empty() {
                let text = format!("{title} is never asked: no {BINDING} names it in policyName");
                out.push(Reason::at(text, policy.kind_span()));
            }
            if is_bound(&bindings, request) == Ok(false) {
                let missed = bindings.iter().filter_map(|binding| {
                    let (text, node) = matching::missed(binding.rules()?, request)?;
                    let text = format!("{} does not bind {title} here: {text}", binding.object.title());
                    Some(Reason::at(text, node.own_span()))
                });
                out.extend(missed);
            }
        }
        out
    }

    /// A bound policy that would be about a request if it did something else to its object.
    pub fn other_operation(&self, request: &Request<'_>) -> Option<Reason> {
        let (policy, verb) = self.policies.iter().find_map(|(policy, _)| {
            let bindings = self.bindings_of(*policy).ok()?;
            let verb = ["CREATE", "UPDATE"].into_iter().find(|verb| {
                let mut other = request.clone();
                (*verb).clone_into(&mut other.operation);
                concerns(*policy, &other) == Ok(true) && is_bound(&bindings, &other) == Ok(true)
            })?;
            Some((*policy, verb))
        })?;
        let rules = policy.node.at(&["spec", "matchConstraints", "resourceRules"])?;
        let operations = rules.items().find_map(|rule| rule.get("operations"))?;
        let text = format!("{} is asked on {verb}, and not on {}", policy.title(), request.operation);
        Some(Reason::at(text, operations.own_span()))
    }

    fn bindings_of(&self, policy: Object<'w>) -> Result<Vec<Binding<'w>>, Vec<Reason>> {
        let of = |object: &Object<'w>| {
            object.node.at(&["spec", "policyName"]).and_then(Node::as_str) == policy.name()
        };
        let ours = self.bindings.iter().filter(|(object, _)| of(object));
        ours.map(|(object, read)| read.clone().map_err(|text| vec![Reason::at(text, object.kind_span())]))
            .collect()
    }
}

/// What is said of an expression that reads who asks, where nobody is named.
pub const WHO: &str = "who sends it";

/// The first expression that reads what is not known, in words.
pub(super) fn unknown_in(policy: Object<'_>, known: Known) -> Option<Reason> {
    let (node, what) = unknown_words(policy.node.get("spec")?, known)?;
    let text = node.as_str().unwrap_or("").split_whitespace().collect::<Vec<_>>().join(" ");
    let title = policy.title();
    Some(Reason::at(format!("{title} reads what is not known here, {what}: {text}"), node.own_span()))
}

fn unknown_words(node: Node<'_>, known: Known) -> Option<(Node<'_>, &'static str)> {
    let user = (!known.user).then_some((["userInfo", "authorizer"].as_slice(), WHO));
    let stored = (!known.stored).then_some((UNKNOWN, "what the API server fills in"));
    let groups = user.into_iter().chain(stored);
    groups
        .flat_map(|(words, what)| words.iter().map(move |word| (*word, what)))
        .find_map(|(word, what)| Some((mentions(node, word)?, what)))
}

/// Those among objects that a policy may take as its parameters.
pub(super) fn params_of<'w>(policies: &[Object<'w>], objects: &[Object<'w>]) -> Vec<Object<'w>> {
    let kinds = policies.iter().filter_map(|policy| policy.node.at(&["spec", "paramKind", "kind"]));
    let kinds: BTreeSet<&str> = kinds.filter_map(Node::as_str).collect();
    let ours = |o: &&Object<'w>| o.kind().is_none_or(|kind| kinds.contains(kind));
    objects.iter().filter(ours).copied().collect()
}

/// The roles and their bindings among objects.
pub(super) fn roles_among<'w>(objects: &[Object<'w>]) -> Vec<Object<'w>> {
    let ours = |o: &&Object<'w>| o.group().is_none_or(|group| group == "rbac.authorization.k8s.io");
    objects.iter().filter(ours).copied().collect()
}

/// Whether a policy's own rules are about a request.
pub(super) fn concerns(policy: Object<'_>, request: &Request<'_>) -> Result<bool, String> {
    let rules = policy.node.at(&["spec", "matchConstraints"]);
    let fits = rules.map_or(Ok(true), |rules| matching::fits(rules, request));
    Ok(!matching::is_exempt(request) && fits?)
}

/// Whether one of a policy's bindings is.
fn is_bound(bindings: &[Binding<'_>], request: &Request<'_>) -> Result<bool, String> {
    for binding in bindings {
        if binding.rules().map_or(Ok(true), |rules| matching::fits(rules, request))? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The first expression below a node that holds a word.
pub(in crate::sim::admission) fn mentions<'t>(node: Node<'t>, word: &str) -> Option<Node<'t>> {
    match node.kind() {
        Kind::Map => node.entries().into_iter().find_map(|entry| {
            let speaks = entry.key.scalar().is_some_and(|k| k == "expression" || k.ends_with("Expression"));
            match entry.value.as_str() {
                Some(text) => (speaks && text.contains(word)).then_some(entry.value),
                None => mentions(entry.value, word),
            }
        }),
        Kind::Seq => node.items().find_map(|item| mentions(item, word)),
        _ => None,
    }
}
