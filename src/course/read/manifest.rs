//! Reads `content/course.toml`.

use super::{Notes, Pack, Seen, Table, named};
use crate::course::brief::brief_name;
use crate::course::manifest::{
    BriefEntry, CertificateRule, Domain, FORMAT, LessonEntry, Manifest, Status, Track,
};
use crate::ids::{self, BriefId, LessonId, TrackId};
use crate::parse::Node;
use crate::text::near::suggest;
use crate::text::{Finding, Span};

pub(crate) const PATH: &str = "content/course.toml";

const ROOT: &[&str] =
    &["format", "id", "title", "edition", "certificate", "track", "domain", "brief", "lesson"];
const CERTIFICATE: &[&str] = &["overall", "each_lesson", "labs"];
const TITLED: &[&str] = &["id", "title"];
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
    let domains = domains(&table, notes);
    let lessons = lessons(&table, &tracks, &domains, notes);
    Some(Manifest {
        id,
        title: table.text("title"),
        edition: table.text("edition"),
        certificate: certificate(&table),
        tracks,
        domains,
        briefs: briefs(&table, notes),
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
        let track = Table::new(node, named(node, "track", index), TITLED, notes)?;
        let (id, title) = (track.id("id", TrackId::new), track.text("title"));
        let id = id?;
        seen.add(id.as_str(), track.span("id"), "track", notes);
        Some(Track { id, title })
    };
    table.tables("track").into_iter().enumerate().filter_map(read).collect()
}

fn briefs(table: &Table<'_, '_>, notes: &Notes) -> Vec<BriefEntry> {
    let mut seen = Seen::default();
    let read = |(index, node): (usize, Node<'_>)| {
        let brief = Table::new(node, named(node, "brief", index), TITLED, notes)?;
        let (id, title, span) = (brief.id("id", BriefId::new), brief.text("title"), brief.span("id"));
        let id = id?;
        seen.add(id.as_str(), span, "brief", notes);
        if LessonId::new(&brief_name(&id)).is_none() {
            let name = brief_name(&id);
            let detail = format!("`{name}` is longer than an id may be");
            let help = format!("use at most {} characters", ids::MAX + id.as_str().len() - name.len());
            brief.refuse("course-bad-id", "id", "not an id", &detail, help);
        }
        Some(BriefEntry { id, title, span })
    };
    table.tables("brief").into_iter().enumerate().filter_map(read).collect()
}

fn domains(table: &Table<'_, '_>, notes: &Notes) -> Vec<Domain> {
    let mut seen = Seen::default();
    let read = |(index, node): (usize, Node<'_>)| {
        let domain = Table::new(node, named(node, "domain", index), TITLED, notes)?;
        let (id, title) = (domain.text("id"), domain.text("title"));
        if !id.is_empty() && !is_domain(&id) {
            domain.push(bad_domain(domain.what(), &id, domain.span("id")));
        }
        seen.add(&id, domain.span("id"), "domain", notes);
        Some(Domain { id, title })
    };
    table.tables("domain").into_iter().enumerate().filter_map(read).collect()
}

fn lessons(table: &Table<'_, '_>, tracks: &[Track], domains: &[Domain], notes: &Notes) -> Vec<LessonEntry> {
    let tables = table.tables("lesson");
    if tables.is_empty() || tables.len() > MAX_LESSONS {
        let detail = format!("there are {} lessons", tables.len());
        let help = format!("write from 1 to {MAX_LESSONS} `[[lesson]]` tables");
        table.refuse("course-lessons", "lesson", "too few or too many lessons", &detail, help);
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
        let domains = served(&lesson, domains);
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

/// The domains that a lesson serves. Where the course names its domains, these are among them.
fn served(lesson: &Table<'_, '_>, known: &[Domain]) -> Vec<String> {
    let domains = lesson.texts("domains");
    let known: Vec<&str> = known.iter().map(|d| d.id.as_str()).collect();
    for (domain, span) in &domains {
        if !is_domain(domain) {
            lesson.push(bad_domain(lesson.what(), domain, *span));
        } else if !known.is_empty() && !known.contains(&domain.as_str()) {
            lesson.push(
                Finding::error("course-unknown-domain", "no such domain", *span)
                    .detail(format!("{}: there is no `[[domain]]` with the id `{domain}`", lesson.what()))
                    .help(suggest(domain, &known)),
            );
        }
    }
    domains.into_iter().map(|(d, _)| d).collect()
}

fn is_domain(text: &str) -> bool {
    text.split_once(':').is_some_and(|(exam, domain)| ids::is_valid(exam) && ids::is_valid(domain))
}

fn bad_domain(what: &str, domain: &str, span: Span) -> Finding {
    Finding::error("course-bad-domain", "not an exam domain", span)
        .detail(format!("{what}: `{domain}`"))
        .help("write `EXAM:DOMAIN`, as in `cks:system-hardening`")
}
