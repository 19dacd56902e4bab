//! Reads of waiting devices.

use super::Reader;
use crate::Read;
use grantd_core::record::{DeviceRecord, UserCodeKey};
use grantd_protocol::id::DeviceId;
use rusqlite::params;

impl Reader {
    pub(in crate::sqlite) fn device(&mut self, id: DeviceId) -> Read<Option<DeviceRecord>> {
        let sql = "SELECT body FROM devices WHERE id = ?1";
        self.one(sql, [id.as_bytes()], |cells, _, _| cells.json())
    }

    pub(in crate::sqlite) fn device_by_code(&mut self, code: UserCodeKey) -> Read<Option<DeviceRecord>> {
        let sql = "SELECT body FROM devices WHERE user_code = ?1";
        self.one(sql, params![code.0], |cells, _, _| cells.json())
    }
}
