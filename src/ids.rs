//! Validated ids. What progress, reviews and certificates hang on: unique, immutable, never reused.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use serde::Serialize;

/// The longest id, in bytes.
pub const MAX: usize = 48;

/// Whether `text` is `[a-z0-9-]{1,48}`.
pub fn is_valid(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= MAX
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The id, where `text` is `[a-z0-9-]{1,48}`.
            pub fn new(text: &str) -> Option<Self> {
                is_valid(text).then(|| Self(text.into()))
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &*self.0)
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    )*};
}

ids! {
    /// A lesson: its file stem, as in `05-running-as-non-root`.
    LessonId,
    /// A question of a lesson's quiz, unique in the course.
    QuestionId,
    /// An option of a question, unique in its question.
    OptionId,
    /// A lab, unique in the course.
    LabId,
    /// A step of a lab, unique in its lab.
    StepId,
    /// A track of the course.
    TrackId,
    /// An interview brief, named `brief-ID` on the command line.
    BriefId,
    /// A heading of a lesson, unique in its lesson.
    HeadingId,
}

impl StepId {
    /// The implicit first step of every lab.
    pub fn accepted() -> Self {
        Self("accepted".into())
    }
}

/// A concept: a heading of a lesson, written `stem#heading`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConceptId {
    /// The lesson that teaches it.
    pub lesson: LessonId,
    /// The heading under which it does.
    pub heading: HeadingId,
}

impl ConceptId {
    /// Reads `stem#heading`, or `heading` within `lesson`.
    pub fn parse(text: &str, lesson: &LessonId) -> Option<Self> {
        let (lesson, heading) = match text.split_once('#') {
            Some((stem, heading)) => (LessonId::new(stem)?, heading),
            None => (lesson.clone(), text),
        };
        Some(Self { lesson, heading: HeadingId::new(heading)? })
    }
}

impl fmt::Display for ConceptId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.lesson, self.heading)
    }
}

impl fmt::Debug for ConceptId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

impl Serialize for ConceptId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_short_lower_case_words() {
        assert!(LessonId::new("05-running-as-non-root").is_some());
        for bad in ["", "A", "a_b", "a b", "é", &"a".repeat(49)] {
            assert!(LessonId::new(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_concept_may_name_another_lesson() {
        let here = LessonId::new("01-x").unwrap();
        assert_eq!(ConceptId::parse("uid", &here).unwrap().to_string(), "01-x#uid");
        assert_eq!(ConceptId::parse("05-y#uid", &here).unwrap().to_string(), "05-y#uid");
        assert!(ConceptId::parse("05-y#", &here).is_none());
    }
}
