//! For the screens' own tests: the tiny course, a session that forgets everything, and a screen at work in it.

use std::path::Path;
use std::sync::Arc;

use ratatui::layout::Rect;

use crate::clock::FixedClock;
use crate::course::{Course, Origin};
use crate::render::{Glyphs, Highlighter};
use crate::session::{Home, Session};

use super::flow::Flow;
use super::key::Key;
use super::screen::{Context, Screen};
use super::theme::{Depth, Theme, ThemeName};

/// Makes a screen and gives it keys; what it answers to the last one, and the screen.
pub fn press<S: Screen>(make: impl FnOnce(&mut Context) -> S, keys: &str) -> (Flow, S) {
    let pack = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/packs/tiny");
    let course = Course::open(Origin::Directory(pack)).expect("the tiny course");
    let clock = Arc::new(FixedClock(jiff::Timestamp::UNIX_EPOCH));
    let mut session = Session::in_memory(course, Home::at("/nowhere"), clock).expect("a session");
    let highlighter = Highlighter::new();
    let mut notice = None;
    let mut cx = Context {
        session: &mut session,
        highlighter: &highlighter,
        glyphs: Glyphs::Unicode,
        theme: Theme::new(ThemeName::Dark, Depth::True),
        notice: &mut notice,
    };
    let mut screen = make(&mut cx);
    let mut flow = Flow::Stay;
    let area = Rect::new(0, 1, 80, 22);
    screen.layout(area, &mut cx);
    for key in Key::parse(keys) {
        flow = screen.on_key(key, &mut cx);
        screen.layout(area, &mut cx);
    }
    (flow, screen)
}
