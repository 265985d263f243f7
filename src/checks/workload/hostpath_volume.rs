//! A `hostPath` volume: a hole from the pod into the file system of its node.

use std::path::Path;

use crate::checks::{Check, Fault, Level, PodCase, Rule, Standard};
use crate::model::value;
use crate::parse::Node;
use crate::text::{Severity, quoted};

pub(in crate::checks) const CHECK: Check = Check::new(
    "hostpath-volume",
    Severity::High,
    "volume is a directory of the node",
    include_str!("hostpath_volume.md"),
    Rule::Pod(look),
)
.aliases(&[
    "hostPathSet",
    "KSV-0023",
    "disallow-host-path",
    "limit-hostpath-vols",
    "remove-hostpath-volumes",
    "k8spsphostfilesystem",
    "C-0048",
    "C-0203",
])
.lessons(&[7, 1, 15])
.technique("T1611")
.standards(&[Standard::Pss(Level::Baseline, "hostPathVolumes", 0), Standard::Cis("5.2.11")])
.yields_here_to(&["container-runtime-socket-mount", "hostpath-sensitive-directory"]);

fn look(case: &PodCase<'_>) -> Vec<Fault> {
    let mounts = case.mounts();
    // `security-context-type-mismatch` speaks of a source that is no mapping.
    let volumes = case.template.volumes();
    let volumes = volumes.filter_map(|v| Some((v.name(), v.host_path().and_then(value::mapping)?)));
    volumes
        .map(|(name, source)| {
            let path = source.get("path");
            let text = path.and_then(value::string);
            let what = text.unwrap_or("a directory");
            let says = ["gives the pod ", what, " of its node as volume ", &quoted(name)].concat();
            let help = if is_socket(source) {
                "remove the volume: nothing stands in for a socket of the node"
            } else {
                "use an emptyDir, a ConfigMap or a PersistentVolumeClaim instead"
            };
            let mut fault = Fault::at(path.unwrap_or(source), &says, help);
            for (container, mount) in mounts.get(name).into_iter().flatten() {
                let how = if mount.read_only() { "read-only" } else { "writable" };
                let text = ["mounted ", how, " in ", &container.title()].concat();
                fault = fault.related(mount.node.own_span(), text);
            }
            fault
        })
        .collect()
}

/// Whether a `hostPath` names a socket: `readOnly` does not keep anybody from connecting to it.
pub(super) fn is_socket(source: Node<'_>) -> bool {
    let text = |key: &str| source.get(key).and_then(value::string);
    let ends = |path: &str| Path::new(path).extension().is_some_and(|end| end == "sock");
    text("type") == Some("Socket") || text("path").is_some_and(ends)
}
