//! What can happen to the application: a closed list, so that tests can make any of it happen.

use std::path::PathBuf;

use super::key::Key;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A key was pressed.
    Key(Key),
    /// The mouse was used (only where the learner switched it on).
    Mouse(Mouse),
    /// Text was pasted.
    Paste(String),
    /// The terminal has a new size.
    Resize(u16, u16),
    /// Some time went by.
    Tick,
    /// A watched file was saved.
    FileChanged(PathBuf),
}

/// What the mouse did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mouse {
    /// The wheel was turned away from the hand.
    WheelUp,
    /// The wheel was turned towards the hand.
    WheelDown,
}
