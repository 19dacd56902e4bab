//! Step-up (RFC 9470) and the `claims` parameter (OpenID Connect Core section 5.5): what logins are called, which claims come
//! one by one, and what is said where nothing here is good enough.

use crate::harness::flow::post_as;
use crate::harness::realm::demo;
use crate::harness::{Agent, Flow, Realm};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

const LEVEL: &str = "urn:acme:password";

fn payload(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

async fn userinfo(realm: &Realm, token: &str) -> Value {
    let mut agent = Agent::new();
    let request = agent.http.get(realm.endpoint("userinfo_endpoint")).bearer_auth(token);
    agent.send(request).await.expect(200).json()
}

#[tokio::test]
async fn tokens_and_introspection_say_how_and_when_the_user_logged_in() {
    let realm = demo().realm();
    assert_eq!(
        realm.0["metadata"]["acr_values_supported"],
        json!([LEVEL, "urn:acme:two-steps"])
    );
    let mut flow = Flow::logged_in_as(&realm, "ledger-web", 1)
        .await
        .with("acr_values", LEVEL);
    let tokens = flow.tokens().await;
    let id_token = payload(tokens.0["id_token"].as_str().unwrap());
    let access = payload(tokens.access());
    let api = realm.client("acme-api");
    let url = realm.endpoint("introspection_endpoint");
    let told = post_as(&api, &url, &[("token", tokens.access())])
        .await
        .expect(200)
        .json();
    for said in [&id_token, &access, &told] {
        assert_eq!(said["acr"], LEVEL, "{said}");
        assert_eq!(said["auth_time"], id_token["auth_time"], "{said}");
    }
    let again = flow.refresh(tokens.refresh()).await.expect(200).json();
    assert_eq!(payload(again["access_token"].as_str().unwrap())["acr"], LEVEL);
    let machine = realm.client("nightly-export");
    let own = post_as(&machine, &realm.token(), &[("grant_type", "client_credentials")])
        .await
        .expect(200)
        .json();
    let token = own["access_token"].as_str().unwrap();
    let told = post_as(&api, &url, &[("token", token)]).await.expect(200).json();
    assert!(
        told["active"] == true && told.get("auth_time").is_none() && told.get("acr").is_none(),
        "{told}"
    );
}

#[tokio::test]
async fn a_level_that_nobody_reaches_is_unmet_where_it_must_be_reached() {
    let realm = demo().realm();
    let essential = json!({ "id_token": { "acr": { "essential": true, "values": ["urn:acme:card"] } } });
    let mut flow = Flow::new(&realm, "ledger-web").with("claims", &essential.to_string());
    let told = flow.ask().await.redirect(flow.redirect_uri());
    assert_eq!(told["error"], "unmet_authentication_requirements");
    assert_eq!(told["iss"], realm.issuer());
    let mut wish = Flow::new(&realm, "ledger-web").with("acr_values", "urn:acme:card");
    wish.ask().await.page(200).form_with("login-submit");
}

#[tokio::test]
async fn a_login_that_is_too_old_is_asked_for_again() {
    let realm = demo().realm();
    let mut flow = Flow::logged_in_as(&realm, "ledger-web", 1).await.with("max_age", "0");
    let old = flow.ask().await;
    // Within the very second of the login it is not too old yet.
    let old = if old.body.contains("login-submit") {
        old
    } else {
        flow.ask().await
    };
    old.page(200).form_with("login-submit");
    let silent = flow.with("prompt", "none").ask().await;
    assert!(silent.header("location").unwrap().contains("login_required"));
}

#[tokio::test]
async fn single_claims_are_shown_allowed_and_told_where_they_were_asked_for() {
    let realm = demo().realm();
    let wished = json!({
        "userinfo": { "email": { "essential": true }, "salary": null },
        "id_token": { "given_name": null, "phone_number": { "essential": true } },
    });
    let mut flow = Flow::new(&realm, "ledger-desktop")
        .with("scope", "openid")
        .with("claims", &wished.to_string());
    flow.user = realm.user(1);
    let reply = flow.log_in().await;
    let page = reply.page(200);
    let answer = flow.decide(&page, "allow").await;
    let code = flow.carried_on(&answer)["code"].clone();
    let tokens = flow.redeem(&code).await.expect(200).json();
    assert_eq!(tokens["scope"], "openid");
    let id_token = payload(tokens["id_token"].as_str().unwrap());
    assert_eq!(id_token["given_name"], "Bob");
    assert!(id_token.get("email").is_none() && id_token.get("phone_number").is_none());
    let told = userinfo(&realm, tokens["access_token"].as_str().unwrap()).await;
    assert_eq!(told["email"], "bob@example.com");
    assert!(told.get("given_name").is_none() && told.get("salary").is_none());
    let again = flow
        .refresh(tokens["refresh_token"].as_str().unwrap())
        .await
        .expect(200)
        .json();
    let told = userinfo(&realm, again["access_token"].as_str().unwrap()).await;
    assert_eq!(told["email"], "bob@example.com");
}

#[tokio::test]
async fn claims_that_cannot_be_read_are_refused() {
    let realm = demo().realm();
    for text in [
        "[]",
        "{\"userinfo\":[]}",
        "{\"userinfo\":{\"email\":1}}",
        "{\"a\":1,\"a\":2}",
        "{",
    ] {
        let mut flow = Flow::new(&realm, "ledger-web")
            .with("scope", "openid")
            .with("claims", text);
        let told = flow.ask().await.redirect(flow.redirect_uri());
        assert_eq!(told["error"], "invalid_request", "{text}");
    }
    let metadata = &realm.0["metadata"];
    assert_eq!(metadata["claims_parameter_supported"], true);
}
