//! A signing key as it is kept: sealed, with the stage of its life.

use grantd_protocol::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The stage of a key's life.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyState {
    /// Published, not used yet: verifiers can fetch it before the first signature.
    Next,
    /// Signs.
    Active,
    /// Published until the last token it signed has expired.
    Retired,
}

/// One signing key of one realm.
#[derive(Clone)]
pub struct KeyRecord {
    /// The realm's name.
    pub realm: Arc<str>,
    /// RFC 7638 thumbprint of the public key.
    pub kid: String,
    /// JOSE algorithm name: `ES256`, `RS256`, `PS256`, `EdDSA`.
    pub alg: String,
    /// Where it stands.
    pub state: KeyState,
    /// PKCS #8, sealed under the master key.
    pub sealed: Vec<u8>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it entered its state.
    pub since: Timestamp,
    /// For a retired key, when it is removed.
    pub remove_at: Option<Timestamp>,
}

impl std::fmt::Debug for KeyRecord {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "KeyRecord({} {} {:?})", self.kid, self.alg, self.state)
    }
}
