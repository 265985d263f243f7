//! Values to JSON and back. cel-go `common/types` (`ConvertToNative` to `google.protobuf.Value`); of what the API server
//! stores, null fields are unset.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Number, Value as Json};

use super::operator;
use super::value::{Key, Value};

/// The most parts of a value that are written.
const MOST: usize = 500_000;

impl Value {
    /// An object as the API server has it: fields that are null are unset.
    pub fn of_json(json: &Json) -> Self {
        Self::read(json, false)
    }

    /// A document as it is written: a field that is null is there.
    pub fn of_document(json: &Json) -> Self {
        Self::read(json, true)
    }

    fn read(json: &Json, nulls: bool) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(b) => Self::Bool(*b),
            Json::Number(n) => {
                n.as_i64().map_or_else(|| Self::Double(n.as_f64().unwrap_or(f64::NAN)), Self::Int)
            }
            Json::String(text) => Self::text(text),
            Json::Array(items) => Self::list(items.iter().map(|i| Self::read(i, nulls)).collect()),
            Json::Object(map) => {
                let fields = map.iter().filter(|(_, v)| nulls || !v.is_null());
                let fields = fields.map(|(k, v)| (Key::Text(Arc::from(k.as_str())), Self::read(v, nulls)));
                Self::Map(Arc::new(fields.collect::<BTreeMap<_, _>>()))
            }
        }
    }

    /// Its JSON; an error names what JSON has no form for.
    pub fn json(&self) -> Result<Json, String> {
        self.json_within(&mut { MOST })
    }

    /// Parts of a value are shared, so that a small one may be written at great length.
    fn json_within(&self, left: &mut usize) -> Result<Json, String> {
        *left = left.checked_sub(1).ok_or("a value of that size")?;
        Ok(match self {
            Self::Null => Json::Null,
            Self::Bool(b) => Json::Bool(*b),
            Self::Int(n) => Json::from(*n),
            Self::Uint(n) => Json::from(*n),
            Self::Double(d) if d.fract() == 0.0 && d.abs() < 9e15 => Json::from(*d as i64),
            Self::Double(d) => Number::from_f64(*d).map(Json::Number).ok_or("a number that JSON lacks")?,
            Self::Text(text) => {
                *left = left.checked_sub(text.len() / 32).ok_or("a value of that size")?;
                Json::from(text.as_ref())
            }
            Self::List(items) => {
                Json::Array(items.iter().map(|i| i.json_within(left)).collect::<Result<_, _>>()?)
            }
            Self::Map(map) => {
                let pairs = map
                    .iter()
                    .map(|(key, value)| Ok((operator::plain(&key.value()), value.json_within(left)?)));
                Json::Object(pairs.collect::<Result<_, String>>()?)
            }
            Self::Struct(object) => {
                let pairs =
                    object.fields.iter().map(|(key, value)| Ok((key.clone(), value.json_within(left)?)));
                Json::Object(pairs.collect::<Result<_, String>>()?)
            }
            Self::Timestamp(_) | Self::Duration(_) => {
                operator::scalar(self).map(Json::String).ok_or("a time that cannot be written")?
            }
            Self::Bytes(_) | Self::Type(_) | Self::Optional(_) | Self::Opaque(_) => {
                return Err(format!("a {} has no JSON", self.type_name()));
            }
        })
    }
}
