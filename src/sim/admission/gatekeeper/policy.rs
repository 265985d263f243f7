//! A template's Rego, compiled once and asked often.
//!
//! frameworks `constraint/pkg/client/drivers/rego`: `compilers.go` (v0 unless the source says otherwise, a rule `violation`,
//! libraries below `lib`), `driver.go` (missing parameters are an empty object), and its hook, which drops a result without
//! `msg` and takes `{}` for missing details.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::num::NonZeroU32;

use regorus::utils::limits::ExecutionTimerConfig;
use regorus::{Engine, Value};
use serde_json::Value as Json;

use super::allowance::Evaluation;
use super::builtins;
use super::recursion;
use super::rewrite::{Fault, rewrite, said};
use crate::model::gatekeeper::Rego;
use crate::model::value;
use crate::parse::{Kind, Node, json as tree, rego};

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
    /// Whether it reads what an object belongs to.
    pub(super) reads_owners: bool,
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

/// What a rule of one text of Rego v0, read as OPA does, makes of an input; none where there is no such rule. For others who
/// hold something against a rule; to read the text is a part of the evaluation.
pub(in crate::sim::admission) fn alone(text: &str, rule: &str, input: Value) -> Result<Option<Value>, Ended> {
    let evaluation = Evaluation::begin()?;
    let fault = |fault: Fault| Ended { place: Some((0, fault.line)), ..Ended::of(fault.text) };
    within_limits(text).map_err(fault)?;
    let mended = rewrite(text, false).map_err(fault)?;
    if let Some(text) = recursion::fault(&mended.needs, &mended.clauses) {
        return Err(fault(Fault { text, line: 1 }));
    }
    if !mended.needs.contains_key(rule) {
        return Ok(None);
    }
    let mut engine = fresh(false).map_err(Ended::of)?;
    engine.add_policy("0.rego".to_owned(), mended.text).map_err(|e| fault(said(&e)))?;
    engine.set_input(input);
    evaluated(&mut engine, rule, &evaluation).map(Some)
}

/// Why an evaluation came to no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// In words.
    pub text: String,
    /// The text and the line of it where that was: 0 is the policy, others are its libraries.
    pub place: Option<(usize, u32)>,
    /// Whether it alone had more to do than a policy may.
    pub(super) spent: bool,
}

impl Ended {
    fn of(text: String) -> Self {
        Self { text, place: None, spent: false }
    }
}

impl From<String> for Ended {
    fn from(text: String) -> Self {
        Self::of(text)
    }
}

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.place {
            Some((_, line)) => write!(f, "line {line}: {}", self.text),
            None => f.write_str(&self.text),
        }
    }
}

/// What a rule is, within the allowance of an evaluation.
fn evaluated(engine: &mut Engine, rule: &str, evaluation: &Evaluation) -> Result<Value, Ended> {
    let steps = NonZeroU32::new(STEPS).unwrap_or(NonZeroU32::MIN);
    engine
        .set_execution_timer_config(ExecutionTimerConfig { limit: evaluation.time(), check_interval: steps });
    let found = engine.eval_rule(rule.to_owned());
    // What `print` says goes nowhere.
    engine.take_prints().map_err(|e| Ended::of(said(&e).text))?;
    found.map_err(|error| {
        let fault = said(&error);
        if error.downcast_ref::<regorus::LimitError>().is_some() || fault.text.contains("time limit") {
            return Ended { spent: evaluation.is_whole(), ..Ended::of(evaluation.too_long()) };
        }
        let spent = evaluation.is_spent();
        Ended { place: Some((module_of(&error), fault.line)), text: fault.text, spent }
    })
}

/// The text that an error names: its number stands in its name.
fn module_of(error: &anyhow::Error) -> usize {
    let error = error.to_string();
    let place = error.lines().find_map(|line| line.trim_start().strip_prefix("-->"));
    place.and_then(|place| place.trim().split_once(".rego")?.0.parse().ok()).unwrap_or(0)
}

/// An engine without a policy, with the functions that it lacks.
fn fresh(v1: bool) -> Result<Engine, String> {
    let mut engine = Engine::new();
    engine.set_rego_v0(!v1);
    engine.set_strict_builtin_errors(false);
    engine.set_gather_prints(true);
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
        let (mut reads_inventory, mut reads_user, mut reads_owners) = (false, false, false);
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
            reads_owners |= text.contains("ownerReferences");
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
        let rule = format!("{package}.violation");
        Ok(Self { engine, rule, lines, reads_inventory, reads_user, reads_owners })
    }

    /// Lays other objects before a policy that reads them: `data.inventory`.
    pub(super) fn set_inventory(
        &mut self,
        inventory: impl FnOnce() -> Result<Value, String>,
    ) -> Result<(), String> {
        if !self.reads_inventory {
            return Ok(());
        }
        self.engine.clear_data();
        self.engine.add_data(inventory()?).map_err(|e| said(&e).text)
    }

    /// What of a review breaks the rule under these parameters.
    pub fn violations(&mut self, review: &Review, parameters: &Parameters) -> Result<Vec<Violation>, Ended> {
        let mut input = BTreeMap::new();
        input.insert(Value::from("review"), review.value.clone());
        input.insert(Value::from("parameters"), parameters.0.clone());
        self.engine.set_input(Value::from(input));
        let found = evaluated(&mut self.engine, &self.rule, &Evaluation::begin()?)?;
        let mut out: Vec<Violation> = Vec::new();
        // What differs in other fields alone is the same violation.
        let mut told = HashSet::new();
        for member in builtins::members(&found) {
            let Ok(fields) = member.as_object() else { continue };
            let Some(msg) = fields.get(&Value::from("msg")) else { continue };
            let Ok(msg) = msg.as_string() else {
                return Err(Ended::of("msg of a violation is not a text".to_owned()));
            };
            let details = fields.get(&Value::from("details")).map(json).transpose().map_err(Ended::of)?;
            let details = details.unwrap_or_else(|| serde_json::json!({}));
            if told.insert((msg.clone(), details.to_string())) {
                out.push(Violation { msg: msg.to_string(), details });
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
