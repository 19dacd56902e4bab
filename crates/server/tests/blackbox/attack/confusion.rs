//! Rows of JWTs that are good for something else: this server's at the place of others of its own, a client's at the place of
//! another of its own, and headers and claims that are nearly right.

use super::stage::Stage;
use super::{Rows, rows};
use crate::harness::flow::{VERIFIER, challenge, post_as};
use crate::harness::key::{ASSERTION_TYPE, Key, assertion_claims, fresh, now};
use crate::harness::{Agent, Flow, Reply};
use grantd_jose::{Algorithm, base64url_decode, base64url_encode};
use serde_json::{Value, json};
use std::net::TcpListener;

type S = &'static Stage;

pub(super) const ROWS: Rows = rows! {
    "Y29" => our_own_in_each_others_place,
    "Y30" => a_clients_in_each_others_place,
    "Y31" => headers_of_assertions,
    "Y32" => claims_of_assertions,
    "Y33" => signatures_in_another_form,
    "Y34" => claims_of_request_objects,
    "Y35" => proofs_that_are_nearly_right,
    "Y36" => a_bound_token_as_a_bearer,
};

const CLIENT: &str = "signer";

fn key(s: S) -> Key {
    s.realm.key_of(CLIENT)
}

fn assertion(s: S) -> Value {
    assertion_claims(CLIENT, &s.realm.issuer())
}

async fn present(s: S, assertion: &str) -> Reply {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", ASSERTION_TYPE),
        ("client_assertion", assertion),
    ];
    Agent::new().post(&s.realm.token(), &form).await
}

async fn refused(s: S, header: &Value, claims: &Value) {
    present(s, &key(s).sign(header, claims))
        .await
        .refused(401, "invalid_client");
}

fn request_claims(s: S) -> Value {
    json!({
        "iss": CLIENT, "aud": s.realm.issuer(), "exp": now() + 60, "client_id": CLIENT, "response_type": "code",
        "redirect_uri": "https://signer.example/cb", "scope": "customers:read", "state": "signed-state",
        "code_challenge": challenge(VERIFIER), "code_challenge_method": "S256", "jti": fresh(),
    })
}

async fn request(s: S, object: &str) -> Reply {
    let mut flow = s.user(CLIENT).await;
    flow.params = vec![("client_id".into(), CLIENT.into()), ("request".into(), object.into())];
    flow.ask().await
}

/// ID token, signed answer, status list and JWT access token are signed by the same keys: none of them is another.
async fn our_own_in_each_others_place(s: S) {
    let mut flow = s.user("ledger-web").await.with("scope", "openid customers:read");
    let tokens = flow.tokens().await.0;
    let mut signed = s.user("ledger-web").await.with("response_mode", "jwt");
    let answer = signed.answer().await["response"].clone();
    let list = s.realm.endpoint("jwks_uri").replace("/jwks.json", "/status/0");
    let list = s.agent().get(&list).await.expect(200).body.clone();
    let text = |name: &str| tokens[name].as_str().unwrap().to_owned();
    let (access, id_token) = (text("access_token"), text("id_token"));
    for jwt in [&id_token, &answer, &list] {
        let mut agent = s.agent();
        let request = agent.http.get(s.realm.endpoint("userinfo_endpoint")).bearer_auth(jwt);
        assert_eq!(agent.send(request).await.status, 401);
        assert_eq!(flow.introspect(jwt).await, json!({ "active": false }));
        let form = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
            ("subject_token", jwt.as_str()),
            ("subject_token_type", "urn:ietf:params:oauth:token-type:jwt"),
        ];
        let reply = post_as(&s.realm.client("gateway"), &s.realm.token(), &form).await;
        reply.refused(400, "invalid_request");
    }
    for jwt in [&access, &answer, &list] {
        let mut hinted = s.flow("ledger-web").with("id_token_hint", jwt);
        let told = hinted.ask().await.redirect(hinted.redirect_uri());
        assert_eq!(told["error"], "invalid_request");
    }
    for jwt in [&access, &id_token, &answer, &list] {
        present(s, jwt).await.refused(401, "invalid_client");
        let form = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
            ("assertion", jwt.as_str()),
        ];
        let reply = post_as(&s.realm.client("ledger-web"), &s.realm.token(), &form).await;
        assert_eq!(reply.status, 400, "{}", reply.body);
    }
}

/// RFC 9101 section 10.8: a request object is no assertion, an assertion no request object, and a proof neither.
async fn a_clients_in_each_others_place(s: S) {
    let key = key(s);
    let object = key.sign(
        &json!({"alg": "ES256", "typ": "oauth-authz-req+jwt"}),
        &request_claims(s),
    );
    present(s, &object).await.refused(401, "invalid_client");
    let mut both = request_claims(s);
    both["sub"] = json!(CLIENT);
    let typed = key.sign(&json!({"alg": "ES256", "typ": "oauth-authz-req+jwt"}), &both);
    present(s, &typed).await.refused(401, "invalid_client");
    let own = key.assertion(CLIENT, &s.realm.issuer());
    assert_eq!(request(s, &own).await.page(400).error(), "invalid_request_object");
    let proof = key.proof("POST", &s.realm.token(), None);
    present(s, &proof).await.refused(401, "invalid_client");
    assert_eq!(request(s, &proof).await.page(400).error(), "invalid_request_object");
    for text in [&own, &object] {
        prove(s, text).await.refused(400, "invalid_dpop_proof");
    }
}

/// Nothing that a header names is asked for, and what it says is critical is not skipped.
async fn headers_of_assertions(s: S) {
    let trap = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    trap.set_nonblocking(true).unwrap();
    let there = format!("http://{}/keys", trap.local_addr().unwrap());
    for (name, value) in [
        ("jku", json!(there)),
        ("x5u", json!(there)),
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("crit", json!(["b64"])),
        ("typ", json!("at+jwt")),
        ("typ", json!("dpop+jwt")),
        ("typ", json!("logout+jwt")),
        ("typ", json!(1)),
        ("kid", json!(1)),
        ("alg", json!("es256")),
        ("alg", json!("ES256K")),
        ("alg", json!(["ES256"])),
        ("alg", json!("")),
    ] {
        let mut header = json!({"alg": "ES256"});
        header[name] = value;
        refused(s, &header, &assertion(s)).await;
    }
    refused(s, &json!({}), &assertion(s)).await;
    assert!(trap.accept().is_err(), "somebody asked for keys");
    // Twice, the last one good.
    let doubled = key(s).sign_text("{\"alg\":\"none\",\"alg\":\"ES256\"}", &assertion(s).to_string());
    present(s, &doubled).await.refused(401, "invalid_client");
}

async fn claims_of_assertions(s: S) {
    let header = json!({"alg": "ES256"});
    for (name, value) in [
        ("aud", Value::Null),
        ("aud", json!([])),
        ("aud", json!("")),
        ("aud", json!({ "x": s.realm.issuer() })),
        ("aud", json!([s.realm.issuer(), 1])),
        ("aud", json!(format!("{}/", s.realm.issuer()))),
        ("aud", json!(s.realm.issuer().to_uppercase())),
        ("sub", Value::Null),
        ("sub", json!("")),
        ("sub", json!([CLIENT])),
        ("iss", Value::Null),
        ("exp", json!(now() - 1)),
        ("exp", json!(1e308)),
        ("exp", json!(-1)),
        ("exp", json!(0)),
        ("exp", json!(true)),
        ("exp", json!(u64::MAX)),
        ("nbf", json!("1")),
        ("iat", json!("1")),
        ("iat", json!(1e308)),
        ("jti", json!("")),
        ("jti", json!(1)),
        ("jti", json!({})),
    ] {
        let mut claims = assertion(s);
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value,
        }
        refused(s, &header, &claims).await;
    }
    for text in ["[]", "1", "null", "\"x\"", "", "{", "{}{}"] {
        let signed = key(s).sign_text(&header.to_string(), text);
        present(s, &signed).await.refused(401, "invalid_client");
    }
}

/// RFC 7518 section 3.4: 64 bytes, and only one spelling of them.
async fn signatures_in_another_form(s: S) {
    let signed = key(s).sign(&json!({"alg": "ES256"}), &assertion(s));
    let (input, signature) = signed.rsplit_once('.').unwrap();
    let raw = base64url_decode(signature).unwrap();
    let (r, s_half) = raw.split_at(32);
    let number = |bytes: &[u8]| {
        let mut der = vec![0x02, 33, 0];
        der.extend_from_slice(bytes);
        der
    };
    let mut der = vec![0x30, 70];
    der.extend(number(r));
    der.extend(number(s_half));
    let longer = [&[0][..], r, &[0][..], s_half].concat();
    let ones = [0xFF; 64];
    for bytes in [&der[..], &longer, &ones, &raw[..63], &[raw.as_slice(), &[0]].concat()] {
        present(s, &format!("{input}.{}", base64url_encode(bytes)))
            .await
            .refused(401, "invalid_client");
    }
    for text in [
        format!("{signature}=="),
        format!("{signature}\n"),
        signature.replace(['-', '_'], "+"),
        format!(" {signature}"),
    ] {
        if text != signature {
            present(s, &format!("{input}.{text}"))
                .await
                .refused(401, "invalid_client");
        }
    }
    present(s, &format!("{signed}.")).await.refused(401, "invalid_client");
    present(s, &format!("{signed}.{signature}"))
        .await
        .refused(401, "invalid_client");
}

async fn claims_of_request_objects(s: S) {
    let header = json!({"alg": "ES256", "typ": "oauth-authz-req+jwt"});
    for (name, value) in [
        ("exp", json!(now() - 1)),
        ("exp", json!("soon")),
        ("nbf", json!(now() + 120)),
        ("aud", Value::Null),
        ("iss", Value::Null),
        ("client_id", json!("SIGNER")),
        ("redirect_uri", json!(["https://signer.example/cb"])),
        ("scope", json!(["customers:read"])),
        ("max_age", json!({})),
        ("state", json!({ "a": 1 })),
    ] {
        let mut claims = request_claims(s);
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value,
        }
        let reply = request(s, &key(s).sign(&header, &claims)).await;
        let told = |reply: &Reply| reply.redirect("https://signer.example/cb")["error"].clone();
        match reply.status {
            400 => assert_eq!(reply.page(400).error(), "invalid_request_object", "{name}"),
            _ => assert!(told(&reply).starts_with("invalid_request"), "{name}: {}", told(&reply)),
        }
    }
    for typ in ["at+jwt", "dpop+jwt", "JOSE"] {
        let object = key(s).sign(&json!({"alg": "ES256", "typ": typ}), &request_claims(s));
        assert_eq!(
            request(s, &object).await.page(400).error(),
            "invalid_request_object",
            "{typ}"
        );
    }
}

/// Asks for a machine's token with a proof.
async fn prove(s: S, proof: &str) -> Reply {
    let client = s.realm.client("nightly-export");
    let mut agent = Agent::new();
    let request = agent.http.post(s.realm.token()).basic_auth(&client.id, client.secret);
    let request = request
        .form(&[("grant_type", "client_credentials")])
        .header("dpop", proof);
    agent.send(request).await
}

async fn proofs_that_are_nearly_right(s: S) {
    let key = Key::new(Algorithm::ES256);
    let good = key.proof("POST", &s.realm.token(), None);
    let part = |index: usize| -> Value {
        let text = good.split('.').nth(index).unwrap();
        serde_json::from_slice(&base64url_decode(text).unwrap()).unwrap()
    };
    let (header, claims) = (part(0), part(1));
    for (name, value) in [
        ("typ", json!("JWT")),
        ("typ", json!("DPOP")),
        ("typ", json!("at+jwt")),
        ("typ", Value::Null),
        ("crit", json!(["x"])),
        ("jku", json!("http://127.0.0.1:9/")),
        ("b64", json!(false)),
        ("jwk", json!([])),
        ("jwk", json!({"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"})),
        ("jwk", json!({"kty": "RSA", "n": "AQ", "e": "AQ"})),
    ] {
        let mut header = header.clone();
        header[name] = value;
        prove(s, &key.sign(&header, &claims))
            .await
            .refused(400, "invalid_dpop_proof");
    }
    for (name, value) in [
        ("jti", Value::Null),
        ("jti", json!("")),
        ("jti", json!("j".repeat(5000))),
        ("htm", json!("post")),
        ("htm", json!(["POST"])),
        ("htu", json!("/token")),
        ("htu", json!([s.realm.token()])),
        ("htu", json!(s.realm.token().replace("localhost", "evil.example"))),
        ("htu", json!(format!("{}/", s.realm.token()))),
        ("iat", Value::Null),
        ("iat", json!(now().to_string())),
        ("iat", json!(now() + 3600)),
        ("iat", json!(-1)),
        ("iat", json!(1e300)),
    ] {
        let mut claims = claims.clone();
        claims["jti"] = json!(fresh());
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value,
        }
        prove(s, &key.sign(&header, &claims))
            .await
            .refused(400, "invalid_dpop_proof");
    }
    prove(s, &good).await.expect(200);
}

/// RFC 9449 section 7.2: without the proof a bound token is worth nothing, under whatever scheme.
async fn a_bound_token_as_a_bearer(s: S) {
    let mut flow: Flow = s.user("ledger-desktop").await.with("scope", "openid profile");
    let code = flow.code().await;
    let key = Key::new(Algorithm::ES256);
    let mut form = flow.redemption(&code);
    form.push(("client_id", flow.client.id.clone()));
    let mut agent = Agent::new();
    let proof = key.proof("POST", &s.realm.token(), None);
    let bound = agent
        .send(agent.http.post(s.realm.token()).form(&form).header("dpop", proof))
        .await;
    let token = bound.expect(200).json()["access_token"].as_str().unwrap().to_owned();
    let url = s.realm.endpoint("userinfo_endpoint");
    for scheme in ["Bearer", "bearer", "DPoP", "Token", "Basic"] {
        let request = agent
            .http
            .get(&url)
            .header("authorization", format!("{scheme} {token}"));
        assert_eq!(agent.send(request).await.status, 401, "{scheme}");
    }
    // As a form's parameter, with a proof for another token, and with one for another method.
    let posted = agent.post(&url, &[("access_token", &token)]).await;
    assert_eq!(posted.status, 401, "{}", posted.body);
    for proof in [
        key.proof("GET", &url, Some("another")),
        key.proof("POST", &url, Some(&token)),
        Key::new(Algorithm::ES256).proof("GET", &url, Some(&token)),
    ] {
        let request = agent
            .http
            .get(&url)
            .header("authorization", format!("DPoP {token}"))
            .header("dpop", proof);
        assert_eq!(agent.send(request).await.status, 401);
    }
    let good = key.proof("GET", &url, Some(&token));
    let request = agent
        .http
        .get(&url)
        .header("authorization", format!("DPoP {token}"))
        .header("dpop", good);
    agent.send(request).await.expect(200);
}
