//! The commands as a script sees them: a scrubbed environment, a fixed clock, a home that is thrown away.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod accepted;
mod admit;
mod can;
mod config;
mod formats;
mod hostile;
mod level;
mod linear;
mod many;
mod mend;
mod reach;
mod screen;
mod sim;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sealegs::course::{Course, Origin, Status};
use tempfile::TempDir;

/// Runs the binary.
struct Sealegs {
    home: TempDir,
}

struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Sealegs {
    fn new() -> Self {
        Self { home: tempfile::tempdir().unwrap() }
    }

    fn home(&self) -> &Path {
        self.home.path()
    }

    fn run(&self, args: &[&str]) -> Ran {
        self.feed(args, "")
    }

    fn feed(&self, args: &[&str], input: &str) -> Ran {
        self.feed_bytes(args, input.as_bytes())
    }

    /// The command, all its streams piped.
    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sealegs"));
        command
            .args(args)
            .current_dir(self.home())
            .env_clear()
            .env("SEALEGS_HOME", self.home())
            .env("SEALEGS_NOW", "2026-11-21T12:00:00Z")
            .env("TZ", "UTC")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn feed_bytes(&self, args: &[&str], input: &[u8]) -> Ran {
        let mut child = self.command(args).spawn().unwrap();
        // A command that does not read its input may close it early.
        let _ = child.stdin.take().unwrap().write_all(input);
        let done = child.wait_with_output().unwrap();
        let text =
            |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replace(self.home().to_str().unwrap(), "HOME");
        Ran { code: done.status.code().unwrap(), out: text(done.stdout), err: text(done.stderr) }
    }
}

fn tiny() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/packs/tiny").display().to_string()
}

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, text).unwrap();
    path
}

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  containers:\n    - name: c\n      image: r.example/a:1\n      securityContext:\n        privileged: true\n";

fn planned_lessons() -> usize {
    let course = Course::open(Origin::Embedded).unwrap();
    course.manifest().lessons.iter().filter(|l| l.status == Status::Planned).count()
}

#[test]
fn a_lesson_reads_as_text_and_the_list_names_all_of_them() {
    let s = Sealegs::new();
    let list = s.run(&["read"]);
    assert_eq!(list.code, 0, "{}", list.err);
    assert_eq!(list.out.matches("(planned)").count(), planned_lessons());
    assert!(list.out.contains(" 5. Running as non-root\n"), "{}", list.out);
    let lesson = s.run(&["read", "5"]);
    assert_eq!(lesson.code, 0, "{}", lesson.err);
    assert!(lesson.out.starts_with("5. Running as non-root\n"));
    let code = lesson.out.lines().filter(|l| l.starts_with("  ") || l.contains("@sha256:"));
    let wide: Vec<_> = lesson.out.lines().filter(|l| l.chars().count() > 80).collect();
    assert!(wide.iter().all(|l| code.clone().any(|c| c == *l)), "{wide:#?}");
    let part = s.run(&["read", "5#setuid"]);
    assert!(
        part.out.contains("no_new_privs") && !part.out.contains("fsGroupChangePolicy: OnRootMismatch` skips")
    );
    assert_eq!(s.run(&["read", "5#nowhere"]).code, 2);
    assert_eq!(s.run(&["read", "banana"]).code, 2);
}

#[test]
fn a_lesson_says_when_its_lab_is_not_written_yet() {
    let s = Sealegs::new();
    let said = |args: &[&str]| s.run(args).out.contains("The lab of this lesson is not written yet.");
    assert!(said(&["--course", &tiny(), "read", "1"]));
    assert!(!said(&["read", "1"]), "lesson 1 has a lab");
}

#[test]
fn a_planned_lesson_is_refused_by_its_name() {
    let s = Sealegs::new();
    let manifest = std::fs::read_to_string(Path::new(&tiny()).join("content/course.toml")).unwrap();
    write(s.home(), "pack/content/course.toml", &manifest.replace("\"ready\"", "\"planned\""));
    let planned = s.run(&["--course", "pack", "read", "2"]);
    assert_eq!(planned.code, 2);
    assert!(planned.err.contains("planned"), "{}", planned.err);
}

#[test]
fn a_quiz_is_answered_line_by_line_and_kept() {
    let s = Sealegs::new();
    let course = tiny();
    let first = s.feed(&["--course", &course, "quiz", "1", "--linear"], "?\nnine\n1 2 3 4 5 6 7\nq\n");
    assert_eq!(first.code, 1);
    assert!(first.out.contains("Question 1 of 3."), "{}", first.out);
    assert!(
        first.out.contains("is no number") && first.out.contains("Stopped. 0 of 3 answered"),
        "{}",
        first.out
    );
    let progress = s.run(&["--course", &course, "progress", "--json"]);
    let value: serde_json::Value = serde_json::from_str(&progress.out).unwrap();
    assert_eq!(value["points"]["best"], 0, "{value:#}");
    // The built-in course does not see it.
    let own = s.run(&["progress", "--json"]);
    let own: serde_json::Value = serde_json::from_str(&own.out).unwrap();
    assert_eq!(own["points"]["total"], 117);
    assert_eq!(own["lessons"]["planned"], planned_lessons());
}

#[test]
fn the_checker_says_what_it_read_and_ends_as_promised() {
    let s = Sealegs::new();
    let bad = write(s.home(), "m/pod.yaml", POD);
    let found = s.run(&["check", "m", "--format", "short"]);
    assert_eq!(found.code, 1, "{}{}", found.out, found.err);
    assert!(found.out.contains("pod.yaml:10:21 critical privileged-container"), "{}", found.out);
    assert!(found.out.contains("read 1 file, 1 object, 1 container"), "{}", found.out);
    let text = s.run(&["check", bad.to_str().unwrap(), "--only", "KSV-0017"]);
    assert!(text.out.contains("privileged: true\n") && text.out.contains("^^^^"), "{}", text.out);
    assert_eq!(s.feed(&["check", "-"], POD).code, 1);
    assert_eq!(s.feed(&["check", "-", "--skip", "nonsense"], POD).code, 2);
    let broken = s.feed(&["check", "-"], "a: [1\nb: 2\n");
    assert_eq!(broken.code, 3, "{}", broken.out);
    assert!(broken.out.contains("<stdin>:2:"), "{}", broken.out);
    assert_eq!(s.run(&["check", "nowhere.yaml"]).code, 2);
    let json = s.feed(&["check", "-", "--format", "json", "--min-severity", "critical"], POD);
    let value: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(value["findings"].as_array().unwrap().len(), 1, "{value:#}");
    assert_eq!(value["findings"][0]["at"]["line"], 10);
}

#[test]
fn findings_are_explained_by_any_of_their_names() {
    let s = Sealegs::new();
    let page = s.run(&["explain", "CKV_K8S_16"]);
    assert_eq!(page.code, 0, "{}", page.err);
    assert!(page.out.starts_with("privileged-container (critical)"), "{}", page.out);
    let list = s.run(&["explain", "--list"]);
    assert!(list.out.lines().count() >= 10);
    let wrong = s.run(&["explain", "privileged-contaner"]);
    assert_eq!(wrong.code, 2);
    assert!(wrong.err.contains("did you mean"), "{}", wrong.err);
}

#[test]
fn simulators_answer_json_lines() {
    let s = Sealegs::new();
    let cases = concat!(
        r#"{"id":"a","input":{"level":"baseline","version":"v1.37","object":{"spec":{"hostNetwork":true,"containers":[]}}}}"#,
        "\n\nnonsense\n",
        r#"{"id":"b","input":{"level":"privileged","version":"latest","object":{"spec":{}}}}"#,
        "\n"
    );
    let ran = s.feed(&["sim", "pod-security", "--cases", "-"], cases);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let lines: Vec<serde_json::Value> = ran.out.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(lines.len(), 3, "{}", ran.out);
    let verdict = &lines[0]["verdict"];
    assert_eq!(verdict["allowed"], false);
    assert_eq!(verdict["violations"][0]["check"], "hostNamespaces");
    assert_eq!(verdict["violations"][0]["detail"], "hostNetwork=true");
    assert!(lines[1]["error"].is_string());
    assert_eq!(lines[2]["verdict"]["allowed"], true);
    assert_eq!(s.run(&["sim", "nonsense", "--cases", "-"]).code, 2);
}

#[test]
fn a_lab_is_started_edited_graded_and_reset() {
    let s = Sealegs::new();
    let brief = s.run(&["lab", "brief", "6"]);
    assert_eq!(brief.code, 0, "{}", brief.err);
    assert!(brief.out.contains("kind: Image") && brief.out.contains("attack"), "{}", brief.out);
    let started = s.run(&["lab", "start", "6"]);
    assert_eq!(started.code, 0, "{}", started.err);
    let folder = s.home().join("labs/06-linux-capabilities");
    assert!(folder.is_dir(), "{}", started.out);
    let graded = s.run(&["grade", folder.to_str().unwrap()]);
    assert_eq!(graded.code, 1, "{}{}", graded.out, graded.err);
    assert!(graded.out.contains("FAILED") && graded.out.contains("why"), "{}", graded.out);
    let reference =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("labs/06-linux-capabilities/solutions/reference");
    for file in std::fs::read_dir(&reference).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), folder.join(file.file_name())).unwrap();
    }
    let passed = s.run(&["grade", folder.to_str().unwrap()]);
    assert_eq!(passed.code, 0, "{}{}", passed.out, passed.err);
    let json = s.run(&["grade", folder.to_str().unwrap(), "--format", "json"]);
    let value: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(value[0]["outcome"], "passed");
    let reset = s.run(&["lab", "reset", "06-linux-capabilities"]);
    assert_eq!(reset.code, 0, "{}", reset.err);
    assert_eq!(s.run(&["grade", folder.to_str().unwrap()]).code, 1);
    assert_eq!(s.run(&["grade", s.home().to_str().unwrap()]).code, 2);
    assert_eq!(s.run(&["lab", "start", "no-such-lab"]).code, 2);
}

#[test]
fn the_shipped_course_has_no_mistake() {
    let s = Sealegs::new();
    let ran = s.run(&["course", "check"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, "no findings\n"), "{}", ran.err);
    let tiny = s.run(&["course", "check", &tiny()]);
    // Warnings are no errors.
    assert_eq!(tiny.code, 0, "{}", tiny.out);
    assert!(tiny.out.contains("warning[lesson-words]"), "{}", tiny.out);
    for command in ["check", "stats", "blind"] {
        assert_eq!(s.run(&["course", command, "nowhere"]).code, 2, "{command}");
    }
}

#[test]
fn a_badly_written_course_is_no_answer_of_yes() {
    let s = Sealegs::new();
    let pack = format!("{}/tests/it/packs/badly-written", env!("CARGO_MANIFEST_DIR"));
    let ran = s.run(&["--course", &pack, "course", "check", "--format", "short"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.out.trim_end().ends_with("(1 suppressed)"), "{}", ran.out);
    assert!(ran.out.contains("quizzes/01-walls.toml:13:8 error Q01 key is much longer"), "{}", ran.out);
    let json = s.run(&["course", "check", &pack, "--format", "json"]);
    let findings: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert!(findings.as_array().unwrap().iter().any(|f| f["id"] == "Q28" && f["related"][0]["line"] == 8));
}

#[test]
fn a_course_is_counted_as_text_and_as_json() {
    let s = Sealegs::new();
    let text = s.run(&["course", "stats"]);
    assert_eq!((text.code, text.err.as_str()), (0, ""));
    assert!(text.out.contains("counted") && text.out.contains("domains"), "{}", text.out);
    let json = s.run(&["course", "stats", "--format", "json"]);
    let stats: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    let lessons = stats["course"]["lessons"].as_u64().unwrap();
    assert_eq!(stats["questions"]["core"].as_u64().unwrap(), 3 * lessons);
    let blind = s.run(&["course", "blind"]);
    assert_eq!(blind.code, 0);
    assert!(
        blind.out.contains("always the longest") && blind.out.contains("points beside chance"),
        "{}",
        blind.out
    );
    let json = s.run(&["course", "blind", "--format", "json"]);
    let banks: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(
        (banks[0]["bank"].as_str(), banks[0]["strategies"].as_array().unwrap().len()),
        (Some("the counted questions"), 10)
    );
}

#[test]
fn wrong_questions_end_with_two_and_nothing_needs_a_terminal() {
    let s = Sealegs::new();
    assert_eq!(s.run(&[]).code, 2);
    assert_eq!(s.run(&["nonsense"]).code, 2);
    assert_eq!(s.run(&["--help"]).code, 0);
    assert_eq!(s.run(&["--version"]).code, 0);
    let drill = s.run(&["drill"]);
    assert_eq!((drill.code, drill.out.as_str()), (0, "Nothing is due.\n"), "{}", drill.err);
    let gap = s.run(&["certificate", "show"]);
    assert_eq!(gap.code, 1, "{}{}", gap.out, gap.err);
    assert!(gap.out.contains("106"), "{}", gap.out);
    assert_eq!(s.run(&["certificate", "issue", "--name", "Ada"]).code, 1);
    assert_eq!(s.run(&["certificate", "verify", "nowhere.json"]).code, 2);
}

/// Answers the question that stands at the end of `shown`, whose options are numbered in the order shown.
fn right_answer(shown: &str, quiz: &toml::Table) -> String {
    let last = shown.rsplit("\nQuestion ").next().unwrap();
    let question = quiz["question"].as_array().unwrap().iter().find(|q| {
        let stem = q["stem"].as_str().unwrap().replace('`', "");
        let words: Vec<_> = stem.split_whitespace().take(6).collect();
        last.replace('`', "").contains(&words.join(" "))
    });
    let question = question.unwrap_or_else(|| panic!("no question like this: {last}"));
    if let Some(lines) = question.get("key_lines") {
        return lines[0].as_integer().unwrap().to_string();
    }
    let order = question["kind"].as_str() == Some("order");
    let wanted = question["option"].as_array().unwrap().iter().filter(|o| order || o.get("key").is_some());
    let number = |option: &toml::Value| {
        let text = option["text"].as_str().unwrap().replace('`', "");
        let line = last.lines().find(|l| l.replace('`', "").ends_with(&text)).unwrap();
        line.split('.').next().unwrap().to_owned()
    };
    wanted.map(number).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_course_is_finished_certified_verified_and_every_edit_is_found() {
    let s = Sealegs::new();
    let course = tiny();
    let with = |args: &[&str]| {
        [&["--course", &course], args].concat().iter().map(|a| (*a).to_owned()).collect::<Vec<_>>()
    };
    let run = |args: &[&str], input: &str| {
        let args = with(args);
        s.feed(&args.iter().map(String::as_str).collect::<Vec<_>>(), input)
    };
    for (lesson, stem) in [("1", "01-root"), ("2", "02-tokens")] {
        let file = Path::new(&course).join(format!("quizzes/{stem}.toml"));
        let file = std::fs::read_dir(file.parent().unwrap())
            .unwrap()
            .map(|f| f.unwrap().path())
            .find(|p| p.file_name().unwrap().to_str().unwrap().starts_with(&stem[..2]))
            .unwrap();
        let quiz: toml::Table = std::fs::read_to_string(file).unwrap().parse().unwrap();
        // Each question in a process of its own: the attempt goes on where it was left.
        for _ in 0..3 {
            let shown = run(&["quiz", lesson, "--linear"], "q\n");
            let answer = right_answer(&shown.out, &quiz);
            let told = run(&["quiz", lesson, "--linear"], &format!("{answer}\nq\n"));
            assert!(told.out.contains("CORRECT."), "{}\n{}", answer, told.out);
        }
    }
    let shown = run(&["certificate", "show"], "");
    assert!(shown.out.contains("the rule is met"), "{}{}", shown.out, shown.err);
    let issued = run(&["certificate", "issue", "--name", "Zoë Łukasiewicz"], "");
    assert_eq!(issued.code, 0, "{}", issued.err);
    let path = issued
        .out
        .lines()
        .find(|l| Path::new(l).extension().is_some_and(|e| e == "json"))
        .unwrap()
        .replace("HOME", s.home().to_str().unwrap());
    let verified = run(&["certificate", "verify", &path], "");
    assert_eq!(verified.code, 0, "{}", verified.out);
    assert!(verified.out.trim_end().ends_with("this does not show who answered."), "{}", verified.out);
    assert!(verified.out.contains("VALID (OK_INTEGRITY)"), "{}", verified.out);
    // Without the course at hand it is judged by itself.
    assert_eq!(s.run(&["certificate", "verify", &path]).code, 0);

    let good = std::fs::read_to_string(&path).unwrap();
    let eve = write(s.home(), "eve.json", &good.replace("Zoë", "Eve"));
    let shown = run(&["certificate", "show", eve.to_str().unwrap()], "");
    assert_eq!(shown.code, 1, "{}", shown.out);
    assert!(shown.out.contains("CHANGED (E_DIGEST)") && !shown.out.contains("\nIntact."), "{}", shown.out);
    assert_eq!(run(&["certificate", "show", &path], "").code, 0);
    let told = s.run(&["certificate", "verify", eve.to_str().unwrap()]);
    assert!(told.out.contains("differs from your own certificate is learner.name"), "{}", told.out);
    let cases = [
        ("\"name\":\"Zoë Łukasiewicz\"", "\"name\":\"Eve\"", "E_DIGEST", "name"),
        ("\"overall\":90", "\"overall\":10", "E_DIGEST", "untrue is rule"),
        ("{\"course\"", "{ \"course\"", "E_CANON", ""),
        ("certificate/0", "certificate/9", "E_VERSION", ""),
    ];
    for (from, to, outcome, words) in cases {
        let changed = good.replacen(from, to, 1);
        assert_ne!(changed, good, "{from} stands in the certificate");
        let file = write(s.home(), "changed.json", &changed);
        let told = run(&["certificate", "verify", file.to_str().unwrap(), "--json"], "");
        let value: serde_json::Value = serde_json::from_str(&told.out).unwrap();
        assert_eq!(value["outcome"], outcome, "{to}: {value:#}");
        assert!(value["detail"].as_str().unwrap().contains(words), "{to}: {value:#}");
        assert_ne!(told.code, 0, "{to}");
    }
}

#[test]
fn briefs_and_terms_are_read_by_their_names() {
    let s = Sealegs::new();
    let course = tiny();
    let run = |args: &[&str]| s.run(&[&["--course", course.as_str()], args].concat());
    let brief = run(&["read", "brief-basics"]);
    assert_eq!(brief.code, 0, "{}", brief.err);
    assert!(brief.out.starts_with("The basics in an interview\n"), "{}", brief.out);
    let end = brief.out.split("Questions, which never count: ").nth(1).unwrap();
    assert!(end.starts_with(&format!("sealegs --course {course} quiz brief-basics\n1. ")), "{end}");
    assert_eq!(end.matches('?').count(), 3, "{end}");
    let part = run(&["read", "brief-basics#spoken"]).out;
    assert!(part.contains("In a minute") && !part.contains("What to check first"), "{part}");
    let term = run(&["read", "term-token"]);
    assert_eq!(
        term.out,
        "token (term-token)\nWhat a process shows to prove who it is. A pod gets one of its service account\nunless somebody says no.\n"
    );
    let all = run(&["read", "glossary"]);
    assert!(all.out.starts_with("root (term-root)\nThe user with the number 0."), "{}", all.out);
    assert_eq!(all.out.matches("(term-").count(), 3);
    let list = run(&["read"]).out;
    assert!(list.contains("brief-basics   The basics in an interview\n"), "{list}");
    assert!(list.contains("brief-all      Everything in one sitting (not written yet)\n"), "{list}");
    for (args, says) in [
        (["read", "brief-all"], "brief `all` is planned, not written yet"),
        (["read", "brief-none"], "no brief \"none\"; there is: brief-basics, brief-all"),
        (["read", "brief-basics#none"], "brief basics has no section \"none\""),
        (["read", "term-tokn"], "no term \"tokn\"; did you mean `term-token`?"),
        (["quiz", "brief-none"], "no brief \"none\""),
        (["quiz", "term-root"], "no lesson \"term-root\""),
        (["interview", "nothing"], "no lesson and no track \"nothing\"; tracks: basics"),
    ] {
        let ran = run(&args);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{args:?}: {}", ran.err);
        assert!(ran.err.contains(says), "{args:?}: {}", ran.err);
    }
}

#[test]
fn progress_has_tracks_and_domains() {
    let s = Sealegs::new();
    let out = s.run(&["--course", &tiny(), "progress"]).out;
    let at = |text: &str| out.find(text).unwrap_or_else(|| panic!("{text:?} is not in\n{out}"));
    assert!(at("track ") < at("The basics") && at("The basics") < at("TINY domain"));
    assert!(at("Users and Groups ") > at("TINY domain"));
}
