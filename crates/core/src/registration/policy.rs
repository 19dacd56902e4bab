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
        let is_offered = |grant_type: &GrantType| self.grant_types.contains(grant_type);
        let is_within = client.scopes == self.scopes && client.grant_types.iter().all(is_offered);
        if client.origin.is_vouched_for() || is_within {
            return client;
        }
        let mut client = Arc::unwrap_or_clone(client);
        client.scopes = self.scopes.clone();
        client.grant_types.retain(is_offered);
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

    #[test]
    fn a_client_that_nobody_vouches_for_uses_the_grant_types_that_the_realm_offers_such_clients_now() {
        use GrantType::{AuthorizationCode, DeviceCode, RefreshToken};
        let registered = [AuthorizationCode, RefreshToken, DeviceCode];
        let left = |offered: &[GrantType], origin| {
            let policy = RegistrationPolicy {
                grant_types: offered.to_vec(),
                ..RegistrationPolicy::default()
            };
            let client = client_with(|client| {
                (client.origin, client.grant_types) = (origin, registered.to_vec());
                client.scopes = policy.scopes.clone();
            });
            policy.bound(Arc::new(client)).grant_types.clone()
        };
        for origin in [ClientOrigin::Dynamic, ClientOrigin::MetadataDocument] {
            assert_eq!(left(&[AuthorizationCode], origin), [AuthorizationCode]);
            assert!(left(&[GrantType::ClientCredentials], origin).is_empty());
            // Nothing comes back that it never had, and nothing is lost for good.
            assert_eq!(left(GrantType::ALL, origin), registered);
        }
        for origin in [ClientOrigin::Console, ClientOrigin::Portal] {
            assert_eq!(left(&[], origin), registered);
        }
    }
}
