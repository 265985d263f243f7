//! `sealegs certificate`: issue, show, verify.

use std::fs;
use std::io::{BufRead, Write};

use serde_json::json;

use super::args::CertificateCommand;
use super::exit::{Done, Exit};
use super::input;
use super::open::{Opener, refused};
use crate::certificate::{self, Certificate, Known, KnownCourse, MAX_BYTES, Outcome};
use crate::session;
use crate::store::Home;

/// Runs one of the certificate commands.
pub fn run(
    opener: &Opener,
    command: CertificateCommand,
    input: &mut dyn BufRead,
    out: &mut dyn Write,
) -> Done {
    match command {
        CertificateCommand::Issue { name } => issue(opener, &name, out),
        CertificateCommand::Show { file: None } => show_own(opener, out),
        CertificateCommand::Show { file: Some(file) } => show(&input::bytes(&file, MAX_BYTES, input)?, out),
        CertificateCommand::Verify { file, json } => {
            verify(opener, &input::bytes(&file, MAX_BYTES, input)?, json, out)
        }
    }
}

fn issue(opener: &Opener, name: &str, out: &mut dyn Write) -> Done {
    let mut session = opener.session()?;
    let issued = session.certificate_issue(name).map_err(|e| refused(&e, &session))?;
    for file in &issued.files {
        writeln!(out, "{}", file.display())?;
    }
    writeln!(out, "{}", issued.digest)?;
    if let Some(first) = issued.files.first() {
        writeln!(out, "anyone can check it: sealegs certificate verify {}", first.display())?;
    }
    Ok(Exit::Yes)
}

/// The certificate as it reads; where it is not intact, what is wrong with it.
fn show(bytes: &[u8], out: &mut dyn Write) -> Done {
    let checked = certificate::verify(bytes, None);
    match &checked.certificate {
        Some(certificate) if checked.outcome == Outcome::Intact => {
            write!(out, "{}", certificate::text(certificate))?;
        }
        _ => write!(out, "{}", checked.text())?,
    }
    Ok(exit(checked.outcome.exit_code()))
}

fn show_own(opener: &Opener, out: &mut dyn Write) -> Done {
    let session = opener.session()?;
    if let Some(latest) = session::certificate_files(session.home()).pop() {
        return show(&latest.to_bytes(), out);
    }
    let gap = session.certificate_gap().map_err(|e| refused(&e, &session))?;
    if gap.is_closed() {
        writeln!(out, "the rule is met: {} certificate issue --name \"YOUR NAME\"", opener.command())?;
        return Ok(Exit::No);
    }
    writeln!(out, "points    best {} of {}, {} needed", gap.points.best, gap.points.total, gap.needed)?;
    for words in &gap.words {
        writeln!(out, "missing   {words}")?;
    }
    Ok(Exit::No)
}

fn verify(opener: &Opener, bytes: &[u8], as_json: bool, out: &mut dyn Write) -> Done {
    let course = opener.course()?;
    let digest = session::content_digest(&course).ok();
    // Only a certificate of the course at hand can be compared with it; others are judged by themselves.
    let of_this = |c: &Certificate| {
        let manifest = course.manifest();
        c.course.id == manifest.id && (c.course.edition == manifest.edition || opener.course.is_some())
    };
    let alone = certificate::verify(bytes, None);
    let stored = alone.certificate.as_ref().map(|c| own(&c.course.id)).unwrap_or_default();
    let compare = alone.certificate.as_ref().is_some_and(of_this);
    let known = Known {
        course: digest
            .as_deref()
            .filter(|_| compare)
            .map(|content_digest| KnownCourse { manifest: course.manifest(), content_digest }),
        stored: &stored,
    };
    let checked = certificate::verify(bytes, Some(&known));
    if as_json {
        let value = json!({ "outcome": checked.outcome, "level": checked.level, "detail": checked.detail,
                            "comparedWithCourse": known.course.is_some() });
        writeln!(out, "{value:#}")?;
    } else {
        write!(out, "{}", checked.text())?;
    }
    Ok(exit(checked.outcome.exit_code()))
}

fn exit(code: u8) -> Exit {
    match code {
        0 => Exit::Yes,
        3 => Exit::Unjudged,
        _ => Exit::No,
    }
}

/// The learner's own certificates of this course, also of one that is not in use.
fn own(course: &str) -> Vec<Certificate> {
    let Some(home) = Home::from_environment() else { return Vec::new() };
    let mut found = session::certificate_files(&home);
    // Looked up by name and never joined to a path: the id is a stranger's text.
    let others = fs::read_dir(home.root().join("courses")).into_iter().flatten().flatten();
    for other in others.filter(|entry| *entry.file_name() == *course) {
        found.append(&mut session::certificate_files(&Home::at(other.path())));
    }
    found
}
