//! What still relies on `PodSecurityPolicy`, which Kubernetes 1.25 removed.

use crate::checks::{Check, DocumentCase, Fault, Faults, Rule};
use crate::model::Subject;
use crate::model::flags::{CommandLine, Program};
use crate::model::rbac::PolicyRule;
use crate::text::Severity;

pub(super) const CHECK: Check = Check::new(
    "pod-security-policy-removed",
    Severity::Medium,
    "policy for pods protects nothing any more",
    include_str!("pod_security_policy_removed.md"),
    Rule::Document(&[Subject::PodSecurityPolicy, Subject::Role, Subject::Workload, Subject::Kubeadm], look),
)
.aliases(&[
    "CKV_K8S_1",
    "CKV_K8S_2",
    "CKV_K8S_3",
    "CKV_K8S_4",
    "CKV_K8S_5",
    "CKV_K8S_6",
    "CKV_K8S_7",
    "CKV_K8S_24",
    "CKV_K8S_32",
    "CKV_K8S_36",
    "CKV_K8S_84",
    "C-0068",
    "C-0213",
    "C-0214",
    "C-0215",
    "C-0216",
    "C-0217",
    "C-0218",
    "C-0219",
    "C-0220",
])
.lessons(&[15])
.technique("T1610");

const HELP: &str = "remove it, and label the namespaces with pod-security.kubernetes.io/enforce";

/// kubernetes.io, docs/concepts/security/pod-security-policy: deprecated in 1.21, removed in 1.25.
fn look(case: &DocumentCase<'_>) -> Faults {
    match case.subject {
        Subject::PodSecurityPolicy => {
            let detail = "kind is PodSecurityPolicy: no API server since 1.25 takes it, and none asks it";
            vec![Fault::new(case.object.kind_span(), detail, HELP)]
        }
        Subject::Role => PolicyRule::of(case.node()).filter_map(granted).collect(),
        _ => case.commands.iter().filter_map(plugin).collect(),
    }
}

fn granted(rule: PolicyRule<'_>) -> Option<Fault> {
    let (_, node) = rule.resources().find(|(name, _)| *name == "podsecuritypolicies")?;
    rule.verb("use")?;
    Some(Fault::at(node, "is gone since 1.25: the rule gives nothing, and limits nobody", HELP))
}

fn plugin(line: &CommandLine<'_>) -> Option<Fault> {
    let list = line.list("enable-admission-plugins");
    let (_, node) = list
        .into_iter()
        .find(|(name, _)| line.program == Program::ApiServer && *name == "PodSecurityPolicy")?;
    Some(Fault::at(
        node,
        "turns on a plug-in that is gone since 1.25, where the API server does not start",
        HELP,
    ))
}
