//! The API's scenarios of `spec/vectors/scenarios.md` that need an issuer which misbehaves, and a clock that obeys.

use crate::support::{api, asking, reason, until};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use grantd_sdk::Clock as _;
use grantd_sdk::testing::{Endpoint, FakeIssuer, Fault};
use grantd_sdk::verifier::{Reason, Verifier};
use serde_json::{Value, json};
use std::time::Duration;

fn token(issuer: &FakeIssuer) -> String {
    issuer.mint(json!({})).unwrap()
}

#[tokio::test]
async fn key_rotation_while_verifying() {
    let (issuer, builder) = api();
    let verifier = builder.build().unwrap();
    let old = token(&issuer);
    verifier.verify(&old).await.unwrap();
    // In the very second after the set was fetched.
    issuer.rotate_keys().unwrap();
    let tokens = [token(&issuer), token(&issuer), old];
    let all = tokens.map(|token| {
        let verifier = verifier.clone();
        tokio::spawn(async move { verifier.verify(&token).await.map(drop) })
    });
    for one in all {
        one.await.unwrap().unwrap();
    }
    assert_eq!(issuer.count(Endpoint::Jwks), 2);
    // What is fetched for the sake of a name has its own pace, whatever else was fetched.
    issuer.rotate_keys().unwrap();
    let next = token(&issuer);
    assert_eq!(reason(verifier.verify(&next).await), Reason::UnknownKey);
    issuer.clock().advance(30_000);
    verifier.verify(&next).await.unwrap();
    assert_eq!(issuer.count(Endpoint::Jwks), 3);
    issuer.set_lifetime(86_400);
    let kept = token(&issuer);
    issuer.clock().advance(600_000);
    verifier.verify(&kept).await.unwrap();
    until(|| issuer.count(Endpoint::Jwks) == 4).await;
    issuer.rotate_keys().unwrap();
    verifier.verify(&token(&issuer)).await.unwrap();
    assert_eq!(issuer.count(Endpoint::Jwks), 5);
}

#[tokio::test]
async fn unknown_kid_flood() {
    let (issuer, builder) = api();
    let verifier = builder.build().unwrap();
    let good = token(&issuer);
    verifier.verify(&good).await.unwrap();
    for (step, requests) in [(0, 2), (29_999, 2), (1, 3), (29_999, 3)] {
        issuer.clock().advance(step);
        for round in 0..250 {
            let unknown = issuer
                .mint_as("at+jwt", Some(&format!("none-{round}")), json!({}))
                .unwrap();
            assert_eq!(reason(verifier.verify(&unknown).await), Reason::UnknownKey);
        }
        verifier.verify(&good).await.unwrap();
        assert_eq!(issuer.count(Endpoint::Jwks), requests);
    }
}

#[tokio::test]
async fn jwks_turning_empty() {
    let (issuer, builder) = api();
    let verifier = builder.build().unwrap();
    issuer.set_lifetime(10 * 86_400);
    let token = token(&issuer);
    verifier.verify(&token).await.unwrap();
    for body in [
        r#"{"keys":[]}"#,
        "{}",
        "<html>",
        r#"{"keys":[{"kty":"oct","kid":"x","k":"AAAA"}]}"#,
    ] {
        issuer.clock().advance(600_000);
        let asked = issuer.count(Endpoint::Jwks);
        issuer.fail_next(Endpoint::Jwks, Fault::reply(200, body));
        verifier.verify(&token).await.unwrap();
        until(|| issuer.count(Endpoint::Jwks) == asked + 1).await;
        verifier.verify(&token).await.unwrap();
    }
}

#[tokio::test]
async fn stale_on_error() {
    let (issuer, builder) = api();
    let verifier = builder.build().unwrap();
    issuer.set_lifetime(10 * 86_400);
    let token = token(&issuer);
    verifier.verify(&token).await.unwrap();
    issuer.fail_always(Endpoint::Jwks, Fault::status(500));
    issuer.clock().advance(600_000);
    for (step, requests) in [(0, 2), (29_999, 2), (1, 3), (29_999, 3)] {
        issuer.clock().advance(step);
        verifier.verify(&token).await.unwrap();
        verifier.verify(&token).await.unwrap();
        until(|| issuer.count(Endpoint::Jwks) == requests).await;
    }
    // Not for ever: a key that was taken out must end some day.
    issuer.clock().advance(86_400_000);
    assert_eq!(reason(verifier.verify(&token).await), Reason::Unavailable);
}

#[tokio::test]
async fn no_keys_at_all() {
    let (issuer, builder) = api();
    let verifier = builder.build().unwrap();
    let token = token(&issuer);
    issuer.fail_always(Endpoint::Jwks, Fault::Network);
    for _ in 0..2 {
        let refusal = verifier.verify(&token).await.unwrap_err();
        assert_eq!(
            (refusal.reason(), refusal.reply().status.as_u16()),
            (Reason::Unavailable, 503)
        );
        assert!(std::error::Error::source(&refusal).is_some(), "the cause is named");
    }
    issuer.mend();
    issuer.clock().advance(1_000);
    verifier.verify(&token).await.unwrap();
}

#[tokio::test]
async fn lying_issuer() {
    let (issuer, builder) = api();
    issuer.set_metadata("issuer", "https://evil.example.test");
    let verifier = builder.build().unwrap();
    assert_eq!(reason(verifier.verify(&token(&issuer)).await), Reason::Unavailable);
    for endpoint in [Endpoint::Metadata, Endpoint::Jwks] {
        let (issuer, builder) = api();
        let elsewhere = vec![("location", "https://evil.example.test/".to_owned())];
        issuer.fail_always(
            endpoint,
            Fault::Reply {
                status: 302,
                body: String::new(),
                headers: elsewhere,
            },
        );
        let verifier = builder.build().unwrap();
        assert_eq!(reason(verifier.verify(&token(&issuer)).await), Reason::Unavailable);
    }
}

#[tokio::test]
async fn hanging_issuer() {
    let (issuer, builder) = api();
    let verifier = builder.build().unwrap();
    let token = token(&issuer);
    issuer.fail_next(Endpoint::Jwks, Fault::Hang);
    let all: Vec<_> = (0..10)
        .map(|_| {
            let (verifier, token) = (verifier.clone(), token.clone());
            tokio::spawn(async move { reason(verifier.verify(&token).await) })
        })
        .collect();
    until(|| issuer.count(Endpoint::Jwks) == 1).await;
    issuer.clock().advance(10_000);
    for one in all {
        assert_eq!(one.await.unwrap(), Reason::Unavailable);
    }
    assert_eq!(issuer.count(Endpoint::Jwks), 1);
    issuer.clock().advance(1_000);
    verifier.verify(&token).await.unwrap();
}

#[tokio::test]
async fn clock_skew() {
    let (issuer, builder) = api();
    let verifier = builder.build().unwrap();
    let now = issuer.clock().now() / 1000;
    let verify = async |claims: Value| verifier.verify(&issuer.mint(claims).unwrap()).await;
    verify(json!({ "exp": now - 29 })).await.unwrap();
    assert_eq!(reason(verify(json!({ "exp": now - 30 })).await), Reason::Expired);
    verify(json!({ "nbf": now + 30 })).await.unwrap();
    assert_eq!(reason(verify(json!({ "nbf": now + 31 })).await), Reason::NotYetValid);
}

#[tokio::test]
async fn who_asks_each_time_is_not_told_what_was_so_before() {
    let (issuer, builder) = api();
    let verifier = asking(builder).introspection_cache(Duration::ZERO).build().unwrap();
    let token = issuer.mint_opaque(json!({}));
    let (one, other) = tokio::join!(verifier.verify(&token), verifier.verify(&token));
    assert!(one.is_ok() && other.is_ok());
    assert_eq!(issuer.count(Endpoint::Introspection), 2);
}

#[tokio::test]
async fn introspection_cache_bounds() {
    // That there are at most 10,000 replies, under hashes, is a test of the map itself.
    let (issuer, builder) = api();
    let verifier = asking(builder).build().unwrap();
    let now = issuer.clock().now() / 1000;
    let (token, short) = (
        issuer.mint_opaque(json!({})),
        issuer.mint_opaque(json!({ "exp": now + 5 })),
    );
    let (one, other, third) = tokio::join!(
        verifier.verify(&token),
        verifier.verify(&token),
        verifier.verify(&short)
    );
    assert!(one.is_ok() && other.is_ok() && third.is_ok());
    assert_eq!(issuer.count(Endpoint::Introspection), 2);
    issuer.revoke(&token);
    issuer.clock().advance(5_000);
    assert_eq!(reason(verifier.verify(&short).await), Reason::Inactive);
    issuer.clock().advance(4_999);
    verifier.verify(&token).await.unwrap();
    assert_eq!(issuer.count(Endpoint::Introspection), 3);
    issuer.clock().advance(1);
    assert_eq!(reason(verifier.verify(&token).await), Reason::Inactive);
    assert_eq!(reason(verifier.verify(&token).await), Reason::Inactive);
    assert_eq!(
        issuer.count(Endpoint::Introspection),
        4,
        "that it is not active is kept, too"
    );

    let (issuer, builder) = api();
    let verifier = asking(builder)
        .introspection_cache(Duration::from_secs(3600))
        .build()
        .unwrap();
    let token = issuer.mint_opaque(json!({}));
    verifier.verify(&token).await.unwrap();
    issuer.revoke(&token);
    issuer.clock().advance(30_000);
    assert_eq!(reason(verifier.verify(&token).await), Reason::Inactive);
}

#[tokio::test]
async fn introspection_unavailable() {
    let (issuer, builder) = api();
    let verifier = asking(builder).build().unwrap();
    let token = issuer.mint_opaque(json!({}));
    for fault in [
        Fault::Network,
        Fault::status(500),
        Fault::status(401),
        Fault::reply(200, "active"),
        Fault::reply(200, "{}"),
        Fault::reply(200, r#"{"active":"true"}"#),
    ] {
        issuer.fail_next(Endpoint::Introspection, fault.clone());
        assert_eq!(reason(verifier.verify(&token).await), Reason::Unavailable, "{fault:?}");
        issuer.clock().advance(1_000);
    }
    verifier.verify(&token).await.unwrap();
}

#[tokio::test]
async fn an_api_that_introspects_jwts_sees_at_once_that_one_was_revoked() {
    let (issuer, builder) = api();
    let verifier = asking(builder).introspect_jwts().build().unwrap();
    let (good, revoked) = (token(&issuer), token(&issuer));
    issuer.revoke(&revoked);
    verifier.verify(&good).await.unwrap();
    assert_eq!(reason(verifier.verify(&revoked).await), Reason::Inactive);
}

/// A signed list of eight places at the address `/status/1`, good for a minute and usable until `exp`, if it has one.
fn status_list(issuer: &FakeIssuer, byte: u8, exp: impl Into<Value>) -> Fault {
    let exp: Value = exp.into();
    // Stored, not deflated (RFC 1951 section 3.2.4), with the sum of RFC 1950.
    let sum = u32::from(byte) + 1;
    let mut packed = vec![0x78, 0x01, 1, 1, 0, 0xfe, 0xff, byte];
    packed.extend((sum << 16 | sum).to_be_bytes());
    let list = json!({ "bits": 1, "lst": URL_SAFE_NO_PAD.encode(packed) });
    let claims = json!({ "sub": format!("{}/status/1", issuer.issuer()), "ttl": 60, "exp": exp, "status_list": list });
    Fault::reply(200, issuer.mint_as("statuslist+jwt", None, claims).unwrap())
}

fn listed(issuer: &FakeIssuer) -> String {
    let uri = format!("{}/status/1", issuer.issuer());
    issuer
        .mint(json!({ "status": { "status_list": { "idx": 0, "uri": uri } } }))
        .unwrap()
}

#[tokio::test]
async fn revocation_by_status_list() {
    let (issuer, builder) = api();
    let verifier = builder.build().unwrap();
    let end = issuer.clock().now() / 1000 + 120;
    let token = listed(&issuer);
    issuer.fail_always(Endpoint::Status, status_list(&issuer, 0, end));
    verifier.verify(&token).await.unwrap();
    issuer.fail_always(Endpoint::Status, status_list(&issuer, 1, end));
    issuer.clock().advance(59_000);
    verifier.verify(&token).await.unwrap();
    issuer.clock().advance(1_000);
    assert_eq!(reason(verifier.verify(&token).await), Reason::Revoked);
}

#[tokio::test]
async fn a_list_that_cannot_be_had_is_unavailable_and_one_that_was_had_serves_until_its_own_end() {
    let (issuer, builder) = api();
    let verifier = builder.build().unwrap();
    let token = listed(&issuer);
    issuer.fail_always(Endpoint::Status, Fault::Network);
    for step in [0, 4_999] {
        issuer.clock().advance(step);
        assert_eq!(reason(verifier.verify(&token).await), Reason::Unavailable);
    }
    assert_eq!(
        issuer.count(Endpoint::Status),
        1,
        "a list that cannot be had is not asked for with each request"
    );
    issuer.clock().advance(1);
    issuer.fail_next(
        Endpoint::Status,
        status_list(&issuer, 0, issuer.clock().now() / 1000 + 120),
    );
    verifier.verify(&token).await.unwrap();
    issuer.clock().advance(119_000);
    verifier.verify(&token).await.unwrap();
    verifier.verify(&token).await.unwrap();
    assert_eq!(
        issuer.count(Endpoint::Status),
        3,
        "an overdue list is not asked for with each request"
    );
    issuer.clock().advance(1_000);
    assert_eq!(reason(verifier.verify(&token).await), Reason::Unavailable);
}

/// Verifies while the status list's address takes the request and never answers.
async fn in_vain(issuer: &FakeIssuer, verifier: &Verifier, token: &str) -> Reason {
    let asked = issuer.count(Endpoint::Status);
    issuer.fail_next(Endpoint::Status, Fault::Hang);
    let (verifier, token) = (verifier.clone(), token.to_owned());
    let refused = tokio::spawn(async move { reason(verifier.verify(&token).await) });
    until(|| issuer.count(Endpoint::Status) == asked + 1).await;
    issuer.clock().advance(10_000);
    refused.await.unwrap()
}

#[tokio::test]
async fn a_list_that_takes_as_long_as_it_may_is_not_waited_for_again_at_once_nor_used_beyond_its_end() {
    let (issuer, builder) = api();
    let verifier = builder.build().unwrap();
    let token = listed(&issuer);
    assert_eq!(in_vain(&issuer, &verifier, &token).await, Reason::Unavailable);
    issuer.clock().advance(4_999);
    assert_eq!(reason(verifier.verify(&token).await), Reason::Unavailable);
    assert_eq!(issuer.count(Endpoint::Status), 1);
    issuer.clock().advance(1);
    let end = issuer.clock().now() / 1000 + 70;
    issuer.fail_next(Endpoint::Status, status_list(&issuer, 0, end));
    verifier.verify(&token).await.unwrap();
    issuer.clock().advance(61_000);
    assert_eq!(in_vain(&issuer, &verifier, &token).await, Reason::Unavailable);
}

#[tokio::test]
async fn a_list_without_an_end_serves_for_one_period() {
    let (issuer, builder) = api();
    let verifier = builder.build().unwrap();
    let token = listed(&issuer);
    issuer.fail_always(Endpoint::Status, Fault::Network);
    issuer.fail_next(Endpoint::Status, status_list(&issuer, 0, Value::Null));
    verifier.verify(&token).await.unwrap();
    issuer.clock().advance(59_000);
    verifier.verify(&token).await.unwrap();
    issuer.clock().advance(1_000);
    assert_eq!(reason(verifier.verify(&token).await), Reason::Unavailable);
}

#[tokio::test]
async fn a_list_elsewhere_is_not_fetched() {
    let (issuer, builder) = api();
    let verifier = builder.build().unwrap();
    let place = json!({ "status_list": { "idx": 0, "uri": "https://evil.example.test/status/1" } });
    let token = issuer.mint(json!({ "status": place })).unwrap();
    assert_eq!(reason(verifier.verify(&token).await), Reason::Claim);
    assert_eq!(issuer.count(Endpoint::Status), 0);
}
