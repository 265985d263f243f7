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
    .technique("T1562.006"),
    Check::new(
        "falco-rule-container-scope-missing",
        Severity::Medium,
        "rule for containers does not ask for one",
        DOC,
        Rule::Document(RULES, no_scope),
    )
    .lessons(&[26, 19])
    .technique("T1562.006"),
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
    .technique("T1562.006"),
    Check::new(
        "falco-rule-output-context-missing",
        Severity::Low,
        "alert does not say who or where",
        DOC,
        Rule::Document(RULES, output),
    )
    .lessons(&[26, 19]),
    Check::new(
        "falco-rule-override-misuse",
        Severity::Medium,
        "rule file changes an item in another way than it reads",
        DOC,
        Rule::Document(RULES, changes),
    )
    .lessons(&[26])
    .technique("T1562.006"),
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

/// The rules that are defined here. What changes a rule of another file, or only switches it, is none.
fn defined<'t>(case: &DocumentCase<'t>) -> impl Iterator<Item = Node<'t>> {
    let whole = |item: &Node<'_>| {
        let switches = item.get("condition").is_none() && item.get("enabled").is_some();
        item.get("rule").is_some() && !falco::is_change(*item) && !switches
    };
    case.node().items().filter(whole)
}

/// Rules about system calls; a plugin's source has no `evt.type` to speak of.
fn of_calls(rule: Node<'_>) -> bool {
    rule.get("source").and_then(value::string).is_none_or(|s| s == "syscall")
}

fn condition(rule: Node<'_>) -> Option<(Node<'_>, Condition)> {
    let node = rule.get("condition")?;
    Some((node, falco::condition(value::string(node)?)?))
}

/// At the key of a text: a folded one begins a line later.
fn at_key(node: Node<'_>, says: &str, help: &str) -> Fault {
    Fault::new(node.key().unwrap_or(node).own_span(), format!("{} {says}", node.path()), help)
}

fn name(rule: Node<'_>) -> &str {
    rule.get("rule").and_then(value::string).unwrap_or("a rule")
}

fn every_event(case: &DocumentCase<'_>) -> Faults {
    let macros = Macros::of(case.node());
    let restricts = |c: &Condition| matches!(c, Condition::Compare(field, op, _) if field == "evt.type" && matches!(op.as_str(), "=" | "==" | "in"));
    let fault = |rule: Node<'_>| {
        let (node, condition) = condition(rule)?;
        let says = "holds for no evt.type, or not in each arm of an or: it runs on every event";
        let help = "begin with the call that you mean: evt.type in (execve, execveat) and …";
        (macros.needs(&condition, &restricts) == Some(false)).then(|| at_key(node, says, help))
    };
    defined(case).filter(|r| of_calls(*r)).filter_map(fault).collect()
}

fn no_scope(case: &DocumentCase<'_>) -> Faults {
    let macros = Macros::of(case.node());
    let in_container = |c: &Condition| match c {
        Condition::Macro(name) => name == "container",
        Condition::Compare(field, ..) => field.starts_with("container.") || field.starts_with("k8s."),
        _ => false,
    };
    let fault = |rule: Node<'_>| {
        let tags: Vec<_> = rule.get("tags")?.items().filter_map(value::string).collect();
        if !tags.contains(&"container") || tags.contains(&"host") {
            return None;
        }
        let (node, condition) = condition(rule)?;
        let says = "never asks for a container, although the rule is tagged as one: the node's own processes set it off";
        let help = "add `and container` to the condition, or tag the rule `host` as well";
        (macros.needs(&condition, &in_container) == Some(false)).then(|| at_key(node, says, help))
    };
    defined(case).filter(|r| of_calls(*r)).filter_map(fault).collect()
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

/// `… and not proc.name in (…)` beside the other arms.
fn wide_not(rule: Node<'_>, help: &str) -> Option<Fault> {
    let (node, Condition::And(parts)) = condition(rule)? else { return None };
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
    let fault = |rule: Node<'_>| {
        let missing: Vec<_> = needed.iter().filter(|k| rule.get(k).is_none()).copied().collect();
        let first = missing.first()?;
        let detail = format!("rule {:?} has no {}: Falco refuses the file", name(rule), missing.join(", "));
        let help = format!("add {first}, or name in `override` what changes a rule of an earlier file");
        Some(Fault::new(rule.get("rule")?.own_span(), detail, help))
    };
    defined(case).filter_map(fault).collect()
}

fn output(case: &DocumentCase<'_>) -> Faults {
    let tells = |field: &&str| {
        ["user.", "proc.", "container.", "k8s.", "ka.", "jevt.", "json.", "ct."]
            .iter()
            .any(|p| field.starts_with(p))
    };
    let fault = |rule: Node<'_>| {
        let node = rule.get("output")?;
        let shown = falco::shown(value::string(node)?);
        let says =
            "shows no field of user, process, container or pod: who reads the alert cannot tell which it was";
        let help =
            "add user=%user.name command=%proc.cmdline image=%container.image.repository pod=%k8s.pod.name";
        (!shown.iter().any(tells)).then(|| at_key(node, says, help))
    };
    defined(case).filter(|r| of_calls(*r)).filter_map(fault).collect()
}

fn changes(case: &DocumentCase<'_>) -> Faults {
    let mut seen = std::collections::BTreeMap::new();
    let mut faults = Faults::new();
    for item in case.node().items() {
        for entry in item.get("override").map(Node::entries).unwrap_or_default() {
            let key = entry.key.scalar().unwrap_or("");
            if item.entry(key).is_none() {
                let detail = format!("override names {key}, and the item has none: Falco refuses the file");
                let help = format!("give {key} beside the override, or take it out");
                faults.push(Fault::new(entry.key.own_span(), detail, help));
            }
        }
        let named = ["rule", "macro", "list"].into_iter().find_map(|k| Some((k, item.get(k)?)));
        let Some((kind, node)) = named else { continue };
        let Some(text) = value::string(node) else { continue };
        let switches = kind == "rule" && item.get("condition").is_none();
        let first = seen.get(&(kind, text)).copied();
        if let Some(first) = first.filter(|_| !falco::is_change(item) && !switches) {
            let detail =
                format!("{kind} {text:?} is defined again: this one replaces the first without a word");
            let help = "give it another name, or say with `override` what is appended or replaced";
            faults.push(Fault::new(node.own_span(), detail, help).related(first, "the first"));
        }
        seen.entry((kind, text)).or_insert(node.own_span());
    }
    faults
}

fn tags(case: &DocumentCase<'_>) -> Faults {
    let fault = |rule: Node<'_>| {
        let tags: Vec<_> =
            rule.get("tags").into_iter().flat_map(Node::items).filter_map(value::string).collect();
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
        let detail = format!("rule {:?} has {lacks}", name(rule));
        let help = "write tags: [maturity_incubating, container, mitre_execution, T1609]";
        Some(Fault::new(rule.get("rule")?.own_span(), detail, help))
    };
    defined(case).filter_map(fault).collect()
}
