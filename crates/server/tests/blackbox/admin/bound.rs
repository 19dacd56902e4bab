//! Tokens that are bound to a key: at this API with a proof of it for each call, and in no other way.

use super::stage::{Api, realm, server, token};
use crate::harness::key::{fresh, now};
use crate::harness::{Agent, Key, Realm, Reply};
use grantd_jose::{Algorithm, base64url_encode, sha256};
use serde_json::{Value, json};

/// The operators' machine with a token that is bound to a key.
struct Bound {
    api: Api,
    key: Key,
    token: String,
}

/// A proof that says exactly this.
fn proof(key: &Key, claims: &Value) -> String {
    let mut jwk = key.public.clone();
    for name in ["kid", "use", "alg"] {
        jwk.as_object_mut().unwrap().remove(name);
    }
    key.sign(&json!({ "typ": "dpop+jwt", "alg": key.alg(), "jwk": jwk }), claims)
}

fn claims(method: &str, url: &str, token: &str) -> Value {
    let hash = base64url_encode(sha256(token.as_bytes()));
    json!({ "jti": fresh(), "htm": method, "htu": url, "iat": now(), "ath": hash })
}

impl Bound {
    async fn at(realm: &Realm) -> Self {
        let (api, key, client) = (Api::of(realm).await, Key::new(Algorithm::ES256), realm.client("ops"));
        let form = [
            ("grant_type", "client_credentials"),
            ("scope", "grantd:*"),
            ("resource", &*api.base),
        ];
        let ask = async |nonce: Option<&str>| {
            let mut claims = json!({ "jti": fresh(), "htm": "POST", "htu": realm.token(), "iat": now() });
            if let Some(nonce) = nonce {
                claims["nonce"] = json!(nonce);
            }
            let mut agent = Agent::new();
            let request = agent.http.post(realm.token()).form(&form);
            let request = request.basic_auth(&client.id, client.secret.as_ref());
            let proved = request.header("DPoP", proof(&key, &claims));
            agent.send(proved).await
        };
        let mut reply = ask(None).await;
        if let Some(nonce) = reply.header("dpop-nonce").filter(|_| reply.status == 400) {
            reply = ask(Some(nonce)).await;
        }
        let told = reply.expect(200).json();
        assert_eq!(told["token_type"], "DPoP");
        let token = told["access_token"].as_str().unwrap().to_owned();
        Self { api, key, token }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.api.base)
    }

    fn good(&self, method: &str, path: &str) -> Value {
        claims(method, &self.url(path), &self.token)
    }

    /// A call under a scheme, with these proofs.
    async fn call(&self, method: &str, path: &str, authorization: String, proofs: &[&str]) -> Reply {
        let mut agent = Agent::new();
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = agent.http.request(method.clone(), self.url(path));
        request = request.header("authorization", authorization);
        for proof in proofs {
            request = request.header("DPoP", *proof);
        }
        if method == reqwest::Method::POST {
            let tenant = json!({ "id": "bound", "name": "Bound" });
            request = request
                .header("content-type", "application/json")
                .body(tenant.to_string());
        }
        agent.send(request).await
    }

    async fn get(&self, proofs: &[&str]) -> Reply {
        self.call("GET", "/realm", format!("DPoP {}", self.token), proofs).await
    }
}

/// The error that the challenge of a scheme names; that of the scheme that was tried comes first.
fn refused(reply: &Reply, scheme: &str, error: &str) {
    assert_eq!(reply.status, 401, "{}", reply.body);
    let challenges = reply.all("www-authenticate");
    assert!(challenges.first().unwrap().starts_with(scheme), "{challenges:?}");
    assert!(
        challenges.first().unwrap().contains(&format!("error=\"{error}\"")),
        "{challenges:?}"
    );
    assert_eq!(challenges.len(), 2, "{challenges:?}");
    assert!(!challenges.last().unwrap().contains("error="), "{challenges:?}");
    assert_eq!(reply.json()["status"], 401);
}

#[tokio::test]
async fn a_bound_token_is_nothing_at_the_admin_api_without_its_proof() {
    let bound = Bound::at(&realm()).await;
    let bearer = format!("Bearer {}", bound.token);
    let good = proof(&bound.key, &bound.good("GET", "/realm"));
    refused(
        &bound.call("GET", "/realm", bearer.clone(), &[]).await,
        "Bearer",
        "invalid_token",
    );
    // Nor with a proof beside it, under the scheme of others.
    refused(
        &bound.call("GET", "/realm", bearer, &[&good]).await,
        "Bearer",
        "invalid_token",
    );
    refused(&bound.get(&[]).await, "DPoP", "invalid_dpop_proof");
    // None of that spent the proof.
    bound.get(&[&good]).await.expect(200);
}

#[tokio::test]
async fn a_proof_is_for_one_call_of_this_method_address_token_and_key() {
    let bound = Bound::at(&realm()).await;
    let good = |name: &str, value: Value| {
        let mut claims = bound.good("GET", "/realm");
        claims[name] = value;
        if claims[name].is_null() {
            claims.as_object_mut().unwrap().remove(name);
        }
        proof(&bound.key, &claims)
    };
    for (name, value) in [
        ("htm", json!("POST")),
        ("htm", json!("get")),
        ("htu", json!(bound.url("/clients"))),
        ("htu", json!(bound.url("/realm/"))),
        ("htu", json!(bound.api.base)),
        (
            "htu",
            json!(bound.url("/realm").replace("localhost", "elsewhere.example")),
        ),
        ("htu", Value::Null),
        ("ath", Value::Null),
        ("ath", json!(base64url_encode(sha256(b"another token")))),
        ("iat", json!(now() - 65)),
        ("iat", json!(now() + 20)),
        ("jti", json!("")),
        ("jti", Value::Null),
    ] {
        let reply = bound.get(&[&good(name, value.clone())]).await;
        refused(&reply, "DPoP", "invalid_dpop_proof");
    }
    let another = Key::new(Algorithm::ES256);
    let of_another = proof(&another, &bound.good("GET", "/realm"));
    refused(&bound.get(&[&of_another]).await, "DPoP", "invalid_token");
    let both = [good("iat", json!(now())), good("iat", json!(now()))];
    refused(&bound.get(&[&both[0], &both[1]]).await, "DPoP", "invalid_dpop_proof");
    refused(&bound.get(&["not a proof"]).await, "DPoP", "invalid_dpop_proof");
    // Once.
    bound.get(&[&both[0]]).await.expect(200);
    refused(&bound.get(&[&both[0]]).await, "DPoP", "invalid_dpop_proof");
}

#[tokio::test]
async fn a_bound_token_does_with_its_proof_what_another_does() {
    let bound = Bound::at(&realm()).await;
    let dpop = || format!("DPoP {}", bound.token);
    // The query is no part of the address; schemes have no case.
    let listed = proof(&bound.key, &bound.good("GET", "/clients"));
    let reply = bound.call("GET", "/clients?limit=1", dpop(), &[&listed]).await;
    assert_eq!(reply.expect(200).json()["items"].as_array().unwrap().len(), 1);
    let made = proof(&bound.key, &bound.good("POST", "/tenants"));
    let scheme = format!("dpop {}", bound.token);
    bound.call("POST", "/tenants", scheme, &[&made]).await.expect(201);
    let head = proof(&bound.key, &bound.good("HEAD", "/realm"));
    bound.call("HEAD", "/realm", dpop(), &[&head]).await.expect(200);
    // A token that is bound to nothing has no place under the scheme of bound ones.
    let plain = token(&realm(), "ops", "grantd:*", Some(&bound.api.base)).await;
    let beside = proof(&bound.key, &claims("GET", &bound.url("/realm"), &plain));
    let reply = bound.call("GET", "/realm", format!("DPoP {plain}"), &[&beside]).await;
    refused(&reply, "DPoP", "invalid_token");
}

#[tokio::test]
async fn where_the_realm_wants_nonces_the_admin_api_gives_and_asks_for_them() {
    let bound = Bound::at(&server().realm_at(1)).await;
    let without = bound.get(&[&proof(&bound.key, &bound.good("GET", "/realm"))]).await;
    refused(&without, "DPoP", "use_dpop_nonce");
    let nonce = without.header("dpop-nonce").expect("a nonce");
    let mut claims = bound.good("GET", "/realm");
    claims["nonce"] = json!("made up");
    refused(
        &bound.get(&[&proof(&bound.key, &claims)]).await,
        "DPoP",
        "use_dpop_nonce",
    );
    claims["nonce"] = json!(nonce);
    let reply = bound.get(&[&proof(&bound.key, &claims)]).await;
    assert!(
        reply.expect(200).header("dpop-nonce").is_some(),
        "the next one comes along"
    );
}
