//! A decision with its reasons: the rule and the binding that allow, or what comes nearest to doing so.

use super::cases::reason;
use super::grants::{Decision, Grants, Grounds, Held};
use super::request::{Request, Target, What};
use crate::model::rbac::{PolicyRule, Principal, account_of, is_cluster_wide};
use crate::model::{Object, value};
use crate::parse::Node;
use crate::sim::{Reason, Verdict};
use crate::text::Span;

/// How many reasons for a refusal are given.
const MOST: usize = 3;
/// How many rules are looked at to find them.
const RULES: usize = 20_000;

/// Asks the authorizer, and says why.
pub fn ask(grants: &Grants<'_>, request: &Request) -> Verdict {
    match grants.decide(request) {
        Decision::Allowed(grounds) => {
            let mut because = allowed(grounds, request).into_iter();
            let first = because.next().unwrap_or_else(|| Reason::fact("a binding allows it"));
            let evidence = format!("authorization.k8s.io/reason: {:?}", reason(grounds));
            because.fold(Verdict::allowed(first), Verdict::and).evidence(evidence)
        }
        Decision::Unknown(grounds, why) => Verdict {
            because: vec![Reason::at(
                format!("{} may allow it: {why}", grounds.binding.object.title()),
                grounds.binding.role_span(),
            )],
            ..Verdict::unmodelled("")
        },
        Decision::Denied => {
            let mut because = denied(grants, request).into_iter();
            let first = because.next().unwrap_or_else(|| nobody(request));
            because
                .take(MOST - 1)
                .fold(Verdict::denied(first), Verdict::and)
                .evidence(format!("Error from server (Forbidden): {}", request.what.forbidden(&request.who)))
        }
    }
}

fn allowed(grounds: Grounds<'_>, request: &Request) -> Vec<Reason> {
    let binding = grounds.binding;
    let place = binding
        .namespace()
        .map_or_else(|| "in every namespace and outside of them".to_owned(), |n| format!("in {n}"));
    let subject = grounds.subject.node.get("name").map_or(grounds.subject.node.own_span(), Node::own_span);
    let gives = |what: &str| {
        let text = format!("{} gives {what} to {}, {place}", binding.object.title(), grounds.subject.title());
        Reason::at(text, subject)
    };
    let Some((home, rule)) = grounds.rule else {
        return vec![gives("everything, as ClusterRole cluster-admin does,")];
    };
    let (span, by) = deciding(rule, &request.what);
    let text = format!("a rule of {} allows {}{by}", home.title(), short(&request.what));
    let bound = binding.role().map_or("", |(_, name)| name);
    let gathered = home.name() != Some(bound);
    let what = match home.name() {
        Some(name) if gathered => format!("ClusterRole {bound}, which takes in {name} by its labels,"),
        _ => home.title(),
    };
    vec![Reason::at(text, span), gives(&what)]
}

/// The item that says most: a star, or the resource.
fn deciding(rule: PolicyRule<'_>, what: &What) -> (Span, String) {
    let own = rule.node.own_span();
    let star = |node: Option<Node<'_>>, key: &str| {
        node.filter(|n| value::string(*n).is_some_and(|t| t.contains('*')))
            .map(|n| (n.own_span(), format!(": `{}` in {key}", n.as_str().unwrap_or(""))))
    };
    match what {
        What::Resource(t) => {
            let resource = rule.kind(&t.resource, &t.subresource);
            star(resource, "resources")
                .or_else(|| star(rule.verb(&t.verb), "verbs"))
                .or_else(|| star(rule.group(&t.group), "apiGroups"))
                .unwrap_or_else(|| (resource.map_or(own, Node::own_span), String::new()))
        }
        What::Path { verb, path } => {
            let url = rule.url(path);
            star(url, "nonResourceURLs")
                .or_else(|| star(rule.verb(verb), "verbs"))
                .unwrap_or_else(|| (url.map_or(own, Node::own_span), String::new()))
        }
    }
}

/// What is asked for, without its place.
fn short(what: &What) -> String {
    match what {
        What::Resource(t) if t.group.is_empty() => format!("{} {}", t.verb, t.kind()),
        What::Resource(t) => format!("{} {} of {}", t.verb, t.kind(), t.group),
        What::Path { verb, path } => format!("{verb} {path}"),
    }
}

fn nobody(request: &Request) -> Reason {
    Reason::fact(format!("no binding names {} or a group of it", request.who))
}

/// What comes nearest, the nearest first.
fn denied(grants: &Grants<'_>, request: &Request) -> Vec<Reason> {
    let mut near: Vec<(usize, Reason)> = Vec::new();
    let here = request.what.namespace();
    let mut left = RULES;
    for held in grants.everywhere(&request.who) {
        let namespace = held.binding().namespace();
        let reaches = namespace.is_none_or(|n| n == here);
        if reaches && held.is_void() {
            near.push((1, void(grants, held)));
        }
        for (role, rule) in grants.rules(held).each().take(left) {
            left -= 1;
            if request.what.is_allowed_by(rule) {
                near.push((0, elsewhere(held, role, request)));
            } else if reaches && let Some((distance, reason)) = misses(role, rule, &request.what) {
                near.push((distance, reason));
            }
        }
        if left == 0 || near.len() > 64 {
            break;
        }
    }
    near.sort_by_key(|(distance, _)| *distance);
    let best = near.first().map_or(0, |(distance, _)| *distance);
    let mut out: Vec<Reason> = Vec::new();
    for (_, reason) in near.into_iter().filter(|(distance, _)| *distance == best) {
        if !out.contains(&reason) {
            out.push(reason);
        }
    }
    if out.is_empty() {
        out.extend(namesake(grants, request).or_else(|| strangers(grants, request)));
    }
    out
}

/// A binding that gives it to an account of the same name, and to nobody who asks.
fn namesake(grants: &Grants<'_>, request: &Request) -> Option<Reason> {
    let (_, name) = account_of(&request.who.user)?;
    let named = grants.reaching(request.what.namespace()).filter(|held| held.subject.name() == name);
    let gives = |held: &Held<'_, '_>| {
        let rules = grants.rules(*held);
        rules.each().take(RULES).any(|(_, rule)| request.what.is_allowed_by(rule))
    };
    let held = named.take(100).find(gives)?;
    let text = format!(
        "{} gives it to {}, and this is {}",
        held.binding().object.title(),
        held.subject.title(),
        request.who
    );
    Some(Reason::at(text, held.subject.node.own_span()))
}

/// What there is for somebody who asks for something else altogether.
fn strangers(grants: &Grants<'_>, request: &Request) -> Option<Reason> {
    let mut held = grants.everywhere(&request.who);
    // What names the user says more than what names everybody.
    held.sort_by_key(|held| matches!(held.subject.principal(), Some(Principal::Group(_))));
    let held = held.into_iter().next()?;
    let (kind, name) = held.binding().role().unwrap_or(("role", "?"));
    let text = format!(
        "nothing that {} may do comes near: {} gives it {kind} {name}, which speaks of something else",
        request.who,
        held.binding().object.title(),
    );
    Some(Reason::at(text, held.binding().role_span()))
}

fn void(grants: &Grants<'_>, held: Held<'_, '_>) -> Reason {
    let binding = held.binding();
    let (kind, name) = binding.role().unwrap_or(("role", "?"));
    let title = binding.object.title();
    let text = match (kind, binding.namespace()) {
        ("Role", None) => {
            format!("{title} names a Role, and only a ClusterRole can be bound for the whole cluster")
        }
        ("Role", Some(namespace)) if grants.has_role("", name) => format!(
            "{title} names the Role {name}, which {namespace} does not have; there is a ClusterRole of that name"
        ),
        _ => format!("{title} names the {kind} {name}, which is not there, and gives nothing"),
    };
    Reason::at(text, binding.role_span())
}

/// A rule that allows it where nobody asked.
fn elsewhere(held: Held<'_, '_>, role: Object<'_>, request: &Request) -> Reason {
    let binding = held.binding();
    let (title, home) = (binding.object.title(), binding.namespace().unwrap_or(""));
    let text = match &request.what {
        What::Resource(t) if t.namespace.is_empty() && is_cluster_wide(&t.group, &t.kind(), &t.verb) => {
            format!("{title} gives {} in {home} alone, and {} are in no namespace", role.title(), t.resource)
        }
        What::Resource(t) if t.namespace.is_empty() => {
            format!("{title} gives {} in {home} alone, not in all namespaces", role.title())
        }
        What::Resource(t) => {
            format!("{title} gives {} in {home} alone, not in {}", role.title(), t.namespace)
        }
        What::Path { .. } => {
            format!("{title} gives {} in {home}, and a path is in no namespace", role.title())
        }
    };
    Reason::at(text, binding.object.kind_span())
}

/// By what a rule misses the request, and how far it is; none where they have nothing in common.
fn misses(home: Object<'_>, rule: PolicyRule<'_>, what: &What) -> Option<(usize, Reason)> {
    let title = home.title();
    let at = |key: &str| rule.node.get(key).map_or_else(|| rule.node.missing(key).span, Node::own_span);
    let t = match what {
        What::Resource(target) => target,
        What::Path { verb, path } => {
            rule.url(path)?;
            return Some((2, verbs(&title, rule, verb, path)));
        }
    };
    let (verb, group) = (rule.verb(&t.verb).is_some(), rule.group(&t.group).is_some());
    let kind = rule.kind(&t.resource, &t.subresource).is_some();
    let starred = format!("{}/*", t.resource);
    if let Some((_, node)) = rule.resources().find(|(text, _)| *text == starred).filter(|_| group && !kind) {
        let text = format!(
            "`{starred}` in {title} matches nothing: a subresource is written out, as in `{}`",
            t.kind()
        );
        return Some((2, Reason::at(text, node.own_span())));
    }
    match (verb, group, kind) {
        (true, true, true) => Some((1, name(&title, rule, t, at("resourceNames")))),
        (false, true, true) => Some((2, verbs(&title, rule, &t.verb, &t.kind()))),
        (true, true, false) => {
            let alike = |(text, _): &(&str, Node<'_>)| text.split('/').next() == Some(t.resource.as_str());
            let (text, node) = rule.resources().find(alike)?;
            let text = format!("{title} speaks of `{text}`, which is not `{}`", t.kind());
            Some((2, Reason::at(text, node.own_span())))
        }
        (true, false, true) => {
            let group =
                if t.group.is_empty() { "the core group, written \"\"".to_owned() } else { t.group.clone() };
            let text = format!("{title} speaks of {} in other API groups: it is of {group}", t.resource);
            Some((2, Reason::at(text, at("apiGroups"))))
        }
        _ => None,
    }
}

fn verbs(title: &str, rule: PolicyRule<'_>, verb: &str, of: &str) -> Reason {
    let known: Vec<&str> = rule.verbs().map(|(v, _)| v).collect();
    let span = rule.node.get("verbs").map_or_else(|| rule.node.own_span(), Node::own_span);
    Reason::at(format!("{title} allows {} of {of}, and not {verb}", known.join(", ")), span)
}

fn name(title: &str, rule: PolicyRule<'_>, target: &Target, span: Span) -> Reason {
    let names: Vec<&str> = rule.names().map(|(n, _)| n).collect();
    let text = match target.name.as_str() {
        "" => format!(
            "{title} allows it for {} alone, and a {} of all names none",
            names.join(", "),
            target.verb
        ),
        other => format!("{title} allows it for {} alone, not for {other}", names.join(", ")),
    };
    Reason::at(text, span)
}
