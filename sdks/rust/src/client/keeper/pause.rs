//! A failure of the token endpoint that is handed out again instead of asking again. Must not know tokens.

use crate::error::Error;

/// The failure, and from when until when it is handed out, in milliseconds since 1970.
pub(super) struct Pause {
    since: i64,
    until: i64,
    error: Error,
}

impl Pause {
    pub(super) fn after(error: &Error, since: i64) -> Self {
        Self {
            since,
            until: since.saturating_add(length(error)),
            error: error.clone(),
        }
    }

    /// The failure, as long as it counts; a clock that went back ends it.
    pub(super) fn at(&self, now: i64) -> Option<Error> {
        (self.since..self.until).contains(&now).then(|| self.error.clone())
    }
}

/// In milliseconds.
fn length(error: &Error) -> i64 {
    match error {
        Error::OAuth(refusal) if matches!(refusal.code.as_str(), "invalid_client" | "unauthorized_client") => 5_000,
        Error::Reply {
            status: 429 | 503,
            retry_after: Some(seconds),
            ..
        } => i64::from(*seconds).clamp(1, 60) * 1_000,
        _ => 1_000,
    }
}
