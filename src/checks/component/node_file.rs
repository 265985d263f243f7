//! Modes and owners of the files of a node, by a listing of them, a row each.
//!
//! Paths: those of kubeadm and of the packages of Kubernetes, and what CIS's audits look at (kube-bench cfg/config.yaml).

use crate::checks::{Case, Check, Fault, Faults, Row, Rule, Scope, Standard, TextCase};
use crate::model::Subject;
use crate::model::file_listing::{Listed, listed};
use crate::text::Severity;

const DOC: &str = include_str!("node_file.md");

const fn row(id: &'static str, severity: Severity, title: &'static str, file: &'static NodeFile) -> Check {
    Check::new(id, severity, title, DOC, Rule::Row(file))
}

/// The rows, by id.
pub(super) const ROWS: &[Check] = &[
    row(
        "admin-kubeconfig-ownership",
        Severity::High,
        "administrator's kubeconfig belongs to another than root",
        &NodeFile {
            asks: Asks::Owner("root"),
            of: &[(0, ADMIN)],
            follows: "its owner reads a key of the cluster's administrators, or gives the file a wide mode",
        },
    )
    .aliases(&["KCV-0061", "C-0105"])
    .lessons(&[18, 20])
    .standards(&[Standard::Cis("1.1.14")])
    .technique("T1552.001"),
    row(
        "admin-kubeconfig-permissions",
        Severity::Critical,
        "others read the administrator's kubeconfig",
        &NodeFile {
            asks: Asks::Mode,
            of: &[(0o600, ADMIN)],
            follows: "whoever else can open it is an administrator of the cluster",
        },
    )
    .aliases(&["KCV-0060", "C-0104"])
    .lessons(&[18, 20])
    .standards(&[Standard::Cis("1.1.13")])
    .technique("T1552.001"),
    row(
        "cni-file-ownership",
        Severity::Medium,
        "network configuration belongs to another than root",
        &NodeFile {
            asks: Asks::Owner("root"),
            of: &[(0, CNI)],
            follows: "its owner says which program the container runtime starts as root for each pod",
        },
    )
    .aliases(&["KCV-0057", "C-0101"])
    .lessons(&[20, 34])
    .standards(&[Standard::Cis("1.1.10")])
    .technique("T1543"),
    row(
        "cni-file-permissions",
        Severity::Medium,
        "network configuration is open to others",
        &NodeFile {
            asks: Asks::Mode,
            of: &[(0o600, CNI)],
            follows: "it tells others how pods are connected, and who may write it, which program runs as root",
        },
    )
    .aliases(&["KCV-0056", "C-0100"])
    .lessons(&[20, 34])
    .standards(&[Standard::Cis("1.1.9")])
    .technique("T1543"),
    row(
        "component-kubeconfig-ownership",
        Severity::High,
        "kubeconfig of a component belongs to another than root",
        &NodeFile {
            asks: Asks::Owner("root"),
            of: &[(0, COMPONENT)],
            follows: "its owner acts as that component, which may create pods for everybody or bind them to nodes",
        },
    )
    .aliases(&["KCV-0063", "KCV-0065", "C-0107", "C-0109"])
    .lessons(&[18, 20])
    .standards(&[Standard::Cis("1.1.16"), Standard::Cis("1.1.18")])
    .technique("T1552.001"),
    row(
        "component-kubeconfig-permissions",
        Severity::High,
        "others read the kubeconfig of a component",
        &NodeFile {
            asks: Asks::Mode,
            of: &[(0o600, COMPONENT)],
            follows: "who reads it acts as that component, which may create pods for everybody or bind them to nodes",
        },
    )
    .aliases(&["KCV-0062", "KCV-0064", "C-0106", "C-0108"])
    .lessons(&[18, 20])
    .standards(&[Standard::Cis("1.1.15"), Standard::Cis("1.1.17")])
    .technique("T1552.001"),
    row(
        "etcd-data-directory-ownership",
        Severity::Medium,
        "directory of etcd belongs to another than etcd",
        &NodeFile {
            asks: Asks::Owner("etcd"),
            of: &[(0, ETCD)],
            follows: "etcd has to run as that user, or that user reads and changes all that is stored",
        },
    )
    .aliases(&["KCV-0059", "C-0103"])
    .lessons(&[18, 20])
    .standards(&[Standard::Cis("1.1.12")])
    .technique("T1552.001"),
    row(
        "etcd-data-directory-permissions",
        Severity::High,
        "directory of etcd is open to others",
        &NodeFile {
            asks: Asks::Mode,
            of: &[(0o700, ETCD)],
            follows: "every secret of the cluster lies in there",
        },
    )
    .aliases(&["KCV-0058", "C-0102"])
    .lessons(&[18, 20])
    .standards(&[Standard::Cis("1.1.11")])
    .technique("T1552.001"),
    row(
        "kubelet-file-ownership",
        Severity::High,
        "file of a node's agents belongs to another than root",
        &NodeFile {
            asks: Asks::Owner("root"),
            of: &[(0, KUBELET), (0, NODE_CA)],
            follows: "its owner decides how a program that runs as root is started, or whom it trusts",
        },
    )
    .aliases(&[
        "KCV-0070", "KCV-0072", "KCV-0074", "KCV-0076", "KCV-0078", "C-0163", "C-0165", "C-0167", "C-0169",
        "C-0171",
    ])
    .lessons(&[20, 34])
    .standards(&[
        Standard::Cis("4.1.2"),
        Standard::Cis("4.1.4"),
        Standard::Cis("4.1.6"),
        Standard::Cis("4.1.8"),
        Standard::Cis("4.1.10"),
    ])
    .technique("T1543.002"),
    row(
        "kubelet-file-permissions",
        Severity::High,
        "file of a node's agents is open to others",
        &NodeFile {
            asks: Asks::Mode,
            of: &[(0o600, KUBELET), (0o644, NODE_CA)],
            follows: "who reads a kubeconfig acts as the node, and who writes the others starts programs as root",
        },
    )
    .aliases(&[
        "KCV-0069", "KCV-0071", "KCV-0073", "KCV-0075", "KCV-0077", "C-0162", "C-0164", "C-0166", "C-0168",
        "C-0170",
    ])
    .lessons(&[20, 34])
    .standards(&[
        Standard::Cis("4.1.1"),
        Standard::Cis("4.1.3"),
        Standard::Cis("4.1.5"),
        Standard::Cis("4.1.7"),
        Standard::Cis("4.1.9"),
    ])
    .technique("T1552.001"),
    row(
        "pki-certificate-permissions",
        Severity::Medium,
        "others write certificates of the cluster",
        &NodeFile {
            asks: Asks::Mode,
            of: &[(0o644, &["/etc/kubernetes/pki/*.crt"])],
            follows: "who writes the authority's certificate adds one of his own, whose users are then let in",
        },
    )
    .aliases(&["KCV-0068", "C-0111"])
    .lessons(&[18, 20])
    .standards(&[Standard::Cis("1.1.20")])
    .technique("T1553.004"),
    row(
        "pki-key-permissions",
        Severity::Critical,
        "others read keys of the cluster",
        &NodeFile {
            asks: Asks::Mode,
            of: &[(0o600, &["/etc/kubernetes/pki/*.key"])],
            follows: "with the authority's key anybody is made an administrator, with sa.key any service account",
        },
    )
    .aliases(&["KCV-0067", "C-0112"])
    .lessons(&[18, 20])
    .standards(&[Standard::Cis("1.1.21")])
    .technique("T1552.004"),
    row(
        "pki-ownership",
        Severity::High,
        "keys and certificates of the cluster belong to another than root",
        &NodeFile {
            asks: Asks::Owner("root"),
            of: &[(0, &["/etc/kubernetes/pki", "/etc/kubernetes/pki/*"])],
            follows: "their owner reads the keys, or puts others in their place",
        },
    )
    .aliases(&["KCV-0066", "C-0110"])
    .lessons(&[18, 20])
    .standards(&[Standard::Cis("1.1.19")])
    .technique("T1552.004"),
    row(
        "static-pod-manifest-ownership",
        Severity::High,
        "manifest of a static pod belongs to another than root",
        &NodeFile {
            asks: Asks::Owner("root"),
            of: &[(0, MANIFESTS)],
            follows: "its owner runs any pod on this node, past authorization and admission",
        },
    )
    .aliases(&[
        "KCV-0049", "KCV-0051", "KCV-0053", "KCV-0055", "C-0093", "C-0095", "C-0097", "C-0099",
    ])
    .lessons(&[18, 20])
    .standards(&[
        Standard::Cis("1.1.2"),
        Standard::Cis("1.1.4"),
        Standard::Cis("1.1.6"),
        Standard::Cis("1.1.8"),
    ])
    .technique("T1610"),
    row(
        "static-pod-manifest-permissions",
        Severity::High,
        "manifest of a static pod is open to others",
        &NodeFile {
            asks: Asks::Mode,
            of: &[(0o600, MANIFESTS)],
            follows: "who reads it knows how the component is set up, and who writes it runs any pod on this node",
        },
    )
    .aliases(&[
        "KCV-0048", "KCV-0050", "KCV-0052", "KCV-0054", "C-0092", "C-0094", "C-0096", "C-0098",
    ])
    .lessons(&[18, 20])
    .standards(&[
        Standard::Cis("1.1.1"),
        Standard::Cis("1.1.3"),
        Standard::Cis("1.1.5"),
        Standard::Cis("1.1.7"),
    ])
    .technique("T1610"),
];

/// Paths, in which a `*` stands for anything, slashes too.
type Paths = &'static [&'static str];

const ADMIN: Paths = &["/etc/kubernetes/admin.conf", "/etc/kubernetes/super-admin.conf"];
const CNI: Paths = &["/etc/cni/net.d/*.conf", "/etc/cni/net.d/*.conflist", "/etc/cni/net.d/*kubeconfig"];
const COMPONENT: Paths = &["/etc/kubernetes/controller-manager.conf", "/etc/kubernetes/scheduler.conf"];
const ETCD: Paths = &["/var/lib/etcd", "/var/lib/etcd/default.etcd"];
const MANIFESTS: Paths = &["/etc/kubernetes/manifests/*"];
const KUBELET: Paths = &[
    "/etc/kubernetes/bootstrap-kubelet.conf",
    "/etc/kubernetes/kubelet.conf",
    "/etc/kubernetes/proxy.conf",
    "/etc/systemd/system/kubelet.service*",
    "/lib/systemd/system/kubelet.service*",
    "/usr/lib/systemd/system/kubelet.service*",
    "/var/lib/kube-proxy/kubeconfig*",
    "/var/lib/kubelet/config.yaml",
    "/var/lib/kubelet/kubeconfig",
];
/// Where others than kubeadm keep the authority; what lies below `pki` has rows of its own.
const NODE_CA: Paths =
    &["/etc/kubernetes/cert/ca.pem", "/etc/kubernetes/certs/ca.crt", "/etc/kubernetes/ssl/ca.pem"];

/// A row: what is asked of some files.
#[derive(Clone, Copy, Debug)]
struct NodeFile {
    asks: Asks,
    /// The widest mode, and the files that it is asked of.
    of: &'static [(u32, Paths)],
    follows: &'static str,
}

#[derive(Clone, Copy, Debug)]
enum Asks {
    /// No more than the mode.
    Mode,
    /// User and group of this name.
    Owner(&'static str),
}

impl Row for NodeFile {
    fn scope(&self) -> Scope {
        Scope::Text(Subject::FileListing)
    }

    fn look(&self, case: &Case<'_>) -> Faults {
        let Case::Text(TextCase { source, .. }) = case else { return Faults::new() };
        listed(source).filter_map(|file| self.judge(file)).collect()
    }
}

impl NodeFile {
    fn judge(&self, file: Listed<'_>) -> Option<Fault> {
        let fits = |(_, paths): &&(u32, Paths)| paths.iter().any(|pattern| is_like(pattern, file.path));
        let (limit, _) = self.of.iter().find(fits)?;
        // What ends in `.d` is a directory, whose mode is another matter.
        let directory = std::path::Path::new(file.path).extension().is_some_and(|end| end == "d");
        let path = file.path;
        match self.asks {
            Asks::Mode if !directory && file.is_wider_than(*limit) => {
                let detail =
                    format!("{path} has mode {}, wider than {limit:o}: {}", file.digits, self.follows);
                Some(Fault::new(file.mode_span, detail, format!("run chmod {limit:o} {path}")))
            }
            Asks::Owner(name) if !file.belongs_to(name) => {
                let detail = format!("{path} belongs to {}, not {name}:{name}: {}", file.owner, self.follows);
                Some(Fault::new(file.owner_span, detail, format!("run chown {name}:{name} {path}")))
            }
            _ => None,
        }
    }
}

/// Whether a path is of a pattern with one `*` at most.
fn is_like(pattern: &str, path: &str) -> bool {
    match pattern.split_once('*') {
        None => path == pattern,
        Some((start, end)) => {
            path.len() >= start.len() + end.len() && path.starts_with(start) && path.ends_with(end)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, path, wanted) in [
            ("/a/*.crt", "/a/b/c.crt", true),
            ("/a/*.crt", "/a/c.key", false),
            ("/a/*", "/a/b", true),
            ("/a/*", "/a", false),
            ("/a", "/a/b", false),
            ("/s/kubelet.service*", "/s/kubelet.service", true),
            ("/s/kubelet.service*", "/s/kubelet.service.d/10.conf", true),
            ("/aa*aa", "/aaa", false),
        ] {
            assert_eq!(is_like(pattern, path), wanted, "{pattern} {path}");
        }
    }
}
