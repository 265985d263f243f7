//! Encryption at rest: which resources, with what, and whether the keys can work; a row each.

use crate::checks::{Check, DocumentCase, Fault, Faults, Rule, Standard};
use crate::model::encryption::{EncryptionEntry, Provider, base64_length};
use crate::model::{Subject, value};
use crate::parse::Node;
use crate::text::Severity;

const DOC: &str = include_str!("encryption.md");

const fn row(
    id: &'static str,
    severity: Severity,
    title: &'static str,
    look: fn(&DocumentCase<'_>) -> Faults,
) -> Check {
    Check::new(id, severity, title, DOC, Rule::Document(&[Subject::EncryptionConfiguration], look))
        .lessons(&[17, 18])
}

/// The rows, by id.
pub(super) const ROWS: &[Check] = &[
    row(
        "encryption-key-length-invalid",
        Severity::High,
        "key of encryption at rest has no valid length",
        length,
    )
    .technique("T1552"),
    row("encryption-key-name-duplicate", Severity::Medium, "two keys of a provider have one name", names)
        .technique("T1552"),
    row("encryption-provider-weak", Severity::High, "secrets are encrypted with a key that wears out", weak)
        .aliases(&["C-0142"])
        .lessons(&[17, 18, 20])
        .standards(&[Standard::Cis("1.2.28")])
        .technique("T1552"),
    row(
        "encryption-secrets-not-covered",
        Severity::High,
        "encryption at rest leaves out secrets",
        not_covered,
    )
    .technique("T1552"),
];

fn providers(configuration: Node<'_>) -> impl Iterator<Item = Provider<'_>> {
    EncryptionEntry::of(configuration).flat_map(EncryptionEntry::providers)
}

/// Lengths: kubernetes apiserver `pkg/apis/apiserver/validation/validation_encryption.go`.
fn length(case: &DocumentCase<'_>) -> Faults {
    let mut faults = Faults::new();
    for provider in providers(case.node()) {
        let (allowed, words): (&[usize], _) = match provider.name() {
            "aescbc" | "aesgcm" => (&[16, 24, 32], "16, 24 or 32"),
            "secretbox" => (&[32], "32"),
            _ => continue,
        };
        for secret in provider.keys().filter_map(|key| key.get("secret")) {
            // What stands for a key until somebody puts one there is none.
            let Some(text) = value::string(secret).filter(|t| !t.contains(['<', '$', '{'])) else { continue };
            let says = match base64_length(text) {
                Some(length) if allowed.contains(&length) => continue,
                Some(length) => format!("decodes to {length} bytes, and {} takes {words}", provider.name()),
                None => format!("is not base64, and {} takes {words} bytes in it", provider.name()),
            };
            let help = "make a key with head -c 32 /dev/urandom | base64";
            faults.push(Fault::at(secret, &format!("{says}: the API server does not start with it"), help));
        }
    }
    faults
}

fn names(case: &DocumentCase<'_>) -> Faults {
    let mut faults = Faults::new();
    for provider in providers(case.node()) {
        let mut known = std::collections::BTreeMap::new();
        for name in provider.keys().filter_map(|key| key.get("name")) {
            let Some(text) = value::string(name) else { continue };
            match known.get(text) {
                Some(first) => {
                    let says = "is the name of an earlier key, and what is stored names its key by that";
                    let fault = Fault::at(name, says, "give each key a name that was never used before");
                    faults.push(fault.related(*first, "the earlier one"));
                }
                None => {
                    known.insert(text, name.own_span());
                }
            }
        }
    }
    faults
}

/// The first entry counts, and its first provider writes. `identity` there has a check of its own.
fn weak(case: &DocumentCase<'_>) -> Faults {
    let entry = EncryptionEntry::of(case.node()).find(|entry| entry.covers_secrets());
    let Some(writer) = entry.and_then(|entry| entry.providers().next()) else { return Faults::new() };
    if writer.name() != "aesgcm" {
        return Faults::new();
    }
    let path = writer.node.path();
    let detail = format!(
        "{path} writes the secrets: its nonces are random, so that a key is used up after 200,000 writes, and \
         nothing rotates it"
    );
    let help =
        "put kms with apiVersion: v2, or secretbox, first; keep aesgcm below it until all is written anew";
    vec![Fault::new(writer.key.own_span(), detail, help)]
}

fn not_covered(case: &DocumentCase<'_>) -> Faults {
    let node = case.node();
    if EncryptionEntry::of(node).any(EncryptionEntry::covers_secrets) {
        return Faults::new();
    }
    let place = node.entry("resources").map_or(node.own_span(), |e| e.key.own_span());
    let detail = "no item of resources names secrets: they are written to etcd in clear text";
    vec![Fault::new(place, detail, "add an item with resources: [secrets] and a provider that encrypts")]
}
