//! The client's scenarios of `spec/vectors/scenarios.md` about keeping tokens, with a server which misbehaves, and a clock
//! that obeys; and that nothing of it is printed.

use crate::support::{api, api_key, asking, manager, until};
use grantd_sdk::client::{MemoryTokenStore, TokenManagerBuilder};
use grantd_sdk::testing::{Endpoint, FakeIssuer, Fault};
use grantd_sdk::{Credentials, DpopKey, Error, TokenManager, TokenSource as _};
use std::collections::HashSet;
use std::sync::Arc;

pub(crate) async fn token(manager: &TokenManager) -> String {
    manager.token().await.unwrap().expose().to_owned()
}

/// A fake issuer, and a manager of a client of it that acts for itself.
pub(crate) fn machine() -> (FakeIssuer, TokenManager) {
    let issuer = FakeIssuer::new().unwrap();
    (issuer.clone(), manager(&issuer).scopes(["a:read"]).build().unwrap())
}

/// A manager for a user who has just logged in.
pub(crate) async fn user(issuer: &FakeIssuer, builder: TokenManagerBuilder) -> TokenManager {
    let login = builder.login("http://localhost/cb").unwrap();
    let pending = login.begin(&[]).await.unwrap();
    let callback = issuer.approve(pending.url()).unwrap();
    login.finish(&callback, &pending, "ada").await.unwrap()
}

/// Lets everybody run who can run without the clock.
async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn refresh_ahead() {
    let (issuer, manager) = machine();
    let first = token(&manager).await;
    issuer.clock().advance(3_539_999);
    assert_eq!(token(&manager).await, first);
    settle().await;
    assert_eq!(issuer.count(Endpoint::Token), 1);
    issuer.clock().advance(1);
    assert_eq!(
        (token(&manager).await, token(&manager).await),
        (first.clone(), first.clone())
    );
    until(|| issuer.count(Endpoint::Token) == 2).await;
    settle().await;
    assert_ne!(token(&manager).await, first);
    assert_eq!(issuer.count(Endpoint::Token), 2);
}

#[tokio::test]
async fn refresh_blocks_at_the_end() {
    let (issuer, manager) = machine();
    let first = token(&manager).await;
    issuer.clock().advance(3_595_000);
    let (one, other) = tokio::join!(token(&manager), token(&manager));
    assert_ne!(one, first);
    assert_eq!(one, other);
    assert_eq!(issuer.count(Endpoint::Token), 2);
}

#[tokio::test]
async fn failed_early_refresh_keeps_the_token() {
    for fault in [Fault::reply(503, "down"), Fault::Network] {
        let (issuer, manager) = machine();
        let first = token(&manager).await;
        issuer.fail_always(Endpoint::Token, fault.clone());
        issuer.clock().advance(3_550_000);
        assert_eq!(token(&manager).await, first);
        until(|| issuer.count(Endpoint::Token) == 2).await;
        settle().await;
        for (step, requests) in [(4_999, 2), (1, 3)] {
            issuer.clock().advance(step);
            assert_eq!(token(&manager).await, first);
            settle().await;
            assert_eq!(issuer.count(Endpoint::Token), requests);
        }
        issuer.clock().advance(44_000);
        assert_eq!(token(&manager).await, first, "a second before its end it is still good");
        issuer.clock().advance(1_000);
        let error = manager.token().await.unwrap_err();
        assert!(
            matches!(error, Error::Network { .. } | Error::Reply { status: 503, .. }),
            "{error}"
        );
        issuer.mend();
        issuer.clock().advance(1_000);
        assert_ne!(token(&manager).await, first);
    }
}

#[tokio::test]
async fn single_flight_failure() {
    let (issuer, manager) = machine();
    issuer.fail_next(Endpoint::Token, Fault::refusal("invalid_client"));
    let all: Vec<_> = (0..100)
        .map(|_| {
            let manager = manager.clone();
            tokio::spawn(async move { manager.token().await.unwrap_err() })
        })
        .collect();
    for one in all {
        let error = one.await.unwrap();
        assert!(
            matches!(&error, Error::OAuth(refusal) if refusal.code == "invalid_client"),
            "{error}"
        );
    }
    assert_eq!(issuer.count(Endpoint::Token), 1);
    issuer.clock().advance(5_000);
    token(&manager).await;
}

#[tokio::test]
async fn a_caller_that_gives_up_takes_nothing_from_the_others() {
    let issuer = FakeIssuer::new().unwrap();
    let manager = user(&issuer, manager(&issuer)).await;
    issuer.clock().advance(3_600_000);
    {
        // Begun and dropped: the refresh token is spent, and what came for it must not be lost.
        let mut given_up = Box::pin(manager.token());
        let waker = std::task::Waker::noop();
        assert!(
            given_up
                .as_mut()
                .poll(&mut std::task::Context::from_waker(waker))
                .is_pending()
        );
    }
    until(|| issuer.count(Endpoint::Token) == 2).await;
    token(&manager).await;
    issuer.clock().advance(3_600_000);
    token(&manager).await;
    assert_eq!(issuer.count(Endpoint::Token), 3);
}

#[tokio::test]
async fn a_clock_that_is_set_back_does_not_make_a_token_eternal() {
    let (issuer, manager) = machine();
    let first = token(&manager).await;
    issuer.clock().advance(-3_600_000);
    assert_eq!(token(&manager).await, first);
    issuer.clock().advance(3_600_000 + 3_600_000);
    assert_ne!(token(&manager).await, first);
    assert_eq!(issuer.count(Endpoint::Token), 2);
}

#[tokio::test]
async fn what_one_set_of_permissions_or_api_got_is_not_used_for_another() {
    let (issuer, manager) = machine();
    let others = [
        manager.clone(),
        manager.with_scopes(["b:read"]).unwrap(),
        manager.with_scopes(["a:read", "b:read"]).unwrap(),
        manager.for_resource("https://api.example.test/v2").unwrap(),
    ];
    let mut tokens = HashSet::new();
    for other in &others {
        tokens.insert(token(other).await);
    }
    assert_eq!((tokens.len(), issuer.count(Endpoint::Token)), (4, 4));
    let again = manager.with_scopes(["b:read", "a:read", "b:read"]).unwrap();
    assert!(tokens.contains(&token(&again).await));
    assert_eq!(issuer.count(Endpoint::Token), 4);
    assert!(matches!(manager.with_scopes(["a b"]), Err(Error::Configuration(_))));
}

#[tokio::test]
async fn secrets_do_not_print() {
    let store = Arc::new(MemoryTokenStore::default());
    let (issuer, builder) = api();
    let manager = manager(&issuer).store(Arc::clone(&store)).build().unwrap();
    let token = manager.token().await.unwrap();
    let flow = crate::support::manager(&issuer)
        .store(Arc::clone(&store))
        .login("http://localhost/cb")
        .unwrap();
    let pending = flow.begin(&[]).await.unwrap();
    let login = flow
        .finish(&issuer.approve(pending.url()).unwrap(), &pending, "ada")
        .await
        .unwrap();
    let tokens = login.tokens().await.unwrap();
    let (key, dpop) = (api_key("key-of-the-api"), DpopKey::generate().unwrap());
    let credentials = Credentials::secret("client", "the client's secret");
    issuer.fail_next(Endpoint::Token, Fault::refusal("invalid_client"));
    let failed = crate::support::manager(&issuer)
        .build()
        .unwrap()
        .token()
        .await
        .unwrap_err();
    let verifier = asking(builder).build().unwrap();
    let principal = verifier.verify(token.expose()).await.unwrap();
    let refused = verifier.verify(&format!("{}x", token.expose())).await.unwrap_err();
    let printed = [
        format!("{manager:?} {login:?} {flow:?} {pending:?} {store:?} {credentials:?}"),
        format!("{token:?} {tokens:?} {key:?} {dpop:?} {:?}", tokens.to_text()),
        format!("{failed:?} {failed} {verifier:?} {principal:?} {refused:?} {refused}"),
        format!(
            "{:?} {:?} {issuer:?}",
            issuer.seen(),
            verifier.refuse(grantd_sdk::verifier::Reason::Missing, &[])
        ),
        format!(
            "{:?}",
            manager.token().await.map(|token| {
                let mut headers = http::HeaderMap::new();
                token.apply(&mut headers);
                headers
            })
        ),
    ];
    let state = pending.to_text();
    let refresh_token = tokens.refresh_token().unwrap();
    let secrets = [
        token.expose(),
        tokens.access_token(),
        refresh_token,
        "the client's secret",
        "key-of-the-api",
        state.expose(),
    ];
    for text in printed {
        assert!(!secrets.iter().any(|secret| text.contains(secret)), "{text}");
    }
}
