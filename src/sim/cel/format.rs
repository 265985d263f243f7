//! Named formats of strings. k8s.io/apiserver `pkg/cel/library/format.go`; apimachinery `pkg/util/validation`.

use super::url::Url;

/// A format, by its place in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format(&'static str);

const NAMES: &[&str] = &[
    "byte",
    "date",
    "datetime",
    "dns1035Label",
    "dns1035LabelPrefix",
    "dns1123Label",
    "dns1123LabelPrefix",
    "dns1123Subdomain",
    "dns1123SubdomainPrefix",
    "labelValue",
    "qualifiedName",
    "uri",
    "uuid",
];

impl Format {
    /// The format of this name.
    pub fn named(name: &str) -> Option<Self> {
        NAMES.iter().find(|n| **n == name).map(|n| Self(n))
    }

    /// What is wrong with a text; nothing where it is of this format. An error where that is not modelled.
    pub fn faults(self, text: &str) -> Result<Vec<String>, String> {
        // A prefix may end in what the name that is made of it goes on with: `maskTrailingDash`.
        let masked = match text.strip_suffix('-') {
            Some(head) if self.0.ends_with("Prefix") && !head.is_empty() => format!("{head}a"),
            _ => text.to_owned(),
        };
        let (fits, what) = match self.0 {
            "dns1123Label" | "dns1123LabelPrefix" => (label(&masked), "a lowercase RFC 1123 label"),
            "dns1035Label" | "dns1035LabelPrefix" => {
                (label(&masked) && masked.starts_with(|c: char| c.is_ascii_lowercase()), "a DNS-1035 label")
            }
            "dns1123Subdomain" | "dns1123SubdomainPrefix" => {
                (subdomain(&masked), "a lowercase RFC 1123 subdomain")
            }
            "labelValue" => (text.is_empty() || name(text), "a valid label"),
            "qualifiedName" => (
                match text.split_once('/') {
                    Some((prefix, rest)) => subdomain(prefix) && name(rest),
                    None => name(text),
                },
                "a qualified name",
            ),
            "uri" => (Url::parse(text).is_ok(), "a URI"),
            "uuid" => (uuid(text), "a UUID"),
            "byte" => (base64(text), "base64"),
            "date" => (text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok(), "a date"),
            other => return Err(format!("format.{other}()")),
        };
        Ok(if fits { Vec::new() } else { vec![format!("{text:?} is not {what}")] })
    }
}

fn label(text: &str) -> bool {
    text.len() <= 63 && piece(text)
}

/// Small letters, digits and dashes, none of the dashes at an end.
fn piece(text: &str) -> bool {
    let edge = |c: Option<u8>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    edge(text.bytes().next())
        && edge(text.bytes().last())
        && text.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-')
}

fn subdomain(text: &str) -> bool {
    text.len() <= 253 && text.split('.').all(piece)
}

fn name(text: &str) -> bool {
    let edge = |c: Option<u8>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    text.len() <= 63
        && edge(text.bytes().next())
        && edge(text.bytes().last())
        && text.bytes().all(|c| c.is_ascii_alphanumeric() || b"-_.".contains(&c))
}

fn uuid(text: &str) -> bool {
    let plain = text.replace('-', "");
    let lengths: Vec<_> = text.split('-').map(str::len).collect();
    plain.len() == 32
        && plain.bytes().all(|b| b.is_ascii_hexdigit())
        && (lengths == [8, 4, 4, 4, 12] || lengths == [32])
}

fn base64(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    !text.is_empty()
        && text.len().is_multiple_of(4)
        && text.len() - body.len() <= 2
        && body.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+' || b == b'/')
}
