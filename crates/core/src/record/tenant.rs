//! Tenants and who belongs to them.

use grantd_protocol::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One tenant: the merchant, account or organisation on whose behalf a token acts.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TenantRecord {
    /// The realm's name.
    pub realm: Arc<str>,
    /// The identifier that the tenant claim and the consent form's `tenant` carry; unique in the realm.
    pub id: Arc<str>,
    /// Counts up with every change; the precondition of the next one.
    pub version: u64,
    /// The name that people see.
    pub name: String,
    /// A disabled tenant can neither be chosen nor acted in.
    pub enabled: bool,
    /// What its members may do with applications that nobody there has decided about.
    #[serde(default)]
    pub apps: AppPolicy,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What the members of a tenant may do with applications that are not the platform's own, as long as no administrator there
/// has decided about one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AppPolicy {
    /// Allow them what they like.
    #[default]
    Open,
    /// Ask for them, and wait.
    Approval,
}

impl AppPolicy {
    /// The name in the store and in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Approval => "approval",
        }
    }
}

/// One user's place in one tenant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MembershipRecord {
    /// The realm's name.
    pub realm: Arc<str>,
    /// The user's id.
    pub user: Arc<str>,
    /// The tenant.
    pub tenant: TenantRecord,
    /// The role there, a name of the realm's roles.
    pub role: Arc<str>,
}
