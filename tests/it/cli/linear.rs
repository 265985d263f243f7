//! Quiz and drill line by line: recorded transcripts, and what a hand on the keyboard may do wrong.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;

use super::{Sealegs, right_answer, tiny};

/// What a screen reader says: the program's lines, with what was typed behind each prompt.
fn transcript(s: &Sealegs, args: &[&str], typed: &[&str]) -> String {
    let course = tiny();
    let args = [&["--course", course.as_str()], args].concat();
    let ran = s.feed(&args, &typed.iter().flat_map(|t| [t, "\n"]).collect::<String>());
    assert_eq!(ran.err, "");
    let mut parts = ran.out.replace(&course, "COURSE");
    for line in typed {
        parts = parts.replacen("): ", &format!("): <{line}>\n"), 1).replacen("): <", ")\u{0}: <", 1);
    }
    let parts = parts.replace('\u{0}', "");
    assert!(
        parts.chars().all(|c| c == '\n' || !c.is_control() && !('\u{2500}'..='\u{28ff}').contains(&c)),
        "no boxes, no Braille, no control characters: {parts:?}"
    );
    format!("{parts}[exit {}]\n", ran.code)
}

fn quiz() -> toml::Table {
    let file = Path::new(&tiny()).join("quizzes/01-root.toml");
    std::fs::read_to_string(file).unwrap().parse().unwrap()
}

/// The right answer to the question that lesson 1 would ask now.
fn right(s: &Sealegs) -> String {
    let shown = s.feed(&["--course", &tiny(), "quiz", "1", "--linear"], "q\n");
    right_answer(&shown.out, &quiz())
}

fn answer_right(s: &Sealegs) -> String {
    let right = right(s);
    transcript(s, &["quiz", "1", "--linear"], &[&right, "q"])
}

#[test]
fn a_quiz_reads_well_aloud() {
    let s = Sealegs::new();
    // Asked again, marked as a guess, mistyped five times; then wrong, wrong and given up.
    let typed = ["?", "0", "0", "0", "9", "b b", "one", "", "3", "1 3", "q"];
    insta::assert_snapshot!("linear_quiz", transcript(&s, &["quiz", "1", "--linear"], &typed));
}

#[test]
fn a_retake_asks_for_what_was_missed_reserve_first_and_then_there_is_practice() {
    let s = Sealegs::new();
    answer_right(&s);
    answer_right(&s);
    // The third question is missed: line 1 is not the one.
    let first = transcript(&s, &["quiz", "1", "--linear"], &["1"]);
    assert!(first.contains("It goes on with question 3.") && first.contains("NOT YET."), "{first}");
    assert!(first.contains("Result: 2 of 3 right.\nThis lesson: first try 2 of 3, best 2 of 3."), "{first}");
    assert!(first.contains("Again, for the 1 point that is missing: sealegs --course COURSE quiz 01-root"));
    assert!(first.ends_with("[exit 1]\n"));
    let again = transcript(&s, &["quiz", "1", "--linear"], &["q"]);
    assert!(again.starts_with("Quiz: Who is root. Attempt 2, 1 question, for what was missed."), "{again}");
    let stem = again.lines().nth(3).unwrap().to_owned();
    let quiz = quiz();
    let asked = quiz["question"]
        .as_array()
        .unwrap()
        .iter()
        .find(|q| q["stem"].as_str().unwrap().replace('`', "").starts_with(&stem.replace('`', "")[..20]))
        .unwrap();
    assert!(asked.get("core").is_none_or(|core| core.as_bool() == Some(false)), "{asked:?} is in reserve");
    let concept = asked["concept"].as_str().unwrap();
    let of_it = format!("Read: sealegs --course COURSE read 01-root#{concept}\n");
    assert!(first.contains(&of_it), "and of the concept that was missed: {of_it}{first}");
    let won = answer_right(&s);
    assert!(won.contains("This lesson: first try 2 of 3, best 3 of 3."), "{won}");
    assert!(won.ends_with("[exit 0]\n"), "{won}");
    let practice = transcript(&s, &["quiz", "1", "--linear"], &["q"]);
    assert!(
        practice.starts_with("Quiz: Who is root. Practice, 4 questions. Every point is won;"),
        "{practice}"
    );
    let progress = s.run(&["--course", &tiny(), "progress"]);
    assert!(progress.out.contains("points    best 3 of 6, first try 2\n"), "{}", progress.out);
}

#[test]
fn a_drill_reads_well_aloud() {
    let s = Sealegs::new();
    assert_eq!(transcript(&s, &["drill", "--linear"], &["u"]), "Nothing is due.\n[exit 0]\n");
    // Two of three are guessed or missed, and become cards.
    transcript(&s, &["quiz", "1", "--linear"], &["0", "1", "1 2", "1"]);
    let cards = s.run(&["--course", &tiny(), "progress", "--json"]);
    let value: serde_json::Value = serde_json::from_str(&cards.out).unwrap();
    assert!(value["due"].as_u64().unwrap_or(1) > 0, "{value:#}");
    let typed = ["u", "0", "x", "1", "7", "1", "u", "q"];
    insta::assert_snapshot!("linear_drill", transcript(&s, &["drill", "--linear"], &typed));
    // To the end, and the last grade is taken back there.
    for _ in 0..10 {
        let shown = transcript(&s, &["drill", "--linear"], &[]);
        let answer = match shown.lines().find(|l| l.contains("u undo the last grade")).unwrap() {
            prompt if prompt.starts_with("Choose 2") => "1 2",
            prompt if prompt.starts_with("Give all") => "1 2 3",
            _ => "1",
        };
        if !shown.starts_with("Card 1, 1 due.") {
            transcript(&s, &["drill", "--linear"], &[answer, "4"]);
            continue;
        }
        let end = transcript(&s, &["drill", "--linear"], &[answer, "4", "u", answer, "4", ""]);
        assert!(
            end.contains("Done for now.\nEnter ends (u undo the last grade): <u>\nTaken back: "),
            "{end}"
        );
        assert!(end.ends_with("Enter ends (u undo the last grade): <>\n[exit 0]\n"), "{end}");
        assert!(transcript(&s, &["drill", "--linear"], &[]).starts_with("Nothing is due."));
        return;
    }
    panic!("the drill does not come to its end");
}

#[test]
fn whatever_is_typed_ends_in_a_question_or_in_a_stop() {
    let s = Sealegs::new();
    let course = tiny();
    let args = ["--course", course.as_str(), "quiz", "1", "--linear"];
    let mut input = vec![b'\xff', b'\xfe', b'\n'];
    input.extend(vec![b'1'; 1 << 20]);
    input.extend_from_slice("\r\n\u{1b}[2J\r\nQ\r\n".as_bytes());
    let ran = s.feed_bytes(&args, &input);
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    assert_eq!(ran.out.matches("is no number").count(), 3, "{}", ran.out);
    assert!(ran.out.len() < 4096 && !ran.out.contains('\u{1b}'), "{}", ran.out);
    assert!(ran.out.ends_with("Stopped. 0 of 3 answered; the quiz goes on here next time.\n"), "{}", ran.out);
    // The input ends in the middle of a line, and of the quiz.
    let ran = s.feed(&args, "0\n1");
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.out.contains("Stopped. 1 of 3 answered"), "{}", ran.out);
}

#[test]
fn what_was_printed_as_marked_survives_a_kill() {
    let s = Sealegs::new();
    let course = tiny();
    for answered in 1..=2 {
        let mut child = s.command(&["--course", &course, "quiz", "1", "--linear"]).spawn().unwrap();
        child.stdin.as_mut().unwrap().write_all(b"1\n1 2\n").unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        while !line.starts_with("NOT YET.") && !line.starts_with("CORRECT.") {
            line.clear();
            assert_ne!(out.read_line(&mut line).unwrap(), 0, "it ended without a mark");
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let mut rest = String::new();
        out.read_to_string(&mut rest).unwrap();
        let marked = answered.max(1) + rest.matches("NOT YET.").count() + rest.matches("CORRECT.").count();
        let next = s.feed(&["--course", &course, "quiz", "1", "--linear"], "q\n");
        let at = next.out.split("It goes on with question ").nth(1).and_then(|t| t.get(..1));
        let at: usize = at.unwrap_or("9").parse().unwrap();
        assert!(at > marked, "{marked} were marked on the screen, and it goes on with {at}");
        if at > 2 {
            return;
        }
    }
}

#[test]
fn without_screens_the_program_says_where_to_go_on() {
    let s = Sealegs::new();
    let home = s.run(&["--linear"]);
    assert_eq!(home.code, 0, "{}", home.err);
    insta::assert_snapshot!("linear_home", home.out);
    let dumb = s.command(&[]).env("TERM", "dumb").output().unwrap();
    assert_eq!(String::from_utf8(dumb.stdout).unwrap(), home.out);
    // A course of one's own is named in each command.
    let own = transcript(&s, &["--linear"], &[]);
    assert!(own.contains("Read it: sealegs --course COURSE read 1 --linear\n"), "{own}");
    // Diagrams are drawn in code blocks of the lessons; nothing else is drawn.
    for args in [["read", "1"].as_slice(), &["explain", "privileged-container"], &["lab", "brief", "6"]] {
        let read = s.run(&[args, &["--linear"]].concat());
        let drawn = |c: char| ('\u{2500}'..='\u{28ff}').contains(&c);
        let boxes: Vec<_> = read.out.lines().filter(|l| l.contains(drawn)).collect();
        assert_eq!((read.code, boxes), (0, Vec::new()), "{args:?}");
        assert_ne!(read.out, s.run(args).out, "{args:?}");
    }
}

#[test]
fn an_interview_reads_well_aloud() {
    let s = Sealegs::new();
    // Asked again, mistyped, answered; taken back and answered again; the next one is left.
    let typed = ["9", "1", "?", "well", "", "x", "0 1", "7", "1 3", "u", "", "", "1 2 3", "?", "", "q"];
    insta::assert_snapshot!("linear_interview", transcript(&s, &["interview", "--linear"], &typed));
    let one = transcript(&s, &["interview", "2", "--linear"], &[]);
    assert!(one.contains("1. senior, new: How would you") && !one.contains("Lesson 1"), "{one}");
    let track = transcript(&s, &["interview", "basics", "--linear"], &["q"]);
    assert!(track.contains("1. mid, last time 3 of 3, Easy: Why does it matter"), "{track}");
    let progress = s.run(&["--course", &tiny(), "progress"]);
    assert!(progress.out.contains("interview 1 practised\n"), "{}", progress.out);
}

#[test]
fn an_open_question_is_drilled_aloud() {
    let s = Sealegs::new();
    transcript(&s, &["interview", "2", "--linear"], &["", "", "0", "q"]);
    let later = |input: &str| {
        let mut command = s.command(&["--course", &tiny(), "drill", "--linear"]);
        command.env("SEALEGS_NOW", "2026-11-21T12:11:00Z");
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
    };
    let said = later("u\n\n1 2\n\n");
    assert!(said.starts_with("Card 1, 1 due.\nOpen question, level senior. How would you"), "{said}");
    assert!(said.contains("Taken back: 02-no-token. It is due again."), "{said}");
    assert!(said.contains("2 of 3 points: Hard. Next in 1 d.\nThey may go on to ask: And where a"), "{said}");
    assert!(said.contains("Done for now."), "{said}");
}

#[test]
fn a_brief_is_read_and_asked_aloud() {
    let s = Sealegs::new();
    insta::assert_snapshot!("linear_brief", transcript(&s, &["read", "brief-basics", "--linear"], &[]));
    let quiz = transcript(&s, &["quiz", "brief-basics", "--linear"], &["q"]);
    assert!(quiz.starts_with("Quiz: The basics in an interview. 3 questions; nothing counts.\n"), "{quiz}");
}
