//! Kyverno: its policies in CEL (`policies.kyverno.io`) and its old kinds (`kyverno.io`).

pub mod asked;
pub mod classic;
