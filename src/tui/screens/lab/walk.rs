//! What stands over the lab, one thing on another: the attack view, the box of reasons, a reason's line in its file.
//! Escape takes the topmost away, and what lies below is as it was left.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::render::Role;

use super::super::super::flow::{Flow, Route};
use super::super::super::key::{ARROWS, Hint, Key, LETTERS, hints, movement};
use super::super::super::screen::Context;
use super::super::super::theme::{Theme, Tone};
use super::super::super::trouble::Trouble;
use super::super::super::widgets::text;
use super::attacks::{View, Wish};
use super::chain::{self, Chain, Place};
use super::explain::{self, Ground};
use super::files::Spot;
use super::{LabScreen, Msg, Pane};

/// The keys while a reason's line is looked at.
const READING: [Hint; 5] = [
    Hint { keys: &[Key::Char('n')], says: "next reason", foot: true },
    Hint { keys: &[Key::Char('N')], says: "previous", foot: true },
    Hint { keys: &[Key::Char('e')], says: "edit there", foot: true },
    Hint { keys: &[Key::Esc, Key::Enter], says: "back to the reasons", foot: false },
    Hint { keys: &[Key::Left, Key::Right], says: "move the file sideways", foot: false },
];

/// The fewest rows of a file beside a long reason.
const LEAST: u16 = 5;

/// What stands over the lab.
#[derive(Default)]
pub(super) struct Over {
    /// The attack view.
    view: Option<View>,
    /// The reasons of a step or a pair.
    chain: Option<Chain>,
    /// A reason's line is looked at; where the files stood before.
    reading: Option<(Pane, Spot)>,
}

impl Over {
    /// Whether the lab itself is seen: nothing lies over it, or the line of a reason is looked at in it.
    pub(super) fn shows_lab(&self) -> bool {
        self.view.is_none() || self.reading.is_some()
    }

    /// Whether keys are for what lies over the lab.
    pub(super) fn is_open(&self) -> bool {
        self.view.is_some() || self.chain.is_some()
    }

    /// What the help calls the topmost thing.
    pub(super) fn name(&self) -> Option<&'static str> {
        match self {
            Self { reading: Some(_), .. } => Some("a reason's line"),
            Self { chain: Some(_), .. } => Some("reasons"),
            Self { view: Some(_), .. } => Some("attack view"),
            Self { .. } => None,
        }
    }

    /// What is said in the place of the score: the reason whose line is looked at.
    pub(super) fn reason(&self) -> Option<&str> {
        let chain = self.chain.as_ref().filter(|_| self.reading.is_some())?;
        chain.chosen().map(|told| told.says.as_str())
    }
}

impl LabScreen {
    /// The keys of the topmost thing.
    pub(super) fn over_hints(&self) -> Vec<Hint> {
        match &self.over {
            Over { reading: Some(_), .. } => {
                let mut all = READING.to_vec();
                all.extend(hints(ARROWS, |_| true));
                all
            }
            Over { chain: Some(_), .. } => {
                let mut all = chain::HINTS.to_vec();
                all.extend(hints(LETTERS, |_| true));
                all
            }
            Over { view: Some(view), .. } => view.hints(),
            Over { .. } => Vec::new(),
        }
    }

    /// Opens the attack view on the files as they are.
    pub(super) fn open_attacks(&mut self, cx: &mut Context) -> Result<(), Trouble> {
        self.read(cx)?;
        let attacks = cx.session.lab_attacks(&self.lab.id);
        let attacks = attacks.map_err(|error| Trouble::session(&error, cx.session.course().sources()))?;
        match &mut self.over.view {
            Some(view) => view.renew(attacks),
            None => self.over = Over { view: Some(View::new(attacks)), ..Over::default() },
        }
        Ok(())
    }

    /// The files are other ones: what was said of them before is put away.
    pub(super) fn outdate(&mut self, cx: &mut Context) -> Result<(), Trouble> {
        (self.over.chain, self.over.reading) = (None, None);
        if self.over.view.is_some() {
            self.open_attacks(cx)?;
        }
        Ok(())
    }

    /// Says why the chosen step came out as it did.
    pub(super) fn explain_step(&mut self, cx: &Context) {
        let ground = Ground { sources: cx.session.course().sources(), lab: &self.lab.id, glyphs: cx.glyphs };
        self.over.chain = self.steps.result(self.cursor.at).map(|step| {
            let title = format!("Step {} of {}", self.cursor.at + 1, self.steps.len());
            Chain::new(title, explain::step(step, ground))
        });
    }

    /// A key for what lies over the lab.
    pub(super) fn over_key(&mut self, key: Key, cx: &mut Context) -> Flow {
        let done = if self.over.reading.is_some() {
            self.in_file(key, cx)
        } else if self.over.chain.is_some() {
            self.in_chain(key, cx)
        } else {
            self.in_view(key, cx)
        };
        done.unwrap_or_else(Trouble::flow)
    }

    fn in_view(&mut self, key: Key, cx: &mut Context) -> Result<Flow, Trouble> {
        let Some(view) = &mut self.over.view else { return Ok(Flow::Ignored) };
        match view.on_key(key) {
            Ok(Some(Wish::Why)) => {
                let ground =
                    Ground { sources: cx.session.course().sources(), lab: &self.lab.id, glyphs: cx.glyphs };
                self.over.chain = view.why(ground);
            }
            Ok(Some(Wish::Edit)) => return self.update(Msg::Edit, cx),
            Ok(Some(Wish::Close)) => self.over = Over::default(),
            Ok(_) => {}
            Err(()) if key == Key::Enter => cx.say("no step asks this"),
            Err(()) => return Ok(Flow::Ignored),
        }
        Ok(Flow::Stay)
    }

    fn in_chain(&mut self, key: Key, cx: &mut Context) -> Result<Flow, Trouble> {
        let Some(chain) = &mut self.over.chain else { return Ok(Flow::Ignored) };
        if chain.on_key(key) {
            return Ok(Flow::Stay);
        }
        match key {
            Key::Enter => match chain.chosen().map(|told| told.place.clone()) {
                Some(Some(place)) => self.look_at(&place, cx),
                Some(None) => cx.say("this reason stands in no file: it is how the component works"),
                None => self.over.chain = None,
            },
            Key::Esc | Key::Backspace | Key::Char('q') => self.over.chain = None,
            Key::Char('l') => return Ok(self.lesson_of_reason()),
            Key::Char('e') => return self.edit_at_reason(cx),
            _ => return Ok(Flow::Ignored),
        }
        Ok(Flow::Stay)
    }

    fn in_file(&mut self, key: Key, cx: &mut Context) -> Result<Flow, Trouble> {
        if let Some(by) = movement(ARROWS, key) {
            self.files.go(by);
            return Ok(Flow::Stay);
        }
        match key {
            Key::Esc | Key::Backspace | Key::Char('q') | Key::Enter => {
                if let Some((pane, spot)) = self.over.reading.take() {
                    self.pane = pane;
                    self.files.back_to(spot);
                }
            }
            Key::Char('n' | 'N') => {
                let moved =
                    self.over.chain.as_mut().is_some_and(|chain| chain.next_place(key == Key::Char('n')));
                let place = self.over.chain.as_ref().and_then(Chain::chosen).and_then(|t| t.place.clone());
                match place.filter(|_| moved) {
                    Some(place) => self.look_at(&place, cx),
                    None if key == Key::Char('n') => cx.say("no further reason stands in a file"),
                    None => cx.say("this is the first reason that stands in a file"),
                }
            }
            Key::Left | Key::Right => self.files.sideways(key == Key::Right),
            Key::Char('e') => return self.edit_at_reason(cx),
            _ => return Ok(Flow::Ignored),
        }
        Ok(Flow::Stay)
    }

    /// Shows a reason's line in its file.
    fn look_at(&mut self, place: &Place, cx: &mut Context) {
        let spot = self.files.spot();
        if self.files.show(&place.file, place.at.line, &self.lab) {
            self.over.reading.get_or_insert((self.pane, spot));
            self.pane = Pane::Files;
        } else {
            cx.say("this file cannot be shown here");
        }
    }

    /// The files were read anew: the line that was looked at is shown again.
    pub(super) fn look_again(&mut self, cx: &mut Context) {
        let place = self.over.chain.as_ref().and_then(Chain::chosen).and_then(|told| told.place.clone());
        if let Some(place) = place.filter(|_| self.over.reading.is_some()) {
            self.look_at(&place, cx);
        }
    }

    fn lesson_of_reason(&self) -> Flow {
        let step = self.over.view.as_ref().and_then(View::step);
        let concept = match step {
            Some(step) => self.lab.steps.iter().find(|s| s.id == step).map(|s| s.concept.clone()),
            None => self.steps.concept(self.cursor.at).cloned(),
        };
        Flow::Open(match concept {
            Some(concept) => Route::Reader(concept.lesson, Some(concept.heading)),
            None => Route::Reader(self.lab.lesson.clone(), None),
        })
    }

    /// Opens the editor at the chosen reason where that is in the learner's files.
    fn edit_at_reason(&mut self, cx: &mut Context) -> Result<Flow, Trouble> {
        let place = self.over.chain.as_ref().and_then(Chain::chosen).and_then(|told| told.place.clone());
        let own = place.filter(|place| self.files.own_paths().any(|path| path == place.file));
        match own {
            Some(place) => Ok(Flow::Edit(self.folder.join(&place.file), place.at.line)),
            None => self.update(Msg::Edit, cx),
        }
    }

    pub(super) fn lay_over(&mut self, area: Rect, cx: &mut Context) {
        if let Some(view) = &mut self.over.view {
            view.layout(area, cx);
        }
        if let Some(chain) = self.over.chain.as_mut().filter(|_| self.over.reading.is_none()) {
            chain.layout(area, cx);
        }
    }

    pub(super) fn render_over(&self, buf: &mut Buffer, theme: &Theme) {
        if self.over.reading.is_some() {
            return;
        }
        if let Some(view) = &self.over.view {
            view.render(self.glyphs, buf, theme);
        }
        if let Some(chain) = &self.over.chain {
            chain.render(self.glyphs, buf, theme);
        }
    }

    /// Takes the rows of the reason whose line is looked at: that of the score and the one above it, and more from the
    /// file where the reason needs them.
    pub(super) fn lay_reason(&mut self, theme: &Theme) {
        let Some(says) = self.over.reason() else { return };
        let (score, files) = (self.parts.score, self.parts.files);
        // Below the file, where that stands beside the rest.
        let row = if self.wide { Rect { x: files.x, width: files.width, ..score } } else { score };
        let needed = self.reason_lines(says, row.width, theme).len() as u16;
        let height = needed.max(1).min(files.height.saturating_sub(LEAST) + 2);
        self.parts.reason = Rect { y: row.bottom().saturating_sub(height), height, ..row };
        self.parts.files.height -= height.saturating_sub(2).min(files.height);
    }

    fn reason_lines(&self, says: &str, width: u16, theme: &Theme) -> Vec<Line<'static>> {
        let lead = Span::styled(self.glyphs.pick("◆ ", "* "), theme.ink(Tone::Accent));
        let says = self.glyphs.adapt(says);
        let code = theme.role(Role::Code);
        text::hanging(lead, text::sentence(&says, width.saturating_sub(2), theme.ink(Tone::Text), code))
    }

    /// Draws the reason whose line is looked at.
    pub(super) fn render_reason(&self, says: &str, buf: &mut Buffer, theme: &Theme) {
        let area = self.parts.reason;
        text::draw(&self.reason_lines(says, area.width, theme), 0, area, buf);
    }
}
