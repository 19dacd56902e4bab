//! What every grant ends in: a token that may be issued, and what must be so and is written with it.

use crate::change::{Guard, Write};
use crate::realm::Realm;
use crate::record::access::AccessMore;
use crate::record::code::{Authentication, Delegation};
use crate::record::status_place::Listed;
use crate::record::{Binding, ClientRecord, FamilyRecord};
use crate::subject;
use grantd_protocol::id::{FamilyId, GrantId, SessionId};
use grantd_protocol::{ScopeSet, Seconds, Timestamp};
use serde_json::{Map, Value};
use std::sync::Arc;

/// A grant that was approved: everything that minting needs, and what must be true and written with it.
#[derive(Debug)]
pub struct Approved {
    /// `sub`.
    pub subject: Arc<str>,
    /// `client_id`.
    pub client_id: Arc<str>,
    /// The tenant it acts in.
    pub tenant: Option<Arc<str>>,
    /// What is permitted.
    pub scope: ScopeSet,
    /// `aud`, space-separated.
    pub audience: Arc<str>,
    /// The grant it hangs off.
    pub grant: Option<GrantId>,
    /// The family it belongs to, its row as it will be, for computing the refresh token.
    pub family: Option<Box<FamilyRecord>>,
    /// The family that the access token ends with although it is no part of it: that of the token it was exchanged for.
    pub hangs_off: Option<FamilyId>,
    /// The generation whose refresh token goes into the reply.
    pub refresh_generation: Option<u32>,
    /// When that refresh token ends unless it is used.
    pub refresh_ends_at: Option<Timestamp>,
    /// How the user logged in; for JWTs and ID tokens.
    pub authentication: Option<Authentication>,
    /// What an ID token needs, where one is due.
    pub id_token: Option<IdTokenPlan>,
    /// `expires_in`.
    pub lifetime: Seconds,
    /// What the access token is bound to.
    pub bound_to: Option<Binding>,
    /// Where the access token's status is published, if it is a JWT. Whoever mints says so: a decision knows no counter.
    pub status: Option<Listed>,
    /// What few access tokens have.
    pub more: Option<Box<AccessMore>>,
    /// What must still be true at the commit.
    pub guards: Vec<Guard>,
    /// What is written beside the access token.
    pub writes: Vec<Write>,
}

impl Approved {
    /// `sub` as the client and APIs are told: a user's name for this client, or the client itself.
    #[must_use]
    pub fn named_subject(&self, client: &ClientRecord, realm: &Realm) -> Arc<str> {
        if self.subject == self.client_id {
            return Arc::clone(&self.subject);
        }
        subject::of_user(realm, client, &self.subject)
    }
}

/// What an ID token says beyond what every token says.
#[derive(Debug)]
pub struct IdTokenPlan {
    /// `nonce`, at the code exchange only.
    pub nonce: Option<String>,
    /// `sid`.
    pub session: Option<SessionId>,
    /// The single claims about the user that were asked for and allowed.
    pub claims: Map<String, Value>,
}

/// What a token says beyond what every token says, of what its delegation has.
#[derive(Debug)]
pub(crate) struct Particulars {
    /// For the access token.
    pub(crate) access: Option<Box<AccessMore>>,
    /// For the ID token.
    pub(crate) id_token: Map<String, Value>,
}

/// A family's row before anything came from it.
pub(crate) fn new_family(
    id: FamilyId,
    delegation: Delegation,
    salt: [u8; 16],
    offline: bool,
    now: Timestamp,
) -> FamilyRecord {
    FamilyRecord {
        id,
        delegation,
        generation: None,
        rotated_at: now,
        rotated_for: None,
        salt,
        offline,
        created_at: now,
        idle_expires_at: now,
        absolute_expires_at: None,
        ended_at: None,
    }
}
