//! Reads of webhooks and of what they are still to be told.

use super::{LAST_ID, one_more, page};
use crate::postgres::PostgresStore;
use crate::postgres::rows::Columns;
use crate::postgres::value::Id;
use crate::{Page, Read, StoreFault};
use grantd_core::record::{DeliveryFate, DeliveryRecord, DeliveryState, WebhookRecord};
use grantd_protocol::Timestamp;
use grantd_protocol::id::{AuditId, WebhookId};
use tokio_postgres::Row;

/// A statement about deliveries `d`, with the columns in the order in which [`read`] reads them.
macro_rules! delivered {
    ($from:literal, $($rest:literal),+) => {
        concat!(
            "SELECT d.webhook, d.due_at, d.tries, d.tried_at, d.status, d.delivered_at, \
             a.realm, a.id, a.at, a.actor, a.action, a.target, a.address, a.detail FROM ",
            $from,
            " d JOIN webhooks w ON w.id = d.webhook JOIN audit a ON a.realm = w.realm AND a.id = d.event ",
            $($rest),+
        )
    };
}

/// A page of a webhook's deliveries of one fate; each has an index of its own.
macro_rules! page_of {
    ($fate:literal) => {
        delivered!(
            "webhook_deliveries",
            "WHERE d.webhook = $1 AND d.event < $2",
            $fate,
            " ORDER BY d.event DESC LIMIT $3"
        )
    };
}

impl PostgresStore {
    pub(in crate::postgres) async fn list_webhooks(&self, realm: &str) -> Read<Vec<WebhookRecord>> {
        let sql = "SELECT record FROM webhooks WHERE realm = $1 ORDER BY id";
        let rows = self.rows(sql, &[&realm]).await?;
        rows.iter().map(|row| Columns::of(row).json("webhook")).collect()
    }

    pub(in crate::postgres) async fn read_webhook(&self, id: WebhookId) -> Read<Option<WebhookRecord>> {
        let sql = "SELECT record FROM webhooks WHERE id = $1";
        let rows = self.rows(sql, &[&Id(*id.as_bytes())]).await?;
        rows.first().map(|row| Columns::of(row).json("webhook")).transpose()
    }

    pub(in crate::postgres) async fn list_deliveries(
        &self,
        webhook: WebhookId,
        fate: Option<DeliveryFate>,
        before: Option<AuditId>,
        limit: u32,
    ) -> Read<Page<DeliveryRecord>> {
        let sql = match fate {
            None => page_of!(""),
            Some(DeliveryFate::Pending) => page_of!(" AND d.due_at IS NOT NULL"),
            Some(DeliveryFate::Delivered) => page_of!(" AND d.due_at IS NULL AND d.delivered_at IS NOT NULL"),
            Some(DeliveryFate::Failed) => page_of!(" AND d.due_at IS NULL AND d.delivered_at IS NULL"),
        };
        let (webhook, before) = (Id(*webhook.as_bytes()), Id(before.map_or(LAST_ID, |id| *id.as_bytes())));
        let rows = self.rows(sql, &[&webhook, &before, &one_more(limit)]).await?;
        page(rows.iter().map(read), limit)
    }

    pub(in crate::postgres) async fn list_deliveries_due(
        &self,
        now: Timestamp,
        limit: u32,
        of_one: u32,
    ) -> Read<Vec<DeliveryRecord>> {
        let sql = delivered!(
            "(SELECT *, row_number() OVER (PARTITION BY webhook ORDER BY tries, due_at) AS place \
             FROM webhook_deliveries WHERE due_at IS NOT NULL AND due_at <= $1)",
            "WHERE d.place <= $3 ORDER BY d.place, d.tries, d.due_at LIMIT $2"
        );
        let (limit, of_one) = (i64::from(limit), i64::from(of_one));
        let rows = self.rows(sql, &[&now.millis(), &limit, &of_one]).await?;
        rows.iter().map(read).collect()
    }
}

fn read(row: &Row) -> Read<DeliveryRecord> {
    let mut columns = Columns::of(row);
    let webhook: Id = columns.take()?;
    let time = |millis: Option<i64>| millis.map(Timestamp::from_millis);
    let due_at = time(columns.take()?);
    let tries: i64 = columns.take()?;
    let tried_at = time(columns.take()?);
    let status: Option<i64> = columns.take()?;
    let delivered_at = time(columns.take()?);
    let corrupt = |_| StoreFault::Corrupt("a number of a delivery is out of range".to_owned());
    Ok(DeliveryRecord {
        webhook: WebhookId::from_bytes(webhook.0),
        event: columns.audit()?,
        state: DeliveryState {
            due_at,
            tries: tries.try_into().map_err(corrupt)?,
            tried_at,
            status: status.map(u16::try_from).transpose().map_err(corrupt)?,
            delivered_at,
        },
    })
}
