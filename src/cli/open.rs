//! Opens what a command needs: the course, and the learner's session. The one place of `cli` that reads the
//! environment's paths.

use std::cell::Cell;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;

use super::exit::Failure;
use crate::clock::{Clock, FixedClock, SystemClock};
use crate::course::{Broken, Course, Origin};
use crate::session::{Session, SessionError};
use crate::store::{Home, OpenError, Store, StoreError, says};
use crate::text::{Finding, Sources, clean, snippet};

/// What was asked for on the command line.
pub struct Opener {
    /// `--course DIR`.
    pub course: Option<PathBuf>,
    /// Whether somebody sits at a terminal and can be asked.
    pub terminal: bool,
    /// The built-in course's database, where its opening began before the arguments were read.
    pub early: Cell<Option<Opening>>,
}

/// A database that is being opened beside other work.
pub type Opening = JoinHandle<Result<Store, OpenError>>;

/// Begins to open the built-in course's database.
pub fn early() -> Option<Opening> {
    let home = Home::from_environment()?;
    Some(std::thread::spawn(move || Store::open(&home.database())))
}

impl Opener {
    /// The course in use: its manifest must be sound, the rest is read when it is needed.
    pub fn course(&self) -> Result<Course, Failure> {
        Self::course_at(self.course.clone())
    }

    /// The course in this directory, or the built-in one.
    pub fn course_at(path: Option<PathBuf>) -> Result<Course, Failure> {
        let origin = path.map_or(Origin::Embedded, Origin::Directory);
        if let Origin::Directory(path) = &origin
            && !path.is_dir()
        {
            return Err(Failure::usage(format!("{}: no such directory", path.display())));
        }
        Course::open(origin).map_err(|(sources, findings)| Failure::unjudged(rendered(&findings, &sources)))
    }

    /// How the program is called for this course: what a printed command begins with.
    pub fn command(&self) -> String {
        match &self.course {
            None => "sealegs".to_owned(),
            Some(path) => {
                let path = clean::line(&path.display().to_string(), 4);
                let plain = |c: char| c.is_alphanumeric() || "/._-~:\\".contains(c);
                if path.chars().all(plain) {
                    return format!("sealegs --course {path}");
                }
                // As a shell wants it.
                format!("sealegs --course '{}'", path.replace('\'', "'\\''"))
            }
        }
    }

    /// Where the progress of this course is kept: a course of one's own keeps it apart from the built-in one's.
    pub fn home(course: &Course) -> Result<Home, Failure> {
        let home = Home::from_environment().ok_or_else(|| {
            Failure::usage("there is no directory for your progress; name one in SEALEGS_HOME")
        })?;
        if course.is_embedded() {
            return Ok(home);
        }
        Ok(Home::at(home.root().join("courses").join(&course.manifest().id)))
    }

    /// The learner's session.
    pub fn session(&self) -> Result<Session, Failure> {
        let course = self.course()?;
        let home = Self::home(&course)?;
        let store = Store::open(&home.database());
        self.session_over(store, course, home)
    }

    /// The same for the application: the database is opened beside the course, and `first` reads of the course
    /// what the first frame will show.
    pub fn session_beside<T>(
        &self,
        first: impl FnOnce(&Course) -> Result<T, Failure>,
    ) -> Result<(Session, T), Failure> {
        let opening = if self.course.is_none() { self.early.take().or_else(early) } else { None };
        let course = self.course()?;
        let found = first(&course)?;
        let home = Self::home(&course)?;
        let store = match opening.map(JoinHandle::join) {
            Some(Ok(store)) => store,
            _ => Store::open(&home.database()),
        };
        Ok((self.session_over(store, course, home)?, found))
    }

    fn session_over(
        &self,
        store: Result<Store, OpenError>,
        course: Course,
        home: Home,
    ) -> Result<Session, Failure> {
        let store = match store {
            Err(error @ OpenError::Damaged { .. }) if self.terminal => {
                set_aside(&home, &error)?;
                Store::open(&home.database())
            }
            store => store,
        };
        let clock = clock()?;
        let session = store.and_then(|store| Session::with_store(store, course, home, clock));
        session.map_err(|error| opening(&error))
    }
}

/// The system's clock, or the moment that `SEALEGS_NOW` names: for tests and for whoever replays a problem.
pub fn clock() -> Result<Arc<dyn Clock>, Failure> {
    match std::env::var("SEALEGS_NOW") {
        Ok(text) if !text.is_empty() => match text.parse() {
            Ok(at) => Ok(Arc::new(FixedClock(at))),
            Err(_) => {
                Err(Failure::usage(format!("SEALEGS_NOW: {text:?} is no moment like 2026-11-21T12:00:00Z")))
            }
        },
        _ => Ok(Arc::new(SystemClock)),
    }
}

fn set_aside(home: &Home, error: &OpenError) -> Result<(), Failure> {
    let mut out = io::stderr();
    write!(
        out,
        "sealegs: {error}\nSet it aside under another name, and begin anew? Nothing is deleted. [y/N] "
    )?;
    out.flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    if !matches!(answer.trim(), "y" | "Y" | "yes") {
        return Err(opening(error));
    }
    let moved = Store::set_aside(&home.database(), clock()?.now())
        .map_err(|e| Failure::usage(format!("it cannot be renamed: {}", says(&e))))?;
    writeln!(out, "it is now {}", moved.display())?;
    Ok(())
}

fn opening(error: &OpenError) -> Failure {
    let message = format!("{error}\n{}", error.advice());
    match error {
        OpenError::Unusable { .. } => Failure::usage(message),
        _ => Failure::unjudged(message),
    }
}

/// Findings as the message of a failure.
pub fn rendered(list: &[Finding], sources: &Sources) -> String {
    let text: String = list.iter().map(|finding| snippet::render(finding, sources) + "\n").collect();
    format!("the course cannot be read\n\n{text}")
}

/// Something of the course that cannot be had: planned and unknown are wrong questions, mistakes cannot be judged.
pub fn absent(broken: &Broken, sources: &Sources) -> Failure {
    if broken.findings.is_empty() {
        Failure::usage(broken.to_string())
    } else {
        Failure::unjudged(rendered(&broken.findings, sources))
    }
}

/// What a session could not do, with the exit code that it means.
pub fn refused(error: &SessionError, session: &Session) -> Failure {
    let sources = session.course().sources();
    match error {
        SessionError::Broken(broken) => absent(broken, sources),
        SessionError::BrokenLab(_, findings) => Failure::unjudged(rendered(findings, sources)),
        SessionError::Store(error @ (StoreError::Full | StoreError::ReadOnly)) => {
            Failure::usage(error.to_string())
        }
        SessionError::Store(error) => Failure::unjudged(error.to_string()),
        SessionError::Gap(_) => Failure { exit: super::exit::Exit::No, message: error.to_string() },
        other => Failure::usage(other.to_string()),
    }
}
