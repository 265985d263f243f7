//! Opening the database: pragmas, migrations, and setting a damaged file aside.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};

use super::error::{of_disk, while_opening};
use super::{OpenError, StoreError};

/// The schema, step by step. Append only: what is released is never edited. The number of a step is its index + 1.
const MIGRATIONS: [&str; 4] = [
    include_str!("migrations/001-learning.sql"),
    include_str!("migrations/002-labs.sql"),
    include_str!("migrations/003-certificates.sql"),
    include_str!("migrations/004-interviews.sql"),
];

/// The newest schema that this program knows.
pub const SCHEMA: u32 = MIGRATIONS.len() as u32;

/// How long a write waits for another process.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the learner did, over one connection.
pub struct Store {
    pub(super) connection: Connection,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Store").field(&self.connection.path()).finish()
    }
}

impl Store {
    /// Opens the database at `path`, made where there is none. An existing one costs about a millisecond: nothing
    /// is scanned.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        if let Some(directory) = path.parent() {
            fs::create_dir_all(directory).map_err(|error| of_disk(directory, &error))?;
        }
        refuse_what_is_no_file(path)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags);
        Self::prepare(connection.map_err(|error| while_opening(path, &error))?, path)
    }

    /// A database that is forgotten with the value. Its learner is always the same one.
    pub fn in_memory() -> Result<Self, OpenError> {
        let path = Path::new(":memory:");
        let connection = Connection::open_in_memory().map_err(|error| while_opening(path, &error))?;
        let store = Self::prepare(connection, path)?;
        let same = "UPDATE learner SET uuid = '00000000-0000-4000-8000-000000000000'";
        store.connection.execute_batch(same).map_err(|error| while_opening(path, &error))?;
        Ok(store)
    }

    fn prepare(connection: Connection, path: &Path) -> Result<Self, OpenError> {
        let mut store = Self { connection };
        store.settle(path)?;
        Ok(store)
    }

    fn settle(&mut self, path: &Path) -> Result<(), OpenError> {
        let opening = |error: rusqlite::Error| while_opening(path, &error);
        self.connection.busy_timeout(PATIENCE).map_err(opening)?;
        self.connection.set_prepared_statement_cache_capacity(64);
        self.connection
            .execute_batch("PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;")
            .map_err(opening)?;
        let found = schema_of(&self.connection).map_err(opening)?;
        if found == i64::from(SCHEMA) {
            return Ok(());
        }
        refuse(&self.connection, path, found)?;
        use_wal(&self.connection).map_err(opening)?;
        let steps =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(opening)?;
        // Another process may have been faster: what counts is what is seen under the lock.
        let found = schema_of(&steps).map_err(opening)?;
        refuse(&steps, path, found)?;
        for (index, step) in MIGRATIONS.iter().enumerate().skip(usize::try_from(found).unwrap_or(0)) {
            steps.execute_batch(step).map_err(opening)?;
            if index == 0 {
                steps.execute_batch(NEW_LEARNER).map_err(opening)?;
            }
        }
        steps.pragma_update(None, "user_version", SCHEMA).map_err(opening)?;
        steps.commit().map_err(opening)
    }

    /// Moves a damaged database away, with its journal, and returns its new path. Only after the learner agreed.
    pub fn set_aside(path: &Path, now: Timestamp) -> io::Result<PathBuf> {
        let with = |base: &Path, end: &str| {
            let mut name = base.as_os_str().to_owned();
            name.push(end);
            PathBuf::from(name)
        };
        let date = now.strftime(".damaged-%Y%m%dT%H%M%SZ").to_string();
        let mut aside = with(path, &date);
        for number in 2.. {
            if fs::symlink_metadata(&aside).is_err() {
                break;
            }
            aside = with(path, &format!("{date}-{number}"));
        }
        // The journal goes first: a journal left behind would be played back into the next database.
        for end in ["-wal", "-shm", ""] {
            match fs::rename(with(path, end), with(&aside, end)) {
                Err(error) if error.kind() == io::ErrorKind::NotFound && !end.is_empty() => {}
                moved => moved?,
            }
        }
        Ok(aside)
    }

    /// What `SQLite` finds wrong when it reads everything: for `doctor`, and never at start. Empty when all is well.
    pub fn check(&self) -> Result<Vec<String>, StoreError> {
        let mut statement = self.connection.prepare("PRAGMA quick_check")?;
        let says = statement.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
        Ok(says.into_iter().filter(|line| line != "ok").collect())
    }

    /// One transaction that survives the program's death, and mostly a power cut.
    pub(super) fn write<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let result = work(&transaction)?;
        transaction.commit()?;
        Ok(result)
    }

    /// One transaction that survives a power cut, too: for what counts.
    pub(super) fn write_durably<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        self.connection.execute_batch("PRAGMA synchronous = FULL")?;
        let result = self.write(work);
        let back = self.connection.execute_batch("PRAGMA synchronous = NORMAL");
        let result = result?;
        back?;
        Ok(result)
    }
}

/// `SQLite` only says that it cannot open a directory, a pipe or a link to nowhere.
fn refuse_what_is_no_file(path: &Path) -> Result<(), OpenError> {
    // Another process may be making the file at this moment: only what was a link before can be a broken one.
    let link = fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink());
    let says = match fs::metadata(path) {
        Ok(found) if !found.is_file() => "not a file; move it away",
        Err(_) if link => "a link that leads to no file; remove it",
        _ => return Ok(()),
    };
    Err(OpenError::Unusable { path: path.to_owned(), says: says.to_owned() })
}

/// A UUID of version 4 (RFC 9562, section 5.4) from `SQLite`'s generator, which the system's seeds.
const NEW_LEARNER: &str = "
    WITH random AS (SELECT lower(hex(randomblob(16))) AS hex, abs(random()) % 4 AS variant)
    INSERT INTO learner (only, uuid)
    SELECT 1, substr(hex, 1, 8) || '-' || substr(hex, 9, 4) || '-4' || substr(hex, 14, 3) || '-'
        || substr('89ab', variant + 1, 1) || substr(hex, 18, 3) || '-' || substr(hex, 21, 12)
    FROM random;";

fn schema_of(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

/// Refuses what must not be migrated: a newer schema, and somebody else's tables.
fn refuse(connection: &Connection, path: &Path, found: i64) -> Result<(), OpenError> {
    if found > i64::from(SCHEMA) {
        let found = u32::try_from(found).unwrap_or(u32::MAX);
        return Err(OpenError::Newer { path: path.to_owned(), found, known: SCHEMA });
    }
    // Asked in one statement, so that another process' first migration is not mistaken for a stranger's tables.
    let foreign = "SELECT user_version < 0 OR (user_version = 0 AND EXISTS (SELECT 1 FROM sqlite_schema))
                   FROM pragma_user_version";
    match connection.query_row(foreign, [], |row| row.get(0)) {
        Ok(false) => Ok(()),
        Ok(true) => Err(OpenError::Foreign { path: path.to_owned() }),
        Err(error) => Err(while_opening(path, &error)),
    }
}

/// Turns the write-ahead log on; it stays on for every later opening. `SQLite` does not wait for other processes
/// here, so this does.
fn use_wal(connection: &Connection) -> rusqlite::Result<()> {
    let pause = Duration::from_millis(10);
    let mut waited = Duration::ZERO;
    loop {
        let busy = |error: &rusqlite::Error| error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy);
        match connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(())) {
            Err(error) if busy(&error) && waited < PATIENCE => {
                std::thread::sleep(pause);
                waited += pause;
            }
            result => return result,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uuid(store: &Store) -> String {
        store.connection.query_row("SELECT uuid FROM learner", [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn a_learner_has_a_uuid_of_version_4() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::open(&home.path().join("a.db")).unwrap();
        let other = Store::open(&home.path().join("b.db")).unwrap();
        assert_ne!(uuid(&store), uuid(&other));
        for store in [store, other] {
            let uuid = uuid(&store);
            let parts: Vec<&str> = uuid.split('-').collect();
            assert_eq!(parts.iter().map(|p| p.len()).collect::<Vec<_>>(), [8, 4, 4, 4, 12], "{uuid}");
            assert!(parts[2].starts_with('4') && parts[3].starts_with(['8', '9', 'a', 'b']), "{uuid}");
        }
    }

    #[test]
    fn what_counts_is_written_with_full_synchronisation_and_nothing_else_is() {
        let home = tempfile::tempdir().unwrap();
        let mut store = Store::open(&home.path().join("a.db")).unwrap();
        let level = |c: &Connection| c.query_row("PRAGMA synchronous", [], |row| row.get::<_, i64>(0));
        assert_eq!(store.write(|t| level(t)).unwrap(), 1);
        assert_eq!(store.write_durably(|t| level(t)).unwrap(), 2);
        assert_eq!(store.write(|t| level(t)).unwrap(), 1);
        assert!(store.write_durably(|t| t.execute_batch("nonsense")).is_err());
        assert_eq!(store.write(|t| level(t)).unwrap(), 1, "after a failure, too");
        assert_eq!(store.check().unwrap(), Vec::<String>::new());
    }

    #[test]
    fn setting_aside_takes_the_journal_along_and_overwrites_nothing() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("progress.db");
        let now = "2026-11-21T12:00:00Z".parse().unwrap();
        for text in ["first", "second"] {
            fs::write(&path, text).unwrap();
            fs::write(home.path().join("progress.db-wal"), text).unwrap();
            let aside = Store::set_aside(&path, now).unwrap();
            assert_eq!(fs::read_to_string(&aside).unwrap(), text);
            assert!(!path.exists());
        }
        let mut names: Vec<_> = fs::read_dir(home.path())
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(
            names,
            [
                "progress.db.damaged-20261121T120000Z",
                "progress.db.damaged-20261121T120000Z-2",
                "progress.db.damaged-20261121T120000Z-2-wal",
                "progress.db.damaged-20261121T120000Z-wal"
            ]
        );
        assert!(Store::set_aside(&path, now).is_err(), "nothing is there to be moved");
    }
}
