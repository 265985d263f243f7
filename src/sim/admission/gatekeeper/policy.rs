//! A template's Rego, compiled once and asked often.
//!
//! frameworks `constraint/pkg/client/drivers/rego`: `compilers.go` (v0 unless the source says otherwise, a rule `violation`,
//! libraries below `lib`), `driver.go` (missing parameters are an empty object), and its hook, which drops a result without
//! `msg` and takes `{}` for missing details.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::time::Duration;

use regorus::utils::limits::ExecutionTimerConfig;
use regorus::{Engine, Value};
use serde_json::Value as Json;

use super::recursion;
use super::rewrite::{Fault, rewrite, said};
use super::{allowance, builtins};
use crate::model::gatekeeper::Rego;
use crate::model::value;
use crate::parse::{Kind, Node, json as tree, rego};

/// How long one evaluation may take.
const TIME: Duration = Duration::from_millis(400);
/// How many steps pass between two looks at the clock.
const STEPS: u32 = 64;
/// The most bytes of a text.
const LONGEST: usize = 64 << 10;
/// The most bytes of a text with its libraries.
const LONGEST_ALL: usize = 256 << 10;
/// The most operators in a row.
const OPERATORS: usize = 300;

/// A compiled policy.
#[derive(Clone, Debug)]
pub struct Policy {
    engine: Engine,
    rule: String,
    /// The lines of its violation rules in its text.
    pub(super) lines: Vec<u32>,
    /// Whether it reads other objects.
    reads_inventory: bool,
    /// Whether it reads who asks.
    pub(super) reads_user: bool,
}

/// One violation.
#[derive(Clone, Debug, PartialEq)]
pub struct Violation {
    /// The message.
    pub msg: String,
    /// What the policy adds to it.
    pub details: Json,
}

/// A review that policies are asked about, read once for all of them.
#[derive(Clone, Debug)]
pub struct Review {
    said: Json,
    value: Value,
}

impl Review {
    /// The review of an admission request in JSON.
    pub fn new(review: Json) -> Self {
        Self { value: Value::from(review.clone()), said: review }
    }

    /// The request as it was said.
    pub(super) fn said(&self) -> &Json {
        &self.said
    }
}

/// Parameters of a constraint, read once.
#[derive(Clone, Debug)]
pub struct Parameters(Value);

impl Parameters {
    /// Those that stand at a node.
    pub fn new(node: Option<Node<'_>>) -> Self {
        let node = node.filter(|n| n.kind() != Kind::Null);
        Self(node.map_or_else(Value::new_object, |node| Value::from(tree::to_value(node))))
    }
}

/// An engine with one text of Rego v0, mended as OPA reads it, and the names of its rules: for others who hold
/// something against a rule.
pub(in crate::sim::admission) fn lone_engine(text: &str) -> Result<(Engine, Vec<String>), Fault> {
    within_limits(text)?;
    let mended = rewrite(text, false)?;
    if let Some(text) = recursion::fault(&mended.needs, &mended.clauses) {
        return Err(Fault { text, line: 1 });
    }
    allowance::begin();
    let mut engine = fresh(false).map_err(|text| Fault { text, line: 1 })?;
    engine.add_policy("policy.rego".to_owned(), mended.text).map_err(|e| said(&e))?;
    Ok((engine, mended.needs.into_keys().collect()))
}

/// Why an evaluation came to no answer.
pub(in crate::sim::admission) fn why_not(error: &anyhow::Error) -> String {
    let fault = said(error);
    if error.downcast_ref::<regorus::LimitError>().is_some() || fault.text.contains("time limit") {
        return format!("the policy takes longer than {} ms", TIME.as_millis());
    }
    format!("line {}: {}", fault.line, fault.text)
}

/// An engine without a policy, its time bounded, with the functions that it lacks.
fn fresh(v1: bool) -> Result<Engine, String> {
    let mut engine = Engine::new();
    engine.set_rego_v0(!v1);
    engine.set_strict_builtin_errors(false);
    engine.set_gather_prints(true);
    let steps = NonZeroU32::new(STEPS).unwrap_or(NonZeroU32::MIN);
    engine.set_execution_timer_config(ExecutionTimerConfig { limit: TIME, check_interval: steps });
    builtins::add(&mut engine)?;
    Ok(engine)
}

impl Policy {
    /// Compiles a policy; what is wrong with it, and the node that holds the text.
    pub fn compile<'t>(code: &Rego<'t>) -> Result<Self, (Node<'t>, Fault)> {
        let whole = |text: String| Fault { text, line: 1 };
        let mut engine = fresh(code.v1).map_err(|e| (code.rego, whole(e)))?;
        let (mut needs, mut clauses, mut main) = (BTreeMap::new(), Vec::new(), None);
        let mut long = 0;
        let (mut reads_inventory, mut reads_user) = (false, false);
        for (at, node) in std::iter::once(code.rego).chain(code.libs.iter().copied()).enumerate() {
            let text = value::string(node).ok_or_else(|| {
                (node, whole(format!("{}: {}, not a text", node.path(), node.kind().word())))
            })?;
            within_limits(text).map_err(|fault| (node, fault))?;
            long += text.len();
            if long > LONGEST_ALL {
                let text = format!("the policy and its libraries are longer than {} KiB", LONGEST_ALL >> 10);
                return Err((node, whole(text)));
            }
            let mended = rewrite(text, code.v1).map_err(|fault| (node, fault))?;
            if at > 0 && !mended.package.starts_with("data.lib.") && mended.package != "data.lib" {
                return Err((
                    node,
                    whole(format!("a library's package begins with lib, not {}", mended.package)),
                ));
            }
            reads_inventory |= text.contains("inventory");
            reads_user |= text.contains("userInfo");
            let name = format!("{at}.rego");
            engine.add_policy(name, mended.text).map_err(|e| (node, said(&e)))?;
            clauses.extend(mended.clauses);
            for (rule, names) in mended.needs {
                needs.entry(rule).or_insert_with(BTreeSet::new).extend(names);
            }
            if at == 0 {
                main = Some((mended.package, mended.violations));
            }
        }
        let (package, lines) = main.unwrap_or_default();
        if lines.is_empty() {
            return Err((code.rego, whole("there is no rule called violation".to_owned())));
        }
        if let Some(text) = recursion::fault(&needs, &clauses) {
            return Err((code.rego, whole(text)));
        }
        Ok(Self { engine, rule: format!("{package}.violation"), lines, reads_inventory, reads_user })
    }

    /// Lays other objects before a policy that reads them: `data.inventory`.
    pub fn set_inventory(&mut self, inventory: impl FnOnce() -> Json) -> Result<(), String> {
        if !self.reads_inventory {
            return Ok(());
        }
        self.engine.clear_data();
        let data = Value::from(serde_json::json!({ "inventory": inventory() }));
        self.engine.add_data(data).map_err(|e| said(&e).text)
    }

    /// What of a review breaks the rule under these parameters.
    pub fn violations(&mut self, review: &Review, parameters: &Parameters) -> Result<Vec<Violation>, String> {
        let mut input = BTreeMap::new();
        input.insert(Value::from("review"), review.value.clone());
        input.insert(Value::from("parameters"), parameters.0.clone());
        self.engine.set_input(Value::from(input));
        allowance::begin();
        let found = self.engine.eval_rule(self.rule.clone());
        // What `print` says goes nowhere.
        self.engine.take_prints().map_err(|e| said(&e).text)?;
        let found = found.map_err(|error| why_not(&error))?;
        let mut out: Vec<Violation> = Vec::new();
        for member in builtins::members(&found) {
            let Ok(fields) = member.as_object() else { continue };
            let Some(msg) = fields.get(&Value::from("msg")) else { continue };
            let Ok(msg) = msg.as_string() else { return Err("msg of a violation is not a text".to_owned()) };
            let details = fields.get(&Value::from("details")).map(json).transpose()?;
            let details = details.unwrap_or_else(|| serde_json::json!({}));
            let one = Violation { msg: msg.to_string(), details };
            if !out.contains(&one) {
                out.push(one);
            }
        }
        Ok(out)
    }
}

fn json(value: &Value) -> Result<Json, String> {
    // Its OPA text is limited, and no shorter than its JSON by much.
    super::format::opa(value)?;
    serde_json::to_value(value).map_err(|e| e.to_string())
}

/// What would take for ever, or more stack than there is, is not begun.
fn within_limits(text: &str) -> Result<(), Fault> {
    if text.len() > LONGEST {
        return Err(Fault { text: "the policy is longer than 64 KiB".to_owned(), line: 1 });
    }
    let line_of = |at: usize| 1 + text.bytes().take(at).filter(|b| *b == b'\n').count() as u32;
    if let Some(at) = rego::too_deep(text) {
        return Err(Fault { text: "nested too deeply".to_owned(), line: line_of(at) });
    }
    let (mut run, mut joined) = (0, false);
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        let operator = |c: char| "+-*/%&|.<>=!,".contains(c);
        if !joined && !line.starts_with(operator) {
            run = 0;
        }
        run += line.chars().filter(|c| operator(*c) || "[(".contains(*c)).count();
        joined = line.is_empty() || line.starts_with('#') || line.ends_with(operator);
        if run > OPERATORS && line.len() > 200 || run > 20 * OPERATORS {
            return Err(Fault { text: "too many operators in a row".to_owned(), line: number as u32 + 1 });
        }
    }
    Ok(())
}
