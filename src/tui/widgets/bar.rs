//! Header and footer: where this is, how far the course is, which keys work now.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::render::Glyphs;
use crate::session::Session;

use super::super::key::{Hint, Key};
use super::super::theme::{Theme, Tone};
use super::text;

/// The numbers of the header.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// Lessons read.
    pub read: u32,
    /// Lessons of the course, planned ones included.
    pub lessons: u32,
    /// Cards due.
    pub due: u32,
    /// The course's title, where it is not the built-in one.
    pub pack: Option<String>,
}

impl Status {
    /// The numbers of a session; zeros where they cannot be read, as the screens say why.
    pub fn of(session: &Session) -> Self {
        let course = session.course();
        let pack = (!course.is_embedded()).then(|| text::safe(&course.manifest().title));
        let Ok(overview) = session.overview() else { return Self { pack, ..Self::default() } };
        Self { read: overview.lessons.read, lessons: overview.lessons.total, due: overview.due, pack }
    }

    /// What to say at the right, from the longest to the shortest.
    fn words(&self, aside: Option<&str>) -> [String; 5] {
        let aside = aside.map_or_else(String::new, |aside| format!("{aside}   "));
        let read = format!("{}/{} read", self.read, self.lessons);
        let due = if self.due > 0 { format!("   {} due", self.due) } else { String::new() };
        let pack = |width: usize| {
            self.pack.as_ref().map_or_else(String::new, |pack| format!("{}   ", text::fit(pack, width)))
        };
        [
            format!("{aside}{}{read}{due} ", pack(40)),
            format!("{aside}{}{read}{due} ", pack(24)),
            format!("{aside}{read}{due} "),
            format!("{aside}{}/{} ", self.read, self.lessons),
            format!("{} ", aside.trim_end()),
        ]
    }
}

/// Draws the header.
pub fn header(
    place: &str,
    aside: Option<&str>,
    status: Option<&Status>,
    glyphs: Glyphs,
    area: Rect,
    buf: &mut Buffer,
    theme: &Theme,
) {
    buf.set_style(area, theme.tone(Tone::Bar));
    let name = " sealegs ";
    text::put(name, theme.tone(Tone::BarKey), area, buf);
    let arrow = glyphs.pick(" › ", " > ");
    let place = glyphs.adapt(&place.replace(" › ", arrow));
    let room = |right: &str| usize::from(area.width).saturating_sub(name.width() + 2 + right.width() + 3);
    // The place is not cut before everything that can be said shorter is.
    let words = match status {
        Some(status) => status.words(aside).to_vec(),
        None => vec![aside.map_or_else(String::new, |aside| format!("{aside} "))],
    };
    let right = words.iter().find(|w| place.width() <= room(w)).or(words.last()).cloned().unwrap_or_default();
    let start = Rect { x: area.x + name.width() as u16 + 1, ..area };
    text::put(&glyphs.adapt(&text::fit(&place, room(&right))), theme.tone(Tone::BarStrong), start, buf);
    let x = area.right().saturating_sub(right.width() as u16);
    text::put(&glyphs.adapt(&right), theme.tone(Tone::Bar), Rect { x, width: area.right() - x, ..area }, buf);
}

/// The columns between two keys of the footer.
const GAP: usize = 3;

/// Draws the footer: a notice, or the keys that work now; cut from the right, but never `?` and `q`.
pub fn footer(
    hints: &[Hint],
    notice: Option<&str>,
    (typing, last): (bool, &str),
    glyphs: Glyphs,
    area: Rect,
    buf: &mut Buffer,
    theme: &Theme,
) {
    buf.set_style(area, theme.tone(Tone::Bar));
    let notice = notice.map(|notice| glyphs.adapt(notice));
    // A long sentence may take the whole line: it is gone with the next key.
    let whole = notice.as_ref().is_some_and(|n| n.width() + 25 > usize::from(area.width));
    let tail: Vec<(String, &str)> = if typing || whole {
        vec![]
    } else {
        let keys = |key: char| hints.iter().any(|h| h.foot && h.keys.contains(&Key::Char(key)));
        let fixed = [('?', "keys"), ('q', last)];
        fixed.into_iter().filter(|(key, _)| !keys(*key)).map(|(key, says)| (key.to_string(), says)).collect()
    };
    let width_of = |(key, says): &(String, &str)| key.width() + 1 + says.width() + GAP;
    let reserved: usize = tail.iter().map(width_of).sum();
    // The first column is empty, and behind the last key nothing follows: no gap is needed there.
    let mut left = (usize::from(area.width) + GAP).saturating_sub(reserved + 1);
    let item = |key: String, says: &str| {
        let says = Span::styled(format!(" {says}   "), theme.tone(Tone::Bar));
        [Span::styled(key, theme.tone(Tone::BarKey)), says]
    };
    let mut spans = vec![Span::raw(" ")];
    if let Some(notice) = notice {
        spans.push(Span::styled(
            text::fit(&notice, left.saturating_sub(if tail.is_empty() { GAP + 1 } else { GAP })),
            theme.tone(Tone::BarStrong),
        ));
        spans.push(Span::raw("   "));
    } else {
        for hint in hints.iter().filter(|h| h.foot) {
            let words = (label(hint, glyphs), hint.says);
            let Some(rest) = left.checked_sub(width_of(&words)) else { break };
            left = rest;
            spans.extend(item(words.0, words.1));
        }
    }
    spans.extend(tail.into_iter().flat_map(|(key, says)| item(key, says)));
    buf.set_line(area.x, area.y, &Line::from(spans), area.width);
}

/// The keys of a hint as the footer writes them: the first one; both of a pair of arrows.
fn label(hint: &Hint, glyphs: Glyphs) -> String {
    match hint.keys {
        [Key::Up, Key::Down, ..] => glyphs.pick("↑ ↓", "Up/Down").to_owned(),
        [first, ..] => first.name(glyphs).into_owned(),
        [] => String::new(),
    }
}
