//! Which functions there are, what they take and what they give: read from `functions.txt`.
//!
//! A line is a name (a dot before it: a member function, its target the first argument), the types of its arguments
//! and that of its result. `A` and `B` stand for any type, `N` for any type of number, `O` for one with an order, `S`
//! for one with sums. cel-go `checker/types.go` for what may stand for what.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, LazyLock};

use super::dialect::{Dialect, Origin};

/// A type, as the checker knows it.
#[derive(Clone, Debug, PartialEq)]
pub enum Ty {
    /// Known at run time alone.
    Dyn,
    /// A type without parts, by the name of the table.
    Plain(&'static str),
    /// Any type: a letter of a signature.
    Any(char),
    /// A list.
    List(Arc<Ty>),
    /// A map.
    Map(Arc<Ty>, Arc<Ty>),
    /// An optional.
    Optional(Arc<Ty>),
    /// An object with fields that are known.
    Object(Arc<Shape>),
}

/// The fields of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    /// What messages call it.
    pub name: String,
    /// Each field with its type.
    pub fields: Vec<(String, Ty)>,
}

/// Types without parts.
const PLAIN: &[&str] = &[
    "authorizer",
    "authorizer.decision",
    "authorizer.group",
    "authorizer.path",
    "authorizer.resource",
    "bool",
    "bytes",
    "cidr",
    "double",
    "duration",
    "format",
    "image",
    "int",
    "ip",
    "kyverno.context",
    "kyverno.generator",
    "kyverno.http",
    "kyverno.image",
    "kyverno.json",
    "kyverno.resource",
    "kyverno.yaml",
    "null_type",
    "quantity",
    "semver",
    "string",
    "timestamp",
    "type",
    "uint",
    "url",
];

/// Letters that stand for a few types alone: any number, what has an order, what can be summed up.
const NARROW: &[(char, &[&str])] = &[
    ('N', &["int", "uint", "double"]),
    ('O', &["bool", "bytes", "double", "duration", "int", "string", "timestamp", "uint"]),
    ('S', &["double", "duration", "int", "uint"]),
];

impl Ty {
    /// `bool`.
    pub const BOOL: Self = Self::Plain("bool");
    /// `int`.
    pub const INT: Self = Self::Plain("int");
    /// `string`.
    pub const STRING: Self = Self::Plain("string");
    /// `null`.
    pub const NULL: Self = Self::Plain("null_type");

    /// A list of these.
    pub fn list(of: Ty) -> Self {
        Self::List(Arc::new(of))
    }

    /// An optional of this.
    pub fn optional(of: Ty) -> Self {
        Self::Optional(Arc::new(of))
    }

    /// Whether it nests deeper than this.
    pub fn is_deeper(&self, than: usize) -> bool {
        let Some(left) = than.checked_sub(1) else { return true };
        match self {
            Self::List(of) | Self::Optional(of) => of.is_deeper(left),
            Self::Map(key, value) => key.is_deeper(left) || value.is_deeper(left),
            _ => false,
        }
    }

    /// Reads a type; `None` where there is none of that name.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let inner = |head: &str| text.strip_prefix(head)?.strip_prefix('(')?.strip_suffix(')');
        if text == "dyn" {
            return Some(Self::Dyn);
        }
        if let Some(inner) = inner("list") {
            return Some(Self::list(Self::parse(inner)?));
        }
        if let Some(inner) = inner("optional") {
            return Some(Self::optional(Self::parse(inner)?));
        }
        if let Some(inner) = inner("map") {
            let (key, value) = inner.split_once(',')?;
            return Some(Self::Map(Arc::new(Self::parse(key)?), Arc::new(Self::parse(value)?)));
        }
        match text.as_bytes() {
            [letter] if letter.is_ascii_uppercase() => Some(Self::Any(char::from(*letter))),
            _ => PLAIN.iter().find(|p| **p == text).map(|p| Self::Plain(p)),
        }
    }
}

impl fmt::Display for Ty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dyn => f.write_str("dyn"),
            Self::Plain(name) => f.write_str(name),
            Self::Any(letter) => write!(f, "{letter}"),
            Self::List(of) => write!(f, "list({of})"),
            Self::Map(key, value) => write!(f, "map({key}, {value})"),
            Self::Optional(of) => write!(f, "optional_type({of})"),
            Self::Object(shape) => f.write_str(&shape.name),
        }
    }
}

/// What the letters of one call stand for.
#[derive(Default)]
pub struct Letters(BTreeMap<char, Ty>);

impl Letters {
    /// Whether an argument of this type fits that of a signature; letters take the type.
    pub fn fit(&mut self, wanted: &Ty, given: &Ty) -> bool {
        match (wanted, given) {
            (Ty::Any(letter), given) if !allowed(*letter, given) => false,
            // Two numbers are compared whatever their types are.
            (Ty::Any('N') | Ty::Dyn, _) => true,
            (Ty::Any(letter), given) => {
                let Some(known) = self.0.get(letter).cloned() else {
                    self.0.insert(*letter, given.clone());
                    return true;
                };
                let fits = assignable(&known, given);
                if fits && *given == Ty::Dyn {
                    self.0.insert(*letter, Ty::Dyn);
                }
                fits
            }
            (_, Ty::Dyn) => true,
            (Ty::List(a), Ty::List(b)) | (Ty::Optional(a), Ty::Optional(b)) => self.fit(a, b),
            (Ty::Map(a, b), Ty::Map(c, d)) => self.fit(a, c) && self.fit(b, d),
            (a, b) => assignable(a, b),
        }
    }

    /// A type of the signature, its letters filled in.
    pub fn fill(&self, ty: &Ty) -> Ty {
        match ty {
            Ty::Any(letter) => self.0.get(letter).cloned().unwrap_or(Ty::Dyn),
            Ty::List(of) => Ty::list(self.fill(of)),
            Ty::Optional(of) => Ty::optional(self.fill(of)),
            Ty::Map(key, value) => Ty::Map(Arc::new(self.fill(key)), Arc::new(self.fill(value))),
            _ => ty.clone(),
        }
    }
}

/// Whether a letter may stand for a type.
fn allowed(letter: char, given: &Ty) -> bool {
    let narrow = NARROW.iter().find(|(l, _)| *l == letter);
    narrow.is_none_or(|(_, names)| match given {
        Ty::Dyn | Ty::Any(_) => true,
        Ty::Plain(name) => names.contains(name),
        _ => false,
    })
}

/// Whether two known types may be one; null stands for whatever can be absent.
pub fn assignable(a: &Ty, b: &Ty) -> bool {
    let can_be_null = |ty: &Ty| match ty {
        Ty::Plain(name) => !["bool", "int", "uint", "double", "string", "bytes", "type"].contains(name),
        Ty::List(_) | Ty::Map(..) => false,
        _ => true,
    };
    match (a, b) {
        (Ty::Dyn, _) | (_, Ty::Dyn) => true,
        (Ty::Plain("null_type"), other) | (other, Ty::Plain("null_type")) => can_be_null(other),
        (Ty::List(a), Ty::List(b)) | (Ty::Optional(a), Ty::Optional(b)) => assignable(a, b),
        (Ty::Map(a, b), Ty::Map(c, d)) => assignable(a, c) && assignable(b, d),
        _ => a == b,
    }
}

/// What one function takes and gives.
pub struct Signature {
    origin: Origin,
    member: bool,
    takes: Vec<Ty>,
    gives: Ty,
}

/// The tables of functions.
const TABLES: &[(Origin, &str)] = &[
    (Origin::Kubernetes, include_str!("functions.txt")),
    (Origin::Mutation, "jsonpatch.escapeKey(string) string"),
    (Origin::Kyverno, include_str!("kyverno.txt")),
];

fn lines() -> impl Iterator<Item = (Origin, &'static str)> {
    let of = |(origin, table): &(Origin, &'static str)| {
        let origin = *origin;
        table.lines().filter(|l| !l.starts_with('#')).map(move |line| (origin, line))
    };
    TABLES.iter().flat_map(of)
}

static FUNCTIONS: LazyLock<BTreeMap<&'static str, Vec<Signature>>> = LazyLock::new(|| {
    let mut out: BTreeMap<&str, Vec<Signature>> = BTreeMap::new();
    for (origin, line) in lines() {
        let read = || {
            let (name, rest) = line.split_once('(')?;
            let end = rest.rfind(") ")?;
            let (takes, gives) = (&rest[..end], Ty::parse(&rest[end + 1..])?);
            let takes = arguments(takes).into_iter().map(Ty::parse).collect::<Option<Vec<_>>>()?;
            let member = name.starts_with('.');
            Some((name.trim_start_matches('.'), Signature { origin, member, takes, gives }))
        };
        if let Some((name, signature)) = read() {
            out.entry(name).or_default().push(signature);
        }
    }
    out
});

/// Splits at the commas that stand in no brackets.
fn arguments(text: &str) -> Vec<&str> {
    let (mut depth, mut from, mut out) = (0, 0, Vec::new());
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                out.push(&text[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    if !text.is_empty() {
        out.push(&text[from..]);
    }
    out
}

/// Whether there is a function of this name, not a member.
pub fn is_function(name: &str) -> bool {
    FUNCTIONS.get(name).is_some_and(|s| s.iter().any(|s| !s.member))
}

/// What a call gives; otherwise what is wrong with it.
pub fn resolve_in(dialect: Dialect, name: &str, member: bool, args: &[Ty]) -> Result<Ty, String> {
    // One family of signatures for all of them.
    let family = if ["_<=_", "_>_", "_>=_"].contains(&name) { "_<_" } else { name };
    let known = FUNCTIONS.get(family).map(Vec::as_slice).unwrap_or_default();
    let known: Vec<_> = known.iter().filter(|s| s.member == member && dialect.knows(s.origin)).collect();
    if known.is_empty() {
        return Err(format!("undeclared reference to `{name}`"));
    }
    let mut gives: Option<Ty> = None;
    for signature in known.into_iter().filter(|s| s.takes.len() == args.len()) {
        let mut letters = Letters::default();
        if signature.takes.iter().zip(args).all(|(wanted, given)| letters.fit(wanted, given)) {
            let one = letters.fill(&signature.gives);
            gives = Some(match gives {
                Some(other) if other != one => Ty::Dyn,
                _ => one,
            });
        }
    }
    gives.ok_or_else(|| {
        let types: Vec<_> = args.iter().map(Ty::to_string).collect();
        format!("found no matching overload for `{name}` applied to ({})", types.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_read() {
        assert_eq!(FUNCTIONS.values().map(Vec::len).sum::<usize>(), lines().count());
    }

    #[test]
    fn libraries_of_others_are_not_known() {
        let take = [Ty::STRING];
        assert!(resolve_in(Dialect::KUBERNETES, "sha256", false, &take).unwrap_err().contains("undeclared"));
        let kyverno = Dialect { kyverno: true, ..Dialect::default() };
        assert_eq!(resolve_in(kyverno, "sha256", false, &take), Ok(Ty::STRING));
        assert_eq!(resolve_in(Dialect::MUTATION, "jsonpatch.escapeKey", false, &take), Ok(Ty::STRING));
    }

    #[test]
    fn a_call_gives_the_type_of_the_signature_that_fits() {
        let resolve = |name, member, args: &[Ty]| resolve_in(Dialect::KUBERNETES, name, member, args);
        let list = Ty::list(Ty::INT);
        assert_eq!(resolve("max", true, std::slice::from_ref(&list)), Ok(Ty::INT));
        assert_eq!(resolve("_+_", false, &[Ty::Dyn, Ty::Dyn]), Ok(Ty::Dyn));
        assert_eq!(resolve("orValue", true, &[Ty::optional(Ty::Dyn), Ty::BOOL]), Ok(Ty::Dyn));
        assert!(resolve("max", false, std::slice::from_ref(&list)).unwrap_err().contains("undeclared"));
        assert!(resolve("_==_", false, &[Ty::INT, Ty::STRING]).unwrap_err().contains("no matching"));
    }
}
