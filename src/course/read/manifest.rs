//! Reads `content/course.toml`.

use super::{Notes, Pack, Seen, Table, named};
use crate::course::manifest::{CertificateRule, FORMAT, LessonEntry, Manifest, Status, Track};
use crate::ids::{self, LessonId, TrackId};
use crate::parse::Node;
use crate::text::Finding;
use crate::text::near::suggest;

pub(crate) const PATH: &str = "content/course.toml";

const ROOT: &[&str] = &["format", "id", "title", "edition", "certificate", "track", "lesson"];
const CERTIFICATE: &[&str] = &["overall", "each_lesson", "labs"];
const TRACK: &[&str] = &["id", "title"];
const LESSON: &[&str] = &["id", "title", "track", "status", "domains"];
const STATUS: &[(&str, Status)] = &[("ready", Status::Ready), ("planned", Status::Planned)];

/// The most lessons of a course: its numbers have at most three digits.
const MAX_LESSONS: usize = 999;

/// The manifest; of use only where no finding blocks.
pub(crate) fn read(pack: &Pack, notes: &Notes) -> Option<Manifest> {
    if !pack.origin.exists(PATH) {
        notes.push(
            Finding::error("course-none", "there is no course here", pack.place(PATH))
                .detail(format!("`{PATH}` is not there"))
                .help("name a directory that holds content/, quizzes/ and labs/"),
        );
        return None;
    }
    let tree = pack.toml(PATH, None, notes)?;
    let root = tree.root()?;
    // Everything else in a newer course may be meant otherwise, so that nothing else is said of it.
    if let Some(newer) = root.get("format").filter(|n| n.as_int().is_some_and(|f| f > FORMAT)) {
        let format = newer.as_int().unwrap_or_default();
        let title = format!("this course has format {format}, and this sealegs reads up to format {FORMAT}");
        notes.push(Finding::error("course-newer-format", title, newer.own_span()).help("update sealegs"));
        return None;
    }
    let table = Table::new(root, "the course", ROOT, notes)?;
    table.number("format", 1..=FORMAT as u32);
    let id = table.id("id", |t| ids::is_valid(t).then(|| t.to_owned())).unwrap_or_default();
    let tracks = tracks(&table, notes);
    let lessons = lessons(&table, &tracks, notes);
    Some(Manifest {
        id,
        title: table.text("title"),
        edition: table.text("edition"),
        certificate: certificate(&table),
        tracks,
        lessons,
    })
}

fn certificate(table: &Table<'_, '_>) -> CertificateRule {
    let default = CertificateRule::default();
    let Some(rule) = table.table("certificate", CERTIFICATE) else { return default };
    CertificateRule {
        overall: rule.number_or("overall", default.overall, 0..=100),
        each_lesson: rule.number_or("each_lesson", default.each_lesson, 0..=100),
        labs: rule.number_or("labs", default.labs, 0..=100),
    }
}

fn tracks(table: &Table<'_, '_>, notes: &Notes) -> Vec<Track> {
    let mut seen = Seen::default();
    let read = |(index, node): (usize, Node<'_>)| {
        let track = Table::new(node, named(node, "track", index), TRACK, notes)?;
        let (id, title) = (track.id("id", TrackId::new), track.text("title"));
        let id = id?;
        seen.add(id.as_str(), track.span("id"), "track", notes);
        Some(Track { id, title })
    };
    table.tables("track").into_iter().enumerate().filter_map(read).collect()
}

fn lessons(table: &Table<'_, '_>, tracks: &[Track], notes: &Notes) -> Vec<LessonEntry> {
    let tables = table.tables("lesson");
    if tables.is_empty() || tables.len() > MAX_LESSONS {
        let detail = format!("there are {} lessons", tables.len());
        let help = format!("write from 1 to {MAX_LESSONS} `[[lesson]]` tables");
        table.refuse("course-lessons", "lesson", "too few or too many lessons", &detail, &help);
        return Vec::new();
    }
    let mut seen = Seen::default();
    let known: Vec<&str> = tracks.iter().map(|t| t.id.as_str()).collect();
    let read = |(index, node): (usize, Node<'_>)| {
        let lesson = Table::new(node, named(node, "lesson", index), LESSON, notes)?;
        let id = lesson.id("id", LessonId::new);
        let title = lesson.text("title");
        let track = lesson.id("track", TrackId::new);
        let status = lesson.word("status", STATUS);
        let domains = domains(&lesson);
        if let Some(id) = &id
            && seen.add(id.as_str(), lesson.span("id"), "lesson", notes)
        {
            numbered(&lesson, id, index + 1);
        }
        let unknown = track.as_ref().filter(|t| !known.contains(&t.as_str()));
        if let Some(unknown) = unknown {
            let span = lesson.span("track");
            notes.push(
                Finding::error("course-unknown-track", "no such track", span)
                    .detail(format!("{}: there is no `[[track]]` with the id `{unknown}`", lesson.what()))
                    .help(suggest(unknown.as_str(), &known)),
            );
        }
        let (number, span) = (index as u32 + 1, lesson.span("id"));
        Some(LessonEntry { id: id?, number, title, track: track?, status: status?, domains, span })
    };
    tables.into_iter().enumerate().filter_map(read).collect()
}

/// A stem's number is what people type, so that it must be the lesson's place.
fn numbered(lesson: &Table<'_, '_>, id: &LessonId, place: usize) {
    let number = id.as_str().split('-').next().and_then(|n| n.parse::<usize>().ok());
    if let Some(number) = number.filter(|n| *n != place) {
        let detail = format!("its id says {number}, and it stands at place {place}");
        let help = "move the `[[lesson]]` table to its place; ids are never changed";
        lesson.refuse("course-lesson-order", "id", "lesson stands at another place", &detail, help);
    }
}

fn domains(lesson: &Table<'_, '_>) -> Vec<String> {
    let domains = lesson.texts("domains");
    for (domain, span) in &domains {
        let well = domain.split_once(':').is_some_and(|(exam, d)| ids::is_valid(exam) && ids::is_valid(d));
        if !well {
            lesson.push(
                Finding::error("course-bad-domain", "not an exam domain", *span)
                    .detail(format!("{}: `{domain}`", lesson.what()))
                    .help("write `EXAM:DOMAIN`, as in `cks:system-hardening`"),
            );
        }
    }
    domains.into_iter().map(|(d, _)| d).collect()
}
