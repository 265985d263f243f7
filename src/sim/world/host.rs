//! `kind: Node`: versions, runtime, kernel, files and processes of a node.

use super::facts::Reader;
use super::files::{self, Files};
use crate::model::Object;
use crate::sim::kernel::CapSet;

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
    reader.only(spec, &["kubernetes", "runtime", "kubelet", "kernel", "files", "processes"]);
    let mut host = Host {
        name: object.name().unwrap_or("node").to_owned(),
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
    if let Some(runtime) = spec.get("runtime") {
        reader.only(runtime, &["name", "version", "enableUnprivilegedPorts"]);
        host.runtime = match reader.text(runtime, "name").as_deref() {
            Some("containerd") => Runtime::Containerd,
            Some("cri-o") => Runtime::Crio,
            _ => {
                reader.wrong(runtime, "a runtime whose `name` is containerd or cri-o");
                Runtime::Containerd
            }
        };
        let version = reader.text(runtime, "version").unwrap_or_default();
        match version.split('.').next().and_then(|v| v.parse().ok()) {
            Some(major) => host.runtime_major = major,
            None => reader.wrong(runtime, "a runtime with its `version`, as in \"2.1.4\""),
        }
        // containerd docs/containerd-2.0.md: enable_unprivileged_ports defaults to true; CRI-O has no such switch.
        let default = host.runtime == Runtime::Containerd && host.runtime_major >= 2;
        host.unprivileged_ports = reader.flag(runtime, "enableUnprivilegedPorts").unwrap_or(default);
    }
    if let Some(kubelet) = spec.get("kubelet") {
        reader.only(kubelet, &["seccompDefault", "allowedUnsafeSysctls"]);
        host.seccomp_default = reader.flag(kubelet, "seccompDefault").unwrap_or(false);
        host.allowed_sysctls = reader.texts(kubelet, "allowedUnsafeSysctls");
    }
    if let Some(kernel) = spec.get("kernel") {
        reader.only(kernel, &["version", "unprivilegedPortStart", "ptraceScope", "userNamespaces", "lsm"]);
        host.port_start = reader.number(kernel, "unprivilegedPortStart").unwrap_or(1024);
        host.ptrace_scope = reader.number(kernel, "ptraceScope").unwrap_or(0);
        host.user_namespaces = reader.flag(kernel, "userNamespaces").unwrap_or(true);
        host.lsm = match reader.text(kernel, "lsm").as_deref() {
            None | Some("none") => Lsm::None,
            Some("apparmor") => Lsm::AppArmor,
            Some("selinux") => Lsm::SeLinux,
            Some(_) => {
                reader.wrong(kernel, "a kernel whose `lsm` is none, apparmor or selinux");
                Lsm::None
            }
        };
    }
    for node in reader.maps(spec, "processes") {
        reader.only(node, &["name", "uid", "gid", "capabilities", "container"]);
        let capabilities = match reader.text(node, "capabilities").as_deref() {
            None | Some("none") => CapSet::NONE,
            Some("all") => CapSet::ALL,
            Some("default") => host.runtime.default_capabilities(),
            Some(_) => {
                reader.wrong(node, "a process whose `capabilities` are none, default or all");
                CapSet::NONE
            }
        };
        let uid = reader.number(node, "uid").unwrap_or(0);
        host.processes.push(HostProcess {
            name: reader.text(node, "name").unwrap_or_default(),
            uid,
            gid: reader.number(node, "gid").unwrap_or(uid),
            capabilities,
            container: reader.flag(node, "container").unwrap_or(false),
        });
    }
    Some(host)
}

fn minor(spec: crate::parse::Node<'_>, reader: &mut Reader) -> Option<u32> {
    let version = reader.text(spec, "kubernetes").unwrap_or_default();
    let minor =
        version.trim_start_matches('v').strip_prefix("1.").and_then(|v| v.split('.').next()?.parse().ok());
    if minor.is_none() {
        reader.wrong(spec, "a node with its `kubernetes` version, as in \"1.36\"");
    }
    minor
}
