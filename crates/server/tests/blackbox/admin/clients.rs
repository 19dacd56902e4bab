//! The life of an application and of a service account, from creation to tombstone.

use super::stage::{Api, Request, realm, token_with};
use crate::harness::{Agent, Flow};
use serde_json::json;

fn machine(name: &str) -> serde_json::Value {
    json!({ "name": name, "grant_types": ["client_credentials"], "scopes": ["invoices:read"] })
}

#[tokio::test]
async fn an_application_is_made_used_changed_disabled_and_deleted() {
    let realm = realm();
    let api = Api::ops(&realm).await;
    let made = api.post("/clients", machine("Books")).await;
    let client = made.expect(201).json();
    let (id, secret) = (
        client["client_id"].as_str().unwrap(),
        client["client_secret"].as_str().unwrap(),
    );
    let path = format!("/clients/{id}");
    assert_eq!(made.header("location"), Some(format!("{}{path}", api.base).as_str()));
    assert_eq!(client["default_scopes"], json!(["invoices:read"]));
    let reply = token_with(&realm, id, secret, "", None).await;
    let access = reply.expect(200).json()["access_token"].as_str().unwrap().to_owned();

    let shown = api.get(&path).await;
    let again = shown.expect(200).json();
    assert!(
        again.get("client_secret").is_none() && !shown.body.contains(secret),
        "shown once"
    );
    assert_eq!(again["secrets"][0]["last_four"], secret[secret.len() - 4..]);

    let renamed = api
        .patch(&path, json!({ "name": "Ledger", "token_format": "opaque" }))
        .await;
    assert_eq!(renamed.expect(200).json()["token_format"], "opaque");
    let back = api.patch(&path, json!({ "token_format": null })).await;
    assert!(back.expect(200).json().get("token_format").is_none());

    api.patch(&path, json!({ "enabled": false })).await.expect(200);
    assert_eq!(token_with(&realm, id, secret, "", None).await.status, 401);
    assert!(!active(&realm, &access).await);
    api.patch(&path, json!({ "enabled": true })).await.expect(200);
    token_with(&realm, id, secret, "", None).await.expect(200);

    api.delete(&path).await.expect(204);
    assert_eq!(api.get(&path).await.status, 404);
    assert_eq!(api.delete(&path).await.status, 404);
    assert_eq!(token_with(&realm, id, secret, "", None).await.status, 401);
    assert!(!active(&realm, &access).await);
}

/// Whether the API may take a token.
async fn active(realm: &crate::harness::Realm, token: &str) -> bool {
    let api = realm.client("acme-api");
    let url = realm.endpoint("introspection_endpoint");
    let reply = crate::harness::flow::post_as(&api, &url, &[("token", token)]).await;
    reply.expect(200).json()["active"].as_bool().unwrap()
}

#[tokio::test]
async fn two_secrets_work_until_the_old_one_ends() {
    let realm = realm();
    let api = Api::ops(&realm).await;
    let client = api.post("/clients", machine("Rotating")).await.expect(201).json();
    let id = client["client_id"].as_str().unwrap();
    let path = format!("/clients/{id}/secrets");
    let first = client["client_secret"].as_str().unwrap().to_owned();
    let rotated = api
        .post(&path, json!({ "keep_old_seconds": 3600 }))
        .await
        .expect(201)
        .json();
    let second = rotated["client_secret"].as_str().unwrap().to_owned();
    assert_eq!(rotated["secrets"].as_array().unwrap().len(), 2);
    for secret in [&first, &second] {
        token_with(&realm, id, secret, "", None).await.expect(200);
    }
    let rotated = api
        .post(&path, json!({ "keep_old_seconds": 0 }))
        .await
        .expect(201)
        .json();
    let third = rotated["client_secret"].as_str().unwrap();
    token_with(&realm, id, third, "", None).await.expect(200);
    for secret in [&first, &second] {
        assert_eq!(token_with(&realm, id, secret, "", None).await.status, 401);
    }
    // A rotation without a body keeps the old secret for a day.
    let kept = api.plain("POST", &path, None).await.expect(201).json();
    let (now, end) = (
        kept["updated_at"].as_i64().unwrap(),
        kept["secrets"][1]["expires_at"].as_i64().unwrap(),
    );
    assert_eq!(end - now, 86_400);
}

#[tokio::test]
async fn mistakes_are_named_where_they_are_and_nothing_is_made() {
    let api = Api::ops(&realm()).await;
    let bad = json!({
        "name": "", "redirect_uris": ["https://ok.example/cb", "javascript:alert(1)", "https://a.example/#f"],
        "grant_types": ["authorization_code", "password"], "scopes": "invoices:read", "surprise": 1, "client_id": "mine",
    });
    let before = api.all("/clients", 200).await.len();
    let problem = api.post("/clients", bad).await;
    let errors = problem.expect(422).json()["errors"].clone();
    let mut pointers: Vec<_> = errors
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["pointer"].as_str().unwrap().to_owned())
        .collect();
    pointers.sort();
    assert_eq!(
        pointers,
        ["/client_id", "/grant_types/1", "/name", "/scopes", "/surprise"]
    );
    let uris = json!({ "name": "x", "grant_types": ["authorization_code"], "redirect_uris": ["https://ok.example/cb", "javascript:alert(1)", "http://host.example/cb", "https://a.example/#f", "https://*.example/cb"] });
    let errors = api.post("/clients", uris).await.expect(422).json()["errors"].clone();
    assert_eq!(errors.as_array().unwrap().len(), 4, "{errors}");
    assert_eq!(api.all("/clients", 200).await.len(), before);
}

#[tokio::test]
async fn versions_guard_against_lost_updates() {
    let api = Api::ops(&realm()).await;
    let made = api.post("/clients", machine("Versions")).await;
    let path = format!("/clients/{}", made.expect(201).json()["client_id"].as_str().unwrap());
    let tag = made.header("etag").unwrap().to_owned();
    let get = |header: &'static str, value: String| {
        let (api, path) = (api.clone(), path.clone());
        async move {
            let headers = vec![(header, value.as_str())];
            api.call(Request {
                method: "GET",
                path: &path,
                body: None,
                headers,
            })
            .await
        }
    };
    assert_eq!(get("if-none-match", tag.clone()).await.status, 304);
    assert_eq!(get("if-none-match", format!("\"x\", W/{tag}")).await.status, 304);
    assert_eq!(get("if-none-match", "\"x\"".to_owned()).await.status, 200);
    let patch = |tag: &str, name: &str| {
        let (api, path, tag, body) = (api.clone(), path.clone(), tag.to_owned(), json!({ "name": name }));
        async move {
            let headers = vec![("if-match", tag.as_str())];
            api.call(Request {
                method: "PATCH",
                path: &path,
                body: Some(body),
                headers,
            })
            .await
        }
    };
    let changed = patch(&tag, "One").await;
    let next = changed.expect(200).header("etag").unwrap().to_owned();
    assert_ne!(next, tag);
    assert_eq!(patch(&tag, "Two").await.status, 412);
    assert_eq!(
        patch(&format!("W/{next}"), "Two").await.status,
        412,
        "a weak tag never matches"
    );
    assert_eq!(patch("*", "Three").await.status, 200);
    let headers = vec![("if-match", tag.as_str())];
    let gone = api
        .call(Request {
            method: "DELETE",
            path: &path,
            body: None,
            headers,
        })
        .await;
    assert_eq!(gone.status, 412);
    assert_eq!(
        get("if-none-match", "\"x\"".to_owned()).await.expect(200).json()["name"],
        "Three"
    );
}

#[tokio::test]
async fn a_list_is_paged_and_a_cursor_fits_its_list_alone() {
    let api = Api::ops(&realm()).await;
    for n in 0..5 {
        api.post("/clients", machine(&format!("Paged {n}"))).await.expect(201);
    }
    let whole = api.all("/clients", 200).await;
    let ids: Vec<_> = whole
        .iter()
        .map(|client| client["client_id"].as_str().unwrap())
        .collect();
    let mut sorted = ids.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(ids, sorted);
    let first = api.get("/clients?limit=2").await.expect(200).json();
    let cursor = first["next"].as_str().unwrap();
    for path in [
        format!("/users?limit=2&cursor={cursor}"),
        "/clients?cursor=AAAA".to_owned(),
        "/clients?cursor=%00".to_owned(),
        "/clients?cursor=".to_owned() + &"A".repeat(2000),
        "/clients?limit=0".to_owned(),
        "/clients?limit=201".to_owned(),
        "/clients?limit=-1".to_owned(),
        "/clients?limit=x".to_owned(),
        "/clients?limit=1&limit=2".to_owned(),
        "/clients?order=name".to_owned(),
    ] {
        assert_eq!(api.get(&path).await.status, 400, "{path}");
    }
}

#[tokio::test]
async fn a_service_account_acts_in_its_tenant_and_only_there() {
    let realm = realm();
    let api = Api::as_client(&realm, "berlin-admin", "").await;
    let base = "/tenants/acme-berlin/service-accounts";
    let made = api
        .post(
            base,
            json!({ "name": "Export", "role": "member", "scopes": ["invoices:*"] }),
        )
        .await;
    let account = made.expect(201).json();
    let id = account["client_id"].as_str().unwrap();
    assert_eq!(
        (account["tenant"].as_str(), account["role"].as_str()),
        (Some("acme-berlin"), Some("member"))
    );
    let secret = account["client_secret"].as_str().unwrap();
    let reply = token_with(&realm, id, secret, "invoices:read", None)
        .await
        .expect(200)
        .json();
    assert!(active(&realm, reply["access_token"].as_str().unwrap()).await);
    let listed = api.all(base, 1).await;
    assert!(listed.iter().any(|listed| listed["client_id"] == id));
    let tokyo = Api::as_client(&realm, "tokyo-admin", "").await;
    for path in [
        format!("{base}/{id}"),
        format!("/tenants/acme-tokyo/service-accounts/{id}"),
    ] {
        assert_eq!(tokyo.get(&path).await.status, 404, "{path}");
        assert_eq!(tokyo.delete(&path).await.status, 404, "{path}");
    }
    let path = format!("{base}/{id}");
    api.patch(&path, json!({ "enabled": false })).await.expect(200);
    assert_eq!(token_with(&realm, id, secret, "", None).await.status, 401);
    api.delete(&path).await.expect(204);
    assert_eq!(api.get(&path).await.status, 404);
}

#[tokio::test]
async fn what_a_client_loses_its_refresh_tokens_lose() {
    let realm = realm();
    let api = Api::ops(&realm).await;
    let new = json!({
        "name": "Web", "grant_types": ["authorization_code", "refresh_token"], "scopes": ["openid", "invoices:read"],
        "redirect_uris": ["http://localhost:3000/callback"],
    });
    let client = api.post("/clients", new).await.expect(201).json();
    let id = client["client_id"].as_str().unwrap();
    let mut flow = Flow::logged_in_as(&realm, "ledger-web", 0).await;
    flow.client.id = id.to_owned();
    flow.client.secret = client["client_secret"].as_str().map(str::to_owned);
    flow.set("client_id", id);
    let tokens = flow.tokens().await;
    let stale = flow.code().await;
    api.patch(
        &format!("/clients/{id}"),
        json!({ "grant_types": [], "redirect_uris": [] }),
    )
    .await
    .expect(200);
    flow.refresh(tokens.refresh()).await.refused(400, "unauthorized_client");
    flow.redeem(&stale).await.refused(400, "unauthorized_client");
    api.delete(&format!("/clients/{id}")).await.expect(204);
    flow.refresh(tokens.refresh()).await.refused(401, "invalid_client");
}

#[tokio::test]
async fn the_document_says_where_it_is_and_is_open() {
    let realm = realm();
    let mut agent = Agent::new();
    let url = format!("{}/api/openapi.json", realm.issuer());
    let reply = agent.get(&url).await;
    assert_eq!(
        reply.expect(200).json()["servers"][0]["url"],
        format!("{}/api/v1", realm.issuer())
    );
    let tag = reply.header("etag").unwrap().to_owned();
    let again = agent.http.get(&url).header("if-none-match", tag);
    assert_eq!(agent.send(again).await.status, 304);
    let posted = agent.http.post(&url);
    assert_eq!(agent.send(posted).await.status, 405);
}
