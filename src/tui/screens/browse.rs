//! Picks a file to check: the directories and files of one directory, and the way up.

use std::path::{Path, PathBuf};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::render::Glyphs;
use crate::session::Entry;

use super::super::browsing::{Browsable, Browsing};
use super::super::flow::{Flow, Route};
use super::super::key::{Bind, Hint, Key, foot, quiet};
use super::super::screen::{Context, Screen};
use super::super::theme::{Theme, Tone};
use super::super::trouble::Trouble;
use super::super::widgets::list::{self, Cursor};
use super::super::widgets::text;

/// What a key of the list asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Msg {
    Open,
    Up,
    Filter,
}

/// The widest list.
const COLUMN: u16 = 88;

/// The screen that picks a file.
pub struct Browse {
    directory: PathBuf,
    entries: Vec<Entry>,
    browsing: Browsing,
    parts: (Rect, Rect),
    glyphs: Glyphs,
}

impl Browse {
    /// A directory.
    pub fn new(directory: &Path, cx: &mut Context) -> Result<Self, Trouble> {
        let mut screen = Self {
            directory: PathBuf::new(),
            entries: Vec::new(),
            browsing: Browsing::default(),
            parts: (Rect::default(), Rect::default()),
            glyphs: cx.glyphs,
        };
        screen.enter(directory, cx)?;
        Ok(screen)
    }

    fn enter(&mut self, directory: &Path, cx: &Context) -> Result<(), Trouble> {
        let sources = cx.session.course().sources();
        let entries = cx.session.entries(directory);
        self.entries = entries.map_err(|error| Trouble::session(&error, sources))?;
        let from = std::mem::replace(&mut self.directory, directory.to_owned());
        // Where one came from is where one goes on.
        let at = self.entries.iter().position(|e| e.path == from).unwrap_or(0);
        self.browsing = Browsing { cursor: Cursor::on(at), ..Browsing::default() };
        Ok(())
    }

    fn entry(&self) -> Option<&Entry> {
        self.entries.get(self.row()?)
    }
}

impl Browsable for Browse {
    /// A place among the entries of the directory.
    type Row = usize;
    type Msg = Msg;
    const KEYS: &'static [Bind<Msg>] = &[
        foot(&[Key::Enter, Key::Right, Key::Char('l')], "open", Msg::Open),
        foot(&[Key::Left, Key::Backspace], "up", Msg::Up),
        quiet(&[Key::Char('h')], "up", Msg::Up),
        foot(&[Key::Char('/')], "filter", Msg::Filter),
    ];
    const LONE: Option<Msg> = Some(Msg::Open);

    fn browsing(&self) -> &Browsing {
        &self.browsing
    }

    fn browsing_mut(&mut self) -> &mut Browsing {
        &mut self.browsing
    }

    fn rows(&self) -> Vec<usize> {
        let wanted = self.browsing.filter.wanted();
        let fits = |entry: &Entry| entry.name.to_lowercase().contains(&wanted);
        self.entries.iter().enumerate().filter(|(_, entry)| fits(entry)).map(|(at, _)| at).collect()
    }

    fn works(&self, msg: Msg) -> bool {
        match msg {
            Msg::Open => self.row().is_some(),
            Msg::Up => self.directory.parent().is_some(),
            Msg::Filter => !self.entries.is_empty(),
        }
    }

    fn update(&mut self, msg: Msg, cx: &mut Context) -> Flow {
        let to = match msg {
            Msg::Filter => {
                self.browsing.filter.begin();
                return Flow::Stay;
            }
            Msg::Up => self.directory.parent().map(Path::to_owned),
            Msg::Open => match self.entry() {
                Some(entry) if !entry.directory => return Flow::Open(Route::Check(entry.path.clone())),
                entry => entry.map(|entry| entry.path.clone()),
            },
        };
        let Some(to) = to else { return Flow::Stay };
        self.enter(&to, cx).map_or_else(Trouble::flow, |()| Flow::Stay)
    }
}

impl Screen for Browse {
    fn name(&self) -> &'static str {
        "pick a file"
    }

    fn place(&self) -> String {
        "Check".to_owned()
    }

    fn aside(&self) -> Option<String> {
        let files = self.entries.iter().filter(|e| !e.directory).count();
        Some(if files == 1 { "1 file".to_owned() } else { format!("{files} files") })
    }

    fn hints(&self) -> Vec<Hint> {
        self.keys()
    }

    fn typing(&self) -> bool {
        self.browsing.filter.is_typing()
    }

    fn layout(&mut self, area: Rect, cx: &mut Context) {
        self.glyphs = cx.glyphs;
        let area = text::column(text::inset(area), COLUMN);
        self.parts = text::rows(area, if self.browsing.filter.is_seen() { 3 } else { 2 });
        self.fit(self.parts.1.height);
    }

    fn on_key(&mut self, key: Key, cx: &mut Context) -> Flow {
        self.browse(key, cx)
    }

    fn on_paste(&mut self, text: &str, _: &mut Context) -> Flow {
        self.paste(text)
    }

    fn on_resume(&mut self, cx: &mut Context) -> Flow {
        let (before, directory) = (self.browsing.clone(), self.directory.clone());
        match self.enter(&directory, cx) {
            Ok(()) => {
                self.browsing = before;
                Flow::Stay
            }
            Err(trouble) => trouble.flow(),
        }
    }

    fn render(&self, _: Rect, buf: &mut Buffer, theme: &Theme) {
        let (head, list) = self.parts;
        let path = text::safe(&self.directory.display().to_string());
        let path = end_of(&path, usize::from(head.width));
        text::put(&self.glyphs.adapt(&path), theme.tone(Tone::Title), head, buf);
        let (_, below) = text::rows(head, 1);
        self.browsing.filter.render(below, buf, theme);
        let rows = self.rows();
        if rows.is_empty() {
            let says = if self.entries.is_empty() {
                "nothing is here to check"
            } else {
                "nothing fits; Esc shows all"
            };
            return text::put(says, theme.tone(Tone::Dim), list, buf);
        }
        list::draw(&self.browsing.cursor, &rows, list, buf, theme, |at, chosen| {
            let entry = self.entries.get(*at)?;
            let name = text::fit(&text::safe(&entry.name), usize::from(list.width.saturating_sub(3)));
            let (tone, end) = if entry.directory { (Tone::Accent, "/") } else { (Tone::Text, "") };
            let name = Span::styled(self.glyphs.adapt(&name) + end, theme.ink(tone));
            Some(Line::from(vec![list::bar(chosen, self.glyphs, theme), name]))
        });
        text::more(&self.browsing.cursor.sight(), list, self.glyphs, buf, theme);
    }
}

/// The end of a path that is too wide: what tells directories apart.
fn end_of(path: &str, width: usize) -> String {
    if path.width() <= width {
        return path.to_owned();
    }
    let fits = |(at, _): &(usize, char)| path.get(*at..).is_some_and(|end| end.width() < width);
    let start = path.char_indices().find(fits).map_or(path.len(), |(at, _)| at);
    format!("…{}", path.get(start..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::press;
    use super::*;

    fn open(keys: &str) -> (Flow, Browse) {
        let pack = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/packs/tiny");
        press(|cx| Browse::new(&pack, cx).unwrap_or_else(|e| panic!("{e:?}")), keys)
    }

    #[test]
    fn directories_stand_first_and_are_entered_and_left() {
        let (_, screen) = open("");
        assert!(screen.entries[0].directory);
        let first = screen.entries[0].path.clone();
        assert_eq!(open("<enter>").1.directory, first);
        let (_, back) = open("<down><enter><backspace>");
        assert_eq!(
            (back.directory.clone(), back.browsing.cursor.at),
            (screen.directory, 1),
            "the cursor is where it was"
        );
    }

    #[test]
    fn a_filter_leaves_one_file_and_enter_checks_it() {
        let (flow, _) = open("<enter>/course.toml<enter>");
        let Flow::Open(Route::Check(path)) = flow else { panic!("{flow:?}") };
        assert!(path.ends_with("course.toml"));
        assert_eq!(open("/zzz<enter>").1.rows().len(), 0);
        assert!(!open("/zzz<esc>").1.rows().is_empty());
    }

    #[test]
    fn a_long_path_keeps_its_end() {
        assert_eq!(end_of("/a/b", 10), "/a/b");
        assert_eq!(end_of("/home/somebody/deploy", 8), "…/deploy");
        assert_eq!(end_of("漢字漢字", 5), "…漢字");
    }
}
