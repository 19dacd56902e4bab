//! A browser's session with the authorization server.

use super::authentication::Authentication;
use super::user::UserRecord;
use grantd_protocol::id::SessionId;
use grantd_protocol::{SecretHash, Timestamp};
use std::sync::Arc;

/// One session.
#[derive(Clone, Debug)]
pub struct SessionRecord {
    /// The row.
    pub id: SessionId,
    /// Hash of the cookie's secret.
    pub hash: SecretHash,
    /// The realm's name.
    pub realm: Arc<str>,
    /// The user who is logged in.
    pub user: Arc<str>,
    /// When and how the user logged in.
    pub authentication: Authentication,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it dies.
    pub expires_at: Timestamp,
    /// When it was ended (logout, password change, rotation at a new login).
    pub ended_at: Option<Timestamp>,
    /// The browser, as it called itself; at most 200 characters.
    pub user_agent: Option<String>,
    /// The address it came from.
    pub address: Option<String>,
}

impl SessionRecord {
    /// Whether it still stands at `now`.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.ended_at.is_none() && now < self.expires_at
    }
}

/// A session and its user, read in one go.
#[derive(Clone, Debug)]
pub struct SessionFacts {
    /// The session.
    pub session: SessionRecord,
    /// Its user, if there still is one.
    pub user: Option<UserRecord>,
}
