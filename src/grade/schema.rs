//! What of an object its type does not hold, as findings that refuse it. Kinds of other groups are not taken.
//!
//! The API server decodes strictly (`fieldValidation: Strict`, kubectl's default), so that a slip is an error there.

use crate::model::Object;
use crate::model::schema;
use crate::model::structure::{Hint, Misfit, misfits};
use crate::parse::{Kind, Node};
use crate::text::{Finding, near};

/// What the API server refuses in this object before it looks at what the fields mean.
pub(super) fn check(object: Object<'_>, findings: &mut Vec<Finding>) {
    let Some(kind) = object.kind() else {
        let at = object.node.missing("kind");
        findings.push(
            Finding::error("missing-field", "`kind` is missing", at.span)
                .help("say what it is, as in `kind: Pod`"),
        );
        return;
    };
    let versions: Vec<&str> = schema::kinds().filter(|(_, k)| *k == kind).map(|(v, _)| v).collect();
    let Some(version) = versions.iter().min_by_key(|v| v.matches('/').count()) else {
        findings.push(
            Finding::error(
                "unknown-kind",
                format!("kind `{kind}` is not one that this lab takes"),
                object.kind_span(),
            )
            .help(match near::nearest(kind, schema::kinds().map(|(_, k)| k)) {
                Some(known) => format!("did you mean `{known}`?"),
                None => "leave it out: nothing here knows what it would do".to_owned(),
            }),
        );
        return;
    };
    match object.node.get("apiVersion") {
        Some(node) if !versions.iter().any(|v| node.as_str() == Some(v)) => findings.push(
            Finding::error(
                "unknown-kind",
                format!("there is no {kind} in `{}`", node.scalar().unwrap_or("")),
                node.own_span(),
            )
            .help(format!("write `apiVersion: {version}`")),
        ),
        _ => {}
    }
    findings.extend(misfits(object).found.into_iter().map(finding));
}

fn finding(misfit: Misfit<'_>) -> Finding {
    match misfit {
        Misfit::Unknown { entry, hint, .. } => {
            let word = entry.key.scalar().unwrap_or("?");
            let help = match hint {
                Some(Hint::Near(near)) => format!("did you mean `{near}`?"),
                Some(Hint::Elsewhere(place)) => format!("move it: `{word}` belongs in {place}"),
                None => "remove it, or see which fields there are with `kubectl explain`".to_owned(),
            };
            Finding::error("unknown-field", format!("unknown field `{word}`"), entry.key.own_span())
                .help(help)
        }
        Misfit::Mistyped { node, wanted } => Finding::error(
            "wrong-type",
            format!("`{}` is {}, not {wanted}", node.path(), node.kind().word()),
            node.own_span(),
        )
        .help(hint(node, wanted)),
        Misfit::Missing { holder, name } => {
            let at = holder.missing(name);
            Finding::error("missing-field", format!("`{}` is missing", at.path), at.span)
                .help(format!("add `{name}`"))
        }
    }
}

fn hint(node: Node<'_>, wanted: &str) -> String {
    let text = node.scalar().unwrap_or("").trim_matches(['"', '\'']);
    match (wanted, node.kind()) {
        ("a boolean" | "an integer" | "an integer of 32 bits", Kind::Str) if !text.is_empty() => {
            format!("write `{text}` without quotes")
        }
        ("a string", Kind::Int | Kind::Float | Kind::Bool) => format!("write `\"{text}\"` in quotes"),
        _ => format!("write {wanted}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::objects;
    use crate::parse::{Limits, yaml};
    use crate::text::Source;

    fn said(text: &str) -> Vec<String> {
        let (tree, _) = yaml::parse(&Source::lone("t", text), Limits::default());
        let mut findings = Vec::new();
        for object in objects(&tree) {
            check(object, &mut findings);
        }
        findings.iter().map(|f| format!("{} / {}", f.title, f.help)).collect()
    }

    #[test]
    fn slips_are_named_with_the_way_out() {
        let pod =
            |spec: &str| format!("{{apiVersion: v1, kind: Pod, metadata: {{name: a}}, spec: {{{spec}}}}}");
        assert!(said(&pod("containers: [{name: c, image: i}]")).is_empty());
        assert_eq!(
            said(&pod("containers: [{name: c, image: i, securityContext: {runAsNonroot: true}}]")),
            ["unknown field `runAsNonroot` / did you mean `runAsNonRoot`?"]
        );
        assert_eq!(
            said(&pod("securityContext: {readOnlyRootFilesystem: true}, containers: [{name: c, image: i}]")),
            [
                "unknown field `readOnlyRootFilesystem` / move it: `readOnlyRootFilesystem` belongs in spec.containers[*].securityContext"
            ]
        );
        assert_eq!(
            said(&pod("hostPID: \"false\", containers: [{name: c, image: i}]")),
            ["`spec.hostPID` is a string, not a boolean / write `false` without quotes"]
        );
        assert_eq!(said(&pod("hostPID: true")), ["`spec.containers` is missing / add `containers`"]);
        assert!(
            said("{apiVersion: apps/v1, kind: Pod, metadata: {name: a}, spec: {containers: []}}")[0]
                .contains("apiVersion: v1")
        );
        assert!(said("{apiVersion: v1, kind: Pot, metadata: {name: a}}")[0].contains("did you mean `Pod`"));
    }
}
