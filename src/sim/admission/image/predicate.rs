//! Kinds of statements and what a policy in another language sees of one.
//!
//! sigstore/cosign `cmd/cosign/cli/options/predicate.go` (`PredicateTypeMap`); policy-controller
//! `pkg/webhook/policy/attestation.go` (`AttestationToPayloadJSON`).

use serde_json::{Value, json};

use crate::sim::world::{Attestation, Format};

/// Short words for kinds of statements, and whether one of them is handed on through a type that drops fields.
const SHORT: &[(&str, &str, bool)] = &[
    ("custom", "https://cosign.sigstore.dev/attestation/v1", false),
    ("cyclonedx", "https://cyclonedx.org/bom", false),
    ("link", "https://in-toto.io/Link/v1", true),
    ("slsaprovenance", "https://slsa.dev/provenance/v0.2", true),
    ("spdx", "https://spdx.dev/Document", false),
    ("spdxjson", "https://spdx.dev/Document", false),
    ("vuln", "https://cosign.sigstore.dev/attestation/vuln/v1", true),
];

/// Whether a word is one of the short ones.
pub fn is_short(word: &str) -> bool {
    SHORT.iter().any(|(short, ..)| *short == word)
}

/// The URI that a policy means.
pub fn uri(word: &str) -> &str {
    SHORT.iter().find(|(short, ..)| *short == word).map_or(word, |(_, uri, _)| uri)
}

/// Whether a statement of this kind loses fields on its way to a policy in another language.
pub fn is_narrowed(word: &str) -> bool {
    SHORT.iter().any(|(short, _, narrowed)| *short == word && *narrowed)
}

/// The statement as JSON: who it is about, its kind, what it says.
pub fn statement(attestation: &Attestation, repository: &str, digest: &str) -> Value {
    let signature = &attestation.signature;
    let (algorithm, hex) =
        signature.of.as_deref().unwrap_or(digest).split_once(':').unwrap_or(("sha256", ""));
    let kind = match signature.format {
        Format::Legacy => "https://in-toto.io/Statement/v0.1",
        Format::Bundle => "https://in-toto.io/Statement/v1",
    };
    json!({
        "_type": kind,
        "predicateType": attestation.predicate_type,
        "subject": [{ "name": repository, "digest": { algorithm: hex } }],
        "predicate": attestation.predicate,
    })
}
