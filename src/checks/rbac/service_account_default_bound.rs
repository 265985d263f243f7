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

/// How a subject names the account: as itself, by the user that it is, or by a group that holds it.
fn look(case: &DocumentCase<'_>) -> Faults {
    let subjects = case.node().get("subjects").and_then(value::list).into_iter().flat_map(Node::items);
    let role = case.node().at(&["roleRef", "name"]).and_then(value::string);
    let theirs = role == Some(DISCOVERY) && case.object.name() == role;
    let faults = subjects.filter_map(|subject| {
        let kind = subject.get("kind").and_then(value::string)?;
        let name = subject.get("name")?;
        let says = match (kind, value::string(name)?) {
            ("ServiceAccount", "default") => {
                "is default: every pod of the namespace that names no account has it"
            }
            ("User", user) if is_default(user) => {
                "is the account default: every pod of the namespace that names no account has it"
            }
            ("Group", "system:serviceaccounts") if !theirs => {
                "is every service account of the cluster, default in each namespace among them"
            }
            ("Group", group) if group.starts_with("system:serviceaccounts:") => {
                "is every service account of a namespace, default among them"
            }
            _ => return None,
        };
        Some(Fault::at(name, says, HELP))
    });
    faults.collect()
}

const HELP: &str =
    "make a service account for the program, bind that, and name it in the pod's serviceAccountName";

/// The role that Kubernetes binds to all service accounts itself.
const DISCOVERY: &str = "system:service-account-issuer-discovery";

fn is_default(user: &str) -> bool {
    let account = user.strip_prefix("system:serviceaccount:").and_then(|rest| rest.split_once(':'));
    account.is_some_and(|(_, name)| name == "default")
}
