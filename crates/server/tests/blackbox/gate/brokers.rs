//! Message brokers: what tokens say for them, and what EMQX is told of a client that connects.

use super::{api_key, stage, token};
use crate::harness::flow::post_as;
use crate::harness::{Agent, Realm, Reply};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

const EMQX: &str = "mqtts://emqx.example";
const RABBIT: &str = "mqtts://rabbit.example";

/// What a realm with both brokers has beside the demo's.
pub(super) const BROKERS: &str = include_str!("brokers.toml");

fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

async fn connects(realm: &Realm, body: &str) -> Reply {
    let mut agent = Agent::new();
    let request = agent.http.post(format!("{}/gate/emqx", realm.issuer()));
    let request = request.header("content-type", "application/json");
    agent.send(request.body(body.to_owned())).await
}

/// What EMQX is told about a client with this password. The status is always the same.
async fn told(realm: &Realm, password: &str) -> Value {
    let body = json!({ "username": "whoever", "clientid": "sensor-7", "password": password });
    connects(realm, &body.to_string()).await.expect(200).json()
}

fn refused() -> Value {
    json!({ "result": "deny" })
}

#[tokio::test]
async fn a_token_for_a_broker_is_a_jwt_in_the_brokers_words() {
    let realm = &stage().brokers;
    let rabbit = claims(&token(realm, "invoices:read", Some(RABBIT)).await);
    assert_eq!(rabbit["aud"], RABBIT);
    assert_eq!(rabbit["scope"], format!("{RABBIT}.read:%2F/amq.topic/invoices.*"));
    assert_eq!(rabbit["client_id"], "nightly-export");
    let emqx = claims(&token(realm, "invoices:read", Some(EMQX)).await);
    let acl = json!({ "pub": ["seen/${client_attrs.client}"], "sub": ["invoices/#"], "all": [] });
    assert_eq!((&emqx["aud"], &emqx["acl"]), (&json!(EMQX), &acl));
    // The realm gives opaque tokens to everything else.
    assert!(!token(realm, "invoices:read", None).await.contains('.'));
}

#[tokio::test]
async fn a_token_that_says_the_brokers_words_is_introspected_in_the_realms() {
    let realm = &stage().brokers;
    let token = token(realm, "invoices:read", Some(RABBIT)).await;
    let url = realm.endpoint("introspection_endpoint");
    let reply = post_as(&realm.client("nightly-export"), &url, &[("token", token.as_str())]).await;
    let found = reply.expect(200).json();
    assert_eq!(
        (&found["active"], &found["scope"]),
        (&json!(true), &json!("invoices:read"))
    );
}

#[tokio::test]
async fn emqx_is_told_what_a_token_may_do_and_that_nothing_else_is_allowed() {
    let realm = &stage().brokers;
    let token = token(realm, "invoices:read", Some(EMQX)).await;
    let told = told(realm, &token).await;
    assert_eq!(
        (&told["result"], &told["is_superuser"]),
        (&json!("allow"), &json!(false))
    );
    assert_eq!(told["client_attrs"]["client"], "nightly-export");
    assert_eq!(told["expire_at"], claims(&token)["exp"]);
    let rules: Vec<String> = told["acl"].as_array().unwrap().iter().map(rule).collect();
    let expected = [
        "allow publish seen/${client_attrs.client}",
        "allow subscribe invoices/#",
        "deny all #",
        "deny all $SYS/#",
        "deny all $events/#",
        "deny all $delayed/#",
    ];
    assert_eq!(rules, expected);
}

fn rule(rule: &Value) -> String {
    let text = |name: &str| rule[name].as_str().unwrap().to_owned();
    format!("{} {} {}", text("permission"), text("action"), text("topic"))
}

#[tokio::test]
async fn an_api_key_connects_and_a_key_or_token_that_is_not_good_does_not() {
    let realm = &stage().brokers;
    assert_eq!(told(realm, &api_key(realm)).await["result"], "allow");
    let good = token(realm, "invoices:read", Some(EMQX)).await;
    let (signed, _) = good.rsplit_once('.').unwrap();
    let other = token(realm, "invoices:read", Some(RABBIT)).await;
    let opaque = token(realm, "invoices:read", None).await;
    let elsewhere = token(&stage().plain, "invoices:read", None).await;
    for password in [
        format!("{signed}."),
        format!("{good}x"),
        other,
        opaque,
        elsewhere,
        format!("{}x", api_key(realm)),
    ] {
        assert_eq!(told(realm, &password).await, refused(), "{password}");
    }
    let url = realm.endpoint("revocation_endpoint");
    let revoked = post_as(&realm.client("nightly-export"), &url, &[("token", good.as_str())]).await;
    revoked.expect(200);
    assert_eq!(told(realm, &good).await, refused());
    assert!(!stage().server.log().contains(&good));
}

#[tokio::test]
async fn a_password_of_somebody_else_is_left_to_the_brokers_other_authenticators() {
    let realm = &stage().brokers;
    for password in ["", "correct horse", "a.b.c"] {
        assert_eq!(told(realm, password).await, json!({ "result": "ignore" }), "{password}");
    }
    let anonymous = connects(realm, r#"{"clientid":"sensor-7"}"#).await;
    assert_eq!(anonymous.expect(200).json(), json!({ "result": "ignore" }));
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_with_the_status_that_emqx_believes() {
    let realm = &stage().brokers;
    let long = format!(r#"{{"password":"{}"}}"#, "x".repeat(100_000));
    for body in [
        "",
        "{",
        "[]",
        r#"{"password":7}"#,
        r#"{"password":"a","password":"b"}"#,
        &long,
    ] {
        assert_eq!(connects(realm, body).await.expect(200).json(), refused(), "{body:.40}");
    }
    let mut agent = Agent::new();
    let at = format!("{}/gate/emqx", realm.issuer());
    for url in [at.clone(), format!("{at}?resource={RABBIT}"), format!("{at}?x=1")] {
        let request = agent.http.get(url);
        assert_eq!(agent.send(request).await.expect(200).json(), refused());
    }
    let named = format!("{at}?resource={EMQX}&resource={EMQX}");
    let request = agent.http.post(named).body(r#"{"password":""}"#);
    assert_eq!(agent.send(request).await.expect(200).json(), refused());
}

#[tokio::test]
async fn a_form_says_the_same_as_json() {
    let realm = &stage().brokers;
    let token = token(realm, "invoices:read", Some(EMQX)).await;
    let mut agent = Agent::new();
    let request = agent.http.post(format!("{}/gate/emqx?resource={EMQX}", realm.issuer()));
    let request = request.form(&[("username", "whoever"), ("password", token.as_str())]);
    assert_eq!(agent.send(request).await.expect(200).json()["result"], "allow");
}

#[tokio::test]
async fn a_realm_without_an_emqx_has_no_such_address() {
    let realm = &stage().brokers;
    let token = token(realm, "invoices:read", Some(EMQX)).await;
    let body = json!({ "password": token }).to_string();
    connects(&stage().plain, &body).await.expect(404);
}
