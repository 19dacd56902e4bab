//! A grant: what one user allowed one client to do in one tenant. Ending it ends everything that hangs off it.

use super::client::ClientRecord;
use grantd_protocol::id::{GrantId, SessionId};
use grantd_protocol::{ScopeSet, Timestamp};
use std::sync::Arc;

/// One grant. At most one that is not ended exists for each realm, user, client and tenant.
#[derive(Clone, Debug)]
pub struct GrantRecord {
    /// The row.
    pub id: GrantId,
    /// Counts up with every change; the precondition of the next one.
    pub version: u64,
    /// The realm's name.
    pub realm: Arc<str>,
    /// The user.
    pub user: Arc<str>,
    /// The client.
    pub client_id: Arc<str>,
    /// The tenant, where the user chose one.
    pub tenant: Option<Arc<str>>,
    /// Everything that was allowed so far.
    pub scope: ScopeSet,
    /// The resources it was allowed for, space-separated. May be empty.
    pub resource: Arc<str>,
    /// The redirect URI that consent was given for: consent is remembered for exactly it.
    pub redirect_uri: String,
    /// When it was first given.
    pub created_at: Timestamp,
    /// When it was last widened.
    pub updated_at: Timestamp,
    /// When it ends by itself, where the user chose a duration.
    pub expires_at: Option<Timestamp>,
    /// The session it ends with, where the user chose that.
    pub session: Option<SessionId>,
    /// When it was ended.
    pub ended_at: Option<Timestamp>,
}

impl GrantRecord {
    /// Whether it was given to the client as it is now, and not to whoever stood behind it before its keys or addresses
    /// changed.
    #[must_use]
    pub fn is_to(&self, client: &ClientRecord) -> bool {
        client.changed_hands_at.is_none_or(|changed| changed <= self.updated_at)
    }

    /// Whether it still stands at `now`.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.ended_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }
}
