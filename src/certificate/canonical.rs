//! Canonical JSON and its digest.
//!
//! The canonical form is RFC 8785 within a profile in which RFC 8785, `jq -S` and Python's `json` cannot differ:
//!
//! - P1: UTF-8 without a byte order mark.
//! - P2: names of members are ASCII and stand once in an object.
//! - P3: numbers are integers from 0 to 2^53 - 1, without sign, fraction or exponent.
//! - P4: strings hold no control character but tab, line feed and carriage return, no U+007F, no lone surrogate.
//!
//! Within it RFC 8785 means: members sorted (ASCII names sort alike by bytes and by UTF-16 units), no white space,
//! `"`, `\`, tab, line feed and carriage return escaped, everything else as it is.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// The greatest integer that every JSON reader keeps: 2^53 - 1.
const MAX_INTEGER: u64 = (1 << 53) - 1;

/// Reads JSON in which no member stands twice. How deep it may nest, `serde_json` limits.
pub(super) fn parse(text: &str) -> Result<Value, String> {
    serde_json::from_str::<Unique>(text).map(|unique| unique.0).map_err(|e| e.to_string())
}

/// Says what lies outside the profile and where; what a [`Value`] cannot hold, [`parse`] refuses.
pub(super) fn profile(value: &Value) -> Result<(), String> {
    match value {
        Value::Null | Value::Bool(_) => Ok(()),
        Value::Number(n) => match n.as_u64() {
            Some(n) if n <= MAX_INTEGER => Ok(()),
            _ => Err(format!("{n} is not an integer from 0 to {MAX_INTEGER} in its plain form")),
        },
        Value::String(text) => in_profile(text),
        Value::Array(items) => items.iter().try_for_each(profile),
        Value::Object(members) => members.iter().try_for_each(|(name, value)| {
            if !name.is_ascii() {
                return Err("the name of a member is not ASCII".to_owned());
            }
            in_profile(name)?;
            profile(value)
        }),
    }
}

fn in_profile(text: &str) -> Result<(), String> {
    let bad = |c: &char| matches!(c, '\0'..='\u{1f}' | '\u{7f}') && !matches!(c, '\t' | '\n' | '\r');
    match text.chars().find(bad) {
        Some(c) => Err(format!("a text holds the control character U+{:04X}", u32::from(c))),
        None => Ok(()),
    }
}

/// The canonical form. Keys are sorted here: the order in which a map keeps them depends on how it was compiled.
pub(super) fn canonical(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => out.push_str(&value.to_string()),
        Value::String(text) => quote(text, out),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| *name);
            out.push('{');
            for (index, (name, value)) in members.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                quote(name, out);
                out.push(':');
                write(value, out);
            }
            out.push('}');
        }
    }
}

fn quote(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            c => out.push(c),
        }
    }
    out.push('"');
}

/// `sha256:` and the hexadecimal digest of a value's canonical form.
pub(super) fn digest(value: &Value) -> String {
    let mut out = "sha256:".to_owned();
    for byte in Sha256::digest(canonical(value)) {
        for half in [byte >> 4, byte & 15] {
            out.extend(char::from_digit(u32::from(half), 16));
        }
    }
    out
}

/// Whether `text` has the form of a digest.
pub(super) fn is_digest(text: &str) -> bool {
    text.strip_prefix("sha256:").is_some_and(|hex| {
        hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    })
}

/// A JSON value in which no member stands twice; `serde_json` alone would keep the last one.
struct Unique(Value);

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UniqueVisitor).map(Unique)
    }
}

struct UniqueVisitor;

impl<'de> Visitor<'de> for UniqueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut out = Vec::new();
        while let Some(Unique(item)) = items.next_element()? {
            out.push(item);
        }
        Ok(Value::Array(out))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut out = Map::new();
        while let Some((name, Unique(value))) = members.next_entry::<String, Unique>()? {
            if out.contains_key(&name) {
                return Err(de::Error::custom(format!("the member {name:?} stands twice")));
            }
            out.insert(name, value);
        }
        Ok(Value::Object(out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_sorted_and_nothing_else_is_touched() {
        let value =
            parse("{ \"b\": [1, true, \"\\u00eb\\/\\t\\\"\"], \"B\": {}, \"a\": 9007199254740991 }").unwrap();
        assert_eq!(canonical(&value), r#"{"B":{},"a":9007199254740991,"b":[1,true,"ë/\t\""]}"#);
        assert_eq!(profile(&value), Ok(()));
    }

    #[test]
    fn the_digest_is_that_of_sha256sum() {
        // printf '{}' | sha256sum
        let of_empty = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
        assert_eq!(digest(&parse("{}").unwrap()), of_empty);
        assert!(is_digest(of_empty));
        assert!(!is_digest(&of_empty.to_uppercase()));
    }

    #[test]
    fn the_profile_has_limits() {
        for bad in ["1.0", "1e0", "-0", "-1", "9007199254740992", "\"\\u001b\"", "\"\\u007f\"", "{\"é\":1}"]
        {
            assert!(profile(&parse(bad).unwrap()).is_err(), "{bad}");
        }
        for bad in ["NaN", "\"\\ud800\"", "{\"a\":1,\"a\":1}", "[1] 2", ""] {
            assert!(parse(bad).is_err(), "{bad}");
        }
        assert!(parse(&"[".repeat(200_000)).is_err());
    }
}
