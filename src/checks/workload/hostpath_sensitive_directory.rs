//! A directory of the node from which the node is taken.

use crate::checks::{Check, Fault, Level, PodCase, Rule, Standard};
use crate::model::node_path::NodePath;
use crate::model::value;
use crate::text::Severity;

pub(in crate::checks) const CHECK: Check = Check::new(
    "hostpath-sensitive-directory",
    Severity::Critical,
    "volume holds what the node itself runs on",
    include_str!("hostpath_sensitive_directory.md"),
    Rule::Pod(look),
)
.aliases(&["sensitive-host-mounts", "ProcMount", "KSV-0121", "k8spsphostfilesystem", "C-0020"])
.lessons(&[25, 7, 1, 34])
.standards(&[Standard::Pss(Level::Baseline, "hostPathVolumes", 0), Standard::Cis("5.2.11")])
.technique("T1611");

/// Directories, each with what lies there; what is below them counts, too.
const SENSITIVE: &[(&str, &str)] = &[
    ("/boot", "the kernel that the node starts next"),
    ("/dev", "the node's disks and memory"),
    ("/etc", "the node's accounts, keys, jobs and static pods"),
    ("/home", "the keys and the shell files of people who log in to the node"),
    ("/lib", "the libraries of every program of the node"),
    ("/lib64", "the libraries of every program of the node"),
    ("/opt/cni", "the network plugins that the runtime starts as root"),
    ("/proc", "the node's processes, and the settings of its kernel"),
    ("/root", "the keys and the shell files of root"),
    ("/sys", "devices, control groups and the settings of the node's kernel"),
    ("/usr", "the programs of the node"),
    ("/bin", "the programs of the node"),
    ("/sbin", "the programs of the node"),
    ("/var/lib/containerd", "the files of every container of the node"),
    ("/var/lib/containers", "the files of every container of the node"),
    ("/var/lib/docker", "the files of every container of the node"),
    ("/var/lib/etcd", "the cluster's whole state"),
    ("/var/lib/kubelet", "the tokens and secrets of every pod of the node"),
    ("/var/lib/rancher", "the cluster's state, keys and manifests under k3s and RKE2"),
    ("/var/spool/cron", "the jobs that the node runs as root"),
];

/// Of these, what everybody may read: mounted read-only it gives nothing away.
const PUBLIC: &[&str] = &[
    "/etc/ca-certificates",
    "/etc/hostname",
    "/etc/localtime",
    "/etc/os-release",
    "/etc/pki/ca-trust",
    "/etc/resolv.conf",
    "/etc/ssl/certs",
    "/etc/timezone",
    "/lib/modules",
    "/usr/lib/modules",
    "/usr/lib/os-release",
    "/usr/local/share/ca-certificates",
    "/usr/share/ca-certificates",
    "/usr/share/zoneinfo",
];

fn look(case: &PodCase<'_>) -> Vec<Fault> {
    let mounts = case.mounts();
    let writable = |name: &str| mounts.get(name).into_iter().flatten().any(|(_, mount)| !mount.read_only());
    let paths = case.template.volumes().filter_map(|v| Some((v.name(), v.host_path()?.get("path")?)));
    paths
        .filter_map(|(name, node)| {
            let text = value::string(node).filter(|path| path.starts_with('/'))?;
            let path = NodePath::new(text);
            if is_public(&path) && !writable(name) {
                return None;
            }
            let says = ["is ", text, ": ", holds(&path)?].concat();
            Some(Fault::at(node, &says, "remove the volume, or name the one file below it that is needed"))
        })
        .collect()
}

fn is_public(path: &NodePath<'_>) -> bool {
    PUBLIC.iter().any(|known| path.is_within(known))
}

/// What lies at `path`, where it is one of these, below one of these, or above one.
fn holds(path: &NodePath<'_>) -> Option<&'static str> {
    if path.is_root() {
        return Some("every file of the node");
    }
    let meets = |known: &str| path.is_within(known) || path.holds(known);
    SENSITIVE.iter().find(|(known, _)| meets(known)).map(|(_, what)| *what)
}
