//! Rules that a realm means to tighten, tried out first: a request that the tighter rule would refuse passes, and it is counted
//! which client would have broken which rule. So an operator sees who has to change before anybody is refused.
//!
//! Enforcing a rule is where the rule stands; here is only what it would say.

pub use crate::realm::tightenings::{Enforcement, Tightening, Tightenings};

use crate::authorize::request::AuthorizationRequest;
use crate::client_auth::AuthenticatedClient;
use crate::grant::TokenRequest;
use crate::grant::params::parse_scope;
use crate::permission::Bounds;
use crate::permission::ExcessScope;
use crate::realm::Realm;
use crate::record::ClientRecord;
use grantd_protocol::RawParams;

/// Which of the rules that are tried out an authorization request breaks that was accepted.
#[must_use]
pub fn broken_by_request(request: &AuthorizationRequest, params: &RawParams, realm: &Realm) -> Vec<Tightening> {
    if realm.tightenings.reported.is_empty() {
        return Vec::new();
    }
    realm.tightenings.of(&[
        (Tightening::Pkce, request.challenge.is_none()),
        (Tightening::ExactScopes, asks_too_much(params, &request.client, realm)),
        (Tightening::Audience, params.get("resource").is_none()),
    ])
}

/// The same of a token request that got its tokens.
#[must_use]
pub fn broken_by_token_request(
    request: &TokenRequest,
    params: &RawParams,
    client: &AuthenticatedClient,
    realm: &Realm,
) -> Vec<Tightening> {
    if realm.tightenings.reported.is_empty() {
        return Vec::new();
    }
    // Where a user allowed something, the authorization request said what it was for.
    let is_own = matches!(request, TokenRequest::ClientCredentials(_));
    let names_nothing = match request {
        TokenRequest::ClientCredentials(_) => params.get("resource").is_none(),
        TokenRequest::JwtBearer(request) => !request.names_a_resource(),
        _ => false,
    };
    realm.tightenings.of(&[
        (Tightening::ExactScopes, is_own && asks_too_much(params, client, realm)),
        (Tightening::Audience, names_nothing),
        (Tightening::Dpop, client.bound_to().is_none()),
    ])
}

/// Clients that nobody vouches for are cut in any case: they cannot know what they may have.
fn asks_too_much(params: &RawParams, client: &ClientRecord, realm: &Realm) -> bool {
    let bounds = Bounds {
        catalogue: &realm.catalogue,
        client: &client.scopes,
        role: None,
        excess: ExcessScope::Refuse,
    };
    let asked = parse_scope(params).ok().flatten();
    client.origin.is_vouched_for() && asked.is_some_and(|asked| bounds.grant(&asked).is_err())
}

#[cfg(test)]
mod tests;
