//! Tokens that are kept beyond a process: stored before they are used, and not lost when the store fails.

use crate::client_tokens::{token, user};
use crate::support::{manager, until};
use grantd_sdk::client::{MemoryTokenStore, StoreLock, TokenSet, TokenStore};
use grantd_sdk::testing::{Endpoint, FakeIssuer};
use grantd_sdk::{BoxFuture, Cause, Error, Secret, TokenSource as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// Says when something is stored, and can be full.
#[derive(Clone, Default)]
struct Watched {
    inner: Arc<MemoryTokenStore>,
    events: Arc<Mutex<Vec<String>>>,
    is_full: Arc<AtomicBool>,
    deleted: Arc<AtomicBool>,
}

impl TokenStore for Watched {
    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Secret>, Cause>> {
        self.inner.get(key)
    }

    fn put<'a>(&'a self, key: &'a str, text: Secret) -> BoxFuture<'a, Result<(), Cause>> {
        Box::pin(async move {
            if self.is_full.load(Ordering::SeqCst) {
                return Err(Arc::new(std::fmt::Error) as Cause);
            }
            tokio::task::yield_now().await;
            let refresh_token = TokenSet::from_text(text.expose())
                .unwrap()
                .refresh_token()
                .unwrap()
                .to_owned();
            self.events.lock().unwrap().push(refresh_token);
            self.inner.put(key, text).await
        })
    }

    fn delete<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<(), Cause>> {
        self.deleted.store(true, Ordering::SeqCst);
        self.inner.delete(key)
    }
}

#[tokio::test]
async fn rotation_stores_first() {
    let issuer = FakeIssuer::new().unwrap();
    let store = Watched::default();
    let manager = user(&issuer, manager(&issuer).store(store.clone())).await;
    issuer.clock().advance(3_600_000);
    token(&manager).await;
    store.events.lock().unwrap().push("handed out".to_owned());
    let events = store.events.lock().unwrap().clone();
    assert_eq!(events.len(), 3);
    assert!(events[1].starts_with("fake_") && events[0] != events[1], "{events:?}");
}

#[tokio::test]
async fn a_store_that_cannot_keep_the_new_refresh_token_is_an_error_and_the_token_is_not_lost() {
    let issuer = FakeIssuer::new().unwrap();
    let store = Watched::default();
    let manager = user(&issuer, manager(&issuer).store(store.clone())).await;
    store.is_full.store(true, Ordering::SeqCst);
    issuer.clock().advance(3_600_000);
    assert!(matches!(manager.token().await, Err(Error::Store(_))));
    store.is_full.store(false, Ordering::SeqCst);
    token(&manager).await;
    assert_eq!(issuer.count(Endpoint::Token), 2, "the code and one refresh");
}

#[tokio::test]
async fn a_user_who_comes_back_is_served_from_the_store() {
    let issuer = FakeIssuer::new().unwrap();
    let store = Arc::new(MemoryTokenStore::default());
    let builder = || manager(&issuer).store(Arc::clone(&store));
    let first = token(&user(&issuer, builder()).await).await;
    let back = builder().for_user("ada", None).await.unwrap();
    assert_eq!(token(&back).await, first);
    assert_eq!(issuer.count(Endpoint::Token), 1);
    let stranger = builder().for_user("bob", None).await.unwrap();
    assert!(matches!(stranger.token().await, Err(Error::LoginRequired(_))));
    assert_eq!(issuer.count(Endpoint::Token), 1);
    back.revoke().await.unwrap();
    assert!(store.is_empty());
    assert_eq!(issuer.count(Endpoint::Revocation), 1);
}

#[tokio::test]
async fn where_the_store_has_nothing_nothing_is_deleted() {
    let issuer = FakeIssuer::new().unwrap();
    let store = Watched::default();
    let manager = manager(&issuer)
        .store(store.clone())
        .for_user("bob", None)
        .await
        .unwrap();
    assert!(matches!(manager.token().await, Err(Error::LoginRequired(_))));
    assert!(!store.deleted.load(Ordering::SeqCst));
}

/// Never answers to one of the things that it is asked for.
struct Silent(&'static str);

impl Silent {
    async fn answer<T>(&self, asked: &str, answer: T) -> Result<T, Cause> {
        if self.0 == asked {
            std::future::pending::<()>().await;
        }
        Ok(answer)
    }
}

impl TokenStore for Silent {
    fn get<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Option<Secret>, Cause>> {
        Box::pin(self.answer("get", None))
    }

    fn put<'a>(&'a self, _: &'a str, _: Secret) -> BoxFuture<'a, Result<(), Cause>> {
        Box::pin(self.answer("put", ()))
    }

    fn delete<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<(), Cause>> {
        Box::pin(self.answer("delete", ()))
    }

    fn lock<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<StoreLock, Cause>> {
        Box::pin(async { self.answer("lock", Box::new(()) as StoreLock).await })
    }
}

#[tokio::test]
async fn a_store_that_never_answers_is_an_error_a_minute_later() {
    for silent in ["get", "lock", "put", "delete"] {
        let issuer = FakeIssuer::new().unwrap();
        let manager = manager(&issuer).store(Silent(silent)).build().unwrap();
        let asked = tokio::spawn(async move {
            match silent {
                "delete" => manager.revoke().await,
                _ => manager.token().await.map(drop),
            }
        });
        until(|| issuer.clock().sleepers() > 0).await;
        issuer.clock().advance(59_999);
        for _ in 0..50 {
            tokio::task::yield_now().await;
        }
        assert!(!asked.is_finished(), "{silent}");
        issuer.clock().advance(1);
        assert!(matches!(asked.await.unwrap(), Err(Error::Store(_))), "{silent}");
    }
}
