//! A question while it is being answered, and afterwards with every option's reason. Used by quiz and drill.
//!
//! Knows the four kinds of answering; does not know points, attempts or cards.

use std::collections::BTreeSet;

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::course::{Kind, Question};
use crate::quiz::{Answer, mark};
use crate::render::{Glyphs, Layout, Paint};

use super::super::key::{Bind, Hint, Key, Move, foot, quiet};
use super::super::theme::{Theme, Tone};
use super::{prose, text};

/// What a key does to a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Msg {
    /// Up or down.
    Go(Move),
    /// The option with this number, from 0.
    Pick(usize),
    /// Choose, or do not, where the cursor is.
    Toggle,
    /// Pick up or put down what the cursor is on.
    Hold,
    /// "I guessed."
    Guess,
    /// Hand in.
    Submit,
}

/// The keys of questions. Letters beyond `f` and digits beyond 6 have no options.
pub const KEYS: &[Bind<Msg>] = &[
    quiet(&[Key::Up], "move up", Msg::Go(Move::Up)),
    quiet(&[Key::Down], "move down", Msg::Go(Move::Down)),
    foot(&[Key::Char(' ')], "choose", Msg::Toggle),
    foot(&[Key::Char(' ')], "pick up, put down", Msg::Hold),
    foot(&[Key::Enter], "answer", Msg::Submit),
    foot(&[Key::Char('0')], "I guess", Msg::Guess),
    quiet(&[Key::Char('a'), Key::Char('1')], "first option", Msg::Pick(0)),
    quiet(&[Key::Char('b'), Key::Char('2')], "second option", Msg::Pick(1)),
    quiet(&[Key::Char('c'), Key::Char('3')], "third option", Msg::Pick(2)),
    quiet(&[Key::Char('d'), Key::Char('4')], "fourth option", Msg::Pick(3)),
    quiet(&[Key::Char('e'), Key::Char('5')], "fifth option", Msg::Pick(4)),
    quiet(&[Key::Char('f'), Key::Char('6')], "sixth option", Msg::Pick(5)),
];

/// Both arrows in one, for the footer.
pub const MOVE: Hint = Hint { keys: &[Key::Up, Key::Down], says: "move", foot: true };

#[derive(Clone, Debug, PartialEq, Eq)]
enum Choosing {
    One(Option<usize>),
    Several { at: usize, chosen: BTreeSet<usize> },
    Order { at: usize, order: Vec<usize>, held: bool },
    Line { at: Option<usize>, lines: usize },
}

/// A question being answered.
#[derive(Clone, Debug)]
pub struct Asking {
    question: Question,
    /// Rows of the screen to options of the question.
    shown: Vec<usize>,
    choosing: Choosing,
    /// Whether the learner says that they guess.
    pub guessed: bool,
    given: Option<Answer>,
    revealed: bool,
}

impl Asking {
    /// The question with its options in the order in which they are shown.
    pub fn new(question: Question, shown: Vec<usize>) -> Self {
        let shown: Vec<usize> = shown.into_iter().filter(|i| *i < question.options.len()).collect();
        let choosing = match &question.kind {
            Kind::Single => Choosing::One(None),
            Kind::Multiple { .. } => Choosing::Several { at: 0, chosen: BTreeSet::new() },
            Kind::Order => Choosing::Order { at: 0, order: shown.clone(), held: false },
            Kind::Line { .. } => {
                let lines = question.code.as_ref().map_or(0, |c| c.text.lines().count());
                Choosing::Line { at: None, lines }
            }
        };
        Self { question, shown, choosing, guessed: false, given: None, revealed: false }
    }

    /// The question.
    pub fn question(&self) -> &Question {
        &self.question
    }

    /// The answer that was handed in.
    pub fn given(&self) -> Option<&Answer> {
        self.given.as_ref()
    }

    /// Whether the answer that was handed in is right.
    pub fn is_right(&self) -> bool {
        self.given.as_ref().is_some_and(|given| mark(&self.question, given))
    }

    /// Shows the answer without one being given.
    pub fn reveal(&mut self) {
        self.revealed = true;
    }

    /// Whether the answer is shown.
    pub fn is_revealed(&self) -> bool {
        self.revealed || self.given.is_some()
    }

    /// Whether `msg` does anything now.
    pub fn works(&self, msg: Msg) -> bool {
        if self.is_revealed() {
            return false;
        }
        match msg {
            Msg::Pick(n) => !matches!(self.choosing, Choosing::Line { .. }) && n < self.shown.len(),
            Msg::Toggle => matches!(self.choosing, Choosing::Several { .. }),
            Msg::Hold => matches!(self.choosing, Choosing::Order { .. }),
            Msg::Go(_) | Msg::Guess | Msg::Submit => true,
        }
    }

    /// Takes a message; an answer once it is complete and handed in, or what is missing.
    pub fn update(&mut self, msg: Msg) -> Result<Option<Answer>, String> {
        match msg {
            Msg::Guess => self.guessed = !self.guessed,
            Msg::Go(by) => self.go(by),
            Msg::Pick(n) => self.pick(n),
            Msg::Toggle | Msg::Hold => self.toggle(),
            Msg::Submit => return self.submit().map(Some),
        }
        Ok(None)
    }

    fn go(&mut self, by: Move) {
        let step = |at: usize, len: usize| match by {
            Move::Up => at.saturating_sub(1),
            Move::Down => (at + 1).min(len.saturating_sub(1)),
            Move::PageUp | Move::Top => 0,
            Move::PageDown | Move::Bottom => len.saturating_sub(1),
        };
        let options = self.shown.len();
        match &mut self.choosing {
            Choosing::One(at) => {
                let first = if by == Move::Up { options.saturating_sub(1) } else { 0 };
                *at = Some(at.map_or(first, |at| step(at, options)));
            }
            Choosing::Several { at, .. } => *at = step(*at, options),
            Choosing::Line { at, lines } => {
                let first = if by == Move::Up { lines.saturating_sub(1) } else { 0 };
                *at = Some(at.map_or(first, |at| step(at, *lines)));
            }
            Choosing::Order { at, order, held } => {
                let to = step(*at, order.len());
                if *held && *at < order.len() {
                    let row = order.remove(*at);
                    order.insert(to, row);
                }
                *at = to;
            }
        }
    }

    fn pick(&mut self, n: usize) {
        match &mut self.choosing {
            Choosing::One(at) => *at = Some(n),
            Choosing::Several { at, .. } => {
                *at = n;
                self.toggle();
            }
            Choosing::Order { at, held, .. } => (*at, *held) = (n, false),
            Choosing::Line { .. } => {}
        }
    }

    fn toggle(&mut self) {
        match &mut self.choosing {
            Choosing::Several { at, chosen } => {
                if !chosen.remove(at) {
                    chosen.insert(*at);
                }
            }
            Choosing::Order { held, .. } => *held = !*held,
            Choosing::One(_) | Choosing::Line { .. } => {}
        }
    }

    fn submit(&mut self) -> Result<Answer, String> {
        let id = |row: &usize| {
            self.shown.get(*row).and_then(|i| self.question.options.get(*i)).map(|o| o.id.clone())
        };
        let answer = match &self.choosing {
            Choosing::One(None) => return Err("choose an option first".to_owned()),
            Choosing::One(Some(row)) => Answer::Choices(id(row).into_iter().collect()),
            Choosing::Several { chosen, .. } => {
                if let Kind::Multiple { choose } = self.question.kind
                    && chosen.len() != choose
                {
                    return Err(format!("choose {choose}; {} chosen so far", chosen.len()));
                }
                Answer::Choices(chosen.iter().filter_map(id).collect())
            }
            Choosing::Order { order, .. } => {
                let ids = order.iter().filter_map(|i| self.question.options.get(*i));
                Answer::Order(ids.map(|o| o.id.clone()).collect())
            }
            Choosing::Line { at: None, .. } => return Err("go to a line first".to_owned()),
            Choosing::Line { at: Some(at), .. } => Answer::Line(*at as u32 + 1),
        };
        self.given = Some(answer.clone());
        Ok(answer)
    }

    /// The question as lines of text.
    pub fn prepare(&self, width: u16, glyphs: Glyphs, paint: &dyn Paint, theme: &Theme) -> Prepared {
        let mut out = Prepared::default();
        let layout = Layout::new(width, glyphs);
        out.lines.extend(prose::lines(&prose::markdown(&self.question.stem, layout, paint), theme));
        if let Some(as_of) = &self.question.as_of {
            out.lines.push(Line::styled(format!("({})", text::safe(as_of)), theme.tone(Tone::Dim)));
        }
        out.lines.push(Line::default());
        let view = View { asking: self, layout, paint, theme };
        view.code(&mut out);
        match &self.choosing {
            Choosing::Order { order, at, held } => view.order(order, (*at, *held), &mut out),
            Choosing::Line { .. } => view.line_reason(&mut out),
            Choosing::One(_) | Choosing::Several { .. } => view.options(&mut out),
        }
        out
    }
}

/// A question as lines of text, with the ones that must be seen.
#[derive(Clone, Debug, Default)]
pub struct Prepared {
    /// The lines.
    pub lines: Vec<Line<'static>>,
    /// First and last line of what the cursor is on.
    pub focus: Option<(usize, usize)>,
}

struct View<'a> {
    asking: &'a Asking,
    layout: Layout,
    paint: &'a dyn Paint,
    theme: &'a Theme,
}

impl View<'_> {
    fn answered(&self) -> bool {
        self.asking.is_revealed()
    }

    fn ground(&self, focused: bool) -> Style {
        if focused { self.theme.tone(Tone::Selected) } else { Style::new() }
    }

    fn glyph(&self, unicode: &'static str, ascii: &'static str) -> &'static str {
        self.layout.glyphs.pick(unicode, ascii)
    }

    /// An entry: lead, text wrapped under itself, and after the answer a mark and the reason.
    fn entry(&self, lead: Vec<Span<'static>>, says: &str, focused: bool, out: &mut Prepared) {
        let indent: usize = lead.iter().map(Span::width).sum();
        let width = self.layout.width.saturating_sub(indent as u16).max(10);
        let page = prose::markdown(says, Layout { width, ..self.layout }, self.paint);
        let mut lines = prose::lines(&page, self.theme);
        if lines.is_empty() {
            lines.push(Line::default());
        }
        if focused {
            out.focus = Some((out.lines.len(), out.lines.len() + lines.len() - 1));
        }
        let mut lead = Some(lead);
        for mut line in lines {
            let spans = lead.take().unwrap_or_else(|| vec![Span::raw(" ".repeat(indent))]);
            line.spans.splice(0..0, spans);
            line.style = self.ground(focused);
            out.lines.push(line);
        }
    }

    fn reason(&self, mark: Option<(String, Tone)>, reason: &str, indent: u16, out: &mut Prepared) {
        let width = self.layout.width.saturating_sub(indent).max(10);
        let page = prose::markdown(reason, Layout { width, ..self.layout }, self.paint);
        let blank = || Span::raw(" ".repeat(usize::from(indent)));
        if let Some((mark, tone)) = mark {
            out.lines.push(Line::from(vec![blank(), Span::styled(mark, self.theme.tone(tone))]));
        }
        for mut line in prose::lines(&page, self.theme) {
            for span in &mut line.spans {
                span.style = span.style.patch(self.theme.tone(Tone::Dim));
            }
            line.spans.insert(0, blank());
            out.lines.push(line);
        }
        out.lines.push(Line::default());
    }

    fn options(&self, out: &mut Prepared) {
        let several = matches!(self.asking.choosing, Choosing::Several { .. });
        for (row, option) in self.asking.shown.iter().enumerate() {
            let Some(choice) = self.asking.question.options.get(*option) else { continue };
            let (focused, chosen) = match &self.asking.choosing {
                Choosing::One(at) => (*at == Some(row), *at == Some(row)),
                Choosing::Several { at, chosen } => (*at == row, chosen.contains(&row)),
                _ => (false, false),
            };
            let box_of = match (several, chosen) {
                (true, true) => "[x]",
                (true, false) => "[ ]",
                (false, true) => self.glyph("(●)", "(*)"),
                (false, false) => "( )",
            };
            let letter = char::from(b'a' + (row % 26) as u8);
            let style = if chosen { Tone::Accent } else { Tone::Dim };
            let lead = vec![
                Span::styled(format!(" {letter}  "), self.theme.tone(Tone::Accent)),
                Span::styled(format!("{box_of} "), self.theme.tone(style)),
            ];
            self.entry(lead, &choice.text, focused && !self.answered(), out);
            if self.answered() {
                let mark = match (choice.key, chosen) {
                    (true, true) => {
                        Some((format!("{} right, your choice", self.glyph("✓", "+")), Tone::Pass))
                    }
                    (true, false) => Some((format!("{} right", self.glyph("✓", "+")), Tone::Pass)),
                    (false, true) => Some((format!("{} your choice", self.glyph("✗", "x")), Tone::Fail)),
                    (false, false) => None,
                };
                self.reason(mark, &choice.reason, 8, out);
            } else {
                out.lines.push(Line::default());
            }
        }
    }

    fn order(&self, order: &[usize], (at, held): (usize, bool), out: &mut Prepared) {
        for (row, option) in order.iter().enumerate() {
            let Some(choice) = self.asking.question.options.get(*option) else { continue };
            let focused = row == at && !self.answered();
            let hand = if focused && held { self.glyph("↕", "=") } else { " " };
            let lead = vec![
                Span::styled(format!(" {hand} "), self.theme.tone(Tone::Accent)),
                Span::styled(format!("{}.  ", row + 1), self.theme.tone(Tone::Accent)),
            ];
            self.entry(lead, &choice.text, focused, out);
            if self.answered() {
                let mark = if *option == row {
                    (format!("{} right place", self.glyph("✓", "+")), Tone::Pass)
                } else {
                    (format!("{} belongs in place {}", self.glyph("✗", "x"), option + 1), Tone::Fail)
                };
                self.reason(Some(mark), &choice.reason, 7, out);
            }
        }
    }

    fn code(&self, out: &mut Prepared) {
        let Some(code) = &self.asking.question.code else { return };
        let lines = prose::code_lines(&code.language, &code.text, self.layout.glyphs, self.paint, self.theme);
        let (cursor, keys): (Option<usize>, &[u32]) =
            match (&self.asking.choosing, &self.asking.question.kind) {
                (Choosing::Line { at, .. }, Kind::Line { key_lines, .. }) => (*at, key_lines),
                _ => (None, &[]),
            };
        for (i, mut line) in lines.into_iter().enumerate() {
            let here = cursor == Some(i);
            let key = keys.contains(&(i as u32 + 1));
            let (mark, tone) = match (self.answered(), here, key) {
                (true, _, true) => (self.glyph("✓ ", "+ "), Tone::Pass),
                (true, true, false) => (self.glyph("✗ ", "x "), Tone::Fail),
                (false, true, _) => (self.glyph("▸ ", "> "), Tone::Accent),
                _ => ("  ", Tone::Dim),
            };
            line.spans.insert(0, Span::styled(mark, self.theme.tone(tone)));
            line.style = self.theme.tone(Tone::Code);
            if here {
                line.style = line.style.patch(self.theme.tone(Tone::Selected));
                out.focus = Some((out.lines.len(), out.lines.len()));
            }
            out.lines.push(line);
        }
        out.lines.push(Line::default());
    }

    fn line_reason(&self, out: &mut Prepared) {
        let (true, Kind::Line { key_lines, reason }) = (self.answered(), &self.asking.question.kind) else {
            return;
        };
        let right: Vec<String> = key_lines.iter().map(ToString::to_string).collect();
        let says = match (&self.asking.given, self.asking.is_right()) {
            (Some(Answer::Line(line)), false) => {
                let right = right.join(" or ");
                (
                    format!("{} line {line}, your choice; right: line {right}", self.glyph("✗", "x")),
                    Tone::Fail,
                )
            }
            (Some(Answer::Line(line)), true) => {
                (format!("{} line {line}, your choice", self.glyph("✓", "+")), Tone::Pass)
            }
            _ => (format!("{} line {}", self.glyph("✓", "+"), right.join(" or ")), Tone::Pass),
        };
        let from = out.lines.len();
        self.reason(Some(says), reason, 2, out);
        out.focus = Some((from, out.lines.len().saturating_sub(1)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::{Choice, CodeSample};
    use crate::ids::{ConceptId, LessonId, OptionId, QuestionId};
    use crate::text::Source;

    fn asking(kind: Kind) -> Asking {
        let choice = |id: &str| Choice {
            id: OptionId::new(id).unwrap(),
            text: id.to_owned(),
            key: id != "a",
            reason: String::new(),
        };
        let lesson = LessonId::new("01-x").unwrap();
        let line = matches!(kind, Kind::Line { .. });
        let question = Question {
            id: QuestionId::new("q").unwrap(),
            concept: ConceptId::parse("c", &lesson).unwrap(),
            core: true,
            kind,
            stem: String::new(),
            code: line.then(|| CodeSample { language: "yaml".into(), text: "a: 1\nb: 2\n".into() }),
            as_of: None,
            options: if line { vec![] } else { ["a", "b", "c"].map(choice).to_vec() },
            span: Source::lone("q", "").whole(),
        };
        Asking::new(question, vec![2, 0, 1])
    }

    fn answer(kind: Kind, msgs: &[Msg]) -> Result<Option<Answer>, String> {
        let mut asking = asking(kind);
        let mut last = Ok(None);
        for msg in msgs {
            last = asking.update(*msg);
        }
        last
    }

    fn ids(ids: &[&str]) -> Vec<OptionId> {
        ids.iter().map(|id| OptionId::new(id).unwrap()).collect()
    }

    #[test]
    fn letters_mean_what_is_shown() {
        let picked = answer(Kind::Single, &[Msg::Pick(0), Msg::Submit]);
        assert_eq!(picked, Ok(Some(Answer::Choices(ids(&["c"])))));
        assert!(answer(Kind::Single, &[Msg::Submit]).is_err());
        let down = answer(Kind::Single, &[Msg::Go(Move::Down), Msg::Go(Move::Down), Msg::Submit]);
        assert_eq!(down, Ok(Some(Answer::Choices(ids(&["a"])))));
    }

    #[test]
    fn as_many_as_are_asked_for() {
        let kind = || Kind::Multiple { choose: 2 };
        let one = answer(kind(), &[Msg::Pick(0), Msg::Submit]);
        assert_eq!(one, Err("choose 2; 1 chosen so far".to_owned()));
        let two = answer(kind(), &[Msg::Pick(1), Msg::Pick(0), Msg::Pick(1), Msg::Pick(2), Msg::Submit]);
        assert_eq!(two, Ok(Some(Answer::Choices(ids(&["c", "b"])))));
    }

    #[test]
    fn what_is_picked_up_moves() {
        let order = answer(Kind::Order, &[Msg::Hold, Msg::Go(Move::Down), Msg::Hold, Msg::Submit]);
        assert_eq!(order, Ok(Some(Answer::Order(ids(&["a", "c", "b"])))));
        let kept = answer(Kind::Order, &[Msg::Go(Move::Down), Msg::Submit]);
        assert_eq!(kept, Ok(Some(Answer::Order(ids(&["c", "a", "b"])))));
    }

    #[test]
    fn lines_count_from_one() {
        let kind = || Kind::Line { key_lines: vec![2], reason: String::new() };
        assert_eq!(answer(kind(), &[Msg::Go(Move::Up), Msg::Submit]), Ok(Some(Answer::Line(2))));
        assert_eq!(answer(kind(), &[Msg::Go(Move::Down), Msg::Submit]), Ok(Some(Answer::Line(1))));
    }

    #[test]
    fn nothing_changes_after_the_answer() {
        let mut asking = asking(Kind::Single);
        assert!(asking.works(Msg::Submit) && !asking.is_revealed());
        asking.update(Msg::Pick(0)).unwrap();
        asking.update(Msg::Submit).unwrap();
        assert!(asking.is_revealed() && !asking.works(Msg::Pick(1)) && !asking.works(Msg::Submit));
    }
}
