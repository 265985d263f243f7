//! A folder of a learner's files: read with suspicion, written without ever overwriting.
//!
//! Nothing is followed out of the folder: symbolic links are refused, so are pipes and devices, and everything has a
//! limit.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Component, Path, PathBuf};

use super::SessionError;
use super::view::LabFile;
use crate::course::File;

/// The largest file, in bytes.
const MAX_FILE: u64 = 1 << 20;
/// The most files.
const MAX_FILES: usize = 200;
/// The most bytes of all files together.
const MAX_ALL: u64 = 16 << 20;
/// The deepest directory.
const MAX_DEPTH: usize = 8;

/// Reads a learner's folder, in the order of paths, and says of each file whether it differs from `starter`.
///
/// Files that editors and systems leave behind are passed over: hidden ones (unless the starter has them) and names
/// that end in `~`.
pub fn read_folder(root: &Path, starter: &[File]) -> Result<Vec<LabFile>, SessionError> {
    let mut reader = Reader { starter, files: Vec::new(), bytes: 0 };
    reader.directory(root, "", 0)?;
    reader.files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(reader.files)
}

struct Reader<'a> {
    starter: &'a [File],
    files: Vec<LabFile>,
    bytes: u64,
}

impl Reader<'_> {
    fn directory(&mut self, directory: &Path, within: &str, depth: usize) -> Result<(), SessionError> {
        if depth > MAX_DEPTH {
            let says = format!("directories are nested more than {MAX_DEPTH} deep; flatten them");
            return Err(SessionError::file(directory, says));
        }
        let entries = fs::read_dir(directory).map_err(|error| SessionError::file(directory, error))?;
        for entry in entries {
            let entry = entry.map_err(|error| SessionError::file(directory, error))?;
            let path = entry.path();
            let name = entry.file_name();
            let Some(name) = name.to_str() else {
                return Err(SessionError::file(path, "the name is not UTF-8; rename it"));
            };
            let inside = format!("{within}{name}");
            if self.is_passed_over(&inside, name) {
                continue;
            }
            let kind = entry.file_type().map_err(|error| SessionError::file(&path, error))?;
            if kind.is_dir() {
                self.directory(&path, &format!("{inside}/"), depth + 1)?;
            } else if kind.is_symlink() {
                return Err(SessionError::file(path, "a symbolic link; put the file itself there"));
            } else if kind.is_file() {
                self.file(&path, inside)?;
            } else {
                return Err(SessionError::file(path, "neither a file nor a directory; remove it"));
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, inside: String) -> Result<(), SessionError> {
        if self.files.len() >= MAX_FILES {
            return Err(SessionError::file(
                path,
                format!("more than {MAX_FILES} files; remove what no lab needs"),
            ));
        }
        let mut bytes = Vec::new();
        let file = fs::File::open(path).map_err(|error| SessionError::file(path, error))?;
        // One byte more than allowed is enough to know, whatever the size was said to be.
        file.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(|error| SessionError::file(path, error))?;
        self.bytes += bytes.len() as u64;
        if bytes.len() as u64 > MAX_FILE || self.bytes > MAX_ALL {
            return Err(SessionError::file(
                path,
                "larger than 1 MiB, or all files larger than 16 MiB; remove it",
            ));
        }
        let text = String::from_utf8(bytes)
            .map_err(|_| SessionError::file(path, "not UTF-8 text; save it as UTF-8"))?;
        let given = self.starter.iter().find(|file| file.path == inside);
        let changed = given.is_none_or(|given| given.source.text() != text);
        self.files.push(LabFile { path: inside, text, changed });
        Ok(())
    }

    fn is_passed_over(&self, inside: &str, name: &str) -> bool {
        let given = |file: &File| {
            file.path.strip_prefix(inside).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        (name.starts_with('.') || name.ends_with('~')) && !self.starter.iter().any(given)
    }
}

/// Writes the files that are not there into `root`, which is made. A new folder appears whole or not at all.
pub(super) fn write_missing(root: &Path, files: &[File]) -> Result<(), SessionError> {
    match fs::symlink_metadata(root) {
        Ok(found) if found.is_dir() => write_into(root, files),
        Ok(_) => Err(SessionError::file(root, "not a directory; move it away")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let mut name = std::ffi::OsString::from(".");
            name.push(root.file_name().unwrap_or_default());
            name.push(format!(".{}", std::process::id()));
            let draft = root.with_file_name(name);
            let made = write_into(&draft, files)
                .and_then(|()| fs::rename(&draft, root).map_err(|error| SessionError::file(root, error)));
            if made.is_err() {
                // What could not be finished is of no use; a failure to remove it adds nothing to the first error.
                let _ = fs::remove_dir_all(&draft);
            }
            made
        }
        Err(error) => Err(SessionError::file(root, error)),
    }
}

fn write_into(root: &Path, files: &[File]) -> Result<(), SessionError> {
    fs::create_dir_all(root).map_err(|error| SessionError::file(root, error))?;
    for file in files {
        let path = place_in(root, &file.path)?;
        // `create_new` neither overwrites nor follows a link.
        match fs::OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(mut opened) => opened.write_all(file.source.text().as_bytes()).map_err(|error| {
                // Half a file would be taken for the learner's own from then on.
                let _ = fs::remove_file(&path);
                SessionError::file(&path, error)
            })?,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(SessionError::file(path, error)),
        }
    }
    Ok(())
}

/// Where a file of a course goes; its directories are made. A path that leaves the folder is refused.
fn place_in(root: &Path, inside: &str) -> Result<PathBuf, SessionError> {
    let mut path = root.to_owned();
    let mut parts = Path::new(inside).components().peekable();
    while let Some(part) = parts.next() {
        let Component::Normal(name) = part else {
            return Err(SessionError::file(inside, "the course names a file outside its folder"));
        };
        path.push(name);
        if parts.peek().is_some() {
            match fs::create_dir(&path) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                    return Err(SessionError::file(path, error));
                }
                _ => {}
            }
            if !fs::symlink_metadata(&path).is_ok_and(|found| found.is_dir()) {
                return Err(SessionError::file(path, "not a directory; move it away"));
            }
        }
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Source;

    fn file(path: &str, text: &str) -> File {
        File { path: path.into(), source: Source::lone(path, text) }
    }

    fn says(result: Result<Vec<LabFile>, SessionError>) -> String {
        result.unwrap_err().to_string()
    }

    #[test]
    fn what_is_written_is_read_back_and_changes_show() {
        let home = tempfile::tempdir().unwrap();
        let root = home.path().join("labs").join("05-x");
        let starter =
            [file("pod.yaml", "a: 1\n"), file("policies/deny.yaml", "b: 2\n"), file(".ignore", "c\n")];
        write_missing(&root, &starter).unwrap();
        let read = read_folder(&root, &starter).unwrap();
        assert_eq!(
            read.iter().map(|f| f.path.as_str()).collect::<Vec<_>>(),
            [".ignore", "pod.yaml", "policies/deny.yaml"]
        );
        assert!(read.iter().all(|f| !f.changed));
        fs::write(root.join("pod.yaml"), "a: 2\n").unwrap();
        fs::write(root.join("new.yaml"), "").unwrap();
        fs::write(root.join(".pod.yaml.swp"), "junk").unwrap();
        fs::write(root.join("pod.yaml~"), "junk").unwrap();
        fs::remove_file(root.join("policies/deny.yaml")).unwrap();
        write_missing(&root, &starter).unwrap();
        let changed: Vec<String> =
            read_folder(&root, &starter).unwrap().into_iter().filter(|f| f.changed).map(|f| f.path).collect();
        assert_eq!(changed, ["new.yaml", "pod.yaml"], "nothing is overwritten, what is missing comes back");
    }

    #[test]
    fn paths_do_not_leave_the_folder() {
        let home = tempfile::tempdir().unwrap();
        for bad in ["../out.yaml", "/out.yaml", "a/../../out.yaml"] {
            let error = write_missing(&home.path().join("lab"), &[file(bad, "x")]).unwrap_err();
            assert!(error.to_string().contains("outside its folder"), "{bad}: {error}");
        }
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0, "half a folder is removed again");
    }

    #[test]
    fn large_many_and_deep_are_refused() {
        let home = tempfile::tempdir().unwrap();
        let root = home.path();
        fs::write(root.join("big.yaml"), vec![b'a'; (1 << 20) + 1]).unwrap();
        assert!(says(read_folder(root, &[])).contains("larger than 1 MiB"));
        fs::write(root.join("big.yaml"), [0xff, 0xfe]).unwrap();
        assert!(says(read_folder(root, &[])).contains("not UTF-8"));
        fs::remove_file(root.join("big.yaml")).unwrap();
        fs::create_dir_all(root.join("a/b/c/d/e/f/g/h/i")).unwrap();
        assert!(says(read_folder(root, &[])).contains("nested"));
        fs::remove_dir_all(root.join("a")).unwrap();
        for n in 0..=MAX_FILES {
            fs::write(root.join(format!("{n}.yaml")), "").unwrap();
        }
        assert!(says(read_folder(root, &[])).contains("more than 200 files"));
        assert!(says(read_folder(&root.join("nowhere"), &[])).contains("nowhere"));
    }

    #[cfg(unix)]
    #[test]
    fn links_are_refused_in_reading_and_in_writing() {
        let home = tempfile::tempdir().unwrap();
        let (root, outside) = (home.path().join("lab"), home.path().join("outside"));
        fs::create_dir_all(&root).unwrap();
        fs::create_dir_all(&outside).unwrap();
        std::os::unix::fs::symlink(&outside, root.join("policies")).unwrap();
        assert!(says(read_folder(&root, &[])).contains("symbolic link"));
        let error = write_missing(&root, &[file("policies/x.yaml", "x")]).unwrap_err();
        assert!(error.to_string().contains("not a directory"), "{error}");
        assert_eq!(fs::read_dir(&outside).unwrap().count(), 0);
    }
}
