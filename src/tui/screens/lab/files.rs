//! The learner's files: one at a time, with line numbers, or as what changed since the start.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

use crate::course::Lab;
use crate::render::{self, Role};
use crate::session::LabFile;

use super::super::super::key::Move;
use super::super::super::screen::Context;
use super::super::super::theme::{Theme, Tone};
use super::super::super::widgets::diff::{diff, shown};
use super::super::super::widgets::list::Scroll;
use super::super::super::widgets::text;

/// Unchanged lines shown around a change.
const AROUND: usize = 3;

/// The files of a lab.
#[derive(Default)]
pub struct Files {
    files: Vec<LabFile>,
    at: usize,
    diff: bool,
    /// A line that a step points at: the file's index and the line from 1.
    mark: Option<(usize, u32)>,
    lines: Vec<Line<'static>>,
    widest: u16,
    sideways: u16,
    scroll: Scroll,
}

impl Files {
    /// Takes the files as they are now; stays at the same one.
    pub fn set(&mut self, files: Vec<LabFile>) {
        let path = self.path().map(str::to_owned);
        let same = |p: &str| files.iter().position(|f| f.path == p);
        // At first the file that was changed, if any, is the one that is worked on.
        let changed = files.iter().position(|f| f.changed);
        self.at = path.as_deref().and_then(same).or(changed).unwrap_or(0);
        self.files = files;
    }

    /// The paths of all files.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|f| f.path.as_str())
    }

    /// The path of the file in sight.
    pub fn path(&self) -> Option<&str> {
        self.files.get(self.at).map(|f| f.path.as_str())
    }

    /// Whether there are several.
    pub fn are_many(&self) -> bool {
        self.files.len() > 1
    }

    /// The line to which an editor should go.
    pub fn line(&self) -> u32 {
        match self.mark {
            Some((file, line)) if file == self.at => line,
            _ if self.diff => 1,
            _ => self.scroll.top as u32 + 1,
        }
    }

    /// The next file, or the one before.
    pub fn turn(&mut self, forward: bool) {
        let len = self.files.len().max(1);
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
            place.and_then(|(path, line)| Some((self.files.iter().position(|f| f.path == path)?, line)));
        self.mark = found;
        if let Some((file, line)) = found {
            self.at = file;
            self.diff = false;
            self.scroll.top = (line as usize).saturating_sub(1 + self.scroll.height() / 2);
        }
        found.is_some()
    }

    /// Scrolls.
    pub fn go(&mut self, by: Move) {
        self.scroll.go(by);
    }

    /// Moves long lines.
    pub fn sideways(&mut self, right: bool) {
        self.sideways =
            if right { (self.sideways + 8).min(self.widest) } else { self.sideways.saturating_sub(8) };
    }

    /// Lays the file in sight out.
    pub fn layout(&mut self, area: Rect, lab: &Lab, cx: &mut Context) {
        self.lines = match self.files.get(self.at) {
            Some(file) if self.diff => changes(file, lab, &cx.theme),
            Some(file) => self.code(file, area.width, cx),
            None => Vec::new(),
        };
        self.scroll.fit(self.lines.len(), area.height);
    }

    fn code(&self, file: &LabFile, width: u16, cx: &Context) -> Vec<Line<'static>> {
        let language = language(&file.path);
        let lines = render::code_lines(language, &file.text, cx.glyphs, cx.highlighter);
        let marked = self.mark.filter(|(at, _)| *at == self.at).map(|(_, line)| line as usize);
        let styled = lines.iter().enumerate().map(|(i, line)| {
            let here = marked == Some(i + 1);
            let pieces = line.window(self.sideways, width.saturating_sub(2));
            let sign = if here { cx.glyphs.pick("▸ ", "> ") } else { "  " };
            let mut spans = vec![Span::styled(sign, cx.theme.tone(Tone::Fail))];
            spans.extend(pieces.into_iter().map(|p| Span::styled(p.text, cx.theme.role(p.role))));
            let ground = if here { cx.theme.tone(Tone::Selected) } else { cx.theme.tone(Tone::Code) };
            Line { style: ground, ..Line::from(spans) }
        });
        styled.collect()
    }

    /// The names of the files, the one in sight marked.
    pub fn tabs(&self, theme: &Theme) -> Vec<Span<'static>> {
        let mut spans = Vec::new();
        for (i, file) in self.files.iter().enumerate() {
            let tone = if i == self.at { Tone::Accent } else { Tone::Dim };
            let changed = if file.changed { "*" } else { "" };
            spans.push(Span::styled(format!("{}{changed}", text::safe(&file.path)), theme.tone(tone)));
            spans.push(Span::raw("  "));
        }
        if self.diff {
            spans.push(Span::styled("since the start", theme.tone(Tone::Warn)));
        }
        spans
    }

    /// Draws the file.
    pub fn render(&self, area: Rect, buf: &mut Buffer, theme: &Theme) {
        if !self.diff {
            let height = (self.lines.len().saturating_sub(self.scroll.top) as u16).min(area.height);
            buf.set_style(Rect { height, ..area }, theme.tone(Tone::Code));
        }
        text::draw(&self.lines, self.scroll.top, area, buf);
    }
}

fn changes(file: &LabFile, lab: &Lab, theme: &Theme) -> Vec<Line<'static>> {
    let starter = lab.starter.iter().find(|f| f.path == file.path).map_or("", |f| f.source.text());
    let rows = shown(&diff(starter, &file.text), AROUND);
    if rows.iter().all(|(sign, _)| *sign == '~') {
        return vec![Line::styled("nothing changed since the start", theme.tone(Tone::Dim))];
    }
    let line = |(sign, text): &(char, String)| {
        let text = text::safe(text);
        match sign {
            '-' => Line::styled(format!("- {text}"), theme.tone(Tone::Fail).remove_modifier(Modifier::BOLD)),
            '+' => Line::styled(format!("+ {text}"), theme.tone(Tone::Pass).remove_modifier(Modifier::BOLD)),
            '~' => Line::styled("  ...", theme.role(Role::Dim)),
            _ => Line::raw(format!("  {text}")),
        }
    };
    rows.iter().map(line).collect()
}

/// What a file is, by its name.
fn language(path: &str) -> Option<&'static str> {
    let name = path.rsplit('/').next().unwrap_or(path);
    if name.starts_with("Dockerfile") || name.ends_with(".dockerfile") || name == "Containerfile" {
        return Some("dockerfile");
    }
    Some(match name.rsplit_once('.')?.1 {
        "yaml" | "yml" => "yaml",
        "json" => "json",
        "toml" => "toml",
        "rego" => "rego",
        "sh" => "sh",
        "go" => "go",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_follow_names() {
        assert_eq!(language("app/Dockerfile"), Some("dockerfile"));
        assert_eq!(language("pod.yaml"), Some("yaml"));
        assert_eq!(language(".dockerignore"), None);
        assert_eq!(language("README"), None);
    }
}
