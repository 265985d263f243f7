//! What names mean: those of rules and imports, and the variables of the queries around a place.

use std::collections::{BTreeMap, BTreeSet};

use super::super::expression::{dotted, names_in, root};
use regorus::unstable::{AssignOp, Expr, Literal, Module, Query, Rule, RuleHead};

/// The names of a module, and those that are known where it is looked at.
#[derive(Debug)]
pub(super) struct Scope {
    /// The module's path from `data`.
    pub(super) package: String,
    /// Names of this module's rules.
    pub(super) rules: BTreeSet<String>,
    /// Names that imports give, and what they stand for.
    imports: BTreeMap<String, String>,
    /// Variables that something else than a negation names, from the outermost query in.
    bound: Vec<BTreeSet<String>>,
    /// Variables that hide rules of the same name.
    locals: Vec<BTreeSet<String>>,
}

impl Scope {
    /// Of a module, outside of all its rules.
    pub(super) fn of(module: &Module) -> Self {
        let package = format!("data.{}", dotted(&module.package.refr).unwrap_or_default());
        let head = |rule: &Rule| match rule {
            Rule::Spec { head, .. } => match head {
                RuleHead::Compr { refr, .. } | RuleHead::Set { refr, .. } | RuleHead::Func { refr, .. } => {
                    root(refr)
                }
            },
            Rule::Default { refr, .. } => root(refr),
        };
        let rules = module.policy.iter().filter_map(|rule| head(rule)).collect();
        let imports = module.imports.iter().filter_map(|import| {
            let path = dotted(&import.refr)?;
            let name = import.r#as.as_ref().map_or_else(
                || path.rsplit('.').next().unwrap_or("").to_owned(),
                |span| span.text().to_owned(),
            );
            Some((name, path))
        });
        Self { package, rules, imports: imports.collect(), bound: Vec::new(), locals: Vec::new() }
    }

    /// Goes into something that binds names, which hide rules.
    pub(super) fn enter(&mut self, bound: BTreeSet<String>, locals: BTreeSet<String>) {
        self.bound.push(bound);
        self.locals.push(locals);
    }

    /// Goes into a query.
    pub(super) fn enter_query(&mut self, query: &Query) {
        let (mut bound, mut locals) = (BTreeSet::new(), BTreeSet::new());
        for stmt in &query.stmts {
            match &stmt.literal {
                Literal::Expr { expr, .. } => {
                    names_in(expr, &mut bound, 0);
                    if let Expr::AssignExpr { op: AssignOp::ColEq, lhs, .. } = expr.as_ref() {
                        names_in(lhs, &mut locals, 0);
                    }
                }
                Literal::SomeIn { key, value, collection, .. } => {
                    key.iter().chain([value]).for_each(|e| names_in(e, &mut locals, 0));
                    key.iter().chain([value, collection]).for_each(|e| names_in(e, &mut bound, 0));
                }
                Literal::Every { domain, .. } => names_in(domain, &mut bound, 0),
                Literal::SomeVars { vars, .. } => {
                    locals.extend(vars.iter().map(|span| span.text().to_owned()));
                }
                Literal::NotExpr { .. } => {}
            }
        }
        self.enter(bound, locals);
    }

    /// Leaves what was gone into last.
    pub(super) fn leave(&mut self) {
        self.bound.pop();
        self.locals.pop();
    }

    /// Leaves everything: a rule ends.
    pub(super) fn leave_all(&mut self) {
        self.bound.clear();
        self.locals.clear();
    }

    /// Whether something gives a name its value.
    pub(super) fn knows(&self, name: &str) -> bool {
        matches!(name, "input" | "data")
            || self.rules.contains(name)
            || self.imports.contains_key(name)
            || self.bound.iter().any(|scope| scope.contains(name))
    }

    fn hides(&self, name: &str) -> bool {
        self.locals.iter().any(|names| names.contains(name))
    }

    /// What an import calls so.
    pub(super) fn import(&self, name: &str) -> Option<&str> {
        if self.hides(name) { None } else { self.imports.get(name).map(String::as_str) }
    }

    /// The rule that a path names, of this module or another, from `data`.
    pub(super) fn rule(&self, path: &str) -> Option<String> {
        let (first, rest) = path.split_once('.').unwrap_or((path, ""));
        if self.hides(first) || path == "data" {
            return None;
        }
        if self.rules.contains(first) {
            return Some(format!("{}.{first}", self.package));
        }
        if let Some(import) = self.imports.get(first) {
            return Some(if rest.is_empty() { import.clone() } else { format!("{import}.{rest}") });
        }
        (first == "data").then(|| path.to_owned())
    }
}
