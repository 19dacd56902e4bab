//! Who did what, from where: written in the same change as the deed.

use grantd_protocol::Timestamp;
use grantd_protocol::id::AuditId;
use serde_json::Value;
use std::sync::Arc;

/// One line of the audit log.
#[derive(Clone, PartialEq, Debug)]
pub struct AuditRecord {
    /// The row; time-ordered.
    pub id: AuditId,
    /// The realm's name.
    pub realm: Arc<str>,
    /// When it was done.
    pub at: Timestamp,
    /// Who did it: `user:<id>`, `client:<id>`, `cli`, `system`.
    pub actor: String,
    /// What was done, as `object.deed`: `client.created`.
    pub action: String,
    /// To what: `client:<id>`.
    pub target: String,
    /// The address it came from, where there is one.
    pub address: Option<String>,
    /// What the object was before and after, where that says something. Never a secret.
    pub detail: Value,
}
