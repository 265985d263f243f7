//! A file of the learner's own: its findings in the gutter, and beside it what the chosen one means.

mod explained;
mod gutter;
mod listing;

use std::path::{Path, PathBuf};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::render::{Glyphs, Layout, Page};
use crate::session::{Applied, Inspected};
use crate::text::{Finding, Safety, Severity};

use super::super::flow::{Flow, Reply, Route};
use super::super::key::{Bind, Hint, Key, LETTERS, Move, foot, hints, lookup, movement, quiet};
use super::super::links::{self, Target};
use super::super::screen::{Context, Screen};
use super::super::theme::{Theme, Tone};
use super::super::trouble::Trouble;
use super::super::widgets::list::{self, Scroll};
use super::super::widgets::{panel, prose, text};
use gutter::Gutter;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Msg {
    Lesson,
    Fix,
    Undo,
    Edit,
    Pane,
    ReadOn,
    ReadBack,
}

const KEYS: &[Bind<Msg>] = &[
    foot(&[Key::Char('f')], "fix", Msg::Fix),
    foot(&[Key::Right, Key::Char('l')], "read on", Msg::ReadOn),
    quiet(&[Key::Left, Key::Char('h')], "read back", Msg::ReadBack),
    foot(&[Key::Char('e')], "edit", Msg::Edit),
    foot(&[Key::Char('u')], "take the fix back", Msg::Undo),
    foot(&[Key::Enter], "lesson", Msg::Lesson),
    foot(&[Key::Tab, Key::BackTab], "file or findings", Msg::Pane),
];

/// From this width on the explanation stands beside the file.
const WIDE: u16 = 100;
/// The widest explanation.
const COLUMN: u16 = 72;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pane {
    Findings,
    File,
}

#[derive(Clone, Copy, Debug, Default)]
struct Parts {
    head: Rect,
    file: Rect,
    /// All findings in a line each, where the file leaves room for them.
    list: Rect,
    text: Rect,
    wide: bool,
}

/// The screen of a file.
pub struct CheckScreen {
    file: Inspected,
    at: usize,
    pane: Pane,
    gutter: Gutter,
    page: Page,
    /// The finding that is laid out, and for which width.
    shown: Option<(usize, u16)>,
    scroll: Scroll,
    /// What a fix was written over, and what it wrote.
    before: Option<(String, String)>,
    parts: Parts,
    glyphs: Glyphs,
}

impl CheckScreen {
    /// A file, checked.
    pub fn new(path: &Path, cx: &mut Context) -> Result<Self, Trouble> {
        let mut screen = Self {
            file: inspect(path, cx)?,
            at: 0,
            pane: Pane::Findings,
            gutter: Gutter::default(),
            page: Page::default(),
            shown: None,
            scroll: Scroll::default(),
            before: None,
            parts: Parts::default(),
            glyphs: cx.glyphs,
        };
        screen.settle();
        Ok(screen)
    }

    /// Checks the file anew; the cursor stays near where it was.
    fn again(&mut self, cx: &mut Context) -> Result<(), Trouble> {
        let code = self.finding().map(|finding| finding.code.clone());
        self.file = inspect(&self.file.path, cx)?;
        // The same finding where it is still there, else the next.
        let same = |finding: &Finding| Some(&finding.code) == code.as_ref();
        if !self.finding().is_some_and(same) {
            self.at = self.file.findings.iter().position(same).unwrap_or(self.at);
        }
        self.settle();
        Ok(())
    }

    fn settle(&mut self) {
        self.at = self.at.min(self.file.findings.len().saturating_sub(1));
        self.shown = None;
        if self.file.findings.is_empty() {
            self.pane = Pane::File;
        }
    }

    fn finding(&self) -> Option<&Finding> {
        self.file.findings.get(self.at)
    }

    fn lesson<'s>(&self, cx: &'s Context) -> Option<&'s crate::course::LessonEntry> {
        let code = &self.finding()?.code;
        let check = crate::checks::all().iter().find(|check| *code == check.id)?;
        explained::lesson(check, cx.session)
    }

    fn works(&self, msg: Msg) -> bool {
        match msg {
            Msg::Lesson => self.page.links.iter().any(|link| link.starts_with("lesson:")),
            Msg::Fix => {
                let fix = self.finding().and_then(|f| f.fix.as_ref());
                fix.is_some_and(|fix| fix.safety == Safety::Safe)
            }
            Msg::Undo => self.before.is_some(),
            Msg::Pane => !self.file.findings.is_empty(),
            Msg::ReadOn | Msg::ReadBack => !self.scroll.all_seen(),
            Msg::Edit => true,
        }
    }

    fn update(&mut self, msg: Msg, cx: &mut Context) -> Result<Flow, Trouble> {
        match msg {
            Msg::ReadOn => self.scroll.go(Move::Down),
            Msg::ReadBack => self.scroll.go(Move::Up),
            Msg::Pane => {
                self.pane = if self.pane == Pane::File { Pane::Findings } else { Pane::File };
            }
            Msg::Edit => return Ok(Flow::Edit(self.file.path.clone(), self.line())),
            Msg::Lesson => {
                let id = self.lesson(cx).map(|entry| entry.id.clone());
                return Ok(id.map_or(Flow::Stay, |id| links::open(&Target::Lesson(id, None), cx)));
            }
            Msg::Fix => {
                let title = "Write this fix into the file?".to_owned();
                return Ok(Flow::Open(Route::Confirm { title, text: self.change() }));
            }
            Msg::Undo => {
                if let Some((before, after)) = self.before.take() {
                    self.write(&after, &before, cx)?;
                    cx.say("the fix is taken back");
                }
            }
        }
        Ok(Flow::Stay)
    }

    /// The lines of the chosen finding's fix, with their signs.
    fn change(&self) -> String {
        let fix = self.finding().and_then(|f| f.fix.as_ref());
        let lines = fix.map(|fix| fix.lines(&self.file.source)).unwrap_or_default();
        let sign = |new| if new { '+' } else { '-' };
        let lines: Vec<String> =
            lines.iter().map(|c| format!("{} {}", sign(c.new), text::safe(c.text.trim_start()))).collect();
        lines.join("\n")
    }

    fn write(&mut self, seen: &str, text: &str, cx: &mut Context) -> Result<(), Trouble> {
        let sources = cx.session.course().sources().clone();
        let written = cx.session.rewrite(&self.file.path, seen, text);
        written.map_err(|error| Trouble::session(&error, &sources))?;
        self.again(cx)
    }

    fn fix(&mut self, cx: &mut Context) -> Result<(), Trouble> {
        let seen = self.file.source.text().to_owned();
        let Some(text) = self.finding().and_then(|f| self.file.mended(f)) else { return Ok(()) };
        self.write(&seen, &text, cx)?;
        self.before = Some((seen, text));
        cx.say("written; u takes it back");
        Ok(())
    }

    /// The line at which an editor should open.
    fn line(&self) -> u32 {
        match (self.pane, self.finding()) {
            (Pane::Findings, Some(finding)) => self.file.source.position(finding.primary.span.start).line,
            _ => self.gutter.top_line(),
        }
    }

    fn go(&mut self, by: Move) {
        match by {
            Move::PageUp | Move::PageDown if self.pane == Pane::Findings => return self.scroll.go(by),
            _ if self.pane == Pane::File => return self.gutter.go(by),
            Move::Up => self.at = self.at.saturating_sub(1),
            Move::Top => self.at = 0,
            Move::Bottom => self.at = usize::MAX,
            _ => self.at += 1,
        }
        self.at = self.at.min(self.file.findings.len().saturating_sub(1));
    }

    fn fit(&self, area: Rect) -> Parts {
        let wide = area.width >= WIDE;
        let head = if self.file.configuration.is_some() { 3 } else { 2 };
        let (head, rest) = text::rows(text::inset(area), head);
        if wide {
            let (left, text) =
                text::split(rest, rest.width.saturating_sub(COLUMN + 3).max(rest.width / 2), 3);
            // What the file leaves is the list's; a long file leaves a third where there are findings to choose from.
            let lines = self.file.source.text().lines().count() as u16;
            let rows = self.file.findings.len() as u16;
            let wanted = if rows > 1 { rows + 2 } else { 0 };
            let list = wanted.min(left.height.saturating_sub(lines).max(left.height / 3));
            let (file, below) = text::rows(left, (left.height - list).min(lines.max(1)));
            let (_, below) = text::rows(below, 1);
            let list = Rect { height: below.height.min(list.saturating_sub(1)), ..below };
            return Parts { head, file, list, text, wide };
        }
        let (file, text) = text::rows(rest, rest.height / 3);
        let text = Rect { y: text.y + 1, height: text.height.saturating_sub(1), ..text };
        Parts { head, file, list: Rect::default(), text, wide }
    }

    /// The rows of a finding's name: with air below where there is room for it.
    fn title_rows(&self) -> u16 {
        1 + u16::from(self.parts.text.height >= 16)
    }

    fn summary(&self, theme: &Theme) -> Line<'static> {
        let mut spans = Vec::new();
        let count = |severity| self.file.findings.iter().filter(|f| f.severity == severity).count();
        let counts = Severity::ALL.map(|severity| (severity, count(severity)));
        let found = || counts.into_iter().filter(|(_, count)| *count > 0);
        // Close together where they are many, and in signs alone where they are more.
        let written = |gap: &str, words: bool| -> Vec<Span<'static>> {
            let one = |(severity, count): (Severity, usize)| {
                let word = if words { format!(" {}", severity.word()) } else { String::new() };
                let says = format!("{} {count}{word}{gap}", gutter::sign(severity, self.glyphs));
                Span::styled(says, theme.ink(gutter::tone(severity)))
            };
            found().map(one).collect()
        };
        let fits = |spans: &Vec<Span>| {
            spans.iter().map(Span::width).sum::<usize>() <= usize::from(self.parts.head.width)
        };
        let ways = [("   ", true), ("  ", true), (" ", true)].map(|(gap, words)| written(gap, words));
        spans.extend(ways.into_iter().find(fits).unwrap_or_else(|| written("   ", false)));
        if spans.is_empty() {
            spans.push(Span::styled("no findings   ", theme.ink(Tone::Pass)));
        }
        if self.file.accepted > 0 {
            spans.push(Span::styled(format!("{} accepted   ", self.file.accepted), theme.ink(Tone::Dim)));
        }
        let read = &self.file.read;
        let objects = read.objects + read.others;
        let count = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
        let says = format!("read: {}, {}", count(objects, "object"), count(read.containers, "container"));
        // What was read matters less than what was found, and half of it nothing.
        let used: usize = spans.iter().map(Span::width).sum();
        if used + says.len() <= usize::from(self.parts.head.width) {
            spans.push(Span::styled(says, theme.ink(Tone::Dim)));
        }
        Line::from(spans)
    }
}

/// Which configuration counts, and what of it a reader should know.
fn configuration(applied: &Applied) -> String {
    let level = applied.level.as_ref().map_or_else(String::new, |level| format!(", {level} alone"));
    let over = match applied.over {
        0 => String::new(),
        1 => ", of which 1 entry has run out".to_owned(),
        n => format!(", of which {n} entries have run out"),
    };
    format!("configuration: {}{level}{over}", text::safe(&applied.name))
}

fn inspect(path: &Path, cx: &Context) -> Result<Inspected, Trouble> {
    let sources = cx.session.course().sources();
    cx.session.inspect(path).map_err(|error| Trouble::session(&error, sources))
}

impl Screen for CheckScreen {
    fn name(&self) -> &'static str {
        "check a file"
    }

    fn place(&self) -> String {
        let name = self.file.path.file_name().unwrap_or_default().to_string_lossy();
        format!("Check › {}", text::safe(&name))
    }

    fn aside(&self) -> Option<String> {
        let faults = self.file.faults();
        Some(if faults == 1 { "1 finding".to_owned() } else { format!("{faults} findings") })
    }

    fn hints(&self) -> Vec<Hint> {
        let says = match self.pane {
            Pane::Findings if self.file.findings.len() > 1 => Some("finding"),
            Pane::File if !self.gutter.all_seen() => Some("scroll"),
            _ => None,
        };
        let walk = says.map(|says| Hint { keys: &[Key::Up, Key::Down], says, foot: true });
        let mut all: Vec<Hint> = walk.into_iter().collect();
        all.extend(hints(KEYS, |msg| self.works(msg)));
        all.extend(hints(LETTERS, |_| true));
        all
    }

    fn layout(&mut self, area: Rect, cx: &mut Context) {
        self.glyphs = cx.glyphs;
        self.parts = self.fit(area);
        let width = self.parts.text.width.clamp(1, COLUMN);
        if self.shown != Some((self.at, width)) {
            self.shown = Some((self.at, width));
            self.scroll = Scroll::default();
            let layout = Layout { wrap_code: true, ..Layout::new(width, cx.glyphs) };
            let document = match self.finding() {
                Some(finding) => explained::page(finding, &self.file.source, cx.session),
                None => explained::clean(&self.file),
            };
            self.page = layout.page(&document, cx.highlighter);
            self.gutter.show(self.file.findings.get(self.at), &self.file.source);
        }
        self.gutter.layout(&self.file, self.parts.file, cx);
        self.scroll.fit(self.page.lines.len(), self.parts.text.height.saturating_sub(self.title_rows()));
    }

    fn on_key(&mut self, key: Key, cx: &mut Context) -> Flow {
        if let Some(msg) = lookup(KEYS, key, |msg| self.works(msg)) {
            return self.update(msg, cx).unwrap_or_else(Trouble::flow);
        }
        if let Some(by) = movement(LETTERS, key) {
            self.go(by);
            return Flow::Stay;
        }
        match (key, self.finding()) {
            (Key::Char('f'), Some(finding)) => {
                cx.say(match finding.fix {
                    Some(_) => "this fix needs a value of yours; e edits there",
                    None => "no fix can be written for this one; e edits there",
                });
                Flow::Stay
            }
            _ => Flow::Ignored,
        }
    }

    fn on_reply(&mut self, reply: Reply, cx: &mut Context) -> Flow {
        match reply {
            Reply::Yes => self.fix(cx).map_or_else(Trouble::flow, |()| Flow::Stay),
            Reply::No => Flow::Stay,
            Reply::Lesson(id) => Flow::Open(Route::Reader(id, None)),
        }
    }

    fn on_resume(&mut self, cx: &mut Context) -> Flow {
        self.again(cx).map_or_else(Trouble::flow, |()| Flow::Stay)
    }

    fn on_painted(&mut self) {
        self.shown = None;
    }

    fn on_file(&mut self, _: &Path, cx: &mut Context) -> Flow {
        self.again(cx).map_or_else(Trouble::flow, |()| Flow::Stay)
    }

    fn watched(&self) -> Vec<PathBuf> {
        let configuration = self.file.configuration.as_ref().map(|applied| applied.path.clone());
        configuration.into_iter().chain([self.file.path.clone()]).collect()
    }

    fn render(&self, _: Rect, buf: &mut Buffer, theme: &Theme) {
        let Parts { head, file, list, text: beside, wide } = self.parts;
        buf.set_line(head.x, head.y, &self.summary(theme), head.width);
        if let Some(applied) = &self.file.configuration {
            let says = text::fit(&configuration(applied), usize::from(head.width));
            buf.set_stringn(head.x, head.y + 1, says, usize::from(head.width), theme.ink(Tone::Dim));
        }
        self.gutter.render(file, self.glyphs, buf, theme);
        if self.pane == Pane::File && !self.file.findings.is_empty() {
            // In the margin, as far as the file goes.
            let bar = Rect { x: file.x.saturating_sub(2), width: 1, ..file };
            for row in bar.rows() {
                text::put(self.glyphs.pick("▌", ">"), theme.ink(Tone::Accent), row, buf);
            }
        }
        if list.height > 1 {
            listing::draw(&self.file, self.at, list, self.glyphs, buf, theme);
        }
        if wide {
            let rule = Rect { x: beside.x.saturating_sub(2), width: 1, ..beside };
            panel::rule(rule, self.glyphs, buf, theme);
        } else {
            let row = Rect { y: beside.y.saturating_sub(1), height: 1, ..beside };
            panel::divider("", row, self.glyphs, buf, theme);
        }
        let (title, body) = text::rows(beside, self.title_rows());
        if let Some(finding) = self.finding() {
            let bar = list::bar(self.pane == Pane::Findings, self.glyphs, theme);
            let number = format!("{} of {}  ", self.at + 1, self.file.findings.len());
            let room = usize::from(title.width).saturating_sub(number.len() + 2);
            let line = Line::from(vec![
                bar,
                Span::styled(number, theme.ink(Tone::Dim)),
                Span::styled(text::fit(&finding.code, room), theme.ink(Tone::Title)),
            ]);
            buf.set_line(title.x, title.y, &line, title.width);
        }
        let view = prose::View { glyphs: self.glyphs, ..prose::View::default() };
        prose::draw(&self.page, self.scroll.top, view, body, buf, theme);
        text::more(&self.scroll, Rect { width: body.width.min(COLUMN), ..body }, self.glyphs, buf, theme);
    }
}
