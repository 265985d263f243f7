//! What an expression computes with: CEL's values, and Kubernetes' own types as opaque ones.
//!
//! After cel-spec `doc/langdef.md` ("Values") and cel-go `common/types`.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::kube::Opaque;
use super::object::Struct;
use crate::parse::{Kind, Node};

/// A value. Cheap to copy: what is large is shared.
#[derive(Clone, Debug)]
pub enum Value {
    /// `null`.
    Null,
    /// `bool`.
    Bool(bool),
    /// `int`.
    Int(i64),
    /// `uint`.
    Uint(u64),
    /// `double`.
    Double(f64),
    /// `string`.
    Text(Arc<str>),
    /// `bytes`.
    Bytes(Arc<[u8]>),
    /// `list`.
    List(Arc<[Value]>),
    /// `map`.
    Map(Arc<BTreeMap<Key, Value>>),
    /// `google.protobuf.Timestamp`.
    Timestamp(jiff::Timestamp),
    /// `google.protobuf.Duration`, in nanoseconds.
    Duration(i64),
    /// A type, by name.
    Type(&'static str),
    /// `optional_type`.
    Optional(Option<Arc<Value>>),
    /// A type of Kubernetes' libraries.
    Opaque(Arc<Opaque>),
    /// An object that an expression made.
    Struct(Arc<Struct>),
}

/// What a map may have as a key. Numbers are one kind, as `1 == 1u == 1.0`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Number(i128),
    /// A text.
    Text(Arc<str>),
}

impl Key {
    /// The key that a value is; `None` where none can be like it.
    pub fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Bool(b) => Some(Self::Bool(*b)),
            Value::Int(n) => Some(Self::Number(i128::from(*n))),
            Value::Uint(n) => Some(Self::Number(i128::from(*n))),
            Value::Double(d) if d.fract() == 0.0 && d.abs() < 1e19 => Some(Self::Number(*d as i128)),
            Value::Text(t) => Some(Self::Text(t.clone())),
            _ => None,
        }
    }

    /// The key as a value.
    pub fn value(&self) -> Value {
        match self {
            Self::Bool(b) => Value::Bool(*b),
            Self::Number(n) => i64::try_from(*n).map_or_else(|_| Value::Uint(*n as u64), Value::Int),
            Self::Text(t) => Value::Text(t.clone()),
        }
    }
}

impl Value {
    /// A text.
    pub fn text(text: impl AsRef<str>) -> Self {
        Self::Text(Arc::from(text.as_ref()))
    }

    /// A list.
    pub fn list(items: Vec<Value>) -> Self {
        Self::List(Arc::from(items))
    }

    /// A map of texts to values.
    pub fn map<'k>(entries: impl IntoIterator<Item = (&'k str, Value)>) -> Self {
        Self::Map(Arc::new(entries.into_iter().map(|(k, v)| (Key::Text(Arc::from(k)), v)).collect()))
    }

    /// An optional that holds something.
    pub fn some(value: Value) -> Self {
        Self::Optional(Some(Arc::new(value)))
    }

    /// A value of Kubernetes' libraries.
    pub fn opaque(value: Opaque) -> Self {
        Self::Opaque(Arc::new(value))
    }

    /// What a node holds, as the API server would have it: fields that are null are unset.
    pub fn of(node: Node<'_>) -> Self {
        match node.kind() {
            Kind::Null => Self::Null,
            Kind::Bool => Self::Bool(node.as_bool().unwrap_or_default()),
            Kind::Int => {
                node.as_int().map_or_else(|| Self::Double(node.as_float().unwrap_or(f64::NAN)), Self::Int)
            }
            Kind::Float => Self::Double(node.as_float().unwrap_or(f64::NAN)),
            Kind::Str => Self::text(node.as_str().unwrap_or_default()),
            Kind::Seq => Self::list(node.items().map(Self::of).collect()),
            Kind::Map => Self::Map(Arc::new(
                node.entries()
                    .into_iter()
                    .filter(|e| !e.value.is_null())
                    .map(|e| (Key::Text(Arc::from(e.key.scalar().unwrap_or("null"))), Self::of(e.value)))
                    .collect(),
            )),
        }
    }

    /// Its type's name, as `type(x)` and messages have it.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null_type",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Uint(_) => "uint",
            Self::Double(_) => "double",
            Self::Text(_) => "string",
            Self::Bytes(_) => "bytes",
            Self::List(_) => "list",
            Self::Map(_) => "map",
            Self::Timestamp(_) => "google.protobuf.Timestamp",
            Self::Duration(_) => "google.protobuf.Duration",
            Self::Type(_) => "type",
            Self::Optional(_) => "optional_type",
            Self::Opaque(o) => o.type_name(),
            Self::Struct(_) => "object",
        }
    }

    /// Whether it is its type's zero, as `optional.ofNonZeroValue` asks.
    pub fn is_zero(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Bool(b) => !b,
            Self::Int(n) => *n == 0,
            Self::Uint(n) => *n == 0,
            Self::Double(n) => *n == 0.0,
            Self::Text(t) => t.is_empty(),
            Self::Bytes(b) => b.is_empty(),
            Self::List(l) => l.is_empty(),
            Self::Map(m) => m.is_empty(),
            Self::Duration(d) => *d == 0,
            Self::Optional(o) => o.is_none(),
            Self::Timestamp(_) | Self::Type(_) | Self::Opaque(_) | Self::Struct(_) => false,
        }
    }
}
