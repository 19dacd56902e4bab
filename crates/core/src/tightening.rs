//! Rules that a realm means to tighten, tried out first: a request that the tighter rule would refuse passes, and it is counted
//! which client would have broken which rule. So an operator sees who has to change before anybody is refused.
//!
//! Enforcing a rule is where the rule stands; here is only what it would say.

use crate::authorize::AuthorizationRequest;
use crate::client_auth::AuthenticatedClient;
use crate::grant::{TokenRequest, parse_scope};
use crate::permission::Bounds;
use crate::realm::{ExcessScope, Realm};
use crate::record::ClientRecord;
use grantd_protocol::RawParams;

/// A rule that can be tried out.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Tightening {
    /// Every client uses PKCE, confidential ones too (OAuth 2.1 section 4.1.1).
    Pkce,
    /// A known scope that is not permitted refuses the request, and is not cut out of it.
    ExactScopes,
    /// A request names the resource that its tokens are for (RFC 8707).
    Audience,
    /// Every token is bound to a key (RFC 9449).
    Dpop,
}

impl Tightening {
    /// Every rule.
    pub const ALL: &'static [Self] = &[Self::Pkce, Self::ExactScopes, Self::Audience, Self::Dpop];

    /// The name in configuration, in findings and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pkce => "pkce",
            Self::ExactScopes => "exact_scopes",
            Self::Audience => "audience",
            Self::Dpop => "dpop",
        }
    }
}

/// How far a rule is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Enforcement {
    /// Who breaks it is refused.
    Enforce,
    /// Who breaks it passes, and is counted.
    Report,
}

/// What a realm tries out or asks beyond its other rules.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Tightenings {
    /// The rules that are tried out.
    pub reported: Vec<Tightening>,
    /// Whether a request must name a resource.
    pub audience_required: bool,
}

impl Tightenings {
    /// Whether a rule is tried out.
    #[must_use]
    pub fn reports(&self, rule: Tightening) -> bool {
        self.reported.contains(&rule)
    }

    fn of(&self, broken: &[(Tightening, bool)]) -> Vec<Tightening> {
        let broken = broken
            .iter()
            .filter(|(rule, is_broken)| *is_broken && self.reports(*rule));
        broken.map(|(rule, _)| *rule).collect()
    }
}

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
