//! What the memory store keeps of what tenants decided about applications.

use super::state::State;
use crate::{Page, TenantAppFilter};
use grantd_core::change::Write;
use grantd_core::record::{AppState, TenantAppRecord};
use grantd_protocol::Timestamp;

impl State {
    pub(super) fn apply_tenant_app(&mut self, write: Write, now: Timestamp) {
        match write {
            Write::PutTenantApp(row) => {
                self.note_app(&row.realm, &row.tenant, &row.client_id, now);
                let key = (row.realm.clone(), row.tenant.clone(), row.client_id.clone());
                self.tenant_apps.insert(key, *row);
            }
            Write::DeleteTenantApp {
                realm,
                tenant,
                client_id,
            } => {
                self.note_app(&realm, &tenant, &client_id, now);
                self.tenant_apps.remove(&(realm, tenant, client_id));
            }
            Write::EndTenantApp {
                realm,
                tenant,
                client_id,
                at,
            } => {
                self.end_grants(at, |row| {
                    row.realm == realm && row.tenant.as_ref() == Some(&tenant) && row.client_id == client_id
                });
                self.end_by_hand(at, |row| {
                    row.realm == realm && row.tenant.as_ref() == Some(&tenant) && row.client_id == client_id
                });
                self.note_app(&realm, &tenant, &client_id, now);
            }
            // The others were applied by the callers.
            _ => {}
        }
    }

    /// What tenants decided about a client, or all but the blocks.
    pub(super) fn forget_decisions(&mut self, realm: &str, client_id: &str, keeps_blocks: bool) {
        self.tenant_apps.retain(|_, row| {
            let is_kept = keeps_blocks && row.state == AppState::Blocked;
            &*row.realm != realm || &*row.client_id != client_id || is_kept
        });
    }

    /// What a tenant says of an application decides about tokens that it exchanged.
    fn note_app(&mut self, realm: &str, tenant: &str, client_id: &str, now: Timestamp) {
        self.note("app", realm, &format!("{tenant} {client_id}"), now);
    }

    pub(super) fn tenant_apps(
        &self,
        realm: &str,
        filter: &TenantAppFilter,
        after: Option<(&str, &str)>,
        limit: u32,
    ) -> Page<TenantAppRecord> {
        let rows = self.tenant_apps.values().filter(|row| {
            *row.realm == *realm
                && after.is_none_or(|after| (&*row.tenant, &*row.client_id) > after)
                && filter.tenant.as_deref().is_none_or(|tenant| *row.tenant == *tenant)
                && filter
                    .client_id
                    .as_deref()
                    .is_none_or(|client_id| *row.client_id == *client_id)
                && filter.state.is_none_or(|state| row.state == state)
        });
        Page::cut(rows.take(limit as usize + 1).cloned().collect(), limit as usize)
    }

    pub(super) fn apps_of(&self, realm: &str, user: &str, client_id: &str) -> Vec<TenantAppRecord> {
        let belongs = |row: &&TenantAppRecord| {
            let place = (row.realm.clone(), user.into(), row.tenant.clone());
            self.memberships.contains_key(&place)
        };
        let rows = self.tenant_apps.values();
        let rows = rows.filter(|row| *row.realm == *realm && *row.client_id == *client_id);
        rows.filter(belongs).cloned().collect()
    }
}
