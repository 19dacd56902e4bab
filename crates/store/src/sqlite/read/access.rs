//! Access tokens with the fate of what they hang off: one of them, or all that have a place in a status list.

use super::Reader;
use super::cells::{Cells, corrupt};
use super::rows::{self, columns};
use crate::Read;
use crate::sqlite::texts::Texts;
use grantd_core::record::{AccessFacts, KeptStatus};
use grantd_protocol::Timestamp;
use grantd_protocol::id::AccessId;
use rusqlite::{Connection, params};

/// What ends a token from outside: its family, its grant or the grant's session is gone or ended, its user gone or
/// disabled, its tenant gone or disabled, or the user no longer in it. Whatever a token does not have is not looked for:
/// a join on NULL reads nothing.
macro_rules! facts {
    ($which:literal) => {
        concat!(
            "SELECT ",
            columns!(access),
            ", f.id IS NULL OR f.ended_at IS NOT NULL OR ifnull(u.epoch, 0) > f.epoch,
               g.id IS NULL OR g.ended_at IS NOT NULL OR (g.session IS NOT NULL
                 AND (s.id IS NULL OR s.ended_at IS NOT NULL OR ifnull(u.epoch, 0) > s.epoch)),
               ifnull(u.enabled, 0) = 0,
               a.tenant IS NOT NULL AND (NOT ifnull(json_extract(mt.body, '$.enabled'), 0)
                 OR ((a.grant_id IS NOT NULL OR a.name IS NOT NULL) AND m.user IS NULL)), f.authentication
              FROM access a
              LEFT JOIN families f ON f.id = a.family
              LEFT JOIN grants g ON g.id = a.grant_id
              LEFT JOIN sessions s ON s.id = g.session
              LEFT JOIN texts t
                ON t.id = a.realm AND (a.grant_id IS NOT NULL OR a.name IS NOT NULL OR a.tenant IS NOT NULL)
              LEFT JOIN users u ON u.realm = t.text AND u.id = a.subject
              LEFT JOIN tenants mt ON mt.realm = t.text AND mt.id = a.tenant
              LEFT JOIN memberships m ON m.realm = t.text AND m.user = a.subject AND m.tenant = a.tenant ",
            $which
        )
    };
}

/// One token. Whoever presents a token asks this, so it is planned once.
pub(super) const ACCESS: &str = facts!("WHERE a.id = ?1");

impl Reader {
    pub(in crate::sqlite) fn access(&mut self, id: AccessId) -> Read<Option<AccessFacts>> {
        self.one(ACCESS, [id.as_bytes()], facts)
    }

    pub(in crate::sqlite) fn placed(&mut self, after: AccessId, limit: u32) -> Read<Vec<AccessFacts>> {
        let sql = facts!("WHERE a.id > ?1 AND a.place IS NOT NULL ORDER BY a.id LIMIT ?2");
        self.all(sql, params![after.as_bytes(), limit], facts)
    }

    pub(in crate::sqlite) fn places(&mut self, realm: &str) -> Read<Option<u64>> {
        let next = self.one("SELECT next FROM places WHERE realm = ?1", [realm], |cells, _, _| {
            cells.take::<i64>()
        })?;
        next.map(|next| u64::try_from(next).map_err(|_| corrupt("a place is negative")))
            .transpose()
    }

    pub(in crate::sqlite) fn kept_status(&mut self) -> Read<Option<KeptStatus>> {
        self.one("SELECT position, at, body FROM kept_status", [], |cells, _, _| {
            Ok(KeptStatus {
                position: cells.take()?,
                at: Timestamp::from_millis(cells.take()?),
                body: cells.take()?,
            })
        })
    }
}

fn facts(cells: &mut Cells<'_, '_>, connection: &Connection, texts: &mut Texts) -> Read<AccessFacts> {
    let token = rows::access(cells, connection, texts)?;
    let (family, grant): (bool, bool) = (cells.take()?, cells.take()?);
    let (user, tenant_lost): (bool, bool) = (cells.take()?, cells.take()?);
    let grant_ended = token.grant.is_some() && grant;
    Ok(AccessFacts {
        family_ended: token.family.is_some() && (family || grant_ended),
        grant_ended,
        user_disabled: (token.grant.is_some() || token.is_made_by_hand()) && user,
        tenant_lost,
        subject_ended: false,
        app_blocked: false,
        authentication: rows::optional_authentication(cells)?,
        token,
    })
}
