//! What was answered under an idempotency key, so that a retry is answered the same.

use grantd_protocol::Timestamp;
use serde_json::Value;

/// One used key.
#[derive(Clone, PartialEq, Debug)]
pub struct IdempotencyRecord {
    /// The row: SHA-256 over whose key it is and the key.
    pub key: [u8; 32],
    /// SHA-256 over what was asked.
    pub fingerprint: [u8; 32],
    /// SHA-256 over what whoever asked could do.
    pub rights: [u8; 32],
    /// Determines, with a key outside the database, the secret that was shown.
    pub salt: [u8; 16],
    /// The reply's body without its secret.
    pub body: Value,
    /// The member in which the secret belongs.
    pub secret_member: Option<String>,
    /// The address of what was made.
    pub location: String,
    /// Its tag, where it has one. Rows from before tags were kept have none.
    pub etag: Option<String>,
    /// When it may be forgotten.
    pub expires_at: Timestamp,
}
