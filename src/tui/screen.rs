//! What every screen is: a name, its keys, an answer to keys, and a picture.
//!
//! `render` draws from `&self` alone, so that drawing twice gives the same picture; whatever depends on the size
//! of the window is worked out in `layout`, which the application calls before it draws.

use std::path::{Path, PathBuf};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::render::{Glyphs, Highlighter};
use crate::session::Session;

use super::event::Mouse;
use super::flow::{Flow, Reply, Route};
use super::key::{Hint, Key};
use super::theme::Theme;

/// What a screen may use while it reacts.
pub struct Context<'a> {
    /// The learner's work.
    pub session: &'a mut Session,
    /// Paints code, off the first frame.
    pub highlighter: &'a Highlighter,
    /// Which characters the terminal can show.
    pub glyphs: Glyphs,
    /// The theme in use.
    pub theme: Theme,
    /// A sentence for the footer, until the next key.
    pub notice: &'a mut Option<String>,
}

impl Context<'_> {
    /// Says something in the footer.
    pub fn say(&mut self, text: impl Into<String>) {
        *self.notice = Some(text.into());
    }
}

/// A screen or a layer over one.
pub trait Screen {
    /// Its name, as help calls it.
    fn name(&self) -> &'static str;

    /// Where this is, for the header: `Run › 5 Running as non-root`.
    fn place(&self) -> String;

    /// A few words for the header's right side, such as the minutes left.
    fn aside(&self) -> Option<String> {
        None
    }

    /// The keys that work now, most used first.
    fn hints(&self) -> Vec<Hint>;

    /// Whether letters are text at the moment.
    fn typing(&self) -> bool {
        false
    }

    /// Whether the screen below stays visible.
    fn is_layer(&self) -> bool {
        false
    }

    /// Fits the screen to the area in which it will be drawn. Called before each drawing; doing it twice changes
    /// nothing.
    fn layout(&mut self, area: Rect, cx: &mut Context);

    /// A key was pressed.
    fn on_key(&mut self, key: Key, cx: &mut Context) -> Flow;

    /// The mouse was used; a wheel is arrows unless the screen knows better.
    fn on_mouse(&mut self, mouse: Mouse, cx: &mut Context) -> Flow {
        let key = match mouse {
            Mouse::WheelUp => Key::Up,
            Mouse::WheelDown => Key::Down,
        };
        self.on_key(key, cx)
    }

    /// Text was pasted.
    fn on_paste(&mut self, text: &str, cx: &mut Context) -> Flow {
        let _ = (text, cx);
        Flow::Ignored
    }

    /// The layer above answered, or sends the learner on.
    fn on_reply(&mut self, reply: Reply, cx: &mut Context) -> Flow {
        let _ = cx;
        match reply {
            Reply::Lesson(id) => Flow::Open(Route::Reader(id, None)),
            Reply::Yes | Reply::No => Flow::Stay,
        }
    }

    /// This screen is the top one again: read anew what may have changed.
    fn on_resume(&mut self, cx: &mut Context) -> Flow {
        let _ = cx;
        Flow::Stay
    }

    /// The frame is drawn and nobody types: what need not be done before that.
    fn on_idle(&mut self, cx: &mut Context) {
        let _ = cx;
    }

    /// The editor that this screen opened was left.
    fn on_edited(&mut self, cx: &mut Context) -> Flow {
        self.on_resume(cx)
    }

    /// Code was painted since the last layout.
    fn on_painted(&mut self) {}

    /// A file of [`Screen::watched`] was saved.
    fn on_file(&mut self, path: &Path, cx: &mut Context) -> Flow {
        let _ = (path, cx);
        Flow::Ignored
    }

    /// The files whose changes matter now.
    fn watched(&self) -> Vec<PathBuf> {
        Vec::new()
    }

    /// Draws.
    fn render(&self, area: Rect, buf: &mut Buffer, theme: &Theme);
}
