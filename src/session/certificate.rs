//! Issuing the certificate: what was reached, sealed and written for machine and people.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::overview::labs;
use super::submission::content_digest;
use super::view::{Issued, LessonRow};
use super::{Session, SessionError};
use crate::certificate::{self, Draft, Learner, Score};
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
            content_digest: content_digest(&self.course)?,
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
        let contents =
            [("json", certificate.to_bytes()), ("txt", certificate::text(&certificate).into_bytes())];
        let files =
            write_new(&directory, &stem, &contents).map_err(|error| SessionError::file(&directory, error))?;
        self.store.save_certificate(&IssuedCertificate {
            digest: certificate.digest.clone(),
            name: name.to_owned(),
            course: manifest.id.clone(),
            edition: manifest.edition.clone(),
            at,
            path: files.first().unwrap_or(&directory).display().to_string(),
        })?;
        Ok(Issued { digest: certificate.digest, files, at })
    }

    /// The certificates that were issued here, oldest first.
    pub fn certificates(&self) -> Result<Vec<IssuedCertificate>, StoreError> {
        self.store.certificates()
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

/// Writes files of one stem, through to the disk and over nothing: where the first is there, the stem gets a number.
fn write_new(directory: &Path, stem: &str, contents: &[(&str, Vec<u8>)]) -> io::Result<Vec<PathBuf>> {
    let mut named = stem.to_owned();
    for number in 2.. {
        if fs::symlink_metadata(directory.join(format!("{named}.json"))).is_err() {
            break;
        }
        named = format!("{stem}-{number}");
    }
    let mut files = Vec::new();
    for (extension, bytes) in contents {
        let path = directory.join(format!("{named}.{extension}"));
        let mut file = fs::OpenOptions::new().write(true).create_new(true).open(&path)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        files.push(path);
    }
    Ok(files)
}
