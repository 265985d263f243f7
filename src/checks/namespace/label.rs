//! Labels for Pod Security that nothing reads: keys that are written wrong, and versions of levels that nobody set.

use crate::checks::{Check, DocumentCase, Fault, Faults, Rule};
use crate::model::{Object, Subject, value};
use crate::parse::Node;
use crate::sim::admission::pod_security::{Level, Mode, strangers};
use crate::text::{Edit, Severity};

const DOC: &str = include_str!("label.md");

/// The checks, by id.
pub(super) const ROWS: &[Check] = &[
    Check::new(
        "namespace-psa-label-misspelled",
        Severity::High,
        "label is none of Pod Security's",
        DOC,
        Rule::Document(&[Subject::Namespace], strange),
    )
    .lessons(&[15])
    .technique("T1611"),
    Check::new(
        "namespace-psa-version-without-level",
        Severity::Low,
        "version belongs to no level",
        DOC,
        Rule::Document(&[Subject::Namespace], levelless),
    )
    .lessons(&[15])
    .yields_here_to(&["namespace-psa-label-invalid"]),
];

/// The keys that are meant for Pod Security and are none of its labels, each with the label that it should be.
pub(super) fn misspelled(namespace: Object<'_>) -> Vec<(Node<'_>, String)> {
    strangers(namespace)
}

fn strange(case: &DocumentCase<'_>) -> Faults {
    let holder = |key: Node<'_>| {
        let annotations = case.object.metadata().and_then(|m| m.get("annotations"));
        annotations.is_some_and(|a| a.own_entries().any(|e| e.key.own_span() == key.own_span()))
    };
    let fault = |(key, right): (Node<'_>, String)| {
        let name = key.scalar().unwrap_or("");
        if holder(key) {
            let says = format!("metadata.annotations has {name}: Pod Security reads labels alone");
            return Fault::new(key.own_span(), says, format!("move it to metadata.labels, as {right}"));
        }
        let says =
            format!("metadata.labels has {name}, which Pod Security does not look up: it changes nothing");
        let fault = Fault::new(key.own_span(), says, format!("did you mean {right}?"));
        // Where both are there, one of them has to go, and a person knows which.
        let free = case.object.label(&right).is_none();
        fault.suggest([free.then(|| renamed(key, name, &right)).flatten()])
    };
    misspelled(case.object).into_iter().map(fault).collect()
}

/// Another name for a key, in the quotes that it has.
fn renamed(key: Node<'_>, name: &str, right: &str) -> Option<Edit> {
    let span = key.own_span();
    let quotes = (span.range().len()).checked_sub(name.len())?;
    let (start, end) = match quotes {
        0 => (span.start, span.end),
        2 => (span.start + 1, span.end - 1),
        _ => return None,
    };
    Some(Edit::new(crate::text::Span { start, end, ..span }, right))
}

/// Pod Security takes the level that the API server was set up with then, by default privileged; a version of warn
/// is that of enforce's level, which warns where warn has none (`api/helpers.go`).
fn levelless(case: &DocumentCase<'_>) -> Faults {
    let level = |mode: Mode| case.object.label(&mode.label());
    let enforced = level(Mode::Enforce).and_then(value::string).and_then(Level::from_word);
    let used = |mode: Mode| mode == Mode::Warn && enforced.is_some_and(|l| l > Level::Privileged);
    // Of enforce that its level is missing is told in any case.
    let modes = [Mode::Audit, Mode::Warn].into_iter().filter(|mode| level(*mode).is_none() && !used(*mode));
    let fault = |mode: Mode| {
        let node = case.object.label(&mode.version_label())?;
        let says = format!(
            "is set and {} is not: privileged counts, which says nothing in any version",
            mode.label()
        );
        let help = format!("add {} with a level, or remove the version", mode.label());
        Some(Fault::at(node, &says, help))
    };
    modes.filter_map(fault).collect()
}
