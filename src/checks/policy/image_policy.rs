//! What the cluster asks of an image before it runs: a signature, and attestations of certain kinds.

use crate::checks::{Case, Check, Confidence, DocumentCase, Fault, Faults, Row, Rule, Scope, World};
use crate::model::{Object, Subject, value};
use crate::parse::Node;
use crate::text::Severity;

const DOC: &str = include_str!("image_policy.md");

/// The family, by id.
pub(super) const ROWS: &[Check] = &[
    Check::new(
        "image-provenance-not-attested",
        Severity::Medium,
        "nobody asks where an image was built",
        DOC,
        Rule::Row(&Asks { what: "provenance", kinds: &["slsaprovenance", "https://slsa.dev/provenance/"] }),
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
        Rule::Row(&Asks {
            what: "SBOM",
            kinds: &["cyclonedx", "spdx", "https://cyclonedx.org/", "https://spdx.dev/"],
        }),
    )
    .aliases(&["verify-sbom-cyclonedx"])
    .lessons(&[13, 30])
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
];

/// An attestation that the policies that were read should ask for.
#[derive(Debug)]
struct Asks {
    what: &'static str,
    /// How its predicate types begin.
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
        let policies = || world.objects.iter().filter(|o| o.kind() == Some("ClusterImagePolicy"));
        let asks = |object: &Object<'_>| {
            let authorities = object.node.at(&["spec", "authorities"]).into_iter().flat_map(Node::items);
            let mut types = authorities
                .filter_map(|a| a.get("attestations"))
                .flat_map(Node::items)
                .filter_map(|a| a.get("predicateType").and_then(value::string));
            types.any(|t| self.kinds.iter().any(|k| t.starts_with(k)))
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

/// docs.sigstore.dev, "Policy Controller": authorities are alternatives, and `mode: warn` refuses nothing.
fn unsigned(case: &DocumentCase<'_>) -> Faults {
    let Some(spec) = case.node().get("spec") else { return Faults::new() };
    let authorities = spec.get("authorities").into_iter().flat_map(Node::items);
    let actions = authorities.filter_map(|a| a.at(&["static", "action"]));
    let says = "is pass, and one authority that agrees is enough: no signature is looked at";
    let help = "remove the static authority, and give exempt images a policy of their own";
    let mut faults: Faults =
        actions.filter(|n| value::string(*n) == Some("pass")).map(|n| Fault::at(n, says, help)).collect();
    if let Some(mode) = spec.get("mode").filter(|m| value::string(*m) == Some("warn")) {
        faults.push(Fault::at(
            mode,
            "is warn: what is not signed is admitted",
            "set enforce once nothing warns",
        ));
    }
    faults
}
