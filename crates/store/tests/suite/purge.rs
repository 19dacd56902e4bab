//! Expired rows leave in batches; what is still needed stays, and nothing dead comes alive because a row has left.

use super::Backend;
use super::lists::listed;
use super::sample::{REALM, Sample, at};
use grantd_core::change::{CounterKey, Guard, PurgeKind, SeenKey, Write};
use grantd_protocol::Timestamp;
use grantd_store::{AccessFilter, Store};

async fn purge(store: &impl Store, sample: &Sample, kind: PurgeKind, before: Timestamp, limit: u32) -> u64 {
    sample.put(store, vec![Write::Purge { kind, before, limit }]).await
}

pub async fn expired_access_tokens_leave_and_live_ones_stay(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let tokens = [1, 2, 3, 4].map(|seconds| {
        let mut token = sample.own_access("ledger");
        token.expires_at = at(seconds);
        token
    });
    let writes = tokens.iter().map(|row| Write::InsertAccess(Box::new(row.clone())));
    sample.put(&store, writes.collect()).await;
    assert_eq!(purge(&store, &sample, PurgeKind::Access, at(3), 100).await, 2);
    assert_eq!(purge(&store, &sample, PurgeKind::Access, at(3), 100).await, 0);
    for (token, stays) in tokens.iter().zip([false, false, true, true]) {
        assert_eq!(store.access(token.id).await.unwrap().is_some(), stays);
    }
}

pub async fn a_purge_removes_no_more_than_its_limit(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let tokens: Vec<_> = (0..10).map(|_| sample.own_access("ledger")).collect();
    let mut writes: Vec<_> = tokens
        .iter()
        .map(|row| Write::InsertAccess(Box::new(row.clone())))
        .collect();
    let expires_at = at(1);
    writes.extend((0..10).map(|n| Write::Remember {
        key: SeenKey([n; 32]),
        expires_at,
    }));
    sample.put(&store, writes).await;
    for kind in [PurgeKind::Access, PurgeKind::Seen] {
        let mut removed = Vec::new();
        while removed.last() != Some(&0) {
            removed.push(purge(&store, &sample, kind, at(1000), 4).await);
        }
        assert_eq!(removed, [4, 4, 2, 0], "{kind:?}");
    }
}

pub async fn codes_stay_until_their_replay_can_be_seen(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let code = sample.code(&sample.consent("ada", "ledger"));
    let id = code.id;
    let (spent, keep_until) = (at(1), at(900));
    let spend = Write::SpendCode {
        id,
        at: spent,
        keep_until,
    };
    sample.put(&store, vec![Write::InsertCode(Box::new(code)), spend]).await;
    assert_eq!(purge(&store, &sample, PurgeKind::Code, at(900), 10).await, 0);
    // The texts that it names stay with it.
    purge(&store, &sample, PurgeKind::Applied, at(900), 100).await;
    assert!(store.code(id).await.unwrap().is_some());
    assert_eq!(purge(&store, &sample, PurgeKind::Code, at(901), 10).await, 1);
    assert!(store.code(id).await.unwrap().is_none());
}

pub async fn a_used_code_is_remembered_for_as_long_as_its_family_lives(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let consent = sample.consent("ada", "ledger");
    let (mut code, mut family) = (sample.code(&consent), sample.family(&consent));
    (family.id, family.idle_expires_at) = (code.family, at(5000));
    code.keep_until = at(900);
    let (id, family_id) = (code.id, family.id);
    let writes = vec![Write::InsertCode(Box::new(code)), Write::InsertFamily(Box::new(family))];
    sample.put(&store, writes).await;
    assert_eq!(
        purge(&store, &sample, PurgeKind::Code, at(1000), 10).await,
        1,
        "put off"
    );
    assert_eq!(purge(&store, &sample, PurgeKind::Code, at(1000), 10).await, 0);
    assert_eq!(store.code(id).await.unwrap().unwrap().code.keep_until, at(5000));
    let end = Write::EndFamily {
        id: family_id,
        at: at(2000),
    };
    sample.put(&store, vec![end]).await;
    assert_eq!(purge(&store, &sample, PurgeKind::Code, at(5001), 10).await, 1);
    assert!(store.code(id).await.unwrap().is_none());
}

pub async fn families_stay_until_their_idle_end(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let consent = sample.consent("ada", "ledger");
    let (ended, moved) = (sample.family(&consent), sample.family(&consent));
    let week = 7 * 24 * 3600;
    let writes = vec![
        Write::InsertFamily(Box::new(ended.clone())),
        Write::InsertFamily(Box::new(moved.clone())),
        Write::EndFamily {
            id: ended.id,
            at: at(1),
        },
        Write::RotateFamily {
            id: moved.id,
            to: 1,
            at: at(1),
            rotated_for: None,
            idle_expires_at: at(week),
        },
    ];
    sample.put(&store, writes).await;
    // Access tokens may still hang off an ended family.
    assert_eq!(purge(&store, &sample, PurgeKind::Family, at(600), 10).await, 0);
    assert_eq!(purge(&store, &sample, PurgeKind::Family, at(601), 10).await, 1);
    assert!(store.family(ended.id).await.unwrap().is_none());
    // Days later, with everything purged that can be, the rotated one is still whole.
    assert_eq!(purge(&store, &sample, PurgeKind::Family, at(week), 10).await, 0);
    purge(&store, &sample, PurgeKind::Applied, at(week), 100).await;
    let read = store.family(moved.id).await.unwrap().unwrap().family;
    assert_eq!(read.delegation.scope, moved.delegation.scope);
    // Lifetimes were made shorter: its next use brings the end forward.
    let sooner = Write::RotateFamily {
        id: moved.id,
        to: 2,
        at: at(2),
        rotated_for: None,
        idle_expires_at: at(700),
    };
    sample.put(&store, vec![sooner]).await;
    assert_eq!(purge(&store, &sample, PurgeKind::Family, at(700), 10).await, 0);
    assert_eq!(purge(&store, &sample, PurgeKind::Family, at(701), 10).await, 1);
    assert_eq!(read.generation, Some(1));
}

pub async fn expired_sessions_leave(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let session = sample.session("ada");
    let id = session.id;
    sample.put(&store, vec![Write::InsertSession(Box::new(session))]).await;
    assert_eq!(purge(&store, &sample, PurgeKind::Session, at(3600), 10).await, 0);
    assert_eq!(purge(&store, &sample, PurgeKind::Session, at(3601), 10).await, 1);
    assert!(store.session(id).await.unwrap().is_none());
}

pub async fn ended_and_expired_grants_leave(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let [ended, mut expired, mut both, live] = ["a", "b", "c", "d"].map(|client| sample.grant("ada", client));
    expired.expires_at = Some(at(10));
    both.expires_at = Some(at(10));
    let mut writes: Vec<_> = [&ended, &expired, &both, &live]
        .map(|row| Write::InsertGrant(Box::new(row.clone())))
        .into();
    for id in [ended.id, both.id] {
        writes.push(Write::EndGrant { id, at: at(5) });
    }
    sample.put(&store, writes).await;
    assert_eq!(purge(&store, &sample, PurgeKind::Grant, at(5), 10).await, 0);
    assert_eq!(purge(&store, &sample, PurgeKind::Grant, at(6), 10).await, 2);
    assert_eq!(purge(&store, &sample, PurgeKind::Grant, at(11), 10).await, 1);
    assert_eq!(purge(&store, &sample, PurgeKind::Grant, at(1_000_000), 10).await, 0);
    assert!(store.grant(REALM, "ada", "d", None).await.unwrap().is_some());
    assert!(store.grant(REALM, "ada", "b", None).await.unwrap().is_none());
}

pub async fn remembered_values_and_counters_leave(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let (seen, key) = (SeenKey([1; 32]), CounterKey([1; 32]));
    let (tat, expires_at) = (at(1), at(60));
    let writes = vec![
        Write::Remember { key: seen, expires_at },
        Write::SetAttempts { key, tat, expires_at },
    ];
    sample.put(&store, writes).await;
    for kind in [PurgeKind::Seen, PurgeKind::Attempts] {
        assert_eq!(purge(&store, &sample, kind, at(60), 10).await, 0);
        assert_eq!(purge(&store, &sample, kind, at(61), 10).await, 1);
    }
    assert_eq!(store.attempts(key).await.unwrap(), None);
    assert!(sample.holds(&store, Guard::Unseen(seen)).await);
}

pub async fn remembered_values_of_all_lifetimes_leave_within_the_limit(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    for (number, lifetime) in [(1, 60), (2, 86_400), (3, 61), (4, 86_401), (5, 90_000)] {
        let (key, expires_at) = (SeenKey([number; 32]), at(lifetime));
        sample.put(&store, vec![Write::Remember { key, expires_at }]).await;
    }
    // One that was remembered again is one all the same, whichever way.
    for (number, first, then) in [(6, 30, 60), (7, 60, 30), (8, 60, 86_400), (9, 86_400, 60)] {
        for lifetime in [first, then] {
            let (key, expires_at) = (SeenKey([number; 32]), at(lifetime));
            sample.put(&store, vec![Write::Remember { key, expires_at }]).await;
        }
    }
    for removed in [2, 2, 2, 2, 0] {
        let of = |limit| purge(&store, &sample, PurgeKind::Seen, at(86_402), limit);
        assert_eq!(of(2).await, removed);
    }
    assert!(
        !sample
            .holds_at(&store, at(89_999), Guard::Unseen(SeenKey([5; 32])))
            .await
    );
}

pub async fn purging_a_family_never_revives_its_tokens(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let consent = sample.consent("ada", "ledger");
    let family = sample.family(&consent);
    let mut token = sample.access(&family);
    token.expires_at = at(1_000_000);
    let mut writes = consent.writes();
    writes.push(Write::InsertFamily(Box::new(family.clone())));
    writes.push(Write::InsertAccess(Box::new(token.clone())));
    sample.put(&store, writes).await;
    purge(&store, &sample, PurgeKind::Family, at(1000), 10).await;
    let facts = store.access(token.id).await.unwrap().unwrap();
    assert!(facts.family_ended && !facts.grant_ended);
    let end = Write::EndGrant {
        id: consent.grant.id,
        at: at(1),
    };
    sample.put(&store, vec![end]).await;
    purge(&store, &sample, PurgeKind::Grant, at(1000), 10).await;
    let facts = store.access(token.id).await.unwrap().unwrap();
    assert!(facts.family_ended && facts.grant_ended);
}

pub async fn purged_tokens_leave_the_lists(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    for second in 0..20 {
        let token = sample.own_access_at("ledger", at(second));
        sample.put(&store, vec![Write::InsertAccess(Box::new(token))]).await;
    }
    while store.index_behind(7).await.unwrap() > 0 {}
    assert_eq!(purge(&store, &sample, PurgeKind::Access, at(310), 100).await, 10);
    // Texts that nothing names any more may leave; those that something names must not.
    purge(&store, &sample, PurgeKind::Applied, at(310), 100).await;
    let filter = AccessFilter {
        client_id: Some("ledger".to_owned()),
        ..AccessFilter::default()
    };
    assert_eq!(listed(&store, REALM, &filter, 3).await.len(), 10);
    assert_eq!(listed(&store, REALM, &AccessFilter::default(), 3).await.len(), 10);
    // And everything can be named anew once all of it has gone.
    let year = 365 * 24 * 3600;
    assert_eq!(purge(&store, &sample, PurgeKind::Access, at(year), 100).await, 10);
    purge(&store, &sample, PurgeKind::Applied, at(year), 100).await;
    assert!(listed(&store, REALM, &filter, 3).await.is_empty());
    let token = sample.own_access_at("ledger", at(year));
    let id = token.id;
    sample.put(&store, vec![Write::InsertAccess(Box::new(token))]).await;
    assert_eq!(listed(&store, REALM, &filter, 3).await, [id]);
}
