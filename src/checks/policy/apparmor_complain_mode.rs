//! A profile that writes down and stops nothing.

use crate::checks::{Check, Fault, Faults, Rule, TextCase};
use crate::model::{Subject, apparmor};
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

fn look(case: &TextCase<'_>) -> Faults {
    let fault = |profile: apparmor::Profile| {
        let span = profile.flag("complain")?;
        let detail = format!(
            "profile {}: its flags hold complain: what no rule names is logged, and allowed",
            profile.name
        );
        Some(Fault::new(span, detail, "remove complain once the log is quiet"))
    };
    apparmor::profiles(case.source).into_iter().filter_map(fault).collect()
}
