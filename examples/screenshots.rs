//! Draws the pictures of the README from the application's own buffers: `cargo run --example screenshots`.
//!
//! Each picture is a walk: keys pressed in the built-in course, at a fixed time, and the screen at the end of it.
//! The same course gives the same files.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use sealegs::clock::FixedClock;
use sealegs::course::{Course, Origin};
use sealegs::ids::LabId;
use sealegs::render::Glyphs;
use sealegs::session::{Home, Session};
use sealegs::tui::Options;
use sealegs::tui::app::{App, Pace};
use sealegs::tui::event::Event;
use sealegs::tui::key::Key;
use sealegs::tui::svg;
use sealegs::tui::theme::{Depth, Theme, ThemeName};

const SIZE: (u16, u16) = (110, 32);
const LAB: &str = "05-running-as-non-root";

/// A picture: its file, its title, its theme, and the keys that lead to it. `<edit>` puts a solution in the lab.
const PICTURES: &[(&str, &str, ThemeName, &str)] = &[
    ("home", "Home: where to go on", ThemeName::Dark, "<esc>"),
    ("lesson", "A lesson beside its outline", ThemeName::Dark, "<esc>3<home>/running as<enter><enter>]]"),
    (
        "question",
        "A question with every option's reason",
        ThemeName::Light,
        "<esc>3/capabilities<enter>t<down><down><enter>",
    ),
    ("lab-why", "A failed step: found, wanted, why", ThemeName::Dark, "<esc>4<down><enter>g<enter>"),
    ("lab-passed", "A lab that is passed", ThemeName::Light, "<esc>4<down><enter><edit>g"),
];

fn main() -> Result<(), Box<dyn Error>> {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/screens");
    fs::create_dir_all(&target)?;
    for (file, title, theme, keys) in PICTURES {
        let picture = take(title, *theme, keys)?;
        fs::write(target.join(format!("{file}.svg")), picture)?;
    }
    Ok(())
}

fn take(title: &str, theme: ThemeName, keys: &str) -> Result<String, Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let home = Home::at(directory.path());
    let lab = LabId::new(LAB).ok_or("no lab id")?;
    let folder = home.lab(&lab);
    let course = Course::open(Origin::Embedded).map_err(|(_, findings)| format!("{findings:?}"))?;
    let solution = course.lab(&lab).ok().and_then(|lab| lab.solutions.first().cloned());
    let clock = Arc::new(FixedClock("2026-11-21T12:00:00Z".parse()?));
    let options = Options {
        start: None,
        theme: Theme::new(theme, Depth::True),
        glyphs: Glyphs::Unicode,
        editor: String::new(),
    };
    let mut app = App::new(Session::open(course, home, clock)?, &options, SIZE);
    for (i, part) in keys.split("<edit>").enumerate() {
        if i > 0 {
            for file in solution.iter().flat_map(|s| &s.files) {
                fs::write(folder.join(&file.path), file.source.text())?;
            }
        }
        for key in Key::parse(part) {
            let _ = app.handle(Event::Key(key));
        }
    }
    while app.pace() == Pace::Painting {
        let _ = app.handle(Event::Tick);
        std::thread::yield_now();
    }
    let area = Rect::new(0, 0, SIZE.0, SIZE.1);
    let mut buffer = Buffer::empty(area);
    app.render(area, &mut buffer);
    Ok(svg::picture(&buffer, app.theme(), title))
}
