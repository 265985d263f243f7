//! Where a course's files come from: the binary itself, or a directory that nobody vouches for.
//!
//! Owns the way to bytes: no symbolic link is followed, no path leaves the pack, nothing is read that is too
//! large, too deep or too much. Must not know what the files mean.

use std::fs;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use include_dir::{Dir, DirEntry, include_dir};

use crate::parse::Limits;

/// The directories of a pack; nothing else of it is ever looked at.
pub(super) const PARTS: [&str; 3] = ["content", "quizzes", "labs"];

/// The most files that a pack may hold. The built-in course stays below 3,000.
const MAX_FILES: usize = 10_000;
/// The deepest directory within a pack.
const MAX_DEPTH: usize = 12;

static CONTENT: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/content");
static QUIZZES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/quizzes");
static LABS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/labs");

/// Where a course's files come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The course in the binary.
    Embedded,
    /// A pack: a directory with `content/`, `quizzes/` and `labs/`.
    Directory(PathBuf),
}

/// Why a file was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    Missing,
    Link,
    NotAFile,
    BadName,
    TooLarge,
    NotText,
    TooDeep,
    TooMany,
    Disk(String),
}

impl Refused {
    /// The kind of finding, what is wrong, and the way out.
    pub(super) fn words(&self) -> (&'static str, String, &'static str) {
        match self {
            Self::Missing => ("pack-missing-file", "file is missing".into(), "write the file"),
            Self::Link => (
                "pack-symbolic-link",
                "symbolic links in a course are not followed".into(),
                "put the file itself there",
            ),
            Self::NotAFile => ("pack-not-a-file", "neither a file nor a directory".into(), "remove it"),
            Self::BadName => (
                "pack-bad-name",
                "file name has characters that not every disk takes".into(),
                "use letters, digits, `.`, `_` and `-`, and no `.git`",
            ),
            Self::TooLarge => (
                "pack-too-large",
                format!("file is larger than {} MiB", Limits::default().file >> 20),
                "split it",
            ),
            Self::NotText => ("pack-not-text", "file is not UTF-8 text".into(), "save it as UTF-8"),
            Self::TooDeep => (
                "pack-too-deep",
                format!("directories are nested more than {MAX_DEPTH} deep"),
                "flatten them",
            ),
            Self::TooMany => {
                ("pack-too-many-files", format!("more than {MAX_FILES} files"), "remove what no lesson needs")
            }
            Self::Disk(message) => {
                ("pack-unreadable", format!("cannot be read: {message}"), "look at its permissions")
            }
        }
    }
}

/// The files below a directory, sorted, and what was not looked at.
#[derive(Debug, Default)]
pub(super) struct Walk {
    pub(super) files: Vec<String>,
    pub(super) refused: Vec<(String, Refused)>,
}

impl Origin {
    /// A file's name as people would type it.
    pub(super) fn name(&self, path: &str) -> String {
        match self {
            Self::Embedded => path.to_owned(),
            Self::Directory(root) => root.join(path).display().to_string(),
        }
    }

    /// The text of a file; `path` is relative, with `/`.
    pub(super) fn read(&self, path: &str) -> Result<String, Refused> {
        let bytes = match self {
            Self::Embedded => embedded(path)
                .and_then(|(dir, rest)| dir.get_file(rest))
                .map(|f| f.contents().to_vec())
                .ok_or(Refused::Missing)?,
            Self::Directory(root) => read_plain(&plain_path(root, path)?)?,
        };
        String::from_utf8(bytes).map_err(|_| Refused::NotText)
    }

    /// Whether there is such a file or directory.
    pub(super) fn exists(&self, path: &str) -> bool {
        match self {
            Self::Embedded => embedded(path).is_some_and(|(dir, rest)| dir.contains(rest)),
            Self::Directory(root) => plain_path(root, path).is_ok(),
        }
    }

    /// All files below the directory `under`, with paths from the pack's root.
    pub(super) fn walk(&self, under: &str) -> Walk {
        let mut walk = Walk::default();
        match self {
            Self::Embedded => {
                let top = PARTS.contains(&under);
                let found = embedded(under);
                let dir = if top { part(under) } else { found.and_then(|(d, rest)| d.get_dir(rest)) };
                if let Some(dir) = dir {
                    let base = under.split('/').next().unwrap_or(under);
                    walk_embedded(dir, base, &mut walk.files);
                }
            }
            Self::Directory(root) => {
                if let Ok(path) = plain_path(root, under) {
                    walk_directory(&path, under, 0, &mut walk);
                }
            }
        }
        walk.files.retain(|f| !f.ends_with("/.gitkeep"));
        walk.files.sort();
        walk.refused.sort_by(|a, b| a.0.cmp(&b.0));
        walk
    }
}

fn part(name: &str) -> Option<&'static Dir<'static>> {
    match name {
        "content" => Some(&CONTENT),
        "quizzes" => Some(&QUIZZES),
        "labs" => Some(&LABS),
        _ => None,
    }
}

fn embedded(path: &str) -> Option<(&'static Dir<'static>, &str)> {
    let (top, rest) = path.split_once('/')?;
    Some((part(top)?, rest))
}

fn walk_embedded(dir: &Dir<'_>, base: &str, out: &mut Vec<String>) {
    for entry in dir.entries() {
        match entry {
            DirEntry::Dir(dir) => walk_embedded(dir, base, out),
            DirEntry::File(file) => {
                let parts = file.path().components().filter_map(|c| c.as_os_str().to_str());
                out.push(std::iter::once(base).chain(parts).collect::<Vec<_>>().join("/"));
            }
        }
    }
}

/// The path on disk, where no part of it is a link and none leads out.
fn plain_path(root: &Path, path: &str) -> Result<PathBuf, Refused> {
    let mut full = root.to_path_buf();
    for part in Path::new(path).components() {
        let Component::Normal(part) = part else { return Err(Refused::BadName) };
        full.push(part);
        let data = fs::symlink_metadata(&full).map_err(|e| refusal(&e))?;
        if data.is_symlink() {
            return Err(Refused::Link);
        }
    }
    Ok(full)
}

fn read_plain(path: &Path) -> Result<Vec<u8>, Refused> {
    let data = fs::symlink_metadata(path).map_err(|e| refusal(&e))?;
    if !data.is_file() {
        return Err(Refused::NotAFile); // a pipe would be waited for without end
    }
    let limit = Limits::default().file as u64;
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(|e| refusal(&e))?;
    file.take(limit + 1).read_to_end(&mut bytes).map_err(|e| refusal(&e))?;
    if bytes.len() as u64 > limit { Err(Refused::TooLarge) } else { Ok(bytes) }
}

fn refusal(error: &std::io::Error) -> Refused {
    match error.kind() {
        std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => Refused::Missing,
        _ => Refused::Disk(error.to_string()),
    }
}

/// Goes through a directory; false where the pack holds too much to go on.
fn walk_directory(dir: &Path, under: &str, depth: usize, walk: &mut Walk) -> bool {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) => {
            walk.refused.push((under.to_owned(), refusal(&error)));
            return true;
        }
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let path = format!("{under}/{}", name.to_string_lossy());
        if walk.files.len() + walk.refused.len() >= MAX_FILES {
            walk.refused.push((under.to_owned(), Refused::TooMany));
            return false;
        }
        let kind = match entry.file_type() {
            Ok(kind) => kind,
            Err(error) => {
                walk.refused.push((path, refusal(&error)));
                continue;
            }
        };
        if kind.is_symlink() {
            walk.refused.push((path, Refused::Link));
        } else if !name.to_str().is_some_and(is_portable) {
            walk.refused.push((path, Refused::BadName));
        } else if kind.is_file() {
            walk.files.push(path);
        } else if !kind.is_dir() {
            walk.refused.push((path, Refused::NotAFile));
        } else if depth >= MAX_DEPTH {
            walk.refused.push((path, Refused::TooDeep));
        } else if !walk_directory(&entry.path(), &path, depth + 1, walk) {
            return false;
        }
    }
    true
}

/// Whether every disk takes the name. `.git` is refused, because the files of a lab are written into a
/// learner's folder, and a repository's configuration runs programs.
fn is_portable(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with('-')
        && !name.ends_with('.')
        && !name.eq_ignore_ascii_case(".git")
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_some_disk_refuses_or_that_run_programs() {
        for good in ["a.yaml", ".dockerignore", "hosts.toml", "Dockerfile", "_x-1"] {
            assert!(is_portable(good), "{good}");
        }
        for bad in ["", "..", ".", ".git", ".GIT", "a b", "a:b", "a\\b", "é", "-rf", "con.\u{7}"] {
            assert!(!is_portable(bad), "{bad}");
        }
    }

    #[test]
    fn the_binary_holds_what_the_directory_holds() {
        let directory = Origin::Directory(env!("CARGO_MANIFEST_DIR").into());
        for part in PARTS {
            let walk = directory.walk(part);
            assert!(walk.refused.is_empty(), "{:?}", walk.refused);
            assert_eq!(Origin::Embedded.walk(part).files, walk.files);
            for path in &walk.files {
                assert_eq!(Origin::Embedded.read(path), directory.read(path), "{path}");
                let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
                assert!(Origin::Embedded.exists(path) && (parent == part || Origin::Embedded.exists(parent)));
                assert!(Origin::Embedded.walk(parent).files.contains(path), "{path}");
            }
        }
        assert_eq!(Origin::Embedded.read("content/none.md"), Err(Refused::Missing));
    }

    #[test]
    fn no_path_leads_out() {
        let root = tempfile::tempdir().unwrap();
        let pack = root.path().join("pack");
        fs::create_dir_all(pack.join("content")).unwrap();
        fs::write(root.path().join("secret"), "x").unwrap();
        let origin = Origin::Directory(pack.clone());
        for path in ["../secret", "content/../../secret", "/etc/hostname"] {
            assert_eq!(origin.read(path), Err(Refused::BadName), "{path}");
        }
        assert_eq!(origin.read("content/none.md"), Err(Refused::Missing));
        assert_eq!(origin.read("content"), Err(Refused::NotAFile));
        fs::write(pack.join("content/latin.md"), b"caf\xe9").unwrap();
        assert_eq!(origin.read("content/latin.md"), Err(Refused::NotText));
        let large = fs::File::create(pack.join("content/large.md")).unwrap();
        large.set_len(5 << 20).unwrap();
        assert_eq!(origin.read("content/large.md"), Err(Refused::TooLarge));
    }

    #[test]
    fn what_is_nested_too_deep_is_named_and_not_entered() {
        let root = tempfile::tempdir().unwrap();
        let deep = root.path().join("labs").join(["d"; MAX_DEPTH + 3].join("/"));
        fs::create_dir_all(&deep).unwrap();
        fs::write(deep.join("x"), "").unwrap();
        fs::write(root.path().join("labs/y"), "").unwrap();
        let walk = Origin::Directory(root.path().to_owned()).walk("labs");
        assert_eq!(walk.files, ["labs/y"]);
        assert!(matches!(walk.refused.as_slice(), [(_, Refused::TooDeep)]));
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed() {
        let root = tempfile::tempdir().unwrap();
        let pack = root.path().join("pack");
        fs::create_dir_all(pack.join("content")).unwrap();
        fs::write(root.path().join("secret.md"), "x").unwrap();
        std::os::unix::fs::symlink(root.path().join("secret.md"), pack.join("content/a.md")).unwrap();
        std::os::unix::fs::symlink(root.path(), pack.join("labs")).unwrap();
        let origin = Origin::Directory(pack);
        assert_eq!(origin.read("content/a.md"), Err(Refused::Link));
        assert_eq!(origin.read("labs/secret.md"), Err(Refused::Link));
        assert!(origin.walk("labs").files.is_empty());
        let walk = origin.walk("content");
        assert_eq!((walk.files.len(), walk.refused.len()), (0, 1));
    }
}
