//! Working on a lab: the learner's copy, grading, hints.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::folder::{read_folder, write_missing};
use super::view::{Graded, LabFile};
use super::{LabMarks, Session, SessionError};
use crate::course::Lab;
use crate::grade::{Outcome, Plan, Report, Status, Submission, run};
use crate::ids::{ConceptId, LabId};
use crate::store::NewLabGrade;
use crate::text::Sources;

impl Session {
    /// The folder with the learner's copy of a lab. Starter files that are not there are written.
    pub fn lab_start(&mut self, lab: &LabId) -> Result<PathBuf, SessionError> {
        let starter = self.course.lab(lab)?;
        let labs = self.home.labs();
        fs::create_dir_all(&labs).map_err(|error| SessionError::file(&labs, error))?;
        let folder = self.home.lab(lab);
        write_missing(&folder, &starter.starter)?;
        Ok(folder)
    }

    /// Begins a lab anew. What was there is moved to a dated backup, whose path is returned.
    pub fn lab_reset(&mut self, lab: &LabId) -> Result<PathBuf, SessionError> {
        self.course.lab(lab)?;
        let backup = self.back_up(lab)?;
        self.lab_start(lab)?;
        Ok(backup)
    }

    /// Takes a backup of [`Session::lab_reset`] back. What is there now becomes a backup, whose path is returned.
    pub fn lab_restore(&mut self, lab: &LabId, backup: &Path) -> Result<PathBuf, SessionError> {
        let ours = format!("{lab}.");
        let named =
            backup.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(&ours));
        if !named || backup.parent() != Some(&*self.home.labs()) || !backup.is_dir() {
            return Err(SessionError::file(backup, format!("not a backup of lab {lab}")));
        }
        let now = self.back_up(lab)?;
        let folder = self.home.lab(lab);
        fs::rename(backup, &folder).map_err(|error| SessionError::file(folder, error))?;
        Ok(now)
    }

    /// The files of the learner's copy, in the order of their paths.
    pub fn lab_files(&self, lab: &LabId) -> Result<Vec<LabFile>, SessionError> {
        let starter = self.course.lab(lab)?;
        self.files_of(&starter)
    }

    /// What was reached in a lab.
    pub fn lab_marks(&self, lab: &LabId) -> Result<LabMarks, SessionError> {
        Ok(self.store.lab_marks()?.remove(lab).unwrap_or_default())
    }

    /// Grades the learner's copy. The grade is recorded unless nothing changed since the last one, or since the
    /// starter, or unless it could not be judged. Cards of a failed step's concept become due.
    pub fn lab_grade(&mut self, lab: &LabId) -> Result<Graded, SessionError> {
        let lab = self.course.lab(lab)?;
        let files = self.files_of(&lab)?;
        let report = judge(self.course.sources(), &lab, &files)?;
        let handed_in = as_json(&files);
        let same_as_starter = files.len() == lab.starter.len() && files.iter().all(|file| !file.changed);
        let because = if same_as_starter || self.store.last_lab_files(&lab.id)?.as_ref() == Some(&handed_in) {
            Some("nothing changed")
        } else if report.outcome == Outcome::NotJudged {
            Some("not judged")
        } else {
            None
        };
        let cards_due = if because.is_none() { self.record(&report, &handed_in)? } else { 0 };
        let marks = self.lab_marks(&lab.id)?;
        Ok(Graded { report, recorded: because.is_none(), because, cards_due, marks })
    }

    /// The next hint and its number from 1, which is recorded; none when all were shown.
    pub fn lab_hint(&mut self, lab: &LabId) -> Result<Option<(usize, String)>, SessionError> {
        let now = self.now();
        let course_lab = self.course.lab(lab)?;
        let shown = self.lab_marks(lab)?.hints;
        let Some(hint) = course_lab.hints.get(shown as usize) else { return Ok(None) };
        let number = shown + 1;
        self.store.save_hint(lab, number, now)?;
        Ok(Some((number as usize, hint.clone())))
    }

    /// The hints that were shown.
    pub fn lab_hints(&self, lab: &LabId) -> Result<Vec<String>, SessionError> {
        let shown = self.lab_marks(lab)?.hints;
        Ok(self.course.lab(lab)?.hints.iter().take(shown as usize).cloned().collect())
    }

    fn files_of(&self, lab: &Lab) -> Result<Vec<LabFile>, SessionError> {
        let folder = self.home.lab(&lab.id);
        if !folder.is_dir() {
            return Err(SessionError::NotStarted(lab.id.clone()));
        }
        read_folder(&folder, &lab.starter)
    }

    fn record(&mut self, report: &Report, handed_in: &str) -> Result<u32, SessionError> {
        let now = self.now();
        let word = |status| match status {
            Status::Passed => "passed",
            Status::Failed => "failed",
            Status::NotJudged => "not judged",
        };
        let steps: BTreeMap<&str, &str> =
            report.steps.iter().map(|step| (step.step.as_str(), word(step.status))).collect();
        let failed = report.steps.iter().filter(|step| step.status == Status::Failed);
        let mut concepts: Vec<ConceptId> = failed.filter_map(|step| step.concept.clone()).collect();
        concepts.sort();
        concepts.dedup();
        let grade = NewLabGrade {
            lab: &report.lab,
            passed: report.outcome == Outcome::Passed,
            points: report.points(),
            max: report.max(),
            steps: &serde_json::json!(steps).to_string(),
            files: handed_in,
            edition: &self.course.manifest().edition,
            failed: &concepts,
        };
        Ok(self.store.save_lab_grade(grade, now)?)
    }

    fn back_up(&self, lab: &LabId) -> Result<PathBuf, SessionError> {
        let folder = self.home.lab(lab);
        if !folder.is_dir() {
            return Err(SessionError::NotStarted(lab.clone()));
        }
        // Ids have no dot, so that a backup is never taken for a lab.
        let date = self.now().strftime("%Y%m%dT%H%M%SZ").to_string();
        let mut backup = self.home.labs().join(format!("{lab}.{date}"));
        for number in 2.. {
            if fs::symlink_metadata(&backup).is_err() {
                break;
            }
            backup = self.home.labs().join(format!("{lab}.{date}-{number}"));
        }
        fs::rename(&folder, &backup).map_err(|error| SessionError::file(folder, error))?;
        Ok(backup)
    }
}

/// Files as they are saved with their grade, and compared with the next.
fn as_json(files: &[LabFile]) -> String {
    let file = |file: &LabFile| serde_json::json!({ "path": file.path, "text": file.text });
    files.iter().map(file).collect::<serde_json::Value>().to_string()
}

/// Grades files as a submission of this lab. The course's sources take them, so that findings can be shown.
pub(super) fn judge(sources: &Sources, lab: &Lab, files: &[LabFile]) -> Result<Report, SessionError> {
    let plan =
        Plan::new(lab, sources).map_err(|findings| SessionError::BrokenLab(lab.id.clone(), findings))?;
    Ok(run(&plan, &submitted(sources, files), sources))
}

/// Files as a submission. The course's sources take them.
pub(super) fn submitted(sources: &Sources, files: &[LabFile]) -> Submission {
    let files = files.iter().map(|file| (file.path.clone(), sources.add(&*file.path, &*file.text)));
    Submission { files: files.collect() }
}
