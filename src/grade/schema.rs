//! The fields of the kinds that labs use: unknown ones, missing ones, and values of the wrong type.
//!
//! The table is written by hand (`schema.txt`) and holds what labs ask for; it says nothing of other kinds. The
//! API server decodes strictly (`fieldValidation: Strict`, kubectl's default), so that a slip is an error there.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::model::{Object, value};
use crate::parse::{Kind, Node};
use crate::text::{Finding, near};

const TABLE: &str = include_str!("schema.txt");

/// The kinds that labs use, each with the one `apiVersion` it has.
const KINDS: [(&str, &str); 13] = [
    ("Pod", "v1"),
    ("Service", "v1"),
    ("ServiceAccount", "v1"),
    ("ConfigMap", "v1"),
    ("Secret", "v1"),
    ("Namespace", "v1"),
    ("PersistentVolumeClaim", "v1"),
    ("Deployment", "apps/v1"),
    ("ReplicaSet", "apps/v1"),
    ("StatefulSet", "apps/v1"),
    ("DaemonSet", "apps/v1"),
    ("Job", "batch/v1"),
    ("CronJob", "batch/v1"),
];

struct Field {
    name: &'static str,
    kind: &'static str,
    required: bool,
}

static TYPES: LazyLock<BTreeMap<&'static str, Vec<Field>>> = LazyLock::new(|| {
    let mut types: BTreeMap<&str, Vec<Field>> = BTreeMap::new();
    let mut current = "";
    for line in TABLE.lines().filter(|l| !l.starts_with('#')) {
        let mut words = line.split_whitespace();
        if !line.starts_with(' ') {
            current = words.next().unwrap_or("");
        }
        for word in words {
            let Some((name, kind)) = word.split_once(':') else { continue };
            let (kind, required) = kind.strip_suffix('!').map_or((kind, false), |k| (k, true));
            types.entry(current).or_default().push(Field { name, kind, required });
        }
    }
    types
});

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
    let Some((_, version)) = KINDS.iter().find(|(k, _)| *k == kind) else {
        findings.push(
            Finding::error(
                "unknown-kind",
                format!("kind `{kind}` is not one that this lab takes"),
                object.kind_span(),
            )
            .help(near::suggest(kind, KINDS.iter().map(|(k, _)| *k))),
        );
        return;
    };
    match object.node.get("apiVersion") {
        Some(node) if node.as_str() != Some(version) => findings.push(
            Finding::error(
                "unknown-kind",
                format!("there is no {kind} in `{}`", node.scalar().unwrap_or("")),
                node.own_span(),
            )
            .help(format!("write `apiVersion: {version}`")),
        ),
        _ => {}
    }
    fields(object.node, kind, findings);
    if object.name().is_none_or(str::is_empty) {
        let holder = object.metadata().unwrap_or(object.node);
        findings.push(
            Finding::error("missing-field", format!("the {kind} has no name"), holder.missing("name").span)
                .help("add `metadata.name`"),
        );
    }
}

fn fields(node: Node<'_>, name: &str, findings: &mut Vec<Finding>) {
    let Some(known) = TYPES.get(name) else { return };
    for entry in node.entries() {
        let key = entry.key.scalar().unwrap_or("");
        match known.iter().find(|f| f.name == key) {
            Some(field) => judge(entry.value, field.kind, findings),
            None => findings.push(unknown(entry.key, key, name, known)),
        }
    }
    for field in known.iter().filter(|f| f.required && node.get(f.name).is_none()) {
        let at = node.missing(field.name);
        findings.push(
            Finding::error("missing-field", format!("`{}` is missing", at.path), at.span)
                .help(format!("add `{}`", field.name)),
        );
    }
}

fn unknown(key: Node<'_>, word: &str, name: &str, known: &[Field]) -> Finding {
    let finding = Finding::error("unknown-field", format!("unknown field `{word}`"), key.own_span());
    if let Some(near) = near::nearest(word, known.iter().map(|f| f.name)) {
        return finding.help(format!("did you mean `{near}`?"));
    }
    // The commonest mistake is a right field in the wrong place.
    let elsewhere = match name {
        "PodSecurity" => "Security",
        "Security" | "Container" => "PodSecurity",
        "PodSpec" => "Container",
        _ => "",
    };
    if TYPES.get(elsewhere).is_some_and(|fields| fields.iter().any(|f| f.name == word)) {
        let place = match elsewhere {
            "Security" => "a container's securityContext",
            "PodSecurity" => "the pod's securityContext",
            _ => "a container",
        };
        return finding.help(format!("move it: `{word}` belongs in {place}"));
    }
    finding.help("remove it, or see which fields there are with `kubectl explain`")
}

fn judge(node: Node<'_>, kind: &str, findings: &mut Vec<Finding>) {
    if node.is_null() {
        return;
    }
    let mut wrong = |wanted: &str| {
        findings.push(
            Finding::error(
                "wrong-type",
                format!("`{}` is {}, not {wanted}", node.path(), node.kind().word()),
                node.own_span(),
            )
            .help(hint(node, wanted)),
        );
    };
    if let Some(item) = kind.strip_prefix('[').and_then(|k| k.strip_suffix(']')) {
        if node.kind() != Kind::Seq {
            return wrong("a list");
        }
        for child in node.items() {
            judge(child, item, findings);
        }
        return;
    }
    match kind {
        "s" if value::string(node).is_none() => wrong("a string"),
        "i" if value::integer(node).is_none() => wrong("an integer"),
        "b" if value::boolean(node).is_none() => wrong("a boolean"),
        "p" if value::integer(node).is_none() && value::string(node).is_none() => wrong("a port"),
        "q" if node.scalar().is_none() || node.kind() == Kind::Bool => wrong("a quantity"),
        "m" if node.kind() != Kind::Map => wrong("a mapping"),
        "m" => {
            for entry in node.entries() {
                judge(entry.value, "s", findings);
            }
        }
        "s" | "i" | "b" | "p" | "q" | "*" => {}
        _ if node.kind() != Kind::Map => wrong("a mapping"),
        name => fields(node, name, findings),
    }
}

fn hint(node: Node<'_>, wanted: &str) -> String {
    let text = node.scalar().unwrap_or("").trim_matches(['"', '\'']);
    match (wanted, node.kind()) {
        ("a boolean" | "an integer", Kind::Str) if !text.is_empty() => {
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
    fn every_type_that_the_table_names_is_in_it() {
        for (name, fields) in TYPES.iter() {
            for field in fields {
                let kind = field.kind.trim_matches(['[', ']']);
                assert!(
                    ["s", "i", "b", "q", "p", "m", "*"].contains(&kind) || TYPES.contains_key(kind),
                    "{name}.{}: {kind}",
                    field.name
                );
            }
        }
        assert!(KINDS.iter().all(|(k, _)| TYPES.contains_key(k)));
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
                "unknown field `readOnlyRootFilesystem` / move it: `readOnlyRootFilesystem` belongs in a container's securityContext"
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
