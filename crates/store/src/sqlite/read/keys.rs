//! Reads of API keys and of counted uses.

use super::Reader;
use super::cells::Cells;
use super::lists::{NO_BOUND, one_more};
use crate::{ApiKeyFilter, Page, Read};
use grantd_core::record::{ApiKeyFacts, ApiKeyRecord, Holder, UseRecord};
use grantd_protocol::id::ApiKeyId;
use grantd_protocol::{ScopeSet, Timestamp};
use rusqlite::params;

/// A key with its tenant's fate and its last use.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT k.id, k.realm, k.version, k.hash, k.last_four, k.tenant, k.name, k.scope, k.created_by,
                 k.created_at, k.expires_at, k.ended_at, k.role,
                 k.tenant IS NOT NULL AND NOT ifnull(json_extract(t.body, '$.enabled'), 0), n.last_used_at
             FROM api_keys k LEFT JOIN tenants t ON t.realm = k.realm AND t.id = k.tenant
                 LEFT JOIN uses n ON n.realm = k.realm AND n.holder = 'api_key:' || lower(hex(k.id))
                     AND n.permission = '' ",
            $rest
        )
    };
}

/// ?1 realm, ?2 instant or NULL, ?3 below, ?4 limit.
const ALL: &str = select!(
    "WHERE k.realm = ?1 AND k.id < ?3 AND (?2 IS NULL OR (k.ended_at IS NULL AND ifnull(k.expires_at > ?2, 1)
         AND (k.tenant IS NULL OR json_extract(t.body, '$.enabled'))))
     ORDER BY k.id DESC LIMIT ?4"
);
/// ?5 the tenant, the others as before.
const OF_TENANT: &str = select!(
    "WHERE k.realm = ?1 AND k.tenant = ?5 AND k.id < ?3 AND (?2 IS NULL OR (k.ended_at IS NULL
         AND ifnull(k.expires_at > ?2, 1) AND json_extract(t.body, '$.enabled')))
     ORDER BY k.id DESC LIMIT ?4"
);

impl Reader {
    pub(in crate::sqlite) fn api_key(&mut self, id: ApiKeyId) -> Read<Option<ApiKeyFacts>> {
        self.one(select!("WHERE k.id = ?1"), [id.as_bytes()], |cells, _, _| facts(cells))
    }

    pub(in crate::sqlite) fn api_keys(
        &mut self,
        realm: &str,
        filter: &ApiKeyFilter,
        before: Option<ApiKeyId>,
        limit: u32,
    ) -> Read<Page<ApiKeyFacts>> {
        let live_at = filter.live_at.map(Timestamp::millis);
        let below = before.map_or(NO_BOUND, |id| *id.as_bytes());
        let rows = match &filter.tenant {
            Some(tenant) => self.all(
                OF_TENANT,
                params![realm, live_at, below, one_more(limit), tenant],
                |cells, _, _| facts(cells),
            ),
            None => self.all(ALL, params![realm, live_at, below, one_more(limit)], |cells, _, _| {
                facts(cells)
            }),
        };
        Ok(Page::cut(rows?, limit as usize))
    }

    pub(in crate::sqlite) fn findings(
        &mut self,
        realm: &str,
        after: Option<(String, String)>,
        limit: u32,
    ) -> Read<Page<UseRecord>> {
        let sql = "SELECT permission, count, first_used_at, last_used_at, holder FROM uses
                   WHERE realm = ?1 AND (holder, permission) > (?2, ?3) AND holder < 'breaks;'
                   ORDER BY holder, permission LIMIT ?4";
        let (client_id, rule) = after.unwrap_or_default();
        let from = Holder::Breaks(client_id.into()).to_string();
        let rows = self.all(sql, params![realm, from, rule, one_more(limit)], |cells, _, _| {
            let mut row = counted(cells, realm, Holder::Breaks("".into()))?;
            let holder: Box<str> = cells.take()?;
            row.holder = Holder::Breaks(holder.strip_prefix(Holder::BREAKS).unwrap_or_default().into());
            Ok(row)
        })?;
        Ok(Page::cut(rows, limit as usize))
    }

    pub(in crate::sqlite) fn uses(&mut self, realm: &str, holder: &Holder) -> Read<Vec<UseRecord>> {
        let sql = "SELECT permission, count, first_used_at, last_used_at FROM uses
                   WHERE realm = ?1 AND holder = ?2 ORDER BY permission";
        self.all(sql, (realm, holder.to_string()), |cells, _, _| {
            counted(cells, realm, holder.clone())
        })
    }
}

/// `permission, count, first_used_at, last_used_at`.
fn counted(cells: &mut Cells<'_, '_>, realm: &str, holder: Holder) -> Read<UseRecord> {
    let permission: Box<str> = cells.take()?;
    Ok(UseRecord {
        realm: realm.into(),
        holder,
        permission: (!permission.is_empty()).then(|| permission.into()),
        count: cells.version()?,
        first_used_at: cells.time()?,
        last_used_at: cells.time()?,
    })
}

fn facts(cells: &mut Cells<'_, '_>) -> Read<ApiKeyFacts> {
    Ok(ApiKeyFacts {
        key: ApiKeyRecord {
            id: cells.id(ApiKeyId::from_bytes)?,
            realm: cells.take()?,
            version: cells.version()?,
            hash: cells.hash()?,
            last_four: cells.take()?,
            tenant: cells.take()?,
            name: cells.take()?,
            scope: ScopeSet::from_stored(cells.take()?),
            created_by: cells.take()?,
            created_at: cells.time()?,
            expires_at: cells.optional_time()?,
            ended_at: cells.optional_time()?,
            role: cells.take()?,
        },
        tenant_disabled: cells.take()?,
        last_used_at: cells.optional_time()?,
    })
}
