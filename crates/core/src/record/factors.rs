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
    /// Passkeys, the oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passkeys: Vec<Passkey>,
}

impl Factors {
    /// Whether there is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.totp.is_none() && self.recovery.is_empty() && self.passkeys.is_empty()
    }

    /// What is left without the app and the recovery codes.
    #[must_use]
    pub fn without_second_step(self) -> Self {
        Self {
            passkeys: self.passkeys,
            ..Self::default()
        }
    }
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

/// A passkey: a key pair whose private half an authenticator keeps (Web Authentication). Nothing in it is secret.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Passkey {
    /// The credential's id, which its authenticator drew; base64url.
    pub id: String,
    /// The public key, as a JWK.
    pub key: String,
    /// How often the authenticator said it was used, when last heard; zero for one that does not count.
    pub counter: u32,
    /// Whether it may be copied to other devices of its owner ("backup eligible").
    pub synced: bool,
    /// What its owner calls it.
    pub name: String,
    /// When it was added.
    pub since: Timestamp,
    /// When somebody last logged in with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_at: Option<Timestamp>,
}
