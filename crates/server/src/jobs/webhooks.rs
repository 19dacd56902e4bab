//! Tells webhooks what was done. The queue is in the store: a line of the audit log makes its deliveries due in the same
//! change. Whether and when to try is the core's to say.

use super::Job;
use super::logouts::commit;
use crate::app::App;
use futures_util::StreamExt as _;
use grantd_core::record::{DeliveryRecord, WebhookRecord};
use grantd_core::webhook::delivery;
use grantd_core::webhook::message::message;
use grantd_jose::{base64url_decode, base64url_encode};
use grantd_protocol::Secret;
use grantd_protocol::entropy::draw;
use grantd_protocol::id::WebhookId;
use grantd_protocol::web::WebUrl;
use grantd_store::{CommitError, Store};
use std::collections::HashMap;
use std::sync::Arc;

/// Deliveries that are read at once.
const BATCH: u32 = 500;
/// Deliveries to one webhook among them: one that does not answer does not hide the others.
const TO_ONE: u32 = 50;
/// Webhooks that are told at the same time.
const AT_ONCE: usize = 16;
/// Seconds after which no further message goes to the same webhook in this round: the next round waits for the slowest.
const ROUND: u64 = 5;

/// The job.
pub struct TellWebhooks {
    /// Of whose realms.
    pub app: Arc<App>,
}

impl Job for TellWebhooks {
    const NAME: &'static str = "webhooks";
    type Fault = CommitError;

    async fn tick(&mut self) -> Result<(), CommitError> {
        let app = &self.app;
        let due = app.store.deliveries_due(app.now(), BATCH, TO_ONE).await?;
        let mut each: HashMap<WebhookId, Vec<DeliveryRecord>> = HashMap::new();
        for delivery in due {
            each.entry(delivery.webhook).or_default().push(delivery);
        }
        let told = futures_util::stream::iter(each).map(|(webhook, due)| tell_one(app, webhook, due));
        let outcomes: Vec<_> = told.buffer_unordered(AT_ONCE).collect().await;
        outcomes.into_iter().collect()
    }
}

/// Tells one webhook, one message after the other, until it does not take one or has had its time.
async fn tell_one(app: &App, webhook: WebhookId, due: Vec<DeliveryRecord>) -> Result<(), CommitError> {
    let Some(record) = app.store.webhook(webhook).await? else {
        return Ok(());
    };
    let begun = app.now();
    for delivery in due {
        if !tell(app, &record, &delivery).await? || app.now().seconds_since(begun) >= ROUND {
            break;
        }
    }
    Ok(())
}

/// Makes one attempt, where this node gets it; `false` where the webhook did not take it.
async fn tell(app: &App, webhook: &WebhookRecord, due: &DeliveryRecord) -> Result<bool, CommitError> {
    let now = app.now();
    let id = app.change_id(now);
    let [chance] = draw::<1>(&*app.entropy);
    let claim = delivery::claim(due, id, now, chance).filter(|_| webhook.enabled);
    let Some((claim, claimed)) = claim else {
        return commit(app, delivery::give_up(due, id)).await.map(|_| true);
    };
    if !commit(app, claim).await? {
        return Ok(true);
    }
    let status = send(app, webhook, &claimed).await;
    if let Err(reason) = &status {
        tracing::info!(webhook = %webhook.id, event = %due.event.id, %reason, "a webhook was not told; it is tried again");
    }
    let status = status.ok();
    let now = app.now();
    commit(app, delivery::settle(&claimed, status, app.change_id(now), now)).await?;
    Ok(status.is_some_and(|status| (200..300).contains(&status)))
}

/// The status of the answer, or why there was none.
async fn send(app: &App, webhook: &WebhookRecord, delivery: &DeliveryRecord) -> Result<u16, String> {
    let url = WebUrl::parse(&webhook.url).map_err(|error| error.to_string())?;
    let now = app.now();
    let before = webhook.previous.as_ref().filter(|(_, until)| now < *until);
    let sealed = [Some(&webhook.secret), before.map(|(sealed, _)| sealed)];
    let secrets: Option<Vec<Secret>> = sealed
        .into_iter()
        .flatten()
        .map(|text| open(app, webhook.id, text))
        .collect();
    let secrets = secrets.ok_or("its secret does not open with this master key")?;
    let status = app
        .documents
        .fetcher()
        .post_message(&url, message(&delivery.event, &secrets, now));
    status
        .await
        .map(|status| status.as_u16())
        .map_err(|error| error.to_string())
}

/// A secret as it is kept.
pub fn seal(app: &App, webhook: WebhookId, secret: &Secret) -> String {
    let nonce = draw(&*app.entropy);
    let sealed = app.webhooks.seal(nonce, webhook.as_bytes(), secret.expose().as_bytes());
    base64url_encode(sealed)
}

fn open(app: &App, webhook: WebhookId, text: &str) -> Option<Secret> {
    let sealed = base64url_decode(text.as_bytes()).ok()?;
    let plain = app.webhooks.open(webhook.as_bytes(), &sealed)?;
    String::from_utf8(plain).ok().map(Secret::new)
}

#[cfg(test)]
pub(super) mod tests;
