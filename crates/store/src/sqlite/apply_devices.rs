//! What writes of waiting devices do to their table.

use super::apply::{Tables, json};
use super::apply_cold::integer;
use crate::Read;
use grantd_core::record::DeviceRecord;
use rusqlite::params;

impl Tables<'_> {
    pub(super) fn insert_device(&self, row: &DeviceRecord) -> Read<()> {
        let sql = "INSERT INTO devices (id, user_code, version, body, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)";
        self.run(
            sql,
            params![
                row.id.as_bytes(),
                row.user_code.0,
                integer(row.version)?,
                json(row)?,
                row.expires_at.millis(),
            ],
        )
    }

    pub(super) fn update_device(&self, row: &DeviceRecord) -> Read<()> {
        let sql = "UPDATE devices SET version = ?2, body = ?3 WHERE id = ?1";
        self.run(sql, params![row.id.as_bytes(), integer(row.version)?, json(row)?])
    }
}
