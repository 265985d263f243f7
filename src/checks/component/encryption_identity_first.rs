//! Encryption at rest that writes clear text.

use crate::checks::{Check, DocumentCase, Fault, Faults, Rule};
use crate::model::Subject;
use crate::model::encryption::EncryptionEntry;
use crate::text::Severity;

pub(super) const CHECK: Check = Check::new(
    "encryption-identity-first",
    Severity::Critical,
    "secrets are written to etcd in clear text",
    include_str!("encryption_identity_first.md"),
    Rule::Document(&[Subject::EncryptionConfiguration], look),
)
.lessons(&[17, 18])
.technique("T1552");

/// The first entry that names secrets counts, its first provider writes, all of them read (kubernetes apiserver
/// pkg/server/options/encryptionconfig/config.go). `identity` for other resources is how one leaves them out of `*.*`.
fn look(case: &DocumentCase<'_>) -> Faults {
    let entry = EncryptionEntry::of(case.node()).find(|entry| entry.covers_secrets());
    let Some(writer) = entry.and_then(|entry| entry.providers().next()).filter(|p| p.name() == "identity")
    else {
        return Faults::new();
    };
    let detail = format!("{} is first, and the first provider writes", writer.node.path());
    let help =
        "put a provider that encrypts before identity, restart every API server, then write the secrets anew";
    vec![Fault::new(writer.key.own_span(), detail, help)]
}
