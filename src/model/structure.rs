//! What of an object its type does not hold: unknown fields, values of the wrong type, fields that are missing.
//!
//! As the API server decodes with `fieldValidation=Strict`, kubectl's default since 1.27: names differ by case
//! (sigs.k8s.io/json), a null is unset, nothing is coerced (`model::value`), a quantity is one (`model::Quantity`). The types
//! are those of `model::schema`.

use super::schema::{Field, Shape, Type, kind};
use super::{Object, Quantity, value};
use crate::parse::{Entry, Kind, Node};
use crate::text::near;

/// The most that is said of one object: what comes after it is counted.
const MOST: usize = 100;

/// Names that stand in so many types that another place for them says nothing.
const EVERYWHERE: [&str; 6] = ["key", "kind", "name", "path", "type", "value"];

/// Something that does not fit.
#[derive(Clone, Debug)]
pub enum Misfit<'t> {
    /// A field that there is not.
    Unknown {
        /// The field.
        entry: Entry<'t>,
        /// Its path.
        path: String,
        /// What was likely meant.
        hint: Option<Hint>,
    },
    /// A value of the wrong type.
    Mistyped {
        /// The value.
        node: Node<'t>,
        /// What belongs there, with its article.
        wanted: &'static str,
    },
    /// A field without which the object is refused.
    Missing {
        /// Where it is missing.
        holder: Node<'t>,
        /// Its name.
        name: &'static str,
    },
}

/// What was likely meant by an unknown field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hint {
    /// A field of this name.
    Near(&'static str),
    /// The same field in this place.
    Elsewhere(String),
}

/// What does not fit in an object.
#[derive(Clone, Debug, Default)]
pub struct Misfits<'t> {
    /// The first of them, in the order of the file.
    pub found: Vec<Misfit<'t>>,
    /// How many more there are.
    pub more: usize,
}

impl Misfits<'_> {
    /// Whether the field of this path is not set because its name is written wrong, there or for the pod as a whole.
    pub fn explain(&self, missing: &str) -> bool {
        let meant = |misfit: &Misfit<'_>| match misfit {
            Misfit::Unknown { path, hint: Some(Hint::Near(name)), .. } => {
                let (holder, _) = path.rsplit_once('.').unwrap_or_default();
                let Some((at, field)) = missing.rsplit_once('.') else { return false };
                field == *name && (at == holder || holder.ends_with("spec.securityContext"))
            }
            Misfit::Unknown { hint: Some(Hint::Elsewhere(path)), .. } => path == missing,
            _ => false,
        };
        self.found.iter().any(meant)
    }
}

/// What does not fit in `object`; nothing where its kind is not known.
pub fn misfits(object: Object<'_>) -> Misfits<'_> {
    let Some(root) = object.kind().and_then(|k| kind(object.api_version(), k)) else {
        return Misfits::default();
    };
    let mut walk = Walk { above: Vec::new(), all: Misfits::default() };
    walk.fields(object.node, root);
    walk.name(object, root);
    walk.all.found.sort_by_key(|m| m.node().own_span());
    walk.all
}

impl<'t> Misfit<'t> {
    fn node(&self) -> Node<'t> {
        match self {
            Self::Unknown { entry, .. } => entry.key,
            Self::Mistyped { node, .. } => *node,
            Self::Missing { holder, .. } => *holder,
        }
    }

    /// Whether both say the same of the same place, as happens where an alias leads to it twice.
    fn is(&self, other: &Self) -> bool {
        let same = match (self, other) {
            (Self::Unknown { .. }, Self::Unknown { .. }) => true,
            (Self::Mistyped { wanted: a, .. }, Self::Mistyped { wanted: b, .. })
            | (Self::Missing { name: a, .. }, Self::Missing { name: b, .. }) => a == b,
            _ => false,
        };
        same && self.node() == other.node()
    }
}

struct Walk<'t> {
    /// The types that the walk stands in, the kind first, each with its mapping.
    above: Vec<(&'static Type, Node<'t>)>,
    all: Misfits<'t>,
}

impl<'t> Walk<'t> {
    fn fields(&mut self, node: Node<'t>, of: &'static Type) {
        self.above.push((of, node));
        let from = self.all.found.len();
        let is_merge = |e: Entry<'t>| e.key.is_plain() && e.key.as_str() == Some("<<");
        if node.own_entries().any(is_merge) {
            node.entries().into_iter().for_each(|entry| self.entry(entry, of));
        } else {
            node.own_entries().for_each(|entry| self.entry(entry, of));
        }
        for field in of.fields().iter().filter(|f| f.required && node.get(f.name).is_none()) {
            // An object in another needs no version of its own, nor does the item of a typed list.
            let own = !of.is_kind() || !matches!(field.name, "apiVersion" | "kind");
            let root = self.above.len() == 1 && node.get("kind").is_some();
            let meant = |m: &Misfit<'_>| matches!(m, Misfit::Unknown { hint: Some(Hint::Near(name)), .. } if *name == field.name);
            let unread = self.all.found.get(from..).is_some_and(|said| said.iter().any(meant));
            if (own || root) && !unread {
                self.say(Misfit::Missing { holder: node, name: field.name });
            }
        }
        self.above.pop();
    }

    fn entry(&mut self, entry: Entry<'t>, of: &'static Type) {
        let name = entry.key.scalar().unwrap_or("?");
        if let Some(field) = of.field(name) {
            return self.value(entry.value, &field.shape);
        }
        if self.all.found.len() >= MOST {
            self.all.more += 1;
            return;
        }
        let hint = self.hint(name, of);
        let holder = self.path();
        let path = if holder.is_empty() { name.to_owned() } else { format!("{holder}.{name}") };
        self.say(Misfit::Unknown { entry, path, hint });
    }

    fn value(&mut self, node: Node<'t>, shape: &'static Shape) {
        if node.is_null() {
            return;
        }
        if !takes(shape, node) {
            return self.say(Misfit::Mistyped { node, wanted: shape.word() });
        }
        match shape {
            Shape::List(item) => node.items().for_each(|n| self.value(n, item)),
            Shape::Map(value) => node.entries().into_iter().for_each(|e| self.value(e.value, value)),
            Shape::Fields(inner) => self.fields(node, inner),
            Shape::Either(one, other) => self.value(node, if takes(one, node) { one } else { other }),
            _ => {}
        }
    }

    /// An object is called something, or lets the server find a name.
    fn name(&mut self, object: Object<'t>, root: &'static Type) {
        let meant = |m: &Misfit<'_>| match m {
            Misfit::Unknown { path, hint: Some(Hint::Near("name" | "generateName")), .. } => {
                path.starts_with("metadata.")
            }
            _ => false,
        };
        let named = root.field("metadata").is_some_and(|f| f.required) && !self.all.found.iter().any(meant);
        if let Some(metadata) = object.metadata().filter(|_| named)
            && ["name", "generateName"].iter().all(|k| metadata.get(k).is_none_or(|n| n.as_str() == Some("")))
        {
            self.say(Misfit::Missing { holder: metadata, name: "name" });
        }
    }

    fn say(&mut self, misfit: Misfit<'t>) {
        if self.all.found.len() >= MOST {
            self.all.more += 1;
        } else if !self.all.found.iter().any(|m| m.is(&misfit)) {
            self.all.found.push(misfit);
        }
    }

    /// The path of the mapping that the walk stands in.
    fn path(&self) -> String {
        self.above.last().map_or_else(String::new, |(_, node)| node.path())
    }

    /// What was likely meant by `name`: the same letters, the same field elsewhere, or one much like it.
    fn hint(&self, name: &str, of: &'static Type) -> Option<Hint> {
        let near = near::nearest(name, of.fields().iter().map(|f| f.name));
        match near {
            Some(near) if near.eq_ignore_ascii_case(name) => Some(Hint::Near(near)),
            _ => self.elsewhere(name).map(Hint::Elsewhere).or(near.map(Hint::Near)),
        }
    }

    /// The place near by that has this very field: below, then further and further up and from there down again.
    fn elsewhere(&self, name: &str) -> Option<String> {
        if EVERYWHERE.contains(&name) {
            return None;
        }
        self.above.iter().rev().enumerate().find_map(|(up, (of, node))| {
            if up > 0 && of.field(name).is_some() {
                return Some(match node.path() {
                    path if path.is_empty() => "the top level of the object".to_owned(),
                    path => path,
                });
            }
            below(of, name).map(|steps| match node.path() {
                path if path.is_empty() => steps,
                path => format!("{path}.{steps}"),
            })
        })
    }
}

/// The one field of `of` that holds `name`, or holds what does. Of several the required one: a pod's `containers`.
fn below(of: &'static Type, name: &str) -> Option<String> {
    let one = |holds: &dyn Fn(&'static Type) -> Option<String>| {
        let held = |f: &'static Field| Some((f, holds(f.shape.inner()?)?));
        let all: Vec<_> = of.fields().iter().filter_map(held).collect();
        let (field, rest) = match all.as_slice() {
            [one] => one,
            several => several.iter().find(|(f, _)| f.required)?,
        };
        let items = if matches!(field.shape, Shape::List(_)) { "[*]" } else { "" };
        let dot = if rest.is_empty() { "" } else { "." };
        Some(format!("{}{items}{dot}{rest}", field.name))
    };
    let here = |inner: &'static Type| inner.field(name).map(|_| String::new());
    let deeper = |inner: &'static Type| {
        let holds = |f: &&Field| f.shape.inner().is_some_and(|i| i.field(name).is_some());
        let mut fields = inner.fields().iter().filter(holds);
        let only = fields.next().filter(|_| fields.next().is_none())?;
        Some(only.name.to_owned())
    };
    one(&here).or_else(|| one(&deeper))
}

/// Whether a value can be decoded into this, its items and fields aside.
fn takes(shape: &Shape, node: Node<'_>) -> bool {
    match shape {
        Shape::Any => true,
        Shape::Text => value::string(node).is_some(),
        Shape::Bool => value::boolean(node).is_some(),
        Shape::Int => value::integer(node).is_some(),
        Shape::Int32 => value::integer(node).is_some_and(|n| i32::try_from(n).is_ok()),
        Shape::Number => node.as_float().is_some(),
        Shape::Quantity => Quantity::of(node).is_some(),
        Shape::IntOrString => value::integer(node).is_some() || value::string(node).is_some(),
        Shape::List(_) => node.kind() == Kind::Seq,
        Shape::Map(_) | Shape::Fields(_) => node.kind() == Kind::Map,
        Shape::Either(one, other) => takes(one, node) || takes(other, node),
    }
}
