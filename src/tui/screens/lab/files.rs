//! The learner's files and the world's: one at a time, with line numbers, or as what changed since the start.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::course::Lab;
use crate::render::{self, Glyphs, Role};
use crate::session::LabFile;

use super::super::super::key::Move;
use super::super::super::screen::Context;
use super::super::super::theme::{Theme, Tone};
use super::super::super::widgets::diff::{diff, shown};
use super::super::super::widgets::list::Scroll;
use super::super::super::widgets::{code, prose, text};

/// Unchanged lines shown around a change.
const AROUND: usize = 3;

/// Which file is in sight, and how.
#[derive(Clone, Debug)]
pub struct Spot {
    path: Option<String>,
    diff: bool,
    mark: Option<(usize, u32)>,
    sideways: u16,
    scroll: Scroll,
}

/// The files of a lab.
#[derive(Default)]
pub struct Files {
    /// The learner's, then the world's.
    list: Vec<LabFile>,
    /// How many are the learner's.
    own: usize,
    at: usize,
    diff: bool,
    /// A line that a step points at: the file's index and the line from 1.
    mark: Option<(usize, u32)>,
    /// Whether that line was not brought into sight yet.
    fresh: bool,
    lines: Vec<Line<'static>>,
    /// How far the longest line goes beyond the window.
    hidden: u16,
    sideways: u16,
    scroll: Scroll,
}

impl Files {
    /// Takes the learner's files as they are now, and the world's; stays at the same one.
    pub fn set(&mut self, mut files: Vec<LabFile>, lab: &Lab) {
        self.own = files.len();
        let world = lab.world.iter().map(|file| LabFile {
            path: format!("world/{}", file.path),
            text: file.source.text().to_owned(),
            changed: false,
        });
        files.extend(world);
        let path = self.path().map(str::to_owned);
        let same = |p: &str| files.iter().position(|f| f.path == p);
        // At first the file that was changed, if any, is the one that is worked on.
        let changed = files.iter().position(|f| f.changed);
        self.at = path.as_deref().and_then(same).or(changed).unwrap_or(0);
        self.list = files;
    }

    /// The paths of the learner's files.
    pub fn own_paths(&self) -> impl Iterator<Item = &str> {
        self.list.iter().take(self.own).map(|f| f.path.as_str())
    }

    /// The path of the file in sight.
    pub fn path(&self) -> Option<&str> {
        self.list.get(self.at).map(|f| f.path.as_str())
    }

    /// The learner's file to work on: the one in sight, or the first where that is the world's.
    pub fn own_path(&self) -> Option<&str> {
        let at = if self.at < self.own { self.at } else { 0 };
        self.own_paths().nth(at)
    }

    /// Whether there are several.
    pub fn are_many(&self) -> bool {
        self.list.len() > 1
    }

    /// The line to which an editor should go.
    pub fn line(&self) -> u32 {
        match self.mark {
            Some((file, line)) if file == self.at && file < self.own => line,
            _ if self.diff || self.at >= self.own => 1,
            _ => self.scroll.top as u32 + 1,
        }
    }

    /// The next file, or the one before.
    pub fn turn(&mut self, forward: bool) {
        let len = self.list.len().max(1);
        self.at = if forward { (self.at + 1) % len } else { (self.at + len - 1) % len };
        self.scroll = Scroll::default();
        self.sideways = 0;
    }

    /// Shows what changed since the start, or the file.
    pub fn toggle_diff(&mut self) {
        self.diff = !self.diff;
        self.scroll = Scroll::default();
    }

    /// Points at a line of a file, or at nothing; whether it is one of these files.
    pub fn point(&mut self, place: Option<(&str, u32)>) -> bool {
        let found =
            place.and_then(|(path, line)| Some((self.list.iter().position(|f| is(path, &f.path))?, line)));
        self.mark = found;
        if let Some((file, _)) = found {
            self.at = file;
            (self.diff, self.fresh) = (false, true);
        }
        found.is_some()
    }

    /// Shows a line of a file: the learner's, the world's, or one that the lab began with, which is read only.
    pub fn show(&mut self, path: &str, line: u32, lab: &Lab) -> bool {
        if let Some(name) = path.strip_prefix("starter/")
            && !self.list.iter().any(|f| f.path == path)
            && let Some(file) = lab.starter.iter().find(|f| f.path == name)
        {
            let text = file.source.text();
            // Where nothing was changed it is the learner's own.
            if self.list.iter().any(|f| f.path == name && !f.changed) {
                return self.point(Some((name, line)));
            }
            self.list.push(LabFile { path: path.to_owned(), text: text.to_owned(), changed: false });
        }
        self.sideways = 0;
        self.point(Some((path, line)))
    }

    /// Where one is, to come back to.
    pub fn spot(&self) -> Spot {
        let path = self.path().map(str::to_owned);
        Spot { path, diff: self.diff, mark: self.mark, sideways: self.sideways, scroll: self.scroll }
    }

    /// Goes back to where one was. What was shown of the starter is put away.
    pub fn back_to(&mut self, spot: Spot) {
        self.list.retain(|f| !f.path.starts_with("starter/"));
        let at = spot.path.and_then(|path| self.list.iter().position(|f| f.path == path));
        self.at = at.unwrap_or(0);
        (self.diff, self.mark, self.sideways, self.scroll) =
            (spot.diff, spot.mark, spot.sideways, spot.scroll);
        self.fresh = false;
    }

    /// Scrolls.
    pub fn go(&mut self, by: Move) {
        self.scroll.go(by);
    }

    /// Whether long lines can be moved that way.
    pub fn moves(&self, right: bool) -> bool {
        if right { self.sideways < self.hidden } else { self.sideways > 0 }
    }

    /// Moves long lines.
    pub fn sideways(&mut self, right: bool) {
        self.sideways =
            if right { (self.sideways + 8).min(self.hidden) } else { self.sideways.saturating_sub(8) };
    }

    /// Lays the file in sight out.
    pub fn layout(&mut self, area: Rect, lab: &Lab, cx: &mut Context) {
        self.lines = match self.list.get(self.at) {
            Some(file) if self.diff && self.at < self.own => {
                let rows = compared(file, lab);
                let widest = rows.iter().map(|(_, text)| text.width() as u16 + 2).max().unwrap_or(0);
                self.fit(widest.saturating_sub(area.width));
                changes(&rows, self.sideways, &cx.theme)
            }
            Some(file) => {
                let lines =
                    render::code_lines(code::language(&file.path), &file.text, cx.glyphs, cx.highlighter);
                let widest = lines.iter().map(|line| line.width() as u16).max().unwrap_or(0);
                self.fit((widest + 3).saturating_sub(area.width));
                self.code(&lines, area.width, cx)
            }
            None => Vec::new(),
        };
        self.scroll.fit(self.lines.len(), area.height);
        // Where no file is seen, the line is brought into sight when one is.
        if self.fresh && area.height > 0 {
            self.fresh = false;
            if let Some((_, line)) = self.mark.filter(|(file, _)| *file == self.at) {
                self.scroll.top = (line as usize).saturating_sub(1 + usize::from(area.height) / 2);
                self.scroll.fit(self.lines.len(), area.height);
            }
        }
    }

    fn fit(&mut self, hidden: u16) {
        self.hidden = hidden;
        self.sideways = self.sideways.min(hidden);
    }

    fn code(&self, lines: &[render::Line], width: u16, cx: &Context) -> Vec<Line<'static>> {
        let marked = self.mark.filter(|(at, _)| *at == self.at).map(|(_, line)| line as usize);
        let styled = lines.iter().enumerate().map(|(i, line)| {
            let here = marked == Some(i + 1);
            let pieces = line.window(self.sideways, width.saturating_sub(3));
            let sign = if here { cx.glyphs.pick("▸ ", "> ") } else { "  " };
            let mut spans = vec![Span::styled(sign, cx.theme.tone(Tone::Fail))];
            spans.extend(pieces.into_iter().map(|p| Span::styled(p.text, cx.theme.role(p.role))));
            if line.width() > usize::from(self.sideways) + usize::from(width.saturating_sub(3)) {
                spans.push(Span::styled(cx.glyphs.pick("›", ">"), cx.theme.tone(Tone::Accent)));
            }
            let ground = if here { cx.theme.tone(Tone::Selected) } else { cx.theme.tone(Tone::Code) };
            Line { style: ground, ..Line::from(spans) }
        });
        styled.collect()
    }

    /// The names of the files, the one in sight marked; that one alone with its number where they are too wide.
    pub fn tabs(&self, width: u16, theme: &Theme) -> Vec<Span<'static>> {
        let (note, tone) = match (self.at >= self.own, self.diff) {
            (true, _) => ("read only", Tone::Dim),
            (false, true) => ("changes", Tone::Warn),
            (false, false) => ("", Tone::Dim),
        };
        let name =
            |file: &LabFile| format!("{}{}", text::safe(&file.path), if file.changed { "*" } else { "" });
        // The note behind the names must not be cut off by them.
        let room = usize::from(width).saturating_sub(note.len());
        let mut spans = Vec::new();
        if self.list.iter().map(|f| f.path.len() + 3).sum::<usize>() <= room {
            for (i, file) in self.list.iter().enumerate() {
                let tone = if i == self.at { Tone::Accent } else { Tone::Dim };
                spans.push(Span::styled(name(file) + "  ", theme.tone(tone)));
            }
        } else if let Some(file) = self.list.get(self.at) {
            let number = format!("  {} of {}  ", self.at + 1, self.list.len());
            let name = text::fit(&name(file), room.saturating_sub(number.len()));
            spans.push(Span::styled(name, theme.tone(Tone::Accent)));
            spans.push(Span::styled(number, theme.tone(Tone::Dim)));
        }
        spans.push(Span::styled(note, theme.tone(tone)));
        spans
    }

    /// Draws the file.
    pub fn render(&self, area: Rect, glyphs: Glyphs, buf: &mut Buffer, theme: &Theme) {
        let code = !self.diff || self.at >= self.own;
        if code {
            let height = (self.lines.len().saturating_sub(self.scroll.top) as u16).min(area.height);
            buf.set_style(Rect { height, ..area }, theme.tone(Tone::Code));
        }
        text::draw(&self.lines, self.scroll.top, area, buf);
        // Lines of code carry their own mark.
        let lines = self.lines.iter().skip(self.scroll.top).zip(area.y..area.bottom());
        for (_, y) in lines.filter(|(line, _)| !code && line.width() > usize::from(area.width)) {
            prose::cut_mark(Rect { y, height: 1, ..area }, glyphs, buf, theme);
        }
        text::more(&self.scroll, area, glyphs, buf, theme);
    }
}

/// Whether a source's name means this file: the world's carry the path of their lab.
fn is(name: &str, path: &str) -> bool {
    name == path || path.starts_with("world/") && name.ends_with(&format!("/{path}"))
}

/// The file against the one that the lab began with; each line with its sign.
fn compared(file: &LabFile, lab: &Lab) -> Vec<(char, String)> {
    let starter = lab.starter.iter().find(|f| f.path == file.path).map_or("", |f| f.source.text());
    let rows = shown(&diff(starter, &file.text), AROUND);
    rows.into_iter().map(|(sign, line)| (sign, text::safe(&line))).collect()
}

fn changes(rows: &[(char, String)], sideways: u16, theme: &Theme) -> Vec<Line<'static>> {
    if rows.iter().all(|(sign, _)| *sign == '~') {
        return vec![Line::styled("nothing changed since the start", theme.tone(Tone::Dim))];
    }
    let line = |(sign, text): &(char, String)| {
        let text = text.strip_prefix(text::cut(text, usize::from(sideways))).unwrap_or_default();
        match sign {
            '-' => Line::styled(format!("- {text}"), theme.tone(Tone::Fail).remove_modifier(Modifier::BOLD)),
            '+' => Line::styled(format!("+ {text}"), theme.tone(Tone::Pass).remove_modifier(Modifier::BOLD)),
            '~' => Line::styled("  ...", theme.role(Role::Dim)),
            _ => Line::raw(format!("  {text}")),
        }
    };
    rows.iter().map(line).collect()
}
