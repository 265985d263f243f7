//! Changes to a text that mend a finding: edits by span, applied all or not at all, shown as lines.

use super::{Source, Span};

/// Some bytes of a source, and what stands there afterwards. An empty span inserts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced.
    pub span: Span,
    /// By what.
    pub text: String,
}

/// Who may apply a fix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Safety {
    /// A program: there is one right value, and nothing that works rightly stops working in silence.
    Safe,
    /// A person: it names a value that only they can know, or takes something away.
    Choice,
}

/// The smallest change that mends a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// In the order of the file, none over another; never none.
    pub edits: Vec<Edit>,
    /// Who may apply it.
    pub safety: Safety,
}

/// A line that a fix takes away or puts in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// Whether it is new.
    pub new: bool,
    /// Its number, from 1: an old line's in the old text, a new one's in the new.
    pub line: u32,
    /// Its text, as it stands in the file.
    pub text: String,
}

impl Edit {
    /// `text` in the place of `span`.
    pub fn new(span: Span, text: impl Into<String>) -> Self {
        Self { span, text: text.into() }
    }
}

impl Fix {
    /// A fix of these edits; `None` where there are none, or where two of them touch.
    pub fn new(safety: Safety, edits: impl IntoIterator<Item = Edit>) -> Option<Self> {
        let mut edits: Vec<Edit> = edits.into_iter().collect();
        edits.sort_by_key(|e| e.span);
        let apart = edits.is_sorted_by(|a, b| a.span.file == b.span.file && a.span.end < b.span.start);
        (apart && !edits.is_empty()).then_some(Self { edits, safety })
    }

    /// The bytes from the first edit to the last.
    pub fn span(&self) -> Option<Span> {
        let (first, last) = (self.edits.first()?, self.edits.last()?);
        Some(first.span.to(last.span))
    }

    /// The lines that change: the old ones, then the new.
    pub fn lines(&self, source: &Source) -> Vec<Changed> {
        let Some(span) = self.span() else { return Vec::new() };
        let first = source.position(span.start).line;
        let last = source.position(span.end).line;
        // Only what changes is copied: a file may have many fixes.
        let region = source.line_span(first).start..source.line_span(last + 1).start;
        let Some(old) = source.text().get(region.start as usize..region.end as usize) else {
            return Vec::new();
        };
        let here = self.edits.iter().map(|edit| Edit {
            span: Span {
                start: edit.span.start - region.start,
                end: edit.span.end - region.start,
                ..edit.span
            },
            text: edit.text.clone(),
        });
        let Some(new) = apply(old, &here.collect::<Vec<_>>()) else { return Vec::new() };
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        let (old, new) = (lines(old), lines(&new));
        let same = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
        let rest = old.len().min(new.len()) - same;
        let tail = old.iter().rev().zip(new.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
        let changed = |lines: Vec<String>, new: bool| {
            let end = lines.len() - tail;
            let kept = lines.into_iter().zip(first..).take(end).skip(same);
            kept.map(move |(text, line)| Changed { new, line, text }).collect::<Vec<_>>()
        };
        let mut out = changed(old, false);
        out.extend(changed(new, true));
        out
    }
}

/// `text` with `edits` (in its order) made; `None` where one lies over another or outside of the text.
pub fn apply(text: &str, edits: &[Edit]) -> Option<String> {
    let mut out = String::with_capacity(text.len() + edits.iter().map(|e| e.text.len()).sum::<usize>());
    let mut done = 0;
    for edit in edits {
        let range = edit.span.range();
        out += text.get(done..range.start)?;
        out += &edit.text;
        done = range.end;
    }
    out += text.get(done..)?;
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(source: &Source, edits: Vec<Edit>) -> Vec<String> {
        let fix = Fix::new(Safety::Safe, edits).unwrap();
        let sign = |c: &Changed| if c.new { '+' } else { '-' };
        fix.lines(source).iter().map(|c| format!("{}{} {}", sign(c), c.line, c.text)).collect()
    }

    #[test]
    fn only_the_lines_that_change_are_shown() {
        let source = Source::lone("a", "a: 1\nb: 2\nc: 3\n");
        assert_eq!(lines(&source, vec![Edit::new(source.span(8, 9), "5")]), ["-2 b: 2", "+2 b: 5"]);
        assert_eq!(
            lines(&source, vec![Edit::new(source.span(9, 9), "\nx: 9\ny: 8")]),
            ["+3 x: 9", "+4 y: 8"]
        );
        assert_eq!(lines(&source, vec![Edit::new(source.span(5, 10), "")]), ["-2 b: 2"]);
        assert_eq!(lines(&source, vec![Edit::new(source.span(15, 15), "d: 4\n")]), ["+4 d: 4"]);
    }

    #[test]
    fn edits_that_touch_are_no_fix() {
        let source = Source::lone("a", "abcdef");
        let edit = |a, b| Edit::new(source.span(a, b), "x");
        assert_eq!(Fix::new(Safety::Safe, []), None);
        assert_eq!(Fix::new(Safety::Safe, [edit(0, 2), edit(1, 3)]), None);
        assert_eq!(Fix::new(Safety::Safe, [edit(2, 2), edit(2, 2)]), None);
        let fix = Fix::new(Safety::Safe, [edit(4, 5), edit(0, 1)]).unwrap();
        assert_eq!(apply(source.text(), &fix.edits).unwrap(), "xbcdxf");
        assert_eq!(apply("ab", &fix.edits), None);
    }
}
