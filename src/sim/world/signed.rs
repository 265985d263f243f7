//! What a registry keeps beside an image: signatures and attestations, who made them, and where they are logged.
//!
//! sigstore/cosign `specs/SIGNATURE_SPEC.md`, in-toto/attestation `spec/v1`. That the mathematics holds is taken as given:
//! what is told here is what a verifier would read in a good signature.

use std::collections::BTreeMap;

use serde_json::Value;

use super::facts::Reader;
use crate::parse::{Kind, Node, json};
use crate::text::Span;

/// Who signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signer {
    /// A key: its public half in PEM, or the address of a key that a KMS keeps.
    Key(String),
    /// Somebody to whom Sigstore's public instance gave a certificate for ten minutes.
    Certificate {
        /// The subject, as a workflow or a mail address.
        subject: String,
        /// Who vouches for the subject.
        issuer: String,
    },
}

/// How cosign stores what it signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Under a tag made of the digest: cosign's way up to version 2.
    Legacy,
    /// A Sigstore bundle among the image's referrers: cosign 3.
    Bundle,
}

impl Format {
    /// Its word in `signatureFormat`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Legacy => "legacy",
            Self::Bundle => "bundle",
        }
    }
}

/// A signature.
#[derive(Clone, Debug)]
pub struct Signature {
    /// Who made it.
    pub signer: Signer,
    /// Whether the public transparency log has it.
    pub logged: bool,
    /// How it is stored.
    pub format: Format,
    /// The digest that it speaks of, where that is not the image's own: a copied one.
    pub of: Option<String>,
    /// What the signer added.
    pub annotations: BTreeMap<String, String>,
    /// Where the world says so.
    pub span: Span,
}

/// A signed statement about an image.
#[derive(Clone, Debug)]
pub struct Attestation {
    /// Its signature.
    pub signature: Signature,
    /// What kind of statement it is: a URI.
    pub predicate_type: String,
    /// What it says.
    pub predicate: Value,
}

const SIGNATURE: &[&str] = &["key", "subject", "issuer", "log", "format", "of", "annotations"];

/// Reads `signatures`.
pub(super) fn signatures(spec: Node<'_>, reader: &mut Reader) -> Vec<Signature> {
    let nodes = reader.maps(spec, "signatures");
    nodes
        .into_iter()
        .filter_map(|node| {
            reader.only(node, SIGNATURE);
            signature(node, reader)
        })
        .collect()
}

/// Reads `attestations`.
pub(super) fn attestations(spec: Node<'_>, reader: &mut Reader) -> Vec<Attestation> {
    let known: Vec<&str> = SIGNATURE.iter().copied().chain(["predicateType", "predicate"]).collect();
    let mut out = Vec::new();
    for node in reader.maps(spec, "attestations") {
        reader.only(node, &known);
        let Some(predicate_type) = reader.text(node, "predicateType") else {
            reader.wrong(node, "an attestation with its `predicateType`");
            continue;
        };
        let predicate =
            node.get("predicate").map_or_else(|| Value::Object(serde_json::Map::new()), json::to_value);
        out.extend(signature(node, reader).map(|signature| Attestation {
            signature,
            predicate_type,
            predicate,
        }));
    }
    out
}

fn signature(node: Node<'_>, reader: &mut Reader) -> Option<Signature> {
    let (key, subject, issuer) =
        (reader.text(node, "key"), reader.text(node, "subject"), reader.text(node, "issuer"));
    let signer = match (key, subject, issuer) {
        (Some(key), None, None) => Signer::Key(key),
        (None, Some(subject), Some(issuer)) => Signer::Certificate { subject, issuer },
        _ => {
            reader.wrong(node, "a signature with a `key`, or with `subject` and `issuer`");
            return None;
        }
    };
    let format = match reader.text(node, "format").as_deref() {
        None | Some("legacy") => Format::Legacy,
        Some("bundle") => Format::Bundle,
        Some(_) => {
            reader.wrong(node.get("format").unwrap_or(node), "legacy or bundle");
            return None;
        }
    };
    let mut annotations = BTreeMap::new();
    if let Some(map) = node.get("annotations") {
        if map.kind() != Kind::Map {
            reader.wrong(map, "a mapping of texts");
        }
        for entry in map.entries() {
            if let (Some(key), Some(value)) = (entry.key.scalar(), entry.value.scalar()) {
                annotations.insert(key.to_owned(), value.to_owned());
            }
        }
    }
    Some(Signature {
        signer,
        logged: reader.flag(node, "log").unwrap_or(true),
        format,
        of: reader.text(node, "of"),
        annotations,
        span: node.own_span(),
    })
}
