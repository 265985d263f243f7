//! How wide findings are told: as wide as the terminal; where there is none, a line stays a line, for logs and `grep`.

use std::io::{self, IsTerminal};
use std::sync::OnceLock;

use crate::text::{Finding, Sources, snippet};
use crate::tui;

/// Lines of words that are longer are hard to read.
const WIDEST: usize = 100;

/// On a narrower screen the terminal itself breaks lines.
const NARROWEST: usize = 40;

/// Writes a finding for whoever reads standard output.
pub fn write(out: &mut String, finding: &Finding, sources: &Sources) {
    snippet::write_within(out, finding, sources, width());
}

/// How wide a line may be; `None` where nobody minds. The terminal is asked once.
fn width() -> Option<usize> {
    static WIDTH: OnceLock<Option<usize>> = OnceLock::new();
    *WIDTH.get_or_init(|| {
        let columns = io::stdout().is_terminal().then(tui::columns).flatten()?;
        Some(usize::from(columns).clamp(NARROWEST, WIDEST))
    })
}
