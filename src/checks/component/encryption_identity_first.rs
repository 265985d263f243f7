//! Encryption at rest that writes clear text.

use crate::checks::{Check, DocumentCase, Fault, Faults, Rule};
use crate::model::{Subject, value};
use crate::parse::Node;
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

/// The first provider writes, all of them read (kubernetes apiserver pkg/server/options/encryptionconfig/config.go).
fn look(case: &DocumentCase<'_>) -> Faults {
    let first = |entry: Node<'_>| {
        let first = entry.get("providers").and_then(value::list)?.items().next()?;
        first.entry("identity").map(|e| e.key.own_span()).map(|span| (span, first.path()))
    };
    let entries = case.node().get("resources").and_then(value::list).into_iter().flat_map(Node::items);
    let help =
        "put a provider that encrypts before identity, restart every API server, then write the secrets anew";
    entries
        .filter_map(first)
        .map(|(span, path)| {
            Fault::new(span, format!("{path} is identity, and the first provider writes"), help)
        })
        .collect()
}
