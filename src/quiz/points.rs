//! Which questions an attempt asks, and for which point each stands.
//!
//! A point is named by its counted question. The first attempt asks the counted questions themselves. A retake asks
//! one question for each point that was missed, so that what was won stays won. For a point that was asked for before,
//! that is
//!
//! 1. a reserve question of the same concept that was never asked for this point, in the file's order;
//! 2. when there is none, whichever of those and the counted question was asked for this point longest ago;
//! 3. never the one that was asked for it last. Where nothing else of the concept is left, a reserve question of
//!    another concept of the lesson stands for the point; only if the quiz has no other question at all is the same
//!    one asked again.
//!
//! Whoever answers the question that stands for a point wins the point.

use std::collections::BTreeSet;

use crate::course::{Question, Quiz};
use crate::ids::QuestionId;

/// A question that an attempt asks, and the point that it stands for.
#[derive(Clone, Debug, PartialEq)]
pub struct Ask<'a> {
    /// The question.
    pub question: &'a Question,
    /// The counted question whose point is at stake; none in practice.
    pub point: Option<&'a QuestionId>,
}

/// A question that was asked for a point before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The point.
    pub point: QuestionId,
    /// The question that stood for it.
    pub question: QuestionId,
}

/// The questions of a first attempt: the counted ones.
pub fn first_try(quiz: &Quiz) -> Vec<Ask<'_>> {
    quiz.core().map(|question| Ask { question, point: Some(&question.id) }).collect()
}

/// The questions of a retake: one for each point that is not in `won`. `history` is what was asked before, oldest
/// first. Empty when every point is won.
pub fn retake<'a>(quiz: &'a Quiz, won: &BTreeSet<QuestionId>, history: &[Asked]) -> Vec<Ask<'a>> {
    let mut used = BTreeSet::new();
    let mut asks = Vec::new();
    for counted in quiz.core().filter(|counted| !won.contains(&counted.id)) {
        let question = stand_in(quiz, counted, &used, history);
        used.insert(&question.id);
        asks.push(Ask { question, point: Some(&counted.id) });
    }
    asks
}

/// Questions that count for nothing: the reserve before the lesson is read (they give nothing of the counted ones
/// away), or everything once all points are won.
pub fn practice(quiz: &Quiz, everything: bool) -> Vec<Ask<'_>> {
    let asked = quiz.questions.iter().filter(|question| everything || !question.core);
    asked.map(|question| Ask { question, point: None }).collect()
}

fn stand_in<'a>(
    quiz: &'a Quiz,
    counted: &'a Question,
    used: &BTreeSet<&QuestionId>,
    history: &[Asked],
) -> &'a Question {
    // The last time at which a question was asked for this point; `None` sorts first.
    let asked = |q: &Question| history.iter().rposition(|a| a.point == counted.id && a.question == q.id);
    let Some(last) = history.iter().rfind(|a| a.point == counted.id) else {
        return counted; // its point was never asked for: a new edition of the course counts it
    };
    let free = |q: &&Question| !used.contains(&q.id) && q.id != last.question;
    let of_concept = quiz.questions.iter().filter(|q| !q.core && q.concept == counted.concept);
    let of_others = quiz.questions.iter().filter(|q| !q.core && q.concept != counted.concept);
    of_concept
        .chain(std::iter::once(counted))
        .filter(free)
        .min_by_key(|q| asked(q))
        .or_else(|| of_others.filter(free).min_by_key(|q| asked(q)))
        .unwrap_or(counted)
}

#[cfg(test)]
mod tests {
    use super::super::tests::question;
    use super::*;
    use crate::ids::LessonId;

    /// Counted questions are written in capitals there: `A:a` is counted, `a1:a` in reserve.
    fn quiz(text: &str) -> Quiz {
        let of = |word: &str| {
            let (id, concept) = word.split_once(':').unwrap();
            let core = id.chars().all(char::is_uppercase);
            question(&id.to_lowercase(), concept, core)
        };
        Quiz {
            lesson: LessonId::new("01-x").unwrap(),
            questions: text.split_whitespace().map(of).collect(),
            interviews: Vec::new(),
        }
    }

    fn ids(asks: &[Ask]) -> Vec<String> {
        asks.iter().map(|a| a.question.id.to_string()).collect()
    }

    /// Retakes `rounds` times without ever winning, and says what was asked for each point in each round.
    fn rounds(quiz: &Quiz, rounds: usize) -> Vec<Vec<String>> {
        let mut history = Vec::new();
        let mut all = Vec::new();
        let mut asks = first_try(quiz);
        for _ in 0..=rounds {
            all.push(ids(&asks));
            history.extend(
                asks.iter()
                    .map(|a| Asked { point: a.point.unwrap().clone(), question: a.question.id.clone() }),
            );
            asks = retake(quiz, &BTreeSet::new(), &history);
        }
        all
    }

    #[test]
    fn reserve_questions_of_the_concept_first_then_the_counted_one() {
        let quiz = quiz("A:a B:b C:c c1:c a1:a b1:b a2:a");
        let asked = rounds(&quiz, 4);
        assert_eq!(asked[0], ["a", "b", "c"]);
        assert_eq!(asked[1], ["a1", "b1", "c1"]);
        assert_eq!(asked[2], ["a2", "b", "c"]);
        assert_eq!(asked[3], ["a", "b1", "c1"]);
        assert_eq!(asked[4], ["a1", "b", "c"]);
    }

    #[test]
    fn only_missed_points_are_asked() {
        let quiz = quiz("A:a B:b C:c a1:a b1:b c1:c");
        let won = ["a", "c"].map(|id| QuestionId::new(id).unwrap()).into();
        let b = QuestionId::new("b").unwrap();
        let history = [Asked { point: b.clone(), question: b }];
        assert_eq!(ids(&retake(&quiz, &won, &history)), ["b1"]);
        assert_eq!(ids(&retake(&quiz, &won, &[])), ["b"], "a point that was never asked for");
        let won = ["a", "b", "c"].map(|id| QuestionId::new(id).unwrap()).into();
        assert!(retake(&quiz, &won, &[]).is_empty());
    }

    #[test]
    fn never_the_same_question_twice_running_for_a_point() {
        for text in [
            "A:a B:b C:c a1:a b1:b c1:c",
            "A:a B:a C:a a1:a a2:a a3:a",
            "A:a B:b C:c x:x y:y z:z",
            "A:a a1:a a2:a a3:a",
        ] {
            let asked = rounds(&quiz(text), 8);
            for pair in asked.windows(2) {
                assert!(pair[0].iter().zip(&pair[1]).all(|(a, b)| a != b), "{text}: {pair:?}");
            }
            for round in asked {
                let unique: BTreeSet<_> = round.iter().collect();
                assert_eq!(unique.len(), round.len(), "{text}: no question stands for two points: {round:?}");
            }
        }
    }

    #[test]
    fn a_quiz_without_reserve_asks_again_what_it_has() {
        assert_eq!(rounds(&quiz("A:a B:b"), 2), [["a", "b"], ["a", "b"], ["a", "b"]]);
    }

    #[test]
    fn practice_before_reading_keeps_the_counted_questions_unseen() {
        let quiz = quiz("A:a B:b a1:a b1:b");
        assert_eq!(ids(&practice(&quiz, false)), ["a1", "b1"]);
        assert_eq!(ids(&practice(&quiz, true)), ["a", "b", "a1", "b1"]);
        assert!(practice(&quiz, true).iter().all(|a| a.point.is_none()));
    }
}
