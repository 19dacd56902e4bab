//! Access tokens are read as they were written.

use super::sample::{Sample, at, scope};
use super::{Backend, print};
use grantd_core::change::Write;
use grantd_core::details::AuthorizationDetails;
use grantd_core::record::access::{AccessMore, Actor, Party};
use grantd_protocol::id::AccessId;
use grantd_store::Store;

pub async fn a_token_says_how_its_user_logged_in(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let consent = sample.consent("ada", "ledger");
    let family = sample.family(&consent);
    let token = sample.access(&family);
    let own = sample.own_access("ledger");
    sample
        .put(
            &store,
            vec![
                Write::InsertFamily(Box::new(family.clone())),
                Write::InsertAccess(Box::new(token.clone())),
                Write::InsertAccess(Box::new(own.clone())),
            ],
        )
        .await;
    let found = store.access(token.id).await.unwrap().unwrap();
    assert_eq!(found.authentication, Some(family.delegation.authentication));
    assert_eq!(store.access(own.id).await.unwrap().unwrap().authentication, None);
}

/// Details with whatever JSON can hold.
pub fn details() -> AuthorizationDetails {
    let text = r#"[{"type":"payment","amount":{"value":"1.50"},"to":"d\u00e9 \"x\" \\ <b>","urgent":true,"copies":7,
        "locations":["https://api.example"]},{"type":"other"}]"#;
    serde_json::from_str(text).unwrap()
}

pub async fn a_token_keeps_what_few_tokens_have(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let mut token = sample.own_access("ledger");
    let acting = |sub: &str, act| Actor { sub: sub.into(), act };
    token.more = Some(Box::new(AccessMore {
        made_of: Some(AccessId::from_bytes([3; 16])),
        act: Some(acting(
            "gateway",
            Some(Box::new(acting("d\u{e9}vice \"quoted\"", None))),
        )),
        may_act: Some(Party {
            sub: "g\u{e4}teway \"2\"".into(),
        }),
        details: Some(details()),
        claims: vec!["email".to_owned()],
    }));
    let plain = sample.own_access("ledger");
    for row in [&token, &plain] {
        sample
            .put(&store, vec![Write::InsertAccess(Box::new(row.clone()))])
            .await;
        let found = store.access(row.id).await.unwrap().unwrap();
        assert_eq!(print::access(&found.token), print::access(row));
    }
}

pub async fn an_access_token_is_read_as_it_was_written(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let consent = sample.consent("ada", "ledger");
    let family = sample.family(&consent);
    let token = sample.access(&family);
    let mut writes = consent.writes();
    writes.push(Write::InsertFamily(Box::new(family)));
    writes.push(Write::InsertAccess(Box::new(token.clone())));
    sample.put(&store, writes).await;
    let facts = store.access(token.id).await.unwrap().unwrap();
    assert_eq!(print::access(&facts.token), print::access(&token));
    assert!(!facts.family_ended && !facts.grant_ended && !facts.user_disabled);
}

pub async fn a_token_of_a_client_itself_hangs_off_nothing(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let token = sample.own_access("ledger");
    sample
        .put(&store, vec![Write::InsertAccess(Box::new(token.clone()))])
        .await;
    let facts = store.access(token.id).await.unwrap().unwrap();
    assert_eq!(print::access(&facts.token), print::access(&token));
    assert!(!facts.family_ended && !facts.grant_ended && !facts.user_disabled);
}

pub async fn an_ended_access_token_keeps_the_first_end(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let token = sample.own_access("ledger");
    let id = token.id;
    sample.put(&store, vec![Write::InsertAccess(Box::new(token))]).await;
    for at in [at(5), at(9)] {
        sample.put(&store, vec![Write::EndAccess { id, at }]).await;
    }
    assert_eq!(store.access(id).await.unwrap().unwrap().token.ended_at, Some(at(5)));
}

pub async fn three_hundred_permissions_survive(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let many: Vec<_> = (0..300).map(|n| format!("resource-{n}:read")).collect();
    let consent = sample.consent("ada", "ledger");
    let mut family = sample.family(&consent);
    family.delegation.scope = scope(&many.join(" "));
    let first = sample.access(&family);
    let mut second = sample.access(&family);
    second.scope = scope("resource-0:read");
    let writes = vec![
        Write::InsertFamily(Box::new(family.clone())),
        Write::InsertAccess(Box::new(first.clone())),
        Write::InsertAccess(Box::new(second.clone())),
    ];
    sample.put(&store, writes).await;
    for token in [first, second] {
        let read = store.access(token.id).await.unwrap().unwrap().token;
        assert_eq!(read.scope, token.scope);
    }
    let read = store.family(family.id).await.unwrap().unwrap().family;
    assert_eq!(read.delegation.scope, family.delegation.scope);
}
