//! Constraints and templates of Gatekeeper that let pass what they seem to refuse.

use std::collections::BTreeSet;

use crate::checks::{Check, Confidence, DocumentCase, Fault, Faults, Rule};
use crate::model::{Subject, value};
use crate::parse::{Kind, Node};
use crate::text::Severity;

const DOC: &str = include_str!("gatekeeper.md");
const CONSTRAINT: &[Subject] = &[Subject::GatekeeperConstraint];
const TEMPLATE: &[Subject] = &[Subject::GatekeeperTemplate];

/// The family, by id.
pub(super) const ROWS: &[Check] = &[
    Check::new(
        "gatekeeper-allowed-repos-open-ended",
        Severity::High,
        "permitted registry is a prefix without an end",
        DOC,
        Rule::Document(CONSTRAINT, open_ended),
    )
    .aliases(&["KSV-0124"])
    .lessons(&[27, 12])
    .technique("T1525"),
    Check::new(
        "gatekeeper-constraint-dryrun",
        Severity::Medium,
        "constraint refuses nothing",
        DOC,
        Rule::Document(CONSTRAINT, dryrun),
    )
    .lessons(&[27])
    .technique("T1610"),
    Check::new(
        "gatekeeper-excluded-namespaces-wide",
        Severity::Medium,
        "constraint leaves out namespaces by pattern",
        DOC,
        Rule::Document(CONSTRAINT, excluded),
    )
    .lessons(&[27, 36])
    .technique("T1610"),
    Check::new(
        "gatekeeper-match-pod-only",
        Severity::Medium,
        "constraint sees pods and no workloads",
        DOC,
        Rule::Document(CONSTRAINT, pods_only),
    )
    .lessons(&[27])
    .confidence(Confidence::Contextual),
    Check::new(
        "gatekeeper-template-containers-only",
        Severity::High,
        "template looks at the main containers only",
        DOC,
        Rule::Document(TEMPLATE, containers_only),
    )
    .lessons(&[27])
    .technique("T1610")
    .confidence(Confidence::Likely),
    Check::new(
        "gatekeeper-template-parameter-unused",
        Severity::Low,
        "template declares a parameter that it never reads",
        DOC,
        Rule::Document(TEMPLATE, unused),
    )
    .lessons(&[27])
    .confidence(Confidence::Likely),
];

fn open_ended(case: &DocumentCase<'_>) -> Faults {
    if case.object.kind() != Some("K8sAllowedRepos") {
        return Faults::new();
    }
    let repos = case.node().at(&["spec", "parameters", "repos"]);
    let open = |node: &Node<'_>| {
        value::string(*node).is_some_and(|text| {
            let last = text.rsplit('/').next().unwrap_or("");
            text.is_empty() || (!last.is_empty() && !last.contains([':', '@', '*']))
        })
    };
    let fault = |node: Node<'_>| {
        let text = value::string(node).unwrap_or("");
        let says = format!(
            "is {text:?}, and the beginning is all that is compared: {text}-evil/x is permitted, too"
        );
        Fault::at(node, &says, "end it with a slash")
    };
    repos.into_iter().flat_map(Node::items).filter(open).map(fault).collect()
}

fn dryrun(case: &DocumentCase<'_>) -> Faults {
    let action = case.node().at(&["spec", "enforcementAction"]);
    let soft = action.and_then(|a| Some((a, value::string(a).filter(|t| matches!(*t, "dryrun" | "warn"))?)));
    let help = "set enforcementAction to deny once the audit is quiet";
    soft.map(|(node, text)| Fault::at(node, &format!("is {text}: what breaks the rule is admitted"), help))
        .into_iter()
        .collect()
}

fn excluded(case: &DocumentCase<'_>) -> Faults {
    let list = case.node().at(&["spec", "match", "excludedNamespaces"]);
    let wide = |node: Node<'_>| {
        let text = value::string(node)?;
        let why = if text.contains('*') {
            "is a pattern: whoever may create a namespace of such a name is free of the rule"
        } else if text == "default" {
            "is where everybody's pods land who names no namespace"
        } else {
            return None;
        };
        Some(Fault::at(
            node,
            &format!("is {text:?}, which {why}"),
            "name each namespace in full, with its reason",
        ))
    };
    list.into_iter().flat_map(Node::items).filter_map(wide).collect()
}

fn pods_only(case: &DocumentCase<'_>) -> Faults {
    let expands = case.world.objects.iter().any(|o| o.kind() == Some("ExpansionTemplate"));
    let Some(kinds) = case.node().at(&["spec", "match", "kinds"]).filter(|_| !expands) else {
        return Faults::new();
    };
    let lists: Vec<_> = kinds.items().filter_map(|k| k.get("kinds")).collect();
    let mut names = lists.iter().flat_map(|l| l.items()).peekable();
    let only = names.peek().is_some() && names.all(|n| value::string(n) == Some("Pod"));
    let says = "holds Pod alone: a bad Deployment is accepted, and its pods fail where nobody looks";
    let help = "add the workloads that the template can read, or an ExpansionTemplate";
    lists.first().filter(|_| only).map(|list| Fault::at(*list, says, help)).into_iter().collect()
}

/// The texts of a template's policies: Rego in its two places with its libraries, and CEL.
fn codes(template: Node<'_>) -> Vec<Node<'_>> {
    let mut out = Vec::new();
    for target in template.at(&["spec", "targets"]).into_iter().flat_map(Node::items) {
        collect(target, &mut out, 0);
    }
    out
}

fn collect<'t>(node: Node<'t>, out: &mut Vec<Node<'t>>, depth: usize) {
    if depth > 8 {
        return;
    }
    for entry in node.entries() {
        match (entry.key.scalar(), entry.value.kind()) {
            (Some("rego" | "expression" | "messageExpression"), Kind::Str) => out.push(entry.value),
            (Some("libs"), Kind::Seq) => out.extend(entry.value.items().filter(|n| n.kind() == Kind::Str)),
            (_, Kind::Map) => collect(entry.value, out, depth + 1),
            (_, Kind::Seq) => entry.value.items().for_each(|item| collect(item, out, depth + 1)),
            _ => {}
        }
    }
}

/// The words of a policy without its comments, those in strings among them.
fn words(code: &str) -> impl Iterator<Item = &str> {
    let lines = code.lines().map(|l| l.split('#').next().unwrap_or(""));
    lines.flat_map(|l| l.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))).filter(|w| !w.is_empty())
}

fn containers_only(case: &DocumentCase<'_>) -> Faults {
    let codes = codes(case.node());
    let all: BTreeSet<&str> = codes.iter().filter_map(|c| value::string(*c)).flat_map(words).collect();
    let missing: Vec<_> =
        ["initContainers", "ephemeralContainers"].into_iter().filter(|w| !all.contains(w)).collect();
    let place =
        codes.iter().find(|c| value::string(**c).is_some_and(|t| words(t).any(|w| w == "containers")));
    let Some(place) = place.filter(|_| !missing.is_empty()) else { return Faults::new() };
    let says = format!("reads containers and not {}: the same thing passes there", missing.join(" nor "));
    let help = "walk containers, initContainers and ephemeralContainers alike";
    let span = place.key().unwrap_or(*place).own_span();
    vec![Fault::new(span, format!("{} {says}", place.path()), help)]
}

fn unused(case: &DocumentCase<'_>) -> Faults {
    let path = ["spec", "crd", "spec", "validation", "openAPIV3Schema", "properties"];
    let Some(properties) = case.node().at(&path) else { return Faults::new() };
    let codes = codes(case.node());
    let texts: Vec<_> = codes.iter().filter_map(|c| value::string(*c)).collect();
    // A policy that hands its parameters on whole may read each of them.
    let whole =
        texts.iter().flat_map(|t| t.split("parameters").skip(1)).any(|rest| !rest.starts_with(['.', '[']));
    if texts.is_empty() || whole {
        return Faults::new();
    }
    let read: BTreeSet<&str> = texts.iter().flat_map(|t| words(t)).collect();
    let fault = |key: Node<'_>| {
        let name = key.scalar().filter(|n| !read.contains(n))?;
        let detail =
            format!("parameter {name} is in the schema and in no policy: setting it changes nothing");
        Some(Fault::new(key.own_span(), detail, format!("read input.parameters.{name}, or take it out")))
    };
    properties.entries().into_iter().filter_map(|e| fault(e.key)).collect()
}
