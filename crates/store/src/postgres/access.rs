//! Access tokens with the fate of what they hang off: one of them, or all that have a place in a status list. It must not
//! know how they are written.

use super::PostgresStore;
use super::read::is_storable;
use super::rows::{Columns, access_columns};
use super::value::Id;
use crate::{Read, StoreFault};
use grantd_core::record::{AccessFacts, KeptStatus};
use grantd_protocol::Timestamp;
use grantd_protocol::id::AccessId;
use tokio_postgres::Row;

/// What ends a token from outside, beside it.
macro_rules! facts {
    ($which:literal) => {
        concat!(
            "SELECT ",
            access_columns!(),
            ", a.family_id IS NOT NULL AND (f.id IS NULL OR f.ended_at IS NOT NULL), \
             a.grant_id IS NOT NULL AND (g.id IS NULL OR g.ended_at IS NOT NULL \
               OR (g.session_id IS NOT NULL AND (s.id IS NULL OR s.ended_at IS NOT NULL))), \
             (a.grant_id IS NOT NULL OR a.name IS NOT NULL) AND NOT coalesce(u.enabled, false), \
             a.tenant IS NOT NULL AND (NOT coalesce(t.enabled, false) \
               OR ((a.grant_id IS NOT NULL OR a.name IS NOT NULL) AND m.user_id IS NULL)), f.authentication \
             FROM access_tokens a LEFT JOIN families f ON f.id = a.family_id LEFT JOIN grants g ON g.id = a.grant_id \
             LEFT JOIN sessions s ON s.id = g.session_id \
             LEFT JOIN users u ON (a.grant_id IS NOT NULL OR a.name IS NOT NULL) AND u.realm = a.realm AND u.id = a.subject \
             LEFT JOIN tenants t ON t.realm = a.realm AND t.id = a.tenant \
             LEFT JOIN memberships m ON m.realm = a.realm AND m.user_id = a.subject AND m.tenant_id = a.tenant",
            $which
        )
    };
}

impl PostgresStore {
    pub(super) async fn read_access(&self, id: AccessId) -> Read<Option<AccessFacts>> {
        let rows = self.rows(facts!(" WHERE a.id = $1"), &[&Id(*id.as_bytes())]).await?;
        rows.first().map(facts).transpose()
    }

    pub(super) async fn read_placed(&self, after: AccessId, limit: u32) -> Read<Vec<AccessFacts>> {
        let sql = facts!(" WHERE a.id > $1 AND a.place IS NOT NULL ORDER BY a.id LIMIT $2");
        let rows = self.rows(sql, &[&Id(*after.as_bytes()), &i64::from(limit)]).await?;
        rows.iter().map(facts).collect()
    }

    pub(super) async fn read_places(&self, realm: &str) -> Read<Option<u64>> {
        if !is_storable(&[realm]) {
            return Ok(None);
        }
        let rows = self.rows("SELECT next FROM places WHERE realm = $1", &[&realm]).await?;
        let next = rows.first().map(|row| Columns::of(row).take::<i64>()).transpose()?;
        let damaged = |_| StoreFault::Corrupt("a stored place cannot be read".to_owned());
        next.map(|next| u64::try_from(next).map_err(damaged)).transpose()
    }

    pub(super) async fn read_kept_status(&self) -> Read<Option<KeptStatus>> {
        let rows = self.rows("SELECT position, at, body FROM kept_status", &[]).await?;
        let kept = rows.first().map(|row| {
            let mut columns = Columns::of(row);
            Ok(KeptStatus {
                position: columns.take()?,
                at: Timestamp::from_millis(columns.take()?),
                body: columns.take()?,
            })
        });
        kept.transpose()
    }
}

fn facts(row: &Row) -> Read<AccessFacts> {
    let mut columns = Columns::of(row);
    let token = columns.access()?;
    let family_gone: bool = columns.take()?;
    let grant_ended = columns.take()?;
    Ok(AccessFacts {
        // A family ends with its grant.
        family_ended: family_gone || (grant_ended && token.family.is_some()),
        grant_ended,
        user_disabled: columns.take()?,
        tenant_lost: columns.take()?,
        subject_ended: false,
        app_blocked: false,
        authentication: columns.optional_authentication()?,
        token,
    })
}
