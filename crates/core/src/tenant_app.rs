//! Whether a tenant lets its members use an application that is not the platform's own, and how a member asks for one. It
//! must not know who decides: that is the admin API's (`admin::app`).
//!
//! What is decided here holds at the commit by the tenant's version, which every such decision counts up; an application
//! that is blocked loses what it has in the very change that blocks it.

use crate::admin::deed::Deed;
use crate::admin::tenant;
use crate::change::{Change, Guard, Write};
use crate::realm::Realm;
use crate::record::{AppPolicy, AppState, ClientOrigin, ClientRecord, SessionFacts, TenantAppRecord, TenantRecord};
use grantd_protocol::{ErrorCode, OAuthError, redirect_uri};
use serde_json::json;
use std::sync::Arc;

/// Requests that wait in one tenant at most. Whoever registers applications by the hundred fills no administrator's list.
pub const MOST_WAITING: u32 = 100;

/// How an application stands with a tenant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Admission {
    /// Members may allow it things.
    Admitted,
    /// They may not yet, and nobody has asked.
    Unasked,
    /// Somebody asked, and no administrator has answered.
    Waiting,
    /// An administrator said no.
    Blocked,
}

/// Why a user cannot let an application act in a tenant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Barrier {
    /// The tenant.
    pub tenant: TenantRecord,
    /// How the application stands there; never [`Admission::Admitted`].
    pub admission: Admission,
}

/// Whether a client is not the platform's own, seen from a tenant: an operator's clients are the platform's, but for those of
/// a publisher elsewhere, and a tenant's service accounts are the tenant's.
#[must_use]
pub fn is_foreign(client: &ClientRecord, tenant: &str, realm: &Realm) -> bool {
    let host = redirect_uri::shown_host(&realm.issuer);
    let host = host.split(':').next().unwrap_or_default();
    let is_ours = |domain: &String| {
        let before = host.strip_suffix(domain.to_ascii_lowercase().as_str());
        before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
    };
    let is_platforms = client.origin == ClientOrigin::Console && client.verified_domain.as_ref().is_none_or(is_ours);
    !is_platforms && client.tenant.as_deref() != Some(tenant)
}

/// How a client stands with a tenant. `apps` is what tenants decided about it.
#[must_use]
pub fn admission(client: &ClientRecord, tenant: &TenantRecord, apps: &[TenantAppRecord], realm: &Realm) -> Admission {
    if !is_foreign(client, &tenant.id, realm) {
        return Admission::Admitted;
    }
    let is_it = |row: &&TenantAppRecord| {
        row.realm == tenant.realm && row.tenant == tenant.id && row.client_id == client.client_id
    };
    // Somebody else may be behind it since; a block stays.
    let is_stale = |row: &TenantAppRecord| {
        row.state == AppState::Allowed
            && client
                .changed_hands_at
                .is_some_and(|at| row.decided_at.is_none_or(|then| then < at))
    };
    let row = apps.iter().find(is_it).filter(|row| !is_stale(row));
    match (row.map(|row| row.state), tenant.apps) {
        (Some(AppState::Blocked), _) => Admission::Blocked,
        (Some(AppState::Allowed), _) | (_, AppPolicy::Open) => Admission::Admitted,
        (Some(AppState::Waiting), AppPolicy::Approval) => Admission::Waiting,
        (None, AppPolicy::Approval) => Admission::Unasked,
    }
}

/// What must be so at the commit, where a client gets something in a tenant on the word of that tenant: nothing was decided
/// there meanwhile.
#[must_use]
pub fn guard(client: &ClientRecord, tenant: &TenantRecord, realm: &Realm) -> Option<Guard> {
    is_foreign(client, &tenant.id, realm).then(|| tenant::at(tenant))
}

impl Barrier {
    /// As the client is told where nobody is shown a page (OpenID Connect Core section 3.1.2.6): where somebody could still
    /// allow it, a request that shows pages may lead there.
    #[must_use]
    pub const fn unseen(&self) -> OAuthError {
        match self.admission {
            Admission::Blocked => BLOCKED,
            _ => OAuthError::new(
                ErrorCode::ConsentRequired,
                "an administrator of the tenant must allow the application first",
            ),
        }
    }

    /// As the client is told when its user has seen the page and goes back.
    #[must_use]
    pub const fn seen(&self) -> OAuthError {
        match self.admission {
            Admission::Blocked => BLOCKED,
            _ => OAuthError::access_denied("an administrator of the tenant must allow the application first"),
        }
    }
}

const BLOCKED: OAuthError = OAuthError::access_denied("an administrator of the tenant blocked the application");

/// What to commit when a member asks for an application that nobody there asked for yet; `waiting` is how many others wait.
/// `None` where there are too many already. Of two who ask at once one is written down.
#[must_use]
pub fn ask(
    barrier: &Barrier,
    client: &ClientRecord,
    session: &SessionFacts,
    waiting: usize,
    deed: &Deed<'_>,
) -> Option<Change> {
    if barrier.admission != Admission::Unasked || waiting >= MOST_WAITING as usize {
        return None;
    }
    let record = TenantAppRecord {
        realm: deed.realm_name(),
        tenant: Arc::clone(&barrier.tenant.id),
        client_id: Arc::clone(&client.client_id),
        name: client.name.clone(),
        state: AppState::Waiting,
        asked_by: Some(Arc::clone(&session.session.user)),
        asked_at: Some(deed.now),
        decided_at: None,
    };
    let (unchanged, touch) = tenant::touch(&barrier.tenant);
    let exists = Guard::ClientExists {
        realm: deed.realm_name(),
        client_id: Arc::clone(&client.client_id),
    };
    let guards = vec![Guard::SessionLive(session.session.id), unchanged, exists];
    let audit = deed.audit("app.requested", target(&record), json!({ "name": record.name }));
    Some(deed.change(guards, vec![touch, Write::PutTenantApp(Box::new(record))], audit))
}

/// As the audit log names an application in a tenant.
pub(crate) fn target(record: &TenantAppRecord) -> String {
    format!("app:{}/{}", record.tenant, record.client_id)
}

#[cfg(test)]
mod tests;
