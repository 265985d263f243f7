//! Rules of Falco that stay silent, cry too often, or say too little.

use crate::checks::{Check, DocumentCase, Fault, Faults, Rule};
use crate::model::falco::{self, Condition, Macros};
use crate::model::{Subject, value};
use crate::parse::Node;
use crate::text::Severity;

const DOC: &str = include_str!("falco_rule.md");
const RULES: &[Subject] = &[Subject::FalcoRules];

/// The family, by id.
pub(super) const ROWS: &[Check] = &[
    Check::new(
        "falco-rule-condition-no-event-type",
        Severity::Medium,
        "condition runs on every event",
        DOC,
        Rule::Document(RULES, every_event),
    )
    .lessons(&[26])
    .technique("T1685"),
    Check::new(
        "falco-rule-container-scope-missing",
        Severity::Medium,
        "rule for containers does not ask for one",
        DOC,
        Rule::Document(RULES, no_scope),
    )
    .lessons(&[26, 19])
    .technique("T1685"),
    Check::new(
        "falco-rule-exception-too-wide",
        Severity::High,
        "exception holds for a name that anybody can take",
        DOC,
        Rule::Document(RULES, wide_exception),
    )
    .lessons(&[26])
    .technique("T1036.005"),
    Check::new(
        "falco-rule-field-missing",
        Severity::Medium,
        "rule lacks a field that Falco needs",
        DOC,
        Rule::Document(RULES, fields),
    )
    .aliases(&["falcosecurity/rules style"])
    .lessons(&[26])
    .technique("T1685"),
    Check::new(
        "falco-rule-output-context-missing",
        Severity::Low,
        "alert does not say who or where",
        DOC,
        Rule::Document(RULES, output),
    )
    .lessons(&[26, 19]),
    Check::new(
        "falco-rule-tags-missing",
        Severity::Info,
        "rule has no tags of maturity and technique",
        DOC,
        Rule::Document(RULES, tags),
    )
    .aliases(&["falcosecurity/rules style"])
    .lessons(&[26]),
];

/// The rules that are defined here, with what the file changes of them.
fn defined<'t>(case: &DocumentCase<'t>) -> impl Iterator<Item = falco::Rule<'t>> {
    falco::Rule::of(case.node()).into_iter()
}

/// Rules about system calls; a plugin's source has no `evt.type` to speak of.
fn of_calls(rule: &falco::Rule<'_>) -> bool {
    rule.get("source").and_then(value::string).is_none_or(|s| s == "syscall")
}

/// At the key of a text: a folded one begins a line later.
fn at_key(node: Node<'_>, says: &str, help: &'static str) -> Fault {
    Fault::new(node.key().unwrap_or(node).own_span(), format!("{} {says}", node.path()), help)
}

fn every_event(case: &DocumentCase<'_>) -> Faults {
    let macros = Macros::of(case.node());
    let restricts = |c: &Condition| matches!(c, Condition::Compare(field, op, _) if field == "evt.type" && matches!(op.as_str(), "=" | "==" | "in"));
    let fault = |rule: falco::Rule<'_>| {
        // Who says so does not want to be told.
        let silenced = rule.get("warn_evttypes").and_then(value::boolean) == Some(false);
        let (node, condition) = rule.condition().filter(|_| !silenced)?;
        let says = "holds for no evt.type, or not in each arm of an or: it runs on every event";
        let help = "begin with the call that you mean: evt.type in (execve, execveat) and …";
        (macros.needs(&condition, &restricts) == Some(false)).then(|| at_key(node, says, help))
    };
    defined(case).filter(of_calls).filter_map(fault).collect()
}

fn no_scope(case: &DocumentCase<'_>) -> Faults {
    let macros = Macros::of(case.node());
    let in_container = |c: &Condition| match c {
        Condition::Macro(name) => name == "container",
        Condition::Compare(field, ..) => field.starts_with("container.") || field.starts_with("k8s."),
        _ => false,
    };
    let fault = |rule: falco::Rule<'_>| {
        let tags = rule.tags();
        if !tags.contains(&"container") || tags.contains(&"host") {
            return None;
        }
        let (node, condition) = rule.condition()?;
        let says = "never asks for a container, although the rule is tagged as one: the node's own processes set it off";
        let help = "add `and container` to the condition, or tag the rule `host` as well";
        (macros.needs(&condition, &in_container) == Some(false)).then(|| at_key(node, says, help))
    };
    defined(case).filter(of_calls).filter_map(fault).collect()
}

/// What a process says of itself: it can be started under any name, with any arguments.
fn is_chosen(field: &str) -> bool {
    let bare = field.split('[').next().unwrap_or(field);
    matches!(
        bare,
        "proc.name"
            | "proc.pname"
            | "proc.aname"
            | "proc.exe"
            | "proc.pexe"
            | "proc.cmdline"
            | "proc.pcmdline"
            | "proc.args"
            | "proc.exeline"
    )
}

fn wide_exception(case: &DocumentCase<'_>) -> Faults {
    let help = "tie it to what the process cannot choose: proc.exepath and container.image.repository, both";
    let mut faults = Faults::new();
    for rule in case.node().items().filter(|i| i.entry("rule").is_some()) {
        for exception in rule.get("exceptions").into_iter().flat_map(Node::items) {
            let Some(fields) = exception.get("fields") else { continue };
            let names: Vec<_> =
                value::string(fields).into_iter().chain(fields.items().filter_map(value::string)).collect();
            let used = exception.get("values").is_some_and(|v| v.items().len() > 0);
            if used && !names.is_empty() && names.iter().all(|n| is_chosen(n)) {
                let detail = format!(
                    "exempts by {} alone: a process that takes the name is never reported",
                    names.join(", ")
                );
                faults.push(Fault::at(fields, &detail, help));
            }
        }
        faults.extend(wide_not(rule, help));
    }
    faults
}

/// `… and not proc.name in (…)` beside the other arms, or appended to them.
fn wide_not(rule: Node<'_>, help: &'static str) -> Option<Fault> {
    let node = rule.get("condition")?;
    let text = value::string(node)?;
    let appended = falco::appended(text).filter(|_| falco::is_change(rule));
    let parts = match falco::condition(appended.unwrap_or(text))? {
        Condition::And(parts) => parts,
        only if appended.is_some() => vec![only],
        _ => return None,
    };
    let field = parts.iter().find_map(|part| match part {
        Condition::Not(inner) => match &**inner {
            Condition::Compare(field, op, _) if is_chosen(field) && op != "exists" => Some(field),
            _ => None,
        },
        Condition::Compare(field, op, _) if op == "!=" && is_chosen(field) => Some(field),
        _ => None,
    })?;
    let says = format!("leaves out by {field} alone: a process that takes the name is never reported");
    Some(at_key(node, &says, help))
}

fn fields(case: &DocumentCase<'_>) -> Faults {
    let needed = ["desc", "condition", "output", "priority"];
    let empty = |n: Node<'_>| value::string(n).is_some_and(str::is_empty);
    let fault = |rule: falco::Rule<'_>| {
        let lacks = |key: &&&str| rule.node.get(key).is_none_or(empty);
        let missing: Vec<_> = needed.iter().filter(lacks).copied().collect();
        let first = missing.first()?;
        let detail = format!("rule {:?} has no {}: Falco refuses the file", rule.name(), missing.join(", "));
        let help = format!("add {first}, or name in `override` what changes a rule of an earlier file");
        Some(Fault::new(rule.node.get("rule")?.own_span(), detail, help))
    };
    defined(case).filter_map(fault).collect()
}

fn output(case: &DocumentCase<'_>) -> Faults {
    let tells = |field: &&str| {
        ["user.", "proc.", "container.", "k8s.", "ka.", "jevt.", "json.", "ct."]
            .iter()
            .any(|p| field.starts_with(p))
    };
    let fault = |rule: falco::Rule<'_>| {
        let parts = rule.parts("output");
        let node = *parts.last()?;
        let shown: Vec<_> = parts.iter().filter_map(|n| value::string(*n)).flat_map(falco::shown).collect();
        let says =
            "shows no field of user, process, container or pod: who reads the alert cannot tell which it was";
        let help =
            "add user=%user.name command=%proc.cmdline image=%container.image.repository pod=%k8s.pod.name";
        (!shown.iter().any(tells)).then(|| at_key(node, says, help))
    };
    defined(case).filter(of_calls).filter_map(fault).collect()
}

fn tags(case: &DocumentCase<'_>) -> Faults {
    let fault = |rule: falco::Rule<'_>| {
        let tags = rule.tags();
        let technique = |t: &&str| {
            t.starts_with("mitre_")
                || t.strip_prefix('T').is_some_and(|n| n.starts_with(|c: char| c.is_ascii_digit()))
        };
        let lacks =
            match (tags.first().is_some_and(|t| t.starts_with("maturity_")), tags.iter().any(technique)) {
                (true, true) => return None,
                (false, true) => "no maturity_ tag in front",
                (true, false) => "no tag of a technique",
                (false, false) => "neither a maturity_ tag in front nor one of a technique",
            };
        let detail = format!("rule {:?} has {lacks}", rule.name());
        let help = "write tags: [maturity_incubating, container, mitre_execution, T1609]";
        Some(Fault::new(rule.node.get("rule")?.own_span(), detail, help))
    };
    defined(case).filter_map(fault).collect()
}
