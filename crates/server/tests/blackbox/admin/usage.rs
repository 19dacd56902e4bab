//! What is told of a client's use of its permissions, and that it is never more than what is known.

use super::stage::{Api, realm, token};
use serde_json::{Value, json};
use std::time::Duration;

fn usage_of<'v>(told: &'v Value, permission: &str) -> &'v Value {
    let all = told["permissions"].as_array().unwrap();
    all.iter().find(|held| held["permission"] == permission).unwrap()
}

#[tokio::test]
async fn what_nobody_reported_is_unknown_and_what_was_reported_is_counted() {
    let realm = realm();
    let api = Api::ops(&realm).await;
    let machine = json!({
        "name": "Counted", "grant_types": ["client_credentials"], "scopes": ["customers:read", "invoices:*"],
        "token_endpoint_auth_method": "client_secret_post",
    });
    let made = api.post("/clients", machine).await.expect(201).json();
    let (id, secret) = (
        made["client_id"].as_str().unwrap(),
        made["client_secret"].as_str().unwrap(),
    );
    let path = format!("/clients/{id}/usage");
    let told = api.get(&path).await.expect(200).json();
    let unknown = |held: &Value| held["usage"] == "unknown";
    let held = told["permissions"].as_array().unwrap();
    assert!(
        held.len() > 1 && held.iter().all(unknown),
        "patterns are spelled out: {told}"
    );
    assert_eq!(
        (&told["droppable"], told.get("reported_since")),
        (&json!([]), None),
        "{told}"
    );

    let reply = super::stage::token_with(&realm, id, secret, "", None).await;
    let access = reply.expect(200).json()["access_token"].as_str().unwrap().to_owned();
    let needed = [("token", &*access), ("scope", "invoices:read")];
    let resource_server = realm.client("acme-api");
    let url = realm.endpoint("introspection_endpoint");
    let reply = crate::harness::flow::post_as(&resource_server, &url, &needed).await;
    assert_eq!(reply.expect(200).json()["permitted"], true);
    // Uses are written behind.
    let told = tokio::time::timeout(Duration::from_secs(60), async {
        loop {
            let told = api.get(&path).await.expect(200).json();
            if told.get("reported_since").is_some() {
                return told;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
    let told = told.await.expect("the use is written");
    let used = usage_of(&told, "invoices:read");
    assert_eq!((&used["usage"], &used["count"]), (&json!("used"), &json!(1)), "{told}");
    assert_eq!(usage_of(&told, "customers:read")["usage"], "unused");
    assert_eq!(told["droppable"], json!([]), "not reported for long enough");
}

#[tokio::test]
async fn usage_is_of_a_client_that_there_is_and_of_a_time_that_makes_sense() {
    let realm = realm();
    let api = Api::ops(&realm).await;
    let told = api.get("/clients/nightly-export/usage?idle_days=90").await;
    assert_eq!(told.expect(200).json()["idle_days"], 90);
    for odd in ["0", "366", "-1", "x", "4294967296"] {
        let reply = api.get(&format!("/clients/nightly-export/usage?idle_days={odd}")).await;
        assert_eq!(reply.status, 400, "{odd}");
    }
    assert_eq!(api.get("/clients/nobodys/usage").await.status, 404);
    let elsewhere = token(&realm, "ops", "grantd:users:read", Some(&api.base)).await;
    let reply = api.with(&elsewhere).get("/clients/nightly-export/usage").await;
    assert_eq!(reply.expect(403).json()["needed"], "grantd:clients:read");
}
