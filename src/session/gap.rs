//! What is missing for the certificate, in integers and in words.

use super::overview::{labs, sum};
use super::view::{Gap, LessonRow};
use super::{Session, SessionError};
use crate::certificate::needed;
use crate::course::Status;
use crate::ids::LessonId;

/// How many lessons a sentence names before it says how many more there are.
const NAMED: usize = 5;

impl Session {
    /// What is missing for the certificate.
    pub fn certificate_gap(&self) -> Result<Gap, SessionError> {
        Ok(self.gap_of(&self.lessons()?))
    }

    /// The rule: every lesson's quiz taken, planned ones count as not taken, and the course's thresholds reached. A
    /// percentage is compared in integers, by the least number that reaches it.
    pub(super) fn gap_of(&self, rows: &[LessonRow]) -> Gap {
        let rule = self.course.manifest().certificate;
        let (points, labs) = (sum(rows), labs(rows));
        let ids = |wanted: &dyn Fn(&LessonRow) -> bool| {
            rows.iter().filter(|row| wanted(row)).map(|row| row.id.clone()).collect::<Vec<_>>()
        };
        let ready = |row: &LessonRow| row.status == Status::Ready;
        let untaken = ids(&|row| ready(row) && row.attempts == 0);
        let below = ids(&|row| {
            ready(row) && row.attempts > 0 && row.points.best < needed(rule.each_lesson, row.points.total)
        });
        let planned = rows.iter().filter(|row| !ready(row)).count() as u32;
        let mut gap = Gap {
            points,
            needed: needed(rule.overall, points.total),
            untaken,
            planned,
            below,
            labs,
            labs_needed: needed(rule.labs, labs.total),
            words: Vec::new(),
        };
        let numbers = |ids: &[LessonId]| -> Vec<u32> {
            rows.iter().filter(|row| ids.contains(&row.id)).map(|row| row.number).collect()
        };
        gap.words = words(&gap, rule.each_lesson, (&numbers(&gap.untaken), &numbers(&gap.below)));
        gap
    }
}

/// The sentences; `untaken` and `below` are the numbers of those lessons.
fn words(gap: &Gap, each_lesson: u32, (untaken, below): (&[u32], &[u32])) -> Vec<String> {
    let mut words = Vec::new();
    if gap.points.best < gap.needed {
        words.push(format!("{} of {} points; {} needed", gap.points.best, gap.points.total, gap.needed));
    }
    if !gap.untaken.is_empty() {
        let count = plural(gap.untaken.len(), "quiz is", "quizzes are");
        words.push(format!("{count} not taken yet: {}", list(untaken)));
    }
    if gap.planned > 0 {
        let count = plural(gap.planned as usize, "lesson is", "lessons are");
        words.push(format!("{count} planned and cannot be taken yet"));
    }
    if !gap.below.is_empty() {
        let count = plural(gap.below.len(), "lesson is", "lessons are");
        words.push(format!("{count} below {each_lesson}% of the points: {}", list(below)));
    }
    if gap.labs.passed < gap.labs_needed {
        words.push(format!("{} of {} labs; {} needed", gap.labs.passed, gap.labs.total, gap.labs_needed));
    }
    words
}

fn plural(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn list(lessons: &[u32]) -> String {
    let named: Vec<String> = lessons.iter().take(NAMED).map(ToString::to_string).collect();
    let word = if lessons.len() == 1 { "lesson" } else { "lessons" };
    match lessons.len().saturating_sub(NAMED) {
        0 => format!("{word} {}", named.join(", ")),
        more => format!("{word} {} and {more} more", named.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_are_cut() {
        let numbers = [1, 2, 3, 4, 5, 6, 7];
        assert_eq!(list(&numbers), "lessons 1, 2, 3, 4, 5 and 2 more");
        assert_eq!(list(&numbers[..2]), "lessons 1, 2");
        assert_eq!(list(&numbers[..1]), "lesson 1");
        assert_eq!(plural(1, "quiz is", "quizzes are"), "1 quiz is");
    }
}
