//! Another provider at which users of the realm may log in (OpenID Connect). Rules as values, no decision.

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
    /// What is asked there, `openid` among it.
    pub scopes: Vec<String>,
    /// By what somebody who comes for the first time is found among the users of the realm.
    pub link_by: LinkBy,
    /// What becomes of somebody who is not found.
    pub unknown: Unknown,
    /// The domains of mail addresses whose people are let in, in lower case; everybody where empty.
    pub domains: Vec<String>,
    /// Whether its word counts for how users proved who they are.
    pub hands_on_methods: bool,
}

/// By what somebody who comes from a provider for the first time is found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LinkBy {
    /// By nothing: who is linked already is known by their subject, and nobody else.
    Nothing,
    /// By a mail address that the provider says it verified, and that was verified here, too. Whoever runs the provider can
    /// then become anybody who has one.
    VerifiedEmail,
}

/// What becomes of somebody from a provider who is nobody here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unknown {
    /// They are turned away.
    Refuse,
    /// They become a user.
    Create,
}
