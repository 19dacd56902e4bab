//! What an API's verifier makes of what no client sends: `garbage` and `giant_headers` of `spec/vectors/scenarios.md`.

use crate::support::{and, api, asking, authorization, facts, reason};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use grantd_sdk::testing::{Endpoint, FakeIssuer};
use grantd_sdk::verifier::Reason;
use http::HeaderMap;
use serde_json::json;

/// Numbers below a bound, the same in every run (a linear congruential generator).
struct Drawing(u64);

impl Drawing {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }

    fn letter(&mut self) -> char {
        char::from(u8::try_from(self.below(256)).unwrap())
    }
}

fn bound(issuer: &FakeIssuer) -> String {
    issuer.mint(json!({ "cnf": { "jkt": "A".repeat(43) } })).unwrap()
}

/// Texts of which none is a token, many of them nearly this one.
fn texts(good: &str) -> Vec<String> {
    let (open, close) = ("[".repeat(5000), "]".repeat(5000));
    let deep = format!(r#"{{"alg":"ES256","typ":"at+jwt","kid":"key-1","x":{open}{close}}}"#);
    let deep = format!("{}.e30.AA", URL_SAFE_NO_PAD.encode(deep));
    let mut texts = vec![String::new(), "..".into(), ". .".into(), "\0.\0.\0".into(), deep];
    let mut drawn = Drawing(7);
    for _ in 0..500 {
        let mut changed: Vec<char> = good.chars().collect();
        for _ in 0..=drawn.below(4) {
            let at = drawn.below(changed.len());
            changed[at] = drawn.letter();
        }
        texts.push(changed.into_iter().collect());
        texts.push((0..50).map(|_| drawn.letter()).collect());
    }
    texts.retain(|text| text != good);
    texts
}

#[tokio::test]
async fn garbage() {
    let (issuer, builder) = api();
    let verifier = builder.build().unwrap();
    let good = issuer.mint(json!({})).unwrap();
    let bound = authorization(&format!("DPoP {}", bound(&issuer)));
    for text in texts(&good) {
        let why = reason(verifier.verify(&text).await);
        assert_eq!(why.status(), 401, "{text:?}: {why:?}");
        // What is no value of a header comes to no API.
        if http::HeaderValue::try_from(&*text).is_ok() {
            let headers = and(bound.clone(), "dpop", &text);
            let why = reason(verifier.authenticate(&facts(&headers), &[]).await);
            assert_eq!(why.status(), 401, "{text:?}: {why:?}");
        }
    }
    verifier.verify(&good).await.unwrap();
    assert!(issuer.count(Endpoint::Jwks) <= 2);
}

#[tokio::test]
async fn giant_headers() {
    let (issuer, builder) = api();
    let verifier = asking(builder).build().unwrap();
    let giant = "A".repeat(1 << 20);
    let sent = [
        (Reason::Malformed, authorization(&format!("Bearer {giant}"))),
        (
            Reason::Malformed,
            authorization(&format!("Bearer {giant}.{giant}.{giant}")),
        ),
        (
            Reason::Malformed,
            and(authorization(&format!("DPoP {giant}")), "dpop", &giant),
        ),
        (Reason::Malformed, and(HeaderMap::new(), "x-api-key", &giant)),
        (Reason::Missing, authorization(&format!("{giant} x"))),
        (
            Reason::ProofMalformed,
            and(authorization(&format!("DPoP {}", bound(&issuer))), "dpop", &giant),
        ),
    ];
    for (expected, headers) in sent {
        assert_eq!(reason(verifier.authenticate(&facts(&headers), &[]).await), expected);
    }
    assert_eq!(issuer.count(Endpoint::Introspection), 0);
}
