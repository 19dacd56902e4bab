//! What a fake issuer does wrong, on purpose and in the order that a test says.

use crate::error::Cause;
use crate::exchange::{Response, TransportError};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, StatusCode};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// The endpoints of a fake issuer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// Its metadata, in either place.
    Metadata,
    /// Its keys.
    Jwks,
    /// The token endpoint.
    Token,
    /// RFC 7662.
    Introspection,
    /// RFC 8628.
    Device,
    /// RFC 7009.
    Revocation,
    /// Reports of use.
    Usage,
    /// A status list.
    Status,
    /// RFC 9126.
    PushedAuthorization,
}

/// One wrong answer: a reply, none at all, or one that never comes.
#[derive(Clone, Debug)]
pub enum Fault {
    /// A reply.
    Reply {
        /// Its status.
        status: u16,
        /// Its body.
        body: String,
        /// Its headers, beside the type of its content. What cannot be a name is left out.
        headers: Vec<(&'static str, String)>,
    },
    /// No connection.
    Network,
    /// Silence.
    Hang,
}

impl Fault {
    /// A reply of this status, with an empty object.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::reply(status, "{}")
    }

    /// A reply of this status with this body.
    #[must_use]
    pub fn reply(status: u16, body: impl Into<String>) -> Self {
        Self::Reply {
            status,
            body: body.into(),
            headers: Vec::new(),
        }
    }

    /// A refusal as OAuth has it.
    #[must_use]
    pub fn refusal(error: &str) -> Self {
        Self::reply(400, serde_json::json!({ "error": error }).to_string())
    }

    /// Does what the fault says.
    pub(super) async fn act(self) -> Result<Response, TransportError> {
        match self {
            Self::Network => Err(TransportError::Network(Arc::new(Gone) as Cause)),
            Self::Hang => std::future::pending().await,
            Self::Reply { status, body, headers } => Ok(response(status, body, headers)),
        }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the connection is gone")]
struct Gone;

pub(super) fn response(status: u16, body: String, headers: Vec<(&'static str, String)>) -> Response {
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let kind = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    for (name, value) in headers {
        let value = HeaderValue::try_from(value).unwrap_or_else(|_| HeaderValue::from_static("-"));
        if let Ok(name) = HeaderName::try_from(name) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

/// Faults that were scripted and did not happen yet.
#[derive(Default)]
pub(super) struct Faults {
    next: HashMap<Endpoint, VecDeque<Fault>>,
    always: HashMap<Endpoint, Fault>,
}

impl Faults {
    pub(super) fn next(&mut self, endpoint: Endpoint, fault: Fault) {
        self.next.entry(endpoint).or_default().push_back(fault);
    }

    pub(super) fn always(&mut self, endpoint: Endpoint, fault: Fault) {
        self.always.insert(endpoint, fault);
    }

    /// The fault of the request that has just come.
    pub(super) fn take(&mut self, endpoint: Endpoint) -> Option<Fault> {
        let next = self.next.get_mut(&endpoint).and_then(VecDeque::pop_front);
        next.or_else(|| self.always.get(&endpoint).cloned())
    }
}
