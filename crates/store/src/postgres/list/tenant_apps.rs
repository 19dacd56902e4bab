//! Reads of what tenants decided about applications.

use super::{one_more, page};
use crate::postgres::PostgresStore;
use crate::postgres::read::is_storable;
use crate::postgres::rows::Columns;
use crate::{Page, Read, TenantAppFilter};
use grantd_core::record::{AppState, TenantAppRecord};
use std::fmt::Write as _;
use tokio_postgres::types::ToSql;

impl PostgresStore {
    pub(in crate::postgres) async fn list_tenant_apps(
        &self,
        realm: &str,
        filter: &TenantAppFilter,
        after: Option<(&str, &str)>,
        limit: u32,
    ) -> Read<Page<TenantAppRecord>> {
        let (tenant, client_id) = after.unwrap_or_default();
        let state = filter.state.map(AppState::as_str);
        let asked = [
            ("tenant", filter.tenant.as_deref()),
            ("client_id", filter.client_id.as_deref()),
            ("state", state),
        ];
        let names = asked.map(|(_, value)| value.unwrap_or_default());
        if !is_storable(&[realm, tenant, client_id]) || !is_storable(&names) {
            return page(std::iter::empty(), limit);
        }
        let limit_plus = one_more(limit);
        let mut sql = "SELECT record FROM tenant_apps WHERE realm = $1 AND (tenant, client_id) > ($2, $3)".to_owned();
        let mut values: Vec<&(dyn ToSql + Sync)> = vec![&realm, &tenant, &client_id, &limit_plus];
        for (column, value) in &asked {
            if let Some(value) = value {
                values.push(value);
                // Writing to a string cannot fail.
                let _ = write!(sql, " AND {column} = ${}", values.len());
            }
        }
        sql.push_str(" ORDER BY tenant, client_id LIMIT $4");
        let rows = self.rows(&sql, &values).await?;
        page(
            rows.iter().map(|row| Columns::of(row).json("application in a tenant")),
            limit,
        )
    }

    pub(in crate::postgres) async fn read_apps_of(
        &self,
        realm: &str,
        user: &str,
        client_id: &str,
    ) -> Read<Vec<TenantAppRecord>> {
        if !is_storable(&[realm, user, client_id]) {
            return Ok(Vec::new());
        }
        let sql = "SELECT a.record FROM memberships m JOIN tenant_apps a \
                       ON a.realm = m.realm AND a.tenant = m.tenant_id AND a.client_id = $3 \
                   WHERE m.realm = $1 AND m.user_id = $2 ORDER BY a.tenant";
        let rows = self.rows(sql, &[&realm, &user, &client_id]).await?;
        let record = |row| Columns::of(row).json("application in a tenant");
        rows.iter().map(record).collect()
    }
}
