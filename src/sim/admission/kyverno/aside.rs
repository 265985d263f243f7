//! Why a policy keeps out of a request, or finds something and refuses nothing: the field, and where it stands.
//!
//! kyverno 1.19 `pkg/cel/autogen`, `pkg/cel/engine`; `api/kyverno/v1/rule_types.go` for `failureAction`.

use super::asked::Asked;
use super::autogen;
use super::scene::Scene;
use super::spec::{Kind, Spec};
use crate::model::{Object, value};
use crate::parse::Node;
use crate::sim::Reason;
use crate::sim::admission::policy::matching;

/// What autogen puts before the names of the copies that it makes of a rule.
const COPIES: &[&str] = &["autogen-cronjob-", "autogen-"];

/// Whether admission asks a policy of the old kinds (`AdmissionProcessingEnabled`).
pub(super) const OF_ADMISSION: &[&str] = &["spec", "admission"];

const NEVER: &str = "it is asked of what is stored, and never at admission";

/// Why a policy says nothing of a request.
pub(super) fn why(policy: Object<'_>, asked: &Asked<'_>, subresource: &str) -> Reason {
    let title = policy.title();
    let told = if Kind::of(policy).is_some() { of_cel(policy, asked, subresource) } else { of_rules(policy) };
    match told {
        Some((text, node)) => Reason::at(format!("{title} is not about it: {text}"), node.own_span()),
        None => Reason::at(format!("{title} is not about it"), policy.kind_span()),
    }
}

fn of_cel<'t>(policy: Object<'t>, asked: &Asked<'_>, subresource: &str) -> Option<(String, Node<'t>)> {
    let spec = policy.node.get("spec")?;
    let admission = spec.at(&["evaluation", "admission", "enabled"]);
    if let Some(node) = admission.filter(|n| value::boolean(*n) == Some(false)) {
        return Some((NEVER.to_owned(), node));
    }
    let scene = Scene::new(asked, subresource, false);
    let request = scene.request().ok()?;
    let read = Spec::read(policy).ok()?;
    if let Some(home) = read.namespace.as_deref().filter(|home| *home != request.namespace) {
        let node = policy.node.at(&["metadata", "namespace"]).unwrap_or(policy.node);
        return Some((format!("it counts in `{home}` alone"), node));
    }
    let made = autogen::is_copied_for(&request.resource);
    let pods = read.constraints.as_ref().and_then(|t| t.root()).is_some_and(autogen::is_about_pods);
    if made && pods {
        let resource = &request.resource;
        if let Some(node) = spec.at(&["autogen", "podControllers", "controllers"]) {
            let listed = read.controllers.as_ref().is_some_and(|all| all.contains(resource));
            if !listed {
                return Some((format!("the controllers that autogen copies it for lack {resource}"), node));
            }
        }
        if read.handed_over {
            let node = spec.at(&["autogen", "validatingAdmissionPolicy", "enabled"])?;
            return Some((
                format!("the API server asks it in Kyverno's place, of pods and not of {resource}"),
                node,
            ));
        }
        if autogen::copies(&read).is_empty() {
            let node = spec.get("matchConstraints")?;
            return Some((
                format!("autogen copies for {resource} what matches pods and nothing beside them"),
                node,
            ));
        }
    }
    matching::missed(spec.get("matchConstraints")?, &request)
}

/// The old kinds.
fn of_rules(policy: Object<'_>) -> Option<(String, Node<'_>)> {
    if let Some(node) = policy.node.at(OF_ADMISSION).filter(|n| value::boolean(*n) == Some(false)) {
        return Some((NEVER.to_owned(), node));
    }
    let matched = policy.node.at(&["spec", "rules"])?.items().find_map(|rule| rule.get("match"))?;
    Some(("no rule, nor a copy that autogen makes of one, matches it".to_owned(), matched))
}

/// Why nothing is refused although `rule` of a policy found something.
pub(super) fn nothing_follows(policy: Object<'_>, rule: &str) -> Reason {
    let at = |path: &[&str]| policy.node.at(path);
    if Kind::of(policy).is_some() {
        let span = at(&["spec", "validationActions"]).map_or(policy.kind_span(), Node::own_span);
        return Reason::at("its validationActions refuse nothing", span);
    }
    let bare = COPIES.iter().find_map(|copy| rule.strip_prefix(copy)).unwrap_or(rule);
    let all = at(&["spec", "rules"]).into_iter().flat_map(Node::items);
    let check = all
        .filter(|one| one.get("name").and_then(value::string) == Some(bare))
        .find_map(|one| one.get("validate"));
    let own = |key: &str| check.and_then(|check| check.get(key));
    let overrides =
        own("failureActionOverrides").or_else(|| at(&["spec", "validationFailureActionOverrides"]));
    if let Some(node) = overrides {
        return Reason::at(
            "its failureAction, with what overrides it here, refuses nothing",
            node.own_span(),
        );
    }
    if let Some(node) = own("failureAction") {
        return Reason::at("the failureAction of its rule refuses nothing", node.own_span());
    }
    if let Some(node) = at(&["spec", "validationFailureAction"]) {
        return Reason::at("its validationFailureAction refuses nothing", node.own_span());
    }
    let span = check.map_or(policy.kind_span(), |check| check.missing("failureAction").span);
    Reason::at("its rule has no failureAction, which means Audit: nothing is refused", span)
}
