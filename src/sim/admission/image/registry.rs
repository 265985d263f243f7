//! What the registries of a world answer: which image a reference names, now and after somebody moved its tag.
//!
//! References are taken apart as google/go-containerregistry `pkg/name` does.

use crate::sim::cel::ImageName;
use crate::sim::world::Image;

/// The images of a world, asked by reference.
#[derive(Clone, Copy, Debug)]
pub struct Registry<'w> {
    images: &'w [Image],
}

impl<'w> Registry<'w> {
    /// The registries that hold these images.
    pub fn new(images: &'w [Image]) -> Self {
        Self { images }
    }

    /// The image that a reference names; `None` where the world does not say.
    pub fn find(self, name: &ImageName) -> Option<&'w Image> {
        match name.digest() {
            Some(digest) => self
                .images
                .iter()
                .find(|image| image.digest.as_deref() == Some(digest) && lies_in(image, &name.context())),
            None => self.images.iter().find(|image| has(&image.references, name)),
        }
    }

    /// The image that it names for whoever pulls later: of another digest, where its tag was moved meanwhile.
    pub fn later(self, name: &ImageName) -> Option<&'w Image> {
        let moved = self.images.iter().find(|image| name.digest().is_none() && has(&image.later, name));
        moved.or_else(|| self.find(name))
    }
}

/// Whether an image has a reference in this repository; one that has none is found in any.
fn lies_in(image: &Image, context: &str) -> bool {
    let mut all = image.references.iter().chain(&image.later).peekable();
    all.peek().is_none() || all.any(|r| ImageName::parse(r).is_ok_and(|name| name.context() == context))
}

fn has(references: &[String], name: &ImageName) -> bool {
    references
        .iter()
        .any(|r| ImageName::parse(r).is_ok_and(|r| r.context() == name.context() && r.tag() == name.tag()))
}
