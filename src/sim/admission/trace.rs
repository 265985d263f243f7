//! Where a place in an object that was made on the way stands in what it was made from: people can only look that up.

use crate::model::{Object, template_of};
use crate::parse::{Node, Tree};
use crate::sim::Reason;
use crate::text::Span;

/// Puts reasons that stand in a made object to the nearest place of what it was made from.
pub(super) fn back<'r>(
    reasons: impl IntoIterator<Item = &'r mut Reason>,
    made: &Tree,
    origin: Object<'_>,
    whole: Span,
) {
    let file = made.source().id();
    for reason in reasons {
        if let Some(span) = reason.span.as_mut().filter(|span| span.file == file) {
            *span = traced(made, *span, origin).unwrap_or(whole);
        }
    }
}

/// The place in the object that it was made from, or in the pod which that describes; none for what lies outside of it.
fn traced(made: &Tree, span: Span, origin: Object<'_>) -> Option<Span> {
    let root = made.root()?;
    if Object::new(root).kind() == origin.kind() {
        return Some(walked(root, origin.node, span)).filter(|at| *at != origin.node.own_span());
    }
    let made = template_of(Object::new(root))?.spec;
    let origin = template_of(origin)?.spec;
    covers(made, span).then(|| walked(made, origin, span))
}

fn covers(node: Node<'_>, span: Span) -> bool {
    let own = node.own_span();
    own.start <= span.start && span.end <= own.end
}

/// Goes down both as long as the origin has a counterpart.
fn walked(made: Node<'_>, origin: Node<'_>, span: Span) -> Span {
    let entry = made.entries().into_iter().find(|entry| covers(entry.value, span));
    let below = entry.and_then(|entry| Some((entry.value, origin.get(entry.key.scalar()?)?)));
    let below = below.or_else(|| {
        let (at, item) = made.items().enumerate().find(|(_, item)| covers(*item, span))?;
        let name = |node: Node<'_>| node.get("name").and_then(Node::as_str).map(str::to_owned);
        let other = match name(item) {
            Some(own) => origin.items().find(|other| name(*other).as_ref() == Some(&own)),
            None => origin.items().nth(at),
        };
        Some((item, other?))
    });
    match below {
        Some((made, origin)) if made.own_span() != span => walked(made, origin, span),
        Some((_, origin)) => origin.own_span(),
        None => origin.own_span(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::parse::{Limits, json as tree, yaml};
    use crate::text::Source;

    #[test]
    fn what_was_made_is_traced_to_the_nearest_place_of_the_file() {
        let text = "apiVersion: apps/v1\nkind: Deployment\nspec:\n  template:\n    spec:\n      containers:\n        - {name: a, image: x}\n        - {name: b, image: y}\n";
        let (origin, _) = yaml::parse(&Source::lone("d.yaml", text), Limits::default());
        let made = tree::made(
            &json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "d" }, "spec": { "containers": [
                { "name": "side", "image": "s" }, { "name": "b", "image": "y@z", "tty": true },
            ] } }),
            0,
        );
        let object = Object::new(origin.root().unwrap());
        let container = |at: usize| made.root().unwrap().at(&["spec", "containers"]).unwrap().items().nth(at);
        let found = |node: Option<Node<'_>>| {
            let mut reason = [Reason::at("r", node.unwrap().own_span())];
            back(&mut reason, &made, object, object.kind_span());
            origin.source().slice(reason[0].span.unwrap())
        };
        assert_eq!(found(container(1).unwrap().get("image")), "y");
        // The file says nothing of it: the container does, and of a container that was added the list.
        assert!(found(container(1).unwrap().get("tty")).starts_with("{name: b"));
        assert!(found(container(0)).starts_with("- {name: a"));
        assert_eq!(found(made.root().unwrap().get("metadata")), "Deployment");
    }
}
