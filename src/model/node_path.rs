//! Paths on the node's disk, compared part by part.

/// Whether `path` is `directory`, or lies below it. Empty parts and `.` count for nothing; `..` is not followed, and
/// the API server refuses it in a `hostPath` (`validateHostPathVolumeSource` in `pkg/apis/core/validation`).
pub fn is_within(path: &str, directory: &str) -> bool {
    let mut path = parts(path);
    parts(directory).all(|part| path.next() == Some(part))
}

fn parts(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|part| !part.is_empty() && *part != ".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_compared_and_not_letters() {
        assert!(is_within("/etc/passwd", "/etc"));
        assert!(is_within("//etc/./", "/etc"));
        assert!(is_within("/etc", "/"));
        assert!(!is_within("/etcd", "/etc"));
        assert!(!is_within("/", "/etc"));
    }
}
