//! How often and when a credential's permissions were used. Soft facts: counted in memory, written in batches, and never
//! a precondition of anything.

use grantd_protocol::Timestamp;
use grantd_protocol::id::{ApiKeyId, GrantId};
use std::fmt;
use std::sync::Arc;

/// Whose uses are counted.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Holder {
    /// A client, through whichever of its tokens.
    Client(Arc<str>),
    /// An API key.
    ApiKey(ApiKeyId),
    /// A client, by the rules that it would break if they were enforced: what is counted of it are their names, not
    /// permissions.
    Breaks(Arc<str>),
    /// A client that has two secrets: what is counted are the instants at which they were made, in milliseconds.
    Secrets(Arc<str>),
    /// What one user allowed one client: what is counted is what the client did with it, as far as somebody saw it.
    Grant(GrantId),
}

impl Holder {
    /// What the names of all [`Holder::Breaks`] begin with.
    pub const BREAKS: &'static str = "breaks:";
}

impl fmt::Display for Holder {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Client(client_id) => write!(out, "client:{client_id}"),
            Self::ApiKey(id) => write!(out, "api_key:{id}"),
            Self::Grant(id) => write!(out, "grant:{id}"),
            Self::Secrets(client_id) => write!(out, "secrets:{client_id}"),
            Self::Breaks(client_id) => write!(out, "{}{client_id}", Self::BREAKS),
        }
    }
}

/// Uses of one permission: what is to be added, or everything so far.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UseRecord {
    /// The realm's name.
    pub realm: Arc<str>,
    /// Who used it.
    pub holder: Holder,
    /// The permission, or the rule that would have refused; `None` where the credential was seen, whatever for.
    pub permission: Option<Arc<str>>,
    /// How often.
    pub count: u64,
    /// The first time.
    pub first_used_at: Timestamp,
    /// The last time.
    pub last_used_at: Timestamp,
}
