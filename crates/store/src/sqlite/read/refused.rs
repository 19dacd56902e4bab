//! Reads of refused requests.

use super::Reader;
use super::cells::Cells;
use super::lists::{NO_BOUND, one_more};
use crate::{Page, Read};
use grantd_core::record::{RefusalCount, RefusedRecord};
use grantd_protocol::Timestamp;
use grantd_protocol::id::RefusedId;
use rusqlite::params;

impl Reader {
    pub(in crate::sqlite) fn refused(
        &mut self,
        realm: &str,
        client_id: &str,
        before: Option<RefusedId>,
        limit: u32,
    ) -> Read<Page<RefusedRecord>> {
        let sql = "SELECT id, at, request, endpoint, error, says, cause, expected, got, more FROM refused
                   WHERE realm = ?1 AND client_id = ?2 AND id < ?3 ORDER BY id DESC LIMIT ?4";
        let below = before.map_or(NO_BOUND, |id| *id.as_bytes());
        let rows = self.all(sql, params![realm, client_id, below, one_more(limit)], |cells, _, _| {
            row(cells, realm, client_id)
        })?;
        Ok(Page::cut(rows, limit as usize))
    }

    pub(in crate::sqlite) fn refusals(&mut self, realm: &str, since: Timestamp) -> Read<Vec<RefusalCount>> {
        let sql = "SELECT hour, endpoint, error, count FROM refusals
                   WHERE realm = ?1 AND hour >= ?2 ORDER BY hour, endpoint, error";
        self.all(sql, params![realm, since.millis()], |cells, _, _| {
            Ok(RefusalCount {
                realm: realm.into(),
                hour: cells.time()?,
                endpoint: cells.take::<String>()?.into(),
                error: cells.take::<String>()?.into(),
                count: cells.version()?,
            })
        })
    }
}

fn row(cells: &mut Cells<'_, '_>, realm: &str, client_id: &str) -> Read<RefusedRecord> {
    Ok(RefusedRecord {
        id: cells.id(RefusedId::from_bytes)?,
        realm: realm.into(),
        client_id: client_id.into(),
        at: cells.time()?,
        request: cells.take()?,
        endpoint: cells.take()?,
        error: cells.take()?,
        says: cells.take()?,
        cause: cells.take()?,
        expected: cells.take()?,
        got: cells.take()?,
        more: cells.take()?,
    })
}
