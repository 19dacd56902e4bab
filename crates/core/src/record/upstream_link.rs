//! Who another provider's user is here. It is looked for by what the provider calls them and by nothing else.

use grantd_protocol::Timestamp;
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
}
