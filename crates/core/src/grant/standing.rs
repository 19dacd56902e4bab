//! What a delegation hangs off, and what of it stands: the grant, the session, the user and the place in the tenant. Every
//! grant type that acts for a user asks here, so that what somebody ended ends all of them alike.

use super::approved::Particulars;
use super::context::access_lifetime;
use crate::change::Guard;
use crate::permission::ExcessScope;
use crate::permission::{Bounds, of_users_without_role};
use crate::realm::Realm;
use crate::record::access::AccessMore;
use crate::record::code::Delegation;
use crate::record::details::AuthorizationDetails;
use crate::record::{ClientRecord, FamilyRecord, GrantRecord, MembershipRecord, SessionRecord, UserRecord};
use crate::token::user_claims::value_of;
use grantd_protocol::{OAuthError, ScopeSet, Seconds, Timestamp};

/// What a delegation hangs off, as it stands now.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// The grant.
    pub grant: Option<&'a GrantRecord>,
    /// The session.
    pub session: Option<&'a SessionRecord>,
    /// The user.
    pub user: Option<&'a UserRecord>,
    /// The user's place in the delegation's tenant, where it has one.
    pub membership: Option<&'a MembershipRecord>,
}

impl Standing<'_> {
    /// Whether the delegation still stands: its grant lives, its user may act and has not changed the password
    /// since, its tenant is still the user's, and its session was not logged out unless it is to outlive that.
    ///
    /// # Errors
    /// `invalid_grant`, the same sentence for every reason: the client can do nothing but ask the user again.
    pub(crate) fn check(
        &self,
        delegation: &Delegation,
        made_at: Timestamp,
        offline: bool,
        now: Timestamp,
    ) -> Result<(), OAuthError> {
        let tenant_stands =
            delegation.tenant.is_none() || self.membership.is_some_and(|membership| membership.tenant.enabled);
        if tenant_stands && self.stands(delegation, made_at, offline, now) {
            Ok(())
        } else {
            Err(OAuthError::invalid_grant(
                "the authorization was withdrawn or has ended",
            ))
        }
    }

    /// The same but for the tenant.
    fn stands(&self, delegation: &Delegation, made_at: Timestamp, offline: bool, now: Timestamp) -> bool {
        let grant_lives = self.grant.is_some_and(|grant| grant.is_live(now));
        let user_may_act = self
            .user
            .is_some_and(|user| user.enabled && user.password_changed_at <= made_at);
        let session_stands = match self.bond(delegation, offline) {
            Bond::None => true,
            // A session that is gone has outlived every refresh token that could have hung off it (see the purge job).
            Bond::Logout => self.session.is_none_or(|session| session.ended_at.is_none()),
            Bond::Session => self.session.is_some_and(|session| session.is_live(now)),
        };
        grant_lives && user_may_act && session_stands
    }

    /// What of the session the delegation depends on.
    fn bond(&self, delegation: &Delegation, offline: bool) -> Bond {
        if delegation.session.is_none() {
            Bond::None
        } else if self.grant.is_some_and(|grant| grant.session == delegation.session) {
            Bond::Session
        } else if offline {
            Bond::None
        } else {
            Bond::Logout
        }
    }

    /// The session as a precondition of the commit, where the delegation depends on it and there still is one: a logout
    /// at the same instant wins.
    pub(super) fn session_guard(&self, delegation: &Delegation, offline: bool) -> Option<Guard> {
        let session = self.session?;
        (self.bond(delegation, offline) != Bond::None).then_some(Guard::SessionLive(session.id))
    }

    /// `expires_in`: the client's, but never beyond the grant's own end where the user set one, nor beyond the session
    /// that the user allowed it for.
    pub(super) fn lifetime(&self, realm: &Realm, client: &ClientRecord, now: Timestamp) -> Seconds {
        let lifetime = access_lifetime(realm, client);
        let own_end = self.grant.and_then(|grant| grant.expires_at);
        let session = self
            .session
            .filter(|session| self.grant.is_some_and(|grant| grant.session == Some(session.id)));
        own_end
            .into_iter()
            .chain(session.map(|session| session.expires_at))
            .filter_map(|end| u32::try_from(end.seconds_since(now)).ok())
            .fold(lifetime, |lifetime, left| lifetime.min(Seconds(left)))
    }

    /// When a refresh token of this family ends unless it is used: with the family, or before with the grant where the
    /// user set its end.
    pub(super) fn refresh_end(&self, family: &FamilyRecord) -> Timestamp {
        let own = family.ends_at();
        let grant = self.grant.and_then(|grant| grant.expires_at);
        grant.map_or(own, |end| end.min(own))
    }

    /// What the delegation's scope still permits: within what the client may have now and, in a tenant, what the
    /// user's role there allows now. It is only cut: the user or an operator took it away.
    ///
    /// # Errors
    /// `invalid_scope` where nothing is left: a token without any scope is none (RFC 6749 section 3.3).
    pub(super) fn current_scope(
        &self,
        realm: &Realm,
        client: &ClientRecord,
        scope: &ScopeSet,
    ) -> Result<ScopeSet, OAuthError> {
        let role = self.membership.map(|membership| realm.role(&membership.role));
        let bounds = Bounds {
            catalogue: &realm.catalogue,
            client: &client.scopes,
            role: Some(&role.unwrap_or_else(of_users_without_role)),
            excess: ExcessScope::Cut,
        };
        let known: ScopeSet = scope.iter().filter(|scope| realm.catalogue.knows(scope)).collect();
        let mut left = bounds.grant(&known)?;
        if let Some(grant) = self.grant.filter(|grant| !grant.scope.covers_all(&left)) {
            // Somebody narrowed the grant since.
            left = Bounds {
                client: &grant.scope,
                role: None,
                ..bounds
            }
            .grant(&left)?;
        }
        if left.is_empty() {
            return Err(OAuthError::invalid_scope(
                "nothing of what was allowed is permitted any more",
            ));
        }
        Ok(left)
    }

    /// What of the delegation's particulars goes into the tokens for `audience`: what is asked of the details, of types
    /// that the client may have now; the claims whose scopes the client and the grant still have.
    ///
    /// # Errors
    /// `invalid_authorization_details` for details beyond those that were allowed.
    pub(super) fn particulars(
        &self,
        delegation: &Delegation,
        asked: Option<&str>,
        audience: &str,
        client: &ClientRecord,
        realm: &Realm,
    ) -> Result<Particulars, OAuthError> {
        let asked = AuthorizationDetails::read(asked, client, realm)?;
        let details = AuthorizationDetails::narrowed(delegation.details(), asked.as_ref())?
            .and_then(|details| details.still_permitted(client, realm))
            .and_then(|details| details.concerning(audience));
        let still = |scope: &str| {
            client.scopes.covers(scope)
                && realm.catalogue.is_identity_scope(scope)
                && self.grant.is_some_and(|grant| grant.scope.covers(scope))
        };
        let claims = delegation
            .claims()
            .map(|claims| claims.within(still))
            .unwrap_or_default();
        let told = |name: &String| Some((name.clone(), value_of(self.user?, name)?));
        Ok(Particulars {
            id_token: claims.id_token.iter().filter_map(told).collect(),
            access: AccessMore::of(details, claims.userinfo),
        })
    }
}

/// What of its session a delegation depends on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bond {
    /// Nothing.
    None,
    /// That nobody logged out.
    Logout,
    /// That it goes on: the user allowed it for this session alone.
    Session,
}
