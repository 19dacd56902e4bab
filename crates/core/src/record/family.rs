//! A refresh token family: everything that came from one code. One row whatever the number of rotations: the
//! refresh token of each generation is computed from it and the master key, and the row forges nothing by itself.

use super::binding::Binding;
use super::code::Delegation;
use super::grant::GrantRecord;
use super::session::SessionRecord;
use super::user::UserRecord;
use grantd_protocol::Timestamp;
use grantd_protocol::id::FamilyId;

/// One family.
#[derive(Clone, Debug)]
pub struct FamilyRecord {
    /// The row.
    pub id: FamilyId,
    /// What its tokens stand for.
    pub delegation: Delegation,
    /// The generation of the refresh token that is good now; `None` where the client gets no refresh token.
    pub generation: Option<u32>,
    /// When that generation came to be.
    pub rotated_at: Timestamp,
    /// What the request that made it had proved, and its access token was bound to: a retry has to prove the same.
    pub rotated_for: Option<Binding>,
    /// Mixed into every tag, so that two families never share one.
    pub salt: [u8; 16],
    /// Whether it outlives the browser session (`offline_access`, or a client without sessions).
    pub offline: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it dies unless it is used before; moves on with each rotation.
    pub idle_expires_at: Timestamp,
    /// When it dies whatever happens, if the realm has such a limit.
    pub absolute_expires_at: Option<Timestamp>,
    /// When it was ended.
    pub ended_at: Option<Timestamp>,
}

impl FamilyRecord {
    /// The instant at which it dies by itself.
    #[must_use]
    pub fn ends_at(&self) -> Timestamp {
        self.absolute_expires_at
            .map_or(self.idle_expires_at, |absolute| absolute.min(self.idle_expires_at))
    }
}

/// A family and the fate of what it hangs off, read in one go.
#[derive(Clone, Debug)]
pub struct FamilyFacts {
    /// The family.
    pub family: FamilyRecord,
    /// Its grant, if there still is one.
    pub grant: Option<GrantRecord>,
    /// Its session, if there still is one.
    pub session: Option<SessionRecord>,
    /// Its user, if there still is one.
    pub user: Option<UserRecord>,
}
