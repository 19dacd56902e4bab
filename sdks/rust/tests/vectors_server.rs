//! The shared vectors of the resource server's side: the same verdict about the same credential in every SDK.

use crate::support::{authorization, list, text, texts, vectors};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use grantd_sdk::testing::FakeClock;
use grantd_sdk::verifier::{Challenges, Kind, Principal, Reason, Refusal, RequestFacts, Scheme, VerifierBuilder};
use grantd_sdk::{BoxFuture, Credentials, Request, Response, ScopeSet, Transport, TransportError, Verifier, covers};
use http::{HeaderMap, HeaderValue};
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// Knows addresses and what they answer.
struct Answering(HashMap<String, (u16, String)>);

impl Transport for Answering {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        let missing = (404, String::new());
        let (status, body) = self.0.get(&request.uri().to_string()).unwrap_or(&missing);
        let mut response = Response::new(Bytes::from(body.clone()));
        *response.status_mut() = (*status).try_into().unwrap();
        Box::pin(async move { Ok(response) })
    }
}

/// A verifier for the cases of a file, and what else the issuer answers.
fn verifier(file: &Value, more: &[(&str, u16, String)], audience: &str) -> VerifierBuilder {
    let issuer = text(file, "issuer");
    let metadata = json!({
        "issuer": issuer,
        "jwks_uri": format!("{issuer}/jwks.json"),
        "introspection_endpoint": format!("{issuer}/introspect"),
    });
    let mut answers = HashMap::from([
        (
            format!("{issuer}/.well-known/oauth-authorization-server"),
            (200, metadata.to_string()),
        ),
        (
            format!("{issuer}/jwks.json"),
            (200, vectors("tokens")["jwks"].to_string()),
        ),
    ]);
    answers.extend(
        more.iter()
            .map(|(url, status, body)| ((*url).to_owned(), (*status, body.clone()))),
    );
    let clock = FakeClock::at(file["now"].as_i64().unwrap() * 1000);
    Verifier::builder(issuer, audience)
        .transport(Answering(answers))
        .clock(clock)
}

/// What a verifier says, in the words of the vectors.
fn verdict(outcome: Result<Principal, Refusal>) -> Value {
    match outcome {
        Ok(principal) => json!({ "ok": true, "principal": in_words(&principal) }),
        Err(refusal) => {
            json!({ "ok": false, "error": refusal.reason().error(), "reason": refusal.reason().name() })
        }
    }
}

fn in_words(principal: &Principal) -> Value {
    let confirmation = principal.confirmation().map(|confirmation| {
        let members = [("jkt", &confirmation.jkt), ("x5t#S256", &confirmation.x5t_s256)];
        Value::Object(present(members.map(|(name, value)| (name, json!(value)))))
    });
    let client_id = principal.client_id().filter(|_| principal.kind() != Kind::ApiKey);
    Value::Object(present([
        ("issuer", json!(principal.issuer())),
        ("subject", json!(principal.subject())),
        ("client_id", json!(client_id)),
        ("audience", json!(principal.audience().collect::<Vec<_>>())),
        ("scopes", json!(principal.scopes().iter().collect::<Vec<_>>())),
        ("issued_at", json!(principal.issued_at())),
        ("expires_at", json!(principal.expires_at())),
        ("token_id", json!(principal.token_id())),
        ("tenant", json!(principal.tenant())),
        ("confirmation", json!(confirmation)),
    ]))
}

fn present<const N: usize>(members: [(&str, Value); N]) -> Map<String, Value> {
    let there = members.into_iter().filter(|(_, value)| !value.is_null());
    there.map(|(name, value)| (name.to_owned(), value)).collect()
}

fn certificate(case: &Value) -> Option<Cow<'static, [u8]>> {
    let der = case["certificate"].as_str()?;
    Some(Cow::Owned(STANDARD.decode(der).unwrap()))
}

#[tokio::test]
async fn tokens_json_every_token_gets_its_verdict() {
    let file = vectors("tokens");
    for case in list(&file, "cases") {
        let options = &case["options"];
        let mut audiences = match &options["audience"] {
            Value::Array(_) => texts(options, "audience"),
            Value::String(one) => vec![one.as_str()],
            _ => vec![text(&file, "audience")],
        };
        let mut builder = verifier(&file, &[], audiences.remove(0));
        for audience in audiences {
            builder = builder.audience(audience);
        }
        if let Some(leeway) = options["leeway"].as_u64() {
            builder = builder.leeway(u32::try_from(leeway).unwrap());
        }
        if options["types"].is_array() {
            builder = builder.types(texts(options, "types"));
        }
        if let Some(name) = options["tenant_claim"].as_str() {
            builder = builder.tenant_claim(name);
        }
        let verifier = builder.build().unwrap();
        let token = text(case, "token");
        // Not every one can stand in a header.
        let headers = HeaderValue::try_from(format!("Bearer {token}"))
            .ok()
            .map(|_| authorization(&format!("Bearer {token}")));
        let outcome = match headers {
            Some(headers) => {
                let mut facts = RequestFacts::new("GET", "https://api.example.test/v1", &headers);
                facts.certificate = certificate(&case["request"]);
                verifier.authenticate(&facts, &[]).await
            }
            None => verifier.verify(token).await,
        };
        assert_eq!(verdict(outcome), case["expect"], "{}", case["name"]);
    }
}

#[tokio::test]
async fn dpop_json_every_proof_gets_its_verdict() {
    let file = vectors("dpop");
    let single = list(&file, "cases")
        .iter()
        .map(|case| json!({ "name": case["name"], "steps": [case] }));
    let sequences: Vec<Value> = single.chain(list(&file, "sequences").iter().cloned()).collect();
    for sequence in sequences {
        let nonce: Arc<Mutex<Option<String>>> = Arc::default();
        let asked = Arc::clone(&nonce);
        let verifier = verifier(&file, &[], text(&file, "audience"))
            .proof_nonce(move || asked.lock().unwrap().clone())
            .build()
            .unwrap();
        for step in list(&sequence, "steps") {
            let request = &step["request"];
            *nonce.lock().unwrap() = request["nonce"].as_str().map(str::to_owned);
            let mut headers = authorization(&format!("{} {}", text(request, "scheme"), text(request, "token")));
            if let Some(proof) = request["proof"].as_str() {
                headers.insert("dpop", HeaderValue::try_from(proof).unwrap());
            }
            let facts = RequestFacts::new(text(request, "method"), text(request, "url"), &headers);
            let mut said = verdict(verifier.authenticate(&facts, &[]).await);
            said.as_object_mut().unwrap().remove("principal");
            assert_eq!(said, step["expect"], "{} / {}", sequence["name"], step["name"]);
        }
    }
}

#[test]
fn dpop_json_thumbprints_and_hashes() {
    use grantd_jose::{Jwk, base64url_encode, sha256};
    let file = vectors("dpop");
    for case in list(&file, "thumbprints") {
        let thumbprint = Jwk::from_value(&case["jwk"]).unwrap().thumbprint().to_string();
        assert_eq!(thumbprint, text(case, "thumbprint"));
    }
    for case in list(&file, "access_token_hashes") {
        assert_eq!(
            base64url_encode(sha256(text(case, "token").as_bytes())),
            text(case, "ath")
        );
    }
}

#[test]
fn scopes_json_what_a_permission_covers() {
    let file = vectors("scopes");
    for case in list(&file, "covers") {
        assert_eq!(
            covers(text(case, "held"), text(case, "wanted")),
            case["covered"],
            "{case}"
        );
    }
    for case in list(&file, "missing") {
        let held = ScopeSet::parse(text(case, "held")).unwrap();
        let missing: Vec<&str> = texts(case, "wanted")
            .into_iter()
            .filter(|scope| !held.covers(scope))
            .collect();
        assert_eq!(json!(missing), case["missing"], "{case}");
    }
    for case in list(&file, "parse") {
        let parsed = ScopeSet::parse(text(case, "text")).ok();
        let scopes = parsed.as_ref().map(|set| set.iter().collect::<Vec<_>>());
        assert_eq!(json!(scopes), case["scopes"], "{case}");
    }
}

#[test]
fn challenges_json_replies_that_refuse() {
    let file = vectors("challenges");
    let mut reasons: Vec<&Value> = list(&file, "reasons").iter().collect();
    for reason in Reason::ALL {
        let row = json!({
            "reason": reason.name(),
            "status": reason.status(),
            "error": reason.error(),
            "description": reason.description(),
        });
        let at = reasons.iter().position(|known| **known == row);
        reasons.remove(at.unwrap_or_else(|| panic!("{row}")));
    }
    assert!(reasons.is_empty(), "{reasons:?}");
    for case in list(&file, "cases") {
        let configuration = &case["configuration"];
        let some = |name: &str| configuration[name].as_str().map(str::to_owned);
        let schemes = configuration["schemes"]
            .as_array()
            .map_or_else(Vec::new, |_| texts(configuration, "schemes"));
        let challenges = Challenges {
            realm: some("realm"),
            resource_metadata: some("resource_metadata"),
            schemes: schemes.into_iter().map(scheme).collect(),
        };
        let reason = Reason::ALL
            .iter()
            .find(|reason| reason.name() == case["reason"])
            .unwrap();
        let tried = case["tried"].as_str().map(scheme);
        let mut refusal = Refusal::new(*reason, &texts(case, "scopes"), tried, Arc::new(challenges));
        if let Some(nonce) = case["nonce"].as_str() {
            refusal = refusal.with_nonce(nonce);
        }
        let reply = refusal.reply();
        let said = json!({
            "status": reply.status.as_u16(),
            "headers": headers_in_words(&reply.headers, &case["expect"]["headers"]),
            "body": serde_json::from_str::<Value>(&reply.body).unwrap(),
        });
        assert_eq!(said, case["expect"], "{}", case["name"]);
    }
}

fn scheme(name: &str) -> Scheme {
    [Scheme::Bearer, Scheme::Dpop]
        .into_iter()
        .find(|scheme| scheme.name() == name)
        .unwrap()
}

/// Names are written as the expectation writes them; one that it does not have stays as it is.
fn headers_in_words(headers: &HeaderMap, expected: &Value) -> Value {
    let mut words = Map::new();
    for name in headers.keys() {
        let values: Vec<&str> = headers
            .get_all(name)
            .iter()
            .map(|value| value.to_str().unwrap())
            .collect();
        let spelled = expected
            .as_object()
            .unwrap()
            .keys()
            .find(|known| known.eq_ignore_ascii_case(name.as_str()));
        let is_list = expected[spelled.unwrap()].is_array();
        let value = if is_list {
            json!(values)
        } else {
            json!(values.join(", "))
        };
        words.insert(spelled.unwrap().clone(), value);
    }
    Value::Object(words)
}

#[tokio::test]
async fn introspection_json_what_the_server_says_of_a_credential() {
    let file = vectors("introspection");
    let url = format!("{}/introspect", text(&file, "issuer"));
    for case in list(&file, "cases") {
        let reply = case["reply"]
            .as_str()
            .map_or_else(|| case["reply"].to_string(), str::to_owned);
        let status = u16::try_from(case["status"].as_u64().unwrap()).unwrap();
        let verifier = verifier(&file, &[(&url, status, reply)], text(&file, "audience"))
            .tenant_claim("tenant")
            .introspection(Credentials::secret("api", "secret"))
            .build()
            .unwrap();
        let headers = authorization("Bearer gd_at_opaque");
        let mut facts = RequestFacts::new("GET", text(&file, "audience"), &headers);
        facts.certificate = certificate(case);
        let said = verdict(verifier.authenticate(&facts, &[]).await);
        assert_eq!(said, case["expect"], "{}", case["name"]);
    }
}

#[tokio::test]
async fn status_list_json_what_a_list_says_of_a_token() {
    let file = vectors("status-list");
    for case in list(&file, "cases") {
        let answer = (text(&file, "uri"), 200, text(case, "list").to_owned());
        let verifier = verifier(&file, &[answer], text(&file, "audience")).build().unwrap();
        let said = match verifier.verify(text(case, "token")).await {
            Ok(_) => "ok",
            Err(refusal) => refusal.reason().name(),
        };
        assert_eq!(said, text(case, "expect"), "{}", case["name"]);
    }
}
