//! What the rules of a policy do, and in which order. kyverno `api/kyverno/v1/rule_types.go`,
//! `pkg/webhooks/resource/handlers.go`.

use serde_json::Value;

/// What a rule does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// It changes the object.
    Mutate,
    /// It changes objects that are there already.
    MutateOthers,
    /// It asks for signatures, and writes digests.
    Verify,
    /// It refuses, or reports.
    Validate,
    /// It makes other objects.
    Generate,
}

/// All that a policy does, in this order.
pub(super) const WORKS: &[Work] =
    &[Work::Mutate, Work::MutateOthers, Work::Verify, Work::Validate, Work::Generate];

/// Whether a rule does this.
pub(super) fn does(rule: &Value, work: Work) -> bool {
    let has = |key: &str| rule.get(key).is_some_and(|v| !v.is_null());
    match work {
        Work::Mutate => has("mutate") && !changes_others(rule),
        Work::MutateOthers => changes_others(rule),
        Work::Verify => has("verifyImages"),
        Work::Validate => has("validate"),
        Work::Generate => has("generate"),
    }
}

/// Whether a rule changes what it names, and not what is sent.
fn changes_others(rule: &Value) -> bool {
    rule.pointer("/mutate/targets").is_some_and(|targets| !targets.is_null())
}
