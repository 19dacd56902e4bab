//! A role that is kept in the database, beside those of the realm's file, and who has one.

use grantd_protocol::{ScopeSet, Timestamp};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One role of a realm.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RoleRecord {
    /// The realm's name.
    pub realm: Arc<str>,
    /// What it is called where somebody gets it.
    pub name: Arc<str>,
    /// Raised by each change.
    pub version: u64,
    /// What it is for, as people read it.
    pub description: Option<String>,
    /// What it permits, patterns allowed.
    pub permissions: ScopeSet,
    /// When it was made.
    pub created_at: Timestamp,
}

/// How many have a role of one name, in all tenants of a realm.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct RoleHolders {
    /// Users, each counted once for every tenant in which they have it.
    pub members: u64,
    /// Clients that act with it in their tenant.
    pub clients: u64,
    /// API keys that it bounds and that were not ended.
    pub api_keys: u64,
}

impl RoleHolders {
    /// Whether anybody has it.
    #[must_use]
    pub const fn any(&self) -> bool {
        self.members > 0 || self.clients > 0 || self.api_keys > 0
    }
}
