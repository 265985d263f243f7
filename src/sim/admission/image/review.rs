//! A request through every engine: those that change it first, then those that judge; and what a node pulls later.

use super::kyverno;
use super::registry::Registry;
use super::rules::Rules;
use super::said::{Asked, Operation, Said};
use super::sigstore::{Controller, shown};
use super::used::{Used, used};
use crate::model::Object;
use crate::sim::Reason;
use crate::sim::cel::ImageName;
use crate::sim::world::Image;

/// Asks every engine whose policies are among these objects.
pub fn review<'t>(objects: &[Object<'t>], request: &Asked<'t>, held: &[Image]) -> (Vec<Used<'t>>, Said) {
    let mut images = used(request.object);
    let mut said = Said::default();
    let registry = Registry::new(held);
    if let Some(rules) = Rules::of(objects) {
        rules.review(request, held, objects, &mut images, &mut said);
    }
    let kyverno = kyverno::Kyverno::of(objects);
    if let Some(kyverno) = &kyverno {
        kyverno.pin(request, registry, &mut images, &mut said);
    }
    if let Some(controller) = Controller::of(objects) {
        controller.pin(request, registry, &mut images, &mut said);
        controller.judge(request, registry, &images, &mut said);
    }
    if let Some(kyverno) = &kyverno {
        kyverno.judge(request, registry, &images, &mut said);
    }
    if request.operation == Operation::Pull {
        pulled(&images, registry, &mut said);
    }
    (images, said)
}

/// What the nodes pull of an object that was let in: its digests, or whatever its tags mean by now.
fn pulled(images: &[Used<'_>], registry: Registry<'_>, said: &mut Said) {
    if said.refuses() {
        return;
    }
    let mut moved = Vec::new();
    for image in images {
        let Ok(name) = ImageName::parse(&image.now) else { continue };
        if name.digest().is_some() {
            let text = format!(
                "{} keeps the digest that was judged, whatever becomes of the tag",
                image.container.title()
            );
            said.later.push(Reason::at(text, image.node.own_span()));
            continue;
        }
        let (before, after) = (registry.find(&name), registry.later(&name));
        match (before, after) {
            (Some(before), Some(after)) if before.digest == after.digest => {}
            (_, Some(after)) => {
                let digest = after.digest.as_deref().map(super::signer::short).unwrap_or_default();
                let text = format!(
                    "{} still names the tag {}, and whoever pulls now gets {digest}, which nobody judged",
                    image.container.title(),
                    shown(&name)
                );
                moved.push(Reason::at(text, image.node.own_span()));
            }
            (_, None) => {
                let text = format!("the world does not say what {} is", image.now);
                said.unknown.push(Reason::at(text, image.node.own_span()));
            }
        }
    }
    if moved.is_empty() && said.unknown.is_empty() {
        let text = "every container runs what was judged".to_owned();
        let first = images
            .first()
            .map_or_else(|| Reason::fact(text.clone()), |i| Reason::at(text.clone(), i.node.own_span()));
        // The question is whether anything else runs: it does not.
        said.refuse(first, "the kubelet pulls by digest".to_owned());
        return;
    }
    // First, since it decides.
    moved.append(&mut said.tolerated);
    said.tolerated = moved;
}
