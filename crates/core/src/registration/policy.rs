//! What a realm allows to clients that no operator made.

use crate::record::client::GrantType;
use grantd_jose::JwkSet;
use grantd_protocol::{ScopeSet, Seconds};

/// Who may register.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum RegistrationMode {
    /// Nobody: the endpoint does not exist.
    #[default]
    Off,
    /// Everybody.
    Open,
    /// Whoever has an initial access token that an operator handed out.
    InitialAccessToken,
    /// Whoever has a software statement that a known issuer signed.
    SoftwareStatement,
}

/// Somebody who vouches for software.
#[derive(Clone, Debug)]
pub struct StatementIssuer {
    /// What `iss` says.
    pub issuer: String,
    /// The keys it signs with.
    pub keys: JwkSet,
}

/// The rules for clients that register themselves, and for those that describe themselves in a document.
#[derive(Clone, Debug)]
pub struct RegistrationPolicy {
    /// Who may register.
    pub mode: RegistrationMode,
    /// The most that any such client may ever be permitted.
    pub scopes: ScopeSet,
    /// What such a client may do at the token endpoint.
    pub grant_types: Vec<GrantType>,
    /// Whose software statements are believed.
    pub statement_issuers: Vec<StatementIssuer>,
    /// How long a registration stays that nobody uses; for ever where absent.
    pub unused_lifetime: Option<Seconds>,
}

impl Default for RegistrationPolicy {
    fn default() -> Self {
        Self {
            mode: RegistrationMode::Off,
            scopes: ScopeSet::empty(),
            grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
            statement_issuers: Vec::new(),
            unused_lifetime: None,
        }
    }
}

impl RegistrationPolicy {
    /// Whether the endpoint exists.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.mode != RegistrationMode::Off
    }
}
