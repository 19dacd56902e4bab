//! Webhooks through the admin API: who may make one, what is shown of it, and what it is to be told.

use super::api_keys::pointers;
use super::stage::{Api, realm};
use serde_json::{Value, json};

// Nobody is there: a message waits and is tried again.
const URL: &str = "https://hooks.example.com/in";

async fn made(api: &Api, events: &[&str]) -> Value {
    let reply = api.post("/webhooks", json!({ "url": URL, "events": events })).await;
    reply.expect(201).json()
}

#[tokio::test]
async fn a_webhook_is_made_changed_given_another_secret_and_ended() {
    let api = Api::ops(&realm()).await;
    let webhook = made(&api, &["grant.ended"]).await;
    let (id, secret) = (webhook["id"].as_str().unwrap(), webhook["secret"].as_str().unwrap());
    assert!(secret.starts_with("whsec_") && secret.len() == 38, "{}", secret.len());
    let path = format!("/webhooks/{id}");
    let shown = api.get(&path).await;
    assert_eq!(shown.expect(200).json()["url"], URL);
    assert!(
        !shown.body.contains("secret\"") && !shown.body.contains(secret),
        "shown once"
    );
    let changed = api
        .patch(&path, json!({ "events": ["client.changed", "grant.ended"] }))
        .await;
    assert_eq!(
        changed.expect(200).json()["events"],
        json!(["client.changed", "grant.ended"])
    );
    let rotated = api
        .post(&format!("{path}/secrets"), json!({ "keep_old_seconds": 3600 }))
        .await;
    let rotated = rotated.expect(201).json();
    assert_ne!(rotated["secret"], webhook["secret"]);
    assert!(rotated["old_secret_ends_at"].is_i64());
    let listed = api.all("/webhooks", 50).await;
    assert!(listed.iter().any(|one| one["id"] == id && one.get("secret").is_none()));
    api.delete(&path).await.expect(204);
    api.get(&path).await.expect(404);
    let lines = api.all(&format!("/audit?target=webhook:{id}"), 50).await;
    let mut actions: Vec<_> = lines.iter().map(|line| line["action"].as_str().unwrap()).collect();
    // Two deeds of one millisecond stand in either order.
    actions.sort_unstable();
    let expected = [
        "webhook.changed",
        "webhook.created",
        "webhook.deleted",
        "webhook.secret_rotated",
    ];
    assert_eq!(actions, expected);
    assert!(lines.iter().all(|line| !line.to_string().contains("whsec_")));
}

#[tokio::test]
async fn an_address_inside_and_an_unknown_event_are_refused() {
    let api = Api::ops(&realm()).await;
    for url in [
        "http://hooks.example.com/in",
        "https://localhost/in",
        "https://127.0.0.1/in",
        "https://[::1]/in",
        "https://169.254.169.254/latest/meta-data",
        "https://hooks.example.com:8443/in",
        "https://user:secret@hooks.example.com/in",
        "ftp://hooks.example.com/",
        "",
    ] {
        let refused = api
            .post("/webhooks", json!({ "url": url, "events": ["grant.ended"] }))
            .await;
        assert!(pointers(&refused).contains(&"/url".to_owned()), "{url}");
    }
    for (events, at) in [
        (json!([]), "/events"),
        (json!(["*"]), "/events/0"),
        (json!(["grant.ended", "made.up"]), "/events/1"),
        (json!(["webhook.created"]), "/events/0"),
    ] {
        let refused = api.post("/webhooks", json!({ "url": URL, "events": events })).await;
        assert_eq!(pointers(&refused), [at]);
    }
    assert_eq!(pointers(&api.post("/webhooks", json!({})).await), ["/url", "/events"]);
}

#[tokio::test]
async fn what_is_done_is_to_be_told_and_can_be_told_again() {
    let api = Api::ops(&realm()).await;
    let webhook = made(&api, &["client.created"]).await;
    let path = format!("/webhooks/{}", webhook["id"].as_str().unwrap());
    let client = json!({ "name": "Told", "redirect_uris": ["https://told.example/cb"] });
    let client = api.post("/clients", client).await.expect(201).json();
    let target = format!("client:{}", client["client_id"].as_str().unwrap());
    let deliveries = api.all(&format!("{path}/deliveries"), 2).await;
    let delivery = deliveries.iter().find(|one| one["target"] == target.as_str()).unwrap();
    assert_eq!(
        (&delivery["type"], &delivery["state"]),
        (&json!("client.created"), &json!("pending"))
    );
    let event = delivery["event_id"].as_str().unwrap();
    api.post(&format!("{path}/deliveries/{event}/replay"), json!({}))
        .await
        .expect(204);
    let nothing = "0".repeat(32);
    api.post(&format!("{path}/deliveries/{nothing}/replay"), json!({}))
        .await
        .expect(404);
    let other = Api::ops(&crate::admin::stage::server().realm_at(1)).await;
    other.get(&path).await.expect(404);
    other.get(&format!("{path}/deliveries")).await.expect(404);
    api.delete(&path).await.expect(204);
    api.get(&format!("{path}/deliveries")).await.expect(404);
}

#[tokio::test]
async fn deliveries_are_asked_for_by_state_and_one_by_one() {
    let api = Api::ops(&realm()).await;
    let webhook = made(&api, &["client.created"]).await;
    let path = format!("/webhooks/{}", webhook["id"].as_str().unwrap());
    let client = json!({ "name": "Asked for", "redirect_uris": ["https://asked.example/cb"] });
    api.post("/clients", client).await.expect(201);
    let waiting = api.all(&format!("{path}/deliveries?state=pending"), 50).await;
    // Others at this server make applications, too.
    assert!(!waiting.is_empty() && waiting.iter().all(|one| one["state"] == "pending"));
    assert!(
        api.all(&format!("{path}/deliveries?state=delivered"), 50)
            .await
            .is_empty()
    );
    api.get(&format!("{path}/deliveries?state=lost")).await.expect(400);
    let event = waiting[0]["event_id"].as_str().unwrap();
    let one = api.get(&format!("{path}/deliveries/{event}")).await.expect(200).json();
    assert_eq!(
        (&one["event_id"], &one["type"]),
        (&json!(event), &json!("client.created"))
    );
    let other = Api::ops(&crate::admin::stage::server().realm_at(1)).await;
    other.get(&format!("{path}/deliveries/{event}")).await.expect(404);
    other.post(&format!("{path}/replay"), json!({})).await.expect(404);
    let again = api.post(&format!("{path}/replay"), json!({})).await.expect(200).json();
    assert_eq!(again, json!({ "count": 0, "more": false }));
    let off = api.patch(&path, json!({ "enabled": false })).await.expect(200).json();
    assert_eq!(off["enabled"], false);
    let replay = format!("{path}/deliveries/{event}/replay");
    api.post(&replay, json!({})).await.expect(409);
    api.post(&format!("{path}/replay"), json!({})).await.expect(409);
    api.patch(&path, json!({ "enabled": true })).await.expect(200);
    api.post(&replay, json!({})).await.expect(204);
    assert_eq!(
        pointers(&api.patch(&path, json!({ "enabled": "no" })).await),
        ["/enabled"]
    );
    api.delete(&path).await.expect(204);
}

#[tokio::test]
async fn whoever_may_not_read_the_audit_log_does_not_send_it_elsewhere() {
    let writer = Api::as_client(&realm(), "ops", "grantd:webhooks:write grantd:webhooks:read").await;
    let refused = writer
        .post("/webhooks", json!({ "url": URL, "events": ["grant.ended"] }))
        .await;
    assert_eq!(refused.status, 403);
    let api = Api::ops(&realm()).await;
    let webhook = made(&api, &["grant.ended"]).await;
    let path = format!("/webhooks/{}", webhook["id"].as_str().unwrap());
    assert_eq!(
        writer
            .patch(&path, json!({ "url": "https://other.example/in" }))
            .await
            .status,
        403
    );
    let rotated = writer.post(&format!("{path}/secrets"), json!({})).await;
    assert_eq!(rotated.status, 403);
    api.delete(&path).await.expect(204);
}
