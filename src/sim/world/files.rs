//! Files and directories of an image, a node or a volume: who owns them, who may touch them, what they run.

use std::collections::BTreeMap;

use super::facts::Reader;
use crate::parse::Node;
use crate::sim::kernel::FileCaps;
use crate::text::Span;

/// What a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A plain file.
    Regular,
    /// A directory.
    Directory,
    /// A Unix socket.
    Socket,
    /// A block device: a disk.
    Block,
    /// A symbolic link, and where it leads.
    Link(String),
}

/// What a program executes in its own place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// This program.
    Program(String),
    /// The first of its arguments that is no option: `tini -- server`, `env A=B server`.
    Argument,
    /// Whatever its arguments or standard input say: a shell.
    Anything,
}

/// A port that a program listens on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listen {
    /// The port that it takes unless it is told otherwise.
    pub port: u32,
    /// The environment variable that tells it.
    pub env: Option<String>,
    /// The option that tells it, as in `--listen`.
    pub argument: Option<String>,
}

/// One file.
#[derive(Clone, Debug)]
pub struct File {
    /// What it is.
    pub kind: FileKind,
    /// Its owner.
    pub uid: u32,
    /// Its group.
    pub gid: u32,
    /// Its mode, the set-user-ID bit among it.
    pub mode: u32,
    /// Its capabilities.
    pub caps: Option<FileCaps>,
    /// The program that runs it, where it is a script: privileges of a script itself do not count.
    pub interpreter: Option<String>,
    /// What it executes in its own place.
    pub next: Option<Next>,
    /// What it listens on.
    pub listens: Vec<Listen>,
    /// Where the world says so; none for what every system has.
    pub span: Option<Span>,
}

impl File {
    /// A directory that is there though nobody wrote it down.
    pub fn directory(uid: u32, gid: u32, mode: u32) -> Self {
        Self {
            kind: FileKind::Directory,
            uid,
            gid,
            mode,
            caps: None,
            interpreter: None,
            next: None,
            listens: Vec::new(),
            span: None,
        }
    }

    /// Whether it is a set-user-ID program.
    pub fn is_setuid(&self) -> bool {
        self.mode & 0o4000 != 0 && self.kind == FileKind::Regular
    }
}

/// Directories and files that a Linux system has though the world does not name them.
const STANDARD: &[(&str, u32, u32, bool)] = &[
    ("/", 0, 0o755, true),
    ("/bin", 0, 0o755, true),
    ("/dev", 0, 0o755, true),
    ("/etc", 0, 0o755, true),
    ("/etc/group", 0, 0o644, false),
    ("/etc/passwd", 0, 0o644, false),
    ("/etc/shadow", 42, 0o640, false),
    ("/home", 0, 0o755, true),
    ("/opt", 0, 0o755, true),
    ("/root", 0, 0o700, true),
    ("/run", 0, 0o755, true),
    ("/sbin", 0, 0o755, true),
    ("/srv", 0, 0o755, true),
    ("/tmp", 0, 0o1777, true),
    ("/usr", 0, 0o755, true),
    ("/usr/bin", 0, 0o755, true),
    ("/usr/local", 0, 0o755, true),
    ("/usr/local/bin", 0, 0o755, true),
    ("/usr/sbin", 0, 0o755, true),
    ("/var", 0, 0o755, true),
    ("/var/lib", 0, 0o755, true),
    ("/var/log", 0, 0o755, true),
    ("/var/tmp", 0, 0o1777, true),
];

/// A tree of files.
#[derive(Clone, Debug, Default)]
pub struct Files(BTreeMap<String, File>);

impl Files {
    /// The file at an absolute path: one that the world names, a directory above such a one, or one that every
    /// system has. `standard` is false for volumes, which begin empty.
    pub fn get(&self, path: &str, standard: bool) -> Option<File> {
        if let Some(file) = self.0.get(path) {
            return Some(file.clone());
        }
        let prefix = format!("{}/", path.trim_end_matches('/'));
        if self.0.keys().any(|k| k.starts_with(&prefix)) || path == "/" {
            return Some(File::directory(0, 0, 0o755));
        }
        let (_, gid, mode, directory) = STANDARD.iter().find(|(p, ..)| standard && *p == path)?;
        let kind = if *directory { FileKind::Directory } else { FileKind::Regular };
        Some(File { kind, ..File::directory(0, *gid, *mode) })
    }

    /// A file that the world names.
    pub fn named(&self, path: &str) -> Option<&File> {
        self.0.get(path)
    }

    /// All files that the world names, by path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &File)> {
        self.0.iter().map(|(path, file)| (path.as_str(), file))
    }

    /// The path with symbolic links resolved, as far as the world names them.
    pub fn resolve(&self, path: &str) -> String {
        let mut path = normal(path);
        // Eight links are more than any world has; the bound ends loops.
        for _ in 0..8 {
            let link = self.0.iter().find_map(|(at, file)| match &file.kind {
                FileKind::Link(to) if within(&path, at) => Some((at.clone(), to.clone())),
                _ => None,
            });
            let Some((at, to)) = link else { break };
            path = normal(&format!("{to}{}", &path[at.len()..]));
        }
        path
    }
}

/// Whether `path` is `root` or lies below it. Both are normal.
pub(crate) fn within(path: &str, root: &str) -> bool {
    root == "/" || path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The absolute path without `.`, `..`, doubled and trailing slashes.
pub(crate) fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// Reads `files`: a list of mappings.
pub(super) fn read(node: Node<'_>, reader: &mut Reader) -> Files {
    let mut files = BTreeMap::new();
    for item in reader.maps(node, "files") {
        reader.only(
            item,
            &[
                "path",
                "type",
                "owner",
                "mode",
                "capabilities",
                "interpreter",
                "executes",
                "listens",
                "target",
            ],
        );
        let Some(path) = reader.text(item, "path") else {
            reader.wrong(item, "a file with its `path`");
            continue;
        };
        files.insert(normal(&path), one(item, reader));
    }
    Files(files)
}

fn one(item: Node<'_>, reader: &mut Reader) -> File {
    let kind = match reader.text(item, "type").as_deref() {
        None | Some("file") => FileKind::Regular,
        Some("directory") => FileKind::Directory,
        Some("socket") => FileKind::Socket,
        Some("block") => FileKind::Block,
        Some("link") => FileKind::Link(reader.text(item, "target").unwrap_or_default()),
        Some(_) => {
            if let Some(node) = item.get("type") {
                reader.wrong(node, "one of file, directory, socket, block, link");
            }
            FileKind::Regular
        }
    };
    let (uid, gid) = reader.owner(item).unwrap_or((0, 0));
    let usual = if kind == FileKind::Directory { 0o755 } else { 0o644 };
    let mode = reader.mode(item).unwrap_or(usual);
    let caps = item.get("capabilities").and_then(|node| {
        let caps = node.as_str().and_then(FileCaps::parse);
        if caps.is_none() {
            reader.wrong(node, "file capabilities as getcap prints them, as in \"cap_net_raw=ep\"");
        }
        caps
    });
    let next = reader.text(item, "executes").map(|to| match to.as_str() {
        "argument" => Next::Argument,
        "anything" => Next::Anything,
        _ => Next::Program(to),
    });
    let mut listens = Vec::new();
    for listen in reader.maps(item, "listens") {
        reader.only(listen, &["port", "env", "argument"]);
        let port = reader.number(listen, "port");
        let (env, argument) = (reader.text(listen, "env"), reader.text(listen, "argument"));
        match port {
            Some(port) => listens.push(Listen { port, env, argument }),
            None => reader.wrong(listen, "a mapping with `port`"),
        }
    }
    let interpreter = reader.text(item, "interpreter");
    File { kind, uid, gid, mode, caps, interpreter, next, listens, span: Some(item.span()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_compared_part_by_part() {
        assert_eq!(normal("/a/./b/../c//"), "/a/c");
        assert_eq!(normal("/../.."), "/");
        assert!(within("/var/log/x", "/var/log") && within("/x", "/"));
        assert!(!within("/var/logs", "/var/log"));
    }
}
