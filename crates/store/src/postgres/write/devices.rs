//! Writes of waiting devices.

use super::{Plan, json};
use grantd_core::record::DeviceRecord;

const INSERT_DEVICE: &str = "INSERT INTO devices (id, user_code, version, record, expires_at) \
     SELECT ?::uuid, ?::bytea, ?::bigint, ?::text, ?::bigint WHERE true{if_held}";
/// The same for a change that needs the user code to be free.
pub(in crate::postgres) const INSERT_DEVICE_IF_FREE: &str = "INSERT INTO devices (id, user_code, version, record, \
     expires_at) SELECT ?::uuid, ?::bytea, ?::bigint, ?::text, ?::bigint WHERE true{if_held} \
     ON CONFLICT (user_code) DO NOTHING RETURNING 1";

impl Plan {
    pub(super) fn insert_device(&mut self, row: &DeviceRecord) {
        let values = vec![
            (*row.id.as_bytes()).into(),
            row.user_code.0.into(),
            row.version.into(),
            json(row),
            row.expires_at.into(),
        ];
        self.push("devices", *row.id.as_bytes(), INSERT_DEVICE, values);
    }

    pub(super) fn update_device(&mut self, row: &DeviceRecord) {
        self.push(
            "devices",
            *row.id.as_bytes(),
            "UPDATE devices SET version = ?::bigint, record = ?::text WHERE id = ?::uuid{if_held}",
            vec![row.version.into(), json(row), (*row.id.as_bytes()).into()],
        );
    }
}
