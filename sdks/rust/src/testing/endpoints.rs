//! What the endpoints of a fake issuer answer while nothing goes wrong.

use super::fake_issuer::{FakeIssuer, SeenRequest, merge};
use super::faults::{Endpoint, Fault, response};
use crate::clock::{BoxFuture, Clock};
use crate::error::Error;
use crate::exchange::{Request, Response, Transport, TransportError};
use crate::flight::locked;
use crate::oauth::metadata::Json;
use grantd_jose::{HeaderPolicy, Jws, base64url_encode, sha256};
use http::HeaderMap;
use serde_json::{Value, json};
use std::collections::HashMap;

impl Transport for FakeIssuer {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(async move {
            let is_ours = request.uri().to_string().starts_with(&self.0.issuer);
            let endpoint = self.endpoint(request.uri().path()).filter(|_| is_ours);
            let Some(endpoint) = endpoint else {
                return Fault::status(404).act().await;
            };
            let form: HashMap<String, String> = url::form_urlencoded::parse(request.body()).into_owned().collect();
            let fault = {
                let mut state = locked(&self.0.state);
                state.seen.push(SeenRequest {
                    endpoint,
                    form: form.clone(),
                    headers: request.headers().clone(),
                });
                state.faults.take(endpoint)
            };
            if let Some(fault) = fault {
                return fault.act().await;
            }
            let body = self
                .answer(endpoint, &form, request.headers())
                .unwrap_or_else(|_| json!({ "error": "server_error" }));
            let status = match endpoint {
                _ if body.get("error").is_some() => 400,
                Endpoint::PushedAuthorization => 201,
                _ => 200,
            };
            // A status list is no JSON, but a JWT.
            let text = body.as_str().map_or_else(|| body.to_string(), str::to_owned);
            Ok(response(status, text, Vec::new()))
        })
    }
}

impl FakeIssuer {
    fn endpoint(&self, path: &str) -> Option<Endpoint> {
        match path {
            _ if path.starts_with("/.well-known/oauth-authorization-server") => Some(Endpoint::Metadata),
            "/jwks.json" => Some(Endpoint::Jwks),
            "/token" => Some(Endpoint::Token),
            "/introspect" => Some(Endpoint::Introspection),
            "/device/code" => Some(Endpoint::Device),
            "/revoke" => Some(Endpoint::Revocation),
            "/par" => Some(Endpoint::PushedAuthorization),
            "/usage" => Some(Endpoint::Usage),
            _ if path.starts_with("/status/") => Some(Endpoint::Status),
            _ => None,
        }
    }

    fn answer(&self, endpoint: Endpoint, form: &HashMap<String, String>, headers: &HeaderMap) -> Result<Value, Error> {
        Ok(match endpoint {
            Endpoint::Metadata => self.document(),
            Endpoint::Jwks => self.jwks(),
            Endpoint::Introspection => self.introspect(form),
            Endpoint::Device => self.device_code(),
            Endpoint::Token => return self.tokens(form, key_of(headers)),
            Endpoint::Status => self.status_list()?.into(),
            Endpoint::PushedAuthorization => self.take_request(form),
            Endpoint::Revocation => {
                self.revoke(form.get("token").map_or("", String::as_str));
                json!({})
            }
            Endpoint::Usage => json!({}),
        })
    }

    fn take_request(&self, form: &HashMap<String, String>) -> Value {
        let mut state = locked(&self.0.state);
        let name = format!("urn:ietf:params:oauth:request_uri:{}", state.name("request"));
        state.pushed.insert(name.clone(), form.clone());
        json!({ "request_uri": name, "expires_in": 60 })
    }

    fn document(&self) -> Value {
        let at = |path: &str| format!("{}{path}", self.0.issuer);
        let mut document = json!({
            "issuer": self.0.issuer,
            "authorization_endpoint": at("/authorize"),
            "token_endpoint": at("/token"),
            "introspection_endpoint": at("/introspect"),
            "revocation_endpoint": at("/revoke"),
            "pushed_authorization_request_endpoint": at("/par"),
            "grantd_usage_endpoint": at("/usage"),
            "device_authorization_endpoint": at("/device/code"),
            "jwks_uri": at("/jwks.json"),
            "authorization_response_iss_parameter_supported": true,
        });
        merge(&mut document, Value::Object(locked(&self.0.state).metadata.clone()));
        document
    }

    fn introspect(&self, form: &HashMap<String, String>) -> Value {
        let state = locked(&self.0.state);
        let claims = form.get("token").and_then(|token| state.live.get(token));
        let now = self.0.clock.now();
        let is_live = |claims: &&Json| {
            let end = claims.get("exp").and_then(Value::as_i64);
            end.is_none_or(|end| now < end * 1000)
        };
        match claims.filter(is_live) {
            Some(claims) => {
                let mut reply = json!({ "active": true });
                merge(&mut reply, Value::Object(claims.clone()));
                reply
            }
            None => json!({ "active": false }),
        }
    }

    fn device_code(&self) -> Value {
        json!({
            "device_code": locked(&self.0.state).name("device"),
            "user_code": "BCDF-GHJK",
            "verification_uri": format!("{}/device", self.0.issuer),
            "expires_in": 600,
            "interval": 5,
        })
    }

    /// Tokens, bound to the key of the request's proof where it has one.
    fn tokens(&self, form: &HashMap<String, String>, key: Option<String>) -> Result<Value, Error> {
        let get = |name: &str| form.get(name).cloned().unwrap_or_default();
        let grant = get("grant_type");
        let mut scope = get("scope");
        let refused = json!({ "error": "invalid_grant" });
        if grant == "authorization_code" {
            let code = locked(&self.0.state).codes.remove(&get("code"));
            let challenge = base64url_encode(sha256(get("code_verifier").as_bytes()));
            match code.filter(|code| code.challenge == challenge) {
                Some(code) => scope = code.scope,
                None => return Ok(refused),
            }
        } else if grant == "refresh_token" {
            let name = get("refresh_token");
            let mut state = locked(&self.0.state);
            let text = |before: &Json, name: &str| before.get(name).and_then(Value::as_str).map(str::to_owned);
            let is_its_key = |before: &&Json| text(before, "jkt").is_none_or(|jkt| Some(jkt) == key);
            match state.live.get(&name).filter(is_its_key) {
                Some(before) => scope = text(before, "scope").unwrap_or_default(),
                None => return Ok(refused),
            }
            state.live.remove(&name);
        }
        let audience = form.get("resource").unwrap_or(&self.0.audience);
        let cnf = key.as_ref().map(|key| json!({ "jkt": key }));
        let claims = json!({ "scope": scope, "client_id": "client", "aud": audience, "cnf": cnf });
        let access_token = self.mint(claims)?;
        let mut state = locked(&self.0.state);
        let mut reply = json!({
            "access_token": access_token,
            "token_type": if key.is_some() { "DPoP" } else { "Bearer" },
            "expires_in": state.lifetime,
            "scope": scope,
        });
        if grant != "client_credentials" {
            let mut kept = Json::from_iter([("scope".to_owned(), scope.into())]);
            kept.extend(key.map(|key| ("jkt".to_owned(), key.into())));
            merge(&mut reply, json!({ "refresh_token": state.keep(kept) }));
        }
        Ok(reply)
    }
}

/// The thumbprint of the key in a request's proof (RFC 9449). The proof itself is believed.
fn key_of(headers: &HeaderMap) -> Option<String> {
    let proof = headers.get("dpop")?;
    let jws = Jws::parse(proof.as_bytes(), &HeaderPolicy::EMBEDDED_KEY).ok()?;
    Some(jws.header().jwk()?.thumbprint().to_string())
}
