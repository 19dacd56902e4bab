//! What each write does to what tenants decided about applications.

use super::apply::{Tables, json};
use crate::Read;
use grantd_core::change::Write;
use rusqlite::params;

impl Tables<'_> {
    pub(super) fn apply_tenant_app(&self, write: &Write) -> Read<()> {
        match write {
            Write::PutTenantApp(row) => {
                let sql = "INSERT OR REPLACE INTO tenant_apps (realm, tenant, client_id, state, record)
                           VALUES (?1, ?2, ?3, ?4, ?5)";
                let (state, record) = (row.state.as_str(), json(row)?);
                self.run(sql, params![&*row.realm, &*row.tenant, &*row.client_id, state, record])?;
                self.note_app(&row.realm, &row.tenant, &row.client_id)
            }
            Write::DeleteTenantApp {
                realm,
                tenant,
                client_id,
            } => {
                let sql = "DELETE FROM tenant_apps WHERE realm = ?1 AND tenant = ?2 AND client_id = ?3";
                self.run(sql, params![&**realm, &**tenant, &**client_id])?;
                self.note_app(realm, tenant, client_id)
            }
            Write::EndTenantApp {
                realm,
                tenant,
                client_id,
                at,
            } => {
                let which = params![&**realm, &**tenant, at.millis(), &**client_id];
                let sql = "UPDATE grants SET ended_at = ?3
                           WHERE realm = ?1 AND tenant = ?2 AND client_id = ?4 AND ended_at IS NULL";
                self.run(sql, which)?;
                let whose = "tenant = ?2 AND (SELECT text FROM texts WHERE texts.id = access.client) = ?4";
                self.end_by_hand(whose, which)?;
                self.note_app(realm, tenant, client_id)
            }
            other => self.apply_webhook(other),
        }
    }

    /// What a tenant says of an application decides about tokens that it exchanged.
    fn note_app(&self, realm: &str, tenant: &str, client_id: &str) -> Read<()> {
        self.note("app", realm, &format!("{tenant} {client_id}"))
    }
}
