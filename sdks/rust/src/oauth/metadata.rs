//! What an issuer says of itself (RFC 8414, OpenID Connect Discovery): found, checked, kept for a while.

use crate::error::Error;
use crate::exchange::{Http, Response, is_secure};
use crate::flight::{Flights, locked};
use grantd_jose::strict_json::{self, Limits};
use serde_json::{Map, Value};
use std::sync::{Arc, Mutex};
use url::Url;

/// A JSON object.
pub(crate) type Json = Map<String, Value>;

/// For how long a document is used without asking again, in milliseconds.
const FRESH: i64 = 10 * 60_000;
/// After which a document that cannot be fetched again ends, in milliseconds.
const STALE: i64 = 24 * 3_600_000;
/// Between two tries where there is a document, in milliseconds.
const PAUSE: i64 = 30_000;
/// Between two tries where there is none, in milliseconds: a crowd makes one request in it.
const FIRST_PAUSE: i64 = 1_000;

/// An issuer's metadata.
#[derive(Debug)]
pub(crate) struct Metadata {
    members: Json,
    is_local: bool,
}

impl Metadata {
    /// The address of an endpoint. Every one is https, or on this computer where the issuer is.
    pub(crate) fn endpoint(&self, name: &str) -> Result<&str, Error> {
        let text = self.members.get(name).and_then(Value::as_str);
        let usable = text.filter(|text| {
            Url::parse(text).is_ok_and(|url| is_secure(&url) && (self.is_local || url.scheme() == "https"))
        });
        usable.ok_or_else(|| Error::Discovery(format!("the issuer has no usable {name}").into()))
    }

    /// Whether the issuer has such an endpoint.
    #[cfg(feature = "verifier")]
    pub(crate) fn has(&self, name: &str) -> bool {
        self.members.get(name).is_some_and(|value| !value.is_null())
    }

    /// Whether authorization requests must be pushed (RFC 9126 section 5).
    #[cfg(feature = "client")]
    pub(crate) fn wants_pushed_requests(&self) -> bool {
        self.members.get("require_pushed_authorization_requests") == Some(&Value::Bool(true))
    }

    /// Whether the issuer names itself in callbacks (RFC 9207).
    #[cfg(feature = "client")]
    pub(crate) fn names_itself_in_callbacks(&self) -> bool {
        self.members.get("authorization_response_iss_parameter_supported") == Some(&Value::Bool(true))
    }
}

/// One issuer's metadata, fetched once for all who wait.
pub(crate) struct MetadataSource {
    inner: Arc<Inner>,
    flights: Flights<(), Result<Arc<Metadata>, Error>>,
}

struct Inner {
    issuer: String,
    http: Http,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    known: Option<Known>,
    tried_at: Option<i64>,
    last_error: Option<Error>,
}

struct Known {
    metadata: Arc<Metadata>,
    fetched_at: i64,
}

/// What a look at the kept document says.
enum Look {
    Fresh(Arc<Metadata>),
    /// It is used, and another is fetched beside.
    Old(Arc<Metadata>),
    Ask,
    /// There is none, and it is too early to ask again.
    Nothing(Error),
}

impl MetadataSource {
    pub(crate) fn new(issuer: &str, http: Http) -> Result<Self, Error> {
        let url = Url::parse(issuer).ok().filter(is_secure);
        let is_plain = !issuer.ends_with('/') && !issuer.contains(['?', '#', '@']);
        if url.is_none() || !is_plain {
            return Err(Error::configuration(
                "the issuer must be an https address (http on this computer) without query, fragment and final slash",
            ));
        }
        let flights = Flights::new(Arc::clone(&http.clock), http.timeout);
        let inner = Arc::new(Inner {
            issuer: issuer.to_owned(),
            http,
            state: Mutex::default(),
        });
        Ok(Self { inner, flights })
    }

    pub(crate) fn issuer(&self) -> &str {
        &self.inner.issuer
    }

    pub(crate) fn http(&self) -> &Http {
        &self.inner.http
    }

    /// The document. Nobody waits where there is one.
    pub(crate) async fn get(&self) -> Result<Arc<Metadata>, Error> {
        let work = || {
            let inner = Arc::clone(&self.inner);
            async move { inner.renew().await }
        };
        match self.inner.look() {
            Look::Fresh(metadata) => Ok(metadata),
            Look::Old(metadata) => {
                self.flights.start((), work);
                Ok(metadata)
            }
            Look::Nothing(error) => Err(error),
            Look::Ask => self.flights.join((), work).await?,
        }
    }
}

impl State {
    /// Whether it is time for another try. After a clock was set back everything is due.
    fn may_ask(&self, now: i64) -> bool {
        let pause = if self.known.is_some() { PAUSE } else { FIRST_PAUSE };
        self.tried_at.is_none_or(|at| now < at || now - at >= pause)
    }
}

impl Inner {
    fn look(&self) -> Look {
        let (now, mut state) = (self.http.clock.now(), locked(&self.state));
        if state
            .known
            .as_ref()
            .is_some_and(|known| now - known.fetched_at >= STALE)
        {
            state.known = None;
        }
        let (may_ask, error) = (state.may_ask(now), state.last_error.clone());
        let Some(known) = &mut state.known else {
            return match error {
                Some(error) if !may_ask => Look::Nothing(error),
                _ => Look::Ask,
            };
        };
        // Where the clock went back it is due, and its day begins anew: it has to end some time.
        if now < known.fetched_at {
            known.fetched_at = now - FRESH;
        }
        let metadata = Arc::clone(&known.metadata);
        if now - known.fetched_at >= FRESH && may_ask {
            Look::Old(metadata)
        } else {
            Look::Fresh(metadata)
        }
    }

    async fn renew(&self) -> Result<Arc<Metadata>, Error> {
        // Somebody may have fetched between our look and our turn.
        match self.look() {
            Look::Fresh(metadata) => return Ok(metadata),
            Look::Nothing(error) => return Err(error),
            Look::Old(_) | Look::Ask => {}
        }
        let fetched_at = self.http.clock.now();
        let outcome = self.fetch().await.map(Arc::new);
        let mut state = locked(&self.state);
        state.tried_at = Some(self.http.clock.now());
        match &outcome {
            Ok(metadata) => {
                let metadata = Arc::clone(metadata);
                state.known = Some(Known { metadata, fetched_at });
                state.last_error = None;
            }
            Err(error) => state.last_error = Some(error.clone()),
        }
        outcome
    }

    /// The document may be in either place: RFC 8414's first.
    async fn fetch(&self) -> Result<Metadata, Error> {
        let (origin, path) = split(&self.issuer);
        let first = format!("{origin}/.well-known/oauth-authorization-server{path}");
        let mut reply = self.http.get(&first, "application/json").await?;
        if reply.status() == http::StatusCode::NOT_FOUND {
            let second = format!("{}/.well-known/openid-configuration", self.issuer);
            reply = self.http.get(&second, "application/json").await?;
        }
        let members = object_of(&reply, "metadata")?;
        // RFC 8414 section 3.3: another issuer's document here is an attack, or a mistake that looks like one.
        if members.get("issuer").and_then(Value::as_str) != Some(&self.issuer) {
            return Err(Error::Discovery(
                "the metadata names another issuer than the one that was asked".into(),
            ));
        }
        Ok(Metadata {
            members,
            is_local: self.issuer.starts_with("http://"),
        })
    }
}

/// Origin and path of an issuer.
fn split(issuer: &str) -> (&str, &str) {
    let host = issuer.find("://").map_or(0, |at| at + 3);
    let path = issuer
        .get(host..)
        .and_then(|rest| rest.find('/'))
        .map_or(issuer.len(), |at| host + at);
    issuer.split_at(path)
}

/// The object in a reply of 200.
pub(crate) fn object_of(reply: &Response, what: &str) -> Result<Json, Error> {
    let status = reply.status().as_u16();
    if status != 200 {
        return Err(Error::Reply {
            what: format!("the server answered {status} to a request for its {what}").into(),
            status,
            retry_after: crate::exchange::retry_after(reply),
        });
    }
    members_of(reply, what)
}

/// The object in a reply, whatever its status.
pub(crate) fn members_of(reply: &Response, what: &str) -> Result<Json, Error> {
    strict_json::object_from_slice(reply.body(), Limits::bytes(crate::exchange::MAX_REPLY))
        .map_err(|_| Error::reply(format!("the server's {what} cannot be read"), reply.status().as_u16()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_splits_into_origin_and_path() {
        assert_eq!(split("https://id.example"), ("https://id.example", ""));
        assert_eq!(
            split("https://id.example/realms/a"),
            ("https://id.example", "/realms/a")
        );
    }
}
