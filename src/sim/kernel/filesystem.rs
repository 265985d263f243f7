//! Who may touch which file: mounts, owners, modes, and the capabilities that override them.
//!
//! The kernel's `fs/namei.c` (`generic_permission`, `sb_permission`), kubernetes `pkg/volume/volume_linux.go`
//! (`SetVolumeOwnership`). Volumes of a pod with a user namespace are ID-mapped mounts (KEP-127), so that owners
//! are compared as the container sees them, with and without `hostUsers: false`.

use super::capset::CapSet;
use super::pod::PodView;
use super::process::Process;
use crate::model::{Container, value};
use crate::parse::Node;
use crate::sim::Reason;
use crate::sim::world::{File, FileKind, Volume, World, normal, within};
use crate::text::Span;

/// What stands behind a mount.
#[derive(Clone, Debug)]
pub enum Backing<'w> {
    /// An empty directory.
    Scratch,
    /// A path of the node.
    Host(String),
    /// A persistent volume; none where the world does not say what is on it.
    Claim(Option<&'w Volume>),
    /// Files that the kubelet writes: ConfigMap, Secret, downward API, token. Always read-only.
    Data,
    /// Something that is not modelled.
    Other(&'w str),
}

/// A volume mounted into a container.
#[derive(Clone, Debug)]
pub struct Mount<'w> {
    /// Where the container sees it.
    pub path: String,
    /// The volume's name.
    pub volume: &'w str,
    /// What stands behind it.
    pub backing: Backing<'w>,
    /// Whether it is read-only.
    pub read_only: bool,
    /// The group that the kubelet gives its files for `fsGroup`.
    pub group: Option<u32>,
    /// The part of the volume that is mounted.
    pub sub_path: String,
    /// Where it is mounted in the manifest.
    pub span: Span,
    /// Where its volume is defined.
    pub source: Span,
}

impl Mount<'_> {
    /// The node's path that is mounted, links resolved, where it is one.
    pub fn host_root(&self, process: &Process<'_>) -> Option<String> {
        let Backing::Host(path) = &self.backing else { return None };
        Some(process.host.files.resolve(&format!("{path}/{}", self.sub_path)))
    }
}

/// The mounts of a container.
pub(super) fn mounts<'w>(world: &'w World, pod: &PodView<'w>, container: Container<'w>) -> Vec<Mount<'w>> {
    let fs_group = pod.settings().fs_group().value.and_then(|g| u32::try_from(g).ok());
    let mut out = Vec::new();
    for mount in container.mounts() {
        let (Some(path), Some(volume)) = (mount.path(), pod.template.volume(mount.name())) else { continue };
        let source = volume.sources().next();
        let text = |key| mount.node.get(key).and_then(value::string).unwrap_or("");
        // Without a variable in it, subPathExpr is what subPath is.
        let (sub_path, varies) = match (text("subPath"), text("subPathExpr")) {
            ("", expression) => (expression, expression.contains('$')),
            (path, _) => (path, false),
        };
        let (backing, always) = match source {
            _ if varies => (Backing::Other("subPathExpr"), false),
            None | Some(("emptyDir" | "ephemeral", _)) => (Backing::Scratch, false),
            Some(("hostPath", node)) => {
                let path = node.get("path").and_then(value::string).unwrap_or("/");
                (Backing::Host(normal(path)), false)
            }
            Some(("persistentVolumeClaim", node)) => {
                let claim = node.get("claimName").and_then(value::string).unwrap_or("");
                let read_only = node.get("readOnly").and_then(value::boolean) == Some(true);
                (Backing::Claim(world.volume(&pod.key.namespace, claim)), read_only)
            }
            Some(("configMap" | "secret" | "projected" | "downwardAPI", _)) => (Backing::Data, true),
            Some((other, _)) => (Backing::Other(other), false),
        };
        let group = match &backing {
            Backing::Scratch | Backing::Data => fs_group,
            Backing::Claim(Some(v)) if v.fs_group && !always => fs_group,
            _ => None,
        };
        out.push(Mount {
            path: normal(path),
            volume: volume.name(),
            backing,
            read_only: always || mount.read_only(),
            group,
            sub_path: sub_path.to_owned(),
            span: mount.node.get("mountPath").map_or(mount.node.own_span(), Node::own_span),
            source: source.map_or(volume.node.own_span(), |(_, n)| n.own_span()),
        });
    }
    out
}

/// Who asks the file system.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Its UID.
    pub uid: u32,
    /// Its primary group.
    pub gid: u32,
    /// Its further groups.
    pub groups: Vec<u32>,
    /// What it has on.
    pub effective: CapSet,
}

/// One permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Permission {
    Read,
    Write,
    /// To execute a file, to search a directory.
    Execute,
}

impl Permission {
    fn bit(self) -> u32 {
        match self {
            Self::Read => 4,
            Self::Write => 2,
            Self::Execute => 1,
        }
    }

    fn word(self, file: &File) -> &'static str {
        match (self, &file.kind) {
            (Self::Read, _) => "read",
            (Self::Write, _) => "write",
            (Self::Execute, FileKind::Directory) => "enter",
            (Self::Execute, _) => "execute",
        }
    }
}

impl Subject {
    pub(super) fn in_group(&self, gid: u32) -> bool {
        self.gid == gid || self.groups.contains(&gid)
    }

    /// Whether mode bits or capabilities allow it, and why.
    pub(super) fn may(&self, file: &File, wanted: Permission) -> Result<String, String> {
        let (class, shift) = if self.uid == file.uid {
            ("its owner", 6)
        } else if self.in_group(file.gid) {
            ("in its group", 3)
        } else {
            ("neither its owner nor in its group", 0)
        };
        let word = wanted.word(file);
        let facts = format!("owner {}:{}, mode {:04o}", file.uid, file.gid, file.mode);
        if file.mode >> shift & wanted.bit() != 0 {
            return Ok(format!("{facts}: UID {} is {class} and may {word} it", self.uid));
        }
        let directory = file.kind == FileKind::Directory;
        // DAC_OVERRIDE: everything, but executing a file that nobody may execute. DAC_READ_SEARCH: reading, and
        // entering directories.
        let overrides = match wanted {
            Permission::Execute => directory || file.mode & 0o111 != 0,
            Permission::Read | Permission::Write => true,
        };
        if overrides && self.effective.has(CapSet::DAC_OVERRIDE) {
            return Ok(format!("{facts}: CAP_DAC_OVERRIDE lets it {word} whatever the mode says"));
        }
        let reads = wanted == Permission::Read || (wanted == Permission::Execute && directory);
        if reads && self.effective.has(CapSet::DAC_READ_SEARCH) {
            return Ok(format!("{facts}: CAP_DAC_READ_SEARCH lets it {word} whatever the mode says"));
        }
        Err(format!("{facts}: UID {} is {class} and may not {word} it", self.uid))
    }
}

/// Whether a program may be executed.
pub(super) fn may_execute(subject: &Subject, file: &File) -> Result<String, String> {
    subject.may(file, Permission::Execute)
}

/// A path as a container reaches it.
#[derive(Clone, Debug)]
pub(super) struct Spot<'p, 'w> {
    /// The path, in the words of whoever asked.
    pub(super) path: String,
    /// The path with links resolved, in what is mounted there: the node's own for a hostPath.
    pub(super) inner: String,
    /// What is there.
    pub(super) file: Option<File>,
    /// The directories above it, outermost first, as far as the container has to pass them.
    pub(super) above: Vec<(String, Option<File>)>,
    /// The mount that it lies in; none for the image.
    pub(super) mount: Option<&'p Mount<'w>>,
}

impl<'p, 'w> Spot<'p, 'w> {
    /// The spot of a path in a container, or why it cannot be said.
    pub(super) fn in_container(process: &'p Process<'w>, path: &str) -> Result<Self, String> {
        let path = normal(path);
        if ["/proc", "/sys", "/dev"].iter().any(|root| within(&path, root))
            && !process.mounts.iter().any(|m| m.path != "/" && within(&path, &m.path))
        {
            return Err(format!("files below `{path}` are the kernel's and are not modelled"));
        }
        let mount = process.mounts.iter().filter(|m| within(&path, &m.path)).max_by_key(|m| m.path.len());
        let Some(mount) = mount else {
            let get = |p: &str| process.image.files.get(p, true);
            return Ok(Self::build(path.clone(), "/", &process.image.files.resolve(&path), get, None));
        };
        let rest = &path[if mount.path == "/" { 0 } else { mount.path.len() }..];
        match &mount.backing {
            Backing::Host(_) => {
                let root = mount.host_root(process).unwrap_or_default();
                let inner = process.host.files.resolve(&format!("{root}{rest}"));
                Ok(Self::on_host(process, path, &root, &inner, mount))
            }
            Backing::Scratch => {
                let get = |p: &str| (p == "/").then(|| Self::shared(File::directory(0, 0, 0o777), mount));
                Ok(Self::build(path.clone(), "/", &normal(rest), get, Some(mount)))
            }
            Backing::Data => {
                let get = |p: &str| {
                    let file = File::directory(0, 0, 0o755);
                    Some(if p == "/" {
                        file
                    } else {
                        Self::shared(File { kind: FileKind::Regular, mode: 0o644, ..file }, mount)
                    })
                };
                Ok(Self::build(path.clone(), "/", &normal(rest), get, Some(mount)))
            }
            Backing::Claim(Some(volume)) => {
                let root = normal(&mount.sub_path);
                let get = |p: &str| {
                    let file = if p == "/" {
                        Some(File::directory(volume.owner.0, volume.owner.1, volume.mode))
                    } else {
                        volume.files.get(p, false)
                    };
                    file.map(|f| Self::shared(f, mount))
                };
                let inner = volume.files.resolve(&format!("{root}{rest}"));
                Ok(Self::build(path.clone(), &root, &inner, get, Some(mount)))
            }
            Backing::Claim(None) => {
                Err(format!("the world does not say what lies on the volume `{}`", mount.volume))
            }
            Backing::Other(kind) => Err(format!("volumes of type `{kind}` are not modelled")),
        }
    }

    /// The spots through which a container reaches a path of its node.
    pub(super) fn of_node(process: &'p Process<'w>, path: &str) -> Vec<Self> {
        let inner = process.host.files.resolve(path);
        let mut out = Vec::new();
        for mount in &process.mounts {
            if let Some(root) = mount.host_root(process).filter(|r| within(&inner, r)) {
                out.push(Self::on_host(process, format!("{path} of the node"), &root, &inner, mount));
            }
        }
        out
    }

    /// The spots through which a container reaches a path on the volume of a claim.
    pub(super) fn of_claim(process: &'p Process<'w>, claim: &str, path: &str) -> Vec<Self> {
        let inner = normal(path);
        let spots = process.mounts.iter().filter_map(|mount| {
            let root = normal(&mount.sub_path);
            let is = matches!(&mount.backing, Backing::Claim(Some(v)) if v.claim == claim);
            let rest =
                inner.strip_prefix(root.trim_end_matches('/')).filter(|_| is && within(&inner, &root))?;
            Self::in_container(process, &format!("{}{rest}", mount.path)).ok()
        });
        spots.collect()
    }

    fn on_host(
        process: &'p Process<'w>,
        path: String,
        root: &str,
        inner: &str,
        mount: &'p Mount<'w>,
    ) -> Self {
        Self::build(path, root, inner, |p| process.host.files.get(p, true), Some(mount))
    }

    fn build(
        path: String,
        root: &str,
        inner: &str,
        get: impl Fn(&str) -> Option<File>,
        mount: Option<&'p Mount<'w>>,
    ) -> Self {
        let mut above = Vec::new();
        let mut at = inner;
        while at != root && at != "/" {
            at = match at.rfind('/') {
                None | Some(0) => "/",
                Some(i) => &at[..i],
            };
            above.push((at.to_owned(), get(at)));
        }
        above.reverse();
        Self { path, inner: inner.to_owned(), file: get(inner), above, mount }
    }

    /// What the kubelet makes of a volume's file for `fsGroup`: group and group's rights, recursively.
    fn shared(file: File, mount: &Mount<'_>) -> File {
        let Some(gid) = mount.group else { return file };
        let mask = if file.kind == FileKind::Directory { 0o2770 } else { 0o660 };
        let mask = if matches!(mount.backing, Backing::Data) { mask & !0o220 } else { mask };
        File { gid, mode: file.mode | mask, ..file }
    }

    /// Whether the file system is read-only here, and why.
    pub(super) fn read_only(&self, process: &Process<'_>) -> Option<Reason> {
        match self.mount {
            Some(mount) if mount.read_only => Some(Reason::at(
                format!("the volume `{}` is mounted read-only in {}", mount.volume, process.title()),
                mount.span,
            )),
            Some(_) => None,
            None => process.read_only_root.value.then(|| process.read_only_root.why.clone()),
        }
    }
}
