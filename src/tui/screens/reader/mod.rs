//! A lesson or a brief being read: text, outline, links, search, code to copy. The place in a lesson is kept by
//! heading, not by line.

mod find;
mod jump;
mod keys;
mod opened;
mod outline;
mod picture;
mod place;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::ids::{BriefId, HeadingId, LessonId};
use crate::render::{Glyphs, Layout, Page};
use crate::session::Subject;

use super::super::flow::{Flow, Reply, Route};
use super::super::key::{Hint, Key, LETTERS, hints, lookup, movement};
use super::super::screen::{Context, Screen};
use super::super::theme::Theme;
use super::super::trouble::Trouble;
use super::super::widgets::list::Scroll;
use find::Find;
use keys::{FOUND, KEYS, Msg};
use opened::Opened;
use outline::Outline;
use picture::Parts;

/// The reader.
pub struct Reader {
    opened: Opened,
    page: Page,
    layout: Option<Layout>,
    parts: Parts,
    scroll: Scroll,
    sideways: u16,
    wrap: bool,
    link: Option<u16>,
    find: Find,
    outline: Outline,
    /// Texts and headings to which Backspace returns.
    history: Vec<(Subject, Option<HeadingId>)>,
    /// Where to scroll once the page is laid out anew.
    goal: Option<HeadingId>,
    /// The heading that was last saved as the place.
    saved: Option<HeadingId>,
    /// Whether that has yet to be done: a lesson is shown first, then its place is saved.
    unsaved: bool,
    read: bool,
    /// Blocks of code among which to choose what to copy.
    picking: Vec<u16>,
    /// Whether code was painted since the page was laid out.
    stale: bool,
    glyphs: Glyphs,
}

impl Reader {
    /// A lesson at a heading, or where it was left.
    pub fn new(id: &LessonId, heading: Option<HeadingId>, cx: &mut Context) -> Result<Self, Trouble> {
        let left = cx.session.place().filter(|p| p.lesson == *id).and_then(|p| p.heading);
        Self::open(&Subject::Lesson(id.clone()), heading.or(left), cx)
    }

    /// A brief, at a heading where one is given.
    pub fn brief(id: &BriefId, heading: Option<HeadingId>, cx: &mut Context) -> Result<Self, Trouble> {
        Self::open(&Subject::Brief(id.clone()), heading, cx)
    }

    fn open(subject: &Subject, goal: Option<HeadingId>, cx: &mut Context) -> Result<Self, Trouble> {
        let opened = opened::load(subject, cx)?;
        Ok(Self {
            outline: Outline::new(&opened.text),
            opened,
            page: Page::default(),
            layout: None,
            parts: Parts::default(),
            scroll: Scroll::default(),
            sideways: 0,
            wrap: false,
            link: None,
            find: Find::default(),
            history: Vec::new(),
            goal: goal.clone(),
            saved: goal,
            unsaved: true,
            read: false,
            picking: Vec::new(),
            stale: false,
            glyphs: cx.glyphs,
        })
    }

    /// The blocks of code that can be seen.
    fn codes(&self) -> Vec<u16> {
        let mut codes: Vec<u16> = self.lines_in_sight().iter().filter_map(|l| l.code).collect();
        codes.dedup();
        codes
    }

    fn works(&self, msg: Msg) -> bool {
        match msg {
            Msg::Quiz | Msg::NextHeading | Msg::PreviousHeading | Msg::Find | Msg::Wrap | Msg::Glossary => {
                true
            }
            Msg::Outline => !self.outline.is_empty(),
            Msg::Lab => self.opened.lab.is_some(),
            Msg::NextLesson => self.opened.next.is_some(),
            Msg::NextLink | Msg::PreviousLink => !self.page.links.is_empty(),
            Msg::Follow => self.link_in_sight().is_some(),
            Msg::Return => !self.history.is_empty(),
            Msg::NextHit | Msg::PreviousHit => self.find.is_active(),
            Msg::Copy => !self.codes().is_empty(),
            Msg::Left => self.sideways > 0,
            Msg::Right => !self.wrap,
        }
    }

    fn update(&mut self, msg: Msg, cx: &mut Context) -> Flow {
        match msg {
            Msg::Quiz => {
                return Flow::Open(match &self.opened.subject {
                    Subject::Lesson(id) => Route::Quiz(id.clone()),
                    Subject::Brief(id) => Route::BriefQuiz(id.clone()),
                });
            }
            Msg::Glossary => return self.glossary(),
            Msg::Lab => return self.opened.lab.clone().map_or(Flow::Stay, |lab| Flow::Open(Route::Lab(lab))),
            Msg::NextLesson => {
                if let Some(id) = self.opened.next.clone() {
                    return self.go_on(&id, cx);
                }
            }
            Msg::NextHeading | Msg::PreviousHeading => {
                self.next_heading(msg == Msg::NextHeading, cx);
                return Flow::Stay;
            }
            Msg::NextLink | Msg::PreviousLink => self.next_link(msg == Msg::NextLink),
            Msg::Follow => return self.follow(cx),
            Msg::Return => {
                if let Some((subject, heading)) = self.history.pop()
                    && let Err(trouble) = self.go(&subject, heading, cx)
                {
                    return trouble.flow();
                }
            }
            Msg::Outline => self.outline.open(self.heading().as_ref()),
            Msg::Find => self.find.begin(),
            Msg::NextHit | Msg::PreviousHit => self.hit(msg == Msg::NextHit, cx),
            Msg::Copy => return self.copy(cx),
            Msg::Wrap => {
                self.wrap = !self.wrap;
                self.sideways = 0;
                cx.say(if self.wrap {
                    "long lines of code are wrapped"
                } else {
                    "long lines of code are whole"
                });
            }
            Msg::Left => self.sideways = self.sideways.saturating_sub(8),
            Msg::Right => self.sideways = (self.sideways + 8).min(self.hidden()),
        }
        self.moved(cx);
        Flow::Stay
    }

    fn minutes_left(&self) -> u32 {
        let all = self.page.lines.len().max(1);
        let left = all - self.visible().end.min(all);
        (self.opened.text.minutes() as usize * left).div_ceil(all) as u32
    }
}

impl Screen for Reader {
    fn name(&self) -> &'static str {
        "reader"
    }

    fn place(&self) -> String {
        self.opened.place.clone()
    }

    fn aside(&self) -> Option<String> {
        match self.minutes_left() {
            0 => Some("end".to_owned()),
            minutes => Some(format!("{minutes} min left")),
        }
    }

    fn hints(&self) -> Vec<Hint> {
        if self.find.is_typing() {
            let go = Hint { keys: &[Key::Enter], says: "find", foot: true };
            return vec![go, Hint { keys: &[Key::Esc], says: "leave off", foot: true }];
        }
        if self.outline.is_open() {
            return outline::hints();
        }
        let mut all = Vec::new();
        if self.find.is_active() {
            all.extend(FOUND);
        }
        let end = self.scroll.at_end();
        if !end {
            all.push(Hint { keys: &[Key::Char(' ')], says: "page", foot: true });
        }
        let mut table = hints(KEYS, |msg| self.works(msg));
        for hint in &mut table {
            // What is of use now is named: the way on at the end, the way to see code that is cut.
            hint.foot |=
                end && hint.keys == [Key::Char('>')] || self.hidden() > 0 && hint.keys == [Key::Char('w')];
        }
        all.extend(table);
        all.extend(hints(LETTERS, |_| true));
        all
    }

    fn typing(&self) -> bool {
        self.find.is_typing()
    }

    fn layout(&mut self, area: Rect, cx: &mut Context) {
        self.glyphs = cx.glyphs;
        self.parts = Parts::fit(area, self.find.is_typing());
        self.outline.layout(self.parts.side.unwrap_or(area));
        let layout = Layout { wrap_code: self.wrap, ..Layout::new(self.parts.text.width, self.glyphs) };
        if self.layout != Some(layout) || self.stale {
            // The place is where the learner went, not where a window of another size begins.
            let other = self.layout.is_some_and(|before| before != layout);
            let goal = self.goal.take().or_else(|| self.saved.clone().filter(|_| other));
            self.page = layout.page(self.opened.text.body(), cx.highlighter);
            let above = self.above(layout);
            self.page.lines.splice(0..0, above);
            self.layout = Some(layout);
            self.stale = false;
            self.scroll.fit(self.page.lines.len(), self.parts.text.height);
            if let Some(goal) = goal {
                self.scroll_to(&goal);
            }
        }
        self.scroll.fit(self.page.lines.len(), self.parts.text.height);
        if self.scroll.all_seen() {
            self.seen(cx);
        }
    }

    fn on_key(&mut self, key: Key, cx: &mut Context) -> Flow {
        if self.find.is_typing() {
            if self.find.typed(key) {
                if !self.find.is_typing() && self.find.is_active() {
                    self.find.from(self.scroll.top);
                    self.hit(true, cx);
                    self.moved(cx);
                }
                return Flow::Stay;
            }
            return Flow::Ignored;
        }
        if self.outline.is_open() {
            if let Some(heading) = self.outline.on_key(key) {
                self.show_heading(heading, cx);
            }
            return Flow::Stay;
        }
        if !self.picking.is_empty() {
            let picked = std::mem::take(&mut self.picking);
            if let Key::Char(digit @ '1'..='9') = key {
                let at = digit as usize - '1' as usize;
                return picked.get(at).map_or(Flow::Stay, |code| self.copy_block(*code, cx));
            }
            return Flow::Stay;
        }
        if let Some(msg) = lookup(KEYS, key, |msg| self.works(msg)) {
            return self.update(msg, cx);
        }
        if let Some(by) = movement(LETTERS, key) {
            self.scroll.go(by);
            self.moved(cx);
            return Flow::Stay;
        }
        if key == Key::Char('e') && matches!(self.opened.subject, Subject::Lesson(_)) {
            cx.say("this lesson has no lab yet");
            return Flow::Stay;
        }
        // The first Escape puts away what was marked, the second goes back.
        if key == Key::Esc && (self.link_in_sight().is_some() || self.find.is_active()) {
            self.link = None;
            self.find = Find::default();
            return Flow::Stay;
        }
        Flow::Ignored
    }

    fn on_paste(&mut self, text: &str, _: &mut Context) -> Flow {
        self.find.paste(text);
        Flow::Stay
    }

    fn on_reply(&mut self, reply: Reply, cx: &mut Context) -> Flow {
        match reply {
            Reply::Lesson(id) => self.go_on(&id, cx),
            Reply::Yes | Reply::No => Flow::Stay,
        }
    }

    fn on_idle(&mut self, cx: &mut Context) {
        if self.unsaved {
            let heading = self.saved.clone();
            self.save(heading, cx);
        }
    }

    fn on_resume(&mut self, cx: &mut Context) -> Flow {
        // Another lesson may have been read meanwhile: this is the place again.
        let heading = self.saved.clone();
        self.save(heading, cx);
        Flow::Stay
    }

    fn on_painted(&mut self) {
        self.stale = true;
    }

    fn render(&self, _: Rect, buf: &mut Buffer, theme: &Theme) {
        self.draw(buf, theme);
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::press;
    use super::*;

    fn reader(keys: &str) -> (Flow, Reader) {
        let id = LessonId::new("01-root").unwrap();
        press(|cx| Reader::new(&id, None, cx).unwrap(), keys)
    }

    #[test]
    fn quiz_and_lab_are_routes() {
        assert_eq!(reader("t").0, Flow::Open(Route::Quiz(LessonId::new("01-root").unwrap())));
        assert_eq!(reader("e").0, Flow::Stay, "this lesson has no lab, and that is said");
    }

    #[test]
    fn the_next_lesson_is_one_key_away() {
        let (_, next) = reader("G>");
        assert_eq!(next.opened.subject.name(), "02-tokens");
        assert_eq!(next.history.len(), 1, "Backspace returns");
        let named = |reader: &Reader| reader.hints().iter().any(|h| h.foot && h.says == "next lesson");
        assert!(named(&reader("G").1) && !named(&reader("g").1), "named at the end alone");
        assert_eq!(reader("G>>").0, Flow::Ignored, "there is none after the last");
    }

    #[test]
    fn the_outline_goes_where_it_says() {
        let (_, reader) = reader("oG<enter>");
        assert_eq!(reader.saved, HeadingId::new("run-as"));
        assert!(!reader.outline.is_open());
    }

    #[test]
    fn a_finding_is_explained_and_a_lesson_is_remembered() {
        let (flow, _) = reader("<tab><tab><enter>");
        let Flow::Open(Route::Text { markdown, .. }) = flow else { panic!("{flow:?}") };
        assert!(markdown.contains("## Why it matters"), "{markdown}");
        let (_, reader) = reader("<tab><tab><tab><enter>");
        assert_eq!(reader.opened.subject.name(), "02-tokens");
        assert_eq!(reader.history.len(), 1);
    }
}
