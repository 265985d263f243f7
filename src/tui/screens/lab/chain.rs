//! A chain of reasons in a box: what was found, and why, each reason a line that can be chosen and opened.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::ids::LabId;
use crate::render::{Glyphs, Role};
use crate::sim::Reason;
use crate::text::{Position, Sources};

use super::super::super::key::{Hint, Key, LETTERS, Move, movement};
use super::super::super::screen::Context;
use super::super::super::theme::{Theme, Tone};
use super::super::super::widgets::list::Scroll;
use super::super::super::widgets::{meter, panel, text};

/// The widest box.
const COLUMN: u16 = 84;
/// The columns of the word before a fact.
const WORD: u16 = 8;

/// The keys while reasons are shown.
pub const HINTS: [Hint; 5] = [
    Hint { keys: &[Key::Up, Key::Down], says: "reason", foot: true },
    Hint { keys: &[Key::Enter], says: "show line", foot: true },
    Hint { keys: &[Key::Char('l')], says: "lesson", foot: true },
    Hint { keys: &[Key::Char('e')], says: "edit there", foot: true },
    // `q` stands at the end of every footer.
    Hint { keys: &[Key::Esc], says: "close", foot: false },
];

/// Where a reason stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The learner's path, or one below `world/` or `starter/`.
    pub file: String,
    /// Line and column.
    pub at: Position,
}

/// A reason as it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// What it says.
    pub says: String,
    /// Where it stands; none for what a component does by itself.
    pub place: Option<Place>,
    /// Whether it alone decides.
    pub decides: bool,
}

/// A part of what is explained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Air.
    Gap,
    /// The heading of what follows.
    Head(&'static str),
    /// A line in a tone.
    Mark(String, Tone),
    /// A sentence, with code between back quotes.
    Text(String, Tone),
    /// The same behind a word that says what it is.
    Fact(&'static str, String),
    /// A reason.
    Reason(Told),
}

/// Reasons with their places, the deciding one first.
pub fn reasons<'r>(
    because: &'r [Reason],
    sources: &'r Sources,
    lab: &'r LabId,
) -> impl Iterator<Item = Part> + 'r {
    because.iter().enumerate().map(move |(index, reason)| {
        let place = reason.span.and_then(|span| sources.locate(span));
        let place = place.map(|(name, at)| Place { file: short(&name, lab), at });
        Part::Reason(Told { says: reason.text.clone(), place, decides: index == 0 })
    })
}

/// What a file of the course is called on this screen: its lab is the one that is open.
fn short(name: &str, lab: &LabId) -> String {
    let within = name.rsplit_once(&format!("{lab}/")).map(|(_, rest)| rest);
    within
        .filter(|rest| rest.starts_with("world/") || rest.starts_with("starter/"))
        .unwrap_or(name)
        .to_owned()
}

/// The box.
pub struct Chain {
    title: String,
    parts: Vec<Part>,
    /// The chosen reason, counted among the reasons.
    at: usize,
    lines: Vec<Line<'static>>,
    /// First and last line of each reason.
    spans: Vec<(usize, usize)>,
    scroll: Scroll,
    outer: Rect,
    /// Whether the chosen reason was not brought into sight yet.
    fresh: bool,
}

impl Chain {
    /// What is explained, under a title; the first reason is chosen.
    pub fn new(title: String, parts: Vec<Part>) -> Self {
        Self {
            title,
            parts,
            at: 0,
            lines: Vec::new(),
            spans: Vec::new(),
            scroll: Scroll::default(),
            outer: Rect::default(),
            fresh: false,
        }
    }

    fn told(&self) -> impl Iterator<Item = &Told> {
        self.parts.iter().filter_map(|part| match part {
            Part::Reason(told) => Some(told),
            _ => None,
        })
    }

    /// The chosen reason.
    pub fn chosen(&self) -> Option<&Told> {
        self.told().nth(self.at)
    }

    /// Goes to the next reason that stands in a file, or to the one before; whether there is one.
    pub fn next_place(&mut self, forward: bool) -> bool {
        let places: Vec<usize> =
            self.told().enumerate().filter(|(_, t)| t.place.is_some()).map(|(at, _)| at).collect();
        let next = if forward {
            places.iter().find(|at| **at > self.at)
        } else {
            places.iter().rfind(|at| **at < self.at)
        };
        if let Some(next) = next {
            (self.at, self.fresh) = (*next, true);
        }
        next.is_some()
    }

    /// Takes a key that moves; whether it was one.
    pub fn on_key(&mut self, key: Key) -> bool {
        let Some(by) = movement(LETTERS, key) else { return false };
        let last = self.told().count().saturating_sub(1);
        // What stands between is read first: the cursor waits until the chosen reason is in sight.
        let (from, end) = self.spans.get(self.at).copied().unwrap_or_default();
        let height = self.scroll.height();
        let below = height > 0 && end >= self.scroll.top + height;
        let above = from < self.scroll.top && end - from < height || end < self.scroll.top;
        let to = match by {
            Move::Up if self.at > 0 && !above => self.at - 1,
            Move::Down if self.at < last && !below => self.at + 1,
            Move::Top => 0,
            Move::Bottom => last,
            _ => self.at,
        };
        if to == self.at {
            self.scroll.go(by);
        }
        (self.at, self.fresh) = (to, to != self.at);
        // What stands above the first reason, and below the last, is read with them.
        match by {
            Move::Top => self.scroll.go(Move::Top),
            Move::Bottom => self.scroll.go(Move::Bottom),
            _ => {}
        }
        true
    }

    /// Fits the box to the screen.
    pub fn layout(&mut self, area: Rect, cx: &Context) {
        let width = area.width.saturating_sub(10).min(COLUMN);
        (self.lines, self.spans) = (Vec::new(), Vec::new());
        // A title that is too long for the frame is read in the box.
        let title = cx.glyphs.adapt(&self.title);
        if title.width() > usize::from(width) {
            self.lines.extend(text::styled(&title, width, cx.theme.ink(Tone::Title)));
        }
        for part in &self.parts {
            let code = cx.theme.role(Role::Code);
            match part {
                Part::Gap => self.lines.push(Line::default()),
                Part::Head(says) => self.lines.push(Line::styled(*says, cx.theme.tone(Tone::Title))),
                Part::Mark(says, tone) => {
                    let kept = text::kept(&cx.glyphs.adapt(says), width).into_iter();
                    self.lines.extend(kept.map(|line| Line::styled(line, cx.theme.ink(*tone))));
                }
                Part::Text(says, tone) => {
                    let says = cx.glyphs.adapt(says);
                    self.lines.extend(text::sentence(&says, width, cx.theme.ink(*tone), code));
                }
                Part::Fact(word, says) => {
                    let word = meter::pad(word, WORD);
                    let says = cx.glyphs.adapt(says);
                    let room = width.saturating_sub(WORD);
                    let says = text::sentence(&says, room, cx.theme.ink(Tone::Text), code);
                    self.lines.extend(text::hanging(Span::styled(word, cx.theme.ink(Tone::Title)), says));
                }
                Part::Reason(told) => {
                    let chosen = self.spans.len() == self.at;
                    let lines = reason(told, chosen, width, cx);
                    let first = self.lines.len();
                    self.spans.push((first, first + lines.len().saturating_sub(1)));
                    self.lines.extend(lines);
                }
            }
        }
        self.outer = panel::place(area, (width, self.lines.len() as u16));
        self.scroll.fit(self.lines.len(), panel::inside(self.outer).height);
        if std::mem::take(&mut self.fresh)
            && let Some((from, to)) = self.spans.get(self.at)
        {
            self.scroll.show(*to);
            self.scroll.show(*from);
        }
    }

    /// Draws the box.
    pub fn render(&self, glyphs: Glyphs, buf: &mut Buffer, theme: &Theme) {
        let title = text::middle(&self.title, usize::from(self.outer.width.saturating_sub(6)));
        panel::draw(&glyphs.adapt(&title), self.outer, glyphs, buf, theme);
        let inside = panel::inside(self.outer);
        text::draw(&self.lines, self.scroll.top, inside, buf);
        text::more(&self.scroll, inside, glyphs, buf, theme);
    }
}

/// A reason in its lines: whether it is chosen, whether it decides, what it says, where it stands.
fn reason(told: &Told, chosen: bool, width: u16, cx: &Context) -> Vec<Line<'static>> {
    let mark = match (chosen, told.decides) {
        (true, true) => cx.glyphs.pick("▌◆ ", ">* "),
        (true, false) => cx.glyphs.pick("▌· ", ">- "),
        (false, true) => cx.glyphs.pick(" ◆ ", " * "),
        (false, false) => cx.glyphs.pick(" · ", " - "),
    };
    let (theme, room) = (&cx.theme, width.saturating_sub(3));
    let says = cx.glyphs.adapt(&told.says);
    let mut lines = text::sentence(&says, room, theme.ink(Tone::Text), theme.role(Role::Code));
    if let Some(place) = &told.place {
        let place = Span::styled(
            format!(
                "({}:{})",
                text::fit(&text::safe(&place.file), usize::from(room).saturating_sub(12)),
                place.at
            ),
            theme.ink(Tone::Dim),
        );
        match lines.last_mut() {
            Some(last) if last.width() + 1 + place.width() <= usize::from(room) => {
                last.spans.extend([Span::raw(" "), place]);
            }
            _ => lines.push(Line::from(place)),
        }
    }
    let mut lines = text::hanging(Span::styled(mark, theme.ink(Tone::Accent)), lines);
    if chosen {
        for line in &mut lines {
            line.style = theme.tone(Tone::Selected);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(says: &str, line: Option<u32>) -> Part {
        let place = line.map(|line| Place { file: "a.yaml".to_owned(), at: Position { line, column: 1 } });
        Part::Reason(Told { says: says.to_owned(), place, decides: false })
    }

    #[test]
    fn reasons_are_walked_and_those_without_a_file_passed_over() {
        let parts =
            vec![Part::Head("WHY"), told("a", Some(3)), Part::Gap, told("b", None), told("c", Some(9))];
        let mut chain = Chain::new(String::new(), parts);
        let says = |chain: &Chain| chain.chosen().map(|t| t.says.clone()).unwrap();
        assert!(chain.on_key(Key::Down) && !chain.on_key(Key::Enter));
        assert_eq!(says(&chain), "b");
        assert!(chain.next_place(true));
        assert_eq!(says(&chain), "c");
        assert!(!chain.next_place(true) && chain.next_place(false));
        assert_eq!(says(&chain), "a");
        chain.on_key(Key::Char('G'));
        assert_eq!(says(&chain), "c");
    }

    #[test]
    fn files_of_the_lab_are_called_by_what_they_are() {
        let lab = LabId::new("16-net").unwrap();
        assert_eq!(short("/x/labs/16-net/world/cluster.yaml", &lab), "world/cluster.yaml");
        assert_eq!(short("labs/16-net/starter/p.yaml", &lab), "starter/p.yaml");
        assert_eq!(short("world/mine.yaml", &lab), "world/mine.yaml");
    }
}
