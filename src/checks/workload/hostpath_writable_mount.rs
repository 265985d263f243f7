//! A directory of the node that a container may write to.

use serde_json::json;

use crate::checks::{Check, Fault, PodCase, Rule};
use crate::parse::edit;
use crate::text::{Severity, quoted};

use super::hostpath_volume::is_socket;

pub(in crate::checks) const CHECK: Check = Check::new(
    "hostpath-writable-mount",
    Severity::High,
    "directory of the node is mounted writable",
    include_str!("hostpath_writable_mount.md"),
    Rule::Pod(look),
)
.aliases(&["writable-host-mount", "ensure-readonly-hostpath", "k8spsphostfilesystem", "C-0045"])
.lessons(&[7, 23])
.technique("T1611");

fn look(case: &PodCase<'_>) -> Vec<Fault> {
    let mounts = case.mounts();
    // `hostpath-volume` speaks of sockets, which `readOnly` does not close.
    let volumes = case.template.volumes().filter(|v| v.host_path().is_some_and(|source| !is_socket(source)));
    let of = volumes.flat_map(|v| mounts.get(v.name()).into_iter().flatten().map(move |m| (v, m)));
    of.filter(|(_, (_, mount))| !mount.read_only())
        .map(|(volume, (container, mount))| {
            let (who, volume) = (container.title(), quoted(volume.name()));
            let says = ["is not readOnly: ", &who, " may write to the node's files through volume ", &volume]
                .concat();
            let shut = edit::set(mount.node, &["readOnly"], &json!(true));
            Fault::at(mount.node, &says, "set readOnly: true on the mount, or use another volume")
                .suggest([shut])
        })
        .collect()
}
