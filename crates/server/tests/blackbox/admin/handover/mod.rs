//! Login and consent in the platform's own web app: the app of these tests reads the question and answers it by the admin
//! API, and the browser carries the answer back.

pub(crate) mod attacks;
mod example;
mod factors;
pub(crate) mod requests;

use super::stage::{Api, realm_text};
use crate::harness::postgres::fresh_database;
use crate::harness::{Flow, Launch, Realm, Reply, Server};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::OnceLock;

const LOGIN: &str = "https://app.example/login";
const CONSENT: &str = "https://app.example/consent?from=id";

fn text(name: &str, issuer: &str, urls: &str) -> String {
    format!("{}\n[interaction]\n{urls}\n", realm_text(name, issuer))
}

fn launch() -> Launch {
    let both = format!("login_url = \"{LOGIN}\"\nconsent_url = \"{CONSENT}\"");
    Launch::demo()
        .realm(text("acme", "http://localhost:8400", &both))
        .realm(text("other", "http://localhost:8400/other", &both))
        .realm(text(
            "asks",
            "http://localhost:8400/asks",
            &format!("consent_url = \"{CONSENT}\""),
        ))
}

/// A realm whose logins and consents are the app's, another one like it, and one that hands over consents alone.
fn realm_at(index: usize) -> Realm {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| Server::start(launch())).realm_at(index)
}

fn realm() -> Realm {
    realm_at(0)
}

/// The app, as it calls the API.
async fn app(realm: &Realm) -> Api {
    Api::as_client(
        realm,
        "ops",
        "grantd:interaction:read grantd:interaction:write grantd:users:write",
    )
    .await
}

/// The question that a browser was sent out with.
#[track_caller]
fn challenge(reply: &Reply, url: &str, name: &str) -> String {
    assert_eq!(reply.status, 303, "{}", reply.body);
    question(reply.header("location").unwrap(), url, name)
}

/// The same where the way leads over a page: after a form of ours its policy would stop a redirect to another origin.
#[track_caller]
fn carried_out(reply: &Reply, url: &str, name: &str) -> String {
    let page = reply.page(200);
    question(page.by_id("continue").unwrap().get("href").unwrap(), url, name)
}

#[track_caller]
fn question(address: &str, url: &str, name: &str) -> String {
    assert!(address.starts_with(url), "{address}");
    let address = url::Url::parse(address).unwrap();
    let found = address.query_pairs().find(|(known, _)| known == name);
    found.expect("a question").1.into_owned()
}

fn login_challenge(reply: &Reply) -> String {
    challenge(reply, LOGIN, "login_challenge")
}

fn consent_challenge(reply: &Reply) -> String {
    challenge(reply, CONSENT, "consent_challenge")
}

/// The app's answer: where the browser goes with it.
async fn answered(api: &Api, path: &str, body: Value) -> String {
    let reply = api.put(path, body).await;
    reply.expect(200).json()["redirect_to"].as_str().unwrap().to_owned()
}

async fn accepted(api: &Api, challenge: &str, body: Value) -> String {
    answered(api, &format!("/login-requests/{challenge}/accept"), body).await
}

async fn allowed(api: &Api, challenge: &str, body: Value) -> String {
    answered(api, &format!("/consent-requests/{challenge}/accept"), body).await
}

/// The browser takes the answer back, and follows to where that leads.
async fn come_back(flow: &mut Flow, to: &str) -> Reply {
    let reply = flow.browser.get(to).await;
    assert_eq!(reply.status, 303, "{}", reply.body);
    let next = flow.absolute(reply.header("location").unwrap());
    flow.browser.get(&next).await
}

/// A demo user's id.
async fn id_of(realm: &Realm, name: &str) -> String {
    Api::ops(realm).await.user_id(&format!("{name}@example.com")).await
}

/// From the request to the question what the user allows, as this user.
async fn up_to_consent(api: &Api, flow: &mut Flow, subject: &str) -> String {
    let challenge = login_challenge(&flow.ask().await);
    let to = accepted(api, &challenge, json!({ "subject": subject, "amr": ["pwd"] })).await;
    consent_challenge(&come_back(flow, &to).await)
}

async fn answer_of(flow: &mut Flow, to: &str) -> BTreeMap<String, String> {
    let reply = flow.browser.get(to).await;
    reply.redirect(flow.redirect_uri())
}

fn claims(token: &Value) -> Value {
    let payload = token.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

async fn whole_flow(realm: &Realm) {
    let api = app(realm).await;
    let ada = id_of(realm, "ada").await;
    let mut flow = Flow::new(realm, "ledger-web")
        .with("nonce", "n")
        .with("login_hint", "ada@example.com");
    let question = login_challenge(&flow.ask().await);
    let told = api.get(&format!("/login-requests/{question}")).await.expect(200).json();
    assert_eq!(
        (&told["client"]["client_id"], &told["login_hint"]),
        (&json!("ledger-web"), &json!("ada@example.com"))
    );
    assert_eq!(
        (&told["fresh_login"], &told["client"]["vouched_for"]),
        (&json!(false), &json!(true))
    );
    let proved_at = told["asked_at"].as_i64().unwrap() - 500;
    let login = json!({ "subject": ada, "acr": "urn:acme:two-steps", "auth_time": proved_at });
    let to = accepted(&api, &question, login).await;
    let question = consent_challenge(&come_back(&mut flow, &to).await);
    let told = api
        .get(&format!("/consent-requests/{question}"))
        .await
        .expect(200)
        .json();
    assert_eq!((&told["subject"], &told["auth_time"]), (&json!(ada), &json!(proved_at)));
    assert_eq!(told["optional_scopes"], json!(["email"]));
    assert_eq!(told["tenants"].as_array().unwrap().len(), 2, "{told}");
    let body = json!({ "scopes": ["openid", "invoices:read"], "tenant": "acme-tokyo", "duration": "thirty_days" });
    let to = allowed(&api, &question, body).await;
    let answer = answer_of(&mut flow, &to).await;
    assert_eq!(answer["state"], "st a/te");
    let tokens = flow.redeem(&answer["code"]).await.expect(200).json();
    assert_eq!(tokens["scope"], "openid invoices:read");
    let id_token = claims(&tokens["id_token"]);
    assert_eq!(
        (&id_token["sub"], &id_token["auth_time"]),
        (&json!(ada), &json!(proved_at))
    );
    assert_eq!(
        (&id_token["amr"], &id_token["acr"]),
        (&json!(["pwd", "otp"]), &json!("urn:acme:two-steps"))
    );
    assert_eq!(claims(&tokens["access_token"])["tenant"], "acme-tokyo");
    let lines = Api::ops(realm)
        .await
        .get("/audit?action=consent.accepted")
        .await
        .expect(200)
        .json();
    assert_eq!(lines["items"][0]["detail"]["tenant"], "acme-tokyo", "{lines}");
    // What was allowed in a tenant is remembered there, and the session is like any other.
    flow.set("tenant", "acme-tokyo");
    flow.set("scope", "openid invoices:read");
    assert!(flow.ask().await.redirect(flow.redirect_uri()).contains_key("code"));
}

#[tokio::test]
async fn a_login_and_a_consent_in_the_platforms_app_end_with_tokens() {
    whole_flow(&realm()).await;
}

#[tokio::test]
async fn a_login_and_a_consent_in_the_platforms_app_end_with_tokens_on_postgresql() {
    let server = Server::start(launch().storage(&fresh_database().await));
    whole_flow(&server.realm()).await;
}
