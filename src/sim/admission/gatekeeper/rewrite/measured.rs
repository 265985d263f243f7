//! What is put together, and where it is measured.

use super::super::expression::children;
use super::super::held;
use super::Fault;
use super::walk::Walk;
use regorus::unstable::{AssignOp, Expr, LiteralStmt};

impl Walk<'_> {
    /// Has what an expression puts together measured.
    pub(super) fn hold(&mut self, expr: &Expr) {
        if held::makes(expr) {
            self.edits.wrap(expr, held::NAME);
        }
    }

    /// What is put together where nothing can be written in.
    pub(super) fn unmeasured(&mut self, expr: &Expr) -> Result<(), Fault> {
        if self.loose.add(expr) {
            let text = "more values inside each other than are modelled".to_owned();
            return Err(Fault { text, line: expr.span().line });
        }
        Ok(())
    }

    /// Has what a statement assigns measured; behind it, where either side may be the pattern of the other.
    pub(super) fn assigned(&mut self, stmt: &LiteralStmt, expr: &Expr) -> Result<(), Fault> {
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
                    self.edits.insert(last, measured);
                }
            }
        }
        Ok(())
    }

    /// Whether what begins here is the one expression behind an `if`.
    pub(super) fn stands_alone(&self, start: usize) -> bool {
        self.text.get(..start).is_some_and(|text| {
            let text = text.trim_end();
            text.ends_with("if") && !text.ends_with(|c: char| c == '_' || c.is_ascii_digit())
        })
    }
}
