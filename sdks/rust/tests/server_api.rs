//! The API's scenarios of `spec/vectors/scenarios.md` against the built server.

use crate::process::Server;
use crate::support::{and, authorization, facts, reason};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use grantd_sdk::testing::FakeClock;
use grantd_sdk::verifier::{Kind, Reason, VerifierBuilder};
use grantd_sdk::{Clock as _, Credentials, DpopKey, SystemClock, TokenManager, TokenSource as _, Verifier};
use http::HeaderMap;
use serde_json::Value;
use url::Url;

fn api(server: &Server) -> VerifierBuilder {
    Verifier::builder(server.issuer(), server.api())
}

fn asking(server: &Server) -> VerifierBuilder {
    api(server).introspection(Credentials::secret("acme-api", server.secret("acme-api")))
}

fn machine(server: &Server) -> grantd_sdk::client::TokenManagerBuilder {
    let credentials = Credentials::secret("nightly-export", server.secret("nightly-export"));
    TokenManager::builder(server.issuer(), credentials).scopes(["invoices:read"])
}

async fn token(manager: &TokenManager) -> String {
    manager.token().await.unwrap().expose().to_owned()
}

#[tokio::test]
#[ignore = "needs GRANTD_BIN"]
async fn verify() {
    let server = Server::start();
    let token = token(&machine(&server).build().unwrap()).await;
    let principal = api(&server).build().unwrap().verify(&token).await.unwrap();
    assert_eq!(principal.issuer(), server.issuer());
    assert_eq!(
        (principal.subject(), principal.client_id()),
        ("nightly-export", Some("nightly-export"))
    );
    assert_eq!(principal.audience().collect::<Vec<_>>(), [server.api()]);
    assert_eq!(principal.scopes().as_str(), "invoices:read");
    let mut parts = token.split('.').map(str::to_owned).collect::<Vec<_>>();
    let mut claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(&parts[1]).unwrap()).unwrap();
    claims["scope"] = "*".into();
    parts[1] = URL_SAFE_NO_PAD.encode(claims.to_string());
    let changed = api(&server).build().unwrap().verify(&parts.join(".")).await;
    assert_eq!(reason(changed), Reason::Signature);
    let other = Verifier::builder(server.issuer(), "https://other.example.test")
        .build()
        .unwrap();
    assert_eq!(reason(other.verify(&token).await), Reason::Audience);
}

#[tokio::test]
#[ignore = "needs GRANTD_BIN"]
async fn revocation_by_introspection() {
    let server = Server::start();
    let clock = FakeClock::at(SystemClock.now());
    let asking = asking(&server).introspect_jwts().clock(clock.clone()).build().unwrap();
    let manager = machine(&server).build().unwrap();
    let token = token(&manager).await;
    asking.verify(&token).await.unwrap();
    manager.revoke().await.unwrap();
    asking.verify(&token).await.unwrap();
    clock.advance(10_000);
    assert_eq!(reason(asking.verify(&token).await), Reason::Inactive);
}

#[tokio::test]
#[ignore = "needs GRANTD_BIN"]
async fn revocation_in_the_servers_list() {
    let server = Server::start();
    let clock = FakeClock::at(SystemClock.now());
    let manager = machine(&server).build().unwrap();
    let token = token(&manager).await;
    let older = api(&server).clock(clock.clone()).build().unwrap();
    let principal = older.verify(&token).await.unwrap();
    assert!(principal.claims()["status"]["status_list"]["uri"].is_string());
    manager.revoke().await.unwrap();
    // The server needs a moment; each new verifier fetches the list anew.
    while api(&server).build().unwrap().verify(&token).await.is_ok() {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(
        reason(api(&server).build().unwrap().verify(&token).await),
        Reason::Revoked
    );
    older.verify(&token).await.unwrap();
    clock.advance(60_000);
    assert_eq!(reason(older.verify(&token).await), Reason::Revoked);
}

#[tokio::test]
#[ignore = "needs GRANTD_BIN"]
async fn introspection_of_an_api_key() {
    let server = Server::start();
    let asking = asking(&server).tenant_claim("tenant").build().unwrap();
    let with = |key: &str| and(HeaderMap::new(), "x-api-key", key);
    let headers = with(server.api_key());
    let principal = asking.authenticate(&facts(&headers), &["invoices:send"]).await.unwrap();
    assert_eq!(
        (principal.kind(), principal.tenant()),
        (Kind::ApiKey, Some("acme-berlin"))
    );
    assert!(!principal.permits("payments:refund"));
    let lacking = asking.authenticate(&facts(&headers), &["payments:refund"]).await;
    assert_eq!(reason(lacking), Reason::Scope);
    let unknown = with(&format!("{}0", server.api_key()));
    assert_eq!(
        reason(asking.authenticate(&facts(&unknown), &[]).await),
        Reason::Inactive
    );
}

#[tokio::test]
#[ignore = "needs GRANTD_BIN"]
async fn dpop() {
    let server = Server::start();
    let key = DpopKey::generate().unwrap();
    let token = token(&machine(&server).dpop(key.clone()).build().unwrap()).await;
    let verifier = api(&server).build().unwrap();
    let url = Url::parse("https://api.example.test/").unwrap();
    let proof = key.proof("GET", &url, SystemClock.now() / 1000, Some(&token)).unwrap();
    let bound = authorization(&format!("DPoP {token}"));
    let proven = and(bound.clone(), "dpop", &proof);
    verifier
        .authenticate(&facts(&proven), &["invoices:read"])
        .await
        .unwrap();
    assert_eq!(
        reason(verifier.authenticate(&facts(&proven), &[]).await),
        Reason::ProofReplayed
    );
    assert_eq!(
        reason(verifier.authenticate(&facts(&bound), &[]).await),
        Reason::ProofMissing
    );
    let bearer = authorization(&format!("Bearer {token}"));
    assert_eq!(
        reason(verifier.authenticate(&facts(&bearer), &[]).await),
        Reason::Scheme
    );
}

#[tokio::test]
#[ignore = "needs GRANTD_BIN"]
async fn what_an_api_reports_counts_as_used() {
    let server = Server::start();
    let verifier = asking(&server)
        .usage(std::time::Duration::from_secs(3600))
        .build()
        .unwrap();
    let headers = authorization(&format!("Bearer {}", token(&machine(&server).build().unwrap()).await));
    for _ in 0..3 {
        verifier
            .authenticate(&facts(&headers), &["invoices:read"])
            .await
            .unwrap();
    }
    verifier.flush_usage().await;
    // That is all that the SDK can see; that it counts is a test of the server.
    let secret = server.secret("acme-api");
    let uses = r#"[{"client_id":"nightly-export","permission":"invoices:read","count":1}]"#;
    let answer = reqwest::Client::new()
        .post(format!("{}/usage", server.issuer()))
        .form(&[("client_id", "acme-api"), ("client_secret", secret), ("uses", uses)])
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(
        answer.json::<Value>().await.unwrap(),
        serde_json::json!({ "counted": 1, "ignored": 0 })
    );
}
