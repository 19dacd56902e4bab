//! Rows of proofs of possession (DPoP).

use super::stage::Stage;
use super::{Rows, rows};
use crate::harness::key::{Key, fresh, now};
use crate::harness::{Agent, Flow, Realm, Reply};
use grantd_jose::{Algorithm, base64url_decode, base64url_encode, sha256};
use serde_json::{Value, json};

type S = &'static Stage;

pub(super) const ROWS: Rows = rows! {
    "D16" => a_bound_refresh_token,
    "G01" => two_headers,
    "G02" => not_a_jwt,
    "G04" => algorithms,
    "G05" => keys,
    "G06" => bad_signature,
    "G08" => |s: S| refused_with_claim(s, "htm", json!("GET")),
    "G09" => other_address,
    "G10" => query_and_fragment,
    "G12" => far_from_now,
    "G13" => |s: S| accepted_with_claim(s, "iat", json!(now() + 9)),
    "G14" => replay,
    "G16" => nonce_missing,
    "G17" => nonce_stale_or_forged,
    "G18" => without_the_tokens_hash,
    "G20" => the_wrong_scheme,
    "G21" => another_key_than_dpop_jkt,
    "G22" => dpop_jkt_and_proof_differ,
    "G24" => header_name_case,
};

fn header(key: &Key) -> Value {
    json!({"typ": "dpop+jwt", "alg": key.alg(), "jwk": bare(key)})
}

/// The public key without what a key set says beside it.
fn bare(key: &Key) -> Value {
    let mut jwk = key.public.clone();
    for name in ["kid", "use", "alg"] {
        jwk.as_object_mut().unwrap().remove(name);
    }
    jwk
}

fn claims(url: &str) -> Value {
    json!({"jti": fresh(), "htm": "POST", "htu": url, "iat": now()})
}

/// A good proof for a POST.
pub(super) fn proof(key: &Key, url: &str) -> String {
    key.sign(&header(key), &claims(url))
}

pub(super) fn new_key() -> Key {
    Key::new(Algorithm::ES256)
}

/// Asks for a machine's token with these proofs.
async fn ask(realm: &Realm, proofs: &[&str]) -> Reply {
    post(&realm.token(), realm, proofs, &[("grant_type", "client_credentials")]).await
}

async fn post(url: &str, realm: &Realm, proofs: &[&str], form: &[(&str, &str)]) -> Reply {
    let client = realm.client("nightly-export");
    let mut agent = Agent::new();
    let mut request = agent.http.post(url).basic_auth(&client.id, client.secret).form(form);
    for proof in proofs {
        request = request.header("DPoP", *proof);
    }
    agent.send(request).await
}

async fn refused(s: S, proof: &str) {
    ask(&s.realm, &[proof]).await.refused(400, "invalid_dpop_proof");
}

async fn refused_with_claim(s: S, name: &str, value: Value) {
    let (key, mut claims) = (new_key(), claims(&s.realm.token()));
    claims[name] = value;
    refused(s, &key.sign(&header(&key), &claims)).await;
}

async fn accepted_with_claim(s: S, name: &str, value: Value) {
    let (key, mut claims) = (new_key(), claims(&s.realm.token()));
    claims[name] = value;
    let reply = ask(&s.realm, &[&key.sign(&header(&key), &claims)]).await;
    assert_eq!(reply.expect(200).json()["token_type"], "DPoP");
}

async fn two_headers(s: S) {
    let (one, other) = (proof(&new_key(), &s.realm.token()), proof(&new_key(), &s.realm.token()));
    ask(&s.realm, &[&one, &other]).await.refused(400, "invalid_dpop_proof");
    ask(&s.realm, &[&one, &one]).await.refused(400, "invalid_dpop_proof");
}

async fn not_a_jwt(s: S) {
    for text in ["x", "", "a.b.c", "....", &"A".repeat(5000)] {
        refused(s, text).await;
    }
}

async fn algorithms(s: S) {
    let key = new_key();
    for alg in ["none", "HS256", "RS256", "ES384", "ES256K", ""] {
        let mut header = header(&key);
        header["alg"] = json!(alg);
        refused(s, &key.sign(&header, &claims(&s.realm.token()))).await;
    }
    for typ in [json!("JWT"), Value::Null] {
        let mut header = header(&key);
        header["typ"] = typ;
        refused(s, &key.sign(&header, &claims(&s.realm.token()))).await;
    }
}

async fn keys(s: S) {
    let key = new_key();
    let mut private = bare(&key);
    private["d"] = json!("AAAA");
    let giant = json!({"kty": "RSA", "n": base64url_encode([0xFF; 1024]), "e": "AQAB"});
    for jwk in [
        Value::Null,
        private,
        json!({"kty": "oct", "k": "AAAA"}),
        giant,
        json!("x"),
        bare(&new_key()),
    ] {
        let mut header = header(&key);
        header["jwk"] = jwk;
        refused(s, &key.sign(&header, &claims(&s.realm.token()))).await;
    }
}

async fn bad_signature(s: S) {
    let good = proof(&new_key(), &s.realm.token());
    let (input, _) = good.rsplit_once('.').unwrap();
    for signature in ["", &"A".repeat(86)] {
        refused(s, &format!("{input}.{signature}")).await;
    }
}

async fn other_address(s: S) {
    let url = s.realm.token();
    for htu in [
        s.realm.issuer(),
        s.realm.endpoint("revocation_endpoint"),
        s.other.token(),
        url.replace("localhost", "127.0.0.1"),
        url.replace("http://", "https://"),
        format!("{url}/"),
        "/token".to_owned(),
    ] {
        refused_with_claim(s, "htu", json!(htu)).await;
    }
}

async fn query_and_fragment(s: S) {
    accepted_with_claim(s, "htu", json!(format!("{}?a=b#c", s.realm.token()))).await;
}

async fn far_from_now(s: S) {
    for iat in [now() - 3600, now() - 65, now() + 20, now() + 3600] {
        refused_with_claim(s, "iat", json!(iat)).await;
    }
}

async fn replay(s: S) {
    let good = proof(&new_key(), &s.realm.token());
    let reply = ask(&s.realm, &[&good]).await;
    assert_eq!(reply.expect(200).json()["token_type"], "DPoP");
    refused(s, &good).await;
    // A refusal of another kind spends it as well.
    let spent = proof(&new_key(), &s.realm.token());
    let form = [("grant_type", "client_credentials"), ("scope", "unknown")];
    let reply = post(&s.realm.token(), &s.realm, &[&spent], &form).await;
    reply.refused(400, "invalid_scope");
    refused(s, &spent).await;
}

async fn nonce_missing(s: S) {
    let (key, url) = (new_key(), s.other.token());
    let reply = ask(&s.other, &[&proof(&key, &url)]).await;
    reply.refused(400, "use_dpop_nonce");
    let mut claims = claims(&url);
    claims["nonce"] = json!(reply.header("dpop-nonce").unwrap());
    let again = ask(&s.other, &[&key.sign(&header(&key), &claims)]).await;
    assert_eq!(again.expect(200).json()["token_type"], "DPoP");
    assert!(again.header("dpop-nonce").is_some(), "the next one comes along");
    assert_eq!(
        again
            .header("access-control-expose-headers")
            .map(|names| names.contains("DPoP-Nonce")),
        Some(true)
    );
}

async fn nonce_stale_or_forged(s: S) {
    let (key, url) = (new_key(), s.other.token());
    let stale = [0; 24];
    for nonce in ["made-up".to_owned(), base64url_encode(stale), String::new()] {
        let mut claims = claims(&url);
        claims["nonce"] = json!(nonce);
        let reply = ask(&s.other, &[&key.sign(&header(&key), &claims)]).await;
        reply.refused(400, "use_dpop_nonce");
    }
}

/// A public client's flow, and its tokens bound to the key.
async fn bound_tokens(s: S, key: &Key) -> (Flow, Value) {
    let mut flow = s
        .user("ledger-desktop")
        .await
        .with("scope", "openid profile offline_access");
    let code = flow.code().await;
    let reply = redeem(&flow, &code, Some(&proof(key, &s.realm.token()))).await;
    let tokens = reply.expect(200).json();
    assert_eq!(tokens["token_type"], "DPoP");
    (flow, tokens)
}

async fn redeem(flow: &Flow, code: &str, proof: Option<&str>) -> Reply {
    let mut form = flow.redemption(code);
    form.push(("client_id", flow.client.id.clone()));
    send(flow, &form, proof).await
}

async fn refresh(flow: &Flow, token: &str, proof: Option<&str>) -> Reply {
    let form = [
        ("grant_type", "refresh_token".to_owned()),
        ("refresh_token", token.to_owned()),
        ("client_id", flow.client.id.clone()),
    ];
    send(flow, &form, proof).await
}

async fn send(flow: &Flow, form: &[(&'static str, String)], proof: Option<&str>) -> Reply {
    let mut agent = Agent::new();
    let mut request = agent.http.post(flow.realm.token()).form(form);
    if let Some(proof) = proof {
        request = request.header("DPoP", proof);
    }
    agent.send(request).await
}

async fn a_bound_refresh_token(s: S) {
    let key = new_key();
    let (flow, tokens) = bound_tokens(s, &key).await;
    let token = tokens["refresh_token"].as_str().unwrap();
    let url = s.realm.token();
    refresh(&flow, token, None).await.refused(400, "invalid_grant");
    refresh(&flow, token, Some(&proof(&new_key(), &url)))
        .await
        .refused(400, "invalid_grant");
    let renewed = refresh(&flow, token, Some(&proof(&key, &url))).await.expect(200).json();
    // A retry within the grace is one only with the same key; another key is refused and ends nothing.
    refresh(&flow, token, Some(&proof(&new_key(), &url)))
        .await
        .refused(400, "invalid_grant");
    let again = refresh(&flow, token, Some(&proof(&key, &url))).await.expect(200).json();
    assert_eq!(again["refresh_token"], renewed["refresh_token"]);
}

async fn userinfo(s: S, scheme: &str, token: &str, proof: Option<&str>) -> Reply {
    let mut agent = Agent::new();
    let url = s.realm.endpoint("userinfo_endpoint");
    let mut request = agent.http.get(url).header("authorization", format!("{scheme} {token}"));
    if let Some(proof) = proof {
        request = request.header("DPoP", proof);
    }
    agent.send(request).await
}

fn for_userinfo(s: S, key: &Key, token: Option<&str>) -> String {
    let mut claims = claims(&s.realm.endpoint("userinfo_endpoint"));
    claims["htm"] = json!("GET");
    if let Some(token) = token {
        claims["ath"] = json!(base64url_encode(sha256(token.as_bytes())));
    }
    key.sign(&header(key), &claims)
}

/// The error that the challenge of a scheme names.
fn challenged(reply: &Reply, scheme: &str) -> String {
    assert_eq!(reply.status, 401, "{}", reply.body);
    let challenges = reply.all("www-authenticate");
    challenges.into_iter().find(|text| text.starts_with(scheme)).unwrap()
}

async fn without_the_tokens_hash(s: S) {
    let key = new_key();
    let (_, tokens) = bound_tokens(s, &key).await;
    let token = tokens["access_token"].as_str().unwrap();
    let payload: Value = serde_json::from_slice(&base64url_decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap();
    assert!(payload["cnf"]["jkt"].is_string(), "{payload}");
    for wrong in [None, Some("another token")] {
        let reply = userinfo(s, "DPoP", token, Some(&for_userinfo(s, &key, wrong))).await;
        assert!(challenged(&reply, "DPoP").contains("error=\"invalid_dpop_proof\""));
    }
    let good = for_userinfo(s, &key, Some(token));
    let reply = userinfo(s, "DPoP", token, Some(&good)).await;
    assert_eq!(reply.expect(200).json()["name"], "Ada Example");
    let again = userinfo(s, "DPoP", token, Some(&good)).await;
    assert!(
        challenged(&again, "DPoP").contains("error=\"invalid_dpop_proof\""),
        "a replay"
    );
    let of_another = for_userinfo(s, &new_key(), Some(token));
    let reply = userinfo(s, "DPoP", token, Some(&of_another)).await;
    assert!(challenged(&reply, "DPoP").contains("error=\"invalid_token\""));
}

async fn the_wrong_scheme(s: S) {
    let key = new_key();
    let (flow, tokens) = bound_tokens(s, &key).await;
    let token = tokens["access_token"].as_str().unwrap();
    let reply = userinfo(s, "Bearer", token, None).await;
    assert!(challenged(&reply, "Bearer").contains("error=\"invalid_token\""));
    let reply = userinfo(s, "Bearer", token, Some(&for_userinfo(s, &key, Some(token)))).await;
    assert!(challenged(&reply, "Bearer").contains("error=\"invalid_token\""));
    let reply = userinfo(s, "DPoP", token, None).await;
    assert!(challenged(&reply, "DPoP").contains("error=\"invalid_dpop_proof\""));
    // The other way round: a token that no key holds is worth nothing as a bound one.
    let mut flow = flow;
    let bearer = flow.tokens().await;
    let token = bearer.access();
    let reply = userinfo(s, "DPoP", token, Some(&for_userinfo(s, &key, Some(token)))).await;
    assert!(challenged(&reply, "DPoP").contains("error=\"invalid_token\""));
    userinfo(s, "Bearer", token, None).await.expect(200);
}

async fn another_key_than_dpop_jkt(s: S) {
    let key = new_key();
    let thumbprint = grantd_jose::Jwk::parse(bare(&key).to_string().as_bytes())
        .unwrap()
        .thumbprint();
    let mut flow = s.user("ledger-desktop").await.with("dpop_jkt", &thumbprint.to_string());
    let code = flow.code().await;
    let url = s.realm.token();
    redeem(&flow, &code, None).await.refused(400, "invalid_dpop_proof");
    redeem(&flow, &code, Some(&proof(&new_key(), &url)))
        .await
        .refused(400, "invalid_dpop_proof");
    // The code is not spent by whoever lacks the key.
    let reply = redeem(&flow, &code, Some(&proof(&key, &url))).await;
    assert_eq!(reply.expect(200).json()["token_type"], "DPoP");
}

async fn dpop_jkt_and_proof_differ(s: S) {
    let url = s.realm.endpoint("pushed_authorization_request_endpoint");
    let key = new_key();
    let flow = s.flow("ledger-desktop").with("dpop_jkt", &"A".repeat(43));
    let mut agent = Agent::new();
    let request = agent
        .http
        .post(&url)
        .form(&flow.params)
        .header("DPoP", proof(&key, &url));
    agent.send(request).await.refused(400, "invalid_dpop_proof");
    let flow = flow.with("dpop_jkt", "");
    let request = agent
        .http
        .post(&url)
        .form(&flow.params)
        .header("DPoP", proof(&key, &url));
    agent.send(request).await.expect(201);
}

async fn header_name_case(s: S) {
    for name in ["dpop", "DPOP", "DPoP"] {
        let client = s.realm.client("nightly-export");
        let proof = proof(&new_key(), &s.realm.token());
        let authorization = base64::Engine::encode(
            &base64::engine::general_purpose::STANDARD,
            format!("{}:{}", client.id, client.secret.unwrap()),
        );
        let body = "grant_type=client_credentials";
        let host = s.realm.issuer().replace("http://", "");
        let text = format!(
            "POST /token HTTP/1.1\r\nhost: {host}\r\nauthorization: Basic {authorization}\r\n{name}: {proof}\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        );
        let reply = crate::harness::raw::exchange(s.server.port(), text.as_bytes());
        assert!(reply.contains("\"token_type\":\"DPoP\""), "{name}: {reply}");
    }
}
