//! What the API server refuses of one object, as findings.

use super::service;
use crate::model::network_policy::NetworkPolicy;
use crate::model::{Object, names, template_of};
use crate::sim::admission::{self, pod_security, validation};
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
    if template_of(object).is_some() {
        findings.extend(validation::refusals(object).into_iter().map(mend));
    }
    findings.extend(scheduling::class_refusals(object).into_iter().map(mend));
    if object.kind() == Some("Namespace") {
        let help = "write a value that Pod Security knows: the API server refuses the namespace";
        findings.extend(pod_security::refusals(object).into_iter().map(|r| refused(object, r, help)));
    }
    findings.extend(rbac::refusals(object).into_iter().map(mend));
    service::check(object, findings);
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
