//! What a certificate says, held against itself and against a course: forms of its fields, sums, rule, dates.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::canonical::is_digest;
use super::document::{Certificate, LessonScore};
use super::name::check_name;
use crate::clock;
use crate::course::Manifest;
use crate::ids;

/// Counted questions of a lesson, one point each.
const POINTS: u32 = 3;

/// How many of `of` points are `percent` percent, rounded up: 106 of 117 are 90 %.
pub fn needed(percent: u32, of: u32) -> u32 {
    let points = (u64::from(percent) * u64::from(of)).div_ceil(100);
    u32::try_from(points).unwrap_or(u32::MAX)
}

/// Whether each field has its form; says which one has not.
pub(super) fn shape(certificate: &Certificate) -> Result<(), String> {
    let c = certificate;
    let id = |path: &str, text: &str| {
        if ids::is_valid(text) { Ok(()) } else { Err(format!("{path}: {text:?} is not an id")) }
    };
    let worded = |path: &str, text: &str| {
        if text.trim().is_empty() { Err(format!("{path} is empty")) } else { Ok(()) }
    };
    let timed = |path: &str, text: &str| match time(text) {
        Some(_) => Ok(()),
        None => Err(format!("{path}: {text:?} is not a time of the form YYYY-MM-DDTHH:MM:SSZ")),
    };
    id("course.id", &c.course.id)?;
    worded("course.title", &c.course.title)?;
    worded("course.edition", &c.course.edition)?;
    if !is_digest(&c.course.content_digest) {
        return Err("course.contentDigest is not sha256: and 64 digits 0-9, a-f".to_owned());
    }
    if !is_uuid(&c.learner.id) {
        return Err("learner.id is not urn:uuid: and a UUID in lower case".to_owned());
    }
    check_name(&c.learner.name).map_err(|why| format!("learner.name: {why}"))?;
    timed("issuedAt", &c.issued_at)?;
    for (index, lesson) in c.lessons.iter().enumerate() {
        id(&format!("lessons[{index}].id"), &lesson.id)?;
        timed(&format!("lessons[{index}].completedAt"), &lesson.completed_at)?;
    }
    worded("tool.name", &c.tool.name)?;
    worded("tool.version", &c.tool.version)
}

/// Whether what it claims can be true: names the first claim that cannot.
pub(super) fn claims(certificate: &Certificate) -> Result<(), String> {
    let c = certificate;
    if c.lessons.is_empty() {
        return Err("lessons: there is none".to_owned());
    }
    let mut seen = BTreeSet::new();
    for lesson in &c.lessons {
        if !seen.insert(&lesson.id) {
            return Err(format!("lessons: {} stands twice", lesson.id));
        }
        scores(lesson)?;
    }
    equal("course.lessons", c.course.lessons, "the lessons listed are", c.lessons.len() as u64)?;
    let points = u64::from(c.course.lessons) * u64::from(POINTS);
    equal("course.questions", c.course.questions, "three a lesson are", points)?;
    let sum = |of: fn(&LessonScore) -> u32| c.lessons.iter().map(|l| u64::from(of(l))).sum::<u64>();
    equal("totals.questions", c.totals.questions, "the lessons add up to", sum(|l| l.total))?;
    equal("totals.first", c.totals.first, "the lessons add up to", sum(|l| l.first))?;
    equal("totals.best", c.totals.best, "the lessons add up to", sum(|l| l.best))?;
    if c.totals.labs_passed > c.totals.labs {
        return Err(format!("totals.labsPassed: {} of {} labs", c.totals.labs_passed, c.totals.labs));
    }
    rule(c)?;
    for lesson in &c.lessons {
        if time(&lesson.completed_at) > time(&c.issued_at) {
            return Err(format!(
                "issuedAt: {} is before {} was completed, {}",
                c.issued_at, lesson.id, lesson.completed_at
            ));
        }
    }
    Ok(())
}

fn scores(lesson: &LessonScore) -> Result<(), String> {
    let LessonScore { id, first, best, total, attempts, .. } = lesson;
    if *total != POINTS {
        return Err(format!("total of {id}: {total}, but a lesson has {POINTS} counted questions"));
    }
    if best > total {
        return Err(format!("best of {id}: {best} of {total} points"));
    }
    if first > best {
        return Err(format!("first of {id}: {first} points, more than the best, {best}"));
    }
    if *attempts == 0 {
        return Err(format!("attempts of {id}: 0, so its quiz was not taken"));
    }
    Ok(())
}

fn rule(c: &Certificate) -> Result<(), String> {
    let parts = [("overall", c.rule.overall), ("eachLesson", c.rule.each_lesson), ("labs", c.rule.labs)];
    for (name, percent) in parts {
        if percent > 100 {
            return Err(format!("rule.{name}: {percent} % is more than all"));
        }
    }
    let met = |name: &str, percent: u32, reached: u32, of: u32, what: &str| {
        let wanted = needed(percent, of);
        if reached >= wanted {
            return Ok(());
        }
        Err(format!("rule.{name}: {percent} % of {of} {what} are {wanted}, but {reached} were reached"))
    };
    met("overall", c.rule.overall, c.totals.best, c.totals.questions, "points")?;
    for lesson in &c.lessons {
        let what = format!("points of {}", lesson.id);
        met("eachLesson", c.rule.each_lesson, lesson.best, lesson.total, &what)?;
    }
    met("labs", c.rule.labs, c.totals.labs_passed, c.totals.labs, "labs")
}

fn equal(path: &str, said: u32, source: &str, is: u64) -> Result<(), String> {
    if u64::from(said) == is { Ok(()) } else { Err(format!("{path}: says {said}, but {source} {is}")) }
}

/// Whether it agrees with the course of the edition that it names.
pub(super) fn agrees(c: &Certificate, course: &Manifest, content_digest: &str) -> Result<(), String> {
    let wanted = course.lessons.len();
    if c.lessons.len() != wanted {
        return Err(format!("course.lessons: {} of the {wanted} lessons of this edition", c.lessons.len()));
    }
    for (index, (lesson, entry)) in c.lessons.iter().zip(&course.lessons).enumerate() {
        if lesson.id != entry.id.as_str() {
            return Err(format!(
                "lessons[{index}].id: {}, but this edition has {} there",
                lesson.id, entry.id
            ));
        }
    }
    if c.course.questions != course.points() {
        let (said, is) = (c.course.questions, course.points());
        return Err(format!("course.questions: says {said}, but this edition has {is}"));
    }
    if c.rule != course.certificate.into() {
        let (said, is) = (c.rule, course.certificate);
        return Err(format!(
            "rule: overall {}, eachLesson {}, labs {}, but this edition asks for {}, {}, {}",
            said.overall, said.each_lesson, said.labs, is.overall, is.each_lesson, is.labs
        ));
    }
    if c.course.title != course.title {
        return Err(format!("course.title: {:?}, but this edition is {:?}", c.course.title, course.title));
    }
    if c.course.content_digest != content_digest {
        return Err("course.contentDigest: this edition has other questions".to_owned());
    }
    Ok(())
}

/// A moment in the one form that is written.
fn time(text: &str) -> Option<Timestamp> {
    text.parse().ok().filter(|at| clock::stamp(*at) == text)
}

fn is_uuid(text: &str) -> bool {
    text.strip_prefix("urn:uuid:").is_some_and(|uuid| {
        let lengths = uuid.split('-').map(str::len);
        lengths.eq([8, 4, 4, 4, 12])
            && uuid.bytes().all(|b| b == b'-' || b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_is_compared_in_integers() {
        assert_eq!((needed(90, 117), needed(0, 117), needed(100, 117), needed(90, 3)), (106, 0, 117, 3));
        for (percent, of) in [(90, 117), (90, 120), (33, 3), (67, 39)] {
            for reached in 0..=of {
                assert_eq!(100 * reached >= percent * of, reached >= needed(percent, of));
            }
        }
    }

    #[test]
    fn times_have_one_form() {
        assert!(time("2026-11-21T12:00:00Z").is_some());
        for bad in [
            "2026-11-21T12:00:00+00:00",
            "2026-11-21 12:00:00Z",
            "2026-02-30T00:00:00Z",
            "2026-11-21T12:00:00.5Z",
        ] {
            assert!(time(bad).is_none(), "{bad}");
        }
    }
}
