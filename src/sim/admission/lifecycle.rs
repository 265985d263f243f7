//! `NamespaceLifecycle`: nothing is made in a namespace that is going, or that cannot be there.
//!
//! apiserver `pkg/admission/plugin/namespace/lifecycle/admission.go`; it is the first of all plugins. A namespace that is not
//! among the objects may well be there, and is taken as such.

use super::limit_range::Refused;
use super::stages::End;
use super::told::Form;
use crate::model::{Object, names, value};
use crate::parse::Node;
use crate::sim::Reason;

/// Why `object` is not let into its namespace; `home` is that namespace, where it is known.
pub(super) fn refusal(object: Object<'_>, namespace: &str, home: Option<Object<'_>>) -> Option<End> {
    let said = object.node.at(&["metadata", "namespace"]);
    let place = said.map_or(object.kind_span(), Node::own_span);
    if !names::is_label(namespace) {
        let text = format!("`{namespace}` is no name of a namespace: there can be none of that name");
        let because = vec![Reason::at(text, place)];
        let said = format!("namespaces {namespace:?} not found");
        return Some(End::Refused(Form::Webhook("NotFound"), Refused { said, because }));
    }
    let phase = home?.node.at(&["status", "phase"])?;
    if value::string(phase) != Some("Terminating") {
        return None;
    }
    let said =
        format!("unable to create new content in namespace {namespace} because it is being terminated");
    let text = format!("the namespace `{namespace}` is being deleted");
    let because = vec![Reason::at(text, phase.own_span())];
    Some(End::Refused(Form::Forbidden, Refused { said, because }))
}
