//! A runtime that nobody drives any more keeps what began in it from going on, and nobody else from anything.

use crate::client_tokens::{token, user};
use crate::support::{api, asking, manager, until};
use grantd_sdk::client::{MemoryTokenStore, TokenManagerBuilder};
use grantd_sdk::testing::{Endpoint, FakeIssuer, Fault};
use grantd_sdk::{TokenManager, TokenSource as _};
use serde_json::json;
use std::sync::Arc;
use tokio::runtime::Runtime;

/// As each thread of a synchronous program has one.
fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

/// Asks in a runtime until the issuer has heard of it, and leaves it there.
fn left_behind<F: Future>(runtime: &Runtime, issuer: &FakeIssuer, at: Endpoint, work: F) {
    let asked = issuer.count(at);
    runtime.block_on(async {
        tokio::select! {
            biased;
            _ = work => panic!("the issuer does not answer"),
            () = until(|| issuer.count(at) > asked) => {}
        }
    });
}

/// Waits in a runtime of its own, with a clock that goes on; says for how many milliseconds.
fn waited<F: Future<Output = T> + Send + 'static, T: Send + 'static>(issuer: &FakeIssuer, work: F) -> (T, i64) {
    runtime().block_on(async {
        let waiting = tokio::spawn(work);
        for passed in 0..200 {
            for _ in 0..50 {
                tokio::task::yield_now().await;
            }
            if waiting.is_finished() {
                return (waiting.await.unwrap(), passed * 1_000);
            }
            issuer.clock().advance(1_000);
        }
        panic!("it waits for ever");
    })
}

fn hang(issuer: &FakeIssuer, endpoint: Endpoint) {
    issuer.fail_next(endpoint, Fault::Hang);
}

fn later(manager: &TokenManager) -> impl Future<Output = String> + Send + 'static {
    let manager = manager.clone();
    async move { token(&manager).await }
}

#[test]
fn a_request_in_a_runtime_that_stands_still_is_given_up_once_by_all_others() {
    for stored in [false, true] {
        let issuer = FakeIssuer::new().unwrap();
        let builder: TokenManagerBuilder = manager(&issuer);
        let builder = if stored {
            builder.store(MemoryTokenStore::default())
        } else {
            builder
        };
        let manager = builder.build().unwrap();
        let first = runtime();
        hang(&issuer, Endpoint::Token);
        left_behind(&first, &issuer, Endpoint::Token, manager.token());
        let all = {
            let (one, other) = (later(&manager), later(&manager));
            async move { tokio::join!(one, other) }
        };
        let ((one, other), passed) = waited(&issuer, all);
        assert_eq!(one, other);
        assert!(passed <= 12_000, "the time limit and a bit, not {passed} ms");
        assert_eq!(issuer.count(Endpoint::Token), 2);
        // What was left there ends nothing of what is there now.
        assert_eq!(first.block_on(later(&manager)), one);
    }
}

#[test]
fn an_early_refresh_that_was_left_behind_is_given_up_too() {
    let issuer = FakeIssuer::new().unwrap();
    let manager = manager(&issuer).build().unwrap();
    let first = runtime();
    let before = first.block_on(later(&manager));
    issuer.clock().advance(3_550_000);
    // Begun beside the call, and never driven.
    assert_eq!(first.block_on(later(&manager)), before);
    issuer.clock().advance(60_000);
    let (after, passed) = waited(&issuer, later(&manager));
    assert_ne!(after, before);
    assert!(passed <= 2_000, "it was old already: {passed} ms");
}

#[test]
fn a_logout_that_was_left_behind_holds_nobody_else_up() {
    let issuer = FakeIssuer::new().unwrap();
    let builder = manager(&issuer).store(Arc::new(MemoryTokenStore::default()));
    let first = runtime();
    let manager = first.block_on(user(&issuer, builder));
    hang(&issuer, Endpoint::Revocation);
    left_behind(&first, &issuer, Endpoint::Revocation, manager.revoke());
    issuer.clock().advance(3_600_000);
    waited(&issuer, later(&manager));
    let ending = manager.clone();
    waited(&issuer, async move { ending.revoke().await }).0.unwrap();
    assert_eq!(issuer.count(Endpoint::Revocation), 2);
}

#[test]
fn a_verifier_gives_up_what_was_left_behind() {
    for at in [Endpoint::Metadata, Endpoint::Jwks, Endpoint::Introspection] {
        let (issuer, builder) = api();
        let verifier = asking(builder).build().unwrap();
        let token = match at {
            Endpoint::Introspection => issuer.mint_opaque(json!({})),
            _ => issuer.mint(json!({})).unwrap(),
        };
        let first = runtime();
        hang(&issuer, at);
        left_behind(&first, &issuer, at, verifier.verify(&token));
        let (outcome, passed) = waited(&issuer, async move { verifier.verify(&token).await.map(drop) });
        outcome.unwrap();
        assert!(passed <= 30_000, "{at:?}: {passed} ms");
        drop(first);
    }
}
