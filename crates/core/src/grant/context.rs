//! Where a request was addressed, and what is so for every grant there.

use crate::realm::Realm;
use crate::record::ClientRecord;
use crate::record::client::GrantType;
use grantd_protocol::{ErrorCode, OAuthError, Seconds, Timestamp};
use std::sync::Arc;

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

/// A clock that was stepped back by more than this does not bring back what was over: a code shows as not yet made,
/// a rotation as one that is still to come. Clocks of two nodes differ by less.
pub(crate) const CLOCK_STEP: Seconds = Seconds(300);

/// `expires_in` of a client's access tokens.
#[must_use]
pub fn access_lifetime(realm: &Realm, client: &ClientRecord) -> Seconds {
    client.access_lifetime.unwrap_or(realm.access.lifetime)
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
