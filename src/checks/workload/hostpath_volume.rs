//! A `hostPath` volume: a hole from the pod into the file system of its node.

use crate::checks::{Check, Fault, PodCase, Rule};
use crate::model::{Volume, value};
use crate::parse::Node;
use crate::text::Severity;

pub(in crate::checks) const CHECK: Check = Check {
    id: "hostpath-volume",
    severity: Severity::High,
    title: "volume is a directory of the node",
    doc: include_str!("hostpath_volume.md"),
    aliases: &[
        "hostPathSet",
        "KSV-0023",
        "baseline:hostPathVolumes",
        "disallow-host-path",
        "limit-hostpath-vols",
        "remove-hostpath-volumes",
        "k8spsphostfilesystem",
        "CIS-5.2.11",
        "C-0048",
        "C-0203",
    ],
    lessons: &[7, 1, 15],
    rule: Rule::Pod(look),
};

fn look(case: &PodCase<'_>) -> Vec<Fault> {
    let volumes = case.template.volumes().filter_map(|v| Some((v, v.host_path()?)));
    volumes.map(|(volume, source)| fault(case, volume, source)).collect()
}

fn fault(case: &PodCase<'_>, volume: Volume<'_>, source: Node<'_>) -> Fault {
    let path = source.get("path");
    let place = path.unwrap_or(source);
    let what = path.and_then(value::string).unwrap_or("a directory of the node");
    let says = format!("gives the pod {what} of its node as volume {:?}", volume.name());
    let mut fault =
        Fault::at(place, &says, "use an emptyDir, a ConfigMap or a PersistentVolumeClaim instead");
    for container in case.template.containers() {
        for mount in container.mounts().filter(|m| m.name() == volume.name()) {
            let how = if mount.read_only() { "read-only" } else { "writable" };
            fault = fault.related(mount.node.own_span(), format!("mounted {how} in {}", container.title()));
        }
    }
    fault
}
