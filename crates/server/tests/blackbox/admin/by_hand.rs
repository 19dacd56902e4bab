//! Access tokens that somebody makes by hand through the API: for whom, within what, and shown once.

use super::stage::{Api, Request, realm, server};
use crate::harness::flow::post_as;
use crate::harness::{Flow, Realm, Reply};
use serde_json::{Value, json};

async fn is_active(realm: &Realm, token: &str) -> Value {
    let url = realm.endpoint("introspection_endpoint");
    post_as(&realm.client("acme-api"), &url, &[("token", token)])
        .await
        .expect(200)
        .json()
}

fn pointers(reply: &Reply) -> Vec<String> {
    let errors = reply.expect(422).json()["errors"].as_array().unwrap().clone();
    errors
        .iter()
        .map(|wrong| wrong["pointer"].as_str().unwrap().to_owned())
        .collect()
}

async fn keyed(api: &Api, key: &str, body: &Value) -> Value {
    let request = Request {
        method: "POST",
        path: "/tokens",
        body: Some(body.clone()),
        headers: vec![("idempotency-key", key)],
    };
    api.call(request).await.expect(201).json()
}

#[tokio::test]
async fn an_operators_token_acts_for_the_user_that_is_named_and_is_shown_once() {
    let realm = realm();
    let api = Api::ops(&realm).await;
    let bob = api.user_id("bob@example.com").await;
    let body = json!({
        "client_id": "ledger-web", "user_id": bob, "tenant": "acme-berlin", "name": "Nightly", "lifetime": 600,
        "scopes": ["invoices:read"],
    });
    let made = keyed(&api, "a-token-by-hand", &body).await;
    let value = made["access_token"].as_str().unwrap();
    let told = is_active(&realm, value).await;
    assert_eq!(
        (&told["active"], &told["sub"], &told["tenant"]),
        (&json!(true), &json!(bob), &json!("acme-berlin"))
    );
    // A retry is the same token: its value works, and no second row is made.
    let again = keyed(&api, "a-token-by-hand", &body).await;
    assert_eq!(again["id"], made["id"]);
    assert_eq!(
        is_active(&realm, again["access_token"].as_str().unwrap()).await["jti"],
        told["jti"]
    );
    let path = format!("/tokens/{}", made["id"].as_str().unwrap());
    let shown = api.get(&path).await.expect(200).json();
    assert_eq!((&shown["name"], shown.get("access_token")), (&json!("Nightly"), None));
    api.delete(&path).await.expect(204);
    for text in [value, again["access_token"].as_str().unwrap()] {
        assert_eq!(is_active(&realm, text).await, json!({ "active": false }));
    }
}

#[tokio::test]
async fn a_token_cannot_be_for_nobody_for_somebody_elsewhere_or_beyond_client_and_role() {
    let realm = realm();
    let api = Api::ops(&realm).await;
    let bob = api.user_id("bob@example.com").await;
    let with = |name: &str, value: Value| {
        let mut body = json!({
            "client_id": "ledger-web", "user_id": bob, "tenant": "acme-berlin", "name": "x", "scopes": ["invoices:read"],
        });
        body[name] = value;
        body
    };
    for (name, value, pointer) in [
        ("client_id", json!("nobody"), "/client_id"),
        ("user_id", json!("nobody"), "/user_id"),
        ("tenant", json!("acme-tokyo"), "/tenant"),
        ("scopes", json!(["team:unknown"]), "/scopes"),
        ("scopes", json!([]), "/scopes"),
        ("scopes", json!(["openid"]), "/scopes"),
        ("scopes", json!(["grantd:clients:read"]), "/scopes"),
        ("lifetime", json!(4_000_000_000_u32), "/expires_at"),
        ("name", json!("\u{0}"), "/name"),
    ] {
        let reply = api.post("/tokens", with(name, value.clone())).await;
        assert_eq!(pointers(&reply), [pointer], "{name}: {value}");
    }
}

#[tokio::test]
async fn within_a_tenant_a_token_acts_for_its_maker_and_within_their_role() {
    let realm = realm();
    let ops = Api::ops(&realm).await;
    let (ada, bob) = (
        ops.user_id("ada@example.com").await,
        ops.user_id("bob@example.com").await,
    );
    let mut flow = Flow::logged_in_as(&realm, "console", 0)
        .await
        .with("scope", "grantd:tokens:write customers:read")
        .with("tenant", "acme-berlin")
        .with("resource", &ops.base);
    let own = ops.with(flow.tokens().await.access());
    let body = json!({ "client_id": "ledger-web", "name": "Mine", "scopes": ["customers:read"] });
    let made = own.post("/tokens", body.clone()).await.expect(201).json();
    assert_eq!(
        (&made["subject"], &made["tenant"]),
        (&json!(ada), &json!("acme-berlin"))
    );
    let with = |name: &str, value: &str| {
        let mut other = body.clone();
        other[name] = json!(value);
        other
    };
    assert_eq!(
        pointers(&own.post("/tokens", with("user_id", &bob)).await),
        ["/user_id"]
    );
    assert_eq!(
        pointers(&own.post("/tokens", with("tenant", "acme-tokyo")).await),
        ["/tenant"]
    );
    let mut more = body.clone();
    more["scopes"] = json!(["invoices:read"]);
    let beyond = own.post("/tokens", more).await;
    assert_eq!(
        beyond.expect(403).json()["needed"],
        "invoices:read",
        "the caller's own token does not hold it"
    );
    // A tenant's machine is nobody whom a token could act for.
    let machine = Api::as_client(&realm, "berlin-admin", "").await;
    assert_eq!(pointers(&machine.post("/tokens", body.clone()).await), ["/user_id"]);
    assert_eq!(
        pointers(&machine.post("/tokens", with("user_id", &bob)).await),
        ["/user_id"]
    );
}

#[tokio::test]
async fn a_token_ends_with_the_permission_of_the_app_that_its_maker_made_it_with() {
    // Nobody else's permission for the console is ended there.
    let realm = server().realm_at(1);
    let ops = Api::ops(&realm).await;
    let mut flow = Flow::logged_in_as(&realm, "console", 0)
        .await
        .with("scope", "grantd:tokens:write customers:read")
        .with("tenant", "acme-berlin")
        .with("resource", &ops.base);
    let own = ops.with(flow.tokens().await.access());
    let body = json!({ "client_id": "ledger-web", "name": "Mine", "scopes": ["customers:read"] });
    let made = own.post("/tokens", body).await.expect(201).json();
    let value = made["access_token"].as_str().unwrap();
    assert_eq!(is_active(&realm, value).await["active"], true);
    let grant = made["grant_id"].as_str().expect("the app's permission");
    ops.delete(&format!("/grants/{grant}")).await.expect(204);
    assert_eq!(is_active(&realm, value).await, json!({ "active": false }));
}

#[tokio::test]
async fn nothing_is_trimmed_from_a_client_of_whom_nothing_is_known() {
    let api = Api::ops(&realm()).await;
    assert_eq!(
        api.post("/clients/nightly-export/trim", json!({ "idle_days": 30 }))
            .await
            .status,
        409
    );
    assert_eq!(
        pointers(
            &api.post("/clients/nightly-export/trim", json!({ "idle_days": 0 }))
                .await
        ),
        ["/idle_days"]
    );
    assert_eq!(api.post("/clients/nobodys/trim", json!({})).await.status, 404);
    let told = api.get("/clients/nightly-export/usage").await.expect(200).json();
    assert_eq!(told["granted"], json!(["*"]));
}
