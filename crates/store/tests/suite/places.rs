//! Places in status lists: given away once, remembered with the token, and what tells that a token is over.

use super::Backend;
use super::sample::{NOW, REALM, Sample, at};
use grantd_core::change::{Change, Guard, PurgeKind, Write};
use grantd_core::record::{AccessRecord, KeptStatus};
use grantd_core::status_list::{StatusPlace, lease};
use grantd_protocol::id::{AccessId, ChangeId};
use grantd_store::{AccessFilter, CommitError, Store};
use std::collections::BTreeSet;
use std::sync::Arc;

const FIRST: AccessId = AccessId::from_bytes([0; 16]);

fn realm() -> Arc<str> {
    REALM.into()
}

fn placed(sample: &Sample, client_id: &str, place: u64) -> AccessRecord {
    AccessRecord {
        status: Some(StatusPlace(place)),
        ..sample.own_access(client_id)
    }
}

async fn all_placed(store: &impl Store, step: u32) -> Vec<(AccessId, StatusPlace)> {
    let (mut after, mut found) = (FIRST, Vec::new());
    loop {
        let page = store.placed(after, step).await.unwrap();
        let Some(last) = page.last() else { return found };
        after = last.token.id;
        found.extend(page.iter().map(|facts| (facts.token.id, facts.token.status.unwrap())));
    }
}

pub async fn a_token_remembers_its_place(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let token = placed(&sample, "ledger", 1 << 40);
    sample
        .put(&store, vec![Write::InsertAccess(Box::new(token.clone()))])
        .await;
    let found = store.access(token.id).await.unwrap().unwrap();
    assert_eq!(found.token.status, token.status);
    // Together with something else, which some stores write in another way; and by hand.
    let beside = AccessRecord {
        name: Some("export".into()),
        ..placed(&sample, "ledger", 7)
    };
    let user = Write::InsertUser(Box::new(sample.user("ada")));
    sample
        .put(&store, vec![user, Write::InsertAccess(Box::new(beside.clone()))])
        .await;
    let listed = store
        .access_list(REALM, &AccessFilter::default(), None, 10)
        .await
        .unwrap();
    let places: BTreeSet<_> = listed.rows.iter().map(|row| row.status).collect();
    assert_eq!(places, BTreeSet::from([token.status, beside.status]));
}

pub async fn tokens_with_a_place_are_read_oldest_first_with_their_fate(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let mut expected = Vec::new();
    for second in 0..7_i64 {
        let row = AccessRecord {
            status: Some(StatusPlace(second.unsigned_abs())),
            ..sample.own_access_at("ledger", at(second))
        };
        expected.push((row.id, StatusPlace(second.unsigned_abs())));
        let unplaced = sample.own_access_at("ledger", at(second));
        let rows = [row, unplaced].map(|row| Write::InsertAccess(Box::new(row)));
        sample.put(&store, rows.into()).await;
    }
    for step in [1, 3, 100] {
        assert_eq!(all_placed(&store, step).await, expected);
    }
    let consent = sample.consent("ada", "ledger");
    let family = sample.family(&consent);
    let token = AccessRecord {
        status: Some(StatusPlace(99)),
        ..sample.access(&family)
    };
    let mut writes = consent.writes();
    writes.push(Write::InsertFamily(Box::new(family.clone())));
    writes.push(Write::InsertAccess(Box::new(token.clone())));
    sample.put(&store, writes).await;
    let found =
        |rows: Vec<grantd_core::record::AccessFacts>| rows.into_iter().find(|row| row.token.id == token.id).unwrap();
    assert!(!found(store.placed(FIRST, 100).await.unwrap()).family_ended);
    sample
        .put(&store, vec![Write::EndFamily { id: family.id, at: NOW }])
        .await;
    assert!(found(store.placed(FIRST, 100).await.unwrap()).family_ended);
}

pub async fn places_are_at_their_number_alone(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let holds = async |next| {
        let guard = Guard::PlacesAt { realm: realm(), next };
        store.commit(sample.change(vec![guard], Vec::new())).await.is_ok()
    };
    assert_eq!(store.places(REALM).await.unwrap(), None);
    assert!(holds(None).await && !holds(Some(0)).await);
    let (range, change) = lease(&realm(), None, 100, sample.change(Vec::new(), Vec::new()).id);
    assert_eq!(range, 0..100);
    store.commit(change).await.unwrap();
    assert_eq!(store.places(REALM).await.unwrap(), Some(100));
    assert_eq!(store.places("other").await.unwrap(), None);
    assert!(!holds(None).await && !holds(Some(99)).await && holds(Some(100)).await);
    // Whatever is purged: a place is never given away twice.
    for kind in PurgeKind::ALL {
        let purge = Write::Purge {
            kind: *kind,
            before: at(i64::from(u32::MAX)),
            limit: 100,
        };
        sample.put(&store, vec![purge]).await;
    }
    assert_eq!(store.places(REALM).await.unwrap(), Some(100));
}

pub async fn a_hundred_who_lease_at_once_share_no_place(backend: &impl Backend) {
    let (store, sample) = (Arc::new(backend.open().await), Arc::new(Sample::new()));
    for _ in 0..3 {
        let racers = (0..100).map(|_| {
            let (store, sample) = (Arc::clone(&store), Arc::clone(&sample));
            tokio::spawn(async move {
                loop {
                    let stored = store.places(REALM).await.unwrap();
                    let id: ChangeId = sample.change(Vec::new(), Vec::new()).id;
                    let (range, change): (_, Change) = lease(&realm(), stored, 3, id);
                    match store.commit(change).await {
                        Ok(_) => return range,
                        Err(CommitError::Conflict) => {}
                        Err(fault) => panic!("{fault}"),
                    }
                }
            })
        });
        let mut seen = BTreeSet::new();
        for racer in racers.collect::<Vec<_>>() {
            for place in racer.await.unwrap() {
                assert!(seen.insert(place), "place {place} was given away twice");
            }
        }
        assert_eq!(seen.len(), 300);
    }
    assert_eq!(store.places(REALM).await.unwrap(), Some(900));
}

pub async fn whatever_ends_by_itself_is_noted(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let consent = sample.consent("ada", "ledger");
    let family = sample.family(&consent);
    let token = sample.access(&family);
    let mut writes = consent.writes();
    writes.push(Write::InsertFamily(Box::new(family.clone())));
    writes.push(Write::InsertAccess(Box::new(token.clone())));
    sample.put(&store, writes).await;
    let from = store.changes_after(None).await.unwrap()[0].position;
    let ends = vec![
        Write::EndAccess { id: token.id, at: NOW },
        Write::EndFamily { id: family.id, at: NOW },
        Write::EndGrant {
            id: consent.grant.id,
            at: NOW,
        },
        Write::EndSession {
            id: consent.session.id,
            at: NOW,
        },
        Write::EndByHand {
            realm: realm(),
            user: "ada".into(),
            tenant: Some("acme".into()),
            at: NOW,
        },
        Write::DeleteMembership {
            realm: realm(),
            user: "ada".into(),
            tenant: "acme".into(),
            at: NOW,
        },
    ];
    for end in ends {
        sample.put(&store, vec![end]).await;
    }
    let notes = store.changes_after(Some(from)).await.unwrap();
    let noted: Vec<_> = notes
        .iter()
        .map(|note| (&*note.kind, &*note.realm, &*note.key))
        .collect();
    let expected = [
        ("access", "", &*token.id.to_string()),
        ("family", "", &*family.id.to_string()),
        ("grant", "", &*consent.grant.id.to_string()),
        ("session", "", &*consent.session.id.to_string()),
        ("user", REALM, "ada"),
        ("user", REALM, "ada"),
    ];
    assert_eq!(noted, expected);
}

pub async fn tokens_of_a_subject_are_found_however_far_the_index_is(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let consent = sample.consent("ada", "ledger");
    let family = sample.family(&consent);
    let mut writes = consent.writes();
    writes.push(Write::InsertFamily(Box::new(family.clone())));
    sample.put(&store, writes).await;
    let mut expected = BTreeSet::new();
    for second in 0..120 {
        let id = sample.own_access_at("x", at(second)).id;
        let users = AccessRecord {
            id,
            ..sample.access(&family)
        };
        expected.insert(id);
        let own = AccessRecord {
            id: sample.own_access_at("x", at(second)).id,
            ..sample.own_access("ledger")
        };
        let rows = [users, own].map(|row| Write::InsertAccess(Box::new(row)));
        sample.put(&store, rows.into()).await;
    }
    let of = async |subject: &str| {
        let filter = AccessFilter {
            subject: Some(subject.to_owned()),
            ..AccessFilter::default()
        };
        let page = store.access_list(REALM, &filter, None, 1000).await.unwrap();
        assert!(page.rows.is_sorted_by(|left, right| left.id > right.id));
        page.rows.iter().map(|row| row.id).collect::<BTreeSet<_>>()
    };
    for _ in 0..3 {
        assert_eq!(of("ada").await, expected);
        assert_eq!(of("ledger").await.len(), 120);
        store.index_behind(40).await.unwrap();
    }
}

pub async fn what_is_kept_of_the_lists_gives_way_to_what_knows_more(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    assert_eq!(store.kept_status().await.unwrap(), None);
    let kept = |position: i64, body: &[u8]| KeptStatus {
        position,
        at: at(position),
        body: body.to_vec(),
    };
    let keep = async |kept: &KeptStatus| {
        sample
            .put(&store, vec![Write::KeepStatus(Box::new(kept.clone()))])
            .await
    };
    let first = kept(10, &[0, 255, 0, 1]);
    keep(&first).await;
    assert_eq!(store.kept_status().await.unwrap(), Some(first.clone()));
    // A process that has read less of the log comes late.
    keep(&kept(9, b"less")).await;
    assert_eq!(store.kept_status().await.unwrap(), Some(first));
    for next in [kept(10, b"as much"), kept(11, &[7; 200_000])] {
        keep(&next).await;
        assert_eq!(store.kept_status().await.unwrap(), Some(next));
    }
}
