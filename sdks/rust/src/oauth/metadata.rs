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

/// For how long a document is kept, in milliseconds.
const FRESH: i64 = 10 * 60_000;
/// After a failure, for how long the old document goes on, in milliseconds.
const PAUSE: i64 = 30_000;

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
    known: Mutex<Option<Known>>,
}

struct Known {
    metadata: Arc<Metadata>,
    until: i64,
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
        let inner = Arc::new(Inner {
            issuer: issuer.to_owned(),
            http,
            known: Mutex::default(),
        });
        Ok(Self {
            inner,
            flights: Flights::default(),
        })
    }

    pub(crate) fn issuer(&self) -> &str {
        &self.inner.issuer
    }

    pub(crate) fn http(&self) -> &Http {
        &self.inner.http
    }

    pub(crate) async fn get(&self) -> Result<Arc<Metadata>, Error> {
        if let Some(fresh) = self.inner.fresh() {
            return Ok(fresh);
        }
        let inner = Arc::clone(&self.inner);
        self.flights.join((), || async move { inner.renew().await }).await?
    }
}

impl Inner {
    fn fresh(&self) -> Option<Arc<Metadata>> {
        let now = self.http.clock.now();
        let known = locked(&self.known);
        known
            .as_ref()
            .filter(|known| now < known.until)
            .map(|known| Arc::clone(&known.metadata))
    }

    async fn renew(&self) -> Result<Arc<Metadata>, Error> {
        if let Some(fresh) = self.fresh() {
            return Ok(fresh);
        }
        let outcome = self.fetch().await;
        let now = self.http.clock.now();
        let mut known = locked(&self.known);
        match outcome {
            Ok(metadata) => {
                let metadata = Arc::new(metadata);
                *known = Some(Known {
                    metadata: Arc::clone(&metadata),
                    until: now + FRESH,
                });
                Ok(metadata)
            }
            Err(error) => known.as_mut().map_or(Err(error), |known| {
                known.until = now + PAUSE;
                Ok(Arc::clone(&known.metadata))
            }),
        }
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
    strict_json::object_from_slice(reply.body(), Limits::bytes(crate::exchange::MAX_REPLY))
        .map_err(|_| Error::reply(format!("the server's {what} cannot be read"), status))
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
