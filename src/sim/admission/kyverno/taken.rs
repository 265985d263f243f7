//! What Kyverno's webhook and its CRDs refuse in a policy: unknown fields, words that there are not, expressions that do
//! not compile.
//!
//! kyverno `pkg/cel/policies/{vpol,mpol,gpol}/validate.go`, kyverno/api `policies.kyverno.io/v1`.

use super::judge::Policy;
use super::spec::{GROUP, Kind};
use crate::model::{Object, keys};
use crate::parse::Node;
use crate::text::{Finding, Span};

const TOP: &[&str] = &["apiVersion", "kind", "metadata", "spec", "status"];
const SHARED: &[&str] = &[
    "auditAnnotations",
    "autogen",
    "evaluation",
    "failurePolicy",
    "matchConditions",
    "matchConstraints",
    "useServerSideApply",
    "variables",
    "webhookConfiguration",
];
const MATCHING: &[&str] =
    &["excludeResourceRules", "matchPolicy", "namespaceSelector", "objectSelector", "resourceRules"];
const RULE: &[&str] = &["apiGroups", "apiVersions", "operations", "resourceNames", "resources", "scope"];
const NAMED: &[&str] = &["expression", "name"];

/// Whether an object is of a kind that is judged here.
pub fn is_ours(object: Object<'_>) -> bool {
    matches!(object.group(), Some("kyverno.io" | GROUP))
}

/// What is wrong with the policies among these objects.
pub fn faults(objects: &[Object<'_>]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for object in objects.iter().copied().filter(|o| is_ours(*o)) {
        if object.name().is_none_or(str::is_empty) {
            say(
                &mut findings,
                object.node.missing("metadata").span,
                "metadata.name is missing",
                "name the object",
            );
        }
        only(object.node, TOP, &mut findings);
        if let Some((kind, _)) = Kind::of(object) {
            fields(object, kind, &mut findings);
            if let Err(fault) = Policy::read(object, &[])
                && !fault.text.starts_with("not modelled")
            {
                say(&mut findings, fault.span, &fault.text, "mend the policy");
            }
        } else if object.group() == Some(GROUP) && !OTHERS.contains(&object.kind().unwrap_or_default()) {
            let title = format!("there is no {} in {GROUP}", object.kind().unwrap_or("kind"));
            say(
                &mut findings,
                object.kind_span(),
                &title,
                "write ValidatingPolicy, MutatingPolicy or GeneratingPolicy",
            );
        }
    }
    findings
}

/// Kinds of the group that are not judged.
const OTHERS: &[&str] = &[
    "DeletingPolicy",
    "ImageValidatingPolicy",
    "NamespacedDeletingPolicy",
    "NamespacedImageValidatingPolicy",
    "PolicyException",
];

fn say(findings: &mut Vec<Finding>, at: Span, title: &str, help: &str) {
    findings.push(Finding::error("refused", title.to_owned(), at).help(help.to_owned()));
}

fn fields(object: Object<'_>, kind: Kind, findings: &mut Vec<Finding>) {
    let Some(spec) = object.node.get("spec") else { return };
    let own: &[&str] = match kind {
        Kind::Validating => &["validationActions", "validations"],
        Kind::Mutating => &["mutations", "reinvocationPolicy", "targetMatchConstraints"],
        Kind::Generating => &["generate"],
    };
    let known: Vec<&str> = SHARED.iter().chain(own).copied().collect();
    only(spec, &known, findings);
    if let Some(matching) = spec.get("matchConstraints") {
        only(matching, MATCHING, findings);
        for key in ["resourceRules", "excludeResourceRules"] {
            each(matching.get(key), RULE, findings);
        }
    }
    each(spec.get("matchConditions"), NAMED, findings);
    each(spec.get("variables"), NAMED, findings);
    let validation = ["expression", "identifier", "message", "messageExpression", "reason"];
    each(spec.get("validations"), &validation, findings);
    each(spec.get("mutations"), &["applyConfiguration", "jsonPatch", "patchType"], findings);
    each(spec.get("generate"), &["expression", "template"], findings);
}

fn each(list: Option<Node<'_>>, known: &[&str], findings: &mut Vec<Finding>) {
    list.into_iter().flat_map(Node::items).for_each(|node| only(node, known, findings));
}

fn only(node: Node<'_>, known: &[&str], findings: &mut Vec<Finding>) {
    findings.extend(keys::unknown(node, known));
}
