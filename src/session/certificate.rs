//! Issuing the certificate: what was reached, sealed and written for machine and people.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::overview::labs;
use super::view::{Issued, LessonRow};
use super::{Session, SessionError};
use crate::certificate::{self, Draft, Learner, Score, bank_digest};
use crate::store::{IssuedCertificate, StoreError};

impl Session {
    /// Issues a certificate, where nothing is missing for it: writes it as JSON and as text into the home's
    /// `certificates/`, overwriting nothing, and keeps that it was issued.
    pub fn certificate_issue(&mut self, name: &str) -> Result<Issued, SessionError> {
        certificate::check_name(name).map_err(SessionError::Name)?;
        let rows = self.lessons()?;
        let gap = self.gap_of(&rows);
        if !gap.is_closed() {
            return Err(SessionError::Gap(gap.words));
        }
        let at = self.now();
        let labs = labs(&rows);
        let manifest = self.course.manifest();
        let certificate = certificate::issue(Draft {
            course: manifest,
            content_digest: self.content_digest()?,
            learner: Learner { id: format!("urn:uuid:{}", self.store.learner()?), name: name.to_owned() },
            issued_at: at,
            lessons: self.scores(&rows)?,
            labs_passed: labs.passed,
            labs: labs.total,
        })
        .map_err(|refusal| SessionError::Refused(refusal.to_string()))?;

        let stem = format!("{}-{}", manifest.id, at.strftime("%Y%m%dT%H%M%SZ"));
        let directory = self.home.certificates();
        fs::create_dir_all(&directory).map_err(|error| SessionError::file(&directory, error))?;
        let folder = free(&directory, &stem).map_err(|error| SessionError::file(&directory, error))?;
        let contents: [(&str, Vec<u8>); 2] = [
            ("certificate.json", certificate.to_bytes()),
            ("certificate.txt", certificate::text(&certificate).into_bytes()),
        ];
        let mut files = Vec::new();
        for (name, bytes) in contents {
            let path = folder.join(name);
            write_new(&path, &bytes).map_err(|error| SessionError::file(&path, error))?;
            files.push(path);
        }
        self.store.save_certificate(&IssuedCertificate {
            digest: certificate.digest.clone(),
            name: name.to_owned(),
            course: manifest.id.clone(),
            edition: manifest.edition.clone(),
            at,
            path: folder.join("certificate.json").display().to_string(),
        })?;
        Ok(Issued { digest: certificate.digest, files, at })
    }

    /// The certificates that were issued here, oldest first.
    pub fn certificates(&self) -> Result<Vec<IssuedCertificate>, StoreError> {
        self.store.certificates()
    }

    /// The digest of the course's questions; reads all quizzes of lessons that are ready.
    pub fn content_digest(&self) -> Result<String, SessionError> {
        let lessons = self.course.manifest().lessons.iter();
        let ready = lessons.filter(|entry| entry.status == crate::course::Status::Ready);
        let quizzes = ready.map(|entry| self.course.quiz(&entry.id)).collect::<Result<Vec<_>, _>>()?;
        Ok(bank_digest(quizzes.iter().map(|quiz| &**quiz)))
    }

    fn scores(&self, rows: &[LessonRow]) -> Result<Vec<Score>, SessionError> {
        let reached = self.store.scores()?;
        let score = |row: &LessonRow| Score {
            lesson: row.id.clone(),
            first: row.points.first,
            best: row.points.best,
            total: row.points.total,
            attempts: row.attempts,
            completed_at: reached.get(&row.id).and_then(|score| score.reached).unwrap_or_else(|| self.now()),
        };
        Ok(rows.iter().map(score).collect())
    }
}

/// A new folder of this name, or with a number behind it.
fn free(directory: &Path, stem: &str) -> io::Result<PathBuf> {
    let mut folder = directory.join(stem);
    for number in 2.. {
        match fs::create_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                folder = directory.join(format!("{stem}-{number}"));
            }
            made => return made.map(|()| folder),
        }
    }
    Ok(folder)
}

/// Writes a file that was not there, through to the disk.
fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
