//! A volume of the Secrets Store CSI driver that is not asked for read-only.

use crate::checks::{Check, Fault, Faults, PodCase, Rule};
use crate::model::value;
use crate::parse::Node;
use crate::text::Severity;

pub(super) const CHECK: Check = Check::new(
    "csi-secret-volume-writable",
    Severity::Low,
    "volume with secrets is not read-only",
    include_str!("csi_secret_volume_writable.md"),
    Rule::Pod(look),
)
.lessons(&[33]);

fn look(case: &PodCase<'_>) -> Faults {
    let help = "set readOnly: true in the volume's csi";
    let volumes = case.template.volumes().filter_map(|v| v.node.get("csi"));
    let ours =
        volumes.filter(|csi| csi.get("driver").and_then(value::string) == Some("secrets-store.csi.k8s.io"));
    let fault = |csi: Node<'_>| match csi.get("readOnly") {
        Some(node) => (value::boolean(node) == Some(false)).then(|| Fault::at(node, "is false", help)),
        None => {
            let missing = csi.missing("readOnly");
            let detail = format!("{} is not set, which means false", missing.path);
            Some(Fault::new(missing.span, detail, help).label("belongs here"))
        }
    };
    ours.filter_map(fault).collect()
}
