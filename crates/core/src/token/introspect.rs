//! Introspection (RFC 7662): is this token good, and for what. Whoever may not know is told `{"active":false}` and
//! nothing more, the same bytes as for garbage.

use super::claims::ClaimsWriter;
use super::mint::token_type;
use crate::client_auth::AuthenticatedClient;
use crate::details::{self, AuthorizationDetails};
use crate::grant::standing::Standing;
use crate::realm::Realm;
use crate::record::{AccessFacts, AccessRecord, ApiKeyFacts, ClientRecord, FamilyFacts, MembershipRecord};
use crate::subject;
use crate::token::by_hand;
use crate::token::credential::{Credential, judge};
use grantd_protocol::{OAuthError, ScopeSet, Seconds, Timestamp};
use std::sync::Arc;

/// The reply for everything that is not both good and the caller's business.
pub const INACTIVE: &[u8] = br#"{"active":false}"#;

/// The member that answers a request with a `scope`: whether the credential holds every permission in it. A reply to a
/// request without one does not have it.
const PERMITTED: &str = "permitted";

/// The `typ` of a reply as a JWT (RFC 9701 section 5): no other JWT has it, so a reply passes for no token.
pub const JWT_TYPE: &str = "token-introspection+jwt";

/// The claims of a reply as a JWT: who says it, to whom, when, and the reply as it would be without. Never a `sub` or
/// an `exp` of its own (section 8.1).
#[must_use]
pub fn as_jwt(reply: &[u8], issuer: &str, caller: &ClientRecord, now: Timestamp) -> Vec<u8> {
    let mut claims = ClaimsWriter::new();
    claims.set_text("iss", issuer);
    claims.set_text("aud", &caller.client_id);
    claims.set_time("iat", now);
    claims.set_json("token_introspection", reply);
    claims.finish()
}

/// The facts as they count in the realm as it is configured now: whoever judges a token, by introspection, in a status list or
/// at the command line, does it by these. `place` is the place of a handmade token's maker in its tenant, `subject_ended` is
/// for [`AccessFacts::subject_ended`].
#[must_use]
pub fn as_of_now(
    mut facts: AccessFacts,
    place: Option<&MembershipRecord>,
    subject_ended: bool,
    realm: &Realm,
) -> AccessFacts {
    facts.subject_ended = subject_ended;
    if facts.token.is_made_by_hand() {
        facts.token.scope = by_hand::permits(&facts.token, place, realm);
    }
    facts
}

/// Whether an access token is good at `now`, whoever asks: it lives, and so does everything it hangs off.
///
/// `client` is the client it was issued to, as it stands now ([`RegistrationPolicy::bound`](crate::registration::RegistrationPolicy::bound)); the facts
/// are those [`as_of_now`].
#[must_use]
pub fn is_live(facts: &AccessFacts, client: Option<&ClientRecord>, now: Timestamp) -> bool {
    let token = &facts.token;
    token.ended_at.is_none()
        && now < token.expires_at
        && !facts.family_ended
        && !facts.grant_ended
        && !facts.user_disabled
        && !facts.tenant_lost
        && !facts.subject_ended
        && !facts.app_blocked
        && client.is_some_and(|client| client.enabled && is_issued_to(token, client) && is_within(client, token))
}

/// Whether a token made by hand is within what its client may do now: it lives long, and nothing renews it. Others are
/// over soon, and what replaces them is bounded anew.
pub(super) fn is_within(client: &ClientRecord, token: &AccessRecord) -> bool {
    !token.is_made_by_hand() || (!is_beyond_role(token) && client.scopes.covers_all(&token.scope))
}

/// Whether nothing is left of what a token made by hand permits ([`as_of_now`]): none is made that permits nothing.
pub(super) fn is_beyond_role(token: &AccessRecord) -> bool {
    token.is_made_by_hand() && token.scope.is_empty()
}

/// Whether a token was issued to this very client, and not to an earlier one that had the same id: ids of imported clients
/// are not drawn, so that one can come back. Clocks of two nodes may differ by a minute.
pub(super) fn is_issued_to(token: &AccessRecord, client: &ClientRecord) -> bool {
    client.created_at <= token.issued_at.plus(Seconds(60))
}

/// Whether the caller may know about a token: it was issued to it, or is for a resource that the caller is.
#[must_use]
pub fn is_callers_business(caller: &ClientRecord, issued_to: &str, audience: &str) -> bool {
    *caller.client_id == *issued_to || is_resource_server(caller, Some(audience))
}

/// Refuses callers that cannot authenticate (RFC 7662 section 2.1).
///
/// # Errors
/// `invalid_client` for a public client.
pub fn require_confidential(caller: &AuthenticatedClient) -> Result<(), OAuthError> {
    if caller.is_public() {
        Err(OAuthError::invalid_client(
            "introspection needs a client that can authenticate",
        ))
    } else {
        Ok(())
    }
}

/// Whether the caller is the API that a token is for, or any API of the realm for a key, which is good at all of them.
/// Only an API says what was used: a client must not be able to keep its own permissions in use.
#[must_use]
pub fn is_resource_server(caller: &ClientRecord, audience: Option<&str>) -> bool {
    match audience {
        None => !caller.resources.is_empty(),
        Some(audience) => audience.split(' ').any(|one| is_one_of(&caller.resources, one)),
    }
}

fn is_one_of(resources: &[std::sync::Arc<str>], audience: &str) -> bool {
    let mut resources = resources.iter();
    resources.any(|resource| grantd_protocol::resource::is_same(resource, audience))
}

/// Describes an API key to the caller: active for every API of the realm, nothing to anybody else. There is no client
/// behind a key, so there is no `client_id`, and none is made up. `needed` is what the caller asked about.
#[must_use]
pub fn describe_api_key(
    facts: Option<&ApiKeyFacts>,
    caller: &AuthenticatedClient,
    needed: Option<&ScopeSet>,
    realm: &Realm,
    now: Timestamp,
) -> Vec<u8> {
    let verdict = facts.and_then(|facts| judge(Credential::ApiKey(facts), realm, now));
    let Some(verdict) = verdict.filter(|_| is_resource_server(caller, None)) else {
        return INACTIVE.to_vec();
    };
    let mut claims = ClaimsWriter::new();
    claims.set("active", &true);
    claims.set_text("token_type", "api_key");
    claims.set_text("iss", verdict.issuer);
    claims.set_text("sub", &verdict.subject);
    claims.set_text("scope", verdict.scope.as_str());
    claims.set_time("iat", verdict.issued_at);
    if let Some(end) = verdict.expires_at {
        claims.set_time("exp", end);
    }
    claims.set("jti", &verdict.id);
    if let Some(tenant) = verdict.tenant {
        claims.set_text(&realm.tenants.claim, tenant);
    }
    claims.set_some(PERMITTED, needed.map(|needed| verdict.permits(needed)));
    claims.finish()
}

/// Describes an access token to the caller. `needed` is what the caller asked about.
#[must_use]
pub fn describe_access(
    facts: Option<&AccessFacts>,
    issued_to: Option<&ClientRecord>,
    caller: &AuthenticatedClient,
    needed: Option<&ScopeSet>,
    realm: &Realm,
    now: Timestamp,
) -> Vec<u8> {
    let Some(facts) = facts.filter(|facts| {
        let token = &facts.token;
        *token.realm == *realm.name
            && is_live(facts, issued_to, now)
            && is_callers_business(caller, &token.client_id, &token.audience)
    }) else {
        return INACTIVE.to_vec();
    };
    let token = &facts.token;
    let mut claims = ClaimsWriter::new();
    claims.set("active", &true);
    claims.set_text("token_type", token_type(token.bound_to));
    claims.set_text("iss", &token.issuer);
    claims.set_text("sub", &named(token, issued_to, realm));
    claims.set_audience(&token.audience);
    claims.set_text("client_id", &token.client_id);
    claims.set_text("scope", token.scope.as_str());
    claims.set_time("iat", token.issued_at);
    claims.set_time("exp", token.expires_at);
    claims.set("jti", &token.id);
    claims.set_confirmation(token.bound_to);
    claims.set_some("act", token.act());
    claims.set_some("may_act", token.may_act());
    claims.set_some(details::NAME, details_for(caller, token).as_ref());
    // RFC 9470 section 6.2. What was exchanged is not what somebody logged in for.
    if let Some(authentication) = facts.authentication.as_ref().filter(|_| token.made_of().is_none()) {
        claims.set_time("auth_time", authentication.at);
        claims.set_some("acr", authentication.acr.as_deref());
    }
    if let Some(tenant) = &token.tenant {
        claims.set_text(&realm.tenants.claim, tenant);
    }
    claims.set_some(PERMITTED, needed.map(|needed| token.scope.covers_all(needed)));
    claims.finish()
}

/// What the token permits in detail, as far as it is the caller's business: the client sees all of it, an API what names no
/// other API (RFC 9396 section 9.2).
fn details_for(caller: &ClientRecord, token: &AccessRecord) -> Option<AuthorizationDetails> {
    let details = token.details()?;
    if caller.client_id == token.client_id {
        return Some(details.clone());
    }
    let own = token
        .audience
        .split(' ')
        .filter(|one| is_one_of(&caller.resources, one));
    details.concerning(&own.collect::<Vec<_>>().join(" "))
}

/// The subject's name for the client that the token was issued to: it says the same wherever the token is described.
#[must_use]
pub fn named(token: &AccessRecord, issued_to: Option<&ClientRecord>, realm: &Realm) -> Arc<str> {
    match issued_to.filter(|_| token.subject != token.client_id) {
        Some(client) => subject::of_user(realm, client, &token.subject),
        None => Arc::clone(&token.subject),
    }
}

/// Describes a refresh token to the client it belongs to. The caller has checked the token's tag
/// ([`RefreshKey::made`](crate::refresh_value::RefreshKey::made)); only its generation is looked at here. `membership` is the
/// user's place in the family's tenant.
#[must_use]
pub fn describe_refresh(
    facts: &FamilyFacts,
    membership: Option<&MembershipRecord>,
    generation: u32,
    caller: &AuthenticatedClient,
    realm: &Realm,
    now: Timestamp,
) -> Vec<u8> {
    let family = &facts.family;
    let delegation = &family.delegation;
    let standing = Standing {
        grant: facts.grant.as_ref(),
        session: facts.session.as_ref(),
        user: facts.user.as_ref(),
        membership,
    };
    let stands = family.ended_at.is_none()
        && now < family.ends_at()
        && family.generation == Some(generation)
        && standing
            .check(delegation, family.created_at, family.offline, now)
            .is_ok();
    if !stands || *delegation.realm != *realm.name || delegation.client_id != caller.client_id {
        return INACTIVE.to_vec();
    }
    let mut claims = ClaimsWriter::new();
    claims.set("active", &true);
    claims.set_text("iss", &delegation.issuer);
    claims.set_text("sub", &subject::of_user(realm, caller, &delegation.user));
    claims.set_text("client_id", &delegation.client_id);
    claims.set_text("scope", delegation.scope.as_str());
    claims.set_time("iat", family.rotated_at);
    claims.set_time("exp", family.ends_at());
    if let Some(tenant) = &delegation.tenant {
        claims.set_text(&realm.tenants.claim, tenant);
    }
    claims.finish()
}

#[cfg(test)]
mod tests;
