//! Tests at the boundary of `store`: what was reported as saved is there, whatever happens.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Barrier;

use jiff::Timestamp;
use rusqlite::Connection;
use sealegs::ids::{ConceptId, LabId, LessonId, QuestionId};
use sealegs::store::{
    AskedFor, IssuedCertificate, NewAnswer, NewAttempt, NewLabGrade, NewReview, OpenError, SCHEMA, Store,
    StoreError,
};
use sealegs::study::{CardId, Rating, State};

fn now() -> Timestamp {
    "2026-11-25T12:00:00Z".parse().unwrap()
}

fn lesson() -> LessonId {
    LessonId::new("05-running-as-non-root").unwrap()
}

fn lab() -> LabId {
    LabId::new("05-running-as-non-root").unwrap()
}

fn concept(heading: &str) -> ConceptId {
    ConceptId::parse(heading, &lesson()).unwrap()
}

fn question(n: usize) -> QuestionId {
    QuestionId::new(&format!("q{n}")).unwrap()
}

fn home() -> (tempfile::TempDir, PathBuf) {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("progress.db");
    (home, path)
}

/// Begins an attempt at a lesson with `n` questions.
fn begin(store: &mut Store, n: usize) -> i64 {
    let asked: Vec<AskedFor> = (0..n)
        .map(|i| AskedFor { question: question(i).to_string(), point: Some(question(i).to_string()) })
        .collect();
    let lesson = lesson();
    let new = NewAttempt { lesson: &lesson, counted: true, seed: 1, asked: &asked, edition: "1.0.0" };
    store.start_attempt(new, now()).unwrap().id
}

/// Answers one question: wrong, so that it becomes a card in the same transaction.
fn answer(store: &mut Store, attempt: i64, place: usize) -> Result<bool, StoreError> {
    store.save_answer(
        NewAnswer {
            attempt,
            place,
            question: &question(place),
            concept: &concept("uid"),
            point: Some(&question(place)),
            chosen: &["a".into(), "b".into()],
            right: false,
            guessed: false,
            card: true,
        },
        now(),
    )
}

fn answered(store: &Store) -> usize {
    store.open_attempt(&lesson(), true).unwrap().map_or(0, |attempt| attempt.answers.len())
}

/// Copies the database and its write-ahead log, as they would be found after a kill at this moment.
fn as_killed(path: &Path, to: &Path) -> PathBuf {
    let _ = fs::remove_dir_all(to);
    fs::create_dir_all(to).unwrap();
    let copy = to.join("progress.db");
    fs::copy(path, &copy).unwrap();
    let log = path.with_file_name("progress.db-wal");
    if log.exists() {
        fs::copy(log, to.join("progress.db-wal")).unwrap();
    }
    copy
}

fn schema(path: &Path) -> Vec<(String, String)> {
    let connection = Connection::open(path).unwrap();
    let mut statement = connection
        .prepare("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name")
        .unwrap();
    let tidy = |sql: String| {
        let lines: Vec<&str> = sql.lines().filter(|line| !line.trim().starts_with("--")).collect();
        lines.join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let rows = statement.query_map([], |row| Ok((row.get(0)?, tidy(row.get(1)?)))).unwrap();
    rows.map(Result::unwrap).collect()
}

#[test]
fn every_older_schema_is_carried_over_with_all_that_is_in_it() {
    const VERSIONS: [&str; 4] = [
        include_str!("store/v1.sql"),
        include_str!("store/v2.sql"),
        include_str!("store/v3.sql"),
        include_str!("store/v4.sql"),
    ];
    assert_eq!(VERSIONS.len(), SCHEMA as usize, "freeze a database of the newest schema, too");
    let (_fresh_home, fresh) = home();
    Store::open(&fresh).unwrap();
    for (version, sql) in (1..).zip(VERSIONS) {
        let (_home, path) = home();
        Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        let mut store = Store::open(&path).unwrap();
        assert_eq!(store.learner().unwrap(), "6b7c3f2e-0000-4000-8000-00000000000a", "from {version}");
        assert_eq!(store.place().unwrap().unwrap().lesson, lesson());
        assert_eq!(store.setting("drill.cap").unwrap().as_deref(), Some("7"));
        assert!(store.opened().unwrap()[&lesson()]);
        let reached = store.score(&lesson()).unwrap();
        assert_eq!((reached.attempts, reached.first, reached.won.len()), (1, 1, 1));
        let open = store.open_attempt(&lesson(), true).unwrap().unwrap();
        assert_eq!((open.id, open.seed, open.answers[&0].chosen.len()), (2, 9, 2));
        let card = &store.cards().unwrap()[0];
        assert!(card.flagged && card.state.interval == 2 && card.state.memory.is_some());
        assert_eq!(store.reviews().unwrap()[0].after, card.state);
        let marks = store.lab_marks().unwrap();
        assert_eq!(marks.get(&lab()).is_some_and(|m| m.passed && m.tries == 2 && m.hints == 1), version > 1);
        assert_eq!(store.certificates().unwrap().len(), usize::from(version > 2));
        let said = store.said().unwrap();
        let last = said.get(&QuestionId::new("05-why").unwrap());
        assert_eq!(last.map(|s| (s.said, s.points)), (version > 3).then_some((2, 3)));
        store.save_hint(&lab(), 2, now()).unwrap();
        drop(store);
        assert_eq!(schema(&path), schema(&fresh), "from {version}");
        Store::open(&path).unwrap();
    }
}

#[test]
fn what_was_saved_is_there_after_a_kill_at_any_moment() {
    let (home, path) = home();
    let mut store = Store::open(&path).unwrap();
    let attempt = begin(&mut store, 40);
    for n in 0..40 {
        assert!(answer(&mut store, attempt, n).unwrap());
        let copy = as_killed(&path, &home.path().join("killed"));
        let reopened = Store::open(&copy).unwrap();
        assert_eq!(answered(&reopened), n + 1);
        assert_eq!(reopened.cards().unwrap().len(), n + 1, "answer and card are saved together");
    }
}

#[test]
fn a_kill_within_a_transaction_leaves_what_was_before_it() {
    let (home, path) = home();
    let mut store = Store::open(&path).unwrap();
    let attempt = begin(&mut store, 3);
    answer(&mut store, attempt, 0).unwrap();
    let log = home.path().join("progress.db-wal");
    let before = fs::metadata(&log).unwrap().len();
    let other = Connection::open(&path).unwrap();
    other
        .execute_batch(
            "PRAGMA cache_size = 1;
             BEGIN IMMEDIATE;
             DELETE FROM answers;
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
             INSERT INTO settings SELECT 'setting ' || i, hex(randomblob(100)) FROM n;",
        )
        .unwrap();
    assert!(fs::metadata(&log).unwrap().len() > before, "half of it is on disk already");
    let copy = as_killed(&path, &home.path().join("killed"));
    assert_eq!(answered(&Store::open(&copy).unwrap()), 1);
}

#[test]
fn a_log_cut_off_anywhere_is_no_damage() {
    let (home, path) = home();
    let mut store = Store::open(&path).unwrap();
    let attempt = begin(&mut store, 8);
    for n in 0..8 {
        answer(&mut store, attempt, n).unwrap();
    }
    let copy = as_killed(&path, &home.path().join("killed"));
    let log = copy.with_file_name("progress.db-wal");
    let (database, whole) = (fs::read(&copy).unwrap(), fs::read(&log).unwrap());
    let mut seen = BTreeSet::new();
    for cut in (0..=whole.len()).rev().step_by(1931) {
        fs::write(&copy, &database).unwrap();
        fs::write(&log, &whole[..cut]).unwrap();
        match Store::open(&copy) {
            Ok(store) => {
                let (answers, cards) = (answered(&store), store.cards().unwrap().len());
                assert_eq!(answers, cards, "whole transactions only");
                seen.insert(answers);
            }
            Err(error) => panic!("cut at {cut}: {error}"),
        }
    }
    assert_eq!(seen.last(), Some(&8));
    assert!(seen.len() > 3, "the cuts meet several transactions: {seen:?}");
}

#[test]
fn two_processes_write_at_once_and_nothing_is_lost() {
    const EACH: usize = 60;
    let (_home, path) = home();
    let mut store = Store::open(&path).unwrap();
    let attempt = begin(&mut store, 4 * EACH);
    let gate = Barrier::new(4);
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (gate, path) = (&gate, &path);
            scope.spawn(move || {
                let mut store = Store::open(path).unwrap();
                gate.wait();
                for n in 0..EACH {
                    assert!(answer(&mut store, attempt, thread * EACH + n).unwrap());
                }
            });
        }
    });
    assert_eq!(answered(&store), 4 * EACH);
    assert_eq!(store.check().unwrap(), Vec::<String>::new());
    assert!(!answer(&mut store, attempt, 0).unwrap(), "the first answer stands");
}

#[test]
fn two_first_starts_at_once_make_one_learner() {
    for _ in 0..8 {
        let (_home, path) = home();
        let gate = Barrier::new(4);
        let learners: BTreeSet<String> = std::thread::scope(|scope| {
            let open = || {
                gate.wait();
                Store::open(&path).unwrap().learner().unwrap()
            };
            let starts: Vec<_> = (0..4).map(|_| scope.spawn(open)).collect();
            starts.into_iter().map(|start| start.join().unwrap()).collect()
        });
        assert_eq!(learners.len(), 1);
    }
}

#[test]
fn two_windows_share_one_attempt() {
    let (_home, path) = home();
    let (mut one, mut two) = (Store::open(&path).unwrap(), Store::open(&path).unwrap());
    let attempt = begin(&mut one, 2);
    assert_eq!(begin(&mut two, 2), attempt);
    assert!(answer(&mut two, attempt, 0).unwrap());
    one.finish_attempt(attempt, now()).unwrap();
    assert!(!answer(&mut two, attempt, 1).unwrap(), "it is finished");
    assert_ne!(begin(&mut two, 2), attempt);
}

#[test]
fn a_newer_schema_is_refused_untouched_and_with_advice() {
    let (_home, path) = home();
    Store::open(&path).unwrap();
    Connection::open(&path).unwrap().pragma_update(None, "user_version", SCHEMA + 1).unwrap();
    let before = fs::read(&path).unwrap();
    let error = Store::open(&path).unwrap_err();
    assert!(
        matches!(&error, OpenError::Newer { found, known, .. } if *found == SCHEMA + 1 && *known == SCHEMA),
        "{error}"
    );
    assert!(error.to_string().contains("newer") && error.advice().contains("newest sealegs"), "{error}");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_stranger_s_database_is_refused_untouched() {
    let (_home, path) = home();
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE songs (title TEXT)").unwrap();
    let before = fs::read(&path).unwrap();
    assert!(matches!(Store::open(&path).unwrap_err(), OpenError::Foreign { .. }));
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_damaged_file_is_said_set_aside_and_begun_anew_and_never_overwritten() {
    let (_home, path) = home();
    let mut store = Store::open(&path).unwrap();
    begin(&mut store, 3);
    drop(store);
    let good = fs::read(&path).unwrap();
    let mut torn = good.clone();
    torn[..16].copy_from_slice(b"not a database!!");
    for (what, bytes) in [("text", b"lost and found, not a database at all".repeat(40)), ("torn", torn)] {
        fs::write(&path, &bytes).unwrap();
        let error = Store::open(&path).unwrap_err();
        assert!(matches!(&error, OpenError::Damaged { path: said, .. } if *said == path), "{what}: {error}");
        assert_eq!(fs::read(&path).unwrap(), bytes, "{what}: opening changes nothing");
        let aside = Store::set_aside(&path, now()).unwrap();
        assert_eq!(fs::read(aside).unwrap(), bytes);
        assert_eq!(Store::open(&path).unwrap().place().unwrap(), None, "a new one was begun");
        for end in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(path.with_file_name(format!("progress.db{end}")));
        }
    }
}

#[test]
fn damage_that_shows_later_is_said_as_damage() {
    let (_home, path) = home();
    let mut store = Store::open(&path).unwrap();
    let attempt = begin(&mut store, 200);
    for n in 0..200 {
        answer(&mut store, attempt, n).unwrap();
    }
    drop(store);
    let mut bytes = fs::read(&path).unwrap();
    // The first page says that this is a database; the others are lost.
    for byte in bytes.iter_mut().skip(4096) {
        *byte = 0xa5;
    }
    fs::write(&path, bytes).unwrap();
    let said = match Store::open(&path) {
        Ok(store) => store.cards().map(|_| ()).unwrap_err().to_string(),
        Err(error) => error.to_string(),
    };
    assert!(said.contains("damaged"), "{said}");
}

#[test]
fn a_home_that_cannot_be_written_is_a_clear_error() {
    let (home, _) = home();
    let file = home.path().join("file");
    fs::write(&file, "").unwrap();
    let error = Store::open(&file.join("home").join("progress.db")).unwrap_err();
    assert!(matches!(error, OpenError::Unusable { .. }), "{error}");
    assert!(error.to_string().contains("file") && error.advice().contains("SEALEGS_HOME"), "{error}");

    let directory = home.path().join("progress.db");
    fs::create_dir(&directory).unwrap();
    let error = Store::open(&directory).unwrap_err();
    assert!(matches!(error, OpenError::Unusable { .. }), "{error}");
}

/// Root writes everywhere, so that the test says nothing there.
#[cfg(unix)]
#[test]
fn a_read_only_directory_is_a_clear_error() {
    use std::os::unix::fs::PermissionsExt;
    let (home, path) = home();
    let lock = |mode| fs::set_permissions(home.path(), fs::Permissions::from_mode(mode)).unwrap();
    lock(0o555);
    let is_root = fs::write(home.path().join("probe"), "").is_ok();
    if !is_root {
        let error = Store::open(&path).unwrap_err();
        assert!(matches!(error, OpenError::Unusable { .. }), "{error}");
        assert!(!path.exists());
    }
    lock(0o755);
}

#[test]
fn a_database_that_cannot_be_written_says_that_it_was_not_saved() {
    let (_home, path) = home();
    let mut store = Store::open(&path).unwrap();
    let attempt = begin(&mut store, 2);
    let other = Connection::open(&path).unwrap();
    other
        .execute_batch("CREATE TRIGGER full BEFORE INSERT ON answers BEGIN SELECT raise(ABORT, 'no'); END")
        .unwrap();
    assert!(answer(&mut store, attempt, 0).is_err());
    assert_eq!((answered(&store), store.cards().unwrap().len()), (0, 0), "all of it or nothing");
    other.execute_batch("DROP TRIGGER full").unwrap();
    assert!(answer(&mut store, attempt, 0).unwrap(), "and it can be tried again");
}

#[test]
fn undo_adds_to_the_log_and_never_takes_away() {
    let mut store = Store::in_memory().unwrap();
    store.add_card(&question(1), &concept("uid"), now()).unwrap();
    store.add_card(&question(1), &concept("uid"), now()).unwrap();
    let card = store.cards().unwrap().remove(0);
    assert_eq!(store.cards().unwrap().len(), 1, "idempotent");
    let id = CardId::new(&question(1));
    let state = |reviews| State { reviews, last: Some(now()), ..State::new(now()) };
    let review = |store: &mut Store, card: &_, rating, after: &State| {
        let review = NewReview { card, rating, after, algorithm: "test", retention: 90 };
        assert!(store.save_review(review, now()).unwrap());
    };
    review(&mut store, &card, Rating::Good, &state(1));
    let second = store.card(&id).unwrap().unwrap();
    let late =
        NewReview { card: &card, rating: Rating::Easy, after: &state(1), algorithm: "test", retention: 90 };
    assert!(!store.save_review(late, now()).unwrap(), "it was reviewed since it was read");
    assert_eq!(store.reviews().unwrap().len(), 1);
    review(&mut store, &second, Rating::Again, &state(2));
    assert_eq!(store.weak_concepts(3).unwrap(), [], "one known, one missed");

    assert_eq!(store.undo_review(now(), now()).unwrap(), Some(id.clone()));
    assert_eq!(store.card(&id).unwrap().unwrap().state, state(1));
    assert_eq!(store.undo_review(now(), now()).unwrap(), Some(id.clone()));
    assert_eq!(store.card(&id).unwrap().unwrap(), card);
    assert_eq!(store.undo_review(now(), now()).unwrap(), None);
    assert_eq!(store.reviewed_since(now()).unwrap(), []);

    let log = store.reviews().unwrap();
    assert_eq!(log.iter().map(|r| r.undoes).collect::<Vec<_>>(), [None, None, Some(2), Some(1)]);
    for undone in &log[2..] {
        let original = log.iter().find(|r| Some(r.id) == undone.undoes).unwrap();
        assert_eq!((&undone.before, &undone.after), (&original.after, &original.before));
    }
    review(&mut store, &card, Rating::Again, &state(1));
    assert_eq!(store.weak_concepts(3).unwrap(), [(concept("uid"), 1)], "undone ratings weigh nothing");
}

#[test]
fn a_lab_s_failed_step_makes_its_cards_due() {
    let mut store = Store::in_memory().unwrap();
    let later = "2026-12-24T04:00:00Z".parse().unwrap();
    for (n, heading) in [(1, "uid"), (2, "gid"), (3, "uid")] {
        store.add_card(&question(n), &concept(heading), now()).unwrap();
        store.postpone(&CardId::new(&question(n)), later).unwrap();
    }
    store.suspend(&CardId::new(&question(3)), true).unwrap();
    let lab = lab();
    let grade = |passed, points, failed| NewLabGrade {
        lab: &lab,
        passed,
        points,
        max: 9,
        steps: "{}",
        files: "[]",
        edition: "1.0.0",
        failed,
    };
    let uid = [concept("uid")];
    assert_eq!(store.save_lab_grade(grade(false, 7, &uid), now()).unwrap(), 1);
    let due: Vec<_> = store.cards().unwrap().into_iter().filter(|c| c.state.due == now()).collect();
    assert_eq!(due.len(), 1, "neither another concept's nor the suspended one");
    assert_eq!(due[0].id, CardId::new(&question(1)));
    assert_eq!(store.save_lab_grade(grade(true, 9, &[]), now()).unwrap(), 0);
    assert_eq!(store.save_lab_grade(grade(false, 2, &[]), now()).unwrap(), 0);
    let marks = store.lab_marks().unwrap()[&lab];
    assert!(marks.passed && marks.best == 9 && marks.tries == 3, "what was reached stays: {marks:?}");
    assert_eq!(store.last_lab_files(&lab).unwrap().as_deref(), Some("[]"));
}

#[test]
fn a_certificate_is_kept() {
    let mut store = Store::in_memory().unwrap();
    let certificate = IssuedCertificate {
        digest: "sha256:02".into(),
        name: "Zoë".into(),
        course: "sealegs".into(),
        edition: "1.0.0".into(),
        at: now(),
        path: "certificates/x.json".into(),
    };
    store.save_certificate(&certificate).unwrap();
    store.save_certificate(&certificate).unwrap();
    assert_eq!(store.certificates().unwrap(), [certificate]);
}

#[test]
fn practice_and_unfinished_attempts_win_nothing() {
    let mut store = Store::in_memory().unwrap();
    let attempt = begin(&mut store, 2);
    let lesson = lesson();
    let uid = concept("uid");
    let right = |store: &mut Store, attempt, place, point: Option<&QuestionId>| {
        let question = question(place);
        let new = NewAnswer {
            attempt,
            place,
            question: &question,
            concept: &uid,
            point,
            chosen: &[],
            right: true,
            guessed: false,
            card: false,
        };
        assert!(store.save_answer(new, now()).unwrap());
    };
    right(&mut store, attempt, 0, Some(&question(0)));
    assert_eq!(store.score(&lesson).unwrap().won.len(), 0, "not finished");
    assert!(store.asked(&lesson).unwrap().is_empty());
    store.finish_attempt(attempt, now()).unwrap();
    let reached = store.score(&lesson).unwrap();
    assert_eq!((reached.attempts, reached.first, reached.won.len(), reached.reached), (1, 1, 1, Some(now())));

    let asked = [AskedFor { question: "q1".into(), point: None }];
    let new = NewAttempt { lesson: &lesson, counted: false, seed: 2, asked: &asked, edition: "1.0.0" };
    let practice = store.start_attempt(new, now()).unwrap().id;
    right(&mut store, practice, 0, None);
    store.finish_attempt(practice, now()).unwrap();
    assert_eq!(store.score(&lesson).unwrap(), reached);

    let retake = begin(&mut store, 1);
    right(&mut store, retake, 0, Some(&question(1)));
    store.discard_attempt(retake, now()).unwrap();
    assert_eq!(store.score(&lesson).unwrap(), reached, "discarded attempts count nothing");
    assert_eq!(store.begun(&lesson).unwrap(), 3);
}
