//! Where a key leads: flows and routes, as plain data that tests compare.

use std::path::PathBuf;

use crate::ids::{BriefId, HeadingId, LabId, LessonId, QuestionId};
use crate::session::Scope;

use super::key::Hint;
use super::theme::ThemeName;

/// What a screen answers to an event.
#[must_use]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flow {
    /// Not mine: the application may use the key.
    Ignored,
    /// Handled.
    Stay,
    /// Open another screen above this one.
    Open(Route),
    /// Open another screen in this one's place.
    Replace(Route),
    /// Close this screen.
    Back,
    /// Close this screen and tell the one below.
    Reply(Reply),
    /// Leave the application.
    Leave,
    /// Hand the terminal to the learner's editor, at a line.
    Edit(PathBuf, u32),
    /// Put text on the clipboard.
    Copy(String),
    /// Use another theme.
    Theme(ThemeName),
}

/// What the screen above says when it closes: the answer to its question, or where to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Yes.
    Yes,
    /// No.
    No,
    /// Go on with this lesson.
    Lesson(LessonId),
}

/// A screen, named. Screens never know each other, only this.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// First run: what this is and where files live.
    Welcome,
    /// Where everything starts.
    Home,
    /// The list of lessons.
    Lessons,
    /// A lesson, at a heading where one is given.
    Reader(LessonId, Option<HeadingId>),
    /// An interview brief, at a heading where one is given.
    Brief(BriefId, Option<HeadingId>),
    /// The quiz of a lesson.
    Quiz(LessonId),
    /// The questions at the end of a brief.
    BriefQuiz(BriefId),
    /// The glossary.
    Glossary {
        /// The term to open at.
        at: Option<HeadingId>,
        /// The terms of the page that was read; they stand first.
        here: Vec<HeadingId>,
    },
    /// The list of briefs and open questions.
    Interview(Scope),
    /// Open questions one after the other, from one of them on.
    Speak(Vec<QuestionId>, usize),
    /// A directory, to pick a file of the learner's own.
    Browse(PathBuf),
    /// A file of the learner's own, with what the checker finds in it.
    Check(PathBuf),
    /// The list of labs.
    Labs,
    /// A lab.
    Lab(LabId),
    /// The next hint of a lab.
    Hint(LabId),
    /// The cards that are due.
    Drill,
    /// Progress.
    Progress,
    /// The certificate.
    Certificate,
    /// The keys of a screen.
    Help {
        /// The screen's name.
        screen: String,
        /// Its keys.
        hints: Vec<Hint>,
    },
    /// The list of pages about the simulators.
    Pages,
    /// A page to be read and closed: a term, what a finding means.
    Text {
        /// A few words.
        title: String,
        /// The text, in Markdown.
        markdown: String,
    },
    /// Something to be read and closed.
    Message {
        /// A few words.
        title: String,
        /// The text; lines are kept.
        text: String,
    },
    /// A yes-or-no question; the screen below gets the [`Reply`].
    Confirm {
        /// A few words.
        title: String,
        /// What happens on yes.
        text: String,
    },
}
