//! The functions of Kyverno's policies of images: what they answer comes from whoever knows the registries.
//!
//! kyverno `pkg/cel/libs/imageverify/lib.go`. Only an environment with the variable `images` has them.

use std::fmt::Debug;

use super::eval::Machine;
use super::trouble::{Outcome, Trouble};
use super::value::Value;

/// The functions.
const FUNCTIONS: &[&str] =
    &["extractPayload", "getImageData", "verifyAttestationSignatures", "verifyImageSignatures"];

/// Whoever knows the registries, and remembers what was asked.
pub trait Images: Debug {
    /// Calls one of the functions.
    fn call(&self, name: &str, args: &[Value]) -> Outcome<Value>;
}

/// Whether a function is one of these.
pub fn is_ours(name: &str) -> bool {
    FUNCTIONS.contains(&name)
}

/// Calls a function of images; `None` where it is none.
pub fn call(machine: &mut Machine, name: &str, args: &[Value]) -> Outcome<Option<Value>> {
    if !is_ours(name) {
        return Ok(None);
    }
    machine.charge(1000)?;
    match machine.images() {
        Some(images) => images.call(name, args).map(Some),
        None => Err(Trouble::Unmodelled(format!("{name}() without images"))),
    }
}
