//! Who runs a realm.

use grantd_protocol::ScopeSet;

/// What the method of a login that took two steps is called (RFC 8176).
const TWO_STEPS: &str = "mfa";

/// Somebody who runs the realm, as the configuration says it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Operator {
    /// What they may do of the server's own permissions.
    pub permitted: ScopeSet,
    /// Whether a login with a password alone lets them do nothing yet.
    pub second_step: bool,
}

impl Operator {
    /// Whether a login by these methods is enough to act as them.
    #[must_use]
    pub fn is_content_with(&self, methods: &[String]) -> bool {
        !self.second_step || methods.iter().any(|method| method == TWO_STEPS)
    }
}

impl From<ScopeSet> for Operator {
    /// Somebody who may do this, however they logged in.
    fn from(permitted: ScopeSet) -> Self {
        Self {
            permitted,
            second_step: false,
        }
    }
}
