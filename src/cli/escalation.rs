//! `sealegs can --reach NAME PATH...`: who can become somebody stronger, and by which chain.

use std::borrow::Cow;
use std::io::{BufRead, Write};
use std::path::PathBuf;

use serde_json::{Value, json};

use super::args::Format;
use super::exit::{Done, Exit, Failure};
use super::json;
use super::manifests;
use super::page::Page;
use crate::sim::Reason;
use crate::sim::rbac::reach::{Chain, NOT_LOOKED_AT, OWN, Reached, Spot, own, reach};
use crate::text::Sources;

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
        Format::Text => {
            tell(goal, &found, &read.unread, &read.sources, &mut Page::new(out))?;
        }
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
    page: &mut Page<'_>,
) -> Result<(), Failure> {
    for (spot, because) in &found.admins {
        page.line("", &format!("{spot} may do everything already"))?;
        reasons(because, "    ", sources, page)?;
    }
    for chain in &found.chains {
        let steps = if chain.steps.len() == 1 { "step" } else { "steps" };
        page.line("", &format!("{} reaches {goal} in {} {steps}:", chain.from, chain.steps.len()))?;
        for (number, step) in chain.steps.iter().enumerate() {
            page.line(&format!("  {}. ", number + 1), &step.says)?;
            reasons(&step.because, "     ", sources, page)?;
            page.line("     see ", step.source)?;
        }
    }
    if found.chains.is_empty() {
        page.line("", &format!("nobody else is seen to reach {goal}"))?;
    }
    for reason in &found.unknown {
        page.at("not known: ", &reason.text, reason.span, sources)?;
    }
    for unread in unread {
        page.line("not read: ", unread)?;
    }
    page.line("", "what is not looked at:")?;
    for what in NOT_LOOKED_AT {
        page.line("  - ", what)?;
    }
    Ok(())
}

fn reasons(because: &[Reason], lead: &str, sources: &Sources, page: &mut Page<'_>) -> Result<(), Failure> {
    for reason in because {
        page.at(lead, &reason.text, reason.span, sources)?;
    }
    Ok(())
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
