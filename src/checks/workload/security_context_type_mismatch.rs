//! A value that the API server cannot decode: the object is refused, or was never what it seems.

use crate::checks::{Check, Fault, PodCase, Rule};
use crate::model::fields;
use crate::text::Severity;

pub(in crate::checks) const CHECK: Check = Check::new(
    "security-context-type-mismatch",
    Severity::High,
    "value has the wrong type",
    include_str!("security_context_type_mismatch.md"),
    Rule::Pod(look),
)
.aliases(&["schema-validation"])
.lessons(&[5, 15]);

fn look(case: &PodCase<'_>) -> Vec<Fault> {
    let faults = fields::mistyped(case.template).into_iter();
    faults
        .map(|m| {
            let help = match m.wanted {
                "a port number" => "give a number from 1 to 65535, without quotes",
                "a string" => "put it in quotes",
                "a list" => "write it as a list: [value]",
                "a mapping" => "write it as key: value",
                _ => "write it without quotes",
            };
            Fault::new(m.span, m.sentence(), help).label(m.found)
        })
        .collect()
}
