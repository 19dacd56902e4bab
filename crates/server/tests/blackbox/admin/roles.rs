//! Roles of the database through the admin API: what they permit counts at once for whoever has one, nobody makes one into more
//! than they hold, and one that somebody has stays.

use super::api_keys::pointers;
use super::stage::{Api, Request, realm, realm_text, token_with};
use crate::harness::own::Own;
use crate::harness::postgres::fresh_database;
use crate::harness::{Launch, Realm, Server};
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::time::Duration;

const BASE: &str = "/tenants/acme-berlin/service-accounts";

async fn made(api: &Api, name: &str, permissions: &[&str]) -> Value {
    let body = json!({ "name": name, "description": "The desk", "permissions": permissions });
    api.post("/roles", body).await.expect(201).json()
}

/// A service account with the role, and the API as it sees it.
async fn account(ops: &Api, realm: &Realm, role: &str, scopes: &[&str]) -> (String, Api) {
    let account = json!({ "name": role, "role": role, "scopes": scopes });
    let account = ops.post(BASE, account).await.expect(201).json();
    let (id, secret) = (
        account["client_id"].as_str().unwrap(),
        account["client_secret"].as_str(),
    );
    let token = token_with(realm, id, secret.unwrap(), "", Some(&ops.base))
        .await
        .expect(200)
        .json();
    (id.to_owned(), ops.with(token["access_token"].as_str().unwrap()))
}

#[tokio::test]
async fn a_role_counts_at_once_for_whoever_has_it_and_for_the_tokens_that_they_have() {
    let realm = realm();
    let ops = Api::ops(&realm).await;
    let role = made(&ops, "desk", &["grantd:members:read", "invoices:*"]).await;
    assert_eq!(
        (&role["source"], &role["description"]),
        (&json!("database"), &json!("The desk"))
    );
    let (id, desk) = account(&ops, &realm, "desk", &["grantd:members:*", "invoices:*"]).await;
    desk.get("/tenants/acme-berlin/members").await.expect(200);
    let narrowed = ops
        .patch("/roles/desk", json!({ "permissions": ["invoices:read"] }))
        .await;
    assert_eq!(narrowed.expect(200).json()["permissions"], json!(["invoices:read"]));
    assert_eq!(
        desk.get("/tenants/acme-berlin/members").await.status,
        403,
        "narrowed a moment ago"
    );
    ops.patch("/roles/desk", json!({ "permissions": ["grantd:members:read"] }))
        .await
        .expect(200);
    desk.get("/tenants/acme-berlin/members").await.expect(200);

    let shown = ops.get("/roles/desk").await.expect(200).json();
    assert_eq!(
        shown["holders"],
        json!({ "members": 0, "service_accounts": 1, "api_keys": 0 })
    );
    let refused = ops.delete("/roles/desk").await.expect(409).json();
    assert!(
        refused["detail"].as_str().unwrap().contains("1 service accounts"),
        "{refused}"
    );
    ops.delete(&format!("{BASE}/{id}")).await.expect(204);
    ops.delete("/roles/desk").await.expect(204);
    ops.get("/roles/desk").await.expect(404);
    let gone = json!({ "name": "x", "role": "desk" });
    assert_eq!(pointers(&ops.post(BASE, gone).await), ["/role"]);
    let lines = ops.all("/audit?target=role:desk", 50).await;
    let actions: Vec<_> = lines.iter().map(|line| line["action"].as_str().unwrap()).collect();
    assert_eq!(
        actions,
        ["role.deleted", "role.changed", "role.changed", "role.created"]
    );
    assert_eq!(
        lines[2]["detail"]["before"]["permissions"],
        json!(["grantd:members:read", "invoices:*"])
    );
    assert_eq!(lines[2]["detail"]["after"]["permissions"], json!(["invoices:read"]));
}

#[tokio::test]
async fn a_token_is_bounded_by_the_role_as_it_is_when_it_is_asked_for() {
    let realm = realm();
    let ops = Api::ops(&realm).await;
    made(&ops, "reader", &["invoices:read"]).await;
    let (id, _) = account(&ops, &realm, "reader", &["invoices:*"]).await;
    let token = async |scope: &str| {
        let rotated = ops
            .post(&format!("{BASE}/{id}/secrets"), json!({ "keep_old_seconds": 0 }))
            .await;
        let secret = rotated.expect(201).json()["client_secret"].as_str().unwrap().to_owned();
        token_with(&realm, &id, &secret, scope, None).await
    };
    assert_eq!(token("invoices:write").await.status, 400);
    ops.patch("/roles/reader", json!({ "permissions": ["invoices:*"] }))
        .await
        .expect(200);
    assert_eq!(
        token("invoices:write").await.expect(200).json()["scope"],
        "invoices:write"
    );
    ops.patch("/roles/reader", json!({ "permissions": [] }))
        .await
        .expect(200);
    assert_eq!(token("invoices:read").await.status, 400);
    ops.delete(&format!("{BASE}/{id}")).await.expect(204);
}

#[tokio::test]
async fn the_files_roles_are_read_only_and_their_names_are_taken() {
    let api = Api::ops(&realm()).await;
    let listed = api.all("/roles", 1).await;
    let owner = listed.iter().find(|role| role["name"] == "owner").unwrap();
    assert_eq!(
        (&owner["source"], &owner["hides_stored"]),
        (&json!("file"), &json!(false))
    );
    assert_eq!(api.get("/roles/owner").await.expect(200).json()["source"], "file");
    let named = |name: &str| json!({ "name": name, "permissions": ["invoices:read"] });
    api.post("/roles", named("owner")).await.expect(409);
    api.patch("/roles/owner", json!({ "permissions": [] }))
        .await
        .expect(409);
    api.delete("/roles/owner").await.expect(409);
    made(&api, "taken", &[]).await;
    api.post("/roles", named("taken")).await.expect(409);
    let bad = json!({ "name": "a/b", "permissions": ["made:up", "openid"], "admin": true });
    assert_eq!(
        pointers(&api.post("/roles", bad).await),
        ["/name", "/permissions/0", "/permissions/1", "/admin"]
    );
    assert_eq!(
        pointers(&api.patch("/roles/taken", json!({ "name": "other" })).await),
        ["/name"]
    );
    for missing in ["/roles/nobody", "/roles/%00", "/roles/a%2Fb", "/roles/%F0%9F%92%A9"] {
        api.get(missing).await.expect(404);
        api.patch(missing, json!({ "permissions": [] })).await.expect(404);
        api.delete(missing).await.expect(404);
    }
    api.post("/roles", json!({ "name": "a\u{0}b", "permissions": [] }))
        .await
        .expect(422);
}

#[tokio::test]
async fn nobody_gets_more_by_a_role_than_they_hold_and_tenants_change_none() {
    let realm = realm();
    let ops = Api::ops(&realm).await;
    let tenant = Api::as_client(&realm, "berlin-admin", "").await;
    let body = |permissions: &[&str]| json!({ "name": "ladder", "permissions": permissions });
    assert_eq!(tenant.post("/roles", body(&["invoices:read"])).await.status, 403);
    made(&ops, "above", &["grantd:members:*"]).await;
    let all = json!({ "permissions": ["*", "grantd:*"] });
    assert_eq!(tenant.patch("/roles/above", all.clone()).await.status, 403);
    assert_eq!(tenant.delete("/roles/above").await.status, 403);
    // They read it, and not how many of other tenants have it.
    let shown = tenant.get("/roles/above").await.expect(200).json();
    assert!(shown.get("holders").is_none() && shown["permissions"] == json!(["grantd:members:*"]));

    let weak = Api::as_client(&realm, "ops", "grantd:roles:* grantd:keys:read").await;
    for permissions in [["grantd:members:write"], ["grantd:*"], ["grantd:keys:*"]] {
        let refused = weak.post("/roles", body(&permissions)).await;
        assert_eq!(refused.expect(403).json()["needed"], permissions[0]);
    }
    assert_eq!(weak.patch("/roles/above", all).await.status, 403);
    let less = weak.patch("/roles/above", json!({ "permissions": [] })).await;
    assert_eq!(
        less.expect(403).json()["needed"],
        "grantd:members:*",
        "not even less: it is above them"
    );
    assert_eq!(weak.delete("/roles/above").await.status, 403);
    weak.post("/roles", body(&["grantd:keys:read", "invoices:*"]))
        .await
        .expect(201);
    ops.delete("/roles/above").await.expect(204);
    assert!(!ops.all("/audit?action=api.denied", 200).await.is_empty());
}

#[tokio::test]
async fn a_change_names_the_version_it_is_about_and_a_retried_creation_makes_one() {
    let api = Api::ops(&realm()).await;
    let create = || {
        let body = Some(json!({ "name": "versioned", "permissions": ["invoices:read"] }));
        let headers = vec![("idempotency-key", "versioned role")];
        api.call(Request {
            method: "POST",
            path: "/roles",
            body,
            headers,
        })
    };
    let first = create().await;
    let tag = first.expect(201).header("etag").unwrap().to_owned();
    assert_eq!(create().await.expect(201).header("etag").unwrap(), tag);
    let patch = |permissions: &'static str| {
        let body = Some(json!({ "permissions": [permissions] }));
        let headers = vec![("if-match", tag.as_str())];
        api.call(Request {
            method: "PATCH",
            path: "/roles/versioned",
            body,
            headers,
        })
    };
    let replies = join_all((0..20).map(|_| patch("invoices:*"))).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 1);
    assert!(replies.iter().all(|reply| matches!(reply.status, 200 | 412)));
    assert_eq!(patch("customers:*").await.status, 412);
    let delete = Request {
        method: "DELETE",
        path: "/roles/versioned",
        body: None,
        headers: vec![("if-match", tag.as_str())],
    };
    assert_eq!(api.call(delete).await.status, 412);
    api.delete("/roles/versioned").await.expect(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_is_deleted_while_it_is_given_is_held_by_nobody_or_stays() {
    let launch = || Launch::demo().realm(realm_text("acme", "http://localhost:8400"));
    let database = fresh_database().await;
    for server in [Server::start(launch()), Server::start(launch().storage(&database))] {
        let api = Api::ops(&server.realm()).await;
        let ada = api.user_id("ada@example.com").await;
        let place = format!("/tenants/acme-tokyo/members/{ada}");
        for round in 0..10 {
            let name = format!("raced-{round}");
            made(&api, &name, &["invoices:read"]).await;
            let path = format!("/roles/{name}");
            let give = async || api.put(&place, json!({ "role": name })).await.status;
            let (given, deleted) = tokio::join!(give(), async { api.delete(&path).await.status });
            // Whoever came first is what is so; the other was told, and never that something broke.
            let member = api.get(&place).await.expect(200).json();
            match (given, deleted) {
                (200, 409) => assert_eq!(member["role"], name.as_str()),
                (409 | 422, 204) => assert_ne!(member["role"], name.as_str()),
                (200, 204) => panic!("round {round}: somebody has a role that is gone"),
                other => panic!("round {round}: {other:?}"),
            }
            assert_eq!(api.get(&path).await.status == 200, given == 200, "round {round}");
            api.put(&place, json!({ "role": "member" })).await.expect(200);
        }
    }
}

#[tokio::test]
async fn what_one_server_changes_another_on_the_same_database_follows_and_so_it_is_with_commands() {
    let database = fresh_database().await;
    let first = Own::start(Some(database.clone()));
    let data = first.data.path();
    // The same master key, as servers of one installation have it.
    let second = Server::start(Launch::demo().data(data).storage(&database));
    let issuer = second.realm().issuer();
    let made = first.json(&["role", "create", "desk", "--permission", "invoices:*"]);
    assert_eq!(made["permissions"], json!(["invoices:*"]));
    let again = first.run(&["role", "create", "desk", "--permission", "invoices:read"]);
    assert_eq!(again.code, 1, "{}", again.error);
    let account =
        json!({ "kind": "machine", "name": "Desk", "tenant": "acme-berlin", "role": "desk", "scopes": ["invoices:*"] });
    let file = data.join("clients.jsonl");
    std::fs::write(&file, account.to_string()).unwrap();
    let client = first.json(&["client", "create", "--from-jsonl", file.to_str().unwrap()]);
    let text = |name: &str| client[name].as_str().unwrap().to_owned();
    let (id, secret) = (text("client_id"), text("client_secret"));
    let form = [("grant_type", "client_credentials"), ("scope", "invoices:write")];
    let asked = async || {
        let ask = reqwest::Client::new().post(format!("{issuer}/token"));
        ask.basic_auth(&id, Some(&secret))
            .form(&form)
            .send()
            .await
            .unwrap()
            .status()
    };
    let mut looks = 0;
    while asked().await != 200 {
        looks += 1;
        assert!(looks < 2400, "the role never counted");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(first.run(&["role", "delete", "desk"]).code, 1, "somebody has it");
    let listed = first.json(&["role", "list"]);
    let names: Vec<&str> = listed["roles"]
        .as_array()
        .unwrap()
        .iter()
        .map(|role| role["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["desk", "member", "owner"]);
    assert_eq!(first.json(&["role", "show", "desk"])["holders"]["service_accounts"], 1);
    let edited = first.json(&[
        "role",
        "edit",
        "desk",
        "--add",
        "customers:read",
        "--remove",
        "invoices:*",
    ]);
    assert_eq!(edited["permissions"], json!(["customers:read"]));
    let edited = first.json(&[
        "role",
        "edit",
        "desk",
        "--permission",
        "invoices:read",
        "--description",
        "Counter",
    ]);
    assert_eq!(
        (&edited["permissions"], &edited["description"]),
        (&json!(["invoices:read"]), &json!("Counter"))
    );
    let edited = first.json(&["role", "edit", "desk", "--description", ""]);
    assert_eq!(
        (&edited["permissions"], &edited["description"]),
        (&json!(["invoices:read"]), &json!(null))
    );
    for (wrong, code) in [
        (&["desk"][..], 2),
        (&["desk", "--remove", "invoices:*"], 2),
        (&["desk", "--add", "made:up"], 2),
        (&["desk", "--add", "customers:read", "--permission", "invoices:read"], 2),
        (&["owner", "--add", "customers:read"], 1),
        (&["nobody", "--add", "customers:read"], 1),
    ] {
        let run = first.run(&[&["role", "edit"], wrong].concat());
        assert_eq!(run.code, code, "{wrong:?}: {}", run.error);
    }
    assert_eq!(
        first.json(&["role", "show", "desk"])["permissions"],
        json!(["invoices:read"])
    );
    first.json(&["client", "delete", &id, "--yes"]);
    assert_eq!(first.json(&["role", "delete", "desk"])["deleted"], "desk");
}

#[tokio::test]
async fn a_server_that_has_not_heard_of_a_deletion_gives_the_role_to_nobody() {
    let database = fresh_database().await;
    let first = Own::start(Some(database.clone()));
    let second = Server::start(Launch::demo().data(first.data.path()).storage(&database));
    let (here, there) = (Api::ops(&first.realm()).await, Api::ops(&second.realm()).await);
    let ada = here.user_id("ada@example.com").await;
    let place = format!("/tenants/acme-tokyo/members/{ada}");
    let before = here.get(&place).await.expect(200).json()["role"].clone();
    for round in 0..10 {
        let name = format!("late-{round}");
        made(&here, &name, &["invoices:read"]).await;
        let give = async || there.put(&place, json!({ "role": name })).await;
        let mut looks = 0;
        while give().await.status != 200 {
            looks += 1;
            assert!(looks < 2400, "the role never came to the other server");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        there.put(&place, json!({ "role": before })).await.expect(200);
        here.delete(&format!("/roles/{name}")).await.expect(204);
        // Whether or not the other has heard of it by now.
        let told = give().await;
        assert!(matches!(told.status, 409 | 422), "round {round}: {}", told.body);
        assert_eq!(
            here.get(&place).await.expect(200).json()["role"],
            before,
            "round {round}"
        );
    }
}
