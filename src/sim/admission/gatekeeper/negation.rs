//! What of a negated expression is looked up before it is negated.
//!
//! OPA v1 `ast/compile.go` (`expandExpr`, `rewriteDynamics`): arguments of calls, and what stands in brackets of references.

use std::collections::BTreeSet;

use regorus::unstable::{AssignOp, BoolOp, Expr};

/// Names of a module's rules.
type Rules = BTreeSet<String>;
/// Where an expression stands in its text.
type Range = (usize, usize);

/// The ranges of an expression that are looked up before it is negated.
pub(super) fn hoisted(expr: &Expr, rules: &Rules, out: &mut Vec<Range>) {
    match expr {
        Expr::Call { params, .. } => params.iter().for_each(|p| taken_out(p, rules, out)),
        Expr::BoolExpr { op: BoolOp::Eq, lhs, rhs, .. }
        | Expr::AssignExpr { op: AssignOp::Eq, lhs, rhs, .. } => {
            for side in [lhs, rhs] {
                match side.as_ref() {
                    Expr::RefDot { .. } | Expr::RefBrack { .. } => indices(side, rules, out),
                    Expr::Var { .. } => {}
                    other => taken_out(other, rules, out),
                }
            }
        }
        Expr::BoolExpr { lhs, rhs, .. }
        | Expr::ArithExpr { lhs, rhs, .. }
        | Expr::BinExpr { lhs, rhs, .. } => {
            taken_out(lhs, rules, out);
            taken_out(rhs, rules, out);
        }
        Expr::Membership { key, value, collection, .. } => {
            key.iter().chain([value, collection]).for_each(|e| taken_out(e, rules, out));
        }
        Expr::RefDot { .. } | Expr::RefBrack { .. } => indices(expr, rules, out),
        Expr::UnaryExpr { expr, .. } => taken_out(expr, rules, out),
        _ => {}
    }
}

/// What stands in the brackets of a reference, and a call at its head.
fn indices(expr: &Expr, rules: &Rules, out: &mut Vec<Range>) {
    let mut at = expr;
    let mut found = Vec::new();
    loop {
        match at {
            Expr::RefDot { refr, .. } => at = refr,
            Expr::RefBrack { refr, index, .. } => {
                let mut here = Vec::new();
                taken_out(index, rules, &mut here);
                found.extend(here);
                at = refr;
            }
            Expr::Var { .. } => break,
            other => {
                taken_out(other, rules, &mut found);
                break;
            }
        }
    }
    found.reverse();
    out.extend(found);
}

/// An expression that is looked up by itself, unless it is a constant or a variable.
fn taken_out(expr: &Expr, rules: &Rules, out: &mut Vec<Range>) {
    let dynamic = match expr {
        Expr::String { .. }
        | Expr::RawString { .. }
        | Expr::Number { .. }
        | Expr::Bool { .. }
        | Expr::Null { .. } => false,
        Expr::Var { span, .. } => rules.contains(span.text()),
        Expr::Array { items, .. } | Expr::Set { items, .. } => !items.is_empty(),
        Expr::Object { fields, .. } => !fields.is_empty(),
        Expr::ArrayCompr { .. } | Expr::SetCompr { .. } | Expr::ObjectCompr { .. } => false,
        _ => true,
    };
    if dynamic {
        out.push((expr.span().start as usize, expr.span().end as usize));
    }
}
