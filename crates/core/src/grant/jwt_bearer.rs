//! `urn:ietf:params:oauth:grant-type:jwt-bearer` (RFC 7521, RFC 7523 section 2.1): another server vouches for a user, and a
//! client gets a token for that user without the user being asked here. Also the identity assertion grant (ID-JAG), by
//! which a company's own login decides which programs its people may connect.
//!
//! Nobody vouches whom the realm does not name, and nobody vouches for more than the realm lets them: for whose tenant, to
//! which clients, for which resources and permissions. There is no refresh token: who wants more time asks for another
//! assertion, and is asked again whether the user may. Must not know where keys are fetched from.

mod assertion;

pub use assertion::{Asserted, User};

use super::approved::Approved;
use super::context::{Context, access_lifetime, require_offered};
use super::params::parse_scope;
use super::resource::{audience, declared_resources, named_resources};
use crate::Refusal;
use crate::authorize::consent::{at_version, no_grant};
use crate::change::{Guard, Write};
use crate::client_auth::{AuthenticatedClient, require_grant_type};
use crate::permission::ExcessScope;
use crate::permission::{Bounds, of_users_without_role};
use crate::realm::{Realm, TrustedIssuer};
use crate::record::client::GrantType;
use crate::record::{GrantRecord, MembershipRecord, SessionRecord, TenantAppRecord, UserRecord};
use crate::tenant_app::{self, Admission, admission};
use grantd_jose::JwkSet;
use grantd_protocol::id::GrantId;
use grantd_protocol::{Entropy, ErrorCode, OAuthError, RawParams, ScopeSet, Seconds, Secret, Timestamp};
use std::sync::Arc;

/// The request's parameters.
#[derive(Debug)]
pub struct Request {
    assertion: Secret,
    scope: Option<ScopeSet>,
    resources: Vec<String>,
}

/// One sentence for everything that is wrong about an assertion: what is right about it is nobody's business.
const NOT_GOOD: OAuthError = OAuthError::invalid_grant(
    "the assertion is not good here: unknown issuer, wrong signature, time, audience or client",
);

/// It is signed, and whoever reads it reads this too.
const NOT_PROVED: OAuthError = OAuthError::invalid_grant(
    "the assertion is bound to a key or certificate (cnf): prove that one with this request, by a DPoP header or by TLS",
);

impl Request {
    /// Reads `assertion`, `scope` and `resource`.
    ///
    /// # Errors
    /// `invalid_request` without an assertion, `invalid_scope` for a malformed scope.
    pub fn parse(params: &RawParams) -> Result<Self, OAuthError> {
        let assertion = params
            .get("assertion")
            .ok_or(OAuthError::invalid_request("assertion is missing"))?;
        Ok(Self {
            assertion: Secret::new(assertion.to_owned()),
            scope: parse_scope(params)?,
            resources: params.all("resource").map(str::to_owned).collect(),
        })
    }

    /// Whose assertion it says it is, where the realm lets them vouch: whose keys must be at hand to read it.
    #[must_use]
    pub fn issuer<'r>(&self, realm: &'r Realm) -> Option<&'r TrustedIssuer> {
        let claims = assertion::well_formed(self.assertion.expose())?
            .unverified_claims()
            .ok()?;
        let issuer = claims.required_str("iss").ok()?;
        realm.trusted_issuers.iter().find(|trusted| *trusted.issuer == *issuer)
    }

    /// The `kid` of the key that the assertion says it is signed with.
    #[must_use]
    pub fn key_id(&self) -> Option<String> {
        assertion::well_formed(self.assertion.expose())?
            .header()
            .kid()
            .map(str::to_owned)
    }

    /// Whether the request, or its assertion, names a resource.
    #[must_use]
    pub fn names_a_resource(&self) -> bool {
        let claims = || {
            assertion::well_formed(self.assertion.expose())?
                .unverified_claims()
                .ok()
        };
        let vouched = || claims().and_then(|claims| assertion::resources(claims.get("resource")));
        !self.resources.is_empty() || vouched().is_some_and(|resources| !resources.is_empty())
    }

    /// What the assertion says, if it is good now: made by an issuer that the realm trusts, for this server, this client,
    /// and not for another purpose. `fetched_keys` are looked at where the issuer's keys are not in the configuration.
    ///
    /// One that names a key or a certificate (`cnf`) is good for a request whose token is bound to that, and for no other:
    /// whoever has stolen it alone cannot use it (draft of the identity assertion grant, RFC 9449 section 6).
    ///
    /// # Errors
    /// `unsupported_grant_type`, `unauthorized_client`; `invalid_grant`, the same for every reason but that last one.
    pub fn read<'r>(
        &self,
        client: &AuthenticatedClient,
        fetched_keys: Option<&JwkSet>,
        context: &Context<'r>,
    ) -> Result<Asserted<'r>, OAuthError> {
        require_offered(context.realm, GrantType::JwtBearer)?;
        require_grant_type(client, GrantType::JwtBearer)?;
        if client.is_public() {
            return Err(OAuthError::unauthorized_client(
                "a public client cannot use assertions about users",
            ));
        }
        let trusted = self.issuer(context.realm).ok_or(NOT_GOOD)?;
        let asserted =
            assertion::read(self.assertion.expose(), trusted, fetched_keys, client, context).ok_or(NOT_GOOD)?;
        if asserted.bound_to.is_some() && asserted.bound_to != client.bound_to() {
            return Err(NOT_PROVED);
        }
        Ok(asserted)
    }
}

/// What the decision needs to know.
#[derive(Debug, Default)]
pub struct Facts {
    /// The user that the assertion names.
    pub user: Option<UserRecord>,
    /// Where the user belongs.
    pub memberships: Vec<MembershipRecord>,
    /// What these tenants decided about the client.
    pub apps: Vec<TenantAppRecord>,
    /// What the user allowed the client, and is not ended.
    pub grants: Vec<GrantRecord>,
    /// The sessions that some of these were given for.
    pub sessions: Vec<SessionRecord>,
}

/// Decides the request.
///
/// # Errors
/// `invalid_grant` for a user that is not here, may not act, or whose tenant is not certain; `invalid_scope`,
/// `invalid_target`.
pub fn decide(
    request: &Request,
    asserted: &Asserted<'_>,
    client: &AuthenticatedClient,
    facts: &Facts,
    context: &Context<'_>,
    entropy: &dyn Entropy,
) -> Result<Approved, Refusal> {
    let realm = context.realm;
    let user = facts.user.as_ref().filter(|user| user.enabled).ok_or(NO_USER)?;
    let place = place(asserted, &facts.memberships, realm)?;
    let scope = granted(request, asserted, place, client, realm)?;
    let audience = target(request, asserted, realm)?;
    let tenant = place.map(|place| Arc::clone(&place.tenant.id));
    let mut guards = vec![Guard::UserAt {
        realm: Arc::clone(&realm.name),
        id: Arc::clone(&user.id),
        version: user.version,
    }];
    if let Some(place) = place {
        if admission(client, &place.tenant, &facts.apps, realm) != Admission::Admitted {
            return Err(NOT_ADMITTED.into());
        }
        guards.extend(tenant_app::guard(client, &place.tenant, realm));
    }
    let mut writes = Vec::new();
    let its = |grant: &&GrantRecord| grant.client_id == client.client_id && grant.tenant == tenant;
    let before = facts.grants.iter().find(its).filter(|grant| grant.ended_at.is_none());
    let lives = |grant: &&GrantRecord| facts.lives(grant, context.now);
    let mut lifetime = access_lifetime(realm, client);
    let grant = match before.filter(lives) {
        Some(grant) => {
            guards.push(Guard::GrantLive(grant.id));
            guards.extend(grant.session.map(Guard::SessionLive));
            lifetime = lifetime.min(facts.left(grant, context.now));
            grant.id
        }
        None => {
            let record = unasked(user, client, tenant.clone(), &audience, context, entropy);
            guards.push(before.map_or_else(|| no_grant(&record), at_version));
            writes.extend(before.map(|grant| Write::EndGrant {
                id: grant.id,
                at: context.now,
            }));
            let id = record.id;
            writes.push(Write::InsertGrant(Box::new(record)));
            id
        }
    };
    Ok(Approved {
        subject: Arc::clone(&user.id),
        client_id: Arc::clone(&client.client_id),
        tenant,
        scope,
        audience,
        grant: Some(grant),
        family: None,
        hangs_off: None,
        refresh_generation: None,
        refresh_ends_at: None,
        authentication: None,
        id_token: None,
        lifetime,
        bound_to: client.bound_to(),
        status: None,
        more: None,
        guards,
        writes,
    })
}

/// Whoever vouches for a user does not speak for the tenant's administrators.
const NOT_ADMITTED: OAuthError =
    OAuthError::invalid_grant("the tenant of the user has blocked this client, or not allowed it yet");
const NO_USER: OAuthError = OAuthError::invalid_grant("the assertion names nobody who may act here");

/// The user's place: in the issuer's tenant, or the only one there is. An issuer of one tenant speaks of no other.
fn place<'f>(
    asserted: &Asserted<'_>,
    memberships: &'f [MembershipRecord],
    realm: &Realm,
) -> Result<Option<&'f MembershipRecord>, OAuthError> {
    let mut live = memberships.iter().filter(|place| place.tenant.enabled);
    if let Some(tenant) = asserted.tenant() {
        return live.find(|place| place.tenant.id == *tenant).map(Some).ok_or(NO_USER);
    }
    if !realm.tenants.enabled {
        return Ok(None);
    }
    match (live.next(), live.next()) {
        (Some(only), None) => Ok(Some(only)),
        _ => Err(OAuthError::invalid_grant(
            "the user is in no tenant, or in several, and the issuer is that of none",
        )),
    }
}

/// At most what the issuer may vouch for, the client may have, and the user's role allows. What the request names is refused
/// beyond the assertion, and beyond the rest as the realm does with excess; what comes by itself is cut.
fn granted(
    request: &Request,
    asserted: &Asserted<'_>,
    place: Option<&MembershipRecord>,
    client: &AuthenticatedClient,
    realm: &Realm,
) -> Result<ScopeSet, OAuthError> {
    let vouched = asserted.scope.as_ref();
    if let (Some(asked), Some(vouched)) = (&request.scope, vouched)
        && !vouched.covers_all(asked)
    {
        return Err(OAuthError::invalid_scope("the scope goes beyond that of the assertion"));
    }
    let role = place.map(|place| realm.role(&place.role));
    let within = |bound: &ScopeSet, role: Option<&ScopeSet>, scope: &ScopeSet| {
        let bounds = Bounds {
            catalogue: &realm.catalogue,
            client: bound,
            role,
            excess: ExcessScope::Cut,
        };
        bounds.grant(scope)
    };
    let role = role.unwrap_or_else(of_users_without_role);
    let bounded = |scope: &ScopeSet| {
        let vouched_for = within(&asserted.issuer.scopes, None, scope)?;
        within(&client.scopes, Some(&role), &vouched_for)
    };
    let scope = match &request.scope {
        Some(asked) => {
            if realm.excess_for(client) == ExcessScope::Refuse {
                // One by one: of a pattern it is enough that something is left.
                refuse_excess(asked, bounded)?;
            }
            bounded(asked)?
        }
        None => {
            let wanted = vouched.unwrap_or(&client.default_scopes);
            let known = wanted.iter().filter(|scope| realm.catalogue.knows(scope));
            bounded(&known.collect())?
        }
    };
    if scope.is_empty() {
        return Err(OAuthError::invalid_scope(
            "nothing of what is asked for may be granted by this assertion",
        ));
    }
    Ok(scope)
}

/// `invalid_scope` for a scope of which nothing is left within the bounds.
fn refuse_excess(
    asked: &ScopeSet,
    bounded: impl Fn(&ScopeSet) -> Result<ScopeSet, OAuthError>,
) -> Result<(), OAuthError> {
    for scope in asked.iter() {
        if bounded(&[scope].into_iter().collect())?.is_empty() {
            return Err(OAuthError::with_detail(
                ErrorCode::InvalidScope,
                &format!("the scope '{scope}' is not permitted here"),
            ));
        }
    }
    Ok(())
}

/// Where the token will be for: what the request names within the assertion, or all that the assertion names.
fn target(request: &Request, asserted: &Asserted<'_>, realm: &Realm) -> Result<Arc<str>, OAuthError> {
    let vouched = declared_resources(realm, asserted.resources.iter().map(String::as_str))?;
    let asked = request.resources.iter().map(String::as_str);
    let asked = if vouched.is_empty() {
        named_resources(realm, asked)?
    } else {
        declared_resources(realm, asked)?
    };
    let wanted = if asked.is_empty() { &vouched } else { &asked };
    let allowed = &asserted.issuer.resources;
    let within = |resource: &Arc<str>| {
        (vouched.is_empty() || vouched.contains(resource)) && (allowed.is_empty() || allowed.contains(resource))
    };
    let audience = audience(realm, wanted);
    let fits = if wanted.is_empty() {
        allowed.is_empty() || allowed.contains(&audience)
    } else {
        wanted.iter().all(within)
    };
    if fits {
        Ok(audience)
    } else {
        Err(OAuthError::invalid_target("the assertion is not for that resource"))
    }
}

impl Facts {
    /// Whether a grant stands, and the session that it was given for. One that is over by itself must not come back to life.
    fn lives(&self, grant: &GrantRecord, now: Timestamp) -> bool {
        let is_its = |id| {
            self.sessions
                .iter()
                .any(|session| session.id == id && session.is_live(now))
        };
        grant.is_live(now) && grant.session.is_none_or(is_its)
    }

    /// How long a grant goes on, and the session that it was given for: a token that hangs off them does not outlive them.
    fn left(&self, grant: &GrantRecord, now: Timestamp) -> Seconds {
        let session = self.sessions.iter().find(|session| Some(session.id) == grant.session);
        let ends = grant
            .expires_at
            .into_iter()
            .chain(session.map(|session| session.expires_at));
        ends.filter_map(|end| u32::try_from(end.seconds_since(now)).ok())
            .map(Seconds)
            .min()
            .unwrap_or(Seconds(u32::MAX))
    }
}

/// What the token hangs off where the user allowed the client nothing: whoever ends it ends the token. The user was not
/// asked, so it remembers no permission and no address, and the next request in a browser asks.
fn unasked(
    user: &UserRecord,
    client: &AuthenticatedClient,
    tenant: Option<Arc<str>>,
    audience: &Arc<str>,
    context: &Context<'_>,
    entropy: &dyn Entropy,
) -> GrantRecord {
    let now = context.now;
    GrantRecord {
        id: GrantId::draw(now, entropy),
        version: 1,
        realm: Arc::clone(&context.realm.name),
        user: Arc::clone(&user.id),
        client_id: Arc::clone(&client.client_id),
        tenant,
        scope: ScopeSet::empty(),
        resource: Arc::clone(audience),
        redirect_uri: String::new(),
        created_at: now,
        updated_at: now,
        expires_at: None,
        session: None,
        ended_at: None,
    }
}

#[cfg(test)]
mod tests;
