//! An object on its way into storage, before the policies of images: what becomes of its tags, and what is said of it.

use serde_json::Value;

use super::kyverno::{Kyverno, patched};
use super::registry::Registry;
use super::said::{Asked, Operation, Said};
use super::sigstore::Controller;
use super::used::used;
use crate::model::{Object, template_of};
use crate::sim::Reason;
use crate::sim::world::Image;

/// Whose policies are asked.
#[derive(Clone, Copy, Debug)]
pub enum Engine<'e, 'w> {
    /// Kyverno's.
    Kyverno(&'e Kyverno<'w>),
    /// Sigstore's.
    Sigstore(&'e Controller<'w>),
}

/// What was said.
#[derive(Debug, Default)]
pub struct Heard {
    /// Why it is refused.
    pub because: Vec<Reason>,
    /// The sentences of the refusals, with their reason's word where they have one.
    pub denials: Vec<(&'static str, String)>,
    /// What nobody can say here.
    pub unknown: Vec<Reason>,
    /// What was found and refuses nothing, who was not asked.
    pub notes: Vec<Reason>,
    /// What was verified.
    pub quiet: Vec<Reason>,
    /// What the client is told though it is let in.
    pub warnings: Vec<String>,
}

/// An object that is created.
#[derive(Clone, Copy, Debug)]
pub struct Sent<'r> {
    /// The object.
    pub object: Object<'r>,
    /// The namespace that it lives in.
    pub namespace: &'r str,
    /// That namespace's object.
    pub home: Option<Object<'r>>,
    /// Whether nobody says who sends it.
    pub unnamed: bool,
}

impl<'r> Sent<'r> {
    fn asked(self) -> Asked<'r> {
        let Self { object, namespace, home, unnamed } = self;
        let namespace = namespace.to_owned();
        Asked {
            object,
            old: object,
            operation: Operation::Create,
            namespace,
            home,
            unnamed,
            ephemeral: false,
        }
    }
}

/// The object with digests in the place of its tags, where an engine writes any.
pub fn pinned(engine: Engine<'_, '_>, sent: Sent<'_>, images: &[Image]) -> (Option<Value>, Heard) {
    if template_of(sent.object).is_none() {
        return (None, Heard::default());
    }
    let request = sent.asked();
    let (mut all, mut said) = (used(sent.object), Said::default());
    match engine {
        Engine::Kyverno(kyverno) => kyverno.pin(&request, Registry::new(images), &mut all, &mut said),
        Engine::Sigstore(controller) => {
            controller.pin(&request, Registry::new(images), &mut all, &mut said);
        }
    }
    let changed = all.iter().any(|image| image.now != image.written).then(|| patched(sent.object, &all));
    // Who is not asked about an object is said when it is judged.
    let heard = Heard { notes: Vec::new(), ..heard(said) };
    (changed, heard)
}

/// What an engine says of an object.
pub fn judged(engine: Engine<'_, '_>, sent: Sent<'_>, images: &[Image]) -> Heard {
    if template_of(sent.object).is_none() {
        return Heard::default();
    }
    let request = sent.asked();
    let (all, mut said) = (used(sent.object), Said::default());
    match engine {
        Engine::Kyverno(kyverno) => kyverno.judge(&request, Registry::new(images), &all, &mut said),
        Engine::Sigstore(controller) => controller.judge(&request, Registry::new(images), &all, &mut said),
    }
    heard(said)
}

fn heard(said: Said) -> Heard {
    let (because, denials) = said.denied();
    let (mut because, denials) = (because.to_vec(), denials.to_vec());
    let mut notes = [said.tolerated, said.notes].concat();
    // What explains a refusal stands beside it.
    if because.is_empty() {
        notes.extend(said.later);
    } else {
        because.extend(said.later);
    }
    Heard { because, denials, unknown: said.unknown, notes, quiet: said.passed, warnings: said.warnings }
}
