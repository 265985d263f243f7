//! Expressions, macros expanded, with the place of each part.

use super::trouble::Fault;
use super::value::Value;

/// How deep an expression may nest: the parser's default of cel-go.
const DEEPEST: u16 = 250;

/// A part of an expression.
#[derive(Clone, Debug)]
pub struct Expr {
    /// What it is.
    pub kind: Kind,
    /// The byte at which it shows in messages.
    pub at: usize,
    /// How deep it nests.
    pub height: u16,
}

/// What a part is.
#[derive(Clone, Debug)]
pub enum Kind {
    /// A literal.
    Literal(Value),
    /// A variable.
    Ident(String),
    /// `of.field`, `of.?field`, or `has(of.field)`.
    Select {
        /// Of what.
        of: Box<Expr>,
        /// The field.
        field: String,
        /// How.
        how: Access,
    },
    /// `of[key]` or `of[?key]`.
    Index {
        /// Of what.
        of: Box<Expr>,
        /// The key.
        key: Box<Expr>,
        /// Whether it was `[?`.
        optional: bool,
    },
    /// A function, a member function (its target is the first argument) or an operator.
    Call {
        /// Its name; `_+_` and the like for operators.
        name: String,
        /// Whether it stands behind a dot.
        member: bool,
        /// What it is given.
        args: Vec<Expr>,
    },
    /// `a && b && …`.
    And(Vec<Expr>),
    /// `a || b || …`.
    Or(Vec<Expr>),
    /// `a ? b : c`.
    If(Box<[Expr; 3]>),
    /// `[a, ?b]`.
    List(Vec<(Expr, bool)>),
    /// `{a: b, ?c: d}`.
    Map(Vec<(Expr, Expr, bool)>),
    /// `Object.spec{field: a, ?other: b}`.
    Struct {
        /// The type's name.
        name: String,
        /// Each field, its value, and whether that is an optional.
        fields: Vec<(String, Expr, bool)>,
    },
    /// A macro over a list or a map.
    Fold(Box<Fold>),
    /// `of.optMap(name, body)` and `of.optFlatMap(name, body)`.
    OptMap {
        /// The optional, and what is made of it.
        parts: Box<[Expr; 2]>,
        /// The variable's name.
        name: String,
        /// Whether the body is an optional already.
        flat: bool,
    },
}

/// How a field is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// It must be there.
    Plain,
    /// An optional of it.
    Optional,
    /// Whether it is there.
    Test,
}

/// A macro over a list or a map.
#[derive(Clone, Debug)]
pub struct Fold {
    /// Which one.
    pub what: Folding,
    /// Over what.
    pub of: Expr,
    /// The names of one variable, or two.
    pub names: Vec<String>,
    /// What an element must be to count.
    pub filter: Option<Expr>,
    /// What is asked or made of each.
    pub body: Expr,
}

/// The macros.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Folding {
    /// `all`.
    All,
    /// `exists`.
    Exists,
    /// `exists_one`.
    One,
    /// `filter`.
    Filter,
    /// `map` and `transformList`.
    List,
    /// `transformMap`.
    Map,
    /// `transformMapEntry`.
    Entry,
}

impl Expr {
    /// A part; a fault where it nests too deep.
    pub fn new(kind: Kind, at: usize) -> Result<Self, Fault> {
        let expr = Self { height: 1 + kind.tallest(), kind, at };
        if expr.height > DEEPEST {
            return Err(Fault::new(at, format!("nests deeper than {DEEPEST}")));
        }
        Ok(expr)
    }

    /// A call of a function, or, behind a dot, of a member function.
    pub fn call(name: &str, member: bool, args: Vec<Self>, at: usize) -> Result<Self, Fault> {
        Self::new(Kind::Call { name: name.to_owned(), member, args }, at)
    }

    /// The name that a chain of plain names and dots spells.
    pub fn path(&self) -> Option<String> {
        match &self.kind {
            Kind::Ident(name) => Some(name.clone()),
            Kind::Select { of, field, how: Access::Plain } => Some(format!("{}.{field}", of.path()?)),
            _ => None,
        }
    }
}

impl Kind {
    fn tallest(&self) -> u16 {
        let of = |parts: &mut dyn Iterator<Item = &Expr>| parts.map(|e| e.height).max().unwrap_or(0);
        match self {
            Self::Literal(_) | Self::Ident(_) => 0,
            Self::Select { of, .. } => of.height,
            Self::Index { of, key, .. } => of.height.max(key.height),
            Self::Call { args, .. } => of(&mut args.iter()),
            Self::And(parts) | Self::Or(parts) => of(&mut parts.iter()),
            Self::If(parts) => of(&mut parts.iter()),
            Self::List(items) => of(&mut items.iter().map(|(e, _)| e)),
            Self::Map(entries) => of(&mut entries.iter().flat_map(|(k, v, _)| [k, v])),
            Self::Struct { fields, .. } => of(&mut fields.iter().map(|(_, e, _)| e)),
            Self::Fold(fold) => of(&mut [&fold.of, &fold.body].into_iter().chain(fold.filter.as_ref())),
            Self::OptMap { parts, .. } => of(&mut parts.iter()),
        }
    }
}
