//! Rows leave by range, in small batches, oldest expiry first; the file gives back what it no longer needs.

use super::apply::Tables;
use super::fault::fault;
use super::index;
use crate::Read;
use grantd_core::change::PurgeKind;
use grantd_protocol::Timestamp;
use grantd_protocol::id::floor_id;
use rusqlite::{Connection, Params};

/// How many pages one purge gives back to the file system at most.
const PAGES: u32 = 256;

impl Tables<'_> {
    /// Removes at most `limit` rows that expired before `before`; says how many.
    pub(super) fn purge(&mut self, kind: PurgeKind, before: Timestamp, limit: u32) -> Read<u64> {
        let bounds = (before.millis(), limit);
        let removed = match kind {
            PurgeKind::ApiKey => self.purge_api_keys(bounds),
            PurgeKind::Access => purge_access(self.connection, bounds),
            PurgeKind::Applied => self.purge_notes(bounds),
            PurgeKind::Code => self.purge_codes(bounds),
            // Ended or not: until its idle end access tokens may hang off it, and then nothing can rotate it.
            PurgeKind::Family => self.purge_families(bounds),
            PurgeKind::Device => self.remove(
                "DELETE FROM devices WHERE id IN
                 (SELECT id FROM devices WHERE expires_at < ?1 ORDER BY expires_at LIMIT ?2)",
                bounds,
            ),
            PurgeKind::Session => self.remove(
                "DELETE FROM sessions WHERE id IN
                 (SELECT id FROM sessions WHERE expires_at < ?1 ORDER BY expires_at LIMIT ?2)",
                bounds,
            ),
            PurgeKind::SessionClient => self.remove(
                "DELETE FROM session_clients WHERE (session, client_id) IN
                 (SELECT session, client_id FROM session_clients WHERE due_at IS NULL AND expires_at < ?1
                  ORDER BY expires_at LIMIT ?2)",
                bounds,
            ),
            PurgeKind::Delivery => self.remove(
                "DELETE FROM webhook_deliveries WHERE (webhook, event) IN
                 (SELECT webhook, event FROM webhook_deliveries WHERE due_at IS NULL AND event < ?1
                  ORDER BY event LIMIT ?2)",
                (floor_id(before), limit),
            ),
            PurgeKind::Grant => self.purge_grants(bounds),
            PurgeKind::Refused => self.remove(
                "DELETE FROM refused WHERE (realm, client_id, id) IN
                 (SELECT realm, client_id, id FROM refused WHERE at < ?1 ORDER BY at LIMIT ?2)",
                bounds,
            ),
            PurgeKind::RefusalCount => self.remove(
                "DELETE FROM refusals WHERE (realm, hour, endpoint, error) IN
                 (SELECT realm, hour, endpoint, error FROM refusals WHERE hour < ?1 ORDER BY hour LIMIT ?2)",
                bounds,
            ),
            PurgeKind::Seen => self.purge_seen(bounds),
            PurgeKind::Idempotency => self.remove(
                "DELETE FROM idempotency WHERE key IN
                 (SELECT key FROM idempotency WHERE expires_at < ?1 ORDER BY expires_at LIMIT ?2)",
                bounds,
            ),
            PurgeKind::Attempts => self.remove(
                "DELETE FROM attempts WHERE key IN
                 (SELECT key FROM attempts WHERE expires_at < ?1 ORDER BY expires_at LIMIT ?2)",
                bounds,
            ),
        };
        let removed = removed.map_err(fault)?;
        if removed > 0 {
            shrink(self.connection).map_err(fault)?;
        }
        Ok(removed)
    }

    pub(super) fn remove(&self, sql: &str, bounds: impl Params) -> rusqlite::Result<u64> {
        let removed = self.connection.prepare_cached(sql)?.execute(bounds)?;
        Ok(removed as u64)
    }

    /// A code whose family lives stays until the family's idle end. The texts that both name are kept until then for
    /// the family's sake.
    fn purge_codes(&self, bounds: (i64, u32)) -> rusqlite::Result<u64> {
        let postponed = self.remove(
            "UPDATE codes SET keep_until = (SELECT idle_expires_at FROM families f WHERE f.id = codes.family)
             WHERE id IN (SELECT c.id FROM codes c JOIN families f ON f.id = c.family
                          WHERE c.keep_until < ?1 AND f.ended_at IS NULL AND f.idle_expires_at >= ?1
                          ORDER BY c.keep_until LIMIT ?2)",
            bounds,
        )?;
        let removed = self.remove(
            "DELETE FROM codes WHERE id IN
             (SELECT c.id FROM codes c LEFT JOIN families f
                  ON f.id = c.family AND f.ended_at IS NULL AND f.idle_expires_at >= ?1
              WHERE c.keep_until < ?1 AND f.id IS NULL ORDER BY c.keep_until LIMIT ?2)",
            bounds,
        )?;
        Ok(postponed + removed)
    }

    /// A refresh does not say when to look next, so those that were refreshed are looked at later first.
    fn purge_families(&self, bounds: (i64, u32)) -> rusqlite::Result<u64> {
        let postponed = self.remove(
            "UPDATE families SET look_at = idle_expires_at WHERE id IN
             (SELECT id FROM families WHERE look_at < ?1 AND idle_expires_at >= ?1 ORDER BY look_at LIMIT ?2)",
            bounds,
        )?;
        let removed = self.remove(
            "DELETE FROM families WHERE id IN
             (SELECT id FROM families WHERE look_at < ?1 AND idle_expires_at < ?1 ORDER BY look_at LIMIT ?2)",
            bounds,
        )?;
        // As many as were allowed: there is more to do.
        let more = postponed >= u64::from(bounds.1);
        Ok(if more { removed.max(postponed) } else { removed })
    }

    /// Notes, which all readers have long read, and texts that no row can name any more.
    fn purge_notes(&mut self, bounds: (i64, u32)) -> rusqlite::Result<u64> {
        let sql = "DELETE FROM changes WHERE position IN
                   (SELECT position FROM changes WHERE at < ?1 ORDER BY position LIMIT ?2)";
        let removed = self.remove(sql, bounds)?;
        // A text is kept as long as the longest-lived row that names it. So once no row that expired before the bound
        // is left, no text of before it is named.
        let sql = "DELETE FROM texts WHERE id IN (SELECT id FROM texts WHERE keep_until < ?1 LIMIT ?2)
                       AND NOT EXISTS (SELECT 1 FROM access WHERE expires_at < ?1)
                       AND NOT EXISTS (SELECT 1 FROM codes WHERE keep_until < ?1)
                       AND NOT EXISTS (SELECT 1 FROM families WHERE look_at < ?1)";
        if self.remove(sql, bounds)? > 0 {
            self.texts.forget();
        }
        Ok(removed)
    }
}

fn purge_access(connection: &Connection, bounds: (i64, u32)) -> rusqlite::Result<u64> {
    let watermark = *index::watermark(connection)?.as_bytes();
    let sql = "SELECT a.id, r.text, c.text, a.subject, a.tenant FROM access a
               JOIN texts r ON r.id = a.realm JOIN texts c ON c.id = a.client
               WHERE a.id <= ?3 AND a.id IN
                   (SELECT id FROM access WHERE expires_at < ?1 ORDER BY expires_at LIMIT ?2)";
    let mut indexed: Vec<(i64, [u8; 16])> = Vec::new();
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query((bounds.0, bounds.1, watermark))?;
    while let Some(row) = rows.next()? {
        let id = row.get(0)?;
        let (realm, client) = (row.get_ref(1)?.as_str()?, row.get_ref(2)?.as_str()?);
        indexed.push((index::of_client(realm, client), id));
        if let Some(subject) = row.get_ref(3)?.as_str_or_null()? {
            indexed.push((index::of_subject(realm, subject), id));
        }
        if let Some(tenant) = row.get_ref(4)?.as_str_or_null()? {
            indexed.push((index::of_tenant(realm, tenant), id));
        }
    }
    indexed.sort_unstable();
    for (owner, id) in indexed {
        index::remove(connection, owner, &id)?;
    }
    let sql = "DELETE FROM access_by_hand WHERE (realm, id) IN
               (SELECT r.text, a.id FROM access a JOIN texts r ON r.id = a.realm WHERE a.name IS NOT NULL AND a.id IN
                   (SELECT id FROM access WHERE expires_at < ?1 ORDER BY expires_at LIMIT ?2))";
    connection.prepare_cached(sql)?.execute(bounds)?;
    let sql = "DELETE FROM access WHERE id IN
               (SELECT id FROM access WHERE expires_at < ?1 ORDER BY expires_at LIMIT ?2)";
    let removed = connection.prepare_cached(sql)?.execute(bounds)?;
    Ok(removed as u64)
}

/// Gives free pages back, but keeps an eighth of the file for what comes in: a steady load would otherwise move pages
/// for nothing.
fn shrink(connection: &Connection) -> rusqlite::Result<()> {
    let pragma =
        |sql: &str| -> rusqlite::Result<u32> { connection.prepare_cached(sql)?.query_row([], |row| row.get(0)) };
    let (free, all) = (pragma("PRAGMA freelist_count")?, pragma("PRAGMA page_count")?);
    if free <= all / 8 {
        return Ok(());
    }
    let pages = (free - all / 8).min(PAGES);
    let mut statement = connection.prepare(&format!("PRAGMA incremental_vacuum({pages})"))?;
    let mut steps = statement.query([])?;
    // One page a step.
    while steps.next()?.is_some() {}
    Ok(())
}
