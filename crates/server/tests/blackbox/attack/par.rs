//! Rows of pushed authorization requests.

use super::stage::Stage;
use super::{Rows, rows};
use crate::harness::flow::post_as;
use crate::harness::{Agent, Flow, Realm, Reply};

type S = &'static Stage;

pub(super) const ROWS: Rows = rows! {
    "I01" => wrong_method,
    "I02" => without_authentication,
    "I04" => bad_redirect,
    "I06" => after_the_answer,
    "I08" => another_client,
    "I09" => no_client,
    "I10" => what_stands_beside,
    "I12" => too_large,
    "I16" => cookies,
};

fn par(realm: &Realm) -> String {
    realm.endpoint("pushed_authorization_request_endpoint")
}

/// Pushes the flow's request.
async fn push(flow: &Flow) -> Reply {
    post_as(&flow.client, &par(&flow.realm), &flow.params).await
}

/// The flow with its request pushed: what is left of it in the address is the reference.
async fn pushed(mut flow: Flow) -> Flow {
    let reply = push(&flow).await;
    let body = reply.expect(201).json();
    assert_eq!(body["expires_in"], 90);
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let reference = body["request_uri"].as_str().unwrap();
    assert!(reference.starts_with("urn:ietf:params:oauth:request_uri:"));
    flow.params = vec![
        ("client_id".into(), flow.client.id.clone()),
        ("request_uri".into(), reference.into()),
    ];
    flow
}

async fn wrong_method(s: S) {
    for method in [reqwest::Method::GET, reqwest::Method::PUT, reqwest::Method::DELETE] {
        let mut agent = Agent::new();
        let reply = agent.send(agent.http.request(method, par(&s.realm))).await;
        assert_eq!(reply.expect(405).header("allow"), Some("POST, OPTIONS"));
    }
}

async fn without_authentication(s: S) {
    let flow = s.flow("ledger-web");
    let mut agent = s.agent();
    agent
        .post(&par(&s.realm), &flow.params)
        .await
        .refused(401, "invalid_client");
    let mut wrong = flow.client.clone();
    wrong.secret = Some("wrong".into());
    post_as(&wrong, &par(&s.realm), &flow.params)
        .await
        .refused(401, "invalid_client");
    // The client that is authenticated is the client of the request.
    let mut other = s.flow("ledger-web");
    other.client = s.realm.client("nightly-export");
    push(&other).await.refused(400, "invalid_request");
}

async fn bad_redirect(s: S) {
    for uri in [
        "https://evil.example/cb",
        "http://localhost:3000/callback2",
        "javascript:alert(1)",
    ] {
        let reply = push(&s.flow("ledger-web").with("redirect_uri", uri)).await;
        reply.refused(400, "invalid_request");
        assert!(!reply.body.contains("evil"), "{}", reply.body);
    }
    for (name, value, error) in [
        ("response_type", "token", "unsupported_response_type"),
        ("scope", "no:such", "invalid_scope"),
        ("request_uri", "urn:ietf:params:oauth:request_uri:x", "invalid_request"),
        ("code_challenge", "", "invalid_request"),
    ] {
        push(&s.flow("ledger-web").with(name, value)).await.refused(400, error);
    }
}

async fn after_the_answer(s: S) {
    let mut flow = pushed(s.user("ledger-web").await).await;
    let code = flow.code().await;
    let again = flow.ask().await;
    assert_eq!(again.page(400).error(), "invalid_request_uri");
    assert!(again.header("location").is_none());
    flow.redeem(&code).await.expect(200);
    // A denied one is answered as well.
    let mut denied = pushed(s.user("ledger-web").await.with("prompt", "consent")).await;
    let page = denied.ask().await.page(200);
    let reply = denied.decide(&page, "deny").await;
    assert_eq!(denied.carried_on(&reply)["error"], "access_denied");
    denied.ask().await.page(400);
    // And so is one that was refused without a page.
    let mut silent = pushed(s.flow("ledger-web").with("prompt", "none")).await;
    let redirect = silent.client.redirect_uri.clone();
    assert_eq!(silent.ask().await.redirect(&redirect)["error"], "login_required");
    silent.ask().await.page(400);
}

async fn another_client(s: S) {
    let mut flow = pushed(s.user("ledger-web").await).await;
    flow.set("client_id", "rp");
    flow.ask().await.page(400);
    // Nor at another issuer, nor in another browser once it was opened.
    flow.set("client_id", "ledger-web");
    let mut elsewhere = s.flow("ledger-web");
    elsewhere.params.clone_from(&flow.params);
    let mut url = s.other.authorize();
    url.push('?');
    let at_other = elsewhere.browser.query(&url, &flow.params).await;
    assert_eq!(at_other.status, 400, "{}", at_other.body);
    elsewhere.ask().await.page(200);
    flow.ask().await.page(400);
    elsewhere.ask().await.page(200);
}

async fn no_client(s: S) {
    let mut flow = pushed(s.user("ledger-web").await).await;
    flow.set("client_id", "");
    flow.ask().await.page(400);
    let mut made_up = s.flow("ledger-web");
    for reference in [
        "urn:ietf:params:oauth:request_uri:",
        "urn:ietf:params:oauth:request_uri:AAAA",
    ] {
        made_up.params = vec![
            ("client_id".into(), "ledger-web".into()),
            ("request_uri".into(), reference.into()),
        ];
        made_up.ask().await.page(400);
    }
}

async fn what_stands_beside(s: S) {
    let mut flow = pushed(
        s.user("ledger-web")
            .await
            .with("scope", "customers:read")
            .with("prompt", "consent"),
    )
    .await;
    flow.set("scope", "payments:refund");
    flow.set("redirect_uri", "https://evil.example/cb");
    flow.set("state", "evil");
    flow.set("prompt", "none");
    let page = flow.ask().await.page(200);
    flow.params.retain(|(name, _)| name != "redirect_uri");
    let reply = flow.decide(&page, "allow").await;
    let told = flow.carried_on(&reply);
    assert_eq!(told["state"], "st a/te");
    let tokens = flow.redeem(&told["code"]).await.expect(200).json();
    assert_eq!(tokens["scope"], "customers:read");
}

async fn too_large(s: S) {
    let huge = s.flow("ledger-web").with("nonce", &"x".repeat(1024 * 1024));
    push(&huge).await.refused(413, "invalid_request");
    let long = s.flow("ledger-web").with("login_hint", &"x".repeat(8 * 1024));
    push(&long).await.refused(400, "invalid_request");
}

async fn cookies(s: S) {
    let mut flow = pushed(s.flow("ledger-web").with("state", "a-very-recognisable-state")).await;
    let reply = flow.ask().await;
    reply.page(200);
    for cookie in reply.set_cookies() {
        assert!(!cookie.contains("recognisable") && cookie.len() < 200, "{cookie}");
    }
    assert_eq!(reply.set_cookies().len(), 1);
}
