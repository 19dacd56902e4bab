//! The API's scenarios of `spec/vectors/scenarios.md` that need an issuer which misbehaves, and a clock that obeys.

use crate::support::{and, api, asking, authorization, facts, reason, until};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use grantd_sdk::testing::{Endpoint, FakeIssuer, Fault};
use grantd_sdk::verifier::{Reason, RequestFacts, UsageSink, Use};
use grantd_sdk::{BoxFuture, Cause, Clock as _, DpopKey, Verifier};
use http::HeaderMap;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
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
    issuer.clock().advance(30_000);
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
}

#[tokio::test]
async fn unknown_kid_flood() {
    let (issuer, builder) = api();
    let verifier = builder.build().unwrap();
    let good = token(&issuer);
    verifier.verify(&good).await.unwrap();
    for (step, requests) in [(0, 1), (29_999, 1), (1, 2), (29_999, 2)] {
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
    let verifier = builder.leeway(86_400).build().unwrap();
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
    let verifier = builder.leeway(864_000).build().unwrap();
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

/// A signed list of eight places at the address `/status/1`, good for a minute and usable until `exp`.
fn status_list(issuer: &FakeIssuer, byte: u8, exp: i64) -> Fault {
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
    assert_eq!(reason(verifier.verify(&token).await), Reason::Unavailable);
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

#[tokio::test]
async fn a_list_elsewhere_is_not_fetched() {
    let (issuer, builder) = api();
    let verifier = builder.build().unwrap();
    let place = json!({ "status_list": { "idx": 0, "uri": "https://evil.example.test/status/1" } });
    let token = issuer.mint(json!({ "status": place })).unwrap();
    assert_eq!(reason(verifier.verify(&token).await), Reason::Claim);
    assert_eq!(issuer.count(Endpoint::Status), 0);
}

/// Takes reports, unless it is told to fail.
#[derive(Clone, Default)]
struct Reports(Arc<Mutex<(bool, Vec<Vec<Use>>)>>);

impl UsageSink for Reports {
    fn send(&self, uses: Vec<Use>) -> BoxFuture<'_, Result<(), Cause>> {
        let mut state = self.0.lock().unwrap();
        let outcome: Result<(), Cause> = if state.0 {
            Err(Arc::new(std::fmt::Error))
        } else {
            Ok(())
        };
        if outcome.is_ok() {
            state.1.push(uses);
        }
        Box::pin(async move { outcome })
    }
}

#[tokio::test]
async fn usage_reports() {
    let (issuer, builder) = api();
    let reports = Reports::default();
    let verifier = builder
        .usage_to(Duration::from_secs(60), reports.clone())
        .build()
        .unwrap();
    let headers = authorization(&format!(
        "Bearer {}",
        issuer.mint(json!({ "scope": "a:* b:read" })).unwrap()
    ));
    let call = async |scopes: &[&str]| verifier.authenticate(&facts(&headers), scopes).await;
    for _ in 0..5 {
        call(&["a:read"]).await.unwrap();
    }
    call(&["a:read", "b:read"]).await.unwrap();
    assert_eq!(reason(call(&["c:read"]).await), Reason::Scope);
    assert_eq!(reports.0.lock().unwrap().1.len(), 0);
    reports.0.lock().unwrap().0 = true;
    issuer.clock().advance(60_000);
    call(&["b:read"]).await.unwrap();
    verifier.flush_usage().await;
    reports.0.lock().unwrap().0 = false;
    verifier.flush_usage().await;
    verifier.flush_usage().await;
    let line = |permission: &str, count| Use {
        client_id: "client".to_owned(),
        permission: permission.to_owned(),
        count,
    };
    assert_eq!(reports.0.lock().unwrap().1, [[line("a:read", 6), line("b:read", 2)]]);
}

#[tokio::test]
async fn usage_reports_go_to_the_server_in_batches_and_what_failed_goes_again() {
    let (issuer, builder) = api();
    let verifier = asking(builder).usage(Duration::from_secs(60)).build().unwrap();
    let headers = authorization(&format!("Bearer {}", issuer.mint(json!({ "scope": "*" })).unwrap()));
    for permission in 0..250 {
        let permission = format!("p{permission:03}:read");
        verifier.authenticate(&facts(&headers), &[&permission]).await.unwrap();
    }
    verifier.authenticate(&facts(&headers), &["p000:read"]).await.unwrap();
    issuer.fail_next(Endpoint::Usage, Fault::status(503));
    issuer.fail_next(Endpoint::Usage, Fault::status(200));
    issuer.fail_next(Endpoint::Usage, Fault::Network);
    for _ in 0..2 {
        verifier.flush_usage().await;
    }
    let seen = issuer.seen();
    let reports = seen.iter().filter(|request| request.endpoint == Endpoint::Usage);
    let reports: Vec<Vec<Value>> = reports
        .map(|request| serde_json::from_str(&request.form["uses"]).unwrap())
        .collect();
    assert_eq!(reports.iter().map(Vec::len).collect::<Vec<_>>(), [200, 200, 50, 50]);
    assert_eq!(
        reports[1][0],
        json!({ "client_id": "client", "permission": "p000:read", "count": 2 })
    );
    assert_eq!(reports[2], reports[3], "what was taken is not reported twice");
    let basic = seen.last().unwrap().headers["authorization"].to_str().unwrap();
    assert!(basic.starts_with("Basic "));
}

#[tokio::test]
async fn usage_reports_to_a_server_that_takes_none_name_for_each_credential_what_it_used() {
    let (issuer, builder) = api();
    issuer.set_metadata("grantd_usage_endpoint", Value::Null);
    let verifier = asking(builder).usage(Duration::from_secs(60)).build().unwrap();
    let headers = authorization(&format!("Bearer {}", issuer.mint_opaque(json!({ "scope": "a:*" }))));
    verifier.authenticate(&facts(&headers), &["a:read"]).await.unwrap();
    verifier.authenticate(&facts(&headers), &["a:write"]).await.unwrap();
    assert_eq!(issuer.count(Endpoint::Introspection), 1);
    verifier.flush_usage().await;
    assert_eq!(issuer.seen().last().unwrap().form["scope"], "a:read a:write");
}

#[tokio::test]
async fn a_credential_that_comes_twice_in_any_two_ways_is_refused() {
    let (issuer, builder) = api();
    let verifier = asking(builder).build().unwrap();
    let bearer = format!("Bearer {}", token(&issuer));
    let authenticate = async |headers: HeaderMap| reason(verifier.authenticate(&facts(&headers), &[]).await);
    let twice = and(authorization(&bearer), "authorization", &bearer);
    assert_eq!(authenticate(twice).await, Reason::Twice);
    assert_eq!(
        authenticate(and(authorization(&bearer), "x-api-key", "key")).await,
        Reason::Twice
    );
    assert_eq!(authenticate(HeaderMap::new()).await, Reason::Missing);
    assert_eq!(authenticate(authorization("Basic YTpi")).await, Reason::Missing);
    assert_eq!(authenticate(authorization("Bearer")).await, Reason::Malformed);
    assert_eq!(
        authenticate(authorization(&format!("{bearer}, Bearer x"))).await,
        Reason::Malformed
    );
}

#[tokio::test]
async fn a_token_is_no_api_key_and_a_key_passes_in_either_header() {
    let (issuer, builder) = api();
    let verifier = asking(builder).build().unwrap();
    let key = issuer.mint_api_key(json!({ "scope": "a:read" }));
    let opaque = issuer.mint_opaque(json!({}));
    let as_key = |text: &str| and(HeaderMap::new(), "x-api-key", text);
    verifier.authenticate(&facts(&as_key(&key)), &["a:read"]).await.unwrap();
    verifier
        .authenticate(&facts(&authorization(&format!("Bearer {key}"))), &[])
        .await
        .unwrap();
    for token in [opaque, token(&issuer)] {
        let refused = verifier.authenticate(&facts(&as_key(&token)), &[]).await;
        assert_eq!(reason(refused), Reason::Scheme);
    }
}

#[tokio::test]
async fn an_api_that_takes_no_keys_does_not_look_at_them() {
    let (issuer, builder) = api();
    let verifier = builder.build().unwrap();
    let headers = and(
        authorization(&format!("Bearer {}", token(&issuer))),
        "x-api-key",
        "of something else",
    );
    verifier.authenticate(&facts(&headers), &[]).await.unwrap();
}

#[tokio::test]
async fn a_proof_is_for_the_apis_own_origin_whatever_host_says() {
    let (issuer, builder) = api();
    let verifier: Verifier = builder.origin("https://api.example.test").build().unwrap();
    let key = DpopKey::generate().unwrap();
    let token = issuer.mint(json!({ "cnf": { "jkt": key.thumbprint() } })).unwrap();
    let now = issuer.clock().now() / 1000;
    for (url, is_good) in [("http://inner:3000/x", false), ("https://api.example.test/x", true)] {
        let proof = key
            .proof("GET", &url::Url::parse(url).unwrap(), now, Some(&token))
            .unwrap();
        let request = http::Request::get("/x?y=1").header("host", "inner:3000");
        let request = request
            .header("authorization", format!("DPoP {token}"))
            .header("dpop", proof);
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let outcome = verifier.authenticate_parts(&parts, &[]).await;
        assert_eq!(outcome.is_ok(), is_good, "{url}");
        if !is_good {
            assert_eq!(reason(outcome), Reason::ProofUrl);
        }
    }
    let headers = authorization(&format!("DPoP {token}"));
    let facts = RequestFacts::new("GET", "https://api.example.test/x", &headers);
    assert_eq!(reason(verifier.authenticate(&facts, &[]).await), Reason::ProofMissing);
}
