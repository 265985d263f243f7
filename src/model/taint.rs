//! Taints of nodes and tolerations of pods: what tolerates what.
//!
//! kubernetes `staging/src/k8s.io/api/core/v1/toleration.go` (`ToleratesTaint`), `pkg/apis/core/validation`
//! (`ValidateTolerations`). How long a toleration lasts bears on evictions alone and is not kept.

use super::{names, value};
use crate::parse::Node;
use crate::text::Span;

/// What a taint does to pods that do not tolerate it.
const EFFECTS: &[&str] = &["NoSchedule", "PreferNoSchedule", "NoExecute"];

/// A taint of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taint {
    /// The key.
    pub key: String,
    /// The value; empty where it has none.
    pub value: String,
    /// The effect.
    pub effect: String,
    /// Where it stands.
    pub span: Span,
}

impl Taint {
    /// The taint that a mapping describes; none without a key.
    pub fn of(node: Node<'_>) -> Option<Self> {
        let text = |key: &str| node.get(key).and_then(value::string).unwrap_or("").to_owned();
        let taint =
            Self { key: text("key"), value: text("value"), effect: text("effect"), span: node.own_span() };
        (!taint.key.is_empty()).then_some(taint)
    }

    /// Whether it has one of the effects that there are.
    pub fn has_effect(&self) -> bool {
        EFFECTS.contains(&self.effect.as_str())
    }

    /// Whether it keeps pods from a node; `PreferNoSchedule` only makes the node a worse one.
    pub fn repels(&self) -> bool {
        self.effect != "PreferNoSchedule"
    }
}

impl std::fmt::Display for Taint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let equals = if self.value.is_empty() { "" } else { "=" };
        write!(f, "{}{equals}{}:{}", self.key, self.value, self.effect)
    }
}

/// A toleration of a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toleration {
    /// The key; empty means every one.
    pub key: String,
    /// The operator; empty means `Equal`.
    pub operator: String,
    /// The value.
    pub value: String,
    /// The effect; empty means every one.
    pub effect: String,
    /// Where it stands; none for what the control plane adds.
    pub span: Option<Span>,
}

impl Toleration {
    /// The toleration that a mapping describes.
    pub fn of(node: Node<'_>) -> Self {
        let text = |key: &str| node.get(key).and_then(value::string).unwrap_or("").to_owned();
        Self {
            key: text("key"),
            operator: text("operator"),
            value: text("value"),
            effect: text("effect"),
            span: Some(node.own_span()),
        }
    }

    /// One that the control plane adds: of a key, whatever its value.
    pub fn added(key: &str, effect: &str) -> Self {
        Self {
            key: key.to_owned(),
            operator: "Exists".to_owned(),
            value: String::new(),
            effect: effect.to_owned(),
            span: None,
        }
    }

    /// Whether it compares numbers (`Lt`, `Gt`), which a feature gate decides.
    pub fn compares(&self) -> bool {
        matches!(self.operator.as_str(), "Lt" | "Gt")
    }

    /// Whether key and effect are those of a taint, whatever the value.
    pub fn concerns(&self, taint: &Taint) -> bool {
        (self.effect.is_empty() || self.effect == taint.effect)
            && (self.key.is_empty() || self.key == taint.key)
    }

    /// Whether it tolerates a taint. One that compares numbers does not here.
    pub fn tolerates(&self, taint: &Taint) -> bool {
        self.concerns(taint)
            && match self.operator.as_str() {
                "" | "Equal" => self.value == taint.value,
                "Exists" => true,
                _ => false,
            }
    }
}

/// Why the API server refuses a toleration.
pub fn refusal(node: Node<'_>) -> Option<(&'static str, String)> {
    let toleration = Toleration::of(node);
    let exists = toleration.operator == "Exists";
    if !toleration.key.is_empty() && !names::is_label_key(&toleration.key) {
        return Some(("key", format!("key cannot be `{}`: it is that of a label", toleration.key)));
    }
    if toleration.key.is_empty() && !exists {
        return Some((
            "operator",
            "operator must be Exists when `key` is empty, which means every taint".to_owned(),
        ));
    }
    if exists && !toleration.value.is_empty() {
        return Some(("operator", "value must be empty when `operator` is Exists".to_owned()));
    }
    if !["", "Equal", "Exists", "Lt", "Gt"].contains(&toleration.operator.as_str()) {
        return Some(("operator", format!("operator cannot be `{}`", toleration.operator)));
    }
    if matches!(toleration.operator.as_str(), "" | "Equal") && !names::is_label_value(&toleration.value) {
        return Some(("operator", format!("value cannot be `{}`: it is that of a label", toleration.value)));
    }
    if !toleration.effect.is_empty() && !EFFECTS.contains(&toleration.effect.as_str()) {
        return Some(("effect", format!("effect cannot be `{}`", toleration.effect)));
    }
    if node.get("tolerationSeconds").is_some() && toleration.effect != "NoExecute" {
        return Some(("effect", "effect must be NoExecute when `tolerationSeconds` is set".to_owned()));
    }
    None
}
