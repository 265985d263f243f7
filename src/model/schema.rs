//! The fields of the kinds of Kubernetes and of its programs' configuration files, by type.
//!
//! Two tables: `assets/schema/kubernetes.txt` is made from the API's own schema (`just schema`), `components.txt`
//! by hand from upstream's types. Their heads explain the form. Reading them finds the types; the fields of a type
//! are read when something asks for them first.

use std::mem;
use std::sync::{LazyLock, OnceLock};

use memchr::memchr_iter;

const TABLES: [&str; 2] =
    [include_str!("../../assets/schema/kubernetes.txt"), include_str!("../../assets/schema/components.txt")];

/// A type: a kind, or what stands in one.
#[derive(Debug)]
pub struct Type {
    name: &'static str,
    /// Its fields as the table writes them.
    text: &'static str,
    fields: OnceLock<Vec<Field>>,
}

/// A field of a type.
#[derive(Debug)]
pub struct Field {
    /// As manifests write it.
    pub name: &'static str,
    /// What it holds.
    pub shape: Shape,
    /// Whether an object without it is refused.
    pub required: bool,
}

/// What a field holds.
#[derive(Debug)]
pub enum Shape {
    /// Anything: another program's object, JSON, a status.
    Any,
    /// A string; bytes, times and durations are written as one.
    Text,
    /// `true` or `false`.
    Bool,
    /// An integer of 64 bits.
    Int,
    /// An integer of 32 bits.
    Int32,
    /// A number.
    Number,
    /// A number, or a string such as `500m`.
    Quantity,
    /// A number, or the name of a port, or a percentage.
    IntOrString,
    /// A list.
    List(Box<Shape>),
    /// A mapping with keys of the writer's own.
    Map(Box<Shape>),
    /// One or the other.
    Either(Box<Shape>, Box<Shape>),
    /// A mapping with the fields of a type.
    Fields(&'static Type),
}

static TYPES: LazyLock<Vec<Type>> = LazyLock::new(|| {
    let mut types: Vec<Type> = Vec::with_capacity(1024);
    // The large table is in order, the other one is small.
    let [large, small] = TABLES.map(read);
    let mut small: Vec<_> = small.collect();
    small.sort_unstable_by_key(|t| t.name);
    let mut small = small.into_iter().peekable();
    for next in large {
        while let Some(before) = small.next_if(|t| t.name < next.name) {
            types.push(before);
        }
        types.push(next);
    }
    types.extend(small);
    types
});

/// The types of a table: a paragraph begins at the margin, its other lines are indented.
fn read(table: &'static str) -> impl Iterator<Item = Type> {
    let mut lines = memchr_iter(b'\n', table.as_bytes()).scan(0, |from, end| {
        let start = mem::replace(from, end + 1);
        Some((start, end, table.as_bytes().get(start).copied()))
    });
    let mut next = None;
    std::iter::from_fn(move || {
        let is_head =
            |(_, _, first): &(usize, usize, Option<u8>)| !matches!(first, Some(b'#' | b'\n' | b' '));
        let (start, mut end, _) = next.take().or_else(|| lines.find(is_head))?;
        for line in lines.by_ref() {
            if line.2 != Some(b' ') {
                next = Some(line).filter(is_head);
                break;
            }
            end = line.1;
        }
        let paragraph = table.get(start..end)?;
        // Names are short: a plain walk beats a search.
        let end = paragraph.bytes().position(|b| matches!(b, b' ' | b'\n')).unwrap_or(paragraph.len());
        let (name, text) = paragraph.split_at(end);
        Some(Type { name, text, fields: OnceLock::new() })
    })
}

fn find(name: &str) -> Option<&'static Type> {
    let at = TYPES.binary_search_by(|t| t.name.cmp(name)).ok()?;
    TYPES.get(at)
}

/// The type of a kind, where this version of it is known. Without a version, it is that of the core group or else
/// the newest stable one.
pub fn kind(api_version: Option<&str>, kind: &str) -> Option<&'static Type> {
    match api_version {
        Some(version) => find(&format!("{version}/{kind}")),
        None => find(&format!("v1/{kind}")).or_else(|| {
            let stable = |t: &&Type| t.name.strip_suffix(kind).is_some_and(|v| v.ends_with("/v1/"));
            TYPES.iter().find(stable)
        }),
    }
}

/// The kinds that are known, with their versions: `apps/v1`, `Deployment`.
pub fn kinds() -> impl Iterator<Item = (&'static str, &'static str)> {
    TYPES.iter().filter_map(|t| t.name.rsplit_once('/'))
}

/// The groups, each with a kind of its own, whatever the versions.
static KINDS: LazyLock<Vec<(&str, &str)>> = LazyLock::new(|| {
    let split = |t: &Type| {
        let (version, kind) = t.name.rsplit_once('/')?;
        Some((version.rsplit_once('/').map_or("", |(group, _)| group), kind))
    };
    let mut kinds: Vec<_> = TYPES.iter().filter_map(split).collect();
    kinds.sort_unstable();
    kinds
});

/// Whether any version of this kind is known in this group.
pub fn knows(group: &str, kind: &str) -> bool {
    KINDS.binary_search(&(group, kind)).is_ok()
}

impl Type {
    /// Whether it is a kind: an object of its own.
    pub fn is_kind(&self) -> bool {
        self.name.contains('/')
    }

    /// Its fields, by name.
    pub fn fields(&'static self) -> &'static [Field] {
        self.fields.get_or_init(|| {
            let mut fields: Vec<Field> = self.text.split_whitespace().filter_map(Field::read).collect();
            fields.sort_unstable_by_key(|f| f.name);
            fields
        })
    }

    /// The field of this name; names differ by case.
    pub fn field(&'static self, name: &str) -> Option<&'static Field> {
        let fields = self.fields();
        let at = fields.binary_search_by(|f| f.name.cmp(name)).ok()?;
        fields.get(at)
    }
}

impl Field {
    fn read(pair: &'static str) -> Option<Self> {
        let (name, shape) = pair.split_once(':')?;
        let (shape, required) = shape.strip_suffix('!').map_or((shape, false), |s| (s, true));
        Some(Self { name, shape: Shape::read(shape), required })
    }
}

impl Shape {
    fn read(text: &'static str) -> Self {
        let inner = |open: char, close: char| {
            let inner = text.strip_prefix(open)?.strip_suffix(close)?;
            Some(Box::new(Self::read(inner)))
        };
        if let Some(item) = inner('[', ']') {
            return Self::List(item);
        }
        if let Some(value) = inner('{', '}') {
            return Self::Map(value);
        }
        if let Some((one, other)) = text.split_once('|') {
            return Self::Either(Box::new(Self::read(one)), Box::new(Self::read(other)));
        }
        match text {
            "s" => Self::Text,
            "b" => Self::Bool,
            "i" => Self::Int,
            "i32" => Self::Int32,
            "n" => Self::Number,
            "q" => Self::Quantity,
            "p" => Self::IntOrString,
            // The tables hold every type that they name: a test looks.
            _ => find(text).map_or(Self::Any, Self::Fields),
        }
    }

    /// The type whose fields stand in it, in its items or in its values.
    pub fn inner(&self) -> Option<&'static Type> {
        match self {
            Self::Fields(inner) => Some(inner),
            Self::List(inner) | Self::Map(inner) => inner.inner(),
            Self::Either(one, other) => one.inner().or_else(|| other.inner()),
            _ => None,
        }
    }

    /// What it wants, with its article.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Any => "anything",
            Self::Text => "a string",
            Self::Bool => "a boolean",
            Self::Int => "an integer",
            Self::Int32 => "an integer of 32 bits",
            Self::Number => "a number",
            Self::Quantity => "a quantity",
            Self::IntOrString => "an integer or a string",
            Self::List(_) => "a list",
            Self::Map(_) | Self::Fields(_) => "a mapping",
            Self::Either(one, other) => match (&**one, &**other) {
                (Self::Fields(_), Self::Bool) => "a mapping or a boolean",
                (Self::Fields(_), _) => "a mapping or a list",
                _ => "an integer or a string",
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_that_the_tables_name_is_in_them() {
        let simple = ["s", "b", "i", "i32", "n", "q", "p", "*"];
        for kind in TYPES.iter() {
            assert!(!kind.fields().is_empty(), "{} has no field", kind.name);
            for pair in kind.text.split_whitespace() {
                let (field, shape) = pair.split_once(':').unwrap();
                for word in shape.split(['[', ']', '{', '}', '|', '!']).filter(|w| !w.is_empty()) {
                    assert!(simple.contains(&word) || find(word).is_some(), "{}.{field}: {word}", kind.name);
                }
            }
            let names: Vec<_> = kind.fields().iter().map(|f| f.name).collect();
            assert!(names.windows(2).all(|w| w[0] < w[1]), "{}: {names:?}", kind.name);
        }
        let names: Vec<_> = TYPES.iter().map(|t| t.name).collect();
        assert!(names.windows(2).all(|w| w[0] < w[1]), "a type stands there twice");
        assert!(names.len() > 600, "{}", names.len());
    }

    #[test]
    fn kinds_are_found_by_version_and_names_differ_by_case() {
        let pod = kind(Some("v1"), "Pod").unwrap();
        let spec = pod.field("spec").and_then(|f| f.shape.inner()).unwrap();
        assert!(spec.field("hostNetwork").is_some() && spec.field("hostnetwork").is_none());
        assert!(spec.field("containers").is_some_and(|f| f.required && matches!(f.shape, Shape::List(_))));
        assert!(kind(Some("apps/v1"), "Pod").is_none());
        assert!(kind(Some("extensions/v1beta1"), "Ingress").is_none());
        assert!(std::ptr::eq(kind(None, "Pod").unwrap(), pod));
        assert!(std::ptr::eq(kind(None, "Job").unwrap(), kind(Some("batch/v1"), "Job").unwrap()));
        assert!(kind(None, "Sob").is_none());
        assert!(knows("flowcontrol.apiserver.k8s.io", "FlowSchema"));
        assert!(knows("", "Pod") && !knows("example.com", "Pod") && !knows("", "od"));
    }
}
