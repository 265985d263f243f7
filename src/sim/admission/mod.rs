//! What the API server asks before it stores an object.

pub mod admit;
pub mod chain;
mod decode;
mod defaults;
pub mod gatekeeper;
mod gobwas;
pub mod image;
pub mod kyverno;
mod lifecycle;
mod limit_range;
mod made;
mod mutating;
mod named;
mod outcome;
pub mod patch;
mod plugins;
pub mod pod_security;
pub mod policy;
mod priority;
mod quota;
mod running;
mod stages;
pub mod told;
mod trace;
mod unasked;
mod usage;
mod validating;
pub mod validation;
mod wanted;
mod webhooks;
mod wildcard;

pub use named::OLD;
