//! What a course holds, counted.

use std::collections::BTreeMap;

use serde::Serialize;

use super::lesson::word_count;
use super::material::{Item, Material};
use crate::course::{Course, Kind, Status};

/// A course in numbers.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Stats {
    /// The whole course.
    pub course: Share,
    /// Lessons that are planned only.
    pub planned: usize,
    /// The questions.
    pub questions: Questions,
    /// Interview questions by level.
    pub interviews: BTreeMap<String, usize>,
    /// Terms of the glossary.
    pub terms: usize,
    /// Labs.
    pub labs: usize,
    /// Pieces of code in lessons and briefs by language and tag, as in `yaml fail`.
    pub snippets: BTreeMap<String, usize>,
    /// Findings that authors have answered for with `# sealegs:ignore`.
    pub suppressed: usize,
    /// The tracks, in order.
    pub tracks: Vec<Share>,
    /// The exam domains, by name. A lesson may serve several.
    pub domains: Vec<Share>,
}

/// What some of the lessons hold.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Share {
    /// Which lessons.
    pub name: String,
    /// How many lessons are ready.
    pub lessons: usize,
    /// Words of prose.
    pub words: usize,
    /// Minutes, as the lessons say.
    pub minutes: u32,
    /// Questions.
    pub questions: usize,
    /// Interview questions.
    pub interviews: usize,
}

/// The questions in numbers.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Questions {
    /// Counted ones.
    pub core: usize,
    /// Those in reserve.
    pub reserve: usize,
    /// By kind.
    pub kinds: BTreeMap<&'static str, usize>,
    /// Those that tell a situation or show code before they ask.
    pub situations: usize,
    /// Of single and multiple choices: how many there are.
    pub choices: usize,
    /// In how many of them a key is strictly the longest option.
    pub key_longest: usize,
    /// In how many of them a key is strictly the shortest option.
    pub key_shortest: usize,
    /// Of single choices: how many keys are stored at A, B and so on.
    pub positions: Vec<usize>,
}

impl Stats {
    /// Counts a course.
    pub(super) fn of(course: &Course, material: &Material, suppressed: usize) -> Self {
        let mut whole = Share { name: course.manifest().title.clone(), ..Share::default() };
        let mut tracks: Vec<(String, Share)> = course
            .manifest()
            .tracks
            .iter()
            .map(|t| (t.id.to_string(), Share { name: t.title.clone(), ..Share::default() }))
            .collect();
        let mut domains: BTreeMap<String, Share> = BTreeMap::new();
        for reading in &material.readings {
            let entry = &reading.entry;
            let own = Share {
                name: String::new(),
                lessons: 1,
                words: word_count(&reading.lesson),
                minutes: reading.lesson.minutes,
                questions: material.items.iter().filter(|i| i.entry.id == entry.id).count(),
                interviews: material.talks.iter().filter(|t| t.entry.id == entry.id).count(),
            };
            whole.add(&own);
            for (_, share) in tracks.iter_mut().filter(|(id, _)| *id == entry.track.as_str()) {
                share.add(&own);
            }
            for domain in &entry.domains {
                let new = || Share { name: domain.clone(), ..Share::default() };
                domains.entry(domain.clone()).or_insert_with(new).add(&own);
            }
        }
        let mut interviews = BTreeMap::new();
        for talk in &material.talks {
            *interviews.entry(format!("{:?}", talk.interview.level).to_lowercase()).or_default() += 1;
        }
        let mut snippets = BTreeMap::new();
        for snippet in &material.snippets {
            let mut words = vec![if snippet.language().is_empty() { "diagram" } else { snippet.language() }];
            words.extend(snippet.code.tags.iter().map(String::as_str));
            *snippets.entry(words.join(" ")).or_default() += 1;
        }
        let planned = course.manifest().lessons.iter().filter(|l| l.status == Status::Planned).count();
        Self {
            course: whole,
            planned,
            questions: Questions::of(&material.items),
            interviews,
            terms: course.glossary().map(|g| g.terms.len()).unwrap_or_default(),
            labs: course.labs().len(),
            snippets,
            suppressed,
            tracks: tracks.into_iter().map(|(_, share)| share).collect(),
            domains: domains.into_values().collect(),
        }
    }
}

impl Share {
    fn add(&mut self, other: &Self) {
        self.lessons += other.lessons;
        self.words += other.words;
        self.minutes += other.minutes;
        self.questions += other.questions;
        self.interviews += other.interviews;
    }
}

impl Questions {
    fn of(items: &[Item]) -> Self {
        let mut kinds = BTreeMap::new();
        let mut positions = Vec::new();
        for item in items {
            *kinds.entry(item.question.kind.word()).or_default() += 1;
            let key = item.options.iter().position(|o| o.choice.key);
            if let Some(at) = key.filter(|_| item.question.kind == Kind::Single) {
                positions.resize(positions.len().max(at + 1), 0);
                positions[at] += 1;
            }
        }
        let choices: Vec<&Item> = items.iter().filter(|i| i.key_excess().is_some()).collect();
        let core = items.iter().filter(|i| i.question.core).count();
        Self {
            core,
            reserve: items.len() - core,
            kinds,
            situations: items.iter().filter(|i| i.has_situation()).count(),
            choices: choices.len(),
            key_longest: choices.iter().filter(|i| i.key_excess() > Some(0)).count(),
            key_shortest: choices.iter().filter(|i| i.key_is_shortest()).count(),
            positions,
        }
    }
}
