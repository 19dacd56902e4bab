//! The life of an API key through the admin API, and who may make which one.

use super::stage::{Api, Request, realm, server};
use crate::harness::{Realm, Reply};
use serde_json::{Value, json};

fn new_key(name: &str) -> Value {
    json!({ "name": name, "tenant": "acme-berlin", "scopes": ["invoices:read", "invoices:write"] })
}

/// What an API is told about a key.
async fn described(realm: &Realm, key: &str) -> Value {
    let api = realm.client("acme-api");
    let url = realm.endpoint("introspection_endpoint");
    let reply = crate::harness::flow::post_as(&api, &url, &[("token", key)]).await;
    reply.expect(200).json()
}

/// The places of the mistakes that a refusal names.
pub(super) fn pointers(reply: &Reply) -> Vec<String> {
    let errors = reply.expect(422).json()["errors"].clone();
    let errors = errors.as_array().unwrap().iter();
    errors
        .map(|error| error["pointer"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_key_is_made_used_narrowed_and_revoked() {
    let realm = realm();
    let api = Api::ops(&realm).await;
    let made = api.post("/api-keys", new_key("Life")).await;
    let key = made.expect(201).json();
    let (id, text) = (key["id"].as_str().unwrap(), key["key"].as_str().unwrap());
    let path = format!("/api-keys/{id}");
    assert_eq!(made.header("location"), Some(format!("{}{path}", api.base).as_str()));
    assert_eq!(key["created_by"], "client:ops");
    assert!(text.ends_with(key["last_four"].as_str().unwrap()));
    let told = described(&realm, text).await;
    assert_eq!(
        (&told["active"], &told["scope"]),
        (&json!(true), &json!("invoices:read invoices:write"))
    );

    let shown = api.get(&path).await;
    assert_eq!(shown.expect(200).json()["state"], "active");
    assert!(!shown.body.contains(text), "shown once");
    let narrowed = json!({ "name": "Less", "scopes": ["invoices:read"], "expires_at": 4_000_000_000_u32 });
    let narrowed = api.patch(&path, narrowed).await.expect(200).json();
    assert_eq!(narrowed["name"], "Less");
    assert_eq!(narrowed["expires_at"], 4_000_000_000_u32);
    assert_eq!(described(&realm, text).await["scope"], "invoices:read");
    let back = api
        .patch(&path, json!({ "scopes": ["invoices:read", "invoices:write"] }))
        .await;
    assert_eq!(pointers(&back), ["/scopes/1"], "never wider again");
    assert_eq!(
        pointers(&api.patch(&path, json!({ "expires_at": null })).await),
        ["/expires_at"]
    );

    api.delete(&path).await.expect(204);
    api.delete(&path).await.expect(204);
    assert_eq!(described(&realm, text).await["active"], false);
    assert_eq!(api.get(&path).await.expect(200).json()["state"], "revoked");
    assert_eq!(api.patch(&path, json!({ "name": "Again" })).await.status, 409);
    let lines = api.all(&format!("/audit?target=api_key:{id}"), 50).await;
    let mut actions: Vec<_> = lines.iter().map(|line| line["action"].as_str().unwrap()).collect();
    // Two deeds of one millisecond stand in either order.
    actions.sort_unstable();
    assert_eq!(actions, ["api_key.changed", "api_key.created", "api_key.revoked"]);
    assert!(lines.iter().all(|line| !line.to_string().contains(text)));
}

#[tokio::test]
async fn a_change_is_made_only_at_the_version_that_was_seen() {
    let api = Api::ops(&realm()).await;
    let made = api.post("/api-keys", new_key("Versions")).await;
    let path = format!("/api-keys/{}", made.expect(201).json()["id"].as_str().unwrap());
    let seen = made.header("etag").unwrap().to_owned();
    let change = |method: &'static str, name: Option<&str>| {
        api.call(Request {
            method,
            path: &path,
            body: name.map(|name| json!({ "name": name })),
            headers: vec![("if-match", &seen)],
        })
    };
    change("PATCH", Some("First")).await.expect(200);
    assert_eq!(change("PATCH", Some("Second")).await.status, 412);
    assert_eq!(change("DELETE", None).await.status, 412);
    assert_eq!(api.get(&path).await.expect(200).json()["name"], "First");
}

#[tokio::test]
async fn a_retry_gets_the_same_key_and_another_request_none() {
    let realm = realm();
    let api = Api::ops(&realm).await;
    let post = |name: &str| {
        api.call(Request {
            method: "POST",
            path: "/api-keys",
            body: Some(new_key(name)),
            headers: vec![("idempotency-key", "an api key, once")],
        })
    };
    let (first, second) = (post("Retried").await, post("Retried").await);
    for header in ["etag", "location"] {
        assert!(first.header(header).is_some(), "{header}");
        assert_eq!(first.header(header), second.header(header), "{header}");
    }
    let (first, second) = (first.expect(201).json(), second.expect(201).json());
    assert_eq!(first, second);
    assert_eq!(described(&realm, second["key"].as_str().unwrap()).await["active"], true);
    assert_eq!(post("Another").await.status, 422);
    let named = api.all("/api-keys?state=active", 200).await;
    let named = named.iter().filter(|key| key["name"] == "Retried").count();
    assert_eq!(named, 1);
}

#[tokio::test]
async fn what_no_key_can_be_is_refused_where_it_is() {
    let api = Api::ops(&realm()).await;
    let wrong = async |change: Value| {
        let mut body = new_key("Wrong");
        let members = body.as_object_mut().unwrap();
        members.extend(change.as_object().unwrap().clone());
        pointers(&api.post("/api-keys", body).await)
    };
    for scope in [
        "openid",
        "offline_access",
        "nonsense",
        "grantd:api-keys:write",
        "grantd:*",
    ] {
        assert_eq!(wrong(json!({ "scopes": [scope] })).await, ["/scopes"], "{scope}");
    }
    assert_eq!(wrong(json!({ "scopes": [] })).await, ["/scopes"]);
    assert_eq!(wrong(json!({ "tenant": "nobodys" })).await, ["/tenant"]);
    assert_eq!(
        wrong(json!({ "tenant": null })).await,
        ["/tenant"],
        "a tenant is needed"
    );
    assert_eq!(wrong(json!({ "expires_at": 1 })).await, ["/expires_at"]);
    assert_eq!(wrong(json!({ "expires_at": -1 })).await, ["/expires_at"]);
    assert_eq!(wrong(json!({ "name": "x".repeat(121) })).await, ["/name"]);
    assert_eq!(wrong(json!({ "key": "mine" })).await, ["/key"]);
    assert_eq!(pointers(&api.post("/api-keys", json!({})).await), ["/name", "/scopes"]);
}

#[tokio::test]
async fn a_tenants_token_reaches_its_tenants_keys_alone() {
    let realm = realm();
    let ops = Api::ops(&realm).await;
    let berlin = Api::as_client(&realm, "berlin-admin", "").await;
    let tokyo = Api::as_client(&realm, "tokyo-admin", "").await;
    let own = json!({ "name": "Own", "scopes": ["invoices:read"] });
    let own = berlin.post("/api-keys", own).await.expect(201).json();
    assert_eq!(own["tenant"], "acme-berlin", "where absent it is the caller's own");
    let path = format!("/api-keys/{}", own["id"].as_str().unwrap());
    berlin.get(&path).await.expect(200);
    assert_eq!(tokyo.get(&path).await.status, 404);
    assert_eq!(tokyo.patch(&path, json!({ "name": "Mine" })).await.status, 404);
    assert_eq!(tokyo.delete(&path).await.status, 404);
    // Another's tenant looks like none.
    let (foreign, nobodys) = (
        tokyo.post("/api-keys", new_key("Foreign")).await,
        tokyo
            .post(
                "/api-keys",
                json!({ "name": "x", "tenant": "nobodys", "scopes": ["invoices:read"] }),
            )
            .await,
    );
    assert_eq!(
        foreign.expect(422).json()["errors"],
        nobodys.expect(422).json()["errors"]
    );
    for (api, tenant) in [(&berlin, "acme-berlin"), (&tokyo, "acme-tokyo")] {
        let keys = api.all("/api-keys", 3).await;
        assert!(keys.iter().all(|key| key["tenant"] == tenant), "{keys:?}");
    }
    assert!(tokyo.all("/api-keys?tenant=acme-berlin", 50).await.is_empty());
    assert!(!ops.all("/api-keys?tenant=acme-berlin", 50).await.is_empty());
    // Nor does a realm see another realm's.
    let elsewhere = Api::ops(&server().realm_at(1)).await;
    assert_eq!(elsewhere.get(&path).await.status, 404);
    assert_eq!(elsewhere.delete(&path).await.status, 404);
    berlin.delete(&path).await.expect(204);
}

#[tokio::test]
async fn within_a_tenant_no_key_permits_more_than_its_maker_may() {
    let realm = realm();
    let part = "grantd:api-keys:write invoices:read";
    let weak = Api::as_client(&realm, "berlin-admin", part).await;
    let key = |scope: &str| json!({ "name": "Bounded", "scopes": [scope] });
    for scope in ["invoices:write", "invoices:*", "*", "customers:read"] {
        let reply = weak.post("/api-keys", key(scope)).await;
        assert_eq!(reply.expect(403).json()["needed"], scope);
    }
    weak.post("/api-keys", key("invoices:read")).await.expect(201);
    // A key that permits more can be renamed and ended, and neither narrowed to what is lacking nor kept alive.
    let ops = Api::ops(&realm).await;
    let stronger = ops.post("/api-keys", new_key("Stronger")).await.expect(201).json();
    let path = format!("/api-keys/{}", stronger["id"].as_str().unwrap());
    weak.patch(&path, json!({ "name": "Renamed" })).await.expect(200);
    for change in [
        json!({ "scopes": ["invoices:write"] }),
        json!({ "expires_at": 4_000_000_000_u32 }),
    ] {
        let reply = weak.patch(&path, change).await;
        assert_eq!(reply.expect(403).json()["needed"], "invoices:write");
    }
    weak.delete(&path).await.expect(204);
}

#[tokio::test]
async fn a_list_is_filtered_by_state_and_pages_without_gaps() {
    let api = Api::ops(&realm()).await;
    let mut ids = Vec::new();
    for round in 0..7 {
        let made = api.post("/api-keys", new_key(&format!("Paged {round}"))).await;
        ids.push(made.expect(201).json()["id"].as_str().unwrap().to_owned());
    }
    let gone = ids.remove(3);
    api.delete(&format!("/api-keys/{gone}")).await.expect(204);
    let listed = async |query: &str| -> Vec<String> {
        let found = api.all(&format!("/api-keys{query}"), 2).await;
        found.iter().map(|key| key["id"].as_str().unwrap().to_owned()).collect()
    };
    let active = listed("?state=active").await;
    assert!(ids.iter().all(|id| active.contains(id)) && !active.contains(&gone));
    let revoked = listed("?state=revoked").await;
    assert!(revoked.contains(&gone) && !ids.iter().any(|id| revoked.contains(id)));
    let all = listed("").await;
    assert!(all.contains(&gone) && ids.iter().all(|id| all.contains(id)));
    assert_eq!(api.get("/api-keys?state=odd").await.status, 400);
    assert_eq!(api.get("/api-keys/xyz").await.status, 404);
}
