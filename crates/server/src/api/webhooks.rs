//! `/webhooks`: addresses that are told of what is done, and how far each message is. They are the realm's, so a token that is
//! confined to a tenant has no business here.

use super::answer::{Answer, Versioned, page};
use super::call::Call;
use super::commit;
use super::once::{self, Created, Shown};
use super::problem::Problem;
use super::route::{Conditions, Gives, Param, Route, handler};
use crate::jobs::webhooks::seal;
use grantd_core::admin::turn::Owned;
use grantd_core::admin::webhook::{self, Made};
use grantd_core::admin::{Edit, client};
use grantd_core::record::{DeliveryFate, DeliveryRecord, WebhookRecord};
use grantd_protocol::id::{AuditId, WebhookId};
use grantd_protocol::{Secret, Timestamp};
use grantd_store::{Page, Store};
use serde_json::json;

const READ: &str = "grantd:webhooks:read";
const WRITE: &str = "grantd:webhooks:write";

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: "GET",
        path: "/webhooks",
        permission: READ,
        tenants: false,
        says: "List webhooks, all of them on one page.",
        takes: None,
        gives: Gives::Page("Webhook"),
        conditions: Conditions::Unread,
        query: &[],
        handle: handler!(list),
    },
    Route {
        method: "POST",
        path: "/webhooks",
        permission: WRITE,
        tenants: false,
        says: "Make a webhook. Its secret is shown in this reply alone. Needs grantd:audit:read, too.",
        takes: Some("NewWebhook"),
        gives: Gives::Created("WebhookWithSecret"),
        conditions: Conditions::Unread,
        query: &[],
        handle: handler!(create),
    },
    Route {
        method: "GET",
        path: "/webhooks/{webhook_id}",
        permission: READ,
        tenants: false,
        says: "Show a webhook, never its secret.",
        takes: None,
        gives: Gives::Tagged("Webhook"),
        conditions: Conditions::Shown,
        query: &[],
        handle: handler!(show),
    },
    Route {
        method: "PATCH",
        path: "/webhooks/{webhook_id}",
        permission: WRITE,
        tenants: false,
        says: "Change where and of what a webhook is told, and whether it is. Needs grantd:audit:read, too.",
        takes: Some("WebhookPatch"),
        gives: Gives::Tagged("Webhook"),
        conditions: Conditions::Version,
        query: &[],
        handle: handler!(change),
    },
    Route {
        method: "DELETE",
        path: "/webhooks/{webhook_id}",
        permission: WRITE,
        tenants: false,
        says: "End a webhook. What it was still to be told is dropped.",
        takes: None,
        gives: Gives::Nothing,
        conditions: Conditions::Version,
        query: &[],
        handle: handler!(end),
    },
    Route {
        method: "POST",
        path: "/webhooks/{webhook_id}/secrets",
        permission: WRITE,
        tenants: false,
        says: "Make another secret, shown in this reply alone. Messages are signed with the old one as well, until the body says.",
        takes: Some("SecretRotation"),
        gives: Gives::Created("WebhookWithSecret"),
        conditions: Conditions::Version,
        query: &[],
        handle: handler!(rotate),
    },
    Route {
        method: "GET",
        path: "/webhooks/{webhook_id}/deliveries",
        permission: READ,
        tenants: false,
        says: "List what a webhook was told or is to be told, the newest first.",
        takes: None,
        gives: Gives::Page("Delivery"),
        conditions: Conditions::Unread,
        query: &[Param {
            name: "state",
            says: "pending, delivered or failed; all of them where absent.",
        }],
        handle: handler!(deliveries),
    },
    Route {
        method: "GET",
        path: "/webhooks/{webhook_id}/deliveries/{event_id}",
        permission: READ,
        tenants: false,
        says: "Show what became of one message to a webhook.",
        takes: None,
        gives: Gives::Object("Delivery"),
        conditions: Conditions::Unread,
        query: &[],
        handle: handler!(show_delivery),
    },
    Route {
        method: "POST",
        path: "/webhooks/{webhook_id}/replay",
        permission: WRITE,
        tenants: false,
        says: "Tell a webhook once more what failed, the newest 200 of it. Where there was more, ask again.",
        takes: None,
        gives: Gives::Object("Replayed"),
        conditions: Conditions::Presence,
        query: &[],
        handle: handler!(replay_failed),
    },
    Route {
        method: "POST",
        path: "/webhooks/{webhook_id}/deliveries/{event_id}/replay",
        permission: WRITE,
        tenants: false,
        says: "Tell a webhook once more, whatever became of it before.",
        takes: None,
        gives: Gives::Nothing,
        conditions: Conditions::Presence,
        query: &[],
        handle: handler!(replay),
    },
];

async fn list(call: &Call<'_>) -> Result<Answer, Problem> {
    call.window()?;
    let rows = call.store().webhooks(call.realm()).await?;
    Ok(Answer::page(rows.iter().map(webhook::view).collect(), None))
}

async fn create(call: &Call<'_>) -> Result<Answer, Problem> {
    let body = call.body()?;
    let load = async |_| {
        let turn = call.store().attempts(webhook::turn_of(call.realm())).await?;
        let found = call.store().webhooks(call.realm()).await?;
        let count = u32::try_from(found.len()).unwrap_or(u32::MAX);
        Ok(Owned { count, turn })
    };
    once::create(call, load, |there, deed| {
        webhook::create(&body, *there, &|id, secret| sealed(call, id, secret), deed).map(made)
    })
    .await
}

async fn show(call: &Call<'_>) -> Result<Answer, Problem> {
    Ok(shown(&load(call).await?))
}

async fn change(call: &Call<'_>) -> Result<Answer, Problem> {
    let body = call.body()?;
    let after = commit::change(call, load, |before, deed| webhook::update(before, &body, deed)).await?;
    Ok(shown(&after))
}

async fn end(call: &Call<'_>) -> Result<Answer, Problem> {
    commit::change(call, load, |before, deed| Ok(webhook::delete(before, deed))).await?;
    Ok(Answer::done())
}

async fn rotate(call: &Call<'_>) -> Result<Answer, Problem> {
    let keep = client::overlap(&call.body_if_any()?)?;
    let load = async |_| commit::meant(call, load(call)).await;
    once::create(call, load, |before, deed| {
        webhook::rotate(before, keep, &|id, secret| sealed(call, id, secret), deed).map(made)
    })
    .await
}

async fn deliveries(call: &Call<'_>) -> Result<Answer, Problem> {
    let window = call.window()?;
    let fate = match call.query.get("state") {
        None => None,
        Some(name) => match DeliveryFate::ALL.into_iter().find(|fate| fate.as_str() == name) {
            None => return Err(Problem::Bad("state must be pending, delivered or failed".to_owned())),
            found => found,
        },
    };
    let of = load(call).await?;
    let before = window.behind(AuditId::parse)?;
    let found = call.store().deliveries(of.id, fate, before, window.limit).await?;
    let key = |delivery: &DeliveryRecord| delivery.event.id.to_string();
    Ok(page(&found, &window, key, webhook::view_delivery))
}

async fn show_delivery(call: &Call<'_>) -> Result<Answer, Problem> {
    let (_, delivery) = delivery(call).await?;
    Ok(Answer::object(webhook::view_delivery(&delivery)))
}

async fn replay(call: &Call<'_>) -> Result<Answer, Problem> {
    commit::decided(call, delivery, |(of, delivery), deed| {
        Ok(Edit {
            change: webhook::replay(of, delivery, deed)?,
            after: (),
        })
    })
    .await?;
    Ok(Answer::done())
}

async fn replay_failed(call: &Call<'_>) -> Result<Answer, Problem> {
    let (count, more) = commit::decided(call, failed, |(of, found), deed| {
        Ok(Edit {
            change: webhook::replay_failed(of, &found.rows, deed)?,
            after: (found.rows.len(), found.more),
        })
    })
    .await?;
    Ok(Answer::object(json!({ "count": count, "more": more })))
}

/// What failed, as much as is told again at once.
async fn failed(call: &Call<'_>) -> Result<(WebhookRecord, Page<DeliveryRecord>), Problem> {
    let of = load(call).await?;
    let fate = Some(DeliveryFate::Failed);
    let found = call.store().deliveries(of.id, fate, None, webhook::AT_ONCE).await?;
    Ok((of, found))
}

async fn load(call: &Call<'_>) -> Result<WebhookRecord, Problem> {
    let id = WebhookId::parse(call.segment("webhook_id")).ok_or(Problem::Unknown)?;
    let found = call.store().webhook(id).await?;
    found.filter(|row| row.realm == *call.realm()).ok_or(Problem::Unknown)
}

/// The delivery that the address names: the first one that is not newer.
async fn delivery(call: &Call<'_>) -> Result<(WebhookRecord, DeliveryRecord), Problem> {
    let of = load(call).await?;
    let event = AuditId::parse(call.segment("event_id")).ok_or(Problem::Unknown)?;
    let behind = u128::from_be_bytes(*event.as_bytes()).checked_add(1);
    let behind = behind.map(|next| AuditId::from_bytes(next.to_be_bytes()));
    let found = call.store().deliveries(of.id, None, behind, 1).await?;
    let first = found.rows.into_iter().next();
    let named = first.filter(|delivery| delivery.event.id == event);
    Ok((of, named.ok_or(Problem::Unknown)?))
}

fn sealed(call: &Call<'_>, id: WebhookId, secret: &Secret) -> String {
    seal(call.request.app, id, secret)
}

fn made(edit: Edit<Made>) -> Edit<Created> {
    let Made { record, secret } = edit.after;
    Edit {
        change: edit.change,
        after: Created {
            body: webhook::view(&record),
            etag: Some(record.tag()),
            location: format!("/webhooks/{}", record.id),
            secret: Some((Shown::Webhook, secret)),
        },
    }
}

fn shown(record: &WebhookRecord) -> Answer {
    Answer::version(webhook::view(record), record)
}

impl Versioned for WebhookRecord {
    fn version(&self) -> (u64, Timestamp) {
        (self.version, self.created_at)
    }
}
