//! How wide findings are told: as wide as the terminal; where there is none, a line stays a line, for logs and `grep`.

use std::io::{self, IsTerminal, Write};
use std::sync::OnceLock;

use unicode_width::UnicodeWidthStr;

use crate::text::wrap::wrap;
use crate::text::{Finding, Sources, snippet};
use crate::tui;

/// Lines of words that are longer are hard to read.
const WIDEST: usize = 100;

/// On a narrower screen the terminal itself breaks lines.
const NARROWEST: usize = 40;

/// What stands before the second line of a long one and those after it.
const HANG: &str = "    ";

/// Writes a finding for whoever reads standard output.
pub fn write(out: &mut String, finding: &Finding, sources: &Sources) {
    snippet::write_within(out, finding, sources, width());
}

/// Writes a line of words, what goes on below it set in.
pub fn line(out: &mut dyn Write, words: &str) -> io::Result<()> {
    let Some(wide) = width().filter(|wide| words.width() > *wide) else { return writeln!(out, "{words}") };
    let mut lines = wrap(words, wide - HANG.len()).into_iter();
    writeln!(out, "{}", lines.next().unwrap_or(""))?;
    lines.try_for_each(|line| writeln!(out, "{HANG}{line}"))
}

/// How wide a line may be; `None` where nobody minds. The terminal is asked once.
fn width() -> Option<usize> {
    static WIDTH: OnceLock<Option<usize>> = OnceLock::new();
    *WIDTH.get_or_init(|| {
        let columns = io::stdout().is_terminal().then(tui::columns).flatten()?;
        Some(usize::from(columns).clamp(NARROWEST, WIDEST))
    })
}
