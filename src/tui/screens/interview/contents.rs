//! What the list holds: briefs, tracks, lessons and questions, as rows and as lines of text.

use ratatui::text::{Line, Span};

use crate::course::{BriefEntry, Track};
use crate::render::Glyphs;
use crate::session::{InterviewRow, Scope, Session, StoreError};
use crate::study::Rating;

use super::super::super::theme::{Theme, Tone};
use super::super::super::widgets::{list, meter, text};

/// Below this width how it went is said shorter.
const NARROW: u16 = 72;

/// A row of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    /// Air; the cursor never stays there, nor on the titles.
    Gap,
    /// The title above the briefs.
    Briefs,
    /// The title of a track.
    Track(usize),
    /// The lesson of this question and the ones below it.
    Lesson(usize),
    Brief(usize),
    Question(usize),
}

impl Row {
    /// Which question it is.
    pub(super) fn question(self) -> Option<usize> {
        match self {
            Self::Question(at) => Some(at),
            _ => None,
        }
    }
}

/// What is listed.
pub(super) struct Contents {
    tracks: Vec<Track>,
    /// The briefs, and whether each is written.
    pub(super) briefs: Vec<(BriefEntry, bool)>,
    pub(super) questions: Vec<InterviewRow>,
    /// Questions without markup, and titles of their lessons.
    says: Vec<(String, String)>,
}

impl Contents {
    /// The questions of a scope; with all of them the briefs.
    pub(super) fn of(scope: &Scope, session: &Session) -> Result<Self, StoreError> {
        let questions = session.interviews(scope)?;
        let course = session.course();
        let manifest = course.manifest();
        let says = |row: &InterviewRow| {
            let title = manifest.lesson(&row.lesson).map_or("", |l| l.title.as_str());
            (text::plain(&row.question), text::safe(&format!("{} {title}", row.number)))
        };
        let briefs = match scope {
            Scope::All => manifest.briefs.iter().map(|b| (b.clone(), course.has_brief(&b.id))).collect(),
            _ => Vec::new(),
        };
        let says = questions.iter().map(says).collect();
        Ok(Self { tracks: manifest.tracks.clone(), briefs, questions, says })
    }

    /// The rows that hold what is wanted.
    pub(super) fn rows(&self, wanted: &str) -> Vec<Row> {
        let has = |text: &str| text.to_lowercase().contains(wanted);
        let mut rows = Vec::new();
        let briefs = self.briefs.iter().enumerate().filter(|(_, (brief, _))| has(&brief.title));
        rows.extend(briefs.map(|(at, _)| Row::Brief(at)));
        if !rows.is_empty() {
            rows.insert(0, Row::Briefs);
        }
        let matches = |(at, row): &(usize, &InterviewRow)| {
            let says = self.says.get(*at);
            has(row.level.word()) || says.is_some_and(|(question, lesson)| has(question) || has(lesson))
        };
        for (t, track) in self.tracks.iter().enumerate() {
            let of_track = self.questions.iter().enumerate().filter(|(_, row)| row.track == track.id);
            let mut lesson = None;
            for (at, row) in of_track.filter(matches) {
                if lesson.is_none() {
                    if !rows.is_empty() {
                        rows.push(Row::Gap);
                    }
                    rows.push(Row::Track(t));
                }
                if lesson != Some(&row.lesson) {
                    lesson = Some(&row.lesson);
                    rows.push(Row::Lesson(at));
                }
                rows.push(Row::Question(at));
            }
        }
        rows
    }

    /// The question of a row, where it is one.
    pub(super) fn question(&self, row: Row) -> Option<&InterviewRow> {
        self.questions.get(row.question()?)
    }

    /// A question without markup, on one line.
    pub(super) fn says(&self, at: usize) -> &str {
        self.says.get(at).map_or("", |(question, _)| question)
    }

    /// A row as a line of this width.
    pub(super) fn line(
        &self,
        row: Row,
        chosen: bool,
        width: u16,
        glyphs: Glyphs,
        theme: &Theme,
    ) -> Line<'static> {
        let bar = list::bar(chosen, glyphs, theme);
        let fit =
            |says: &str, taken: u16| glyphs.adapt(&text::fit(says, usize::from(width.saturating_sub(taken))));
        match row {
            Row::Gap => Line::default(),
            Row::Briefs => Line::styled("Briefs", theme.tone(Tone::Title)),
            Row::Track(track) => {
                let Some(entry) = self.tracks.get(track) else { return Line::default() };
                let of_track = || self.questions.iter().filter(|row| row.track == entry.id);
                let done = of_track().filter(|row| row.last.is_some()).count();
                Line::from(vec![
                    Span::styled(fit(&text::safe(&entry.title), 20), theme.tone(Tone::Title)),
                    Span::styled(format!("  {done}/{} practised", of_track().count()), theme.tone(Tone::Dim)),
                ])
            }
            Row::Lesson(at) => {
                let title = self.says.get(at).map_or("", |(_, lesson)| lesson.as_str());
                Line::styled(format!("  {}", fit(title, 4)), theme.tone(Tone::Dim))
            }
            Row::Brief(at) => {
                let Some((brief, written)) = self.briefs.get(at) else { return Line::default() };
                let (tone, after) = if *written { (Tone::Text, "") } else { (Tone::Dim, "not written yet") };
                let title = fit(&text::safe(&brief.title), 4 + after.len() as u16);
                let after = Span::styled(format!("  {after}"), theme.tone(Tone::Dim));
                Line::from(vec![bar, Span::styled(title, theme.ink(tone)), after])
            }
            Row::Question(at) => {
                let Some(row) = self.questions.get(at) else { return Line::default() };
                let narrow = width < NARROW;
                let (went, tone) = went(row, narrow, glyphs);
                let last = if narrow { 6 } else { 11 };
                let says = fit(self.says(at), 2 + 2 + 8 + 2 + last);
                Line::from(vec![
                    bar,
                    Span::raw("  "),
                    Span::styled(meter::pad(row.level.word(), 8), theme.tone(Tone::Dim)),
                    Span::raw(meter::pad(&says, width.saturating_sub(2 + 2 + 8 + last))),
                    Span::styled(went, theme.tone(tone)),
                ])
            }
        }
    }
}

/// How it went the last time.
fn went(row: &InterviewRow, narrow: bool, glyphs: Glyphs) -> (String, Tone) {
    let Some(last) = row.last else { return (glyphs.pick("·", ".").to_owned(), Tone::Dim) };
    let rating = Rating::of_rubric(last.said as usize, last.points as usize);
    let tone = match rating {
        Rating::Again => Tone::Fail,
        Rating::Hard => Tone::Warn,
        Rating::Good | Rating::Easy => Tone::Pass,
    };
    let ticks = format!("{}/{}", last.said, last.points);
    (if narrow { ticks } else { format!("{} {ticks}", rating.word()) }, tone)
}
