//! Which credential a request presents, and whether it may be used the way it came.

use crate::support::{and, api, asking, authorization, facts, reason};
use grantd_jose::{base64url_encode, sha256};
use grantd_sdk::testing::FakeIssuer;
use grantd_sdk::verifier::{Reason, RequestFacts};
use grantd_sdk::{Clock as _, DpopKey, Verifier};
use http::HeaderMap;
use serde_json::json;

fn token(issuer: &FakeIssuer) -> String {
    issuer.mint(json!({})).unwrap()
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
    let proven = authorization(&format!("DPoP {key}"));
    assert_eq!(
        reason(verifier.authenticate(&facts(&proven), &[]).await),
        Reason::Scheme
    );
    for token in [opaque, token(&issuer)] {
        let refused = verifier.authenticate(&facts(&as_key(&token)), &[]).await;
        assert_eq!(reason(refused), Reason::Scheme);
    }
}

#[tokio::test]
async fn an_api_key_that_is_bound_needs_what_it_is_bound_to() {
    let (issuer, builder) = api();
    let verifier = asking(builder).build().unwrap();
    let own = DpopKey::generate().unwrap();
    let of_key = issuer.mint_api_key(json!({ "cnf": { "jkt": own.thumbprint() } }));
    let thumbprint = base64url_encode(sha256(b"certificate"));
    let of_certificate = issuer.mint_api_key(json!({ "cnf": { "x5t#S256": thumbprint } }));
    for (key, expected) in [(&of_key, Reason::Scheme), (&of_certificate, Reason::Certificate)] {
        let ways = [
            and(HeaderMap::new(), "x-api-key", key),
            authorization(&format!("Bearer {key}")),
        ];
        for headers in ways {
            let mut facts = facts(&headers);
            assert_eq!(reason(verifier.authenticate(&facts, &[]).await), expected);
            facts.certificate = Some(b"certificate".as_slice().into());
            assert_eq!(
                verifier.authenticate(&facts, &[]).await.is_ok(),
                expected == Reason::Certificate
            );
        }
        assert_eq!(reason(verifier.verify(key).await), expected);
    }
    let url = url::Url::parse("https://api.example.test/").unwrap();
    let now = issuer.clock().now() / 1000;
    let proof = own.proof("GET", &url, now, Some(&of_key)).unwrap();
    let headers = and(authorization(&format!("DPoP {of_key}")), "dpop", &proof);
    verifier.authenticate(&facts(&headers), &[]).await.unwrap();
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
