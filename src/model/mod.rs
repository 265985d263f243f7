//! Typed, borrowed views over nodes, no judgement: what a manifest says, and which of two settings counts.
//!
//! Layer 2. Imports `parse` and `text` only. Nothing here is ever deserialised into structs, so that every value
//! keeps its place; null is unset everywhere, and a value of the wrong type is neither set nor unset but
//! [`effective::Effective::is_mistyped`].

mod amount;
pub mod api_version;
pub mod apparmor;
pub mod audit_policy;
pub mod base64;
mod capability;
pub mod cidr;
pub mod cluster_network_policy;
pub mod effective;
pub mod encryption;
pub mod falco;
mod falco_condition;
pub mod fields;
pub mod file_listing;
pub mod flags;
pub mod gatekeeper;
pub mod image_policy;
pub mod image_policy_kyverno;
mod image_reference;
pub mod keys;
pub mod kubeadm;
pub mod names;
pub mod network_policy;
pub mod node_path;
pub mod node_selector;
mod object;
pub mod pair;
mod quantity;
pub mod rbac;
pub mod schema;
pub mod selector;
mod settings;
pub mod shell;
pub mod stage;
pub mod structure;
mod subject;
pub mod taint;
pub mod value;
mod workload;

pub use amount::Amount;
pub use capability::{CAPABILITIES, bare_capability};
pub use effective::{Effective, Origin};
pub use image_reference::ImageReference;
pub use object::{Object, listed, objects};
pub use quantity::Quantity;
pub use settings::{ContainerSettings, PodSettings};
pub use subject::Subject;
pub use workload::{Class, Container, Mount, PodTemplate, Volume, WORKLOAD_KINDS, template_of};
