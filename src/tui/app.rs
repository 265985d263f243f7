//! The application without a terminal: session, layers, theme. One event in, one step out, a picture at any time.

use std::io;
use std::path::PathBuf;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::render::{Glyphs, Highlighter};
use crate::session::Session;

use super::event::Event;
use super::flow::{Flow, Route};
use super::key::{Bind, Hint, Key, hints, lookup, quiet};
use super::layers::Layers;
use super::options::Options;
use super::screen::{Context, Screen};
use super::screens;
use super::theme::{Theme, Tone};
use super::widgets::{bar, text};

/// The smallest window with a picture in it.
pub const SMALLEST: (u16, u16) = (60, 20);

/// The setting that holds the theme's name.
pub const THEME: &str = "theme";

/// What the owner of the terminal has to do after an event.
#[must_use]
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing changed.
    Idle,
    /// Draw.
    Draw,
    /// Leave.
    Leave,
    /// Stop the process until it is woken.
    Suspend,
    /// Report the mouse or do not.
    Mouse(bool),
    /// Put this on the clipboard.
    Copy(String),
    /// Open the editor on this file at this line, then call [`App::edited`].
    Edit(PathBuf, u32),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Msg {
    Help,
    Back,
    Mouse,
}

/// What works everywhere unless the screen has its own use for the key.
const KEYS: &[Bind<Msg>] = &[
    quiet(&[Key::Char('q'), Key::Esc, Key::Backspace], "go back", Msg::Back),
    quiet(&[Key::Char('m')], "mouse wheel on or off", Msg::Mouse),
    quiet(&[Key::Char('?'), Key::F(1)], "show the keys of this screen", Msg::Help),
];

/// How soon the application wants its next tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// Nothing is awaited.
    Idle,
    /// A file may be saved.
    Watching,
    /// Code is being painted.
    Painting,
}

/// What the screens share, beside the layers so that a layer can use it.
struct Desk {
    session: Session,
    highlighter: Highlighter,
    theme: Theme,
    glyphs: Glyphs,
    /// A sentence for the footer, until the next key.
    notice: Option<String>,
}

impl Desk {
    fn context(&mut self) -> Context<'_> {
        Context {
            session: &mut self.session,
            highlighter: &self.highlighter,
            glyphs: self.glyphs,
            theme: self.theme,
            notice: &mut self.notice,
        }
    }
}

/// The application.
pub struct App {
    desk: Desk,
    layers: Layers,
    size: (u16, u16),
    mouse: bool,
    /// The header's numbers; none before the first frame, which waits for nothing that can come after it.
    status: Option<bar::Status>,
}

impl App {
    /// The application at its start.
    pub fn new(session: Session, options: &Options, size: (u16, u16)) -> Self {
        let desk = Desk {
            session,
            highlighter: Highlighter::new(),
            theme: options.theme,
            glyphs: options.glyphs,
            notice: None,
        };
        let mut app = Self { desk, layers: Layers::default(), size, mouse: false, status: None };
        app.open(Route::Home);
        if let Some(route) = options.start.clone() {
            app.open(route);
        } else if screens::is_first_run(&app.desk.session) {
            app.open(Route::Welcome);
        }
        app.settle();
        app
    }

    /// The learner's work, for tests and for whoever started the application.
    pub fn session(&self) -> &Session {
        &self.desk.session
    }

    /// The theme in use.
    pub fn theme(&self) -> &Theme {
        &self.desk.theme
    }

    /// The names of the layers, Home first.
    pub fn names(&self) -> Vec<&'static str> {
        self.layers.all().iter().map(|screen| screen.name()).collect()
    }

    /// The files whose changes matter now.
    pub fn watched(&self) -> Vec<PathBuf> {
        self.layers.watched()
    }

    /// How soon to send a tick.
    pub fn pace(&self) -> Pace {
        if self.status.is_none() || self.desk.highlighter.is_busy() {
            Pace::Painting
        } else if self.watched().is_empty() {
            Pace::Idle
        } else {
            Pace::Watching
        }
    }

    /// Takes one event.
    pub fn handle(&mut self, event: Event) -> Step {
        match event {
            Event::Key(Key::Ctrl('c')) => return Step::Leave,
            Event::Key(Key::Ctrl('z')) => return Step::Suspend,
            Event::Resize(width, height) => {
                self.size = (width, height);
                self.settle();
                return Step::Draw;
            }
            Event::Tick => {
                self.with_top(|top, cx| top.on_idle(cx));
                let painted = self.desk.highlighter.poll();
                if painted {
                    self.layers.all_mut().iter_mut().for_each(|screen| screen.on_painted());
                    self.settle();
                }
                let first = self.status.is_none();
                if first {
                    self.count();
                }
                return if painted || first { Step::Draw } else { Step::Idle };
            }
            _ => {}
        }
        let mouse = self.mouse;
        let flow = match event {
            // Nobody acts on a screen that cannot be seen.
            Event::Key(Key::Char('q')) if self.too_small() => Flow::Leave,
            Event::Key(_) | Event::Mouse(_) | Event::Paste(_) if self.too_small() => Flow::Ignored,
            Event::Key(key) => {
                self.desk.notice = None;
                self.key(key)
            }
            Event::Mouse(mouse) => self.with_top(|top, cx| top.on_mouse(mouse, cx)).unwrap_or(Flow::Ignored),
            Event::Paste(text) => self.with_top(|top, cx| top.on_paste(&text, cx)).unwrap_or(Flow::Ignored),
            Event::FileChanged(path) => {
                self.with_top(|top, cx| top.on_file(&path, cx)).unwrap_or(Flow::Ignored)
            }
            Event::Resize(..) | Event::Tick => Flow::Ignored,
        };
        let step = self.follow(flow);
        self.count();
        self.settle();
        if self.mouse == mouse { step } else { Step::Mouse(self.mouse) }
    }

    /// The editor was left; with an error where it could not be started or failed.
    pub fn edited(&mut self, done: io::Result<()>) {
        if let Err(error) = done {
            let text = format!("{error}\n\nset VISUAL or EDITOR to the editor that you use");
            self.open(Route::Message { title: "The editor failed".to_owned(), text });
        } else {
            let flow = self.with_top(|top, cx| top.on_edited(cx)).unwrap_or(Flow::Stay);
            let _ = self.resumed(flow);
        }
        self.count();
        self.settle();
    }

    fn key(&mut self, key: Key) -> Flow {
        let flow = self.with_top(|top, cx| top.on_key(key, cx)).unwrap_or(Flow::Leave);
        let typing = self.layers.top().is_some_and(Screen::typing);
        if flow != Flow::Ignored || typing && key != Key::F(1) {
            return flow;
        }
        match lookup(KEYS, key, |_| true) {
            // Escape and Backspace never leave the application; `q` on Home does.
            Some(Msg::Back) if self.layers.is_deep() || key == Key::Char('q') => Flow::Back,
            Some(Msg::Help) => Flow::Open(self.help()),
            Some(Msg::Mouse) => {
                self.mouse = !self.mouse;
                self.desk.notice =
                    Some(format!("the mouse wheel is {}", if self.mouse { "on" } else { "off" }));
                Flow::Ignored
            }
            _ => Flow::Ignored,
        }
    }

    fn help(&self) -> Route {
        let top = self.layers.top();
        let mut keys = top.map(Screen::hints).unwrap_or_default();
        keys.extend(hints(KEYS, |_| true));
        keys.push(Hint { keys: &[Key::Ctrl('z')], says: "suspend", foot: false });
        keys.push(Hint { keys: &[Key::Ctrl('c')], says: "leave from anywhere", foot: false });
        Route::Help { screen: top.map_or("", Screen::name).to_owned(), hints: keys }
    }

    fn follow(&mut self, flow: Flow) -> Step {
        match flow {
            Flow::Ignored | Flow::Stay => {}
            Flow::Open(route) => self.open(route),
            Flow::Replace(route) => {
                self.layers.pop();
                self.open(route);
            }
            Flow::Back => {
                self.layers.pop();
                if self.layers.is_empty() {
                    return Step::Leave;
                }
                return self.resume();
            }
            Flow::Reply(reply) => {
                self.layers.pop();
                let next = self.with_top(|top, cx| top.on_reply(reply, cx)).unwrap_or(Flow::Stay);
                return self.follow(next);
            }
            Flow::Leave => return Step::Leave,
            Flow::Edit(path, line) => return Step::Edit(path, line),
            Flow::Copy(text) => return Step::Copy(text),
            Flow::Theme(name) => {
                self.desk.theme = self.desk.theme.named(name);
                if let Err(error) = self.desk.session.set_setting(THEME, name.word()) {
                    self.desk.notice = Some(format!("the theme was not saved: {error}"));
                }
            }
        }
        Step::Draw
    }

    fn resume(&mut self) -> Step {
        let flow = self.with_top(|top, cx| top.on_resume(cx)).unwrap_or(Flow::Stay);
        self.resumed(flow)
    }

    /// A screen that resumes may open another one or close itself, and nothing else.
    fn resumed(&mut self, flow: Flow) -> Step {
        match flow {
            Flow::Open(_) | Flow::Replace(_) | Flow::Back => self.follow(flow),
            _ => Step::Draw,
        }
    }

    fn open(&mut self, route: Route) {
        let screen = screens::open(route, &mut self.desk.context());
        self.layers.push(screen);
    }

    fn with_top<T>(&mut self, act: impl FnOnce(&mut dyn Screen, &mut Context) -> T) -> Option<T> {
        let top = self.layers.top_mut()?;
        Some(act(top.as_mut(), &mut self.desk.context()))
    }

    /// The header's numbers.
    fn count(&mut self) {
        self.status = Some(bar::Status::of(&self.desk.session));
    }

    /// After every event: every visible layer fitted to its area.
    fn settle(&mut self) {
        let (_, body, _) = Self::parts(Rect::new(0, 0, self.size.0, self.size.1));
        let mut cx = self.desk.context();
        for screen in self.layers.visible_mut() {
            screen.layout(body, &mut cx);
        }
    }

    fn too_small(&self) -> bool {
        self.size.0 < SMALLEST.0 || self.size.1 < SMALLEST.1
    }

    /// Header, body and footer.
    fn parts(area: Rect) -> (Rect, Rect, Rect) {
        let header = Rect { height: area.height.min(1), ..area };
        let footer = Rect { y: area.bottom().saturating_sub(1), height: area.height.min(1), ..area };
        let body = Rect { y: area.y + header.height, height: area.height.saturating_sub(2), ..area };
        (header, body, footer)
    }

    /// The window has another size already, and word of it is on its way: what was fitted to the size before is
    /// drawn as far as there is room.
    fn render_before(&self, area: Rect, buf: &mut Buffer) {
        let whole = Rect::new(0, 0, self.size.0, self.size.1);
        let mut before = Buffer::empty(whole);
        self.render(whole, &mut before);
        for at in whole.intersection(area).positions() {
            buf[at].clone_from(&before[at]);
        }
    }

    /// Draws the whole window.
    pub fn render(&self, area: Rect, buf: &mut Buffer) {
        if (area.width, area.height) != self.size {
            return self.render_before(area, buf);
        }
        buf.set_style(area, self.desk.theme.tone(Tone::Text));
        if self.too_small() {
            let (w, h) = SMALLEST;
            let says = format!(
                "Enlarge this window to {w}x{h} or more, or leave with q and use `sealegs --linear`."
            );
            text::centred(&says, area, buf, self.desk.theme.tone(Tone::Text));
            return;
        }
        let (header, body, footer) = Self::parts(area);
        for screen in self.layers.visible() {
            screen.render(body, buf, &self.desk.theme);
        }
        let Some(top) = self.layers.top() else { return };
        let place = self.layers.visible().first().map(|screen| (screen.place(), screen.aside()));
        let (place, aside) = place.unwrap_or_default();
        bar::header(
            &place,
            aside.as_deref(),
            self.status.as_ref(),
            self.desk.glyphs,
            header,
            buf,
            &self.desk.theme,
        );
        let last = if self.layers.is_deep() { "back" } else { "quit" };
        bar::footer(
            &top.hints(),
            self.desk.notice.as_deref(),
            (top.typing(), last),
            self.desk.glyphs,
            footer,
            buf,
            &self.desk.theme,
        );
    }
}
