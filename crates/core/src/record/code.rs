//! An authorization code as it is remembered until its family's last token has expired, so that a replay is seen.

pub use super::authentication::Authentication;

use super::binding::Binding;
use super::details::AuthorizationDetails;
use super::grant::GrantRecord;
use super::released_claims::ReleasedClaims;
use super::session::SessionRecord;
use super::user::UserRecord;
use grantd_protocol::id::{CodeId, FamilyId, GrantId, SessionId};
use grantd_protocol::pkce::CodeChallenge;
use grantd_protocol::{ScopeSet, SecretHash, Timestamp};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What a code or a refresh token stands for: who allowed what to whom, for where.
#[derive(Clone, Debug)]
pub struct Delegation {
    /// The realm's name.
    pub realm: Arc<str>,
    /// The issuer identifier that was addressed (an alias, or the realm's own); other endpoints refuse the value.
    pub issuer: Arc<str>,
    /// Who may redeem it.
    pub client_id: Arc<str>,
    /// What it hangs off.
    pub grant: GrantId,
    /// The browser session it was made in, where there was one.
    pub session: Option<SessionId>,
    /// The user.
    pub user: Arc<str>,
    /// The tenant that was chosen.
    pub tenant: Option<Arc<str>>,
    /// What was allowed.
    pub scope: ScopeSet,
    /// The resources it is bound to, space-separated, declared spelling. May be empty.
    pub resource: Arc<str>,
    /// When and how the user logged in.
    pub authentication: Authentication,
    /// The `nonce` that ID tokens repeat.
    pub nonce: Option<String>,
    /// What must be proved to redeem it (RFC 9449 sections 5 and 10, RFC 8705 section 4).
    pub bound_to: Option<Binding>,
    /// What few delegations have.
    pub more: Option<Box<DelegationMore>>,
}

/// What few delegations have: kept apart, so that the many cost nothing for it.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct DelegationMore {
    /// What was allowed in detail (RFC 9396).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<AuthorizationDetails>,
    /// The single claims that the user let the client have (OpenID Connect Core section 5.5).
    #[serde(default, skip_serializing_if = "ReleasedClaims::is_empty")]
    pub claims: ReleasedClaims,
}

impl DelegationMore {
    /// What there is, where there is anything.
    #[must_use]
    pub fn of(details: Option<AuthorizationDetails>, claims: ReleasedClaims) -> Option<Box<Self>> {
        (details.is_some() || !claims.is_empty()).then(|| Box::new(Self { details, claims }))
    }
}

impl Delegation {
    /// What was allowed in detail.
    #[must_use]
    pub fn details(&self) -> Option<&AuthorizationDetails> {
        self.more.as_ref()?.details.as_ref()
    }

    /// The single claims that were allowed.
    #[must_use]
    pub fn claims(&self) -> Option<&ReleasedClaims> {
        self.more.as_ref().map(|more| &more.claims)
    }
}

/// One code.
#[derive(Clone, Debug)]
pub struct CodeRecord {
    /// The row.
    pub id: CodeId,
    /// Hash of its secret.
    pub hash: SecretHash,
    /// The family that its redemption begins; fixed in advance, so that a replay can name it.
    pub family: FamilyId,
    /// What it stands for.
    pub delegation: Delegation,
    /// The redirect URI that it was sent to.
    pub redirect_uri: String,
    /// The PKCE challenge.
    pub challenge: Option<CodeChallenge>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it dies.
    pub expires_at: Timestamp,
    /// When it was redeemed.
    pub spent_at: Option<Timestamp>,
    /// Until when the row must be kept: at least as long as tokens of its family can live.
    pub keep_until: Timestamp,
}

/// A code and the fate of what it hangs off, read in one go.
#[derive(Clone, Debug)]
pub struct CodeFacts {
    /// The code.
    pub code: CodeRecord,
    /// Its grant, if there still is one.
    pub grant: Option<GrantRecord>,
    /// Its session, if there still is one.
    pub session: Option<SessionRecord>,
    /// Its user, if there still is one.
    pub user: Option<UserRecord>,
}
