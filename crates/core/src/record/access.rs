//! An access token as it is remembered, opaque or JWT: every one has a row, so that it can be listed and ended.

use super::authentication::Authentication;
use super::binding::Binding;
use super::details::AuthorizationDetails;
use super::status_place::StatusPlace;
use grantd_protocol::id::{AccessId, FamilyId, GrantId};
use grantd_protocol::{ScopeSet, SecretHash, Timestamp};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One access token.
#[derive(Clone, Debug)]
pub struct AccessRecord {
    /// The row; time-ordered.
    pub id: AccessId,
    /// The realm's name.
    pub realm: Arc<str>,
    /// Hash of an opaque token's secret; `None` for a JWT.
    pub hash: Option<SecretHash>,
    /// The client it was issued to.
    pub client_id: Arc<str>,
    /// The grant it hangs off; `None` where a client acts for itself, and where an operator made it by hand.
    pub grant: Option<GrantId>,
    /// The family it came from; `None` where a client acts for itself.
    pub family: Option<FamilyId>,
    /// `sub`: the user's id, or the client's where it acts for itself.
    pub subject: Arc<str>,
    /// The tenant it acts in.
    pub tenant: Option<Arc<str>>,
    /// What it permits.
    pub scope: ScopeSet,
    /// `aud`: the resources it is for, in their declared spelling; space-separated (a URI has no spaces). May be empty.
    pub audience: Arc<str>,
    /// The issuer identifier it was issued under (an alias of the realm, or its own).
    pub issuer: Arc<str>,
    /// What it is bound to (RFC 9449 section 6, RFC 8705 section 3): worthless without a proof of it.
    pub bound_to: Option<Binding>,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// When it dies by itself; it is dead at this very instant.
    pub expires_at: Timestamp,
    /// When somebody ended it.
    pub ended_at: Option<Timestamp>,
    /// What its maker calls it; `None` unless it was made by hand. Such a token hangs off no family, and off a grant only
    /// where an app made it in its user's name; it ends with its user's place in the tenant.
    pub name: Option<Arc<str>>,
    /// Its place in the realm's status lists; only JWTs have one, and not in every realm.
    pub status: Option<StatusPlace>,
    /// What few tokens have.
    pub more: Option<Box<AccessMore>>,
}

/// What few tokens have: kept apart, so that the many cost nothing for it.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct AccessMore {
    /// The token that it was exchanged for (RFC 8693): with that one it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_of: Option<AccessId>,
    /// Who acts for its subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<Actor>,
    /// Who may act for its subject (RFC 8693 section 4.4): nobody else exchanges it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub may_act: Option<Party>,
    /// What it permits in detail (RFC 9396), as far as that concerns the APIs that it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<AuthorizationDetails>,
    /// The single claims that userinfo answers it with, beside those of its scopes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<String>,
}

impl AccessMore {
    /// What there is of a delegation's particulars, where there is anything.
    #[must_use]
    pub fn of(details: Option<AuthorizationDetails>, claims: Vec<String>) -> Option<Box<Self>> {
        (details.is_some() || !claims.is_empty()).then(|| {
            Box::new(Self {
                details,
                claims,
                ..Self::default()
            })
        })
    }
}

/// Somebody who acts for the subject of a token (RFC 8693 section 4.1), as the claim says it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Actor {
    /// Who: a client's id, or a user's.
    pub sub: Arc<str>,
    /// For whom that one acted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<Box<Self>>,
}

/// Somebody who may come to act for the subject of a token (RFC 8693 section 4.4), as the claim says it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Party {
    /// Who: a client's id.
    pub sub: Arc<str>,
}

impl Actor {
    /// How many act for one another.
    #[must_use]
    pub fn depth(&self) -> usize {
        std::iter::successors(Some(self), |actor| actor.act.as_deref()).count()
    }
}

impl AccessRecord {
    /// Whether somebody made it by hand, without any grant.
    #[must_use]
    pub const fn is_made_by_hand(&self) -> bool {
        self.name.is_some()
    }

    /// Whether it has nothing that only few have.
    #[must_use]
    pub const fn is_plain(&self) -> bool {
        self.name.is_none() && self.more.is_none()
    }

    /// Who acts for its subject, where somebody does.
    #[must_use]
    pub fn act(&self) -> Option<&Actor> {
        self.more.as_ref()?.act.as_ref()
    }

    /// Who may act for its subject, where that is said.
    #[must_use]
    pub fn may_act(&self) -> Option<&Party> {
        self.more.as_ref()?.may_act.as_ref()
    }

    /// What it permits in detail.
    #[must_use]
    pub fn details(&self) -> Option<&AuthorizationDetails> {
        self.more.as_ref()?.details.as_ref()
    }

    /// The single claims that userinfo answers it with.
    #[must_use]
    pub fn claims(&self) -> &[String] {
        self.more.as_ref().map_or(&[], |more| &more.claims)
    }

    /// The token that it was exchanged for, where it was.
    #[must_use]
    pub fn made_of(&self) -> Option<AccessId> {
        self.more.as_ref()?.made_of
    }
}

/// A token's row and the fate of what it hangs off, read in one go.
#[derive(Clone, Debug)]
pub struct AccessFacts {
    /// The token.
    pub token: AccessRecord,
    /// Whether its family was ended (or is gone). `false` without a family.
    pub family_ended: bool,
    /// Whether its grant was ended (or is gone), or the session that the grant was given for. `false` without a grant.
    /// A session that ends by its time ends no token: none was issued beyond it.
    pub grant_ended: bool,
    /// Whether its user is disabled or gone. `false` where a client acts for itself.
    pub user_disabled: bool,
    /// Whether its tenant is disabled or gone, or its user left it. `false` without a tenant; where a client acts for
    /// itself, only the tenant counts.
    pub tenant_lost: bool,
    /// Whether a token that it was made of is over ([`AccessMore::made_of`]). A store says `false`: whoever presents the
    /// facts has looked.
    pub subject_ended: bool,
    /// Whether its tenant has blocked the application that exchanged it: it hangs off what another one was given. A store says
    /// `false`: whoever presents the facts has looked.
    pub app_blocked: bool,
    /// How its user logged in, as far as its family remembers it. `None` without a family.
    pub authentication: Option<Authentication>,
}
