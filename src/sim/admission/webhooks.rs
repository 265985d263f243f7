//! The webhooks of the engines that are modelled: Gatekeeper's, Kyverno's and Sigstore's. All of them are taken as up.
//!
//! Mutating ones are called one by one and see what those before them made, validating ones all at once
//! (kubernetes `plugin/webhook/{mutating,validating}/dispatcher.go`): of several refusals the API server passes on the one that
//! comes first. Here that is the one whose configuration comes first by its name, and the others stand behind it.

use std::rc::Rc;

use serde_json::Value;

use super::chain::Chain;
use super::gatekeeper::{self, Aside, Asked, Operation};
use super::image::{self, Controller, Engine, WEBHOOK};
use super::kyverno::{Call, Denial, Webhooks};
use super::limit_range::Refused;
use super::mutating::{Memory, PASSING, settled};
use super::stages::End;
use super::told::Form;
use super::trace;
use super::validating::{Said, Sent, subject};
use crate::model::Object;
use crate::parse::{Tree, json};
use crate::sim::Reason;
use crate::sim::world::{Image, World};

/// The engines of a cluster whose webhooks may change objects; each compiles its policies once.
#[derive(Clone, Debug, Default)]
pub(super) struct Engines<'w> {
    kyverno: Option<Webhooks<'w>>,
    sigstore: Option<Rc<Controller<'w>>>,
    images: &'w [Image],
}

impl<'w> Engines<'w> {
    /// Those whose policies are among these objects of a world.
    pub(super) fn of(world: &'w World, objects: &[Object<'w>]) -> Self {
        Self {
            kyverno: Webhooks::of(world, objects),
            sigstore: Controller::of(objects).map(Rc::new),
            images: world.images(),
        }
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.kyverno.is_none() && self.sigstore.is_none()
    }
}

/// What is said of an image that nothing is known of.
const UNHEARD: &str = "the world does not say what";

/// What engines say of an object.
#[derive(Default)]
struct Answers {
    denials: Vec<Denial>,
    unknown: Vec<Reason>,
    said: Said,
}

impl<'w> Sent<'w> {
    /// What it is, in a sentence.
    fn what(&self, tree: &Tree) -> String {
        tree.root().map_or_else(String::new, |root| subject(Object::new(root), self.of))
    }

    fn call<'r>(&'r self, tree: &'r Tree, home: Option<Object<'w>>) -> Call<'r>
    where
        'w: 'r,
    {
        Call { body: &self.body, tree, namespace: self.namespace, home, sender: self.sender.as_ref() }
    }

    fn about_images<'r>(&'r self, tree: &'r Tree, home: Option<Object<'w>>) -> Option<image::Sent<'r>>
    where
        'w: 'r,
    {
        let object = tree.root().map(Object::new)?;
        Some(image::Sent { object, namespace: self.namespace, home, unnamed: self.sender.is_none() })
    }
}

impl Answers {
    fn hear_images(&mut self, heard: image::Heard, what: &str) {
        let about = |reason: Reason| Reason { text: format!("{what}: {}", reason.text), ..reason };
        let mut because: Vec<Reason> = heard.because.into_iter().map(about).collect();
        for (word, said) in heard.denials {
            self.denials.push(Denial { said, word, because: std::mem::take(&mut because) });
        }
        self.unknown.extend(heard.unknown);
        let span = heard.notes.first().and_then(|note| note.span);
        self.said.warnings.extend(heard.warnings.into_iter().filter_map(|text| Some((text, span?))));
        self.said.notes.extend(heard.notes.into_iter().map(about));
        self.said.quiet.extend(heard.quiet.into_iter().map(about));
    }

    /// Puts what stands in the object that was sent to where it came from.
    fn trace(&mut self, tree: &Tree, origin: Option<Object<'_>>) {
        let Some(origin) = origin else { return };
        let denied = self.denials.iter_mut().flat_map(|denial| &mut denial.because);
        let said = self.said.notes.iter_mut().chain(&mut self.said.quiet);
        let all = denied.chain(&mut self.unknown).chain(said);
        trace::back(all, tree, origin, origin.kind_span());
    }

    /// The first refusal, with the reasons of all; else what cannot be judged.
    fn end(self, out: &mut Said) -> Result<(), End> {
        out.notes.extend(self.said.notes);
        out.quiet.extend(self.said.quiet);
        out.warnings.extend(self.said.warnings);
        let mut denials = self.denials.into_iter();
        if let Some(Denial { said, word, mut because }) = denials.next() {
            because.extend(denials.flat_map(|other| other.because));
            return Err(End::Refused(Form::Webhook(word), Refused { said, because }));
        }
        let mut unknown = self.unknown;
        if unknown.iter().any(|reason| reason.text.contains(UNHEARD)) {
            let text = "an object of kind Image (sealegs/v1) tells an image's digest and signatures";
            unknown.push(Reason::fact(text));
        }
        if unknown.is_empty() { Ok(()) } else { Err(End::Unknown(unknown)) }
    }
}

/// The mutating webhooks.
pub(super) fn mutate<'w>(
    chain: &Chain<'w>,
    sent: &mut Sent<'w>,
    memory: &mut Memory,
    second: bool,
    out: &mut Said,
) -> Result<(), End> {
    let engines = &chain.engines;
    if engines.is_empty() {
        return Ok(());
    }
    let home = chain.space(sent.namespace).and_then(|space| space.object);
    let last = memory.last.take();
    // `IsOutputChangedSinceLastWebhookInvocation`: then all are called again that want to be.
    let mut changed = last.as_ref().is_some_and(|last| *last != sent.body);
    let before = std::mem::take(&mut memory.called);
    let again = |name: &str, changed: bool| {
        let own = before.iter().find(|(known, _)| known == name);
        own.is_some_and(|(_, left)| changed || last.as_ref() != Some(left))
    };
    if let Some(kyverno) = &engines.kyverno {
        for hook in kyverno.hooks() {
            if second && !again(&hook.name, changed) {
                continue;
            }
            let tree = json::made(&sent.body, PASSING);
            let mut answers = Answers::default();
            let (body, heard) = kyverno.mutate(hook, &sent.call(&tree, home), &sent.what(&tree));
            answers.denials = heard.denials;
            answers.unknown = heard.unknown;
            answers.said = Said { notes: heard.notes, quiet: heard.quiet, warnings: heard.warnings };
            answers.trace(&tree, sent.origin);
            answers.end(out)?;
            changed |= take(sent, body);
            if hook.again {
                memory.called.push((hook.name.clone(), sent.body.clone()));
            }
        }
    }
    if let Some(sigstore) = engines.sigstore.as_deref().filter(|_| !second || again(WEBHOOK, changed)) {
        let tree = json::made(&sent.body, PASSING);
        let mut answers = Answers::default();
        let pinned = sent
            .about_images(&tree, home)
            .map(|about| image::pinned(Engine::Sigstore(sigstore), about, engines.images));
        let (body, heard) = pinned.unwrap_or_default();
        let what = sent.what(&tree);
        if body.is_some() {
            let text = format!("{WEBHOOK} puts digests in the place of tags of {what}");
            answers.said.notes.push(Reason::fact(text));
        }
        answers.hear_images(heard, &what);
        answers.trace(&tree, sent.origin);
        answers.end(out)?;
        take(sent, body);
        memory.called.push((WEBHOOK.to_owned(), sent.body.clone()));
    }
    memory.last = Some(sent.body.clone());
    Ok(())
}

/// Takes over what a webhook makes of the object; whether it is another.
fn take(sent: &mut Sent<'_>, body: Option<Value>) -> bool {
    let Some(mut body) = body else { return false };
    let kind = sent.body.get("kind").and_then(Value::as_str).unwrap_or_default().to_owned();
    settled(&kind, &mut body);
    let changed = body != sent.body;
    sent.body = body;
    changed
}

/// The validating webhooks.
pub(super) fn validate<'w>(chain: &mut Chain<'w>, sent: &Sent<'w>, out: &mut Said) -> Result<(), End> {
    if chain.gate.is_empty() && chain.engines.is_empty() {
        return Ok(());
    }
    let tree = json::made(&sent.body, PASSING);
    let Some(object) = tree.root().map(Object::new) else { return Ok(()) };
    let home = chain.space(sent.namespace).and_then(|space| space.object);
    let what = subject(object, sent.of);
    let mut answers = Answers::default();
    if !chain.gate.is_empty() {
        let asked = Asked {
            object,
            old: object,
            namespace: Some(sent.namespace),
            home,
            operation: Operation::Create,
            user: sent.sender.as_ref(),
        };
        gate(chain.gate.ask(&asked), &what, &mut answers);
    }
    let engines = &chain.engines;
    if let Some(kyverno) = &engines.kyverno {
        let heard = kyverno.validate(&sent.call(&tree, home), &what);
        answers.denials.extend(heard.denials);
        answers.unknown.extend(heard.unknown);
        answers.said.notes.extend(heard.notes);
        answers.said.quiet.extend(heard.quiet);
        answers.said.warnings.extend(heard.warnings);
    }
    if let Some(sigstore) = engines.sigstore.as_deref()
        && let Some(about) = sent.about_images(&tree, home)
    {
        answers.hear_images(image::judged(Engine::Sigstore(sigstore), about, engines.images), &what);
    }
    answers.trace(&tree, sent.origin);
    answers.end(out)
}

/// What Gatekeeper says.
fn gate(heard: Result<gatekeeper::Heard, Aside>, what: &str, answers: &mut Answers) {
    let heard = match heard {
        Ok(heard) => heard,
        Err(Aside::Never(reason)) => return answers.said.notes.push(reason),
        Err(Aside::Unknown(reason)) => return answers.unknown.push(reason),
    };
    let about = |reason: Reason| Reason { text: format!("{what}: {}", reason.text), ..reason };
    if !heard.denied.is_empty() {
        let said = gatekeeper::said(&heard.evidence);
        let because = heard.denied.into_iter().map(about).collect();
        answers.denials.push(Denial { said, word: "Forbidden", because });
        return;
    }
    answers.unknown.extend(heard.unknown);
    let span = heard.tolerated.first().and_then(|r| r.span);
    answers.said.warnings.extend(heard.warnings.into_iter().filter_map(|text| Some((text, span?))));
    answers.said.notes.extend(heard.tolerated.into_iter().map(about));
    answers.said.quiet.extend(heard.quiet.into_iter().map(about));
}
