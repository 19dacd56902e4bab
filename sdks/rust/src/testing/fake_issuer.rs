//! An authorization server inside a test: keys, metadata, tokens of any shape, and whatever goes wrong. It listens nowhere: as
//! a [`Transport`](crate::Transport) it stands in for the network.

use super::fake_clock::FakeClock;
use super::faults::{Endpoint, Fault, Faults};
use super::status::Places;
use crate::clock::{random_text, seconds};
use crate::error::Error;
use crate::flight::locked;
use crate::oauth::metadata::Json;
use crate::oauth::private_key::PrivateKey;
use grantd_jose::Algorithm;
use http::HeaderMap;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex};
use url::Url;

/// A fake issuer. Clones are the same issuer.
#[derive(Clone)]
pub struct FakeIssuer(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) issuer: String,
    pub(super) audience: String,
    pub(super) clock: FakeClock,
    algorithm: Algorithm,
    pub(super) state: Mutex<State>,
}

pub(super) struct State {
    pub(super) faults: Faults,
    pub(super) seen: Vec<SeenRequest>,
    pub(super) metadata: Json,
    pub(super) lifetime: i64,
    /// The newest first: it signs.
    pub(super) keys: Vec<Arc<PrivateKey>>,
    pub(super) live: HashMap<String, Json>,
    pub(super) codes: HashMap<String, Code>,
    /// Authorization requests that were pushed, by name.
    pub(super) pushed: HashMap<String, HashMap<String, String>>,
    pub(super) places: Places,
    serial: u32,
}

pub(super) struct Code {
    pub(super) challenge: String,
    pub(super) scope: String,
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
            pushed: HashMap::new(),
            places: Places::default(),
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
        let place = {
            let places = &mut locked(&self.0.state).places;
            (places.are_named && !all.contains_key("status")).then(|| places.next())
        };
        all.extend(place.map(|place| ("status".to_owned(), self.place(place))));
        let token = self.sign(typ, kid, &Value::Object(all.clone()))?;
        let is_bound = all.get("cnf").is_some_and(|cnf| cnf.get("jkt").is_some());
        all.insert("token_type".to_owned(), if is_bound { "DPoP" } else { "Bearer" }.into());
        let mut state = locked(&self.0.state);
        if let Some(place) = place {
            state.places.give(&token, place);
        }
        state.live.insert(token.clone(), all);
        Ok(token)
    }

    pub(super) fn sign(&self, typ: &str, kid: Option<&str>, claims: &Value) -> Result<String, Error> {
        let key = locked(&self.0.state).keys.first().map(Arc::clone);
        let key = key.ok_or_else(|| Error::configuration("the fake issuer has no key"))?;
        let header = grantd_jose::Header::with_kid(&key.key, typ, kid.unwrap_or(&key.kid));
        key.sign_under(&header, claims)
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

    /// Ends a token, for introspection and refresh, and in the status list where it names a place in it.
    pub fn revoke(&self, token: &str) {
        let mut state = locked(&self.0.state);
        state.live.remove(token);
        state.places.revoke(token);
    }

    /// What a user's browser does: takes the address of a login, says yes, and comes back with this address.
    ///
    /// # Errors
    /// [`Error::Callback`] when the address is none of a login.
    pub fn approve(&self, url: &str) -> Result<String, Error> {
        let malformed = |_| Error::Callback("not the address of a login".into());
        let mut query: HashMap<String, String> =
            Url::parse(url).map_err(malformed)?.query_pairs().into_owned().collect();
        if let Some(name) = query.get("request_uri") {
            let pushed = locked(&self.0.state).pushed.remove(name);
            query = pushed.ok_or_else(|| Error::Callback("no such request was pushed".into()))?;
        }
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
}

impl State {
    pub(super) fn name(&mut self, kind: &str) -> String {
        self.serial += 1;
        format!("{kind}_{}", self.serial)
    }

    pub(super) fn keep(&mut self, claims: Json) -> String {
        let token = format!("fake_{}", self.name("value"));
        self.live.insert(token.clone(), claims);
        token
    }
}

/// Puts the members of one object into another.
pub(super) fn merge(into: &mut Value, more: Value) {
    if let (Some(members), Value::Object(more)) = (into.as_object_mut(), more) {
        members.extend(more);
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
