//! Who another provider's user is here. It is looked for by what the provider calls them and by nothing else.

use grantd_protocol::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One person at one provider, and their account here.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UpstreamLink {
    /// The realm's name.
    pub realm: Arc<str>,
    /// SHA-256 of issuer and subject: there is one link of each pair.
    pub key: [u8; 32],
    /// The user's id here. The link is removed with the user.
    pub user: Arc<str>,
    /// When it was made.
    pub made_at: Timestamp,
    /// Who it is. `None` on the row that only keeps a second person of the provider away from the user.
    pub person: Option<Box<LinkedPerson>>,
    /// When they last came.
    pub used_at: Option<Timestamp>,
}

/// Somebody at a provider, as the provider last called them. It says who they are to people, and decides nothing: they are
/// found by the link's key.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LinkedPerson {
    /// The provider's name in the configuration.
    pub upstream: Arc<str>,
    /// Its issuer.
    pub issuer: Arc<str>,
    /// What it calls them.
    pub subject: String,
    /// Their mail address, as it says; nobody here verified it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}
