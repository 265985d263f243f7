//! All that may change an object before it is validated: `MutatingAdmissionPolicy`, then the mutating webhooks.
//!
//! kubernetes `plugin/policy/mutating/dispatcher.go`, `plugin/webhook/mutating/dispatcher.go`, apiserver
//! `pkg/admission/reinvocation.go`: whatever they change, the server's own plugins see once more, and then the policies and
//! webhooks that ask for it. Webhooks are called one by one, by the names of their configurations
//! (`pkg/admission/configuration/mutating_webhook_manager.go`): Kyverno's before Sigstore's.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::chain::{Chain, Stage, Stop};
use super::defaults::{tidy, workload as settle};
use super::limit_range::Refused;
use super::policy::{Failed, Known, Round};
use super::stages::{Draft, End, sent};
use super::told::Form;
use super::validating::{Said, Sent};
use super::{made, trace, webhooks};
use crate::parse::{Tree, json as tree};
use crate::sim::Reason;

/// The number of the workload that was made; those of pods are their rounds.
const WORKLOAD: u32 = 8;
/// That of an object for as long as it is asked about.
pub(super) const PASSING: u32 = 16;
/// How often a pod is asked about: the plugins of the server call once more.
const ROUNDS: u32 = 2;

/// What the first call of all plugins leaves for the second.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// The calls of policies that ask to be made again.
    again: BTreeSet<String>,
    /// The webhooks that ask to be called again, and the object as each of them left it.
    pub(super) called: Vec<(String, Value)>,
    /// The object as the last of them left it.
    pub(super) last: Option<Value>,
}

/// Changes an object by policies or webhooks; `second` where it is asked about once more.
type Changes = for<'w> fn(&Chain<'w>, &mut Sent<'w>, &mut Memory, bool, &mut Said) -> Result<(), End>;

/// What may change an object, in its order.
const MUTATING: &[(Stage, Changes)] = &[
    (Stage::MutatingPolicy, policies),
    (Stage::Policies, unasked),
    (Stage::MutatingWebhook, webhooks::mutate),
];

/// Changes a pod: the object that stands in for it, where it is another.
pub(super) fn pod<'w>(chain: &Chain<'w>, draft: &mut Draft<'w>) -> Result<Option<Tree>, (Stage, End)> {
    if !chain.may_change() || draft.round >= ROUNDS {
        return Ok(None);
    }
    let mut sent = sent(chain, draft);
    let before = sent.body.clone();
    let mut said = std::mem::take(&mut draft.said);
    let done = all(chain, &mut sent, &mut draft.memory, draft.round > 0, &mut said);
    draft.said = said;
    done?;
    Ok((sent.body != before).then(|| tree::made(&sent.body, draft.round)))
}

/// Changes a workload: the object that stands in for it, where it is another.
pub(super) fn workload<'w>(
    chain: &Chain<'w>,
    mut sent: Sent<'w>,
    said: &mut Said,
) -> Result<Option<Tree>, Stop> {
    let (before, of) = (sent.body.clone(), sent.of);
    let mut memory = Memory::default();
    let stop = |(stage, end)| Stop::of(stage, end, of);
    all(chain, &mut sent, &mut memory, false, said).map_err(stop)?;
    if sent.body == before {
        return Ok(None);
    }
    all(chain, &mut sent, &mut memory, true, said).map_err(stop)?;
    Ok(Some(tree::made(&sent.body, WORKLOAD)))
}

/// What stands between a workload and its pods may not change here: its pods would be others.
pub(super) fn between<'w>(chain: &Chain<'w>, sent: &Sent<'w>) -> Result<(), (Stage, End)> {
    let mut said = Said::default();
    let mut changed = sent.clone();
    all(chain, &mut changed, &mut Memory::default(), false, &mut said)?;
    if changed.body == sent.body {
        return Ok(());
    }
    let kind = sent.body.get("kind").and_then(Value::as_str).unwrap_or("object");
    let text = format!("what a policy makes of the {kind} between a workload and its pods is not modelled");
    let because = std::iter::once(Reason::fact(text)).chain(said.notes).collect();
    Err((Stage::MutatingPolicy, End::Unknown(because)))
}

fn all<'w>(
    chain: &Chain<'w>,
    sent: &mut Sent<'w>,
    memory: &mut Memory,
    second: bool,
    said: &mut Said,
) -> Result<(), (Stage, End)> {
    let name = made::unnamed(&mut sent.body);
    for (stage, change) in MUTATING {
        change(chain, sent, memory, second, said).map_err(|end| (*stage, end))?;
    }
    if let (Some(name), Some(metadata)) = (name, sent.body.get_mut("metadata").and_then(Value::as_object_mut))
    {
        metadata.entry("name").or_insert(json!(name));
    }
    Ok(())
}

/// Gives an object the defaults that the API server sets after each change.
pub(super) fn settled(kind: &str, body: &mut Value) {
    settle(kind, body);
    tidy(body);
}

fn policies<'w>(
    chain: &Chain<'w>,
    sent: &mut Sent<'w>,
    memory: &mut Memory,
    second: bool,
    said: &mut Said,
) -> Result<(), End> {
    if chain.mutators.is_empty() {
        return Ok(());
    }
    let before = tree::made(&sent.body, PASSING);
    let request = sent.request(&before, chain)?;
    let known = Known { user: sent.sender.is_some(), stored: true };
    let kind = request.kind.clone();
    let settle = |body: &mut Value| settled(&kind, body);
    let round = if second { Round::Again(&memory.again) } else { Round::First };
    match chain.mutators.run(&sent.body, &request, known, round, &settle) {
        Ok(changed) => {
            sent.body = changed.body;
            memory.again = changed.again;
            said.notes.extend(changed.notes);
            Ok(())
        }
        Err(Failed::Unknown(mut because)) => {
            if let Some(origin) = sent.origin {
                trace::back(&mut because, &before, origin, origin.kind_span());
            }
            Err(End::Unknown(because))
        }
        Err(Failed::Refused(said, invalid, because)) => {
            let form = if invalid { Form::Mutation } else { Form::Webhook("Forbidden") };
            Err(End::Refused(form, Refused { said, because }))
        }
    }
}

/// Webhooks that are not modelled: nothing is known behind them.
fn unasked<'w>(
    chain: &Chain<'w>,
    sent: &mut Sent<'w>,
    _: &mut Memory,
    _: bool,
    _: &mut Said,
) -> Result<(), End> {
    chain.ask_others(sent, true)
}
