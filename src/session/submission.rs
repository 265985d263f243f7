//! What needs no learner: grading a folder from anywhere, the digest of a course, the certificates of a home.

use std::fs;
use std::path::Path;

use super::SessionError;
use super::folder::read_folder;
use super::labs::judge;
use crate::certificate::{self, Certificate, MAX_BYTES};
use crate::course::{Course, Status};
use crate::grade::Report;
use crate::ids::LabId;
use crate::store::Home;

/// Grades the files of a folder as a submission of this lab. Records nothing.
pub fn grade_folder(course: &Course, lab: &LabId, folder: &Path) -> Result<Report, SessionError> {
    let lab = course.lab(lab)?;
    if !folder.is_dir() {
        return Err(SessionError::file(folder, "no such directory"));
    }
    let files = read_folder(folder, &lab.starter)?;
    judge(course.sources(), &lab, &files)
}

/// The digest of a course's questions; reads all quizzes of lessons that are ready.
pub fn content_digest(course: &Course) -> Result<String, SessionError> {
    let ready = course.manifest().lessons.iter().filter(|entry| entry.status == Status::Ready);
    let quizzes = ready.map(|entry| course.quiz(&entry.id)).collect::<Result<Vec<_>, _>>()?;
    Ok(certificate::bank_digest(quizzes.iter().map(|quiz| &**quiz)))
}

/// The certificates that lie in a home, by the time of their issue. Files that are none are passed over.
pub fn certificate_files(home: &Home) -> Vec<Certificate> {
    let Ok(entries) = fs::read_dir(home.certificates()) else { return Vec::new() };
    let mut found: Vec<_> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .filter(|path| fs::metadata(path).is_ok_and(|m| m.is_file() && m.len() <= MAX_BYTES as u64))
        .filter_map(|path| certificate::verify(&fs::read(path).ok()?, None).certificate)
        .collect();
    found.sort_by(|a, b| (&a.issued_at, &a.digest).cmp(&(&b.issued_at, &b.digest)));
    found
}
