//! What each write does to webhooks, and to what they are still to be told.

use super::apply::{Tables, json};
use super::apply_cold::integer;
use crate::Read;
use grantd_core::change::Write;
use grantd_core::record::AuditRecord;
use grantd_protocol::Timestamp;
use rusqlite::params;

impl Tables<'_> {
    pub(super) fn apply_webhook(&self, write: &Write) -> Read<()> {
        match write {
            Write::PutWebhook(row) => {
                let sql = "INSERT OR REPLACE INTO webhooks (id, realm, version, events, record)
                           VALUES (?1, ?2, ?3, ?4, ?5)";
                let (version, record) = (integer(row.version)?, json(row)?);
                self.run(
                    sql,
                    params![row.id.as_bytes(), &*row.realm, version, row.events_text(), record],
                )
            }
            Write::DeleteWebhook(id) => {
                self.run("DELETE FROM webhook_deliveries WHERE webhook = ?1", [id.as_bytes()])?;
                self.run("DELETE FROM webhooks WHERE id = ?1", [id.as_bytes()])
            }
            Write::MoveDelivery {
                key: (webhook, event),
                to,
            } => {
                let sql = "UPDATE webhook_deliveries
                           SET due_at = ?3, tries = ?4, tried_at = ?5, status = ?6, delivered_at = ?7
                           WHERE webhook = ?1 AND event = ?2";
                self.run(
                    sql,
                    params![
                        webhook.as_bytes(),
                        event.as_bytes(),
                        to.due_at.map(Timestamp::millis),
                        to.tries,
                        to.tried_at.map(Timestamp::millis),
                        to.status,
                        to.delivered_at.map(Timestamp::millis),
                    ],
                )
            }
            other => self.apply_role(other),
        }
    }

    /// Makes a line of the audit log due for everybody who wants to hear of its action.
    pub(super) fn make_deliveries(&self, line: &AuditRecord) -> Read<()> {
        let sql = "INSERT INTO webhook_deliveries (webhook, event, due_at, tries)
                   SELECT id, ?2, ?3, 0 FROM webhooks WHERE realm = ?1 AND instr(events, ?4) > 0";
        let action = format!(" {} ", line.action);
        self.run(sql, params![&*line.realm, line.id.as_bytes(), line.at.millis(), action])
    }
}
