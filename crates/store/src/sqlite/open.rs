//! Opening the file: which settings every connection has, and every reason not to go on, told apart so that an
//! operator knows what to do.

use super::migrate;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, Error, ErrorCode, OpenFlags};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The last release of SQLite whose write-ahead log can be corrupted when it is reset (3.51.2).
const LAST_BROKEN_SQLITE: i32 = 3_051_002;

/// How a database is opened.
#[derive(Clone, Debug)]
pub struct Options {
    /// Bring an older schema up to date, rather than refuse it. An empty file is always set up.
    pub migrate: bool,
    /// How long to wait for another process that holds the lock.
    pub busy: Duration,
    /// How many connections read.
    pub readers: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            migrate: false,
            busy: Duration::from_secs(5),
            readers: std::thread::available_parallelism().map_or(2, usize::from).clamp(2, 8),
        }
    }
}

/// Why a database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The linked SQLite has a bug that damages databases.
    #[error("SQLite {0} can damage its write-ahead log; 3.51.3 or later is needed")]
    SqliteTooOld(&'static str),
    /// The file cannot be made or opened.
    #[error("cannot open {path}: {reason}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// Another process holds the lock.
    #[error("{0} is locked by another process")]
    Locked(PathBuf),
    /// Not an SQLite database, or one that is damaged.
    #[error("{path} is not a database, or is damaged: {reason}. Restore it from a backup")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        reason: String,
    },
    /// A healthy database of another program.
    #[error("{0} is a database of another program")]
    Foreign(PathBuf),
    /// A later grantd was here.
    #[error(
        "the database has schema {found}, this program knows up to {known}: run the newer program, or restore a backup"
    )]
    NewerSchema {
        /// The schema that is there.
        found: u32,
        /// The newest that this program knows.
        known: u32,
    },
    /// A migration that ran is not the one that this program has under its number.
    #[error("migration {0} in the database is not the one this program knows: it was made by a different build")]
    ChecksumDiffers(u32),
    /// The schema is older than the program, and migrating was not asked for.
    #[error("the database has schema {found}, this program needs {known}: run `grantd migrate up` first")]
    NeedsMigration {
        /// The schema that is there.
        found: u32,
        /// The one that is needed.
        known: u32,
    },
}

impl OpenError {
    pub(super) fn of(path: &Path, error: &Error) -> Self {
        let path = path.to_owned();
        let reason = error.to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked(path),
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => Self::Damaged { path, reason },
            _ => Self::Io { path, reason },
        }
    }
}

/// Opens the connection that writes, after checking and, if asked for, migrating the schema.
pub(super) fn writer(path: &Path, options: &Options) -> Result<Connection, OpenError> {
    check_version(rusqlite::version_number(), rusqlite::version())?;
    create(path)?;
    let mut connection = connect(path, options.busy, "PRAGMA cache_size = -8192;")?;
    let set_up = || -> Result<(), Error> {
        // Takes effect while the file is still empty; afterwards it is a property of the file.
        connection.execute_batch("PRAGMA auto_vacuum = INCREMENTAL;")?;
        let _mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
        // A checkpoint every 32 MB; the log's file is cut back to 64 MB after a burst. A checkpoint holds the writer up for
        // several milliseconds; the pages that change with every transaction are written once for all of them.
        connection.execute_batch(
            "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
             PRAGMA wal_autocheckpoint = 8000; PRAGMA journal_size_limit = 67108864;",
        )
    };
    set_up().map_err(|error| OpenError::of(path, &error))?;
    migrate::prepare(&mut connection, path, options.migrate)?;
    connection.set_prepared_statement_cache_capacity(128);
    Ok(connection)
}

/// Opens a connection that cannot write. Its cache is small: the system's page cache stands behind it.
pub(super) fn reader(path: &Path, options: &Options) -> Result<Connection, OpenError> {
    let connection = connect(path, options.busy, "PRAGMA cache_size = -2048; PRAGMA query_only = ON;")?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

pub(super) fn connect(path: &Path, busy: Duration, pragmas: &str) -> Result<Connection, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(|error| OpenError::of(path, &error))?;
    let set_up = || -> Result<(), Error> {
        connection.busy_timeout(busy)?;
        // Plans must not depend on bound values. Without this, SQLite plans every statement that touches a table with
        // a partial index (grants) anew with each execution, which costs ten times the execution.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        // mmap would put the file into the process's resident memory, and turn I/O errors into signals.
        connection.execute_batch("PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;")?;
        connection.execute_batch(pragmas)
    };
    set_up().map_err(|error| OpenError::of(path, &error))?;
    Ok(connection)
}

const fn check_version(number: i32, text: &'static str) -> Result<(), OpenError> {
    if number > LAST_BROKEN_SQLITE {
        Ok(())
    } else {
        Err(OpenError::SqliteTooOld(text))
    }
}

/// Makes the file before SQLite does, readable by its owner alone. The log beside it inherits that.
fn create(path: &Path) -> Result<(), OpenError> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path).map(drop).map_err(|error| OpenError::Io {
        path: path.to_owned(),
        reason: error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sqlite_that_damages_its_log_is_refused() {
        assert!(check_version(3_051_002, "3.51.2").is_err());
        assert!(check_version(3_051_003, "3.51.3").is_ok());
        assert!(check_version(rusqlite::version_number(), rusqlite::version()).is_ok());
    }
}
