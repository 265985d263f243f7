//! What may be a name: of objects, of containers and volumes, of ports; and what a label is made of.
//!
//! apimachinery `pkg/util/validation/validation.go` (`IsDNS1123Label`, `IsDNS1123Subdomain`, `IsQualifiedName`,
//! `IsValidLabelValue`, `IsValidPortName`).

/// How long a DNS label, the name part of a label's key and a label's value may be.
const SHORT: usize = 63;
/// How long a DNS subdomain may be.
const LONG: usize = 253;
/// How long the name of a port may be.
const PORT: usize = 15;

/// Whether a text is a DNS label, as names of containers, volumes and namespaces are.
pub fn is_label(text: &str) -> bool {
    text.len() <= SHORT && is_part(text)
}

/// Whether a text is a DNS subdomain, as names of most objects are. Its parts may be longer than a DNS label.
pub fn is_subdomain(text: &str) -> bool {
    text.len() <= LONG && text.split('.').all(is_part)
}

fn is_part(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    text.bytes().all(|b| plain(b) || b == b'-')
        && text.bytes().next().is_some_and(plain)
        && text.bytes().last().is_some_and(plain)
}

/// Whether a text may be the key of a label: a name, with a DNS subdomain before it or none.
pub fn is_label_key(text: &str) -> bool {
    match text.split_once('/') {
        Some((prefix, name)) => is_subdomain(prefix) && is_word(name),
        None => is_word(text),
    }
}

/// Whether a text may be the value of a label; it may be empty.
pub fn is_label_value(text: &str) -> bool {
    text.is_empty() || is_word(text)
}

fn is_word(text: &str) -> bool {
    let ends = |b: Option<u8>| b.is_some_and(|b| b.is_ascii_alphanumeric());
    text.len() <= SHORT
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
        && ends(text.bytes().next())
        && ends(text.bytes().last())
}

/// Whether a text may name a port.
pub fn is_port_name(text: &str) -> bool {
    (1..=PORT).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && text.bytes().any(|b| b.is_ascii_lowercase())
        && !text.starts_with('-')
        && !text.ends_with('-')
        && !text.contains("--")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_of_few_signs() {
        let (long, longer) = ("a".repeat(63), "a".repeat(64));
        for good in ["a", "0", "a-1", long.as_str()] {
            assert!(is_label(good) && is_subdomain(good) && is_label_value(good), "{good}");
        }
        for bad in ["", "A", "a_b", "-a", "a-", "ä", "a b", "a\n", "a.b", longer.as_str()] {
            assert!(!is_label(bad), "{bad}");
        }
        assert!(is_subdomain("a.b-c.0") && is_subdomain(&longer) && !is_subdomain(&"a.".repeat(127)));
        assert!(!is_subdomain("a..b") && !is_subdomain("a.B") && !is_subdomain(".a"));
    }

    #[test]
    fn labels_have_keys_and_values() {
        for good in ["a", "A_b.c-d", "x.y/A", "kubernetes.io/os"] {
            assert!(is_label_key(good), "{good}");
        }
        for bad in ["", "/a", "a/", "a/b/c", "X.y/a", "a b", "-a", "a-"] {
            assert!(!is_label_key(bad), "{bad}");
        }
        assert!(
            is_label_value("") && is_label_value("A_b") && !is_label_value("a/b") && !is_label_value("-1")
        );
        assert!(!is_label_key(&"a".repeat(64)) && !is_label_value(&"a".repeat(64)));
    }

    #[test]
    fn ports_have_short_names_with_a_letter() {
        for good in ["a", "http-2", "x23456789012345"] {
            assert!(is_port_name(good), "{good}");
        }
        for bad in ["", "80", "Http", "a--b", "-a", "a-", "x234567890123456", "a_b"] {
            assert!(!is_port_name(bad), "{bad}");
        }
    }
}
