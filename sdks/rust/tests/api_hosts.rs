//! The address that a request was sent to, as an API finds it for a proof: by its own origin, or by what the request says of its
//! host.

use crate::support::{api, reason};
use grantd_sdk::testing::FakeIssuer;
use grantd_sdk::verifier::{Reason, RequestFacts, Verifier};
use grantd_sdk::{Clock as _, DpopKey};
use http::request::Parts;
use http::{HeaderValue, Version};
use serde_json::json;

fn parts(target: &str, host: Option<&[u8]>) -> Parts {
    let (mut parts, ()) = http::Request::get(target).body(()).unwrap().into_parts();
    if let Some(host) = host {
        parts.headers.insert("host", HeaderValue::from_bytes(host).unwrap());
    }
    parts
}

/// A request with a bound token, and a proof for this address.
fn proven(issuer: &FakeIssuer, mut parts: Parts, address: &str) -> Parts {
    let key = DpopKey::generate().unwrap();
    let token = issuer.mint(json!({ "cnf": { "jkt": key.thumbprint() } })).unwrap();
    let now = issuer.clock().now() / 1000;
    let proof = key.proof("GET", &url::Url::parse(address).unwrap(), now, Some(&token));
    let headers = [("authorization", format!("DPoP {token}")), ("dpop", proof.unwrap())];
    for (name, value) in headers {
        parts.headers.insert(name, value.parse().unwrap());
    }
    parts
}

#[tokio::test]
async fn host_is_no_path() {
    let (issuer, builder) = api();
    let open = builder.clone().build().unwrap();
    let own = builder.origin("https://api.example.test").build().unwrap();
    let admitted = async |verifier: &Verifier, parts: Parts| verifier.authenticate_parts(&parts, &[]).await;
    let hosts: [&[u8]; 13] = [
        b"api.example.test/v1",
        b"api.example.test?",
        b"api.example.test#",
        b"u@api.example.test",
        b"api.example.test\\v1",
        b"api.example.test /",
        b"api.example.test:x",
        b"api.example.test:1:2",
        b"\xff",
        b"[::1",
        b":80",
        b" ",
        b"",
    ];
    for host in hosts {
        for address in ["https://api.example.test/v1/x", "https://api.example.test/x"] {
            let request = || parts("/x", Some(host));
            let refused = admitted(&open, proven(&issuer, request(), address)).await;
            assert_eq!(reason(refused), Reason::ProofUrl, "{host:?} {address}");
        }
        // A token that is bound to nothing needs no address, and an API that knows its own does not look at it.
        let mut bearer = parts("/x", Some(host));
        let token = format!("Bearer {}", issuer.mint(json!({})).unwrap());
        bearer.headers.insert("authorization", token.parse().unwrap());
        admitted(&open, bearer).await.unwrap();
        let request = proven(&issuer, parts("/x", Some(host)), "https://api.example.test/x");
        admitted(&own, request).await.unwrap();
    }
    let mut twice = parts("/x", Some(b"api.example.test"));
    twice
        .headers
        .append("host", HeaderValue::from_static("other.example.test"));
    let refused = admitted(&open, proven(&issuer, twice, "https://api.example.test/x")).await;
    assert_eq!(reason(refused), Reason::ProofUrl);
    let request = proven(
        &issuer,
        parts("/x", Some(b"api.example.test")),
        "https://api.example.test/x",
    );
    admitted(&open, request).await.unwrap();
}

#[test]
fn an_address_is_the_host_that_was_asked_and_the_requests_own_path() {
    let own = Some("https://api.example.test/");
    for (target, origin, expected) in [
        ("http://inner:3000/a?b", None, "https://host.example.test/a?b"),
        ("http://inner:3000/a?b", own, "https://api.example.test/a?b"),
        ("//x/a", None, "https://host.example.test//x/a"),
        ("/a", own, "https://api.example.test/a"),
        ("*", None, ""),
        ("*", own, ""),
    ] {
        let parts = parts(target, Some(b"host.example.test"));
        assert_eq!(RequestFacts::of(&parts, origin).url, expected, "{target}");
    }
    // HTTP/2 says it beside the path.
    let mut parts = parts("https://asked.example.test/a", Some(b"host.example.test"));
    parts.version = Version::HTTP_2;
    assert_eq!(RequestFacts::of(&parts, None).url, "https://asked.example.test/a");
}

#[test]
fn this_computer_is_reached_by_http_however_it_is_called() {
    for (host, scheme) in [
        ("localhost", "http"),
        ("LOCALHOST:3000", "http"),
        ("app.localhost:3000", "http"),
        ("127.0.0.2:3000", "http"),
        ("[::1]", "http"),
        ("[::1]:3000", "http"),
        ("localhost.example.test", "https"),
        ("notlocalhost", "https"),
        ("10.0.0.1", "https"),
        ("[::2]", "https"),
    ] {
        let parts = parts("/x", Some(host.as_bytes()));
        assert_eq!(RequestFacts::of(&parts, None).url, format!("{scheme}://{host}/x"));
    }
}

#[test]
fn a_proof_names_its_address_without_the_query_however_long_that_is() {
    let key = DpopKey::generate().unwrap();
    let proof = |address: String| key.proof("GET", &url::Url::parse(&address).unwrap(), 1, None);
    assert!(proof(format!("https://api.example.test/x?{}", "a".repeat(10_000))).is_ok());
    for none in [
        format!("https://api.example.test/{}", "a".repeat(2_048)),
        "https://api.example.test/%zz".to_owned(),
        "https://u:hunter2@api.example.test/".to_owned(),
    ] {
        let refused = proof(none).unwrap_err();
        assert!(matches!(refused, grantd_sdk::Error::Configuration(_)));
        assert!(!refused.to_string().contains("hunter2"));
    }
}
