//! Image references, taken apart: registry, repository, tag, digest.
//!
//! After github.com/distribution/reference: only what follows the last `/` may hold the tag, so that
//! `localhost:5000/app` has a port and no tag.

/// The parts of an image reference, as they were written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageReference<'t> {
    /// Host and port, where the first part is one: it holds `.` or `:`, or is `localhost`, or has upper case.
    pub registry: Option<&'t str>,
    /// The name without registry.
    pub repository: &'t str,
    /// What follows the `:`.
    pub tag: Option<&'t str>,
    /// What follows the `@`. It wins over the tag.
    pub digest: Option<&'t str>,
}

impl<'t> ImageReference<'t> {
    /// Takes `text` apart, where it is a reference: not empty, and nothing that a template or a shell still fills in.
    pub fn read(text: &'t str) -> Option<Self> {
        let open = |b: u8| matches!(b, b'$' | b'{' | b'<' | b'%' | b' ');
        let filled = !text.is_empty() && !text.bytes().any(open);
        filled.then(|| Self::parse(text))
    }

    /// Takes `text` apart; does not judge whether the parts are well formed.
    pub fn parse(text: &'t str) -> Self {
        // References are short, and asked for often: a plain walk beats a search.
        let find = |text: &str, byte: u8| text.bytes().position(|b| b == byte);
        let split = |text: &'t str, at: usize| (&text[..at], &text[at + 1..]);
        let (rest, digest) = match find(text, b'@').map(|at| split(text, at)) {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (text, None),
        };
        let last = rest.bytes().rposition(|b| b == b'/').map_or(0, |i| i + 1);
        let (name, tag) = match find(&rest[last..], b':').map(|at| split(rest, last + at)) {
            Some((name, tag)) => (name, Some(tag)),
            None => (rest, None),
        };
        let (registry, repository) = match find(name, b'/').map(|at| split(name, at)) {
            Some((host, path)) if is_host(host) => (Some(host), path),
            _ => (None, name),
        };
        Self { registry, repository, tag, digest }
    }

    /// Whether it names whatever `latest` is that day: no digest, and the tag `latest` or none.
    pub fn is_latest(self) -> bool {
        self.digest.is_none() && self.tag.is_none_or(|t| t == "latest")
    }
}

fn is_host(text: &str) -> bool {
    text.bytes().any(|b| matches!(b, b'.' | b':' | b'A'..=b'Z'))
        || text == "localhost"
        || !text.is_ascii() && text.chars().any(char::is_uppercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_filled_in_yet_is_no_reference() {
        for text in ["", "$IMAGE", "app:${TAG}", "{{ .Values.image }}", "<image>", "%IMAGE%"] {
            assert_eq!(ImageReference::read(text), None, "{text}");
        }
        assert_eq!(ImageReference::read("app:1").and_then(|image| image.tag), Some("1"));
    }

    #[test]
    fn the_port_of_a_registry_is_no_tag() {
        let cases = [
            ("nginx", (None, "nginx", None, None), true),
            ("nginx:1.27", (None, "nginx", Some("1.27"), None), false),
            ("library/nginx:latest", (None, "library/nginx", Some("latest"), None), true),
            ("localhost:5000/app", (Some("localhost:5000"), "app", None, None), true),
            ("r.io:443/a/b:1@sha256:0", (Some("r.io:443"), "a/b", Some("1"), Some("sha256:0")), false),
            ("a@sha256:0", (None, "a", None, Some("sha256:0")), false),
            ("a:latest@sha256:0", (None, "a", Some("latest"), Some("sha256:0")), false),
            ("", (None, "", None, None), true),
        ];
        for (text, (registry, repository, tag, digest), latest) in cases {
            let parsed = ImageReference::parse(text);
            assert_eq!(parsed, ImageReference { registry, repository, tag, digest }, "{text}");
            assert_eq!(parsed.is_latest(), latest, "{text}");
        }
    }
}
