//! Users, tenants, members and sessions.

use super::stage::{Api, Request, realm};
use crate::harness::{Flow, Realm};
use serde_json::{Value, json};

/// A user with a password, in a tenant, and a flow of theirs.
async fn newcomer(api: &Api, realm: &Realm, name: &str) -> (String, Flow) {
    let password = "correct-horse-newcomer";
    let username = format!("{name}@example.com");
    let made = api
        .post(
            "/users",
            json!({ "username": username, "password": password, "claims": { "name": name } }),
        )
        .await;
    let id = made.expect(201).json()["id"].as_str().unwrap().to_owned();
    let member = format!("/tenants/acme-berlin/members/{id}");
    api.put(&member, json!({ "role": "member" })).await.expect(200);
    let mut flow = Flow::new(realm, "ledger-web");
    flow.user.username = username;
    flow.user.password = password.to_owned();
    (id, flow)
}

#[tokio::test]
async fn a_user_is_made_logs_in_is_disabled_and_deleted() {
    let realm = realm();
    let api = Api::ops(&realm).await;
    let (id, mut flow) = newcomer(&api, &realm, "eve").await;
    let path = format!("/users/{id}");
    let shown = api.get(&path).await;
    assert!(!shown.expect(200).body.contains("argon"), "no hash is shown");
    assert_eq!(
        api.user_id("EVE@example.com").await,
        id,
        "a name is found in any spelling"
    );
    let tokens = flow.tokens().await;
    let sessions = api.all(&format!("{path}/sessions"), 1).await;
    assert_eq!(sessions.len(), 1);

    api.patch(&path, json!({ "enabled": false })).await.expect(200);
    flow.refresh(tokens.refresh()).await.refused(400, "invalid_grant");
    assert_eq!(flow.introspect(tokens.access()).await["active"], false);
    assert!(api.all(&format!("{path}/sessions"), 5).await.is_empty());
    api.patch(&path, json!({ "enabled": true })).await.expect(200);
    flow.refresh(tokens.refresh()).await.refused(400, "invalid_grant");
    assert_eq!(
        flow.introspect(tokens.access()).await["active"],
        false,
        "it stays ended"
    );

    api.delete(&path).await.expect(204);
    assert_eq!(api.get(&path).await.status, 404);
    assert!(api.all(&format!("/grants?user={id}"), 5).await.is_empty());
    let lines = api.all(&format!("/audit?target=user:{id}"), 50).await;
    let actions: Vec<_> = lines.iter().map(|line| line["action"].as_str().unwrap()).collect();
    assert_eq!(
        actions,
        ["user.deleted", "user.changed", "user.changed", "user.created"]
    );
    assert_eq!(lines[1]["detail"]["before"]["enabled"], false);
    assert_eq!(lines[1]["detail"]["after"]["enabled"], true);
    assert_eq!(lines[1]["actor"], "client:ops");
}

#[tokio::test]
async fn a_password_that_is_set_ends_what_the_old_one_began() {
    let realm = realm();
    let api = Api::ops(&realm).await;
    let (id, mut flow) = newcomer(&api, &realm, "frank").await;
    let tokens = flow.tokens().await;
    let path = format!("/users/{id}/password");
    for bad in [
        json!({}),
        json!({ "password": "short" }),
        json!({ "password": 12_345_678 }),
        json!({ "password": null }),
    ] {
        assert_eq!(api.put(&path, bad.clone()).await.status, 422, "{bad}");
    }
    api.put(&path, json!({ "password": "another-long-password" }))
        .await
        .expect(204);
    flow.refresh(tokens.refresh()).await.refused(400, "invalid_grant");
    let mut again = Flow::new(&realm, "ledger-desktop");
    again.user.username = flow.user.username.clone();
    again.user.password = "another-long-password".to_owned();
    again.tokens().await;
}

#[tokio::test]
async fn all_sessions_of_a_user_end_at_once_and_one_alone() {
    let realm = realm();
    let api = Api::ops(&realm).await;
    let (id, mut flow) = newcomer(&api, &realm, "grace").await;
    let tokens = flow.tokens().await;
    let mut second = Flow::new(&realm, "ledger-desktop");
    second.user = flow.user.clone();
    second.tokens().await;
    let path = format!("/users/{id}/sessions");
    let sessions = api.all(&path, 1).await;
    assert_eq!(sessions.len(), 2);
    let one = sessions[0]["id"].as_str().unwrap();
    api.delete(&format!("/sessions/{one}")).await.expect(204);
    assert_eq!(api.delete(&format!("/sessions/{one}")).await.status, 404);
    assert_eq!(api.all(&path, 5).await.len(), 1);
    api.delete(&path).await.expect(204);
    assert!(api.all(&path, 5).await.is_empty());
    flow.refresh(tokens.refresh()).await.refused(400, "invalid_grant");
}

#[tokio::test]
async fn what_has_no_version_is_changed_under_no_tag() {
    let realm = realm();
    let api = Api::ops(&realm).await;
    let (id, mut flow) = newcomer(&api, &realm, "nadia").await;
    flow.tokens().await;
    let (place, sessions) = (
        format!("/tenants/acme-berlin/members/{id}"),
        format!("/users/{id}/sessions"),
    );
    let one_of = async |path: &str| api.all(path, 5).await[0]["id"].as_str().unwrap().to_owned();
    let session = format!("/sessions/{}", one_of(&sessions).await);
    let token = format!("/tokens/{}", one_of(&format!("/tokens?user={id}")).await);
    let attempt = async |method, path: &str, body: Option<Value>, name, value| {
        let headers = vec![(name, value)];
        let reply = api.call(Request {
            method,
            path,
            body,
            headers,
        });
        reply.await.status
    };
    let role = || Some(json!({ "role": "member" }));
    for (name, value) in [("if-match", "\"1.a\""), ("if-match", "W/\"1\""), ("if-none-match", "*")] {
        assert_eq!(
            attempt("PUT", &place, role(), name, value).await,
            412,
            "{name}: {value}"
        );
        for path in [&place, &sessions, &session, &token] {
            let status = attempt("DELETE", path, None, name, value).await;
            assert_eq!(status, 412, "{path} {name}: {value}");
        }
        let policy = Some(json!({ "app_policy": "open" }));
        let path = "/tenants/acme-berlin/app-policy";
        assert_eq!(attempt("PUT", path, policy, name, value).await, 412, "{name}: {value}");
        api.get(&place).await.expect(200);
    }
    assert_eq!(api.get(&token).await.expect(200).json()["state"], "live");
    assert_eq!(attempt("DELETE", &token, None, "if-match", "*").await, 204);
    assert_eq!(attempt("DELETE", &session, None, "if-match", "*").await, 204);
    assert_eq!(attempt("PUT", &place, role(), "if-match", "*").await, 200);
    assert_eq!(attempt("DELETE", &place, None, "if-match", "*").await, 204);
    assert_eq!(attempt("PUT", &place, role(), "if-match", "*").await, 412);
    assert_eq!(attempt("PUT", &place, role(), "if-none-match", "*").await, 200);
}

#[tokio::test]
async fn a_username_is_one_users_alone() {
    let api = Api::ops(&realm()).await;
    api.post("/users", json!({ "username": "heidi@example.com" }))
        .await
        .expect(201);
    let taken = api.post("/users", json!({ "username": " HEIDI@example.com " })).await;
    assert_eq!(taken.expect(422).json()["errors"][0]["pointer"], "/username");
    let other = api
        .post("/users", json!({ "username": "ivan@example.com" }))
        .await
        .expect(201)
        .json();
    let path = format!("/users/{}", other["id"].as_str().unwrap());
    assert_eq!(
        api.patch(&path, json!({ "username": "heidi@example.com" }))
            .await
            .status,
        422
    );
    api.patch(&path, json!({ "username": "IVAN@example.com" }))
        .await
        .expect(200);
    for claims in [
        json!({ "sub": "x" }),
        json!({ "iss": "x" }),
        json!({ "name": null }),
        json!({ "big": "x".repeat(9000) }),
    ] {
        assert_eq!(api.patch(&path, json!({ "claims": claims })).await.status, 422);
    }
}

#[tokio::test]
async fn a_tenant_is_made_renamed_filled_emptied_and_deleted() {
    let realm = realm();
    let api = Api::ops(&realm).await;
    let made = api.post("/tenants", json!({ "id": "globex", "name": "Globex" })).await;
    assert_eq!(made.expect(201).json()["enabled"], true);
    assert_eq!(
        api.post("/tenants", json!({ "id": "globex", "name": "Again" }))
            .await
            .status,
        422
    );
    assert_eq!(
        api.post("/tenants", json!({ "id": "a/b", "name": "Odd" })).await.status,
        422
    );
    api.patch("/tenants/globex", json!({ "name": "Globex Europe" }))
        .await
        .expect(200);
    let ada = api.user_id("ada@example.com").await;
    let member = format!("/tenants/globex/members/{ada}");
    assert_eq!(api.put(&member, json!({ "role": "emperor" })).await.status, 422);
    api.put(&member, json!({ "role": "owner" })).await.expect(200);
    let of_user = api.all(&format!("/users/{ada}/memberships"), 1).await;
    assert!(of_user.iter().any(|place| place["tenant"] == "globex"));
    assert_eq!(api.all("/tenants/globex/members?role=member", 5).await.len(), 0);
    assert_eq!(api.delete("/tenants/globex").await.status, 409);
    api.delete(&member).await.expect(204);
    assert_eq!(api.delete(&member).await.status, 404);
    let account = api
        .post(
            "/tenants/globex/service-accounts",
            json!({ "name": "x", "role": "member" }),
        )
        .await;
    let id = account.expect(201).json()["client_id"].as_str().unwrap().to_owned();
    assert_eq!(api.delete("/tenants/globex").await.status, 409);
    api.delete(&format!("/tenants/globex/service-accounts/{id}"))
        .await
        .expect(204);
    api.delete("/tenants/globex").await.expect(204);
    assert_eq!(api.get("/tenants/globex").await.status, 404);
}

#[tokio::test]
async fn a_removed_member_loses_what_hangs_off_the_tenant() {
    let realm = realm();
    let api = Api::ops(&realm).await;
    let (id, mut flow) = newcomer(&api, &realm, "judy").await;
    let tokens = flow.tokens().await;
    assert_eq!(
        api.all(&format!("/grants?user={id}&tenant=acme-berlin"), 5).await.len(),
        1
    );
    api.delete(&format!("/tenants/acme-berlin/members/{id}"))
        .await
        .expect(204);
    flow.refresh(tokens.refresh()).await.refused(400, "invalid_grant");
    assert_eq!(flow.introspect(tokens.access()).await["active"], false);
    assert!(api.all(&format!("/grants?user={id}"), 5).await.is_empty());
}

#[tokio::test]
async fn the_command_line_manages_tenants_grants_and_sessions_beside_a_running_server() {
    use crate::harness::launch::{finish, grantd};
    let folder = tempfile::tempdir().unwrap();
    let text = super::stage::realm_text("acme", "http://localhost:8400");
    let file = folder.path().join("realm.toml");
    std::fs::write(&file, &text).unwrap();
    let data = folder.path().join("data");
    let server = crate::harness::Server::start(crate::harness::Launch::demo().realm(text).data(&data));
    let realm = server.realm();
    let run = |arguments: &[&str]| {
        let mut command = grantd();
        command
            .args(arguments)
            .arg("--data")
            .arg(&data)
            .arg("--realm")
            .arg(&file);
        finish(command.args(["-o", "json"]))
    };
    let json = |arguments: &[&str]| -> serde_json::Value {
        let done = run(arguments);
        assert_eq!(done.code, 0, "{arguments:?}: {}", done.error);
        serde_json::from_str(&done.output).unwrap()
    };
    assert_eq!(
        json(&["tenant", "create", "--name", "Globex", "--id", "globex"])["id"],
        "globex"
    );
    let again = run(&["tenant", "create", "--name", "Globex", "--id", "globex"]);
    assert_eq!(again.code, 1, "{}", again.error);
    assert_eq!(
        run(&["tenant", "add-member", "globex", "ada@example.com", "--role", "emperor"]).code,
        2
    );
    json(&["tenant", "add-member", "globex", "ada@example.com", "--role", "owner"]);
    let shown = json(&["tenant", "show", "globex"]);
    assert_eq!(shown["members"][0]["role"], "owner");
    assert_eq!(run(&["tenant", "delete", "globex"]).code, 1, "somebody belongs to it");
    json(&["tenant", "remove-member", "globex", "ada@example.com"]);
    assert_eq!(json(&["tenant", "disable", "globex"])["enabled"], false);
    json(&["tenant", "delete", "globex"]);
    assert_eq!(json(&["tenant", "list"])["tenants"].as_array().unwrap().len(), 2);

    let mut flow = Flow::new(&realm, "ledger-web");
    let tokens = flow.tokens().await;
    assert_eq!(
        json(&["session", "list", "ada@example.com"])["sessions"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let grants = json(&["grant", "list", "--username", "ada@example.com"]);
    let id = grants["grants"][0]["id"].as_str().unwrap();
    json(&["grant", "end", id]);
    flow.refresh(tokens.refresh()).await.refused(400, "invalid_grant");
    json(&["session", "end", "ada@example.com"]);
    assert!(
        json(&["session", "list", "ada@example.com"])["sessions"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    let lines = Api::ops(&realm).await.all("/audit?actor=cli", 50).await;
    assert!(
        lines
            .iter()
            .any(|line| line["action"] == "grant.ended" && line.get("address").is_none())
    );
}
