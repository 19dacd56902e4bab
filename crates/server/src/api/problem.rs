//! Problems as the API tells them: `application/problem+json` (RFC 9457), with the request id under which the log has
//! the rest. Unknown and forbidden objects look alike.

use crate::error::{Failure, Fault};
use crate::net::RequestId;
use crate::oauth::challenge;
use crate::reply::{self, Reply};
use crate::request::Request;
use grantd_core::admin::Refused;
use grantd_core::admin::actor::NoActor;
use grantd_protocol::{ErrorCode, OAuthError, Seconds};
use grantd_store::{CommitError, StoreFault};
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use serde_json::{Value, json};

const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");

/// Every problem with its status: what a type's name is on the wire, and what the OpenAPI document lists.
pub(super) const TYPES: &[(&str, u16)] = &[
    ("bad-request", 400),
    ("unauthenticated", 401),
    ("insufficient-scope", 403),
    ("operators-only", 403),
    ("not-found", 404),
    ("method-not-allowed", 405),
    ("conflict", 409),
    ("precondition-failed", 412),
    ("too-large", 413),
    ("unsupported-media-type", 415),
    ("invalid", 422),
    ("too-many-requests", 429),
    ("internal", 500),
    ("unavailable", 503),
];

/// Why a request is not answered with what it asked for.
#[derive(Debug)]
pub(super) enum Problem {
    /// No token was sent.
    NoToken,
    /// One that opens nothing here.
    BadToken(NoActor),
    /// One that is bound to a key or certificate that was not proved, or a proof that does not hold.
    Unproved(OAuthError),
    /// The header cannot be read.
    Unreadable(OAuthError),
    /// The token lacks a permission.
    Forbidden(String),
    /// A token that is confined to a tenant has no business here.
    OperatorsOnly,
    /// A decision of the core.
    Refused(Refused),
    /// The request makes no sense.
    Bad(String),
    /// There is nothing.
    Unknown,
    /// Another tenant's, which looks like nothing to the caller; the audit log has it.
    AnotherTenants,
    /// Not this method.
    Method,
    /// Not this kind of body.
    Media,
    /// The object is not the one that the caller saw.
    Precondition,
    /// Too often.
    Limited(Seconds),
    /// Not said to the caller.
    Fault(Fault),
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl From<StoreFault> for Problem {
    fn from(fault: StoreFault) -> Self {
        Self::Fault(fault.into())
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<CommitError> for Problem {
    fn from(error: CommitError) -> Self {
        Failure::from(error).into()
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused { error, .. } => Self::Unreadable(error),
            Failure::Limited(wait) => Self::Limited(wait),
            Failure::Fault(fault) => Self::Fault(fault),
        }
    }
}

impl Problem {
    /// Whether somebody who is known was kept from something.
    pub(super) const fn is_denial(&self) -> bool {
        matches!(
            self,
            Self::Forbidden(_) | Self::OperatorsOnly | Self::AnotherTenants | Self::Refused(Refused::Beyond(_))
        )
    }

    /// What the caller lacks, where that is the problem.
    pub(super) fn lacking(&self) -> Option<&str> {
        match self {
            Self::Forbidden(scope) | Self::Refused(Refused::Beyond(scope)) => Some(scope),
            _ => None,
        }
    }

    /// The name of its type.
    fn kind(&self) -> &'static str {
        match self {
            Self::NoToken | Self::BadToken(_) | Self::Unproved(_) => "unauthenticated",
            Self::Unreadable(_) | Self::Bad(_) => "bad-request",
            Self::Forbidden(_) | Self::Refused(Refused::Beyond(_)) => "insufficient-scope",
            Self::OperatorsOnly => "operators-only",
            Self::Refused(Refused::Invalid(_)) => "invalid",
            Self::Refused(Refused::State(_)) => "conflict",
            Self::Refused(Refused::Unknown) | Self::Unknown | Self::AnotherTenants => "not-found",
            Self::Method => "method-not-allowed",
            Self::Media => "unsupported-media-type",
            Self::Precondition => "precondition-failed",
            Self::Limited(_) => "too-many-requests",
            Self::Fault(fault) if fault.is_temporary() => "unavailable",
            Self::Fault(_) => "internal",
        }
    }

    fn detail(&self) -> String {
        match self {
            Self::NoToken => {
                "send an access token: Authorization: Bearer, or DPoP with a proof for one that is bound to a key"
                    .to_owned()
            }
            Self::BadToken(NoActor::Elsewhere) => {
                "the access token is for another resource; ask for one with this API as resource".to_owned()
            }
            Self::BadToken(NoActor::Dead) => "the access token is expired, revoked or unknown".to_owned(),
            Self::Unproved(error) | Self::Unreadable(error) => error.description().to_owned(),
            Self::Forbidden(scope) => format!("the token needs the permission {scope}"),
            Self::OperatorsOnly => "a token that is confined to a tenant cannot be used here".to_owned(),
            Self::Refused(refused) => refused.to_string(),
            Self::Bad(detail) => detail.clone(),
            Self::Unknown | Self::AnotherTenants => "there is nothing at this address".to_owned(),
            Self::Method => "the address is right, the method is not".to_owned(),
            Self::Media => "the body must be JSON: content-type application/json".to_owned(),
            Self::Precondition => "the object is not as If-Match or If-None-Match says".to_owned(),
            Self::Limited(wait) => format!("too many requests; try again in {} s", wait.get()),
            Self::Fault(fault) if fault.is_temporary() => "try again later".to_owned(),
            Self::Fault(_) => "an internal error".to_owned(),
        }
    }

    /// The reply; a fault is logged here, once.
    pub(super) fn into_reply(self, request: &Request<'_>) -> Reply {
        let kind = self.kind();
        let mut body = body(kind, &self.detail(), request.id);
        if let Some(members) = body.as_object_mut() {
            if let Self::Refused(Refused::Invalid(wrong)) = &self {
                let wrong: Vec<Value> = wrong
                    .iter()
                    .map(|wrong| json!({ "pointer": wrong.pointer, "detail": wrong.detail }))
                    .collect();
                members.insert("errors".to_owned(), wrong.into());
            }
            if let Some(needed) = self.lacking() {
                members.insert("needed".to_owned(), needed.into());
            }
        }
        let mut reply = rendered(kind, &body);
        if let Some((error, needs)) = self.challenge() {
            challenge::add(&mut reply, request, error.as_ref(), &needs);
        }
        if let Self::Limited(wait) = self {
            reply.headers_mut().insert(RETRY_AFTER, HeaderValue::from(wait.get()));
        }
        request.app.metrics.request_refused(request.realm.name(), "api", kind);
        if let Self::Fault(fault) = self {
            Failure::Fault(fault).log(request.id);
        }
        reply
    }

    /// What a challenge says (RFC 6750 section 3): the error, where a token was sent, and what else is needed.
    fn challenge(&self) -> Option<(Option<OAuthError>, String)> {
        let told = |code| Some(OAuthError::with_detail(code, &self.detail()));
        match self {
            Self::NoToken => Some((None, String::new())),
            Self::BadToken(_) => Some((told(ErrorCode::InvalidToken), String::new())),
            Self::Unproved(error) => Some((Some(error.clone()), String::new())),
            Self::Forbidden(scope) | Self::Refused(Refused::Beyond(scope)) => {
                Some((told(ErrorCode::InsufficientScope), format!(", scope=\"{scope}\"")))
            }
            _ => None,
        }
    }
}

/// A problem in a word, where nothing more is said of it.
pub(super) fn title(problem: &Problem) -> String {
    problem.kind().replace('-', " ")
}

fn body(kind: &str, detail: &str, id: RequestId) -> Value {
    let status = TYPES
        .iter()
        .find(|(name, _)| *name == kind)
        .map_or(500, |(_, status)| *status);
    let title = kind.replace('-', " ");
    json!({
        "type": format!("urn:grantd:problem:{kind}"),
        "title": title,
        "status": status,
        "detail": detail,
        "request_id": id.to_string(),
    })
}

fn rendered(kind: &str, body: &Value) -> Reply {
    let status = TYPES
        .iter()
        .find(|(name, _)| *name == kind)
        .map_or(500, |(_, status)| *status);
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut reply = reply::json(status, body);
    reply.headers_mut().insert(CONTENT_TYPE, PROBLEM_JSON);
    reply
}

/// The problem of a request that did not come as far as a handler.
pub(super) fn bare(status: StatusCode, id: RequestId) -> Reply {
    let kind = match status {
        StatusCode::PAYLOAD_TOO_LARGE => "too-large",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "unsupported-media-type",
        _ => "bad-request",
    };
    let detail = status.canonical_reason().unwrap_or("the body cannot be read");
    let mut reply = rendered(kind, &body(kind, detail, id));
    *reply.status_mut() = status;
    reply
}
