//! Another provider at which users of the realm may log in (OpenID Connect). A rule as a value, no decision.

use grantd_protocol::Secret;
use std::sync::Arc;

/// One provider, and how far it is trusted.
#[derive(Clone, Debug)]
pub struct Upstream {
    /// The name in addresses; never changed, since the provider has the address of the way back.
    pub name: Arc<str>,
    /// What its button says.
    pub title: String,
    /// Its issuer identifier, byte for byte.
    pub issuer: Arc<str>,
    /// Whom the provider knows this realm as.
    pub client_id: String,
    /// What proves that.
    pub client_secret: Arc<Secret>,
    /// What is asked there, `openid` first.
    pub scopes: Vec<String>,
    /// Whether whoever logs in there for the first time becomes a user here.
    pub create_users: bool,
    /// The domains of mail addresses whose people are let in, in lower case; everybody where empty.
    pub domains: Vec<String>,
    /// Whether its word counts for how users proved who they are.
    pub hands_on_methods: bool,
}
