//! Webhooks, and what they are still to be told.

use super::{Plan, json};
use crate::postgres::step::{Key, Rows, Step};
use grantd_core::change::Write;
use grantd_core::record::{AuditRecord, WebhookRecord};
use grantd_protocol::id::WebhookId;

const DELIVERIES: &[&str] = &["webhook_deliveries"];

impl Plan {
    pub(super) fn add_webhook(&mut self, write: &Write) {
        match write {
            Write::PutWebhook(row) => self.put_webhook(row),
            Write::DeleteWebhook(id) => self.delete_webhook(*id),
            Write::MoveDelivery {
                key: (webhook, event),
                to,
            } => self.steps.push(Step::new(
                "UPDATE webhook_deliveries SET due_at = ?::bigint, tries = ?::bigint, tried_at = ?::bigint, \
                 status = ?::bigint, delivered_at = ?::bigint WHERE webhook = ?::uuid AND event = ?::uuid{if_held}",
                Rows::Many(DELIVERIES),
                vec![
                    to.due_at.into(),
                    to.tries.into(),
                    to.tried_at.into(),
                    to.status.map(u32::from).into(),
                    to.delivered_at.into(),
                    (*webhook.as_bytes()).into(),
                    (*event.as_bytes()).into(),
                ],
            )),
            other => self.add_role(other),
        }
    }

    fn put_webhook(&mut self, row: &WebhookRecord) {
        self.steps.push(Step::new(
            "INSERT INTO webhooks (id, realm, version, events, record) \
             SELECT ?::uuid, ?::text, ?::bigint, ?::text, ?::text WHERE true{if_held} \
             ON CONFLICT (id) DO UPDATE SET version = excluded.version, events = excluded.events, \
             record = excluded.record",
            Rows::One("webhooks", Key::Id(*row.id.as_bytes())),
            vec![
                (*row.id.as_bytes()).into(),
                (&row.realm).into(),
                row.version.into(),
                row.events_text().into(),
                json(row),
            ],
        ));
    }

    fn delete_webhook(&mut self, id: WebhookId) {
        self.steps.push(Step::new(
            "DELETE FROM webhook_deliveries WHERE webhook = ?::uuid{if_held}",
            Rows::Many(DELIVERIES),
            vec![(*id.as_bytes()).into()],
        ));
        self.steps.push(Step::new(
            "DELETE FROM webhooks WHERE id = ?::uuid{if_held}",
            Rows::One("webhooks", Key::Id(*id.as_bytes())),
            vec![(*id.as_bytes()).into()],
        ));
    }

    /// Makes a line of the audit log due for everybody who wants to hear of its action.
    pub(super) fn make_deliveries(&mut self, line: &AuditRecord) {
        self.steps.push(Step::new(
            "INSERT INTO webhook_deliveries (webhook, event, due_at, tries) \
             SELECT id, ?::uuid, ?::bigint, 0 FROM webhooks \
             WHERE realm = ?::text AND strpos(events, ?::text) > 0{if_held}",
            Rows::Many(DELIVERIES),
            vec![
                (*line.id.as_bytes()).into(),
                line.at.into(),
                (&line.realm).into(),
                format!(" {} ", line.action).into(),
            ],
        ));
    }
}
