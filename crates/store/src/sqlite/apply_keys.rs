//! What writes of API keys and of counted uses do to their tables.

use super::apply::Tables;
use super::apply_cold::integer;
use crate::Read;
use grantd_core::record::{AccessRecord, ApiKeyRecord, Holder, UseRecord};
use grantd_protocol::Timestamp;
use grantd_protocol::id::ApiKeyId;
use rusqlite::params;

impl Tables<'_> {
    pub(super) fn insert_api_key(&self, row: &ApiKeyRecord) -> Read<()> {
        let sql = "INSERT INTO api_keys (id, realm, version, hash, last_four, tenant, name, scope, created_by,
                       created_at, expires_at, ended_at, role)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";
        self.run(
            sql,
            params![
                row.id.as_bytes(),
                &*row.realm,
                integer(row.version)?,
                row.hash.as_bytes(),
                row.last_four,
                row.tenant.as_deref(),
                &*row.name,
                row.scope.as_str(),
                row.created_by,
                row.created_at.millis(),
                row.expires_at.map(Timestamp::millis),
                row.ended_at.map(Timestamp::millis),
                row.role.as_deref(),
            ],
        )
    }

    pub(super) fn update_api_key(&self, row: &ApiKeyRecord) -> Read<()> {
        let sql = "UPDATE api_keys SET version = ?2, name = ?3, scope = ?4, expires_at = ?5
                   WHERE id = ?1 AND ended_at IS NULL";
        self.run(
            sql,
            params![
                row.id.as_bytes(),
                integer(row.version)?,
                &*row.name,
                row.scope.as_str(),
                row.expires_at.map(Timestamp::millis),
            ],
        )
    }

    pub(super) fn end_api_key(&self, id: ApiKeyId, at: Timestamp) -> Read<()> {
        let sql = "UPDATE api_keys SET ended_at = ?2, version = version + 1 WHERE id = ?1 AND ended_at IS NULL";
        self.run(sql, params![id.as_bytes(), at.millis()])
    }

    pub(super) fn count_uses(&self, uses: &[UseRecord]) -> Read<()> {
        for row in uses {
            let exists = match &row.holder {
                Holder::Client(client_id) | Holder::Breaks(client_id) | Holder::Secrets(client_id) => self.exists(
                    "SELECT 1 FROM clients WHERE realm = ?1 AND id = ?2",
                    params![&*row.realm, &**client_id],
                )?,
                Holder::ApiKey(id) => self.exists("SELECT 1 FROM api_keys WHERE id = ?1", [id.as_bytes()])?,
                Holder::Grant(id) => self.exists("SELECT 1 FROM grants WHERE id = ?1", [id.as_bytes()])?,
            };
            if exists {
                self.add_uses(row)?;
            }
        }
        Ok(())
    }

    fn add_uses(&self, row: &UseRecord) -> Read<()> {
        let sql = "INSERT INTO uses (realm, holder, permission, count, first_used_at, last_used_at)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                   ON CONFLICT (realm, holder, permission) DO UPDATE SET count = count + excluded.count,
                       first_used_at = min(first_used_at, excluded.first_used_at),
                       last_used_at = max(last_used_at, excluded.last_used_at)";
        self.run(
            sql,
            params![
                &*row.realm,
                row.holder.to_string(),
                row.permission.as_deref().unwrap_or_default(),
                integer(row.count)?,
                row.first_used_at.millis(),
                row.last_used_at.millis(),
            ],
        )
    }

    /// The rest of a token that was made by hand: its name, and its place in the index of such tokens.
    pub(super) fn name_access(&self, row: &AccessRecord, name: &str) -> Read<()> {
        self.run(
            "UPDATE access SET name = ?2 WHERE id = ?1",
            params![row.id.as_bytes(), name],
        )?;
        let sql = "INSERT INTO access_by_hand (realm, id) VALUES (?1, ?2)";
        self.run(sql, params![&*row.realm, row.id.as_bytes()])
    }

    pub(super) fn purge_api_keys(&self, bounds: (i64, u32)) -> rusqlite::Result<u64> {
        self.purge_with_uses("api_keys", "api_key", bounds)
    }

    pub(super) fn purge_grants(&self, bounds: (i64, u32)) -> rusqlite::Result<u64> {
        self.purge_with_uses("grants", "grant", bounds)
    }

    /// What was counted of the rows of a table leaves with them.
    fn purge_with_uses(&self, table: &str, holder: &str, bounds: (i64, u32)) -> rusqlite::Result<u64> {
        let due = format!(
            "SELECT id FROM {table} WHERE ended_at < ?1
             UNION SELECT id FROM {table} WHERE expires_at < ?1 ORDER BY id LIMIT ?2"
        );
        let uses = format!(
            "DELETE FROM uses WHERE (realm, holder) IN
             (SELECT realm, '{holder}:' || lower(hex(id)) FROM {table} WHERE id IN ({due}))"
        );
        let rows = format!("DELETE FROM {table} WHERE id IN ({due})");
        self.remove(&uses, bounds)?;
        self.remove(&rows, bounds)
    }
}
