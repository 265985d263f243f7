//! The machine interface: `sealegs sim NAME --cases FILE` reads JSON lines and writes one JSON line a case.
//!
//! Knows no simulator's rules; a simulator gives a [`Simulator`] and stands in [`SIMULATORS`].

use std::fmt;
use std::io::{self, BufRead, Read, Write};

use serde_json::{Value, json};

use super::admission::{admit, gatekeeper, image, kyverno, pod_security, policy};
use super::explain::{self, explain};
use super::kernel::capabilities;
use super::network;
use super::{question, rbac, scheduling};
use crate::parse::{Kind, Node, json as parse};

/// The longest line, in bytes, and the most values that it may hold.
const LONGEST: usize = 32 << 20;
const MOST: usize = 2_500_000;

/// A simulator's door for machines.
#[derive(Clone, Copy)]
pub struct Simulator {
    /// Its name in commands, `lab.toml` and help.
    pub name: &'static str,
    /// The question that it answers, in a few words for help.
    pub asks: &'static str,
    /// Input to verdict; an error where the input is invalid or asks for something that is not modelled.
    pub answer: fn(Node<'_>) -> Result<Value, String>,
}

impl fmt::Debug for Simulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Simulator({})", self.name)
    }
}

/// Every simulator that has one, by name.
pub const SIMULATORS: &[Simulator] = &[
    policy::SIMULATOR,
    admit::SIMULATOR,
    capabilities::SIMULATOR,
    question::FILE,
    gatekeeper::SIMULATOR,
    question::IDENTITY,
    image::SIMULATOR,
    question::KERNEL,
    kyverno::SIMULATOR,
    network::SIMULATOR,
    pod_security::SIMULATOR,
    question::PROCESS,
    rbac::SIMULATOR,
    rbac::reach::SIMULATOR,
    scheduling::SIMULATOR,
    question::SERVICE,
    question::SETUID,
    question::START,
];

/// The simulator of this name.
pub fn find(name: &str) -> Option<&'static Simulator> {
    SIMULATORS.iter().find(|s| s.name == name)
}

/// How a run went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Lines with a verdict.
    pub answered: usize,
    /// Lines with an error.
    pub errors: usize,
}

/// Why a run did not come to its end.
#[derive(Debug)]
pub enum CasesError {
    /// There is no simulator of that name.
    Unknown {
        /// The name that was asked for.
        name: String,
    },
    /// Reading or writing failed.
    Io(io::Error),
}

impl fmt::Display for CasesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { name } => {
                let known: Vec<_> = SIMULATORS.iter().map(|s| s.name).collect();
                write!(f, "no simulator is called {name:?}; there are {}", known.join(", "))
            }
            Self::Io(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for CasesError {}

impl From<io::Error> for CasesError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Answers every line of `input`. A bad line gets an error and the run goes on; blank lines are skipped.
pub fn run_cases(name: &str, input: impl BufRead, output: impl Write) -> Result<Tally, CasesError> {
    run(name, false, input, output)
}

/// The same, each verdict with `because`: reasons with their places in the cases.
pub fn explain_cases(name: &str, input: impl BufRead, output: impl Write) -> Result<Tally, CasesError> {
    run(name, true, input, output)
}

fn run(
    name: &str,
    explained: bool,
    mut input: impl BufRead,
    mut output: impl Write,
) -> Result<Tally, CasesError> {
    let simulator = find(name).ok_or_else(|| CasesError::Unknown { name: name.to_owned() })?;
    let mut tally = Tally::default();
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        if input.by_ref().take(LONGEST as u64 + 1).read_until(b'\n', &mut line)? == 0 {
            break;
        }
        if line.len() > LONGEST {
            // Before the next line is read, what is left of this one goes.
            while line.last() != Some(&b'\n') {
                line.clear();
                if input.by_ref().take(LONGEST as u64).read_until(b'\n', &mut line)? == 0 {
                    break;
                }
            }
            tally.errors += 1;
            let error = format!("the line is longer than {} MiB", LONGEST >> 20);
            writeln!(output, "{}", written(&json!({ "id": null, "error": error })))?;
            continue;
        }
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let (id, answer) = answer(simulator, &line, explained.then_some(number));
        let out = match answer {
            Ok(verdict) => {
                tally.answered += 1;
                json!({ "id": id, "verdict": verdict })
            }
            Err(error) => {
                tally.errors += 1;
                json!({ "id": id, "error": error })
            }
        };
        writeln!(output, "{}", written(&out))?;
    }
    output.flush()?;
    Ok(tally)
}

/// An answer as a line. What a terminal would act upon stands in it as its number, as JSON has it for the rest of them.
fn written(answer: &Value) -> String {
    let text = answer.to_string();
    let acts = |c: char| matches!(c, '\u{7f}'..='\u{9f}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if !text.contains(acts) {
        return text;
    }
    let one = |c: char| if acts(c) { format!("\\u{:04x}", u32::from(c)) } else { c.to_string() };
    text.chars().map(one).collect()
}

/// The answer to a line; with its reasons where the line's number is given.
fn answer(simulator: &Simulator, line: &[u8], number: Option<usize>) -> (Value, Result<Value, String>) {
    let values = line.iter().filter(|byte| b",[{".contains(byte)).count();
    if values > MOST {
        return (Value::Null, Err(format!("the line holds more than {MOST} values")));
    }
    let mut case: Value = match serde_json::from_slice(line) {
        Ok(case) => case,
        Err(error) => return (Value::Null, Err(format!("not JSON: {error}"))),
    };
    let id = case.get_mut("id").map(Value::take).unwrap_or_default();
    let Some(input) = case.get("input").filter(|input| input.is_object()) else {
        return (id, Err("input: missing, or not an object".to_owned()));
    };
    let tree = parse::from_value(input);
    // Only who explains looks at it again, and it is larger than the tree.
    let input = number.is_some().then(|| input.clone());
    drop(case);
    let root = tree.root().ok_or_else(|| "input: empty".to_owned());
    let mut answer = root.and_then(|root| shapes(root).and_then(|()| (simulator.answer)(root)));
    if let (Some(number), Some(input), Ok(verdict)) = (number, &input, &mut answer) {
        let told = explain(simulator.name, input, verdict);
        let line = String::from_utf8_lossy(line);
        verdict["because"] = explain::to_json(&told, line.trim_end(), number);
    }
    (id, answer)
}

/// Fields that hold an object, whatever the simulator.
const OBJECTS: &[&str] = &["object", "oldObject", "resource", "oldResource"];

/// What is the same for all simulators: an object is a mapping, and so is each of `objects`.
fn shapes(input: Node<'_>) -> Result<(), String> {
    let is_other = |node: Node<'_>| node.kind() != Kind::Map;
    for key in OBJECTS {
        // One of a few questions names its object by a path.
        let given = input.get(key).filter(|node| !node.is_null() && node.as_str().is_none());
        if given.is_some_and(is_other) {
            return Err(format!("{key}: missing, or not a mapping"));
        }
    }
    let list = input.get("objects").filter(|node| node.kind() == Kind::Seq);
    let wrong = list.and_then(|list| list.items().position(is_other));
    wrong.map_or(Ok(()), |at| Err(format!("objects[{at}]: not a mapping")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(name: &str, input: &str) -> (String, Result<Tally, String>) {
        let mut out = Vec::new();
        let tally = run_cases(name, input.as_bytes(), &mut out).map_err(|e| e.to_string());
        (String::from_utf8(out).unwrap(), tally)
    }

    #[test]
    fn a_bad_line_is_answered_with_an_error_and_the_run_goes_on() {
        let good = r#"{"id":"a","input":{"level":"baseline","version":"latest","object":{"spec":{"hostPID":true}}}}"#;
        let input =
            format!("{good}\n\n{{oops\n{{\"id\":7}}\n{{\"id\":\"z\",\"input\":{{\"level\":\"x\"}}}}\n{good}");
        let (out, tally) = run("pod-security", &input);
        assert_eq!(tally, Ok(Tally { answered: 2, errors: 3 }));
        let lines: Vec<Value> = out.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
        assert_eq!(lines.len(), 5);
        assert_eq!(lines[0]["verdict"]["violations"][0]["check"], "hostNamespaces");
        assert_eq!(lines[1]["id"], Value::Null);
        assert_eq!((&lines[2]["id"], lines[2]["error"].is_string()), (&json!(7), true));
        assert_eq!(lines[3]["error"], "level: \"x\" is not one of privileged, baseline, restricted");
        assert_eq!(lines[4], lines[0]);
    }

    #[test]
    fn an_unknown_name_lists_those_that_there_are() {
        let (_, tally) = run("tea-leaves", "");
        let error = tally.unwrap_err();
        assert!(error.contains("tea-leaves") && error.contains("pod-security"), "{error}");
    }

    #[test]
    fn names_are_sorted_and_unique() {
        assert!(SIMULATORS.is_sorted_by(|a, b| a.name < b.name));
    }
}
