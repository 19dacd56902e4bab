//! Reads of what tenants decided about applications.

use super::Reader;
use super::lists::one_more;
use crate::{Page, Read, TenantAppFilter};
use grantd_core::record::{AppState, TenantAppRecord};
use rusqlite::params;

impl Reader {
    pub(in crate::sqlite) fn tenant_apps(
        &mut self,
        realm: &str,
        filter: &TenantAppFilter,
        after: Option<(&str, &str)>,
        limit: u32,
    ) -> Read<Page<TenantAppRecord>> {
        let mut sql = "SELECT record FROM tenant_apps WHERE realm = ?1 AND (tenant, client_id) > (?2, ?3)".to_owned();
        for (is_asked, condition) in [
            (filter.tenant.is_some(), " AND tenant = ?5"),
            (filter.client_id.is_some(), " AND client_id = ?6"),
            (filter.state.is_some(), " AND state = ?7"),
        ] {
            if is_asked {
                sql.push_str(condition);
            }
        }
        sql.push_str(" AND (?5 IS ?5 AND ?6 IS ?6 AND ?7 IS ?7) ORDER BY tenant, client_id LIMIT ?4");
        let (tenant, client_id) = after.unwrap_or_default();
        let values = params![
            realm,
            tenant,
            client_id,
            one_more(limit),
            filter.tenant,
            filter.client_id,
            filter.state.map(AppState::as_str),
        ];
        let rows = self.all(&sql, values, |cells, _, _| cells.json())?;
        Ok(Page::cut(rows, limit as usize))
    }

    pub(in crate::sqlite) fn apps_of(
        &mut self,
        realm: &str,
        user: &str,
        client_id: &str,
    ) -> Read<Vec<TenantAppRecord>> {
        let sql = "SELECT a.record FROM memberships m JOIN tenant_apps a
                       ON a.realm = m.realm AND a.tenant = m.tenant AND a.client_id = ?3
                   WHERE m.realm = ?1 AND m.user = ?2 ORDER BY a.tenant";
        self.all(sql, (realm, user, client_id), |cells, _, _| cells.json())
    }
}
