//! What keys do in the reader: the table from which footer and help are made.

use super::super::super::key::{Bind, Hint, Key, foot, quiet};

/// What a key of the reader asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Msg {
    /// The quiz of this text.
    Quiz,
    /// The lesson's lab.
    Lab,
    /// The lesson after this one.
    NextLesson,
    /// The next heading.
    NextHeading,
    /// The heading before.
    PreviousHeading,
    /// The next link.
    NextLink,
    /// The link before.
    PreviousLink,
    /// Follow the marked link.
    Follow,
    /// Back to where the link was.
    Return,
    /// The headings.
    Outline,
    /// Find words.
    Find,
    /// The next place where they stand.
    NextHit,
    /// The one before.
    PreviousHit,
    /// Copy code.
    Copy,
    /// Wrap long lines of code.
    Wrap,
    /// The terms of this page.
    Glossary,
    /// Move code to the right.
    Left,
    /// Move code to the left.
    Right,
}

/// The reader's keys.
pub(super) const KEYS: &[Bind<Msg>] = &[
    foot(&[Key::Enter], "follow", Msg::Follow),
    foot(&[Key::Char('t')], "quiz", Msg::Quiz),
    foot(&[Key::Char('e')], "lab", Msg::Lab),
    quiet(&[Key::Char('>')], "next lesson", Msg::NextLesson),
    foot(&[Key::Char('o')], "outline", Msg::Outline),
    quiet(&[Key::Char('[')], "previous heading", Msg::PreviousHeading),
    quiet(&[Key::Char(']')], "next heading", Msg::NextHeading),
    foot(&[Key::Tab], "links", Msg::NextLink),
    quiet(&[Key::BackTab], "previous link", Msg::PreviousLink),
    quiet(&[Key::Backspace], "back to where the link was", Msg::Return),
    foot(&[Key::Char('/')], "find", Msg::Find),
    quiet(&[Key::Char('n')], "next hit", Msg::NextHit),
    quiet(&[Key::Char('N')], "previous hit", Msg::PreviousHit),
    foot(&[Key::Char('y')], "copy code", Msg::Copy),
    quiet(&[Key::Char('w')], "wrap code", Msg::Wrap),
    foot(&[Key::F(2)], "glossary", Msg::Glossary),
    quiet(&[Key::Left, Key::Char('h')], "scroll code back", Msg::Left),
    quiet(&[Key::Right, Key::Char('l')], "scroll code to the right", Msg::Right),
];

/// What the footer names first while words that were searched for are marked.
pub(super) const FOUND: [Hint; 3] = [
    Hint { keys: &[Key::Char('n')], says: "next hit", foot: true },
    Hint { keys: &[Key::Char('N')], says: "previous", foot: true },
    Hint { keys: &[Key::Esc], says: "unmark", foot: true },
];
