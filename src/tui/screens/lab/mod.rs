//! A lab: what happened, the learner's files, and the steps that they must stand.

mod attacks;
mod chain;
mod explain;
mod files;
mod grid;
mod keys;
mod ledger;
mod picture;
mod steps;
mod walk;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::course::Lab;
use crate::grade::{Outcome, Status};
use crate::ids::LabId;
use crate::render::Glyphs;
use crate::session::{LabMarks, SessionError};
use crate::text::Finding;

use super::super::flow::{Flow, Reply, Route};
use super::super::key::{ARROWS, Hint, Key, Move, hints, lookup, movement};
use super::super::screen::{Context, Screen};
use super::super::theme::Theme;
use super::super::trouble::Trouble;
use super::super::widgets::list::{Cursor, Scroll};
use super::super::widgets::text;
use files::Files;
use keys::{KEYS, Msg};
use steps::Steps;
use walk::Over;

/// From this width on brief, steps and file stand side by side.
const WIDE: u16 = 100;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pane {
    Brief,
    Steps,
    Files,
}

impl Pane {
    const ALL: [(Self, &'static str); 3] =
        [(Self::Brief, "Brief"), (Self::Steps, "Steps"), (Self::Files, "Files")];

    fn turn(self, by: usize) -> Self {
        let at = Self::ALL.iter().position(|(pane, _)| *pane == self).unwrap_or(0);
        Self::ALL[(at + by) % Self::ALL.len()].0
    }
}

/// Where the panes are; an empty one is not drawn.
#[derive(Clone, Copy, Debug, Default)]
struct Parts {
    tabs: Rect,
    brief: Rect,
    steps: Rect,
    files: Rect,
    score: Rect,
    /// The reason whose line is looked at.
    reason: Rect,
    /// Rows from a pane's title to its text.
    gap: u16,
}

/// The lab screen.
pub struct LabScreen {
    lab: Arc<Lab>,
    number: u32,
    folder: PathBuf,
    files: Files,
    steps: Steps,
    marks: LabMarks,
    hints_seen: Vec<String>,
    /// Why the last grading was not recorded.
    unrecorded: Option<&'static str>,
    pane: Pane,
    brief: Vec<Line<'static>>,
    brief_scroll: Scroll,
    rows: Vec<Line<'static>>,
    /// First and last row of each step.
    spans: Vec<(usize, usize)>,
    cursor: Cursor,
    rows_scroll: Scroll,
    over: Over,
    watching: bool,
    backup: Option<PathBuf>,
    parts: Parts,
    wide: bool,
    glyphs: Glyphs,
}

impl LabScreen {
    /// A lab, started if it was not.
    pub fn new(id: &LabId, cx: &mut Context) -> Result<Self, Trouble> {
        let sources = cx.session.course().sources().clone();
        let failed = |error: SessionError| Trouble::session(&error, &sources);
        let lab = cx.session.course().lab(id).map_err(|b| failed(b.into()))?;
        let folder = cx.session.lab_start(id).map_err(failed)?;
        let number = cx.session.course().manifest().lesson(&lab.lesson).map_or(0, |l| l.number);
        let mut screen = Self {
            steps: Steps::fresh(&lab),
            marks: cx.session.lab_marks(id).map_err(failed)?,
            hints_seen: cx.session.lab_hints(id).map_err(failed)?,
            lab,
            number,
            folder,
            files: Files::default(),
            unrecorded: None,
            pane: Pane::Brief,
            brief: Vec::new(),
            brief_scroll: Scroll::default(),
            rows: Vec::new(),
            spans: Vec::new(),
            cursor: Cursor::default(),
            rows_scroll: Scroll::default(),
            over: Over::default(),
            watching: false,
            backup: None,
            parts: Parts::default(),
            wide: false,
            glyphs: cx.glyphs,
        };
        screen.read(cx)?;
        Ok(screen)
    }

    fn read(&mut self, cx: &mut Context) -> Result<(), Trouble> {
        let files = cx.session.lab_files(&self.lab.id);
        let files = files.map_err(|error| Trouble::session(&error, cx.session.course().sources()))?;
        self.files.set(files, &self.lab);
        Ok(())
    }

    /// The hints that were shown meanwhile stand in the brief.
    fn recall(&mut self, cx: &Context) -> Result<(), Trouble> {
        let seen = cx.session.lab_hints(&self.lab.id);
        self.hints_seen = seen.map_err(|error| Trouble::session(&error, cx.session.course().sources()))?;
        Ok(())
    }

    fn grade(&mut self, cx: &mut Context) -> Result<Flow, Trouble> {
        self.read(cx)?;
        let graded = cx.session.lab_grade(&self.lab.id);
        let graded = graded.map_err(|error| Trouble::session(&error, cx.session.course().sources()))?;
        self.marks = graded.marks;
        self.unrecorded = graded.because;
        if graded.cards_due > 0 {
            let cards = if graded.cards_due == 1 {
                "1 card".to_owned()
            } else {
                format!("{} cards", graded.cards_due)
            };
            cx.say(format!("{cards} on what failed became due"));
        }
        let first = graded.report.steps.iter().position(|s| s.status != Status::Passed);
        self.steps = Steps::Graded(graded.report);
        self.cursor.at = first.unwrap_or(0);
        self.pane = Pane::Steps;
        self.rows_scroll = Scroll::default();
        self.point(cx);
        self.outdate(cx)?;
        Ok(Flow::Stay)
    }

    /// Shows in the file what the chosen step points at.
    fn point(&mut self, cx: &mut Context) {
        let place = self.steps.place(self.cursor.at, cx.session.course().sources());
        self.files.point(place.as_ref().map(|(path, line)| (path.as_str(), *line)));
    }

    fn works(&self, msg: Msg) -> bool {
        match msg {
            Msg::Edit | Msg::Path | Msg::Diff => self.files.own_path().is_some(),
            Msg::Left | Msg::Right => self.files.moves(msg == Msg::Right),
            Msg::Grade
            | Msg::NextPane
            | Msg::PreviousPane
            | Msg::Watch
            | Msg::Reset
            | Msg::Lesson
            | Msg::Attacks => true,
            Msg::Hint => self.hints_seen.len() < self.lab.hints.len(),
            Msg::Detail => {
                self.steps.report().is_some_and(|report| !report.findings.iter().any(Finding::blocks))
            }
            Msg::NextFile | Msg::PreviousFile => self.files.are_many(),
            Msg::Restore => self.backup.is_some(),
            Msg::Solution => self.marks.solution_open() && !self.lab.solutions.is_empty(),
        }
    }

    fn update(&mut self, msg: Msg, cx: &mut Context) -> Result<Flow, Trouble> {
        let sources = cx.session.course().sources().clone();
        let failed = |error: SessionError| Trouble::session(&error, &sources);
        match msg {
            Msg::Edit => {
                let Some(path) = self.files.own_path() else { return Ok(Flow::Stay) };
                return Ok(Flow::Edit(self.folder.join(path), self.files.line()));
            }
            Msg::Grade => return self.grade(cx),
            Msg::Hint => {
                return Ok(Flow::Open(Route::Hint(self.lab.id.clone())));
            }
            Msg::Detail => {
                self.pane = Pane::Steps;
                self.explain_step(cx);
            }
            Msg::Attacks => self.open_attacks(cx)?,
            Msg::Lesson => {
                let concept = self.steps.concept(self.cursor.at).cloned();
                return Ok(Flow::Open(match concept {
                    Some(concept) => Route::Reader(concept.lesson, Some(concept.heading)),
                    None => Route::Reader(self.lab.lesson.clone(), None),
                }));
            }
            Msg::NextPane => self.pane = self.pane.turn(1),
            Msg::PreviousPane => self.pane = self.pane.turn(2),
            Msg::NextFile | Msg::PreviousFile => {
                self.files.turn(msg == Msg::NextFile);
                self.pane = Pane::Files;
            }
            Msg::Diff => {
                self.files.toggle_diff();
                self.pane = Pane::Files;
            }
            Msg::Watch => {
                self.watching = !self.watching;
                let says =
                    if self.watching { "each saved file is graded at once" } else { "files are not watched" };
                cx.say(says);
            }
            Msg::Reset => {
                let title = "Begin this lab anew?".to_owned();
                let text = "Your files are moved to a backup beside them, and the starting files are written again. \
                            u takes that back."
                    .to_owned();
                return Ok(Flow::Open(Route::Confirm { title, text }));
            }
            Msg::Restore => {
                if let Some(backup) = self.backup.take() {
                    let now = cx.session.lab_restore(&self.lab.id, &backup).map_err(failed)?;
                    self.backup = Some(now);
                    self.anew(cx)?;
                    cx.say("your files are back");
                }
            }
            Msg::Path => {
                let path =
                    self.files.own_path().map_or_else(|| self.folder.clone(), |path| self.folder.join(path));
                let text =
                    format!("{}\n\nEdit it with any editor; w grades each time it is saved.", path.display());
                return Ok(Flow::Open(Route::Message { title: "This file".to_owned(), text }));
            }
            Msg::Solution => {
                if let Some(solution) = self.lab.solutions.first() {
                    let texts = solution.files.iter().map(|f| format!("{}\n\n{}", f.path, f.source.text()));
                    let text = texts.collect::<Vec<_>>().join("\n\n");
                    return Ok(Flow::Open(Route::Message { title: "One solution of many".to_owned(), text }));
                }
            }
            Msg::Left | Msg::Right => self.files.sideways(msg == Msg::Right),
        }
        Ok(Flow::Stay)
    }

    /// After other files came into the folder: nothing is graded.
    fn anew(&mut self, cx: &mut Context) -> Result<(), Trouble> {
        self.steps = Steps::fresh(&self.lab);
        self.cursor = Cursor::default();
        self.unrecorded = None;
        self.over = Over::default();
        self.files.point(None);
        self.read(cx)
    }

    fn go(&mut self, by: Move, cx: &mut Context) {
        match self.pane {
            Pane::Brief => self.brief_scroll.go(by),
            Pane::Files => self.files.go(by),
            Pane::Steps if self.steps.blocked(cx.session.course().sources()).is_some() => {
                self.rows_scroll.go(by);
            }
            Pane::Steps => {
                self.cursor.go(by);
                self.point(cx);
            }
        }
    }
}

impl Screen for LabScreen {
    fn name(&self) -> &'static str {
        self.over.name().unwrap_or("lab")
    }

    fn place(&self) -> String {
        text::safe(&format!("Lab › {} {}", self.number, self.lab.title))
    }

    fn hints(&self) -> Vec<Hint> {
        if self.over.is_open() {
            return self.over_hints();
        }
        let mut all = hints(KEYS, |msg| self.works(msg));
        if self.steps.report().is_some_and(|report| report.outcome == Outcome::Passed) {
            // Why it holds, and how others did it, comes before what else could be done.
            let asked = |hint: &Hint| matches!(hint.keys, [Key::Enter | Key::Char('a' | 's'), ..]);
            all.sort_by_key(|hint| !asked(hint));
        }
        all.extend(hints(ARROWS, |_| true));
        all
    }

    fn layout(&mut self, area: Rect, cx: &mut Context) {
        self.glyphs = cx.glyphs;
        self.wide = area.width >= WIDE;
        let inner = text::inset(area);
        let (body, score) = text::rows(inner, inner.height.saturating_sub(2));
        let (_, score) = text::rows(score, 1);
        self.parts = Parts { score, ..Parts::default() };
        if self.wide {
            let (left, right) = text::split(body, body.width * 9 / 20, 3);
            // A row of air under the titles where there is room for it; the steps come right after the brief, and
            // neither takes more than its half from the other.
            let gap = 1 + u16::from(left.height >= 28);
            self.parts.gap = gap;
            let below = |area: Rect| text::rows(area, gap).1;
            self.parts.brief = Rect { height: left.height, ..below(left) };
            self.parts.steps = self.parts.brief;
            self.lay_brief(cx);
            self.lay_steps(cx);
            let (brief, steps) = (self.brief.len() as u16, self.rows.len() as u16);
            let room = left.height.saturating_sub(2 * gap + 1);
            let brief = brief.min(room.saturating_sub(steps.min(room / 2)));
            let (top, bottom) = text::rows(left, brief + gap + 1);
            self.parts.brief = Rect { height: brief, ..below(top) };
            self.parts.steps = below(bottom);
            self.parts.files = below(right);
        } else {
            let (tabs, rest) = text::rows(body, 2);
            self.parts.tabs = tabs;
            match self.pane {
                Pane::Brief => self.parts.brief = rest,
                Pane::Steps => self.parts.steps = rest,
                Pane::Files => self.parts.files = rest,
            }
        }
        self.lay_brief(cx);
        self.lay_steps(cx);
        self.lay_reason(&cx.theme);
        let (files, lab) = (self.parts.files, Arc::clone(&self.lab));
        self.files.layout(files, &lab, cx);
        self.lay_over(area, cx);
    }

    fn on_key(&mut self, key: Key, cx: &mut Context) -> Flow {
        if self.over.is_open() {
            return self.over_key(key, cx);
        }
        if let Some(msg) = lookup(KEYS, key, |msg| self.works(msg)) {
            return self.update(msg, cx).unwrap_or_else(Trouble::flow);
        }
        if let Some(by) = movement(ARROWS, key) {
            self.go(by, cx);
            return Flow::Stay;
        }
        match key {
            Key::Char('h') => {
                cx.say("all hints were shown; they stand in the brief");
                Flow::Stay
            }
            Key::Enter if self.steps.report().is_none() => {
                cx.say("g grades; then Enter says why");
                Flow::Stay
            }
            Key::Char('s') => {
                cx.say("the solution opens when the lab is passed, or after three tries");
                Flow::Stay
            }
            Key::Char(' ') => {
                self.go(Move::PageDown, cx);
                Flow::Stay
            }
            _ => Flow::Ignored,
        }
    }

    fn on_reply(&mut self, reply: Reply, cx: &mut Context) -> Flow {
        if reply == Reply::No {
            return Flow::Stay;
        }
        let done = cx.session.lab_reset(&self.lab.id);
        match done.map_err(|error| Trouble::session(&error, cx.session.course().sources())) {
            Ok(backup) => {
                cx.say("begun anew; u brings your files back");
                self.backup = Some(backup);
                self.anew(cx).map_or_else(Trouble::flow, |()| Flow::Stay)
            }
            Err(trouble) => trouble.flow(),
        }
    }

    fn on_resume(&mut self, cx: &mut Context) -> Flow {
        let read = self.read(cx).and_then(|()| self.recall(cx));
        self.look_again(cx);
        read.map_or_else(Trouble::flow, |()| Flow::Stay)
    }

    fn on_edited(&mut self, cx: &mut Context) -> Flow {
        self.grade(cx).unwrap_or_else(Trouble::flow)
    }

    fn on_file(&mut self, _: &Path, cx: &mut Context) -> Flow {
        self.grade(cx).unwrap_or_else(Trouble::flow)
    }

    fn watched(&self) -> Vec<PathBuf> {
        if !self.watching {
            return Vec::new();
        }
        self.files.own_paths().map(|path| self.folder.join(path)).collect()
    }

    fn render(&self, _: Rect, buf: &mut Buffer, theme: &Theme) {
        if self.over.shows_lab() {
            self.render_lab(buf, theme);
        }
        self.render_over(buf, theme);
    }
}
