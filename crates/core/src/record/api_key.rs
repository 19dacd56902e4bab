//! An API key: a long-lived credential of a tenant, presented as it is.

use grantd_protocol::id::ApiKeyId;
use grantd_protocol::{ScopeSet, SecretHash, Timestamp};
use std::sync::Arc;

/// One API key of one realm.
#[derive(Clone, Debug)]
pub struct ApiKeyRecord {
    /// The row; time-ordered.
    pub id: ApiKeyId,
    /// The realm's name.
    pub realm: Arc<str>,
    /// Counts up with every change; the precondition of the next one.
    pub version: u64,
    /// Hash of the key's secret.
    pub hash: SecretHash,
    /// The last four characters, to tell two keys apart by eye.
    pub last_four: String,
    /// The tenant it acts in; `None` where the realm has none.
    pub tenant: Option<Arc<str>>,
    /// What people call it.
    pub name: Arc<str>,
    /// What it permits: scopes and patterns.
    pub scope: ScopeSet,
    /// Who made it: `user:<id>`, `client:<id>`, `cli`.
    pub created_by: String,
    /// The role within which its maker acted in the tenant: what that role permits now bounds the key. `None` where no role
    /// bounded the maker.
    pub role: Option<Arc<str>>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it dies by itself, if it does; it is dead at this very instant.
    pub expires_at: Option<Timestamp>,
    /// When somebody ended it.
    pub ended_at: Option<Timestamp>,
}

/// A key's row, the fate of what it hangs off, and its last use, read in one go.
#[derive(Clone, Debug)]
pub struct ApiKeyFacts {
    /// The key.
    pub key: ApiKeyRecord,
    /// Whether its tenant is disabled or gone. `false` without a tenant.
    pub tenant_disabled: bool,
    /// When it was last seen, as far as that was written: a soft fact, which may lag and lose seconds in a crash.
    pub last_used_at: Option<Timestamp>,
}
