//! The file: what is refused, and with which words; who may read it; how it grows and shrinks.

use super::Sqlite;
use crate::suite::Backend as _;
use crate::suite::sample::{REALM, Sample, at};
use grantd_core::change::{PurgeKind, Write};
use grantd_protocol::SecretHash;
use grantd_store::sqlite::{OpenError, Options, SqliteStore, migrate};
use grantd_store::{CommitError, Store, StoreFault};
use rusqlite::Connection;
use std::path::Path;
use std::time::Duration;

fn refusal(path: &Path) -> OpenError {
    match SqliteStore::open(path, &Options::default()) {
        Ok(_) => panic!("opened"),
        Err(error) => error,
    }
}

fn edit(path: &Path, sql: &str) {
    Connection::open(path).unwrap().execute_batch(sql).unwrap();
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_and_left_alone() {
    let place = Sqlite::new();
    let garbage = b"this is not a database, but somebody's letter, and long enough".repeat(100);
    std::fs::write(place.path(), &garbage).unwrap();
    assert!(matches!(refusal(&place.path()), OpenError::Damaged { .. }));
    assert_eq!(std::fs::read(place.path()).unwrap(), garbage);
}

#[tokio::test]
async fn a_database_of_another_program_is_refused() {
    let place = Sqlite::new();
    edit(&place.path(), "CREATE TABLE letters (id INTEGER PRIMARY KEY);");
    assert!(matches!(refusal(&place.path()), OpenError::Foreign(_)));
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let place = Sqlite::new();
    drop(place.open().await);
    edit(&place.path(), "INSERT INTO migrations VALUES (999, 'x');");
    match refusal(&place.path()) {
        OpenError::NewerSchema { found, known } => assert_eq!((found, known), (999, migrate::KNOWN)),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_migration_that_differs_is_refused() {
    let place = Sqlite::new();
    drop(place.open().await);
    edit(&place.path(), "UPDATE migrations SET checksum = 'x' WHERE number = 1;");
    assert!(matches!(refusal(&place.path()), OpenError::ChecksumDiffers(1)));
}

#[tokio::test]
async fn a_path_that_cannot_be_made_is_refused() {
    let place = Sqlite::new();
    assert!(matches!(refusal(&place.path().join("no/such")), OpenError::Io { .. }));
}

#[tokio::test]
async fn the_status_tells_an_empty_database_from_a_current_one() {
    let place = Sqlite::new();
    assert!(matches!(migrate::status(&place.path()), Err(OpenError::Io { .. })));
    assert!(!place.path().exists(), "a look makes no file");
    let known = migrate::KNOWN;
    assert_eq!(migrate::up(&place.path()).unwrap(), migrate::Status { found: 0, known });
    assert_eq!(
        migrate::status(&place.path()).unwrap(),
        migrate::Status { found: known, known }
    );
    assert_eq!(migrate::up(&place.path()).unwrap().found, known);
    place.open().await.ping().await.unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_may_read_the_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Sqlite::new();
    let (store, sample) = (place.open().await, Sample::new());
    sample
        .put(&store, vec![Write::InsertUser(Box::new(sample.user("ada")))])
        .await;
    for file in std::fs::read_dir(place.path().parent().unwrap()).unwrap() {
        let file = file.unwrap();
        let mode = file.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", file.file_name());
    }
}

#[tokio::test]
async fn a_lock_that_is_held_too_long_is_a_fault_and_leaves_nothing() {
    let place = Sqlite::new();
    let options = Options {
        busy: Duration::from_millis(20),
        ..Options::default()
    };
    let (store, sample) = (SqliteStore::open(&place.path(), &options).unwrap(), Sample::new());
    let other = Connection::open(place.path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let token = sample.own_access("ledger");
    let id = token.id;
    let write = Write::InsertAccess(Box::new(token));
    let change = sample.change(Vec::new(), vec![write]);
    let result = store.commit(change.clone()).await;
    assert!(
        matches!(result, Err(CommitError::Fault(StoreFault::Unavailable(_)))),
        "{result:?}"
    );
    assert!(store.access(id).await.unwrap().is_none());
    other.execute_batch("ROLLBACK").unwrap();
    // The same change, once the lock is free.
    store.commit(change).await.unwrap();
    assert!(store.access(id).await.unwrap().is_some());
}

#[tokio::test]
async fn a_damaged_row_is_a_fault_and_no_panic() {
    let place = Sqlite::new();
    let (store, sample) = (place.open().await, Sample::new());
    sample
        .put(&store, vec![Write::InsertUser(Box::new(sample.user("ada")))])
        .await;
    edit(&place.path(), "UPDATE users SET body = '{\"realm\":1}';");
    let result = store.user(REALM, "ada").await;
    assert!(matches!(result, Err(StoreFault::Corrupt(_))));
    assert!(!format!("{result:?}").contains("argon2"), "no value in the message");
}

#[tokio::test]
async fn a_transaction_that_sqlite_takes_back_is_a_fault_for_all_of_it() {
    let place = Sqlite::new();
    drop(place.open().await);
    // As on a full disk, the whole transaction is gone, not one statement.
    edit(
        &place.path(),
        "CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ROLLBACK, 'full'); END;",
    );
    let (store, sample) = (place.open().await, Sample::new());
    let token = sample.own_access("ledger");
    let id = token.id;
    let writes = vec![
        Write::InsertAccess(Box::new(token.clone())),
        Write::Audit(Box::new(sample.audit("deed"))),
    ];
    let results =
        crate::suite::races::all((0..5).map(|_| store.commit(sample.change(Vec::new(), writes.clone())))).await;
    assert!(
        results
            .iter()
            .all(|result| matches!(result, Err(CommitError::Fault(_))))
    );
    assert!(store.access(id).await.unwrap().is_none());
    // The texts that were taken back are written again.
    sample.put(&store, vec![Write::InsertAccess(Box::new(token))]).await;
    assert!(store.access(id).await.unwrap().is_some());
}

#[tokio::test]
async fn the_file_shrinks_when_rows_have_left() {
    let place = Sqlite::new();
    let (store, sample) = (place.open().await, Sample::new());
    let pages = || -> i64 {
        let connection = Connection::open(place.path()).unwrap();
        connection.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap()
    };
    for second in 0..20 {
        let tokens = (0..1000).map(|_| Write::InsertAccess(Box::new(sample.own_access_at("ledger", at(second)))));
        sample.put(&store, tokens.collect()).await;
    }
    while store.index_behind(5000).await.unwrap() > 0 {}
    let full = pages();
    let purge = || Write::Purge {
        kind: PurgeKind::Access,
        before: at(1_000_000),
        limit: 500,
    };
    while sample.put(&store, vec![purge()]).await > 0 {}
    assert!(pages() * 3 < full, "{} of {full}", pages());
}

/// A database as the first release left it, with a token of a client and one of a user.
fn of_the_first_release(path: &Path, token: [u8; 16]) {
    let first = include_str!("../../../src/sqlite/migrations/0001_tables.sql");
    let checksum = SecretHash::of(first.as_bytes());
    let checksum: String = checksum.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    edit(
        path,
        &format!(
            "CREATE TABLE migrations (number INTEGER PRIMARY KEY, checksum TEXT NOT NULL) STRICT;
             PRAGMA application_id = 1735552628; PRAGMA journal_mode = WAL;
             {first}
             INSERT INTO migrations VALUES (1, '{checksum}');
             INSERT INTO texts (id, hash, text, keep_until) VALUES
                 (1, {}, 'main', 9000000000000), (2, {}, 'ledger', 9000000000000), (3, 1, 'https://id.example',
                 9000000000000), (4, 2, '', 9000000000000), (5, 3, 'invoices:read', 9000000000000);",
            crc32fast::hash(b"main"),
            crc32fast::hash(b"ledger"),
        ),
    );
    let sql = "INSERT INTO access (id, realm, client, issuer, audience, scope, subject, tenant, issued_at, expires_at)
               VALUES (?1, 1, 2, 3, 4, 5, 'ada', 'acme', 1, 9000000000000)";
    let connection = Connection::open(path).unwrap();
    connection.execute(sql, [token]).unwrap();
    // Indexed as the first release did it: by client and user, not by tenant.
    let sql = "INSERT INTO meta (name, value) VALUES ('access_indexed', ?1)";
    connection.execute(sql, [token]).unwrap();
}

#[tokio::test]
async fn a_database_of_the_first_release_is_brought_up_to_date_with_its_rows() {
    let place = Sqlite::new();
    let sample = Sample::new();
    let id = sample.own_access("ledger").id;
    of_the_first_release(&place.path(), *id.as_bytes());
    let known = migrate::KNOWN;
    assert_eq!(
        migrate::status(&place.path()).unwrap(),
        migrate::Status { found: 1, known }
    );
    match refusal(&place.path()) {
        OpenError::NeedsMigration { found, known: needed } => assert_eq!((found, needed), (1, known)),
        other => panic!("{other}"),
    }
    assert_eq!(migrate::up(&place.path()).unwrap(), migrate::Status { found: 1, known });
    let store = place.open().await;
    let token = store.access(id).await.unwrap().unwrap().token;
    assert_eq!(
        (&*token.subject, token.tenant.as_deref(), token.name),
        ("ada", Some("acme"), None)
    );
    // The list by tenant has it, before and after it is indexed again.
    for _ in 0..2 {
        let filter = grantd_store::AccessFilter {
            tenant: Some("acme".to_owned()),
            ..grantd_store::AccessFilter::default()
        };
        assert_eq!(crate::suite::lists::listed(&store, REALM, &filter, 5).await, [id]);
        let later = sample.own_access_at("ledger", at(60));
        sample.put(&store, vec![Write::InsertAccess(Box::new(later))]).await;
        store.index_behind(10).await.unwrap();
    }
    let made = sample.access_by_hand("ledger", "ada", Some("acme"));
    sample
        .put(&store, vec![Write::InsertAccess(Box::new(made.clone()))])
        .await;
    assert!(store.access(made.id).await.unwrap().unwrap().token.is_made_by_hand());
}
