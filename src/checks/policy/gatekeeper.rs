//! Constraints and templates of Gatekeeper that let pass what they seem to refuse.

use std::collections::BTreeSet;

use serde_json::json;

use super::lists;
use crate::checks::{Check, Confidence, DocumentCase, Fault, Faults, Rule};
use crate::model::gatekeeper::{self, Constraint};
use crate::model::{Subject, value};
use crate::parse::{Kind, Node, edit};
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
        "parameter is declared or read, and not both",
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
        let mended = edit::replace(node, &json!(format!("{text}/"))).filter(|_| !text.is_empty());
        Fault::at(node, &says, "end it with a slash").suggest([mended])
    };
    repos.into_iter().flat_map(Node::items).filter(open).map(fault).collect()
}

/// Whether nothing is refused at admission, by the webhook or by the policy that Gatekeeper makes of the constraint.
fn dryrun(case: &DocumentCase<'_>) -> Faults {
    let Some(constraint) = Constraint::new(case.object) else { return Faults::new() };
    let Some(node) = constraint.action() else { return Faults::new() };
    if constraint.actions_at(&[gatekeeper::WEBHOOK, gatekeeper::POLICY]).contains(&"deny") {
        return Faults::new();
    }
    match value::string(node) {
        Some(action @ ("dryrun" | "warn")) => {
            let help = "set enforcementAction to deny once the audit is quiet";
            let fault = Fault::at(node, &format!("is {action}: what breaks the rule is admitted"), help);
            vec![fault.suggest([edit::replace(node, &json!("deny"))])]
        }
        Some("scoped") => {
            let says = "is scoped, and no action denies at admission: what breaks the rule is admitted";
            let help = "add the action deny for validation.gatekeeper.sh, or for vap.k8s.io";
            vec![Fault::at(node, says, help)]
        }
        _ => Faults::new(),
    }
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

/// The texts of a template's policies by engine: what Rego says with its libraries, what CEL says. Gatekeeper asks one
/// of them, so each has to be complete.
fn engines(template: Node<'_>) -> Vec<Vec<Node<'_>>> {
    let mut out = Vec::new();
    for target in template.at(&["spec", "targets"]).into_iter().flat_map(Node::items) {
        let each = target.get("code").into_iter().flat_map(Node::items);
        for engine in std::iter::once(target).chain(each) {
            let mut codes = Vec::new();
            collect(engine, &mut codes, 0);
            out.push(codes);
        }
    }
    out.retain(|codes| !codes.is_empty());
    out
}

fn collect<'t>(node: Node<'t>, out: &mut Vec<Node<'t>>, depth: usize) {
    if depth > 8 {
        return;
    }
    for entry in node.entries() {
        match (entry.key.scalar(), entry.value.kind()) {
            // An engine of its own.
            (Some("code"), _) => {}
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
    code.lines().map(|l| l.split('#').next().unwrap_or("")).flat_map(lists::words)
}

fn containers_only(case: &DocumentCase<'_>) -> Faults {
    let fault = |codes: Vec<Node<'_>>| {
        let all: BTreeSet<&str> = codes.iter().filter_map(|c| value::string(*c)).flat_map(words).collect();
        let missing = lists::missing(&all, true);
        let place =
            codes.iter().find(|c| value::string(**c).is_some_and(|t| words(t).any(|w| w == "containers")));
        let place = place.filter(|_| !missing.is_empty())?;
        let says = format!("reads containers and not {}: the same thing passes there", missing.join(" nor "));
        let help = "walk containers, initContainers and ephemeralContainers alike";
        let span = place.key().unwrap_or(*place).own_span();
        Some(Fault::new(span, format!("{} {says}", place.path()), help))
    };
    engines(case.node()).into_iter().filter_map(fault).collect()
}

/// What of the parameters a text reads: `input.parameters.NAME`, in CEL `variables.params.NAME`. `None` where it may read
/// each: it hands them on whole, or asks by a variable.
fn read(code: &str) -> Option<Vec<&str>> {
    let lines = code.lines().map(|l| l.split('#').next().unwrap_or(""));
    let mut out = Vec::new();
    for line in lines {
        for mark in ["input.parameters", "variables.params"] {
            for rest in line.split(mark).skip(1) {
                let name = if let Some(rest) = rest.strip_prefix('.') {
                    lists::words(rest).next()?
                } else {
                    rest.strip_prefix("[\"")?.split('"').next()?
                };
                out.push(name);
            }
        }
        if line.contains("\"parameters\"") {
            return None;
        }
    }
    Some(out)
}

fn unused(case: &DocumentCase<'_>) -> Faults {
    let path = ["spec", "crd", "spec", "validation"];
    let Some(validation) = case.node().at(&path) else { return Faults::new() };
    let Some(properties) = validation.at(&["openAPIV3Schema", "properties"]) else { return Faults::new() };
    let codes: Vec<_> = engines(case.node()).into_iter().flatten().collect();
    let texts: Vec<_> = codes.iter().filter_map(|c| value::string(*c)).collect();
    let named: Option<Vec<_>> = texts.iter().map(|t| read(t)).collect();
    let Some(named) = named.filter(|_| !texts.is_empty()) else { return Faults::new() };
    let words: BTreeSet<&str> = texts.iter().flat_map(|t| words(t)).collect();
    let fault = |key: Node<'_>| {
        let name = key.scalar().filter(|n| !words.contains(n))?;
        let detail =
            format!("parameter {name} is in the schema and in no policy: setting it changes nothing");
        Some(Fault::new(key.own_span(), detail, format!("read input.parameters.{name}, or take it out")))
    };
    let mut faults: Faults = properties.entries().into_iter().filter_map(|e| fault(e.key)).collect();
    // The API server prunes what a structural schema does not name, so that the policy never sees it.
    let open = value::boolean(validation.get("legacySchema").unwrap_or(validation)) == Some(true)
        || ["x-kubernetes-preserve-unknown-fields", "additionalProperties"]
            .iter()
            .any(|k| validation.at(&["openAPIV3Schema", k]).is_some())
        || case.object.api_version() != Some("templates.gatekeeper.sh/v1");
    let mut told = BTreeSet::new();
    for name in named.into_iter().flatten().filter(|n| !open && properties.entry(n).is_none()) {
        if told.insert(name) {
            let span = properties.key().unwrap_or(properties).own_span();
            let detail = format!(
                "parameter {name} is read and not in the schema: a constraint that sets it loses it, and the rule never fires"
            );
            faults.push(Fault::new(span, detail, format!("add {name} to the schema's properties")));
        }
    }
    faults
}
