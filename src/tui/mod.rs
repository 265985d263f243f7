//! The terminal application.
//!
//! - [`run`] owns the loop and the terminal; [`app::App`] owns session, layers and theme, and turns one event into
//!   one step. Tests drive `App` without a terminal.
//! - A screen is a file in `screens/`: state, key table, update, picture, tests. Screens do not know each other:
//!   they return a [`flow::Route`], and `screens::open` alone makes screens from routes.
//! - The first frame is drawn before anything else happens: no question to the terminal, no highlighter.
//!
//! ratatui and crossterm are named here and nowhere else. Whatever comes from a file passes `text::clean`.

pub mod app;
mod browsing;
pub mod event;
pub mod flow;
pub mod key;
mod layers;
mod links;
mod options;
mod palette;
mod screen;
mod screens;
mod signals;
pub mod svg;
mod terminal;
#[cfg(test)]
mod testing;
pub mod theme;
mod trouble;
mod watch;
mod widgets;

use std::io::{self, IsTerminal};
use std::time::Duration;

use crossterm::event as input;

use crate::session::Session;

use app::{App, Pace, Step};
use event::{Event, Mouse};
use key::Key;
pub use options::Options;
use signals::{Signals, Woken};
use terminal::Terminal;
use watch::Watch;

/// How the application came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitReason {
    /// The learner left.
    Left,
    /// The terminal was closed, or somebody asked the process to end.
    HungUp,
}

/// How many columns the terminal has; `None` where there is none.
pub fn columns() -> Option<u16> {
    terminal::Terminal::size().ok().map(|(columns, _)| columns).filter(|columns| *columns > 0)
}

/// Runs the application in this terminal until the learner leaves it.
pub fn run(session: Session, options: &Options) -> io::Result<ExitReason> {
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        return Err(io::Error::other("the application needs a terminal; use `--linear` without one"));
    }
    let size = Terminal::size()?;
    let mut app = App::new(session, options, size);
    let mut terminal = Terminal::take()?;
    terminal.draw(&app)?;
    Loop { signals: Signals::listen()?, watch: Watch::default(), size, editor: options.editor.clone() }
        .run(&mut app, &mut terminal)
}

struct Loop {
    signals: Signals,
    watch: Watch,
    size: (u16, u16),
    editor: String,
}

impl Loop {
    fn run(mut self, app: &mut App, terminal: &mut Terminal) -> io::Result<ExitReason> {
        loop {
            let events = match self.signals.wait(pause(app.pace())) {
                Woken::HungUp => return Ok(ExitReason::HungUp),
                Woken::Input => read_all()?,
                Woken::Nothing => Vec::new(),
            };
            if self.signals.take_woken() {
                terminal.lend(|| ())?;
                self.draw(app, terminal)?;
            }
            let mut changed = false;
            for event in self.idle(app)?.into_iter().chain(events) {
                match app.handle(event) {
                    Step::Idle => {}
                    Step::Draw => changed = true,
                    Step::Leave => return Ok(ExitReason::Left),
                    step => {
                        self.outside(step, app, terminal)?;
                        changed = true;
                    }
                }
            }
            if changed {
                self.draw(app, terminal)?;
            }
        }
    }

    /// Draws at the size that the window has now: it may have changed under an editor or while the process slept.
    fn draw(&mut self, app: &mut App, terminal: &mut Terminal) -> io::Result<()> {
        if let Some(event) = self.resized()? {
            let _ = app.handle(event);
        }
        terminal.draw(app)
    }

    fn resized(&mut self) -> io::Result<Option<Event>> {
        let size = Terminal::size()?;
        let changed = size != self.size;
        self.size = size;
        Ok(changed.then_some(Event::Resize(size.0, size.1)))
    }

    /// What happens without the keyboard: a new size, a saved file, time.
    fn idle(&mut self, app: &App) -> io::Result<Vec<Event>> {
        let mut events: Vec<Event> = self.resized()?.into_iter().collect();
        events.extend(self.watch.changed(&app.watched()).into_iter().map(Event::FileChanged));
        events.push(Event::Tick);
        Ok(events)
    }

    /// What only the owner of the terminal can do.
    fn outside(&mut self, step: Step, app: &mut App, terminal: &mut Terminal) -> io::Result<()> {
        match step {
            Step::Suspend => terminal.lend(|| self.signals.suspend())?,
            Step::Mouse(on) => terminal.mouse(on),
            Step::Copy(text) => Terminal::copy(&text),
            Step::Edit(path, line) => {
                let done = terminal.lend(|| terminal::edit(&self.editor, &path, line))?;
                self.watch.seen(&app.watched());
                app.edited(done);
                Ok(())
            }
            Step::Idle | Step::Draw | Step::Leave => Ok(()),
        }
    }
}

/// The shortest time for which crossterm looks at all.
const A_LOOK: Duration = Duration::from_millis(1);

fn pause(pace: Pace) -> Duration {
    Duration::from_millis(match pace {
        Pace::Idle => 1000,
        Pace::Watching => 250,
        Pace::Painting => 15,
    })
}

/// Everything that the terminal has sent so far.
fn read_all() -> io::Result<Vec<Event>> {
    let mut events = Vec::new();
    while input::poll(A_LOOK)? {
        events.extend(match input::read()? {
            input::Event::Key(key) => Key::of(key).map(Event::Key),
            input::Event::Paste(text) => Some(Event::Paste(text)),
            input::Event::Mouse(mouse) => match mouse.kind {
                input::MouseEventKind::ScrollUp => Some(Event::Mouse(Mouse::WheelUp)),
                input::MouseEventKind::ScrollDown => Some(Event::Mouse(Mouse::WheelDown)),
                _ => None,
            },
            // The size is compared on every turn of the loop.
            _ => None,
        });
    }
    Ok(events)
}
