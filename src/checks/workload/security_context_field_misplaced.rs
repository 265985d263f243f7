//! A field for containers, written under the pod: it hardens nothing.

use crate::checks::{Check, Fault, PodCase, Rule};
use crate::text::Severity;

pub(in crate::checks) const CHECK: Check = Check {
    id: "security-context-field-misplaced",
    severity: Severity::High,
    title: "field has no meaning where it stands",
    doc: include_str!("security_context_field_misplaced.md"),
    aliases: &["schema-validation"],
    lessons: &[5, 6, 23],
    rule: Rule::Pod(look),
};

const CONTAINER_ONLY: &[&str] =
    &["allowPrivilegeEscalation", "capabilities", "privileged", "procMount", "readOnlyRootFilesystem"];

fn look(case: &PodCase<'_>) -> Vec<Fault> {
    let Some(context) = case.template.spec.get("securityContext") else { return Vec::new() };
    let misplaced =
        CONTAINER_ONLY.iter().filter_map(|key| Some((context.entry(key)?.key, context.get(key)?.path())));
    misplaced
        .map(|(key, path)| {
            let help = "move it into the securityContext of every container";
            let detail = format!("{path} does nothing: only containers have this field");
            Fault::new(key.own_span(), detail, help)
        })
        .collect()
}
