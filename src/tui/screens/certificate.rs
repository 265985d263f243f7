//! The certificate: the rule, what is missing, the name, and what was issued.

use std::fmt::Write as _;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::course::CertificateRule;
use crate::render::Glyphs;
use crate::session::{Gap, Issued, IssuedCertificate};

use super::super::flow::Flow;
use super::super::key::{ARROWS, Bind, Hint, Key, foot, hints, lookup, movement};
use super::super::screen::{Context, Screen};
use super::super::theme::{Theme, Tone};
use super::super::trouble::Trouble;
use super::super::widgets::input::Input;
use super::super::widgets::list::Scroll;
use super::super::widgets::{meter, text};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Msg {
    Issue,
    Copy,
}

const KEYS: &[Bind<Msg>] =
    &[foot(&[Key::Enter], "issue it", Msg::Issue), foot(&[Key::Char('y')], "copy the command", Msg::Copy)];

enum Phase {
    Gap,
    Name(Input),
    Issued(Issued),
}

/// The certificate screen.
pub struct CertificateScreen {
    rule: CertificateRule,
    gap: Gap,
    phase: Phase,
    /// The last one that was issued for this course.
    before: Option<IssuedCertificate>,
    scroll: Scroll,
    area: Rect,
    glyphs: Glyphs,
}

impl CertificateScreen {
    /// The certificate as it stands.
    pub fn new(cx: &mut Context) -> Result<Self, Trouble> {
        let gap = cx.session.certificate_gap();
        let gap = gap.map_err(|error| Trouble::session(&error, cx.session.course().sources()))?;
        let rule = cx.session.course().manifest().certificate;
        let course = cx.session.course().manifest().id.clone();
        let before =
            cx.session.certificates()?.into_iter().filter(|c| c.course == course).max_by_key(|c| c.at);
        let (scroll, area) = (Scroll::default(), Rect::default());
        Ok(Self { rule, gap, phase: Phase::Gap, before, scroll, area, glyphs: cx.glyphs })
    }

    fn works(&self, msg: Msg) -> bool {
        match (&self.phase, msg) {
            (Phase::Gap, Msg::Issue) => self.gap.is_closed(),
            (Phase::Issued(_), Msg::Copy) => true,
            (Phase::Gap, Msg::Copy) => self.before.is_some(),
            _ => false,
        }
    }

    fn typed(&mut self, key: Key, cx: &mut Context) -> Flow {
        let Phase::Name(input) = &mut self.phase else { return Flow::Ignored };
        match key {
            Key::Esc => self.phase = Phase::Gap,
            Key::Enter => {
                let name = input.text().trim().to_owned();
                if name.is_empty() {
                    cx.say("write the name that shall stand on it");
                    return Flow::Stay;
                }
                match cx.session.certificate_issue(&name) {
                    Ok(issued) => self.phase = Phase::Issued(issued),
                    Err(error) => return Trouble::session(&error, cx.session.course().sources()).flow(),
                }
            }
            key if input.on_key(key) => {}
            _ => return Flow::Ignored,
        }
        Flow::Stay
    }

    fn sentence(&self) -> String {
        let rule = &self.rule;
        let mut says = format!(
            "Take every lesson's quiz and reach {} % of the {} points: {}.",
            rule.overall, self.gap.points.total, self.gap.needed
        );
        if rule.each_lesson > 0 {
            let _ = write!(says, " In each lesson, {} %.", rule.each_lesson);
        }
        if rule.labs > 0 {
            let _ = write!(says, " Pass {} of the {} labs.", self.gap.labs_needed, self.gap.labs.total);
        }
        says
    }

    fn lines(&self, theme: &Theme) -> Vec<Line<'static>> {
        let width = self.area.width;
        let title = |says: &str| Line::styled(says.to_owned(), theme.tone(Tone::Title));
        let points = (self.gap.points.best as usize, self.gap.needed as usize);
        let mut lines = vec![title("The rule")];
        lines.extend(text::styled(&self.sentence(), width, theme.tone(Tone::Text)));
        lines.push(Line::default());
        let mut bar = meter::line("Points", points, (12, 24), self.glyphs, theme);
        bar.spans.push(Span::styled(" needed", theme.tone(Tone::Dim)));
        lines.push(bar);
        lines.push(Line::default());
        match &self.phase {
            Phase::Gap if self.gap.is_closed() => {
                lines.push(Line::styled(
                    format!("{} Nothing is missing", self.glyphs.pick("✓", "+")),
                    theme.tone(Tone::Pass),
                ));
                lines.push(Line::default());
                let says = "Enter asks for the name and writes the certificate. It holds your points and what you did, \
                            and a digest that changes with any letter.";
                lines.extend(text::styled(says, width, theme.tone(Tone::Text)));
            }
            Phase::Gap => {
                lines.push(title("Missing"));
                for word in &self.gap.words {
                    let lead = Span::styled(self.glyphs.pick("·  ", "-  "), theme.tone(Tone::Accent));
                    let says = text::styled(word, width.saturating_sub(3), theme.tone(Tone::Text));
                    lines.extend(text::hanging(lead, says));
                }
            }
            Phase::Name(_) => {
                lines.push(title("Whose is it?"));
                lines.extend(text::styled(
                    "The name stands on the certificate as you write it.",
                    width,
                    theme.tone(Tone::Dim),
                ));
                lines.push(Line::default());
                lines.push(Line::default());
            }
            Phase::Issued(issued) => lines.extend(self.issued(issued, width, theme)),
        }
        if let (Phase::Gap, Some(before)) = (&self.phase, &self.before) {
            let day = before.at.strftime("%Y-%m-%d");
            lines.push(Line::default());
            lines.push(title("Issued before"));
            let says = format!("to {} on {day}, edition {}", before.name, before.edition);
            lines.extend(text::styled(&says, width, theme.tone(Tone::Text)));
            lines.extend(text::styled(&verify(&before.path), width, theme.tone(Tone::Accent)));
        }
        lines
    }

    fn issued(&self, issued: &Issued, width: u16, theme: &Theme) -> Vec<Line<'static>> {
        let mut lines =
            vec![Line::styled(format!("{} Issued", self.glyphs.pick("✓", "+")), theme.tone(Tone::Pass))];
        lines.extend(text::styled(&issued.digest, width, theme.tone(Tone::Strong)));
        lines.push(Line::default());
        for file in &issued.files {
            lines.extend(text::styled(&file.display().to_string(), width, theme.tone(Tone::Text)));
        }
        lines.push(Line::default());
        lines.push(Line::styled("Anybody can check it", theme.tone(Tone::Title)));
        lines.extend(text::styled(&verify(&first_file(issued)), width, theme.tone(Tone::Accent)));
        lines.push(Line::default());
        let says = "This proves that not a letter was changed since it was issued. It does not prove who sat at the \
                    keyboard; an instructor who grades your work again can countersign it.";
        lines.extend(text::styled(says, width, theme.tone(Tone::Dim)));
        lines
    }
}

fn first_file(issued: &Issued) -> String {
    issued.files.first().map(|f| f.display().to_string()).unwrap_or_default()
}

/// The command that checks a certificate.
fn verify(file: &str) -> String {
    let quoted = if file.contains(char::is_whitespace) { format!("'{file}'") } else { file.to_owned() };
    format!("sealegs certificate verify {quoted}")
}

impl Screen for CertificateScreen {
    fn name(&self) -> &'static str {
        "certificate"
    }

    fn place(&self) -> String {
        "Certificate".to_owned()
    }

    fn hints(&self) -> Vec<Hint> {
        if self.typing() {
            let issue = Hint { keys: &[Key::Enter], says: "issue it under this name", foot: true };
            return vec![issue, Hint { keys: &[Key::Esc], says: "not yet", foot: true }];
        }
        let mut all = hints(KEYS, |msg| self.works(msg));
        all.extend(hints(ARROWS, |_| true));
        all
    }

    fn typing(&self) -> bool {
        matches!(self.phase, Phase::Name(_))
    }

    fn layout(&mut self, area: Rect, cx: &mut Context) {
        self.glyphs = cx.glyphs;
        self.area = text::column(text::inset(area), 76);
        let lines = self.lines(&cx.theme).len();
        self.scroll.fit(lines, self.area.height);
    }

    fn on_key(&mut self, key: Key, cx: &mut Context) -> Flow {
        if self.typing() {
            return self.typed(key, cx);
        }
        match lookup(KEYS, key, |msg| self.works(msg)) {
            Some(Msg::Issue) => {
                self.phase = Phase::Name(Input::default());
                return Flow::Stay;
            }
            Some(Msg::Copy) => {
                let path = match (&self.phase, &self.before) {
                    (Phase::Issued(issued), _) => first_file(issued),
                    (_, Some(before)) => before.path.clone(),
                    (_, None) => return Flow::Stay,
                };
                cx.say("copied, where the terminal allows it (OSC 52)");
                return Flow::Copy(verify(&path));
            }
            None => {}
        }
        if let Some(by) = movement(ARROWS, key) {
            self.scroll.go(by);
            return Flow::Stay;
        }
        Flow::Ignored
    }

    fn on_paste(&mut self, text: &str, _: &mut Context) -> Flow {
        if let Phase::Name(input) = &mut self.phase {
            input.paste(text);
        }
        Flow::Stay
    }

    fn render(&self, _: Rect, buf: &mut Buffer, theme: &Theme) {
        let lines = self.lines(theme);
        text::draw(&lines, self.scroll.top, self.area, buf);
        if let Phase::Name(input) = &self.phase {
            let y = self.area.y + (lines.len() as u16).saturating_sub(1 + self.scroll.top as u16);
            if y < self.area.bottom() {
                input.render("Name", true, Rect { y, height: 1, ..self.area }, buf, theme);
            }
        }
        text::more(&self.scroll, self.area, self.glyphs, buf, theme);
    }
}
