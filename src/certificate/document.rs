//! The document itself: its members, how it is made from what a session knows, and its bytes.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::canonical;
use super::verify::{Refusal, check};
use crate::clock;
use crate::course::{CertificateRule, Manifest};
use crate::ids::LessonId;

/// The format that is written.
pub const FORMAT: &str = "sealegs-certificate/0";

/// A certificate, member by member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Certificate {
    /// [`FORMAT`].
    pub format: String,
    /// The course and its edition.
    pub course: Course,
    /// Who it is made out to.
    pub learner: Learner,
    /// When it was issued, `YYYY-MM-DDTHH:MM:SSZ`.
    pub issued_at: String,
    /// What had to be reached.
    pub rule: Rule,
    /// What was reached, lesson by lesson, in the order of the course.
    pub lessons: Vec<LessonScore>,
    /// The sums.
    pub totals: Totals,
    /// What issued it.
    pub tool: Tool,
    /// The digest of all the other members.
    pub digest: String,
}

/// The course of a certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Course {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its edition.
    pub edition: String,
    /// The digest of its questions: [`super::bank_digest`].
    pub content_digest: String,
    /// How many lessons it has.
    pub lessons: u32,
    /// How many counted questions it has.
    pub questions: u32,
}

/// The learner of a certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Learner {
    /// `urn:uuid:` and a UUID in lower case, made at the first start.
    pub id: String,
    /// The name as the learner gave it: [`super::check_name`].
    pub name: String,
}

/// What had to be reached, in percent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rule {
    /// Of all counted points.
    pub overall: u32,
    /// Of each lesson's points.
    pub each_lesson: u32,
    /// Of all labs.
    pub labs: u32,
}

impl From<CertificateRule> for Rule {
    fn from(rule: CertificateRule) -> Self {
        Self { overall: rule.overall, each_lesson: rule.each_lesson, labs: rule.labs }
    }
}

/// What was reached in a lesson.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LessonScore {
    /// The lesson.
    pub id: String,
    /// Points of the first attempt.
    pub first: u32,
    /// Points that were ever won; these count.
    pub best: u32,
    /// Points that there are.
    pub total: u32,
    /// How many attempts were finished.
    pub attempts: u32,
    /// When the best was reached.
    pub completed_at: String,
}

/// The sums of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Totals {
    /// Of the first attempts.
    pub first: u32,
    /// Of the best.
    pub best: u32,
    /// Points that there are.
    pub questions: u32,
    /// Labs passed.
    pub labs_passed: u32,
    /// Labs that there are.
    pub labs: u32,
}

/// What issued a certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// What a session knows when it issues a certificate.
#[derive(Clone, Debug)]
pub struct Draft<'a> {
    /// The course.
    pub course: &'a Manifest,
    /// The digest of its questions: [`super::bank_digest`].
    pub content_digest: String,
    /// Who it is made out to.
    pub learner: Learner,
    /// Now.
    pub issued_at: Timestamp,
    /// A score for each lesson of the course, in its order.
    pub lessons: Vec<Score>,
    /// Labs passed.
    pub labs_passed: u32,
    /// Labs that there are.
    pub labs: u32,
}

/// What was reached in a lesson, as a session knows it.
#[derive(Clone, Debug)]
pub struct Score {
    /// The lesson.
    pub lesson: LessonId,
    /// Points of the first attempt.
    pub first: u32,
    /// Points that were ever won.
    pub best: u32,
    /// Points that there are.
    pub total: u32,
    /// How many attempts were finished.
    pub attempts: u32,
    /// When the best was reached.
    pub completed_at: Timestamp,
}

/// Makes a certificate. Nothing is issued that [`super::verify()`] would refuse: an unfit name, a rule that is not met,
/// a lesson that is missing.
pub fn issue(draft: Draft<'_>) -> Result<Certificate, Refusal> {
    let sum = |of: fn(&Score) -> u32| draft.lessons.iter().map(of).fold(0, u32::saturating_add);
    let totals = Totals {
        first: sum(|s| s.first),
        best: sum(|s| s.best),
        questions: sum(|s| s.total),
        labs_passed: draft.labs_passed,
        labs: draft.labs,
    };
    let course = Course {
        id: draft.course.id.clone(),
        title: draft.course.title.clone(),
        edition: draft.course.edition.clone(),
        content_digest: draft.content_digest.clone(),
        lessons: draft.course.lessons.len() as u32,
        questions: draft.course.points(),
    };
    let lesson = |score: &Score| LessonScore {
        id: score.lesson.to_string(),
        first: score.first,
        best: score.best,
        total: score.total,
        attempts: score.attempts,
        completed_at: clock::stamp(score.completed_at),
    };
    let certificate = Certificate {
        format: FORMAT.to_owned(),
        course,
        issued_at: clock::stamp(draft.issued_at),
        rule: draft.course.certificate.into(),
        lessons: draft.lessons.iter().map(lesson).collect(),
        totals,
        tool: Tool { name: env!("CARGO_PKG_NAME").to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() },
        digest: String::new(),
        learner: draft.learner,
    };
    let certificate = certificate.sealed();
    check(&certificate, draft.course, &draft.content_digest)?;
    Ok(certificate)
}

impl Certificate {
    /// The bytes of `certificate.json`: canonical form and a line feed.
    pub fn to_bytes(&self) -> Vec<u8> {
        format!("{}\n", canonical::canonical(&self.value())).into_bytes()
    }

    /// The digest that belongs into [`Certificate::digest`].
    pub fn computed_digest(&self) -> String {
        let mut value = self.value();
        if let Value::Object(members) = &mut value {
            members.remove("digest");
        }
        canonical::digest(&value)
    }

    /// The same with the digest that belongs to it. Anyone can do this: a digest says *intact*, nothing more.
    #[must_use]
    pub fn sealed(mut self) -> Self {
        self.digest = self.computed_digest();
        self
    }

    /// As JSON.
    pub(super) fn value(&self) -> Value {
        // Structs of texts and integers always have a JSON form.
        serde_json::to_value(self).unwrap_or_default()
    }

    /// Each single field by its path, in the document's order.
    pub fn fields(&self) -> Vec<(String, String)> {
        let mut out = Vec::new();
        let mut add = |path: &str, value: &dyn ToString| out.push((path.to_owned(), value.to_string()));
        add("format", &self.format);
        add("course.id", &self.course.id);
        add("course.title", &self.course.title);
        add("course.edition", &self.course.edition);
        add("course.contentDigest", &self.course.content_digest);
        add("course.lessons", &self.course.lessons);
        add("course.questions", &self.course.questions);
        add("learner.id", &self.learner.id);
        add("learner.name", &self.learner.name);
        add("issuedAt", &self.issued_at);
        add("rule.overall", &self.rule.overall);
        add("rule.eachLesson", &self.rule.each_lesson);
        add("rule.labs", &self.rule.labs);
        for (index, lesson) in self.lessons.iter().enumerate() {
            let mut add = |name: &str, value: &dyn ToString| add(&format!("lessons[{index}].{name}"), value);
            add("id", &lesson.id);
            add("first", &lesson.first);
            add("best", &lesson.best);
            add("total", &lesson.total);
            add("attempts", &lesson.attempts);
            add("completedAt", &lesson.completed_at);
        }
        add("totals.first", &self.totals.first);
        add("totals.best", &self.totals.best);
        add("totals.questions", &self.totals.questions);
        add("totals.labsPassed", &self.totals.labs_passed);
        add("totals.labs", &self.totals.labs);
        add("tool.name", &self.tool.name);
        add("tool.version", &self.tool.version);
        add("digest", &self.digest);
        out
    }
}
