//! The images that an object makes run: init, main and ephemeral containers of a pod or of a workload's template.
//!
//! Image volumes are in none of these lists, here as in the engines.

use crate::model::{Class, Container, Object, template_of};
use crate::parse::Node;

/// An image that a container names.
#[derive(Clone, Debug)]
pub struct Used<'t> {
    /// The container.
    pub container: Container<'t>,
    /// `image`.
    pub node: Node<'t>,
    /// The field as the engines call it: `spec.containers[0].image`.
    pub field: String,
    /// What it names.
    pub written: &'t str,
    /// What it names after those that change a request: the same, or with a digest.
    pub now: String,
}

/// The images of an object, in the order of its lists.
pub fn used<'t>(object: Object<'t>) -> Vec<Used<'t>> {
    let spec = match object.kind() {
        Some("Pod") => "spec",
        Some("CronJob") => "spec.jobTemplate.spec.template.spec",
        _ => "spec.template.spec",
    };
    let containers = template_of(object).into_iter().flat_map(|t| t.containers().collect::<Vec<_>>());
    let one = |container: Container<'t>| {
        let node = container.image()?;
        let written = node.as_str().filter(|t| !t.is_empty())?;
        let list = container.node.parent();
        let index =
            list.and_then(|l| l.items().position(|c| c.id() == container.node.id())).unwrap_or_default();
        let field = format!("{spec}.{}[{index}].image", list_of(container.class));
        Some(Used { container, node, field, written, now: written.to_owned() })
    };
    containers.filter_map(one).collect()
}

/// The list in which a container of this class stands.
pub fn list_of(class: Class) -> &'static str {
    match class {
        Class::Init | Class::Sidecar => "initContainers",
        Class::Main => "containers",
        Class::Ephemeral => "ephemeralContainers",
    }
}
