//! Introspection replies as JWTs (RFC 9701), and what metadata says about signatures.

use crate::admin::stage::Api;
use crate::attack::stage::stage;
use crate::harness::{Agent, Flow, Reply};
use serde_json::{Value, json};

const MEDIA_TYPE: &str = "application/token-introspection+jwt";

/// The header's `typ` and the claims of a reply that the realm signed.
async fn verified(reply: &Reply) -> (String, Value) {
    assert_eq!(reply.expect(200).header("content-type"), Some(MEDIA_TYPE));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let (typ, _, claims) = stage().realm.signed(reply.body.trim()).await;
    (typ.unwrap(), claims)
}

#[tokio::test]
async fn a_caller_that_accepts_it_gets_the_reply_as_a_jwt_for_itself_alone() {
    let realm = &stage().realm;
    let mut flow = Flow::new(realm, "ledger-web");
    let token = flow.tokens().await.access().to_owned();
    let plain = flow.introspect(&token).await;
    let client = realm.client("ledger-web");
    let ask = |token: &str, accept: &str| {
        let request = Agent::new().http.post(realm.endpoint("introspection_endpoint"));
        let request = request.basic_auth(&client.id, client.secret.clone());
        request.header("accept", accept).form(&[("token", token)])
    };
    let mut agent = Agent::new();
    let reply = agent.send(ask(&token, MEDIA_TYPE)).await;
    let (typ, claims) = verified(&reply).await;
    assert_eq!(typ, "token-introspection+jwt");
    assert_eq!(claims["iss"], realm.issuer());
    assert_eq!(claims["aud"], "ledger-web");
    assert_eq!(claims["token_introspection"], plain);
    assert!(claims["iat"].is_u64() && claims.get("sub").is_none() && claims.get("exp").is_none());

    let reply = agent.send(ask("garbage", MEDIA_TYPE)).await;
    let (_, claims) = verified(&reply).await;
    assert_eq!(claims["token_introspection"], json!({ "active": false }));
    // Nobody mistakes the reply for a token.
    let reply = agent.send(ask(&reply.body, "application/json")).await;
    assert_eq!(reply.expect(200).json(), json!({ "active": false }));
    assert_eq!(reply.header("content-type"), Some("application/json"));

    let wrong = agent.http.post(realm.endpoint("introspection_endpoint"));
    let wrong = wrong.basic_auth(&client.id, Some("wrong")).header("accept", MEDIA_TYPE);
    agent
        .send(wrong.form(&[("token", &token)]))
        .await
        .refused(401, "invalid_client");
}

/// RFC 9701 section 6: who registered an algorithm is never told anything unsigned, whatever the request accepts.
#[tokio::test]
async fn who_registered_an_algorithm_gets_every_reply_signed() {
    let realm = &stage().realm;
    let api = Api::ops(realm).await;
    let wanted = json!({
        "name": "Asks signed", "grant_types": ["client_credentials"], "scopes": ["invoices:read"],
        "introspection_signed_response_alg": "RS256",
    });
    let made = api.post("/clients", wanted).await.expect(201).json();
    assert_eq!(made["introspection_signed_response_alg"], "RS256");
    let (id, secret) = (
        made["client_id"].as_str().unwrap(),
        made["client_secret"].as_str().unwrap(),
    );
    let mut agent = Agent::new();
    for accept in ["application/json", "*/*", MEDIA_TYPE] {
        let request = agent.http.post(realm.endpoint("introspection_endpoint"));
        let request = request.basic_auth(id, Some(secret)).header("accept", accept);
        let reply = agent.send(request.form(&[("token", "garbage")])).await;
        let (typ, claims) = verified(&reply).await;
        assert_eq!((&*typ, &claims["aud"]), ("token-introspection+jwt", &json!(id)));
        assert_eq!(claims["token_introspection"], json!({ "active": false }));
    }
    // Only what the realm signs with can be registered.
    for wrong in ["ES256", "none", "HS256", ""] {
        let wanted =
            json!({ "name": "x", "grant_types": ["client_credentials"], "introspection_signed_response_alg": wrong });
        assert!(
            matches!(api.post("/clients", wanted).await.status, 400 | 422),
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn metadata_names_every_algorithm_under_all_names_that_are_read() {
    let metadata = &stage().realm.0["metadata"];
    for member in [
        "token_endpoint_auth_signing_alg_values_supported",
        "request_object_signing_alg_values_supported",
        "dpop_signing_alg_values_supported",
    ] {
        let names = metadata[member].as_array().unwrap();
        assert!(
            names.contains(&json!("EdDSA")) && names.contains(&json!("Ed25519")),
            "{member}"
        );
    }
    // What this server writes has one name.
    assert_eq!(
        metadata["introspection_signing_alg_values_supported"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}
