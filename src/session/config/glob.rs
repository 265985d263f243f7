//! Patterns for paths, as configurations write them: `*` and `?` within a name, `**` for any number of directories.
//!
//! A pattern without a slash is a name at any depth, one with a slash a path from the configuration's directory. What
//! names a directory names all that lies below it. Matching takes no longer than the pattern times the path.

use std::path::{Component, Path, PathBuf};

/// A pattern for paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glob {
    parts: Vec<String>,
}

/// The longest pattern, in bytes.
const LONGEST: usize = 256;

impl Glob {
    /// Reads a pattern; otherwise says what it must be.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        if text.is_empty() || text.len() > LONGEST {
            return Err("write a pattern of 1 to 256 characters");
        }
        if text.starts_with('/') {
            return Err("write it from the configuration's directory, without a slash in front");
        }
        if text.contains(['[', ']', '{', '}', '\\']) {
            return Err("use *, ? and ** alone, and / between directories");
        }
        let inner = text.strip_prefix("./").unwrap_or(text).trim_end_matches('/');
        let mut parts: Vec<String> = inner.split('/').map(str::to_owned).collect();
        if parts.iter().any(|p| p.is_empty() || p == "." || p == "..") {
            return Err("name directories one by one, none of them empty, . or ..");
        }
        if parts.len() == 1 && !text.starts_with("./") {
            parts.insert(0, "**".to_owned());
        }
        Ok(Self { parts })
    }

    /// The names before the first that stands for others: whatever it names lies there or below.
    pub fn base(&self) -> PathBuf {
        self.parts.iter().take_while(|part| !part.contains(['*', '?'])).collect()
    }

    /// Whether it names the path, or a directory on its way.
    pub fn holds(&self, path: &[String]) -> bool {
        let end = self.parts.len();
        let mut at = vec![false; end + 1];
        if let Some(first) = at.first_mut() {
            *first = true;
        }
        for name in path {
            let mut next = vec![false; end + 1];
            let mut reach = |index: usize| {
                if let Some(slot) = next.get_mut(index) {
                    *slot = true;
                }
            };
            let mut skipped = false;
            for (index, part) in self.parts.iter().enumerate() {
                // `**` stands for no directory as well, so that what follows it is reached at once.
                if !(at.get(index) == Some(&true) || skipped) {
                    continue;
                }
                skipped = part == "**";
                if skipped {
                    reach(index);
                    if index + 1 == end {
                        reach(end);
                    }
                } else if same(part, name) {
                    reach(index + 1);
                }
            }
            if next.last() == Some(&true) {
                return true;
            }
            at = next;
        }
        false
    }
}

/// Whether a name is of a pattern without directories; after the last `*` it goes back once for each character.
fn same(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(c) if *c == '?' || name.get(n) == Some(c) => (p, n) = (p + 1, n + 1),
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    (p, n) = (at + 1, from + 1);
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(p).all(|c| *c == '*')
}

/// The names on the way from `root` to `path`; `None` where it does not lie below. Both are taken as they are written:
/// links are not followed.
pub fn below(root: &Path, path: &Path) -> Option<Vec<String>> {
    let plain = plain(path);
    let rest = plain.strip_prefix(root).ok()?;
    Some(rest.components().map(|c| c.as_os_str().to_string_lossy().into_owned()).collect())
}

/// A path without `.` and `..`, taken as it is written.
pub fn plain(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_name_paths_and_what_lies_below() {
        for (pattern, path, holds) in [
            ("vendor", "vendor/a.yaml", true),
            ("vendor", "deploy/vendor/a.yaml", true),
            ("vendor/", "deploy/vendor", true),
            ("./vendor", "deploy/vendor/a.yaml", false),
            ("vendor", "vendors/a.yaml", false),
            ("*.yaml", "a/b.yaml", true),
            ("*.yaml", "a/b.yml", false),
            ("deploy/*.yaml", "deploy/a.yaml", true),
            ("deploy/*.yaml", "deploy/x/a.yaml", false),
            ("deploy/**/a.yaml", "deploy/a.yaml", true),
            ("deploy/**/a.yaml", "deploy/x/y/a.yaml", true),
            ("deploy/**", "deploy/x/y.yaml", true),
            ("**/test/**", "a/test/b.yaml", true),
            ("**/test/**", "test/b.yaml", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("deploy/web", "other/deploy/web", false),
        ] {
            let parts: Vec<String> = path.split('/').map(str::to_owned).collect();
            assert_eq!(Glob::parse(pattern).unwrap().holds(&parts), holds, "{pattern} {path}");
        }
        for wrong in ["", "/etc", "../a", "a//b", "[ab]", "{a,b}", "a\\b", &"x".repeat(257)] {
            assert!(Glob::parse(wrong).is_err(), "{wrong}");
        }
        let slow = Glob::parse(&"*a".repeat(120)).unwrap();
        assert!(!slow.holds(&["a".repeat(200) + "b"]));
    }

    #[test]
    fn a_pattern_has_a_base() {
        for (pattern, base) in [
            ("a.yaml", ""),
            ("./a.yaml", "a.yaml"),
            ("deploy/web", "deploy/web"),
            ("deploy/*/a.yaml", "deploy"),
        ] {
            assert_eq!(Glob::parse(pattern).unwrap().base(), Path::new(base), "{pattern}");
        }
    }

    #[test]
    fn paths_are_taken_from_the_root() {
        let names = |path: &str| below(Path::new("/r"), Path::new(path));
        assert_eq!(names("/r/./a/../b").unwrap(), ["b"]);
        assert_eq!(names("/other/b"), None);
        assert_eq!(names("/r/../x"), None);
    }
}
