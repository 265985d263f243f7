//! `file`: may a container's process read, write, execute, chown, delete or connect to a path?
//!
//! A read-only mount stops writing and nothing else: `connect(2)` to a Unix socket asks for the write bit of the
//! socket alone (`sb_permission` looks at files, directories and links), so that a runtime's socket answers
//! through a read-only hostPath as well.

use super::PodName;
use super::access::judge;
use super::capset::CapSet;
use super::filesystem::{Backing, Permission, Spot};
use super::process::Process;
use super::start;
use crate::parse::Node;
use crate::sim::world::{File, FileKind, World, normal, within};
use crate::sim::{Answer, Reason, Verdict};

pub use super::access::{OPERATIONS, Operation};

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
    match start::running(world, &question.pod, &question.container) {
        Ok(process) => reach(world, &question.pod, &process, &question.target, question.operation),
        Err(verdict) => verdict,
    }
}

fn reach(
    world: &World,
    pod: &PodName,
    process: &Process<'_>,
    target: &Target,
    operation: Operation,
) -> Verdict {
    let nowhere = |text: String| Verdict::denied(Reason::at(text, process.span()));
    let title = process.title();
    match target {
        Target::Container(path) => match Spot::in_container(process, path) {
            Ok(spot) => judge(process, &spot, operation),
            Err(why) => Verdict::unmodelled(why),
        },
        Target::Same { path, node } => same(process, path, node, operation),
        Target::Written { path, by } => match start::running(world, pod, by) {
            Ok(writer) => written(process, &writer, path, operation),
            Err(verdict) => verdict,
        },
        Target::Meant { option, node } => match process.option(option) {
            Some(path) => same(process, &path, node, operation),
            None => nowhere(format!("{title} is not told where to look: no argument is {option}")),
        },
        Target::Claim { claim, path } => best(process, &Spot::of_claim(process, claim, path), operation)
            .unwrap_or_else(|| nowhere(format!("{title} does not mount {path} of the volume `{claim}`"))),
        Target::Node(path) => around(process, path, operation)
            .or_else(|| best(process, &Spot::of_node(process, path), operation))
            .unwrap_or_else(|| nowhere(format!("no hostPath of {title} leads to {path} of the node"))),
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
    if on_disk && process.on_the_node().has(capability) && opens(process, &inner, operation) {
        let why = process.why_with(capability);
        let text = format!("open_by_handle_at finds {path} of the node without any path to it: {}", why.text);
        return Some(Verdict::allowed(Reason { text, span: why.span }));
    }
    let proc =
        process.mounts.iter().find(|m| m.host_root(process).is_some_and(|root| within(&root, "/proc")))?;
    let text = format!("what the volume `{}` reaches through the node's /proc is not modelled", proc.volume);
    Some(Verdict { because: vec![Reason::at(text, proc.source)], ..Verdict::unmodelled("") })
}

/// Whether a handle opens a file: linux `fs/fhandle.c` opens it with the flags that are asked for, so that its own
/// permissions count, and those of no directory.
fn opens(process: &Process<'_>, inner: &str, operation: Operation) -> bool {
    match operation {
        Operation::Read => true,
        Operation::Write => {
            let file = process.host.files.get(inner, true);
            file.is_some_and(|file| process.subject().may(&file, Permission::Write).is_ok())
        }
        Operation::Execute | Operation::Chown | Operation::Delete | Operation::Connect => false,
    }
}
