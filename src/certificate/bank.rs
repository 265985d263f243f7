//! The digest of a course's questions: what `course.contentDigest` names.

use serde_json::{Value, json};

use super::canonical;
use crate::course::{Kind, Question, Quiz};

/// The digest of `{"format":"sealegs-bank/1","questions":[{"answer","id","lesson","options"},…]}` over all questions,
/// counted and in reserve, in the order given: lessons in the order of the course, questions in that of their file.
///
/// It holds what a mark hangs on, ids alone, so that a spelling may be mended without a new edition:
///
/// - `single`, `multiple`: `options` are the ids as stored, `answer` the ids of the right ones, in the same order;
/// - `order`: `options` are the ids sorted, `answer` the ids in the right order;
/// - `line`: `options` is empty, `answer` the numbers of the right lines, sorted.
pub fn bank_digest<'q>(quizzes: impl IntoIterator<Item = &'q Quiz>) -> String {
    let entry = |quiz: &Quiz, question: &Question| {
        let (options, answer) = options_and_answer(question);
        json!({ "id": question.id, "lesson": quiz.lesson, "options": options, "answer": answer })
    };
    let questions: Vec<Value> =
        quizzes.into_iter().flat_map(|quiz| quiz.questions.iter().map(move |q| entry(quiz, q))).collect();
    canonical::digest(&json!({ "format": "sealegs-bank/1", "questions": questions }))
}

fn options_and_answer(question: &Question) -> (Vec<&str>, Value) {
    let mut options: Vec<&str> = question.options.iter().map(|o| o.id.as_str()).collect();
    match &question.kind {
        Kind::Single | Kind::Multiple { .. } => {
            let right: Vec<_> = question.options.iter().filter(|o| o.key).map(|o| o.id.as_str()).collect();
            (options, right.into())
        }
        Kind::Order => {
            let right = options.clone();
            options.sort_unstable();
            (options, right.into())
        }
        Kind::Line { key_lines, .. } => {
            let mut lines = key_lines.clone();
            lines.sort_unstable();
            (Vec::new(), lines.into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::Choice;
    use crate::ids::{ConceptId, LessonId, OptionId, QuestionId};
    use crate::text::{FileId, Span};

    fn question(id: &str, kind: Kind, options: &[(&str, bool)]) -> Question {
        let lesson = LessonId::new("01-a").unwrap();
        let choice = |(id, key): &(&str, bool)| Choice {
            id: OptionId::new(id).unwrap(),
            text: format!("text of {id}"),
            key: *key,
            reason: String::new(),
        };
        Question {
            id: QuestionId::new(id).unwrap(),
            concept: ConceptId::parse("h", &lesson).unwrap(),
            core: true,
            kind,
            stem: "stem".to_owned(),
            code: None,
            as_of: None,
            options: options.iter().map(choice).collect(),
            span: Span::new(FileId(0), 0, 0),
        }
    }

    fn quiz() -> Quiz {
        let line = Kind::Line { key_lines: vec![7, 3], reason: String::new() };
        let questions = vec![
            question("s", Kind::Single, &[("b", false), ("a", true)]),
            question("m", Kind::Multiple { choose: 2 }, &[("c", true), ("b", false), ("a", true)]),
            question("o", Kind::Order, &[("z", false), ("y", false)]),
            question("l", line, &[]),
        ];
        Quiz { lesson: LessonId::new("01-a").unwrap(), questions, interviews: Vec::new() }
    }

    #[test]
    fn it_is_the_digest_of_the_form_that_is_documented() {
        let bank = concat!(
            r#"{"format":"sealegs-bank/1","questions":["#,
            r#"{"answer":["a"],"id":"s","lesson":"01-a","options":["b","a"]},"#,
            r#"{"answer":["c","a"],"id":"m","lesson":"01-a","options":["c","b","a"]},"#,
            r#"{"answer":["z","y"],"id":"o","lesson":"01-a","options":["y","z"]},"#,
            r#"{"answer":[3,7],"id":"l","lesson":"01-a","options":[]}]}"#,
        );
        let value = canonical::parse(bank).unwrap();
        assert_eq!(canonical::canonical(&value), bank, "the text above is canonical");
        assert_eq!(bank_digest([&quiz()]), canonical::digest(&value));
    }

    #[test]
    fn texts_may_be_mended_but_answers_not_moved() {
        let before = bank_digest([&quiz()]);
        let mut mended = quiz();
        mended.questions[0].options[0].text.push('!');
        assert_eq!(bank_digest([&mended]), before);
        let mut moved = quiz();
        moved.questions[0].options[0].key = true;
        assert_ne!(bank_digest([&moved]), before);
    }
}
