//! `MutatingAdmissionPolicy` as a stage of the chain: what it makes of pods, of workloads, and of what stands between them.
//!
//! kubernetes `plugin/policy/mutating/dispatcher.go`, apiserver `pkg/admission/reinvocation.go`: whatever it changes, the
//! server's own plugins see once more, and then the policies that ask for it.

use serde_json::{Value, json};

use super::chain::Chain;
use super::defaults::{tidy, workload as settle};
use super::limit_range::Refused;
use super::made;
use super::policy::{Changed, Failed, Known, Request, Round, User};
use super::stages::{Draft, End, sent};
use super::told::Form;
use super::validating::Sent;
use crate::model::Object;
use crate::parse::{Tree, json as tree};
use crate::sim::Reason;

/// How often a pod is asked about: the plugins of the server call once more.
const ROUNDS: u32 = 2;

/// Changes a pod.
pub(super) fn pod<'w>(chain: &Chain<'w>, draft: &mut Draft<'w>) -> Result<Option<Tree>, End> {
    if chain.mutators.is_empty() || draft.round >= ROUNDS {
        return Ok(None);
    }
    let sent = sent(chain, draft);
    let round = if draft.round == 0 { Round::First } else { Round::Again(&draft.again) };
    let changed = ask(chain, &sent, round)?;
    draft.again = changed.again;
    draft.said.notes.extend(changed.notes);
    Ok((changed.body != sent.body).then(|| tree::from_value(&changed.body)))
}

/// Changes a workload.
pub(super) fn workload<'w>(chain: &Chain<'w>, sent: &Sent<'w>) -> Result<Option<(Tree, Vec<Reason>)>, End> {
    let first = ask(chain, sent, Round::First)?;
    if first.body == sent.body {
        return Ok(None);
    }
    let once = Sent { namespace: sent.namespace, body: first.body, sender: sent.sender.clone(), of: sent.of };
    let second = ask(chain, &once, Round::Again(&first.again))?;
    let notes = first.notes.into_iter().chain(second.notes).collect();
    Ok(Some((tree::from_value(&second.body), notes)))
}

/// What stands between a workload and its pods may not change here: its pods would be others.
pub(super) fn between<'w>(chain: &Chain<'w>, sent: &Sent<'w>) -> Result<(), End> {
    if chain.mutators.is_empty() {
        return Ok(());
    }
    let changed = ask(chain, sent, Round::First)?;
    if changed.body == sent.body {
        return Ok(());
    }
    let kind = sent.body.get("kind").and_then(Value::as_str).unwrap_or("object");
    let text = format!("what a policy makes of the {kind} between a workload and its pods is not modelled");
    Err(End::Unknown(std::iter::once(Reason::fact(text)).chain(changed.notes).collect()))
}

fn ask<'w>(chain: &Chain<'w>, sent: &Sent<'w>, round: Round<'_>) -> Result<Changed, End> {
    let mut body = sent.body.clone();
    let name = made::unnamed(&mut body);
    let before = tree::from_value(&body);
    let unknown = |text: String| End::Unknown(vec![Reason::fact(text)]);
    let home = chain.space(sent.namespace).and_then(|space| space.object);
    let object = before.root().map(Object::new);
    let mut request = Request::about(object, None, "CREATE", home).map_err(unknown)?;
    if let Some(sender) = &sent.sender {
        request.user = User { name: sender.user.clone(), groups: sender.groups.clone(), ..User::default() };
    }
    let known = Known { user: sent.sender.is_some(), stored: true };
    let kind = request.kind.clone();
    let settle = |body: &mut Value| {
        settle(&kind, body);
        tidy(body);
    };
    match chain.mutators.run(&body, &request, known, round, &settle) {
        Ok(mut changed) => {
            if let (Some(name), Some(metadata)) =
                (name, changed.body.get_mut("metadata").and_then(Value::as_object_mut))
            {
                metadata.entry("name").or_insert(json!(name));
            }
            Ok(changed)
        }
        Err(Failed::Unknown(because)) => Err(End::Unknown(because)),
        Err(Failed::Refused(said, invalid, because)) => {
            let form = if invalid { Form::Mutation } else { Form::Webhook };
            Err(End::Refused(form, Refused { said, because }))
        }
    }
}
