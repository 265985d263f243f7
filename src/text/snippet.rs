//! The one renderer of findings: `file:line:column`, the line itself, a caret, and the way out.

use unicode_width::UnicodeWidthStr;

use super::{Finding, Label, Safety, Sources, clean};

/// How much of a long line is shown around the caret, in cells.
const WINDOW: usize = 100;

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
    let mut out =
        format!("{}[{}]: {}\n", finding.severity.word(), finding.code, clean::line(&finding.title, 4));
    label(&mut out, &finding.primary, sources, true);
    if !finding.detail.is_empty() {
        out += &format!("   = {}\n", clean::line(&finding.detail, 4));
    }
    for other in &finding.related {
        label(&mut out, other, sources, false);
    }
    if !finding.help.is_empty() {
        let mut lines = finding.help.lines();
        out += &format!("   = help: {}\n", clean::line(lines.next().unwrap_or(""), 4));
        for line in lines {
            out += &format!("           {}\n", clean::line(line, 4));
        }
    }
    fix(&mut out, finding, sources);
    out
}

/// The lines that the fix takes away and those that it puts there.
fn fix(out: &mut String, finding: &Finding, sources: &Sources) {
    let Some(fix) = &finding.fix else { return };
    let Some(source) = sources.get(finding.primary.span.file) else { return };
    let changed = fix.lines(&source);
    let width = changed.iter().map(|c| c.line.to_string().len()).max().unwrap_or(0);
    *out += match fix.safety {
        Safety::Safe => "   = fix:\n",
        Safety::Choice => "   = fix, with a value of yours:\n",
    };
    for line in changed {
        let sign = if line.new { '+' } else { '-' };
        let text: String = clean::line(&line.text, 4).chars().take(WINDOW).collect();
        *out += &format!(" {:>width$} {sign} {text}\n", line.line);
    }
}

/// A finding on one line: `file:line:column severity id title: detail`.
pub fn one_line(finding: &Finding, sources: &Sources) -> String {
    let place = sources
        .locate(finding.primary.span)
        .map_or_else(|| "?".to_owned(), |(name, at)| format!("{}:{at}", clean::line(&name, 4)));
    let detail = if finding.detail.is_empty() { String::new() } else { format!(": {}", finding.detail) };
    format!(
        "{place} {} {} {}",
        finding.severity.word(),
        finding.code,
        clean::line(&format!("{}{detail}", finding.title), 4)
    )
}

fn label(out: &mut String, label: &Label, sources: &Sources, primary: bool) {
    let Some(source) = sources.get(label.span.file) else { return };
    let at = source.position(label.span.start);
    let arrow = if primary { "-->" } else { ":::" };
    if source.text().is_empty() {
        // A finding about the file as such: there is no line to show.
        *out += &format!("  {arrow} {}\n", clean::line(source.name(), 4));
        return;
    }
    *out += &format!("  {arrow} {}:{at}\n", clean::line(source.name(), 4));
    let raw = source.line(at.line);
    let (before, rest) = split_at_char(raw, at.column as usize - 1);
    let under = source.slice(label.span).lines().next().unwrap_or("");
    let marked = if rest.starts_with(under) { under } else { rest };
    // A long line is cut to a window around the caret.
    let lead: String = clean::line(before, 4);
    let skip = lead.chars().count().saturating_sub(WINDOW / 2);
    let cut = if skip > 0 { "…" } else { "" };
    let lead: String = lead.chars().skip(skip).collect();
    let shown: String = clean::line(rest, 4).chars().take(WINDOW).collect();
    let number = at.line.to_string();
    let gutter = " ".repeat(number.len());
    let carets = "^".repeat(clean::line(marked, 4).width().clamp(1, WINDOW));
    let pad = " ".repeat(cut.width() + lead.width());
    let text =
        if label.text.is_empty() { String::new() } else { format!(" {}", clean::line(&label.text, 4)) };
    *out += &format!(" {gutter} |\n");
    *out += &format!(" {number} | {cut}{lead}{shown}\n");
    *out += &format!(" {gutter} | {pad}{carets}{text}\n");
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
    fn a_file_whose_text_is_not_there_is_named_alone() {
        let sources = Sources::new();
        let s = sources.add("a b.md", "");
        let f = Finding::error("bad-name", "bad name", s.whole()).help("rename it");
        assert_eq!(render(&f, &sources), "error[bad-name]: bad name\n  --> a b.md\n   = help: rename it\n");
    }
}
