//! What the rules look at: lessons, questions and interview questions that could be read, each with its places.

use std::sync::Arc;

use super::place::{Places, QuizPlaces};
use super::snippet::Snippet;
use super::words::Said;
use crate::course::{Choice, Course, Interview, Kind, Lesson, LessonEntry, Question, Status};
use crate::parse::markdown::BlockKind;
use crate::text::{Source, Span};

/// A course as rules see it. What is broken is left out: its reader has said so.
#[derive(Debug)]
pub struct Material {
    /// The lessons.
    pub readings: Vec<Reading>,
    /// The questions of all quizzes.
    pub items: Vec<Item>,
    /// The interview questions of all quizzes.
    pub talks: Vec<Talk>,
    /// The code of lessons and briefs.
    pub snippets: Vec<Snippet>,
    /// The sources of the quizzes.
    pub quizzes: Vec<(Arc<Source>, QuizPlaces)>,
    /// Where findings stand that are about the course as such.
    pub place: Span,
}

/// A lesson.
#[derive(Debug)]
pub struct Reading {
    /// Its line in the manifest.
    pub entry: LessonEntry,
    /// Its text.
    pub lesson: Arc<Lesson>,
}

/// A question.
#[derive(Debug)]
pub struct Item {
    /// Its lesson's line in the manifest.
    pub entry: LessonEntry,
    /// The question as stored.
    pub question: Question,
    /// Where its parts stand.
    pub places: Places,
    /// Its stem.
    pub stem: Said,
    /// Its options, as stored.
    pub options: Vec<Offer>,
    /// The heading that teaches it, and all that stands below; none where it cannot be known.
    pub taught: Option<Taught>,
}

/// An option of a question.
#[derive(Debug)]
pub struct Offer {
    /// The option as stored.
    pub choice: Choice,
    /// Its text.
    pub text: Said,
    /// Its reason.
    pub reason: Said,
    /// Where its parts stand.
    pub places: Places,
}

/// What a concept's heading says, and what stands below it.
#[derive(Debug)]
pub struct Taught {
    /// The heading.
    pub heading: Said,
    /// The whole section.
    pub section: Said,
}

/// An interview question.
#[derive(Debug)]
pub struct Talk {
    /// Its lesson's line in the manifest.
    pub entry: LessonEntry,
    /// The interview question as stored.
    pub interview: Interview,
    /// Where its parts stand.
    pub places: Places,
    /// The heading that it belongs to; none where it cannot be known.
    pub taught: Option<Taught>,
}

/// Questions that are judged together.
#[derive(Debug)]
pub struct Bank<'m> {
    /// What it is called.
    pub name: &'static str,
    /// Its questions.
    pub items: Vec<&'m Item>,
    /// Where findings about it stand.
    pub place: Span,
}

impl Item {
    /// What findings call it.
    pub fn title(&self) -> String {
        format!("question `{}`", self.question.id)
    }

    /// Where the stem stands.
    pub fn stem_span(&self) -> Span {
        self.places.field("stem")
    }

    /// The options that are right; none for orders and lines.
    pub fn keys(&self) -> impl Iterator<Item = &Offer> {
        self.options.iter().filter(|o| o.choice.key)
    }

    /// The options that are wrong; none for orders and lines.
    pub fn distractors(&self) -> impl Iterator<Item = &Offer> {
        let chosen = matches!(self.question.kind, Kind::Single | Kind::Multiple { .. });
        self.options.iter().filter(move |o| chosen && !o.choice.key)
    }

    /// Characters of the longest key beyond the longest distractor; negative where a distractor is longer, none
    /// where there is nothing to choose from.
    pub fn key_excess(&self) -> Option<i64> {
        let longest = self.distractors().map(|o| o.text.length()).max()?;
        Some(self.keys().map(|o| o.text.length()).max()? as i64 - longest as i64)
    }

    /// Whether a key is strictly the shortest option.
    pub fn key_is_shortest(&self) -> bool {
        let shortest = self.distractors().map(|o| o.text.length()).min();
        self.keys().map(|o| o.text.length()).min() < shortest
    }

    /// Whether it puts the learner into a situation: it has code, or tells something before it asks, which takes a
    /// second sentence.
    pub fn has_situation(&self) -> bool {
        let told = |s: &&str| !s.starts_with('(') && s.split_whitespace().count() > 3;
        self.question.code.is_some()
            || !self.stem.codes.is_empty()
            || self.stem.sentences().into_iter().filter(told).count() > 1
    }
}

impl Offer {
    /// Where its text stands.
    pub fn span(&self) -> Span {
        self.places.field("text")
    }
}

impl Talk {
    /// What findings call it.
    pub fn title(&self) -> String {
        format!("interview question `{}`", self.interview.id)
    }
}

impl Material {
    /// Reads all that is ready and sound.
    pub fn of(course: &Course) -> Self {
        let lessons = &course.manifest().lessons;
        let file = lessons.first().and_then(|l| course.sources().get(l.span.file));
        let place = file.map_or_else(|| course.sources().add("course.toml", "").whole(), |f| f.line_span(1));
        let mut all = Self {
            readings: Vec::new(),
            items: Vec::new(),
            talks: Vec::new(),
            snippets: Vec::new(),
            quizzes: Vec::new(),
            place,
        };
        for entry in lessons.iter().filter(|l| l.status == Status::Ready) {
            if let Ok(lesson) = course.lesson(&entry.id) {
                let title = format!("lesson `{}`", entry.id);
                all.snippets.extend(Snippet::all(&title, &lesson.body.blocks, &lesson.source));
                all.readings.push(Reading { entry: entry.clone(), lesson });
            }
            all.quiz(course, entry);
        }
        for entry in &course.manifest().briefs {
            if let Ok(brief) = course.brief(&entry.id) {
                let title = format!("brief `{}`", entry.id);
                all.snippets.extend(Snippet::all(&title, &brief.body.blocks, &brief.source));
            }
        }
        all
    }

    fn quiz(&mut self, course: &Course, entry: &LessonEntry) {
        let Ok(quiz) = course.quiz(&entry.id) else { return };
        let span = quiz.questions.first().map(|q| q.span).or(quiz.interviews.first().map(|i| i.span));
        let Some(source) = span.and_then(|s| course.sources().get(s.file)) else { return };
        let places = QuizPlaces::read(&source);
        for (question, places) in quiz.questions.iter().zip(&places.questions) {
            self.items.push(Item {
                entry: entry.clone(),
                places: places.clone(),
                stem: Said::read(&question.stem),
                options: question.options.iter().zip(&places.options).map(offer).collect(),
                taught: taught(course, &question.concept.lesson, &question.concept.heading),
                question: question.clone(),
            });
        }
        for (interview, places) in quiz.interviews.iter().zip(&places.interviews) {
            self.talks.push(Talk {
                entry: entry.clone(),
                places: places.clone(),
                taught: taught(course, &interview.concept.lesson, &interview.concept.heading),
                interview: interview.clone(),
            });
        }
        self.quizzes.push((source, places));
    }

    /// The counted questions, and all; one of them where they are the same.
    pub fn banks(&self) -> Vec<Bank<'_>> {
        let all: Vec<&Item> = self.items.iter().collect();
        let core: Vec<&Item> = all.iter().copied().filter(|i| i.question.core).collect();
        let same = core.len() == all.len();
        let mut banks = vec![Bank { name: "the counted questions", items: core, place: self.place }];
        if !same {
            banks.push(Bank { name: "all questions", items: all, place: self.place });
        }
        banks
    }
}

fn offer((choice, places): (&Choice, &Places)) -> Offer {
    Offer {
        text: Said::read(&choice.text),
        reason: Said::read(&choice.reason),
        choice: choice.clone(),
        places: places.clone(),
    }
}

fn taught(course: &Course, lesson: &crate::ids::LessonId, heading: &crate::ids::HeadingId) -> Option<Taught> {
    let section = course.lesson(lesson).ok()?.section(heading);
    let mut said = Said::of(&section);
    // Code of the section teaches as well.
    let code: Vec<String> = said.codes.iter().map(|c| c.text.clone()).collect();
    for text in code {
        said.words.extend(Said::read(&text.replace(['`', '*', '#', '<'], " ")).words);
    }
    let heading = match section.first().map(|b| &b.kind) {
        Some(BlockKind::Heading { text, .. }) => Said::of_inlines(text),
        _ => return None,
    };
    Some(Taught { heading, section: said })
}
