//! What a tenant's administrators decided about an application that is not the platform's own, or are asked to decide.

use grantd_protocol::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One application in one tenant. Every change of one counts the tenant's version up, so that what was decided on it is
/// guarded by [`Guard::TenantAt`](crate::change::Guard::TenantAt).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TenantAppRecord {
    /// The realm's name.
    pub realm: Arc<str>,
    /// The tenant.
    pub tenant: Arc<str>,
    /// The client.
    pub client_id: Arc<str>,
    /// What it was called when this was written down.
    pub name: String,
    /// How it stands.
    pub state: AppState,
    /// The first member who asked for it, where one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_by: Option<Arc<str>>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_at: Option<Timestamp>,
    /// When an administrator decided last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<Timestamp>,
}

/// How an application stands in a tenant.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AppState {
    /// A member asked for it, and nobody has answered.
    Waiting,
    /// Members may use it.
    Allowed,
    /// Nobody there uses it.
    Blocked,
}

impl AppState {
    /// The name in the store and in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Allowed => "allowed",
            Self::Blocked => "blocked",
        }
    }

    /// The state of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let all = [Self::Waiting, Self::Allowed, Self::Blocked];
        all.into_iter().find(|state| state.as_str() == name)
    }
}
