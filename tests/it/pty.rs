//! The application in a real terminal: it starts, draws, leaves, and gives the terminal back. Everything else is
//! tested in process, in `tui.rs`.
#![expect(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

use std::io::{Read, Write};
use std::num::NonZero;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

const PATIENCE: Duration = Duration::from_secs(30);

struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    master: Option<Box<dyn MasterPty + Send>>,
    keys: Option<Box<dyn Write + Send>>,
    output: Receiver<Vec<u8>>,
    bytes: Vec<u8>,
    screen: vt100::Parser,
    _home: tempfile::TempDir,
}

impl Terminal {
    fn start() -> Self {
        let home = tempfile::tempdir().unwrap();
        let size = PtySize { rows: 24, cols: 80, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_sealegs"));
        command.env_clear();
        command.env("TERM", "xterm-256color");
        command.env("SEALEGS_HOME", home.path());
        command.cwd(home.path());
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                if sender.send(buffer[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        let keys = pair.master.take_writer().unwrap();
        Self {
            child,
            master: Some(pair.master),
            keys: Some(keys),
            output,
            bytes: Vec::new(),
            screen: vt100::Parser::new(NonZero::new(24).unwrap(), NonZero::new(80).unwrap(), 0),
            _home: home,
        }
    }

    /// Reads until the screen holds `text`.
    #[track_caller]
    fn wait_for(&mut self, text: &str) {
        self.wait_until(|terminal| terminal.screen.screen().contents().contains(text));
    }

    #[track_caller]
    fn wait_until(&mut self, done: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !done(self) {
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok(bytes) = self.output.recv_timeout(left) else {
                panic!("it was not to be seen:\n{}", self.screen.screen().contents());
            };
            self.screen.process(&bytes);
            self.bytes.extend(bytes);
        }
    }

    fn press(&mut self, keys: &str) {
        let writer = self.keys.as_mut().unwrap();
        writer.write_all(keys.as_bytes()).unwrap();
        writer.flush().unwrap();
    }

    /// Reads to the end and waits for the process.
    fn end(&mut self) -> u32 {
        let deadline = Instant::now() + PATIENCE;
        while let Ok(bytes) = self.output.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            self.screen.process(&bytes);
            self.bytes.extend(bytes);
        }
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.exit_code();
            }
            if Instant::now() > deadline {
                let _ = self.child.kill();
                panic!("it did not end");
            }
            std::thread::yield_now();
        }
    }
}

#[test]
fn it_starts_draws_leaves_and_gives_the_terminal_back() {
    let mut terminal = Terminal::start();
    terminal.wait_for("look around first");
    assert!(terminal.screen.screen().alternate_screen());
    assert!(terminal.screen.screen().hide_cursor());
    let sent = String::from_utf8_lossy(&terminal.bytes).into_owned();
    for query in ["\x1b[6n", "\x1b[c", "\x1b[?u", "\x1b]11;?", "\x1b[>q"] {
        assert!(!sent.contains(query), "nothing is asked of the terminal: {query:?}");
    }
    terminal.press("q");
    terminal.wait_for("Certificate");
    terminal.press("q");
    assert_eq!(terminal.end(), 0);
    assert!(!terminal.screen.screen().alternate_screen());
    assert!(!terminal.screen.screen().hide_cursor());
    assert!(!terminal.screen.screen().bracketed_paste());
}

#[test]
fn a_key_after_a_new_size_is_not_forgotten() {
    let mut terminal = Terminal::start();
    terminal.wait_for("look around first");
    // crossterm listens for sizes from the first key on.
    terminal.press("?");
    terminal.wait_for("Keys: welcome");
    let size = PtySize { rows: 30, cols: 100, pixel_width: 0, pixel_height: 0 };
    terminal.screen.screen_mut().set_size(NonZero::new(30).unwrap(), NonZero::new(100).unwrap());
    let seen = terminal.bytes.len();
    terminal.master.as_ref().unwrap().resize(size).unwrap();
    terminal.wait_until(|terminal| terminal.bytes.len() > seen);
    terminal.press("?");
    terminal.wait_until(|terminal| !terminal.screen.screen().contents().contains("Keys: welcome"));
    terminal.press("q");
    terminal.wait_for("Certificate");
    terminal.press("q");
    assert_eq!(terminal.end(), 0);
}

#[test]
fn control_c_leaves_from_anywhere() {
    let mut terminal = Terminal::start();
    terminal.wait_for("look around first");
    terminal.press("?");
    terminal.wait_for("Keys: welcome");
    terminal.press("\x03");
    assert_eq!(terminal.end(), 0);
    assert!(!terminal.screen.screen().alternate_screen());
}

#[test]
fn a_closed_terminal_ends_it() {
    let mut terminal = Terminal::start();
    terminal.wait_for("look around first");
    terminal.keys = None;
    terminal.master = None;
    // The reader's end is the last one; a shell's window that is closed sends the signal beside it.
    let id = terminal.child.process_id().unwrap().to_string();
    assert!(std::process::Command::new("kill").args(["-HUP", &id]).status().unwrap().success());
    terminal.end();
}
