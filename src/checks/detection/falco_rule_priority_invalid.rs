//! A rule that Falco refuses to load.

use crate::checks::{Check, DocumentCase, Fault, Faults, Rule};
use crate::model::{Subject, value};
use crate::parse::Node;
use crate::text::{Severity, near};

pub(super) const CHECK: Check = Check::new(
    "falco-rule-priority-invalid",
    Severity::Medium,
    "rule has a priority that Falco does not know",
    include_str!("falco_rule_priority_invalid.md"),
    Rule::Document(&[Subject::FalcoRules], look),
)
.lessons(&[26])
.technique("T1685");

/// falcosecurity/libs and falco, `userspace/engine/falco_common.cpp`: eight names, in any case; `informational` too.
const PRIORITIES: [&str; 9] =
    ["emergency", "alert", "critical", "error", "warning", "notice", "informational", "info", "debug"];

fn look(case: &DocumentCase<'_>) -> Faults {
    let rules = case.node().items().filter(|item| item.entry("rule").is_some());
    rules.filter_map(|rule| fault(rule.get("priority")?)).collect()
}

fn fault(node: Node<'_>) -> Option<Fault> {
    let text = value::string(node).unwrap_or("");
    if PRIORITIES.iter().any(|p| p.eq_ignore_ascii_case(text)) {
        return None;
    }
    let lower = text.to_ascii_lowercase();
    let help = match near::nearest(&lower, PRIORITIES) {
        Some(priority) => format!("write {}", priority.to_ascii_uppercase()),
        None => {
            "write one of EMERGENCY, ALERT, CRITICAL, ERROR, WARNING, NOTICE, INFORMATIONAL, DEBUG".to_owned()
        }
    };
    Some(Fault::at(node, &format!("is {text:?}, and Falco refuses the file"), help))
}
