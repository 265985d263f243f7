//! The certificate for people: as text, and what verifying it showed.

use super::document::{Certificate, LessonScore};
use super::verify::{Level, Outcome, Verification, verify};
use crate::text::clean;

/// What was shown when a file is intact: always the last line.
const INTACT: &str = "Intact. Not re-graded. Not signed: this does not show who answered.";

/// The same where it is not known to be intact.
const NOT_INTACT: &str =
    "Not shown to be intact. Not re-graded. Not signed: this does not show who answered.";

const CHECK: &str = "\
Check it
  sealegs certificate verify certificate.json
  jq -cjS 'del(.digest)' certificate.json | sha256sum

";

const PROVES: &str = "\
What it proves: that this record was not damaged or edited by hand since it was issued.
What it does not prove: anyone can edit it and compute a new digest; the answers are not
part of it; it does not show who answered, and nobody has signed it.

";

/// The certificate as text, for `certificate.txt` and screens. Its last line says whether it is intact.
pub fn text(certificate: &Certificate) -> String {
    let mut lines = body(certificate);
    lines.push(String::new());
    lines.extend(CHECK.lines().chain(PROVES.lines()).map(str::to_owned));
    lines.push(verify(&certificate.to_bytes(), None).closing().to_owned());
    ended(&lines)
}

impl Verification {
    /// Every field, what came out, and what that shows: what `certificate verify` prints.
    pub fn text(&self) -> String {
        let verdict = match self.outcome {
            Outcome::Intact => "VALID",
            Outcome::Digest | Outcome::Claim | Outcome::Canon => "CHANGED",
            Outcome::Format => "NOT A CERTIFICATE",
            Outcome::Version | Outcome::Edition => "CANNOT BE DECIDED",
        };
        let verdict = format!("{verdict} ({}): {}", self.outcome, clean::line(&self.detail, 4));
        let mut lines = Vec::new();
        if let Some(certificate) = &self.certificate {
            lines = body(certificate);
            lines.extend([String::new(), verdict, "self-attested: nobody has signed it".to_owned()]);
        } else {
            lines.push(verdict);
        }
        lines.extend([String::new(), self.closing().to_owned()]);
        ended(&lines)
    }

    /// What the level that was reached shows and does not show: the last line of every output.
    pub fn closing(&self) -> &'static str {
        match self.level {
            Level::Integrity => INTACT,
            Level::None => NOT_INTACT,
        }
    }
}

fn ended(lines: &[String]) -> String {
    lines.iter().flat_map(|line| [line, "\n"]).collect()
}

fn body(certificate: &Certificate) -> Vec<String> {
    let c = certificate;
    let mut out = vec![shown(&c.course.title), "Record of completion".to_owned(), String::new()];
    let mut row = |name: &str, value: &str| out.push(format!("{name:<9}{value}"));
    row("Name", &shown(&c.learner.name));
    row("Learner", &shown(&c.learner.id));
    let (lessons, questions) = (c.course.lessons, c.course.questions);
    let (id, edition) = (shown(&c.course.id), shown(&c.course.edition));
    row("Course", &format!("{id}, edition {edition}, {lessons} lessons, {questions} questions"));
    row("", &format!("questions {}", shown(&c.course.content_digest)));
    row("Issued", &shown(&c.issued_at));
    row("Rule", &rule(c));
    let totals = &c.totals;
    let percent = (100 * u64::from(totals.best)).checked_div(u64::from(totals.questions)).unwrap_or(0);
    let (best, of, first) = (totals.best, totals.questions, totals.first);
    row("Result", &format!("{best} of {of} points ({percent} %), {first} of them at the first try"));
    row("Labs", &format!("{} of {} passed", totals.labs_passed, totals.labs));
    row(
        "Made by",
        &format!("{} {}, format {}", shown(&c.tool.name), shown(&c.tool.version), shown(&c.format)),
    );
    let wide = c.lessons.iter().map(|l| shown(&l.id).len()).max().unwrap_or(0).max("Lesson".len());
    out.push(String::new());
    out.push(format!("{:<wide$}  First  Best  Of  Attempts  Completed", "Lesson"));
    for lesson in &c.lessons {
        let LessonScore { id, first, best, total, attempts, completed_at } = lesson;
        let (id, at) = (shown(id), shown(completed_at));
        out.push(format!("{id:<wide$}  {first:>5}  {best:>4}  {total:>2}  {attempts:>8}  {at}"));
    }
    out.extend([String::new(), "Digest (SHA-256)".to_owned(), format!("  {}", groups(&c.digest))]);
    out
}

fn rule(c: &Certificate) -> String {
    let mut parts =
        vec!["every quiz taken".to_owned(), format!("at least {} % of all points", c.rule.overall)];
    if c.rule.each_lesson > 0 {
        parts.push(format!("{} % of each lesson's", c.rule.each_lesson));
    }
    if c.rule.labs > 0 {
        parts.push(format!("{} % of the labs", c.rule.labs));
    }
    parts.join(", ")
}

/// A digest in groups of eight, as people compare them; anything else as it is.
fn groups(digest: &str) -> String {
    let hex = digest.strip_prefix("sha256:").unwrap_or(digest);
    let digits: Vec<char> = shown(hex).chars().collect();
    let groups: Vec<String> = digits.chunks(8).map(|group| group.iter().collect()).collect();
    groups.join(" ")
}

fn shown(text: &str) -> String {
    clean::line(text, 4)
}
