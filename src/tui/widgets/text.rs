//! Lines of styled text: width, wrapping, cutting, drawing.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::render::Glyphs;
use crate::text::clean;

use super::super::theme::{Theme, Tone};
use super::list::Scroll;

/// The part of `area` with a margin of two columns and one row at the top.
pub fn inset(area: Rect) -> Rect {
    let x = area.x + 2.min(area.width);
    let y = area.y + 1.min(area.height);
    Rect { x, y, width: area.width.saturating_sub(4), height: area.height.saturating_sub(1) }
}

/// The middle of `area`, at most `width` columns wide.
pub fn column(area: Rect, width: u16) -> Rect {
    let width = width.min(area.width);
    Rect { x: area.x + (area.width - width) / 2, width, ..area }
}

/// Takes `width` columns from the left of `area`, with a gap of `gap` to what is left.
pub fn split(area: Rect, width: u16, gap: u16) -> (Rect, Rect) {
    let width = width.min(area.width);
    let skip = (width + gap).min(area.width);
    (Rect { width, ..area }, Rect { x: area.x + skip, width: area.width - skip, ..area })
}

/// Takes `height` rows from the top of `area`.
pub fn rows(area: Rect, height: u16) -> (Rect, Rect) {
    let height = height.min(area.height);
    (Rect { height, ..area }, Rect { y: area.y + height, height: area.height - height, ..area })
}

/// Text broken into lines of at most `width` columns, at blanks where there are any; line feeds are kept.
pub fn wrap(text: &str, width: u16) -> Vec<String> {
    let width = usize::from(width.max(1));
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let indent = paragraph.len() - paragraph.trim_start().len();
        let mut line = " ".repeat(indent.min(width / 2));
        let start = line.len();
        for word in paragraph.split_whitespace() {
            let mut word = word;
            if line.len() > start && line.width() + 1 + word.width() > width {
                lines.push(std::mem::replace(&mut line, " ".repeat(start)));
            } else if line.len() > start {
                line.push(' ');
            }
            // A word longer than a whole line is cut.
            while line.width() + word.width() > width {
                let head = cut(word, width.saturating_sub(line.width()).max(1));
                if head.is_empty() {
                    break;
                }
                line.push_str(head);
                word = &word[head.len()..];
                lines.push(std::mem::replace(&mut line, " ".repeat(start)));
            }
            line.push_str(word);
        }
        lines.push(line.trim_end().to_owned());
    }
    lines
}

/// The lines of `text` as they are where they fit, since carets must stay under what they point at; wrapped where
/// they do not.
pub fn kept(text: &str, width: u16) -> Vec<String> {
    let keep = |line: &str| {
        if line.width() <= usize::from(width) { vec![line.to_owned()] } else { wrap(line, width) }
    };
    safe_lines(text).lines().flat_map(keep).collect()
}

/// As much of the beginning of `text` as fits into `width` columns.
pub fn cut(text: &str, width: usize) -> &str {
    let mut used = 0;
    let mut end = 0;
    for grapheme in unicode_segmentation::UnicodeSegmentation::graphemes(text, true) {
        used += grapheme.width();
        if used > width {
            break;
        }
        end += grapheme.len();
    }
    &text[..end]
}

/// `text` in at most `width` columns, with an ellipsis where something is missing.
pub fn fit(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    format!("{}…", cut(text, width.saturating_sub(1)).trim_end())
}

/// `text` in at most `width` columns, with an ellipsis in its middle where something is missing: of names that begin
/// alike the ends tell them apart.
pub fn middle(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let head = cut(text, width.saturating_sub(1) * 3 / 5).trim_end();
    let room = width.saturating_sub(head.width() + 1);
    let ends = text.char_indices().map(|(at, _)| text.get(at..).unwrap_or_default());
    let tail = ends.into_iter().find(|end| end.width() <= room).unwrap_or_default();
    format!("{head}…{}", tail.trim_start())
}

/// The name in a track's title: what stands before a colon.
pub fn short(title: &str) -> String {
    safe(title.split(':').next().unwrap_or(title).trim())
}

/// A question or another short piece of Markdown on one line, without the marks of code.
pub fn plain(markdown: &str) -> String {
    let words = markdown.split_whitespace().collect::<Vec<_>>().join(" ");
    safe(&words.replace('`', ""))
}

/// Text of a file or of the learner as it may be shown on one line.
pub fn safe(text: &str) -> String {
    clean::line(text, 4)
}

/// The same for text of several lines.
pub fn safe_lines(text: &str) -> String {
    clean::clean(text).into_owned()
}

/// Wraps `text` and gives each line the same style.
pub fn styled(text: &str, width: u16, style: Style) -> Vec<Line<'static>> {
    let line = |line| Line::from(Span::styled(line, style));
    wrap(&safe_lines(text), width).into_iter().map(line).collect()
}

/// The same, and what stands between back quotes in the style of code, without them. Text with an odd one is left
/// as it is.
pub fn sentence(text: &str, width: u16, style: Style, code: Style) -> Vec<Line<'static>> {
    let text = safe_lines(text);
    if text.matches('`').count() % 2 == 1 {
        return wrap(&text, width).into_iter().map(|line| Line::from(Span::styled(line, style))).collect();
    }
    // Wrapping moves nothing but blanks: each other character keeps what it was.
    let (mut plain, mut coded, mut quoted) = (String::new(), Vec::new(), false);
    for c in text.chars() {
        if c == '`' {
            quoted = !quoted;
            continue;
        }
        plain.push(c);
        if !c.is_whitespace() {
            coded.push(quoted);
        }
    }
    let mut coded = coded.into_iter();
    let mut pieces = |line: String| {
        let mut spans: Vec<(String, bool)> = Vec::new();
        let mut blanks = String::new();
        for c in line.chars() {
            if c.is_whitespace() {
                blanks.push(c);
                continue;
            }
            let quoted = coded.next().unwrap_or(false);
            match spans.last_mut() {
                Some((last, same)) if *same == quoted => {
                    last.push_str(&std::mem::take(&mut blanks));
                    last.push(c);
                }
                // Blanks between words and code are the words'.
                Some((last, false)) => {
                    last.push_str(&std::mem::take(&mut blanks));
                    spans.push((c.to_string(), quoted));
                }
                _ => {
                    let lead = std::mem::take(&mut blanks);
                    if quoted && !lead.is_empty() {
                        spans.push((lead, false));
                        spans.push((c.to_string(), true));
                    } else {
                        spans.push((lead + c.encode_utf8(&mut [0; 4]), quoted));
                    }
                }
            }
        }
        let styled = |(says, quoted): (String, bool)| Span::styled(says, if quoted { code } else { style });
        Line::from(spans.into_iter().map(styled).collect::<Vec<_>>())
    };
    wrap(&plain, width).into_iter().map(&mut pieces).collect()
}

/// `lead` before the first line, its width in blanks before the others.
pub fn hanging(lead: Span<'static>, lines: Vec<Line<'static>>) -> Vec<Line<'static>> {
    let blank = " ".repeat(lead.width());
    let mut lead = Some(lead);
    let hang = |mut line: Line<'static>| {
        line.spans.insert(0, lead.take().unwrap_or_else(|| Span::raw(blank.clone())));
        line
    };
    lines.into_iter().map(hang).collect()
}

/// Draws lines from the top of `area`, leaving out the first `skip`. A line's own style is that of its whole row.
pub fn draw(lines: &[Line], skip: usize, area: Rect, buf: &mut Buffer) {
    for (line, y) in lines.iter().skip(skip).zip(area.y..area.bottom()) {
        buf.set_style(Rect { y, height: 1, ..area }, line.style);
        buf.set_line(area.x, y, line, area.width);
    }
}

/// Marks at the right edge of a scrolled text that there is more above or below.
pub fn more(scroll: &Scroll, area: Rect, glyphs: Glyphs, buf: &mut Buffer, theme: &Theme) {
    let x = area.right();
    let mut mark = |sign: &str, y: u16| {
        if area.height > 0 && x < buf.area.right() {
            buf.set_stringn(x, y, sign, 1, theme.tone(Tone::Accent));
        }
    };
    if scroll.top > 0 {
        mark(glyphs.pick("↑", "^"), area.y);
    }
    if !scroll.at_end() {
        mark(glyphs.pick("↓", "v"), area.bottom().saturating_sub(1));
    }
}

/// Draws one line of text in one style.
pub fn put(text: &str, style: Style, area: Rect, buf: &mut Buffer) {
    if area.height > 0 {
        buf.set_stringn(area.x, area.y, text, usize::from(area.width), style);
    }
}

/// Draws text in the middle of `area`.
pub fn centred(text: &str, area: Rect, buf: &mut Buffer, style: Style) {
    let lines = wrap(text, area.width.saturating_sub(2).min(60));
    let top = area.height.saturating_sub(lines.len() as u16) / 2;
    for (line, y) in lines.iter().zip(area.y + top..area.bottom()) {
        let x = area.x + area.width.saturating_sub(line.width() as u16) / 2;
        buf.set_stringn(x, y, line, usize::from(area.right() - x), style);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_wrapped_and_long_ones_cut() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("a\n\nb", 7), ["a", "", "b"]);
        assert_eq!(wrap("abcdefghij k", 4), ["abcd", "efgh", "ij k"]);
        assert_eq!(wrap("  in dented", 6), ["  in", "  dent", "  ed"]);
        assert_eq!(wrap("漢字漢字", 4), ["漢字", "漢字"]);
        assert_eq!(wrap("漢", 1), ["漢"]);
    }

    #[test]
    fn what_is_quoted_becomes_code_across_lines() {
        let code = Style::new().bold();
        let shown = |text| {
            let lines = sentence(text, 12, Style::new(), code);
            lines
                .iter()
                .map(|l| l.spans.iter().map(|s| (s.content.to_string(), s.style == code)).collect())
                .collect::<Vec<Vec<_>>>()
        };
        let plain = |text: &str| (text.to_owned(), false);
        let coded = |text: &str| (text.to_owned(), true);
        assert_eq!(
            shown("run `a b` as can"),
            [vec![plain("run "), coded("a b"), plain(" as")], vec![plain("can")]]
        );
        assert_eq!(
            shown("one `two three` x"),
            [vec![plain("one "), coded("two")], vec![coded("three"), plain(" x")]]
        );
        // Back quotes take no room.
        assert_eq!(shown("ten `cols` ok"), [vec![plain("ten "), coded("cols"), plain(" ok")]]);
        assert_eq!(shown("x `a` `b`c"), [vec![plain("x "), coded("a b"), plain("c")]]);
        assert_eq!(shown("an odd ` one"), [vec![plain("an odd ` one")]]);
    }

    #[test]
    fn fitting_leaves_a_mark() {
        assert_eq!(fit("abcdef", 4), "abc…");
        assert_eq!(fit("abc", 3), "abc");
        assert_eq!(middle("patch pods/status press-1", 16), "patch pod…ress-1");
        assert_eq!(middle("abc", 3), "abc");
        assert_eq!(middle("漢字漢字", 5), "漢…字");
        for width in 1..12 {
            assert!(middle("one two three", width).width() <= width, "{width}");
        }
    }
}
