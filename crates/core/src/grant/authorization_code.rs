//! `authorization_code` (RFC 6749 section 4.1.3, RFC 7636, OAuth 2.1 section 4.1.3): a code becomes tokens, once.
//!
//! The order of the checks is the rule: everything the client must prove comes before "was it used already", so
//! that only a replay with everything valid ends the family. A thief who has the code alone can neither spend it nor
//! log the user out (RFC 9700 section 4.5).

use super::approved::{Approved, IdTokenPlan, new_family};
use super::context::{CLOCK_STEP, Context, access_lifetime, require_offered};
use super::resource::narrowed_audience;
use super::standing::Standing;
use crate::Refusal;
use crate::change::{Guard, Write};
use crate::client_auth::{AuthenticatedClient, require_grant_type};
use crate::details;
use crate::realm::Realm;
use crate::record::client::GrantType;
use crate::record::code::Delegation;
use crate::record::{CodeFacts, CodeRecord, FamilyRecord, MembershipRecord};
use grantd_protocol::pkce::CodeVerifier;
use grantd_protocol::{Bearer, ErrorCode, Namespace, OAuthError, RawParams, Timestamp};
use std::sync::Arc;

/// The request's parameters.
#[derive(Debug)]
pub struct Request {
    code: grantd_protocol::Secret,
    redirect_uri: Option<String>,
    verifier: Option<VerifierText>,
    resources: Vec<String>,
    details: Option<String>,
}

struct VerifierText(CodeVerifier);

impl std::fmt::Debug for VerifierText {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("VerifierText(…)")
    }
}

impl Request {
    /// Reads the parameters.
    ///
    /// # Errors
    /// `invalid_request` without a code, or with a verifier that cannot be one (RFC 7636 section 4.1).
    pub fn parse(params: &RawParams) -> Result<Self, OAuthError> {
        let code = params
            .get("code")
            .ok_or_else(|| OAuthError::invalid_request("code is missing"))?;
        let verifier = params
            .get("code_verifier")
            .map(|text| CodeVerifier::parse(text).map(VerifierText))
            .transpose()
            .map_err(|error| OAuthError::with_detail(ErrorCode::InvalidRequest, &error.to_string()))?;
        Ok(Self {
            code: grantd_protocol::Secret::new(code.to_owned()),
            redirect_uri: params.get("redirect_uri").map(str::to_owned),
            verifier,
            resources: params.all("resource").map(str::to_owned).collect(),
            details: params.get(details::NAME).map(str::to_owned),
        })
    }

    /// The row that the code names; `None` for a text that is no code of this realm.
    #[must_use]
    pub fn bearer(&self, realm: &Realm) -> Option<Bearer> {
        Bearer::parse(Namespace::Code, &realm.code.prefix, self.code.expose())
    }
}

/// What the decision needs to know.
#[derive(Debug)]
pub struct Facts {
    /// The code and what it hangs off; `None` where the presented text names no row.
    pub code: Option<CodeFacts>,
    /// The user's place in the code's tenant.
    pub membership: Option<MembershipRecord>,
    /// Fresh bytes for the family.
    pub salt: [u8; 16],
}

const NOT_FOUND: OAuthError = OAuthError::invalid_grant("the code is unknown, used, expired or not this client's");

/// Decides the exchange.
///
/// # Errors
/// `unsupported_grant_type`, `unauthorized_client`, `invalid_request`, `invalid_grant`, `invalid_target`,
/// `invalid_authorization_details` for more than was allowed, and `invalid_scope` where nothing that was allowed is permitted any more. A replay with everything valid is an
/// `invalid_grant` that also ends the family.
pub fn decide(
    request: &Request,
    client: &AuthenticatedClient,
    facts: &Facts,
    context: &Context<'_>,
) -> Result<Approved, Refusal> {
    require_offered(context.realm, GrantType::AuthorizationCode)?;
    require_grant_type(client, GrantType::AuthorizationCode)?;
    let found = facts.code.as_ref().ok_or(NOT_FOUND)?;
    let code = &found.code;
    prove(request, client, code, context)?;
    redeem(
        found,
        facts.membership.as_ref(),
        facts.salt,
        Part {
            resources: &request.resources,
            details: request.details.as_deref(),
        },
        client,
        context,
    )
}

/// The part of what was allowed that a request asks for: all of it where it names nothing.
#[derive(Clone, Copy)]
pub(super) struct Part<'a> {
    /// `resource`.
    pub(super) resources: &'a [String],
    /// `authorization_details`.
    pub(super) details: Option<&'a str>,
}

/// Redeems a code for a client that has proved everything: what it hangs off stands, and it was not used before. A device
/// that was allowed redeems its code the same way.
pub(super) fn redeem(
    found: &CodeFacts,
    membership: Option<&MembershipRecord>,
    salt: [u8; 16],
    part: Part<'_>,
    client: &AuthenticatedClient,
    context: &Context<'_>,
) -> Result<Approved, Refusal> {
    let code = &found.code;
    let now = context.now;
    if code.spent_at.is_some() {
        return Err(replayed(code, now));
    }
    if now >= code.expires_at || now < code.created_at.minus(CLOCK_STEP) {
        return Err(NOT_FOUND.into());
    }
    let offline = is_offline(code);
    let standing = Standing {
        grant: found.grant.as_ref(),
        session: found.session.as_ref(),
        user: found.user.as_ref(),
        membership,
    };
    standing.check(&code.delegation, code.created_at, offline, now)?;
    let audience = narrowed_audience(context.realm, &code.delegation.resource, part.resources)?;
    let more = standing.particulars(&code.delegation, part.details, &audience, client, context.realm)?;
    let scope = standing.current_scope(context.realm, client, &code.delegation.scope)?;
    let lifetime = standing.lifetime(context.realm, client, now);
    let family = begin_family(code, client, salt, context);
    let delegation = &code.delegation;
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
        refresh_generation: family.generation,
        refresh_ends_at: family.generation.map(|_| standing.refresh_end(&family)),
        authentication: Some(delegation.authentication.clone()),
        id_token: with_id_token.then(|| IdTokenPlan {
            nonce: delegation.nonce.clone(),
            session: delegation.session,
            claims: more.id_token,
        }),
        lifetime,
        bound_to: client.bound_to(),
        guards: guards(code, &standing, offline),
        writes: vec![
            Write::SpendCode {
                id: code.id,
                at: now,
                keep_until: keep_until(&family, client, context),
            },
            Write::InsertFamily(family.clone()),
        ],
        family: Some(family),
    })
}

/// Everything that the client must know beside the code itself.
fn prove(
    request: &Request,
    client: &AuthenticatedClient,
    code: &CodeRecord,
    context: &Context<'_>,
) -> Result<(), OAuthError> {
    let bearer = request.bearer(context.realm).ok_or(NOT_FOUND)?;
    let secret_matches = grantd_jose::constant_time_eq(bearer.hash.as_bytes(), code.hash.as_bytes());
    let delegation = &code.delegation;
    let belongs_here = *delegation.realm == *context.realm.name && delegation.issuer == *context.issuer;
    if !secret_matches || !belongs_here || delegation.client_id != client.client_id {
        return Err(NOT_FOUND);
    }
    // RFC 9449 section 10: whoever asked for the code named the key that must redeem it.
    if delegation.bound_to.is_some() && delegation.bound_to != client.bound_to() {
        return Err(OAuthError::new(
            ErrorCode::InvalidDpopProof,
            "the code is bound to a key that was not proved",
        ));
    }
    match (&request.redirect_uri, code.challenge) {
        (Some(sent), _) if *sent != code.redirect_uri => {
            return Err(OAuthError::invalid_grant(
                "redirect_uri differs from the one of the authorization request",
            ));
        }
        (None, None) => {
            return Err(OAuthError::invalid_request(
                "redirect_uri is required for a code without PKCE",
            ));
        }
        _ => {}
    }
    match (&request.verifier, code.challenge) {
        (None, None) => Ok(()),
        // RFC 9700 section 4.8.2: otherwise an attacker could strip the challenge from the authorization request.
        (Some(_), None) => Err(OAuthError::invalid_request(
            "code_verifier was sent, but the code was issued without code_challenge",
        )),
        (None, Some(_)) => Err(OAuthError::invalid_grant("code_verifier is missing")),
        (Some(verifier), Some(challenge)) if challenge.is_met_by(&verifier.0) => Ok(()),
        (Some(_), Some(_)) => Err(OAuthError::invalid_grant("code_verifier does not match code_challenge")),
    }
}

fn replayed(code: &CodeRecord, now: Timestamp) -> Refusal {
    Refusal {
        error: NOT_FOUND,
        guards: Vec::new(),
        writes: vec![Write::EndFamily {
            id: code.family,
            at: now,
        }],
    }
}

/// `offline_access` decides whether what comes from the code outlives logout.
fn is_offline(code: &CodeRecord) -> bool {
    code.delegation.session.is_none() || code.delegation.scope.contains("offline_access")
}

/// What a logout, a changed password or a withdrawn grant at the same instant must be able to stop. The family does not
/// exist yet, so unlike at a refresh nothing else would.
fn guards(code: &CodeRecord, standing: &Standing<'_>, offline: bool) -> Vec<Guard> {
    let delegation = &code.delegation;
    let mut guards = vec![Guard::CodeUnspent(code.id), Guard::GrantLive(delegation.grant)];
    guards.extend(standing.session_guard(delegation, offline));
    guards.extend(standing.user.map(|user| Guard::UserAt {
        realm: Arc::clone(&user.realm),
        id: Arc::clone(&user.id),
        version: user.version,
    }));
    guards
}

/// Until when a used code is remembered, so that its replay is seen: as long as tokens of its family can live. Without
/// an absolute end that is not known in advance; the first idle end must do.
fn keep_until(family: &FamilyRecord, client: &AuthenticatedClient, context: &Context<'_>) -> Timestamp {
    let last_access = |end: Timestamp| end.plus(access_lifetime(context.realm, client));
    family
        .absolute_expires_at
        .filter(|_| family.generation.is_some())
        .map_or(family.idle_expires_at, |end| {
            last_access(end).max(family.idle_expires_at)
        })
}

fn begin_family(
    code: &CodeRecord,
    client: &AuthenticatedClient,
    salt: [u8; 16],
    context: &Context<'_>,
) -> Box<FamilyRecord> {
    let refresh = &context.realm.refresh;
    let now = context.now;
    let wanted = !refresh.requires_offline_access || code.delegation.scope.contains("offline_access");
    let with_refresh =
        wanted && client.may_use(GrantType::RefreshToken) && context.realm.offers(GrantType::RefreshToken);
    let access_ends = now.plus(access_lifetime(context.realm, client));
    let delegation = Delegation {
        bound_to: client.refresh_bound_to(),
        ..code.delegation.clone()
    };
    let mut family = new_family(code.family, delegation, salt, is_offline(code), now);
    family.generation = with_refresh.then_some(0);
    family.absolute_expires_at = refresh.absolute.map(|absolute| now.plus(absolute));
    // Never before the access token's own end: the row must be there for as long as anything hangs off it.
    family.idle_expires_at = if with_refresh {
        now.plus(refresh.idle).max(access_ends)
    } else {
        access_ends
    };
    Box::new(family)
}

#[cfg(test)]
mod tests;
