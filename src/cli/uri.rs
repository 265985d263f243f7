//! Names of files as other programs take them: relative to the current directory, forward slashes, no `./`.

use std::path::{Component, Path};

/// The parts of a name, those of the current directory left out where they come first; and whether it is absolute
/// all the same.
fn parts(name: &str, here: Option<&Path>) -> (bool, Vec<String>) {
    let path = Path::new(name);
    let path = here.and_then(|here| path.strip_prefix(here).ok()).unwrap_or(path);
    let mut parts = Vec::new();
    for component in path.components() {
        match component {
            Component::Prefix(prefix) => parts.push(prefix.as_os_str().to_string_lossy().into_owned()),
            Component::RootDir | Component::CurDir => {}
            Component::ParentDir => parts.push("..".to_owned()),
            Component::Normal(part) => parts.push(part.to_string_lossy().into_owned()),
        }
    }
    (path.is_absolute(), parts)
}

/// A path for people and for programs that take paths.
pub fn path(name: &str, here: Option<&Path>) -> String {
    let (absolute, parts) = parts(name, here);
    let root = if absolute && name.starts_with('/') { "/" } else { "" };
    format!("{root}{}", parts.join("/"))
}

/// A URI reference (RFC 3986): everything but the unreserved characters is percent-encoded, a colon too, so that no
/// name looks like a scheme.
pub fn uri(name: &str, here: Option<&Path>) -> String {
    let (absolute, parts) = parts(name, here);
    let parts: Vec<String> = parts.iter().map(|part| encoded(part)).collect();
    format!("{}{}", if absolute { "file:///" } else { "" }, parts.join("/"))
}

fn encoded(part: &str) -> String {
    let mut out = String::with_capacity(part.len());
    for byte in part.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(byte.into()),
            _ => out += &format!("%{byte:02X}"),
        }
    }
    out
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn names_become_references() {
        let here = Some(Path::new("/w/repo"));
        for (name, wanted) in [
            ("./deploy//web.yaml", "deploy/web.yaml"),
            ("/w/repo/a.yaml", "a.yaml"),
            ("/w/repository/a.yaml", "file:///w/repository/a.yaml"),
            ("../a.yaml", "../a.yaml"),
            ("a:b c%\\é#?\n.yaml", "a%3Ab%20c%25%5C%C3%A9%23%3F%0A.yaml"),
            ("<stdin>", "%3Cstdin%3E"),
        ] {
            assert_eq!(uri(name, here), wanted);
        }
        assert_eq!(path("./a b/c", here), "a b/c");
        assert_eq!(path("/x/c", None), "/x/c");
    }
}
