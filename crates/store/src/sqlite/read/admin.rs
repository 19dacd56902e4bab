//! What the admin API lists: tenants, who belongs to them, grants and sessions, each a page at a time by key.

use super::Reader;
use super::lists::one_more;
use super::rows::{self, columns};
use crate::{GrantFilter, Page, Read};
use grantd_core::record::{
    ClientRecord, GrantRecord, IdempotencyRecord, MembershipRecord, SessionRecord, TenantRecord,
};
use grantd_protocol::id::{GrantId, SessionId};
use rusqlite::params;

/// Above every id that is drawn.
const NO_BOUND: [u8; 16] = [0xff; 16];

impl Reader {
    pub(in crate::sqlite) fn tenants(&mut self, realm: &str, after: &str, limit: u32) -> Read<Page<TenantRecord>> {
        let sql = "SELECT body FROM tenants WHERE realm = ?1 AND id > ?2 ORDER BY id LIMIT ?3";
        let rows = self.all(sql, (realm, after, one_more(limit)), |cells, _, _| cells.json())?;
        Ok(Page::cut(rows, limit as usize))
    }

    pub(in crate::sqlite) fn members(
        &mut self,
        (realm, tenant): (&str, &str),
        role: Option<&str>,
        after: &str,
        limit: u32,
    ) -> Read<Page<MembershipRecord>> {
        const COLUMNS: &str = "SELECT m.realm, m.user, m.role, t.body FROM memberships m
            JOIN tenants t ON t.realm = m.realm AND t.id = m.tenant
            WHERE m.realm = ?1 AND m.tenant = ?2 AND m.user > ?3";
        let limit_plus = one_more(limit);
        let rows = match role {
            None => {
                let sql = format!("{COLUMNS} ORDER BY m.user LIMIT ?4");
                let values = params![realm, tenant, after, limit_plus];
                self.all(&sql, values, |cells, _, _| rows::membership(cells))?
            }
            Some(role) => {
                let sql = format!("{COLUMNS} AND m.role = ?5 ORDER BY m.user LIMIT ?4");
                let values = params![realm, tenant, after, limit_plus, role];
                self.all(&sql, values, |cells, _, _| rows::membership(cells))?
            }
        };
        Ok(Page::cut(rows, limit as usize))
    }

    pub(in crate::sqlite) fn service_accounts(
        &mut self,
        realm: &str,
        tenant: &str,
        after: &str,
        limit: u32,
    ) -> Read<Page<ClientRecord>> {
        let sql = "SELECT body FROM clients WHERE realm = ?1 AND tenant = ?2 AND id > ?3 ORDER BY id LIMIT ?4";
        let values = (realm, tenant, after, one_more(limit));
        let rows = self.all(sql, values, |cells, _, _| cells.json())?;
        Ok(Page::cut(rows, limit as usize))
    }

    pub(in crate::sqlite) fn clients_of(
        &mut self,
        realm: &str,
        owner: &str,
        after: &str,
        limit: u32,
    ) -> Read<Page<ClientRecord>> {
        let sql = "SELECT body FROM clients WHERE realm = ?1 AND owner = ?2 AND id > ?3 ORDER BY id LIMIT ?4";
        let values = (realm, owner, after, one_more(limit));
        let rows = self.all(sql, values, |cells, _, _| cells.json())?;
        Ok(Page::cut(rows, limit as usize))
    }

    pub(in crate::sqlite) fn grant_by_id(&mut self, id: GrantId) -> Read<Option<GrantRecord>> {
        let sql = concat!("SELECT ", columns!(grant), " FROM grants g WHERE g.id = ?1");
        self.one(sql, [id.as_bytes()], |cells, _, _| rows::grant(cells))
    }

    pub(in crate::sqlite) fn grants(
        &mut self,
        realm: &str,
        filter: &GrantFilter,
        after: Option<GrantId>,
        limit: u32,
    ) -> Read<Page<GrantRecord>> {
        // A condition for each name that is asked for: the statements are few, and each finds its index.
        let mut sql = concat!(
            "SELECT ",
            columns!(grant),
            " FROM grants g WHERE g.ended_at IS NULL AND g.realm = ?1"
        )
        .to_owned();
        for (asked, condition) in [
            (&filter.user, " AND g.user = ?4"),
            (&filter.client_id, " AND g.client_id = ?5"),
            (&filter.tenant, " AND g.tenant = ?6"),
        ] {
            if asked.is_some() {
                sql.push_str(condition);
            }
        }
        sql.push_str(match filter.newest_first {
            true => " AND g.id < ?2 AND (?4 IS ?4 AND ?5 IS ?5 AND ?6 IS ?6) ORDER BY g.id DESC LIMIT ?3",
            false => " AND g.id > ?2 AND (?4 IS ?4 AND ?5 IS ?5 AND ?6 IS ?6) ORDER BY g.id LIMIT ?3",
        });
        let begin = if filter.newest_first { NO_BOUND } else { [0; 16] };
        let after = after.map_or(begin, |id| *id.as_bytes());
        let values = params![
            realm,
            after,
            one_more(limit),
            filter.user,
            filter.client_id,
            filter.tenant
        ];
        let rows = self.all(&sql, values, |cells, _, _| rows::grant(cells))?;
        Ok(Page::cut(rows, limit as usize))
    }

    pub(in crate::sqlite) fn sessions_of(
        &mut self,
        realm: &str,
        user: &str,
        before: Option<SessionId>,
        limit: u32,
    ) -> Read<Page<SessionRecord>> {
        let sql = concat!(
            "SELECT ",
            columns!(session),
            " FROM sessions s LEFT JOIN users su ON su.realm = s.realm AND su.id = s.user
              WHERE s.realm = ?1 AND s.user = ?2 AND s.id < ?3 ORDER BY s.id DESC LIMIT ?4"
        );
        let before = before.map_or(NO_BOUND, |id| *id.as_bytes());
        let values = params![realm, user, before, one_more(limit)];
        let rows = self.all(sql, values, |cells, _, _| rows::session(cells))?;
        Ok(Page::cut(rows, limit as usize))
    }

    pub(in crate::sqlite) fn idempotency(&mut self, key: [u8; 32]) -> Read<Option<IdempotencyRecord>> {
        let sql = "SELECT fingerprint, rights, salt, body, secret_member, location, etag, expires_at \
                   FROM idempotency WHERE key = ?1";
        self.one(sql, params![key], |cells, _, _| {
            Ok(IdempotencyRecord {
                key,
                fingerprint: cells.take()?,
                rights: cells.take()?,
                salt: cells.take()?,
                body: cells.json()?,
                secret_member: cells.take()?,
                location: cells.take()?,
                etag: cells.take()?,
                expires_at: cells.time()?,
            })
        })
    }
}
