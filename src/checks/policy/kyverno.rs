//! Policies of Kyverno that refuse less than they seem to.

use std::collections::BTreeSet;

use serde_json::json;

use super::kyverno_spared::{exceptions, spared};
use super::lists;
use crate::checks::supply::identity;
use crate::checks::{Check, Confidence, DocumentCase, Fault, Faults, Rule};
use crate::model::{Object, Subject, value};
use crate::parse::{Kind, Node, edit};
use crate::text::Severity;

const DOC: &str = include_str!("kyverno.md");
const KYVERNO: &[Subject] = &[Subject::Kyverno];
/// How deep a pattern is followed.
const DEPTH: usize = 40;

/// The family, by id.
pub(super) const ROWS: &[Check] = &[
    Check::new(
        "kyverno-anchor-misuse",
        Severity::High,
        "anchor turns the demand into a condition",
        DOC,
        Rule::Document(KYVERNO, anchors),
    )
    .lessons(&[28])
    .technique("T1610"),
    Check::new(
        "kyverno-audit-only",
        Severity::Medium,
        "policy refuses nothing",
        DOC,
        Rule::Document(KYVERNO, audit),
    )
    .lessons(&[28])
    .technique("T1610"),
    Check::new(
        "kyverno-containers-only",
        Severity::High,
        "policy looks at the main containers only",
        DOC,
        Rule::Document(KYVERNO, containers_only),
    )
    .lessons(&[28])
    .technique("T1610")
    .confidence(Confidence::Likely),
    Check::new(
        "kyverno-exclude-too-wide",
        Severity::Medium,
        "rule spares a pattern or a whole group",
        DOC,
        Rule::Document(KYVERNO, spared),
    )
    .lessons(&[28, 36])
    .technique("T1610"),
    Check::new(
        "kyverno-failure-policy-ignore",
        Severity::High,
        "no answer of the webhook counts as yes",
        DOC,
        Rule::Document(KYVERNO, ignored),
    )
    .lessons(&[28])
    .technique("T1610"),
    Check::new(
        "kyverno-message-missing",
        Severity::Info,
        "refusal gives no reason",
        DOC,
        Rule::Document(KYVERNO, mute),
    )
    .lessons(&[28]),
    Check::new(
        "kyverno-verify-images-no-digest",
        Severity::Medium,
        "verified image stays a tag",
        DOC,
        Rule::Document(KYVERNO, no_digest),
    )
    .lessons(&[29])
    .technique("T1525"),
    Check::new(
        "kyverno-verify-images-unbounded-identity",
        Severity::High,
        "anybody's signature is accepted",
        DOC,
        Rule::Document(KYVERNO, anybody),
    )
    .lessons(&[29, 11])
    .technique("T1525"),
    Check::new(
        "policy-exception-unbounded",
        Severity::Medium,
        "exception has no end, or spares everything",
        DOC,
        Rule::Document(KYVERNO, exceptions),
    )
    .aliases(&["policy-for-exceptions", "expiration-for-policyexceptions"])
    .lessons(&[28])
    .technique("T1610"),
];

fn is_policy(case: &DocumentCase<'_>) -> bool {
    matches!(case.object.kind(), Some("ClusterPolicy" | "Policy"))
}

/// The policies that are written in CEL.
fn is_cel(case: &DocumentCase<'_>) -> bool {
    let kinds = [
        "ValidatingPolicy",
        "NamespacedValidatingPolicy",
        "ImageValidatingPolicy",
        "NamespacedImageValidatingPolicy",
    ];
    case.object.kind().is_some_and(|k| kinds.contains(&k))
}

/// The rules of a policy of the old kind.
pub(super) fn rules<'t>(case: &DocumentCase<'t>) -> Vec<Node<'t>> {
    let rules = case.node().at(&["spec", "rules"]).filter(|_| is_policy(case));
    rules.into_iter().flat_map(Node::items).collect()
}

fn text<'t>(node: Node<'t>, path: &[&str]) -> Option<(Node<'t>, &'t str)> {
    node.at(path).and_then(|n| Some((n, value::string(n)?)))
}

/// Every pair below `node`, itself first.
fn pairs<'t>(node: Node<'t>, depth: usize, out: &mut Vec<(&'t str, Node<'t>, Node<'t>)>) {
    if depth > DEPTH {
        return;
    }
    for entry in node.entries() {
        out.push((entry.key.scalar().unwrap_or(""), entry.key, entry.value));
        pairs(entry.value, depth + 1, out);
    }
    for item in node.items() {
        pairs(item, depth + 1, out);
    }
}

/// Every pair below `node`: the key's text, the key, the value.
pub(super) fn all_pairs(node: Node<'_>) -> Vec<(&str, Node<'_>, Node<'_>)> {
    let mut out = Vec::new();
    pairs(node, 0, &mut out);
    out
}

/// `api/kyverno/v1/spec_types.go` and policies.kyverno.io: unset, a rule of the old kind audits and a policy in CEL denies.
fn audit(case: &DocumentCase<'_>) -> Faults {
    let help = "set Enforce (Deny in a ValidatingPolicy) once the reports are quiet";
    let mut faults = Faults::new();
    let switches: [&[&str]; 2] = [&["spec", "admission"], &["spec", "evaluation", "admission", "enabled"]];
    if let Some(off) =
        switches.iter().filter_map(|p| case.node().at(p)).find(|n| value::boolean(*n) == Some(false))
    {
        let says = "is false: no request is asked about, and the background scan only counts";
        return vec![Fault::at(off, says, "remove it").suggest([edit::replace(off, &json!(true))])];
    }
    if is_cel(case) {
        let list = case.node().at(&["spec", "validationActions"]).filter(|l| l.items().len() > 0);
        let soft = list.filter(|l| l.items().all(|a| value::string(a) != Some("Deny")));
        let fault = |l| {
            Fault::at(l, "does not hold Deny: what breaks the rule is admitted", help)
                .suggest([edit::replace(l, &json!(["Deny"]))])
        };
        return soft.map(fault).into_iter().collect();
    }
    let is_audit = |t: &str| t.eq_ignore_ascii_case("audit");
    let fault = |node| {
        Fault::at(node, "is Audit: what breaks the rule is admitted", help)
            .suggest([edit::replace(node, &json!("Enforce"))])
    };
    let of_spec = text(case.node(), &["spec", "validationFailureAction"]);
    let mut follows = false;
    let mut overrides: Vec<_> =
        case.node().at(&["spec", "validationFailureActionOverrides"]).into_iter().collect();
    for rule in rules(case) {
        let images = rule.get("verifyImages").into_iter().flat_map(Node::items);
        for part in rule.get("validate").into_iter().chain(images) {
            overrides.extend(part.get("failureActionOverrides"));
            match text(part, &["failureAction"]) {
                Some((node, action)) if is_audit(action) => faults.push(fault(node)),
                Some(_) => {}
                None => follows = true,
            }
        }
    }
    match (of_spec, case.node().get("spec")) {
        (Some((node, action)), _) if follows && is_audit(action) => faults.push(fault(node)),
        (None, Some(spec)) if follows => {
            let missing = spec.missing("validationFailureAction");
            let detail =
                format!("{} is not set, nor failureAction in each rule: Audit follows", missing.path);
            faults.push(Fault::new(missing.span, detail, help).label("belongs here"));
        }
        _ => {}
    }
    if faults.is_empty() {
        for item in overrides.into_iter().flat_map(Node::items) {
            let action = text(item, &["action"]).filter(|(_, action)| is_audit(action));
            let wide = item.get("namespaces").into_iter().flat_map(Node::items);
            let wide = wide.filter_map(value::string).find(|n| n.contains('*'));
            if let Some(((node, _), namespaces)) = action.zip(wide) {
                let says = format!("is Audit for {namespaces:?}: who may make such a namespace is free");
                faults.push(Fault::at(node, &says, "name each namespace in full, with its reason"));
            }
        }
    }
    faults
}

fn ignored(case: &DocumentCase<'_>) -> Faults {
    let paths: [&[&str]; 2] =
        [&["spec", "failurePolicy"], &["spec", "webhookConfiguration", "failurePolicy"]];
    let found = paths.iter().filter_map(|p| text(case.node(), p)).filter(|(_, t)| *t == "Ignore");
    let says = "is Ignore: while Kyverno is away, or slow, everything is admitted";
    let help = "set Fail, run three replicas, and leave kube-system out of the webhook";
    let fault = |(node, _)| Fault::at(node, says, help).suggest([edit::replace(node, &json!("Fail"))]);
    found.map(fault).collect()
}

fn mute(case: &DocumentCase<'_>) -> Faults {
    let fault = |rule: Node<'_>| {
        let validate = rule.get("validate").filter(|v| v.get("message").is_none())?;
        // Pod Security and CEL bring reasons of their own.
        ["pattern", "anyPattern", "deny", "foreach"].iter().find(|k| validate.get(k).is_some())?;
        let missing = validate.missing("message");
        let detail = format!("{} is not set: who is refused reads a path and no reason", missing.path);
        Some(Fault::new(missing.span, detail, "add message: what is refused, and what to do instead"))
    };
    rules(case).into_iter().filter_map(fault).collect()
}

/// A key of a pattern without its anchor: `=(a)`, `(a)`, `^(a)`, `X(a)`, `+(a)`, `<(a)`.
fn bare(key: &str) -> &str {
    key.split_once('(').map_or(key, |(_, inner)| inner.trim_end_matches(')'))
}

/// What a pattern demands of a container or a pod, and what makes no sense as a condition alone.
const DEMANDS: [&str; 9] = [
    "privileged",
    "allowPrivilegeEscalation",
    "runAsNonRoot",
    "readOnlyRootFilesystem",
    "hostNetwork",
    "hostPID",
    "hostIPC",
    "procMount",
    "automountServiceAccountToken",
];

/// Whether a key only says when the rest is looked at: `(a)`, and `<(a)` for the whole rule.
fn is_condition(key: &str) -> bool {
    let key = key.strip_prefix('<').unwrap_or(key);
    key.starts_with('(') && key.ends_with(')')
}

/// Whether something is demanded beside `map`, in it or further out, up to the list that it is an item of.
fn demands(map: Node<'_>) -> bool {
    let mut within: Option<Node<'_>> = None;
    for level in std::iter::successors(Some(map), |n| n.parent()).take_while(|n| n.kind() == Kind::Map) {
        let other = level
            .entries()
            .into_iter()
            .any(|e| Some(e.value) != within && !is_condition(e.key.scalar().unwrap_or("")));
        if other {
            return true;
        }
        if level.key().and_then(Node::scalar) == Some("pattern") {
            break;
        }
        within = Some(level);
    }
    false
}

/// A mapping that holds conditions and nothing that they are a condition of (kyverno.io, docs "Anchors").
fn anchors(case: &DocumentCase<'_>) -> Faults {
    let help = "write =(key): where it is set, it must be so";
    let mut faults = Faults::new();
    for validate in rules(case).into_iter().filter_map(|r| r.get("validate")) {
        let each = validate.get("foreach").into_iter().flat_map(Node::items);
        let holders = std::iter::once(validate).chain(each);
        let patterns =
            holders.flat_map(|h| ["pattern", "anyPattern"].into_iter().filter_map(move |k| h.get(k)));
        for (key, node, value) in patterns.flat_map(all_pairs) {
            let scalar = !matches!(value.kind(), Kind::Map | Kind::Seq);
            if !is_condition(key) || !scalar || !DEMANDS.contains(&bare(key)) {
                continue;
            }
            if value.parent().is_some_and(|map| !demands(map)) {
                let name = bare(key);
                let detail = format!(
                    "({name}) is a condition with nothing behind it: what has another {name} is skipped"
                );
                let mended = edit::replace(node, &json!(format!("=({name})")));
                faults.push(Fault::new(node.own_span(), detail, help).suggest([mended]));
            }
        }
    }
    faults
}

/// The kinds, or the resources, that a policy is asked about.
fn asked(object: Object<'_>) -> Vec<&str> {
    let rules =
        object.node.at(&["spec", "rules"]).into_iter().flat_map(Node::items).filter_map(|r| r.get("match"));
    let cel = object.node.at(&["spec", "matchConstraints", "resourceRules"]);
    let pairs = rules.chain(cel).flat_map(all_pairs);
    let lists = pairs.filter(|(key, ..)| matches!(*key, "kinds" | "resources")).map(|(.., list)| list);
    lists.flat_map(Node::items).filter_map(value::string).collect()
}

fn containers_only(case: &DocumentCase<'_>) -> Faults {
    let mut parts = Vec::new();
    for rule in rules(case) {
        parts.extend(["validate", "preconditions", "context"].into_iter().filter_map(|k| rule.get(k)));
    }
    let of_images = case.object.kind().is_some_and(|k| k.contains("Image"));
    if is_cel(case) {
        parts.extend(["validations", "variables"].into_iter().filter_map(|k| case.node().at(&["spec", k])));
    }
    let (mut all, mut place) = (BTreeSet::new(), None);
    for (key, node, value) in parts.into_iter().flat_map(all_pairs) {
        let spoken = !matches!(key, "message" | "messageExpression" | "name");
        let code = value::string(value).filter(|_| spoken).unwrap_or("");
        let named: Vec<_> = lists::words(code).chain(std::iter::once(bare(key))).collect();
        if place.is_none() && named.contains(&"containers") {
            place = Some((node.own_span(), value.path()));
        }
        all.extend(named);
    }
    let asked = asked(case.object);
    let is_pod = |kind: &&str| kind.split(['/', '.']).any(|p| matches!(p, "Pod" | "pods" | "*"));
    let of_pods = asked.is_empty() || asked.iter().any(is_pod);
    let missing = if of_images { Vec::new() } else { lists::missing(&all, of_pods) };
    let Some((span, path)) = place.filter(|_| !missing.is_empty()) else {
        return debug_is_not_asked(case, all.contains("ephemeralContainers")).into_iter().collect();
    };
    let detail =
        format!("{path} covers containers and not {}: the same thing passes there", missing.join(" nor "));
    vec![Fault::new(span, detail, format!("add {}, where they are set", missing.join(" and ")))]
}

/// A policy in CEL is sent what its `resources` name, and `pods` is not `pods/ephemeralcontainers`: kyverno#17427.
fn debug_is_not_asked(case: &DocumentCase<'_>, speaks_of_them: bool) -> Option<Fault> {
    let debug =
        |r: &&str| matches!(*r, "pods/ephemeralcontainers" | "pods/*" | "*/*" | "*/ephemeralcontainers");
    let named = |object: &Object<'_>| {
        object.group() == Some("policies.kyverno.io") && asked(*object).iter().any(debug)
    };
    if !is_cel(case) || !speaks_of_them || case.world.objects.iter().any(named) {
        return None;
    }
    let rules = case.node().at(&["spec", "matchConstraints", "resourceRules"])?;
    let lists = rules.items().filter_map(|r| r.get("resources"));
    let pods = lists.flat_map(Node::items).find(|r| matches!(value::string(*r), Some("pods" | "*")))?;
    let says = "does not bring pods/ephemeralcontainers: what kubectl debug adds is not asked about";
    Some(Fault::at(
        pods,
        says,
        "give the same rule a second policy for pods/ephemeralcontainers, with UPDATE",
    ))
}

fn off<'t>(node: Node<'t>, key: &str) -> Option<Node<'t>> {
    node.get(key).filter(|n| value::boolean(*n) == Some(false))
}

fn no_digest(case: &DocumentCase<'_>) -> Faults {
    let images = rules(case).into_iter().filter_map(|r| r.get("verifyImages")).flat_map(Node::items);
    let settings = case.node().at(&["spec", "validationConfigurations"]).filter(|_| is_cel(case));
    let fault = |node: Node<'_>| {
        let mutate = off(node, "mutateDigest")?;
        let verify = off(node, "verifyDigest")?;
        let says = "is false, and so is verifyDigest: the tag that was verified can be another image when it is pulled";
        let help = "leave mutateDigest on, or let verifyDigest refuse tags";
        Some(Fault::at(mutate, says, help).related(verify.own_span(), "and this"))
    };
    images.chain(settings).filter_map(fault).collect()
}

/// Each `keyless` of the old kind, and each identity of an attestor in CEL.
fn anybody(case: &DocumentCase<'_>) -> Faults {
    let images = rules(case).into_iter().filter_map(|r| r.get("verifyImages"));
    let attestors = case.node().at(&["spec", "attestors"]).filter(|_| is_cel(case));
    let mut faults = Faults::new();
    for (key, _, node) in images.chain(attestors).flat_map(all_pairs).filter(|(key, ..)| *key == "keyless") {
        let identities = node.entry(if is_cel(case) { "identities" } else { key });
        // An authority of one's own signs for one's own people; the extensions name a repository.
        let bound = ["roots", "additionalExtensions"].iter().any(|k| node.get(k).is_some());
        match identities {
            Some(list) => faults.extend(list.value.items().filter_map(|i| identity::loose(i, bound))),
            None if is_cel(case) && !bound => {
                let missing = node.missing("identities");
                let detail = format!("{} is not set: whoever can get a certificate can sign", missing.path);
                faults
                    .push(Fault::new(missing.span, detail, "name issuer and subject").label("belongs here"));
            }
            None => faults.extend(identity::loose(node, bound)),
        }
    }
    faults
}
