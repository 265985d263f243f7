//! What the API server asks before it stores an object.

pub mod gatekeeper;
pub mod pod_security;
