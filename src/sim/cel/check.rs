//! The types of an expression before it runs: what is undeclared, what takes no such arguments.
//!
//! cel-go `checker/checker.go`, with Kubernetes' `HomogeneousAggregateLiterals`.

use super::ast::{Access, Expr, Fold, Folding, Kind};
use super::dialect::Dialect;
use super::library;
use super::printf;
use super::signature::{Ty, assignable, resolve_in};
use super::time;
use super::trouble::Fault;
use super::value::Value;
use super::{images, object, regex};

/// The variables that an expression may name.
#[derive(Clone, Debug, Default)]
pub struct Names(pub Vec<(String, Ty)>, pub Dialect);

/// Among the names where literals may mix types; no expression can spell it.
const MIXED: &str = "format()";

impl Names {
    /// The type of an expression.
    pub fn type_of(&mut self, expr: &Expr) -> Result<Ty, Fault> {
        let fault = |text: String| Fault::new(expr.at, text);
        match &expr.kind {
            Kind::Literal(value) => Ok(literal(value)),
            Kind::Ident(name) => match self.0.iter().rev().find(|(n, _)| n == name) {
                Some((_, ty)) => Ok(ty.clone()),
                None if library::type_named(name).is_some() => Ok(Ty::Plain("type")),
                None => Err(fault(format!("undeclared reference to `{name}`"))),
            },
            Kind::Select { of, field, how } => {
                let of = self.type_of(of)?;
                let found = field_of(&of, field).map_err(fault)?;
                Ok(match how {
                    Access::Test => Ty::BOOL,
                    Access::Optional => match found {
                        Ty::Optional(_) => found,
                        found => Ty::optional(found),
                    },
                    Access::Plain => found,
                })
            }
            Kind::Index { of, key, optional } => {
                let (of, key) = (self.type_of(of)?, self.type_of(key)?);
                let (inner, through) = match &of {
                    Ty::Optional(inner) => (inner.as_ref(), true),
                    of => (of, *optional),
                };
                let found =
                    element(inner, &key).ok_or_else(|| fault(format!("a {of} is not indexed by {key}")))?;
                Ok(if through { Ty::optional(found) } else { found })
            }
            Kind::Call { name, member, args } => {
                if images::is_ours(name) && !self.0.iter().any(|(n, _)| n == "images") {
                    return Err(fault(format!("undeclared reference to `{name}`")));
                }
                let before = self.0.len();
                self.0.extend((name == "format").then(|| (MIXED.to_owned(), Ty::Dyn)));
                let types = args.iter().map(|a| self.type_of(a)).collect::<Result<Vec<_>, _>>();
                self.0.truncate(before);
                let types = types?;
                literals(name, args).map_err(fault)?;
                resolve_in(self.1, name, *member, &types).map_err(fault)
            }
            Kind::And(parts) | Kind::Or(parts) => {
                for part in parts {
                    self.want_bool(part)?;
                }
                Ok(Ty::BOOL)
            }
            Kind::If(parts) => {
                let [condition, yes, no] = parts.as_ref();
                self.want_bool(condition)?;
                let (yes, no) = (self.type_of(yes)?, self.type_of(no)?);
                common(&yes, &no).ok_or_else(|| fault(format!("one branch gives {yes}, the other {no}")))
            }
            Kind::List(items) => {
                let mut first = None;
                let mut all: Option<Ty> = None;
                for (item, optional) in items {
                    let mut ty = self.type_of(item)?;
                    self.alike(&mut first, &ty, *optional, item)?;
                    if let (true, Ty::Optional(of)) = (optional, &ty) {
                        ty = of.as_ref().clone();
                    }
                    all = Some(self.joined(all, ty, item)?);
                }
                Ok(Ty::list(all.unwrap_or(Ty::Dyn)))
            }
            Kind::Map(entries) => {
                let mut first = None;
                let (mut keys, mut values) = (None, None);
                for (key, value, optional) in entries {
                    let key_type = self.type_of(key)?;
                    keys = Some(self.joined(keys, key_type, key)?);
                    let mut ty = self.type_of(value)?;
                    self.alike(&mut first, &ty, *optional, value)?;
                    if let (true, Ty::Optional(of)) = (optional, &ty) {
                        ty = of.as_ref().clone();
                    }
                    values = Some(self.joined(values, ty, value)?);
                }
                let keys = keys.unwrap_or(Ty::Dyn);
                if !matches!(keys, Ty::Dyn | Ty::Plain(_)) {
                    return Err(fault(format!("unsupported key type {keys}")));
                }
                Ok(Ty::Map(keys.into(), values.unwrap_or(Ty::Dyn).into()))
            }
            Kind::Struct { name, fields } => {
                let made = object::type_named(name)
                    .ok_or_else(|| fault(format!("undeclared reference to `{name}`")))?;
                for (field, value, optional) in fields {
                    let mut given = self.type_of(value)?;
                    if let (true, Ty::Optional(of)) = (optional, &given) {
                        given = of.as_ref().clone();
                    }
                    let wanted = object::field(name, field).map_err(fault)?;
                    if !assignable(&wanted, &given) {
                        return Err(Fault::new(value.at, format!("`{field}` is {wanted}, not {given}")));
                    }
                }
                Ok(made)
            }
            Kind::Fold(fold) => self.fold(fold),
            Kind::OptMap { parts, name, flat } => {
                let [of, body] = parts.as_ref();
                let inner = match self.type_of(of)? {
                    Ty::Optional(inner) => inner.as_ref().clone(),
                    Ty::Dyn => Ty::Dyn,
                    other => return Err(fault(format!("optMap() is for optionals, not for {other}"))),
                };
                self.0.push((name.clone(), inner));
                let body = self.type_of(body);
                self.0.pop();
                let body = body?;
                Ok(if *flat { body } else { Ty::optional(body) })
            }
        }
    }

    fn fold(&mut self, fold: &Fold) -> Result<Ty, Fault> {
        let of = self.type_of(&fold.of)?;
        let two = fold.names.len() == 2;
        let (first, second) = match &of {
            Ty::Dyn => (Ty::Dyn, Ty::Dyn),
            Ty::List(item) if two => (Ty::INT, item.as_ref().clone()),
            Ty::List(item) => (item.as_ref().clone(), Ty::Dyn),
            Ty::Map(key, value) => (key.as_ref().clone(), value.as_ref().clone()),
            other => {
                return Err(Fault::new(
                    fold.of.at,
                    format!("a macro goes over lists and maps, not over {other}"),
                ));
            }
        };
        let before = self.0.len();
        self.0.extend(fold.names.iter().cloned().zip([first.clone(), second]));
        let inner = self.in_fold(fold);
        self.0.truncate(before);
        let body = inner?;
        Ok(match fold.what {
            Folding::All | Folding::Exists | Folding::One => Ty::BOOL,
            Folding::Filter => Ty::list(first),
            Folding::List => Ty::list(body),
            Folding::Map => {
                Ty::Map(if matches!(of, Ty::List(_)) { Ty::INT } else { first }.into(), body.into())
            }
            Folding::Entry => body,
        })
    }

    fn in_fold(&mut self, fold: &Fold) -> Result<Ty, Fault> {
        if let Some(filter) = &fold.filter {
            self.want_bool(filter)?;
        }
        match fold.what {
            Folding::All | Folding::Exists | Folding::One | Folding::Filter => {
                self.want_bool(&fold.body)?;
                Ok(Ty::BOOL)
            }
            Folding::List | Folding::Map | Folding::Entry => self.type_of(&fold.body),
        }
    }

    /// One more part of a literal; where parts may differ, all of them are known at run time alone.
    fn joined(&self, all: Option<Ty>, one: Ty, at: &Expr) -> Result<Ty, Fault> {
        match all {
            Some(all) if self.1.mixed => Ok(common(&all, &one).unwrap_or(Ty::Dyn)),
            all => joined(all, one, at),
        }
    }

    /// `ValidateHomogeneousAggregateLiterals`: beside parts of a known type, none is known at run time alone, other than
    /// in what `format()` is given. What `optional.none()` would hold goes with any type.
    fn alike(&self, first: &mut Option<Ty>, one: &Ty, optional: bool, at: &Expr) -> Result<(), Fault> {
        if optional || self.1.mixed {
            return Ok(());
        }
        let all = first.get_or_insert_with(|| one.clone());
        if (*all == Ty::Dyn) == (*one == Ty::Dyn) || self.0.iter().any(|(n, _)| n == MIXED) {
            return Ok(());
        }
        let text = format!("expected type {all} but found {one}: the parts of a literal are of one type");
        Err(Fault::new(at.at, text))
    }

    fn want_bool(&mut self, expr: &Expr) -> Result<(), Fault> {
        match self.type_of(expr)? {
            Ty::Plain("bool") | Ty::Dyn => Ok(()),
            other => Err(Fault::new(expr.at, format!("expected bool, but this is {other}"))),
        }
    }
}

fn literal(value: &Value) -> Ty {
    match value {
        Value::Bool(_) => Ty::BOOL,
        Value::Int(_) => Ty::INT,
        Value::Uint(_) => Ty::Plain("uint"),
        Value::Double(_) => Ty::Plain("double"),
        Value::Text(_) => Ty::STRING,
        Value::Bytes(_) => Ty::Plain("bytes"),
        Value::Null => Ty::NULL,
        _ => Ty::Dyn,
    }
}

fn field_of(of: &Ty, field: &str) -> Result<Ty, String> {
    match of {
        Ty::Dyn => Ok(Ty::Dyn),
        Ty::Map(_, value) => Ok(value.as_ref().clone()),
        Ty::Object(shape) => match shape.fields.iter().find(|(name, _)| name == field) {
            Some((_, ty)) => Ok(ty.clone()),
            None => Err(format!("undefined field `{field}` of {}", shape.name)),
        },
        Ty::Optional(of) => Ok(Ty::optional(field_of(of, field)?)),
        Ty::Plain("authorizer") if field == "requestResource" => Ok(Ty::Plain("authorizer.resource")),
        other => Err(format!("{other} has no fields, so no `{field}`")),
    }
}

fn element(of: &Ty, key: &Ty) -> Option<Ty> {
    match of {
        Ty::Dyn => Some(Ty::Dyn),
        Ty::List(item) => assignable(&Ty::INT, key).then(|| item.as_ref().clone()),
        Ty::Map(known, value) => assignable(known, key).then(|| value.as_ref().clone()),
        _ => None,
    }
}

/// The type of two branches: the more general one.
fn common(a: &Ty, b: &Ty) -> Option<Ty> {
    if !assignable(a, b) {
        return None;
    }
    Some(match (a, b) {
        (Ty::Dyn, _) | (_, Ty::Dyn) => Ty::Dyn,
        (Ty::List(x), Ty::List(y)) => Ty::list(common(x, y)?),
        (Ty::Optional(x), Ty::Optional(y)) => Ty::optional(common(x, y)?),
        (Ty::Map(key, x), Ty::Map(other, y)) => Ty::Map(common(key, other)?.into(), common(x, y)?.into()),
        (Ty::Plain("null_type"), other) => other.clone(),
        _ => a.clone(),
    })
}

fn joined(all: Option<Ty>, one: Ty, at: &Expr) -> Result<Ty, Fault> {
    match all {
        None => Ok(one),
        Some(all) => common(&all, &one).ok_or_else(|| {
            Fault::new(
                at.at,
                format!("expected type {all} but found {one}: the parts of a literal are of one type"),
            )
        }),
    }
}

/// Literals that can be read now: `stringFormatValidator`, `ValidateRegexLiterals`, `ValidateDurationLiterals`, `ValidateTimestampLiterals`.
fn literals(name: &str, args: &[Expr]) -> Result<(), String> {
    let text = |at: usize| match args.get(at).map(|a| &a.kind) {
        Some(Kind::Literal(Value::Text(text))) => Some(text.clone()),
        _ => None,
    };
    match (name, args.len()) {
        ("format", 2) => match (text(0), &args[1].kind) {
            (Some(pattern), Kind::List(items)) => printf::fault(&pattern, items),
            _ => Ok(()),
        },
        ("matches", 2) => match text(1) {
            Some(pattern) => regex::compile(&pattern).map(|_| ()),
            None => Ok(()),
        },
        ("duration", 1) if text(0).is_some_and(|t| time::duration(&t).is_none()) => {
            Err("invalid duration argument".to_owned())
        }
        ("timestamp", 1)
            if text(0).is_some_and(|t| time::timestamp(&t).is_none() && !time::is_last_day(&t)) =>
        {
            Err("invalid timestamp argument".to_owned())
        }
        _ => Ok(()),
    }
}
