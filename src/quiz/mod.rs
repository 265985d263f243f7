//! Answers to marks, and the order in which things are shown. Pure.
//!
//! Layer 2, beside the course. Knows no store, no clock, no screen.

mod answer;
mod points;
mod shown;

pub use answer::{Answer, mark};
pub use points::{Ask, Asked, first_try, practice, retake};
pub use shown::{Seed, shown_options, shuffle};

#[cfg(test)]
mod tests {
    use crate::course::{Kind, Question};
    use crate::ids::{ConceptId, LessonId, QuestionId};
    use crate::text::Source;

    /// A question without options, for the tests of this module's files.
    pub(super) fn question(id: &str, concept: &str, core: bool) -> Question {
        Question {
            id: QuestionId::new(id).unwrap(),
            concept: ConceptId::parse(concept, &LessonId::new("01-x").unwrap()).unwrap(),
            core,
            kind: Kind::Single,
            stem: String::new(),
            code: None,
            as_of: None,
            options: Vec::new(),
            span: Source::lone("q", "").whole(),
        }
    }
}
