//! The table of rules for authors, and what they measure against. A threshold names its basis: what other tools use,
//! and what was measured on public banks of KCSA and KCNA questions and on the Rust book's quizzes.

use super::rule::{Look, Rule};
use super::{bank, interview, items, lesson, same, snippet};
use crate::text::Severity::{Error, Warning};

/// Q01: a key longer than the longest distractor by this factor is noticed (SAQUET: 1.33).
pub(super) const KEY_TO_LONGEST: f64 = 1.25;
/// Q01: and one this much longer than the average distractor is chosen blindly (ai-engineering#281).
pub(super) const KEY_TO_MEAN: f64 = 1.5;
/// Q01: shorter keys are terms, whose length says nothing (SAQUET).
pub(super) const KEY_WORDS: usize = 4;
/// Banks of fewer questions prove nothing.
pub(super) const BANK: usize = 12;
/// Q02: standard errors above chance (good banks 23 % of longest keys, bad ones 56 % to 67 %).
pub(super) const LONGEST_SE: (f64, f64) = (2.0, 4.0);
/// Q03: standard errors above chance, and points above chance.
pub(super) const BLIND_SE: f64 = 3.0;
pub(super) const BLIND_POINTS: f64 = 0.20;
/// Q04: chi-square of the keys' positions by degrees of freedom 1 to 4, at p = 0.01 and p = 0.0001.
pub(super) const CHI_SQUARE: [(f64, f64); 4] = [(6.63, 15.14), (9.21, 18.42), (11.34, 21.11), (13.28, 23.51)];
/// Q04: one position with more than this share of the keys (the kubestronaut rule).
pub(super) const ONE_POSITION: f64 = 0.50;
/// Q04: so many lessons of 39 may have all three keys at one position.
pub(super) const SAME_POSITION: f64 = 6.0 / 39.0;
/// Q06: share of negative stems in a bank (KCSA 4 %, KCNA 7 %, the Rust book 36 %).
pub(super) const NEGATIVE_SHARE: f64 = 0.10;
/// Q07: absolute words in distractors against keys (KCNA: 19 % against 13 %).
pub(super) const ABSOLUTE_RATE: f64 = 2.0;
/// Q07: share of distractors below which the two rates say nothing: a handful of words.
pub(super) const ABSOLUTE_LEAST: f64 = 0.05;
/// Q09: letters of a word that gives the key away (SAQUET).
pub(super) const CLANG_LETTERS: usize = 5;
/// Q10: words that the key shares with others beyond what the next option shares (SAQUET).
pub(super) const CONVERGENCE: usize = 2;
/// Q11: longest to shortest option (medians 1.5 to 1.9), where the longest has so many characters.
pub(super) const UNEVEN: f64 = 2.5;
pub(super) const UNEVEN_LENGTH: usize = 30;
/// Q16: the shortest stem that can ask something.
pub(super) const STEM_MIN: usize = 25;
/// Q17: 95 of 100 KCNA stems are shorter than 348.
pub(super) const STEM_MAX: usize = 350;
/// Q18: 95 of 100 options are shorter than 70 to 147.
pub(super) const OPTION_MAX: usize = 140;
/// Q21: shared triples of words, and those with the same key.
pub(super) const NEAR_STEM: f64 = 0.6;
pub(super) const NEAR_STEM_SAME_KEY: f64 = 0.4;
/// Q22: an option of fewer words stands in others by chance.
pub(super) const CONTAINED_WORDS: usize = 3;
/// Q23: characters of a reason that explains (the loader refuses what is below 40), and words that it may repeat.
pub(super) const REASON: usize = 60;
pub(super) const REASON_REPEATS: f64 = 0.70;
/// Q25: words with a meaning, beyond "incorrect".
pub(super) const REASON_WORDS: usize = 6;
/// Q27: letters of a word of the key that the section should hold.
pub(super) const TAUGHT_LETTERS: usize = 5;
/// Q28: words in a row that question and lesson may share; one more is recognised, not understood.
pub(super) const COPIED_WORDS: usize = 10;
/// Words in a row that two texts of the course may share.
pub(super) const SAME_WORDS: usize = 12;
/// Words of prose of a lesson: ten minutes of attention.
pub(super) const LESSON_WORDS: (usize, usize) = (900, 1800);
/// Words a minute. People read prose at 238 words a minute (Brysbaert 2019); a lesson's code, tables and diagrams, which
/// are not counted, take about as long again.
pub(super) const READING_SPEED: f64 = 130.0;
/// How far `minutes` may be from that.
pub(super) const MINUTES_TOLERANCE: f64 = 0.30;
/// Sources that a lesson names.
pub(super) const SOURCES: usize = 3;
/// Columns of a diagram, and of a line of code: a terminal of 80 with its margins.
pub(super) const DIAGRAM_WIDTH: usize = 72;
pub(super) const CODE_WIDTH: usize = 76;

const fn rule(
    id: &'static str,
    severity: crate::text::Severity,
    title: &'static str,
    looks: &'static [Look],
) -> Rule {
    Rule { id, severity, title, looks }
}

/// Every rule.
pub const RULES: &[Rule] = &[
    rule("Q01", Warning, "key is much longer than the others", &[Look::Question(items::shape::long_key)]),
    rule("Q02", Warning, "key is the longest option too often", &[Look::Bank(bank::longest)]),
    rule("Q03", Warning, "a blind strategy beats chance", &[Look::Bank(bank::blindly)]),
    rule("Q04", Warning, "keys stand at some positions too often", &[Look::Bank(bank::positions)]),
    rule("Q05", Error, "option about other options", &[Look::Loader(&["quiz-lumped-option"])]),
    rule(
        "Q06",
        Warning,
        "stem asks for what is not",
        &[Look::Question(items::wording::negative), Look::Bank(bank::negative)],
    ),
    rule(
        "Q07",
        Warning,
        "absolute word gives a distractor away",
        &[Look::Question(items::wording::absolute), Look::Bank(bank::absolute)],
    ),
    rule(
        "Q08",
        Warning,
        "option says how often, and means nothing",
        &[Look::Question(items::wording::vague)],
    ),
    rule("Q09", Warning, "word of the stem stands in the key alone", &[Look::Question(items::cues::clang)]),
    rule(
        "Q10",
        Warning,
        "key shares most words with the others",
        &[Look::Question(items::cues::convergence)],
    ),
    rule("Q11", Warning, "options are of uneven length", &[Look::Question(items::shape::uneven)]),
    rule("Q12", Warning, "key alone has its form", &[Look::Question(items::cues::form)]),
    rule("Q13", Warning, "grammar of the stem gives the key away", &[Look::Question(items::cues::grammar)]),
    rule("Q14", Warning, "numbers are not in order", &[Look::Question(items::shape::numbers)]),
    rule(
        "Q15",
        Error,
        "wrong number of options or keys",
        &[Look::Loader(&["quiz-arity", "quiz-keys", "quiz-choose"])],
    ),
    rule("Q16", Warning, "stem asks no question", &[Look::Question(items::wording::unfocused)]),
    rule("Q17", Warning, "stem is too long", &[Look::Question(items::shape::long_stem)]),
    rule("Q18", Warning, "option is too long", &[Look::Question(items::shape::long_option)]),
    rule("Q19", Error, "true or false, yes or no", &[Look::Loader(&["quiz-true-false"])]),
    rule("Q20", Error, "same question twice", &[Look::Course(same::stems)]),
    rule("Q21", Warning, "nearly the same question twice", &[Look::Course(same::near_stems)]),
    rule(
        "Q22",
        Warning,
        "option holds another one",
        &[Look::Loader(&["quiz-same-option"]), Look::Question(items::shape::contained)],
    ),
    rule(
        "Q23",
        Warning,
        "reason explains too little",
        &[Look::Loader(&["quiz-short-reason"]), Look::Question(items::reasons::thin)],
    ),
    rule(
        "Q24",
        Warning,
        "reason names a place that is shuffled",
        &[Look::Question(items::reasons::positions)],
    ),
    rule("Q25", Warning, "reason says only that it is wrong", &[Look::Question(items::reasons::dismissive)]),
    rule("Q26", Error, "concept is no heading", &[Look::Loader(&["course-unknown-concept"])]),
    rule(
        "Q27",
        Warning,
        "answer is not taught where the concept points",
        &[Look::Question(items::taught::taught)],
    ),
    rule("Q28", Warning, "question copies its lesson", &[Look::Course(same::copied)]),
    rule(
        "Q29",
        Warning,
        "fact depends on a version that is not named",
        &[Look::Question(items::taught::dated)],
    ),
    rule(
        "Q30",
        Warning,
        "code of a question cannot be shown as code",
        &[Look::Loader(&["quiz-code"]), Look::Question(items::taught::code)],
    ),
    rule(
        "H01",
        Error,
        "hints are not three, or tell the solution",
        &[Look::Loader(&["lab-hints", "lab-hint-tells"])],
    ),
    rule(
        "L02",
        Error,
        "id or file that a pack cannot hold",
        &[Look::Loader(&["course-bad-id", "course-duplicate-id", "pack-stray-file", "course-newer-format"])],
    ),
    rule("I01", Warning, "point of the rubric is not asked for", &[Look::Interview(interview::not_asked)]),
    rule(
        "I02",
        Error,
        "model answer or rubric of a wrong size",
        &[Look::Loader(&["interview-length", "interview-rubric"])],
    ),
    rule("lesson-words", Warning, "lesson is too short or too long", &[Look::Lesson(lesson::words)]),
    rule("lesson-minutes", Warning, "minutes do not fit the words", &[Look::Lesson(lesson::minutes)]),
    rule("lesson-parts", Warning, "a part of the lesson is missing", &[Look::Lesson(lesson::parts)]),
    rule("lesson-width", Warning, "line is too wide", &[Look::Lesson(lesson::widths)]),
    rule("snippet-syntax", Error, "code is not what its language says", &[Look::Snippet(snippet::syntax)]),
    rule("snippet-pass", Error, "what is called right has a finding", &[Look::Snippet(snippet::right)]),
    rule("snippet-fail", Error, "mark that the checker does not find", &[Look::Snippet(snippet::wrong)]),
    rule("snippet-version", Error, "API version is not served", &[Look::Snippet(snippet::versions)]),
    rule("same-words", Warning, "same words in two places", &[Look::Course(same::words)]),
];
