//! A field that does not exist, or a value that its field cannot hold.

use super::{KNOWN, is_file, with_the_rest};
use crate::checks::{Check, DocumentCase, Fault, Rule};
use crate::model::structure::{Hint, Misfit};
use crate::model::{fields, template_of};
use crate::parse::Node;
use crate::text::{Edit, Severity, Span};

pub(in crate::checks) const CHECK: Check = Check::new(
    "schema-invalid",
    Severity::High,
    "field is unknown, or its value has the wrong type",
    include_str!("schema_invalid.md"),
    Rule::Document(KNOWN, look),
)
.aliases(&["schema-validation"])
.lessons(&[15]);

fn look(case: &DocumentCase<'_>) -> Vec<Fault> {
    let all = case.misfits;
    if all.found.is_empty() {
        return Vec::new();
    }
    let told = told(case);
    let faults = all.found.iter().filter_map(|misfit| fault(misfit, case));
    with_the_rest(faults.filter(|f| !told.contains(&f.span)).collect(), all)
}

/// Writes another name in the place of a key, in the same quotes; `None` where the name is there already.
fn renamed(key: Node<'_>, name: &str) -> Option<Edit> {
    let taken = key.parent().is_some_and(|holder| holder.entry(name).is_some());
    let source = key.tree().source();
    let old = source.slice(key.own_span());
    let plain = Some(old.trim_matches(['"', '\''])) == key.scalar();
    let quote = old.get(..1).filter(|c| matches!(*c, "\"" | "'")).unwrap_or("");
    let free = !taken && plain && key.tree().is_mendable() && !key.is_shared();
    free.then(|| Edit::new(key.own_span(), format!("{quote}{name}{quote}")))
}

/// Places of a pod of which `security-context-field-misplaced` and `security-context-type-mismatch` say more.
fn told(case: &DocumentCase<'_>) -> Vec<Span> {
    let Some(template) = template_of(case.object) else { return Vec::new() };
    let misplaced = fields::misplaced(template).into_iter().map(|m| m.entry.key.own_span());
    misplaced.chain(fields::mistyped(template).into_iter().map(|m| m.span)).collect()
}

fn fault(misfit: &Misfit<'_>, case: &DocumentCase<'_>) -> Option<Fault> {
    match misfit {
        Misfit::Unknown { entry, path, hint } => {
            let then = if is_file(case) {
                "the program refuses the file, or drops the field"
            } else {
                "a strict client refuses the object, any other drops the field"
            };
            let help = match hint {
                Some(Hint::Near(near)) => format!("did you mean {near}?"),
                Some(Hint::Elsewhere(place)) => format!("move it to {place}"),
                None => "remove it, or look for its name with kubectl explain".to_owned(),
            };
            let detail = format!("{path} is set, and there is no such field: {then}");
            let fault = Fault::new(entry.key.own_span(), detail, help);
            let near = if let Some(Hint::Near(near)) = hint { Some(*near) } else { None };
            Some(match near {
                Some(near) => fault.suggest([renamed(entry.key, near)]),
                None => fault,
            })
        }
        Misfit::Mistyped { node, wanted } => {
            let by = if is_file(case) { "the program" } else { "the API server" };
            let found = node.kind().word();
            let help = match *wanted {
                "a string" if node.scalar().is_some() => "put it in quotes".to_owned(),
                "a boolean" | "an integer" | "an integer of 32 bits" if node.as_str().is_some() => {
                    "write it without quotes".to_owned()
                }
                "a list" => "write it as a list: [value]".to_owned(),
                "a mapping" => "write it as key: value".to_owned(),
                wanted => format!("write {wanted}"),
            };
            let detail = format!("{} is {found}, and {by} wants {wanted}", node.path());
            Some(Fault::new(node.own_span(), detail, help).label(found))
        }
        Misfit::Missing { .. } => None,
    }
}
