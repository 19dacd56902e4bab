//! A refusal that may still have to be written down: a replay is refused and ends its family.

use crate::change::Write;
use grantd_protocol::OAuthError;

/// The client is told `error`; the store is told `writes`, if there are any.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct Refusal {
    /// What the client is told.
    pub error: OAuthError,
    /// What must be written although nothing is issued.
    pub writes: Vec<Write>,
}

impl From<OAuthError> for Refusal {
    fn from(error: OAuthError) -> Self {
        Self {
            error,
            writes: Vec::new(),
        }
    }
}
