//! What tenants decided about applications, and the end of what one has in a tenant.

use super::{Plan, json};
use crate::postgres::step::{Key, Rows, Step};
use grantd_core::change::Write;
use grantd_core::record::TenantAppRecord;
use grantd_protocol::Timestamp;
use std::sync::Arc;

impl Plan {
    pub(super) fn add_tenant_app(&mut self, write: &Write) {
        match write {
            Write::PutTenantApp(row) => self.put_tenant_app(row),
            Write::DeleteTenantApp {
                realm,
                tenant,
                client_id,
            } => {
                self.note_app(realm, tenant, client_id);
                self.steps.push(Step::new(
                    "DELETE FROM tenant_apps WHERE realm = ?::text AND tenant = ?::text AND client_id = ?::text{if_held}",
                    Rows::One("tenant_apps", key(realm, tenant, client_id)),
                    vec![realm.into(), tenant.into(), client_id.into()],
                ));
            }
            Write::EndTenantApp {
                realm,
                tenant,
                client_id,
                at,
            } => self.end_tenant_app(realm, tenant, client_id, *at),
            other => self.add_webhook(other),
        }
    }

    /// What a tenant says of an application decides about tokens that it exchanged.
    fn note_app(&mut self, realm: &Arc<str>, tenant: &Arc<str>, client_id: &Arc<str>) {
        self.note("app", realm, &format!("{tenant} {client_id}").into());
    }

    fn put_tenant_app(&mut self, row: &TenantAppRecord) {
        self.note_app(&row.realm, &row.tenant, &row.client_id);
        self.steps.push(Step::new(
            "INSERT INTO tenant_apps (realm, tenant, client_id, state, record) \
             SELECT ?::text, ?::text, ?::text, ?::text, ?::text WHERE true{if_held} \
             ON CONFLICT (realm, tenant, client_id) DO UPDATE SET state = excluded.state, record = excluded.record",
            Rows::One("tenant_apps", key(&row.realm, &row.tenant, &row.client_id)),
            vec![
                (&row.realm).into(),
                (&row.tenant).into(),
                (&row.client_id).into(),
                row.state.as_str().to_owned().into(),
                json(row),
            ],
        ));
    }

    /// In order: a grant that was committed while this waited for the tenant's row must be seen by the statement that ends it.
    fn end_tenant_app(&mut self, realm: &Arc<str>, tenant: &Arc<str>, client_id: &Arc<str>, at: Timestamp) {
        self.in_order = true;
        self.note_app(realm, tenant, client_id);
        let values = || vec![at.into(), realm.into(), tenant.into(), client_id.into()];
        self.steps.push(Step::new(
            "UPDATE grants SET ended_at = ?::bigint WHERE realm = ?::text AND tenant = ?::text \
             AND client_id = ?::text AND ended_at IS NULL{if_held}",
            Rows::Many(&["grants"]),
            values(),
        ));
        self.end_by_hand("tenant = ?::text AND client_id = ?::text", values());
    }
}

fn key(realm: &Arc<str>, tenant: &Arc<str>, client_id: &Arc<str>) -> Key {
    Key::NamedTwice(Arc::clone(realm), Arc::clone(tenant), Arc::clone(client_id))
}
