//! G6, G7, G11 to G13: what happens in the process.

use std::hint::black_box;
use std::sync::Arc;

use granit_parser::Parser;
use sealegs::clock::SystemClock;
use sealegs::course::{Course, Origin};
use sealegs::grade::{self, Plan, Submission};
use sealegs::ids::{LabId, LessonId};
use sealegs::parse::{Limits, yaml};
use sealegs::render::{self, Glyphs, Paint, Plain, Syntect};
use sealegs::session::Session;
use sealegs::store::Home;
use sealegs::text::{Source, Sources};

use super::{pairs, repeat, row};

/// 2,000 pods of about 450 bytes, as many documents.
fn corpus() -> Vec<Arc<Source>> {
    let pod = |i: usize| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: pod-{i}\n  namespace: shop\nspec:\n  securityContext:\n    runAsNonRoot: {}\n    seccompProfile:\n      type: RuntimeDefault\n  containers:\n    - name: web\n      image: registry.example/web:{i}\n      ports: [{{ containerPort: 80{:02} }}]\n      securityContext:\n        allowPrivilegeEscalation: false\n        capabilities:\n          drop: [\"ALL\"]\n",
            i.is_multiple_of(2),
            i % 100
        )
    };
    (0..2000).map(|i| Source::lone("pod.yaml", pod(i))).collect()
}

pub fn yaml_tree() {
    let corpus = corpus();
    let bytes: usize = corpus.iter().map(|s| s.text().len()).sum();
    let (tree, _, ratio) = pairs(
        15,
        || {
            for source in &corpus {
                black_box(yaml::parse(source, Limits::default()));
            }
        },
        || {
            for source in &corpus {
                for event in Parser::new_from_str(source.text()) {
                    let _ = black_box(event);
                }
            }
        },
    );
    let speed = bytes as f64 / 1e6 / tree.as_secs_f64();
    row(
        "YAML tree, 2,000 documents",
        tree,
        &format!("{ratio:.2} x the bare events (G6: at most 1.2), {speed:.0} MB/s"),
    );
}

fn course() -> Course {
    Course::open(Origin::Embedded).unwrap_or_else(|_| panic!("the built-in course opens"))
}

fn lesson_id() -> LessonId {
    LessonId::new("01-container-threat-model").expect("an id")
}

pub fn lesson_render() {
    let lesson = course().lesson(&lesson_id()).expect("the lesson");
    let took = repeat(21, || {
        black_box(render::page(&lesson.body, 88, Glyphs::Unicode, &Plain));
    });
    row("lesson 1, laid out at 88 columns", took, "off syntect (G11)");
    let yaml = "key: value # a comment\n".repeat(40);
    let first = Syntect::default();
    let start = std::time::Instant::now();
    black_box(first.paint("yaml", &yaml));
    row("40 lines of YAML, first highlight", start.elapsed(), "in the background");
    let took = repeat(21, || {
        black_box(first.paint("yaml", &yaml));
    });
    row("40 lines of YAML, highlighted again", took, "(G11: at most 2 ms)");
}

pub fn lab_grade() {
    let course = course();
    let id = LabId::new("06-linux-capabilities").expect("an id");
    let lab = course.lab(&id).expect("the lab");
    let sources = course.sources().clone();
    let took = repeat(21, || {
        let Ok(plan) = Plan::new(&lab, &sources) else { panic!("the lab is sound") };
        let files = lab.starter.iter().map(|f| (f.path.clone(), Arc::clone(&f.source))).collect();
        black_box(grade::run(&plan, &Submission { files }, &Sources::clone(&sources)));
    });
    row("lab 6: plan and grade the starter", took, "attacks, duties and posture");
}

pub fn saving() {
    let folder = tempfile::tempdir().expect("a home to throw away");
    let home = Home::at(folder.path());
    let open = || Session::open(course(), home.clone(), Arc::new(SystemClock));
    drop(open());
    let took = repeat(15, || {
        let mut session = open().unwrap_or_else(|e| panic!("{e}"));
        let place = sealegs::session::Place { lesson: lesson_id(), heading: None };
        session.set_place(&place).unwrap_or_else(|e| panic!("{e}"));
    });
    let sync = fdatasync(folder.path());
    let ratio = took.as_secs_f64() / sync.as_secs_f64();
    let against = format!("{ratio:.1} x one fdatasync of this run (G13: at most 3 ms on a quiet disk)");
    row("open, save a place, close", took, &against);
    row("one fdatasync", sync, "what this disk asks for now");
    let mut session = open().unwrap_or_else(|e| panic!("{e}"));
    let mut places = ["shared-kernel", "three-aims"].into_iter().cycle();
    let took = repeat(101, || {
        let heading = places.next().and_then(sealegs::ids::HeadingId::new);
        let place = sealegs::session::Place { lesson: lesson_id(), heading };
        session.set_place(&place).unwrap_or_else(|e| panic!("{e}"));
    });
    row("save a place, store open", took, "(G12: at most 0.1 ms)");
    let mut attempt = session.quiz_start(&lesson_id()).unwrap_or_else(|e| panic!("{e}"));
    let mut answers = Vec::new();
    while let Some(index) = attempt.current_index() {
        let answer = wrong(&attempt.questions[index].question);
        let start = std::time::Instant::now();
        session.quiz_answer(&mut attempt, &answer, false).unwrap_or_else(|e| panic!("{e}"));
        answers.push(start.elapsed());
    }
    row("save an answer and its card", super::median(answers), "(G12: at most 0.1 ms)");
}

/// What one append and `fdatasync` cost on this disk, now.
fn fdatasync(folder: &std::path::Path) -> std::time::Duration {
    use std::io::Write;
    let mut file = std::fs::File::create(folder.join("probe")).expect("a file");
    repeat(15, || {
        file.write_all(b"a line\n").expect("written");
        file.sync_data().expect("synced");
    })
}

fn wrong(question: &sealegs::course::Question) -> sealegs::quiz::Answer {
    use sealegs::course::Kind;
    use sealegs::quiz::Answer;
    let ids = || question.options.iter().map(|o| o.id.clone());
    match &question.kind {
        Kind::Single => Answer::Choices(ids().take(1).collect()),
        Kind::Multiple { choose } => Answer::Choices(ids().take(*choose).collect()),
        Kind::Order => Answer::Order(ids().rev().collect()),
        Kind::Line { .. } => Answer::Line(1),
    }
}
