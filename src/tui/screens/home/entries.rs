//! The lines of Home: each says where things stand, and is the door to its screen.

use std::path::PathBuf;

use crate::ids::ConceptId;
use crate::session::{Overview, Scope, Session, Weak};

use super::super::super::flow::Route;
use super::super::super::widgets::text;

/// Lines that belong together; air stands between one group and the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Group {
    /// The one to go on with.
    Next,
    /// The screens.
    Screens,
    /// What was missed most.
    Weak,
}

/// A line.
pub(super) struct Entry {
    pub(super) group: Group,
    pub(super) name: &'static str,
    pub(super) says: String,
    /// A second line, under `says`.
    pub(super) more: String,
    /// How much is done, of how much.
    pub(super) meter: Option<(u32, u32)>,
    pub(super) route: Route,
}

impl Entry {
    fn new(name: &'static str, says: String, route: Route) -> Self {
        Self { group: Group::Screens, name, says, more: String::new(), meter: None, route }
    }

    fn metered(self, done: u32, all: u32) -> Self {
        Self { meter: Some((done, all)), ..self }
    }
}

/// All lines.
pub(super) fn entries(overview: &Overview, session: &Session) -> Vec<Entry> {
    let mut entries = vec![
        next(overview, session),
        drill(overview),
        lessons(overview),
        labs(overview),
        interview(overview),
        progress(overview),
        certificate(overview),
        check(),
    ];
    entries.extend(overview.weak.iter().map(|spot| weak(spot, session)));
    entries
}

/// Where to go on.
fn next(overview: &Overview, session: &Session) -> Entry {
    let lesson = overview.next.as_ref().and_then(|id| session.course().manifest().lesson(id));
    let Some(lesson) = lesson else {
        let says = "everything that is written is done".to_owned();
        return Entry { group: Group::Next, ..Entry::new("Lessons", says, Route::Lessons) };
    };
    let place = session.place().filter(|place| place.lesson == lesson.id);
    let begun = place.is_some() || overview.lessons.read > 0;
    let heading = place.and_then(|place| place.heading);
    let at = heading.clone().map(|heading| ConceptId { lesson: lesson.id.clone(), heading });
    Entry {
        group: Group::Next,
        more: at.map_or_else(String::new, |at| format!("at “{}”", heading_title(session, &at))),
        ..Entry::new(
            if begun { "Continue" } else { "Begin" },
            text::safe(&format!("{}  {}", lesson.number, lesson.title)),
            Route::Reader(lesson.id.clone(), heading),
        )
    }
}

fn drill(overview: &Overview) -> Entry {
    let cards = |count| if count == 1 { "1 card".to_owned() } else { format!("{count} cards") };
    let says = match (overview.due, overview.due_in_all) {
        (0, _) => "no card is due".to_owned(),
        (due, all) if all > due => format!("{} due, {all} in all", cards(due)),
        (due, _) => format!("{} due", cards(due)),
    };
    Entry::new("Drill", says, Route::Drill)
}

fn lessons(overview: &Overview) -> Entry {
    let count = &overview.lessons;
    let planned = if count.planned > 0 { format!(", {} planned", count.planned) } else { String::new() };
    let says = format!("{} of {} read{planned}", count.read, count.ready);
    Entry::new("Lessons", says, Route::Lessons).metered(count.read, count.ready)
}

fn labs(overview: &Overview) -> Entry {
    let count = &overview.labs;
    let says = match count.total {
        0 => "none is written yet".to_owned(),
        total => format!("{} of {total} passed", count.passed),
    };
    Entry::new("Labs", says, Route::Labs).metered(count.passed, count.total)
}

fn interview(overview: &Overview) -> Entry {
    let says = match overview.interviews {
        0 => "briefs, and questions to answer aloud".to_owned(),
        1 => "1 question practised".to_owned(),
        count => format!("{count} questions practised"),
    };
    Entry::new("Interview", says, Route::Interview(Scope::All))
}

fn progress(overview: &Overview) -> Entry {
    let points = &overview.points;
    let says = format!("{} of {} points", points.best, points.total);
    Entry::new("Progress", says, Route::Progress).metered(points.best, points.total)
}

fn certificate(overview: &Overview) -> Entry {
    let says = match overview.gap.first() {
        None => "ready to be issued".to_owned(),
        Some(gap) => format!("locked: {gap}"),
    };
    Entry::new("Certificate", says, Route::Certificate)
}

fn check() -> Entry {
    let here = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
    let says = "your own manifests, Dockerfiles and configuration".to_owned();
    Entry::new("Check a file", says, Route::Browse(here))
}

fn weak(spot: &Weak, session: &Session) -> Entry {
    let ConceptId { lesson, heading } = spot.concept.clone();
    let title = heading_title(session, &spot.concept);
    let says = match session.course().manifest().lesson(&lesson) {
        Some(entry) => format!("{title}, lesson {}", entry.number),
        None => title,
    };
    let route = Route::Reader(lesson, Some(heading));
    Entry { group: Group::Weak, ..Entry::new("Weak spot", says, route) }
}

/// The heading's text; its id where the lesson cannot be read.
fn heading_title(session: &Session, concept: &ConceptId) -> String {
    let lesson = session.course().lesson(&concept.lesson).ok();
    let found = lesson.and_then(|l| l.headings().into_iter().find(|(id, ..)| *id == concept.heading));
    found.map_or_else(|| concept.heading.as_str().replace('-', " "), |(_, _, title)| text::safe(&title))
}
