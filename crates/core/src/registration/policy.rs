//! What a realm allows to clients that no operator made.

use crate::record::ClientRecord;
use crate::record::client::GrantType;
use grantd_jose::JwkSet;
use grantd_protocol::{ScopeSet, Seconds};
use std::sync::Arc;

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
    /// The types of authorization details that such a client may ask for.
    pub details: Vec<String>,
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
            details: Vec::new(),
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

    /// The client as it counts now: what one that nobody vouches for may have is the realm's to say, as it is configured now
    /// and not as it was when the client came.
    #[must_use]
    pub fn bound(&self, client: Arc<ClientRecord>) -> Arc<ClientRecord> {
        if client.origin.is_vouched_for() || client.scopes == self.scopes {
            return client;
        }
        let mut client = Arc::unwrap_or_clone(client);
        client.scopes = self.scopes.clone();
        Arc::new(client)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{client_with, scopes};
    use crate::record::ClientOrigin;

    #[test]
    fn a_client_that_nobody_vouches_for_may_what_the_realm_says_now() {
        let policy = RegistrationPolicy {
            scopes: scopes("invoices:read"),
            ..RegistrationPolicy::default()
        };
        let permitted = |origin| {
            let client = client_with(|client| (client.origin, client.scopes) = (origin, scopes("invoices:*")));
            policy.bound(Arc::new(client)).scopes.to_string()
        };
        for origin in [ClientOrigin::Dynamic, ClientOrigin::MetadataDocument] {
            assert_eq!(permitted(origin), "invoices:read");
        }
        for origin in [ClientOrigin::Console, ClientOrigin::Portal] {
            assert_eq!(permitted(origin), "invoices:*");
        }
    }
}
