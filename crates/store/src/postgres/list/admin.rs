//! What the admin API lists: tenants, who belongs to them, grants and sessions, each a page at a time by key.

use super::{LAST_ID, one_more, page};
use crate::postgres::PostgresStore;
use crate::postgres::read::is_storable;
use crate::postgres::rows::{Columns, grant_columns, session_columns};
use crate::postgres::value::Id;
use crate::{GrantFilter, Page, Read, StoreFault};
use grantd_core::record::{
    ClientRecord, GrantRecord, IdempotencyRecord, MembershipRecord, SessionRecord, TenantRecord,
};
use grantd_protocol::Timestamp;
use grantd_protocol::id::{GrantId, SessionId};
use std::fmt::Write as _;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

impl PostgresStore {
    pub(in crate::postgres) async fn list_tenants(
        &self,
        realm: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Read<Page<TenantRecord>> {
        let after = after.unwrap_or_default();
        if !is_storable(&[after]) {
            return Ok(Page::cut(Vec::new(), 0));
        }
        let sql = "SELECT realm, id, version, name, enabled, app_policy, created_at FROM tenants \
             WHERE realm = $1 AND id > $2 ORDER BY id LIMIT $3";
        let rows = self.rows(sql, &[&realm, &after, &one_more(limit)]).await?;
        page(rows.iter().map(|row| Columns::of(row).tenant()), limit)
    }

    pub(in crate::postgres) async fn list_members(
        &self,
        (realm, tenant): (&str, &str),
        role: Option<&str>,
        after: Option<&str>,
        limit: u32,
    ) -> Read<Page<MembershipRecord>> {
        const COLUMNS: &str = "SELECT m.user_id, m.role, t.realm, t.id, t.version, t.name, t.enabled, t.app_policy, t.created_at \
             FROM memberships m JOIN tenants t ON t.realm = m.realm AND t.id = m.tenant_id \
             WHERE m.realm = $1 AND m.tenant_id = $2 AND m.user_id > $3";
        let after = after.unwrap_or_default();
        if !is_storable(&[tenant, after, role.unwrap_or_default()]) {
            return Ok(Page::cut(Vec::new(), 0));
        }
        let limit_plus = one_more(limit);
        let mut values: Vec<&(dyn ToSql + Sync)> = vec![&realm, &tenant, &after, &limit_plus];
        let mut sql = COLUMNS.to_owned();
        if let Some(role) = &role {
            sql.push_str(" AND m.role = $5");
            values.push(role);
        }
        sql.push_str(" ORDER BY m.user_id LIMIT $4");
        let rows = self.rows(&sql, &values).await?;
        let membership = |row: &Row| {
            let mut columns = Columns::of(row);
            let (user, role): (&str, &str) = (columns.take()?, columns.take()?);
            Ok(MembershipRecord {
                realm: realm.into(),
                user: user.into(),
                role: role.into(),
                tenant: columns.tenant()?,
            })
        };
        page(rows.iter().map(membership), limit)
    }

    pub(in crate::postgres) async fn list_service_accounts(
        &self,
        realm: &str,
        tenant: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Read<Page<ClientRecord>> {
        let after = after.unwrap_or_default();
        if !is_storable(&[tenant, after]) {
            return Ok(Page::cut(Vec::new(), 0));
        }
        let sql = "SELECT record FROM clients WHERE realm = $1 AND tenant = $2 AND client_id > $3 \
             ORDER BY client_id LIMIT $4";
        let rows = self.rows(sql, &[&realm, &tenant, &after, &one_more(limit)]).await?;
        page(rows.iter().map(|row| Columns::of(row).client()), limit)
    }

    pub(in crate::postgres) async fn read_grant_by_id(&self, id: GrantId) -> Read<Option<GrantRecord>> {
        let sql = concat!("SELECT ", grant_columns!(), " FROM grants g WHERE g.id = $1");
        let rows = self.rows(sql, &[&Id(*id.as_bytes())]).await?;
        Ok(rows.first().map(|row| Columns::of(row).grant()).transpose()?.flatten())
    }

    pub(in crate::postgres) async fn list_grants(
        &self,
        realm: &str,
        filter: &GrantFilter,
        after: Option<GrantId>,
        limit: u32,
    ) -> Read<Page<GrantRecord>> {
        let (begin, sign, way) = match filter.newest_first {
            true => (LAST_ID, "<", " DESC"),
            false => ([0; 16], ">", ""),
        };
        let after = Id(after.map_or(begin, |id| *id.as_bytes()));
        let limit_plus = one_more(limit);
        let mut values: Vec<&(dyn ToSql + Sync)> = vec![&realm, &after, &limit_plus];
        let mut sql = format!(
            concat!(
                "SELECT ",
                grant_columns!(),
                " FROM grants g WHERE g.ended_at IS NULL AND g.realm = $1 AND g.id {} $2"
            ),
            sign
        );
        for (column, asked) in [
            ("user_id", &filter.user),
            ("client_id", &filter.client_id),
            ("tenant", &filter.tenant),
        ] {
            if let Some(asked) = asked {
                if !is_storable(&[asked]) {
                    return Ok(Page::cut(Vec::new(), 0));
                }
                values.push(asked);
                // Writing to a string cannot fail.
                let _ = write!(sql, " AND g.{column} = ${}", values.len());
            }
        }
        let _ = write!(sql, " ORDER BY g.id{way} LIMIT $3");
        let rows = self.rows(&sql, &values).await?;
        page(
            rows.iter().filter_map(|row| Columns::of(row).grant().transpose()),
            limit,
        )
    }

    pub(in crate::postgres) async fn list_sessions_of(
        &self,
        realm: &str,
        user: &str,
        before: Option<SessionId>,
        limit: u32,
    ) -> Read<Page<SessionRecord>> {
        if !is_storable(&[user]) {
            return Ok(Page::cut(Vec::new(), 0));
        }
        let sql = concat!(
            "SELECT ",
            session_columns!(),
            " FROM sessions s WHERE s.realm = $1 AND s.user_id = $2 AND s.id < $3 ORDER BY s.id DESC LIMIT $4"
        );
        let before = Id(before.map_or(LAST_ID, |id| *id.as_bytes()));
        let rows = self.rows(sql, &[&realm, &user, &before, &one_more(limit)]).await?;
        page(
            rows.iter().filter_map(|row| Columns::of(row).session().transpose()),
            limit,
        )
    }

    pub(in crate::postgres) async fn read_idempotency(&self, key: [u8; 32]) -> Read<Option<IdempotencyRecord>> {
        let sql = "SELECT fingerprint, rights, salt, body, secret_member, location, etag, expires_at \
             FROM idempotency WHERE key = $1";
        let damaged = || StoreFault::Corrupt("an idempotency row is not what it should be".to_owned());
        let rows = self.rows(sql, &[&key.as_slice()]).await?;
        let read = |row: &Row| {
            let mut columns = Columns::of(row);
            let (fingerprint, rights): (&[u8], &[u8]) = (columns.take()?, columns.take()?);
            let salt: &[u8] = columns.take()?;
            let body: &str = columns.take()?;
            Ok(IdempotencyRecord {
                key,
                fingerprint: fingerprint.try_into().map_err(|_| damaged())?,
                rights: rights.try_into().map_err(|_| damaged())?,
                salt: salt.try_into().map_err(|_| damaged())?,
                body: serde_json::from_str(body).map_err(|_| damaged())?,
                secret_member: columns.take()?,
                location: columns.take()?,
                etag: columns.take()?,
                expires_at: Timestamp::from_millis(columns.take()?),
            })
        };
        rows.first().map(read).transpose()
    }
}
