//! How the learner stands in each track and each exam domain, the weakest first.

use std::cmp::Ordering;

use super::overview::sum;
use super::view::{LessonRow, Standing};
use crate::course::Manifest;

/// Each track with a lesson in it.
pub(super) fn of_tracks(manifest: &Manifest, rows: &[LessonRow]) -> Vec<Standing> {
    let of = |track: &crate::course::Track| {
        let title = track.title.split(':').next().unwrap_or_default().trim();
        let holds = |row: &&LessonRow| row.track == track.id;
        standing(track.id.as_str(), title, None, rows.iter().filter(holds))
    };
    let mut tracks: Vec<Standing> = manifest.tracks.iter().filter_map(of).collect();
    tracks.sort_by(weakest);
    tracks
}

/// Each exam domain that a lesson serves; those of one exam together.
pub(super) fn of_domains(manifest: &Manifest, rows: &[LessonRow]) -> Vec<Standing> {
    let mut known: Vec<(&str, Option<&str>)> =
        manifest.domains.iter().map(|d| (d.id.as_str(), Some(d.title.as_str()))).collect();
    for domain in manifest.lessons.iter().flat_map(|l| &l.domains) {
        if !known.iter().any(|(id, _)| id == domain) {
            known.push((domain, None));
        }
    }
    let mut exams: Vec<String> = Vec::new();
    let of = |(id, title): &(&str, Option<&str>)| {
        let (exam, name) = id.split_once(':')?;
        let exam = exam.to_uppercase();
        if !exams.contains(&exam) {
            exams.push(exam.clone());
        }
        // A course that does not name its domains has their ids.
        let title = title.map_or_else(|| name.replace('-', " "), str::to_owned);
        let serves = |row: &&LessonRow| {
            manifest.lesson(&row.id).is_some_and(|lesson| lesson.domains.iter().any(|domain| domain == id))
        };
        standing(id, &title, Some(exam), rows.iter().filter(serves))
    };
    let mut domains: Vec<Standing> = known.iter().filter_map(of).collect();
    let place = |s: &Standing| exams.iter().position(|exam| Some(exam) == s.exam.as_ref());
    domains.sort_by(|a, b| place(a).cmp(&place(b)).then_with(|| weakest(a, b)));
    domains
}

fn standing<'r>(
    id: &str,
    title: &str,
    exam: Option<String>,
    rows: impl Iterator<Item = &'r LessonRow>,
) -> Option<Standing> {
    let rows: Vec<LessonRow> = rows.cloned().collect();
    let read = rows.iter().filter(|row| row.read).count() as u32;
    let lessons = rows.len() as u32;
    (lessons > 0).then(|| Standing {
        id: id.to_owned(),
        title: title.to_owned(),
        exam,
        lessons,
        read,
        points: sum(&rows),
    })
}

/// By the share of points won, then by the share of lessons read; equals stay in the course's order.
fn weakest(a: &Standing, b: &Standing) -> Ordering {
    let share = |done: u32, all: u32, of: u32| u64::from(done) * u64::from(of).max(1) * u64::from(all > 0);
    let points = share(a.points.best, a.points.total, b.points.total).cmp(&share(
        b.points.best,
        b.points.total,
        a.points.total,
    ));
    points.then_with(|| share(a.read, a.lessons, b.lessons).cmp(&share(b.read, b.lessons, a.lessons)))
}
