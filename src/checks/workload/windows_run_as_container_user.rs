//! A Windows container that runs, or may run, as an administrator.

use crate::checks::{Check, ContainerCase, Fault, Rule};
use crate::model::value;
use crate::text::Severity;

pub(in crate::checks) const CHECK: Check = Check::new(
    "windows-run-as-container-user",
    Severity::Low,
    "container of Windows runs as an administrator",
    include_str!("windows_run_as_container_user.md"),
    Rule::Container(look),
)
.aliases(&["require-run-as-containeruser"])
.lessons(&[15])
.technique("T1078.001")
.yields_to(&["run-as-non-root-missing"]);

const HELP: &str = "set windowsOptions.runAsUserName: ContainerUser";

fn look(case: &ContainerCase<'_>) -> Vec<Fault> {
    let host_process = case.settings.windows_option("hostProcess").value.and_then(value::boolean);
    if !case.pod.is_windows() || host_process == Some(true) {
        return Vec::new();
    }
    let user = case.settings.windows_option("runAsUserName");
    let Some(node) = user.value else {
        // With it the kubelet starts no administrator, whatever the image says.
        if case.settings.run_as_non_root().value == Some(true) {
            return Vec::new();
        }
        let missing = case.container.node.missing("securityContext");
        let says = format!("{}.windowsOptions.runAsUserName is not set: the image decides", missing.path);
        return vec![Fault::new(missing.span, says, HELP).label("belongs here")];
    };
    let administrates = |name: &&str| {
        let name = name.to_ascii_lowercase();
        name.ends_with("administrator") || name.starts_with("nt authority\\")
    };
    let name = value::string(node).filter(administrates);
    let fault = |name| vec![Fault::at(node, &format!("is {name}, an administrator in the container"), HELP)];
    name.map(fault).unwrap_or_default()
}
