//! Policies of Kyverno that refuse less than they seem to.

use std::collections::BTreeSet;

use crate::checks::{Check, Confidence, DocumentCase, Fault, Faults, Rule};
use crate::model::{Subject, value};
use crate::parse::{Kind, Node};
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

fn rules<'t>(case: &DocumentCase<'t>) -> Vec<Node<'t>> {
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

fn all_pairs(node: Node<'_>) -> Vec<(&str, Node<'_>, Node<'_>)> {
    let mut out = Vec::new();
    pairs(node, 0, &mut out);
    out
}

fn audit(case: &DocumentCase<'_>) -> Faults {
    let help = "set Enforce (Deny in a ValidatingPolicy) once the reports are quiet";
    if is_cel(case) {
        let list = case.node().at(&["spec", "validationActions"]).filter(|l| l.items().len() > 0);
        let soft = list.filter(|l| l.items().all(|a| matches!(value::string(a), Some("Audit" | "Warn"))));
        return soft
            .map(|l| Fault::at(l, "does not hold Deny: what breaks the rule is admitted", help))
            .into_iter()
            .collect();
    }
    let is_audit = |t: &str| t.eq_ignore_ascii_case("audit");
    let of_spec = text(case.node(), &["spec", "validationFailureAction"]);
    let mut faults = Faults::new();
    let mut follows = false;
    for rule in rules(case) {
        let images = rule.get("verifyImages").into_iter().flat_map(Node::items);
        for part in rule.get("validate").into_iter().chain(images) {
            match text(part, &["failureAction"]) {
                Some((node, action)) if is_audit(action) => {
                    faults.push(Fault::at(node, "is Audit: what breaks the rule is admitted", help));
                }
                Some(_) => {}
                None => follows = true,
            }
        }
    }
    match (of_spec, case.node().get("spec")) {
        (Some((node, action)), _) if follows && is_audit(action) => {
            faults.push(Fault::at(node, "is Audit: what breaks the rule is admitted", help));
        }
        (None, Some(spec)) if follows => {
            let missing = spec.missing("validationFailureAction");
            let detail =
                format!("{} is not set, nor failureAction in each rule: Audit follows", missing.path);
            faults.push(Fault::new(missing.span, detail, help).label("belongs here"));
        }
        _ => {}
    }
    faults
}

fn ignored(case: &DocumentCase<'_>) -> Faults {
    let paths: [&[&str]; 2] =
        [&["spec", "failurePolicy"], &["spec", "webhookConfiguration", "failurePolicy"]];
    let found = paths.iter().filter_map(|p| text(case.node(), p)).filter(|(_, t)| *t == "Ignore");
    let says = "is Ignore: while Kyverno is away, or slow, everything is admitted";
    let help = "set Fail, run three replicas, and leave kube-system out of the webhook";
    found.map(|(node, _)| Fault::at(node, says, help)).collect()
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

/// A mapping that holds conditions and nothing that they are a condition of (kyverno.io, docs "Anchors").
fn anchors(case: &DocumentCase<'_>) -> Faults {
    let help = "write =(key): where it is set, it must be so";
    let mut faults = Faults::new();
    for validate in rules(case).into_iter().filter_map(|r| r.get("validate")) {
        let patterns = ["pattern", "anyPattern"].into_iter().filter_map(|k| validate.get(k));
        for (key, node, value) in patterns.flat_map(all_pairs) {
            let conditional = |k: &str| k.starts_with('(') && k.ends_with(')');
            let scalar = !matches!(value.kind(), Kind::Map | Kind::Seq);
            if !conditional(key) || !scalar || !DEMANDS.contains(&bare(key)) {
                continue;
            }
            let alone = value
                .parent()
                .is_some_and(|m| m.entries().iter().all(|e| conditional(e.key.scalar().unwrap_or(""))));
            if alone {
                let name = bare(key);
                let detail = format!(
                    "({name}) is a condition with nothing behind it: what has another {name} is skipped"
                );
                faults.push(Fault::new(node.own_span(), detail, help));
            }
        }
    }
    faults
}

/// The words of an expression.
fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).filter(|w| !w.is_empty())
}

const LISTS: [&str; 3] = ["containers", "initContainers", "ephemeralContainers"];
/// Settings that the other lists cannot have.
const MAIN_ONLY: [&str; 5] = ["livenessProbe", "readinessProbe", "startupProbe", "lifecycle", "ports"];

fn containers_only(case: &DocumentCase<'_>) -> Faults {
    let mut parts = Vec::new();
    for rule in rules(case) {
        parts.extend(["validate", "preconditions", "context"].into_iter().filter_map(|k| rule.get(k)));
    }
    if is_cel(case) && case.object.kind().is_some_and(|k| !k.contains("Image")) {
        parts.extend(["validations", "variables"].into_iter().filter_map(|k| case.node().at(&["spec", k])));
    }
    let (mut all, mut place) = (BTreeSet::new(), None);
    for (key, node, value) in parts.into_iter().flat_map(all_pairs) {
        let code = value::string(value).filter(|_| key != "message" && key != "name").unwrap_or("");
        let named: Vec<_> = words(code).chain(std::iter::once(bare(key))).collect();
        if place.is_none() && named.contains(&"containers") {
            place = Some((node.own_span(), value.path()));
        }
        all.extend(named);
    }
    let alone = MAIN_ONLY.iter().any(|w| all.contains(w));
    let quantities = all.contains("resources") && all.contains("initContainers");
    let missing: Vec<_> = LISTS.iter().filter(|w| !all.contains(*w)).copied().collect();
    let silent = missing.is_empty() || alone || quantities;
    let Some((span, path)) = place.filter(|_| !silent) else { return Faults::new() };
    let detail =
        format!("{path} covers containers and not {}: the same thing passes there", missing.join(" nor "));
    vec![Fault::new(span, detail, "add initContainers and ephemeralContainers, where they are set")]
}

fn spared(case: &DocumentCase<'_>) -> Faults {
    let groups = ["system:authenticated", "system:unauthenticated", "system:serviceaccounts"];
    let mut faults = Faults::new();
    for exclude in rules(case).into_iter().filter_map(|r| r.get("exclude")) {
        for (key, _, value) in all_pairs(exclude) {
            let wide = |node: Node<'_>| {
                let text = value::string(node)?;
                match key {
                    "namespaces" if text.contains('*') => {
                        Some(format!("is {text:?}: who may make such a namespace is free"))
                    }
                    "clusterRoles" | "roles" if text.contains('*') => {
                        Some(format!("is {text:?}: each such role is free"))
                    }
                    _ => None,
                }
            };
            for item in value.items() {
                if let Some(says) = wide(item) {
                    faults.push(Fault::at(item, &says, "name each in full, with its reason"));
                }
            }
            if key == "name" && value::string(value).is_some_and(|t| groups.contains(&t)) {
                faults.push(Fault::at(
                    value,
                    "is a group that everybody is in",
                    "name the one account that needs it",
                ));
            }
        }
    }
    faults
}

fn off<'t>(node: Node<'t>, key: &str) -> Option<Node<'t>> {
    node.get(key).filter(|n| value::boolean(*n) == Some(false))
}

fn star(list: Node<'_>) -> Option<Node<'_>> {
    list.items().find(|n| value::string(*n) == Some("*"))
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

fn anybody(case: &DocumentCase<'_>) -> Faults {
    let images = rules(case).into_iter().filter_map(|r| r.get("verifyImages"));
    let attestors = case.node().at(&["spec", "attestors"]).filter(|_| is_cel(case));
    let keys = ["subject", "issuer", "subjectRegExp", "issuerRegExp"];
    let open = ["*", ".*", "^.*$", ".+", "^.+$", "**"];
    let fault = |(key, _, node): (&str, Node<'_>, Node<'_>)| {
        let text = value::string(node).filter(|t| keys.contains(&key) && open.contains(t))?;
        let help = "name the workflow and its issuer in full, with ends on both sides";
        Some(Fault::at(node, &format!("is {text:?}: whoever can get a certificate can sign"), help))
    };
    images.chain(attestors).flat_map(all_pairs).filter_map(fault).collect()
}

fn exceptions(case: &DocumentCase<'_>) -> Faults {
    if case.object.kind() != Some("PolicyException") {
        return Faults::new();
    }
    let mut faults = Faults::new();
    let ends = case.object.label("cleanup.kyverno.io/ttl").is_some();
    if let Some(metadata) = case.object.metadata().filter(|_| !ends) {
        let detail =
            "metadata.labels has no cleanup.kyverno.io/ttl: the exception stays until somebody remembers it";
        let span = metadata.key().unwrap_or(metadata).own_span();
        faults.push(Fault::new(
            span,
            detail,
            "add the label cleanup.kyverno.io/ttl with a day or a time to live",
        ));
    }
    let named = case.node().at(&["spec", "exceptions"]).into_iter().flat_map(Node::items);
    let rules = named.filter_map(|e| e.get("ruleNames")).flat_map(Node::items);
    for all in rules.filter(|r| value::string(*r) == Some("*")) {
        faults.push(Fault::at(
            all,
            "is \"*\": each rule of the policy is off",
            "name the rule that it needs",
        ));
    }
    for (key, _, value) in case.node().at(&["spec", "match"]).map(all_pairs).unwrap_or_default() {
        if let Some(all) = star(value).filter(|_| matches!(key, "names" | "namespaces")) {
            faults.push(Fault::at(
                all,
                "is \"*\": everything is spared",
                "name the one object that needs it",
            ));
        }
    }
    faults
}
