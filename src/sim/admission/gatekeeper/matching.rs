//! `spec.match` of a constraint: does it look at this request at all?
//!
//! gatekeeper `pkg/mutation/match/match.go` and `pkg/target/matcher.go`, `pkg/wildcard/wildcard.go` for names. Object and old
//! object are tried in turn, and one that fits is enough.

use crate::model::selector::Selector;
use crate::model::{Object, value};
use crate::parse::{Kind, Node};
use crate::text::Span;

/// The label that holds a namespace's name.
const NAME_LABEL: &str = "kubernetes.io/metadata.name";

/// What is matched: the objects of a request, and the namespace that they live in, where it is known.
#[derive(Clone, Debug)]
pub(super) struct Request<'t> {
    /// The object, and the one that it replaces.
    pub(super) objects: Vec<Object<'t>>,
    /// The `Namespace`.
    pub(super) namespace: Option<Object<'t>>,
    /// Whether expansion made it, and nobody sent it.
    pub(super) generated: bool,
}

/// Why a constraint does not look at a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Miss {
    /// In words.
    pub(super) text: String,
    /// Where it stands.
    pub(super) span: Span,
}

/// Whether a `match` fits a request: `None` where it does. An error is a match that cannot be made.
pub(super) fn misses(matching: Option<Node<'_>>, request: &Request<'_>) -> Result<Option<Miss>, String> {
    let Some(matching) = matching else { return Ok(None) };
    if matching.kind() != Kind::Map {
        return Err(format!("{}: {} where a mapping should be", matching.path(), matching.kind().word()));
    }
    let mut first = source(matching, request.generated)?;
    if first.is_some() {
        return Ok(first);
    }
    for object in &request.objects {
        match one(matching, *object, request.namespace)? {
            None => return Ok(None),
            miss => first = first.or(miss),
        }
    }
    Ok(first)
}

fn one(matching: Node<'_>, object: Object<'_>, ns: Option<Object<'_>>) -> Result<Option<Miss>, String> {
    let rules = [kinds, scope, namespaces, excluded, labels, namespace_labels, name];
    for rule in rules {
        let miss = rule(matching, object, ns)?;
        if miss.is_some() {
            return Ok(miss);
        }
    }
    Ok(None)
}

type Outcome = Result<Option<Miss>, String>;

#[expect(clippy::unnecessary_wraps, reason = "it ends functions that may fail")]
fn miss(node: Node<'_>, text: String) -> Outcome {
    Ok(Some(Miss { text, span: node.own_span() }))
}

/// The texts of a list; null and absent are empty, anything else is an error.
fn texts(node: Option<Node<'_>>) -> Result<Vec<&str>, String> {
    let Some(node) = node.filter(|n| n.kind() != Kind::Null) else { return Ok(Vec::new()) };
    let list = value::list(node)
        .ok_or_else(|| format!("{}: {} where a list should be", node.path(), node.kind().word()))?;
    list.items()
        .map(|item| {
            value::string(item)
                .ok_or_else(|| format!("{}: {} where a string should be", item.path(), item.kind().word()))
        })
        .collect()
}

fn set<'t>(matching: Node<'t>, key: &str) -> Option<Node<'t>> {
    matching.get(key).filter(|n| n.kind() != Kind::Null)
}

fn is_namespace(object: Object<'_>) -> bool {
    object.kind() == Some("Namespace") && object.group() == Some("")
}

fn kinds(matching: Node<'_>, object: Object<'_>, _: Option<Object<'_>>) -> Outcome {
    let Some(list) = set(matching, "kinds") else { return Ok(None) };
    if list.kind() != Kind::Seq {
        return Err(format!("{}: {} where a list should be", list.path(), list.kind().word()));
    }
    let (kind, group) = (object.kind().unwrap_or(""), object.group().unwrap_or(""));
    let mut wrong_group = None;
    for entry in list.items() {
        let (names, groups) = (texts(entry.get("kinds"))?, texts(entry.get("apiGroups"))?);
        let fits = |list: &[&str], word: &str| list.is_empty() || list.contains(&"*") || list.contains(&word);
        match (fits(&names, kind), fits(&groups, group)) {
            (true, true) => return Ok(None),
            (true, false) => wrong_group = wrong_group.or(entry.get("apiGroups")),
            _ => {}
        }
    }
    if let Some(groups) = wrong_group {
        return miss(groups, format!("{kind} is of the group {group:?}, which apiGroups does not name"));
    }
    if list.items().len() == 0 { Ok(None) } else { miss(list, format!("kinds does not name {kind}")) }
}

fn scope(matching: Node<'_>, object: Object<'_>, ns: Option<Object<'_>>) -> Outcome {
    let Some(node) = set(matching, "scope") else { return Ok(None) };
    let namespaced = object.namespace().is_some_and(|n| !n.is_empty()) || ns.is_some();
    let fits = match value::string(node) {
        Some("Cluster") => is_namespace(object) || !namespaced,
        Some("Namespaced") => !is_namespace(object) && namespaced,
        _ => true,
    };
    if fits { Ok(None) } else { miss(node, format!("scope is {}", node.scalar().unwrap_or("?"))) }
}

/// The name that the two lists of namespaces are held against.
fn home<'t>(object: Object<'t>, ns: Option<Object<'t>>) -> Option<&'t str> {
    if is_namespace(object) {
        return Some(object.name().unwrap_or(""));
    }
    ns.and_then(Object::name).or_else(|| object.namespace().filter(|n| !n.is_empty()))
}

fn namespaces(matching: Node<'_>, object: Object<'_>, ns: Option<Object<'_>>) -> Outcome {
    let list = texts(matching.get("namespaces"))?;
    let Some(node) = set(matching, "namespaces").filter(|_| !list.is_empty()) else { return Ok(None) };
    match home(object, ns) {
        Some(name) if !list.iter().any(|pattern| glob(pattern, name)) => {
            miss(node, format!("namespaces does not name {name}"))
        }
        _ => Ok(None),
    }
}

fn excluded(matching: Node<'_>, object: Object<'_>, ns: Option<Object<'_>>) -> Outcome {
    let list = texts(matching.get("excludedNamespaces"))?;
    let Some(name) = home(object, ns) else { return Ok(None) };
    let at = list.iter().position(|pattern| glob(pattern, name));
    let item = at.and_then(|i| matching.get("excludedNamespaces")?.items().nth(i));
    item.map_or(Ok(None), |item| miss(item, format!("excludedNamespaces leaves out {name}")))
}

fn select(node: Node<'_>, labels: &[(&str, &str)]) -> Result<bool, String> {
    let selector = Selector { node };
    selector.matches(labels).ok_or_else(|| format!("{}: a selector that the API server refuses", node.path()))
}

fn labels(matching: Node<'_>, object: Object<'_>, _: Option<Object<'_>>) -> Outcome {
    let Some(node) = set(matching, "labelSelector") else { return Ok(None) };
    if select(node, &object.labels())? {
        Ok(None)
    } else {
        miss(node, "labelSelector does not fit its labels".to_owned())
    }
}

fn namespace_labels(matching: Node<'_>, object: Object<'_>, ns: Option<Object<'_>>) -> Outcome {
    let Some(node) = set(matching, "namespaceSelector") else { return Ok(None) };
    let whose = if is_namespace(object) { Some(object) } else { ns };
    let whose = match whose {
        Some(whose) => whose,
        // Everything else without a namespace fits.
        None if object.namespace().is_none_or(str::is_empty) => return Ok(None),
        None => {
            return Err(format!(
                "{}: the labels of the namespace {} are not known",
                node.path(),
                object.namespace().unwrap_or("")
            ));
        }
    };
    let mut labels = whose.labels();
    if let Some(name) = whose.name().filter(|_| !is_namespace(object)) {
        // The API server gives it to every namespace.
        labels.retain(|(key, _)| *key != NAME_LABEL);
        labels.push((NAME_LABEL, name));
    }
    if select(node, &labels)? {
        Ok(None)
    } else {
        miss(node, format!("namespaceSelector does not fit {}", whose.title()))
    }
}

fn name(matching: Node<'_>, object: Object<'_>, _: Option<Object<'_>>) -> Outcome {
    let Some(node) = set(matching, "name") else { return Ok(None) };
    let pattern = value::string(node)
        .ok_or_else(|| format!("{}: {} where a string should be", node.path(), node.kind().word()))?;
    let generated = object.node.at(&["metadata", "generateName"]).and_then(value::string).unwrap_or("");
    // A generated name is not known yet: only its beginning is.
    let begins = pattern.ends_with('*') && !generated.is_empty() && glob(pattern, generated);
    if pattern.is_empty() || glob(pattern, object.name().unwrap_or("")) || begins {
        Ok(None)
    } else {
        miss(node, format!("name is {pattern:?}"))
    }
}

/// What is sent is `Original`; what Gatekeeper's expansion makes is `Generated`.
fn source(matching: Node<'_>, generated: bool) -> Outcome {
    let Some(node) = set(matching, "source") else { return Ok(None) };
    match (value::string(node), generated) {
        (Some("" | "All"), _) | (Some("Original"), false) | (Some("Generated"), true) => Ok(None),
        (Some("Generated"), false) => {
            miss(node, "source is Generated, and this is no expanded resource".to_owned())
        }
        (Some("Original"), true) => miss(node, "source is Original, and expansion made this".to_owned()),
        _ => Err(format!("{}: must be All, Original or Generated", node.path())),
    }
}

/// An asterisk counts at either end alone.
pub(super) fn glob(pattern: &str, name: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(rest), Some(_)) => name.contains(rest.strip_suffix('*').unwrap_or(rest)),
        (Some(rest), None) => name.ends_with(rest),
        (None, Some(rest)) => name.starts_with(rest),
        (None, None) => pattern == name,
    }
}
