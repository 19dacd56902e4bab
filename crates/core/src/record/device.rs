//! A device that waits for somebody to allow it (RFC 8628): what it asked, and what became of it so far.

use super::details::AuthorizationDetails;
use grantd_jose::sha256;
use grantd_protocol::id::DeviceId;
use grantd_protocol::user_code::UserCode;
use grantd_protocol::{ScopeSet, Seconds, SecretHash, Timestamp};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One waiting device. Once it was allowed, the code that it redeems is a row of codes with the same id and hash.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DeviceRecord {
    /// The row.
    pub id: DeviceId,
    /// Counts up with every change; the precondition of the next one.
    pub version: u64,
    /// Hash of the device code's secret.
    pub hash: SecretHash,
    /// Where its user code is found.
    pub user_code: UserCodeKey,
    /// The realm's name.
    pub realm: Arc<str>,
    /// The issuer identifier that was addressed.
    pub issuer: Arc<str>,
    /// Who asks.
    pub client_id: Arc<str>,
    /// What is asked, within the catalogue and the client's bounds.
    pub scope: ScopeSet,
    /// The resources it is for, space-separated.
    pub resource: Arc<str>,
    /// What is asked in detail (RFC 9396).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<AuthorizationDetails>,
    /// How long the device must wait between two polls; grows when it does not.
    pub interval: Seconds,
    /// When it last polled in time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub polled_at: Option<Timestamp>,
    /// What the user said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<DeviceAnswer>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it dies; it is dead at this very instant.
    pub expires_at: Timestamp,
}

/// What a user said to a device.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceAnswer {
    /// It may: its code is a row of codes.
    Allowed,
    /// It may not.
    Denied,
}

/// Where a user code is found: SHA-256 over realm and code, so that a copy of the database shows none that is open.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct UserCodeKey(pub [u8; 32]);

impl UserCodeKey {
    /// The key of a code in a realm.
    #[must_use]
    pub fn of(realm: &str, code: &UserCode) -> Self {
        Self(sha256(format!("user-code\n{realm}\n{}", code.as_str()).as_bytes()))
    }
}
