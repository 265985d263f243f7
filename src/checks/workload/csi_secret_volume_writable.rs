//! A volume of the Secrets Store CSI driver that is not asked for read-only.

use serde_json::json;

use crate::checks::{Check, Fault, Faults, PodCase, Rule};
use crate::model::value;
use crate::parse::{Node, edit};
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
    let follows = "so the driver does not mount it, and the pod waits";
    let fault = |csi: Node<'_>| {
        let fault = if let Some(node) = csi.get("readOnly") {
            let says = format!("is false, {follows}");
            (value::boolean(node) == Some(false)).then(|| Fault::at(node, &says, help))
        } else {
            Some(Fault::lacking(csi.missing("readOnly"), &format!(", which means false, {follows}"), help))
        };
        fault.map(|fault| fault.fix([edit::set(csi, &["readOnly"], &json!(true))]))
    };
    ours.filter_map(fault).collect()
}
