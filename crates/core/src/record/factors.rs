//! What beside a password proves who a user is. It is kept with the user: whatever is good for one use alone is spent by a
//! change that is guarded by the user's version.

use grantd_protocol::Timestamp;
use serde::{Deserialize, Serialize};

/// A user's factors beside the password.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Factors {
    /// The authenticator app.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub totp: Option<Totp>,
    /// Recovery codes that are not used yet, each as a tag under a key that is not in the database; base64url.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recovery: Vec<String>,
}

/// An authenticator app (RFC 6238).
#[derive(Clone, Serialize, Deserialize)]
pub struct Totp {
    /// The secret that it shares with us, sealed under the master key; base64url.
    pub sealed: String,
    /// The time step of the last code that was taken: neither that one nor an older one is good again (section 5.2).
    pub last_step: u64,
    /// When it was set up.
    pub since: Timestamp,
}
