//! Initial access tokens (RFC 7591 section 3): an operator hands one out, and it lets its holder register a few clients.
//! What the token says is sealed in it; what the store remembers is each use, so that no two registrations share one.

use crate::refusal::NO_INITIAL_ACCESS;
use crate::single_use::SingleUse;
use grantd_protocol::{OAuthError, Seconds, Timestamp};
use serde::{Deserialize, Serialize};

/// The most registrations that one token can allow.
pub const MAX_USES: u16 = 100;
/// The longest that one can live.
pub const MAX_LIFETIME: Seconds = Seconds(365 * 24 * 3600);
/// The mark of a token that was taken back; no use has this number.
const TAKEN_BACK: u16 = u16::MAX;

/// One token.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct InitialAccess {
    /// Its name, for the audit log and for taking it back. Worth nothing by itself.
    pub id: String,
    /// The realm it is for.
    pub realm: String,
    /// When it ends.
    pub expires_at: Timestamp,
    /// How many clients may be registered with it.
    pub uses: u16,
}

impl InitialAccess {
    /// Whether it is for this realm and not over.
    ///
    /// # Errors
    /// `invalid_token`.
    pub fn check(&self, realm: &str, now: Timestamp) -> Result<(), OAuthError> {
        if self.realm == realm && now < self.expires_at {
            Ok(())
        } else {
            Err(NO_INITIAL_ACCESS)
        }
    }

    /// Its `number`th use; `None` where it has no more.
    #[must_use]
    pub fn used(&self, number: u16) -> Option<SingleUse> {
        (number < self.uses.min(MAX_USES))
            .then(|| SingleUse::initial_access(&self.realm, &self.id, number, self.expires_at))
    }

    /// What is remembered when it is taken back; a registration asks that it was not.
    #[must_use]
    pub fn taken_back(&self) -> SingleUse {
        taken_back(&self.realm, &self.id, self.expires_at)
    }
}

/// Takes back the token with this id, which ends by `until` at the latest.
#[must_use]
pub fn taken_back(realm: &str, id: &str, until: Timestamp) -> SingleUse {
    SingleUse::initial_access(realm, id, TAKEN_BACK, until)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(uses: u16) -> InitialAccess {
        InitialAccess {
            id: "abc".into(),
            realm: "main".into(),
            expires_at: Timestamp::from_secs(100),
            uses,
        }
    }

    #[test]
    fn a_token_counts_for_its_realm_until_its_end() {
        assert!(token(1).check("main", Timestamp::from_secs(99)).is_ok());
        assert!(token(1).check("main", Timestamp::from_secs(100)).is_err());
        assert!(token(1).check("other", Timestamp::from_secs(99)).is_err());
    }

    #[test]
    fn it_has_as_many_uses_as_it_says_and_each_is_another_one() {
        assert!(token(2).used(1).is_some() && token(2).used(2).is_none() && token(0).used(0).is_none());
        assert_ne!(token(2).used(0), token(2).used(1));
        assert!(
            token(u16::MAX).used(MAX_USES).is_none(),
            "no number of uses reaches the mark"
        );
        assert_ne!(token(2).used(0), Some(token(2).taken_back()));
        assert_eq!(
            token(2).taken_back().guard(),
            taken_back("main", "abc", Timestamp::from_secs(5)).guard()
        );
    }
}
