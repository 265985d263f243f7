//! `file`: may a container's process read, write, execute, chown, delete or connect to a path?
//!
//! A read-only mount stops writing and nothing else: `connect(2)` to a Unix socket asks for the write bit of the
//! socket alone (`sb_permission` looks at files, directories and links), so that a runtime's socket answers
//! through a read-only hostPath as well.

use super::PodName;
use super::capset::CapSet;
use super::filesystem::{Backing, Permission, Spot};
use super::process::Process;
use super::start;
use crate::parse::Node;
use crate::sim::world::{File, FileKind, Lsm, World, normal, within};
use crate::sim::{Answer, Reason, Verdict};

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

/// Whose path it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A path as the container sees it.
    Container(String),
    /// A path of the node, through whatever hostPath leads there.
    Node(String),
    /// A path on the volume of a claim, wherever that is mounted.
    Claim {
        /// The claim.
        claim: String,
        /// The path on the volume.
        path: String,
    },
    /// A path as the container sees it, which has to be this file of the node.
    Same {
        /// The container's path.
        path: String,
        /// The node's.
        node: String,
    },
    /// A path as the container sees it, where another container of the pod wrote a file at the same path.
    Written {
        /// The path, in both of them.
        path: String,
        /// Who wrote it.
        by: String,
    },
    /// The path that an option of the container's command line names, which has to be this file of the node.
    Meant {
        /// The option, as in `--tail`.
        option: String,
        /// The node's path.
        node: String,
    },
}

/// The question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Whose container.
    pub pod: PodName,
    /// Which container.
    pub container: String,
    /// Which path.
    pub target: Target,
    /// What is done.
    pub operation: Operation,
}

/// Answers it.
pub fn ask(world: &World, question: &Question) -> Verdict {
    let process = match start::running(world, &question.pod, &question.container) {
        Ok(process) => process,
        Err(verdict) => return verdict,
    };
    match &question.target {
        Target::Container(path) => match Spot::in_container(&process, path) {
            Ok(spot) => judge(&process, &spot, question.operation),
            Err(why) => Verdict::unmodelled(why),
        },
        Target::Same { path, node } => same(&process, path, node, question.operation),
        Target::Written { path, by } => match start::running(world, &question.pod, by) {
            Ok(writer) => written(&process, &writer, path, question.operation),
            Err(verdict) => verdict,
        },
        Target::Meant { option, node } => match process.option(option) {
            Some(path) => same(&process, &path, node, question.operation),
            None => Verdict::denied(Reason::at(
                format!("{} is not told where to look: no argument is {option}", process.title()),
                process.span(),
            )),
        },
        Target::Claim { claim, path } => {
            best(&process, &Spot::of_claim(&process, claim, path), question.operation).unwrap_or_else(|| {
                let text = format!("{} does not mount {path} of the volume `{claim}`", process.title());
                Verdict::denied(Reason::at(text, process.span()))
            })
        }
        Target::Node(path) => {
            if let Some(verdict) = around(&process, path, question.operation) {
                return verdict;
            }
            best(&process, &Spot::of_node(&process, path), question.operation).unwrap_or_else(|| {
                let text = format!("no hostPath of {} leads to {path} of the node", process.title());
                Verdict::denied(Reason::at(text, process.span()))
            })
        }
    }
}

/// The answer by the way that serves the one who asks best.
fn best(process: &Process<'_>, spots: &[Spot<'_, '_>], operation: Operation) -> Option<Verdict> {
    let answers = spots.iter().map(|spot| judge(process, spot, operation));
    answers.min_by_key(|v| match v.answer {
        Answer::Allowed => 0,
        Answer::Unmodelled => 1,
        Answer::Denied => 2,
    })
}

/// A path of the container, which has to be this file of the node.
fn same(process: &Process<'_>, path: &str, node: &str, operation: Operation) -> Verdict {
    let spot = match Spot::in_container(process, path) {
        Ok(spot) => spot,
        Err(why) => return Verdict::unmodelled(why),
    };
    if spot.inner == process.host.files.resolve(node)
        && spot.mount.is_some_and(|m| m.host_root(process).is_some())
    {
        return judge(process, &spot, operation);
    }
    let options = process.container.node.get("args").map_or(process.span(), Node::own_span);
    let what = match spot.mount {
        None => "no volume is mounted there".to_owned(),
        Some(mount) => format!("that lies on the volume `{}`", mount.volume),
    };
    Verdict::denied(Reason::at(
        format!("{path} in {} is not the node's {node}: {what}", process.title()),
        spot.mount.map_or(options, |m| m.span),
    ))
    .evidence(format!("{path}: No such file or directory"))
}

/// A path at which another container of the pod wrote a file. They share volumes and nothing else of their disks; the
/// file is the writer's, with what the usual umask of 022 leaves (`umask(2)`).
fn written(process: &Process<'_>, writer: &Process<'_>, path: &str, operation: Operation) -> Verdict {
    let (mut spot, theirs) = match (Spot::in_container(process, path), Spot::in_container(writer, path)) {
        (Ok(spot), Ok(theirs)) => (spot, theirs),
        (Err(why), _) | (_, Err(why)) => return Verdict::unmodelled(why),
    };
    let wrote = judge(writer, &theirs, Operation::Write);
    if wrote.answer != Answer::Allowed {
        return wrote;
    }
    let lies = |spot: &Spot<'_, '_>| {
        spot.mount.map(|m| match &m.backing {
            Backing::Host(_) => (String::new(), spot.inner.clone()),
            Backing::Claim(Some(volume)) => (volume.claim.clone(), spot.inner.clone()),
            _ => (m.volume.to_owned(), normal(&format!("{}/{}", m.sub_path, spot.inner))),
        })
    };
    if lies(&spot).is_none() || lies(&spot) != lies(&theirs) {
        let place = |spot: &Spot<'_, '_>, of: &Process<'_>| match spot.mount {
            None => format!("on the own disk of {}", of.title()),
            Some(m) if m.sub_path.is_empty() => format!("on the volume `{}`", m.volume),
            Some(m) => format!("below {} of the volume `{}`", m.sub_path, m.volume),
        };
        let text = format!(
            "{path}: {} writes it {}, and {} looks {}",
            writer.title(),
            place(&theirs, writer),
            process.title(),
            place(&spot, process)
        );
        let at = spot.mount.map_or_else(|| process.span(), |m| m.span);
        let other = theirs.mount.map_or_else(|| writer.span(), |m| m.span);
        return Verdict::denied(Reason::at(text, at))
            .and(Reason::at(format!("there {} writes it", writer.title()), other))
            .evidence(format!("{path}: No such file or directory"));
    }
    if spot.file.is_none() {
        let gid = spot.mount.and_then(|m| m.group).unwrap_or(writer.gid);
        let directory = File::directory(writer.uid.value, gid, 0o644);
        spot.file = Some(File { kind: FileKind::Regular, ..directory });
    }
    judge(process, &spot, operation)
}

/// The ways to a file of the node that need no hostPath to it: `open_by_handle_at(2)`, which takes
/// `CAP_DAC_READ_SEARCH` in the first user namespace and any file of the same disk (every container has some, as
/// /etc/hosts), and another process's root directory in the node's /proc.
fn around(process: &Process<'_>, path: &str, operation: Operation) -> Option<Verdict> {
    let inner = process.host.files.resolve(path);
    let on_disk = !["/run", "/proc", "/sys", "/dev"].iter().any(|root| within(&inner, root));
    let capability = CapSet::DAC_READ_SEARCH;
    if operation == Operation::Read && on_disk && process.on_the_node().has(capability) {
        let why = process.why_with(capability);
        let text = format!("open_by_handle_at finds {path} of the node without any path to it: {}", why.text);
        return Some(Verdict::allowed(Reason { text, span: why.span }));
    }
    let proc =
        process.mounts.iter().find(|m| m.host_root(process).is_some_and(|root| within(&root, "/proc")))?;
    let text = format!("what the volume `{}` reaches through the node's /proc is not modelled", proc.volume);
    Some(Verdict { because: vec![Reason::at(text, proc.source)], ..Verdict::unmodelled("") })
}

fn judge(process: &Process<'_>, spot: &Spot<'_, '_>, operation: Operation) -> Verdict {
    let host = spot.mount.is_some_and(|m| m.host_root(process).is_some());
    if host && process.host.lsm == Lsm::SeLinux && !process.privileged.value {
        return Verdict::unmodelled("SELinux labels of the node's files are not modelled");
    }
    let subject = process.subject();
    let no = |why: String| {
        Verdict::denied(Reason { text: format!("{}: {why}", spot.path), span: process.uid.why.span })
            .and(process.uid.why.clone())
            .evidence(format!("{}: Permission denied", spot.path))
    };
    for (path, directory) in &spot.above {
        match directory {
            None => {
                return Verdict::denied(Reason::at(
                    format!("{path}: there is no such directory"),
                    process.span(),
                ))
                .evidence(format!("{}: No such file or directory", spot.path));
            }
            Some(directory) => {
                if let Err(why) = subject.may(directory, Permission::Execute) {
                    return no(format!("its directory {path} has {why}"));
                }
            }
        }
    }
    let via = spot.mount.map(|m| {
        let what = if host { "hostPath volume" } else { "volume" };
        let span = if host { m.source } else { m.span };
        Reason::at(format!("the {what} `{}` is mounted at {}", m.volume, m.path), span)
    });
    let yes = |why: String| {
        let first = via.clone().unwrap_or_else(|| process.uid.why.clone());
        let mut verdict =
            Verdict::allowed(Reason { text: format!("{}: {why}", spot.path), span: first.span })
                .and(first)
                .and(process.uid.why.clone());
        if let Some(group) = spot.mount.and_then(|m| m.group) {
            let text = format!(
                "fsGroup gives the volume's files to the group {group}, and all containers are in it"
            );
            verdict = verdict.and(Reason::at(text, process.pod.settings().fs_group().span()));
        }
        verdict
    };
    let read_only = |reason: Reason| {
        Verdict::denied(Reason {
            text: format!("{} cannot be changed: {}", spot.path, reason.text),
            span: reason.span,
        })
        .evidence(format!("{}: Read-only file system", spot.path))
    };
    let parent = spot.above.last().and_then(|(_, d)| d.as_ref());
    let Some(file) = &spot.file else {
        if operation != Operation::Write {
            return Verdict::denied(Reason::at(
                format!("{}: there is no such file", spot.path),
                process.span(),
            ))
            .evidence(format!("{}: No such file or directory", spot.path));
        }
        if let Some(reason) = spot.read_only(process) {
            return read_only(reason);
        }
        return match parent.map(|d| subject.may(d, Permission::Write)) {
            Some(Ok(why)) => yes(format!("its directory has {why}")),
            Some(Err(why)) => no(format!("its directory has {why}")),
            None => Verdict::unmodelled(format!("{}: nothing is known of its directory", spot.path)),
        };
    };
    let devices = process.privileged.value && !process.user_namespace.value;
    if file.kind == FileKind::Block && !devices {
        let text = format!("{}: the device cgroup of {} holds no disk", spot.path, process.title());
        return Verdict::denied(Reason { text, span: process.privileged.why.span })
            .evidence(format!("{}: Operation not permitted", spot.path));
    }
    let answer = |result: Result<String, String>| match result {
        Ok(why) => yes(why),
        Err(why) => no(why),
    };
    match operation {
        Operation::Read => answer(subject.may(file, Permission::Read)),
        Operation::Execute => answer(subject.may(file, Permission::Execute)),
        Operation::Connect if file.kind != FileKind::Socket => {
            Verdict::denied(Reason::at(format!("{} is no socket", spot.path), process.span()))
        }
        Operation::Connect => match subject.may(file, Permission::Write) {
            Ok(why) if spot.read_only(process).is_some() => {
                yes(format!("{why}; that the mount is read-only does not stop connect(2)"))
            }
            other => answer(other),
        },
        // A device's contents are not the file system's: writing there needs no writable mount.
        Operation::Write if file.kind == FileKind::Block => answer(subject.may(file, Permission::Write)),
        Operation::Write | Operation::Chown | Operation::Delete => {
            if let Some(reason) = spot.read_only(process) {
                return read_only(reason);
            }
            match operation {
                Operation::Write => answer(subject.may(file, Permission::Write)),
                Operation::Chown if subject.effective.has(CapSet::CHOWN) => {
                    let why = process.why_with(CapSet::CHOWN);
                    Verdict::allowed(Reason {
                        text: format!("{} can be given to anyone: {}", spot.path, why.text),
                        span: why.span,
                    })
                }
                // Without the capability even the owner may change the group alone (chown(2)).
                Operation::Chown => Verdict::denied(process.why_without(CapSet::CHOWN))
                    .evidence(format!("chown: {}: Operation not permitted", spot.path)),
                _ => {
                    let Some(parent) = parent else {
                        return Verdict::denied(Reason::at(
                            format!("{} is the root of a mount and cannot be removed", spot.path),
                            process.span(),
                        ));
                    };
                    let sticky = parent.mode & 0o1000 != 0
                        && subject.uid != file.uid
                        && subject.uid != parent.uid
                        && !subject.effective.has(CapSet::FOWNER);
                    match subject.may(parent, Permission::Write) {
                        Ok(_) if sticky => no("its directory is sticky, and UID owns neither of the two"
                            .replace("UID", &format!("UID {}", subject.uid))),
                        Ok(why) => yes(format!("its directory has {why}")),
                        Err(why) => no(format!("its directory has {why}")),
                    }
                }
            }
        }
    }
}
