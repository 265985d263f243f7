//! A container that keeps the capabilities which the runtime hands out unasked.

use crate::checks::{Check, ContainerCase, Fault, Level, Rule, Standard};
use crate::model::value;
use crate::parse::Node;
use crate::text::Severity;

pub(in crate::checks) const CHECK: Check = Check::new(
    "capabilities-drop-all-missing",
    Severity::Medium,
    "default capabilities are kept",
    include_str!("capabilities_drop_all_missing.md"),
    Rule::Container(look),
)
.aliases(&[
    "CapDropAll",
    "insecureCapabilities",
    "KSV-0003",
    "KSV-0106",
    "CKV_K8S_37",
    "drop-all-capabilities",
    "disallow-capabilities-strict",
    "add-capabilities",
    "k8spspcapabilities",
    "C-0201",
    // What other tools ask for piece by piece: without ALL none of it holds.
    "CapDropAny",
    "KSV-0004",
    "drop-net-raw-capability",
    "CKV_K8S_28",
    "drop-cap-net-raw",
    "C-0199",
    "KSV-0118",
    "CKV_K8S_30",
    "linuxHardening",
    "C-0055",
])
.lessons(&[6, 15])
.technique("T1611")
.standards(&[Standard::Pss(Level::Restricted, "capabilities_restricted", 22), Standard::Cis("5.2.9")]);

fn look(case: &ContainerCase<'_>) -> Vec<Fault> {
    let capabilities = case.settings.capabilities();
    // Runtimes read ALL in any case; `capability-misspelled` speaks of other spellings.
    let dropped = |node: Node<'_>| node.as_str().is_some_and(|name| name.eq_ignore_ascii_case("ALL"));
    if capabilities.is_mistyped() || case.pod.is_windows() || case.settings.capabilities_drop().any(dropped) {
        return Vec::new();
    }
    let privileged = case.settings.privileged().value == Some(true);
    let help = "set capabilities.drop: [ALL] in the container's securityContext, and add back what the process needs";
    let follows =
        if privileged { "privileged gives every capability" } else { "the runtime's default set stays" };
    let Some(node) = capabilities.value else { return vec![Fault::unset(&capabilities, follows, help)] };
    if let Some(drop) = node.get("drop") {
        // `security-context-type-mismatch` speaks of what is no list.
        let fault = value::list(drop).map(|_| Fault::at(drop, "does not hold ALL, so the rest stays", help));
        return fault.into_iter().collect();
    }
    vec![Fault::lacking(node.missing("drop"), &format!(": {follows}"), help)]
}
