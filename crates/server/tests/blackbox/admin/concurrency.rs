//! Races: twenty creations under one key make one object, on SQLite and on PostgreSQL; of twenty updates at one version
//! one wins; and twenty without a version are all applied.

use super::stage::{Api, Request, realm_text};
use crate::harness::postgres::fresh_database;
use crate::harness::{Launch, Server};
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const RACERS: usize = 20;

async fn on_both() -> Vec<Server> {
    let launch = || Launch::demo().realm(realm_text("acme", "http://localhost:8400"));
    let database = fresh_database().await;
    vec![Server::start(launch()), Server::start(launch().storage(&database))]
}

fn post<'a>(path: &'a str, key: &'a str, body: Value) -> Request<'a> {
    let headers = vec![("idempotency-key", key)];
    Request {
        method: "POST",
        path,
        body: Some(body),
        headers,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_creations_under_one_key_make_one_object_with_one_secret() {
    for server in on_both().await {
        let api = Api::ops(&server.realm()).await;
        let bodies = [
            (
                "/clients",
                json!({ "name": "Once", "grant_types": ["client_credentials"], "scopes": ["invoices:read"] }),
                "client_id",
            ),
            (
                "/users",
                json!({ "username": "once@example.com", "password": "correct-horse-once" }),
                "id",
            ),
            ("/tenants", json!({ "id": "once", "name": "Once" }), "id"),
            (
                "/tenants/acme-berlin/service-accounts",
                json!({ "name": "Once", "role": "member" }),
                "client_id",
            ),
        ];
        for (path, body, id) in bodies {
            let before = api.all(path, 200).await.len();
            for round in 0..3 {
                // The users and the tenant have one name; their next rounds are retries.
                let key = if path.contains("clients") || path.contains("accounts") {
                    format!("{path} {round}")
                } else {
                    path.to_owned()
                };
                let racers = (0..RACERS).map(|_| api.call(post(path, &key, body.clone())));
                let replies = join_all(racers).await;
                let told: BTreeSet<String> = replies
                    .iter()
                    .map(|reply| {
                        let made = reply.expect(201).json();
                        format!("{} {} {:?}", made[id], made["client_secret"], reply.header("location"))
                    })
                    .collect();
                assert_eq!(told.len(), 1, "{told:?}");
            }
            let made = api.all(path, 200).await.len() - before;
            let expected = if path.contains("clients") || path.contains("accounts") {
                3
            } else {
                1
            };
            assert_eq!(made, expected, "{path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_request_under_the_same_key_is_refused_and_anothers_key_is_another() {
    let server = &on_both().await[0];
    let api = Api::ops(&server.realm()).await;
    let body = |name: &str| json!({ "name": name, "grant_types": ["client_credentials"], "scopes": ["invoices:read"] });
    let first = api.call(post("/clients", "k", body("One"))).await.expect(201).json();
    assert_eq!(api.call(post("/clients", "k", body("Two"))).await.status, 422);
    assert_eq!(
        api.call(post("/tenants", "k", json!({ "name": "One" }))).await.status,
        422
    );
    let other = Api::as_client(&server.realm(), "berlin-admin", "").await;
    let account = other
        .call(post(
            "/tenants/acme-berlin/service-accounts",
            "k",
            json!({ "name": "x", "role": "member" }),
        ))
        .await;
    assert_ne!(account.expect(201).json()["client_id"], first["client_id"]);
    let again = api.call(post("/clients", "k", body("One"))).await.expect(201).json();
    assert_eq!(again, first);
    // A secret that was rotated under a key is shown again under it, and works.
    let path = format!("/clients/{}/secrets", first["client_id"].as_str().unwrap());
    let rotated = api
        .call(post(&path, "r", json!({ "keep_old_seconds": 0 })))
        .await
        .expect(201)
        .json();
    let retried = api
        .call(post(&path, "r", json!({ "keep_old_seconds": 0 })))
        .await
        .expect(201)
        .json();
    assert_eq!(rotated["client_secret"], retried["client_secret"]);
    for bad in ["", " ", &"x".repeat(256), "caf\u{e9}"] {
        let headers = vec![("idempotency-key", bad)];
        let request = Request {
            method: "POST",
            path: "/clients",
            body: Some(body("Bad")),
            headers,
        };
        assert_eq!(api.call(request).await.status, 400, "{bad:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_twenty_updates_at_one_version_one_wins_and_without_a_version_none_is_lost() {
    for server in on_both().await {
        let api = Api::ops(&server.realm()).await;
        let made = api.post("/tenants", json!({ "id": "raced", "name": "Raced" })).await;
        let tag = made.expect(201).header("etag").unwrap().to_owned();
        let racers = (0..RACERS).map(|n| {
            let headers = vec![("if-match", tag.as_str())];
            let body = Some(json!({ "name": format!("Name {n}") }));
            api.call(Request {
                method: "PATCH",
                path: "/tenants/raced",
                body,
                headers,
            })
        });
        let replies = join_all(racers).await;
        let won = replies.iter().filter(|reply| reply.status == 200).count();
        assert_eq!(
            won,
            1,
            "{:?}",
            replies.iter().map(|reply| reply.status).collect::<Vec<_>>()
        );
        assert!(replies.iter().all(|reply| matches!(reply.status, 200 | 412)));
        let changed = api.all("/audit?target=tenant:raced&action=tenant.changed", 200).await;
        assert_eq!(changed.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_administrators_who_remove_each_other_leave_one() {
    for server in on_both().await {
        let realm = server.realm();
        let (ops, admin) = (Api::ops(&realm).await, Api::as_client(&realm, "tokyo-admin", "").await);
        let ada = ops.user_id("ada@example.com").await;
        let bob = ops.user_id("bob@example.com").await;
        let path = |user: &str| format!("/tenants/acme-tokyo/members/{user}");
        for user in [&ada, &bob] {
            ops.put(&path(user), json!({ "role": "owner" })).await.expect(200);
        }
        let (ada_path, bob_path) = (path(&ada), path(&bob));
        let (first, second) = tokio::join!(admin.delete(&ada_path), admin.delete(&bob_path));
        let mut statuses = [first.status, second.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [204, 409]);
        assert_eq!(ops.all("/tenants/acme-tokyo/members?role=owner", 5).await.len(), 1);
    }
}
