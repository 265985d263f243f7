//! URLs as Go's `url.ParseRequestURI` reads them. k8s.io/apiserver `pkg/cel/library/urls.go`.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::value::{Key, Value};

/// A URL, or an absolute path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    scheme: String,
    host: String,
    path: String,
    query: String,
}

impl Url {
    /// Reads a URL with a scheme, or a path that starts with a slash.
    pub fn parse(text: &str) -> Result<Self, String> {
        let bad = |why: &str| format!("URL parse error during conversion from string: parse {text:?}: {why}");
        if text.is_empty() {
            return Err(bad("empty url"));
        }
        if text.bytes().any(|b| b < 0x20 || b == 0x7f) {
            return Err(bad("net/url: invalid control character in URL"));
        }
        // `ParseRequestURI` knows no fragment; once that has taken a text, `Parse` takes the fragment off.
        let (text, fragment) = text.split_once('#').unwrap_or((text, ""));
        if text.is_empty() {
            return Err(bad("invalid URI for request"));
        }
        if unescaped(fragment, false).is_none() {
            return Err(bad("invalid URL escape"));
        }
        let scheme = text.split_once(':').filter(|(scheme, _)| {
            scheme.starts_with(|c: char| c.is_ascii_alphabetic())
                && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
        });
        let (scheme, rest) = scheme.map_or((String::new(), text), |(s, rest)| (s.to_ascii_lowercase(), rest));
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        if !rest.starts_with('/') {
            // `mailto:x` is opaque: a URL with neither host nor path.
            return if scheme.is_empty() {
                Err(bad("invalid URI for request"))
            } else {
                Ok(Self { scheme, host: String::new(), path: String::new(), query: query.to_owned() })
            };
        }
        let (authority, path) = match rest.strip_prefix("//").filter(|_| !scheme.is_empty()) {
            Some(rest) => rest.split_at(rest.find('/').unwrap_or(rest.len())),
            None => ("", rest),
        };
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        if host.contains([' ', '"', '<', '>', '\\', '^', '`', '{', '|', '}']) {
            return Err(bad("invalid character in host name"));
        }
        let after = host.rsplit_once(']').map_or(host, |(_, after)| after);
        if let Some((_, port)) = after.split_once(':')
            && !port.bytes().all(|b| b.is_ascii_digit())
        {
            return Err(bad("invalid port after host"));
        }
        if host.starts_with('[') != host.contains(']') {
            return Err(bad("missing ']' in host"));
        }
        if [host, path].into_iter().any(|part| unescaped(part, false).is_none()) {
            return Err(bad("invalid URL escape"));
        }
        Ok(Self { scheme, host: host.to_owned(), path: path.to_owned(), query: query.to_owned() })
    }

    /// What a member function gives.
    pub fn part(&self, name: &str) -> Option<Value> {
        let after = self.host.rfind(']').map_or(0, |at| at + 1);
        let (hostname, port) = match self.host[after..].find(':') {
            Some(at) => (&self.host[..after + at], &self.host[after + at + 1..]),
            None => (self.host.as_str(), ""),
        };
        Some(match name {
            "getScheme" => Value::text(&self.scheme),
            "getHost" => Value::text(&self.host),
            "getHostname" => Value::text(hostname.trim_start_matches('[').trim_end_matches(']')),
            "getPort" => Value::text(port),
            "getEscapedPath" => Value::text(escaped(&self.path)),
            "getQuery" => {
                let mut all: BTreeMap<Key, Vec<Value>> = BTreeMap::new();
                for pair in self.query.split('&').filter(|p| !p.is_empty() && !p.contains(';')) {
                    let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
                    if let (Some(key), Some(value)) = (unescaped(key, true), unescaped(value, true)) {
                        all.entry(Key::Text(Arc::from(key))).or_default().push(Value::text(value));
                    }
                }
                Value::Map(Arc::new(all.into_iter().map(|(k, v)| (k, Value::list(v))).collect()))
            }
            _ => return None,
        })
    }
}

/// Percent signs resolved; `None` where one is followed by no number.
fn unescaped(text: &str, plus: bool) -> Option<String> {
    let mut out = Vec::new();
    let mut bytes = text.bytes();
    while let Some(b) = bytes.next() {
        out.push(match b {
            b'%' => {
                let digits = [bytes.next()?, bytes.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            b'+' if plus => b' ',
            b => b,
        });
    }
    Some(String::from_utf8_lossy(&out).into_owned())
}

/// What may not stand in a path, escaped; what is escaped already stays.
fn escaped(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for b in path.bytes() {
        if b.is_ascii_alphanumeric() || b"-_.~$&+,/:;=@!'()*[]%".contains(&b) {
            out.push(char::from(b));
        } else {
            out.push_str(&format!("%{b:02X}"));
        }
    }
    out
}
