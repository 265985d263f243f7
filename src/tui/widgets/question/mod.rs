//! A question while it is being answered, and afterwards with every option's reason. Used by quiz and drill.
//!
//! Knows the four kinds of answering; does not know points, attempts or cards.

mod drawn;
mod sheet;

use std::collections::BTreeSet;

use ratatui::text::Line;

use crate::course::{Kind, Question};
use crate::quiz::{Answer, mark};
use crate::render::{Glyphs, Layout, Paint};

use super::super::key::{Bind, Hint, Key, Move, foot, quiet};
use super::super::theme::{Theme, Tone};
use super::{prose, text};
use drawn::{Prepared, View};
pub use sheet::Sheet;

/// What a key does to a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Msg {
    /// Up or down.
    Go(Move),
    /// The option with this number, from 0.
    Pick(usize),
    /// Choose, or do not, where the cursor is.
    Toggle,
    /// Pick up what the cursor is on.
    Hold,
    /// Put it down again.
    Drop,
    /// "I guessed."
    Guess,
    /// Hand in.
    Submit,
}

/// The keys of questions. Letters beyond `f` and digits beyond 6 have no options.
pub const KEYS: &[Bind<Msg>] = &[
    quiet(&[Key::Up], "move up", Msg::Go(Move::Up)),
    quiet(&[Key::Down], "move down", Msg::Go(Move::Down)),
    quiet(&[Key::PageUp, Key::Ctrl('u')], "ten lines up", Msg::Go(Move::PageUp)),
    quiet(&[Key::PageDown, Key::Ctrl('d')], "ten lines down", Msg::Go(Move::PageDown)),
    quiet(&[Key::Home], "first line", Msg::Go(Move::Top)),
    quiet(&[Key::End], "last line", Msg::Go(Move::Bottom)),
    foot(&[Key::Char(' ')], "choose", Msg::Toggle),
    foot(&[Key::Char(' ')], "pick up", Msg::Hold),
    foot(&[Key::Char(' ')], "put down", Msg::Drop),
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

/// The same, where reasons go beyond the window.
pub const SCROLL: Hint = Hint { keys: &[Key::Up, Key::Down], says: "scroll", foot: true };

#[derive(Clone, Debug, PartialEq, Eq)]
enum Choosing {
    One(Option<usize>),
    Several {
        at: usize,
        chosen: BTreeSet<usize>,
    },
    /// Handed in as it was shown only when Enter is pressed twice: a second Enter on the last question's answer
    /// must not answer this one.
    Order {
        at: usize,
        order: Vec<usize>,
        held: bool,
        sure: bool,
    },
    Line {
        at: Option<usize>,
        lines: usize,
    },
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
            Kind::Order => Choosing::Order { at: 0, order: shown.clone(), held: false, sure: false },
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

    /// Takes the answer back, where it could not be saved: it can be handed in again.
    pub fn take_back(&mut self) {
        self.given = None;
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
            Msg::Hold => matches!(self.choosing, Choosing::Order { held: false, .. }),
            Msg::Drop => matches!(self.choosing, Choosing::Order { held: true, .. }),
            // Among options the window scrolls; of lines there are too many for single steps.
            Msg::Go(by) => {
                matches!(by, Move::Up | Move::Down) || matches!(self.choosing, Choosing::Line { .. })
            }
            Msg::Guess | Msg::Submit => true,
        }
    }

    /// Takes a message; an answer once it is complete and handed in, or what is missing.
    pub fn update(&mut self, msg: Msg) -> Result<Option<Answer>, String> {
        match msg {
            Msg::Guess => self.guessed = !self.guessed,
            Msg::Go(by) => self.go(by),
            Msg::Pick(n) => self.pick(n),
            Msg::Toggle | Msg::Hold | Msg::Drop => self.toggle(),
            Msg::Submit => return self.submit().map(Some),
        }
        Ok(None)
    }

    fn go(&mut self, by: Move) {
        let step = |at: usize, len: usize| match by {
            Move::Up => at.saturating_sub(1),
            Move::Down => (at + 1).min(len.saturating_sub(1)),
            Move::PageUp => at.saturating_sub(10),
            Move::PageDown => (at + 10).min(len.saturating_sub(1)),
            Move::Top => 0,
            Move::Bottom => len.saturating_sub(1),
        };
        let options = self.shown.len();
        match &mut self.choosing {
            Choosing::One(at) => {
                let first = if by == Move::Up { options.saturating_sub(1) } else { 0 };
                *at = Some(at.map_or(first, |at| step(at, options)));
            }
            Choosing::Several { at, .. } => *at = step(*at, options),
            Choosing::Line { at, lines } => {
                let first = if matches!(by, Move::Up | Move::Bottom) { lines.saturating_sub(1) } else { 0 };
                *at = Some(at.map_or(first, |at| step(at, *lines)));
            }
            Choosing::Order { at, order, held, .. } => {
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
            Choosing::Order { order, sure: false, .. } if *order == self.shown => {
                if let Choosing::Order { sure, .. } = &mut self.choosing {
                    *sure = true;
                }
                return Err("nothing was moved; Enter again answers so".to_owned());
            }
            Choosing::Order { order, .. } => {
                let ids = order.iter().filter_map(|i| self.question.options.get(*i));
                Answer::Order(ids.map(|o| o.id.clone()).collect())
            }
            Choosing::Line { at: None, .. } => return Err("choose a line first, with the arrows".to_owned()),
            Choosing::Line { at: Some(at), .. } => Answer::Line(*at as u32 + 1),
        };
        self.given = Some(answer.clone());
        Ok(answer)
    }

    /// The question as lines of text.
    fn prepare(&self, width: u16, glyphs: Glyphs, paint: &dyn Paint, theme: &Theme) -> Prepared {
        let mut out = Prepared::default();
        let layout = Layout::new(width, glyphs);
        out.lines.extend(prose::lines(&prose::markdown(&self.question.stem, layout, paint), theme));
        if let Some(as_of) = &self.question.as_of {
            out.lines.push(Line::styled(format!("({})", text::safe(as_of)), theme.tone(Tone::Dim)));
        }
        out.lines.push(Line::default());
        out.at_first = match &self.choosing {
            Choosing::One(at) | Choosing::Line { at, .. } => *at == Some(0),
            Choosing::Several { at, .. } | Choosing::Order { at, .. } => *at == 0,
        };
        let view = View { asking: self, layout, paint, theme };
        view.code(&mut out);
        match &self.choosing {
            Choosing::Order { order, at, held, .. } => view.order(order, (*at, *held), &mut out),
            Choosing::Line { .. } => view.line_reason(&mut out),
            Choosing::One(_) | Choosing::Several { .. } => view.options(&mut out),
        }
        out
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
        let order = answer(Kind::Order, &[Msg::Hold, Msg::Go(Move::Down), Msg::Drop, Msg::Submit]);
        assert_eq!(order, Ok(Some(Answer::Order(ids(&["a", "c", "b"])))));
        let hasty = answer(Kind::Order, &[Msg::Go(Move::Down), Msg::Submit]);
        assert!(hasty.is_err(), "what was not touched is not handed in by one Enter");
        let kept = answer(Kind::Order, &[Msg::Go(Move::Down), Msg::Submit, Msg::Submit]);
        assert_eq!(kept, Ok(Some(Answer::Order(ids(&["c", "a", "b"])))));
    }

    #[test]
    fn lines_count_from_one() {
        let kind = || Kind::Line { key_lines: vec![2], reason: String::new() };
        assert_eq!(answer(kind(), &[Msg::Go(Move::Up), Msg::Submit]), Ok(Some(Answer::Line(2))));
        assert_eq!(answer(kind(), &[Msg::Go(Move::Down), Msg::Submit]), Ok(Some(Answer::Line(1))));
        assert_eq!(answer(kind(), &[Msg::Go(Move::Bottom), Msg::Submit]), Ok(Some(Answer::Line(2))));
        assert!(asking(kind()).works(Msg::Go(Move::Bottom)));
        assert!(!asking(Kind::Single).works(Msg::Go(Move::Bottom)), "there the window scrolls");
    }

    #[test]
    fn an_order_that_is_only_shown_is_the_right_one() {
        use super::super::super::theme::{Depth, ThemeName};
        use crate::render::Plain;
        let text = |asking: &Asking| {
            let theme = Theme::new(ThemeName::Dark, Depth::True);
            let out = asking.prepare(40, Glyphs::Unicode, &Plain, &theme);
            out.lines.iter().map(|l| l.to_string() + "\n").collect::<String>()
        };
        let mut shown = asking(Kind::Order);
        assert!(shown.update(Msg::Submit).is_err());
        shown.reveal();
        assert!(text(&shown).contains("1.  a") && !text(&shown).contains("place"), "{}", text(&shown));
        let mut given = asking(Kind::Order);
        assert!(given.update(Msg::Submit).is_err() && given.update(Msg::Submit).is_ok());
        assert!(
            text(&given).contains("1.  c") && text(&given).contains("belongs in place 3"),
            "{}",
            text(&given)
        );
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
