//! Each guard holds where it should and nowhere else.

use super::Backend;
use super::sample::{NOW, REALM, Sample, at};
use grantd_core::change::{CounterKey, Guard, SeenKey, Write};
use grantd_core::record::{FamilyRecord, KeyState};
use grantd_protocol::id::{AccessId, CodeId, FamilyId, GrantId, SessionId};
use grantd_store::{CommitError, Store};
use std::sync::Arc;

fn realm() -> Arc<str> {
    REALM.into()
}

pub async fn a_code_is_unspent_until_it_is_redeemed(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let code = sample.code(&sample.consent("ada", "ledger"));
    let id = code.id;
    assert!(!sample.holds(&store, Guard::CodeUnspent(id)).await);
    sample.put(&store, vec![Write::InsertCode(Box::new(code))]).await;
    assert!(sample.holds(&store, Guard::CodeUnspent(id)).await);
    let (at, keep_until) = (at(1), at(60));
    sample.put(&store, vec![Write::SpendCode { id, at, keep_until }]).await;
    assert!(!sample.holds(&store, Guard::CodeUnspent(id)).await);
    assert!(
        !sample
            .holds(&store, Guard::CodeUnspent(CodeId::from_bytes([1; 16])))
            .await
    );
}

/// A family whose grant lives, in the store.
async fn family(store: &impl Store, sample: &Sample, generation: Option<u32>) -> FamilyRecord {
    let consent = sample.consent("ada", "ledger");
    let family = FamilyRecord {
        generation,
        ..sample.family(&consent)
    };
    let mut writes = consent.writes();
    writes.push(Write::InsertFamily(Box::new(family.clone())));
    sample.put(store, writes).await;
    family
}

pub async fn a_family_is_at_its_generation_alone(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let id = family(&store, &sample, Some(0)).await.id;
    let guard = |generation| Guard::FamilyAt { id, generation };
    assert!(sample.holds(&store, guard(Some(0))).await);
    assert!(!sample.holds(&store, guard(Some(1))).await);
    assert!(!sample.holds(&store, guard(None)).await);
    let rotation = Write::RotateFamily {
        id,
        to: 1,
        at: at(1),
        rotated_for: None,
        idle_expires_at: at(601),
    };
    sample.put(&store, vec![rotation]).await;
    assert!(sample.holds(&store, guard(Some(1))).await);
    assert!(!sample.holds(&store, guard(Some(0))).await);
    sample.put(&store, vec![Write::EndFamily { id, at: at(2) }]).await;
    assert!(!sample.holds(&store, guard(Some(1))).await);
    let unknown = Guard::FamilyAt {
        id: FamilyId::from_bytes([1; 16]),
        generation: Some(0),
    };
    assert!(!sample.holds(&store, unknown).await);
}

pub async fn a_family_without_generation_is_guarded_as_such(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let id = family(&store, &sample, None).await.id;
    let guard = |generation| Guard::FamilyAt { id, generation };
    assert!(sample.holds(&store, guard(None)).await);
    assert!(!sample.holds(&store, guard(Some(0))).await);
}

pub async fn a_family_whose_grant_ended_is_at_no_generation(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let family = family(&store, &sample, Some(0)).await;
    let id = family.delegation.grant;
    sample.put(&store, vec![Write::EndGrant { id, at: at(1) }]).await;
    let guard = Guard::FamilyAt {
        id: family.id,
        generation: Some(0),
    };
    assert!(!sample.holds(&store, guard).await);
}

pub async fn a_grant_is_live_until_it_is_ended(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let grant = sample.grant("ada", "ledger");
    let id = grant.id;
    assert!(!sample.holds(&store, Guard::GrantLive(id)).await);
    sample.put(&store, vec![Write::InsertGrant(Box::new(grant))]).await;
    assert!(sample.holds(&store, Guard::GrantLive(id)).await);
    sample.put(&store, vec![Write::EndGrant { id, at: at(1) }]).await;
    assert!(!sample.holds(&store, Guard::GrantLive(id)).await);
}

pub async fn a_grant_is_at_its_version_alone(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let grant = sample.grant("ada", "ledger");
    let id = grant.id;
    let guard = |version| Guard::GrantAt { id, version };
    assert!(!sample.holds(&store, guard(1)).await);
    sample.put(&store, vec![Write::InsertGrant(Box::new(grant))]).await;
    assert!(sample.holds(&store, guard(1)).await);
    assert!(!sample.holds(&store, guard(2)).await);
    sample.put(&store, vec![Write::EndGrant { id, at: at(1) }]).await;
    assert!(!sample.holds(&store, guard(1)).await);
    assert!(
        !sample
            .holds(&store, Guard::GrantLive(GrantId::from_bytes([1; 16])))
            .await
    );
}

pub async fn no_grant_means_none_that_is_not_ended(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let guard = |tenant: Option<&str>| Guard::NoGrant {
        realm: realm(),
        user: "ada".into(),
        client_id: "ledger".into(),
        tenant: tenant.map(Into::into),
    };
    let grant = sample.grant("ada", "ledger");
    let id = grant.id;
    assert!(sample.holds(&store, guard(None)).await);
    sample.put(&store, vec![Write::InsertGrant(Box::new(grant))]).await;
    assert!(!sample.holds(&store, guard(None)).await);
    assert!(sample.holds(&store, guard(Some("acme"))).await);
    assert!(sample.holds(&store, guard(Some(""))).await);
    sample.put(&store, vec![Write::EndGrant { id, at: at(1) }]).await;
    assert!(sample.holds(&store, guard(None)).await);
}

pub async fn a_session_is_live_until_it_is_ended(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let session = sample.session("ada");
    let id = session.id;
    let user = Write::InsertUser(Box::new(sample.user("ada")));
    sample
        .put(&store, vec![user, Write::InsertSession(Box::new(session))])
        .await;
    assert!(sample.holds(&store, Guard::SessionLive(id)).await);
    sample.put(&store, vec![Write::EndSession { id, at: at(1) }]).await;
    assert!(!sample.holds(&store, Guard::SessionLive(id)).await);
    assert!(
        !sample
            .holds(&store, Guard::SessionLive(SessionId::from_bytes([1; 16])))
            .await
    );
}

pub async fn a_user_is_at_their_version_and_enabled(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let guard = |version| Guard::UserAt {
        realm: realm(),
        id: "ada".into(),
        version,
    };
    assert!(!sample.holds(&store, guard(1)).await);
    let mut user = sample.user("ada");
    sample
        .put(&store, vec![Write::InsertUser(Box::new(user.clone()))])
        .await;
    assert!(sample.holds(&store, guard(1)).await);
    assert!(!sample.holds(&store, guard(2)).await);
    user.version = 2;
    user.enabled = false;
    sample.put(&store, vec![Write::UpdateUser(Box::new(user))]).await;
    assert!(!sample.holds(&store, guard(2)).await);
}

pub async fn a_username_is_free_in_any_spelling_or_not(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let guard = |realm: &str| Guard::UsernameFree {
        realm: realm.into(),
        key: "ada@example.org".to_owned(),
    };
    assert!(sample.holds(&store, guard(REALM)).await);
    sample
        .put(&store, vec![Write::InsertUser(Box::new(sample.user("ADA")))])
        .await;
    assert!(!sample.holds(&store, guard(REALM)).await);
    assert!(sample.holds(&store, guard("other")).await);
}

pub async fn a_client_is_at_its_version_alone(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let guard = |version| Guard::ClientAt {
        realm: realm(),
        client_id: "ledger".into(),
        version,
    };
    assert!(!sample.holds(&store, guard(1)).await);
    sample
        .put(&store, vec![Write::InsertClient(Box::new(sample.client("ledger")))])
        .await;
    assert!(sample.holds(&store, guard(1)).await);
    assert!(!sample.holds(&store, guard(2)).await);
}

pub async fn a_client_id_is_free_until_it_is_taken(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let guard = || Guard::ClientIdFree {
        realm: realm(),
        client_id: "ledger".into(),
    };
    assert!(sample.holds(&store, guard()).await);
    sample
        .put(&store, vec![Write::InsertClient(Box::new(sample.client("ledger")))])
        .await;
    assert!(!sample.holds(&store, guard()).await);
    let delete = Write::DeleteClient {
        realm: realm(),
        client_id: "ledger".into(),
        keeps_blocks: false,
        at: NOW,
    };
    sample.put(&store, vec![delete]).await;
    assert!(sample.holds(&store, guard()).await);
}

pub async fn an_access_token_is_live_until_it_is_ended(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let token = sample.own_access("ledger");
    let id = token.id;
    sample.put(&store, vec![Write::InsertAccess(Box::new(token))]).await;
    assert!(sample.holds(&store, Guard::AccessLive(id)).await);
    sample.put(&store, vec![Write::EndAccess { id, at: at(1) }]).await;
    assert!(!sample.holds(&store, Guard::AccessLive(id)).await);
    assert!(
        !sample
            .holds(&store, Guard::AccessLive(AccessId::from_bytes([1; 16])))
            .await
    );
}

pub async fn a_value_is_unseen_until_it_is_remembered(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    // A minute and a day: what is soon forgotten may be kept in another way.
    for (number, lifetime) in [(1, 60), (2, 86_400)] {
        let key = SeenKey([number; 32]);
        assert!(sample.holds(&store, Guard::Unseen(key)).await);
        let expires_at = at(lifetime);
        sample.put(&store, vec![Write::Remember { key, expires_at }]).await;
        assert!(!sample.holds(&store, Guard::Unseen(key)).await);
        assert!(!sample.holds_at(&store, at(lifetime - 1), Guard::Unseen(key)).await);
        assert!(sample.holds_at(&store, at(lifetime), Guard::Unseen(key)).await);
        assert!(sample.holds(&store, Guard::Unseen(SeenKey([9; 32]))).await);
    }
}

pub async fn a_value_is_remembered_as_long_as_the_longest_asked_for(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    for (number, lifetimes) in [(1, [60, 120]), (2, [120, 60]), (3, [60, 86_400]), (4, [86_400, 60])] {
        let key = SeenKey([number; 32]);
        for lifetime in lifetimes {
            let expires_at = at(lifetime);
            sample.put(&store, vec![Write::Remember { key, expires_at }]).await;
        }
        let longest = lifetimes[0].max(lifetimes[1]);
        assert!(!sample.holds_at(&store, at(longest - 1), Guard::Unseen(key)).await);
        assert!(sample.holds_at(&store, at(longest), Guard::Unseen(key)).await);
    }
}

pub async fn a_forgotten_value_may_be_remembered_again(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let key = SeenKey([1; 32]);
    let expires_at = at(60);
    sample.put(&store, vec![Write::Remember { key, expires_at }]).await;
    // The instant is that of the change's id.
    let (guard, expires_at) = (Guard::Unseen(key), at(120));
    let again = sample.change_at(at(61), vec![guard.clone()], vec![Write::Remember { key, expires_at }]);
    store.commit(again).await.unwrap();
    assert!(!sample.holds_at(&store, at(119), guard.clone()).await);
    assert!(sample.holds_at(&store, at(120), guard).await);
}

pub async fn attempts_stand_where_they_were_seen(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let key = CounterKey([1; 32]);
    let guard = |tat| Guard::AttemptsAt { key, tat };
    assert!(sample.holds(&store, guard(None)).await);
    assert!(!sample.holds(&store, guard(Some(at(1)))).await);
    let (tat, expires_at) = (at(1), at(60));
    sample
        .put(&store, vec![Write::SetAttempts { key, tat, expires_at }])
        .await;
    assert!(sample.holds(&store, guard(Some(at(1)))).await);
    assert!(!sample.holds(&store, guard(Some(at(2)))).await);
    assert!(!sample.holds(&store, guard(None)).await);
}

pub async fn no_key_means_none_in_that_state(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let guard = |alg: &str, state| Guard::NoKey {
        realm: realm(),
        alg: alg.to_owned(),
        state,
    };
    sample
        .put(&store, vec![Write::InsertKey(Box::new(sample.key("k", NOW)))])
        .await;
    assert!(!sample.holds(&store, guard("ES256", KeyState::Next)).await);
    assert!(sample.holds(&store, guard("ES256", KeyState::Active)).await);
    assert!(sample.holds(&store, guard("RS256", KeyState::Next)).await);
}

pub async fn a_key_is_in_its_state_alone(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let guard = |kid: &str, state| Guard::KeyAt {
        realm: realm(),
        kid: kid.to_owned(),
        state,
    };
    sample
        .put(&store, vec![Write::InsertKey(Box::new(sample.key("k", NOW)))])
        .await;
    assert!(sample.holds(&store, guard("k", KeyState::Next)).await);
    assert!(!sample.holds(&store, guard("k", KeyState::Active)).await);
    assert!(!sample.holds(&store, guard("other", KeyState::Next)).await);
}

pub async fn a_change_may_consist_of_guards_alone(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let free = Guard::UsernameFree {
        realm: realm(),
        key: "ada".to_owned(),
    };
    assert!(store.commit(sample.change(vec![free], Vec::new())).await.is_ok());
    let live = Guard::GrantLive(GrantId::from_bytes([1; 16]));
    let lost = store.commit(sample.change(vec![live], Vec::new())).await;
    assert!(matches!(lost, Err(CommitError::Conflict)));
}

pub async fn guards_are_evaluated_before_the_writes_of_their_own_change(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let key = SeenKey([1; 32]);
    let expires_at = at(60);
    let change = sample.change(vec![Guard::Unseen(key)], vec![Write::Remember { key, expires_at }]);
    assert!(store.commit(change).await.is_ok());
}
