//! The client's scenarios of `spec/vectors/scenarios.md` about what a store has of a login: whose key it belongs to, what is newer,
//! what cannot be read, and how it ends.

use crate::client_tokens::{token, user};
use crate::support::{manager, until};
use grantd_sdk::client::{FileTokenStore, MemoryTokenStore, TokenSet, TokenStore};
use grantd_sdk::testing::{Endpoint, FakeIssuer, Fault};
use grantd_sdk::{BoxFuture, DpopKey, Error, Request, Response, Secret, TokenSource as _, Transport, TransportError};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Semaphore;

/// The name under which a store has the tokens of the client, or of a user of it.
fn entry(issuer: &FakeIssuer, subject: Option<&str>) -> String {
    grantd_sdk::client::cache_key(&grantd_sdk::client::Purpose {
        issuer: issuer.issuer().to_owned(),
        client_id: "client".to_owned(),
        subject: subject.map(str::to_owned),
        resource: None,
        scopes: Vec::new(),
    })
}

async fn text(store: &MemoryTokenStore, key: &str) -> Option<String> {
    store.get(key).await.unwrap().map(|text| text.expose().to_owned())
}

#[tokio::test]
async fn a_login_belongs_to_its_key() {
    let issuer = FakeIssuer::new().unwrap();
    let store = Arc::new(MemoryTokenStore::default());
    let builder = || manager(&issuer).store(Arc::clone(&store));
    let key = entry(&issuer, Some("ada"));
    let (own, other) = (DpopKey::generate().unwrap(), DpopKey::generate().unwrap());
    let first = token(&user(&issuer, builder().dpop(own.clone())).await).await;
    let kept = text(&store, &key).await;
    assert!(kept.as_ref().unwrap().contains(&own.thumbprint()));
    for age in [0, 3_600_000] {
        issuer.clock().advance(age);
        for stranger in [builder(), builder().dpop(other.clone())] {
            let manager = stranger.for_user("ada", None).await.unwrap();
            assert!(matches!(manager.token().await, Err(Error::Configuration(_))));
            assert!(matches!(manager.revoke().await, Err(Error::Configuration(_))));
            assert_eq!(text(&store, &key).await, kept);
        }
    }
    let given = builder().for_user("ada", Some("from-elsewhere")).await;
    assert!(matches!(given, Err(Error::Configuration(_))));
    assert_eq!(issuer.count(Endpoint::Revocation), 0);
    // With its key it goes on, and a refusal ends it.
    let manager = builder().dpop(own.clone()).for_user("ada", None).await.unwrap();
    assert_ne!(token(&manager).await, first);
    issuer.clock().advance(3_600_000);
    issuer.fail_next(Endpoint::Token, Fault::refusal("invalid_grant"));
    assert!(matches!(manager.token().await, Err(Error::LoginRequired(_))));
    assert!(store.is_empty());
}

#[tokio::test]
async fn what_is_the_clients_own_is_replaced_where_it_is_bound_to_another_key() {
    let issuer = FakeIssuer::new().unwrap();
    let store = Arc::new(MemoryTokenStore::default());
    let builder = || manager(&issuer).store(Arc::clone(&store));
    let (one, other) = (DpopKey::generate().unwrap(), DpopKey::generate().unwrap());
    let mut before = String::new();
    for builder in [
        builder().dpop(one.clone()),
        builder().dpop(other),
        builder(),
        // Its own is bound to none, and it has a key now.
        builder().dpop(one.clone()),
    ] {
        let got = token(&builder.build().unwrap()).await;
        assert_ne!(got, before);
        before = got;
    }
    assert_eq!(issuer.count(Endpoint::Token), 4);
    assert_eq!(token(&builder().dpop(one).build().unwrap()).await, before);
    assert_eq!(issuer.count(Endpoint::Token), 4);
}

#[tokio::test]
async fn a_login_that_was_bound_to_no_key_is_refreshed_with_the_new_one_and_its_token_is_not_used() {
    let issuer = FakeIssuer::new().unwrap();
    let store = Arc::new(MemoryTokenStore::default());
    let builder = || manager(&issuer).store(Arc::clone(&store));
    let plain = token(&user(&issuer, builder()).await).await;
    let key = DpopKey::generate().unwrap();
    let bound = builder().dpop(key).for_user("ada", None).await.unwrap();
    let token = bound.token().await.unwrap();
    assert!(token.is_bound() && token.expose() != plain);
}

#[tokio::test]
async fn an_entry_from_before_keys_were_noted_is_used_with_a_key_and_not_without() {
    let issuer = FakeIssuer::new().unwrap();
    let store = Arc::new(MemoryTokenStore::default());
    let builder = || manager(&issuer).store(Arc::clone(&store));
    let key = entry(&issuer, Some("ada"));
    let own = DpopKey::generate().unwrap();
    let first = token(&user(&issuer, builder().dpop(own.clone())).await).await;
    let mut old: serde_json::Value = serde_json::from_str(&text(&store, &key).await.unwrap()).unwrap();
    old.as_object_mut().unwrap().remove("jkt").unwrap();
    store.put(&key, Secret::new(old.to_string())).await.unwrap();
    let without = builder().for_user("ada", None).await.unwrap();
    assert!(matches!(without.token().await, Err(Error::Configuration(_))));
    let with = builder().dpop(own).for_user("ada", None).await.unwrap();
    assert_eq!(token(&with).await, first);
    // A refusal may be meant for the key: nothing is deleted.
    let other = builder().dpop(DpopKey::generate().unwrap());
    let other = other.for_user("ada", None).await.unwrap();
    issuer.clock().advance(3_600_000);
    assert!(matches!(other.token().await, Err(Error::LoginRequired(_))));
    assert!(!store.is_empty());
}

#[tokio::test]
async fn the_store_knows_better() {
    let issuer = FakeIssuer::new().unwrap();
    let store = Arc::new(MemoryTokenStore::default());
    let builder = || manager(&issuer).store(Arc::clone(&store));
    let first = user(&issuer, builder()).await.tokens().await.unwrap();
    // As each start of a program does that has the first refresh token in its configuration.
    let given = first.refresh_token().unwrap().to_owned();
    issuer.clock().advance(3_600_000);
    for _ in 0..2 {
        let again = builder().for_user("ada", Some(&given)).await.unwrap();
        token(&again).await;
        issuer.clock().advance(3_600_000);
    }
    let newest = builder().for_user("ada", None).await.unwrap().tokens().await.unwrap();
    // Where there is nothing yet it is what begins the login.
    let imported = builder().for_user("bob", newest.refresh_token()).await.unwrap();
    token(&imported).await;
}

#[tokio::test]
async fn damaged_store() {
    let directory = std::env::temp_dir().join(format!("grantd-damaged-{}", DpopKey::generate().unwrap().thumbprint()));
    let issuer = FakeIssuer::new().unwrap();
    let store = FileTokenStore::new(&*directory);
    let builder = || manager(&issuer).store(store.clone());
    for contents in [b"{\"refresh_token\":\"half".as_slice(), b"", b"\xff\xfe", b"[]"] {
        let own = directory.join(format!("{}.json", entry(&issuer, None)));
        let users = directory.join(format!("{}.json", entry(&issuer, Some("ada"))));
        std::fs::create_dir_all(&directory).unwrap();
        for file in [&own, &users] {
            std::fs::write(file, contents).unwrap();
        }
        // The client's own comes again.
        token(&builder().build().unwrap()).await;
        assert!(TokenSet::from_text(&std::fs::read_to_string(&own).unwrap()).is_some());
        // A user's is an error that says where.
        let manager = builder().for_user("ada", None).await.unwrap();
        let error = manager.token().await.unwrap_err();
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert!(
            matches!(error, Error::Store(_)) && cause.contains(users.to_str().unwrap()),
            "{cause}"
        );
        assert!(!format!("{error:?} {cause}").contains("half"), "{error:?}");
        assert!(matches!(
            builder().for_user("ada", Some("given")).await,
            Err(Error::Store(_))
        ));
        manager.revoke().await.unwrap();
        assert!(!users.exists());
        assert!(matches!(manager.token().await, Err(Error::LoginRequired(_))));
    }
    std::fs::remove_dir_all(directory).unwrap();
}

#[tokio::test]
async fn the_end_of_one_refresh_token_is_not_that_of_another() {
    let issuer = FakeIssuer::new().unwrap();
    let store = Arc::new(MemoryTokenStore::default());
    let builder = || manager(&issuer).store(Arc::clone(&store));
    let elsewhere = user(&issuer, manager(&issuer)).await.tokens().await.unwrap();
    let here = user(&issuer, builder()).await;
    issuer.clock().advance(3_600_000);
    issuer.fail_next(Endpoint::Token, Fault::refusal("invalid_grant"));
    assert!(matches!(here.token().await, Err(Error::LoginRequired(_))));
    assert!(store.is_empty());
    // Another process takes the user's new login at once.
    builder().for_user("ada", elsewhere.refresh_token()).await.unwrap();
    token(&here).await;
    assert!(!store.is_empty());
}

#[tokio::test]
async fn a_refresh_token_from_elsewhere_belongs_to_the_key_that_it_was_given_with() {
    let issuer = FakeIssuer::new().unwrap();
    let store = Arc::new(MemoryTokenStore::default());
    let builder = || manager(&issuer).store(Arc::clone(&store));
    let (own, other) = (DpopKey::generate().unwrap(), DpopKey::generate().unwrap());
    let elsewhere = user(&issuer, manager(&issuer).dpop(own.clone())).await;
    let given = elsewhere.tokens().await.unwrap();
    let ours = builder().dpop(own).for_user("ada", given.refresh_token());
    let ours = ours.await.unwrap();
    let key = entry(&issuer, Some("ada"));
    let kept = text(&store, &key).await;
    for stranger in [builder(), builder().dpop(other)] {
        let manager = stranger.for_user("ada", None).await.unwrap();
        assert!(matches!(manager.token().await, Err(Error::Configuration(_))));
        assert_eq!(text(&store, &key).await, kept);
    }
    assert!(ours.token().await.unwrap().is_bound());
}

/// Holds requests to one path back.
#[derive(Clone)]
struct Gate {
    path: &'static str,
    issuer: FakeIssuer,
    is_shut: Arc<AtomicBool>,
    open: Arc<Semaphore>,
}

impl Transport for Gate {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(async move {
            let is_held = request.uri().path() == self.path;
            let reply = self.issuer.send(request).await;
            if is_held && self.is_shut.load(Ordering::SeqCst) {
                self.open.acquire().await.unwrap().forget();
            }
            reply
        })
    }
}

#[tokio::test]
async fn logout_during_a_refresh() {
    let issuer = FakeIssuer::new().unwrap();
    let store = Arc::new(MemoryTokenStore::default());
    let gate = Gate {
        path: "/token",
        issuer: issuer.clone(),
        is_shut: Arc::default(),
        open: Arc::new(Semaphore::new(0)),
    };
    for has_store in [true, false] {
        gate.is_shut.store(false, Ordering::SeqCst);
        let mut builder = manager(&issuer).transport(gate.clone());
        if has_store {
            builder = builder.store(Arc::clone(&store));
        }
        let manager = user(&issuer, builder).await;
        gate.is_shut.store(true, Ordering::SeqCst);
        issuer.clock().advance(3_600_000);
        let asked = issuer.count(Endpoint::Token);
        let refreshing = tokio::spawn({
            let manager = manager.clone();
            async move { manager.tokens().await }
        });
        until(|| issuer.count(Endpoint::Token) == asked + 1).await;
        let ending = tokio::spawn({
            let manager = manager.clone();
            async move { manager.revoke().await }
        });
        for _ in 0..50 {
            tokio::task::yield_now().await;
        }
        gate.open.add_permits(1);
        let _ = refreshing.await.unwrap();
        ending.await.unwrap().unwrap();
        let revoked: Vec<_> = issuer
            .seen()
            .into_iter()
            .filter(|seen| seen.endpoint == Endpoint::Revocation)
            .collect();
        let ended = revoked.last().unwrap().form["token"].clone();
        // What was ended is what the refresh brought, so that nothing of the login lives on.
        gate.is_shut.store(false, Ordering::SeqCst);
        assert!(
            matches!(manager.token().await, Err(Error::LoginRequired(_))),
            "{has_store}"
        );
        let again = crate::support::manager(&issuer)
            .for_user("eve", Some(&ended))
            .await
            .unwrap();
        assert!(matches!(again.token().await, Err(Error::LoginRequired(_))));
        assert!(ended.starts_with("fake_"), "{ended}");
        assert!(store.is_empty());
    }
}

#[tokio::test]
async fn a_logout_that_nobody_waits_for_any_more_goes_on() {
    let issuer = FakeIssuer::new().unwrap();
    let store = Arc::new(MemoryTokenStore::default());
    let gate = Gate {
        path: "/revoke",
        issuer: issuer.clone(),
        is_shut: Arc::new(AtomicBool::new(true)),
        open: Arc::new(Semaphore::new(0)),
    };
    let builder = manager(&issuer).transport(gate.clone()).store(Arc::clone(&store));
    let manager = user(&issuer, builder).await;
    let ending = tokio::spawn({
        let manager = manager.clone();
        async move { manager.revoke().await }
    });
    until(|| issuer.count(Endpoint::Revocation) == 1).await;
    ending.abort();
    assert!(ending.await.is_err());
    gate.open.add_permits(1);
    until(|| store.is_empty()).await;
    assert!(matches!(manager.token().await, Err(Error::LoginRequired(_))));
    assert_eq!(issuer.count(Endpoint::Revocation), 1);
}
