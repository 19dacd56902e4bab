//! Lost connections and a lost server: what was acknowledged is there, nothing is there twice.

use super::two_nodes;
use crate::backend::postgres::{options, server};
use crate::suite::sample::{NOW, REALM, Sample};
use grantd_core::change::{Guard, Write};
use grantd_store::postgres::PostgresStore;
use grantd_store::{CommitError, Store, StoreFault};
use grantd_testkit::{Durability, PostgresServer};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::task::JoinSet;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledged_tokens_survive_killed_connections() {
    let (backend, nodes) = two_nodes().await;
    let sample = Arc::new(Sample::new());
    let stop = Arc::new(AtomicBool::new(false));
    let mut writers = JoinSet::new();
    for number in 0..32 {
        let (node, sample, stop) = (Arc::clone(&nodes[number % 2]), Arc::clone(&sample), Arc::clone(&stop));
        writers.spawn(async move {
            let mut acknowledged = Vec::new();
            while !stop.load(Ordering::Relaxed) {
                let token = sample.own_access("ledger");
                let id = token.id;
                let change = sample.change(Vec::new(), vec![Write::InsertAccess(Box::new(token))]);
                match node.commit(change).await {
                    Ok(_) => acknowledged.push(id),
                    Err(CommitError::Fault(StoreFault::Unavailable(_))) => {}
                    Err(other) => panic!("{other}"),
                }
            }
            acknowledged
        });
    }
    for _ in 0..15 {
        server().disconnect_all(&backend.database.name).await.unwrap();
        // Some work between two kills, whatever the machine's speed.
        for _ in 0..20 {
            let token = Write::InsertAccess(Box::new(sample.own_access("ledger")));
            let _ = nodes[0].commit(sample.change(Vec::new(), vec![token])).await;
        }
    }
    stop.store(true, Ordering::Relaxed);
    let acknowledged = writers.join_all().await.concat();
    assert!(!acknowledged.is_empty());
    for id in acknowledged {
        assert!(nodes[1].access(id).await.unwrap().is_some(), "{id}");
    }
}

/// Each change counts a grant's version up by one, guarded by the version before. A change that was applied and
/// reported as lost, or applied twice, makes the count differ.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guarded_changes_are_applied_once_though_connections_are_killed() {
    let (backend, nodes) = two_nodes().await;
    let sample = Sample::new();
    let grant = sample.grant("ada", "ledger");
    sample
        .put(&*nodes[0], vec![Write::InsertGrant(Box::new(grant.clone()))])
        .await;
    let stop = Arc::new(AtomicBool::new(false));
    let (name, stopped) = (backend.database.name.clone(), Arc::clone(&stop));
    let killer = tokio::spawn(async move {
        while !stopped.load(Ordering::Relaxed) {
            server().disconnect_all(&name).await.unwrap();
        }
    });
    let mut version = 1;
    for turn in 0..60 {
        let change = sample.change(
            vec![Guard::GrantAt { id: grant.id, version }],
            vec![Write::UpdateGrant {
                id: grant.id,
                scope: grant.scope.clone(),
                resource: Arc::clone(&grant.resource),
                redirect_uri: grant.redirect_uri.clone(),
                at: NOW,
                expires_at: None,
                session: None,
            }],
        );
        // After a fault the same change is tried again, as a caller may: its id decides.
        loop {
            match nodes[turn % 2].commit(change.clone()).await {
                Ok(_) => break,
                Err(CommitError::Fault(StoreFault::Unavailable(_))) => {}
                Err(other) => panic!("{other} at version {version}"),
            }
        }
        version += 1;
    }
    stop.store(true, Ordering::Relaxed);
    killer.await.unwrap();
    let stored = nodes[0].grant(REALM, "ada", "ledger", None).await.unwrap().unwrap();
    assert_eq!(stored.version, version);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_is_down_says_so_and_recovers_by_itself() {
    // What a crash may take away is nothing: this one writes through.
    let own = PostgresServer::start(Durability::Full).unwrap();
    let database = own.empty_database().await.unwrap();
    let store = PostgresStore::connect(&database.url, &options()).await.unwrap();
    let sample = Sample::new();
    sample
        .put(&store, vec![Write::InsertUser(Box::new(sample.user("ada")))])
        .await;
    own.crash().unwrap();
    assert!(matches!(store.ping().await, Err(StoreFault::Unavailable(_))));
    assert!(matches!(
        store.user(REALM, "ada").await,
        Err(StoreFault::Unavailable(_))
    ));
    for write in [
        Write::InsertAccess(Box::new(sample.own_access("ledger"))),
        Write::InsertUser(Box::new(sample.user("bob"))),
    ] {
        let down = store.commit(sample.change(Vec::new(), vec![write])).await;
        assert!(
            matches!(down, Err(CommitError::Fault(StoreFault::Unavailable(_)))),
            "{down:?}"
        );
    }
    own.start_again().unwrap();
    assert!(store.user(REALM, "ada").await.unwrap().is_some());
    sample
        .put(&store, vec![Write::InsertUser(Box::new(sample.user("bob")))])
        .await;
}
