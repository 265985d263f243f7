//! The socket of the container runtime, handed to a container: whoever speaks to it is root on the node.

use crate::checks::{Check, Fault, Level, PodCase, Rule, Standard};
use crate::model::node_path::NodePath;
use crate::model::{Container, Mount, value};
use crate::parse::Node;
use crate::text::Severity;

pub(in crate::checks) const CHECK: Check = Check::new(
    "container-runtime-socket-mount",
    Severity::Critical,
    "the node's container runtime socket is mounted",
    include_str!("container_runtime_socket_mount.md"),
    Rule::Pod(look),
)
.aliases(&[
    "docker-sock",
    "DockerSock",
    "KSV-0006",
    "CKV_K8S_27",
    "disallow-container-sock-mounts",
    "docker-socket-check",
    "C-0074",
])
.lessons(&[7, 1, 8])
.technique("T1611")
.standards(&[Standard::Pss(Level::Baseline, "hostPathVolumes", 0), Standard::Cis("5.2.11")])
.yields_here_to(&["hostpath-sensitive-directory"]);

fn look(case: &PodCase<'_>) -> Vec<Fault> {
    let mounts = case.mounts();
    let volumes = case.template.volumes().filter_map(|v| Some((v.name(), v.host_path()?.get("path")?)));
    volumes.filter_map(|(name, path)| fault(path, mounts.get(name).map_or(&[][..], Vec::as_slice))).collect()
}

/// Where runtimes listen, `/var/run` written as the `/run` that it links to; Windows' named pipes with slashes.
const SOCKETS: &[&str] = &[
    "/pipe/containerd-containerd",
    "/pipe/docker_engine",
    "/run/containerd/containerd.sock",
    "/run/cri-dockerd.sock",
    "/run/crio/crio.sock",
    "/run/docker.sock",
    "/run/dockershim.sock",
    "/run/k0s/containerd.sock",
    "/run/k3s/containerd/containerd.sock",
    "/run/podman/podman.sock",
];

fn fault(node: Node<'_>, mounts: &[(Container<'_>, Mount<'_>)]) -> Option<Fault> {
    let path = value::string(node)?.replace('\\', "/");
    if !path.starts_with('/') {
        return None;
    }
    let mut found: Option<Fault> = None;
    for (container, mount) in mounts {
        let sub_path = mount.node.get("subPath").and_then(value::string).unwrap_or("");
        let Some(socket) = reached(&[&path, "/", sub_path].concat()) else { continue };
        let fault = found.take().unwrap_or_else(|| {
            let says = ["brings ", socket, " of the node into the pod"].concat();
            let help = "remove the volume; build images and read metrics without the runtime's socket";
            Fault::at(node, &says, help)
        });
        found = Some(fault.related(mount.node.own_span(), ["mounted in ", &container.title()].concat()));
    }
    found
}

/// The socket that a mount of `path` shows: the socket itself, or something below that directory.
fn reached(path: &str) -> Option<&'static str> {
    let path = NodePath::new(path);
    // Where distributions keep `/var/run`, it is a link to `/run`.
    let linked = path.as_str().strip_prefix("/var").filter(|_| path.is_within("/var/run"));
    let path = linked.map_or(path.clone(), NodePath::new);
    SOCKETS.iter().copied().find(|socket| path.holds(socket))
}
