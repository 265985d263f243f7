//! What the API server asks before it stores an object.

pub mod pod_security;
pub mod policy;
