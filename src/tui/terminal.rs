//! The terminal, taken and given back: raw mode, alternate screen, cursor, paste, mouse.
//!
//! Whoever leaves, by whatever way, gives it back: drop, panic hook, suspension and the editor use one function.
//! Nothing is asked of the terminal, here or elsewhere: a terminal that answers nothing is as good as any other.

use std::io::{self, BufWriter, Stdout, Write};
use std::path::Path;
use std::process::Command;

use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use crossterm::{cursor, execute};
use ratatui::backend::CrosstermBackend;

use super::app::App;

type Backend = CrosstermBackend<BufWriter<Stdout>>;

/// The terminal while the application has it.
pub struct Terminal {
    inner: ratatui::Terminal<Backend>,
    mouse: bool,
}

impl Terminal {
    /// Takes the terminal.
    pub fn take() -> io::Result<Self> {
        give_back_on_panic();
        let out = BufWriter::with_capacity(32 * 1024, io::stdout());
        let taken = acquire().and_then(|()| ratatui::Terminal::new(CrosstermBackend::new(out)));
        match taken {
            // From here on the drop guard gives it back.
            Ok(inner) => Ok(Self { inner, mouse: false }),
            Err(error) => {
                give_back();
                Err(error)
            }
        }
    }

    /// Draws the application.
    pub fn draw(&mut self, app: &App) -> io::Result<()> {
        self.inner.draw(|frame| {
            let area = frame.area();
            app.render(area, frame.buffer_mut());
        })?;
        Ok(())
    }

    /// Columns and rows.
    pub fn size() -> io::Result<(u16, u16)> {
        crossterm::terminal::size()
    }

    /// Switches mouse reports on or off.
    pub fn mouse(&mut self, on: bool) -> io::Result<()> {
        self.mouse = on;
        if on {
            execute!(io::stdout(), EnableMouseCapture)
        } else {
            execute!(io::stdout(), DisableMouseCapture)
        }
    }

    /// Puts text on the clipboard with OSC 52. Whether the terminal obeys cannot be known.
    pub fn copy(text: &str) -> io::Result<()> {
        let mut out = io::stdout();
        write!(out, "\x1b]52;c;{}\x07", base64(text.as_bytes()))?;
        out.flush()
    }

    /// Lends the terminal to `work`, which may use it as any program does, and takes it again.
    pub fn lend<T>(&mut self, work: impl FnOnce() -> T) -> io::Result<T> {
        give_back();
        let done = work();
        acquire()?;
        if self.mouse {
            self.mouse(true)?;
        }
        self.inner.clear()?;
        Ok(done)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        give_back();
    }
}

fn acquire() -> io::Result<()> {
    enable_raw_mode()?;
    execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste, cursor::Hide)
}

fn give_back() {
    // Each may fail where the terminal is gone; there is nobody left to tell.
    let _ = execute!(
        io::stdout(),
        DisableMouseCapture,
        DisableBracketedPaste,
        LeaveAlternateScreen,
        cursor::Show
    );
    let _ = disable_raw_mode();
}

fn give_back_on_panic() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            give_back();
            before(info);
        }));
    });
}

/// Opens the learner's editor on a file and waits for its end. `editor` is read by the shell, as git reads it, so
/// that `code --wait` works.
pub fn edit(editor: &str, path: &Path, line: u32) -> io::Result<()> {
    let program = editor.split_whitespace().next().unwrap_or("vi");
    let name = Path::new(program).file_name().and_then(|n| n.to_str()).unwrap_or(program);
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("{editor} \"$@\"")).arg(editor);
    if line > 1 && matches!(name, "vi" | "vim" | "nvim" | "nano" | "emacs" | "kak" | "micro") {
        command.arg(format!("+{line}"));
    }
    let status = command.arg(path).status()?;
    if status.success() { Ok(()) } else { Err(io::Error::other(format!("`{editor}` ended with {status}"))) }
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let three = [group[0], *group.get(1).unwrap_or(&0), *group.get(2).unwrap_or(&0)];
        let bits = u32::from_be_bytes([0, three[0], three[1], three[2]]);
        for i in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * i)) as usize & 63];
            out.push(if i <= group.len() { letter as char } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_pads() {
        let cases = [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")];
        for (plain, coded) in cases {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }

    #[test]
    fn the_editor_may_have_arguments_and_may_fail() {
        let here = tempfile::tempdir().unwrap();
        let file = here.path().join("a b.yaml");
        std::fs::write(&file, "x").unwrap();
        edit("printf changed >", &file, 1).unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "changed");
        let error = edit("false", &file, 3).unwrap_err().to_string();
        assert!(error.contains("`false` ended with"), "{error}");
    }
}
