//! The certificate for people: as text, and what verifying it showed.

use super::document::Certificate;
use super::verify::{Level, Outcome, Verification};
use crate::text::clean;

/// What was shown when a file is intact: always the last line.
const INTACT: &str = "Intact. Not re-graded. Not signed: this does not show who answered.";

/// The same where it is not known to be intact.
const NOT_INTACT: &str =
    "Not shown to be intact. Not re-graded. Not signed: this does not show who answered.";

const PROVES: &str = "\
What it proves: that this record was not damaged or edited by hand since it was issued.
What it does not prove: anyone can edit it and compute a new digest; the answers are not
part of it; it does not show who answered, and nobody has signed it.
";

/// The certificate as text, for `certificate.txt` and screens.
pub fn text(certificate: &Certificate) -> String {
    let mut out = body(certificate);
    out += "\nCheck it\n  sealegs certificate verify certificate.json\n";
    out += "  jq -cjS 'del(.digest)' certificate.json | sha256sum\n\n";
    out += PROVES;
    out.push('\n');
    out += INTACT;
    out.push('\n');
    out
}

impl Verification {
    /// Every field, what came out, and what that shows: what `certificate verify` prints.
    pub fn text(&self) -> String {
        let mut out = self.certificate.as_ref().map_or_else(String::new, |c| body(c) + "\n");
        let verdict = match self.outcome {
            Outcome::Intact => "VALID",
            Outcome::Digest | Outcome::Claim | Outcome::Canon => "CHANGED",
            Outcome::Format => "NOT A CERTIFICATE",
            Outcome::Version | Outcome::Edition => "CANNOT BE DECIDED",
        };
        out += &format!("{verdict} ({}): {}\n", self.outcome, clean::line(&self.detail, 4));
        if self.certificate.is_some() {
            out += "self-attested: nobody has signed it\n";
        }
        out.push('\n');
        out += self.closing();
        out.push('\n');
        out
    }

    /// What the level that was reached shows and does not show: the last line of every output.
    pub fn closing(&self) -> &'static str {
        match self.level {
            Level::Integrity => INTACT,
            Level::None => NOT_INTACT,
        }
    }
}

fn body(certificate: &Certificate) -> String {
    let c = certificate;
    let mut out = format!("{}\nRecord of completion\n\n", shown(&c.course.title));
    let mut row = |name: &str, value: &str| out.extend([&format!("{name:<9}"), value, "\n"]);
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
    out += &format!("\n{:<wide$}  First  Best  Of  Attempts  Completed\n", "Lesson");
    for lesson in &c.lessons {
        out += &format!(
            "{:<wide$}  {:>5}  {:>4}  {:>2}  {:>8}  {}\n",
            shown(&lesson.id),
            lesson.first,
            lesson.best,
            lesson.total,
            lesson.attempts,
            shown(&lesson.completed_at)
        );
    }
    out += &format!("\nDigest (SHA-256)\n  {}\n", groups(&c.digest));
    out
}

fn rule(c: &Certificate) -> String {
    let mut out = format!("every quiz taken, at least {} % of all points", c.rule.overall);
    if c.rule.each_lesson > 0 {
        out += &format!(", {} % of each lesson's", c.rule.each_lesson);
    }
    if c.rule.labs > 0 {
        out += &format!(", {} % of the labs", c.rule.labs);
    }
    out
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
