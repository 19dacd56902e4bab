//! A client that nothing hangs off, and one that is used for the first time while it is taken away.

use super::Backend;
use super::sample::{NOW, REALM, Sample, at};
use grantd_core::change::{Guard, PurgeKind, Write};
use grantd_store::{CommitError, Store};
use std::sync::Arc;

fn unused(client_id: &str) -> Guard {
    Guard::ClientUnused {
        realm: REALM.into(),
        client_id: client_id.into(),
    }
}

fn exists(client_id: &str) -> Guard {
    Guard::ClientExists {
        realm: REALM.into(),
        client_id: client_id.into(),
    }
}

pub async fn a_client_is_unused_while_nothing_hangs_off_it(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let clients = ["ledger", "webapp", "machine"].map(|id| Write::InsertClient(Box::new(sample.client(id))));
    sample.put(&store, clients.into()).await;
    for id in ["ledger", "webapp", "machine"] {
        assert!(sample.holds(&store, unused(id)).await, "{id}");
    }
    let consent = sample.consent("ada", "ledger");
    sample.put(&store, consent.writes()).await;
    let token = sample.own_access("machine");
    sample.put(&store, vec![Write::InsertAccess(Box::new(token))]).await;
    assert!(!sample.holds(&store, unused("ledger")).await);
    assert!(
        !sample.holds(&store, unused("machine")).await,
        "a token that no index has yet"
    );
    while store.index_behind(10).await.unwrap() > 0 {}
    assert!(!sample.holds(&store, unused("machine")).await);
    assert!(sample.holds(&store, unused("webapp")).await);
    // What ended, or is purged, is no use any more.
    let end = Write::EndGrant {
        id: consent.grant.id,
        at: NOW,
    };
    sample.put(&store, vec![end]).await;
    let purge = Write::Purge {
        kind: PurgeKind::Access,
        before: at(100_000),
        limit: 100,
    };
    sample.put(&store, vec![purge]).await;
    assert!(sample.holds(&store, unused("ledger")).await);
    assert!(sample.holds(&store, unused("machine")).await);
}

pub async fn a_client_exists_until_it_is_deleted(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    assert!(!sample.holds(&store, exists("ledger")).await);
    sample
        .put(&store, vec![Write::InsertClient(Box::new(sample.client("ledger")))])
        .await;
    assert!(sample.holds(&store, exists("ledger")).await);
    let gone = Write::DeleteClient {
        realm: REALM.into(),
        client_id: "ledger".into(),
        keeps_blocks: false,
        at: NOW,
    };
    sample.put(&store, vec![gone]).await;
    assert!(!sample.holds(&store, exists("ledger")).await);
}

/// The first consent and the purge: one of them, never a grant to a client that is gone.
pub async fn a_client_is_either_used_for_the_first_time_or_gone(backend: &impl Backend) {
    let (store, sample) = (Arc::new(backend.open().await), Arc::new(Sample::new()));
    let (mut used, mut gone) = (0, 0);
    for round in 0..60 {
        let id = format!("client-{round}");
        sample
            .put(&*store, vec![Write::InsertClient(Box::new(sample.client(&id)))])
            .await;
        let grant = sample.grant("ada", &id);
        let consent = sample.change(vec![exists(&id)], vec![Write::InsertGrant(Box::new(grant.clone()))]);
        let delete = Write::DeleteClient {
            realm: REALM.into(),
            client_id: id.as_str().into(),
            keeps_blocks: false,
            at: NOW,
        };
        let purge = sample.change(vec![unused(&id)], vec![delete]);
        // Who begins is not always the same.
        let changes = if round % 2 == 0 {
            [consent, purge]
        } else {
            [purge, consent]
        };
        let racers = changes.map(|change| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { store.commit(change).await })
        });
        let mut wins = 0;
        for racer in racers {
            match racer.await.unwrap() {
                Ok(_) => wins += 1,
                Err(CommitError::Conflict) => {}
                Err(fault) => panic!("{fault}"),
            }
        }
        assert_eq!(wins, 1, "round {round}");
        let client = store.client(REALM, &id).await.unwrap();
        let live = store.grant(REALM, "ada", &id, grant.tenant.as_deref()).await.unwrap();
        assert_eq!(client.is_some(), live.is_some(), "round {round}");
        used += usize::from(client.is_some());
        gone += usize::from(client.is_none());
    }
    assert_eq!(used + gone, 60);
}
