//! An expression's value, with a limit on the work.
//!
//! cel-spec `doc/langdef.md`, "Evaluation"; cel-go `interpreter/attributes.go` for what a missing field is.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use regex::Regex;

use super::ast::{Access, Expr, Fold, Folding, Kind};
use super::authorizer::Authority;
use super::images::Images;
use super::kube::Opaque;
use super::object::Struct;
use super::trouble::{Outcome, Trouble};
use super::value::{Key, Value};
use super::{Program, library, operator, regex as go};

/// Steps that an expression and what it refers to may take. Kubernetes counts cost otherwise
/// (`pkg/apis/cel/config.go`: 1,000,000 a call); whoever reaches this is not judged.
const FUEL: u64 = 2_000_000;

/// Steps that all evaluations of a policy may take for one request: for each parameter, mutation, exception and image.
const BUDGET: u64 = 6_000_000;

/// What a map or an object takes to make, beside its parts.
const MAP: usize = 20;

/// How often an expression may ask the authorizer.
const MOST_ASKED: u8 = 2;

/// How deep variables may nest that wait for each other, and the values that they hold.
const DEEPEST: usize = 400;

/// What an expression is evaluated with.
#[derive(Debug)]
pub struct Machine<'a> {
    fuel: u64,
    /// What it began with.
    most: u64,
    regexes: BTreeMap<Arc<str>, Regex>,
    names: Vec<(String, Value)>,
    lazy: Vec<Lazy>,
    images: Option<Arc<dyn Images>>,
    authority: Option<&'a dyn Authority>,
    /// How often the expression has asked it.
    asked: u8,
    /// What calls of `generator.Apply` made: a namespace, and an object for it.
    pub made: Vec<(String, Value)>,
}

/// What the evaluations of a policy have left, all together.
#[derive(Debug)]
pub struct Budget(Cell<u64>);

impl Default for Budget {
    fn default() -> Self {
        Self(Cell::new(BUDGET))
    }
}

impl Budget {
    /// Takes off work that is done beside the expressions.
    pub fn take(&self, work: usize) -> Outcome<()> {
        self.0.set(self.0.get().checked_sub(work as u64).ok_or(Trouble::Exhausted)?);
        Ok(())
    }
}

#[derive(Debug)]
struct Lazy {
    name: String,
    program: Arc<Program>,
    value: Option<Outcome<Value>>,
}

impl<'a> Machine<'a> {
    /// A machine with these variables, and those that are computed when they are first asked for: `variables.name`.
    pub fn new(names: Vec<(String, Value)>, lazy: Vec<(String, Arc<Program>)>) -> Self {
        let lazy = lazy.into_iter().map(|(name, program)| Lazy { name, program, value: None }).collect();
        Self {
            fuel: FUEL,
            most: FUEL,
            regexes: BTreeMap::new(),
            names,
            lazy,
            images: None,
            authority: None,
            asked: 0,
            made: Vec::new(),
        }
    }

    /// This machine with no more steps than a budget has left.
    #[must_use]
    pub fn within(self, budget: &Budget) -> Self {
        Self { fuel: FUEL.min(budget.0.get()), most: FUEL.min(budget.0.get()), ..self }
    }

    /// Takes off a budget what this machine has used.
    pub fn settle(&self, budget: &Budget) {
        budget.0.set(budget.0.get().saturating_sub(self.most - self.fuel));
    }

    /// This machine with somebody who answers about images.
    #[must_use]
    pub fn asking(self, images: Arc<dyn Images>) -> Self {
        Self { images: Some(images), ..self }
    }

    /// Who answers about images.
    pub(super) fn images(&self) -> Option<Arc<dyn Images>> {
        self.images.clone()
    }

    /// This machine with somebody who knows who may do what.
    #[must_use]
    pub fn trusting(self, authority: Option<&'a dyn Authority>) -> Self {
        Self { authority, ..self }
    }

    /// Who knows who may do what, where there is anybody. An expression may ask twice: a check costs 350,000 of the
    /// 1,000,000 that it has (k8s.io/apiserver `pkg/cel/library/cost.go`).
    pub(super) fn authority(&mut self) -> Outcome<Option<&'a dyn Authority>> {
        self.asked += 1;
        if self.asked > MOST_ASKED { Err(Trouble::Exhausted) } else { Ok(self.authority) }
    }

    /// Gives a variable another value; what was computed with the former one stays.
    pub fn set(&mut self, name: &str, value: Value) {
        if let Some(known) = self.names.iter_mut().find(|(n, _)| n == name) {
            known.1 = value;
        }
    }

    /// The value of a program.
    pub fn run(&mut self, program: &Program) -> Outcome<Value> {
        self.asked = 0;
        self.eval(&program.expr)
    }

    /// Takes work off what is left.
    pub fn charge(&mut self, work: usize) -> Outcome<()> {
        self.fuel = self.fuel.checked_sub(work as u64).ok_or(Trouble::Exhausted)?;
        Ok(())
    }

    /// A compiled pattern; one that is used in a loop is compiled once.
    pub fn regex(&mut self, pattern: &Arc<str>, text: &str) -> Outcome<Regex> {
        // An estimate of what the engine does to compile it, and for each character of the text.
        let weight = go::weight(pattern);
        self.charge(1 + (text.len() / 20).saturating_mul(1 + weight))?;
        if let Some(known) = self.regexes.get(pattern) {
            return Ok(known.clone());
        }
        self.charge(1000 + weight.saturating_mul(200))?;
        let regex = go::compile(pattern).map_err(|text| {
            if text.contains("not modelled") { Trouble::Unmodelled(text) } else { Trouble::Error(text) }
        })?;
        self.regexes.insert(pattern.clone(), regex.clone());
        Ok(regex)
    }

    fn eval(&mut self, expr: &Expr) -> Outcome<Value> {
        self.charge(1)?;
        match &expr.kind {
            Kind::Literal(value) => Ok(value.clone()),
            Kind::Ident(name) => self.variable(name),
            Kind::Select { of, field, how } => {
                if let Kind::Ident(name) = &of.kind
                    && name == "variables"
                    && !self.names.iter().any(|(n, _)| n == name)
                {
                    return match how {
                        Access::Test => Ok(Value::Bool(self.lazy.iter().any(|l| l.name == *field))),
                        Access::Plain => self.composed(field),
                        Access::Optional => self.composed(field).map(Value::some),
                    };
                }
                let of = self.eval(of)?;
                select(&of, field, *how)
            }
            Kind::Index { of, key, optional } => {
                let (of, key) = (self.eval(of)?, self.eval(key)?);
                self.charge(operator::weight(&key))?;
                index(&of, &key, *optional)
            }
            Kind::Call { name, args, .. } => {
                let mut given = Vec::with_capacity(args.len());
                for arg in args {
                    given.push(self.eval(arg)?);
                }
                library::call(self, name, &given)
            }
            Kind::And(parts) => self.logic(parts.iter(), false),
            Kind::Or(parts) => self.logic(parts.iter(), true),
            Kind::If(parts) => {
                let [condition, yes, no] = parts.as_ref();
                match self.eval(condition)? {
                    Value::Bool(true) => self.eval(yes),
                    Value::Bool(false) => self.eval(no),
                    _ => Err(Trouble::overload()),
                }
            }
            Kind::List(items) => {
                let mut out = Vec::with_capacity(items.len());
                for (item, optional) in items {
                    match (self.eval(item)?, optional) {
                        (Value::Optional(inner), true) => out.extend(inner.map(|v| v.as_ref().clone())),
                        (_, true) => return Err(Trouble::overload()),
                        (value, false) => out.push(value),
                    }
                }
                Ok(Value::list(out))
            }
            Kind::Map(entries) => {
                self.charge(MAP)?;
                let mut out = BTreeMap::new();
                for (key, value, optional) in entries {
                    let key = self.eval(key)?;
                    self.charge(operator::weight(&key))?;
                    let value = match (self.eval(value)?, optional) {
                        (Value::Optional(Some(inner)), true) => inner.as_ref().clone(),
                        (Value::Optional(None), true) => continue,
                        (_, true) => return Err(Trouble::overload()),
                        (value, false) => value,
                    };
                    // The last of equal keys counts: cel-go `interpreter/interpretable.go`, against cel-spec.
                    out.insert(key_of(&key)?, value);
                }
                Ok(Value::Map(Arc::new(out)))
            }
            Kind::Struct { name, fields } => {
                self.charge(MAP)?;
                let mut out = BTreeMap::new();
                for (field, value, optional) in fields {
                    match (self.eval(value)?, optional) {
                        (Value::Optional(Some(inner)), true) => {
                            out.insert(field.clone(), inner.as_ref().clone());
                        }
                        (Value::Optional(None), true) => {}
                        (_, true) => return Err(Trouble::overload()),
                        (value, false) => {
                            out.insert(field.clone(), value);
                        }
                    }
                }
                Ok(Value::Struct(Arc::new(Struct { name: name.clone(), fields: out })))
            }
            Kind::Fold(fold) => self.fold(fold),
            Kind::OptMap { parts, name, flat } => {
                let [of, body] = parts.as_ref();
                match self.eval(of)? {
                    Value::Optional(None) => Ok(Value::Optional(None)),
                    Value::Optional(Some(inner)) => {
                        self.names.push((name.clone(), inner.as_ref().clone()));
                        let value = self.eval(body);
                        self.names.pop();
                        if *flat { value } else { value.map(Value::some) }
                    }
                    _ => Err(Trouble::overload()),
                }
            }
        }
    }

    fn variable(&self, name: &str) -> Outcome<Value> {
        if let Some((_, value)) = self.names.iter().rev().find(|(n, _)| n == name) {
            return Ok(value.clone());
        }
        match name {
            "authorizer" => Err(Trouble::Unmodelled("the authorizer, outside of a request".to_owned())),
            "variables" => Err(Trouble::Unmodelled("`variables` as a whole".to_owned())),
            _ => library::type_named(name)
                .map(Value::Type)
                .ok_or_else(|| Trouble::error(format!("undeclared reference to '{name}'"))),
        }
    }

    /// `variables.name`, computed once, seeing none of the names of macros around it.
    fn composed(&mut self, name: &str) -> Outcome<Value> {
        let Some(at) = self.lazy.iter().position(|l| l.name == name) else { return Err(Trouble::key(name)) };
        if let Some(known) = &self.lazy[at].value {
            return known.clone();
        }
        let program = self.lazy[at].program.clone();
        // Until it has a value, it stands for one that is being computed: what waits for each other must not nest deep.
        self.lazy[at].value = Some(Err(Trouble::Exhausted));
        let busy = self.lazy.iter().filter(|l| matches!(l.value, Some(Err(Trouble::Exhausted))));
        if busy.map(|l| usize::from(l.program.expr.height)).sum::<usize>() > DEEPEST {
            return Err(Trouble::Exhausted);
        }
        let locals = self.names.split_off(program.outer.min(self.names.len()));
        let value = self.eval(&program.expr).map_err(|trouble| match trouble {
            Trouble::Error(text) => {
                Trouble::Error(format!("composited variable \"{name}\" fails to evaluate: {text}"))
            }
            other => other,
        });
        let value = value.and_then(|value| self.shallow(&value, DEEPEST).map(|()| value));
        self.names.extend(locals);
        self.lazy[at].value = Some(value.clone());
        value
    }

    /// Sees to it that a value that others are made of does not nest deep.
    fn shallow(&mut self, value: &Value, left: usize) -> Outcome<()> {
        self.charge(1)?;
        let left = left.checked_sub(1).ok_or(Trouble::Exhausted)?;
        match value {
            Value::List(items) => items.iter().try_for_each(|item| self.shallow(item, left)),
            Value::Map(map) => map.values().try_for_each(|item| self.shallow(item, left)),
            Value::Optional(Some(inner)) => self.shallow(inner, left),
            _ => Ok(()),
        }
    }

    /// `&&` and `||`: what decides wins over an error, wherever it stands.
    fn logic<'e>(&mut self, parts: impl Iterator<Item = &'e Expr>, decides: bool) -> Outcome<Value> {
        let mut trouble = None;
        for part in parts {
            match self.eval(part) {
                Ok(Value::Bool(b)) if b == decides => return Ok(Value::Bool(decides)),
                Ok(Value::Bool(_)) => {}
                Ok(_) => remember(&mut trouble, Trouble::overload())?,
                Err(one) => remember(&mut trouble, one)?,
            }
        }
        trouble.map_or(Ok(Value::Bool(!decides)), Err)
    }

    fn fold(&mut self, fold: &Fold) -> Outcome<Value> {
        let of = self.eval(&fold.of)?;
        let two = fold.names.len() == 2;
        let before = self.names.len();
        let out = match &of {
            Value::List(items) if two => self.folded(
                fold,
                items.iter().enumerate().map(|(i, v)| (Value::Int(i as i64), v.clone())),
                two,
            ),
            Value::List(items) => self.folded(fold, items.iter().map(|v| (v.clone(), Value::Null)), two),
            Value::Map(map) => self.folded(fold, map.iter().map(|(k, v)| (k.value(), v.clone())), two),
            _ => Err(Trouble::overload()),
        };
        self.names.truncate(before);
        out
    }

    /// What a macro makes of its elements, taken one by one: what decides early has not cost all of them.
    fn folded(
        &mut self,
        fold: &Fold,
        elements: impl Iterator<Item = (Value, Value)>,
        two: bool,
    ) -> Outcome<Value> {
        let before = self.names.len();
        let (mut trouble, mut hits, mut list, mut map) = (None, 0u64, Vec::new(), BTreeMap::new());
        for (first, second) in elements {
            self.names.truncate(before);
            self.names.extend(fold.names.iter().cloned().zip([first.clone(), second]));
            if let Some(filter) = &fold.filter {
                match self.eval(filter)? {
                    Value::Bool(true) => {}
                    Value::Bool(false) => continue,
                    _ => return Err(Trouble::overload()),
                }
            }
            let body = self.eval(&fold.body);
            match (fold.what, body) {
                (Folding::All, Ok(Value::Bool(false))) => return Ok(Value::Bool(false)),
                (Folding::Exists, Ok(Value::Bool(true))) => return Ok(Value::Bool(true)),
                (Folding::All | Folding::Exists, Ok(Value::Bool(_))) => {}
                (Folding::All | Folding::Exists, Ok(_)) => remember(&mut trouble, Trouble::overload())?,
                (Folding::All | Folding::Exists, Err(one)) => remember(&mut trouble, one)?,
                (_, Err(one)) => return Err(one),
                (Folding::One, Ok(Value::Bool(b))) => hits += u64::from(b),
                (Folding::Filter, Ok(Value::Bool(b))) => {
                    if b {
                        list.push(first);
                    }
                }
                (Folding::One | Folding::Filter, Ok(_)) => return Err(Trouble::overload()),
                (Folding::List, Ok(value)) => list.push(value),
                (Folding::Map, Ok(value)) if two => insert(&mut map, &first, value)?,
                (Folding::Entry, Ok(Value::Map(entries))) => {
                    for (key, value) in entries.iter() {
                        insert(&mut map, &key.value(), value.clone())?;
                    }
                }
                (Folding::Map | Folding::Entry, Ok(_)) => return Err(Trouble::overload()),
            }
        }
        match fold.what {
            Folding::All | Folding::Exists => trouble.map_or(Ok(Value::Bool(fold.what == Folding::All)), Err),
            Folding::One => Ok(Value::Bool(hits == 1)),
            Folding::Filter | Folding::List => Ok(Value::list(list)),
            Folding::Map | Folding::Entry => Ok(Value::Map(Arc::new(map))),
        }
    }
}

/// Keeps a trouble that something later may still make up for: honest ignorance rather than an error.
fn remember(all: &mut Option<Trouble>, one: Trouble) -> Outcome<()> {
    match (&all, &one) {
        (_, Trouble::Exhausted) => return Err(one),
        (None, _) | (Some(Trouble::Error(_)), Trouble::Unmodelled(_)) => *all = Some(one),
        _ => {}
    }
    Ok(())
}

fn key_of(key: &Value) -> Outcome<Key> {
    Key::of(key).ok_or_else(|| Trouble::Unmodelled(format!("a {} as a key", key.type_name())))
}

fn insert(map: &mut BTreeMap<Key, Value>, key: &Value, value: Value) -> Outcome<()> {
    match map.entry(key_of(key)?) {
        Entry::Vacant(free) => {
            free.insert(value);
            Ok(())
        }
        Entry::Occupied(_) => {
            Err(Trouble::error(format!("insert failed: key {} already exists", operator::plain(key))))
        }
    }
}

fn select(of: &Value, field: &str, how: Access) -> Outcome<Value> {
    let (inner, through) = match of {
        Value::Optional(None) if how == Access::Test => return Ok(Value::Bool(false)),
        Value::Optional(None) => return Ok(Value::Optional(None)),
        Value::Optional(Some(inner)) => (inner.as_ref(), true),
        of => (of, how == Access::Optional),
    };
    let found = match inner {
        Value::Map(map) => map.get(&Key::Text(Arc::from(field))).cloned(),
        Value::List(_) => return Err(Trouble::error("unsupported index type 'string' in list")),
        Value::Opaque(of) if field == "requestResource" => match of.as_ref() {
            Opaque::Authorizer(asks) => asks.requested(),
            _ => None,
        },
        _ => None,
    };
    match how {
        Access::Test => Ok(Value::Bool(found.is_some())),
        _ if through => Ok(Value::Optional(found.map(Arc::new))),
        _ => found.ok_or_else(|| Trouble::key(field)),
    }
}

fn index(of: &Value, key: &Value, optional: bool) -> Outcome<Value> {
    let (inner, through) = match of {
        Value::Optional(None) => return Ok(Value::Optional(None)),
        Value::Optional(Some(inner)) => (inner.as_ref(), true),
        of => (of, optional),
    };
    let found = match (inner, Key::of(key)) {
        (Value::Map(map), Some(key)) => {
            map.get(&key).cloned().ok_or_else(|| Trouble::key(operator::plain(&key.value())))
        }
        (Value::Map(_), None) => Err(Trouble::key(operator::plain(key))),
        (Value::List(items), Some(Key::Number(n))) => usize::try_from(n)
            .ok()
            .and_then(|n| items.get(n))
            .cloned()
            .ok_or_else(|| Trouble::error(format!("index out of bounds: {n}"))),
        (Value::List(_), _) => {
            return Err(Trouble::error(format!("unsupported index type '{}' in list", key.type_name())));
        }
        _ => Err(Trouble::key(operator::plain(key))),
    };
    if through { Ok(Value::Optional(found.ok().map(Arc::new))) } else { found }
}
