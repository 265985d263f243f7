//! The one renderer of findings: `file:line:column`, the line itself, a caret, and the way out.
//!
//! A line stays a line, so that logs can be searched and copied; only for a terminal, whose width is known, words are
//! wrapped and code is cut to what fits.

use unicode_width::UnicodeWidthStr;

use super::wrap::{prefix, suffix, wrap};
use super::{Finding, Label, Position, Safety, Sources, clean};

/// How much of a long line is shown around the caret, in cells.
const WINDOW: usize = 100;

/// How many characters before the caret may matter to what is shown of a long line.
const FAR: usize = 4 * WINDOW;

/// How wide a tab is.
const TAB: usize = 4;

/// A finding as text, several lines with a line feed after each.
///
/// ```text
/// error[duplicate-key]: key is set twice
///   --> pod.yaml:7:3
///    |
///  7 |   name: b
///    |   ^^^^ second value
///    = first set at pod.yaml:5:3: the one that others may take
///    = help: remove one of the two
/// ```
pub fn render(finding: &Finding, sources: &Sources) -> String {
    let mut out = String::new();
    write(&mut out, finding, sources);
    out
}

/// The same, behind what `out` holds already.
pub fn write(out: &mut String, finding: &Finding, sources: &Sources) {
    write_within(out, finding, sources, None);
}

/// The same on a terminal of this width, in cells: nothing but names of files is wider.
pub fn write_within(out: &mut String, finding: &Finding, sources: &Sources, wide: Option<usize>) {
    put(out, &[finding.severity.word(), "["]);
    line(out, &[&finding.code, "]: "].concat(), &finding.title, "    ", wide);
    label(out, &finding.primary, sources, true, wide);
    if !finding.detail.is_empty() {
        line(out, "   = ", &finding.detail, "     ", wide);
    }
    for other in &finding.related {
        label(out, other, sources, false, wide);
    }
    if !finding.help.is_empty() {
        let mut lines = finding.help.lines();
        line(out, "   = help: ", lines.next().unwrap_or(""), "     ", wide);
        for more in lines {
            line(out, "           ", more, "           ", wide);
        }
    }
    fix(out, finding, sources, wide);
}

/// The lines that the fix takes away and those that it puts there.
fn fix(out: &mut String, finding: &Finding, sources: &Sources, wide: Option<usize>) {
    let Some(fix) = &finding.fix else { return };
    let Some(source) = sources.get(finding.primary.span.file) else { return };
    let changed = fix.lines(&source);
    let width = changed.iter().map(|c| c.line.to_string().len()).max().unwrap_or(0);
    *out += match fix.safety {
        Safety::Safe => "   = fix:\n",
        Safety::Choice => "   = fix, with a value of yours:\n",
    };
    let room = wide.map_or(WINDOW, |wide| wide.saturating_sub(width + 4).max(8));
    let old = || changed.iter().filter(|c| !c.new);
    // Of a line that changes far behind its beginning, that part is shown.
    let far = match (old().next(), changed.iter().find(|c| c.new)) {
        (Some(old), Some(new)) => {
            let same = old.text.chars().zip(new.text.chars()).take_while(|(a, b)| a == b).count();
            if same + room / 4 > room { same - room / 2 } else { 0 }
        }
        _ => 0,
    };
    for line in &changed {
        let sign = if line.new { '+' } else { '-' };
        let (cut, text) = match far {
            0 => ("", &*line.text),
            far => ("…", split_at_char(&line.text, far).1),
        };
        let text: String = clean::line(split_at_char(text, FAR).0, TAB);
        let text = match wide {
            Some(_) => fitted(&text, room - cut.width()),
            None => text.chars().take(WINDOW).collect(),
        };
        *out += &format!(" {:>width$} {sign} {cut}{text}\n", line.line);
    }
}

/// A finding on one line: `file:line:column severity id title: detail`.
pub fn one_line(finding: &Finding, sources: &Sources) -> String {
    let mut out = String::new();
    write_line(&mut out, finding, sources);
    out
}

/// The same, behind what `out` holds already.
pub fn write_line(out: &mut String, finding: &Finding, sources: &Sources) {
    match sources.get(finding.primary.span.file) {
        Some(source) => {
            clean::push_line(out, source.name(), TAB);
            put_position(out, source.position(finding.primary.span.start));
        }
        None => out.push('?'),
    }
    put(out, &[" ", finding.severity.word(), " ", &finding.code, " "]);
    clean::push_line(out, &finding.title, TAB);
    if !finding.detail.is_empty() {
        *out += ": ";
        clean::push_line(out, &finding.detail, TAB);
    }
}

fn put(out: &mut String, parts: &[&str]) {
    for part in parts {
        *out += part;
    }
}

fn put_position(out: &mut String, at: Position) {
    let (mut line, mut column) = (itoa::Buffer::new(), itoa::Buffer::new());
    put(out, &[":", line.format(at.line), ":", column.format(at.column)]);
}

/// A line of words; where they are wrapped, `hang` stands before all but the first.
fn line(out: &mut String, before: &str, text: &str, hang: &str, wide: Option<usize>) {
    *out += before;
    let Some(wide) = wide else {
        clean::push_line(out, text, TAB);
        out.push('\n');
        return;
    };
    let start = out.rfind('\n').map_or(0, |at| at + 1);
    let first = wide.saturating_sub(out.get(start..).unwrap_or("").width());
    let text = clean::line(text, TAB);
    let mut lines = wrap(&text, first).into_iter();
    let head = lines.next().unwrap_or("");
    put(out, &[head, "\n"]);
    let rest = text.get(head.len()..).unwrap_or("").trim_start();
    if !rest.is_empty() {
        for line in wrap(rest, wide.saturating_sub(hang.len())) {
            put(out, &[hang, line, "\n"]);
        }
    }
}

/// `text`, cut where it is wider.
fn fitted(text: &str, cells: usize) -> String {
    if text.width() <= cells {
        text.to_owned()
    } else {
        format!("{}…", prefix(text, cells.saturating_sub(1)))
    }
}

fn label(out: &mut String, label: &Label, sources: &Sources, primary: bool, wide: Option<usize>) {
    let Some(source) = sources.get(label.span.file) else { return };
    let at = source.position(label.span.start);
    put(out, &["  ", if primary { "-->" } else { ":::" }, " "]);
    clean::push_line(out, source.name(), TAB);
    if source.text().is_empty() {
        // A finding about the file as such: there is no line to show.
        out.push('\n');
        return;
    }
    put_position(out, at);
    out.push('\n');
    let raw = source.line(at.line);
    let (before, rest) = split_at_char(raw, at.column as usize - 1);
    let under = source.slice(label.span).lines().next().unwrap_or("");
    let marked = if rest.starts_with(under) { under } else { rest };
    // A long line is cut to a window around the caret: what lies far from it is not even looked at.
    let (far, before) = split_at_char_from_end(before, FAR);
    let rest = split_at_char(rest, WINDOW).0;
    let lead: String = clean::line(before, TAB);
    let skip = lead.chars().count().saturating_sub(WINDOW / 2);
    let cut = if skip > 0 || !far.is_empty() { "…" } else { "" };
    let lead: String = lead.chars().skip(skip).collect();
    let shown: String = clean::line(rest, TAB).chars().take(WINDOW).collect();
    let number = at.line.to_string();
    let carets = clean::line(split_at_char(marked, WINDOW).0, TAB).width().clamp(1, WINDOW);
    let gutter = |out: &mut String| {
        out.extend(std::iter::repeat_n(' ', number.len() + 1));
        *out += " |";
    };
    gutter(out);
    if let Some(wide) = wide {
        let Shown { line, lead, carets, words } =
            shown_within(wide.saturating_sub(number.len() + 4), cut, &lead, &shown, carets, &label.text);
        put(out, &["\n ", &number, " | ", &line, "\n"]);
        gutter(out);
        out.extend(std::iter::repeat_n(' ', lead + 1));
        out.extend(std::iter::repeat_n('^', carets));
        for (beside, words) in words {
            if beside {
                out.push(' ');
            } else {
                out.push('\n');
                gutter(out);
                out.extend(std::iter::repeat_n(
                    ' ',
                    1 + lead.min(wide.saturating_sub(number.len() + 4 + words.width())),
                ));
            }
            *out += &words;
        }
        out.push('\n');
        return;
    }
    put(out, &["\n ", &number, " | ", cut, &lead, &shown, "\n"]);
    gutter(out);
    out.extend(std::iter::repeat_n(' ', cut.width() + lead.width() + 1));
    out.extend(std::iter::repeat_n('^', carets));
    if !label.text.is_empty() {
        out.push(' ');
        clean::push_line(out, &label.text, TAB);
    }
    out.push('\n');
}

/// A line of code and what stands below it, made to fit.
struct Shown {
    line: String,
    /// How far the carets stand from its beginning.
    lead: usize,
    carets: usize,
    /// What is said of the place: beside the carets, or below them.
    words: Vec<(bool, String)>,
}

/// Of what stands before and behind the carets, what fits into `room`.
fn shown_within(room: usize, cut: &str, lead: &str, shown: &str, carets: usize, words: &str) -> Shown {
    let room = room.max(8);
    let words = clean::line(words, TAB);
    let wanted = carets.min(room / 2);
    let (cut, lead) = if cut.width() + lead.width() + wanted < room {
        (cut, lead)
    } else {
        ("…", suffix(lead, (room - wanted - 2).min(room / 2)))
    };
    let before = cut.width() + lead.width();
    let line = format!("{cut}{lead}{}", fitted(shown, room - before));
    let carets = carets.min(room - before).max(1);
    let words = if words.is_empty() {
        Vec::new()
    } else if before + carets + 1 + words.width() <= room {
        vec![(true, words)]
    } else {
        wrap(&words, room).into_iter().map(|line| (false, line.to_owned())).collect()
    };
    Shown { line, lead: before, carets, words }
}

fn split_at_char_from_end(text: &str, chars: usize) -> (&str, &str) {
    let at = if text.len() <= chars { None } else { text.char_indices().rev().nth(chars - 1) };
    text.split_at(at.map_or(0, |(i, _)| i))
}

fn split_at_char(text: &str, chars: usize) -> (&str, &str) {
    let at = text.char_indices().nth(chars).map_or(text.len(), |(i, _)| i);
    text.split_at(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caret_stands_under_the_place() {
        let sources = Sources::new();
        let s = sources.add("pod.yaml", "kind: Pod\nspec: { é: tru }\n");
        let f = Finding::error("wrong-type", "not a boolean", s.span(22, 25))
            .label("here")
            .help("write true or false");
        let shown = render(&f, &sources);
        assert_eq!(
            shown,
            "error[wrong-type]: not a boolean\n  --> pod.yaml:2:12\n   |\n 2 | spec: { é: tru }\n   |            ^^^ here\n   = help: write true or false\n"
        );
        assert_eq!(one_line(&f, &sources), "pod.yaml:2:12 error wrong-type not a boolean");
    }

    #[test]
    fn on_a_terminal_nothing_is_wider_than_it_is() {
        let sources = Sources::new();
        let text = format!("kind: Pod\nspec: {{ {}: {}, last: 漢字 }}\n", "long".repeat(20), "x".repeat(90));
        let s = sources.add("pod.yaml", text);
        let at = |words: &str| {
            let start = s.text().find(words).unwrap();
            s.span(start, start + words.len())
        };
        let detail = "Pod a: spec.template.spec.containers[0].securityContext.capabilities.add[0] adds SYS_ADMIN, the \
                      capability to mount and to administer";
        for (place, label) in
            [("xxx", "here"), ("last", "not the first of them, and not the last"), ("kind", "")]
        {
            let f = Finding::error("wrong-type", "not a boolean", at(place))
                .label(label)
                .detail(detail)
                .related(at("漢字"), "a second place, of which somewhat more is said than fits")
                .help(detail);
            for wide in 40..120 {
                let mut shown = String::new();
                write_within(&mut shown, &f, &sources, Some(wide));
                assert!(shown.lines().all(|line| line.width() <= wide), "{wide}:\n{shown}");
                let squeezed = |text: &str| text.split_whitespace().collect::<String>();
                assert!(squeezed(&shown).contains(&squeezed(detail)), "{wide}:\n{shown}");
                let mut lines = shown.lines().skip_while(|line| !line.contains('^'));
                let (carets, code) = (lines.next().unwrap(), shown.lines().nth(3).unwrap());
                let column = carets.find('^').unwrap();
                let under: String = code.chars().skip(column).take(3).collect();
                assert!(place.starts_with(&under), "{wide}:\n{shown}");
            }
            let mut wide = String::new();
            write_within(&mut wide, &f, &sources, None);
            assert_eq!(wide, render(&f, &sources));
            assert!(wide.contains(&format!("   = {detail}\n")), "a line stays a line");
        }
    }

    #[test]
    fn a_file_whose_text_is_not_there_is_named_alone() {
        let sources = Sources::new();
        let s = sources.add("a b.md", "");
        let f = Finding::error("bad-name", "bad name", s.whole()).help("rename it");
        assert_eq!(render(&f, &sources), "error[bad-name]: bad name\n  --> a b.md\n   = help: rename it\n");
    }
}
