//! A field for containers, written under the pod: it hardens nothing.

use crate::checks::{Check, Fault, PodCase, Rule};
use crate::model::fields::{self, Home};
use crate::text::Severity;

pub(in crate::checks) const CHECK: Check = Check::new(
    "security-context-field-misplaced",
    Severity::High,
    "field has no meaning where it stands",
    include_str!("security_context_field_misplaced.md"),
    Rule::Pod(look),
)
.aliases(&["schema-validation"])
.lessons(&[5, 6, 23])
.technique("T1611");

fn look(case: &PodCase<'_>) -> Vec<Fault> {
    let fault = |misplaced: fields::Misplaced<'_>| {
        let entry = misplaced.entry;
        let (says, help) = words(misplaced.home);
        // Where it would count it would be a fault of its own.
        let help = if entry.key.as_str() == Some("privileged") { "remove it" } else { help };
        let detail = format!("{} does nothing: {says}", entry.value.path());
        Fault::new(entry.key.own_span(), detail, help)
    };
    fields::misplaced(case.template).into_iter().map(fault).collect()
}

fn words(home: Home) -> (&'static str, &'static str) {
    const INTO_ALL: &str = "move it into the securityContext of every container";
    const INTO_POD: &str = "move it into the pod's securityContext";
    match home {
        Home::EveryContainer => ("only containers have this field", INTO_ALL),
        Home::AContainer => ("it belongs in a container's securityContext", INTO_ALL),
        Home::ThisContainer => {
            ("it belongs in the container's securityContext", "move it into the container's securityContext")
        }
        Home::PodAlone => ("only the pod has this field", INTO_POD),
        Home::Pod => ("it belongs in the pod's securityContext", INTO_POD),
        Home::Any => ("it belongs in a securityContext", INTO_POD),
    }
}
