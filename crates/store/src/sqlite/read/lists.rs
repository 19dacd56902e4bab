//! Lists, a page at a time, by cursor: the cost of a page does not depend on how far into the list it is.

use super::Reader;
use super::rows::{self, columns};
use crate::sqlite::fault::fault;
use crate::sqlite::{index, texts};
use crate::{AccessFilter, CacheNote, Page, Read};
use grantd_core::record::{AccessRecord, AuditRecord, ClientRecord, UserRecord};
use grantd_protocol::Timestamp;
use grantd_protocol::id::{AccessId, AuditId};
use rusqlite::params;
use rusqlite::types::Value;

/// Above every id that is drawn.
pub(super) const NO_BOUND: [u8; 16] = [0xff; 16];

/// Which rows of `access a` are shown. ?1 realm, ?2 client or NULL, ?3 subject or NULL, ?4 instant or NULL, ?10 tenant
/// or NULL, ?11 whether made by hand only.
macro_rules! shown {
    () => {
        " a.realm = ?1 AND (?2 IS NULL OR a.client = ?2)
          AND (?3 IS NULL OR a.subject = ?3 OR (a.subject IS NULL AND a.client = ?8))
          AND (?10 IS NULL OR a.tenant = ?10) AND (NOT ?11 OR a.name IS NOT NULL)
          AND (?4 IS NULL OR (a.ended_at IS NULL AND a.expires_at > ?4
              AND (a.family IS NULL OR EXISTS (SELECT 1 FROM families f WHERE f.id = a.family AND f.ended_at IS NULL
                  AND f.epoch >= ifnull((SELECT u.epoch FROM users u WHERE u.realm = ?9 AND u.id = a.subject), 0)))
              AND (a.grant_id IS NULL OR (
                  EXISTS (SELECT 1 FROM grants g LEFT JOIN sessions s ON s.id = g.session
                      WHERE g.id = a.grant_id AND g.ended_at IS NULL AND (g.session IS NULL OR (s.ended_at IS NULL
                      AND s.epoch >= ifnull((SELECT u.epoch FROM users u WHERE u.realm = ?9 AND u.id = a.subject), 0))))
                  AND EXISTS (SELECT 1 FROM users u WHERE u.realm = ?9 AND u.id = a.subject AND u.enabled)))
              AND (a.name IS NULL OR (
                  EXISTS (SELECT 1 FROM users u WHERE u.realm = ?9 AND u.id = a.subject AND u.enabled)
                  AND (a.tenant IS NULL OR EXISTS (SELECT 1 FROM memberships m JOIN tenants t
                      ON t.realm = m.realm AND t.id = m.tenant
                      WHERE m.realm = ?9 AND m.user = a.subject AND m.tenant = a.tenant
                          AND json_extract(t.body, '$.enabled'))))))) "
    };
}

/// By id, for everything and for what is not indexed yet. ?5 above, ?6 below, ?7 limit.
const SCAN: &str = concat!(
    "SELECT ",
    columns!(access),
    " FROM access a WHERE",
    shown!(),
    "AND a.id > ?5 AND a.id < ?6 ORDER BY a.id DESC LIMIT ?7"
);

/// By owner. ?5 the owner's number, the others as before.
const INDEXED: &str = concat!(
    "SELECT ",
    columns!(access),
    " FROM access_by_owner o CROSS JOIN access a ON a.id = o.id WHERE",
    shown!(),
    "AND o.owner = ?5 AND o.id < ?6 ORDER BY o.id DESC LIMIT ?7"
);

/// Made by hand: these are indexed at once, apart from the others.
const BY_HAND: &str = concat!(
    "SELECT ",
    columns!(access),
    " FROM access_by_hand h CROSS JOIN access a ON a.id = h.id WHERE",
    shown!(),
    "AND h.realm = ?9 AND h.id < ?6 ORDER BY h.id DESC LIMIT ?7"
);

impl Reader {
    pub(in crate::sqlite) fn clients(&mut self, realm: &str, after: &str, limit: u32) -> Read<Page<ClientRecord>> {
        let sql = "SELECT body FROM clients WHERE realm = ?1 AND id > ?2 ORDER BY id LIMIT ?3";
        let rows = self.all(sql, (realm, after, one_more(limit)), |cells, _, _| cells.json())?;
        Ok(Page::cut(rows, limit as usize))
    }

    pub(in crate::sqlite) fn users(&mut self, realm: &str, after: &str, limit: u32) -> Read<Page<UserRecord>> {
        let sql = concat!(
            "SELECT ",
            columns!(user),
            " FROM users u WHERE u.realm = ?1 AND u.id > ?2 ORDER BY u.id LIMIT ?3"
        );
        let rows = self.all(sql, (realm, after, one_more(limit)), |cells, _, _| rows::user(cells))?;
        Ok(Page::cut(rows, limit as usize))
    }

    pub(in crate::sqlite) fn audit(
        &mut self,
        realm: &str,
        before: Option<AuditId>,
        limit: u32,
    ) -> Read<Page<AuditRecord>> {
        let sql = concat!(
            "SELECT ",
            columns!(audit),
            " FROM audit WHERE realm = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3"
        );
        let before = before.map_or(NO_BOUND, |id| *id.as_bytes());
        let rows = self.all(sql, (realm, before, one_more(limit)), |cells, _, _| rows::audit(cells))?;
        Ok(Page::cut(rows, limit as usize))
    }

    pub(in crate::sqlite) fn changes_after(&mut self, position: Option<i64>) -> Read<Vec<CacheNote>> {
        let Some(position) = position else {
            // What was purged counts: the sequence remembers the last position that was given out.
            let sql = "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'changes'), 0)";
            let starts = self.all(sql, [], |cells, _, _| cells.take())?;
            return Ok(starts.into_iter().map(CacheNote::start).collect());
        };
        let sql = "SELECT position, kind, realm, key FROM changes WHERE position > ?1 ORDER BY position LIMIT 1000";
        self.all(sql, [position], |cells, _, _| {
            Ok(CacheNote {
                position: cells.take()?,
                kind: cells.take()?,
                realm: cells.take()?,
                key: cells.take()?,
            })
        })
    }

    pub(in crate::sqlite) fn access_list(
        &mut self,
        realm: &str,
        filter: &AccessFilter,
        before: Option<AccessId>,
        limit: u32,
    ) -> Read<Page<AccessRecord>> {
        let find = |text: Option<&str>| text.map_or(Ok(None), |text| texts::find(&self.connection, text));
        let realm_text = find(Some(realm)).map_err(fault)?;
        let client = find(filter.client_id.as_deref()).map_err(fault)?;
        // A client's own tokens name it as their subject.
        let own = find(filter.subject.as_deref()).map_err(fault)?;
        if realm_text.is_none() || (filter.client_id.is_some() && client.is_none()) {
            return Ok(Page::cut(Vec::new(), 0));
        }
        let shown = Shown {
            realm,
            realm_text,
            client,
            subject: filter.subject.as_deref(),
            own,
            live_at: filter.live_at,
            tenant: filter.tenant.as_deref(),
            made_by_hand: filter.made_by_hand,
        };
        let below = before.map_or(NO_BOUND, |id| *id.as_bytes());
        if filter.made_by_hand {
            let rows = self.select(BY_HAND, &shown, Value::Null, below, one_more(limit))?;
            return Ok(Page::cut(rows, limit as usize));
        }
        let owners = owners(realm, filter);
        if owners.is_empty() {
            return Ok(Page::cut(
                self.scan(&shown, [0; 16], below, one_more(limit))?,
                limit as usize,
            ));
        }
        // One snapshot for both halves: else the index could move on between them.
        self.connection.execute_batch("BEGIN").map_err(fault)?;
        let rows = self.indexed_and_young(&shown, &owners, below, one_more(limit));
        self.connection.execute_batch("COMMIT").map_err(fault)?;
        Ok(Page::cut(rows?, limit as usize))
    }

    fn indexed_and_young(
        &mut self,
        shown: &Shown<'_>,
        owners: &[i64],
        below: [u8; 16],
        limit: i64,
    ) -> Read<Vec<AccessRecord>> {
        let watermark = *index::watermark(&self.connection).map_err(fault)?.as_bytes();
        let mut rows = self.scan(shown, watermark, below, limit)?;
        let left = limit.saturating_sub(i64::try_from(rows.len()).unwrap_or(i64::MAX));
        let mut indexed = Vec::new();
        for owner in owners {
            indexed.extend(self.select(INDEXED, shown, Value::Integer(*owner), below, left)?);
        }
        indexed.sort_by_key(|row| std::cmp::Reverse(row.id));
        rows.append(&mut indexed);
        rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(rows)
    }

    fn scan(&mut self, shown: &Shown<'_>, above: [u8; 16], below: [u8; 16], limit: i64) -> Read<Vec<AccessRecord>> {
        self.select(SCAN, shown, Value::Blob(above.to_vec()), below, limit)
    }

    fn select(
        &mut self,
        sql: &str,
        shown: &Shown<'_>,
        fifth: Value,
        below: [u8; 16],
        limit: i64,
    ) -> Read<Vec<AccessRecord>> {
        let params = params![
            shown.realm_text,
            shown.client,
            shown.subject,
            shown.live_at.map(Timestamp::millis),
            fifth,
            below,
            limit,
            shown.own,
            shown.realm,
            shown.tenant,
            shown.made_by_hand,
        ];
        self.all(sql, params, rows::access)
    }
}

/// What is asked for, in the terms of the tables.
struct Shown<'a> {
    realm: &'a str,
    realm_text: Option<i64>,
    client: Option<i64>,
    subject: Option<&'a str>,
    /// The subject where it is a client.
    own: Option<i64>,
    live_at: Option<Timestamp>,
    tenant: Option<&'a str>,
    made_by_hand: bool,
}

/// Under which numbers the rows are indexed: the client's if one is asked for, unless a tenant is, which has fewer; else
/// those of the subject, which may be a user or a client.
fn owners(realm: &str, filter: &AccessFilter) -> Vec<i64> {
    if let (Some(tenant), None) = (&filter.tenant, &filter.subject) {
        return vec![index::of_tenant(realm, tenant)];
    }
    match (&filter.client_id, &filter.subject) {
        (Some(client), _) => vec![index::of_client(realm, client)],
        (None, Some(subject)) => vec![index::of_subject(realm, subject), index::of_client(realm, subject)],
        (None, None) => Vec::new(),
    }
}

/// One row more than asked for tells whether there are more.
pub(super) fn one_more(limit: u32) -> i64 {
    i64::from(limit) + 1
}
