//! The course as data: manifest, lessons, quizzes, labs, glossary; read, never judged.
//!
//! Layer 2. Knows nothing of simulators, checks, disks' databases or screens: check ids and probes are text here,
//! resolved by `grade::plan`.

mod brief;
mod broken;
mod check;
mod glossary;
mod lab;
mod lesson;
mod manifest;
mod origin;
mod quiz;
mod read;
mod shelf;

use std::sync::Arc;

pub use brief::{Brief, QUESTIONS_PER_BRIEF, brief_name};
pub use broken::{Absence, Broken};
pub use glossary::{Glossary, Term};
pub use lab::{File, Lab, NearMiss, Solution, Step, StepKind};
pub use lesson::{Lesson, Mark, Writing, marks, without_marks};
pub use manifest::{
    BriefEntry, CertificateRule, Domain, LessonEntry, Manifest, POINTS_PER_LESSON, Status, Track,
};
pub use origin::Origin;
pub use quiz::{Choice, CodeSample, Interview, Kind, Level, Question, Quiz};
pub use read::Mention;

use crate::ids::{BriefId, LabId, LessonId, QuestionId};
use crate::parse::markdown::Document;
use crate::text::{Finding, Sources};
use read::{Notes, Pack};
use shelf::{Kept, Shelf};

/// A course: its manifest at once, everything else when it is asked for, and then kept.
///
/// A broken lesson does not hide its neighbours: each lesson, quiz and lab is [`Broken`] by itself. Mistakes
/// that only the whole course shows (a concept that no lesson has, an id used in two quizzes, a stray file)
/// break nothing and are found by [`Course::check`]. For use from one thread at a time.
#[derive(Debug)]
pub struct Course {
    manifest: Manifest,
    pack: Pack,
    lessons: Shelf<LessonId, Lesson>,
    quizzes: Shelf<LessonId, Quiz>,
    labs: Shelf<LabId, Lab>,
    glossary: Shelf<(), Glossary>,
    briefs: Shelf<BriefId, Brief>,
}

impl Course {
    /// Opens a course. Reads `content/course.toml` and nothing else, so that starting is fast.
    pub fn open(origin: Origin) -> Result<Course, (Sources, Vec<Finding>)> {
        let pack = Pack { origin, sources: Sources::new() };
        let notes = Notes::default();
        let manifest = read::manifest::read(&pack, &notes);
        let (mut findings, _) = notes.take();
        match manifest {
            Some(manifest) if !findings.iter().any(Finding::blocks) => Ok(Self {
                manifest,
                pack,
                lessons: Shelf::default(),
                quizzes: Shelf::default(),
                labs: Shelf::default(),
                glossary: Shelf::default(),
                briefs: Shelf::default(),
            }),
            _ => {
                Finding::sort(&mut findings, &pack.sources);
                Err((pack.sources, findings))
            }
        }
    }

    /// What `content/course.toml` says.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The texts that findings of this course point into.
    pub fn sources(&self) -> &Sources {
        &self.pack.sources
    }

    /// Whether this is the course in the binary.
    pub fn is_embedded(&self) -> bool {
        self.pack.origin == Origin::Embedded
    }

    /// Where it comes from.
    pub fn origin(&self) -> &Origin {
        &self.pack.origin
    }

    /// A lesson's text.
    pub fn lesson(&self, id: &LessonId) -> Result<Arc<Lesson>, Arc<Broken>> {
        self.kept_lesson(id).value.clone()
    }

    /// A lesson's questions.
    pub fn quiz(&self, id: &LessonId) -> Result<Arc<Quiz>, Arc<Broken>> {
        self.kept_quiz(id).value.clone()
    }

    /// A lab. Its id is its lesson's stem.
    pub fn lab(&self, id: &LabId) -> Result<Arc<Lab>, Arc<Broken>> {
        self.kept_lab(id).value.clone()
    }

    /// The lab of a lesson that is ready, where there is one.
    pub fn lab_of(&self, lesson: &LessonId) -> Option<LabId> {
        let entry = self.manifest.lesson(lesson)?;
        let lab = LabId::new(lesson.as_str())?;
        let there = entry.status == Status::Ready && self.pack.origin.exists(&read::lab::root(&lab));
        there.then_some(lab)
    }

    /// The labs that there are, in the course's order.
    pub fn labs(&self) -> Vec<LabId> {
        self.manifest.lessons.iter().filter_map(|l| self.lab_of(&l.id)).collect()
    }

    /// The glossary, empty where the course has none.
    pub fn glossary(&self) -> Result<Arc<Glossary>, Arc<Broken>> {
        self.kept_glossary().value.clone()
    }

    /// An interview brief; [`Absence::Planned`] where it is not written.
    pub fn brief(&self, id: &BriefId) -> Result<Arc<Brief>, Arc<Broken>> {
        self.kept_brief(id).value.clone()
    }

    /// Whether a brief of the manifest is written. Reads nothing.
    pub fn has_brief(&self, id: &BriefId) -> bool {
        self.manifest.brief(id).is_some() && self.pack.origin.exists(&read::brief::path(id))
    }

    /// The quiz that holds this question or interview question. An id that begins with its lesson's number is found
    /// without reading other quizzes.
    pub fn quiz_with(&self, id: &QuestionId) -> Option<Arc<Quiz>> {
        let number = id.as_str().split('-').next().and_then(|n| n.parse::<u32>().ok());
        let ready = self.manifest.lessons.iter().filter(|l| l.status == Status::Ready);
        let (likely, others): (Vec<_>, Vec<_>) = ready.partition(|l| Some(l.number) == number);
        likely.into_iter().chain(others).find_map(|lesson| {
            let quiz = self.quiz(&lesson.id).ok()?;
            (quiz.question(id).is_some() || quiz.interview(id).is_some()).then_some(quiz)
        })
    }

    /// The questions at the end of a brief. Those of a broken quiz are missing.
    pub fn brief_questions(&self, brief: &Brief) -> Vec<Question> {
        brief.questions.iter().filter_map(|id| self.quiz_with(id)?.question(id).cloned()).collect()
    }

    /// Every Markdown text that is there and sound: lessons and briefs in their order, then the glossary. Reads all.
    pub fn writings(&self) -> Vec<Writing> {
        let lessons = self.manifest.lessons.iter().filter_map(|l| self.lesson(&l.id).ok());
        let lessons = lessons.map(|l| Writing { source: Arc::clone(&l.source), body: l.body.clone() });
        let briefs = self.manifest.briefs.iter().filter_map(|b| self.brief(&b.id).ok());
        let briefs = briefs.map(|b| Writing { source: Arc::clone(&b.source), body: b.body.clone() });
        let glossary = self.glossary().ok().and_then(|glossary| {
            let source = self.sources().get(glossary.terms.first()?.span.file)?;
            let blocks = glossary.terms.iter().flat_map(|t| t.body.iter().cloned()).collect();
            Some(Writing { source, body: Document { blocks } })
        });
        lessons.chain(briefs).chain(glossary).collect()
    }

    /// The lesson that people mean by `5`, `05`, its stem, or the beginning of its stem (with or without the
    /// number) where only one begins so.
    pub fn find_lesson(&self, text: &str) -> Option<&LessonEntry> {
        let lessons = &self.manifest.lessons;
        let text = text.trim().to_ascii_lowercase();
        if let Some(lesson) = lessons.iter().find(|l| l.id.as_str() == text) {
            return Some(lesson);
        }
        if let Ok(number) = text.parse::<u32>() {
            return lessons.iter().find(|l| l.number == number);
        }
        let slug = |l: &LessonEntry| l.id.as_str().split_once('-').is_some_and(|(_, s)| s.starts_with(&text));
        let mut like = lessons.iter().filter(|l| l.id.as_str().starts_with(&text) || slug(l));
        like.next().filter(|_| !text.is_empty() && like.next().is_none())
    }

    /// Reads everything and returns every mistake of the authors, sorted.
    ///
    /// Ids of the checker's findings are only gathered here; see [`Course::mentions`].
    pub fn check(&self) -> Vec<Finding> {
        check::check(self)
    }

    /// What the course names and layers above have to resolve: `finding:ID` of links, of marks in code and of
    /// posture steps. Reads everything.
    pub fn mentions(&self) -> Vec<Mention> {
        check::finding_mentions(self)
    }

    fn kept_lesson(&self, id: &LessonId) -> Arc<Kept<Lesson>> {
        self.lessons.get(
            id,
            || format!("lesson `{id}`"),
            self.absence(id),
            |notes| {
                let entry = self.manifest.lesson(id)?;
                read::lesson::read(&self.pack, entry, notes)
            },
        )
    }

    fn kept_quiz(&self, id: &LessonId) -> Arc<Kept<Quiz>> {
        self.quizzes.get(
            id,
            || format!("quiz of lesson `{id}`"),
            self.absence(id),
            |notes| {
                let entry = self.manifest.lesson(id)?;
                read::quiz::read(&self.pack, entry, notes)
            },
        )
    }

    fn kept_lab(&self, id: &LabId) -> Arc<Kept<Lab>> {
        let lesson = LessonId::new(id.as_str());
        let absence = match lesson.as_ref().map(|l| (self.absence(l), self.lab_of(l))) {
            Some((None, Some(_))) => None,
            Some((None, None)) => Some(Absence::Planned), // its lesson is ready, the lab is not written yet
            Some((absence, _)) => absence,
            None => Some(Absence::Unknown),
        };
        self.labs.get(id, || format!("lab `{id}`"), absence, |notes| read::lab::read(&self.pack, id, notes))
    }

    fn kept_glossary(&self) -> Arc<Kept<Glossary>> {
        let read = |notes: &Notes| read::glossary::read(&self.pack, notes);
        self.glossary.get(&(), || "glossary".to_owned(), None, read)
    }

    fn kept_brief(&self, id: &BriefId) -> Arc<Kept<Brief>> {
        let absence = match (self.manifest.brief(id), self.has_brief(id)) {
            (None, _) => Some(Absence::Unknown),
            (Some(_), false) => Some(Absence::Planned),
            (Some(_), true) => None,
        };
        let read = |notes: &Notes| read::brief::read(&self.pack, id, notes);
        self.briefs.get(id, || format!("brief `{id}`"), absence, read)
    }

    fn absence(&self, id: &LessonId) -> Option<Absence> {
        match self.manifest.lesson(id).map(|l| l.status) {
            Some(Status::Ready) => None,
            Some(Status::Planned) => Some(Absence::Planned),
            None => Some(Absence::Unknown),
        }
    }
}
