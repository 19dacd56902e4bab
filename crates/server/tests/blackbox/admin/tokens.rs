//! Access tokens, grants, keys, the audit log, and what is read alone.

use super::stage::{Api, realm, server, token};
use crate::harness::Flow;
use serde_json::json;

#[tokio::test]
async fn a_token_is_found_by_client_and_ended_at_once() {
    let realm = realm();
    let api = Api::ops(&realm).await;
    let access = token(&realm, "nightly-export", "invoices:read", None).await;
    let found = api.all("/tokens?client=nightly-export&state=live", 200).await;
    let newest = found.first().unwrap();
    assert_eq!(
        (newest["subject"].as_str(), newest["state"].as_str()),
        (Some("nightly-export"), Some("live"))
    );
    let path = format!("/tokens/{}", newest["id"].as_str().unwrap());
    api.delete(&path).await.expect(204);
    api.delete(&path).await.expect(204);
    assert_eq!(api.get(&path).await.expect(200).json()["state"], "ended");
    let userinfo = realm.client("acme-api");
    let reply = crate::harness::flow::post_as(
        &userinfo,
        &realm.endpoint("introspection_endpoint"),
        &[("token", &access)],
    )
    .await;
    assert_eq!(reply.json()["active"], false);
    let ended = api.all("/tokens?client=nightly-export&state=ended", 50).await;
    assert!(ended.iter().all(|token| token["state"] == "ended") && !ended.is_empty());
    assert_eq!(api.get("/tokens?state=odd").await.status, 400);
    assert_eq!(api.get("/tokens/xyz").await.status, 404);
}

#[tokio::test]
async fn a_list_of_tokens_never_holds_a_value_and_pages_without_gaps() {
    let realm = realm();
    let api = Api::ops(&realm).await;
    for _ in 0..7 {
        token(&realm, "nightly-export", "customers:read", None).await;
    }
    let whole = api.all("/tokens?client=nightly-export", 200).await;
    let pieces = api.all("/tokens?client=nightly-export", 3).await;
    let ids = |items: &[serde_json::Value]| -> Vec<String> {
        items
            .iter()
            .map(|item| item["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let pieces = ids(&pieces);
    assert!(ids(&whole).iter().all(|id| pieces.contains(id)), "nothing is skipped");
}

#[tokio::test]
async fn a_tenants_token_sees_the_tenants_tokens_and_grants_alone() {
    let realm = realm();
    let berlin = Api::as_client(&realm, "berlin-admin", "").await;
    let tokyo = Api::as_client(&realm, "tokyo-admin", "").await;
    for list in ["/tokens", "/tokens?tenant=acme-berlin", "/tokens?client=berlin-admin"] {
        let seen = berlin.all(list, 200).await;
        assert!(
            !seen.is_empty() && seen.iter().all(|token| token["tenant"] == "acme-berlin"),
            "{list}"
        );
    }
    assert!(berlin.all("/tokens?tenant=acme-tokyo", 50).await.is_empty());
    assert!(berlin.all("/grants?tenant=acme-tokyo", 50).await.is_empty());
    let own = berlin.all("/tokens?client=berlin-admin", 1).await;
    let path = format!("/tokens/{}", own[0]["id"].as_str().unwrap());
    assert_eq!(tokyo.get(&path).await.status, 404);
    assert_eq!(tokyo.delete(&path).await.status, 404);
    assert_eq!(berlin.get(&path).await.status, 200);
}

#[tokio::test]
async fn a_grant_is_narrowed_and_ended() {
    let realm = realm();
    let api = Api::ops(&realm).await;
    let mut flow = Flow::logged_in_as(&realm, "ledger-web", 1)
        .await
        .with("scope", "openid customers:read invoices:read");
    let tokens = flow.tokens().await;
    let user = api.user_id("bob@example.com").await;
    let grants = api.all(&format!("/grants?user={user}&client=ledger-web"), 5).await;
    let grant = grants
        .iter()
        .find(|grant| grant["scopes"].to_string().contains("customers:read"))
        .unwrap();
    let path = format!("/grants/{}", grant["id"].as_str().unwrap());
    for bad in [
        json!({}),
        json!({ "scopes": [] }),
        json!({ "scopes": ["payments:read", "customers:read", "team:manage"] }),
    ] {
        assert_eq!(api.patch(&path, bad.clone()).await.status, 422, "{bad}");
    }
    api.patch(&path, json!({ "scopes": ["openid", "invoices:read"] }))
        .await
        .expect(200);
    assert_eq!(
        flow.introspect(tokens.access()).await["active"],
        false,
        "it carried more than is left"
    );
    let narrow = flow.refresh(tokens.refresh()).await.expect(200).json();
    assert_eq!(narrow["scope"], "openid invoices:read");
    api.delete(&path).await.expect(204);
    assert_eq!(api.get(&path).await.status, 404);
    assert_eq!(
        flow.introspect(narrow["access_token"].as_str().unwrap()).await["active"],
        false
    );
    flow.refresh(narrow["refresh_token"].as_str().unwrap())
        .await
        .refused(400, "invalid_grant");
}

#[tokio::test]
async fn keys_are_listed_without_their_private_halves_and_rotate() {
    let realm = server().realm_at(1);
    let api = Api::ops(&realm).await;
    let keys = api.get("/keys").await.expect(200).json();
    let active = |keys: &serde_json::Value| {
        let keys = keys["items"].as_array().unwrap();
        let found = keys
            .iter()
            .find(|key| key["alg"] == "ES256" && key["state"] == "active");
        found.unwrap()["kid"].as_str().unwrap().to_owned()
    };
    let early = api.post("/keys/rotate", json!({ "alg": "ES256" })).await;
    assert_eq!(early.status, 409, "the next key was published just now: {}", early.body);
    let after = api
        .post("/keys/rotate", json!({ "alg": "ES256", "force": true }))
        .await
        .expect(200)
        .json();
    assert_ne!(active(&keys), active(&after));
    assert_eq!(api.post("/keys/rotate", json!({ "alg": "HS256" })).await.status, 422);
    let line = api.get("/audit?action=key.rotated").await.expect(200).json();
    assert_eq!(line["items"][0]["actor"], "client:ops");
    // Tokens of before still open the API.
    api.get("/keys").await.expect(200);
}

#[tokio::test]
async fn the_audit_log_is_filtered_paged_and_exported() {
    let realm = realm();
    let api = Api::ops(&realm).await;
    let new = json!({ "name": "Audited", "grant_types": ["client_credentials"], "scopes": ["invoices:read"] });
    let made = api.post("/clients", new).await.expect(201).json();
    let (id, secret) = (
        made["client_id"].as_str().unwrap(),
        made["client_secret"].as_str().unwrap(),
    );
    api.patch(&format!("/clients/{id}"), json!({ "name": "Renamed" }))
        .await
        .expect(200);
    api.post(&format!("/clients/{id}/secrets"), json!({})).await.expect(201);
    api.delete(&format!("/clients/{id}")).await.expect(204);
    let lines = api.all(&format!("/audit?target=client:{id}"), 2).await;
    // Sorted: what is done within one millisecond has no order.
    let mut actions: Vec<_> = lines.iter().map(|line| line["action"].as_str().unwrap()).collect();
    actions.sort_unstable();
    assert_eq!(
        actions,
        [
            "client.changed",
            "client.created",
            "client.deleted",
            "client.secret_rotated"
        ]
    );
    let changed = lines.iter().find(|line| line["action"] == "client.changed").unwrap();
    assert_eq!(changed["detail"]["before"]["name"], "Audited");
    assert_eq!(changed["detail"]["after"]["name"], "Renamed");
    assert_eq!(changed["address"], "127.0.0.1");
    let exported = api
        .get(&format!("/audit/export?target=client:{id}&action=client.*"))
        .await;
    assert_eq!(exported.expect(200).body.lines().count(), 4);
    assert!(!exported.body.contains(secret), "no secret is in the log");
    assert!(api.all("/audit?until=1", 5).await.is_empty());
    assert!(api.all("/audit?since=99999999999", 5).await.is_empty());
    assert_eq!(api.get("/audit?since=x").await.status, 400);
}

#[tokio::test]
async fn what_the_realms_file_says_is_read_without_secrets() {
    let realm = realm();
    let api = Api::ops(&realm).await;
    assert_eq!(api.get("/realm").await.expect(200).json()["issuer"], realm.issuer());
    let permissions = api.all("/permissions", 7).await;
    assert!(
        permissions
            .iter()
            .any(|permission| permission["name"] == "invoices:read")
    );
    let own = permissions
        .iter()
        .find(|permission| permission["name"] == "grantd:clients:write")
        .unwrap();
    assert_eq!(own["risk"], "admin");
    let roles = api.all("/roles", 1).await;
    assert!(roles.iter().any(|role| role["name"] == "owner"));
    assert!(
        !realm.0["metadata"]["scopes_supported"].to_string().contains("grantd:"),
        "not advertised"
    );
}
