//! `kind: Node`: versions, runtime and its handlers, kernel, files and processes of a node, and what the scheduler
//! knows of it.

use std::collections::BTreeMap;

use super::facts::Reader;
use super::files::{self, Files};
use crate::model::node_selector::NodeLabels;
use crate::model::taint::Taint;
use crate::model::{Object, Quantity};
use crate::parse::Node;
use crate::sim::kernel::CapSet;
use crate::text::Span;

/// The container runtime, where two differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runtime {
    /// containerd.
    Containerd,
    /// CRI-O.
    Crio,
}

impl Runtime {
    /// What it gives a container that asks for nothing.
    pub fn default_capabilities(self) -> CapSet {
        match self {
            Self::Containerd => CapSet::CONTAINERD,
            Self::Crio => CapSet::CRIO,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Containerd => "containerd",
            Self::Crio => "CRI-O",
        }
    }
}

/// The kernel's mandatory access control.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lsm {
    /// None that confines containers.
    None,
    /// AppArmor, with the runtime's default profile.
    AppArmor,
    /// SELinux in enforcing mode.
    SeLinux,
}

/// What stands between a container and the node's kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Boundary {
    /// Nothing: runc, crun and their like.
    Shared,
    /// gVisor's Sentry, a kernel in user space.
    Gvisor,
    /// The kernel of a virtual machine of its own: Kata Containers.
    Kata,
}

/// The boundaries and their words.
pub const BOUNDARIES: &[(&str, Boundary)] =
    &[("runc", Boundary::Shared), ("gvisor", Boundary::Gvisor), ("kata", Boundary::Kata)];

impl Boundary {
    /// Its word in worlds and questions.
    pub fn word(self) -> &'static str {
        BOUNDARIES.iter().find(|(_, b)| *b == self).map_or("?", |(word, _)| word)
    }
}

/// An entry of the runtime's configuration that a `RuntimeClass` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handler {
    /// Its name: the last part of the key in containerd's configuration.
    pub name: String,
    /// What it starts.
    pub boundary: Boundary,
    /// Whether it takes pods with a user namespace.
    pub user_namespaces: bool,
}

/// A process of the node, or of another pod on it.
#[derive(Clone, Debug)]
pub struct HostProcess {
    /// What people call it.
    pub name: String,
    /// Its UID, as the node sees it.
    pub uid: u32,
    /// Its GID.
    pub gid: u32,
    /// What it may do.
    pub capabilities: CapSet,
    /// Whether it runs under the runtime's default AppArmor profile: it is another container.
    pub container: bool,
}

/// A node.
#[derive(Clone, Debug)]
pub struct Host {
    /// Its name.
    pub name: String,
    /// Where its facts stand.
    pub span: Span,
    /// Its labels, with those that every kubelet sets.
    pub labels: NodeLabels,
    /// Its taints.
    pub taints: Vec<Taint>,
    /// Where it is said to be cordoned.
    pub unschedulable: Option<Span>,
    /// What pods may ask of it together, where that is known.
    pub allocatable: Option<BTreeMap<String, Quantity>>,
    /// The runtime's handlers beside the default one, where they are known.
    pub handlers: Option<Vec<Handler>>,
    /// The minor version of Kubernetes: 36 for 1.36.
    pub minor: u32,
    /// The runtime.
    pub runtime: Runtime,
    /// The runtime's major version.
    pub runtime_major: u32,
    /// containerd's `enable_unprivileged_ports`: on by default from 2.0.
    pub unprivileged_ports: bool,
    /// The kubelet's `seccompDefault`: off by default.
    pub seccomp_default: bool,
    /// Unsafe sysctls that the kubelet was told to allow.
    pub allowed_sysctls: Vec<String>,
    /// `net.ipv4.ip_unprivileged_port_start` of the node's own network.
    pub port_start: u32,
    /// Yama's `kernel.yama.ptrace_scope`.
    pub ptrace_scope: u32,
    /// Whether any user may make a user namespace: true unless the node's sysctls or LSM forbid it.
    pub user_namespaces: bool,
    /// The LSM.
    pub lsm: Lsm,
    /// Its files.
    pub files: Files,
    /// Its processes, and those of other pods.
    pub processes: Vec<HostProcess>,
}

pub(super) fn read(object: Object<'_>, reader: &mut Reader) -> Option<Host> {
    let spec = reader.spec(object)?;
    reader.only(
        spec,
        &[
            "kubernetes",
            "runtime",
            "kubelet",
            "kernel",
            "files",
            "processes",
            "taints",
            "unschedulable",
            "allocatable",
            "handlers",
        ],
    );
    let name = object.name().unwrap_or("node");
    let mut host = Host {
        name: name.to_owned(),
        span: object.kind_span(),
        labels: labels(object, name),
        taints: taints(spec, reader),
        unschedulable: reader
            .flag(spec, "unschedulable")
            .filter(|on| *on)
            .and_then(|_| spec.get("unschedulable"))
            .map(Node::own_span),
        allocatable: allocatable(spec, reader),
        handlers: None,
        minor: minor(spec, reader)?,
        runtime: Runtime::Containerd,
        runtime_major: 2,
        unprivileged_ports: true,
        seccomp_default: false,
        allowed_sysctls: Vec::new(),
        port_start: 1024,
        ptrace_scope: 0,
        user_namespaces: true,
        lsm: Lsm::None,
        files: files::read(spec, reader),
        processes: Vec::new(),
    };
    if let Some(node) = spec.get("runtime") {
        runtime(node, &mut host, reader);
    }
    host.handlers = handlers(spec, &host, reader);
    if let Some(kubelet) = spec.get("kubelet") {
        reader.only(kubelet, &["seccompDefault", "allowedUnsafeSysctls"]);
        host.seccomp_default = reader.flag(kubelet, "seccompDefault").unwrap_or(false);
        host.allowed_sysctls = reader.texts(kubelet, "allowedUnsafeSysctls");
    }
    if let Some(node) = spec.get("kernel") {
        kernel(node, &mut host, reader);
    }
    host.processes = processes(spec, host.runtime, reader);
    Some(host)
}

fn runtime(node: Node<'_>, host: &mut Host, reader: &mut Reader) {
    reader.only(node, &["name", "version", "enableUnprivilegedPorts"]);
    host.runtime = match reader.text(node, "name").as_deref() {
        Some("containerd") => Runtime::Containerd,
        Some("cri-o") => Runtime::Crio,
        _ => {
            reader.wrong(node, "a runtime whose `name` is containerd or cri-o");
            Runtime::Containerd
        }
    };
    let version = reader.text(node, "version").unwrap_or_default();
    match version.split('.').next().and_then(|v| v.parse().ok()) {
        Some(major) => host.runtime_major = major,
        None => reader.wrong(node, "a runtime with its `version`, as in \"2.1.4\""),
    }
    // containerd docs/containerd-2.0.md: enable_unprivileged_ports defaults to true; CRI-O has no such switch.
    let default = host.runtime == Runtime::Containerd && host.runtime_major >= 2;
    host.unprivileged_ports = reader.flag(node, "enableUnprivilegedPorts").unwrap_or(default);
}

fn kernel(node: Node<'_>, host: &mut Host, reader: &mut Reader) {
    reader.only(node, &["version", "unprivilegedPortStart", "ptraceScope", "userNamespaces", "lsm"]);
    host.port_start = reader.number(node, "unprivilegedPortStart").unwrap_or(1024);
    host.ptrace_scope = reader.number(node, "ptraceScope").unwrap_or(0);
    host.user_namespaces = reader.flag(node, "userNamespaces").unwrap_or(true);
    host.lsm = match reader.text(node, "lsm").as_deref() {
        None | Some("none") => Lsm::None,
        Some("apparmor") => Lsm::AppArmor,
        Some("selinux") => Lsm::SeLinux,
        Some(_) => {
            reader.wrong(node, "a kernel whose `lsm` is none, apparmor or selinux");
            Lsm::None
        }
    };
}

fn processes(spec: Node<'_>, runtime: Runtime, reader: &mut Reader) -> Vec<HostProcess> {
    let mut out = Vec::new();
    for node in reader.maps(spec, "processes") {
        reader.only(node, &["name", "uid", "gid", "capabilities", "container"]);
        let capabilities = match reader.text(node, "capabilities").as_deref() {
            None | Some("none") => CapSet::NONE,
            Some("all") => CapSet::ALL,
            Some("default") => runtime.default_capabilities(),
            Some(_) => {
                reader.wrong(node, "a process whose `capabilities` are none, default or all");
                CapSet::NONE
            }
        };
        let uid = reader.number(node, "uid").unwrap_or(0);
        out.push(HostProcess {
            name: reader.text(node, "name").unwrap_or_default(),
            uid,
            gid: reader.number(node, "gid").unwrap_or(uid),
            capabilities,
            container: reader.flag(node, "container").unwrap_or(false),
        });
    }
    out
}

/// The kubelet itself sets `kubernetes.io/hostname` and `kubernetes.io/os` (kubernetes `pkg/kubelet/kubelet_node_status.go`).
fn labels(object: Object<'_>, name: &str) -> NodeLabels {
    let own = [("kubernetes.io/hostname", name), ("kubernetes.io/os", "linux")];
    own.into_iter().chain(object.labels()).map(|(k, v)| (k.to_owned(), v.to_owned())).collect()
}

fn taints(spec: Node<'_>, reader: &mut Reader) -> Vec<Taint> {
    let mut out = Vec::new();
    for node in reader.maps(spec, "taints") {
        reader.only(node, &["key", "value", "effect"]);
        match Taint::of(node).filter(Taint::has_effect) {
            Some(taint) => out.push(taint),
            None => reader.wrong(node, "a taint with its `key` and `effect`"),
        }
    }
    out
}

fn allocatable(spec: Node<'_>, reader: &mut Reader) -> Option<BTreeMap<String, Quantity>> {
    let mut out = BTreeMap::new();
    for entry in spec.get("allocatable")?.entries() {
        match Quantity::of(entry.value) {
            Some(quantity) => {
                out.insert(entry.key.scalar().unwrap_or("").to_owned(), quantity);
            }
            None => reader.wrong(entry.value, "a quantity, as in 4Gi"),
        }
    }
    Some(out)
}

/// Without `userNamespaces` only handlers like runc take pods with a user namespace, from containerd 2 on and under CRI-O
/// (kubernetes/website, user-namespaces.md; google/gvisor issue 13303).
fn handlers(spec: Node<'_>, host: &Host, reader: &mut Reader) -> Option<Vec<Handler>> {
    spec.get("handlers")?;
    let mut out = Vec::new();
    for node in reader.maps(spec, "handlers") {
        reader.only(node, &["name", "type", "userNamespaces"]);
        let word = reader.text(node, "type").unwrap_or_default();
        let boundary = BOUNDARIES.iter().find(|(w, _)| *w == word).map(|(_, b)| *b);
        let Some((boundary, name)) = boundary.zip(reader.text(node, "name")) else {
            reader.wrong(node, "a handler with its `name`, and `type` runc, gvisor or kata");
            continue;
        };
        let able = boundary == Boundary::Shared && (host.runtime == Runtime::Crio || host.runtime_major >= 2);
        let user_namespaces = reader.flag(node, "userNamespaces").unwrap_or(able);
        out.push(Handler { name, boundary, user_namespaces });
    }
    Some(out)
}

fn minor(spec: Node<'_>, reader: &mut Reader) -> Option<u32> {
    let version = reader.text(spec, "kubernetes").unwrap_or_default();
    let minor =
        version.trim_start_matches('v').strip_prefix("1.").and_then(|v| v.split('.').next()?.parse().ok());
    if minor.is_none() {
        reader.wrong(spec, "a node with its `kubernetes` version, as in \"1.36\"");
    }
    minor
}
