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
mod standing;
pub mod token_exchange;

pub use standing::Standing;

use crate::change::{Guard, Write};
use crate::realm::Realm;
use crate::record::access::AccessMore;
use crate::record::client::GrantType;
use crate::record::code::{Authentication, Delegation};
use crate::record::{Binding, ClientRecord, FamilyRecord};
use crate::status_list::Listed;
use crate::subject;
use grantd_protocol::id::{FamilyId, GrantId, SessionId};
use grantd_protocol::params::ParamsError;
use grantd_protocol::resource::is_well_formed;
use grantd_protocol::{ErrorCode, OAuthError, RawParams, ScopeSet, Seconds, Timestamp};
use serde_json::{Map, Value};
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
    /// The single claims about the user that were asked for and allowed.
    pub claims: Map<String, Value>,
}

/// What a token says beyond what every token says, of what its delegation has.
#[derive(Debug)]
struct Particulars {
    /// For the access token.
    access: Option<Box<AccessMore>>,
    /// For the ID token.
    id_token: Map<String, Value>,
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
