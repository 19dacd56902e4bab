//! A copy of the file while it is in use, and whether a file is one that could take the place of it. Must not know where
//! copies are kept, or the master key.

use super::migrate::{Status, status};
use super::open::{OpenError, Options, connect};
use super::read::Reader;
use crate::Read;
use grantd_core::record::KeyRecord;
use rusqlite::{Connection, Error};
use std::path::Path;
use std::time::Duration;

/// How long to wait for a lock that somebody else holds.
const BUSY: Duration = Duration::from_secs(5);

/// Copies the database at `from` into `to`, an empty file or none: one moment of it, whatever is written meanwhile, and
/// writers do not wait. What was deleted leaves nothing behind in the copy. Durable when it returns.
///
/// # Errors
/// See [`OpenError`]; half a copy may be left then.
pub fn copy(from: &Path, to: &Path) -> Result<(), OpenError> {
    status(from)?;
    let of = |error: Error| OpenError::of(from, &error);
    let io = |reason: String| OpenError::Io {
        path: to.to_owned(),
        reason,
    };
    let name = to.to_str().ok_or_else(|| io("the name is no UTF-8".to_owned()))?;
    let connection = connect(from, BUSY, "")?;
    connection.execute("VACUUM INTO ?1", [name]).map_err(of)?;
    let written = std::fs::File::open(to).and_then(|file| file.sync_all());
    written.map_err(|error| io(error.to_string()))
}

/// Looks through the whole of a copy: that it is one of grantd's, not newer than this program, and undamaged. Changes nothing.
///
/// # Errors
/// See [`OpenError`].
pub fn check(path: &Path) -> Result<Status, OpenError> {
    let found = status(path)?;
    let damaged = |reason: String| OpenError::Damaged {
        path: path.to_owned(),
        reason,
    };
    if found.found == 0 {
        return Err(damaged("there is nothing in it".to_owned()));
    }
    let connection = connect(path, BUSY, "PRAGMA query_only = ON;")?;
    let of = |error: Error| OpenError::of(path, &error);
    match first_text(&connection, "PRAGMA integrity_check(1)")
        .map_err(of)?
        .as_deref()
    {
        Some("ok") => {}
        says => return Err(damaged(says.unwrap_or("it could not be checked").to_owned())),
    }
    match first_text(&connection, "PRAGMA foreign_key_check").map_err(of)? {
        None => Ok(found),
        Some(table) => Err(damaged(format!("a row of the table {table} lacks what it refers to"))),
    }
}

fn first_text(connection: &Connection, sql: &str) -> Result<Option<String>, Error> {
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    rows.next()?.map(|row| row.get(0)).transpose()
}

/// The sealed signing keys of all realms in a copy.
///
/// # Errors
/// The file cannot be read.
pub fn keys(path: &Path) -> Result<Read<Vec<KeyRecord>>, OpenError> {
    let options = Options {
        readers: 1,
        ..Options::default()
    };
    Ok(Reader::open(path, &options)?.every_key())
}

/// Brings everything that belongs to a database into its one file, so that the file can be moved.
///
/// # Errors
/// [`OpenError::Locked`] while anybody else has it open, a server above all; others of [`OpenError`].
pub fn settle(path: &Path) -> Result<(), OpenError> {
    let connection = connect(path, BUSY, "")?;
    // Leaving write-ahead logging needs the file for oneself.
    let mode: String = connection
        .query_row("PRAGMA journal_mode = DELETE", [], |row| row.get(0))
        .map_err(|error| OpenError::of(path, &error))?;
    if mode.eq_ignore_ascii_case("delete") {
        Ok(())
    } else {
        Err(OpenError::Locked(path.to_owned()))
    }
}
