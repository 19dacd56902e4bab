//! What is written is read again, field by field.

use super::sample::{REALM, Sample, at, scope};
use super::tokens::details;
use super::{Backend, print};
use grantd_core::change::{CounterKey, Write};
use grantd_core::record::ReleasedClaims;
use grantd_core::record::code::DelegationMore;
use grantd_core::record::{Binding, KeyState};
use grantd_protocol::SecretHash;
use grantd_protocol::id::{AccessId, CodeId, FamilyId, SessionId};
use grantd_store::Store;

pub async fn a_code_is_read_with_everything_it_hangs_off(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let consent = sample.consent("ada", "ledger");
    let code = sample.code(&consent);
    sample
        .put(&store, vec![Write::InsertCode(Box::new(code.clone()))])
        .await;
    let alone = store.code(code.id).await.unwrap().unwrap();
    assert!(alone.grant.is_none() && alone.session.is_none() && alone.user.is_none());
    sample.put(&store, consent.writes()).await;
    let facts = store.code(code.id).await.unwrap().unwrap();
    assert_eq!(print::code(&facts.code), print::code(&code));
    assert_eq!(format!("{:?}", facts.grant.unwrap()), format!("{:?}", consent.grant));
    assert_eq!(
        print::session(&facts.session.unwrap()),
        print::session(&consent.session)
    );
    assert_eq!(print::user(&facts.user.unwrap()), print::user(&consent.user));
}

pub async fn a_spent_code_says_when_and_stays(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let code = sample.code(&sample.consent("ada", "ledger"));
    let id = code.id;
    sample.put(&store, vec![Write::InsertCode(Box::new(code))]).await;
    for seconds in [1, 2] {
        let (at, keep_until) = (at(seconds), at(seconds + 900));
        sample.put(&store, vec![Write::SpendCode { id, at, keep_until }]).await;
    }
    let code = store.code(id).await.unwrap().unwrap().code;
    assert_eq!((code.spent_at, code.keep_until), (Some(at(1)), at(901)));
}

pub async fn a_family_is_read_with_everything_it_hangs_off(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let consent = sample.consent("ada", "ledger");
    let family = sample.family(&consent);
    let mut writes = consent.writes();
    writes.push(Write::InsertFamily(Box::new(family.clone())));
    sample.put(&store, writes).await;
    let facts = store.family(family.id).await.unwrap().unwrap();
    assert_eq!(print::family(&facts.family), print::family(&family));
    assert_eq!(format!("{:?}", facts.grant.unwrap()), format!("{:?}", consent.grant));
    assert_eq!(
        print::session(&facts.session.unwrap()),
        print::session(&consent.session)
    );
    assert_eq!(print::user(&facts.user.unwrap()), print::user(&consent.user));
}

pub async fn a_rotation_moves_the_generation_and_the_idle_end(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let mut family = sample.family(&sample.consent("ada", "ledger"));
    sample
        .put(&store, vec![Write::InsertFamily(Box::new(family.clone()))])
        .await;
    let bound = Binding::from_bytes(&[3; 32]);
    assert!(bound.is_some());
    let rotation = Write::RotateFamily {
        id: family.id,
        to: 1,
        at: at(7),
        rotated_for: bound,
        idle_expires_at: at(607),
    };
    sample.put(&store, vec![rotation]).await;
    family.generation = Some(1);
    family.rotated_at = at(7);
    family.rotated_for = bound;
    family.idle_expires_at = at(607);
    let read = store.family(family.id).await.unwrap().unwrap().family;
    assert_eq!(print::family(&read), print::family(&family));
}

pub async fn a_touch_moves_the_idle_end_alone(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let mut family = sample.family(&sample.consent("ada", "ledger"));
    sample
        .put(&store, vec![Write::InsertFamily(Box::new(family.clone()))])
        .await;
    family.idle_expires_at = at(900);
    let touch = Write::TouchFamily {
        id: family.id,
        idle_expires_at: at(900),
    };
    sample.put(&store, vec![touch]).await;
    let read = store.family(family.id).await.unwrap().unwrap().family;
    assert_eq!(print::family(&read), print::family(&family));
}

pub async fn a_family_without_refresh_token_has_no_generation(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let mut family = sample.family(&sample.consent("ada", "ledger"));
    family.generation = None;
    family.absolute_expires_at = None;
    family.offline = false;
    family.delegation.session = None;
    family.delegation.tenant = None;
    family.delegation.nonce = None;
    family.delegation.authentication.acr = None;
    sample
        .put(&store, vec![Write::InsertFamily(Box::new(family.clone()))])
        .await;
    let read = store.family(family.id).await.unwrap().unwrap().family;
    assert_eq!(print::family(&read), print::family(&family));
}

pub async fn a_code_and_its_family_keep_what_was_allowed_in_detail(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let consent = sample.consent("ada", "ledger");
    let claims = ReleasedClaims {
        userinfo: vec!["email".to_owned()],
        id_token: vec!["name".to_owned(), "phone_number".to_owned()],
    };
    let mut code = sample.code(&consent);
    code.delegation.more = DelegationMore::of(Some(details()), claims);
    let mut family = sample.family(&consent);
    family.delegation.more = DelegationMore::of(Some(details()), ReleasedClaims::default());
    sample
        .put(
            &store,
            vec![
                Write::InsertCode(Box::new(code.clone())),
                Write::InsertFamily(Box::new(family.clone())),
            ],
        )
        .await;
    let read = store.code(code.id).await.unwrap().unwrap().code;
    assert_eq!(print::code(&read), print::code(&code));
    let read = store.family(family.id).await.unwrap().unwrap().family;
    assert_eq!(print::family(&read), print::family(&family));
}

pub async fn a_renewed_session_has_another_secret_and_stays_itself(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let consent = sample.consent("ada", "ledger");
    sample.put(&store, consent.writes()).await;
    let before = store.session(consent.session.id).await.unwrap().unwrap().session;
    let mut authentication = before.authentication.clone();
    authentication.at = at(50);
    let renew = |hash| Write::RenewSession {
        id: before.id,
        hash,
        authentication: authentication.clone(),
        expires_at: at(9000),
    };
    sample.put(&store, vec![renew(SecretHash::of(b"fresh"))]).await;
    let after = store.session(before.id).await.unwrap().unwrap().session;
    assert!(after.hash.matches(b"fresh"));
    assert_eq!(
        (after.authentication, after.expires_at),
        (authentication.clone(), at(9000))
    );
    assert_eq!(
        (&after.user, after.created_at, after.ended_at),
        (&before.user, before.created_at, None)
    );
    let end = Write::EndSession {
        id: before.id,
        at: at(60),
    };
    sample.put(&store, vec![end, renew(SecretHash::of(b"late"))]).await;
    let ended = store.session(before.id).await.unwrap().unwrap().session;
    assert!(
        ended.ended_at.is_some() && !ended.hash.matches(b"late"),
        "an ended session is not renewed"
    );
}

pub async fn a_session_is_read_with_its_user(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let session = sample.session("ada");
    let id = session.id;
    sample
        .put(&store, vec![Write::InsertSession(Box::new(session.clone()))])
        .await;
    assert!(store.session(id).await.unwrap().unwrap().user.is_none());
    let user = sample.user("ada");
    sample
        .put(&store, vec![Write::InsertUser(Box::new(user.clone()))])
        .await;
    let facts = store.session(id).await.unwrap().unwrap();
    assert_eq!(print::session(&facts.session), print::session(&session));
    assert_eq!(print::user(&facts.user.unwrap()), print::user(&user));
}

pub async fn a_grant_is_found_by_its_four_names(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let mut grant = sample.grant("ada", "ledger");
    grant.expires_at = Some(at(50));
    grant.session = Some(sample.session("ada").id);
    let mut in_acme = sample.grant("ada", "ledger");
    in_acme.tenant = Some("acme".into());
    let writes = [&grant, &in_acme].map(|row| Write::InsertGrant(Box::new(row.clone())));
    sample.put(&store, writes.into()).await;
    let show = |grant| format!("{grant:?}");
    let read = store.grant(REALM, "ada", "ledger", None).await.unwrap();
    assert_eq!(show(read), show(Some(grant)));
    let read = store.grant(REALM, "ada", "ledger", Some("acme")).await.unwrap();
    assert_eq!(show(read), show(Some(in_acme)));
    for (user, client, tenant) in [
        ("bob", "ledger", None),
        ("ada", "other", None),
        ("ada", "ledger", Some("x")),
    ] {
        assert!(store.grant(REALM, user, client, tenant).await.unwrap().is_none());
    }
}

pub async fn an_updated_grant_counts_its_version_up(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let mut grant = sample.grant("ada", "ledger");
    let session = sample.session("ada").id;
    let update = Write::UpdateGrant {
        id: grant.id,
        scope: scope("invoices:read invoices:write"),
        resource: "https://api.example https://other.example".into(),
        redirect_uri: "https://app.example/other".to_owned(),
        at: at(8),
        expires_at: Some(at(80)),
        session: Some(session),
    };
    let writes = vec![Write::InsertGrant(Box::new(grant.clone())), update];
    sample.put(&store, writes).await;
    grant.version = 2;
    grant.scope = scope("invoices:read invoices:write");
    grant.resource = "https://api.example https://other.example".into();
    grant.redirect_uri = "https://app.example/other".to_owned();
    grant.updated_at = at(8);
    grant.expires_at = Some(at(80));
    grant.session = Some(session);
    let read = store.grant(REALM, "ada", "ledger", None).await.unwrap().unwrap();
    assert_eq!(format!("{read:?}"), format!("{grant:?}"));
}

pub async fn keys_pass_through_their_states_oldest_first(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let (mut old, new) = (sample.key("z-old", at(1)), sample.key("a-new", at(2)));
    let writes = [&new, &old].map(|row| Write::InsertKey(Box::new(row.clone())));
    sample.put(&store, writes.into()).await;
    let retire = Write::SetKeyState {
        realm: REALM.into(),
        kid: "z-old".to_owned(),
        state: KeyState::Retired,
        since: at(3),
        remove_at: Some(at(4)),
    };
    sample.put(&store, vec![retire]).await;
    old.state = KeyState::Retired;
    old.since = at(3);
    old.remove_at = Some(at(4));
    let show = |rows: Vec<_>| rows.iter().map(print::key).collect::<Vec<_>>();
    let read = store.keys(REALM).await.unwrap();
    assert_eq!(show(read), show(vec![old, new.clone()]));
    let delete = Write::DeleteKey {
        realm: REALM.into(),
        kid: "z-old".to_owned(),
    };
    sample.put(&store, vec![delete]).await;
    assert_eq!(show(store.keys(REALM).await.unwrap()), show(vec![new]));
    assert!(store.keys("other").await.unwrap().is_empty());
}

pub async fn attempts_are_set_and_replaced(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let key = CounterKey([7; 32]);
    assert_eq!(store.attempts(key).await.unwrap(), None);
    for tat in [at(1), at(2)] {
        let expires_at = at(60);
        sample
            .put(&store, vec![Write::SetAttempts { key, tat, expires_at }])
            .await;
        assert_eq!(store.attempts(key).await.unwrap(), Some(tat));
    }
}

pub async fn what_does_not_exist_is_not_found(backend: &impl Backend) {
    let store = backend.open().await;
    store.ping().await.unwrap();
    assert!(store.client(REALM, "x").await.unwrap().is_none());
    assert!(store.user(REALM, "x").await.unwrap().is_none());
    assert!(store.user_by_key(REALM, "x").await.unwrap().is_none());
    assert!(store.code(CodeId::from_bytes([1; 16])).await.unwrap().is_none());
    assert!(store.family(FamilyId::from_bytes([1; 16])).await.unwrap().is_none());
    assert!(store.access(AccessId::from_bytes([1; 16])).await.unwrap().is_none());
    assert!(store.session(SessionId::from_bytes([1; 16])).await.unwrap().is_none());
    assert!(store.tenant(REALM, "x").await.unwrap().is_none());
    assert!(store.memberships(REALM, "x").await.unwrap().is_empty());
    assert!(store.grants_of(REALM, "x").await.unwrap().is_empty());
    assert!(store.keys(REALM).await.unwrap().is_empty());
}

pub async fn texts_of_any_kind_survive(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    for (number, text) in ["", " ", "'; --", "ключ", "a\u{1F511}b", "NULL"]
        .into_iter()
        .enumerate()
    {
        let mut token = sample.own_access(text);
        token.audience = text.into();
        token.issuer = text.into();
        token.tenant = Some(text.into());
        let mut grant = sample.grant(text, "ledger");
        grant.tenant = Some(text.into());
        grant.redirect_uri = text.to_owned();
        let writes = vec![
            Write::InsertAccess(Box::new(token.clone())),
            Write::InsertGrant(Box::new(grant.clone())),
        ];
        sample.put(&store, writes).await;
        let read = store.access(token.id).await.unwrap().unwrap().token;
        assert_eq!(print::access(&read), print::access(&token), "{number}");
        let read = store.grant(REALM, text, "ledger", Some(text)).await.unwrap().unwrap();
        assert_eq!(format!("{read:?}"), format!("{grant:?}"), "{number}");
        assert!(store.grant(REALM, text, "ledger", None).await.unwrap().is_none());
    }
}
