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

    /// What is wrong with a text, as the API server says it; nothing where it is of this format.
    pub fn faults(self, text: &str) -> Vec<String> {
        let masked = if self.0.ends_with("Prefix") { masked(text) } else { text.to_owned() };
        let wrong = |fits: bool, says: &str| if fits { Vec::new() } else { vec![says.to_owned()] };
        match self.0 {
            "dns1123Label" | "dns1123LabelPrefix" => long(&masked, 63, wrong(piece(&masked), LABEL)),
            "dns1035Label" | "dns1035LabelPrefix" => {
                let fits = piece(&masked) && masked.starts_with(|c: char| c.is_ascii_lowercase());
                long(&masked, 63, wrong(fits, LABEL_1035))
            }
            "dns1123Subdomain" | "dns1123SubdomainPrefix" => {
                long(&masked, 253, wrong(masked.split('.').all(piece), SUBDOMAIN))
            }
            "labelValue" => long(text, 63, wrong(text.is_empty() || name(text), LABEL_VALUE)),
            "qualifiedName" => qualified(text),
            "uri" => Url::parse(text).err().into_iter().collect(),
            "uuid" => wrong(uuid(text), "does not match the UUID format"),
            "byte" => wrong(base64(text), "invalid base64"),
            "date" => wrong(date(text), "invalid date"),
            _ => wrong(datetime(text), "invalid datetime"),
        }
    }
}

const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const LABEL_1035: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL_VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const NAME: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

/// `maskTrailingDash`: a prefix may end in what the name that is made of it goes on with. The character before the dash
/// goes with it.
fn masked(text: &str) -> String {
    let mut head = text.strip_suffix('-').unwrap_or_default().chars();
    if head.next_back().is_some() { format!("{}a", head.as_str()) } else { text.to_owned() }
}

/// The faults, and that of the length.
fn long(text: &str, most: usize, mut faults: Vec<String>) -> Vec<String> {
    if text.len() > most {
        faults.insert(0, format!("must be no more than {most} bytes"));
    }
    faults
}

/// `IsQualifiedName`: a name, which may have a domain before it.
fn qualified(text: &str) -> Vec<String> {
    let parts: Vec<_> = text.split('/').collect();
    let mut out = Vec::new();
    let last = match parts[..] {
        [last] => last,
        [prefix, last] => {
            if prefix.is_empty() {
                out.push("prefix part must be non-empty".to_owned());
            } else {
                let faults =
                    if prefix.split('.').all(piece) { Vec::new() } else { vec![SUBDOMAIN.to_owned()] };
                out.extend(long(prefix, 253, faults).into_iter().map(|fault| format!("prefix part {fault}")));
            }
            last
        }
        _ => {
            return vec![format!(
                "a qualified name {NAME} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
            )];
        }
    };
    if last.is_empty() {
        out.push("name part must be non-empty".to_owned());
    } else if last.len() > 63 {
        out.push("name part must be no more than 63 bytes".to_owned());
    }
    out.extend((!name(last)).then(|| format!("name part {NAME}")));
    out
}

/// kube-openapi `pkg/validation/strfmt`: a day as RFC 3339 has it.
fn date(text: &str) -> bool {
    text.len() == 10 && text.is_ascii() && text.parse::<jiff::civil::Date>().is_ok()
}

/// A day, a `t`, a time, and a zone.
fn datetime(text: &str) -> bool {
    let text = text.to_lowercase();
    let mut parts = text.split('t');
    let (Some(day), Some(time)) = (parts.next(), parts.next()) else { return false };
    let clock = |text: &str, most: [&str; 2]| {
        let bytes = text.as_bytes();
        bytes.len() == 5
            && bytes[2] == b':'
            && digits(&text[..2])
            && digits(&text[3..])
            && text[..2] <= *most[0]
            && text[3..] <= *most[1]
    };
    if !time.is_ascii() || !date(day) || time.len() < 9 || !clock(&time[..5], ["23", "59"]) {
        return false;
    }
    let (seconds, rest) = (&time[5..8], &time[8..]);
    let (part, zone) = rest.split_at(rest.find(['z', '+', '-']).unwrap_or(rest.len()));
    let fraction = part.is_empty() || (part.len() > 1 && digits(&part[1..]));
    seconds.starts_with(':')
        && digits(&seconds[1..])
        && seconds[1..] <= *"59"
        && fraction
        && (zone == "z" || (zone.len() == 6 && clock(&zone[1..], ["99", "99"])))
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// Small letters, digits and dashes, none of the dashes at an end.
fn piece(text: &str) -> bool {
    let edge = |c: Option<u8>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    edge(text.bytes().next())
        && edge(text.bytes().last())
        && text.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-')
}

fn name(text: &str) -> bool {
    let edge = |c: Option<u8>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    edge(text.bytes().next())
        && edge(text.bytes().last())
        && text.bytes().all(|c| c.is_ascii_alphanumeric() || b"-_.".contains(&c))
}

/// `UUIDPattern`: each dash may be there or not.
fn uuid(text: &str) -> bool {
    let mut rest = text;
    for (at, length) in [8, 4, 4, 4, 12].into_iter().enumerate() {
        if at > 0 {
            rest = rest.strip_prefix('-').unwrap_or(rest);
        }
        match rest.split_at_checked(length) {
            Some((group, after)) if group.bytes().all(|b| b.is_ascii_hexdigit()) => rest = after,
            _ => return false,
        }
    }
    rest.is_empty()
}

fn base64(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    !text.is_empty()
        && text.len().is_multiple_of(4)
        && text.len() - body.len() <= 2
        && body.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+' || b == b'/')
}
