//! A finding as a page: what, where the value comes from, the fix as lines, then what the check's own page says.

use crate::checks::{self, Check};
use crate::course::LessonEntry;
use crate::parse::markdown::{Block, BlockKind, Code, Document, Inline, parse_text};
use crate::session::{Inspected, Session};
use crate::text::fix::Changed;
use crate::text::{self, Finding, Safety, Source, Span};

/// The page of a finding. Texts from the file stay texts: nothing in them is read as Markdown.
pub fn page(finding: &Finding, source: &Source, session: &Session) -> Document {
    let mut page = Writer { blocks: Vec::new(), span: source.span(0, 0) };
    let severity = format!("{}: ", finding.severity.word());
    page.paragraph(vec![Inline::Strong(vec![Inline::Text(severity)]), words(&finding.title)]);
    if !finding.detail.is_empty() {
        page.paragraph(vec![words(&finding.detail)]);
    }
    for other in &finding.related {
        let line = source.position(other.span.start).line;
        page.paragraph(vec![words(&format!("line {line}: {}", other.text))]);
    }
    if !finding.help.is_empty() {
        let lead = Inline::Strong(vec![Inline::Text("Fix: ".to_owned())]);
        page.paragraph(vec![lead, words(&finding.help)]);
    }
    page.fix(finding, source);
    if let Some(check) = checks::all().iter().find(|check| finding.code == check.id) {
        page.blocks.push(Block { kind: BlockKind::Rule, span: page.span });
        // Its first heading is the id, which stands above already.
        let explanation = parse_text(&check.explanation()).blocks;
        page.blocks.extend(
            explanation.into_iter().skip_while(|b| matches!(b.kind, BlockKind::Heading { level: 1, .. })),
        );
        page.paragraph(vec![Inline::Text(check.standing())]);
        let lesson = lesson(check, session).map(|entry| Inline::Link {
            target: format!("lesson:{}", entry.id),
            text: vec![words(&format!("lesson {}, {}", entry.number, entry.title))],
            span: page.span,
        });
        if let Some(link) = lesson {
            page.paragraph(vec![Inline::Text("Taught in ".to_owned()), link]);
        }
    }
    Document { blocks: page.blocks }
}

/// The page of a file in which nothing was found: what that says, and what it does not.
pub fn clean(file: &Inspected) -> Document {
    let mut page = Writer { blocks: Vec::new(), span: file.source.span(0, 0) };
    let read = file.read.objects + file.read.others;
    let says = if read == 0 {
        "Nothing of this file was judged."
    } else {
        "No check that looks at this file has found a fault. That is no proof: a check sees the file, and neither \
         the image nor the cluster. A lab replays attacks."
    };
    page.paragraph(vec![Inline::Text(says.to_owned())]);
    Document { blocks: page.blocks }
}

/// The lesson that teaches what a finding is about.
pub fn lesson<'s>(check: &Check, session: &'s Session) -> Option<&'s LessonEntry> {
    let number = u32::from(*check.lessons.first()?);
    session.course().manifest().lessons.iter().find(|entry| entry.number == number)
}

struct Writer {
    blocks: Vec<Block>,
    span: Span,
}

impl Writer {
    fn paragraph(&mut self, text: Vec<Inline>) {
        self.blocks.push(Block { kind: BlockKind::Paragraph(text), span: self.span });
    }

    fn fix(&mut self, finding: &Finding, source: &Source) {
        let Some(fix) = &finding.fix else { return };
        let sign = |new| if new { '+' } else { '-' };
        let line = |c: Changed| format!("{} {}", sign(c.new), text::clean::line(&c.text, 4));
        let lines: Vec<_> = fix.lines(source).into_iter().map(line).collect();
        let text = lines.join("\n") + "\n";
        let code = Code {
            language: Some("diff".to_owned()),
            tags: Vec::new(),
            text,
            text_span: self.span,
            info_span: self.span,
        };
        self.blocks.push(Block { kind: BlockKind::Code(code), span: self.span });
        if fix.safety == Safety::Choice {
            self.paragraph(vec![Inline::Text("The value is yours to choose.".to_owned())]);
        }
    }
}

fn words(text: &str) -> Inline {
    Inline::Text(text::clean::line(text, 4))
}
