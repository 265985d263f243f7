//! What the API server asks before it stores an object.

pub mod admit;
pub mod chain;
pub mod gatekeeper;
pub mod image;
pub mod kyverno;
mod limit_range;
pub mod patch;
pub mod pod_security;
pub mod policy;
mod quota;
mod stages;
pub mod told;
mod unasked;
mod usage;
