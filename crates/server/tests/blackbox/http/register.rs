//! A client registers itself, is used, is managed, and ends.

use crate::attack::stage::stage;
use crate::harness::Flow;
use crate::harness::html::Page;
use crate::harness::registration::{desktop, manage, register};
use serde_json::{Value, json};

#[tokio::test]
async fn the_reply_is_201_and_says_every_value_that_was_applied() {
    let reply = register(
        &stage().realm,
        &desktop(
            "Echo",
            json!({ "scope": "customers:read team:manage", "client_uri": "https://echo.example/", "unknown": 1 }),
        ),
    )
    .await;
    let said = reply.expect(201).json();
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    assert_eq!(reply.header("access-control-allow-origin"), Some("*"));
    assert_eq!(said["token_endpoint_auth_method"], "none");
    assert_eq!(said["application_type"], "native");
    assert_eq!(said["scope"], "customers:read");
    assert_eq!(said["client_uri"], "https://echo.example/");
    assert_eq!(said["redirect_uris"], json!(["http://127.0.0.1:41000/callback"]));
    assert!(said.get("client_secret").is_none() && said.get("unknown").is_none());
    assert!(
        said.as_object().unwrap().values().all(|value| !value.is_null()),
        "{said}"
    );
}

#[tokio::test]
async fn a_client_with_a_secret_gets_tokens_and_refreshes_them() {
    let realm = &stage().realm;
    for method in ["client_secret_basic", "client_secret_post"] {
        let metadata = json!({
            "redirect_uris": ["https://dynamic.example/cb"],
            "token_endpoint_auth_method": method,
            "grant_types": ["authorization_code", "refresh_token"],
            "scope": "customers:read",
        });
        let said = register(realm, &metadata).await.expect(201).json();
        assert_eq!(said["client_secret_expires_at"], 0);
        let mut flow = Flow::registered_and_logged_in(realm, &said, 1).await;
        let code = flow.code().await;
        let mut form = flow.redemption(&code);
        if method == "client_secret_post" {
            form.push(("client_id", flow.client.id.clone()));
            form.push(("client_secret", flow.client.secret.clone().unwrap()));
            let mut agent = crate::harness::Agent::new();
            agent.post(&realm.token(), &form).await.expect(200);
        } else {
            let tokens = flow.redeem(&code).await.expect(200).json();
            assert_eq!(tokens["scope"], "customers:read");
            flow.refresh(tokens["refresh_token"].as_str().unwrap())
                .await
                .expect(200);
        }
    }
}

#[tokio::test]
async fn a_request_may_be_broader_than_the_registration_and_is_cut_to_what_the_realm_permits() {
    let realm = &stage().realm;
    let said = register(realm, &desktop("Step Up", json!({ "scope": "customers:read" })))
        .await
        .expect(201)
        .json();
    let mut flow = Flow::registered_and_logged_in(realm, &said, 1).await;
    flow.set("scope", "customers:read invoices:read team:manage");
    flow.set("resource", "http://localhost:8400/api/");
    flow.params.retain(|(name, _)| name != "resource");
    let tokens = flow.tokens().await.0;
    assert_eq!(tokens["scope"], "customers:read invoices:read");
    let again = flow
        .refresh(tokens["refresh_token"].as_str().unwrap())
        .await
        .expect(200)
        .json();
    assert_eq!(again["scope"], "customers:read invoices:read");
}

#[tokio::test]
async fn nobody_is_remembered_for_a_client_that_registered_itself() {
    let realm = &stage().realm;
    let said = register(
        realm,
        &json!({ "client_name": "Again", "redirect_uris": ["https://again.example/cb"], "scope": "customers:read" }),
    )
    .await;
    let mut flow = Flow::registered_and_logged_in(realm, &said.expect(201).json(), 1).await;
    for _ in 0..2 {
        let reply = flow.ask().await;
        assert!(reply.body.contains("again.example"), "the exact host is shown");
        reply.page(200).form_with("consent-allow");
        let page = flow.ask().await.page(200);
        let reply = flow.decide(&page, "allow").await;
        assert!(flow.carried_on(&reply).contains_key("code"));
    }
}

#[tokio::test]
async fn an_error_before_any_page_stops_at_one_that_says_where_it_leads() {
    let realm = &stage().realm;
    let metadata = json!({ "client_name": "Redirector", "redirect_uris": ["https://redirector.example/cb"] });
    let said = register(realm, &metadata).await.expect(201).json();
    for (name, value) in [
        ("prompt", "none"),
        ("response_type", "token"),
        ("scope", "nonsense"),
        ("code_challenge", ""),
        ("registration", "{}"),
    ] {
        let mut flow = Flow::registered(realm, &said).with(name, value);
        let reply = flow.ask().await;
        let page = reply.page(400);
        assert_eq!(page.refresh, None, "{name}");
        let link = page
            .by_id("continue")
            .unwrap_or_else(|| panic!("{name}: {}", reply.body));
        assert!(
            link.get("href")
                .unwrap()
                .starts_with("https://redirector.example/cb?error="),
            "{name}"
        );
        assert!(reply.body.contains("redirector.example"));
    }
}

#[tokio::test]
async fn a_registration_is_read_replaced_and_ended_by_its_token_alone() {
    let realm = &stage().realm;
    let metadata = json!({ "client_name": "Managed", "redirect_uris": ["https://managed.example/cb"], "scope": "customers:read", "grant_types": ["authorization_code", "refresh_token"] });
    let said = register(realm, &metadata).await.expect(201).json();
    let token = |said: &Value| said["registration_access_token"].as_str().unwrap().to_owned();
    let first = token(&said);
    let read = manage("GET", &said, &first, None).await.expect(200).json();
    assert_eq!(read["client_name"], "Managed");
    assert_eq!(token(&read), first);
    assert!(read.get("client_secret").is_none());
    let mut flow = Flow::registered_and_logged_in(realm, &said, 1).await;
    let tokens = flow.tokens().await;

    let mut changed = metadata.clone();
    changed["client_id"] = said["client_id"].clone();
    changed["client_secret"] = said["client_secret"].clone();
    changed["redirect_uris"] = json!(["https://managed.example/new"]);
    let replaced = manage("PUT", &said, &first, Some(&changed)).await.expect(200).json();
    assert_eq!(replaced["redirect_uris"], json!(["https://managed.example/new"]));
    manage("GET", &said, &first, None).await.expect(401);
    let second = token(&replaced);
    flow.refresh(tokens.refresh()).await.expect(200);

    assert_eq!(manage("DELETE", &said, &second, None).await.expect(204).body, "");
    manage("GET", &said, &second, None).await.expect(401);
    flow.refresh(tokens.refresh()).await.expect(401);
    Flow::registered(realm, &said).ask().await.page(400);
}

#[tokio::test]
async fn identical_public_registrations_are_one_client_that_nobody_manages() {
    let realm = &stage().realm;
    let first = register(realm, &desktop("Folded", json!({}))).await.expect(201).json();
    let elsewhere = json!({ "redirect_uris": ["http://127.0.0.1:52000/callback"] });
    let second = register(realm, &desktop("Folded", elsewhere)).await.expect(201).json();
    assert_eq!(first["client_id"], second["client_id"]);
    assert_eq!(second["redirect_uris"], json!(["http://127.0.0.1:52000/callback"]));
    assert!(second.get("registration_access_token").is_none() && second.get("registration_client_uri").is_none());
    let token = first["registration_access_token"].as_str().unwrap();
    manage("DELETE", &first, token, None).await.expect(401);
    let mut flow = Flow::registered_and_logged_in(realm, &second, 1).await;
    let page = Page::read(&flow.ask().await.body);
    page.form_with("consent-allow");
}

#[tokio::test]
async fn metadata_says_where_to_register_only_where_that_is_possible() {
    let mut agent = crate::harness::Agent::new();
    let metadata = &stage().realm.0["metadata"];
    assert!(
        metadata["token_endpoint_auth_methods_supported"]
            .as_array()
            .unwrap()
            .contains(&json!("none"))
    );
    let off = crate::harness::Server::start(
        crate::harness::Launch::demo().realm(crate::attack::stage::DEMO.replace("mode = \"open\"", "mode = \"off\"")),
    );
    assert!(off.realm().0["metadata"].get("registration_endpoint").is_none());
    let url = format!("{}/register", off.realm().issuer());
    let request = agent.http.post(&url).json(&desktop("Nobody", json!({})));
    agent.send(request).await.expect(404);
    agent.get(&format!("{url}/x")).await.expect(404);
}
