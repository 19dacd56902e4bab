//! Rows of signed authorization requests.

use super::stage::Stage;
use super::{Rows, rows};
use crate::harness::flow::challenge;
use crate::harness::key::{ASSERTION_TYPE, Key, now};
use crate::harness::{Flow, Reply};
use grantd_jose::{Algorithm, base64url_encode};
use serde_json::{Value, json};

type S = &'static Stage;

pub(super) const ROWS: Rows = rows! {
    "F06" => |s: S| encrypted(s, json!({"alg": "PBES2-HS256+A128KW", "enc": "A128GCM", "p2c": 2_147_483_647_u32, "p2s": "AAAA"})),
    "F08" => |s: S| encrypted(s, json!({"alg": "RSA1_5", "enc": "A128CBC-HS256"})),
    "F09" => unsigned,
    "F10" => wrong_audience,
    "F12" => another_client,
    "F13" => a_reference_inside,
    "F14" => outer_parameters,
    "I14" => pushed_by_another,
};

const CLIENT: &str = "signer";

fn claims(s: S) -> Value {
    json!({
        "iss": CLIENT, "aud": s.realm.issuer(), "exp": now() + 60, "client_id": CLIENT, "response_type": "code",
        "redirect_uri": "https://signer.example/cb", "scope": "customers:read", "state": "signed-state",
        "code_challenge": challenge(crate::harness::flow::VERIFIER), "code_challenge_method": "S256",
    })
}

fn header() -> Value {
    json!({"alg": "ES256", "typ": "oauth-authz-req+jwt"})
}

/// A flow whose request is this object.
async fn flow(s: S, object: &str) -> Flow {
    let mut flow = s.user(CLIENT).await;
    flow.params = vec![("client_id".into(), CLIENT.into()), ("request".into(), object.into())];
    flow
}

async fn refused(s: S, object: &str) {
    let reply = flow(s, object).await.ask().await;
    assert_eq!(reply.page(400).error(), "invalid_request_object");
    assert!(reply.header("location").is_none());
}

async fn refused_with_claim(s: S, name: &str, value: Value) {
    let mut claims = claims(s);
    claims[name] = value;
    refused(s, &s.realm.key_of(CLIENT).sign(&header(), &claims)).await;
}

async fn encrypted(s: S, header: Value) {
    let part = base64url_encode(header.to_string());
    refused(s, &format!("{part}.AAAA.AAAA.AAAA.AAAA")).await;
    refused(s, &format!("{part}.AAAA.AAAA")).await;
}

async fn unsigned(s: S) {
    let key = s.realm.key_of(CLIENT);
    for alg in ["none", "None", "HS256"] {
        let object = key.sign(&json!({ "alg": alg }), &claims(s));
        refused(s, &object).await;
        let (input, _) = object.rsplit_once('.').unwrap();
        refused(s, &format!("{input}.")).await;
    }
    refused(s, &Key::new(Algorithm::ES256).sign(&header(), &claims(s))).await;
}

async fn wrong_audience(s: S) {
    for audience in [
        json!(s.other.issuer()),
        json!("https://other.example"),
        json!([]),
        json!(1),
    ] {
        refused_with_claim(s, "aud", audience).await;
    }
}

async fn another_client(s: S) {
    refused_with_claim(s, "iss", json!("rp")).await;
    refused_with_claim(s, "client_id", json!("rp")).await;
    // An object that is good, for a client that did not sign it.
    let mut stolen = flow(s, &s.realm.key_of(CLIENT).sign(&header(), &claims(s))).await;
    stolen.set("client_id", "rp");
    stolen.ask().await.page(400);
}

async fn a_reference_inside(s: S) {
    refused_with_claim(s, "request_uri", json!("https://signer.example/request")).await;
    refused_with_claim(s, "request", json!("x.y.z")).await;
}

async fn outer_parameters(s: S) {
    let mut flow = flow(s, &s.realm.key_of(CLIENT).sign(&header(), &claims(s))).await;
    flow.set("scope", "openid");
    flow.set("state", "unsigned-state");
    flow.set("redirect_uri", "https://evil.example/cb");
    let reply = flow.ask().await;
    let page = reply.page(200);
    flow.params.retain(|(name, _)| name != "redirect_uri");
    let reply = flow.decide(&page, "allow").await;
    let told = flow.carried_on(&reply);
    assert_eq!(told["state"], "signed-state");
    let key = s.realm.key_of(CLIENT);
    let assertion = key.assertion(CLIENT, &s.realm.issuer());
    let mut form = flow.redemption(&told["code"]);
    form.extend([
        ("client_assertion_type", ASSERTION_TYPE.to_owned()),
        ("client_assertion", assertion),
    ]);
    let tokens = s.agent().post(&s.realm.token(), &form).await.expect(200).json();
    assert_eq!(tokens["scope"], "customers:read");
}

/// Pushes an object as the client that signs.
async fn push(s: S, object: &str) -> Reply {
    let assertion = s.realm.key_of(CLIENT).assertion(CLIENT, &s.realm.issuer());
    let form = [
        ("client_assertion_type", ASSERTION_TYPE),
        ("client_assertion", &assertion),
        ("request", object),
    ];
    let url = s.realm.endpoint("pushed_authorization_request_endpoint");
    s.agent().post(&url, &form).await
}

async fn pushed_by_another(s: S) {
    let key = s.realm.key_of(CLIENT);
    let mut others = claims(s);
    others["iss"] = json!("nightly-sync");
    others["client_id"] = json!("nightly-sync");
    push(s, &key.sign(&header(), &others))
        .await
        .refused(400, "invalid_request_object");
    push(s, &Key::new(Algorithm::ES256).sign(&header(), &claims(s)))
        .await
        .refused(400, "invalid_request_object");
    let good = push(s, &key.sign(&header(), &claims(s))).await;
    let reference = good.expect(201).json()["request_uri"].as_str().unwrap().to_owned();
    let mut flow = s.user(CLIENT).await;
    flow.params = vec![("client_id".into(), CLIENT.into()), ("request_uri".into(), reference)];
    assert_eq!(flow.answer().await["state"], "signed-state");
}
