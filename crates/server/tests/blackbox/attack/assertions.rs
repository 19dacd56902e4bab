//! Rows of clients' assertions (`private_key_jwt`).

use super::stage::Stage;
use super::{Rows, rows};
use crate::harness::key::{ASSERTION_TYPE, Key, assertion_claims, fresh, now};
use crate::harness::{Agent, Launch, Realm, Reply, Server};
use grantd_jose::Algorithm;
use serde_json::{Value, json};

type S = &'static Stage;

pub(super) const ROWS: Rows = rows! {
    "E14" => |s: S| refused_with_algs(s, &["none", "None", "nOnE"]),
    "E16" => |s: S| refused_with_algs(s, &["HS256", "HS384", "HS512"]),
    "E17" => hmac_with_the_public_key,
    "E18" => zero_signature,
    "E20" => |s: S| refused_with_algs(s, &["ES384", "RS256", "PS256", "EdDSA"]),
    "E21" => |s: S| refused_with_header(s, "kid", json!("unknown")),
    "E22" => hostile_kid,
    "E24" => |s: S| refused_with_header(s, "x5u", json!("http://127.0.0.1:9/x")),
    "E25" => embedded_key,
    "E26" => |s: S| refused_with_header(s, "x5c", json!(["AAAA"])),
    "E28" => |s: S| refused_with_header(s, "b64", json!(false)),
    "E29" => json_serialization,
    "E30" => duplicate_members,
    "E32" => token_endpoint_as_audience,
    "E33" => |s: S| refused_with_claim(s, "aud", json!("https://other.example")),
    "E34" => second_audience,
    "E36" => |s: S| refused_with_claim(s, "iss", json!("ledger-web")),
    "E37" => another_client_id,
    "E38" => |s: S| refused_with_claim(s, "exp", Value::Null),
    "E40" => |s: S| refused_with_claim(s, "exp", json!(now() + 3700)),
    "E41" => |s: S| refused_with_claim(s, "exp", json!((now() + 60).to_string())),
    "E42" => |s: S| refused_with_claim(s, "iat", json!(now() + 61)),
    "E44" => |s: S| refused_with_claim(s, "nbf", json!(now() + 61)),
    "E45" => |s: S| refused_with_claim(s, "jti", Value::Null),
    "E46" => replay,
    "E48" => replay_after_restart,
    "E49" => one_jti_of_two_clients,
    "E50" => wrong_type,
    "E52" => assertion_as_a_grant,
};

const CLIENT: &str = "nightly-sync";

fn key(s: S) -> Key {
    s.realm.key_of(CLIENT)
}

fn claims(s: S) -> Value {
    assertion_claims(CLIENT, &s.realm.issuer())
}

/// Asks for a token with this assertion.
async fn ask(realm: &Realm, assertion: &str, more: &[(&str, &str)]) -> Reply {
    let mut form = vec![
        ("grant_type", "client_credentials"),
        ("client_assertion_type", ASSERTION_TYPE),
        ("client_assertion", assertion),
    ];
    form.extend_from_slice(more);
    Agent::new().post(&realm.token(), &form).await
}

async fn refused(s: S, assertion: &str) {
    let reply = ask(&s.realm, assertion, &[]).await;
    reply.refused(401, "invalid_client");
    assert_eq!(reply.header("www-authenticate"), None);
}

async fn refused_with_algs(s: S, algs: &[&str]) {
    for alg in algs {
        let signed = key(s).sign(&json!({ "alg": alg }), &claims(s));
        refused(s, &signed).await;
        let (unsigned, _) = signed.rsplit_once('.').unwrap();
        refused(s, &format!("{unsigned}.")).await;
    }
}

async fn refused_with_header(s: S, name: &str, value: Value) {
    let mut header = json!({"alg": "ES256"});
    header[name] = value;
    refused(s, &key(s).sign(&header, &claims(s))).await;
}

async fn refused_with_claim(s: S, name: &str, value: Value) {
    let mut claims = claims(s);
    match value {
        Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
        value => claims[name] = value,
    }
    refused(s, &key(s).sign(&json!({"alg": "ES256"}), &claims)).await;
}

async fn hmac_with_the_public_key(s: S) {
    let key = key(s);
    let signed = key.sign(&json!({"alg": "HS256"}), &claims(s));
    let (input, _) = signed.rsplit_once('.').unwrap();
    for secret in [key.public.to_string(), key.public["x"].as_str().unwrap().to_owned()] {
        let tag = grantd_jose::hmac_sha256(secret.as_bytes(), &[input.as_bytes()]);
        refused(s, &format!("{input}.{}", grantd_jose::base64url_encode(tag))).await;
    }
}

async fn zero_signature(s: S) {
    let signed = key(s).sign(&json!({"alg": "ES256"}), &claims(s));
    let (input, _) = signed.rsplit_once('.').unwrap();
    for length in [0, 1, 63, 64, 65, 96] {
        let zeros = grantd_jose::base64url_encode(vec![0; length]);
        refused(s, &format!("{input}.{zeros}")).await;
    }
}

async fn hostile_kid(s: S) {
    let long = "x".repeat(10 * 1024);
    for kid in [
        json!("../../etc/passwd"),
        json!("' OR 1=1 --"),
        json!("a\u{0}b"),
        json!(long),
        json!(7),
    ] {
        refused_with_header(s, "kid", kid).await;
    }
}

async fn embedded_key(s: S) {
    let own = Key::new(Algorithm::ES256);
    let signed = own.sign(&json!({"alg": "ES256", "jwk": own.public}), &claims(s));
    refused(s, &signed).await;
    refused_with_header(s, "jwk", key(s).public).await;
}

async fn json_serialization(s: S) {
    let signed = key(s).sign(&json!({"alg": "ES256"}), &claims(s));
    let parts: Vec<_> = signed.split('.').collect();
    let one = json!({"protected": parts[0], "signature": parts[2]});
    refused(s, &json!({"payload": parts[1], "signatures": [one, one]}).to_string()).await;
}

async fn duplicate_members(s: S) {
    let claims = claims(s).to_string();
    let twice = claims.replacen('{', r#"{"sub":"ledger-web","#, 1);
    refused(s, &key(s).sign_text(r#"{"alg":"ES256"}"#, &twice)).await;
    refused(s, &key(s).sign_text(r#"{"alg":"ES256","alg":"ES256"}"#, &claims)).await;
}

async fn token_endpoint_as_audience(s: S) {
    refused_with_claim(s, "aud", json!(s.realm.token())).await;
}

async fn second_audience(s: S) {
    refused_with_claim(s, "aud", json!([s.realm.issuer(), "https://other.example"])).await;
    refused_with_claim(s, "aud", json!([s.realm.issuer(), s.other.issuer()])).await;
}

async fn another_client_id(s: S) {
    let good = key(s).assertion(CLIENT, &s.realm.issuer());
    ask(&s.realm, &good, &[("client_id", "ledger-web")])
        .await
        .refused(401, "invalid_client");
    ask(&s.realm, &good, &[("client_id", CLIENT)]).await.expect(200);
}

async fn replay(s: S) {
    let good = key(s).assertion(CLIENT, &s.realm.issuer());
    ask(&s.realm, &good, &[]).await.expect(200);
    refused(s, &good).await;
    // What was refused for another reason was authenticated all the same, and is spent.
    let refusal = key(s).assertion(CLIENT, &s.realm.issuer());
    ask(&s.realm, &refusal, &[("scope", "unknown")])
        .await
        .refused(400, "invalid_scope");
    refused(s, &refusal).await;
    // At every endpoint alike.
    for endpoint in ["introspection_endpoint", "revocation_endpoint"] {
        let good = key(s).assertion(CLIENT, &s.realm.issuer());
        let form = [
            ("client_assertion_type", ASSERTION_TYPE),
            ("client_assertion", &good),
            ("token", "garbage"),
        ];
        let url = s.realm.endpoint(endpoint);
        s.agent().post(&url, &form).await.expect(200);
        s.agent().post(&url, &form).await.refused(401, "invalid_client");
        refused(s, &good).await;
    }
}

async fn replay_after_restart(_: S) {
    let server = Server::start(Launch::demo());
    let realm = server.realm();
    let good = realm.key_of(CLIENT).assertion(CLIENT, &realm.issuer());
    ask(&realm, &good, &[]).await.expect(200);
    let server = server.restart_after_crash();
    // The new process has another port, and so another issuer: what is asked is whether its memory is older than it.
    let again = server.realm();
    let mut claims = assertion_claims(CLIENT, &again.issuer());
    let sign = |claims: &Value| again.key_of(CLIENT).sign(&json!({"alg": "ES256"}), claims);
    ask(&again, &sign(&claims), &[]).await.expect(200);
    let payload = good.split('.').nth(1).unwrap();
    let before: Value = serde_json::from_slice(&grantd_jose::base64url_decode(payload).unwrap()).unwrap();
    claims["jti"] = before["jti"].clone();
    ask(&again, &sign(&claims), &[]).await.refused(401, "invalid_client");
}

async fn one_jti_of_two_clients(s: S) {
    let jti = fresh();
    for client in [CLIENT, "signer"] {
        let mut claims = assertion_claims(client, &s.realm.issuer());
        claims["jti"] = json!(jti);
        let signed = s.realm.key_of(client).sign(&json!({"alg": "ES256"}), &claims);
        ask(&s.realm, &signed, &[]).await.expect(200);
    }
}

async fn wrong_type(s: S) {
    let good = key(s).assertion(CLIENT, &s.realm.issuer());
    for kind in [
        "urn:ietf:params:oauth:client-assertion-type:saml2-bearer",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "x",
    ] {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_assertion_type", kind),
            ("client_assertion", &good),
        ];
        let reply = s.agent().post(&s.realm.token(), &form).await;
        reply.refused(401, "invalid_client");
    }
}

async fn assertion_as_a_grant(s: S) {
    let good = key(s).assertion(CLIENT, &s.realm.issuer());
    let form = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
        ("assertion", good.as_str()),
        ("client_id", CLIENT),
    ];
    let reply = s.agent().post(&s.realm.token(), &form).await;
    assert!(matches!(reply.status, 400 | 401), "{}", reply.body);
    assert!(reply.json()["access_token"].is_null());
}
