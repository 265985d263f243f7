//! Takes the teeth out of text from files: no control character and no bidirectional override reaches a screen.
//!
//! C0 and C1 controls and DEL become their pictures (U+2400 block) or U+FFFD; the bidirectional controls that
//! "Trojan Source" (CVE-2021-42574) abuses become U+FFFD as well.

use std::borrow::Cow;

fn is_unsafe(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

/// `text` with every dangerous character replaced by one that shows; line feeds and tabs stay.
pub fn clean(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unsafe) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(|c| if is_unsafe(c) { picture(c) } else { c }).collect())
}

/// The same for one line: tabs become blanks up to the next multiple of `tab`, line breaks a space.
pub fn line(text: &str, tab: usize) -> String {
    let mut out = String::with_capacity(text.len());
    push_line(&mut out, text, tab);
    out
}

/// The same, behind what `out` holds already.
pub fn push_line(out: &mut String, text: &str, tab: usize) {
    // Nearly all text is such, and nothing of it needs to be looked at twice.
    if text.as_bytes().chunks(32).all(|some| some.iter().fold(true, |all, b| all & matches!(b, b' '..=b'~')))
    {
        *out += text;
        return;
    }
    let mut column = 0;
    for c in text.chars() {
        match c {
            '\t' => {
                let width = tab - column % tab;
                out.extend(std::iter::repeat_n(' ', width));
                column += width;
                continue;
            }
            '\n' | '\r' => out.push(' '),
            c if is_unsafe(c) => out.push(picture(c)),
            c => out.push(c),
        }
        column += 1;
    }
}

fn picture(c: char) -> char {
    match c {
        '\u{0}'..='\u{1f}' => char::from_u32(0x2400 + c as u32).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        _ => '\u{fffd}',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_and_overrides_become_visible() {
        assert_eq!(clean("a\u{1b}[2Jb\u{202e}c\n"), "a\u{241b}[2Jb\u{fffd}c\n");
        assert_eq!(clean("plain — text"), "plain — text");
        assert_eq!(line("a\tb\u{7}", 4), "a   b\u{2407}");
    }
}
