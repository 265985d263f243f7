//! A profile that writes down and stops nothing.

use crate::checks::{Check, Fault, Faults, Rule, TextCase};
use crate::model::Subject;
use crate::text::Severity;

pub(super) const CHECK: Check = Check::new(
    "apparmor-complain-mode",
    Severity::Medium,
    "profile only complains",
    include_str!("apparmor_complain_mode.md"),
    Rule::Text(Subject::ApparmorProfile, look),
)
.lessons(&[22])
.technique("T1611");

/// `profile name flags=(complain, …) {`: `apparmor.d(5)`.
fn look(case: &TextCase<'_>) -> Faults {
    let mut faults = Faults::new();
    for line in 1..=case.source.lines() {
        let text = case.source.line(line);
        let code = if text.trim_start().starts_with('#') { "" } else { text };
        let Some(start) = code.find("flags=(").filter(|_| code.trim_end().ends_with('{')) else { continue };
        let flags = code.get(start..).and_then(|f| f.split_once(')')).map_or("", |(flags, _)| flags);
        let mut words = flags.trim_start_matches("flags=(").split([',', ' ']);
        if words.any(|word| word == "complain") {
            let begin = case.source.line_span(line).start as usize + start;
            let span = case.source.span(begin, begin + flags.len() + 1);
            let detail = "its flags hold complain: what it does not allow is logged, and allowed";
            faults.push(Fault::new(span, detail, "remove complain once the log is quiet"));
        }
    }
    faults
}
