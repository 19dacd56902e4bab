//! Values that may be used once: what is in memory is what is in the file, whoever wrote it.

use super::Sqlite;
use crate::suite::Backend as _;
use crate::suite::sample::{Sample, at};
use grantd_core::change::{Guard, PurgeKind, SeenKey, Write};
use grantd_store::Store as _;
use grantd_store::sqlite::SqliteStore;

/// Forgotten within minutes, and not for a day.
const LIFETIMES: [i64; 2] = [60, 86_400];

async fn unseen(store: &SqliteStore, sample: &Sample, key: u8) -> bool {
    sample.holds(store, Guard::Unseen(SeenKey([key; 32]))).await
}

async fn remember(store: &SqliteStore, sample: &Sample, key: u8, lifetime: i64) {
    let (key, expires_at) = (SeenKey([key; 32]), at(lifetime));
    sample.put(store, vec![Write::Remember { key, expires_at }]).await;
}

#[tokio::test]
async fn what_one_process_used_is_used_for_the_other() {
    for lifetime in LIFETIMES {
        let (place, sample) = (Sqlite::new(), Sample::new());
        let (one, other) = (place.open().await, place.open().await);
        for key in [1, 3, 5] {
            assert!(unseen(&one, &sample, key).await && unseen(&other, &sample, key).await);
            remember(&one, &sample, key, lifetime).await;
            assert!(!unseen(&other, &sample, key).await, "{key} for {lifetime} s");
            remember(&other, &sample, key + 1, lifetime).await;
            assert!(!unseen(&one, &sample, key + 1).await, "{key} for {lifetime} s");
        }
    }
}

#[tokio::test]
async fn what_another_process_used_is_known_after_a_change_that_was_taken_back() {
    let (place, sample) = (Sqlite::new(), Sample::new());
    let (one, other) = (place.open().await, place.open().await);
    let user = || Write::InsertUser(Box::new(sample.user("ada")));
    sample.put(&one, vec![user()]).await;
    // Both give the row the same number: the first is taken back, the second is not.
    let (key, expires_at) = (SeenKey([1; 32]), at(60));
    sample
        .refused(&one, vec![Write::Remember { key, expires_at }, user()])
        .await;
    remember(&other, &sample, 2, 60).await;
    assert!(unseen(&one, &sample, 1).await);
    assert!(!unseen(&one, &sample, 2).await);
}

#[tokio::test]
async fn numbers_of_purged_values_are_not_given_again() {
    let (place, sample) = (Sqlite::new(), Sample::new());
    let (one, other) = (place.open().await, place.open().await);
    remember(&one, &sample, 1, 60).await;
    let purge = Write::Purge {
        kind: PurgeKind::Seen,
        before: at(61),
        limit: 10,
    };
    let removed = other.commit(sample.change(vec![], vec![purge])).await.unwrap();
    assert_eq!(removed, 1);
    remember(&other, &sample, 2, 60).await;
    assert!(!unseen(&one, &sample, 2).await);
}
