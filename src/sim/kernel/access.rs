//! What a process may do at a spot: the verdict of the kernel's file system, with the reason that decides.

use super::capset::CapSet;
use super::filesystem::{Permission, Spot, Subject};
use super::process::Process;
use crate::sim::world::{File, FileKind, Lsm};
use crate::sim::{Reason, Verdict};

/// What is done to the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Read it.
    Read,
    /// Write it, or make it where it is not there.
    Write,
    /// Execute it.
    Execute,
    /// Give it to another owner.
    Chown,
    /// Remove it, which is half of replacing it.
    Delete,
    /// Connect to the socket.
    Connect,
}

/// The operations and their words in questions.
pub const OPERATIONS: &[(&str, Operation)] = &[
    ("read", Operation::Read),
    ("write", Operation::Write),
    ("execute", Operation::Execute),
    ("chown", Operation::Chown),
    ("delete", Operation::Delete),
    ("connect", Operation::Connect),
];

/// May the process do this there?
pub(super) fn judge(process: &Process<'_>, spot: &Spot<'_, '_>, operation: Operation) -> Verdict {
    let access = Access { process, spot, subject: process.subject() };
    access.judged(operation).unwrap_or_else(|obstacle| obstacle)
}

/// A process before a spot.
struct Access<'a> {
    process: &'a Process<'a>,
    spot: &'a Spot<'a, 'a>,
    subject: Subject,
}

/// What stands in the way is the verdict.
type Way<T = ()> = Result<T, Verdict>;

impl Access<'_> {
    fn judged(&self, operation: Operation) -> Way<Verdict> {
        self.labelled()?;
        self.reached()?;
        let Some(file) = &self.spot.file else { return self.made(operation) };
        self.device(file)?;
        match operation {
            Operation::Read => Ok(self.may(file, Permission::Read)),
            Operation::Execute => Ok(self.may(file, Permission::Execute)),
            Operation::Connect => Ok(self.connected(file)),
            // A device's contents are not the file system's: writing there needs no writable mount.
            Operation::Write if file.kind == FileKind::Block => Ok(self.may(file, Permission::Write)),
            Operation::Write => self.writable().map(|()| self.may(file, Permission::Write)),
            Operation::Chown => self.writable().map(|()| self.given_away()),
            Operation::Delete => self.writable().map(|()| self.removed(file)),
        }
    }

    /// Whether the spot is a file of the node.
    fn on_host(&self) -> bool {
        self.spot.mount.is_some_and(|m| m.host_root(self.process).is_some())
    }

    fn labelled(&self) -> Way {
        let process = self.process;
        if self.on_host() && process.host.lsm == Lsm::SeLinux && !process.privileged.value {
            return Err(Verdict::unmodelled("SELinux labels of the node's files are not modelled"));
        }
        Ok(())
    }

    /// Every directory above it is there and may be entered.
    fn reached(&self) -> Way {
        for (path, directory) in &self.spot.above {
            let Some(directory) = directory else {
                return Err(self.absent(format!("{path}: there is no such directory")));
            };
            if let Err(why) = self.subject.may(directory, Permission::Execute) {
                return Err(self.refused(&format!("its directory {path} has {why}")));
            }
        }
        Ok(())
    }

    /// What is not there can be made, and nothing else be done with it.
    fn made(&self, operation: Operation) -> Way<Verdict> {
        let path = &self.spot.path;
        if operation != Operation::Write {
            return Err(self.absent(format!("{path}: there is no such file")));
        }
        self.writable()?;
        match self.parent() {
            Some(directory) => Ok(self.in_directory(directory)),
            None => Err(Verdict::unmodelled(format!("{path}: nothing is known of its directory"))),
        }
    }

    /// The device cgroup holds no disk, but for a privileged container in the first user namespace.
    fn device(&self, file: &File) -> Way {
        let process = self.process;
        if file.kind != FileKind::Block || process.privileged.value && !process.user_namespace.value {
            return Ok(());
        }
        let text = format!("{}: the device cgroup of {} holds no disk", self.spot.path, process.title());
        Err(Verdict::denied(Reason { text, span: process.privileged.why.span })
            .evidence(format!("{}: Operation not permitted", self.spot.path)))
    }

    fn writable(&self) -> Way {
        let Some(reason) = self.spot.read_only(self.process) else { return Ok(()) };
        let text = format!("{} cannot be changed: {}", self.spot.path, reason.text);
        Err(Verdict::denied(Reason { text, span: reason.span })
            .evidence(format!("{}: Read-only file system", self.spot.path)))
    }

    fn may(&self, file: &File, permission: Permission) -> Verdict {
        match self.subject.may(file, permission) {
            Ok(why) => self.allowed(&why),
            Err(why) => self.refused(&why),
        }
    }

    /// What changes a directory takes the right to write there.
    fn in_directory(&self, directory: &File) -> Verdict {
        match self.subject.may(directory, Permission::Write) {
            Ok(why) => self.allowed(&format!("its directory has {why}")),
            Err(why) => self.refused(&format!("its directory has {why}")),
        }
    }

    fn connected(&self, file: &File) -> Verdict {
        if file.kind != FileKind::Socket {
            let text = format!("{} is no socket", self.spot.path);
            return Verdict::denied(Reason::at(text, self.process.span()));
        }
        match self.subject.may(file, Permission::Write) {
            Ok(why) if self.spot.read_only(self.process).is_some() => {
                self.allowed(&format!("{why}; that the mount is read-only does not stop connect(2)"))
            }
            Ok(why) => self.allowed(&why),
            Err(why) => self.refused(&why),
        }
    }

    /// Without the capability even the owner may change the group alone (chown(2)).
    fn given_away(&self) -> Verdict {
        let (process, path) = (self.process, &self.spot.path);
        if !self.subject.effective.has(CapSet::CHOWN) {
            return Verdict::denied(process.why_without(CapSet::CHOWN))
                .evidence(format!("chown: {path}: Operation not permitted"));
        }
        let why = process.why_with(CapSet::CHOWN);
        let text = format!("{path} can be given to anyone: {}", why.text);
        Verdict::allowed(Reason { text, span: why.span })
    }

    fn removed(&self, file: &File) -> Verdict {
        let Some(parent) = self.parent() else {
            let text = format!("{} is the root of a mount and cannot be removed", self.spot.path);
            return Verdict::denied(Reason::at(text, self.process.span()));
        };
        let uid = self.subject.uid;
        let sticky = parent.mode & 0o1000 != 0
            && uid != file.uid
            && uid != parent.uid
            && !self.subject.effective.has(CapSet::FOWNER);
        if sticky && self.subject.may(parent, Permission::Write).is_ok() {
            return self.refused(&format!("its directory is sticky, and UID {uid} owns neither of the two"));
        }
        self.in_directory(parent)
    }

    /// The directory that it is in; none where it is the root of what is mounted, or not known.
    fn parent(&self) -> Option<&File> {
        self.spot.above.last()?.1.as_ref()
    }

    /// It is allowed: by the way that leads there, and by who asks.
    fn allowed(&self, why: &str) -> Verdict {
        let process = self.process;
        let by = self.mounted().unwrap_or_else(|| process.uid.why.clone());
        let text = format!("{}: {why}", self.spot.path);
        let verdict = Verdict::allowed(Reason { text, span: by.span }).and(by).and(process.uid.why.clone());
        match self.spot.mount.and_then(|m| m.group) {
            Some(group) => {
                let text = format!(
                    "fsGroup gives the volume's files to the group {group}, and all containers are in it"
                );
                verdict.and(Reason::at(text, process.pod.settings().fs_group().span()))
            }
            None => verdict,
        }
    }

    fn mounted(&self) -> Option<Reason> {
        let mount = self.spot.mount?;
        let (what, span) =
            if self.on_host() { ("hostPath volume", mount.source) } else { ("volume", mount.span) };
        Some(Reason::at(format!("the {what} `{}` is mounted at {}", mount.volume, mount.path), span))
    }

    /// It is refused to who asks.
    fn refused(&self, why: &str) -> Verdict {
        let uid = &self.process.uid.why;
        Verdict::denied(Reason { text: format!("{}: {why}", self.spot.path), span: uid.span })
            .and(uid.clone())
            .evidence(format!("{}: Permission denied", self.spot.path))
    }

    fn absent(&self, why: String) -> Verdict {
        Verdict::denied(Reason::at(why, self.process.span()))
            .evidence(format!("{}: No such file or directory", self.spot.path))
    }
}
