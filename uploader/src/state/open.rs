//! Opens the state's file: makes it for its owner alone, brings its tables up to date, sets a damaged one aside.
//!
//! Openers exclude one another by a lock file, so that only one of them judges and replaces a damaged file.

use super::StateError;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long a call waits for another process's transaction; the longest of ours, a million stamps made current, is below.
const BUSY_WAIT: Duration = Duration::from_secs(10);

/// Each step brings a file from the format of its index to the next.
const MIGRATIONS: &[&str] = &[include_str!("format_1.sql")];

/// Opens `path`.
pub(super) fn open(path: &Path) -> Result<Connection, StateError> {
    let failed = |source| StateError::File { path: path.to_owned(), source };
    if let Some(folder) = path.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
    }
    let lock = private_file(&beside(path, "lock")).map_err(failed)?;
    wait_for(&lock).map_err(failed)?;
    if beside(path, "suspect").exists() {
        set_aside(path).map_err(failed)?;
    }
    match connect(path) {
        Err(StateError::Query { source, .. }) if is_damage(&source) => {
            set_aside(path).map_err(failed)?;
            connect(path)
        }
        other => other,
    }
}

/// Waits its turn, but not for ever: an opener may have been stopped in the middle.
fn wait_for(lock: &File) -> io::Result<()> {
    let ends = Instant::now() + BUSY_WAIT;
    loop {
        match flock(lock, FlockOperation::NonBlockingLockExclusive) {
            Err(Errno::WOULDBLOCK) if Instant::now() < ends => std::thread::sleep(Duration::from_millis(20)),
            other => return Ok(other?),
        }
    }
}

fn connect(path: &Path) -> Result<Connection, StateError> {
    private_file(path).map_err(|source| StateError::File { path: path.to_owned(), source })?;
    let refused = |source| StateError::Query { what: "keep state", path: path.to_owned(), source };
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(refused)?;
    configure(&connection).map_err(refused)?;
    let version = migrate(&mut connection).map_err(refused)?;
    if version > newest() {
        return Err(StateError::Newer { path: path.to_owned(), version });
    }
    Ok(connection)
}

fn configure(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY_WAIT)?;
    // A process that had a file open which was set aside since would remove the new file's log by its name.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    // Where the file system cannot share memory SQLite keeps to its older journal: slower, and as safe.
    connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    // The last transactions may be lost when the power fails; that costs time only.
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.query_row("PRAGMA journal_size_limit = 16777216", [], |_| Ok(()))?;
    connection.pragma_update(None, "foreign_keys", true)
}

/// Brings the tables up to date and says what format they have.
fn migrate(connection: &mut Connection) -> rusqlite::Result<i64> {
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let version: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let done = usize::try_from(version).unwrap_or(usize::MAX);
    let Some(steps) = MIGRATIONS.get(done..) else { return Ok(version) };
    for step in steps {
        transaction.execute_batch(step)?;
    }
    if !steps.is_empty() {
        transaction.pragma_update(None, "user_version", newest())?;
    }
    transaction.commit()?;
    Ok(newest())
}

fn newest() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// Whether an error says that the file is not what it should be, rather than that something is in the way.
pub(super) fn is_damage(error: &rusqlite::Error) -> bool {
    match error {
        rusqlite::Error::SqliteFailure(failure, text) => match failure.code {
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => true,
            // A table that should be there is not: someone else's database, or a header that was overwritten.
            ErrorCode::Unknown => text.as_ref().is_some_and(|text| text.contains("no such")),
            _ => false,
        },
        rusqlite::Error::InvalidColumnType(..) | rusqlite::Error::FromSqlConversionFailure(..) => true,
        _ => false,
    }
}

/// Notes that the file is damaged, for the next opener: renaming it under those who have it open would be worse.
pub(super) fn mark_damaged(path: &Path) {
    // When it cannot be noted, the next one meets the same error and goes on without what it cannot read.
    let _ = private_file(&beside(path, "suspect"));
}

/// Renames the file, and removes its log, which belongs to no other.
fn set_aside(path: &Path) -> io::Result<()> {
    if_there(std::fs::rename(path, beside(path, "damaged")))?;
    for ending in ["-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        if_there(std::fs::remove_file(name))?;
    }
    if_there(std::fs::remove_file(beside(path, "suspect")))
}

fn if_there(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// The path with a further ending.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}

/// Makes the file when it is not there, readable by its owner only.
fn private_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}
