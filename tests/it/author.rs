//! What authors are told: how questions and lessons are written, what a course holds, what it gives away.
//!
//! `packs/badly-written` is a course that can be read and has most of what can be badly written; what is said of it
//! stands in `packs/said/badly_written.snap`.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::{Path, PathBuf};

use sealegs::author::{self, AWAITED, Look, RULES};
use sealegs::checks;
use sealegs::course::{Course, Origin};
use sealegs::text::{Severity, snippet};

fn packs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/packs")
}

fn open(pack: &str) -> Course {
    Course::open(Origin::Directory(packs().join(pack))).unwrap()
}

fn shipped() -> Course {
    Course::open(Origin::Embedded).unwrap()
}

/// Every id that a course may name.
fn known() -> Vec<&'static str> {
    let shown = ["api-version-deprecated"];
    checks::all().iter().map(|c| c.id).chain(AWAITED.iter().copied()).chain(shown).collect()
}

fn said(course: &Course) -> (String, usize) {
    let checked = author::check(course, &known());
    let said: String = checked.findings.iter().map(|f| snippet::render(f, course.sources()) + "\n").collect();
    (said.replace(&format!("{}/", packs().join("badly-written").display()), ""), checked.suppressed.len())
}

#[test]
fn a_badly_written_course_is_told_so() {
    let (said, suppressed) = said(&open("badly-written"));
    assert_eq!(suppressed, 1);
    insta::with_settings!({ snapshot_path => "packs/said", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("badly_written", said);
    });
}

#[test]
fn every_rule_is_seen_in_a_test() {
    let mut all = String::new();
    for file in fs::read_dir(packs().join("said")).unwrap().flatten() {
        all += &fs::read_to_string(file.path()).unwrap();
    }
    let mut unseen = Vec::new();
    for rule in RULES {
        for look in rule.looks {
            let ids = match look {
                Look::Loader(ids) => ids.to_vec(),
                _ => vec![rule.id],
            };
            unseen.extend(ids.into_iter().filter(|id| !all.contains(&format!("[{id}]: "))));
            let judged =
                |said: &str| said.contains(&format!("[{}]: ", rule.id)) && said.contains("= all questions");
            if matches!(look, Look::Bank(_)) && !all.split("\n\n").any(judged) {
                unseen.push(rule.id);
            }
        }
    }
    assert!(unseen.is_empty(), "no pack shows what these say: {unseen:?}");
    let mut ids: Vec<&str> = RULES.iter().map(|r| r.id).collect();
    ids.sort_unstable();
    assert!(ids.windows(2).all(|pair| pair[0] != pair[1]), "ids stand once");
}

#[test]
fn the_shipped_course_is_well_written() {
    let course = shipped();
    let (said, suppressed) = said(&course);
    assert_eq!(said, "");
    assert!(suppressed <= 20, "{suppressed} findings are suppressed: mend the questions");
}

/// The published goal: a blind guesser gains at most five points.
#[test]
fn the_shipped_course_gives_nothing_away() {
    let banks = author::blind(&shipped());
    assert_eq!(banks.len(), 2);
    for bank in banks {
        assert!(bank.questions >= 18, "{} of {}", bank.questions, bank.bank);
        assert!(bank.above_chance <= 0.05, "{}: {:?} beside {}", bank.bank, bank.worst, bank.chance);
    }
}

/// The table in the README is what the command prints today.
#[test]
fn the_readme_tells_the_blind_score() {
    let readme = include_str!("../../README.md");
    for bank in author::blind(&shipped()) {
        let (chance, score) = (bank.chance * 100.0, bank.worst.score * 100.0);
        let row = format!("| {} | {chance:.1} % | {score:.1} % ({}) |", bank.questions, bank.worst.strategy);
        assert!(readme.contains(&row), "the README's table needs: {row}");
    }
}

#[test]
fn a_course_that_gives_everything_away_scores_high() {
    let banks = author::blind(&open("badly-written"));
    let all = banks.last().unwrap();
    assert_eq!((all.bank, all.worst.strategy), ("all questions", "always A"));
    assert!(all.above_chance > 0.5, "{all:?}");
    // Letters that no question has score as chance does.
    let e = all.strategies.iter().find(|s| s.strategy == "always E").unwrap();
    assert!((e.score - all.chance).abs() < 1e-9, "{e:?}");
}

/// The nine questions of `tiny`, worked out by hand: two lines, two orders, three single choices and two multiple ones.
/// The longest is right for both lines and one order, the shortest for a single and a multiple choice.
#[test]
fn blind_scores_are_what_a_pencil_says() {
    let banks = author::blind(&open("tiny"));
    let all = banks.last().unwrap();
    assert_eq!((all.bank, all.questions), ("all questions", 9));
    let right = |name: &str| all.strategies.iter().find(|s| s.strategy == name).unwrap().score * 9.0;
    let third = 1.0 / 3.0;
    for (strategy, wanted) in [
        ("always the longest", 3.0),
        ("always the shortest", 2.0),
        ("always A", 1.0 + 2.0 / 6.0),
        ("always C", 2.0 + 2.0 * third + 2.0 / 6.0),
    ] {
        assert!(
            (right(strategy) - wanted).abs() < 1e-9,
            "{strategy}: {} instead of {wanted}",
            right(strategy)
        );
    }
    assert!((all.chance * 9.0 - (7.0 * third + 2.0 / 6.0)).abs() < 1e-9, "{}", all.chance);
}

#[test]
fn numbers_of_a_course() {
    let stats = author::stats(&open("badly-written"));
    assert_eq!((stats.course.lessons, stats.planned, stats.suppressed), (2, 0, 1));
    assert_eq!((stats.questions.core, stats.questions.kinds["single"]), (6, stats.course.questions));
    assert_eq!(stats.snippets["dockerfile fragment"], 1);
    assert_eq!(stats.tracks[0].questions, stats.course.questions);
    assert_eq!(stats.domains[0].name, "tiny:walls");
    let shipped = author::stats(&shipped());
    assert!(shipped.course.words > 900 * shipped.course.lessons, "{}", shipped.course.words);
    assert_eq!(shipped.questions.core, 3 * shipped.course.lessons);
}

#[test]
fn rules_have_words_for_people() {
    for rule in RULES {
        assert!(!rule.title.ends_with('.') && rule.title.starts_with(char::is_alphabetic), "{}", rule.id);
        assert!(matches!(rule.severity, Severity::Warning | Severity::Error), "{}", rule.id);
    }
}
