//! Tests at the boundary of `course`: a good pack is read, and every author's mistake is said well.
//!
//! `packs/tiny` is a whole course of two lessons; `packs/with-lab` adds a lab to it. A bad pack is a copy with one
//! edit, and what is said of it stands in `packs/said`: read those files as an author would.
#![expect(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

use std::fs;
use std::path::{Path, PathBuf};

use sealegs::author;
use sealegs::course::{Absence, Course, Kind, Origin, Status};
use sealegs::ids::{BriefId, HeadingId, LabId, LessonId, QuestionId};
use sealegs::text::{Finding, Sources, snippet};

fn packs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/packs")
}

fn id(text: &str) -> LessonId {
    LessonId::new(text).unwrap()
}

/// A copy of the good course, to be spoilt.
struct Pack(tempfile::TempDir);

impl Pack {
    fn tiny() -> Self {
        let pack = Self(tempfile::tempdir().unwrap());
        copy(&packs().join("tiny"), pack.0.path());
        pack
    }

    fn with_lab() -> Self {
        let pack = Self::tiny();
        copy(&packs().join("with-lab"), pack.0.path());
        pack
    }

    fn at(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn edit(&self, path: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.at(path)).unwrap();
        assert!(text.contains(from), "{path} does not hold {from:?}");
        fs::write(self.at(path), text.replacen(from, to, 1)).unwrap();
    }

    fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        fs::create_dir_all(self.at(path).parent().unwrap()).unwrap();
        fs::write(self.at(path), text).unwrap();
    }

    fn remove(&self, path: &str) {
        let path = self.at(path);
        if path.is_dir() { fs::remove_dir_all(path).unwrap() } else { fs::remove_file(path).unwrap() }
    }

    fn open(&self) -> Result<Course, (Sources, Vec<Finding>)> {
        Course::open(Origin::Directory(self.0.path().to_owned()))
    }

    /// What an author is told of mistakes, with the pack's own directory left out.
    fn said(&self) -> String {
        let (sources, findings) = match self.open() {
            Ok(course) => (course.sources().clone(), author::mistakes(&course, &["run-as-user-zero"])),
            Err(broken) => broken,
        };
        let said: String = findings.iter().map(|f| snippet::render(f, &sources) + "\n").collect();
        said.replace(&format!("{}/", self.0.path().display()), "")
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap().flatten() {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            fs::create_dir_all(&to).unwrap();
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

const COURSE: &str = "content/course.toml";
const ONE: &str = "content/01-root.md";
const QUIZ: &str = "quizzes/01-root.toml";
const BRIEF: &str = "content/briefs/basics.md";
const LAB: &str = "labs/01-root/lab.toml";

/// One test a class of mistake: spoil a copy, then compare what is said with `packs/said/NAME.snap`.
macro_rules! mistakes {
    ($($name:ident: $pack:ident, $spoil:expr;)*) => {$(
        #[test]
        fn $name() {
            let pack = Pack::$pack();
            let spoil: fn(&Pack) = $spoil;
            spoil(&pack);
            let said = pack.said();
            assert!(!said.is_empty(), "nothing is said");
            insta::with_settings!({ snapshot_path => "packs/said", prepend_module_to_snapshot => false, omit_expression => true }, {
                insta::assert_snapshot!(stringify!($name), said);
            });
        }
    )*};
}

mistakes! {
    course_fields: tiny, |p| {
        p.edit(COURSE, "title = \"A tiny course\"", "titel = \"A tiny course\"");
        p.edit(COURSE, "edition = \"0.0.1\"", "edition = 1");
        p.edit(COURSE, "overall = 90", "overall = 900");
        p.edit(COURSE, "title = \"The basics\"", "title = \" \"");
    };
    course_lessons: tiny, |p| {
        p.edit(COURSE, "track = \"basics\"", "track = \"basic\"");
        p.edit(COURSE, "status = \"ready\"", "status = \"raedy\"");
        p.edit(COURSE, "domains = [\"tiny:users\"]", "domains = [\"users\"]");
        p.edit(COURSE, "id = \"02-tokens\"", "id = \"02_Tokens\"");
    };
    course_twice: tiny, |p| p.edit(COURSE, "id = \"02-tokens\"", "id = \"01-root\"");
    course_syntax: tiny, |p| p.edit(COURSE, "id = \"tiny\"", "id = tiny");
    course_newer: tiny, |p| {
        p.edit(COURSE, "format = 1", "format = 2");
        p.edit(COURSE, "edition", "version");
    };
    course_missing: tiny, |p| p.remove(COURSE);
    files_missing: tiny, |p| {
        p.remove(ONE);
        p.remove("quizzes/02-tokens.toml");
    };
    files_stray: with_lab, |p| {
        p.write("content/02-token.md", "");
        p.write("content/notes/todo.txt", "");
        p.write("labs/03-none/lab.toml", "");
        p.write("labs/01-root/notes.md", "");
        p.write("labs/01-root/solutions/pod.yaml", "");
    };
    files_unreadable: tiny, |p| {
        p.write("content/glossary.md", b"caf\xe9");
        p.write("content/a b.md", "");
    };
    lesson_header_missing: tiny, |p| p.edit(ONE, "+++\n", "---\n");
    lesson_header_unclosed: tiny, |p| p.edit(ONE, "1.37\"\n+++\n", "1.37\"\n");
    lesson_header_fields: tiny, |p| p.edit(ONE, "minutes = 2", "minuets = \"two\"");
    lesson_headings: tiny, |p| {
        p.edit(ONE, "{#run-as}", "{#default-user}");
        p.edit("content/02-tokens.md", "{#opt-out}", "{#Opt_Out}");
        p.edit("content/02-tokens.md", " {#mounted}", "");
        p.edit("content/02-tokens.md", "Every pod", "# Tokens\n\nEvery pod");
    };
    lesson_fences: tiny, |p| p.edit(ONE, "Next:", concat!(
        "```yaml passes\na: 1\n```\n\n```pass\na: 1\n```\n\n```sh pass\nls\n```\n\n",
        "```yaml pass fragment\na: 1 #~ run-as-user-zero\n```\n\n```yaml fail\na: [1\n```\n\nNext:",
    ));
    lesson_links: tiny, |p| p.edit(ONE, "Next:", concat!(
        "[a](lesson:02-token) [b](lesson:02-tokens#mount) [c](term:rot) [d](lab:01-root) ",
        "[e](finding:run-as-user-zer) [f](notes.md)\n\nNext:",
    ));
    lesson_markup: tiny, |p| p.edit(ONE, "Next:", "<b>bold</b> ![picture](x.png)\n\nNext:");
    brief_header: tiny, |p| {
        p.edit(BRIEF, "minutes = 3", "minutes = 0\ntitle = \"x\"");
        p.edit(BRIEF, ", \"02-stolen-token\"", "");
    };
    brief_header_missing: tiny, |p| p.edit(BRIEF, "+++\n", "");
    brief_questions: tiny, |p| {
        p.edit(BRIEF, "\"01-order\"", "\"01-which-two\"");
        p.edit(BRIEF, "\"02-order\"", "\"02-ordr\"");
    };
    brief_question_twice: tiny, |p| p.edit(BRIEF, "\"02-order\"", "\"01-order\"");
    brief_text: tiny, |p| {
        p.edit(BRIEF, " {#spoken}", "");
        p.edit(BRIEF, "lesson:01-root#run-as", "lesson:01-root#run");
        p.edit(BRIEF, "yaml fragment", "yaml part");
    };
    brief_stray: tiny, |p| p.write("content/briefs/other.md", "x");
    course_domains: tiny, |p| {
        p.edit(COURSE, "domains = [\"tiny:users\"]", "domains = [\"tiny:user\"]");
        p.edit(COURSE, "id = \"tiny:tokens\"", "id = \"tokens\"");
        p.edit(COURSE, "id = \"all\"", "id = \"basics\"");
        p.edit(COURSE, "id = \"basics\"\ntitle = \"The basics in", "id = \"a-name-that-goes-on-and-on-and-never-stops-ok\"\ntitle = \"The basics in");
    };
    glossary: tiny, |p| p.write("content/glossary.md", "## root {#root}\n\n## user\n\nx\n\n## r {#root}\n\n### y\n\nx\n");
    quiz_fields: tiny, |p| {
        p.edit(QUIZ, "kind = \"single\"", "kind = \"singel\"");
        p.edit(QUIZ, "choose = 2", "choose = 2\nkey_lines = [1]");
        p.edit(QUIZ, "concept = \"run-as\"", "concept = \"run as\"");
        p.edit(QUIZ, "level = \"mid\"", "level = \"junior\"");
        p.edit(QUIZ, "lesson = \"01-root\"", "lesson = \"02-tokens\"");
    };
    quiz_arity: tiny, |p| {
        p.edit(QUIZ, "core = true\n", "");
        p.edit(QUIZ, "id = \"root\"\nkey = true", "id = \"root\"");
        p.edit(QUIZ, "choose = 2", "choose = 3");
        p.edit(QUIZ, "key_lines = [2]", "key_lines = [9]");
        p.edit(QUIZ, "id = \"pod\"", "id = \"pod\"\nkey = true");
    };
    quiz_choose: tiny, |p| p.edit(QUIZ, " (Choose 2.)", "");
    quiz_too_few_options: tiny, |p| {
        let text = fs::read_to_string(p.at(QUIZ)).unwrap();
        let from = text.find("[[question.option]]\nid = \"kubelet\"").unwrap();
        let to = text[from..].find("[[question]]").unwrap();
        p.write(QUIZ, text[..from].to_owned() + &text[from + to..]);
    };
    quiz_options: tiny, |p| {
        p.edit(QUIZ, "As the kubelet's own user, whose child the process is.", "All of the above.");
        p.edit(QUIZ, "One with `USER 10001`.", "one that names no user");
        p.edit(QUIZ, "The image's configuration.", "Yes");
        p.edit(QUIZ, "id = \"by-name\"", "id = \"silent\"");
        p.edit(QUIZ, "It counts only where container and pod say nothing about the user.", "It is last.");
    };
    quiz_code: tiny, |p| p.edit(QUIZ, "runAsNonRoot: false", "\trunAsNonRoot: [false");
    quiz_concepts: tiny, |p| {
        p.edit(QUIZ, "concept = \"default-user\"", "concept = \"default-usr\"");
        p.edit(QUIZ, "concept = \"run-as\"", "concept = \"03-none#x\"");
    };
    quiz_ids_twice: tiny, |p| {
        p.edit(QUIZ, "id = \"01-which-two\"", "id = \"01-who-starts\"");
        p.edit("quizzes/02-tokens.toml", "id = \"02-order\"", "id = \"01-order\"");
    };
    interview: tiny, |p| {
        p.edit(QUIZ, "answer = \"\"\"\n", "answer = \"\"\"\nBriefly.\n\"\"\"\nextra = \"\"\"\n");
        p.edit(QUIZ, "  \"names a way in which that becomes an escape\",\n", "");
        p.edit(QUIZ, "says what an ordinary user is still kept from", &"word ".repeat(40));
    };
    lab_fields: with_lab, |p| {
        p.edit(LAB, "lesson = \"01-root\"", "lesson = \"02-tokens\"");
        p.edit(LAB, "  \"A number can be verified, a name cannot.\",\n", "");
        p.edit(LAB, "technique = \"T1611\"", "technique = \"1611\"");
        p.edit(LAB, "points = 2", "points = 0");
        p.edit(LAB, "kind = \"duty\"", "kind = \"duties\"");
        p.edit(LAB, "concept = \"default-user\"", "concept = \"the-user\"");
    };
    lab_steps: with_lab, |p| {
        p.edit(LAB, "id = \"still-serves\"", "id = \"root-shell\"");
        p.edit(LAB, "id = \"says-so\"", "id = \"accepted\"");
        p.edit(LAB, "absent = [\"run-as-user-zero\"]", "cel = \"true\"");
        p.edit(LAB, "run = \"id -u\", expect = \"denied\"", "run = \"id -u\"");
    };
    lab_one_sided: with_lab, |p| p.edit(LAB, "kind = \"duty\"", "kind = \"attack\"");
    lab_findings: with_lab, |p| p.edit(LAB, "absent = [\"run-as-user-zero\"]", "absent = [\"run-as-user-zer\"]");
    lab_concept: with_lab, |p| p.edit(LAB, "concept = \"run-as\"", "concept = \"run\"");
    lab_near_misses: with_lab, |p| {
        p.edit(LAB, "fails = [\"still-serves\"]", "fails = []");
        p.edit(LAB, "fails = [\"root-shell\"", "fails = [\"rootshell\"");
        p.edit(LAB, "dir = \"only-group\"", "dir = \"group-only\"");
    };
    lab_files: with_lab, |p| {
        p.remove("labs/01-root/solutions/reference");
        p.remove("labs/01-root/solutions/at-the-pod");
        p.write("labs/01-root/near-misses/by-name/service.yaml", "a: 1\n");
        let starter = fs::read(p.at("labs/01-root/starter/pod.yaml")).unwrap();
        p.write("labs/01-root/near-misses/only-group/pod.yaml", starter);
    };
    lab_empty: with_lab, |p| p.remove("labs/01-root/starter");
    lab_hint_tells: with_lab, |p| {
        let answer = fs::read_to_string(p.at("labs/01-root/solutions/reference/pod.yaml")).unwrap();
        let answer = answer.replace('\n', "\\n");
        p.edit(LAB, "A number can be verified, a name cannot.", &format!("Write:\\n\\n{answer}"));
    };
}

#[test]
fn the_good_packs_have_no_finding() {
    assert_eq!(Pack::tiny().said(), "");
    assert_eq!(Pack::with_lab().said(), "");
}

#[test]
fn the_shipped_course_has_no_finding_of_its_own() {
    let course = Course::open(Origin::Embedded).unwrap();
    let said: String = course.check().iter().map(|f| snippet::render(f, course.sources()) + "\n").collect();
    assert_eq!(said, "");
    assert_eq!(course.manifest().lessons.len(), 39);
    assert_eq!(course.manifest().points(), 117);
    assert!(course.is_embedded());
    for lesson in &course.manifest().lessons {
        let planned = lesson.status == Status::Planned;
        let broken = course.lesson(&lesson.id).err();
        assert_eq!(broken.as_ref().map(|b| b.why), planned.then_some(Absence::Planned), "{broken:?}");
    }
}

#[test]
fn the_tiny_course_is_read_whole() {
    let pack = Pack::with_lab();
    let course = pack.open().unwrap();
    let lesson = course.lesson(&id("01-root")).unwrap();
    assert_eq!((lesson.minutes, lesson.as_of.as_str()), (2, "Kubernetes 1.37"));
    let headings: Vec<_> = lesson.headings().iter().map(|(id, _, _)| id.to_string()).collect();
    assert_eq!(headings, ["default-user", "run-as"]);
    let quiz = course.quiz(&id("01-root")).unwrap();
    let kinds: Vec<_> = quiz.questions.iter().map(|q| q.kind.word()).collect();
    assert_eq!(kinds, ["single", "multiple", "line", "order"]);
    assert_eq!((quiz.core().count(), quiz.interviews.len()), (3, 1));
    assert_eq!(quiz.questions[1].kind, Kind::Multiple { choose: 2 });
    assert!(matches!(&quiz.questions[2].kind, Kind::Line { key_lines, .. } if *key_lines == [2]));
    assert_eq!(quiz.questions[0].concept.to_string(), "01-root#default-user");

    assert_eq!(course.labs(), [LabId::new("01-root").unwrap()]);
    let lab = course.lab(&course.labs()[0]).unwrap();
    assert_eq!((lab.points(), lab.steps.len(), lab.hints.len()), (4, 3, 3));
    assert_eq!(lab.steps[1].probes.len(), 2);
    let probe = lab.tree.node(lab.steps[0].probes[0]).unwrap();
    assert_eq!(probe.get("sim").and_then(sealegs::parse::Node::as_str), Some("exec"));
    let names: Vec<_> = lab.solutions.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(names, ["reference", "at-the-pod", "by-number"]);
    assert_eq!(lab.starter[0].path, "pod.yaml");
    assert_eq!((lab.world.len(), lab.near_misses.len()), (1, 3));
    assert_eq!(lab.near_misses[0].fails[0].as_str(), "still-serves");
    assert_eq!(course.glossary().unwrap().term("root").unwrap().name, "root");
    let targets: Vec<_> = course.mentions().into_iter().map(|m| m.target).collect();
    assert_eq!(targets, ["finding:run-as-user-zero", "finding:run-as-user-zero"]);
}

#[test]
fn a_broken_lesson_does_not_hide_its_neighbours() {
    let pack = Pack::tiny();
    pack.edit(ONE, "+++\n", "");
    pack.edit("quizzes/02-tokens.toml", "core = true", "core = yes");
    let course = pack.open().unwrap();
    let broken = course.lesson(&id("01-root")).unwrap_err();
    assert_eq!((broken.why, broken.findings.len()), (Absence::Mistakes, 1));
    assert_eq!(broken.to_string(), "lesson `01-root` cannot be shown: its files have a mistake");
    assert!(course.quiz(&id("01-root")).is_ok());
    assert!(course.lesson(&id("02-tokens")).is_ok());
    assert_eq!(course.quiz(&id("02-tokens")).unwrap_err().why, Absence::Mistakes);
    assert_eq!(course.lesson(&id("03-none")).unwrap_err().why, Absence::Unknown);
}

#[test]
fn a_planned_lesson_needs_nothing_and_says_what_it_is() {
    let pack = Pack::with_lab();
    pack.edit(COURSE, "status = \"ready\"", "status = \"planned\"");
    pack.remove(ONE);
    // The brief asks one of its questions.
    pack.remove(BRIEF);
    let course = pack.open().unwrap();
    assert_eq!(pack.said(), "");
    let broken = course.lesson(&id("01-root")).unwrap_err();
    assert!(broken.is_planned());
    assert_eq!(broken.to_string(), "lesson `01-root` is planned, not written yet");
    assert_eq!(course.labs(), []);
    assert!(course.lab(&LabId::new("01-root").unwrap()).unwrap_err().is_planned());
}

#[test]
fn a_brief_is_read_or_not_written_yet() {
    let pack = Pack::tiny();
    let course = pack.open().unwrap();
    let id = |text: &str| BriefId::new(text).unwrap();
    let brief = course.brief(&id("basics")).unwrap();
    assert_eq!((brief.minutes, brief.as_of.as_str()), (3, "Kubernetes 1.37"));
    let asked: Vec<_> = brief.questions.iter().map(ToString::to_string).collect();
    assert_eq!(asked, ["01-order", "02-order", "02-stolen-token"]);
    let headings: Vec<_> = brief.headings().iter().map(|(id, ..)| id.to_string()).collect();
    assert_eq!(headings, ["checklist", "spoken"]);
    assert_eq!(brief.section(&HeadingId::new("spoken").unwrap()).len(), 4);
    assert!(course.brief(&id("all")).unwrap_err().is_planned());
    assert_eq!(course.brief(&id("other")).unwrap_err().why, Absence::Unknown);
    assert!(
        course.has_brief(&id("basics")) && !course.has_brief(&id("all")) && !course.has_brief(&id("other"))
    );
    // Opening reads none of them.
    pack.write(BRIEF, "\u{0}");
    assert!(pack.open().is_ok());
}

#[test]
fn a_question_is_found_without_reading_every_quiz() {
    let pack = Pack::tiny();
    let course = pack.open().unwrap();
    let find = |id: &str| course.quiz_with(&QuestionId::new(id).unwrap()).map(|q| q.lesson.to_string());
    assert_eq!(find("02-order").as_deref(), Some("02-tokens"));
    assert_eq!(find("02-no-token").as_deref(), Some("02-tokens"));
    let read = |path: &str| course.sources().names().iter().any(|name| name.ends_with(path));
    assert!(read("02-tokens.toml") && !read("01-root.toml"));
    assert_eq!(find("no-such"), None);
}

#[test]
fn every_text_of_the_course_can_be_walked() {
    let pack = Pack::tiny();
    let course = pack.open().unwrap();
    let writings = course.writings();
    let end = |name: &str| name.rsplit('/').next().unwrap().to_owned();
    let of: Vec<_> = writings.iter().map(|w| (end(w.source.name()), w.codes().len())).collect();
    let of: Vec<_> = of.iter().map(|(name, codes)| (name.as_str(), *codes)).collect();
    assert_eq!(of, [("01-root.md", 1), ("02-tokens.md", 0), ("basics.md", 1), ("glossary.md", 0)]);
}

#[test]
fn opening_reads_the_manifest_alone() {
    let pack = Pack::tiny();
    for path in [ONE, QUIZ, "content/glossary.md"] {
        pack.write(path, "\u{0} nothing that could be read");
    }
    assert!(pack.open().is_ok());
}

#[test]
fn a_lesson_is_found_by_what_people_type() {
    let course = Course::open(Origin::Embedded).unwrap();
    let find = |text: &str| course.find_lesson(text).map(|l| l.number);
    for text in ["5", "05", "05-running-as-non-root", "05-run", "running-as", " 05-RUN "] {
        assert_eq!(find(text), Some(5), "{text:?}");
    }
    for text in ["", "0", "40", "k", "nothing", "05-running-as-root"] {
        assert_eq!(find(text), None, "{text:?}");
    }
}

/// A front end may open a course on a thread of its own.
#[test]
fn a_course_can_be_sent() {
    fn sent<T: Send>(_: &T) {}
    sent(&Course::open(Origin::Embedded).unwrap());
}

#[test]
fn findings_are_the_same_in_every_run() {
    let pack = Pack::with_lab();
    pack.edit(ONE, "Next:", "[a](lesson:none) [b](term:none)\n\nNext:");
    pack.write("content/stray.md", "");
    assert_eq!(pack.said(), pack.said());
}

#[cfg(unix)]
#[test]
fn a_link_in_a_pack_is_not_followed() {
    let pack = Pack::tiny();
    pack.remove(ONE);
    std::os::unix::fs::symlink("/etc/hostname", pack.at(ONE)).unwrap();
    let course = pack.open().unwrap();
    let broken = course.lesson(&id("01-root")).unwrap_err();
    assert_eq!(broken.findings[0].code, "pack-symbolic-link");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 48, failure_persistence: None, ..Default::default() })]

    /// Whatever is cut out of a file or put into it, reading ends, and without a panic.
    #[test]
    fn no_damage_makes_the_reader_panic(
        file in 0..8_usize,
        (from, len) in (0.0..1.0_f64, 0..40_usize),
        put in "([\\PC\n]{0,8}|\\[\\[|\"\"\"|\\+\\+\\+\n|```|#~ |\u{1b}|= 99999999999999999999)",
    ) {
        let files = [
            COURSE, ONE, QUIZ, LAB, BRIEF, "content/glossary.md", "quizzes/02-tokens.toml", "content/02-tokens.md",
        ];
        let pack = Pack::with_lab();
        let text = fs::read_to_string(pack.at(files[file])).unwrap();
        let start = (text.len() as f64 * from) as usize;
        let bytes = [&text.as_bytes()[..start], put.as_bytes(), &text.as_bytes()[(start + len).min(text.len())..]];
        pack.write(files[file], bytes.concat());
        proptest::prop_assert_eq!(pack.said(), pack.said());
        if let Ok(course) = pack.open() {
            author::check(&course, &[]);
            author::stats(&course);
        }
    }
}
