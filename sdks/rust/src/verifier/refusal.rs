//! A refused request, and the reply to it: status, headers and body (RFC 6750 section 3, RFC 9449 section 7.1, RFC 9728
//! section 5.1). Must not know any web framework.

use super::presented::Scheme;
use super::reason::{Fault, Reason};
use crate::error::Error;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::{Map, Value};
use std::fmt;
use std::sync::Arc;

/// The algorithms of proofs, the one that everybody has first.
const PROOF_ALGORITHMS: &str = "ES256 RS256 PS256 EdDSA";
/// Seconds after which a client may ask again when nobody could check its token.
const AGAIN: HeaderValue = HeaderValue::from_static("5");

/// What an API says of itself in its refusals.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Challenges {
    /// The realm of the challenge.
    pub realm: Option<String>,
    /// The address of the API's RFC 9728 document, from which clients find the authorization server.
    pub resource_metadata: Option<String>,
    /// The schemes that the API takes; `Bearer` alone where there are none.
    pub schemes: Vec<Scheme>,
}

/// A request is refused. Cheap to pass on. Replies that the layer and the extractors make have it in their extensions.
#[derive(Clone)]
pub struct Refusal(Box<Inner>);

#[derive(Clone)]
struct Inner {
    fault: Fault,
    scopes: Vec<String>,
    tried: Option<Scheme>,
    challenges: Arc<Challenges>,
}

/// A reply. `WWW-Authenticate` has a value for each scheme.
#[derive(Clone, Debug)]
pub struct Reply {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body: JSON.
    pub body: String,
}

impl Refusal {
    /// A refusal for this reason, of a request that needs these permissions and came under this scheme.
    #[must_use]
    pub fn new(reason: Reason, scopes: &[&str], tried: Option<Scheme>, challenges: Arc<Challenges>) -> Self {
        Self::of(reason.into(), scopes, tried, challenges)
    }

    pub(crate) fn of(fault: Fault, scopes: &[&str], tried: Option<Scheme>, challenges: Arc<Challenges>) -> Self {
        let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        Self(Box::new(Inner {
            fault,
            scopes,
            tried,
            challenges,
        }))
    }

    /// The same, telling the client to use this nonce.
    #[must_use]
    pub fn with_nonce(mut self, nonce: impl Into<String>) -> Self {
        self.0.fault.nonce = Some(nonce.into());
        self
    }

    /// Why.
    #[must_use]
    pub fn reason(&self) -> Reason {
        self.0.fault.reason
    }

    /// The permissions that the request needs, all of them.
    #[must_use]
    pub fn scopes(&self) -> &[String] {
        &self.0.scopes
    }

    /// What to answer.
    #[must_use]
    pub fn reply(&self) -> Reply {
        let reason = self.reason();
        let mut headers = HeaderMap::new();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if reason == Reason::Unavailable {
            headers.insert(RETRY_AFTER, AGAIN);
        } else {
            self.challenge_all(&mut headers);
        }
        if let Some(nonce) = self
            .0
            .fault
            .nonce
            .as_ref()
            .and_then(|nonce| HeaderValue::try_from(nonce).ok())
        {
            headers.insert(HeaderName::from_static("dpop-nonce"), nonce);
        }
        Reply {
            status: StatusCode::from_u16(reason.status()).unwrap_or(StatusCode::UNAUTHORIZED),
            headers,
            body: self.body(),
        }
    }

    fn challenge_all(&self, headers: &mut HeaderMap) {
        let own = self.0.challenges.schemes.as_slice();
        let mut schemes = if own.is_empty() {
            vec![Scheme::Bearer]
        } else {
            own.to_vec()
        };
        // Clients look in its own challenge for what is wrong with a proof, whether the API announces DPoP or not.
        if self.0.tried == Some(Scheme::Dpop) && !schemes.contains(&Scheme::Dpop) {
            schemes.push(Scheme::Dpop);
        }
        let tried = self.0.tried.filter(|tried| schemes.contains(tried));
        let tried = tried.or_else(|| schemes.first().copied());
        for scheme in schemes {
            let challenge = self.challenge(scheme, Some(scheme) == tried);
            // Realm and address were checked when they were configured.
            headers.extend(
                HeaderValue::try_from(challenge)
                    .ok()
                    .map(|value| (WWW_AUTHENTICATE, value)),
            );
        }
    }

    fn challenge(&self, scheme: Scheme, is_tried: bool) -> String {
        let (reason, inner) = (self.reason(), &self.0);
        let mut parameters: Vec<(&str, &str)> = Vec::new();
        parameters.extend(inner.challenges.realm.as_deref().map(|realm| ("realm", realm)));
        if scheme == Scheme::Dpop {
            parameters.push(("algs", PROOF_ALGORITHMS));
        }
        if let Some(error) = reason.error().filter(|_| is_tried) {
            parameters.extend([("error", error), ("error_description", reason.description())]);
        }
        let scopes = inner.scopes.join(" ");
        if !scopes.is_empty() && matches!(reason, Reason::Missing | Reason::Scope) {
            parameters.push(("scope", &scopes));
        }
        let metadata = inner.challenges.resource_metadata.as_deref();
        parameters.extend(metadata.map(|metadata| ("resource_metadata", metadata)));
        let written: Vec<String> = parameters
            .iter()
            .map(|(name, value)| format!(r#"{name}="{}""#, value.replace('\\', r"\\").replace('"', r#"\""#)))
            .collect();
        format!("{} {}", scheme.name(), written.join(", "))
            .trim_end()
            .to_owned()
    }

    fn body(&self) -> String {
        let reason = self.reason();
        let fallback = if reason == Reason::Unavailable {
            "temporarily_unavailable"
        } else {
            "missing_token"
        };
        let mut members = Map::new();
        members.insert("error".to_owned(), reason.error().unwrap_or(fallback).into());
        members.insert("error_description".to_owned(), reason.description().into());
        if reason == Reason::Scope {
            members.insert("scope".to_owned(), self.0.scopes.join(" ").into());
        }
        Value::Object(members).to_string()
    }
}

impl Challenges {
    /// Whether all of it can stand in a header.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let texts = [&self.realm, &self.resource_metadata];
        let fits = |text: &String| text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        if texts.into_iter().flatten().all(fits) {
            Ok(())
        } else {
            Err(Error::configuration(
                "realm and resource_metadata must be printable ASCII",
            ))
        }
    }
}

impl fmt::Debug for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Refusal")
            .field("reason", &self.reason())
            .field("scopes", &self.0.scopes)
            .field("cause", &self.0.fault.cause)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.reason().description())
    }
}

impl std::error::Error for Refusal {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        let cause = self.0.fault.cause.as_ref()?;
        Some(cause)
    }
}
