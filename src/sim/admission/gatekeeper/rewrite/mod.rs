//! Rego as OPA reads it, for an engine that reads some of it otherwise.
//!
//! OPA v1 `ast/compile.go`: arguments of a call are taken out of an expression before it is negated (`negated`), so that an
//! undefined one ends the body; a variable that only a negated expression names is unsafe (`checkSafetyRuleBodies`). What is
//! put together is measured (`measured`). What each rule needs is kept for `recursion`, and what its clauses multiply. What
//! `print` is given goes nowhere and costs nothing. Lines stay where they are.

mod edits;
mod measured;
mod negated;
mod scope;
mod walk;

use std::collections::{BTreeMap, BTreeSet};

use super::layout::apart;
use super::recursion::Clause;
use regorus::Source;
use regorus::unstable::Parser;
use walk::Walk;

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

/// Reads and mends one text.
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
                (walk.scope.package, walk.violations, walk.needs, walk.clauses);
            return Ok(Rewritten { text, package, violations, needs, clauses });
        }
        text = walk.edits.applied(&text);
    }
    Err(Fault { text: "negations are nested too deeply".to_owned(), line: 1 })
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
