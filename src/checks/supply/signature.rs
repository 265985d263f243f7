//! Signing and verifying in workflows, and what the policy controller asks of images.

use super::identity;
use crate::checks::{Check, DocumentCase, Fault, Faults, Rule};
use crate::model::{ImageReference, Subject, value};
use crate::parse::Node;
use crate::text::{Severity, Span};

const DOC: &str = include_str!("signature.md");

/// The family, by id.
pub(super) const ROWS: &[Check] = &[
    Check::new(
        "cosign-identity-missing",
        Severity::High,
        "signature of anybody is accepted",
        DOC,
        Rule::Document(&[Subject::Workflow, Subject::ClusterImagePolicy], identity),
    )
    .lessons(&[11, 29])
    .technique("T1525"),
    Check::new(
        "provenance-builder-unchecked",
        Severity::Medium,
        "provenance is asked for and not read",
        DOC,
        Rule::Document(&[Subject::Workflow, Subject::ClusterImagePolicy], unread),
    )
    .lessons(&[13, 29])
    .technique("T1525"),
    Check::new(
        "signature-reference-by-tag",
        Severity::Medium,
        "image is signed or verified by its tag",
        DOC,
        Rule::Document(&[Subject::Workflow], by_tag),
    )
    .lessons(&[11, 12])
    .technique("T1525"),
];

/// A call of cosign in a `run` of a workflow.
struct Call<'t> {
    /// Its words from `cosign` on, without quotes.
    words: Vec<&'t str>,
    /// Its first line.
    span: Span,
}

impl Call<'_> {
    fn has(&self, flags: &[&str]) -> bool {
        self.words.iter().any(|w| flags.contains(&w.split('=').next().unwrap_or(w)))
    }

    /// The value of a flag: behind `=`, or the next word.
    fn value(&self, flag: &str) -> Option<&str> {
        let at = self.words.iter().position(|w| w.split('=').next() == Some(flag))?;
        let inline = self.words.get(at)?.split_once('=').map(|(_, value)| value.trim_matches(['"', '\'']));
        inline.or_else(|| self.words.get(at + 1).copied())
    }

    /// Whether a variable may bring flags of its own: `$ARGS`, `"$@"`, `"${flags[@]}"`.
    fn is_open(&self) -> bool {
        self.words
            .iter()
            .any(|w| w.contains("$@") || w.contains("[@]") || w.ends_with("ARGS") || w.ends_with("ARGS}"))
    }
}

fn runs(document: Node<'_>) -> Vec<Node<'_>> {
    let jobs = document.get("jobs").map(Node::entries).unwrap_or_default();
    let steps = jobs.into_iter().filter_map(|j| j.value.get("steps")).flat_map(Node::items);
    steps.filter_map(|s| s.get("run")).collect()
}

/// The calls of cosign, line by line of the file, so that each has its place. A backslash carries a line on.
fn calls<'t>(case: &DocumentCase<'t>) -> Vec<Call<'t>> {
    let mut out = Vec::new();
    for run in runs(case.node()) {
        let source = run.tree().source();
        let range = run.span().range();
        let mut start = range.start;
        let mut open: Option<Call<'_>> = None;
        for line in source.text().get(range).unwrap_or("").split_inclusive('\n') {
            let span = source.span(start, start + line.trim_end().len());
            start += line.len();
            let code = line.trim_end();
            let (code, goes_on) = code.strip_suffix('\\').map_or((code, false), |c| (c, true));
            for word in code.split([' ', '\t', ';', '(', ')', '`']).filter(|w| !w.is_empty()) {
                if word.starts_with('#') {
                    break;
                }
                let word = word.trim_matches(['"', '\'']);
                match &mut open {
                    Some(_) if matches!(word, "&&" | "||" | "|") => out.extend(open.take()),
                    Some(call) => call.words.push(word),
                    None if word == "cosign" => open = Some(Call { words: vec![word], span }),
                    None => {}
                }
            }
            if !goes_on {
                out.extend(open.take());
            }
        }
        out.extend(open);
    }
    out
}

const VERIFIES: [&str; 3] = ["verify", "verify-attestation", "verify-blob"];

fn identity(case: &DocumentCase<'_>) -> Faults {
    if case.subject == Subject::ClusterImagePolicy {
        return case
            .node()
            .at(&["spec", "authorities"])
            .into_iter()
            .flat_map(Node::items)
            .filter_map(keyless)
            .collect();
    }
    let keys = ["--key", "-k", "--sk"];
    let names = ["--certificate-identity", "--certificate-identity-regexp"];
    let issuers = ["--certificate-oidc-issuer", "--certificate-oidc-issuer-regexp"];
    let fault = |call: Call<'_>| {
        let verifies = call.words.get(1).is_some_and(|w| VERIFIES.contains(w));
        if !verifies || call.is_open() || call.has(&keys) {
            return None;
        }
        let patterns = ["--certificate-identity-regexp", "--certificate-oidc-issuer-regexp"];
        let any = patterns.iter().filter_map(|p| call.value(p)).find(|v| identity::is_anybody(v, true));
        let detail = match (call.has(&names), call.has(&issuers), any) {
            (true, true, Some(any)) => {
                format!("cosign takes {any}, which fits everybody who can get a certificate")
            }
            (true, true, None) => return None,
            (true, false, _) => "cosign is given an identity and no issuer that vouches for it".to_owned(),
            (false, true, _) => {
                "cosign is given an issuer and no identity: each of its users will do".to_owned()
            }
            (false, false, _) => "cosign is given neither identity nor issuer, and no key".to_owned(),
        };
        Some(Fault::new(
            call.span,
            detail,
            "add --certificate-identity and --certificate-oidc-issuer, both in full",
        ))
    };
    calls(case).into_iter().filter_map(fault).collect()
}

/// An authority of the policy controller that trusts each certificate.
fn keyless(authority: Node<'_>) -> Option<Fault> {
    let keyless = authority.get("keyless")?;
    let help = "name issuer and subject of the workflow that signs";
    let identities: Vec<_> = keyless.get("identities").into_iter().flat_map(Node::items).collect();
    if identities.is_empty() {
        let missing = keyless.missing("identities");
        let detail = format!("{} is not set: no identity is asked for", missing.path);
        return Some(Fault::new(missing.span, detail, help));
    }
    identities.into_iter().find_map(|each| identity::loose(each, false))
}

fn is_provenance(text: &str) -> bool {
    text.starts_with("slsaprovenance") || text.starts_with("https://slsa.dev/provenance/")
}

fn unread(case: &DocumentCase<'_>) -> Faults {
    let help = "compare builder id, source repository and ref in a policy";
    if case.subject == Subject::ClusterImagePolicy {
        let authorities = case.node().at(&["spec", "authorities"]).into_iter().flat_map(Node::items);
        let attestations = authorities.filter_map(|a| a.get("attestations")).flat_map(Node::items);
        let whole = case.node().at(&["spec", "policy"]).is_some();
        let fault = |attestation: Node<'_>| {
            let kind = attestation.get("predicateType")?;
            let bare = is_provenance(value::string(kind)?) && attestation.get("policy").is_none() && !whole;
            let says = "is asked for, and no policy reads it: a fork's provenance is provenance, too";
            bare.then(|| Fault::at(kind, says, help))
        };
        return attestations.filter_map(fault).collect();
    }
    let fault = |call: Call<'_>| {
        let attests =
            call.words.get(1) == Some(&"verify-attestation") && !call.is_open() && !call.has(&["--policy"]);
        let kind = call.words.iter().any(|w| is_provenance(w.rsplit('=').next().unwrap_or(w)));
        let detail = "cosign asks that there is provenance, and no --policy reads what it says";
        (attests && kind).then(|| Fault::new(call.span, detail, help))
    };
    calls(case).into_iter().filter_map(fault).collect()
}

/// Flags of cosign whose value can look like an image.
const VALUED: [&str; 6] =
    ["--key", "--certificate-identity", "--predicate", "--attachment", "--bundle", "-k"];

fn by_tag(case: &DocumentCase<'_>) -> Faults {
    let fault = |call: Call<'_>| {
        let verb = call
            .words
            .get(1)
            .filter(|w| matches!(**w, "sign" | "attest" | "verify" | "verify-attestation"))?;
        let mut before = "";
        let tagged = call.words.iter().find(|word| {
            let reference = ImageReference::parse(word);
            let image = !word.starts_with('-') && !word.contains("://") && !VALUED.contains(&before);
            before = word;
            image && reference.registry.is_some() && reference.tag.is_some() && reference.digest.is_none()
        })?;
        let detail =
            format!("cosign {verb} is given {tagged}: the registry says which image that is, at that moment");
        Some(Fault::new(call.span, detail, "hand on the digest that the build printed, as name@sha256:…"))
    };
    calls(case).into_iter().filter_map(fault).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_builder_is_known_by_its_predicate() {
        assert!(super::is_provenance("slsaprovenance1") && !super::is_provenance("spdxjson"));
    }
}
