//! Reads of webhooks and of what they are still to be told.

use super::Reader;
use super::cells::Cells;
use super::rows::audit;
use crate::{Page, Read};
use grantd_core::record::{DeliveryFate, DeliveryRecord, DeliveryState, WebhookRecord};
use grantd_protocol::Timestamp;
use grantd_protocol::id::{AuditId, WebhookId};
use rusqlite::params;

/// A statement about deliveries `d`, with the columns in the order in which [`row`] reads them.
macro_rules! delivered {
    ($from:literal, $($rest:literal),+) => {
        concat!(
            "SELECT d.webhook, d.due_at, d.tries, d.tried_at, d.status, d.delivered_at, \
             a.id, a.realm, a.at, a.actor, a.action, a.target, a.address, a.detail FROM ",
            $from,
            " JOIN webhooks w ON w.id = d.webhook JOIN audit a ON a.realm = w.realm AND a.id = d.event ",
            $($rest),+
        )
    };
}

/// A page of a webhook's deliveries. By itself the planner takes the table for as good as the index of one fate, and would
/// look at all the others.
macro_rules! page_of {
    ($deliveries:literal, $fate:literal) => {
        delivered!(
            $deliveries,
            "WHERE d.webhook = ?1 AND d.event < ?2",
            $fate,
            " ORDER BY d.event DESC LIMIT ?3"
        )
    };
}

impl Reader {
    pub(in crate::sqlite) fn webhooks(&mut self, realm: &str) -> Read<Vec<WebhookRecord>> {
        let sql = "SELECT record FROM webhooks WHERE realm = ?1 ORDER BY id";
        self.all(sql, [realm], |cells, _, _| cells.json())
    }

    pub(in crate::sqlite) fn webhook(&mut self, id: WebhookId) -> Read<Option<WebhookRecord>> {
        let sql = "SELECT record FROM webhooks WHERE id = ?1";
        let rows = self.all(sql, [id.as_bytes()], |cells, _, _| cells.json())?;
        Ok(rows.into_iter().next())
    }

    pub(in crate::sqlite) fn deliveries(
        &mut self,
        webhook: WebhookId,
        fate: Option<DeliveryFate>,
        before: Option<AuditId>,
        limit: u32,
    ) -> Read<Page<DeliveryRecord>> {
        let sql = match fate {
            None => page_of!("webhook_deliveries d", ""),
            Some(DeliveryFate::Pending) => page_of!(
                "webhook_deliveries d INDEXED BY webhook_deliveries_pending",
                " AND d.due_at IS NOT NULL"
            ),
            Some(DeliveryFate::Delivered) => page_of!(
                "webhook_deliveries d INDEXED BY webhook_deliveries_delivered",
                " AND d.due_at IS NULL AND d.delivered_at IS NOT NULL"
            ),
            Some(DeliveryFate::Failed) => page_of!(
                "webhook_deliveries d INDEXED BY webhook_deliveries_failed",
                " AND d.due_at IS NULL AND d.delivered_at IS NULL"
            ),
        };
        let before = before.map_or([0xff; 17].to_vec(), |id| id.as_bytes().to_vec());
        let rows = self.all(sql, params![webhook.as_bytes(), before, limit + 1], |cells, _, _| {
            row(cells)
        })?;
        Ok(Page::cut(rows, limit as usize))
    }

    pub(in crate::sqlite) fn deliveries_due(
        &mut self,
        now: Timestamp,
        limit: u32,
        of_one: u32,
    ) -> Read<Vec<DeliveryRecord>> {
        let sql = delivered!(
            "(SELECT *, row_number() OVER (PARTITION BY webhook ORDER BY tries, due_at) AS place \
             FROM webhook_deliveries WHERE due_at IS NOT NULL AND due_at <= ?1) d",
            "WHERE d.place <= ?3 ORDER BY d.place, d.tries, d.due_at LIMIT ?2"
        );
        self.all(sql, params![now.millis(), limit, of_one], |cells, _, _| row(cells))
    }
}

fn row(cells: &mut Cells<'_, '_>) -> Read<DeliveryRecord> {
    let webhook = cells.id(WebhookId::from_bytes)?;
    let state = DeliveryState {
        due_at: cells.optional_time()?,
        tries: cells.take()?,
        tried_at: cells.optional_time()?,
        status: cells.take()?,
        delivered_at: cells.optional_time()?,
    };
    Ok(DeliveryRecord {
        webhook,
        event: audit(cells)?,
        state,
    })
}
