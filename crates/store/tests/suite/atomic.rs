//! A change happens completely or not at all.

use super::Backend;
use super::sample::{NOW, REALM, Sample, at};
use grantd_core::change::{Guard, PurgeKind, SeenKey, Write};
use grantd_protocol::id::{GrantId, SessionId};
use grantd_store::{CommitError, Store};

pub async fn a_lost_guard_leaves_nothing(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let consent = sample.consent("ada", "ledger");
    let family = sample.family(&consent);
    let token = sample.access(&family);
    let mut writes = consent.writes();
    writes.push(Write::InsertClient(Box::new(sample.client("ledger"))));
    writes.push(Write::InsertFamily(Box::new(family.clone())));
    writes.push(Write::InsertAccess(Box::new(token.clone())));
    let lost = Guard::GrantLive(GrantId::from_bytes([1; 16]));
    let result = store.commit(sample.change(vec![lost], writes)).await;
    assert!(matches!(result, Err(CommitError::Conflict)));
    assert!(store.user(REALM, "ada").await.unwrap().is_none());
    assert!(store.client(REALM, "ledger").await.unwrap().is_none());
    assert!(store.session(consent.session.id).await.unwrap().is_none());
    assert!(store.grant(REALM, "ada", "ledger", None).await.unwrap().is_none());
    assert!(store.family(family.id).await.unwrap().is_none());
    assert!(store.access(token.id).await.unwrap().is_none());
}

pub async fn any_of_many_guards_refuses_all(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let holds = || Guard::Unseen(SeenKey([1; 32]));
    let lost = || Guard::SessionLive(SessionId::from_bytes([1; 16]));
    for place in 0..3 {
        let mut guards = vec![holds(), holds()];
        guards.insert(place, lost());
        let token = sample.own_access("ledger");
        let id = token.id;
        let result = store
            .commit(sample.change(guards, vec![Write::InsertAccess(Box::new(token))]))
            .await;
        assert!(matches!(result, Err(CommitError::Conflict)), "{place}");
        assert!(store.access(id).await.unwrap().is_none(), "{place}");
    }
}

pub async fn a_colliding_insert_leaves_nothing(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let taken = sample.own_access("ledger");
    sample
        .put(&store, vec![Write::InsertAccess(Box::new(taken.clone()))])
        .await;
    let fresh = sample.own_access("a client that no row named before");
    let writes = vec![
        Write::InsertAccess(Box::new(fresh.clone())),
        Write::InsertUser(Box::new(sample.user("ada"))),
        Write::InsertAccess(Box::new(taken.clone())),
        Write::InsertUser(Box::new(sample.user("bob"))),
    ];
    sample.refused(&store, writes).await;
    assert!(store.access(fresh.id).await.unwrap().is_none());
    assert!(store.user(REALM, "ada").await.unwrap().is_none());
    assert!(store.user(REALM, "bob").await.unwrap().is_none());
    // What the refused change named for the first time can be named again.
    sample
        .put(&store, vec![Write::InsertAccess(Box::new(fresh.clone()))])
        .await;
    let read = store.access(fresh.id).await.unwrap().unwrap();
    assert_eq!(read.token.client_id, fresh.client_id);
    sample.refused(&store, vec![Write::InsertAccess(Box::new(taken))]).await;
}

pub async fn a_value_that_a_refused_change_purged_is_used(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let taken = || Write::InsertUser(Box::new(sample.user("ada")));
    sample.put(&store, vec![taken()]).await;
    let (key, expires_at) = (SeenKey([1; 32]), at(60));
    sample.put(&store, vec![Write::Remember { key, expires_at }]).await;
    let purge = Write::Purge {
        kind: PurgeKind::Seen,
        before: at(61),
        limit: 10,
    };
    sample.refused(&store, vec![purge, taken()]).await;
    assert!(!sample.holds(&store, Guard::Unseen(key)).await);
}

pub async fn a_value_of_a_refused_change_is_unused(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let taken = || Write::InsertUser(Box::new(sample.user("ada")));
    sample.put(&store, vec![taken()]).await;
    let known = SeenKey([9; 32]);
    let remember = |key, until| Write::Remember {
        key,
        expires_at: at(until),
    };
    sample.put(&store, vec![remember(known, 60)]).await;
    for (number, lifetime) in [(1, 60), (2, 86_400)] {
        let key = SeenKey([number; 32]);
        let writes = vec![remember(key, lifetime), remember(known, 2 * lifetime), taken()];
        sample.refused(&store, writes).await;
        assert!(sample.holds(&store, Guard::Unseen(key)).await);
        sample.put(&store, vec![remember(key, lifetime)]).await;
        assert!(!sample.holds(&store, Guard::Unseen(key)).await);
    }
    // What was remembered before is remembered as it was.
    assert!(!sample.holds_at(&store, at(59), Guard::Unseen(known)).await);
    assert!(sample.holds_at(&store, at(60), Guard::Unseen(known)).await);
}

pub async fn a_membership_in_no_tenant_leaves_nothing(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let tenant = sample.tenant("acme");
    let writes = vec![
        Write::InsertUser(Box::new(sample.user("ada"))),
        Write::PutMembership(Box::new(sample.membership("ada", &tenant, "owner"))),
    ];
    sample.refused(&store, writes).await;
    assert!(store.user(REALM, "ada").await.unwrap().is_none());
    assert!(store.memberships(REALM, "ada").await.unwrap().is_empty());
}

pub async fn a_second_live_grant_is_refused(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    for tenant in [None, Some("acme"), Some("")] {
        let tenant: Option<std::sync::Arc<str>> = tenant.map(Into::into);
        let mut first = sample.grant("ada", "ledger");
        first.tenant = tenant.clone();
        let mut second = sample.grant("ada", "ledger");
        second.tenant = tenant.clone();
        sample
            .put(&store, vec![Write::InsertGrant(Box::new(first.clone()))])
            .await;
        sample
            .refused(&store, vec![Write::InsertGrant(Box::new(second.clone()))])
            .await;
        let writes = vec![
            Write::EndGrant { id: first.id, at: NOW },
            Write::InsertGrant(Box::new(second.clone())),
        ];
        sample.put(&store, writes).await;
        let live = store.grant(REALM, "ada", "ledger", tenant.as_deref()).await.unwrap();
        assert_eq!(live.unwrap().id, second.id);
    }
}

pub async fn a_taken_username_is_refused(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let (ada, mut bob) = (sample.user("ada"), sample.user("bob"));
    let writes = [&ada, &bob].map(|row| Write::InsertUser(Box::new(row.clone())));
    sample.put(&store, writes.into()).await;
    let mut third = sample.user("third");
    third.username = " ADA@example.org ".to_owned();
    sample.refused(&store, vec![Write::InsertUser(Box::new(third))]).await;
    bob.username.clone_from(&ada.username);
    sample.refused(&store, vec![Write::UpdateUser(Box::new(bob))]).await;
    assert_eq!(
        store.user(REALM, "bob").await.unwrap().unwrap().username,
        "bob@Example.org"
    );
    assert!(store.user(REALM, "third").await.unwrap().is_none());
}

pub async fn a_refused_change_does_not_harm_its_neighbours(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let taken = sample.own_access("ledger");
    sample
        .put(&store, vec![Write::InsertAccess(Box::new(taken.clone()))])
        .await;
    // All at once, so that a store that groups commits has good and bad ones in one group.
    let tokens: Vec<_> = (0..30).map(|_| sample.own_access("ledger")).collect();
    let commits = tokens.iter().enumerate().map(|(number, token)| {
        let good = Write::InsertAccess(Box::new(token.clone()));
        let bad = Write::InsertAccess(Box::new(taken.clone()));
        let lost = Guard::SessionLive(SessionId::from_bytes([1; 16]));
        store.commit(match number % 3 {
            0 => sample.change(Vec::new(), vec![good]),
            1 => sample.change(vec![lost], vec![good]),
            _ => sample.change(Vec::new(), vec![good, bad]),
        })
    });
    let results = super::races::all(commits).await;
    for (number, (token, result)) in tokens.iter().zip(results).enumerate() {
        let is_there = store.access(token.id).await.unwrap().is_some();
        match number % 3 {
            0 => assert!(result.is_ok() && is_there, "{number} {result:?}"),
            1 => assert!(
                matches!(result, Err(CommitError::Conflict)) && !is_there,
                "{number} {result:?}"
            ),
            _ => assert!(
                matches!(result, Err(CommitError::Fault(_))) && !is_there,
                "{number} {result:?}"
            ),
        }
    }
}

pub async fn a_grant_is_ended_and_replaced_in_one_change(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let (old, new) = (sample.grant("ada", "ledger"), sample.grant("ada", "ledger"));
    sample
        .put(&store, vec![Write::InsertGrant(Box::new(old.clone()))])
        .await;
    let change = || {
        let guard = Guard::GrantAt { id: old.id, version: 1 };
        let end = Write::EndGrant { id: old.id, at: at(1) };
        sample.change(vec![guard], vec![end, Write::InsertGrant(Box::new(new.clone()))])
    };
    store.commit(change()).await.unwrap();
    let found = store.grant(REALM, "ada", "ledger", None).await.unwrap().unwrap();
    assert_eq!(found.id, new.id);
    assert!(matches!(store.commit(change()).await, Err(CommitError::Conflict)));
}
