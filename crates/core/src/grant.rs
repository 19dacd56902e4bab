//! The token endpoint's requests (RFC 6749 section 4): one file per grant type, and here the way from parameters to
//! the right one. Every grant ends in [`Approved`] or in a [`Refusal`]; what follows (mint, sign, commit, render)
//! is the same for all of them.
//!
//! [`Refusal`]: crate::Refusal

pub mod authorization_code;
pub mod client_credentials;
pub mod device_code;
pub mod jwt_bearer;
pub mod refresh_token;
pub mod token_exchange;

use crate::change::{Guard, Write};
use crate::permission::{Bounds, of_users_without_role};
use crate::realm::{ExcessScope, Realm};
use crate::record::access::AccessMore;
use crate::record::client::GrantType;
use crate::record::code::{Authentication, Delegation};
use crate::record::{Binding, ClientRecord, FamilyRecord, GrantRecord, MembershipRecord, SessionRecord, UserRecord};
use crate::status_list::Listed;
use crate::subject;
use grantd_protocol::id::{FamilyId, GrantId, SessionId};
use grantd_protocol::params::ParamsError;
use grantd_protocol::resource::is_well_formed;
use grantd_protocol::{ErrorCode, OAuthError, RawParams, ScopeSet, Seconds, Timestamp};
use std::sync::Arc;

/// A request to the token endpoint, parsed.
#[derive(Debug)]
pub enum TokenRequest {
    /// RFC 6749 section 4.1.3.
    AuthorizationCode(authorization_code::Request),
    /// RFC 6749 section 6.
    RefreshToken(refresh_token::Request),
    /// RFC 6749 section 4.4.2.
    ClientCredentials(client_credentials::Request),
    /// RFC 8628 section 3.4.
    DeviceCode(device_code::Request),
    /// RFC 8693.
    TokenExchange(token_exchange::Request),
    /// RFC 7523 section 2.1.
    JwtBearer(jwt_bearer::Request),
}

/// Parameters that may repeat at the token endpoint (RFC 8707 section 2, RFC 8693 section 2.1).
pub const REPEATABLE: &[&str] = &["resource", "audience"];

impl TokenRequest {
    /// Parses the parameters of a request; client authentication is read elsewhere.
    ///
    /// # Errors
    /// `invalid_request` for duplicates, missing or malformed parameters; `unsupported_grant_type`.
    pub fn parse(params: &RawParams) -> Result<Self, OAuthError> {
        params.refuse_duplicates(REPEATABLE).map_err(refuse_params)?;
        match params.get("grant_type") {
            None => Err(OAuthError::invalid_request("grant_type is missing")),
            Some("authorization_code") => authorization_code::Request::parse(params).map(Self::AuthorizationCode),
            Some("refresh_token") => refresh_token::Request::parse(params).map(Self::RefreshToken),
            Some("client_credentials") => client_credentials::Request::parse(params).map(Self::ClientCredentials),
            Some("urn:ietf:params:oauth:grant-type:device_code") => {
                device_code::Request::parse(params).map(Self::DeviceCode)
            }
            Some("urn:ietf:params:oauth:grant-type:token-exchange") => {
                token_exchange::Request::parse(params).map(Self::TokenExchange)
            }
            Some("urn:ietf:params:oauth:grant-type:jwt-bearer") => {
                jwt_bearer::Request::parse(params).map(Self::JwtBearer)
            }
            Some(_) => Err(OAuthError::new(
                ErrorCode::UnsupportedGrantType,
                "this grant_type is not supported",
            )),
        }
    }

    /// Which grant type it is.
    #[must_use]
    pub const fn grant_type(&self) -> GrantType {
        match self {
            Self::AuthorizationCode(_) => GrantType::AuthorizationCode,
            Self::RefreshToken(_) => GrantType::RefreshToken,
            Self::ClientCredentials(_) => GrantType::ClientCredentials,
            Self::DeviceCode(_) => GrantType::DeviceCode,
            Self::TokenExchange(_) => GrantType::TokenExchange,
            Self::JwtBearer(_) => GrantType::JwtBearer,
        }
    }
}

/// The `scope` parameter, if it was sent.
pub(crate) fn parse_scope(params: &RawParams) -> Result<Option<ScopeSet>, OAuthError> {
    params
        .get("scope")
        .map(|text| {
            ScopeSet::parse(text).map_err(|error| OAuthError::with_detail(ErrorCode::InvalidScope, &error.to_string()))
        })
        .transpose()
}

/// Turns a parameter error into the client's error.
#[must_use]
pub fn refuse_params(error: ParamsError) -> OAuthError {
    OAuthError::with_detail(ErrorCode::InvalidRequest, &error.to_string())
}

/// Where a request was addressed: the realm, and which of its issuer identifiers.
#[derive(Clone, Debug)]
pub struct Context<'a> {
    /// The realm.
    pub realm: &'a Realm,
    /// The issuer identifier that was addressed: the realm's own or an alias.
    pub issuer: &'a Arc<str>,
    /// The instant of the decision.
    pub now: Timestamp,
}

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
}

/// Refuses a grant type that the realm does not offer.
///
/// # Errors
/// `unsupported_grant_type` (RFC 6749 section 5.2).
pub(crate) fn require_offered(realm: &Realm, grant_type: GrantType) -> Result<(), OAuthError> {
    if realm.offers(grant_type) {
        Ok(())
    } else {
        Err(OAuthError::new(
            ErrorCode::UnsupportedGrantType,
            "this grant_type is not offered here",
        ))
    }
}

/// A clock that was stepped back by more than this does not bring back what was over: a code shows as not yet made,
/// a rotation as one that is still to come. Clocks of two nodes differ by less.
const CLOCK_STEP: Seconds = Seconds(300);

/// `expires_in` of a client's access tokens.
#[must_use]
pub fn access_lifetime(realm: &Realm, client: &ClientRecord) -> Seconds {
    client.access_lifetime.unwrap_or(realm.access.lifetime)
}

/// The resources that a request names, in declared spelling and once each (RFC 8707 section 2).
///
/// # Errors
/// `invalid_target` for one that is malformed or not declared in the realm.
pub fn declared_resources<'a>(
    realm: &Realm,
    asked: impl Iterator<Item = &'a str>,
) -> Result<Vec<Arc<str>>, OAuthError> {
    let mut declared: Vec<Arc<str>> = Vec::new();
    for resource in asked {
        let known = is_well_formed(resource).then(|| realm.resource(resource)).flatten();
        let known = known.ok_or_else(|| OAuthError::invalid_target("the resource is not one of this server's"))?;
        if !declared.contains(&known.identifier) {
            declared.push(Arc::clone(&known.identifier));
        }
    }
    Ok(declared)
}

/// The same for a request that says what all of its tokens are for: in a realm that asks for it, it names a resource.
///
/// # Errors
/// `invalid_target`, also where none is named and one must be.
pub fn named_resources<'a>(realm: &Realm, asked: impl Iterator<Item = &'a str>) -> Result<Vec<Arc<str>>, OAuthError> {
    let named = declared_resources(realm, asked)?;
    if named.is_empty() && realm.tightenings.audience_required {
        return Err(OAuthError::invalid_target("the request must name a resource"));
    }
    Ok(named)
}

/// Joins resources to the space-separated form of records; the realm's default where none was named.
#[must_use]
pub fn audience(realm: &Realm, resources: &[Arc<str>]) -> Arc<str> {
    match resources {
        [] => Arc::clone(&realm.default_resource),
        [one] => Arc::clone(one),
        many => many.join(" ").into(),
    }
}

/// What of a delegation's audience this request asks for (RFC 8707 section 2.2: the same or fewer).
///
/// # Errors
/// `invalid_target` for a resource that the user did not allow.
fn narrowed_audience(realm: &Realm, allowed: &Arc<str>, asked: &[String]) -> Result<Arc<str>, OAuthError> {
    if asked.is_empty() {
        return Ok(Arc::clone(allowed));
    }
    let declared = declared_resources(realm, asked.iter().map(String::as_str))?;
    if declared
        .iter()
        .all(|resource| allowed.split(' ').any(|one| one == &**resource))
    {
        Ok(audience(realm, &declared))
    } else {
        Err(OAuthError::invalid_target("the resource was not allowed by the user"))
    }
}

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
    fn session_guard(&self, delegation: &Delegation, offline: bool) -> Option<Guard> {
        let session = self.session?;
        (self.bond(delegation, offline) != Bond::None).then_some(Guard::SessionLive(session.id))
    }

    /// `expires_in`: the client's, but never beyond the grant's own end where the user set one, nor beyond the session
    /// that the user allowed it for.
    fn lifetime(&self, realm: &Realm, client: &ClientRecord, now: Timestamp) -> Seconds {
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
    fn refresh_end(&self, family: &FamilyRecord) -> Timestamp {
        let own = refresh_token::end_of(family);
        let grant = self.grant.and_then(|grant| grant.expires_at);
        grant.map_or(own, |end| end.min(own))
    }

    /// What the delegation's scope still permits: within what the client may have now and, in a tenant, what the
    /// user's role there allows now. It is only cut: the user or an operator took it away.
    ///
    /// # Errors
    /// `invalid_scope` where nothing is left: a token without any scope is none (RFC 6749 section 3.3).
    fn current_scope(&self, realm: &Realm, client: &ClientRecord, scope: &ScopeSet) -> Result<ScopeSet, OAuthError> {
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

/// A family's row before anything came from it.
fn new_family(id: FamilyId, delegation: Delegation, salt: [u8; 16], offline: bool, now: Timestamp) -> FamilyRecord {
    FamilyRecord {
        id,
        delegation,
        generation: None,
        rotated_at: now,
        salt,
        offline,
        created_at: now,
        idle_expires_at: now,
        absolute_expires_at: None,
        ended_at: None,
    }
}
