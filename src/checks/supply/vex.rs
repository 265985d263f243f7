//! Statements that a flaw does not matter, in three forms: `OpenVEX`, CSAF with the profile VEX, SPDX 3.

use std::collections::{BTreeMap, BTreeSet};

use super::papers::text;
use crate::checks::{DocumentCase, Fault, Faults};
use crate::model::{Subject, value};
use crate::parse::Node;

const HELP: &str = "add a justification, and in words how you know";

fn items<'t>(node: Node<'t>, key: &str) -> impl Iterator<Item = Node<'t>> {
    node.get(key).into_iter().flat_map(Node::items)
}

/// Statements without a reason.
pub(super) fn unjustified(case: &DocumentCase<'_>) -> Faults {
    match case.subject {
        Subject::CsafVex => {
            items(case.node(), "vulnerabilities").flat_map(|v| excused(case.node(), v)).collect()
        }
        Subject::Spdx => graph(case.node()).filter_map(unrelated).collect(),
        _ => items(case.node(), "statements").filter_map(unsaid).collect(),
    }
}

/// `OpenVEX` 0.2.0, "Status Justifications": one of the two is a must for `not_affected`.
fn unsaid(statement: Node<'_>) -> Option<Fault> {
    let status = statement.get("status").filter(|s| value::string(*s) == Some("not_affected"))?;
    let silent = text(statement, "justification").is_none() && text(statement, "impact_statement").is_none();
    let says = "is not_affected, with neither justification nor impact_statement: the flaw is hidden on nobody's word";
    silent.then(|| Fault::at(status, says, "add a justification, and in impact_statement how you know"))
}

/// CSAF 2.0, 6.1.27.9: a flag, or a threat of the category impact, for each product that is not affected.
fn excused(document: Node<'_>, flaw: Node<'_>) -> Faults {
    let mut groups: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for group in document.get("product_tree").into_iter().flat_map(|t| items(t, "product_groups")) {
        if let Some(id) = text(group, "group_id") {
            groups.entry(id).or_default().extend(items(group, "product_ids").filter_map(value::string));
        }
    }
    let impact = |threat: &Node<'_>| text(*threat, "category") == Some("impact");
    let reasons = items(flaw, "flags").chain(items(flaw, "threats").filter(impact));
    let mut told: BTreeSet<&str> = BTreeSet::new();
    for reason in reasons {
        told.extend(items(reason, "product_ids").filter_map(value::string));
        let of_groups = items(reason, "group_ids").filter_map(value::string).filter_map(|id| groups.get(id));
        told.extend(of_groups.flatten());
    }
    let fault = |product: Node<'_>| {
        let id = value::string(product).filter(|id| !told.contains(id))?;
        let says = format!(
            "is {id}, with neither a flag nor a threat of category impact: the flaw is hidden on nobody's word"
        );
        Some(Fault::at(
            product,
            &says,
            "add a flag with a label for this product, and in a threat how you know",
        ))
    };
    hidden(flaw, &["known_not_affected"]).filter_map(fault).collect()
}

/// The products that have one of these states.
fn hidden<'t>(flaw: Node<'t>, states: &'static [&'static str]) -> impl Iterator<Item = Node<'t>> {
    let given = flaw.get("product_status");
    states.iter().flat_map(move |state| given.into_iter().flat_map(move |s| items(s, state)))
}

/// The elements of an SPDX 3 document.
pub(super) fn graph(document: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    items(document, "@graph")
}

/// What an element of SPDX 3 is.
pub(super) fn class(element: Node<'_>) -> &str {
    text(element, "type").or_else(|| text(element, "@type")).unwrap_or("")
}

/// SPDX 3.0.1, Security, `VexNotAffectedVulnAssessmentRelationship`: one of the two is a must.
fn unrelated(element: Node<'_>) -> Option<Fault> {
    if class(element) != "security_VexNotAffectedVulnAssessmentRelationship" {
        return None;
    }
    let keys = ["security_justificationType", "security_impactStatement"];
    let silent = keys.iter().all(|key| text(element, key).is_none());
    let at = element.get("type").or_else(|| element.get("@type"))?;
    let says = format!(
        "says that something is not affected, with neither {}: the flaw is hidden on nobody's word",
        keys.join(" nor ")
    );
    silent.then(|| Fault::at(at, &says, HELP))
}

/// Statements that hide a flaw, of a package URL without version or digest.
pub(super) fn loose(case: &DocumentCase<'_>) -> Faults {
    let root = case.node();
    if case.subject == Subject::CsafVex {
        let flaws = || items(root, "vulnerabilities");
        let named: BTreeSet<&str> = flaws()
            .flat_map(|v| hidden(v, &["known_not_affected", "fixed"]))
            .filter_map(value::string)
            .collect();
        let is_named = |product: &Node<'_>| text(*product, "product_id").is_some_and(|id| named.contains(id));
        let urls = products(root).into_iter().filter(is_named);
        return urls
            .filter_map(|p| p.at(&["product_identification_helper", "purl"]))
            .filter_map(vague)
            .collect();
    }
    let hides = |s: &Node<'_>| matches!(text(*s, "status"), Some("not_affected" | "fixed"));
    let products = items(root, "statements").filter(hides).flat_map(|s| items(s, "products"));
    let url = |product: Node<'_>| {
        vague(product.get("@id").or_else(|| product.at(&["identifiers", "purl"])).unwrap_or(product))
    };
    products.filter_map(url).collect()
}

/// The products of a CSAF document: one by one, at the ends of branches, and made of two others.
fn products(root: Node<'_>) -> Vec<Node<'_>> {
    let Some(tree) = root.get("product_tree") else { return Vec::new() };
    let mut found: Vec<Node<'_>> = items(tree, "full_product_names").collect();
    found.extend(items(tree, "relationships").filter_map(|r| r.get("full_product_name")));
    let mut open: Vec<Node<'_>> = items(tree, "branches").collect();
    while let Some(branch) = open.pop() {
        found.extend(branch.get("product"));
        open.extend(items(branch, "branches"));
    }
    found
}

/// What a package URL leaves out.
fn vague(id: Node<'_>) -> Option<Fault> {
    let bare = value::string(id)?.strip_prefix("pkg:")?.split(['?', '#']).next()?;
    let last = bare.rsplit('/').next()?;
    let image = bare.starts_with("oci/") || bare.starts_with("docker/");
    let digest = |version: &str| {
        let version = version.to_ascii_lowercase();
        ["sha256:", "sha256%3a"].iter().any(|prefix| version.starts_with(prefix))
    };
    let says = match last.split_once('@') {
        None => {
            "has neither version nor digest: it is for every release, and for other people's products with it"
        }
        Some((_, version)) if image && !digest(version) => {
            "names an image by something that moves, and not by its digest"
        }
        Some(_) => return None,
    };
    Some(Fault::at(id, says, "name the image by its digest, and the library in subcomponents"))
}
