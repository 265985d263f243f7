//! Egress that was to be denied, and is not.

use serde_json::json;

use crate::checks::{Check, DocumentCase, Fault, Faults, Rule};
use crate::model::{Subject, value};
use crate::parse::{Node, edit};
use crate::text::Severity;

pub(super) const CHECK: Check = Check::new(
    "network-policy-types-missing-egress",
    Severity::Medium,
    "policy does not cover the egress that it writes about",
    include_str!("network_policy_types_missing_egress.md"),
    Rule::Document(&[Subject::NetworkPolicy], look),
)
.lessons(&[16, 31])
.technique("T1048");

/// kubernetes pkg/apis/networking/v1/defaults.go: without `policyTypes` it is Ingress, and Egress too only where
/// `egress` holds a rule. checks.md 3, trap 13.
fn look(case: &DocumentCase<'_>) -> Faults {
    let Some(spec) = case.node().get("spec") else { return Faults::new() };
    let Some(egress) = spec.get("egress").and_then(value::list) else { return Faults::new() };
    let types = spec.get("policyTypes").and_then(value::list).filter(|t| t.items().len() > 0);
    let covered = match types {
        Some(types) => types.items().any(|t| value::string(t) == Some("Egress")),
        None => egress.items().len() > 0,
    };
    if covered {
        return Faults::new();
    }
    let at = egress.key().map_or(egress.own_span(), Node::own_span).to(egress.own_span());
    let detail = format!("{} counts for nothing: policyTypes does not hold Egress", egress.path());
    let both = edit::set(spec, &["policyTypes"], &json!(["Ingress", "Egress"]));
    let ingress = types.is_none_or(|t| t.items().any(|t| value::string(t) == Some("Ingress")));
    // It closes what is open, DNS among it.
    vec![Fault::new(at, detail, "add Egress to policyTypes").suggest([both.filter(|_| ingress)])]
}
