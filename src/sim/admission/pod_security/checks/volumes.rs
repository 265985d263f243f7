//! Volume types: no directory of the node; at restricted, only those that Kubernetes itself controls.

use std::collections::BTreeSet;

use super::super::Pod;
use super::super::violation::{Failure, Place, failure, plural, quoted};
use crate::model::Volume;

/// No volume may be a directory of the node.
///
/// Fields: `spec.volumes[*].hostPath`. Allowed: unset.
pub(in super::super) fn host_path(pod: Pod<'_>) -> Option<Failure> {
    let bad: Vec<_> = pod.template.volumes().filter_map(|v| Some((v, v.host_path()?))).collect();
    let places = bad.iter().map(|(_, node)| Place::from(*node)).collect();
    failure("hostPath volumes", places, || {
        let names: Vec<_> = bad.iter().map(|(v, _)| v.name()).collect();
        format!("{} {}", plural("volume", "volumes", names.len()), quoted(names))
    })
}

const ALLOWED: &[&str] = &[
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "image",
    "persistentVolumeClaim",
    "projected",
    "secret",
];

/// The other types that the API knows, in upstream's order of naming.
const RESTRICTED: &[&str] = &[
    "hostPath",
    "gcePersistentDisk",
    "awsElasticBlockStore",
    "gitRepo",
    "nfs",
    "iscsi",
    "glusterfs",
    "rbd",
    "flexVolume",
    "cinder",
    "cephfs",
    "flocker",
    "fc",
    "azureFile",
    "vsphereVolume",
    "quobyte",
    "azureDisk",
    "photonPersistentDisk",
    "portworxVolume",
    "scaleIO",
    "storageos",
];

/// Volumes must be of the types that reach nothing outside the pod's own objects.
///
/// Fields: the source of every volume. Allowed: the first table above, and no source at all: an `emptyDir`.
pub(in super::super) fn restricted(pod: Pod<'_>) -> Option<Failure> {
    let mut names = Vec::new();
    let mut kinds = BTreeSet::new();
    let mut places = Vec::new();
    for volume in pod.template.volumes() {
        let Some((kind, place)) = fault(volume) else { continue };
        names.push(volume.name());
        kinds.insert(kind);
        places.push(place);
    }
    failure("restricted volume types", places, || {
        format!(
            "{} {} {} {} {}",
            plural("volume", "volumes", names.len()),
            quoted(&names),
            plural("uses", "use", names.len()),
            plural("restricted volume type", "restricted volume types", kinds.len()),
            quoted(&kinds)
        )
    })
}

fn fault(volume: Volume<'_>) -> Option<(&'static str, Place)> {
    let sources: Vec<_> = volume.sources().collect();
    let first = sources.first()?;
    if sources.iter().any(|(key, _)| ALLOWED.contains(key)) {
        return None;
    }
    let known = RESTRICTED.iter().find_map(|kind| {
        sources.iter().find(|(key, _)| key == kind).map(|(_, node)| (*kind, Place::from(*node)))
    });
    Some(known.unwrap_or(("unknown", Place::from(first.1))))
}
