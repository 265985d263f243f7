//! Negated expressions: whether they are safe, and their calls taken out before them.

use std::collections::BTreeSet;

use super::super::expression::unsafe_in;
use super::super::negation::hoisted;
use super::Fault;
use super::walk::Walk;
use regorus::unstable::{Expr, LiteralStmt};

/// The beginning of the variables that are put in.
const OURS: &str = "sealegs__";

impl Walk<'_> {
    /// Mends a negation.
    pub(super) fn negation(&mut self, stmt: &LiteralStmt, expr: &Expr) -> Result<(), Fault> {
        let mut names = BTreeSet::new();
        unsafe_in(expr, &mut names, true, 0);
        let known = |name: &String| name != "_" && (name.starts_with(OURS) || self.scope.knows(name));
        if let Some(name) = names.iter().find(|name| !known(name)) {
            let text = format!("var {name} is unsafe: only a negated expression names it");
            return Err(Fault { text, line: stmt.span.line });
        }
        let mut out = Vec::new();
        hoisted(expr, &self.scope.rules, &mut out);
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
            self.edits.replace(from, to, name);
        }
        // `allow if not f(x)` holds one expression alone, without braces.
        if self.stands_alone(start) {
            before.insert_str(0, "{ ");
            self.edits.insert(end, " }".to_owned());
        }
        self.edits.insert(start, before);
        Ok(())
    }
}
