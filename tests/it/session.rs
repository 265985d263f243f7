//! Tests at the boundary of `session`: a learner at work on the tiny course, from the first question to the certificate.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};
use sealegs::certificate::{Known, KnownCourse, Outcome, verify};
use sealegs::clock::Clock;
use sealegs::course::{Course, Kind, Origin, Question};
use sealegs::grade;
use sealegs::ids::{BriefId, HeadingId, LabId, LessonId, OptionId, QuestionId};
use sealegs::quiz::Answer;
use sealegs::session::{Asks, Attempt, Home, Place, QuizResult, Scope, Session, SessionError};
use sealegs::study::{Rating, Retention};

/// A clock that a test moves.
struct Watch(Mutex<Timestamp>);

impl Watch {
    fn days(&self, days: i64) {
        *self.0.lock().unwrap() += SignedDuration::from_hours(24 * days);
    }

    fn minutes(&self, minutes: i64) {
        *self.0.lock().unwrap() += SignedDuration::from_mins(minutes);
    }
}

impl Clock for Watch {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// A home, a copy of the tiny course, and a clock.
struct Desk {
    directory: tempfile::TempDir,
    watch: Arc<Watch>,
}

impl Desk {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let packs = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/packs");
        copy(&packs.join("tiny"), &directory.path().join("course"));
        copy(&packs.join("with-lab"), &directory.path().join("course"));
        let watch = Arc::new(Watch(Mutex::new("2026-11-21T12:00:00.5Z".parse().unwrap())));
        Self { directory, watch }
    }

    fn course(&self) -> PathBuf {
        self.directory.path().join("course")
    }

    fn edit(&self, path: &str, from: &str, to: &str) {
        let path = self.course().join(path);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{} does not hold {from:?}", path.display());
        fs::write(path, text.replace(from, to)).unwrap();
    }

    fn session(&self) -> Session {
        let course =
            Course::open(Origin::Directory(self.course())).unwrap_or_else(|_| panic!("the course opens"));
        let home = Home::at(self.directory.path().join("home"));
        Session::open(course, home, Arc::clone(&self.watch) as Arc<dyn Clock>).unwrap().in_zone(TimeZone::UTC)
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

fn root() -> LessonId {
    LessonId::new("01-root").unwrap()
}

fn tokens() -> LessonId {
    LessonId::new("02-tokens").unwrap()
}

fn right(question: &Question) -> Answer {
    let ids = |wanted: &dyn Fn(bool) -> bool| -> Vec<OptionId> {
        question.options.iter().filter(|o| wanted(o.key)).map(|o| o.id.clone()).collect()
    };
    match &question.kind {
        Kind::Single | Kind::Multiple { .. } => Answer::Choices(ids(&|key| key)),
        Kind::Order => Answer::Order(ids(&|_| true)),
        Kind::Line { key_lines, .. } => Answer::Line(key_lines[0]),
    }
}

fn wrong(question: &Question) -> Answer {
    match right(question) {
        Answer::Choices(_) => Answer::Choices(vec![]),
        Answer::Order(mut ids) => {
            ids.reverse();
            Answer::Order(ids)
        }
        Answer::Line(_) => Answer::Line(99),
    }
}

/// Answers all questions, right where `knows` says so, and finishes.
fn take(session: &mut Session, attempt: &mut Attempt, knows: impl Fn(&Question) -> bool) -> QuizResult {
    while let Some(shown) = attempt.current() {
        let question = shown.question.clone();
        let answer = if knows(&question) { right(&question) } else { wrong(&question) };
        let marked = session.quiz_answer(attempt, &answer, false).unwrap();
        assert_eq!(marked.right, knows(&question));
        assert!(marked.card.is_some() != marked.right || !attempt.counted);
    }
    session.quiz_finish(attempt).unwrap()
}

fn ids(attempt: &Attempt) -> Vec<String> {
    let mut ids: Vec<String> = attempt.questions.iter().map(|shown| shown.question.id.to_string()).collect();
    ids.sort();
    ids
}

fn due(session: &Session) -> Vec<String> {
    session.drill().unwrap().iter().map(|card| card.card.id.to_string()).collect()
}

#[test]
fn missed_and_guessed_questions_are_drilled_rated_and_undone() {
    let desk = Desk::new();
    let mut session = desk.session();
    let mut attempt = session.quiz_start(&root()).unwrap();
    assert_eq!(ids(&attempt), ["01-which-line", "01-which-two", "01-who-starts"]);
    while let Some(shown) = attempt.current() {
        let question = shown.question.clone();
        let (answer, guessed) = match question.id.as_str() {
            "01-who-starts" => (wrong(&question), false),
            "01-which-two" => (right(&question), true),
            _ => (right(&question), false),
        };
        session.quiz_answer(&mut attempt, &answer, guessed).unwrap();
    }
    let result = session.quiz_finish(&mut attempt).unwrap();
    assert_eq!(
        (result.right, result.asked, result.points.unwrap().first, result.points.unwrap().best),
        (2, 3, 2, 2)
    );
    assert_eq!(result.revisit.len(), 2, "the missed one and the guessed one");
    assert_eq!(due(&session), ["01-which-two", "01-who-starts"], "both are cards, of two concepts");

    let cards = session.drill().unwrap();
    let labels: Vec<String> = cards[0].next.iter().map(|next| next.interval.to_string()).collect();
    assert_eq!(labels, ["10 min", "1 d", "2 d", "8 d"]);
    let first = cards[0].card.clone();
    let rated = session.rate(&first.id, Rating::Good).unwrap();
    assert_eq!(rated.card.state.due, "2026-11-23T04:00:00Z".parse().unwrap());
    assert_eq!(due(&session), ["01-who-starts"]);
    session.rate(&cards[1].card.id, Rating::Again).unwrap();
    assert!(due(&session).is_empty(), "it comes in ten minutes");
    desk.watch.minutes(10);
    assert_eq!(due(&session), ["01-who-starts"], "again in the same session");

    assert_eq!(session.undo().unwrap().unwrap().as_str(), "01-who-starts");
    assert_eq!(session.undo().unwrap().unwrap(), first.id);
    assert_eq!(session.undo().unwrap(), None, "nothing is left to be taken back");
    let again = session.drill().unwrap();
    assert_eq!(again[0].card, first, "as if it had never been rated");
    drop(session);
    assert_eq!(due(&desk.session()), ["01-which-two", "01-who-starts"], "and all of it is saved");
}

#[test]
fn a_retake_asks_what_was_missed_and_best_never_falls() {
    let desk = Desk::new();
    let mut session = desk.session();
    let mut attempt = session.quiz_start(&root()).unwrap();
    assert_eq!((attempt.counted, attempt.number), (true, 1));
    let result = take(&mut session, &mut attempt, |q| q.id.as_str() == "01-which-two");
    assert_eq!((result.points.unwrap().first, result.points.unwrap().best, result.attempts), (1, 1, 1));

    let mut attempt = session.quiz_start(&root()).unwrap();
    assert_eq!(attempt.number, 2);
    // The reserve question of the same concept; the other has none, so that its own is asked again.
    assert_eq!(ids(&attempt), ["01-order", "01-which-line"]);
    let result = take(&mut session, &mut attempt, |q| q.id.as_str() == "01-order");
    assert_eq!(
        (result.points.unwrap().first, result.points.unwrap().best, result.attempts),
        (1, 2, 2),
        "it won its point"
    );

    let mut attempt = session.quiz_start(&root()).unwrap();
    assert_eq!(ids(&attempt), ["01-order"], "never the same twice running, where there is another");
    let result = take(&mut session, &mut attempt, |_| true);
    assert_eq!((result.points.unwrap().first, result.points.unwrap().best, result.attempts), (1, 3, 3));

    let mut attempt = session.quiz_start(&root()).unwrap();
    assert!(!attempt.counted && attempt.questions.len() == 4, "all is won: practice with everything");
    let result = take(&mut session, &mut attempt, |_| false);
    assert_eq!(
        (result.points.unwrap().first, result.points.unwrap().best, result.attempts),
        (1, 3, 3),
        "practice changes nothing"
    );
}

#[test]
fn an_attempt_goes_on_where_it_was_left() {
    let desk = Desk::new();
    let mut session = desk.session();
    let mut attempt = session.quiz_start(&root()).unwrap();
    let question = attempt.current().unwrap().question.clone();
    session.quiz_answer(&mut attempt, &wrong(&question), true).unwrap();
    assert!(matches!(session.quiz_finish(&mut attempt), Err(SessionError::Unfinished)));
    std::mem::forget(session);

    let mut session = desk.session();
    let again = session.quiz_start(&root()).unwrap();
    assert_eq!(again, attempt, "the same questions in the same order, with the answer given");
    assert_eq!(again.current_index(), Some(1));
    assert_eq!(session.lessons().unwrap()[0].attempts, 0, "it does not count before it is finished");
}

#[test]
fn one_answer_a_question_even_from_two_windows() {
    let desk = Desk::new();
    let (mut one, mut two) = (desk.session(), desk.session());
    let (mut here, mut there) = (one.quiz_start(&root()).unwrap(), two.quiz_start(&root()).unwrap());
    assert_eq!(here, there, "both see the same attempt");
    let question = here.current().unwrap().question.clone();
    one.quiz_answer(&mut here, &right(&question), false).unwrap();
    let second = two.quiz_answer(&mut there, &wrong(&question), false);
    assert!(matches!(second, Err(SessionError::Answered)), "{second:?}");
    let mut there = two.quiz_start(&root()).unwrap();
    assert_eq!(there, here, "opening it again shows where it stands");
    let result = take(&mut two, &mut there, |_| true);
    assert_eq!(result.points.unwrap().first, 3);
    let question = here.current().unwrap().question.clone();
    let late = one.quiz_answer(&mut here, &wrong(&question), false);
    assert!(matches!(late, Err(SessionError::Answered)), "the other window finished it: {late:?}");
}

#[test]
fn a_test_before_reading_gives_nothing_away_and_counts_nothing() {
    let desk = Desk::new();
    let mut session = desk.session();
    let mut attempt = session.quiz_pretest(&root()).unwrap();
    assert_eq!(ids(&attempt), ["01-order"]);
    let result = take(&mut session, &mut attempt, |_| false);
    assert!(!result.counted && result.attempts == 0);
    assert!(due(&session).is_empty());
    let overview = session.overview().unwrap();
    assert!(overview.weak.is_empty() && overview.points.first == 0);
    assert_eq!(session.quiz_start(&root()).unwrap().number, 1, "the first try is still to come");
}

#[test]
fn a_question_that_left_the_course_takes_its_attempt_along_and_no_more() {
    let desk = Desk::new();
    let mut session = desk.session();
    let mut attempt = session.quiz_start(&root()).unwrap();
    take(&mut session, &mut attempt, |q| q.id.as_str() == "01-which-two");
    session.quiz_start(&root()).unwrap();
    drop(session);
    desk.edit("quizzes/01-root.toml", "id = \"01-order\"", "id = \"01-other-order\"");
    desk.edit("quizzes/01-root.toml", "id = \"01-which-two\"", "id = \"01-which-pair\"");

    let mut session = desk.session();
    assert_eq!(session.lessons().unwrap()[0].points.best, 0, "a question that no longer counts won nothing");
    let attempt = session.quiz_start(&root()).unwrap();
    assert_eq!(ids(&attempt), ["01-other-order", "01-which-line", "01-which-pair"]);
    assert_eq!(due(&session), ["01-which-line", "01-who-starts"], "cards without a question wait");
}

#[test]
fn siblings_and_the_cap_spread_the_load() {
    let desk = Desk::new();
    let mut session = desk.session();
    for lesson in [root(), tokens()] {
        let mut attempt = session.quiz_start(&lesson).unwrap();
        take(&mut session, &mut attempt, |_| false);
    }
    assert_eq!(due(&session).len(), 4, "six cards of four concepts");
    let overview = session.overview().unwrap();
    assert_eq!((overview.due, overview.due_in_all), (4, 6));
    session.set_cap(2).unwrap();
    let asked = session.drill().unwrap();
    assert_eq!(asked.len(), 2);
    session.rate(&asked[0].card.id, Rating::Good).unwrap();
    assert_eq!(due(&session).len(), 1, "one of two was done today");
    session.set_cap(20).unwrap();
    assert_eq!(due(&session).len(), 3);
    session.postpone(&asked[1].card.id).unwrap();
    let third = &session.drill().unwrap()[1].card.id.clone();
    session.suspend(third, true).unwrap();
    session.flag(third, true).unwrap();
    let left = due(&session);
    assert!(!left.contains(&asked[1].card.id.to_string()) && !left.contains(&third.to_string()), "{left:?}");
    desk.watch.days(1);
    assert!(due(&session).contains(&asked[1].card.id.to_string()), "what was postponed comes tomorrow");
}

#[test]
fn the_drill_s_settings_are_kept() {
    let desk = Desk::new();
    let mut session = desk.session();
    assert_eq!((session.cap().unwrap(), session.retention().unwrap().percent()), (20, 90));
    session.set_cap(7).unwrap();
    session.set_retention(Retention::new(95).unwrap()).unwrap();
    session.set_setting("theme", "dark").unwrap();
    drop(session);
    let session = desk.session();
    assert_eq!((session.cap().unwrap(), session.retention().unwrap().percent()), (7, 95));
    assert_eq!(session.setting("theme").unwrap().as_deref(), Some("dark"));
    assert_eq!(session.setting("cap").unwrap(), None, "front ends have names of their own");
}

#[test]
fn a_leech_is_said_once() {
    let desk = Desk::new();
    let mut session = desk.session();
    let mut attempt = session.quiz_start(&root()).unwrap();
    take(&mut session, &mut attempt, |q| q.id.as_str() != "01-who-starts");
    let card = session.drill().unwrap()[0].card.id.clone();
    let mut said = 0;
    for lapse in 1..=10 {
        session.rate(&card, Rating::Good).unwrap();
        desk.watch.days(400);
        let rated = session.rate(&card, Rating::Again).unwrap();
        assert_eq!(rated.card.state.lapses, lapse);
        assert_eq!(rated.leech, lapse == 8);
        said += u32::from(rated.leech);
    }
    assert_eq!(said, 1);
}

#[test]
fn the_day_follows_the_learner_s_zone() {
    let desk = Desk::new();
    let zone = TimeZone::fixed(Offset::constant(-8));
    let mut session = desk.session().in_zone(zone);
    let mut attempt = session.quiz_start(&root()).unwrap();
    take(&mut session, &mut attempt, |q| q.id.as_str() != "01-who-starts");
    let card = session.drill().unwrap()[0].card.id.clone();
    let rated = session.rate(&card, Rating::Hard).unwrap();
    assert_eq!(rated.card.state.due, "2026-11-22T12:00:00Z".parse().unwrap(), "04:00 in UTC-8");
    desk.watch.days(1);
    assert_eq!(session.undo().unwrap(), None, "yesterday's ratings stay");
}

#[test]
fn the_overview_says_where_the_learner_stands() {
    let desk = Desk::new();
    let mut session = desk.session();
    let overview = session.overview().unwrap();
    assert_eq!(overview.next, Some(root()));
    assert_eq!((overview.lessons.read, overview.lessons.ready, overview.lessons.total), (0, 2, 2));
    assert_eq!(overview.gap, ["0 of 6 points; 6 needed", "2 quizzes are not taken yet: lessons 1, 2"]);
    let place = Place { lesson: root(), heading: HeadingId::new("run-as") };
    session.set_place(&place).unwrap();
    session.mark_read(&root()).unwrap();
    assert_eq!(session.overview().unwrap().next, Some(root()), "its quiz is not taken");
    let mut attempt = session.quiz_start(&root()).unwrap();
    take(&mut session, &mut attempt, |q| q.id.as_str() == "01-who-starts");
    drop(session);

    let mut session = desk.session();
    assert_eq!(session.place(), Some(place));
    let progress = session.progress().unwrap();
    let overview = &progress.overview;
    assert_eq!(overview.next, Some(tokens()));
    assert_eq!((overview.points.first, overview.points.best, overview.points.total), (1, 1, 6));
    assert_eq!(overview.weak.len(), 1);
    assert_eq!(
        (overview.weak[0].concept.to_string().as_str(), overview.weak[0].misses),
        ("01-root#run-as", 2)
    );
    let row = &progress.each_lesson[0];
    assert!(row.read && row.opened && !row.quiz_done());
    let json = serde_json::to_value(&progress).unwrap();
    assert_eq!(json["format"], 1);
    assert_eq!(json["at"], "2026-11-21T12:00:00Z");
    assert_eq!(json["lessons"]["ready"], 2);
    assert_eq!(json["eachLesson"][0]["points"]["best"], 1);
    assert_eq!(json["place"]["heading"], "run-as");

    session.mark_read(&tokens()).unwrap();
    let mut attempt = session.quiz_start(&tokens()).unwrap();
    take(&mut session, &mut attempt, |_| true);
    assert_eq!(session.overview().unwrap().next, Some(root()), "there are points left to win");
}

#[test]
fn a_planned_lesson_cannot_be_taken_and_stands_in_the_gap() {
    let desk = Desk::new();
    desk.edit(
        "content/course.toml",
        "title = \"What a token opens\"\ntrack = \"basics\"\nstatus = \"ready\"",
        "title = \"What a token opens\"\ntrack = \"basics\"\nstatus = \"planned\"",
    );
    let mut session = desk.session();
    assert!(session.quiz_start(&tokens()).unwrap_err().to_string().contains("planned"));
    assert!(session.quiz_start(&LessonId::new("99-none").unwrap()).unwrap_err().to_string().contains("no"));
    let mut attempt = session.quiz_start(&root()).unwrap();
    take(&mut session, &mut attempt, |_| true);
    let gap = session.certificate_gap().unwrap();
    assert_eq!(gap.words, ["3 of 6 points; 6 needed", "1 lesson is planned and cannot be taken yet"]);
    assert!(!gap.is_closed());
}

#[test]
fn a_lab_is_started_reset_and_restored() {
    let desk = Desk::new();
    let mut session = desk.session();
    let lab = LabId::new("01-root").unwrap();
    assert!(matches!(session.lab_files(&lab), Err(SessionError::NotStarted(_))));
    let folder = session.lab_start(&lab).unwrap();
    assert_eq!(folder, session.home().lab(&lab));
    let pod = folder.join("pod.yaml");
    let starter = fs::read_to_string(&pod).unwrap();
    fs::write(&pod, "mine: true\n").unwrap();
    session.lab_start(&lab).unwrap();
    assert!(session.lab_files(&lab).unwrap()[0].changed, "starting again overwrites nothing");

    let backup = session.lab_reset(&lab).unwrap();
    assert_eq!(fs::read_to_string(backup.join("pod.yaml")).unwrap(), "mine: true\n");
    assert_eq!(fs::read_to_string(&pod).unwrap(), starter);
    let other = session.lab_restore(&lab, &backup).unwrap();
    assert_eq!(fs::read_to_string(&pod).unwrap(), "mine: true\n");
    assert_eq!(fs::read_to_string(other.join("pod.yaml")).unwrap(), starter);
    for bad in [folder.clone(), desk.course(), session.home().labs().join("01-root.none")] {
        assert!(session.lab_restore(&lab, &bad).is_err(), "{}", bad.display());
    }

    assert_eq!(session.lab_hint(&lab).unwrap().unwrap().0, 1);
    assert_eq!(session.lab_hint(&lab).unwrap().unwrap().0, 2);
    let third = session.lab_hint(&lab).unwrap().unwrap();
    assert_eq!(third, (3, "A number can be verified, a name cannot.".into()));
    assert_eq!(session.lab_hint(&lab).unwrap(), None);
    assert_eq!(session.lab_hints(&lab).unwrap().len(), 3);
    assert_eq!(session.lab_marks(&lab).unwrap().hints, 3);
}

#[test]
fn a_session_in_memory_leaves_no_database() {
    let desk = Desk::new();
    let course =
        Course::open(Origin::Directory(desk.course())).unwrap_or_else(|_| panic!("the course opens"));
    let home = Home::at(desk.directory.path().join("nowhere"));
    let mut session = Session::in_memory(course, home, Arc::clone(&desk.watch) as Arc<dyn Clock>).unwrap();
    let mut attempt = session.quiz_start(&root()).unwrap();
    take(&mut session, &mut attempt, |_| false);
    assert_eq!(due(&session).len(), 2);
    assert!(!session.home().root().exists());
}

#[test]
fn a_finished_course_is_certified() {
    let desk = Desk::new();
    let mut session = desk.session();
    let refused = session.certificate_issue("Grace Example").unwrap_err();
    assert!(matches!(&refused, SessionError::Gap(words) if words.len() == 2), "{refused}");
    for lesson in [root(), tokens()] {
        let mut attempt = session.quiz_start(&lesson).unwrap();
        take(&mut session, &mut attempt, |q| q.id.as_str() != "02-who-wins");
        desk.watch.minutes(5);
    }
    assert_eq!(session.certificate_gap().unwrap().words, ["5 of 6 points; 6 needed"]);
    let mut attempt = session.quiz_start(&tokens()).unwrap();
    take(&mut session, &mut attempt, |_| true);
    assert!(session.certificate_gap().unwrap().is_closed());

    desk.watch.minutes(5);
    assert!(matches!(session.certificate_issue(" "), Err(SessionError::Name(_))));
    let issued = session.certificate_issue("Zoë Łukasiewicz").unwrap();
    let again = session.certificate_issue("Zoë Łukasiewicz").unwrap();
    assert_eq!(issued.digest, again.digest, "same moment, same certificate");
    assert_ne!(issued.files, again.files, "and no file is overwritten");
    let bytes = fs::read(&issued.files[0]).unwrap();
    let digest = sealegs::session::content_digest(session.course()).unwrap();
    let course = KnownCourse { manifest: session.course().manifest(), content_digest: &digest };
    let verified = verify(&bytes, Some(&Known { course: Some(course), stored: &[] }));
    assert_eq!(verified.outcome, Outcome::Intact, "{}", verified.detail);
    let certificate = verified.certificate.unwrap();
    let lessons: Vec<_> =
        certificate.lessons.iter().map(|l| (l.first, l.best, l.attempts, l.completed_at.as_str())).collect();
    assert_eq!(lessons, [(3, 3, 1, "2026-11-21T12:00:00Z"), (2, 3, 2, "2026-11-21T12:10:00Z")]);
    assert_eq!(certificate.issued_at, "2026-11-21T12:15:00Z");
    assert!(certificate.learner.id.starts_with("urn:uuid:"));
    assert!(fs::read_to_string(&issued.files[1]).unwrap().contains("Zoë Łukasiewicz"));
    assert_eq!(sealegs::session::certificate_files(session.home()).len(), 2, "both are found again");
    let kept = session.certificates().unwrap();
    assert_eq!((kept.len(), kept[0].digest.clone()), (1, issued.digest));
}

/// Two steps that the simulators can judge.
const LAB: &str = r#"
id = "01-root"
lesson = "01-root"
title = "The web server that was root"
story = "Make it run as somebody else, and keep it serving."
hints = ["Who is the user?", "Which field asks the kubelet to look?", "A number can be verified."]

[[step]]
id = "is-root"
kind = "attack"
concept = "default-user"
points = 2
says = "Looks at its own number."
probe = { sim = "identity", pod = "default/web", container = "web", uid = 0, expect = "denied" }

[[step]]
id = "starts"
kind = "duty"
concept = "run-as"
points = 1
says = "Starts."
probe = { sim = "start", pod = "default/web", container = "web", expect = "allowed" }

[[near_miss]]
dir = "only-group"
fails = ["is-root"]
why = "another group, and still number 0."

[[near_miss]]
dir = "wrong-level"
fails = ["is-root"]
why = "the field stands where Kubernetes does not know it."

[[near_miss]]
dir = "by-name"
fails = ["starts"]
why = "a name cannot be verified."
"#;

const WORLD: &str = r#"
apiVersion: v1
kind: Namespace
metadata: { name: default }
---
apiVersion: sealegs/v1
kind: Node
metadata: { name: one }
spec:
  kubernetes: "1.36"
  runtime: { name: containerd, version: "2.1.4" }
  kernel: { version: "6.8", lsm: none }
---
apiVersion: sealegs/v1
kind: Image
metadata: { name: web }
spec:
  references: ["registry.example/web:1"]
  entrypoint: [/web]
  files:
    - { path: /web, mode: "0755" }
"#;

#[test]
fn a_lab_is_graded_when_something_changed() {
    let desk = Desk::new();
    fs::write(desk.course().join("labs/01-root/lab.toml"), LAB).unwrap();
    fs::write(desk.course().join("labs/01-root/world/cluster.yaml"), WORLD).unwrap();
    let mut session = desk.session();
    let lab = LabId::new("01-root").unwrap();
    let mut attempt = session.quiz_start(&root()).unwrap();
    take(&mut session, &mut attempt, |q| q.id.as_str() != "01-who-starts");
    let card = session.drill().unwrap()[0].card.id.clone();
    session.rate(&card, Rating::Good).unwrap();

    let folder = session.lab_start(&lab).unwrap();
    let first = session.lab_grade(&lab).unwrap();
    assert_eq!((first.recorded, first.because), (false, Some("nothing changed")));
    assert_eq!((first.report.outcome, first.marks.tries), (grade::Outcome::Failed, 0));

    let wrong =
        fs::read_to_string(desk.course().join("labs/01-root/near-misses/only-group/pod.yaml")).unwrap();
    fs::write(folder.join("pod.yaml"), &wrong).unwrap();
    let failed = session.lab_grade(&lab).unwrap();
    assert!(failed.recorded && failed.report.outcome == grade::Outcome::Failed);
    assert_eq!((failed.marks.tries, failed.cards_due), (1, 1), "the concept's card is due again");
    assert_eq!(session.overview().unwrap().due_in_all, 1);
    let same = session.lab_grade(&lab).unwrap();
    assert_eq!((same.recorded, same.marks.tries), (false, 1), "the same files use no try");

    fs::write(folder.join("pod.yaml"), "a: [\n").unwrap();
    let unread = session.lab_grade(&lab).unwrap();
    assert_eq!((unread.recorded, unread.because), (false, Some("not judged")));

    let right = fs::read_to_string(desk.course().join("labs/01-root/solutions/reference/pod.yaml")).unwrap();
    fs::write(folder.join("pod.yaml"), &right).unwrap();
    let passed = session.lab_grade(&lab).unwrap();
    assert!(
        passed.recorded && passed.marks.passed && passed.marks.best == passed.report.max(),
        "{:?}",
        passed.report
    );
    assert!(passed.marks.solution_open());
    fs::write(folder.join("pod.yaml"), &wrong).unwrap();
    assert!(session.lab_grade(&lab).unwrap().marks.passed, "what was passed stays passed");
    let overview = session.overview().unwrap();
    assert_eq!((overview.labs.passed, overview.labs.total), (1, 1));
}

fn open_question(id: &str) -> QuestionId {
    QuestionId::new(id).unwrap()
}

#[test]
fn the_questions_of_a_brief_never_count_and_what_is_missed_is_drilled() {
    let desk = Desk::new();
    let mut session = desk.session();
    let brief = BriefId::new("basics").unwrap();
    let mut attempt = session.quiz_brief(&brief).unwrap();
    assert_eq!(ids(&attempt), ["01-order", "02-order", "02-stolen-token"]);
    assert!(!attempt.counted);
    let first = attempt.current().unwrap().question.clone();
    session.quiz_answer(&mut attempt, &wrong(&first), false).unwrap();
    drop(session);

    let mut session = desk.session();
    let mut attempt = session.quiz_brief(&brief).unwrap();
    assert_eq!(attempt.current_index(), Some(1), "it goes on where it was left");
    let result = take(&mut session, &mut attempt, |_| true);
    assert_eq!((result.right, result.asked, result.points, result.attempts), (2, 3, None, 0));
    assert_eq!(result.of.name(), "brief-basics");
    assert_eq!(due(&session), [first.id.to_string()]);
    let overview = session.overview().unwrap();
    assert_eq!((overview.points.first, overview.points.best), (0, 0));
    assert!(overview.weak.is_empty() && overview.gap[0].starts_with("0 of 6 points"));
    let other = session.quiz_brief(&BriefId::new("all").unwrap()).unwrap_err();
    assert!(other.to_string().contains("not written yet"), "{other}");
}

#[test]
fn an_open_question_becomes_a_card_by_what_was_said() {
    let desk = Desk::new();
    let mut session = desk.session();
    let id = open_question("01-why-not-root");
    let rows = session.interviews(&Scope::All).unwrap();
    let listed: Vec<_> = rows.iter().map(|r| (r.id.as_str(), r.number, r.level.word(), r.last)).collect();
    assert_eq!(listed, [("01-why-not-root", 1, "mid", None), ("02-no-token", 2, "senior", None)]);
    assert_eq!(session.interviews(&Scope::Lesson(tokens())).unwrap().len(), 1);
    assert!(due(&session).is_empty(), "only what was practised is drilled");

    // One of three is too little, and comes back at once; a point that is none does not count.
    let rated = session.interview_rate(&id, &[1, 7].into()).unwrap();
    assert_eq!(rated.interval.to_string(), "10 min");
    let last = session.interviews(&Scope::All).unwrap()[0].last.unwrap();
    assert_eq!((last.said, last.points, last.at), (1, 3, session.now()));
    desk.watch.minutes(11);
    assert_eq!(due(&session), ["01-why-not-root"]);
    let card = session.drill().unwrap().remove(0);
    assert!(matches!(&card.asks, Asks::Interview(i) if i.id == id));
    assert_eq!(card.concept().to_string(), "01-root#default-user");
    let before = card.card.state;
    let rated = session.interview_rate(&id, &[0, 1, 2].into()).unwrap();
    assert!(rated.interval.days() > 0);
    assert!(due(&session).is_empty());
    assert_eq!(session.overview().unwrap().interviews, 1);

    // Taken back: the card as it was, and what was said before counts again. The log keeps all.
    assert_eq!(session.undo().unwrap().map(|id| id.to_string()).as_deref(), Some("01-why-not-root"));
    assert_eq!(session.drill().unwrap()[0].card.state, before);
    assert_eq!(session.interviews(&Scope::All).unwrap()[0].last, Some(last));
    session.undo().unwrap();
    assert_eq!(session.interviews(&Scope::All).unwrap()[0].last, None);
    assert_eq!(session.overview().unwrap().interviews, 0);
    assert!(matches!(
        session.interview_rate(&open_question("01-order"), &[].into()),
        Err(SessionError::NoQuestion(_))
    ));
}

#[test]
fn what_was_said_survives_a_new_start_and_a_question_that_is_gone() {
    let desk = Desk::new();
    desk.session().interview_rate(&open_question("01-why-not-root"), &[0].into()).unwrap();
    let session = desk.session();
    assert_eq!(session.interviews(&Scope::All).unwrap()[0].last.map(|l| l.said), Some(1));
    desk.edit("quizzes/01-root.toml", "id = \"01-why-not-root\"", "id = \"01-why-root\"");
    desk.watch.minutes(11);
    let session = desk.session();
    assert!(due(&session).is_empty(), "it waits for an edition that has it");
    assert_eq!(session.overview().unwrap().interviews, 1);
}

#[test]
fn a_glance_reads_no_quiz_and_says_the_same() {
    let desk = Desk::new();
    let mut session = desk.session();
    for lesson in [root(), tokens()] {
        let mut attempt = session.quiz_start(&lesson).unwrap();
        take(&mut session, &mut attempt, |q| q.concept.heading.as_str() != "run-as");
    }
    session.interview_rate(&open_question("02-no-token"), &[0, 1].into()).unwrap();
    drop(session);
    desk.watch.days(3);
    let session = desk.session();
    let (overview, lessons) = session.glance().unwrap();
    let read = |session: &Session| {
        let names = session.course().sources().names();
        names.iter().filter(|name| name.contains("quizzes")).count()
    };
    assert_eq!(read(&session), 0, "{:?}", session.course().sources().names());
    assert!(overview.points.best > 0 && overview.due > 0 && overview.interviews == 1);
    assert_eq!(overview, session.overview().unwrap());
    assert_eq!(lessons, session.lessons().unwrap());
    assert_eq!(read(&session), 2);
}

#[test]
fn tracks_and_domains_say_how_far_each_is_the_weakest_first() {
    let desk = Desk::new();
    desk.edit(
        "content/course.toml",
        "title = \"What a token opens\"\ntrack = \"basics\"\nstatus = \"ready\"",
        "title = \"What a token opens\"\ntrack = \"basics\"\nstatus = \"ready\"\ndomains = [\"tiny:tokens\"]",
    );
    let mut session = desk.session();
    session.mark_read(&root()).unwrap();
    let mut attempt = session.quiz_start(&root()).unwrap();
    take(&mut session, &mut attempt, |q| q.id.as_str() == "01-who-starts");
    let progress = session.progress().unwrap();
    let said = |rows: &[sealegs::session::Standing]| -> Vec<String> {
        let of = |s: &sealegs::session::Standing| {
            let p = s.points;
            format!("{} {}/{} {} {}/{}", s.title, s.read, s.lessons, p.first, p.best, p.total)
        };
        rows.iter().map(of).collect()
    };
    assert_eq!(said(&progress.tracks), ["The basics 1/2 1 1/6"]);
    assert_eq!(said(&progress.domains), ["Tokens 0/1 0 0/3", "Users and Groups 1/1 1 1/3"]);
    let json = serde_json::to_value(&progress).unwrap();
    assert_eq!(json["domains"][0]["exam"], "TINY");
    assert_eq!(json["tracks"][0]["points"]["best"], 1);
}
