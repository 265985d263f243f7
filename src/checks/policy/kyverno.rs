//! Policies of Kyverno that refuse less than they seem to.

use serde_json::json;

use super::kyverno_pattern::{anchors, containers_only};
use super::kyverno_spared::{exceptions, spared};
use crate::checks::supply::identity;
use crate::checks::{Check, Confidence, DocumentCase, Fault, Faults, Rule};
use crate::model::{Subject, value};
use crate::parse::{Node, edit};
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
        "kyverno-kind-deprecated",
        Severity::Low,
        "policy is of a kind that goes away",
        DOC,
        Rule::Document(KYVERNO, old),
    )
    .lessons(&[28])
    .opinion(),
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
pub(super) fn is_cel(case: &DocumentCase<'_>) -> bool {
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

/// The kinds of kyverno.io whose time is up, and what each becomes. Deprecated in Kyverno 1.17, with 1.20 named for their
/// removal: <https://kyverno.io/blog/2026/02/02/announcing-kyverno-release-1.17/>.
const OLD: &[(&str, &str)] = &[
    ("ClusterPolicy", "ValidatingPolicy, MutatingPolicy, GeneratingPolicy or ImageValidatingPolicy"),
    ("Policy", "NamespacedValidatingPolicy and its kin"),
    ("ClusterCleanupPolicy", "DeletingPolicy"),
    ("CleanupPolicy", "NamespacedDeletingPolicy"),
];

fn old(case: &DocumentCase<'_>) -> Faults {
    let ours = |(kind, _): &&(&str, &str)| case.object.kind() == Some(*kind);
    let found = OLD.iter().find(ours).filter(|_| case.object.group() == Some("kyverno.io"));
    let fault = |(kind, new): &(&str, &str)| {
        let detail = format!("kind is {kind}: deprecated since Kyverno 1.17, and to be removed in 1.20");
        let help = format!("write it as {new} of policies.kyverno.io/v1, and audit with both for a while");
        Fault::new(case.object.kind_span(), detail, help)
    };
    found.map(fault).into_iter().collect()
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
