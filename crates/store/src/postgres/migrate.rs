//! The schema's versions: embedded SQL, applied once each, in order, with a checksum. It must not know what the
//! schema is for.
//!
//! Several nodes can start at once: each migrates in a transaction that first locks the first row of
//! `grantd_migrations`. That works on every engine that speaks the protocol, which advisory locks do not.

use super::link::{Links, Lost};
use super::options::OpenError;
use grantd_protocol::SecretHash;
use std::fmt::Write as _;
use tokio_postgres::Transaction;

/// Every version's SQL, the first at index 0.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_first.sql"),
    include_str!("migrations/0002_keys_and_uses.sql"),
    include_str!("migrations/0003_admin.sql"),
    include_str!("migrations/0006_bound_to_keys.sql"),
    include_str!("migrations/0007_grants.sql"),
    include_str!("migrations/0008_session_clients.sql"),
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
    include_str!("migrations/0034_refusals.sql"),
];

/// Where a database stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SchemaStatus {
    /// The database's version; 0 for an empty one.
    pub found: u32,
    /// The newest that this program knows.
    pub known: u32,
}

/// Reads where the database stands and checks that what was applied is what this program has.
pub(super) async fn status(links: &Links) -> Result<SchemaStatus, OpenError> {
    let mut client = links.own().await.map_err(open_error)?;
    let transaction = client.transaction().await.map_err(broken)?;
    let exists = transaction
        .query_one("SELECT to_regclass('grantd_migrations') IS NOT NULL", &[])
        .await
        .and_then(|row| row.try_get::<_, bool>(0))
        .map_err(broken)?;
    if exists {
        found(&transaction).await
    } else {
        Ok(status_at(0))
    }
}

/// Applies what is missing.
pub(super) async fn up(links: &Links) -> Result<SchemaStatus, OpenError> {
    make_table(links).await?;
    let mut client = links.own().await.map_err(open_error)?;
    let transaction = client.transaction().await.map_err(broken)?;
    // A migration of a large table may take its time, and so may waiting for another node's.
    transaction
        .batch_execute("SET LOCAL statement_timeout = 0; SELECT 1 FROM grantd_migrations WHERE version = 0 FOR UPDATE")
        .await
        .map_err(broken)?;
    let before = found(&transaction).await?;
    let done = usize::try_from(before.found).unwrap_or(usize::MAX);
    for (version, sql) in (1_i32..).zip(MIGRATIONS).skip(done) {
        transaction.batch_execute(sql).await.map_err(broken)?;
        transaction
            .execute(
                "INSERT INTO grantd_migrations (version, checksum) VALUES ($1, $2)",
                &[&version, &checksum(sql)],
            )
            .await
            .map_err(broken)?;
    }
    transaction.commit().await.map_err(broken)?;
    Ok(status_at(before.known))
}

/// `IF NOT EXISTS` does not keep two transactions from making the same table at once: one of them then fails, and
/// finds the table when it tries again.
async fn make_table(links: &Links) -> Result<(), OpenError> {
    let mut outcome = Ok(());
    for _ in 0..10 {
        let client = links.own().await.map_err(open_error)?;
        outcome = client
            .batch_execute(
                "CREATE TABLE IF NOT EXISTS grantd_migrations (version integer PRIMARY KEY, checksum text NOT NULL, \
                 applied_at timestamptz NOT NULL DEFAULT now()); \
                 INSERT INTO grantd_migrations (version, checksum) VALUES (0, '') ON CONFLICT (version) DO NOTHING",
            )
            .await
            .map_err(broken);
        if outcome.is_ok() {
            break;
        }
    }
    outcome
}

async fn found(transaction: &Transaction<'_>) -> Result<SchemaStatus, OpenError> {
    let rows = transaction
        .query(
            "SELECT version, checksum FROM grantd_migrations WHERE version > 0 ORDER BY version",
            &[],
        )
        .await
        .map_err(broken)?;
    let known = status_at(0).known;
    let mut newest = 0;
    for row in rows {
        let version: i32 = row.try_get(0).map_err(broken)?;
        let applied: String = row.try_get(1).map_err(broken)?;
        newest = version.unsigned_abs();
        let ours = usize::try_from(version - 1)
            .ok()
            .and_then(|index| MIGRATIONS.get(index));
        if ours.is_some_and(|sql| checksum(sql) != applied) {
            return Err(OpenError::ChecksumDiffers(newest));
        }
    }
    if newest > known {
        return Err(OpenError::NewerSchema { found: newest, known });
    }
    Ok(status_at(newest))
}

fn status_at(found: u32) -> SchemaStatus {
    SchemaStatus {
        found,
        known: u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX),
    }
}

/// SHA-256 in hexadecimal digits.
fn checksum(sql: &str) -> String {
    let mut text = String::with_capacity(64);
    for byte in SecretHash::of(sql.as_bytes()).as_bytes() {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// What a connection that cannot be made means to whoever opens the store.
pub(super) fn open_error(lost: Lost) -> OpenError {
    match lost {
        Lost::Unreachable(text) | Lost::Connection(text) | Lost::Refused(text) => OpenError::Unreachable(text),
        Lost::Race => OpenError::Unreachable("another node is changing the schema".to_owned()),
        Lost::Taken(text) | Lost::Broken(text) => OpenError::Refused(text),
    }
}

fn broken(error: tokio_postgres::Error) -> OpenError {
    match Lost::from(error) {
        Lost::Taken(text) | Lost::Broken(text) => OpenError::Damaged(text),
        other => open_error(other),
    }
}
