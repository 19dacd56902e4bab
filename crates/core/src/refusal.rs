//! A refusal that may still have to be written down: a replay is refused and ends its family.

use crate::change::{Guard, Write};
use grantd_protocol::OAuthError;

/// What every failed authentication of a client is told: it says nothing of why.
pub(crate) const NOT_AUTHENTICATED: OAuthError = OAuthError::invalid_client("client authentication failed");
/// Told for an initial access token that is missing, foreign, over, used up or taken back.
pub const NO_INITIAL_ACCESS: OAuthError =
    OAuthError::invalid_token("registration needs an initial access token that still counts");

/// The client is told `error`; the store is told `writes`, if there are any.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct Refusal {
    /// What the client is told.
    pub error: OAuthError,
    /// What must still be true when that is written; where it is not, the request is decided again.
    pub guards: Vec<Guard>,
    /// What must be written although nothing is issued.
    pub writes: Vec<Write>,
}

impl From<OAuthError> for Refusal {
    fn from(error: OAuthError) -> Self {
        Self {
            error,
            guards: Vec::new(),
            writes: Vec::new(),
        }
    }
}
