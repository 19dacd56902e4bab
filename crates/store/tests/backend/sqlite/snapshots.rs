//! Reads that share a snapshot: what they may not see any more, and what they must not stand in the way of.

use super::Sqlite;
use crate::suite::Backend as _;
use crate::suite::sample::{Sample, at};
use grantd_core::change::Write;
use grantd_protocol::id::AccessId;
use grantd_store::Store;
use grantd_store::sqlite::SqliteStore;
use rusqlite::Connection;
use std::sync::Arc;

async fn ended(store: &SqliteStore, id: AccessId) -> bool {
    store.access(id).await.unwrap().unwrap().token.ended_at.is_some()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_read_sees_what_was_acknowledged_before_it_whatever_is_read_meanwhile() {
    let (place, sample) = (Sqlite::new(), Sample::new());
    let store = Arc::new(place.open().await);
    let watched = sample.own_access("ledger");
    sample
        .put(&*store, vec![Write::InsertAccess(Box::new(watched.clone()))])
        .await;
    // Readers that never stop keep their snapshots for as long as they may.
    let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let readers: Vec<_> = (0..4)
        .map(|_| {
            let (store, stop, id) = (Arc::clone(&store), Arc::clone(&stop), watched.id);
            tokio::spawn(async move {
                while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                    store.access(id).await.unwrap();
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    for _ in 0..200 {
        let token = sample.own_access("ledger");
        sample
            .put(&*store, vec![Write::InsertAccess(Box::new(token.clone()))])
            .await;
        for _ in 0..3 {
            assert!(!ended(&store, token.id).await);
        }
        sample
            .put(
                &*store,
                vec![Write::EndAccess {
                    id: token.id,
                    at: at(1),
                }],
            )
            .await;
        assert!(ended(&store, token.id).await);
    }
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    for reader in readers {
        reader.await.unwrap();
    }
}

#[tokio::test]
async fn what_another_process_commits_is_seen_though_nothing_is_committed_here() {
    let (place, sample) = (Sqlite::new(), Sample::new());
    let store = place.open().await;
    let token = sample.own_access("ledger");
    sample
        .put(&store, vec![Write::InsertAccess(Box::new(token.clone()))])
        .await;
    for _ in 0..3 {
        assert!(!ended(&store, token.id).await);
    }
    let other = Connection::open(place.path()).unwrap();
    other.execute("UPDATE access SET ended_at = 1", []).unwrap();
    // Soon, and without a limit that a slow machine could miss: this hangs where it is never seen.
    while !ended(&store, token.id).await {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_reader_that_rests_does_not_keep_the_log_from_beginning_anew() {
    let (place, sample) = (Sqlite::new(), Sample::new());
    let store = place.open().await;
    let token = sample.own_access("ledger");
    sample
        .put(&store, vec![Write::InsertAccess(Box::new(token.clone()))])
        .await;
    for _ in 0..3 {
        assert!(!ended(&store, token.id).await);
    }
    sample
        .put(
            &store,
            vec![Write::EndAccess {
                id: token.id,
                at: at(1),
            }],
        )
        .await;
    let other = Connection::open(place.path()).unwrap();
    let (busy, log, done): (i64, i64, i64) = other
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .unwrap();
    assert_eq!((busy, log, done), (0, 0, 0));
}
