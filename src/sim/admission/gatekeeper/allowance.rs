//! What one evaluation may build with functions: bytes, counted as they are asked for.
//!
//! The engine looks at the clock between its steps, and one step may copy a large text or list: without this, a policy has
//! gigabytes before the clock is looked at.

use std::cell::Cell;

/// The most bytes that the functions of one evaluation build, all together.
const MOST: usize = 48 << 20;
/// What an item of a list takes.
pub(super) const ITEM: usize = 24;
/// What an entry of an object, or an object of its own, takes.
pub(super) const ENTRY: usize = 80;

thread_local! {
    static LEFT: Cell<usize> = const { Cell::new(MOST) };
}

/// An evaluation begins on this thread.
pub(super) fn begin() {
    LEFT.set(MOST);
}

/// Takes bytes off what is left.
pub(super) fn take(bytes: usize) -> Result<(), String> {
    let left = LEFT.get().checked_sub(bytes);
    LEFT.set(left.unwrap_or(0));
    left.map(drop).ok_or_else(|| format!("the policy builds more than {} MiB of values", MOST >> 20))
}
