//! A seccomp profile of the node by a name that the API server or the kubelet cannot take.

use crate::checks::{Check, Fault, PodCase, Rule};
use crate::model::{Origin, value};
use crate::parse::Node;
use crate::text::Severity;

pub(in crate::checks) const CHECK: Check = Check::new(
    "seccomp-localhost-path",
    Severity::Medium,
    "seccomp profile's path and type do not fit",
    include_str!("seccomp_localhost_path.md"),
    Rule::Pod(look),
)
.lessons(&[21])
.technique("T1611");

const HELP: &str = "write a path below the kubelet's seccomp directory, such as profiles/app.json";

fn look(case: &PodCase<'_>) -> Vec<Fault> {
    let own = case.containers().map(|(_, settings)| settings.seccomp_profile());
    let own = own.filter(|setting| setting.origin == Origin::Container);
    let profiles = std::iter::once(case.settings.seccomp_profile()).chain(own);
    profiles.filter_map(|setting| fault(setting.value?)).collect()
}

/// As `ValidateSeccompProfileField` (kubernetes pkg/apis/core/validation): relative, without `..`, with Localhost only.
fn fault(profile: Node<'_>) -> Option<Fault> {
    let kind = profile.get("type").and_then(value::string)?;
    let path = profile.get("localhostProfile");
    if kind != "Localhost" {
        let says = format!("is set, and the type is {kind}: the API server refuses the pod");
        return path.map(|n| Fault::at(n, &says, "remove localhostProfile, or set the type to Localhost"));
    }
    let Some(node) = path else {
        let follows = ", and Localhost needs it: the API server refuses the pod";
        return Some(Fault::lacking(profile.missing("localhostProfile"), follows, HELP));
    };
    let text = value::string(node)?;
    let wrong = if text.is_empty() {
        "is empty"
    } else if text.starts_with('/') {
        "is an absolute path"
    } else if text.split('/').any(|part| part == "..") {
        "leads upwards"
    } else {
        return None;
    };
    Some(Fault::at(node, &format!("{wrong}: the API server refuses the pod"), HELP))
}
