//! Roles of the database: what is kept of one, who has it, and that nobody gets one that goes at the same instant.

use super::Backend;
use super::races::race;
use super::sample::{NOW, REALM, Sample};
use grantd_core::change::{Guard, Write};
use grantd_core::record::{RoleHolders, RoleRecord};
use grantd_store::{CommitError, Store};
use std::sync::Arc;

fn role(name: &str, version: u64) -> RoleRecord {
    RoleRecord {
        realm: REALM.into(),
        name: name.into(),
        version,
        description: (version > 1).then(|| "Für den Schalter".to_owned()),
        permissions: ["invoices:*", "grantd:members:read"].into_iter().collect(),
        created_at: NOW,
    }
}

fn put(row: &RoleRecord) -> Write {
    Write::PutRole(Box::new(row.clone()))
}

fn delete(name: &str) -> Write {
    Write::DeleteRole {
        realm: REALM.into(),
        name: name.into(),
    }
}

fn at(name: &str, version: Option<u64>) -> Guard {
    Guard::RoleAt {
        realm: REALM.into(),
        name: name.into(),
        version,
    }
}

fn exists(name: &str) -> Guard {
    Guard::RoleExists {
        realm: REALM.into(),
        name: name.into(),
    }
}

fn unused(name: &str) -> Guard {
    Guard::RoleUnused {
        realm: REALM.into(),
        name: name.into(),
    }
}

pub async fn a_role_is_read_as_it_was_written_replaced_and_removed(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let elsewhere = RoleRecord {
        realm: "elsewhere".into(),
        ..role("clerk", 1)
    };
    sample
        .put(
            &store,
            vec![put(&role("desk", 1)), put(&role("clerk", 1)), put(&elsewhere)],
        )
        .await;
    assert_eq!(store.roles(REALM).await.unwrap(), [role("clerk", 1), role("desk", 1)]);
    sample.put(&store, vec![put(&role("clerk", 2))]).await;
    assert_eq!(store.roles(REALM).await.unwrap(), [role("clerk", 2), role("desk", 1)]);
    sample.put(&store, vec![delete("clerk"), delete("nobody")]).await;
    assert_eq!(store.roles(REALM).await.unwrap(), [role("desk", 1)]);
    assert_eq!(store.roles("elsewhere").await.unwrap(), [elsewhere]);
}

pub async fn a_role_is_at_its_version_alone(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    assert!(sample.holds(&store, at("clerk", None)).await);
    assert!(!sample.holds(&store, at("clerk", Some(1))).await);
    assert!(!sample.holds(&store, exists("clerk")).await);
    sample.put(&store, vec![put(&role("clerk", 2))]).await;
    assert!(sample.holds(&store, at("clerk", Some(2))).await);
    assert!(sample.holds(&store, exists("clerk")).await);
    for version in [None, Some(1), Some(3)] {
        assert!(!sample.holds(&store, at("clerk", version)).await, "{version:?}");
    }
    let moved = sample.change(vec![at("clerk", Some(2))], vec![put(&role("clerk", 3))]);
    store.commit(moved.clone()).await.unwrap();
    let again = sample.change(moved.guards, moved.writes);
    assert!(matches!(store.commit(again).await, Err(CommitError::Conflict)));
}

/// Somebody of each kind who has the role: their writes, one after the other.
fn holders(sample: &Sample, name: &str) -> Vec<Vec<Write>> {
    let tenant = sample.tenant("acme");
    let mut client = sample.client("machine");
    (client.tenant, client.role) = (Some("acme".into()), Some(name.into()));
    let mut key = sample.api_key(Some("acme"));
    key.role = Some(name.into());
    vec![
        vec![
            Write::PutTenant(Box::new(tenant.clone())),
            Write::PutMembership(Box::new(sample.membership("ada", &tenant, name))),
        ],
        vec![Write::InsertClient(Box::new(client))],
        vec![Write::InsertApiKey(Box::new(key))],
    ]
}

pub async fn everybody_who_has_a_role_is_counted(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let counted = async || store.role_holders(REALM, "clerk").await.unwrap();
    assert_eq!(counted().await, RoleHolders::default());
    sample.put(&store, holders(&sample, "clerk").concat()).await;
    let mut ended = sample.api_key(None);
    ended.role = Some("clerk".into());
    let end = Write::EndApiKey { id: ended.id, at: NOW };
    let other = sample.membership("bob", &sample.tenant("acme"), "desk");
    let more = vec![
        Write::InsertApiKey(Box::new(ended)),
        Write::PutMembership(Box::new(other)),
        Write::PutMembership(Box::new(sample.membership("kim", &sample.tenant("acme"), "clerk"))),
    ];
    sample.put(&store, more).await;
    sample.put(&store, vec![end]).await;
    let all = RoleHolders {
        members: 2,
        clients: 1,
        api_keys: 1,
    };
    assert_eq!(counted().await, all);
    for (realm, name) in [("elsewhere", "clerk"), (REALM, "cler"), (REALM, "a\0b")] {
        let found = store.role_holders(realm, name).await.unwrap();
        assert_eq!(found, RoleHolders::default(), "{realm} {name}");
    }
}

pub async fn a_role_is_unused_until_somebody_has_it(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let tenant = Write::PutTenant(Box::new(sample.tenant("acme")));
    sample.put(&store, vec![tenant]).await;
    for index in 0..3 {
        // Another role for each kind, so that each is seen by itself.
        let name = format!("clerk-{index}");
        sample.put(&store, vec![put(&role(&name, 1))]).await;
        assert!(sample.holds(&store, unused(&name)).await, "{index}");
        sample.put(&store, holders(&sample, &name).swap_remove(index)).await;
        assert!(!sample.holds(&store, unused(&name)).await, "{index}");
        let refused = sample.change(vec![unused(&name)], vec![delete(&name)]);
        assert!(
            matches!(store.commit(refused).await, Err(CommitError::Conflict)),
            "{index}"
        );
    }
}

pub async fn one_of_a_hundred_makes_the_role(backend: &impl Backend) {
    let (store, sample) = (Arc::new(backend.open().await), Sample::new());
    let changes = (1..=100).map(|version| sample.change(vec![at("clerk", None)], vec![put(&role("clerk", version))]));
    let winner = race(&store, changes.collect()).await;
    let made = store.roles(REALM).await.unwrap();
    assert_eq!(
        made.iter().map(|row| row.version).collect::<Vec<_>>(),
        [winner as u64 + 1]
    );
}

pub async fn a_role_is_either_given_to_somebody_or_gone(backend: &impl Backend) {
    let (store, sample) = (Arc::new(backend.open().await), Sample::new());
    let tenant = sample.tenant("acme");
    sample
        .put(&*store, vec![Write::PutTenant(Box::new(tenant.clone()))])
        .await;
    for round in 0..60 {
        let name = format!("clerk-{round}");
        sample.put(&*store, vec![put(&role(&name, 1))]).await;
        let place = sample.membership("ada", &tenant, &name);
        let given = sample.change(vec![exists(&name)], vec![Write::PutMembership(Box::new(place))]);
        let gone = sample.change(vec![at(&name, Some(1)), unused(&name)], vec![delete(&name)]);
        // Who begins is not always the same.
        let changes = if round % 2 == 0 { [given, gone] } else { [gone, given] };
        race(&store, changes.into()).await;
        let is_there = store.roles(REALM).await.unwrap().iter().any(|row| *row.name == *name);
        let is_held = store.role_holders(REALM, &name).await.unwrap().any();
        assert_eq!(is_there, is_held, "round {round}");
    }
}

pub async fn what_becomes_of_roles_is_noted(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let from = store.changes_after(None).await.unwrap()[0].position;
    sample.put(&store, vec![put(&role("clerk", 1))]).await;
    sample.put(&store, vec![put(&role("clerk", 2))]).await;
    sample.put(&store, vec![delete("clerk")]).await;
    let notes = store.changes_after(Some(from)).await.unwrap();
    let named: Vec<_> = notes
        .iter()
        .map(|note| (&*note.kind, &*note.realm, &*note.key))
        .collect();
    assert_eq!(named, [("role", REALM, "clerk"); 3]);
}
