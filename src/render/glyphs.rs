//! The characters that layout itself draws, and plain stand-ins where a terminal has only ASCII.

/// Which characters may be drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Glyphs {
    /// Box characters, bullets, arrows.
    #[default]
    Unicode,
    /// ASCII alone; box characters and typographic marks in texts are replaced as well.
    Ascii,
}

impl Glyphs {
    /// `unicode` or `ascii`, as these glyphs have it.
    pub fn pick<'a>(self, unicode: &'a str, ascii: &'a str) -> &'a str {
        match self {
            Self::Unicode => unicode,
            Self::Ascii => ascii,
        }
    }

    /// `text` with every character that has a stand-in of the same width replaced, where only ASCII is wanted.
    pub fn adapt(self, text: &str) -> String {
        match self {
            Self::Unicode => text.to_owned(),
            Self::Ascii => text.chars().map(ascii).collect(),
        }
    }
}

fn ascii(c: char) -> char {
    match c {
        '─' | '━' | '═' | '╌' | '┄' | '┈' | '–' | '—' | '−' | '‐' | '‑' => '-',
        '│' | '┃' | '║' | '╎' | '┆' | '┊' | '▏' | '▌' => '|',
        '┌' | '┐' | '└' | '┘' | '├' | '┤' | '┬' | '┴' | '┼' | '╔' | '╗' | '╚' | '╝' | '╠' | '╣' | '╦'
        | '╩' | '╬' | '╭' | '╮' | '╯' | '╰' | '✓' | '✔' => '+',
        '→' | '▶' | '►' | '▸' | '➜' | '›' => '>',
        '←' | '◀' | '◄' | '◂' | '‹' => '<',
        '↑' | '▲' | '△' => '^',
        '↓' | '▼' | '▽' => 'v',
        '•' | '●' | '○' | '◦' | '★' | '×' => '*',
        '‘' | '’' | '′' => '\'',
        '“' | '”' | '″' => '"',
        '…' | '·' => '.',
        '✗' | '✘' => 'x',
        '█' | '▓' | '▒' | '░' => '#',
        '\u{a0}' | '\u{202f}' => ' ',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn diagrams_survive_ascii() {
        assert_eq!(Glyphs::Ascii.adapt("┌─→ é ✓"), "+-> é +");
        assert_eq!(Glyphs::Unicode.adapt("┌─→"), "┌─→");
    }
}
