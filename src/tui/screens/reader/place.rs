//! Where in the course the learner reads: going there, knowing it, keeping it. By heading, never by line.

use crate::ids::HeadingId;
use crate::render::Line;
use crate::session::{Place, Subject};

use super::super::super::key::Move;
use super::super::super::screen::Context;
use super::super::super::trouble::Trouble;
use super::super::super::widgets::list::Scroll;
use super::Reader;
use super::find::Find;
use super::opened;
use super::outline::Outline;

impl Reader {
    /// Goes to another text, or within this one.
    pub(super) fn go(
        &mut self,
        subject: &Subject,
        heading: Option<HeadingId>,
        cx: &mut Context,
    ) -> Result<(), Trouble> {
        if *subject != self.opened.subject {
            self.opened = opened::load(subject, cx)?;
            self.outline = Outline::new(&self.opened.text);
            (self.layout, self.read, self.find) = (None, false, Find::default());
            self.scroll = Scroll::default();
        }
        (self.link, self.sideways) = (None, 0);
        if let (Some(id), Some(_)) = (&heading, self.layout) {
            self.scroll_to(&id.clone());
        }
        self.goal.clone_from(&heading);
        self.save(heading, cx);
        Ok(())
    }

    pub(super) fn scroll_to(&mut self, heading: &HeadingId) {
        if let Some(line) = self.page.line_of(heading) {
            self.scroll.go(Move::Top);
            self.scroll.top = line;
            self.scroll.fit(self.page.lines.len(), self.parts.text.height);
        }
    }

    /// Goes to the next heading or the one before; without any to the end of the page.
    pub(super) fn next_heading(&mut self, forward: bool, cx: &mut Context) {
        // At the end of a page headings cannot come to the top: the one gone to last counts.
        let last = self.saved.as_ref().and_then(|heading| self.page.line_of(heading));
        let from = last.filter(|line| self.visible().contains(line)).unwrap_or(self.scroll.top);
        if let Some(heading) = self.outline.neighbour(&self.page, from, forward) {
            return self.show_heading(heading, cx);
        }
        self.scroll.go(if forward { Move::Bottom } else { Move::Top });
        self.moved(cx);
    }

    /// Goes to a heading of this page, which is the place from then on.
    pub(super) fn show_heading(&mut self, heading: HeadingId, cx: &mut Context) {
        self.scroll_to(&heading);
        self.save(Some(heading), cx);
        self.seen(cx);
    }

    /// Saves the place in a lesson; a failure is said once, in the footer. A brief leaves it where it was.
    pub(super) fn save(&mut self, heading: Option<HeadingId>, cx: &mut Context) {
        if let Subject::Lesson(lesson) = &self.opened.subject {
            let place = Place { lesson: lesson.clone(), heading: heading.clone() };
            if let Err(error) = cx.session.set_place(&place) {
                cx.say(format!("the place was not saved: {error}"));
            }
        }
        self.saved = heading;
        self.unsaved = false;
    }

    /// After the text moved: the place, and whether the end was reached.
    pub(super) fn moved(&mut self, cx: &mut Context) {
        let heading = self.heading();
        if heading != self.saved {
            self.save(heading, cx);
        }
        self.seen(cx);
    }

    /// Notes that the end was reached.
    pub(super) fn seen(&mut self, cx: &mut Context) {
        if !self.read && self.scroll.at_end() && self.layout.is_some() {
            let saved = match &self.opened.subject {
                Subject::Lesson(lesson) => cx.session.mark_read(lesson),
                Subject::Brief(_) => Ok(()),
            };
            // What was not saved is tried again with the next key.
            self.read = saved.is_ok();
            if let Err(error) = saved {
                cx.say(format!("“read” was not saved: {error}"));
            }
        }
    }

    pub(super) fn heading(&self) -> Option<HeadingId> {
        // A heading counts from when it stands in the upper third.
        let third = self.scroll.top + self.scroll.height() / 3;
        let lines =
            self.page.lines.get(self.scroll.top..=third.min(self.page.lines.len().saturating_sub(1)))?;
        lines.last()?.heading.clone()
    }

    pub(super) fn visible(&self) -> std::ops::Range<usize> {
        let end = (self.scroll.top + self.scroll.height()).min(self.page.lines.len());
        self.scroll.top.min(end)..end
    }

    pub(super) fn lines_in_sight(&self) -> &[Line] {
        self.page.lines.get(self.visible()).unwrap_or_default()
    }

    /// How many columns of the widest line in sight are beyond the right edge.
    pub(super) fn hidden(&self) -> u16 {
        let widest = self.lines_in_sight().iter().map(Line::width).max().unwrap_or(0);
        (widest as u16).saturating_sub(self.parts.text.width)
    }
}
