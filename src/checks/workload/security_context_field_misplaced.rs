//! A field for containers, written under the pod: it hardens nothing.

use crate::checks::{Check, Fault, PodCase, Rule};
use crate::parse::Node;
use crate::text::Severity;

pub(in crate::checks) const CHECK: Check = Check::new(
    "security-context-field-misplaced",
    Severity::High,
    "field has no meaning where it stands",
    include_str!("security_context_field_misplaced.md"),
    Rule::Pod(look),
)
.aliases(&["schema-validation"])
.lessons(&[5, 6, 23]);

/// Fields of a container's `securityContext` that a pod's lacks.
const OF_CONTAINER: &[&str] =
    &["allowPrivilegeEscalation", "capabilities", "privileged", "procMount", "readOnlyRootFilesystem"];

/// Fields that both have.
const OF_BOTH: &[&str] = &[
    "appArmorProfile",
    "runAsGroup",
    "runAsNonRoot",
    "runAsUser",
    "seLinuxOptions",
    "seccompProfile",
    "windowsOptions",
];

/// Fields of a pod's `securityContext` that a container's lacks.
const OF_POD: &[&str] = &[
    "fsGroup",
    "fsGroupChangePolicy",
    "seLinuxChangePolicy",
    "supplementalGroups",
    "supplementalGroupsPolicy",
    "sysctls",
];

fn look(case: &PodCase<'_>) -> Vec<Fault> {
    let spec = case.template.spec;
    let mut faults = Vec::new();
    let mut judge = |holder: Node<'_>, keys: &[&str], says: &str, help: &str| {
        let set = keys.iter().filter_map(|key| Some((*key, holder.entry(key)?)));
        for (key, entry) in set.filter(|(_, entry)| !entry.value.is_null()) {
            // Where it would count it would be a fault of its own.
            let help = if key == "privileged" { "remove it" } else { help };
            let detail = format!("{} does nothing: {says}", entry.value.path());
            faults.push(Fault::new(entry.key.own_span(), detail, help));
        }
    };
    let into_all = "move it into the securityContext of every container";
    let into_pod = "move it into the pod's securityContext";
    if let Some(context) = spec.get("securityContext") {
        judge(context, OF_CONTAINER, "only containers have this field", into_all);
    }
    judge(spec, OF_CONTAINER, "it belongs in a container's securityContext", into_all);
    judge(spec, OF_BOTH, "it belongs in a securityContext", into_pod);
    judge(spec, OF_POD, "it belongs in the pod's securityContext", into_pod);
    for (container, _) in case.containers() {
        if let Some(context) = container.node.get("securityContext") {
            judge(context, OF_POD, "only the pod has this field", into_pod);
        }
        for keys in [OF_CONTAINER, OF_BOTH] {
            let help = "move it into the container's securityContext";
            judge(container.node, keys, "it belongs in the container's securityContext", help);
        }
        judge(container.node, OF_POD, "it belongs in the pod's securityContext", into_pod);
    }
    faults
}
