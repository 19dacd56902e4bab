//! The API's scenarios of `spec/vectors/scenarios.md` about an issuer that answers wrongly, slowly or not at all, and about a clock
//! that steps back.

use crate::support::{and, api, asking, authorization, facts, reason, until};
use grantd_sdk::testing::{Endpoint, FakeIssuer, Fault};
use grantd_sdk::verifier::{Reason, Verifier};
use grantd_sdk::{BoxFuture, Clock as _, DpopKey, Error, Request, Response, Transport, TransportError};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const DAY: i64 = 86_400_000;

fn long_lived(issuer: &FakeIssuer) -> String {
    issuer.set_lifetime(400 * 86_400);
    issuer.mint(json!({})).unwrap()
}

/// Lets everybody run who can run without the clock.
async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn metadata_turning_bad() {
    let faults = [
        Fault::status(404),
        Fault::reply(200, "<html>"),
        Fault::reply(200, r#"{"issuer":"https://evil.example.test"}"#),
        Fault::Network,
        Fault::Hang,
    ];
    for fault in faults {
        let (issuer, builder) = api();
        let verifier = asking(builder).build().unwrap();
        let token = long_lived(&issuer);
        verifier.verify(&token).await.unwrap();
        let first = issuer.count(Endpoint::Metadata);
        issuer.fail_always(Endpoint::Metadata, fault.clone());
        // Each question about an opaque token asks the metadata where to.
        let ask = async || {
            let opaque = issuer.mint_opaque(json!({}));
            verifier.verify(&opaque).await.unwrap();
            verifier.verify(&token).await.unwrap();
            settle().await;
        };
        issuer.clock().advance(600_000);
        ask().await;
        assert!(issuer.count(Endpoint::Metadata) > first, "{fault:?}");
        if matches!(fault, Fault::Hang) {
            issuer.clock().advance(10_000);
            settle().await;
        }
        for (step, is_asked) in [(29_999, false), (1, true)] {
            issuer.clock().advance(step);
            let before = issuer.count(Endpoint::Metadata);
            ask().await;
            assert_eq!(issuer.count(Endpoint::Metadata) > before, is_asked, "{fault:?} {step}");
        }
        // The keys come, where they come, by the address of the good document.
        issuer.clock().advance(600_000);
        let keys = issuer.count(Endpoint::Jwks);
        verifier.verify(&token).await.unwrap();
        until(|| issuer.count(Endpoint::Jwks) > keys).await;
        // For a day since it was fetched, and no longer.
        issuer.clock().advance(DAY);
        let refused = tokio::spawn({
            let (verifier, token) = (verifier.clone(), token.clone());
            async move { reason(verifier.verify(&token).await) }
        });
        if matches!(fault, Fault::Hang) {
            until(|| issuer.clock().sleepers() > 0).await;
            settle().await;
            issuer.clock().advance(10_000);
        }
        assert_eq!(refused.await.unwrap(), Reason::Unavailable, "{fault:?}");
    }
}

#[tokio::test]
async fn without_ever_having_had_metadata_there_is_one_try_a_second() {
    let (issuer, builder) = api();
    let verifier = asking(builder).build().unwrap();
    issuer.fail_always(Endpoint::Metadata, Fault::reply(200, "<html>"));
    for (step, requests) in [(0, 1), (999, 1), (1, 2)] {
        issuer.clock().advance(step);
        for round in 0..10 {
            let refusal = verifier.verify(&format!("opaque-{round}")).await.unwrap_err();
            assert_eq!(refusal.reason(), Reason::Unavailable);
            assert!(std::error::Error::source(&refusal).is_some());
        }
        assert_eq!(issuer.count(Endpoint::Metadata), requests);
    }
}

fn listed(issuer: &FakeIssuer) -> String {
    issuer.name_places();
    long_lived(issuer)
}

#[tokio::test]
async fn hanging_status_list() {
    let (issuer, builder) = api();
    let verifier = builder.build().unwrap();
    let token = listed(&issuer);
    verifier.verify(&token).await.unwrap();
    issuer.fail_always(Endpoint::Status, Fault::Hang);
    issuer.clock().advance(60_000);
    let verify = || {
        let (verifier, token) = (verifier.clone(), token.clone());
        tokio::spawn(async move { verifier.verify(&token).await.map(drop) })
    };
    let waiting = [verify(), verify()];
    until(|| issuer.count(Endpoint::Status) == 2 && issuer.clock().sleepers() == 3).await;
    issuer.clock().advance(1_000);
    for one in waiting {
        one.await.unwrap().unwrap();
    }
    // Nobody waits for five seconds, and the request goes on.
    for step in [0, 4_999] {
        issuer.clock().advance(step);
        verifier.verify(&token).await.unwrap();
    }
    assert_eq!(issuer.count(Endpoint::Status), 2);
    // Then again for a second, for the same request.
    issuer.clock().advance(1);
    let again = verify();
    until(|| issuer.clock().sleepers() == 2).await;
    issuer.clock().advance(1_000);
    again.await.unwrap().unwrap();
    assert_eq!(issuer.count(Endpoint::Status), 2);
    // It ends in vain, and what the next one brings is taken.
    issuer.clock().advance(3_000);
    settle().await;
    issuer.mend();
    issuer.revoke(&token);
    issuer.clock().advance(5_000);
    assert_eq!(reason(verifier.verify(&token).await), Reason::Revoked);
}

#[tokio::test]
async fn what_a_slow_request_for_a_list_brings_is_taken() {
    let issuer = FakeIssuer::new().unwrap();
    let gate = Gate {
        issuer: issuer.clone(),
        path: "/status/all",
        open: Arc::new(tokio::sync::Semaphore::new(1)),
        waiting: Arc::default(),
    };
    let verifier = Verifier::builder(issuer.issuer(), issuer.audience())
        .transport(gate.clone())
        .clock(issuer.clock())
        .build()
        .unwrap();
    let token = listed(&issuer);
    verifier.verify(&token).await.unwrap();
    issuer.revoke(&token);
    issuer.clock().advance(60_000);
    let waiting = tokio::spawn({
        let (verifier, token) = (verifier.clone(), token.clone());
        async move { verifier.verify(&token).await.map(drop) }
    });
    until(|| issuer.clock().sleepers() == 2).await;
    issuer.clock().advance(1_000);
    waiting.await.unwrap().unwrap();
    gate.open.add_permits(1);
    until(|| issuer.count(Endpoint::Status) == 2).await;
    settle().await;
    assert_eq!(reason(verifier.verify(&token).await), Reason::Revoked);
}

#[tokio::test]
async fn clock_steps_back() {
    let (issuer, builder) = api();
    let verifier = asking(builder).build().unwrap();
    let now = issuer.clock().now() / 1000;
    issuer.name_places();
    issuer.set_lifetime(400 * 86_400);
    let long = |more: Value| {
        let mut claims = json!({ "iat": now - 90 * 86_400 });
        claims
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        claims
    };
    let token = issuer.mint(long(json!({}))).unwrap();
    let opaque = issuer.mint_opaque(long(json!({})));
    verifier.verify(&token).await.unwrap();
    verifier.verify(&opaque).await.unwrap();
    issuer.clock().advance(-30 * DAY);
    let all = [
        Endpoint::Metadata,
        Endpoint::Jwks,
        Endpoint::Status,
        Endpoint::Introspection,
    ];
    let before = all.map(|endpoint| issuer.count(endpoint));
    verifier.verify(&token).await.unwrap();
    verifier.verify(&opaque).await.unwrap();
    settle().await;
    // Once each, at once, and from there on as ever.
    assert_eq!(
        all.map(|endpoint| issuer.count(endpoint)),
        before.map(|count| count + 1)
    );
    issuer.rotate_keys().unwrap();
    verifier.verify(&issuer.mint(long(json!({}))).unwrap()).await.unwrap();
    issuer.rotate_keys().unwrap();
    let new = issuer.mint(long(json!({}))).unwrap();
    assert_eq!(reason(verifier.verify(&new).await), Reason::UnknownKey);
    issuer.clock().advance(30_000);
    verifier.verify(&new).await.unwrap();
    // Keys that cannot be fetched end a day later, and not a month and a day.
    issuer.fail_always(Endpoint::Jwks, Fault::Network);
    issuer.clock().advance(DAY);
    assert_eq!(reason(verifier.verify(&new).await), Reason::Unavailable);
}

#[tokio::test]
async fn claims_are_the_callers_own() {
    let (issuer, builder) = api();
    let verifier = asking(builder).build().unwrap();
    let token = issuer.mint_opaque(json!({ "scope": "a:read", "team": { "name": "one" } }));
    let first = verifier.verify(&token).await.unwrap();
    // Claims are borrowed from a principal that cannot be changed: who changes them has a copy.
    let mut own = first.claims().clone();
    own["team"]["name"] = "two".into();
    own.remove("scope");
    let second = verifier.verify(&token).await.unwrap();
    assert_eq!(issuer.count(Endpoint::Introspection), 1);
    assert_eq!(second.claims()["team"]["name"], "one");
    assert!(second.permits("a:read") && first.permits("a:read"));
}

#[tokio::test]
async fn a_wrong_secret_of_the_apis_own_is_named_as_the_cause() {
    let (issuer, builder) = api();
    let verifier = asking(builder).build().unwrap();
    issuer.fail_always(
        Endpoint::Introspection,
        Fault::reply(401, r#"{"error":"invalid_client"}"#),
    );
    let refusal = verifier.verify("opaque").await.unwrap_err();
    assert_eq!(refusal.reason(), Reason::Unavailable);
    let cause = std::error::Error::source(&refusal)
        .unwrap()
        .downcast_ref::<Error>()
        .unwrap();
    assert!(
        matches!(cause, Error::OAuth(refused) if refused.code == "invalid_client"),
        "{cause}"
    );
}

#[tokio::test]
async fn a_credential_that_could_not_be_asked_about_keeps_no_other_from_being_asked_about() {
    let (issuer, builder) = api();
    let verifier = asking(builder).build().unwrap();
    for fault in [Fault::Network, Fault::status(500)] {
        let (one, other) = (issuer.mint_opaque(json!({})), issuer.mint_opaque(json!({})));
        issuer.fail_next(Endpoint::Introspection, fault.clone());
        assert_eq!(reason(verifier.verify(&one).await), Reason::Unavailable);
        verifier.verify(&other).await.unwrap();
        // It itself is asked about a second later.
        issuer.clock().advance(999);
        assert_eq!(reason(verifier.verify(&one).await), Reason::Unavailable, "{fault:?}");
        issuer.clock().advance(1);
        verifier.verify(&one).await.unwrap();
    }
}

#[tokio::test]
async fn a_proof_passes_once_wherever_the_clock_goes() {
    let bound = |issuer: &FakeIssuer, client: &str, ahead: i64| {
        let (key, now) = (DpopKey::generate().unwrap(), issuer.clock().now() / 1000);
        issuer.set_lifetime(400 * 86_400);
        let claims = json!({ "iat": now - 90 * 86_400, "client_id": client, "cnf": { "jkt": key.thumbprint() } });
        let token = issuer.mint(claims).unwrap();
        let url = url::Url::parse("https://api.example.test/").unwrap();
        let proof = key.proof("GET", &url, now + ahead, Some(&token)).unwrap();
        and(authorization(&format!("DPoP {token}")), "dpop", &proof)
    };
    for (back, ahead) in [0, 2, 30, 75, 3_600]
        .into_iter()
        .flat_map(|back| [(back, 0), (back, 10)])
    {
        let (issuer, builder) = api();
        let verifier = builder.build().unwrap();
        let headers = bound(&issuer, "client", ahead);
        verifier.authenticate(&facts(&headers), &[]).await.unwrap();
        issuer.clock().advance(-1_000 * back);
        let others = bound(&issuer, "other", 0);
        verifier.authenticate(&facts(&others), &[]).await.unwrap();
        let again = verifier.authenticate(&facts(&headers), &[]).await;
        assert!(again.is_err(), "{back} {ahead}");
        // It comes back.
        issuer.clock().advance(1_000 * (back - back.min(80)));
        for step in 0..back.min(80) + 80 {
            let again = verifier.authenticate(&facts(&headers), &[]).await;
            assert!(again.is_err(), "{back} {ahead} {step}");
            issuer.clock().advance(1_000);
        }
    }
    // What a clock that was wrong by a month left behind keeps nobody out.
    let (issuer, builder) = api();
    let verifier = builder.proof_memory_size(2).build().unwrap();
    for client in ["one", "other"] {
        verifier
            .authenticate(&facts(&bound(&issuer, client, 0)), &[])
            .await
            .unwrap();
    }
    let refused = verifier.authenticate(&facts(&bound(&issuer, "third", 0)), &[]).await;
    assert_eq!(reason(refused), Reason::Unavailable);
    issuer.clock().advance(-30 * DAY);
    verifier
        .authenticate(&facts(&bound(&issuer, "third", 0)), &[])
        .await
        .unwrap();
}

/// Lets requests to one path pass one by one.
#[derive(Clone)]
struct Gate {
    issuer: FakeIssuer,
    path: &'static str,
    open: Arc<tokio::sync::Semaphore>,
    waiting: Arc<AtomicUsize>,
}

impl Transport for Gate {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(async move {
            if request.uri().path() == self.path {
                self.waiting.fetch_add(1, Ordering::SeqCst);
                self.open.acquire().await.unwrap().forget();
            }
            self.issuer.send(request).await
        })
    }
}

#[tokio::test]
async fn garbage_makes_no_more_than_a_few_questions_at_once_and_what_waited_is_not_sent_after_the_server_was_gone() {
    let issuer = FakeIssuer::new().unwrap();
    let gate = Gate {
        issuer: issuer.clone(),
        path: "/introspect",
        open: Arc::new(tokio::sync::Semaphore::new(0)),
        waiting: Arc::default(),
    };
    let builder = Verifier::builder(issuer.issuer(), issuer.audience());
    let verifier = asking(builder.transport(gate.clone()).clock(issuer.clock()))
        .build()
        .unwrap();
    let all: Vec<_> = (0..200)
        .map(|number| {
            let verifier = verifier.clone();
            tokio::spawn(async move { reason(verifier.verify(&format!("garbage-{number}")).await) })
        })
        .collect();
    until(|| gate.waiting.load(Ordering::SeqCst) == 64).await;
    settle().await;
    assert_eq!(gate.waiting.load(Ordering::SeqCst), 64);
    // Nobody answers these in time: those who waited for a turn are not sent after them.
    issuer.clock().advance(10_000);
    for one in all {
        assert_eq!(one.await.unwrap(), Reason::Unavailable);
    }
    assert_eq!(gate.waiting.load(Ordering::SeqCst), 64);
    // Who need not wait for a turn asks.
    gate.open.add_permits(1000);
    assert_eq!(reason(verifier.verify("garbage").await), Reason::Inactive);
}
