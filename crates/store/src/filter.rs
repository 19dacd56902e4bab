//! What lists are limited to.

use grantd_core::record::AppState;
use grantd_protocol::Timestamp;

/// What a list of access tokens is limited to.
#[derive(Clone, Debug, Default)]
pub struct AccessFilter {
    /// This client's only.
    pub client_id: Option<String>,
    /// This subject's only.
    pub subject: Option<String>,
    /// Those that act in this tenant only.
    pub tenant: Option<String>,
    /// Those that somebody made by hand only.
    pub made_by_hand: bool,
    /// Not the ended and expired ones, nor those whose family, grant or user was ended, nor those made by hand whose
    /// tenant was lost.
    pub live_at: Option<Timestamp>,
}

/// What a list of API keys is limited to.
#[derive(Clone, Debug, Default)]
pub struct ApiKeyFilter {
    /// This tenant's only.
    pub tenant: Option<String>,
    /// Not the ended and expired ones, nor those whose tenant is disabled.
    pub live_at: Option<Timestamp>,
}

/// What a list of grants is limited to.
#[derive(Clone, Debug, Default)]
pub struct GrantFilter {
    /// This user's only.
    pub user: Option<String>,
    /// To this client only.
    pub client_id: Option<String>,
    /// In this tenant only.
    pub tenant: Option<String>,
    /// The newest first, and not the oldest.
    pub newest_first: bool,
}

/// What a list of applications in tenants is limited to.
#[derive(Clone, Debug, Default)]
pub struct TenantAppFilter {
    /// In this tenant only.
    pub tenant: Option<String>,
    /// This client only.
    pub client_id: Option<String>,
    /// Those that stand so only.
    pub state: Option<AppState>,
}
