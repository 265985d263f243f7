//! What the API server refuses of one object, as findings.

use super::service;
use crate::model::network_policy::NetworkPolicy;
use crate::model::{Object, WORKLOAD_KINDS, names, template_of};
use crate::parse::Node;
use crate::sim::admission::{self, pod_security};
use crate::sim::kernel::{object_refusals, refusals};
use crate::sim::{Reason, network, rbac, scheduling};
use crate::text::Finding;

/// The help where a reason says everything.
const MEND: &str = "mend it: the API server refuses the object as it stands";

/// A reason of the API server as a finding.
pub(super) fn refused(object: Object<'_>, reason: Reason, help: &'static str) -> Finding {
    Finding::error("refused", reason.text, reason.span.unwrap_or(object.kind_span())).help(help)
}

/// What is refused of an object, whatever others there are.
pub(super) fn of_object(object: Object<'_>, findings: &mut Vec<Finding>) {
    let mend = |reason| refused(object, reason, MEND);
    if let Some(template) = template_of(object) {
        findings.extend(refusals(template).into_iter().map(mend));
        selector(object, &template.labels(), findings);
        findings.extend(object_refusals(object).into_iter().map(mend));
    }
    findings.extend(scheduling::class_refusals(object).into_iter().map(mend));
    if object.kind() == Some("Namespace") {
        let help = "write a value that Pod Security knows: the API server refuses the namespace";
        findings.extend(pod_security::refusals(object).into_iter().map(|r| refused(object, r, help)));
    }
    findings.extend(rbac::refusals(object).into_iter().map(mend));
    service::check(object, findings);
    counts(object, findings);
}

/// What is refused of a policy that was decoded.
pub(super) fn of_policy(object: Object<'_>, findings: &mut Vec<Finding>) {
    if object.kind() == Some("NetworkPolicy") {
        network_policy(object, findings);
    }
    findings.extend(admission::policy::faults(object));
}

/// A network policy: its name (`ValidateNetworkPolicyName`) and what its rules hold.
fn network_policy(object: Object<'_>, findings: &mut Vec<Finding>) {
    if let Some(name) = object.node.at(&["metadata", "name"])
        && !name.as_str().is_some_and(names::is_subdomain)
    {
        let title = format!("`{}` is no name of a policy", name.scalar().unwrap_or(""));
        findings.push(
            Finding::error("refused", title, name.own_span())
                .help("take small letters, digits, `-` and `.`, with a letter or digit at both ends"),
        );
    }
    if let Some(reason) = NetworkPolicy::new(object).and_then(network::refused) {
        findings.push(refused(object, reason, "mend it: the API server refuses the policy as it stands"));
    }
}

/// Numbers of a workload that are never negative, and how it replaces its pods.
fn counts(object: Object<'_>, findings: &mut Vec<Finding>) {
    let refuse = |node: Node<'_>, title: String, help: &str| {
        Finding::error("refused", title, node.own_span()).help(help.to_owned())
    };
    for key in ["replicas", "minReadySeconds", "revisionHistoryLimit", "parallelism", "completions"] {
        if let Some(node) = object.node.at(&["spec", key])
            && node.as_int().is_some_and(|n| n < 0)
        {
            findings.push(refuse(node, format!("`{}` is negative", node.path()), "write a number from 0"));
        }
    }
    if let Some(node) =
        object.node.at(&["spec", "strategy", "type"]).filter(|_| object.kind() == Some("Deployment"))
        && !matches!(node.as_str(), Some("RollingUpdate" | "Recreate"))
    {
        let title = format!("`{}` cannot be `{}`", node.path(), node.scalar().unwrap_or(""));
        findings.push(refuse(node, title, "write RollingUpdate or Recreate"));
    }
}

/// A workload's selector must find its own pods.
fn selector(object: Object<'_>, labels: &[(&str, &str)], findings: &mut Vec<Finding>) {
    let kind = object.kind().unwrap_or("");
    if kind == "Pod" || !WORKLOAD_KINDS.iter().any(|(k, _)| *k == kind) {
        return;
    }
    let Some(wanted) = object.node.at(&["spec", "selector", "matchLabels"]) else { return };
    for entry in wanted.entries() {
        let pair = (entry.key.scalar().unwrap_or(""), entry.value.as_str().unwrap_or(""));
        if !labels.contains(&pair) {
            findings.push(
                Finding::error(
                    "selector-misses",
                    format!("the selector of {kind} misses its own pods"),
                    entry.key.own_span(),
                )
                .detail(format!("the template has no label `{}: {}`", pair.0, pair.1))
                .help("give selector and template the same labels"),
            );
        }
    }
}
