//! Permissions for whatever names no service account.

use crate::checks::{Check, DocumentCase, Fault, Faults, Rule, Standard};
use crate::model::{Subject, value};
use crate::parse::Node;
use crate::text::Severity;

pub(super) const CHECK: Check = Check::new(
    "service-account-default-bound",
    Severity::High,
    "default service account is bound to a role",
    include_str!("service_account_default_bound.md"),
    Rule::Document(&[Subject::Binding], look),
)
.aliases(&["CKV_K8S_42", "C-0189"])
.lessons(&[14])
.standards(&[Standard::Cis("5.1.5")])
.technique("T1078.001");

fn look(case: &DocumentCase<'_>) -> Faults {
    let subjects = case.node().get("subjects").and_then(value::list).into_iter().flat_map(Node::items);
    let text = |subject: Node<'_>, key: &str| subject.get(key).and_then(value::string).map(str::to_owned);
    let default = |s: &Node<'_>| {
        text(*s, "kind").as_deref() == Some("ServiceAccount")
            && text(*s, "name").as_deref() == Some("default")
    };
    let names = subjects.filter(default).filter_map(|s| s.get("name"));
    let help =
        "make a service account for the program, bind that, and name it in the pod's serviceAccountName";
    names
        .map(|n| Fault::at(n, "is default: every pod of the namespace that names no account has it", help))
        .collect()
}
