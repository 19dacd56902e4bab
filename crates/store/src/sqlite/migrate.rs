//! The schema's history: embedded SQL, each file run once, in order, in a transaction of its own, and remembered with
//! a checksum. It knows nothing of what the tables mean.

use super::open::{OpenError, connect};
use grantd_protocol::SecretHash;
use rusqlite::{Connection, Error, OptionalExtension as _, TransactionBehavior};
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

/// Marks the file as grantd's in its header ("grnt").
const APPLICATION_ID: i32 = 0x6772_6e74;

/// Every migration, in order; its number is its place, counted from 1. A released file is never changed.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_tables.sql"),
    include_str!("migrations/0002_keys_and_uses.sql"),
    include_str!("migrations/0003_admin.sql"),
    include_str!("migrations/0006_bound_to_keys.sql"),
    include_str!("migrations/0007_grants.sql"),
    include_str!("migrations/0008_session_clients.sql"),
    include_str!("migrations/0009_families_to_look_at.sql"),
    include_str!("migrations/0010_status_lists.sql"),
    include_str!("migrations/0016_roles_of_keys_and_tags.sql"),
    include_str!("migrations/0018_kept_status.sql"),
    include_str!("migrations/0021_owned_clients.sql"),
    include_str!("migrations/0022_refused.sql"),
    include_str!("migrations/0024_webhooks.sql"),
    include_str!("migrations/0025_tenant_apps.sql"),
    include_str!("migrations/0026_upstream_links.sql"),
    include_str!("migrations/0027_console_lists.sql"),
    include_str!("migrations/0028_roles.sql"),
    include_str!("migrations/0030_linked_people.sql"),
    include_str!("migrations/0031_whose_retry.sql"),
    include_str!("migrations/0033_seen_lately.sql"),
    include_str!("migrations/0034_refusals.sql"),
];

/// The schema that this program needs.
#[expect(clippy::cast_possible_truncation, reason = "a handful of files")]
pub const KNOWN: u32 = MIGRATIONS.len() as u32;

/// Where a database stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Status {
    /// The last migration that ran; 0 for an empty database.
    pub found: u32,
    /// The last one that this program knows.
    pub known: u32,
}

/// Where the database at `path` stands. Changes nothing.
///
/// # Errors
/// See [`OpenError`]; [`OpenError::Io`] where there is no file.
pub fn status(path: &Path) -> Result<Status, OpenError> {
    let connection = connect(path, Duration::from_secs(5), "PRAGMA query_only = ON;")?;
    read_status(&connection, path)
}

/// Brings the database at `path` up to date, making it where there is none. Says where it stood before.
///
/// # Errors
/// See [`OpenError`].
pub fn up(path: &Path) -> Result<Status, OpenError> {
    let before = if path.exists() {
        status(path)?
    } else {
        Status { found: 0, known: KNOWN }
    };
    let options = super::open::Options {
        migrate: true,
        ..super::open::Options::default()
    };
    super::open::writer(path, &options).map(|_| before)
}

/// Sets an empty database up, and an older one if `migrate` says so.
pub(super) fn prepare(connection: &mut Connection, path: &Path, migrate: bool) -> Result<(), OpenError> {
    let Status { found, known } = read_status(connection, path)?;
    if found == known {
        return Ok(());
    }
    if found > 0 && !migrate {
        return Err(OpenError::NeedsMigration { found, known });
    }
    run(connection, path)
}

fn run(connection: &mut Connection, path: &Path) -> Result<(), OpenError> {
    let of = |error: Error| OpenError::of(path, &error);
    loop {
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(of)?;
        // Read again under the lock: another process may have been faster.
        let next = read_status(&transaction, path)?.found;
        let Some(sql) = MIGRATIONS.get(next as usize) else {
            return Ok(());
        };
        let apply = || -> Result<(), Error> {
            transaction.execute_batch(
                "CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY, checksum TEXT NOT NULL) STRICT;",
            )?;
            transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
            transaction.execute_batch(sql)?;
            transaction.execute(
                "INSERT INTO migrations (number, checksum) VALUES (?1, ?2)",
                (next + 1, checksum(sql)),
            )?;
            Ok(())
        };
        apply().map_err(of)?;
        transaction.commit().map_err(of)?;
    }
}

fn read_status(connection: &Connection, path: &Path) -> Result<Status, OpenError> {
    let of = |error: Error| OpenError::of(path, &error);
    let table = "SELECT 1 FROM sqlite_schema WHERE name = 'migrations'";
    let is_ours = connection
        .query_row(table, [], |_| Ok(()))
        .optional()
        .map_err(of)?
        .is_some();
    if !is_ours {
        let tables = "SELECT count(*) FROM sqlite_schema";
        let count: i64 = connection.query_row(tables, [], |row| row.get(0)).map_err(of)?;
        return if count == 0 {
            Ok(Status { found: 0, known: KNOWN })
        } else {
            Err(OpenError::Foreign(path.to_owned()))
        };
    }
    let application: i32 = connection
        .query_row("PRAGMA application_id", [], |row| row.get(0))
        .map_err(of)?;
    if application != APPLICATION_ID {
        return Err(OpenError::Foreign(path.to_owned()));
    }
    let read = || -> Result<Vec<(u32, String)>, Error> {
        let mut statement = connection.prepare("SELECT number, checksum FROM migrations ORDER BY number")?;
        statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
    };
    check(&read().map_err(of)?)
}

fn check(applied: &[(u32, String)]) -> Result<Status, OpenError> {
    let found = applied.last().map_or(0, |(number, _)| *number);
    if found > KNOWN {
        return Err(OpenError::NewerSchema { found, known: KNOWN });
    }
    for (number, (sql, applied)) in (1..).zip(MIGRATIONS.iter().zip(applied)) {
        if *applied != (number, checksum(sql)) {
            return Err(OpenError::ChecksumDiffers(number));
        }
    }
    Ok(Status { found, known: KNOWN })
}

/// SHA-256 in hexadecimal.
fn checksum(sql: &str) -> String {
    let hash = SecretHash::of(sql.as_bytes());
    hash.as_bytes()
        .iter()
        .fold(String::with_capacity(64), |mut text, byte| {
            // Writing to a `String` cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}
