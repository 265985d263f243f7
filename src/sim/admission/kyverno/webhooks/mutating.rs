//! The mutating webhooks: mutations, the digests that `verifyImages` and image policies write, and the refusals of the old
//! kinds, which verify images here.
//!
//! kyverno `pkg/webhooks/resource/handlers.go` (`Mutate`: all mutations, then all verifications), `mutation/mutation.go`,
//! `imageverification/handler.go`, `mpol/handler.go` (an error refuses, unless failurePolicy is Ignore), `pkg/controllers/webhook/reinvocation_policy_test.go`. Of policies that one webhook asks the
//! order is that of a map: where another order makes another object, nothing is known.

use serde_json::Value;

use super::super::asked::{Outcome, RuleSays, Said};
use super::super::classic::Work;
use super::conditions::{Called, asked};
use super::validating::blocked;
use super::{Call, Denial, Heard, Inner, Old, Webhooks, hook_of};
use crate::model::{Object, value};
use crate::sim::Reason;
use crate::sim::admission::image::{Engine, pinned};

/// A webhook, and the policies that it asks.
#[derive(Debug)]
pub struct Hook {
    /// Its name.
    pub name: String,
    /// Whether it is called again after others have changed what it saw.
    pub again: bool,
    members: Members,
}

/// Policies by their places.
#[derive(Debug)]
enum Members {
    Old(Vec<usize>),
    New(Vec<usize>),
    Images,
}

/// The webhooks in the order of their configuration.
pub(super) fn hooks(inner: &Inner<'_>) -> Vec<Hook> {
    let mut out: Vec<Hook> = Vec::new();
    let mut add = |name: String, again: bool, members: &dyn Fn(Vec<usize>) -> Members, at: usize| {
        let known = out.iter_mut().find(|hook| hook.name == name);
        match known.map(|hook| (&mut hook.again, &mut hook.members)) {
            Some((once, Members::Old(all) | Members::New(all))) => {
                *once |= again;
                all.push(at);
            }
            _ => out.push(Hook { name, again, members: members(vec![at]) }),
        }
    };
    for (at, old) in inner.old.iter().enumerate() {
        if old.does(Work::Mutate) || old.does(Work::Verify) {
            add(hook_of("mutate.kyverno.svc", old.object), true, &Members::Old, at);
        }
    }
    for (at, new) in inner.mutating.iter().enumerate() {
        let again = new.object.node.at(&["spec", "reinvocationPolicy"]).and_then(value::string);
        let bare = if new.object.kind() == Some("MutatingPolicy") { "mpol" } else { "nmpol" };
        let name = hook_of(&format!("{bare}.mutate.kyverno.svc"), new.object);
        add(name, again == Some("IfNeeded"), &Members::New, at);
    }
    if inner.images.is_some() {
        out.push(Hook {
            name: "ivpol.mutate.kyverno.svc".to_owned(),
            again: false,
            members: Members::Images,
        });
    }
    // Of the old kinds those that ignore failures come first, and those with a webhook of their own last; of the others it
    // is the other way round.
    out.sort_by_key(|hook| {
        let (own, ignores) = (hook.name.contains("-finegrained-"), hook.name.contains("-ignore"));
        match hook.members {
            Members::Old(_) => (0, own, !ignores),
            Members::New(_) => (1, !own, ignores),
            Members::Images => (2, false, false),
        }
    });
    out
}

impl Webhooks<'_> {
    /// The mutating webhooks, in the order in which they are called.
    pub fn hooks(&self) -> &[Hook] {
        &self.0.hooks
    }

    /// Calls one of them: the object that it makes, where it makes another, and what it says. `what` is the object in a
    /// sentence.
    pub fn mutate(&self, hook: &Hook, call: &Call<'_>, what: &str) -> (Option<Value>, Heard) {
        if call.left_out().is_some() {
            return (None, Heard::default());
        }
        let inner = &*self.0;
        let run = |order: &[usize]| match &hook.members {
            Members::Old(_) => old(inner, &hook.name, order, call, what),
            _ => new(inner, &hook.name, order, call, what),
        };
        let (body, heard) = match &hook.members {
            Members::Images => return images(inner, call, what),
            Members::Old(all) | Members::New(all) => {
                let (body, mut heard) = run(all);
                if all.len() > 1 && heard.denials.is_empty() && heard.unknown.is_empty() {
                    let reversed: Vec<usize> = all.iter().rev().copied().collect();
                    let (other, heard_then) = run(&reversed);
                    if other != body || !heard_then.denials.is_empty() || !heard_then.unknown.is_empty() {
                        let text =
                            "policies of Kyverno make another object in another order, and it promises none";
                        heard.unknown.push(Reason::fact(text));
                        heard.unknown.append(&mut heard.notes);
                    }
                }
                (body, heard)
            }
        };
        (Some(body).filter(|body| body != call.body), heard)
    }
}

/// What becomes of the object where a rule of this policy was asked.
fn takes(body: &mut Value, said: &Said, (title, kind): (&str, Object<'_>), heard: &mut Heard, what: &str) {
    let Some(patched) = said.patched.as_ref().filter(|patched| *patched != body) else { return };
    let applied = said.rules.iter().filter(|rule| rule.outcome == Outcome::Pass);
    let mut places = applied.map(|rule| (rule.name.as_str(), rule.place));
    let (name, at) = places.next().unwrap_or(("", kind.kind_span()));
    let by = if name.is_empty() { String::new() } else { format!(" by its rule `{name}`") };
    heard.notes.push(Reason::at(format!("{title} changes {what}{by}"), at));
    body.clone_from(patched);
}

fn old(inner: &Inner<'_>, hook: &str, order: &[usize], call: &Call<'_>, what: &str) -> (Value, Heard) {
    let (mut body, mut heard) = (call.body.clone(), Heard::default());
    let mut seen: Vec<(&Old<'_>, Vec<RuleSays>)> = Vec::new();
    for work in [Work::Mutate, Work::Verify] {
        for policy in order.iter().map(|at| &inner.old[*at]).filter(|p| p.does(work)) {
            let now = body.clone();
            let call = Call { body: &now, ..*call };
            let request = call.asked(inner, policy.object, &policy.exceptions);
            let said = policy
                .ready()
                .and_then(|ready| ready.judge(&request, &[work]).map_err(|text| policy.unknown(&text)));
            let said = match said {
                Ok(said) => said,
                Err(reason) => {
                    heard.unknown.push(reason);
                    return (body, heard);
                }
            };
            if !said.rules.is_empty() {
                // A policy with conditions has a webhook of its own, which sees the object as it was sent.
                match asked(policy, &call, what) {
                    Ok(Called::Yes) => {}
                    Ok(Called::No(reason)) => {
                        heard.notes.push(reason);
                        continue;
                    }
                    Ok(Called::Refused(denial)) => {
                        heard.denials.push(denial);
                        return (body, heard);
                    }
                    Err(reason) => {
                        heard.unknown.push(reason);
                        return (body, heard);
                    }
                }
            }
            let title = policy.object.title();
            let failed: Vec<&RuleSays> =
                said.rules.iter().filter(|r| matches!(r.outcome, Outcome::Error | Outcome::Fail)).collect();
            if work == Work::Mutate && !failed.is_empty() {
                let because: Vec<Reason> = failed.iter().flat_map(|r| r.because.clone()).collect();
                if policy.ignores {
                    let text =
                        format!("{title} fails, and changes nothing of {what}: failurePolicy is Ignore");
                    heard.notes.push(Reason::at(text, policy.object.kind_span()));
                    heard.notes.extend(because);
                    continue;
                }
                let name = policy.object.name().unwrap_or_default();
                let rules: Vec<_> = failed.iter().map(|r| format!("{}: {}", r.name, r.message)).collect();
                let text = format!(
                    "mutation policy {name} error: failed to apply policy {name} rules [{}]",
                    rules.join(" ")
                );
                heard.denials.push(Denial {
                    said: format!("admission webhook \"{hook}\" denied the request: {text}"),
                    word: "",
                    because,
                });
                return (body, heard);
            }
            takes(&mut body, &said, (&title, policy.object), &mut heard, what);
            if work == Work::Verify {
                seen.push((policy, said.rules));
            }
        }
    }
    blocked(inner, hook, call, what, &seen, &mut heard);
    (body, heard)
}

fn new(inner: &Inner<'_>, hook: &str, order: &[usize], call: &Call<'_>, what: &str) -> (Value, Heard) {
    let (mut body, mut heard) = (call.body.clone(), Heard::default());
    let (mut errors, mut because) = (Vec::new(), Vec::new());
    for policy in order.iter().map(|at| &inner.mutating[*at]) {
        let now = body.clone();
        let call = Call { body: &now, ..*call };
        let (title, name) = (policy.object.title(), policy.object.name().unwrap_or_default());
        let Ok(ready) = &policy.ready else {
            heard.unknown.extend(policy.fault(&call));
            continue;
        };
        let said = match ready.judge(&call.asked(inner, policy.object, &[]), "") {
            Ok(said) => said,
            Err(text) => {
                heard.unknown.push(Reason::at(format!("{title}: {text}"), policy.object.kind_span()));
                continue;
            }
        };
        for error in said.rules.iter().filter(|rule| rule.outcome == Outcome::Error) {
            let Reason { text, span } = Reason::at(error.message.clone(), error.place);
            let text = if ready.spec().ignores {
                format!("{title} fails, and changes nothing of {what}: failurePolicy is Ignore ({text})")
            } else {
                errors.push(format!("Policy {name}: {text}"));
                format!("{what}: {title} cannot change it, and so refuses it: {text}")
            };
            let told = if ready.spec().ignores { &mut heard.notes } else { &mut because };
            told.push(Reason { text, span });
        }
        takes(&mut body, &said, (&title, policy.object), &mut heard, what);
    }
    if errors.is_empty() {
        return (body, heard);
    }
    let part = |path: &str| call.body.pointer(path).and_then(Value::as_str).unwrap_or_default();
    let said = format!(
        "admission webhook \"{hook}\" denied the request: Resource: {}/{}, Kind: {}, Errors: [{}]",
        call.namespace,
        part("/metadata/name"),
        part("/kind"),
        errors.join(" ")
    );
    heard.denials.push(Denial { said, word: "", because });
    (call.body.clone(), heard)
}

fn images(inner: &Inner<'_>, call: &Call<'_>, what: &str) -> (Option<Value>, Heard) {
    let Some(policies) = &inner.images else { return (None, Heard::default()) };
    let Some(sent) = call.sent() else { return (None, Heard::default()) };
    let (changed, said) = pinned(Engine::Kyverno(policies), sent, inner.registry);
    let mut heard = Heard { unknown: said.unknown, ..Heard::default() };
    if changed.is_some() {
        let text =
            format!("an ImageValidatingPolicy of Kyverno's puts digests in the place of tags of {what}");
        heard.notes.push(Reason::fact(text));
    }
    (changed, heard)
}
