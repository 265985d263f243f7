//! A field that an object cannot do without.

use super::{KNOWN, is_file, with_the_rest};
use crate::checks::{Check, DocumentCase, Fault, Rule};
use crate::model::structure::Misfit;
use crate::model::{Subject, WORKLOAD_KINDS};
use crate::text::Severity;

pub(in crate::checks) const CHECK: Check = Check::new(
    "field-required-missing",
    Severity::Medium,
    "required field is missing",
    include_str!("field_required_missing.md"),
    Rule::Document(KNOWN, look),
)
.lessons(&[15]);

fn look(case: &DocumentCase<'_>) -> Vec<Fault> {
    // Without its pod spec a workload is said to be unjudged.
    let workload = WORKLOAD_KINDS.iter().any(|(k, _)| case.object.kind() == Some(k));
    if workload && case.subject == Subject::BuiltIn {
        return Vec::new();
    }
    let all = case.misfits;
    let fault = |misfit: &Misfit<'_>| {
        let Misfit::Missing { holder, name } = misfit else { return None };
        let by =
            if is_file(case) { "the program refuses the file" } else { "the API server refuses the object" };
        let missing = holder.missing(name);
        let detail = format!("{} is not set: {by}", missing.path);
        Some(Fault::new(missing.span, detail, format!("add {name}")).label("belongs here"))
    };
    with_the_rest(all.found.iter().filter_map(fault).collect(), all)
}
