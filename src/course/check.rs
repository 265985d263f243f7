//! What only the whole course shows: concepts and links that lead nowhere, ids used twice, stray files.

use std::collections::{BTreeMap, BTreeSet};

use super::origin::PARTS;
use super::read::{self, BRIEF_QUESTION, Mention, QUESTION_ID};
use super::{Course, Status};
use crate::ids::{HeadingId, LessonId};
use crate::text::near::suggest;
use crate::text::{Finding, Span};

/// Where briefs are.
const BRIEFS: &str = "content/briefs/";

/// What is wrong with headings themselves.
const HEADING_CODES: [&str; 3] = ["lesson-heading", "course-bad-id", "course-duplicate-id"];

/// Every mistake, sorted.
pub(super) fn check(course: &Course) -> Vec<Finding> {
    let all = everything(course);
    let mut findings = all.findings;
    let known = Known::of(course);
    duplicates(&all.mentions, &mut findings);
    for mention in &all.mentions {
        findings.extend(known.link(mention));
    }
    strays(course, &mut findings);
    Finding::sort(&mut findings, course.sources());
    findings
}

/// What layers above have to resolve.
pub(super) fn finding_mentions(course: &Course) -> Vec<Mention> {
    let mut mentions = everything(course).mentions;
    mentions.retain(|m| m.target.starts_with("finding:"));
    mentions
}

#[derive(Default)]
struct All {
    findings: Vec<Finding>,
    mentions: Vec<Mention>,
}

impl All {
    fn add<T>(&mut self, kept: &super::Kept<T>) {
        self.findings.extend_from_slice(&kept.findings);
        self.mentions.extend_from_slice(&kept.mentions);
    }
}

/// Reads what is ready.
fn everything(course: &Course) -> All {
    let mut all = All::default();
    for entry in ready(course) {
        all.add(&course.kept_lesson(entry));
        all.add(&course.kept_quiz(entry));
        if let Some(lab) = course.lab_of(entry) {
            all.add(&course.kept_lab(&lab));
        }
    }
    all.add(&course.kept_glossary());
    for brief in &course.manifest().briefs {
        all.add(&course.kept_brief(&brief.id));
    }
    all
}

fn ready(course: &Course) -> impl Iterator<Item = &LessonId> {
    course.manifest().lessons.iter().filter(|l| l.status == Status::Ready).map(|l| &l.id)
}

/// What links and concepts may name.
struct Known {
    /// Headings of each lesson; none where they cannot be known (planned or broken).
    lessons: BTreeMap<LessonId, Option<Vec<HeadingId>>>,
    /// Labs that there are, and those whose lesson is planned.
    labs: BTreeSet<String>,
    terms: Option<Vec<String>>,
    /// Each question and whether it is counted; and whether these are all.
    questions: BTreeMap<String, bool>,
    all_questions: bool,
}

impl Known {
    fn of(course: &Course) -> Self {
        let headings = |id: &LessonId| {
            let kept = course.kept_lesson(id);
            // Where headings are wrong, everything that names one would be an echo.
            let sound = !kept.findings.iter().any(|f| HEADING_CODES.contains(&&*f.code));
            let lesson = kept.draft.as_ref().filter(|_| sound)?;
            Some(lesson.headings().into_iter().map(|(id, _, _)| id).collect())
        };
        let lessons = &course.manifest().lessons;
        let quizzes: Vec<_> = ready(course).map(|id| course.kept_quiz(id)).collect();
        let questions = quizzes.iter().filter_map(|q| q.draft.as_ref()).flat_map(|q| &q.questions);
        let has_lab = |id: &LessonId, planned: bool| planned || course.lab_of(id).is_some();
        Self {
            lessons: lessons.iter().map(|l| (l.id.clone(), headings(&l.id))).collect(),
            labs: lessons
                .iter()
                .filter(|l| has_lab(&l.id, l.status == Status::Planned))
                .map(|l| l.id.to_string())
                .collect(),
            terms: course
                .kept_glossary()
                .draft
                .as_ref()
                .map(|g| g.terms.iter().map(|t| t.id.to_string()).collect()),
            questions: questions.map(|q| (q.id.to_string(), q.core)).collect(),
            all_questions: quizzes.iter().all(|quiz| quiz.value.is_ok()),
        }
    }

    /// Why there is no such heading, and the way out; none where there is one or nobody can know.
    fn heading(&self, lesson: &str, heading: Option<&str>) -> Option<(String, String)> {
        let Some(headings) = self.lessons.get(lesson) else {
            let known: Vec<&str> = self.lessons.keys().map(LessonId::as_str).collect();
            return Some((format!("there is no lesson `{lesson}`"), suggest(lesson, &known)));
        };
        let (heading, headings) = (heading?, headings.as_ref()?);
        if headings.iter().any(|h| h.as_str() == heading) {
            return None;
        }
        let known: Vec<&str> = headings.iter().map(HeadingId::as_str).collect();
        let detail = format!("lesson `{lesson}` has no heading `{{#{heading}}}`");
        let help = if known.is_empty() {
            format!("write `{{#{heading}}}` behind a heading of the lesson")
        } else {
            suggest(heading, &known)
        };
        Some((detail, help))
    }

    /// What is wrong with a question that a brief asks.
    fn brief_question(&self, id: &str, span: Span) -> Option<Finding> {
        let reserve: Vec<&str> =
            self.questions.iter().filter(|(_, core)| !**core).map(|(id, _)| id.as_str()).collect();
        let finding = match self.questions.get(id) {
            Some(false) => return None,
            Some(true) => Finding::error("brief-counted-question", "question is counted", span)
                .detail(format!("question `{id}` has `core = true`: a brief would give it away"))
                .help("name one that is in reserve"),
            // Of a broken quiz nobody knows which questions it has.
            None if !self.all_questions => return None,
            None => Finding::error("brief-unknown-question", "no such question", span)
                .detail(format!("no lesson that is ready has a question `{id}`"))
                .help(suggest(id, &reserve)),
        };
        Some(finding)
    }

    fn link(&self, mention: &Mention) -> Option<Finding> {
        if let Some(id) = mention.target.strip_prefix(BRIEF_QUESTION) {
            return self.brief_question(id, mention.span);
        }
        let (scheme, id) = mention.target.split_once(':')?;
        let (lesson, heading) = id.split_once('#').map_or((id, None), |(l, h)| (l, Some(h)));
        let (detail, help) = match scheme {
            "lesson" => self.heading(lesson, heading)?,
            "concept" => {
                let (detail, help) = self.heading(lesson, heading)?;
                let finding = Finding::error("course-unknown-concept", "no such concept", mention.span);
                return Some(finding.detail(detail).help(help));
            }
            "term" => {
                let terms = self.terms.as_ref()?;
                if terms.iter().any(|t| t == id) {
                    return None;
                }
                let known: Vec<&str> = terms.iter().map(String::as_str).collect();
                let help = if known.is_empty() {
                    format!("write `## … {{#{id}}}` in content/glossary.md")
                } else {
                    suggest(id, &known)
                };
                (format!("the glossary has no term `{id}`"), help)
            }
            "lab" if self.labs.contains(id) => return None,
            "lab" => {
                let known: Vec<&str> = self.labs.iter().map(String::as_str).collect();
                let help = if known.is_empty() { "remove the link".to_owned() } else { suggest(id, &known) };
                (format!("there is no lab `{id}`"), help)
            }
            _ => return None, // `finding:` is resolved where the checks are known
        };
        Some(
            Finding::error("course-bad-link", "link leads nowhere", mention.span)
                .detail(format!("`{}`: {detail}", mention.target))
                .help(help),
        )
    }
}

/// Questions and interview questions have ids that no other quiz uses; within one quiz its reader looks.
fn duplicates(mentions: &[Mention], findings: &mut Vec<Finding>) {
    let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
    for mention in mentions {
        let Some(id) = mention.target.strip_prefix(QUESTION_ID) else { continue };
        match seen.get(id) {
            None => drop(seen.insert(id, mention.span)),
            Some(first) if first.file == mention.span.file => {}
            Some(first) => findings.push(
                Finding::error("course-duplicate-id", "id is used twice", mention.span)
                    .detail(format!("there is another question `{id}` in the course"))
                    .related(*first, "first used here")
                    .help("give one of the two an id of its own; the older one keeps its id"),
            ),
        }
    }
}

/// Files that belong to no lesson, ready or planned. Those of a lab are looked at by its reader.
fn strays(course: &Course, findings: &mut Vec<Finding>) {
    let mut expected = BTreeSet::from([read::manifest::PATH.to_owned(), read::glossary::PATH.to_owned()]);
    expected.extend(course.manifest().briefs.iter().map(|b| read::brief::path(&b.id)));
    for lesson in &course.manifest().lessons {
        expected.extend([read::lesson::path(&lesson.id), read::quiz::path(&lesson.id)]);
    }
    let in_a_lab = |path: &str| {
        let lab = path.strip_prefix("labs/").and_then(|p| p.split_once('/')).map(|(lab, _)| lab);
        lab.is_some_and(|lab| course.manifest().lessons.iter().any(|l| l.id.as_str() == lab))
    };
    for part in PARTS {
        let walk = course.pack.origin.walk(part);
        for (path, refused) in walk.refused.iter().filter(|(path, _)| !in_a_lab(path)) {
            findings.push(course.pack.refusal(path, refused, None));
        }
        for path in walk.files.iter().filter(|p| !expected.contains(*p) && !in_a_lab(p)) {
            let known: Vec<&str> = expected.iter().map(String::as_str).collect();
            let help = match crate::text::near::nearest(path, known) {
                Some(near) if !path.starts_with("labs/") => format!("did you mean `{near}`?"),
                _ if path.starts_with(BRIEFS) => {
                    "name it in content/course.toml as `[[brief]]`, or remove it".to_owned()
                }
                _ => "name it after a lesson of content/course.toml, or remove it".to_owned(),
            };
            findings.push(
                Finding::error("pack-stray-file", "file belongs to nothing", course.pack.place(path))
                    .detail("no lesson, brief or lab of content/course.toml has this name")
                    .help(help),
            );
        }
    }
}
