//! Reads `labs/NN-slug/`: `lab.toml` and the files beside it.
//!
//! Probes stay nodes: what they mean is the simulators' matter, and `grade::plan` asks them.

use std::sync::Arc;

use super::lab_files::{self, Files};
use super::quiz::concept;
use super::{Notes, Pack, Seen, Table, named, prose};
use crate::course::lab::{Lab, NearMiss, Step, StepKind};
use crate::ids::{LabId, LessonId, StepId};
use crate::parse::Node;
use crate::text::{Finding, Span};

const ROOT: &[&str] = &["id", "lesson", "title", "story", "hints", "step", "near_miss"];
const STEP: &[&str] =
    &["id", "kind", "points", "concept", "technique", "says", "probe", "absent", "present", "cel", "stays"];
const NEAR_MISS: &[&str] = &["dir", "fails", "why"];

const KINDS: &[(&str, StepKind)] = &[
    ("attack", StepKind::Attack),
    ("duty", StepKind::Duty),
    ("posture", StepKind::Posture),
    ("fact", StepKind::Fact),
];

/// What each kind of step is asked with, and what one of these looks like.
const ASKED_WITH: &[(&[StepKind], &[&str], &str)] = &[
    (&[StepKind::Attack, StepKind::Duty], &["probe"], "add `probe = { sim = \"…\", …, expect = \"…\" }`"),
    (&[StepKind::Posture], &["absent", "present"], "add `absent = [\"FINDING-ID\"]` or `present = […]`"),
    (&[StepKind::Fact], &["cel"], "add `cel = \"EXPRESSION\"`"),
];

/// The kinds of which a lab has a step, and what is wrong without: doing nothing passes it, or denying everything.
const NEEDED: &[(&[StepKind], &str, &str, &str)] = &[
    (
        &[StepKind::Attack, StepKind::Posture, StepKind::Fact],
        "nothing has to be stopped",
        "doing nothing would pass it",
        "write a step of kind `attack`",
    ),
    (
        &[StepKind::Duty],
        "nothing has to go on working",
        "\"deny everything\" would pass it",
        "write a step of kind `duty`",
    ),
];

/// The step that every lab begins with, and that no author writes.
const ACCEPTED: &str = "accepted";
const HINTS: usize = 3;
/// A hint that has so much of a solution in a row is the solution.
const TELLING: usize = 120;
const MAX_POINTS: u32 = 100;

/// Where a lab's files are.
pub(crate) fn root(id: &LabId) -> String {
    format!("labs/{id}")
}

/// The lab; of use only where no finding blocks.
pub(crate) fn read(pack: &Pack, id: &LabId, notes: &Notes) -> Option<Lab> {
    let root = root(id);
    let files = lab_files::read(pack, &root, notes);
    let tree = Arc::new(pack.toml(&format!("{root}/lab.toml"), None, notes)?);
    let table = Table::new(tree.root()?, format!("lab `{id}`"), ROOT, notes)?;
    let lesson = LessonId::new(id.as_str())?;
    for field in ["id", "lesson"] {
        let written = table.text(field);
        if !written.is_empty() && written != id.as_str() {
            let detail = format!("`{field}` is `{written}`, and its directory is `{id}`");
            let help = format!("write `{field} = \"{id}\"`: a lab has the stem of its lesson");
            table.refuse("lab-other-name", field, "lab has another name than its directory", &detail, help);
        }
    }
    let (title, story) = (table.text("title"), table.text("story"));
    prose::field(&table, "story", notes);
    let steps = steps(&table, &lesson, notes);
    let near_misses = near_misses(&table, &files, notes);
    let hints = hints(&table, &files, notes);
    lab_files::check(&files, &table, notes);
    Some(Lab {
        id: id.clone(),
        lesson,
        title,
        story,
        hints,
        steps,
        starter: files.starter,
        world: files.world,
        solutions: files.solutions,
        near_misses,
        tree: Arc::clone(&tree),
    })
}

fn hints(table: &Table<'_, '_>, files: &Files, notes: &Notes) -> Vec<String> {
    let hints = table.texts("hints");
    if hints.len() != HINTS {
        let detail = format!("it has {}", hints.len());
        let help = "write `hints = [\"…\", \"…\", \"…\"]`, each stronger than the one before";
        table.refuse("lab-hints", "hints", "a lab has three hints", &detail, help);
    }
    let solution = files.solutions.first().map_or(&[][..], |s| &s.files);
    for (hint, span) in &hints {
        prose::check(hint, *span, table.what(), notes);
        if solution.iter().any(|f| share(hint, f.source.text())) {
            notes.push(
                Finding::error("lab-hint-tells", "hint gives the solution away", *span)
                    .detail(format!("{}: {TELLING} characters or more of it in a row", table.what()))
                    .help("point at the place, and leave the answer to the learner"),
            );
        }
    }
    hints.into_iter().map(|(hint, _)| hint).collect()
}

/// Whether two texts have [`TELLING`] characters in a row in common.
fn share(hint: &str, solution: &str) -> bool {
    let starts: Vec<usize> = hint.char_indices().map(|(i, _)| i).chain([hint.len()]).collect();
    starts.windows(TELLING + 1).any(|w| {
        let part = w.first().zip(w.last()).and_then(|(from, to)| hint.get(*from..*to));
        part.is_some_and(|p| solution.contains(p))
    })
}

fn steps(table: &Table<'_, '_>, lesson: &LessonId, notes: &Notes) -> Vec<Step> {
    let mut seen = Seen::default();
    let tables = table.tables("step");
    let written = tables.len();
    let read = |(index, node)| step(node, index, lesson, &mut seen, notes);
    let steps: Vec<Step> = tables.into_iter().enumerate().filter_map(read).collect();
    // What is missing may be a step that has mistakes of its own.
    if steps.len() == written {
        for (kinds, title, detail, help) in NEEDED {
            if !steps.iter().any(|step| kinds.contains(&step.kind)) {
                table.refuse("lab-steps", "step", title, detail, *help);
            }
        }
    }
    steps
}

fn step(node: Node<'_>, index: usize, lesson: &LessonId, seen: &mut Seen, notes: &Notes) -> Option<Step> {
    let step = Table::new(node, named(node, "step", index), STEP, notes)?;
    let id = step.id("id", StepId::new);
    if let Some(id) = &id {
        seen.add(id.as_str(), step.span("id"), "step", notes);
        if id.as_str() == ACCEPTED {
            let detail = "every lab begins with a step of this name";
            step.refuse("lab-reserved-step", "id", "reserved id", detail, "choose another id");
        }
    }
    let kind = step.word("kind", KINDS);
    let concept = concept(&step, lesson, notes);
    let points = step.number("points", 1..=MAX_POINTS);
    let technique = technique(&step);
    let says = step.text("says");
    prose::field(&step, "says", notes);
    let probes = step.one_or_more("probe");
    for probe in &probes {
        probe_shape(&step, *probe);
    }
    let (absent, present) = (findings(&step, "absent", notes), findings(&step, "present", notes));
    let cel = step.text_if("cel");
    let (id, kind, concept) = (id?, kind?, concept?);
    asked(&step, kind);
    Some(Step {
        id,
        kind,
        points,
        concept,
        technique,
        says,
        probes: probes.iter().map(|p| p.id()).collect(),
        absent,
        present,
        cel,
        stays: step.text_if("stays"),
        span: step.place(),
    })
}

/// Each kind has the fields that ask it, and none of another's.
fn asked(step: &Table<'_, '_>, kind: StepKind) {
    for (kinds, fields, help) in ASKED_WITH {
        let there: Vec<_> = fields.iter().filter(|f| step.node().get(f).is_some()).collect();
        if !kinds.contains(&kind) {
            for field in there {
                let detail = format!("a step of kind `{}` has no `{field}`", kind.word());
                step.refuse("lab-step-field", field, "field of another kind", &detail, "remove it");
            }
        } else if there.is_empty() {
            let detail = format!("a step of kind `{}` needs {}", kind.word(), fields.join(" or "));
            step.refuse("lab-step-field", "kind", "step asks nothing", &detail, *help);
        }
    }
}

/// What every probe has; the rest is its simulator's.
fn probe_shape(step: &Table<'_, '_>, probe: Node<'_>) {
    for field in ["sim", "expect"] {
        if probe.get(field).is_none_or(|n| n.as_str().is_none_or(|t| t.trim().is_empty())) {
            step.push(
                Finding::error("lab-probe", "probe is not whole", probe.own_span())
                    .detail(format!("{}: a probe needs `{field}` as text", step.what()))
                    .help("write `probe = { sim = \"…\", …, expect = \"…\" }`"),
            );
        }
    }
}

fn findings(step: &Table<'_, '_>, key: &str, notes: &Notes) -> Vec<String> {
    let ids = step.texts(key);
    for (id, span) in &ids {
        notes.mention(format!("finding:{id}"), *span);
    }
    ids.into_iter().map(|(id, _)| id).collect()
}

fn technique(step: &Table<'_, '_>) -> Option<String> {
    let technique = step.text_if("technique")?;
    let digits = |t: &str, n: usize| t.len() == n && t.bytes().all(|b| b.is_ascii_digit());
    let (main, sub) = technique.split_once('.').map_or((&*technique, None), |(m, s)| (m, Some(s)));
    let well = main.strip_prefix('T').is_some_and(|d| digits(d, 4)) && sub.is_none_or(|s| digits(s, 3));
    if !well {
        let detail = format!("`{technique}`");
        let help = "write it as in `T1611` or `T1552.007`";
        step.refuse("lab-technique", "technique", "not an ATT&CK technique", &detail, help);
    }
    Some(technique)
}

fn near_misses(table: &Table<'_, '_>, files: &Files, notes: &Notes) -> Vec<NearMiss> {
    let mut seen = Seen::default();
    let mut out = Vec::new();
    let steps = table.tables("step");
    let written = steps.iter().filter_map(|s| s.get("id").and_then(Node::as_str));
    let known: Vec<&str> = written.chain([ACCEPTED]).collect();
    for (index, node) in table.tables("near_miss").into_iter().enumerate() {
        let name = node.get("dir").and_then(Node::as_str);
        let name = name.map_or(format!("near miss number {}", index + 1), |n| format!("near miss `{n}`"));
        let Some(miss) = Table::new(node, name, NEAR_MISS, notes) else { continue };
        let dir = miss.text("dir");
        let why = miss.text("why");
        prose::field(&miss, "why", notes);
        let fails: Vec<(StepId, Span)> = miss.ids("fails", StepId::new);
        if fails.is_empty() {
            let help = "write `fails = [\"STEP\"]`, every step that it fails and no other";
            miss.refuse("lab-near-miss", "fails", "near miss fails nothing", "`fails` is empty", help);
        }
        for (id, span) in fails.iter().filter(|(id, _)| !known.contains(&id.as_str())) {
            notes.push(
                Finding::error("lab-near-miss", "no such step", *span)
                    .detail(format!("{}: there is no step `{id}`", miss.what()))
                    .help(crate::text::near::suggest(id.as_str(), &known)),
            );
        }
        if dir.is_empty() {
            continue;
        }
        seen.add(&dir, miss.span("dir"), "near miss", notes);
        let Some(variant) = files.near_misses.iter().find(|v| v.name == dir) else {
            let detail = format!("`near-misses/{dir}/` is not there");
            miss.refuse(
                "lab-near-miss",
                "dir",
                "no such directory",
                &detail,
                "write its files, or mend `dir`",
            );
            continue;
        };
        let fails = fails.into_iter().map(|(id, _)| id).collect();
        out.push(NearMiss { name: dir, fails, why, files: variant.files.clone(), span: miss.place() });
    }
    out
}
