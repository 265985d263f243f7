//! The way through a module: each rule, query, statement and expression of it.

use std::collections::{BTreeMap, BTreeSet};

use super::super::expression::{DEPTH, children, dotted, names_in, root};
use super::super::held::{self, Loose};
use super::super::recursion::Clause;
use super::Fault;
use super::edits::Edits;
use super::scope::Scope;
use regorus::unstable::{ArithOp, Expr, Literal, LiteralStmt, Module, Query, Rule, RuleHead};

/// Where it is, and what it has found so far.
pub(super) struct Walk<'a> {
    /// The text of the module.
    pub(super) text: &'a str,
    /// The number of the next variable that is put in.
    pub(super) next: usize,
    /// What names mean here.
    pub(super) scope: Scope,
    /// What changes.
    pub(super) edits: Edits,
    /// The lines of the rules called `violation`.
    pub(super) violations: Vec<u32>,
    /// What each rule names.
    pub(super) needs: BTreeMap<String, BTreeSet<String>>,
    /// The clauses.
    pub(super) clauses: Vec<Clause>,
    /// What is put together and not measured.
    pub(super) loose: Loose,
    /// Whether what is looked at is negated, so that nothing is written into it.
    pub(super) negated: bool,
    /// The rule that is looked at.
    rule: String,
    depth: usize,
}

impl<'a> Walk<'a> {
    /// At the beginning of a module.
    pub(super) fn new(text: &'a str, module: &Module, next: usize) -> Self {
        Self {
            text,
            next,
            scope: Scope::of(module),
            edits: Edits::default(),
            violations: Vec::new(),
            needs: BTreeMap::new(),
            clauses: Vec::new(),
            loose: Loose::default(),
            negated: false,
            rule: String::new(),
            depth: 0,
        }
    }

    /// Goes through all of it.
    pub(super) fn module(&mut self, module: &Module) -> Result<(), Fault> {
        for rule in &module.policy {
            match rule.as_ref() {
                Rule::Spec { span, head, bodies } => {
                    self.head(span.line, head)?;
                    for body in bodies {
                        if let Some(assign) = &body.assign {
                            self.hold(&assign.value);
                            self.expr(&assign.value)?;
                        }
                        self.query(&body.query)?;
                    }
                    self.scope.leave_all();
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
        self.rule = format!("{}.{name}", self.scope.package);
        self.needs.entry(self.rule.clone()).or_default();
        self.clauses.push(Clause::of(&self.rule));
    }

    /// The head of a rule, whose arguments its bodies may name.
    fn head(&mut self, line: u32, head: &RuleHead) -> Result<(), Fault> {
        let (refr, parts): (_, Vec<&Expr>) = match head {
            RuleHead::Compr { refr, assign, .. } => (refr, assign.iter().map(|a| a.value.as_ref()).collect()),
            RuleHead::Set { refr, key, .. } => (refr, key.iter().map(AsRef::as_ref).collect()),
            RuleHead::Func { refr, args, assign, .. } => {
                let value = assign.iter().map(|a| a.value.as_ref());
                (refr, args.iter().map(AsRef::as_ref).chain(value).collect())
            }
        };
        let name = root(refr).unwrap_or_default();
        if name == "violation" {
            self.violations.push(line);
        }
        self.begin(&name);
        if let RuleHead::Func { args, .. } = head {
            let mut names = BTreeSet::new();
            for arg in args {
                names_in(arg, &mut names, 0);
            }
            self.scope.enter(names.clone(), names);
        }
        self.brackets(refr)?;
        match head {
            // What only leaves the policy is not put together any further.
            RuleHead::Set { key: Some(key), .. } if name != "violation" => self.unmeasured(key)?,
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
        parts.into_iter().try_for_each(|part| self.expr(part))
    }

    fn query(&mut self, query: &Query) -> Result<(), Fault> {
        self.scope.enter_query(query);
        let negated = std::mem::replace(&mut self.negated, false);
        let out = query.stmts.iter().try_for_each(|stmt| self.stmt(stmt));
        self.negated = negated;
        self.scope.leave();
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
                key.iter().chain([value, collection]).try_for_each(|part| self.expr(part))
            }
            Literal::Expr { expr, .. } if is_print(expr) => {
                let span = expr.span();
                let lines = span.text().matches('\n').count();
                let nothing = format!("true{}", "\n".repeat(lines));
                self.edits.replace(span.start as usize, span.end as usize, nothing);
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
                self.scope.enter(names.clone(), names);
                let out = self.query(query);
                self.scope.leave();
                out
            }
        }
    }

    /// Goes into an expression.
    pub(super) fn expr(&mut self, expr: &Expr) -> Result<(), Fault> {
        self.depth += 1;
        let out = self.inner(expr);
        self.depth -= 1;
        out
    }

    fn inner(&mut self, expr: &Expr) -> Result<(), Fault> {
        if self.depth > DEPTH {
            let text = "an expression is nested too deeply".to_owned();
            return Err(Fault { text, line: expr.span().line });
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
            Expr::Call { .. } => self.call(expr),
            Expr::RefDot { .. } | Expr::RefBrack { .. } => self.brackets(expr),
            other => children(other).into_iter().try_for_each(|child| self.expr(child)),
        }
    }

    fn call(&mut self, expr: &Expr) -> Result<(), Fault> {
        let Expr::Call { span, fcn, params, .. } = expr else { return Ok(()) };
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

    /// A function by the name that an import gives: written out, for the engine looks for data alone behind an import.
    fn imported(&mut self, fcn: &Expr) {
        let Some(first) = root(fcn) else { return };
        if let Some(path) = self.scope.import(&first).filter(|path| path.starts_with("data.")) {
            let start = fcn.span().start as usize;
            self.edits.replace(start, start + first.len(), path.to_owned());
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
            Expr::Var { span, .. } => Some(span.text().to_owned()),
            Expr::RefDot { .. } | Expr::RefBrack { .. } => dotted(expr),
            _ => None,
        };
        let Some(whole) = path.and_then(|path| self.scope.rule(&path)) else { return };
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
