//! What of a rule reads who asks: nothing can be said of it where nobody is named.
//!
//! kyverno `pkg/engine/context/context.go` (`AddUserInfo`, `AddServiceAccount`), `api/kyverno/v1/match_resources_types.go`.

use serde_json::Value;

use super::jmespath::Failure;

/// The variables that hold it.
const VARIABLES: &[&str] = &[
    "request.userInfo",
    "request.roles",
    "request.clusterRoles",
    "serviceAccountName",
    "serviceAccountNamespace",
];
/// The fields of `match` and `exclude` that ask for it.
const FIELDS: &[&str] = &["subjects", "roles", "clusterRoles"];

/// Where it is read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reads {
    /// The variable, or the field.
    pub(super) word: &'static str,
    /// Whether it is a variable: then the rule says anything, with it.
    pub(super) is_variable: bool,
}

/// What a rule reads of who asks.
pub(super) fn read_by(rule: &Value) -> Option<Reads> {
    let variable = VARIABLES.iter().find(|word| says(rule, word));
    let asks =
        |key: &'static &'static str| ["match", "exclude"].iter().any(|block| has(rule.get(block), key));
    let field = || FIELDS.iter().find(|key| asks(key)).map(|word| Reads { word, is_variable: false });
    variable.map(|word| Reads { word, is_variable: true }).or_else(field)
}

/// Why the rule is not judged.
pub(super) fn unnamed(rule: &str, reads: Reads) -> Failure {
    Failure::Unmodelled(format!("rule {rule} reads who asks ({}), and nobody is named here", reads.word))
}

/// Whether a text names a variable: a key is none, nor is what is a field of something else.
fn says(value: &Value, word: &str) -> bool {
    let free = |text: &str, at: usize| {
        let before = text[..at].chars().next_back();
        !before.is_some_and(|c| c == '.' || c == '_' || c.is_alphanumeric())
    };
    match value {
        Value::String(text) => {
            (word.contains('.') || text.contains("{{"))
                && text.match_indices(word).any(|(at, _)| free(text, at))
        }
        Value::Array(items) => items.iter().any(|item| says(item, word)),
        Value::Object(map) => map.values().any(|value| says(value, word)),
        _ => false,
    }
}

/// Whether a block, or one of its filters, has a list that is not empty.
fn has(block: Option<&Value>, key: &str) -> bool {
    let Some(block) = block else { return false };
    let filled = |of: &Value| of.get(key).and_then(Value::as_array).is_some_and(|list| !list.is_empty());
    let nested =
        ["any", "all"].into_iter().filter_map(|k| block.get(k)).filter_map(Value::as_array).flatten();
    filled(block) || nested.into_iter().any(filled)
}
