//! The cards that are due: answer, see why, say how well it was recalled.

use std::collections::{BTreeSet, VecDeque};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::ids::ConceptId;
use crate::render::Glyphs;
use crate::session::{Asks, DrillCard};
use crate::study::Rating;

use super::super::flow::{Flow, Reply, Route};
use super::super::key::{ARROWS, Bind, Hint, Key, foot, hints, lookup, movement, quiet};
use super::super::screen::{Context, Screen};
use super::super::theme::{Theme, Tone};
use super::super::trouble::Trouble;
use super::super::widgets::list::Scroll;
use super::super::widgets::question::{self, Asking, Prepared};
use super::super::widgets::speaking::{Speaking, Wish};
use super::super::widgets::{meter, panel, ratings, text};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Msg {
    Reveal,
    Suggested,
    Rate(Rating),
    Undo,
    Tomorrow,
    Suspend,
    Flag,
    Lesson,
    Close,
}

const KEYS: &[Bind<Msg>] = &[
    foot(&[Key::Char(' '), Key::Enter], "rate as marked", Msg::Suggested),
    quiet(&[Key::Char('1')], "again", Msg::Rate(Rating::Again)),
    quiet(&[Key::Char('2')], "hard", Msg::Rate(Rating::Hard)),
    quiet(&[Key::Char('3')], "good", Msg::Rate(Rating::Good)),
    quiet(&[Key::Char('4')], "easy", Msg::Rate(Rating::Easy)),
    foot(&[Key::Enter, Key::Char(' ')], "answer", Msg::Reveal),
    foot(&[Key::Enter], "home", Msg::Close),
    foot(&[Key::Char('l')], "lesson", Msg::Lesson),
    foot(&[Key::Char('u')], "undo", Msg::Undo),
    foot(&[Key::Char('-')], "not today", Msg::Tomorrow),
    quiet(&[Key::Char('!')], "never again", Msg::Suspend),
    quiet(&[Key::Char('f')], "flag or unflag", Msg::Flag),
];

/// The drill screen.
pub struct Drill {
    cards: VecDeque<DrillCard>,
    asking: Option<Asking>,
    /// The card, where it is an open question.
    speaking: Option<Speaking>,
    /// The ratings given in this sitting, in order.
    rated: Vec<Rating>,
    /// What the last card asked, where it became a leech: its lesson is offered.
    leech: Option<ConceptId>,
    prepared: Prepared,
    scroll: Scroll,
    /// Whether the choice or its reason shall be scrolled into view.
    reveal: bool,
    area: Rect,
    glyphs: Glyphs,
}

impl Drill {
    /// What is due now.
    pub fn new(cx: &mut Context) -> Result<Self, Trouble> {
        let mut drill = Self {
            cards: VecDeque::new(),
            asking: None,
            speaking: None,
            rated: Vec::new(),
            leech: None,
            prepared: Prepared::default(),
            scroll: Scroll::default(),
            reveal: false,
            area: Rect::default(),
            glyphs: cx.glyphs,
        };
        drill.fill(cx)?;
        Ok(drill)
    }

    fn fill(&mut self, cx: &mut Context) -> Result<(), Trouble> {
        let cards = cx.session.drill().map_err(|e| Trouble::session(&e, cx.session.course().sources()))?;
        self.cards = cards.into();
        self.ask();
        Ok(())
    }

    fn ask(&mut self) {
        self.scroll = Scroll::default();
        (self.asking, self.speaking) = match self.cards.front().map(|card| (&card.asks, &card.next)) {
            None => (None, None),
            Some((Asks::Question { question, order }, _)) => {
                (Some(Asking::new(question.clone(), order.clone())), None)
            }
            Some((Asks::Interview(interview), next)) => (None, Some(Speaking::new(interview.clone(), next))),
        };
    }

    fn revealed(&self) -> bool {
        self.asking.as_ref().is_some_and(Asking::is_revealed)
    }

    /// Whether an open question is answered and rated: its follow-up is shown.
    fn after(&self) -> bool {
        self.speaking.as_ref().is_some_and(Speaking::is_rated)
    }

    /// Good, unless the answer that was given is wrong.
    fn suggested(&self) -> Rating {
        match &self.asking {
            Some(asking) if asking.given().is_some() && !asking.is_right() => Rating::Again,
            _ => Rating::Good,
        }
    }

    fn works(&self, msg: Msg) -> bool {
        let card = self.asking.is_some() || self.speaking.is_some();
        let open = self.speaking.as_ref().is_some_and(Speaking::is_revealed);
        match msg {
            Msg::Reveal => self.asking.is_some() && !self.revealed(),
            Msg::Rate(_) | Msg::Suggested => self.revealed(),
            Msg::Lesson => self.revealed() || open,
            Msg::Flag => self.revealed() || open && !self.after(),
            Msg::Tomorrow | Msg::Suspend => card && !self.after(),
            Msg::Undo => !self.rated.is_empty(),
            Msg::Close => !card,
        }
    }

    fn update(&mut self, msg: Msg, cx: &mut Context) -> Result<Flow, Trouble> {
        let sources = cx.session.course().sources().clone();
        let failed = |error| Trouble::session(&error, &sources);
        let id = self.cards.front().map(|card| card.card.id.clone());
        match (msg, id) {
            (Msg::Reveal, _) => {
                if let Some(asking) = &mut self.asking {
                    // What was chosen is handed in; without a choice the answer is only shown.
                    if asking.update(question::Msg::Submit).is_err() {
                        asking.reveal();
                    }
                    self.scroll = Scroll::default();
                    self.reveal = true;
                }
            }
            (Msg::Suggested, Some(_)) => return self.update(Msg::Rate(self.suggested()), cx),
            (Msg::Rate(rating), Some(id)) => {
                let rated = cx.session.rate(&id, rating).map_err(failed)?;
                self.rated.push(rating);
                cx.say(format!("{}: back in {}; u takes it back", rating.word(), rated.interval));
                self.next(cx)?;
                if rated.leech {
                    self.leech = Some(rated.card.concept);
                    return Ok(forgotten());
                }
            }
            (Msg::Undo, _) => {
                let Some(card) = cx.session.undo().map_err(failed)? else {
                    cx.say("there is nothing to take back");
                    return Ok(Flow::Stay);
                };
                self.fill(cx)?;
                if let Some(at) = self.cards.iter().position(|c| c.card.id == card)
                    && let Some(card) = self.cards.remove(at)
                {
                    self.cards.push_front(card);
                }
                self.ask();
                self.rated.pop();
                cx.say("taken back");
            }
            (Msg::Tomorrow, Some(id)) => {
                cx.session.postpone(&id).map_err(failed)?;
                cx.say("not today");
                self.next(cx)?;
            }
            (Msg::Suspend, Some(id)) => {
                cx.session.suspend(&id, true).map_err(failed)?;
                cx.say("this card is never asked again");
                self.next(cx)?;
            }
            (Msg::Flag, Some(id)) => {
                let flagged = self.cards.front().is_some_and(|c| c.card.flagged);
                cx.session.flag(&id, !flagged).map_err(failed)?;
                if let Some(card) = self.cards.front_mut() {
                    card.card.flagged = !flagged;
                }
                cx.say(if flagged { "unflagged" } else { "flagged" });
            }
            (Msg::Lesson, Some(_)) => {
                if let Some(concept) = self.cards.front().map(DrillCard::concept).cloned() {
                    return Ok(Flow::Open(Route::Reader(concept.lesson, Some(concept.heading))));
                }
            }
            (Msg::Close, _) => return Ok(Flow::Back),
            (_, None) => {}
        }
        Ok(Flow::Stay)
    }

    fn next(&mut self, cx: &mut Context) -> Result<(), Trouble> {
        self.cards.pop_front();
        if self.cards.is_empty() {
            return self.fill(cx);
        }
        self.ask();
        Ok(())
    }

    /// What was said of an open question is kept, and rates its card.
    fn said(&mut self, said: &BTreeSet<usize>, cx: &mut Context) -> Result<Flow, Trouble> {
        let Some(speaking) = &mut self.speaking else { return Ok(Flow::Stay) };
        let interview = speaking.interview();
        let rating = Rating::of_rubric(said.len(), interview.rubric.len());
        let rated = cx.session.interview_rate(&interview.id.clone(), said);
        let rated = rated.map_err(|error| Trouble::session(&error, cx.session.course().sources()))?;
        speaking.rated(format!("{}: back in {}; u takes it back", rating.word(), rated.interval));
        self.rated.push(rating);
        if rated.leech {
            self.leech = Some(rated.card.concept);
            return Ok(forgotten());
        }
        Ok(Flow::Stay)
    }

    fn buttons(&self, card: &DrillCard, theme: &Theme) -> Vec<Line<'static>> {
        let mut lines = ratings::lines(&card.next, self.suggested(), true, self.glyphs, theme);
        let hint = Span::styled("Hard means that you did recall it", theme.tone(Tone::Dim));
        lines.push(Line::from(vec![Span::raw(" "), hint]));
        lines
    }

    fn summary(&self, theme: &Theme) -> Vec<Line<'static>> {
        let done = self.rated.len();
        let title = if done == 0 { "Nothing is due" } else { "Done for now" };
        let mut lines = vec![Line::styled(title, theme.tone(Tone::Title)), Line::default()];
        if done == 0 {
            let says = "Questions that you miss or guess become cards, and come back when you are about to forget them.";
            lines.extend(text::styled(says, self.area.width.min(72), theme.tone(Tone::Dim)));
            return lines;
        }
        for rating in Rating::ALL {
            let count = self.rated.iter().filter(|given| **given == rating).count();
            let name = Span::styled(meter::pad(rating.word(), 10), theme.tone(Tone::Dim));
            let mut spans = vec![name];
            spans.extend(meter::meter(count, done, 20, self.glyphs, theme));
            spans.push(Span::raw(format!("  {count}")));
            lines.push(Line::from(spans));
        }
        lines.push(Line::default());
        lines.push(Line::styled("u takes the last one back, Enter goes home", theme.tone(Tone::Dim)));
        lines
    }
}

fn forgotten() -> Flow {
    let title = "Forgotten often".to_owned();
    let text = "Its lesson helps more than another repetition. Open it?".to_owned();
    Flow::Open(Route::Confirm { title, text })
}

impl Screen for Drill {
    fn name(&self) -> &'static str {
        "drill"
    }

    fn place(&self) -> String {
        match &self.speaking {
            Some(speaking) => format!("Drill › open question, {}", speaking.interview().level.word()),
            None => "Drill".to_owned(),
        }
    }

    fn aside(&self) -> Option<String> {
        (!self.cards.is_empty()).then(|| format!("{} to go", self.cards.len()))
    }

    fn hints(&self) -> Vec<Hint> {
        let mut all = self.speaking.as_ref().map(Speaking::hints).unwrap_or_default();
        if let Some(asking) = &self.asking {
            let of_question =
                |msg| asking.works(msg) && !matches!(msg, question::Msg::Submit | question::Msg::Guess);
            if !asking.is_revealed() {
                all.push(question::MOVE);
            }
            all.extend(hints(question::KEYS, of_question));
        }
        all.extend(hints(KEYS, |msg| self.works(msg)));
        if self.revealed() && !self.scroll.all_seen() {
            // After the key that goes on.
            all.insert(1.min(all.len()), question::SCROLL);
        }
        if self.speaking.is_none() {
            all.extend(hints(ARROWS, |_| true));
        }
        all
    }

    fn layout(&mut self, area: Rect, cx: &mut Context) {
        self.glyphs = cx.glyphs;
        let before = self.area;
        self.area = text::column(text::inset(area), 88);
        self.reveal |= before != self.area;
        if let Some(speaking) = &mut self.speaking {
            speaking.layout(self.area, cx.glyphs, cx.highlighter, &cx.theme);
        }
        let Some(asking) = &self.asking else { return };
        self.prepared = asking.prepare(self.area.width, cx.glyphs, cx.highlighter, &cx.theme);
        let buttons = if self.revealed() { 4 } else { 0 };
        self.scroll.fit(self.prepared.lines.len(), self.area.height.saturating_sub(buttons));
        if self.reveal {
            self.prepared.show(&mut self.scroll);
        }
        self.reveal = false;
    }

    fn on_key(&mut self, key: Key, cx: &mut Context) -> Flow {
        match self.speaking.as_mut().and_then(|speaking| speaking.on_key(key)) {
            Some(Wish::Nothing) => return Flow::Stay,
            Some(Wish::Rate(said)) => return self.said(&said, cx).unwrap_or_else(Trouble::flow),
            Some(Wish::Next) => return self.next(cx).map_or_else(Trouble::flow, |()| Flow::Stay),
            None => {}
        }
        if let Some(asking) = &mut self.asking {
            let of_question =
                |msg| asking.works(msg) && !matches!(msg, question::Msg::Submit | question::Msg::Guess);
            if let Some(msg) = lookup(question::KEYS, key, of_question) {
                // Neither handing in nor guessing is among these: nothing comes of it but another choice.
                let _ = asking.update(msg);
                self.reveal = true;
                return Flow::Stay;
            }
        }
        if let Some(msg) = lookup(KEYS, key, |msg| self.works(msg)) {
            return self.update(msg, cx).unwrap_or_else(Trouble::flow);
        }
        if let Some(by) = movement(ARROWS, key) {
            self.scroll.go(by);
            return Flow::Stay;
        }
        match key {
            Key::Char(c) if c != 'q' && c != '?' && c != 'm' => Flow::Stay,
            _ => Flow::Ignored,
        }
    }

    fn on_reply(&mut self, reply: Reply, _: &mut Context) -> Flow {
        match (reply, self.leech.take()) {
            (Reply::Yes, Some(concept)) => Flow::Open(Route::Reader(concept.lesson, Some(concept.heading))),
            _ => Flow::Stay,
        }
    }

    fn render(&self, _: Rect, buf: &mut Buffer, theme: &Theme) {
        if let Some(speaking) = &self.speaking {
            return speaking.render(buf, theme);
        }
        let (Some(_), Some(card)) = (&self.asking, self.cards.front()) else {
            return text::draw(&self.summary(theme), 0, self.area, buf);
        };
        let below = if self.revealed() { 4 } else { 0 };
        let (body, buttons) = text::rows(self.area, self.area.height.saturating_sub(below));
        text::draw(&self.prepared.lines, self.scroll.top, body, buf);
        text::more(&self.scroll, body, self.glyphs, buf, theme);
        if self.revealed() {
            panel::divider("", buttons, self.glyphs, buf, theme);
            let (_, rows) = text::rows(buttons, 1);
            text::draw(&self.buttons(card, theme), 0, rows, buf);
        }
    }
}
