//! The cards that are due: answer, see why, say how well it was recalled.

use std::collections::{BTreeSet, VecDeque};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::ids::ConceptId;
use crate::render::Glyphs;
use crate::session::{Asks, DrillCard, Rated, Session, SessionError};
use crate::study::{CardId, Rating};

use super::super::flow::{Flow, Reply, Route};
use super::super::key::{ARROWS, Bind, Hint, Key, foot, hints, lookup, movement, quiet};
use super::super::screen::{Context, Screen};
use super::super::theme::{Theme, Tone};
use super::super::trouble::Trouble;
use super::super::widgets::question::{self, Asking, Sheet};
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

/// The rows below an answer in which the ratings stand.
const BUTTONS: u16 = 4;

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
    sheet: Sheet,
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
            sheet: Sheet::default(),
            area: Rect::default(),
            glyphs: cx.glyphs,
        };
        drill.fill(cx)?;
        Ok(drill)
    }

    fn fill(&mut self, cx: &mut Context) -> Result<(), Trouble> {
        self.cards = cx.session.drill().map_err(|error| failed(&error, cx))?.into();
        self.ask();
        Ok(())
    }

    fn ask(&mut self) {
        self.sheet.turn();
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
        match msg {
            Msg::Reveal => self.reveal(),
            Msg::Suggested => return self.rate(self.suggested(), cx),
            Msg::Rate(rating) => return self.rate(rating, cx),
            Msg::Undo => self.undo(cx)?,
            Msg::Tomorrow => self.put_aside("not today", Session::postpone, cx)?,
            Msg::Suspend => {
                let never = |session: &mut Session, card: &CardId| session.suspend(card, true);
                self.put_aside("this card is never asked again", never, cx)?;
            }
            Msg::Flag => self.flag(cx)?,
            Msg::Lesson => {
                if let Some(concept) = self.cards.front().map(DrillCard::concept).cloned() {
                    return Ok(Flow::Open(Route::Reader(concept.lesson, Some(concept.heading))));
                }
            }
            Msg::Close => return Ok(Flow::Back),
        }
        Ok(Flow::Stay)
    }

    /// What was chosen is handed in; without a choice the answer is only shown.
    fn reveal(&mut self) {
        if let Some(asking) = &mut self.asking {
            if asking.update(question::Msg::Submit).is_err() {
                asking.reveal();
            }
            self.sheet.turn();
            self.sheet.reveal();
        }
    }

    /// The card that is asked.
    fn card(&self) -> Option<CardId> {
        self.cards.front().map(|card| card.card.id.clone())
    }

    fn rate(&mut self, rating: Rating, cx: &mut Context) -> Result<Flow, Trouble> {
        let Some(card) = self.card() else { return Ok(Flow::Stay) };
        let rated = cx.session.rate(&card, rating).map_err(|error| failed(&error, cx))?;
        self.rated.push(rating);
        cx.say(came(rating, &rated));
        self.next(cx)?;
        Ok(self.after_rating(rated))
    }

    /// What was said of an open question is kept, and rates its card.
    fn said(&mut self, said: &BTreeSet<usize>, cx: &mut Context) -> Result<Flow, Trouble> {
        let Some(speaking) = &mut self.speaking else { return Ok(Flow::Stay) };
        let interview = speaking.interview();
        let rating = Rating::of_rubric(said.len(), interview.rubric.len());
        let rated = cx.session.interview_rate(&interview.id, said).map_err(|error| failed(&error, cx))?;
        speaking.rated(came(rating, &rated));
        self.rated.push(rating);
        Ok(self.after_rating(rated))
    }

    /// A card that is forgotten often is better read about.
    fn after_rating(&mut self, rated: Rated) -> Flow {
        if !rated.leech {
            return Flow::Stay;
        }
        self.leech = Some(rated.card.concept);
        let title = "Forgotten often".to_owned();
        let text = "Its lesson helps more than another repetition. Open it?".to_owned();
        Flow::Open(Route::Confirm { title, text })
    }

    /// Takes the last rating back, and asks its card again.
    fn undo(&mut self, cx: &mut Context) -> Result<(), Trouble> {
        let Some(card) = cx.session.undo().map_err(|error| failed(&error, cx))? else {
            cx.say("there is nothing to take back");
            return Ok(());
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
        Ok(())
    }

    /// Puts the card aside, for a day or for ever, and goes on with the next.
    fn put_aside(
        &mut self,
        says: &str,
        put: impl FnOnce(&mut Session, &CardId) -> Result<(), SessionError>,
        cx: &mut Context,
    ) -> Result<(), Trouble> {
        let Some(card) = self.card() else { return Ok(()) };
        put(cx.session, &card).map_err(|error| failed(&error, cx))?;
        cx.say(says);
        self.next(cx)
    }

    fn flag(&mut self, cx: &mut Context) -> Result<(), Trouble> {
        let Some(DrillCard { card, .. }) = self.cards.front_mut() else { return Ok(()) };
        cx.session.flag(&card.id, !card.flagged).map_err(|error| failed(&error, cx))?;
        card.flagged = !card.flagged;
        cx.say(if card.flagged { "flagged" } else { "unflagged" });
        Ok(())
    }

    fn next(&mut self, cx: &mut Context) -> Result<(), Trouble> {
        self.cards.pop_front();
        if self.cards.is_empty() {
            return self.fill(cx);
        }
        self.ask();
        Ok(())
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

/// What a key does to a question that is not handed in: answering is the card's matter, and nobody guesses here.
fn chooses(asking: &Asking, msg: question::Msg) -> bool {
    asking.works(msg) && !matches!(msg, question::Msg::Submit | question::Msg::Guess)
}

/// What came of a rating.
fn came(rating: Rating, rated: &Rated) -> String {
    format!("{}: back in {}; u takes it back", rating.word(), rated.interval)
}

fn failed(error: &SessionError, cx: &Context) -> Trouble {
    Trouble::session(error, cx.session.course().sources())
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
            if !asking.is_revealed() {
                all.push(question::MOVE);
            }
            all.extend(hints(question::KEYS, |msg| chooses(asking, msg)));
        }
        all.extend(hints(KEYS, |msg| self.works(msg)));
        if self.revealed() && !self.sheet.all_seen() {
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
        self.area = text::column(text::inset(area), 88);
        if let Some(speaking) = &mut self.speaking {
            speaking.layout(self.area, cx.glyphs, cx.highlighter, &cx.theme);
        }
        if let Some(asking) = &self.asking {
            let below = if asking.is_revealed() { BUTTONS } else { 0 };
            self.sheet.layout(asking, (self.area, below), cx.glyphs, cx.highlighter, &cx.theme);
        }
    }

    fn on_key(&mut self, key: Key, cx: &mut Context) -> Flow {
        match self.speaking.as_mut().and_then(|speaking| speaking.on_key(key)) {
            Some(Wish::Nothing) => return Flow::Stay,
            Some(Wish::Rate(said)) => return self.said(&said, cx).unwrap_or_else(Trouble::flow),
            Some(Wish::Next) => return self.next(cx).map_or_else(Trouble::flow, |()| Flow::Stay),
            None => {}
        }
        if let Some(asking) = &mut self.asking
            && let Some(msg) = lookup(question::KEYS, key, |msg| chooses(asking, msg))
        {
            // Nothing comes of it but another choice.
            let _ = asking.update(msg);
            self.sheet.reveal();
            return Flow::Stay;
        }
        if let Some(msg) = lookup(KEYS, key, |msg| self.works(msg)) {
            return self.update(msg, cx).unwrap_or_else(Trouble::flow);
        }
        if let Some(by) = movement(ARROWS, key) {
            self.sheet.go(by);
            return Flow::Stay;
        }
        if key.is_stray() { Flow::Stay } else { Flow::Ignored }
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
        let buttons = self.sheet.render(buf, theme);
        if self.revealed() {
            panel::divider("", buttons, self.glyphs, buf, theme);
            let (_, rows) = text::rows(buttons, 1);
            text::draw(&self.buttons(card, theme), 0, rows, buf);
        }
    }
}
