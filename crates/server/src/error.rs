//! The two families of failure, and the one function that turns each into HTTP. What a client did wrong is an
//! [`OAuthError`]; what went wrong in here is a [`Fault`], logged once and shown as a request id. Neither becomes the
//! other by `From`.

use crate::accounts::password::PasswordFault;
use crate::keys::KeyFault;
use crate::net::RequestId;
use crate::oauth::dpop;
use crate::refused;
use crate::reply::{self, Reply};
use crate::request::Request;
use crate::telemetry;
use crate::wire::{Unread, Voice};
use grantd_core::client_auth::AuthFailure;
use grantd_core::explain::is_a_step;
use grantd_jose::KeyError;
use grantd_protocol::{ErrorCode, OAuthError, Seconds};
use grantd_store::{CommitError, StoreFault};
use http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};

/// Something went wrong in here.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreFault),
    /// There is no key to sign with.
    #[error(transparent)]
    Keys(#[from] KeyFault),
    /// A signature could not be made.
    #[error("signing failed: {0}")]
    Signing(#[from] KeyError),
    /// A password was not hashed or checked.
    #[error(transparent)]
    Password(#[from] PasswordFault),
    /// The same change lost every race.
    #[error("gave up after {0} lost races")]
    Contention(usize),
    /// Something that was true at start is not any more.
    #[error("broken invariant: {0}")]
    Broken(&'static str),
}

impl Fault {
    /// Whether trying again later can help: 503 and not 500.
    #[must_use]
    pub const fn is_temporary(&self) -> bool {
        matches!(
            self,
            Self::Store(StoreFault::Unavailable(_)) | Self::Contention(_) | Self::Password(PasswordFault::Busy)
        )
    }
}

/// Why a request gets no success.
#[derive(Debug)]
pub enum Failure {
    /// The client is told.
    Refused {
        /// What.
        error: OAuthError,
        /// Whether `WWW-Authenticate: Basic` belongs to it (RFC 6749 section 5.2).
        challenged: bool,
    },
    /// Too many attempts.
    Limited(Seconds),
    /// Not said to the client.
    Fault(Fault),
}

impl From<OAuthError> for Failure {
    fn from(error: OAuthError) -> Self {
        Self::Refused {
            error,
            challenged: false,
        }
    }
}

impl From<AuthFailure> for Failure {
    fn from(failure: AuthFailure) -> Self {
        Self::Refused {
            error: failure.error,
            challenged: failure.header_tried,
        }
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<StoreFault> for Failure {
    fn from(fault: StoreFault) -> Self {
        Self::Fault(Fault::Store(fault))
    }
}

impl From<CommitError> for Failure {
    /// A conflict that nobody decided again is contention.
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Fault(fault) => Self::Fault(Fault::Store(fault)),
            CommitError::Conflict => Self::Fault(Fault::Contention(1)),
        }
    }
}

impl Failure {
    /// What the client is told, and with which status: the error itself, or the public face of a fault. Both carry the
    /// request's id, under which the log and the application's developer find it.
    #[must_use]
    pub fn public(&self, request_id: RequestId) -> (OAuthError, StatusCode) {
        match self {
            Self::Refused { error, .. } => (named(error, request_id), status(error.code())),
            Self::Limited(_) => (
                OAuthError::new(ErrorCode::SlowDown, "too many attempts; try again later"),
                StatusCode::TOO_MANY_REQUESTS,
            ),
            Self::Fault(fault) if fault.is_temporary() => (
                OAuthError::with_detail(
                    ErrorCode::TemporarilyUnavailable,
                    &format!("try again later (request {request_id})"),
                ),
                StatusCode::SERVICE_UNAVAILABLE,
            ),
            Self::Fault(_) => (
                OAuthError::with_detail(
                    ErrorCode::ServerError,
                    &format!("an internal error (request {request_id})"),
                ),
                StatusCode::INTERNAL_SERVER_ERROR,
            ),
        }
    }

    /// Logs a fault, once, with what a client is never told.
    pub fn log(&self, request_id: RequestId) {
        if let Self::Fault(fault) = self {
            telemetry::fault(request_id, fault);
        }
    }

    /// The JSON reply of RFC 6749 section 5.2, spelled in a voice.
    #[must_use]
    pub fn into_json(self, request: &Request<'_>, endpoint: &'static str, voice: &Voice) -> Reply {
        self.log(request.id);
        refused::note(request, endpoint, &self);
        let (error, status) = self.public(request.id);
        let realm = request.realm.name();
        let mut reply = reply::json_bytes(status, voice.error(&error));
        match &self {
            Self::Refused { challenged: true, .. } if status == StatusCode::UNAUTHORIZED => {
                let challenge = HeaderValue::try_from(format!("Basic realm=\"{realm}\""));
                reply
                    .headers_mut()
                    .extend(challenge.ok().map(|challenge| (WWW_AUTHENTICATE, challenge)));
            }
            Self::Refused { error, .. } if error.code() == ErrorCode::UseDpopNonce => {
                dpop::offer_nonce(request, &mut reply)
            }
            Self::Limited(wait) => {
                reply.headers_mut().insert(RETRY_AFTER, HeaderValue::from(wait.get()));
            }
            _ => {}
        }
        reply
    }
}

impl Unread {
    /// The JSON reply to a request that could not be read.
    #[must_use]
    pub fn into_json(self, request: &Request<'_>, endpoint: &'static str) -> Reply {
        self.failure.into_json(request, endpoint, &self.voice)
    }
}

/// The longest sentence that leaves place for the id of the request, in characters.
const MAX_SENTENCE: usize = 270;

/// An error that says which request it is the answer to; the public face of a fault does already. A step of a protocol,
/// which a client takes without looking, stays as it is, and so does a failed authentication: its answer is the same to
/// the byte for a wrong secret and for a client that is not there.
#[must_use]
pub fn named(error: &OAuthError, request_id: RequestId) -> OAuthError {
    let as_it_is = matches!(
        error.code(),
        ErrorCode::ServerError | ErrorCode::TemporarilyUnavailable | ErrorCode::InvalidClient
    );
    if as_it_is || is_a_step(error.code()) {
        return error.clone();
    }
    let sentence: String = error.description().chars().take(MAX_SENTENCE).collect();
    OAuthError::with_detail(error.code(), &format!("{sentence} (request {request_id})"))
}

fn status(code: ErrorCode) -> StatusCode {
    StatusCode::from_u16(code.status()).unwrap_or(StatusCode::BAD_REQUEST)
}
