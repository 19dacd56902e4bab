//! Removal of expired rows, in bounded batches. Rows that somebody holds are left for the next time, so that a purge
//! never waits and several nodes can purge at once.

use crate::postgres::step::{Rows, Step};
use grantd_core::change::PurgeKind;
use grantd_protocol::Timestamp;
use grantd_protocol::id::floor_id;

/// Takes the rows of a table out of everybody's sight: no row has this end but in the transaction that removes it.
macro_rules! taken {
    ($table:literal) => {
        concat!(
            "UPDATE ",
            $table,
            " SET ended_at = -1 WHERE id IN (SELECT id FROM ",
            $table,
            " WHERE (ended_at IS NOT NULL OR expires_at IS NOT NULL) AND least(ended_at, expires_at) < ?::bigint \
             ORDER BY least(ended_at, expires_at) LIMIT ?::bigint FOR UPDATE SKIP LOCKED)",
        )
    };
}

/// Removes them with what was counted of them.
macro_rules! removed {
    ($table:literal, $holder:literal) => {
        concat!(
            "WITH due AS (SELECT id, realm FROM ",
            $table,
            " WHERE (ended_at IS NOT NULL OR expires_at IS NOT NULL) AND least(ended_at, expires_at) = -1), \
             forgotten AS (DELETE FROM uses n USING due WHERE n.realm = due.realm AND n.holder = '",
            $holder,
            ":' || replace(due.id::text, '-', '')), removed AS (DELETE FROM ",
            $table,
            " USING due WHERE ",
            $table,
            ".id = due.id) SELECT 1 FROM due",
        )
    };
}

/// Two steps, since each sees what was committed before it began: whoever counted a use of a row held that row until its commit,
/// so that after the first step nobody can add to what the second one removes.
fn with_uses(
    steps: &mut Vec<Step>,
    (taken, removed): (&'static str, &'static str),
    tables: &'static [&'static str],
    (before, limit): (Timestamp, u32),
) {
    let taken = Step::new(taken, Rows::Many(tables), vec![before.into(), limit.into()]);
    steps.extend([taken, Step::purge(removed, tables, Vec::new())]);
}

pub(super) fn add(steps: &mut Vec<Step>, kind: PurgeKind, before: Timestamp, limit: u32) {
    let (sql, table): (_, &'static [&'static str]) = match kind {
        PurgeKind::Access => return access(steps, before, limit),
        PurgeKind::Applied => return applied(steps, before, limit),
        PurgeKind::Code => (
            "WITH due AS (SELECT c.id, (SELECT f.idle_expires_at FROM families f WHERE f.id = c.family_id \
                 AND f.ended_at IS NULL AND f.idle_expires_at >= ?::bigint) AS live_until \
             FROM codes c WHERE c.keep_until < ?::bigint \
             ORDER BY c.keep_until LIMIT ?::bigint FOR UPDATE OF c SKIP LOCKED), \
             postponed AS (UPDATE codes SET keep_until = due.live_until FROM due \
             WHERE codes.id = due.id AND due.live_until IS NOT NULL), \
             removed AS (DELETE FROM codes USING due WHERE codes.id = due.id AND due.live_until IS NULL) \
             SELECT 1 FROM due",
            &["codes"],
        ),
        PurgeKind::ApiKey => {
            let sql = (taken!("api_keys"), removed!("api_keys", "api_key"));
            return with_uses(steps, sql, &["api_keys", "uses"], (before, limit));
        }
        PurgeKind::Family => (
            "DELETE FROM families WHERE id IN (SELECT id FROM families WHERE idle_day <= ?::bigint / 86400000 \
             AND idle_expires_at < ?::bigint ORDER BY idle_day LIMIT ?::bigint FOR UPDATE SKIP LOCKED)",
            &["families"],
        ),
        PurgeKind::Device => (
            "DELETE FROM devices WHERE id IN (SELECT id FROM devices WHERE expires_at < ?::bigint \
             ORDER BY expires_at LIMIT ?::bigint FOR UPDATE SKIP LOCKED)",
            &["devices"],
        ),
        PurgeKind::Session => (
            "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE expires_at < ?::bigint \
             ORDER BY expires_at LIMIT ?::bigint FOR UPDATE SKIP LOCKED)",
            &["sessions"],
        ),
        PurgeKind::SessionClient => (
            "DELETE FROM session_clients WHERE (session_id, client_id) IN (SELECT session_id, client_id \
             FROM session_clients WHERE due_at IS NULL AND expires_at < ?::bigint ORDER BY expires_at \
             LIMIT ?::bigint FOR UPDATE SKIP LOCKED)",
            &["session_clients"],
        ),
        PurgeKind::Delivery => return deliveries(steps, before, limit),
        PurgeKind::Grant => {
            let sql = (taken!("grants"), removed!("grants", "grant"));
            return with_uses(steps, sql, &["grants", "uses"], (before, limit));
        }
        PurgeKind::Refused => (
            "DELETE FROM refused WHERE (realm, client_id, id) IN (SELECT realm, client_id, id FROM refused \
             WHERE at < ?::bigint ORDER BY at LIMIT ?::bigint FOR UPDATE SKIP LOCKED)",
            &["refused"],
        ),
        PurgeKind::RefusalCount => (
            "DELETE FROM refusals WHERE (realm, hour, endpoint, error) IN (SELECT realm, hour, endpoint, error \
             FROM refusals WHERE hour < ?::bigint ORDER BY hour LIMIT ?::bigint FOR UPDATE SKIP LOCKED)",
            &["refusals"],
        ),
        PurgeKind::Seen => (
            "DELETE FROM seen WHERE key IN (SELECT key FROM seen WHERE expires_at < ?::bigint \
             ORDER BY expires_at LIMIT ?::bigint FOR UPDATE SKIP LOCKED)",
            &["seen"],
        ),
        PurgeKind::Idempotency => (
            "DELETE FROM idempotency WHERE key IN (SELECT key FROM idempotency WHERE expires_at < ?::bigint \
             ORDER BY expires_at LIMIT ?::bigint FOR UPDATE SKIP LOCKED)",
            &["idempotency"],
        ),
        PurgeKind::Attempts => (
            "DELETE FROM attempts WHERE key IN (SELECT key FROM attempts WHERE expires_at < ?::bigint \
             ORDER BY expires_at LIMIT ?::bigint FOR UPDATE SKIP LOCKED)",
            &["attempts"],
        ),
    };
    let mut values = vec![before.into(), limit.into()];
    if matches!(kind, PurgeKind::Family | PurgeKind::Code) {
        values.insert(0, before.into());
    }
    steps.push(Step::purge(sql, table, values));
}

/// Tokens leave their indices in the same statement.
fn access(steps: &mut Vec<Step>, before: Timestamp, limit: u32) {
    steps.push(Step::purge(
        "WITH gone AS (DELETE FROM access_tokens WHERE id IN (SELECT id FROM access_tokens \
         WHERE expires_at < ?::bigint ORDER BY expires_at LIMIT ?::bigint FOR UPDATE SKIP LOCKED) \
         RETURNING realm, client_id, subject, tenant, name, id), \
         unlisted AS (DELETE FROM access_by_client b USING gone g \
         WHERE b.realm = g.realm AND b.client_id = g.client_id AND b.id = g.id), \
         unnoticed AS (DELETE FROM access_by_subject b USING gone g \
         WHERE g.subject <> g.client_id AND b.realm = g.realm AND b.subject = g.subject AND b.id = g.id), \
         unplaced AS (DELETE FROM access_by_tenant b USING gone g \
         WHERE b.realm = g.realm AND b.tenant = g.tenant AND b.id = g.id), \
         unnamed AS (DELETE FROM access_by_hand b USING gone g \
         WHERE g.name IS NOT NULL AND b.realm = g.realm AND b.id = g.id) \
         SELECT 1 FROM gone",
        &[
            "access_tokens",
            "access_by_client",
            "access_by_subject",
            "access_by_tenant",
            "access_by_hand",
        ],
        vec![before.into(), limit.into()],
    ));
}

/// Change ids are time-ordered, so the notes of applied changes age by their key.
fn applied(steps: &mut Vec<Step>, before: Timestamp, limit: u32) {
    steps.push(Step::purge(
        "DELETE FROM applied WHERE id IN (SELECT id FROM applied WHERE id < ?::uuid \
         ORDER BY id LIMIT ?::bigint FOR UPDATE SKIP LOCKED)",
        &["applied"],
        vec![floor_id(before).into(), limit.into()],
    ));
    steps.push(Step::purge(
        "DELETE FROM notes WHERE position IN (SELECT position FROM notes WHERE at < ?::bigint \
         ORDER BY position LIMIT ?::bigint FOR UPDATE SKIP LOCKED)",
        &["notes"],
        vec![before.into(), limit.into()],
    ));
}

/// By the time of what they tell, which stands in its id.
fn deliveries(steps: &mut Vec<Step>, before: Timestamp, limit: u32) {
    steps.push(Step::purge(
        "DELETE FROM webhook_deliveries WHERE (webhook, event) IN (SELECT webhook, event FROM webhook_deliveries \
         WHERE due_at IS NULL AND event < ?::uuid ORDER BY event LIMIT ?::bigint FOR UPDATE SKIP LOCKED)",
        &["webhook_deliveries"],
        vec![floor_id(before).into(), limit.into()],
    ));
}
