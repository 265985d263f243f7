//! The validating webhooks: what refuses, what the client hears of, and what is only reported.
//!
//! kyverno `pkg/webhooks/resource/validation/validation.go`, `pkg/webhooks/utils/{block,warning}.go`,
//! `pkg/webhooks/resource/{vpol,ivpol}/handler.go`. The API server calls them all at once, and passes on whichever refusal comes
//! first: here they stand in the order of their configuration. Policies of the old kinds that refuse nothing anywhere are
//! asked behind the request's back, for reports.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

use super::super::asked::{Outcome, RuleSays};
use super::super::classic::{Ready, Work};
use super::conditions::{Called, asked};
use super::{Call, Denial, Heard, Inner, New, Old, Webhooks, hook_of};
use crate::model::Object;
use crate::parse::Node;
use crate::sim::Reason;
use crate::sim::admission::image::{Engine, judged};

impl Webhooks<'_> {
    /// Calls all of them. `what` is the object in a sentence.
    pub fn validate(&self, call: &Call<'_>, what: &str) -> Heard {
        let mut heard = Heard::default();
        if let Some(reason) = call.left_out() {
            // What no policy asks for is no news.
            if !call.is_filtered() || self.0.asks_for_sets {
                heard.notes.push(reason);
            }
            return heard;
        }
        let inner = &*self.0;
        old(inner, call, what, &mut heard);
        new(inner, call, what, &mut heard);
        images(inner, call, what, &mut heard);
        heard
    }
}

/// Policies of one webhook, and what their rules say.
type Seen<'r, 'w> = Vec<(&'r Old<'w>, Vec<RuleSays>)>;

/// The place of what refuses nothing.
fn actions(policy: Object<'_>) -> Option<Node<'_>> {
    let fields = ["validationActions", "validationFailureAction"];
    fields.into_iter().find_map(|key| policy.node.at(&["spec", key]))
}

fn old(inner: &Inner<'_>, call: &Call<'_>, what: &str, heard: &mut Heard) {
    let mut hooks: BTreeMap<(bool, bool, String), Seen<'_, '_>> = BTreeMap::new();
    for policy in inner.old.iter().filter(|p| p.does(Work::Validate)) {
        let request = call.asked(inner, policy.object, &policy.exceptions);
        let said = policy
            .ready()
            .and_then(|ready| ready.judge(&request, &[Work::Validate]).map_err(|text| policy.unknown(&text)));
        let rules = match said {
            Ok(said) => said.rules,
            Err(reason) => {
                heard.unknown.push(reason);
                continue;
            }
        };
        if rules.is_empty() {
            continue;
        }
        match asked(policy, call, what) {
            Ok(Called::Yes) => {}
            Ok(Called::No(reason)) => {
                heard.notes.push(reason);
                continue;
            }
            Ok(Called::Refused(denial)) => {
                heard.denials.push(denial);
                continue;
            }
            Err(reason) => {
                heard.unknown.push(reason);
                continue;
            }
        }
        let name = hook_of("validate.kyverno.svc", policy.object);
        let key = (name.contains("-finegrained-"), !policy.ignores, name);
        hooks.entry(key).or_default().push((policy, rules));
    }
    for ((_, _, hook), seen) in hooks {
        blocked(inner, &hook, call, what, &seen, heard);
    }
}

/// What a webhook of the old kinds answers, by what its policies said.
pub(super) fn blocked(
    inner: &Inner<'_>,
    hook: &str,
    call: &Call<'_>,
    what: &str,
    seen: &[(&Old<'_>, Vec<RuleSays>)],
    heard: &mut Heard,
) {
    let refuses = |policy: &Old<'_>, rule: &RuleSays| {
        rule.refuses && !(rule.outcome == Outcome::Error && policy.ignores)
    };
    let is_bad = |rule: &&RuleSays| !matches!(rule.outcome, Outcome::Pass | Outcome::Skip);
    let somewhere = |policy: &Old<'_>| policy.ready.as_ref().is_ok_and(Ready::enforces_somewhere);
    let mut because: Vec<Reason> = Vec::new();
    for (policy, rules) in seen {
        let title = policy.object.title();
        let denied = rules.iter().filter(|rule| refuses(policy, rule));
        let before = because.len();
        for rule in denied {
            let verb = if rule.outcome == Outcome::Error {
                "cannot judge it, and so refuses it"
            } else {
                "refuses it"
            };
            let text = format!("{what}: {title} {verb} by its rule `{}`: {}", rule.name, rule.message);
            because
                .push(Reason { text, span: rule.because.first().and_then(|r| r.span).or(Some(rule.place)) });
        }
        if because.len() > before {
            because.extend(inner.exceptions.idle(policy.object));
        }
    }
    if !because.is_empty() {
        let mut text = format!("\n\nresource {} was blocked due to the following policies \n\n", named(call));
        let mut told: BTreeMap<&str, BTreeMap<&str, &str>> = BTreeMap::new();
        for (policy, rules) in seen.iter().filter(|(policy, _)| somewhere(policy)) {
            let of = told.entry(policy.object.name().unwrap_or_default()).or_default();
            of.extend(rules.iter().filter(is_bad).map(|r| (r.name.as_str(), r.message.as_str())));
        }
        for (policy, rules) in told.into_iter().filter(|(_, rules)| !rules.is_empty()) {
            let _ = writeln!(text, "{policy}:");
            for (rule, message) in rules {
                let _ = writeln!(text, "  {rule}: {}", quoted(message));
            }
        }
        let said = format!("admission webhook \"{hook}\" denied the request: {text}");
        heard.denials.push(Denial { said, word: "", because });
        return;
    }
    for (policy, rules) in seen {
        let title = policy.object.title();
        let name = policy.object.name().unwrap_or_default();
        let at = actions(policy.object).map_or(policy.object.kind_span(), Node::own_span);
        for rule in rules.iter().filter(is_bad) {
            let told = somewhere(policy) || policy.speaks;
            let only = if told { "the sender is warned" } else { "a report takes a note" };
            let text = format!(
                "{what}: {title} finds by its rule `{}`: {}; {only}, and nothing is refused",
                rule.name, rule.message
            );
            heard.notes.push(Reason::at(text, at));
            if told {
                let text = format!("Warning: policy {name}.{}: {}", rule.name, rule.message);
                heard.warnings.push((text, rule.place));
            }
        }
        for rule in
            rules.iter().filter(|rule| rule.outcome == Outcome::Skip && rule.message.contains("exception"))
        {
            heard.notes.push(Reason::at(format!("{title} spares {what}: {}", rule.message), rule.place));
        }
        if rules.iter().all(|rule| rule.outcome == Outcome::Pass) {
            let text = format!("{title} is asked about {what}, and has nothing against it");
            heard.quiet.push(Reason::at(text, policy.object.kind_span()));
        }
    }
}

/// The object in the sentence of a refusal.
fn named(call: &Call<'_>) -> String {
    let part = |path: &str| call.body.pointer(path).and_then(Value::as_str).unwrap_or_default();
    format!("{}/{}/{}", part("/kind"), call.namespace, part("/metadata/name"))
}

/// A text as YAML writes it: in quotes, where it would be read as something else without them.
fn quoted(text: &str) -> String {
    let first = text.chars().next();
    let plain = first.is_some_and(|c| c.is_alphanumeric() || c == '/')
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.contains('\n')
        && !text.ends_with([':', ' ']);
    if plain { text.to_owned() } else { format!("'{}'", text.replace('\'', "''")) }
}

fn new(inner: &Inner<'_>, call: &Call<'_>, what: &str, heard: &mut Heard) {
    let mut hooks: BTreeMap<(bool, bool, bool, String), Denial> = BTreeMap::new();
    for policy in &inner.validating {
        let title = policy.object.title();
        let Ok(ready) = &policy.ready else {
            heard.unknown.extend(policy.fault(call));
            continue;
        };
        let said = match ready.judge(&call.asked(inner, policy.object, &[]), "") {
            Ok(said) => said,
            Err(text) => {
                heard.unknown.push(Reason::at(format!("{title}: {text}"), policy.object.kind_span()));
                continue;
            }
        };
        for rule in &said.rules {
            one(inner, (policy, ready.spec().warns), rule, what, heard, &mut hooks);
        }
    }
    heard.denials.extend(hooks.into_values());
}

/// One rule's word.
fn one(
    inner: &Inner<'_>,
    (policy, warns): (&New<'_>, bool),
    rule: &RuleSays,
    what: &str,
    heard: &mut Heard,
    hooks: &mut BTreeMap<(bool, bool, bool, String), Denial>,
) {
    let object = policy.object;
    let (title, name) = (object.title(), object.name().unwrap_or_default());
    let word = match rule.outcome {
        Outcome::Fail | Outcome::Warn => "failed",
        Outcome::Error => "error",
        Outcome::Skip | Outcome::Pass => {
            let text = match (rule.outcome, rule.name.as_str()) {
                (_, "exception") => format!("{title} spares {what}: {}", rule.message),
                (Outcome::Skip, _) => format!("a condition of {title} leaves {what} out"),
                _ => format!("{title} is asked about {what}, and has nothing against it"),
            };
            let quiet = rule.outcome == Outcome::Pass && rule.name != "exception";
            let all = if quiet { &mut heard.quiet } else { &mut heard.notes };
            all.push(Reason::at(text, rule.place));
            return;
        }
    };
    let line = format!("Policy {name} {word}: {}", rule.message);
    if warns {
        heard.warnings.push((format!("Warning: {line}"), rule.place));
    }
    if !rule.refuses {
        let at = actions(object).map_or(object.kind_span(), Node::own_span);
        let only = if warns { "the sender is warned" } else { "a report takes a note" };
        let text = format!("{what}: {title} finds: {}; {only}, and nothing is refused", rule.message);
        heard.notes.push(Reason::at(text, at));
        return;
    }
    let bare = if object.kind() == Some("ValidatingPolicy") { "vpol" } else { "nvpol" };
    let hook = hook_of(&format!("{bare}.validate.kyverno.svc"), object);
    let said = format!("admission webhook \"{hook}\" denied the request: ");
    let key = (bare == "nvpol", !hook.contains("-finegrained-"), hook.contains("-ignore"), hook);
    let denial = hooks.entry(key).or_insert_with(|| Denial { said, word: "", because: Vec::new() });
    if !denial.because.is_empty() {
        denial.said.push_str("; ");
    }
    denial.said.push_str(&line);
    let verb =
        if rule.outcome == Outcome::Error { "cannot judge it, and so refuses it" } else { "refuses it" };
    denial.because.push(Reason::at(format!("{what}: {title} {verb}: {}", rule.message), rule.place));
    denial.because.extend(inner.exceptions.idle(object));
}

fn images(inner: &Inner<'_>, call: &Call<'_>, what: &str, heard: &mut Heard) {
    let Some(policies) = &inner.images else { return };
    let Some(sent) = call.sent() else { return };
    let said = judged(Engine::Kyverno(policies), sent, inner.registry);
    let about = |reason: Reason| Reason { text: format!("{what}: {}", reason.text), ..reason };
    let mut because: Vec<Reason> = said.because.into_iter().map(about).collect();
    for (word, text) in said.denials {
        heard.denials.push(Denial { said: text, word, because: std::mem::take(&mut because) });
    }
    heard.unknown.extend(said.unknown);
    let span = said.notes.first().and_then(|note| note.span);
    heard.warnings.extend(said.warnings.into_iter().filter_map(|text| Some((text, span?))));
    heard.notes.extend(said.notes.into_iter().map(about));
    heard.quiet.extend(said.quiet.into_iter().map(about));
}
