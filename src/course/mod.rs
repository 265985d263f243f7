//! The course as data: manifest, lessons, quizzes, labs, glossary; read, never judged.
//!
//! Layer 2. Knows nothing of simulators, checks, disks' databases or screens: check ids and probes are text here,
//! resolved by `grade::plan`.

mod lab;
mod lesson;
mod manifest;
mod quiz;

pub use lab::{File, Lab, NearMiss, Solution, Step, StepKind};
pub use lesson::Lesson;
pub use manifest::{CertificateRule, LessonEntry, Manifest, Status, Track};
pub use quiz::{Choice, CodeSample, Interview, Kind, Level, Question, Quiz};
