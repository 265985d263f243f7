//! Exemptions from Pod Security admission that others than their owners can use.

use crate::checks::{Check, Confidence, DocumentCase, Fault, Faults, Rule};
use crate::model::{Subject, value};
use crate::parse::Node;
use crate::text::Severity;

pub(super) const CHECK: Check = Check::new(
    "psa-admission-exemption-broad",
    Severity::High,
    "too many are exempt from Pod Security admission",
    include_str!("psa_admission_exemption_broad.md"),
    Rule::Document(&[Subject::AdmissionConfiguration, Subject::PodSecurityConfiguration], look),
)
.lessons(&[15, 18])
.technique("T1611")
.confidence(Confidence::Likely);

fn look(case: &DocumentCase<'_>) -> Faults {
    let node = case.node();
    if case.subject == Subject::PodSecurityConfiguration {
        return exemptions(node);
    }
    let plugins = node.get("plugins").and_then(value::list).into_iter().flat_map(Node::items);
    let ours = plugins.filter(|p| p.get("name").and_then(value::string) == Some("PodSecurity"));
    ours.filter_map(|plugin| plugin.get("configuration")).flat_map(exemptions).collect()
}

fn exemptions(configuration: Node<'_>) -> Faults {
    let list = |key| {
        let list = configuration.at(&["exemptions", key]).and_then(value::list);
        list.into_iter().flat_map(Node::items).filter_map(|n| Some((n, value::string(n)?)))
    };
    let mut faults = Faults::new();
    for (node, name) in list("namespaces").filter(|(_, name)| !is_infrastructure(name)) {
        let says = format!("is {name}: whoever may create a pod there gets a privileged one");
        faults.push(Fault::at(node, &says, "label the namespace with the level that its pods need"));
    }
    for (node, name) in list("usernames").filter(|(_, name)| is_shared(name)) {
        let says = format!("is {name}: it creates pods for everybody who may create a workload");
        faults.push(Fault::at(node, &says, "remove it; exempt the namespace of the component instead"));
    }
    for (node, name) in list("runtimeClasses") {
        let says = format!("is {name}: whoever names that runtime class in a pod is not judged");
        faults.push(Fault::at(
            node,
            &says,
            "remove it, or let a policy say which namespaces may use the class",
        ));
    }
    faults
}

/// Namespaces for components of the cluster, by what they are called.
fn is_infrastructure(name: &str) -> bool {
    name.starts_with("kube-") || name.ends_with("-system")
}

/// Users that act for others: the controllers, and whoever shows no credential.
fn is_shared(name: &str) -> bool {
    let controller = name.strip_prefix("system:serviceaccount:kube-system:");
    controller.is_some_and(|c| c.ends_with("-controller"))
        || matches!(name, "system:kube-controller-manager" | "system:anonymous")
}
