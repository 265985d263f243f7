//! What a Linux node lets a container do: which credentials its process has, and what the kernel, the runtime
//! and the kubelet allow it.
//!
//! Each public module is a simulator: a typed question, and `ask`, which answers with reasons.
//! Pod Security is not asked here: it judges pods when they are made, and never those that already run.

mod access;
mod capset;
mod chain;
mod exec;
mod fields;
mod filesystem;
mod listening;
mod mounts;
mod names;
mod placement;
mod pod;
mod process;
mod readiness;
mod refusals;
mod resources;
mod security_context;
mod settings;

pub mod admitted;
pub mod capabilities;
pub mod file;
pub mod identity;
pub mod neighbour;
pub mod operation;
pub mod service;
pub mod setuid;
pub mod start;

pub use capset::{CapSet, FileCaps};
pub use names::object_invalid;
pub use pod::{PodName, PodView};
pub use refusals::{invalid, refusals};
