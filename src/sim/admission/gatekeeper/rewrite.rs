//! Rego as OPA reads it, for an engine that reads some of it otherwise.
//!
//! OPA v1 `ast/compile.go`: arguments of a call are taken out of an expression before it is negated (`expandExpr`,
//! `rewriteDynamics`), so that an undefined one ends the body; a variable that only a negated expression names is unsafe
//! (`checkSafetyRuleBodies`); a rule may not need itself (`checkRecursion`). Lines stay where they are.

use std::collections::{BTreeMap, BTreeSet};

use super::layout::apart;
use regorus::Source;
use regorus::unstable::{
    AssignOp, BoolOp, Expr, Literal, LiteralStmt, Module, Parser, Query, Rule, RuleHead,
};

/// The beginning of the variables that are put in.
const OURS: &str = "sealegs__";
/// How deep expressions may stand in each other.
const DEPTH: usize = 96;
/// How often a text is gone over: negations in negations.
const ROUNDS: usize = 12;

/// What is wrong with a policy, and the line of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// In words.
    pub text: String,
    /// The line, from 1.
    pub line: u32,
}

/// A policy that the engine reads as OPA would.
#[derive(Debug)]
pub(super) struct Rewritten {
    /// The text.
    pub(super) text: String,
    /// Its package, as a path from `data`.
    pub(super) package: String,
    /// The lines of its rules called `violation`.
    pub(super) violations: Vec<u32>,
    /// What each rule of it names.
    pub(super) needs: BTreeMap<String, BTreeSet<String>>,
}

/// Reads and mends one text. `next` numbers the variables that are put in.
pub(super) fn rewrite(text: &str, v1: bool) -> Result<Rewritten, Fault> {
    let mut text = apart(text, v1)?;
    let mut next = 0;
    for _ in 0..ROUNDS {
        let source = Source::from_contents("policy.rego".to_owned(), text.clone()).map_err(|e| said(&e))?;
        let mut parser = Parser::new(&source).map_err(|e| said(&e))?;
        if v1 {
            parser.enable_rego_v1().map_err(|e| said(&e))?;
        }
        let module = parser.parse().map_err(|e| said(&e))?;
        let mut walk = Walk::new(&text, &module, next);
        walk.module(&module)?;
        next = walk.next;
        if walk.edits.is_empty() {
            let (package, violations, needs) = (walk.package, walk.violations, walk.needs);
            return Ok(Rewritten { text, package, violations, needs });
        }
        text = apply(&text, walk.edits);
    }
    Err(Fault { text: "negations are nested too deeply".to_owned(), line: 1 })
}

/// A rule that needs itself, by way of others or not.
pub(super) fn recursion(all: &BTreeMap<String, BTreeSet<String>>) -> Option<String> {
    let mut done = BTreeSet::new();
    for start in all.keys() {
        // Each step: a rule, and what of it is still to be looked at.
        let mut path: Vec<(&str, Vec<&str>)> = Vec::new();
        let needs = |rule: &str| -> Vec<&str> {
            let own = all.get(rule).into_iter().flatten().map(String::as_str);
            own.flat_map(|name| {
                // A reference to a package, or into a rule, needs the rules below it, or that rule.
                all.keys().map(String::as_str).filter(move |k| {
                    *k == name
                        || name.strip_prefix(*k).is_some_and(|r| r.starts_with('.'))
                        || k.strip_prefix(name).is_some_and(|r| r.starts_with('.'))
                })
            })
            .collect()
        };
        if !done.contains(start.as_str()) {
            path.push((start, needs(start)));
        }
        while let Some((rule, open)) = path.last_mut() {
            let Some(other) = open.pop() else {
                done.insert(*rule);
                path.pop();
                continue;
            };
            if path.iter().any(|(rule, _)| *rule == other) {
                return Some(other.to_owned());
            }
            if !done.contains(other) {
                path.push((other, needs(other)));
            }
        }
    }
    None
}

fn apply(text: &str, mut edits: Vec<(usize, usize, String)>) -> String {
    edits.sort_by_key(|(start, end, _)| (*start, *end));
    let (mut out, mut at) = (String::with_capacity(text.len() + 256), 0);
    for (start, end, new) in edits {
        out.push_str(text.get(at..start).unwrap_or(""));
        out.push_str(&new);
        at = end.max(at);
    }
    out.push_str(text.get(at..).unwrap_or(""));
    out
}

/// The engine's messages hold a place, a picture, and what is wrong on a line of its own.
pub(super) fn said(error: &impl std::fmt::Display) -> Fault {
    let error = error.to_string();
    let place = error.lines().find_map(|l| l.trim_start().strip_prefix("-->"));
    let line = place.and_then(|p| p.trim().rsplit(':').nth(1)).and_then(|l| l.parse().ok()).unwrap_or(1);
    let words = error.lines().find_map(|l| l.trim_start().strip_prefix("error: "));
    let text = words.unwrap_or(error.lines().next().unwrap_or("it cannot be read")).trim_end_matches('.');
    Fault { text: text.to_owned(), line }
}

struct Walk<'a> {
    text: &'a str,
    next: usize,
    package: String,
    /// Names of this module's rules.
    rules: BTreeSet<String>,
    /// Names that imports give, and what they stand for.
    imports: BTreeMap<String, String>,
    edits: Vec<(usize, usize, String)>,
    violations: Vec<u32>,
    needs: BTreeMap<String, BTreeSet<String>>,
    /// The rule that is looked at.
    rule: String,
    /// Variables that something else than a negation names, from the outermost query in.
    scopes: Vec<BTreeSet<String>>,
    /// Variables that hide rules of the same name.
    locals: Vec<BTreeSet<String>>,
    depth: usize,
}

impl<'a> Walk<'a> {
    fn new(text: &'a str, module: &Module, next: usize) -> Self {
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
        let imports = imports.collect();
        Self {
            text,
            next,
            package,
            rules,
            imports,
            edits: Vec::new(),
            violations: Vec::new(),
            needs: BTreeMap::new(),
            rule: String::new(),
            scopes: Vec::new(),
            locals: Vec::new(),
            depth: 0,
        }
    }

    fn module(&mut self, module: &Module) -> Result<(), Fault> {
        for rule in &module.policy {
            match rule.as_ref() {
                Rule::Spec { span, head, bodies } => {
                    let (refr, parts): (_, Vec<&Expr>) = match head {
                        RuleHead::Compr { refr, assign, .. } => {
                            (refr, assign.iter().map(|a| a.value.as_ref()).collect())
                        }
                        RuleHead::Set { refr, key, .. } => (refr, key.iter().map(AsRef::as_ref).collect()),
                        RuleHead::Func { refr, args, assign, .. } => {
                            let value = assign.iter().map(|a| a.value.as_ref());
                            (refr, args.iter().map(AsRef::as_ref).chain(value).collect())
                        }
                    };
                    let name = root(refr).unwrap_or_default();
                    if name == "violation" {
                        self.violations.push(span.line);
                    }
                    self.begin(&name);
                    if let RuleHead::Func { args, .. } = head {
                        let mut names = BTreeSet::new();
                        for arg in args {
                            names_in(arg, &mut names, 0);
                        }
                        self.locals.push(names.clone());
                        self.scopes.push(names);
                    }
                    self.brackets(refr)?;
                    for part in parts {
                        self.expr(part)?;
                    }
                    for body in bodies {
                        if let Some(assign) = &body.assign {
                            self.expr(&assign.value)?;
                        }
                        self.query(&body.query)?;
                    }
                    self.scopes.clear();
                    self.locals.clear();
                }
                Rule::Default { refr, args, value, .. } => {
                    self.begin(&root(refr).unwrap_or_default());
                    self.brackets(refr)?;
                    for part in args.iter().chain([value]) {
                        self.expr(part)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn begin(&mut self, name: &str) {
        self.rule = format!("{}.{name}", self.package);
        self.needs.entry(self.rule.clone()).or_default();
    }

    fn query(&mut self, query: &Query) -> Result<(), Fault> {
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
        self.scopes.push(bound);
        self.locals.push(locals);
        let out = query.stmts.iter().try_for_each(|stmt| self.stmt(stmt));
        self.scopes.pop();
        self.locals.pop();
        out
    }

    fn stmt(&mut self, stmt: &LiteralStmt) -> Result<(), Fault> {
        for with in &stmt.with_mods {
            self.expr(&with.refr)?;
            self.expr(&with.r#as)?;
        }
        match &stmt.literal {
            Literal::SomeVars { .. } => Ok(()),
            Literal::SomeIn { key, value, collection, .. } => {
                for part in key.iter().chain([value, collection]) {
                    self.expr(part)?;
                }
                Ok(())
            }
            Literal::Expr { expr, .. } => self.expr(expr),
            Literal::NotExpr { expr, .. } => self.negation(stmt, expr),
            Literal::Every { key, value, domain, query, .. } => {
                self.expr(domain)?;
                let names = key.iter().chain([value]).map(|span| span.text().to_owned());
                let names: BTreeSet<_> = names.collect();
                self.scopes.push(names.clone());
                self.locals.push(names);
                let out = self.query(query);
                self.scopes.pop();
                self.locals.pop();
                out
            }
        }
    }

    fn negation(&mut self, stmt: &LiteralStmt, expr: &Expr) -> Result<(), Fault> {
        let mut names = BTreeSet::new();
        unsafe_in(expr, &mut names, true, 0);
        let known = |name: &String| {
            name != "_"
                && (name.starts_with(OURS)
                    || matches!(name.as_str(), "input" | "data")
                    || self.rules.contains(name)
                    || self.imports.contains_key(name)
                    || self.scopes.iter().any(|scope| scope.contains(name)))
        };
        if let Some(name) = names.iter().find(|name| !known(name)) {
            let text = format!("var {name} is unsafe: only a negated expression names it");
            return Err(Fault { text, line: stmt.span.line });
        }
        let mut out = Vec::new();
        self.hoisted(expr, &mut out);
        if out.is_empty() {
            return self.expr(expr);
        }
        let start = stmt.span.start as usize;
        let with: Vec<&str> = stmt.with_mods.iter().map(|with| with.span.text()).collect();
        let last = stmt.with_mods.last().map(|with| with.r#as.span().end);
        let end = last.unwrap_or(expr.span().end).max(expr.span().end) as usize;
        let with = match stmt.with_mods.first() {
            Some(_) if with.iter().all(|w| !w.is_empty()) => {
                let from = expr.span().end as usize;
                format!(" {}", self.text.get(from..end).unwrap_or("").replace('\n', " ").trim())
            }
            _ => String::new(),
        };
        let mut before = String::new();
        for (from, to) in out {
            let name = format!("{OURS}{}", self.next);
            self.next += 1;
            before += &format!("{name} := {}{with}; ", self.text.get(from..to).unwrap_or(""));
            self.edits.push((from, to, name));
        }
        // `allow if not f(x)` holds one expression alone, without braces.
        let alone = self.text.get(..start).is_some_and(|text| {
            let text = text.trim_end();
            text.ends_with("if") && !text.ends_with(|c: char| c == '_' || c.is_ascii_digit())
        });
        if alone {
            before.insert_str(0, "{ ");
            self.edits.push((end, end, " }".to_owned()));
        }
        self.edits.push((start, start, before));
        Ok(())
    }

    /// The ranges of an expression that are looked up before it is negated.
    fn hoisted(&self, expr: &Expr, out: &mut Vec<(usize, usize)>) {
        match expr {
            Expr::Call { params, .. } => params.iter().for_each(|p| self.taken_out(p, out)),
            Expr::BoolExpr { op: BoolOp::Eq, lhs, rhs, .. }
            | Expr::AssignExpr { op: AssignOp::Eq, lhs, rhs, .. } => {
                for side in [lhs, rhs] {
                    match side.as_ref() {
                        Expr::RefDot { .. } | Expr::RefBrack { .. } => self.indices(side, out),
                        Expr::Var { .. } => {}
                        other => self.taken_out(other, out),
                    }
                }
            }
            Expr::BoolExpr { lhs, rhs, .. }
            | Expr::ArithExpr { lhs, rhs, .. }
            | Expr::BinExpr { lhs, rhs, .. } => {
                self.taken_out(lhs, out);
                self.taken_out(rhs, out);
            }
            Expr::Membership { key, value, collection, .. } => {
                key.iter().chain([value, collection]).for_each(|e| self.taken_out(e, out));
            }
            Expr::RefDot { .. } | Expr::RefBrack { .. } => self.indices(expr, out),
            Expr::UnaryExpr { expr, .. } => self.taken_out(expr, out),
            _ => {}
        }
    }

    /// What stands in the brackets of a reference, and a call at its head.
    fn indices(&self, expr: &Expr, out: &mut Vec<(usize, usize)>) {
        let mut at = expr;
        let mut found = Vec::new();
        loop {
            match at {
                Expr::RefDot { refr, .. } => at = refr,
                Expr::RefBrack { refr, index, .. } => {
                    let mut here = Vec::new();
                    self.taken_out(index, &mut here);
                    found.extend(here);
                    at = refr;
                }
                Expr::Var { .. } => break,
                other => {
                    self.taken_out(other, &mut found);
                    break;
                }
            }
        }
        found.reverse();
        out.extend(found);
    }

    fn taken_out(&self, expr: &Expr, out: &mut Vec<(usize, usize)>) {
        let dynamic = match expr {
            Expr::String { .. }
            | Expr::RawString { .. }
            | Expr::Number { .. }
            | Expr::Bool { .. }
            | Expr::Null { .. } => false,
            Expr::Var { span, .. } => self.rules.contains(span.text()),
            Expr::Array { items, .. } | Expr::Set { items, .. } => !items.is_empty(),
            Expr::Object { fields, .. } => !fields.is_empty(),
            Expr::ArrayCompr { .. } | Expr::SetCompr { .. } | Expr::ObjectCompr { .. } => false,
            _ => true,
        };
        if dynamic {
            out.push((expr.span().start as usize, expr.span().end as usize));
        }
    }

    fn expr(&mut self, expr: &Expr) -> Result<(), Fault> {
        self.depth += 1;
        let out = self.inner(expr);
        self.depth -= 1;
        out
    }

    fn inner(&mut self, expr: &Expr) -> Result<(), Fault> {
        if self.depth > DEPTH {
            return Err(Fault {
                text: "an expression is nested too deeply".to_owned(),
                line: expr.span().line,
            });
        }
        self.need(expr);
        match expr {
            Expr::ArrayCompr { term, query, .. } | Expr::SetCompr { term, query, .. } => {
                self.expr(term)?;
                self.query(query)
            }
            Expr::ObjectCompr { key, value, query, .. } => {
                self.expr(key)?;
                self.expr(value)?;
                self.query(query)
            }
            Expr::Call { span, fcn, params, .. } => {
                let (end, start) = (fcn.span().end as usize, fcn.span().start as usize);
                let between = self.text.get(end..).unwrap_or("");
                let gap = between.find('(').unwrap_or(0);
                if gap > 0 && start >= span.start as usize {
                    let text = "a blank between a name and its bracket".to_owned();
                    return Err(Fault { text, line: span.line });
                }
                self.imported(fcn);
                self.expr(fcn)?;
                for param in params {
                    self.expr(param)?;
                }
                Ok(())
            }
            Expr::RefDot { .. } | Expr::RefBrack { .. } => self.brackets(expr),
            other => {
                for child in children(other) {
                    self.expr(child)?;
                }
                Ok(())
            }
        }
    }

    /// A function by the name that an import gives: written out, for the engine looks for data alone behind an import.
    fn imported(&mut self, fcn: &Expr) {
        let Some(first) = root(fcn).filter(|name| !self.locals.iter().any(|names| names.contains(name)))
        else {
            return;
        };
        if let Some(path) = self.imports.get(&first).filter(|path| path.starts_with("data.")) {
            let start = fcn.span().start as usize;
            self.edits.push((start, start + first.len(), path.clone()));
        }
    }

    /// What stands in the brackets of a reference; its name is looked at as a whole.
    fn brackets(&mut self, expr: &Expr) -> Result<(), Fault> {
        let mut at = expr;
        loop {
            match at {
                Expr::RefDot { refr, .. } => at = refr,
                Expr::RefBrack { refr, index, .. } => {
                    self.expr(index)?;
                    at = refr;
                }
                Expr::Var { .. } => return Ok(()),
                other => return self.expr(other),
            }
        }
    }

    /// Remembers a name that is a rule's, of this module or another.
    fn need(&mut self, expr: &Expr) {
        let path = match expr {
            Expr::Var { span, .. } => span.text().to_owned(),
            Expr::RefDot { .. } | Expr::RefBrack { .. } => match dotted(expr) {
                Some(path) => path,
                None => return,
            },
            _ => return,
        };
        let (first, rest) = path.split_once('.').unwrap_or((&path, ""));
        if self.locals.iter().any(|names| names.contains(first)) || path == "data" {
            return;
        }
        let whole = if self.rules.contains(first) {
            format!("{}.{first}", self.package)
        } else if let Some(import) = self.imports.get(first) {
            if rest.is_empty() { import.clone() } else { format!("{import}.{rest}") }
        } else if first == "data" {
            path
        } else {
            return;
        };
        if let Some(needs) = self.needs.get_mut(&self.rule) {
            needs.insert(whole);
        }
    }
}

/// The expressions directly below one that holds no query.
fn children(expr: &Expr) -> Vec<&Expr> {
    match expr {
        Expr::Array { items, .. } | Expr::Set { items, .. } => items.iter().map(AsRef::as_ref).collect(),
        Expr::Object { fields, .. } => {
            fields.iter().flat_map(|(_, key, value)| [key.as_ref(), value.as_ref()]).collect()
        }
        Expr::Call { fcn, params, .. } => {
            std::iter::once(fcn.as_ref()).chain(params.iter().map(AsRef::as_ref)).collect()
        }
        Expr::UnaryExpr { expr, .. } => vec![expr],
        Expr::RefDot { refr, .. } => vec![refr],
        Expr::RefBrack { refr, index, .. } => vec![refr, index],
        Expr::BinExpr { lhs, rhs, .. }
        | Expr::BoolExpr { lhs, rhs, .. }
        | Expr::ArithExpr { lhs, rhs, .. }
        | Expr::AssignExpr { lhs, rhs, .. } => vec![lhs, rhs],
        Expr::Membership { key, value, collection, .. } => {
            key.iter().chain([value, collection]).map(AsRef::as_ref).collect()
        }
        _ => Vec::new(),
    }
}

/// The variables that an expression names, those of comprehensions aside.
fn names_in(expr: &Expr, names: &mut BTreeSet<String>, depth: usize) {
    if depth > DEPTH {
        return;
    }
    if let Expr::Var { span, .. } = expr {
        names.insert(span.text().to_owned());
    }
    for child in children(expr) {
        names_in(child, names, depth + 1);
    }
}

/// The variables of a negated expression that something else has to bind: those of calls inside it are looked up before.
fn unsafe_in(expr: &Expr, names: &mut BTreeSet<String>, outermost: bool, depth: usize) {
    let call = matches!(
        expr,
        Expr::Call { .. }
            | Expr::BoolExpr { .. }
            | Expr::ArithExpr { .. }
            | Expr::BinExpr { .. }
            | Expr::Membership { .. }
            | Expr::UnaryExpr { .. }
    );
    if depth > DEPTH || (call && !outermost) {
        return;
    }
    match expr {
        Expr::Var { span, .. } => {
            names.insert(span.text().to_owned());
        }
        Expr::Call { params, .. } => params.iter().for_each(|p| unsafe_in(p, names, false, depth + 1)),
        other => {
            for child in children(other) {
                unsafe_in(child, names, false, depth + 1);
            }
        }
    }
}

/// The first word of a reference.
fn root(expr: &Expr) -> Option<String> {
    let mut at = expr;
    loop {
        match at {
            Expr::Var { span, .. } => return Some(span.text().to_owned()),
            Expr::RefDot { refr, .. } | Expr::RefBrack { refr, .. } => at = refr,
            _ => return None,
        }
    }
}

/// A reference as `a.b.c`, up to its first bracket that holds no text.
fn dotted(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Var { span, .. } => Some(span.text().to_owned()),
        Expr::RefDot { refr, field, .. } => Some(format!("{}.{}", dotted(refr)?, field.0.text())),
        Expr::RefBrack { refr, index, .. } => match index.as_ref() {
            Expr::String { span, .. } => {
                let text = span.text().trim_matches('"');
                Some(format!("{}.{text}", dotted(refr)?))
            }
            _ => dotted(refr),
        },
        _ => None,
    }
}
