//! Policies of image signatures: Sigstore's `ClusterImagePolicy`, Kyverno's `ImageValidatingPolicy` and the rules
//! `verifyImages` of its old kinds, asked about the images of an object, against a world that says which digests carry which
//! signatures and attestations.
//!
//! Each file names what of sigstore/policy-controller, sigstore/cosign or kyverno it follows. That a signature is
//! mathematically sound, that registries answer, and that the engines are up is taken as given.

mod asked;
mod authority;
mod cases;
mod classic;
mod cue;
mod glob;
mod kyverno;
mod matching;
mod predicate;
mod registry;
mod rego;
mod review;
mod rules;
mod said;
mod sent;
mod signer;
mod sigstore;
mod taken;
mod used;

pub use asked::{FIELDS, Question, ask, read};
pub use cases::{SIMULATOR, explain};
pub use classic::{ImageSays, kyverno_rule};
pub(super) use kyverno::Kyverno;
pub use said::{OPERATIONS, Operation};
pub(super) use sent::{Engine, Heard, Sent, judged, pinned};
pub(super) use sigstore::{Controller, WEBHOOK};
pub use taken::{faults, is_ours};
