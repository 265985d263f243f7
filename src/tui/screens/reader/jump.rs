//! Leaving the line that is read: to a link, to what it leads to, to a word that was searched for, and off with a
//! block of code.

use crate::ids::{HeadingId, LessonId};
use crate::session::Subject;

use super::super::super::flow::{Flow, Route};
use super::super::super::links::{self, Target};
use super::super::super::screen::Context;
use super::Reader;

impl Reader {
    pub(super) fn next_link(&mut self, forward: bool) {
        let last = (self.page.links.len() as u16).saturating_sub(1);
        let visible = self.visible();
        let shown = |link: &u16| self.page.line_of_link(*link).is_some_and(|line| visible.contains(&line));
        let seen: Vec<u16> = (0..=last).filter(shown).collect();
        // From a link in sight to the next one, else to the first that can be seen.
        let next = match self.link.filter(shown) {
            Some(link) if forward => {
                if link < last {
                    link + 1
                } else {
                    0
                }
            }
            Some(link) => link.checked_sub(1).unwrap_or(last),
            None if forward => self.links_from(self.scroll.top).next().unwrap_or(0),
            None => seen.last().copied().unwrap_or_else(|| {
                let after = self.links_from(self.scroll.top).next().unwrap_or(0);
                after.checked_sub(1).unwrap_or(last)
            }),
        };
        self.link = Some(next);
        if let Some(line) = self.page.line_of_link(next)
            && !visible.contains(&line)
        {
            self.scroll.top = line.saturating_sub(self.scroll.height() / 3);
            self.scroll.fit(self.page.lines.len(), self.parts.text.height);
        }
    }

    /// The link that Enter follows: none that cannot be seen.
    pub(super) fn link_in_sight(&self) -> Option<u16> {
        self.link.filter(|link| self.page.line_of_link(*link).is_some_and(|l| self.visible().contains(&l)))
    }

    /// The links on a line and after it.
    fn links_from(&self, line: usize) -> impl Iterator<Item = u16> {
        let after = move |link: &u16| self.page.line_of_link(*link).is_some_and(|at| at >= line);
        (0..self.page.links.len() as u16).filter(after)
    }

    pub(super) fn follow(&mut self, cx: &mut Context) -> Flow {
        let target = self.link_in_sight().and_then(|link| self.page.links.get(usize::from(link))).cloned();
        let Some(target) = target else { return Flow::Stay };
        let here = match &self.opened.subject {
            Subject::Lesson(id) => Some(id),
            Subject::Brief(_) => None,
        };
        match Target::of(&target, here) {
            Target::Lesson(id, heading) => self.jump(&Subject::Lesson(id), heading, cx),
            Target::Lab(lab) => Flow::Open(Route::Lab(lab)),
            target => links::open(&target, cx),
        }
    }

    /// Goes to a lesson's beginning; Backspace returns.
    pub(super) fn go_on(&mut self, id: &LessonId, cx: &mut Context) -> Flow {
        self.jump(&Subject::Lesson(id.clone()), None, cx)
    }

    fn jump(&mut self, subject: &Subject, heading: Option<HeadingId>, cx: &mut Context) -> Flow {
        self.history.push((self.opened.subject.clone(), self.heading()));
        match self.go(subject, heading, cx) {
            Ok(()) => Flow::Stay,
            Err(trouble) => {
                self.history.pop();
                trouble.flow()
            }
        }
    }

    /// The glossary, with the terms of this page first; at the term whose link is marked.
    pub(super) fn glossary(&self) -> Flow {
        let term = |link: &String| link.strip_prefix("term:").and_then(HeadingId::new);
        let mut here: Vec<HeadingId> = Vec::new();
        for term in self.page.links.iter().filter_map(term) {
            if !here.contains(&term) {
                here.push(term);
            }
        }
        let marked = self.link_in_sight().and_then(|link| self.page.links.get(usize::from(link)));
        Flow::Open(Route::Glossary { at: marked.and_then(term), here })
    }

    pub(super) fn hit(&mut self, forward: bool, cx: &mut Context) {
        match self.find.next(&self.page, forward) {
            Some(line) => {
                if !self.visible().contains(&line) {
                    self.scroll.top = line.saturating_sub(self.scroll.height() / 3);
                    self.scroll.fit(self.page.lines.len(), self.parts.text.height);
                }
                cx.say(format!("{}; n next, N previous", self.find.says()));
            }
            None => cx.say(format!("“{}” is not on this page", self.find.wanted())),
        }
    }

    pub(super) fn copy(&mut self, cx: &mut Context) -> Flow {
        let codes = self.codes();
        if let [code] = codes[..] {
            return self.copy_block(code, cx);
        }
        self.picking = codes.into_iter().take(9).collect();
        cx.say(format!("which one? press 1 to {}", self.picking.len()));
        Flow::Stay
    }

    pub(super) fn copy_block(&mut self, code: u16, cx: &mut Context) -> Flow {
        let Some(block) = self.page.codes.get(usize::from(code)) else { return Flow::Stay };
        let lines = block.text.lines().count();
        let lines = if lines == 1 { "1 line".to_owned() } else { format!("{lines} lines") };
        cx.say(format!("copied {lines}, where the terminal allows it (OSC 52)"));
        Flow::Copy(block.text.clone())
    }
}
