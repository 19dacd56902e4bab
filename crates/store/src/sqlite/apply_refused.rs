//! What refused requests do to their tables: a ring for each application, and how many there were in each hour.

use super::apply::Tables;
use super::apply_cold::integer;
use crate::Read;
use grantd_core::record::refused::KEPT;
use grantd_core::record::{RefusalCount, RefusedRecord};
use rusqlite::params;
use std::collections::BTreeSet;

impl Tables<'_> {
    /// Adds rows, and takes away what is too much of each application.
    pub(super) fn note_refused(&self, rows: &[RefusedRecord]) -> Read<()> {
        for row in rows {
            self.insert_refused(row)?;
        }
        let clients: BTreeSet<(&str, &str)> = rows.iter().map(|row| (&*row.realm, &*row.client_id)).collect();
        for (realm, client_id) in clients {
            let sql = "DELETE FROM refused WHERE realm = ?1 AND client_id = ?2 AND id <=
                       (SELECT id FROM refused WHERE realm = ?1 AND client_id = ?2 ORDER BY id DESC LIMIT 1 OFFSET ?3)";
            self.run(sql, params![realm, client_id, KEPT])?;
        }
        Ok(())
    }

    fn insert_refused(&self, row: &RefusedRecord) -> Read<()> {
        let sql = "INSERT OR IGNORE INTO refused
                       (realm, client_id, id, at, request, endpoint, error, says, cause, expected, got, more)
                   SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12
                   WHERE EXISTS (SELECT 1 FROM clients WHERE realm = ?1 AND id = ?2)";
        let values = params![
            &*row.realm,
            &*row.client_id,
            row.id.as_bytes(),
            row.at.millis(),
            row.request,
            row.endpoint,
            row.error,
            row.says,
            row.cause,
            row.expected,
            row.got,
            row.more,
        ];
        self.run(sql, values)
    }

    /// Adds to how many there were.
    pub(super) fn count_refused(&self, rows: &[RefusalCount]) -> Read<()> {
        let sql = "INSERT INTO refusals (realm, hour, endpoint, error, count) VALUES (?1, ?2, ?3, ?4, ?5)
                   ON CONFLICT (realm, hour, endpoint, error) DO UPDATE SET count = count + excluded.count";
        for row in rows {
            let count = integer(row.count)?;
            let values = params![&*row.realm, row.hour.millis(), &*row.endpoint, &*row.error, count];
            self.run(sql, values)?;
        }
        Ok(())
    }

    /// Those of an application that is gone.
    pub(super) fn forget_refused(&self, realm: &str, client_id: &str) -> Read<()> {
        let sql = "DELETE FROM refused WHERE realm = ?1 AND client_id = ?2";
        self.run(sql, params![realm, client_id])
    }
}
