//! What keys do in a lab: the table from which footer and help are made.

use super::super::super::key::{Bind, Key, foot, quiet};

/// What a key of the lab asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Msg {
    /// Open the editor on the file.
    Edit,
    /// Grade the files.
    Grade,
    /// Show the next hint.
    Hint,
    /// Say why a step came out as it did.
    Detail,
    /// Show who reaches whom, before and after.
    Attacks,
    /// Open the heading that explains the step.
    Lesson,
    /// The next pane.
    NextPane,
    /// The pane before.
    PreviousPane,
    /// The next file.
    NextFile,
    /// The file before.
    PreviousFile,
    /// What changed since the start.
    Diff,
    /// Grade each time a file is saved.
    Watch,
    /// Begin anew.
    Reset,
    /// Take that back.
    Restore,
    /// Where the file is.
    Path,
    /// Show a solution.
    Solution,
    /// Move the file to the right.
    Left,
    /// Move the file to the left.
    Right,
}

/// The lab's keys.
pub(super) const KEYS: &[Bind<Msg>] = &[
    foot(&[Key::Char('e')], "edit", Msg::Edit),
    foot(&[Key::Char('g')], "grade", Msg::Grade),
    foot(&[Key::Enter], "why", Msg::Detail),
    foot(&[Key::Char('a')], "attacks", Msg::Attacks),
    // Only once it opens, and then one wants it.
    foot(&[Key::Char('s')], "solution", Msg::Solution),
    foot(&[Key::Char('h')], "hint", Msg::Hint),
    foot(&[Key::Tab], "pane", Msg::NextPane),
    quiet(&[Key::BackTab], "previous pane", Msg::PreviousPane),
    foot(&[Key::Char('l')], "lesson", Msg::Lesson),
    foot(&[Key::Char('d')], "changes", Msg::Diff),
    foot(&[Key::Char(']')], "next file", Msg::NextFile),
    quiet(&[Key::Char('[')], "previous file", Msg::PreviousFile),
    foot(&[Key::Char('w')], "watch", Msg::Watch),
    quiet(&[Key::Char('x')], "begin anew", Msg::Reset),
    quiet(&[Key::Char('u')], "take the reset back", Msg::Restore),
    foot(&[Key::Char('p')], "path", Msg::Path),
    quiet(&[Key::Left], "move the file to the right", Msg::Left),
    quiet(&[Key::Right], "move the file to the left", Msg::Right),
];
