//! Tokens that are bound to a key, at the gate: the proof is for the guarded address, and works once.

use super::{nginx, stage};
use crate::harness::{Agent, Key};
use grantd_jose::Algorithm;

async fn bound_token(key: &Key) -> String {
    let realm = &stage().routed;
    let client = realm.client("nightly-export");
    let mut agent = Agent::new();
    let form = [("grant_type", "client_credentials"), ("scope", "invoices:read")];
    let request = agent
        .http
        .post(realm.token())
        .basic_auth(&client.id, client.secret)
        .form(&form);
    let reply = agent
        .send(request.header("dpop", key.proof("POST", &realm.token(), None)))
        .await;
    reply.expect(200).json()["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_proof_is_for_the_guarded_address_and_works_once() {
    let (s, key) = (stage(), Key::new(Algorithm::ES256));
    let token = bound_token(&key).await;
    let url = "https://api.example/v1/invoices/7";
    let authorization = format!("DPoP {token}");
    let ask = async |scheme: &str, proof: &str| {
        let headers = [("authorization", scheme), ("dpop", proof)];
        nginx(&s.routed, "GET", "/v1/invoices/7?x=1", &headers).await
    };
    let good = key.proof("GET", url, Some(&token));
    ask(&authorization, &good).await.expect(200);
    ask(&authorization, &good).await.refused(401, "invalid_dpop_proof");
    let other = Key::new(Algorithm::ES256);
    for bad in [
        key.proof("POST", url, Some(&token)),
        key.proof("GET", "https://api.example/v1/invoices/8", Some(&token)),
        key.proof("GET", &format!("{}/gate/nginx", s.routed.issuer()), Some(&token)),
        key.proof("GET", url, None),
        other.proof("GET", url, Some(&token)),
    ] {
        assert_eq!(ask(&authorization, &bad).await.status, 401);
    }
    // Without its proof it is worthless, and so it is in an address.
    let headers = [("authorization", authorization.as_str())];
    let reply = nginx(&s.routed, "GET", "/v1/invoices/7", &headers).await;
    reply.refused(401, "invalid_dpop_proof");
    assert!(reply.all("www-authenticate")[0].starts_with("DPoP "));
    let bearer = format!("Bearer {token}");
    nginx(&s.routed, "GET", "/v1/invoices/7", &[("authorization", &bearer)])
        .await
        .refused(401, "invalid_token");
    let target = format!("/v1/invoices/7?access_token={token}");
    nginx(&s.routed, "GET", &target, &[])
        .await
        .refused(401, "invalid_token");
}

#[tokio::test]
async fn a_ticket_for_a_bound_token_needs_the_proof() {
    let (s, key) = (stage(), Key::new(Algorithm::ES256));
    let token = bound_token(&key).await;
    let url = format!("{}/gate/ticket", s.routed.issuer());
    let mut agent = Agent::new();
    let request = agent.http.post(&url).header("authorization", format!("Bearer {token}"));
    agent.send(request).await.refused(401, "invalid_token");
    let request = agent.http.post(&url).header("authorization", format!("DPoP {token}"));
    let request = request.header("dpop", key.proof("POST", &url, Some(&token)));
    let ticket = agent.send(request).await.expect(200).json();
    let target = format!("/hub?access_token={}", ticket["ticket"].as_str().unwrap());
    nginx(&s.routed, "GET", &target, &[]).await.expect(200);
}
