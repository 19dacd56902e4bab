//! `urn:ietf:params:oauth:grant-type:token-exchange` (RFC 8693): a service trades a token that it was sent for one of its
//! own, for another API, on behalf of the same subject. Nothing is exchanged that the realm does not name: who, whose
//! tokens, for where, and at most for what.
//!
//! What comes of it never says more, never lives longer, and ends with the token it was made of. Who acts is always said
//! (`act`, section 4.1): a service does not become the user.

use super::approved::Approved;
use super::context::{Context, access_lifetime, require_offered};
use super::params::parse_scope;
use super::resource::{audience, declared_resources};
use crate::Refusal;
use crate::change::Guard;
use crate::client_auth::{AuthenticatedClient, require_grant_type};
use crate::permission::Bounds;
use crate::permission::ExcessScope;
use crate::realm::{ExchangePolicy, Realm};
use crate::record::access::{AccessMore, Actor};
use crate::record::client::GrantType;
use crate::record::{AccessFacts, AccessRecord, TenantAppRecord, TenantRecord, TokenFormat};
use crate::tenant_app::{self, Admission, admission, is_foreign};
use crate::token::introspect::named;
use grantd_protocol::{OAuthError, RawParams, ScopeSet, Seconds, Secret};
use std::sync::Arc;

/// The type of every token that is taken and issued here (section 3).
pub const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";
/// How many may act for one another, the one who asks now included.
pub const MOST_ACTORS: usize = 5;

/// The request's parameters.
#[derive(Debug)]
pub struct Request {
    subject: Presented,
    actor: Option<Presented>,
    targets: Vec<String>,
    scope: Option<ScopeSet>,
    wants_jwt: bool,
}

/// A token as it was presented.
#[derive(Debug)]
struct Presented {
    token: Secret,
    is_jwt: bool,
}

impl Request {
    /// Reads the parameters.
    ///
    /// # Errors
    /// `invalid_request` where a token or its type is missing or is of a type that is not exchanged here; `invalid_scope`
    /// for a malformed scope.
    pub fn parse(params: &RawParams) -> Result<Self, OAuthError> {
        let subject = presented(params, "subject_token", "subject_token_type")?
            .ok_or(OAuthError::invalid_request("subject_token is missing"))?;
        let wants_jwt = match params.get("requested_token_type") {
            None | Some(ACCESS_TOKEN) => false,
            Some(JWT) => true,
            Some(_) => return Err(OAuthError::invalid_request("only access tokens can be requested")),
        };
        let named = params.all("resource").chain(params.all("audience"));
        Ok(Self {
            subject,
            actor: presented(params, "actor_token", "actor_token_type")?,
            targets: named.map(str::to_owned).collect(),
            scope: parse_scope(params)?,
            wants_jwt,
        })
    }

    /// The subject's token, to be looked up.
    #[must_use]
    pub fn subject_token(&self) -> &str {
        self.subject.token.expose()
    }

    /// The actor's token, to be looked up.
    #[must_use]
    pub fn actor_token(&self) -> Option<&str> {
        self.actor.as_ref().map(|actor| actor.token.expose())
    }
}

fn presented(params: &RawParams, token: &'static str, kind: &'static str) -> Result<Option<Presented>, OAuthError> {
    match (params.get(token), params.get(kind)) {
        (None, None) => Ok(None),
        (Some(text), Some(kind @ (ACCESS_TOKEN | JWT))) => Ok(Some(Presented {
            token: Secret::new(text.to_owned()),
            is_jwt: kind == JWT,
        })),
        (Some(_), Some(_)) => Err(OAuthError::invalid_request(
            "only access tokens of this server are exchanged",
        )),
        // Section 2.1: the type is required with the token, and forbidden without it.
        _ => Err(OAuthError::invalid_request("a token and its type come together")),
    }
}

/// A presented token that is this realm's.
#[derive(Debug)]
pub struct Found {
    /// The token and the fate of what it hangs off.
    pub facts: AccessFacts,
    /// Whether it is good now, with everything it was made of
    /// ([`is_live`](crate::token::introspect::is_live)).
    pub live: bool,
}

/// What the decision needs to know.
#[derive(Debug)]
pub struct Facts {
    /// The subject's token; `None` for a text that is none of this realm's.
    pub subject: Option<Found>,
    /// The actor's token.
    pub actor: Option<Found>,
    /// The tenant that the subject's token acts in.
    pub tenant: Option<TenantRecord>,
    /// What it decided about this client.
    pub apps: Vec<TenantAppRecord>,
}

const BAD_SUBJECT: OAuthError =
    OAuthError::invalid_request("the subject_token is unknown, over, or not one that this client may exchange");
const NOT_ADMITTED: OAuthError =
    OAuthError::invalid_request("the tenant of the subject_token has blocked this client, or not allowed it yet");
const BAD_ACTOR: OAuthError = OAuthError::invalid_request("the actor_token is unknown, over, or not this client's");

/// Decides the exchange.
///
/// # Errors
/// `unsupported_grant_type`, `unauthorized_client` for a client that the realm names nowhere, `invalid_request` for a
/// token that cannot be exchanged (section 2.2.2), `invalid_target`, `invalid_scope`.
pub fn decide(
    request: &Request,
    client: &AuthenticatedClient,
    facts: &Facts,
    context: &Context<'_>,
) -> Result<Approved, Refusal> {
    let realm = context.realm;
    require_offered(realm, GrantType::TokenExchange)?;
    require_grant_type(client, GrantType::TokenExchange)?;
    if client.is_public() {
        return Err(OAuthError::unauthorized_client("a public client cannot exchange tokens").into());
    }
    let mut rows = realm.exchanges.iter().filter(|row| row.client_id == client.client_id);
    if rows.clone().next().is_none() {
        return Err(OAuthError::unauthorized_client("this client may not exchange tokens here").into());
    }
    let subject = usable(&request.subject, facts.subject.as_ref(), client, context).ok_or(BAD_SUBJECT)?;
    let row = rows
        .find(|row| row.takes_tokens_of(&subject.client_id))
        .ok_or(BAD_SUBJECT)?;
    let act = acting(request, subject, client, facts, context)?;
    may_act(subject, row, &act, client)?;
    let audience = target(&request.targets, row, realm)?;
    if request.wants_jwt && realm.token_format(client, &audience) != TokenFormat::Jwt {
        return Err(OAuthError::invalid_request("this client's access tokens are no JWTs").into());
    }
    let mut guards = vec![Guard::AccessLive(subject.id)];
    guards.extend(admitted(subject, client, facts, realm)?);
    let actor = facts.actor.as_ref().filter(|_| request.actor.is_some());
    guards.extend(actor.map(|actor| Guard::AccessLive(actor.facts.token.id)));
    let left = u32::try_from(subject.expires_at.seconds_since(context.now)).unwrap_or(u32::MAX);
    Ok(Approved {
        subject: Arc::clone(&subject.subject),
        client_id: Arc::clone(&client.client_id),
        tenant: subject.tenant.clone(),
        scope: granted(request.scope.as_ref(), subject, row, client, realm)?,
        audience,
        grant: subject.grant,
        family: None,
        hangs_off: subject.family,
        refresh_generation: None,
        refresh_ends_at: None,
        authentication: None,
        id_token: None,
        lifetime: access_lifetime(realm, client).min(Seconds(left)),
        bound_to: client.bound_to(),
        status: None,
        more: Some(Box::new(AccessMore {
            made_of: Some(subject.id),
            act: Some(act),
            // What was allowed in detail was allowed to another client, and is not passed on.
            ..AccessMore::default()
        })),
        guards,
        writes: Vec::new(),
    })
}

/// Whether the tenant that the token acts in lets this client act there, and what must then be so at the commit.
fn admitted(
    subject: &AccessRecord,
    client: &AuthenticatedClient,
    facts: &Facts,
    realm: &Realm,
) -> Result<Option<Guard>, OAuthError> {
    let Some(id) = subject.tenant.as_ref().filter(|id| is_foreign(client, id, realm)) else {
        return Ok(None);
    };
    let tenant = facts.tenant.as_ref().filter(|tenant| tenant.id == *id);
    let is_admitted = |tenant: &&TenantRecord| admission(client, tenant, &facts.apps, realm) == Admission::Admitted;
    let tenant = tenant.filter(is_admitted).ok_or(NOT_ADMITTED)?;
    Ok(tenant_app::guard(client, tenant, realm))
}

/// The token, where it is good, of this realm and issuer, of the type it was said to be, and its key was proved.
fn usable<'a>(
    presented: &Presented,
    found: Option<&'a Found>,
    client: &AuthenticatedClient,
    context: &Context<'_>,
) -> Option<&'a AccessRecord> {
    let found = found.filter(|found| found.live)?;
    let token = &found.facts.token;
    let belongs_here = *token.realm == *context.realm.name && token.issuer == *context.issuer;
    let is_typed = !presented.is_jwt || token.hash.is_none();
    // Whoever has stolen a bound token does not get rid of the key by exchanging it (RFC 9449 section 6).
    let is_proved = token.bound_to.is_none() || token.bound_to == client.bound_to();
    // One that somebody made by hand hangs off nothing that could end what came of it.
    (belongs_here && is_typed && is_proved && !token.is_made_by_hand()).then_some(token)
}

/// Who acts from now on: the actor's token's subject, or the client itself, in front of those who acted before.
fn acting(
    request: &Request,
    subject: &AccessRecord,
    client: &AuthenticatedClient,
    facts: &Facts,
    context: &Context<'_>,
) -> Result<Actor, OAuthError> {
    let sub = match &request.actor {
        None => Arc::clone(&client.client_id),
        Some(presented) => {
            let actor = usable(presented, facts.actor.as_ref(), client, context).ok_or(BAD_ACTOR)?;
            if actor.client_id != client.client_id || actor.tenant != subject.tenant && actor.tenant.is_some() {
                return Err(BAD_ACTOR);
            }
            // It says on whose behalf somebody acts. Its own `act`, which says who does, would be lost with it.
            if actor.made_of().is_some() || actor.act().is_some() {
                return Err(BAD_ACTOR);
            }
            named(actor, Some(client), context.realm)
        }
    };
    let before = subject.more.as_ref().and_then(|more| more.act.clone());
    let act = Actor {
        sub,
        act: before.map(Box::new),
    };
    if act.depth() > MOST_ACTORS {
        return Err(OAuthError::invalid_request("too many act for one another already"));
    }
    Ok(act)
}

/// Section 4.4: where the token says who may act, it is nobody else, whatever the realm's rows say by now; and where the row
/// wants the token to say so, one that says nothing is not enough. The party must be the client that asks, acting as itself:
/// to hold a token about the party is not to be it.
fn may_act(
    subject: &AccessRecord,
    row: &ExchangePolicy,
    act: &Actor,
    client: &AuthenticatedClient,
) -> Result<(), OAuthError> {
    let is_meant = match subject.may_act() {
        Some(party) => party.sub == client.client_id && party.sub == act.sub,
        None => !row.is_named,
    };
    if is_meant { Ok(()) } else { Err(BAD_SUBJECT) }
}

/// Where the token will be for: what was named, within the row; the row's only resource where nothing was.
fn target(named: &[String], row: &ExchangePolicy, realm: &Realm) -> Result<Arc<str>, OAuthError> {
    let declared = declared_resources(realm, named.iter().map(String::as_str))?;
    if !declared.iter().all(|resource| row.resources.contains(resource)) {
        return Err(OAuthError::invalid_target(
            "this client may not exchange tokens for that",
        ));
    }
    match (declared.as_slice(), row.resources.as_slice()) {
        ([], [only]) => Ok(Arc::clone(only)),
        ([], _) => Err(OAuthError::invalid_target(
            "name the resource or audience that the token shall be for",
        )),
        (several, _) => Ok(audience(realm, several)),
    }
}

/// At most what the subject's token permits, the row, and the client. What is asked for is refused beyond that; what comes
/// by itself is cut.
fn granted(
    asked: Option<&ScopeSet>,
    subject: &AccessRecord,
    row: &ExchangePolicy,
    client: &AuthenticatedClient,
    realm: &Realm,
) -> Result<ScopeSet, OAuthError> {
    if asked.is_some_and(|asked| !subject.scope.covers_all(asked)) {
        return Err(OAuthError::invalid_scope(
            "the scope goes beyond that of the subject_token",
        ));
    }
    let excess = if asked.is_some() {
        ExcessScope::Refuse
    } else {
        ExcessScope::Cut
    };
    let within = |bound: &ScopeSet, scope: &ScopeSet| {
        let bounds = Bounds {
            catalogue: &realm.catalogue,
            client: bound,
            role: None,
            excess,
        };
        bounds.grant(scope)
    };
    let known = |scope: &ScopeSet| {
        scope
            .iter()
            .filter(|scope| realm.catalogue.knows(scope))
            .collect::<ScopeSet>()
    };
    let wanted = asked.map_or_else(|| known(&subject.scope), Clone::clone);
    let scope = within(&client.scopes, &within(&row.scopes, &wanted)?)?;
    if scope.is_empty() {
        return Err(OAuthError::invalid_scope(
            "nothing of the subject_token's scope may be exchanged by this client",
        ));
    }
    Ok(scope)
}

#[cfg(test)]
mod tests;
