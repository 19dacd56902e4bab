//! What the endpoints of a fake issuer answer while nothing goes wrong.

use super::fake_issuer::{FakeIssuer, SeenRequest, merge};
use super::faults::{Endpoint, Fault, response};
use crate::clock::{BoxFuture, Clock};
use crate::error::Error;
use crate::exchange::{Request, Response, Transport, TransportError};
use crate::flight::locked;
use crate::oauth::metadata::Json;
use grantd_jose::{base64url_encode, sha256};
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
                .answer(endpoint, &form)
                .unwrap_or_else(|_| json!({ "error": "server_error" }));
            let status = if body.get("error").is_some() { 400 } else { 200 };
            Ok(response(status, body.to_string(), Vec::new()))
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
            "/usage" => Some(Endpoint::Usage),
            _ if path.starts_with("/status/") => Some(Endpoint::Status),
            _ => None,
        }
    }

    fn answer(&self, endpoint: Endpoint, form: &HashMap<String, String>) -> Result<Value, Error> {
        Ok(match endpoint {
            Endpoint::Metadata => self.document(),
            Endpoint::Jwks => self.jwks(),
            Endpoint::Introspection => self.introspect(form),
            Endpoint::Device => self.device_code(),
            Endpoint::Token => return self.tokens(form),
            Endpoint::Revocation | Endpoint::Usage | Endpoint::Status => json!({}),
        })
    }

    fn document(&self) -> Value {
        let at = |path: &str| format!("{}{path}", self.0.issuer);
        let mut document = json!({
            "issuer": self.0.issuer,
            "authorization_endpoint": at("/authorize"),
            "token_endpoint": at("/token"),
            "introspection_endpoint": at("/introspect"),
            "revocation_endpoint": at("/revoke"),
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

    fn tokens(&self, form: &HashMap<String, String>) -> Result<Value, Error> {
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
            match locked(&self.0.state).live.remove(&get("refresh_token")) {
                Some(before) => before
                    .get("scope")
                    .and_then(Value::as_str)
                    .unwrap_or_default()
                    .clone_into(&mut scope),
                None => return Ok(refused),
            }
        }
        let audience = form.get("resource").unwrap_or(&self.0.audience);
        let access_token = self.mint(json!({ "scope": scope, "client_id": "client", "aud": audience }))?;
        let mut state = locked(&self.0.state);
        let mut reply = json!({
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": state.lifetime,
            "scope": scope,
        });
        if grant != "client_credentials" {
            let kept = Json::from_iter([("scope".to_owned(), scope.into())]);
            merge(&mut reply, json!({ "refresh_token": state.keep(kept) }));
        }
        Ok(reply)
    }
}
