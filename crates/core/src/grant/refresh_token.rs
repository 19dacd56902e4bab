//! `refresh_token` (RFC 6749 section 6, OAuth 2.1 section 4.3, RFC 9700 section 4.14): a family moves to its next
//! generation, a lost reply is answered again with the same successor, and a replay ends the family.

use super::approved::{Approved, IdTokenPlan};
use super::context::{CLOCK_STEP, Context, access_lifetime, require_offered};
use super::params::parse_scope;
use super::resource::narrowed_audience;
use super::standing::Standing;
use crate::Refusal;
use crate::change::{Guard, Write};
use crate::client_auth::{AuthenticatedClient, require_grant_type};
use crate::details;
use crate::realm::{Realm, Rotation};
use crate::record::client::GrantType;
use crate::record::{ClientRecord, FamilyFacts, FamilyRecord, MembershipRecord};
use crate::refresh_value::{RefreshKey, RefreshText};
use grantd_protocol::{OAuthError, RawParams, ScopeSet, Seconds, Secret, Timestamp};

/// The request's parameters.
#[derive(Debug)]
pub struct Request {
    token: Secret,
    scope: Option<ScopeSet>,
    resources: Vec<String>,
    details: Option<String>,
}

impl Request {
    /// Reads the parameters.
    ///
    /// # Errors
    /// `invalid_request` without a token, `invalid_scope` for a malformed scope.
    pub fn parse(params: &RawParams) -> Result<Self, OAuthError> {
        let token = params
            .get("refresh_token")
            .ok_or_else(|| OAuthError::invalid_request("refresh_token is missing"))?;
        Ok(Self {
            token: Secret::new(token.to_owned()),
            scope: parse_scope(params)?,
            resources: params.all("resource").map(str::to_owned).collect(),
            details: params.get(details::NAME).map(str::to_owned),
        })
    }

    /// What the token says about itself.
    #[must_use]
    pub fn value(&self, realm: &Realm) -> RefreshText {
        RefreshText::read(realm, self.token.expose())
    }
}

/// What the decision needs to know.
#[derive(Debug)]
pub struct Facts {
    /// The family and what it hangs off; `None` where the presented text names no row.
    pub family: Option<FamilyFacts>,
    /// The user's place in the family's tenant.
    pub membership: Option<MembershipRecord>,
}

const NOT_FOUND: OAuthError =
    OAuthError::invalid_grant("the refresh token is unknown, used, expired or not this client's");
const OTHERS_SUCCESSOR: OAuthError =
    OAuthError::invalid_grant("the refresh token was used just now with another key, or with none");

/// Decides the refresh.
///
/// # Errors
/// `unsupported_grant_type`, `unauthorized_client`, `invalid_grant`, `invalid_scope` for a scope that was not allowed
/// or where nothing allowed is permitted any more, `invalid_target`, `invalid_authorization_details`. A replay is an `invalid_grant` that also ends the
/// family.
pub fn decide(
    request: &Request,
    client: &AuthenticatedClient,
    facts: &Facts,
    key: &RefreshKey,
    context: &Context<'_>,
) -> Result<Approved, Refusal> {
    require_offered(context.realm, GrantType::RefreshToken)?;
    require_grant_type(client, GrantType::RefreshToken)?;
    let value = request.value(context.realm);
    let found = facts.family.as_ref().ok_or(NOT_FOUND)?;
    let family = &found.family;
    let delegation = &family.delegation;
    let belongs_here = *delegation.realm == *context.realm.name && delegation.issuer == *context.issuer;
    if !key.made(family, &value) || !belongs_here || delegation.client_id != client.client_id {
        return Err(NOT_FOUND.into());
    }
    // RFC 9449 section 5, RFC 8705 section 4. Before anything can count as a replay: whoever lacks the key has stolen the
    // token alone.
    if delegation.bound_to.is_some() && delegation.bound_to != client.bound_to() {
        return Err(NOT_FOUND.into());
    }
    let now = context.now;
    if family.ended_at.is_some() {
        return Err(NOT_FOUND.into());
    }
    // Before the family's own end is looked at: its last access token may outlive it, but not a replay.
    let step = step(family, value.generation(), client, context)?;
    if now >= family.ends_at() {
        return Err(NOT_FOUND.into());
    }
    let standing = Standing {
        grant: found.grant.as_ref(),
        session: found.session.as_ref(),
        user: found.user.as_ref(),
        membership: facts.membership.as_ref(),
    };
    standing.check(delegation, family.created_at, family.offline, now)?;
    let scope = asked_scope(request, family, &standing, client, context)?;
    let audience = narrowed_audience(context.realm, &delegation.resource, &request.resources)?;
    let asked = request.details.as_deref();
    let more = standing.particulars(delegation, asked, &audience, client, context.realm)?;
    let idle_expires_at = idle_end(family, client, context);
    let family_as_it_will_be = FamilyRecord {
        idle_expires_at,
        ..family.clone()
    };
    let with_id_token = scope.contains("openid");
    Ok(Approved {
        subject: delegation.user.clone(),
        client_id: client.client_id.clone(),
        tenant: delegation.tenant.clone(),
        scope,
        audience,
        grant: Some(delegation.grant),
        hangs_off: None,
        status: None,
        more: more.access,
        refresh_generation: Some(step.answer()),
        refresh_ends_at: Some(standing.refresh_end(&family_as_it_will_be)),
        authentication: Some(delegation.authentication.clone()),
        // OpenID Connect Core section 12.2: the same auth_time, and no nonce.
        id_token: with_id_token.then_some(IdTokenPlan {
            nonce: None,
            session: delegation.session,
            claims: more.id_token,
        }),
        lifetime: standing.lifetime(context.realm, client, now),
        bound_to: client.bound_to(),
        guards: guards(family, &standing),
        writes: step.writes(family, client, idle_expires_at, now),
        family: Some(Box::new(family_as_it_will_be)),
    })
}

/// A new password and a disabled user end the family, so its guard stands for the user's too.
fn guards(family: &FamilyRecord, standing: &Standing<'_>) -> Vec<Guard> {
    let delegation = &family.delegation;
    let mut guards = vec![
        Guard::FamilyAt {
            id: family.id,
            generation: family.generation,
        },
        Guard::GrantLive(delegation.grant),
    ];
    guards.extend(standing.session_guard(delegation, family.offline));
    guards
}

/// How the family goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Step {
    /// To the next generation.
    Rotate(u32),
    /// A retry whose reply was lost: the successor that exists already, again.
    Repeat(u32),
    /// The token stays the same.
    Keep(u32),
}

impl Step {
    const fn answer(self) -> u32 {
        match self {
            Self::Rotate(generation) | Self::Repeat(generation) | Self::Keep(generation) => generation,
        }
    }

    fn writes(
        self,
        family: &FamilyRecord,
        client: &AuthenticatedClient,
        idle_expires_at: Timestamp,
        now: Timestamp,
    ) -> Vec<Write> {
        match self {
            Self::Rotate(to) => vec![Write::RotateFamily {
                id: family.id,
                to,
                at: now,
                rotated_for: client.bound_to(),
                idle_expires_at,
            }],
            Self::Repeat(_) | Self::Keep(_) => vec![Write::TouchFamily {
                id: family.id,
                idle_expires_at,
            }],
        }
    }
}

/// Decides by the presented generation. The successor counts as unused for as long as the family is still at it.
fn step(
    family: &FamilyRecord,
    presented: u32,
    client: &AuthenticatedClient,
    context: &Context<'_>,
) -> Result<Step, Refusal> {
    let current = family.generation.ok_or(NOT_FOUND)?;
    let refresh = &context.realm.refresh;
    if presented == current {
        let next = current.checked_add(1).ok_or(NOT_FOUND)?;
        return Ok(if rotates(refresh.rotation, client) {
            Step::Rotate(next)
        } else {
            Step::Keep(current)
        });
    }
    if presented > current {
        // The tag is ours, but this row never got so far: the database was restored from a backup. Ask the user again.
        return Err(NOT_FOUND.into());
    }
    let is_predecessor = presented.checked_add(1) == Some(current);
    if is_predecessor && in_grace(family.rotated_at, refresh.grace, context.now) {
        // A retry proves what the request proved whose reply was lost. Another key is another process, or somebody who has
        // the client's secret and an old token: it gets nothing, and since it may be the former, it ends nothing.
        // Of a bound family only its own key gets here, which older rows do not repeat.
        return if family.rotated_for.or(family.delegation.bound_to) == client.bound_to() {
            Ok(Step::Repeat(current))
        } else {
            Err(OTHERS_SUCCESSOR.into())
        };
    }
    Err(Refusal {
        error: NOT_FOUND,
        guards: Vec::new(),
        writes: vec![Write::EndFamily {
            id: family.id,
            at: context.now,
        }],
    })
}

/// Whether a retry may still be one. Without a grace there is none, even where another node's clock, which made the
/// rotation, runs ahead of ours.
fn in_grace(rotated_at: Timestamp, grace: Seconds, now: Timestamp) -> bool {
    grace.get() > 0 && now < rotated_at.plus(grace) && now >= rotated_at.minus(CLOCK_STEP)
}

fn rotates(rotation: Rotation, client: &ClientRecord) -> bool {
    match rotation {
        Rotation::Always => true,
        Rotation::PublicClients => client.is_public(),
        Rotation::Off => false,
    }
}

/// The family's new idle end: never before the end of the access token that is issued now. Counted by the configuration
/// of now, even where that is earlier than what the last use was promised: a lifetime that the operator shortened
/// reaches a family with its next use.
fn idle_end(family: &FamilyRecord, client: &ClientRecord, context: &Context<'_>) -> Timestamp {
    let now = context.now;
    let counted = now
        .plus(context.realm.refresh.idle)
        .max(now.plus(access_lifetime(context.realm, client)));
    // A clock that was stepped back takes nothing away, however often the token is used meanwhile. A promise that goes
    // further than such a step was made by another configuration, and is not kept.
    let promised = family.idle_expires_at;
    if promised <= counted.plus(CLOCK_STEP) {
        counted.max(promised)
    } else {
        counted
    }
}

/// What this request gets: all that is still allowed, or the part it asks for. Asking for less does not narrow the
/// grant; asking for more is refused whatever the realm does with excess elsewhere (RFC 6749 section 6).
fn asked_scope(
    request: &Request,
    family: &FamilyRecord,
    standing: &Standing<'_>,
    client: &ClientRecord,
    context: &Context<'_>,
) -> Result<ScopeSet, OAuthError> {
    let allowed = &family.delegation.scope;
    let catalogue = &context.realm.catalogue;
    let asked = match &request.scope {
        None => allowed,
        Some(asked) if allowed.covers_all(asked) && asked.iter().all(|scope| catalogue.knows(scope)) => asked,
        Some(_) => return Err(OAuthError::invalid_scope("the scope goes beyond what the user allowed")),
    };
    standing.current_scope(context.realm, client, asked)
}

#[cfg(test)]
mod tests;
