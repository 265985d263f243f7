//! The images that an object makes run: init, main and ephemeral containers of a pod or of a workload's template.
//!
//! Image volumes are in none of these lists, here as in the engines.

use crate::model::{Container, Object, template_of};
use crate::parse::Node;

/// An image that a container names.
#[derive(Clone, Debug)]
pub struct Used<'t> {
    /// The container.
    pub container: Container<'t>,
    /// `image`.
    pub node: Node<'t>,
    /// What it names.
    pub written: &'t str,
    /// What it names after those that change a request: the same, or with a digest.
    pub now: String,
}

/// The images of an object, in the order of its lists.
pub fn used<'t>(object: Object<'t>) -> Vec<Used<'t>> {
    let containers = template_of(object).into_iter().flat_map(|t| t.containers().collect::<Vec<_>>());
    let one = |container: Container<'t>| {
        let node = container.image()?;
        let written = node.as_str().filter(|t| !t.is_empty())?;
        Some(Used { container, node, written, now: written.to_owned() })
    };
    containers.filter_map(one).collect()
}
