//! Signed answers of the authorization endpoint (JARM): codes and errors, in the query and as a form, verified with the keys
//! that the realm publishes.

use crate::harness::realm::demo;
use crate::harness::{Flow, Realm};
use serde_json::Value;

/// What a signed answer says, once its signature is verified.
async fn verified(realm: &Realm, response: &str) -> Value {
    let (_, alg, claims) = realm.signed(response).await;
    let signed_with = &realm.0["metadata"]["authorization_signing_alg_values_supported"];
    assert_eq!(signed_with, &serde_json::json!([alg]));
    assert_eq!(claims["iss"], realm.issuer());
    assert_eq!(claims["aud"], "ledger-web");
    assert!(claims["exp"].is_u64());
    claims
}

#[tokio::test]
async fn a_code_in_a_signed_answer_is_good_and_stands_nowhere_else() {
    let realm = demo().realm();
    for mode in ["jwt", "query.jwt"] {
        let mut flow = Flow::logged_in_as(&realm, "ledger-web", 1)
            .await
            .with("response_mode", mode);
        let told = flow.answer().await;
        assert_eq!(told.keys().collect::<Vec<_>>(), ["response"]);
        let claims = verified(&realm, &told["response"]).await;
        assert_eq!(claims["state"], "st a/te");
        let tokens = flow.redeem(claims["code"].as_str().unwrap()).await;
        tokens.expect(200);
    }
}

#[tokio::test]
async fn a_signed_answer_can_be_a_form() {
    let realm = demo().realm();
    let mut flow = Flow::logged_in_as(&realm, "ledger-web", 1)
        .await
        .with("response_mode", "form_post.jwt");
    flow.set("prompt", "consent");
    let page = flow.ask().await.page(200);
    let form = flow.decide(&page, "deny").await.page(200).form(1);
    assert_eq!(form.action, flow.redirect_uri());
    let [(name, response)] = form.fields.as_slice() else {
        panic!("{:?}", form.fields);
    };
    assert_eq!(name, "response");
    assert_eq!(verified(&realm, response).await["error"], "access_denied");
}

#[tokio::test]
async fn an_error_is_signed_too() {
    let realm = demo().realm();
    let mut flow = Flow::new(&realm, "ledger-web")
        .with("response_mode", "jwt")
        .with("scope", "no:such");
    let told = flow.ask().await.redirect(flow.redirect_uri());
    assert_eq!(told.keys().collect::<Vec<_>>(), ["response"]);
    let claims = verified(&realm, &told["response"]).await;
    assert_eq!(claims["error"], "invalid_scope");
    assert_eq!(claims["state"], "st a/te");
    assert!(claims["error_description"].is_string());
}

#[tokio::test]
async fn a_signed_answer_is_no_token() {
    let realm = demo().realm();
    let mut flow = Flow::logged_in_as(&realm, "ledger-web", 1)
        .await
        .with("response_mode", "jwt");
    let response = flow.answer().await["response"].clone();
    assert_eq!(flow.introspect(&response).await["active"], false);
    let mut hinted = Flow::new(&realm, "ledger-web").with("id_token_hint", &response);
    let told = hinted.ask().await.redirect(hinted.redirect_uri());
    assert_eq!(told["error"], "invalid_request");
}
