//! Rego as OPA reads it, for an engine that reads some of it otherwise.
//!
//! OPA v1 `ast/compile.go`: arguments of a call are taken out of an expression before it is negated (`negation`), so that an
//! undefined one ends the body; a variable that only a negated expression names is unsafe (`checkSafetyRuleBodies`). What
//! each rule needs is kept for `recursion`, and what its clauses multiply. What `print` is given goes nowhere and costs nothing.
//! Lines stay where they are.

use std::collections::{BTreeMap, BTreeSet};

use super::expression::{DEPTH, children, dotted, names_in, root, unsafe_in};
use super::held::{self, Loose};
use super::layout::apart;
use super::negation::hoisted;
use super::recursion::Clause;
use regorus::Source;
use regorus::unstable::{
    ArithOp, AssignOp, Expr, Literal, LiteralStmt, Module, Parser, Query, Rule, RuleHead,
};

/// The beginning of the variables that are put in.
const OURS: &str = "sealegs__";
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
    /// Its clauses.
    pub(super) clauses: Vec<Clause>,
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
            let (package, violations, needs, clauses) =
                (walk.package, walk.violations, walk.needs, walk.clauses);
            return Ok(Rewritten { text, package, violations, needs, clauses });
        }
        text = apply(&text, walk.edits);
    }
    Err(Fault { text: "negations are nested too deeply".to_owned(), line: 1 })
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
    clauses: Vec<Clause>,
    /// The rule that is looked at.
    rule: String,
    /// Variables that something else than a negation names, from the outermost query in.
    scopes: Vec<BTreeSet<String>>,
    /// Variables that hide rules of the same name.
    locals: Vec<BTreeSet<String>>,
    depth: usize,
    /// Whether what is looked at is negated, so that nothing is written into it.
    negated: bool,
    loose: Loose,
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
            clauses: Vec::new(),
            rule: String::new(),
            scopes: Vec::new(),
            locals: Vec::new(),
            depth: 0,
            negated: false,
            loose: Loose::default(),
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
                    match head {
                        // What only leaves the policy is not put together any further.
                        RuleHead::Set { key: Some(key), .. } if name != "violation" => {
                            self.unmeasured(key)?;
                        }
                        RuleHead::Set { .. } => {}
                        RuleHead::Compr { refr, assign, .. } => {
                            self.unmeasured(refr)?;
                            if let Some(assign) = assign {
                                self.hold(&assign.value);
                            }
                        }
                        RuleHead::Func { assign, .. } => {
                            if let Some(assign) = assign {
                                self.hold(&assign.value);
                            }
                        }
                    }
                    for part in parts {
                        self.expr(part)?;
                    }
                    for body in bodies {
                        if let Some(assign) = &body.assign {
                            self.hold(&assign.value);
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
        self.clauses.push(Clause::of(&self.rule));
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
        let negated = std::mem::replace(&mut self.negated, false);
        let out = query.stmts.iter().try_for_each(|stmt| self.stmt(stmt));
        self.negated = negated;
        self.scopes.pop();
        self.locals.pop();
        out
    }

    fn stmt(&mut self, stmt: &LiteralStmt) -> Result<(), Fault> {
        for with in &stmt.with_mods {
            self.expr(&with.refr)?;
            self.hold(&with.r#as);
            self.expr(&with.r#as)?;
        }
        match &stmt.literal {
            Literal::SomeVars { .. } => Ok(()),
            Literal::SomeIn { key, value, collection, .. } => {
                self.hold(collection);
                for part in key.iter().chain([value, collection]) {
                    self.expr(part)?;
                }
                Ok(())
            }
            Literal::Expr { expr, .. } if is_print(expr) => {
                let span = expr.span();
                let lines = span.text().matches('\n').count();
                let nothing = format!("true{}", "\n".repeat(lines));
                self.edits.push((span.start as usize, span.end as usize, nothing));
                Ok(())
            }
            Literal::Expr { expr, .. } => {
                self.assigned(stmt, expr)?;
                self.expr(expr)
            }
            Literal::NotExpr { expr, .. } => self.negation(stmt, expr),
            Literal::Every { key, value, domain, query, .. } => {
                self.hold(domain);
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
        hoisted(expr, &self.rules, &mut out);
        if out.is_empty() {
            self.negated = true;
            let out = self.expr(expr);
            self.negated = false;
            return out;
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
        if self.stands_alone(start) {
            before.insert_str(0, "{ ");
            self.edits.push((end, end, " }".to_owned()));
        }
        self.edits.push((start, start, before));
        Ok(())
    }

    /// Whether what begins here is the one expression behind an `if`.
    fn stands_alone(&self, start: usize) -> bool {
        self.text.get(..start).is_some_and(|text| {
            let text = text.trim_end();
            text.ends_with("if") && !text.ends_with(|c: char| c == '_' || c.is_ascii_digit())
        })
    }

    /// Has what an expression puts together measured.
    fn hold(&mut self, expr: &Expr) {
        if held::makes(expr) {
            let span = expr.span();
            self.edits.push((span.start as usize, span.start as usize, format!("{}(", held::NAME)));
            self.edits.push((span.end as usize, span.end as usize, ")".to_owned()));
        }
    }

    /// What is put together where nothing can be written in.
    fn unmeasured(&mut self, expr: &Expr) -> Result<(), Fault> {
        if self.loose.add(expr) {
            let text = "more values inside each other than are modelled".to_owned();
            return Err(Fault { text, line: expr.span().line });
        }
        Ok(())
    }

    /// Has what a statement assigns measured; behind it, where either side may be the pattern of the other.
    fn assigned(&mut self, stmt: &LiteralStmt, expr: &Expr) -> Result<(), Fault> {
        let Expr::AssignExpr { op, lhs, rhs, .. } = expr else { return Ok(()) };
        match (op, lhs.as_ref()) {
            (AssignOp::ColEq, Expr::Var { .. }) => self.hold(rhs),
            (AssignOp::ColEq, _) => children(rhs).into_iter().for_each(|child| self.hold(child)),
            _ => {
                let Some((name, value)) = held::equated(lhs, rhs) else {
                    self.unmeasured(lhs)?;
                    return self.unmeasured(rhs);
                };
                let last =
                    stmt.with_mods.last().map_or(expr.span().end, |with| with.r#as.span().end) as usize;
                let measured = format!("; {}({name})", held::NAME);
                let behind = self.text.get(last..).unwrap_or("").trim_start_matches([' ', '\t']);
                if self.stands_alone(stmt.span.start as usize) {
                    return self.unmeasured(value);
                }
                if !behind.starts_with(&measured) {
                    self.edits.push((last, last, measured));
                }
            }
        }
        Ok(())
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
        if let Expr::ArithExpr { op: ArithOp::Mul, lhs, rhs, .. } = expr
            && ![lhs, rhs].iter().any(|side| matches!(side.as_ref(), Expr::Number { .. }))
            && let Some(clause) = self.clauses.last_mut()
        {
            clause.products += 1;
        }
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
                let measures = dotted(fcn).is_some_and(|name| name == held::NAME);
                for param in params {
                    match (measures, self.negated) {
                        (true, _) => {}
                        (false, true) => self.unmeasured(param)?,
                        (false, false) => self.hold(param),
                    }
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
                other => {
                    if !self.negated {
                        self.hold(other);
                    }
                    return self.expr(other);
                }
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
        if let Some(clause) = self.clauses.last_mut() {
            clause.name(&whole);
        }
        if let Some(needs) = self.needs.get_mut(&self.rule) {
            needs.insert(whole);
        }
    }
}

/// `print(…)`, whose arguments may be undefined.
fn is_print(expr: &Expr) -> bool {
    matches!(expr, Expr::Call { fcn, .. } if matches!(fcn.as_ref(), Expr::Var { span, .. } if span.text() == "print"))
}
