//! What ends with what: a user's end, a client's, a grant's reach everything that hangs off them, and nothing else.

use super::Backend;
use super::sample::{Consent, NOW, REALM, Sample, at};
use grantd_core::change::{Guard, Write};
use grantd_core::record::{AccessRecord, FamilyRecord};
use grantd_protocol::id::{AccessId, CodeId, FamilyId, GrantId, SessionId};
use grantd_store::{AccessFilter, Store};

/// A consent with a family and a token of it, in the store.
async fn set_up(
    store: &impl Store,
    sample: &Sample,
    user: &str,
    client: &str,
) -> (Consent, FamilyRecord, AccessRecord) {
    let consent = sample.consent(user, client);
    let (family, token) = begin(store, sample, &consent, true).await;
    (consent, family, token)
}

async fn begin(
    store: &impl Store,
    sample: &Sample,
    consent: &Consent,
    with_consent: bool,
) -> (FamilyRecord, AccessRecord) {
    let family = sample.family(consent);
    let token = sample.access(&family);
    let mut writes = if with_consent { consent.writes() } else { Vec::new() };
    writes.push(Write::InsertFamily(Box::new(family.clone())));
    writes.push(Write::InsertAccess(Box::new(token.clone())));
    sample.put(store, writes).await;
    (family, token)
}

fn end_user(user: &str) -> Write {
    Write::EndUser {
        realm: REALM.into(),
        user: user.into(),
        at: at(5),
    }
}

async fn family_is_live(store: &impl Store, sample: &Sample, family: &FamilyRecord) -> bool {
    let read = store.family(family.id).await.unwrap().unwrap().family;
    let guard = Guard::FamilyAt {
        id: family.id,
        generation: family.generation,
    };
    let is_live = sample.holds(store, guard).await;
    assert_eq!(is_live, read.ended_at.is_none(), "the guard and the read agree");
    is_live
}

pub async fn ending_a_user_ends_sessions_and_families(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let (consent, family, token) = set_up(&store, &sample, "ada", "ledger").await;
    assert!(family_is_live(&store, &sample, &family).await);
    sample.put(&store, vec![end_user("ada")]).await;
    assert!(!family_is_live(&store, &sample, &family).await);
    assert!(!sample.holds(&store, Guard::SessionLive(consent.session.id)).await);
    let session = store.session(consent.session.id).await.unwrap().unwrap();
    assert_eq!(session.session.ended_at, Some(at(5)));
    assert_eq!(session.user.unwrap().version, 2);
    let facts = store.family(family.id).await.unwrap().unwrap();
    assert_eq!(facts.family.ended_at, Some(at(5)));
    assert_eq!(facts.session.unwrap().ended_at, Some(at(5)));
    assert!(
        facts.grant.unwrap().ended_at.is_none(),
        "what was allowed stays allowed"
    );
    let facts = store.access(token.id).await.unwrap().unwrap();
    assert!(facts.family_ended && !facts.grant_ended && !facts.user_disabled);
    assert_eq!(store.user(REALM, "ada").await.unwrap().unwrap().version, 2);
    assert!(sample.holds(&store, Guard::GrantLive(consent.grant.id)).await);
}

pub async fn what_a_user_begins_after_the_end_is_alive(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let (mut consent, old, _) = set_up(&store, &sample, "ada", "ledger").await;
    for _ in 0..2 {
        sample.put(&store, vec![end_user("ada")]).await;
        // Made at the same instant, or even before it by its own clock: what counts is the order of commits.
        consent.session = sample.session("ada");
        sample
            .put(&store, vec![Write::InsertSession(Box::new(consent.session.clone()))])
            .await;
        let (family, token) = begin(&store, &sample, &consent, false).await;
        assert!(family_is_live(&store, &sample, &family).await);
        assert!(sample.holds(&store, Guard::SessionLive(consent.session.id)).await);
        let session = store.session(consent.session.id).await.unwrap().unwrap().session;
        assert!(session.ended_at.is_none());
        assert!(!store.access(token.id).await.unwrap().unwrap().family_ended);
        assert!(!family_is_live(&store, &sample, &old).await);
    }
    // A changed row of the user does not forget the ends.
    let mut user = store.user(REALM, "ada").await.unwrap().unwrap();
    user.version += 1;
    sample.put(&store, vec![Write::UpdateUser(Box::new(user))]).await;
    assert!(!family_is_live(&store, &sample, &old).await);
}

/// A changed password: one change ends whatever there is and begins the session that goes on.
pub async fn a_session_that_begins_in_the_end_of_all_others_lives(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let (consent, family, _) = set_up(&store, &sample, "ada", "ledger").await;
    let before = store.user(REALM, "ada").await.unwrap().unwrap();
    let mut after = before.clone();
    after.version += 1;
    after.password_hash = Some("another".to_owned());
    let fresh = sample.session("ada");
    sample
        .put(
            &store,
            vec![
                Write::UpdateUser(Box::new(after)),
                end_user("ada"),
                Write::InsertSession(Box::new(fresh.clone())),
            ],
        )
        .await;
    assert!(sample.holds(&store, Guard::SessionLive(fresh.id)).await);
    let read = store.session(fresh.id).await.unwrap().unwrap();
    assert_eq!(read.session.ended_at, None);
    let user = read.user.unwrap();
    assert_eq!(
        (user.version, user.password_hash.as_deref()),
        (before.version + 2, Some("another"))
    );
    assert!(!sample.holds(&store, Guard::SessionLive(consent.session.id)).await);
    assert!(!family_is_live(&store, &sample, &family).await);
}

pub async fn ending_a_user_leaves_others_alone(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let (consent, family, token) = set_up(&store, &sample, "bob", "ledger").await;
    let _ada = set_up(&store, &sample, "ada", "ledger").await;
    sample.put(&store, vec![end_user("ada")]).await;
    assert!(family_is_live(&store, &sample, &family).await);
    assert!(sample.holds(&store, Guard::SessionLive(consent.session.id)).await);
    assert!(!store.access(token.id).await.unwrap().unwrap().family_ended);
}

pub async fn ending_a_grant_ends_what_hangs_off_it(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let (consent, family, token) = set_up(&store, &sample, "ada", "ledger").await;
    let (_, other, _) = set_up(&store, &sample, "bob", "ledger").await;
    let id = consent.grant.id;
    for at in [at(3), at(9)] {
        sample.put(&store, vec![Write::EndGrant { id, at }]).await;
    }
    let facts = store.access(token.id).await.unwrap().unwrap();
    assert!(facts.grant_ended && facts.family_ended);
    let facts = store.family(family.id).await.unwrap().unwrap();
    assert_eq!(facts.grant.unwrap().ended_at, Some(at(3)));
    assert!(!family_is_live(&store, &sample, &family).await);
    assert!(store.grant(REALM, "ada", "ledger", None).await.unwrap().is_none());
    assert!(family_is_live(&store, &sample, &other).await);
}

pub async fn deleting_a_client_ends_its_grants_and_families(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    sample
        .put(&store, vec![Write::InsertClient(Box::new(sample.client("ledger")))])
        .await;
    let (consent, family, token) = set_up(&store, &sample, "ada", "ledger").await;
    let (_, other, _) = set_up(&store, &sample, "bob", "books").await;
    let delete = Write::DeleteClient {
        realm: REALM.into(),
        client_id: "ledger".into(),
        keeps_blocks: false,
        at: at(4),
    };
    sample.put(&store, vec![delete]).await;
    assert!(store.client(REALM, "ledger").await.unwrap().is_none());
    assert!(!family_is_live(&store, &sample, &family).await);
    assert!(!sample.holds(&store, Guard::GrantLive(consent.grant.id)).await);
    let facts = store.access(token.id).await.unwrap().unwrap();
    assert!(facts.grant_ended && facts.family_ended);
    assert!(store.grants_of(REALM, "ada").await.unwrap().is_empty());
    assert!(family_is_live(&store, &sample, &other).await);
    // A new client of the same name inherits nothing.
    sample
        .put(&store, vec![Write::InsertClient(Box::new(sample.client("ledger")))])
        .await;
    assert!(!family_is_live(&store, &sample, &family).await);
}

pub async fn a_disabled_user_disables_their_tokens(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let (consent, _, token) = set_up(&store, &sample, "ada", "ledger").await;
    let mut user = consent.user;
    for (version, enabled) in [(2, false), (3, true)] {
        user.version = version;
        user.enabled = enabled;
        sample
            .put(&store, vec![Write::UpdateUser(Box::new(user.clone()))])
            .await;
        let facts = store.access(token.id).await.unwrap().unwrap();
        assert_eq!(facts.user_disabled, !enabled);
    }
    let mut orphan = token;
    orphan.id = sample.own_access("ledger").id;
    orphan.subject = "gone".into();
    sample
        .put(&store, vec![Write::InsertAccess(Box::new(orphan.clone()))])
        .await;
    assert!(store.access(orphan.id).await.unwrap().unwrap().user_disabled);
}

pub async fn ending_a_family_ends_its_tokens(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let (_, family, token) = set_up(&store, &sample, "ada", "ledger").await;
    let id = family.id;
    for at in [at(3), at(9)] {
        sample.put(&store, vec![Write::EndFamily { id, at }]).await;
    }
    assert_eq!(store.family(id).await.unwrap().unwrap().family.ended_at, Some(at(3)));
    let facts = store.access(token.id).await.unwrap().unwrap();
    assert!(facts.family_ended && !facts.grant_ended);
    // An ended family neither rotates nor comes back.
    let rotation = Write::RotateFamily {
        id,
        to: 1,
        at: at(4),
        rotated_for: None,
        idle_expires_at: at(9999),
    };
    let touch = Write::TouchFamily {
        id,
        idle_expires_at: at(9999),
    };
    sample.put(&store, vec![rotation, touch]).await;
    let read = store.family(id).await.unwrap().unwrap().family;
    assert_eq!((read.generation, read.idle_expires_at), (Some(0), at(600)));
    assert!(!family_is_live(&store, &sample, &family).await);
}

pub async fn a_grant_for_a_session_ends_with_it(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    for user in ["ada", "bob"] {
        let mut bound = sample.consent(user, "ledger");
        bound.grant.session = Some(bound.session.id);
        let (_, token) = begin(&store, &sample, &bound, true).await;
        assert!(!store.access(token.id).await.unwrap().unwrap().grant_ended);
        assert_eq!(live_tokens_of(&store, user).await, [token.id]);
        // Logged out here, or everywhere.
        let id = bound.session.id;
        let end = if user == "ada" {
            Write::EndSession { id, at: at(5) }
        } else {
            end_user(user)
        };
        sample.put(&store, vec![end]).await;
        let facts = store.access(token.id).await.unwrap().unwrap();
        assert!(facts.grant_ended && facts.family_ended && !facts.user_disabled);
        assert!(live_tokens_of(&store, user).await.is_empty());
    }
}

async fn live_tokens_of(store: &impl Store, user: &str) -> Vec<AccessId> {
    let filter = AccessFilter {
        subject: Some(user.to_owned()),
        live_at: Some(NOW),
        ..AccessFilter::default()
    };
    let page = store.access_list(REALM, &filter, None, 10).await.unwrap();
    page.rows.iter().map(|row| row.id).collect()
}

pub async fn a_grant_for_no_session_outlives_all(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let (consent, _, token) = set_up(&store, &sample, "ada", "ledger").await;
    let id = consent.session.id;
    sample.put(&store, vec![Write::EndSession { id, at: at(5) }]).await;
    assert!(!store.access(token.id).await.unwrap().unwrap().grant_ended);
}

pub async fn a_token_ends_with_its_tenant_and_with_the_users_place_there(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let (_, _, token) = set_up(&store, &sample, "ada", "ledger").await;
    let mut own = sample.own_access("ledger");
    own.tenant.clone_from(&token.tenant);
    let elsewhere = sample.own_access("ledger");
    let inserts = [&own, &elsewhere].map(|token| Write::InsertAccess(Box::new(token.clone())));
    sample.put(&store, inserts.into()).await;
    let ended = async |token: &AccessRecord| store.access(token.id).await.unwrap().unwrap().tenant_lost;
    assert!(ended(&token).await && ended(&own).await, "there is no such tenant");

    let mut tenant = sample.tenant("acme");
    sample
        .put(&store, vec![Write::PutTenant(Box::new(tenant.clone()))])
        .await;
    assert!(!ended(&own).await, "a client needs no place in it");
    assert!(ended(&token).await, "a user does");
    let place = sample.membership("ada", &tenant, "owner");
    sample.put(&store, vec![Write::PutMembership(Box::new(place))]).await;
    assert!(!ended(&token).await);

    (tenant.version, tenant.enabled) = (2, false);
    sample.put(&store, vec![Write::PutTenant(Box::new(tenant))]).await;
    assert!(ended(&token).await && ended(&own).await, "it is disabled");
    assert!(!ended(&elsewhere).await, "a token in no tenant knows none");
}

pub async fn what_does_not_exist_can_be_ended(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let writes = vec![
        Write::EndAccess {
            id: AccessId::from_bytes([1; 16]),
            at: NOW,
        },
        Write::EndFamily {
            id: FamilyId::from_bytes([1; 16]),
            at: NOW,
        },
        Write::EndGrant {
            id: GrantId::from_bytes([1; 16]),
            at: NOW,
        },
        Write::EndSession {
            id: SessionId::from_bytes([1; 16]),
            at: NOW,
        },
        Write::SpendCode {
            id: CodeId::from_bytes([1; 16]),
            at: NOW,
            keep_until: NOW,
        },
    ];
    sample.put(&store, writes).await;
    assert!(store.family(FamilyId::from_bytes([1; 16])).await.unwrap().is_none());
}
