//! What the cluster asks of an image before it runs: a signature, and attestations of certain kinds.

use serde_json::json;

use crate::checks::{Case, Check, Confidence, DocumentCase, Fault, Faults, Row, Rule, Scope, World};
use crate::model::{Object, Subject, value};
use crate::parse::{Node, edit};
use crate::text::Severity;

const DOC: &str = include_str!("image_policy.md");

/// The family, by id.
pub(super) const ROWS: &[Check] = &[
    Check::new(
        "image-provenance-not-attested",
        Severity::Medium,
        "nobody asks where an image was built",
        DOC,
        Rule::Row(&Asks { what: "provenance", kinds: &["slsaprovenance", "slsa.dev/provenance"] }),
    )
    .aliases(&["verify-slsa-provenance-keyless"])
    .lessons(&[13, 29])
    .technique("T1525")
    .confidence(Confidence::Contextual),
    Check::new(
        "image-sbom-not-attested",
        Severity::Medium,
        "nobody asks what is in an image",
        DOC,
        Rule::Row(&Asks { what: "SBOM", kinds: &["cyclonedx", "spdx"] }),
    )
    .aliases(&["verify-sbom-cyclonedx"])
    .lessons(&[13, 30])
    .technique("T1195.002")
    .confidence(Confidence::Contextual),
    Check::new(
        "image-signature-not-verified",
        Severity::High,
        "image is admitted without a signature",
        DOC,
        Rule::Document(&[Subject::ClusterImagePolicy], unsigned),
    )
    .aliases(&[
        "verify-image",
        "verify-image-gcpkms",
        "verify-image-ivpol",
        "verify-image-with-multi-keys",
        "verify-flux-images",
        "signed-pipeline-bundle",
        "signed-tekton-task-bundle",
        "C-0236",
        "C-0237",
        "C-0289",
    ])
    .lessons(&[29, 11])
    .standards(&[
        crate::checks::Standard::Cis("5.5.1"),
        crate::checks::Standard::Cis("D4.5"),
        crate::checks::Standard::Cis("D4.12"),
    ])
    .technique("T1525"),
    Check::new(
        "image-vulnerability-scan-not-attested",
        Severity::Medium,
        "nobody asks when an image was scanned",
        DOC,
        Rule::Row(&Asks { what: "vulnerability scan", kinds: &["vuln", "trivy", "/scan/"] }),
    )
    .aliases(&[
        "require-vulnerability-scan",
        "check-image-vulns-cve-2022-42889",
        "verify-tekton-taskrun-vuln-scan",
        "log4shell-mitigation",
    ])
    .lessons(&[30, 10, 37])
    .standards(&[crate::checks::Standard::Cis("D4.4")])
    .technique("T1190")
    .confidence(Confidence::Contextual),
];

/// An attestation that the policies that were read should ask for.
#[derive(Debug)]
struct Asks {
    what: &'static str,
    /// What its predicate types hold, in small letters.
    kinds: &'static [&'static str],
}

impl Row for Asks {
    fn scope(&self) -> Scope {
        Scope::World
    }

    fn look(&self, case: &Case<'_>) -> Faults {
        let Case::World(world) = case else { return Faults::new() };
        self.missing(world).into_iter().collect()
    }
}

impl Asks {
    /// Only where policies of images were read, and none of them asks.
    fn missing(&self, world: &World<'_>) -> Option<Fault> {
        let policies = || world.objects.iter().filter(|o| is_policy(o));
        let asks = |object: &Object<'_>| {
            predicates(object).iter().any(|t| {
                let t = t.to_ascii_lowercase();
                self.kinds.iter().any(|k| t.contains(k))
            })
        };
        let first = policies().next()?;
        if policies().any(asks) {
            return None;
        }
        let what = self.what;
        let detail = format!("{}: no policy that was read asks for an attested {what}", first.title());
        Some(Fault::new(
            first.kind_span(),
            detail,
            format!("add a policy of its own with an attestation of {what}"),
        ))
    }
}

/// The policies that ask something of an image: of Sigstore's controller, and of Kyverno.
fn is_policy(object: &Object<'_>) -> bool {
    match (object.group(), object.kind()) {
        (Some("policy.sigstore.dev"), Some("ClusterImagePolicy"))
        | (Some("policies.kyverno.io"), Some("ImageValidatingPolicy" | "NamespacedImageValidatingPolicy")) => {
            true
        }
        (Some("kyverno.io"), Some("ClusterPolicy" | "Policy")) => verified(object).next().is_some(),
        _ => false,
    }
}

/// What the rules of Kyverno's old kind verify.
fn verified<'t>(object: &Object<'t>) -> impl Iterator<Item = Node<'t>> {
    let rules = object.node.at(&["spec", "rules"]).into_iter().flat_map(Node::items);
    rules.filter_map(|r| r.get("verifyImages")).flat_map(Node::items)
}

/// The predicate types that a policy asks for.
fn predicates<'t>(object: &Object<'t>) -> Vec<&'t str> {
    let authorities = object.node.at(&["spec", "authorities"]).into_iter().flat_map(Node::items);
    let lists = authorities.chain(verified(object)).chain(object.node.get("spec"));
    let attestations = lists.filter_map(|holder| holder.get("attestations")).flat_map(Node::items);
    let paths: [&[&str]; 4] = [&["predicateType"], &["type"], &["intoto", "type"], &["referrer", "type"]];
    attestations.filter_map(|a| paths.iter().find_map(|p| a.at(p).and_then(value::string))).collect()
}

/// docs.sigstore.dev, "Policy Controller": authorities are alternatives, and `mode: warn` refuses nothing.
fn unsigned(case: &DocumentCase<'_>) -> Faults {
    let Some(spec) = case.node().get("spec") else { return Faults::new() };
    let authorities: Vec<_> = spec.get("authorities").into_iter().flat_map(Node::items).collect();
    let mut globs = spec.get("images").into_iter().flat_map(Node::items).filter_map(|i| i.get("glob"));
    let wide = globs.any(|g| value::string(g).is_some_and(|t| t.chars().all(|c| matches!(c, '*' | '/'))));
    // Alone, for certain images, it is an exemption that somebody wrote down.
    let counts = authorities.len() > 1 || wide;
    let actions = authorities.iter().filter_map(|a| a.at(&["static", "action"])).filter(|_| counts);
    let says = if authorities.len() > 1 {
        "is pass, and one authority that agrees is enough: no signature is looked at"
    } else {
        "is pass, for every image: no signature is looked at"
    };
    let help = "remove the static authority, and give exempt images a policy of their own";
    let mut faults: Faults =
        actions.filter(|n| value::string(*n) == Some("pass")).map(|n| Fault::at(n, says, help)).collect();
    if let Some(mode) = spec.get("mode").filter(|m| value::string(*m) == Some("warn")) {
        let help = "set enforce once nothing warns";
        let fault = Fault::at(mode, "is warn: what is not signed is admitted", help);
        faults.push(fault.suggest([edit::replace(mode, &json!("enforce"))]));
    }
    faults
}
