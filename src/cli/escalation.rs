//! `sealegs can --reach NAME PATH...`: who can become somebody stronger, and by which chain.

use std::borrow::Cow;
use std::io::{BufRead, Write};
use std::path::PathBuf;

use serde_json::{Value, json};

use super::args::Format;
use super::exit::{Done, Exit, Failure};
use super::json;
use super::manifests;
use crate::sim::Reason;
use crate::sim::rbac::reach::{Chain, NOT_LOOKED_AT, OWN, Reached, Spot, own, reach};
use crate::text::{Sources, clean};

/// How what Kubernetes binds itself is called where a line of it is named.
const KUBERNETES: &str = "<kubernetes>";

/// Answers. Ends with 0 where nobody gets there, with 1 where somebody does, and with 3 where nobody is seen to and
/// something is not known.
pub fn run(
    goal: &str,
    user: Option<&str>,
    paths: &[PathBuf],
    format: Format,
    input: &mut dyn BufRead,
    out: &mut dyn Write,
) -> Done {
    let read = manifests::read(paths, input)?;
    let own = own(&read.sources.add(KUBERNETES, OWN));
    let to = Spot::goal(goal);
    let mut found = reach(&read.world, &own, to.as_ref())
        .map_err(|why| Failure::usage(format!("--reach {goal}: {why}")))?;
    if let Some(user) = user {
        let who = Spot::user(Cow::Borrowed(user));
        // Whoever no binding names is in the groups of everybody.
        found.chains.retain(|chain| chain.from.includes(&who));
        found.admins.retain(|(spot, _)| spot.includes(&who));
    }
    match format {
        Format::Text => tell(goal, &found, &read.unread, &read.sources, out)?,
        Format::Json => {
            writeln!(out, "{:#}", in_json(goal, &found, &read.unread, &read.sources))?;
        }
    }
    Ok(if !found.chains.is_empty() {
        Exit::No
    } else if found.unknown.is_empty() && read.unread.is_empty() {
        Exit::Yes
    } else {
        Exit::Unjudged
    })
}

fn tell(
    goal: &str,
    found: &Reached,
    unread: &[String],
    sources: &Sources,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    for (spot, because) in &found.admins {
        writeln!(out, "{} may do everything already", clean::line(&spot.to_string(), 1))?;
        reasons(because, "    ", sources, out)?;
    }
    for chain in &found.chains {
        let steps = if chain.steps.len() == 1 { "step" } else { "steps" };
        let from = clean::line(&chain.from.to_string(), 1);
        writeln!(out, "{from} reaches {} in {} {steps}:", clean::line(goal, 1), chain.steps.len())?;
        for (number, step) in chain.steps.iter().enumerate() {
            writeln!(out, "  {}. {}", number + 1, clean::line(&step.says, 1))?;
            reasons(&step.because, "     ", sources, out)?;
            writeln!(out, "     see {}", step.source)?;
        }
    }
    if found.chains.is_empty() {
        writeln!(out, "nobody else is seen to reach {}", clean::line(goal, 1))?;
    }
    for reason in &found.unknown {
        writeln!(out, "not known: {}", line(reason, sources))?;
    }
    for unread in unread {
        writeln!(out, "not read: {}", clean::line(unread, 1))?;
    }
    writeln!(out, "what is not looked at:")?;
    for what in NOT_LOOKED_AT {
        writeln!(out, "  - {what}")?;
    }
    Ok(())
}

fn reasons(because: &[Reason], indent: &str, sources: &Sources, out: &mut dyn Write) -> Result<(), Failure> {
    for reason in because {
        writeln!(out, "{indent}{}", line(reason, sources))?;
    }
    Ok(())
}

fn line(reason: &Reason, sources: &Sources) -> String {
    let at = reason.span.and_then(|span| sources.locate(span));
    let at = at.map_or_else(String::new, |(name, at)| format!(" ({}:{at})", clean::line(&name, 1)));
    format!("{}{at}", clean::line(&reason.text, 1))
}

fn in_json(goal: &str, found: &Reached, unread: &[String], sources: &Sources) -> Value {
    let because = |all: &[Reason]| all.iter().map(|r| json::reason(r, sources)).collect::<Vec<_>>();
    let chain = |chain: &Chain| {
        let steps = chain.steps.iter().map(|step| {
            json!({ "way": step.way, "to": step.to.to_string(), "says": step.says,
                    "because": because(&step.because), "source": step.source })
        });
        json!({ "from": chain.from.to_string(), "steps": steps.collect::<Vec<_>>() })
    };
    let admin =
        |(spot, why): &(Spot, Vec<Reason>)| json!({ "who": spot.to_string(), "because": because(why) });
    json!({
        "format": 1, "goal": goal, "admins": found.admins.iter().map(admin).collect::<Vec<_>>(),
        "chains": found.chains.iter().map(chain).collect::<Vec<_>>(), "unknown": because(&found.unknown),
        "notRead": unread, "notLookedAt": NOT_LOOKED_AT,
    })
}
