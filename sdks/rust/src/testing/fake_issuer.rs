//! An authorization server inside a test: keys, metadata, tokens of any shape, and whatever goes wrong. It listens nowhere: as
//! a [`Transport`] it stands in for the network.

use super::fake_clock::FakeClock;
use super::faults::{Endpoint, Fault, Faults, response};
use crate::clock::{BoxFuture, Clock, random_text, seconds};
use crate::error::Error;
use crate::exchange::{Request, Response, Transport, TransportError};
use crate::flight::locked;
use crate::oauth::metadata::Json;
use crate::oauth::private_key::PrivateKey;
use grantd_jose::{Algorithm, base64url_encode, sha256};
use http::HeaderMap;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex};
use url::Url;

/// A fake issuer. Clones are the same issuer.
#[derive(Clone)]
pub struct FakeIssuer(Arc<Inner>);

struct Inner {
    issuer: String,
    audience: String,
    clock: FakeClock,
    algorithm: Algorithm,
    state: Mutex<State>,
}

struct State {
    faults: Faults,
    seen: Vec<SeenRequest>,
    metadata: Json,
    lifetime: i64,
    /// The newest first: it signs.
    keys: Vec<Arc<PrivateKey>>,
    live: HashMap<String, Json>,
    codes: HashMap<String, Code>,
    serial: u32,
}

struct Code {
    challenge: String,
    scope: String,
}

/// A request that the issuer got.
#[derive(Clone)]
pub struct SeenRequest {
    /// Where.
    pub endpoint: Endpoint,
    /// Its form.
    pub form: HashMap<String, String>,
    /// Its headers.
    pub headers: HeaderMap,
}

impl FakeIssuer {
    /// An issuer that signs with ES256.
    ///
    /// # Errors
    /// When the system can make no keys.
    pub fn new() -> Result<Self, Error> {
        Self::with_algorithm(Algorithm::ES256)
    }

    /// An issuer that signs with this.
    ///
    /// # Errors
    /// [`Error::Configuration`] when nothing can sign with it.
    pub fn with_algorithm(algorithm: Algorithm) -> Result<Self, Error> {
        let state = State {
            faults: Faults::default(),
            seen: Vec::new(),
            metadata: Json::new(),
            lifetime: 3600,
            keys: Vec::new(),
            live: HashMap::new(),
            codes: HashMap::new(),
            serial: 0,
        };
        let fake = Self(Arc::new(Inner {
            issuer: "https://id.example.test".to_owned(),
            audience: "https://api.example.test".to_owned(),
            clock: FakeClock::default(),
            algorithm,
            state: Mutex::new(state),
        }));
        fake.rotate_keys()?;
        Ok(fake)
    }

    /// Its name.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// What its tokens are for if they do not say.
    #[must_use]
    pub fn audience(&self) -> &str {
        &self.0.audience
    }

    /// Its clock, for whoever is tested with it.
    #[must_use]
    pub fn clock(&self) -> FakeClock {
        self.0.clock.clone()
    }

    /// Sets the seconds that tokens live; 3,600 at first.
    pub fn set_lifetime(&self, seconds: i64) {
        locked(&self.0.state).lifetime = seconds;
    }

    /// Lies about itself: members of its metadata in place of the true ones.
    pub fn set_metadata(&self, name: &str, value: impl Into<Value>) {
        locked(&self.0.state).metadata.insert(name.to_owned(), value.into());
    }

    /// The next request to this endpoint goes wrong like this, after those that were scripted before.
    pub fn fail_next(&self, endpoint: Endpoint, fault: Fault) {
        locked(&self.0.state).faults.next(endpoint, fault);
    }

    /// All requests to this endpoint go wrong like this, until [`FakeIssuer::mend`].
    pub fn fail_always(&self, endpoint: Endpoint, fault: Fault) {
        locked(&self.0.state).faults.always(endpoint, fault);
    }

    /// Nothing goes wrong any more.
    pub fn mend(&self) {
        locked(&self.0.state).faults = Faults::default();
    }

    /// All requests so far.
    #[must_use]
    pub fn seen(&self) -> Vec<SeenRequest> {
        locked(&self.0.state).seen.clone()
    }

    /// How many requests an endpoint got.
    #[must_use]
    pub fn count(&self, endpoint: Endpoint) -> usize {
        let state = locked(&self.0.state);
        state.seen.iter().filter(|request| request.endpoint == endpoint).count()
    }

    /// A new key signs from now on; the old ones stay published.
    ///
    /// # Errors
    /// When the system can make no keys.
    pub fn rotate_keys(&self) -> Result<(), Error> {
        let mut key = PrivateKey::generate(self.0.algorithm)?;
        let mut state = locked(&self.0.state);
        key.kid = state.name("key");
        state.keys.insert(0, Arc::new(key));
        Ok(())
    }

    /// What is published at `jwks_uri`.
    #[must_use]
    pub fn jwks(&self) -> Value {
        let state = locked(&self.0.state);
        json!({ "keys": state.keys.iter().map(|key| key.public_jwk()).collect::<Vec<_>>() })
    }

    /// A signed access token. Claims replace those that a good token has; `null` takes one away.
    ///
    /// # Errors
    /// When the key cannot sign.
    pub fn mint(&self, claims: Value) -> Result<String, Error> {
        self.mint_as("at+jwt", None, claims)
    }

    /// The same with another `typ` and another name of the key.
    ///
    /// # Errors
    /// When the key cannot sign.
    pub fn mint_as(&self, typ: &str, kid: Option<&str>, claims: Value) -> Result<String, Error> {
        let mut all = self.claims(claims);
        let mut state = locked(&self.0.state);
        let key = state.keys.first().map(Arc::clone);
        let key = key.ok_or_else(|| Error::configuration("the fake issuer has no key"))?;
        let header = grantd_jose::Header::with_kid(&key.key, typ, kid.unwrap_or(&key.kid));
        let token = key.sign_under(&header, &Value::Object(all.clone()))?;
        all.insert("token_type".to_owned(), "Bearer".into());
        state.live.insert(token.clone(), all);
        Ok(token)
    }

    /// An opaque access token, for introspection.
    #[must_use]
    pub fn mint_opaque(&self, claims: Value) -> String {
        let mut all = self.claims(claims);
        all.entry("token_type").or_insert_with(|| "Bearer".into());
        locked(&self.0.state).keep(all)
    }

    /// An API key, for introspection.
    #[must_use]
    pub fn mint_api_key(&self, claims: Value) -> String {
        let mut key = json!({ "sub": "api_key:1", "aud": null, "client_id": null, "exp": null });
        merge(&mut key, claims);
        let mut all = self.claims(key);
        all.insert("token_type".to_owned(), "api_key".into());
        locked(&self.0.state).keep(all)
    }

    /// Ends a token, for introspection and refresh.
    pub fn revoke(&self, token: &str) {
        locked(&self.0.state).live.remove(token);
    }

    /// What a user's browser does: takes the address of a login, says yes, and comes back with this address.
    ///
    /// # Errors
    /// [`Error::Callback`] when the address is none of a login.
    pub fn approve(&self, url: &str) -> Result<String, Error> {
        let malformed = |_| Error::Callback("not the address of a login".into());
        let query: HashMap<String, String> = Url::parse(url).map_err(malformed)?.query_pairs().into_owned().collect();
        let get = |name: &str| query.get(name).cloned().unwrap_or_default();
        let mut state = locked(&self.0.state);
        let code = state.name("code");
        let known = Code {
            challenge: get("code_challenge"),
            scope: get("scope"),
        };
        state.codes.insert(code.clone(), known);
        let mut callback = Url::parse(&get("redirect_uri")).map_err(malformed)?;
        callback
            .query_pairs_mut()
            .append_pair("code", &code)
            .append_pair("state", &get("state"))
            .append_pair("iss", &self.0.issuer);
        Ok(callback.into())
    }

    fn claims(&self, claims: Value) -> Json {
        let now = seconds(&self.0.clock);
        let lifetime = locked(&self.0.state).lifetime;
        let mut all = json!({
            "iss": self.0.issuer,
            "sub": "user-1",
            "aud": self.0.audience,
            "client_id": "client",
            "scope": "",
            "iat": now,
            "exp": now + lifetime,
            "jti": random_text::<9>(),
        });
        merge(&mut all, claims);
        let mut members = match all {
            Value::Object(members) => members,
            _ => Json::new(),
        };
        members.retain(|_, value| !value.is_null());
        members
    }

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

impl State {
    fn name(&mut self, kind: &str) -> String {
        self.serial += 1;
        format!("{kind}_{}", self.serial)
    }

    fn keep(&mut self, claims: Json) -> String {
        let token = format!("fake_{}", self.name("value"));
        self.live.insert(token.clone(), claims);
        token
    }
}

/// Puts the members of one object into another.
fn merge(into: &mut Value, more: Value) {
    if let (Some(members), Value::Object(more)) = (into.as_object_mut(), more) {
        members.extend(more);
    }
}

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

impl fmt::Debug for FakeIssuer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "FakeIssuer({})", self.0.issuer)
    }
}

impl fmt::Debug for SeenRequest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "SeenRequest({:?})", self.endpoint)
    }
}
