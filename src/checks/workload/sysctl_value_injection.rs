//! A sysctl's value that old CRI-O takes for more settings.

use crate::checks::{Check, Fault, PodCase, Rule};
use crate::model::value;
use crate::parse::Node;
use crate::text::Severity;

pub(in crate::checks) const CHECK: Check = Check::new(
    "sysctl-value-injection",
    Severity::Critical,
    "sysctl's value smuggles in another setting",
    include_str!("sysctl_value_injection.md"),
    Rule::Pod(look),
)
.aliases(&["prevent-cr8escape"])
.lessons(&[7, 37])
.technique("T1611");

fn look(case: &PodCase<'_>) -> Vec<Fault> {
    let list = case.settings.sysctls().value;
    let values = list.into_iter().flat_map(Node::items).filter_map(|item| item.get("value"));
    let says = "holds + or =, which CRI-O before the fix of CVE-2022-0811 hands on as settings of the node";
    let help = "write the value alone, and update CRI-O";
    let bad = values.filter(|n| value::string(*n).is_some_and(|text| text.contains(['+', '='])));
    bad.map(|n| Fault::at(n, says, help)).collect()
}
