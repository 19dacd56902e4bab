//! Applications that are not the platform's own, in a tenant: blocked at once and everywhere, or waiting for an administrator.

use super::stage::Api;
use crate::harness::device::Device;
use crate::harness::flow::post_as;
use crate::harness::html::Page;
use crate::harness::{Flow, Launch, Realm, Reply, Server};
use crate::status_list::{is_over, until};
use serde_json::{Value, json};

const TENANT: &str = "acme-berlin";
const CLIENT: &str = "ledger-web";

/// A server on which an application is another publisher's, and the operators' machine.
async fn with_foreign(client_id: &str) -> (Server, Realm, Api) {
    let server = Server::start(Launch::demo());
    let realm = server.realm();
    let api = Api::ops(&realm).await;
    let publisher = json!({ "verified_domain": "ledgerly.example" });
    api.patch(&format!("/clients/{client_id}"), publisher).await.expect(200);
    (server, realm, api)
}

async fn say(api: &Api, client_id: &str, state: &str) -> Reply {
    let path = format!("/tenants/{TENANT}/apps/{client_id}");
    api.put(&path, json!({ "state": state })).await
}

async fn approve_first(api: &Api) {
    let path = format!("/tenants/{TENANT}/app-policy");
    let told = api
        .put(&path, json!({ "app_policy": "approval" }))
        .await
        .expect(200)
        .json();
    assert_eq!(told, json!({ "app_policy": "approval" }));
}

/// How far the page says that the tenant is.
fn barred(reply: &Reply) -> String {
    let page = reply.page(200);
    let found = page.by_id("barred").unwrap_or_else(|| panic!("{}", reply.body));
    found.get("data-state").unwrap().to_owned()
}

/// A user of the tenant in front of the application, with the request for it.
async fn user(realm: &Realm, client_id: &str, number: usize) -> Flow {
    let flow = Flow::new(realm, client_id).user(number);
    flow.with("tenant", TENANT)
        .with("scope", "openid offline_access invoices:read")
}

/// What the browser sees first, after the login.
async fn opened(flow: &mut Flow) -> Reply {
    let reply = flow.ask().await;
    if Page::read(&reply.body).by_id("login-submit").is_some() {
        return flow.log_in().await;
    }
    reply
}

/// What an application hears that may show no page.
async fn silently(flow: &Flow) -> String {
    let mut silent = Flow::new(&flow.realm, CLIENT)
        .with("tenant", TENANT)
        .with("prompt", "none");
    silent.browser = crate::harness::Agent::with_cookies(flow.browser.cookies.clone());
    let reply = silent.ask().await;
    reply.redirect(silent.redirect_uri())["error"].clone()
}

#[tokio::test]
async fn what_is_blocked_loses_everything_in_the_tenant_at_once_and_gets_nothing() {
    let (_server, realm, api) = with_foreign(CLIENT).await;
    let mut flow = user(&realm, CLIENT, 0).await;
    let tokens = flow.tokens().await;
    let mut elsewhere = Flow::new(&realm, CLIENT)
        .with("tenant", "acme-tokyo")
        .with("scope", "openid invoices:read");
    elsewhere.browser = crate::harness::Agent::with_cookies(flow.browser.cookies.clone());
    let untouched = elsewhere.tokens().await;
    let by_hand = json!({
        "client_id": CLIENT, "user_id": api.user_id("bob@example.com").await, "tenant": TENANT, "name": "Nightly",
        "scopes": ["invoices:read"],
    });
    let made = api.post("/tokens", by_hand.clone()).await.expect(201).json();
    let made = made["access_token"].as_str().unwrap();

    let told = say(&api, CLIENT, "blocked").await.expect(200).json();
    assert_eq!((&told["state"], &told["tenant"]), (&json!("blocked"), &json!(TENANT)));
    let url = realm.endpoint("introspection_endpoint");
    for token in [tokens.access(), tokens.refresh(), made] {
        let told = post_as(&realm.client("acme-api"), &url, &[("token", token)]).await;
        assert_eq!(told.expect(200).json(), json!({ "active": false }));
    }
    assert_eq!(flow.introspect(tokens.refresh()).await, json!({ "active": false }));
    until(&realm, tokens.access(), true).await;
    flow.refresh(tokens.refresh()).await.refused(400, "invalid_grant");
    assert_eq!(elsewhere.introspect(untouched.access()).await["active"], true);
    assert!(!is_over(&realm, untouched.access()).await);
    assert_eq!(barred(&opened(&mut flow).await), "blocked");
    assert_eq!(silently(&flow).await, "access_denied");
    assert_eq!(api.post("/tokens", by_hand).await.status, 409);

    say(&api, CLIENT, "allowed").await.expect(200);
    flow.refresh(tokens.refresh()).await.refused(400, "invalid_grant");
    let again = flow.tokens().await;
    assert_eq!(flow.introspect(again.access()).await["active"], true);
}

#[tokio::test]
async fn a_consent_and_a_block_at_once_leave_no_token_alive() {
    let (_server, realm, api) = with_foreign(CLIENT).await;
    let mut flow = user(&realm, CLIENT, 0).await.with("prompt", "consent");
    for round in 0..6 {
        let page = opened(&mut flow).await.page(200);
        let (answered, blocked) = tokio::join!(flow.decide(&page, "allow"), say(&api, CLIENT, "blocked"));
        blocked.expect(200);
        if Page::read(&answered.body).by_id("barred").is_none() {
            let code = flow.carried_on(&answered)["code"].clone();
            flow.redeem(&code).await.refused(400, "invalid_grant");
        }
        let live = api.all(&format!("/grants?tenant={TENANT}&client={CLIENT}"), 50).await;
        assert!(live.is_empty(), "round {round}: {live:?}");
        api.delete(&format!("/tenants/{TENANT}/apps/{CLIENT}"))
            .await
            .expect(204);
    }
}

#[tokio::test]
async fn a_new_application_waits_for_an_administrator_and_is_asked_for_once() {
    let (_server, realm, api) = with_foreign(CLIENT).await;
    approve_first(&api).await;
    let mut ada = user(&realm, CLIENT, 0).await;
    let page = opened(&mut ada).await.page(200);
    assert_eq!(silently(&ada).await, "consent_required");
    let mut bob = user(&realm, CLIENT, 1).await;
    let other = opened(&mut bob).await.page(200);
    let (first, second) = tokio::join!(ada.decide(&page, "allow"), bob.decide(&other, "allow"));
    let mut told = [barred(&first), barred(&second)];
    told.sort();
    assert_eq!(told, ["asked", "waiting"], "one of two at once is written down");
    assert_eq!(barred(&opened(&mut ada).await), "waiting");
    assert_eq!(silently(&ada).await, "consent_required");
    let lists = [
        "/apps?state=waiting".to_owned(),
        format!("/tenants/{TENANT}/apps?state=waiting"),
    ];
    for list in &lists {
        let waiting = api.all(list, 1).await;
        let ids: Vec<_> = waiting.iter().map(|app| &app["client_id"]).collect();
        assert_eq!(ids, [CLIENT], "{list}");
    }
    let lines = api.all("/audit?action=app.requested", 50).await;
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(
        api.all(&format!("/grants?tenant={TENANT}&client={CLIENT}"), 50)
            .await
            .is_empty()
    );

    say(&api, CLIENT, "allowed").await.expect(200);
    let tokens = ada.tokens().await;
    assert_eq!(ada.introspect(tokens.access()).await["active"], true);
    assert!(api.all(&lists[0], 50).await.is_empty());
    // What is in use goes on where the decision is taken back; the next time it is asked for.
    api.delete(&format!("/tenants/{TENANT}/apps/{CLIENT}"))
        .await
        .expect(204);
    assert_eq!(ada.introspect(tokens.access()).await["active"], true);
    assert_eq!(silently(&ada).await, "consent_required");
}

#[tokio::test]
async fn the_way_back_tells_the_application_that_access_was_denied() {
    let (_server, realm, api) = with_foreign(CLIENT).await;
    say(&api, CLIENT, "blocked").await.expect(200);
    let mut flow = user(&realm, CLIENT, 1).await;
    let page = opened(&mut flow).await.page(200);
    assert!(page.refresh.is_none(), "nobody is carried away from what they read");
    let href = page.by_id("continue").unwrap().get("href").unwrap().to_owned();
    let told = crate::harness::agent::carried(&href, flow.redirect_uri());
    assert_eq!((&*told["error"], &*told["state"]), ("access_denied", "st a/te"));
    assert!(!told.contains_key("code"));
}

#[tokio::test]
async fn a_device_gets_nothing_in_a_tenant_that_blocked_its_application() {
    let (_server, realm, api) = with_foreign("ledger-desktop").await;
    approve_first(&api).await;
    let device = Device::begin(&realm, "ledger-desktop", &[("scope", "openid invoices:read")]).await;
    let mut bob = Flow::new(&realm, "ledger-desktop").user(1);
    let page = device.enter(&mut bob, device.text("user_code")).await.page(200);
    assert_eq!(barred(&bob.decide(&page, "allow").await), "asked");
    device.poll().await.refused(400, "authorization_pending");
    say(&api, "ledger-desktop", "blocked").await.expect(200);
    assert_eq!(
        barred(&device.enter(&mut bob, device.text("user_code")).await),
        "blocked"
    );
}

#[tokio::test]
async fn what_cannot_be_decided_is_refused_where_it_is() {
    let (_server, realm, api) = with_foreign(CLIENT).await;
    let app = |client_id: &str| format!("/tenants/{TENANT}/apps/{client_id}");
    assert_eq!(
        say(&api, "ledger-desktop", "blocked").await.status,
        409,
        "the platform's own"
    );
    assert_eq!(say(&api, "nobodys", "blocked").await.status, 404);
    assert_eq!(api.get(&app(CLIENT)).await.status, 404, "nobody decided yet");
    assert_eq!(api.delete(&app(CLIENT)).await.status, 404);
    assert_eq!(api.get("/apps?state=open").await.status, 400);
    for body in [
        json!({}),
        json!({ "state": "waiting" }),
        json!({ "state": "blocked", "name": "x" }),
    ] {
        assert_eq!(api.put(&app(CLIENT), body.clone()).await.status, 422, "{body}");
    }
    for body in [
        json!({}),
        json!({ "app_policy": "closed" }),
        json!({ "app_policy": Value::Null }),
    ] {
        let path = format!("/tenants/{TENANT}/app-policy");
        assert_eq!(api.put(&path, body.clone()).await.status, 422, "{body}");
    }
    let elsewhere = json!({ "state": "blocked" });
    assert_eq!(api.put("/tenants/nobodys/apps/x", elsewhere).await.status, 404);
    // A member without the permission decides nothing, whatever they allow applications.
    let own = Api::as_client(&realm, "ops", "grantd:apps:read").await;
    assert_eq!(say(&own, CLIENT, "allowed").await.status, 403);
}
