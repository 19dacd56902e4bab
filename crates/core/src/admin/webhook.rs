//! Webhooks as the admin API makes, changes and ends them, and what it says of their deliveries. Whoever decides where the audit
//! log is told can read it, so that permission is asked for as well.

use super::deed::{Deed, Edit};
use super::fields::Fields;
use super::refused::Refused;
use crate::change::{Change, Guard, Write};
use crate::record::{DeliveryRecord, DeliveryState, WebhookRecord};
use crate::webhook::EVENTS;
use crate::webhook::delivery::moved;
use crate::webhook::message::draw_secret;
use grantd_protocol::id::{ChangeId, WebhookId};
use grantd_protocol::web::WebUrl;
use grantd_protocol::{ScopeSet, Seconds, Secret};
use serde_json::{Map, Value, json};

/// The most webhooks of a realm: each line of the audit log is looked at for every one.
pub const MOST: usize = 20;
/// The most deliveries that are told again in one change.
pub const AT_ONCE: u32 = 200;
/// The longest address.
const MAX_URL: usize = 1024;

/// How a secret is kept: sealed for this webhook alone.
pub type Seal<'a> = &'a dyn Fn(WebhookId, &Secret) -> String;

/// A webhook with its new secret, shown once.
#[derive(Debug)]
pub struct Made {
    /// What is kept of it.
    pub record: WebhookRecord,
    /// The secret.
    pub secret: Secret,
}

/// Makes a webhook; there are `already` so many.
///
/// # Errors
/// [`Refused::Invalid`]; [`Refused::State`] where there are too many; [`Refused::Beyond`].
pub fn create(
    body: &Map<String, Value>,
    already: usize,
    seal: Seal<'_>,
    deed: &Deed<'_>,
) -> Result<Edit<Made>, Refused> {
    let secret = draw_secret(deed.secrets);
    if already >= MOST {
        return Err(Refused::State(format!("a realm has at most {MOST} webhooks")));
    }
    let id = WebhookId::draw(deed.now, deed.entropy);
    let mut record = WebhookRecord {
        id,
        realm: deed.realm_name(),
        version: 1,
        url: String::new(),
        events: Vec::new(),
        enabled: true,
        secret: seal(id, &secret),
        previous: None,
        created_at: deed.now,
    };
    let mut fields = Fields::new(body);
    fields.require("url");
    fields.require("events");
    read(fields, &mut record)?;
    may_listen(deed)?;
    let audit = deed.audit("webhook.created", target(&record), json!({ "after": view(&record) }));
    let change = deed.change(Vec::new(), vec![Write::PutWebhook(Box::new(record.clone()))], audit);
    Ok(Edit {
        change,
        after: Made { record, secret },
    })
}

/// Changes where and of what it hears, and whether it does.
///
/// # Errors
/// [`Refused::Invalid`]; [`Refused::Beyond`].
pub fn update(
    before: &WebhookRecord,
    body: &Map<String, Value>,
    deed: &Deed<'_>,
) -> Result<Edit<WebhookRecord>, Refused> {
    let mut after = before.clone();
    read(Fields::new(body), &mut after)?;
    may_listen(deed)?;
    Ok(replaced(before, after, "webhook.changed", deed))
}

/// Gives it another secret; messages are signed with the old one as well for `keep`.
///
/// # Errors
/// [`Refused::Beyond`].
pub fn rotate(before: &WebhookRecord, keep: Seconds, seal: Seal<'_>, deed: &Deed<'_>) -> Result<Edit<Made>, Refused> {
    let secret = draw_secret(deed.secrets);
    may_listen(deed)?;
    let mut after = before.clone();
    let until = deed.now.plus(keep);
    after.previous = (keep.get() > 0).then(|| (before.secret.clone(), until));
    after.secret = seal(before.id, &secret);
    let edit = replaced(before, after, "webhook.secret_rotated", deed);
    Ok(Edit {
        change: edit.change,
        after: Made {
            record: edit.after,
            secret,
        },
    })
}

/// Ends it, with what it was still to hear of.
#[must_use]
pub fn delete(before: &WebhookRecord, deed: &Deed<'_>) -> Edit<()> {
    let audit = deed.audit("webhook.deleted", target(before), json!({ "before": view(before) }));
    Edit {
        change: deed.change(vec![at(before)], vec![Write::DeleteWebhook(before.id)], audit),
        after: (),
    }
}

/// Tells it once more, from the first attempt on.
///
/// # Errors
/// [`Refused::State`] where it is told nothing now.
pub fn replay(of: &WebhookRecord, delivery: &DeliveryRecord, deed: &Deed<'_>) -> Result<Change, Refused> {
    again(
        of,
        std::slice::from_ref(delivery),
        json!({ "event": delivery.event.id }),
        deed,
    )
}

/// Tells it once more what failed: as many as were loaded, [`AT_ONCE`] at most.
///
/// # Errors
/// [`Refused::State`] where it is told nothing now.
pub fn replay_failed(of: &WebhookRecord, failed: &[DeliveryRecord], deed: &Deed<'_>) -> Result<Change, Refused> {
    again(of, failed, json!({ "count": failed.len() }), deed)
}

fn again(of: &WebhookRecord, told: &[DeliveryRecord], detail: Value, deed: &Deed<'_>) -> Result<Change, Refused> {
    if !of.enabled {
        return Err(Refused::State("it is switched off, and is told nothing".to_owned()));
    }
    let mut change = Change::new(ChangeId::draw(deed.now, deed.entropy), Vec::new());
    // What it is told is lost with a webhook that is switched off meanwhile.
    change.guards.push(at(of));
    for delivery in told {
        let to = DeliveryState {
            due_at: Some(deed.now),
            tries: 0,
            delivered_at: None,
            ..delivery.state
        };
        let (one, _) = moved(delivery, to, change.id);
        change.guards.extend(one.guards);
        change.writes.extend(one.writes);
    }
    // What was not told again needs no line.
    if !told.is_empty() {
        change.writes.push(deed.audit("webhook.replayed", target(of), detail));
    }
    Ok(change)
}

fn read(mut fields: Fields<'_>, record: &mut WebhookRecord) -> Result<(), Refused> {
    fields.short_text("url", MAX_URL, &mut record.url);
    fields.texts("events", 64, &mut record.events);
    fields.flag("enabled", &mut record.enabled);
    if fields.has("url") && WebUrl::parse(&record.url).is_err() {
        fields.complain("/url", "must be an https address of a public host, at its usual port");
    }
    for (index, event) in record.events.iter().enumerate() {
        if !EVENTS.contains(&event.as_str()) {
            fields.complain(&format!("/events/{index}"), "is nothing that can be heard of");
        }
    }
    if fields.has("events") && record.events.is_empty() {
        fields.complain("/events", "is empty");
    }
    Refused::unless_none(fields.finish())
}

fn may_listen(deed: &Deed<'_>) -> Result<(), Refused> {
    deed.must_hold(&["grantd:audit:read"].into_iter().collect::<ScopeSet>())
}

fn replaced(before: &WebhookRecord, mut after: WebhookRecord, action: &str, deed: &Deed<'_>) -> Edit<WebhookRecord> {
    after.version = before.version + 1;
    let detail = json!({ "before": view(before), "after": view(&after) });
    let audit = deed.audit(action, target(before), detail);
    let write = Write::PutWebhook(Box::new(after.clone()));
    Edit {
        change: deed.change(vec![at(before)], vec![write], audit),
        after,
    }
}

const fn at(record: &WebhookRecord) -> Guard {
    Guard::WebhookAt {
        id: record.id,
        version: record.version,
    }
}

fn target(record: &WebhookRecord) -> String {
    format!("webhook:{}", record.id)
}

/// A webhook as it is shown, never its secret.
#[must_use]
pub fn view(record: &WebhookRecord) -> Value {
    let mut view = json!({
        "id": record.id,
        "url": record.url,
        "events": record.events,
        "enabled": record.enabled,
        "created_at": record.created_at.secs(),
    });
    if let (Some((_, until)), Some(members)) = (&record.previous, view.as_object_mut()) {
        members.insert("old_secret_ends_at".to_owned(), until.secs().into());
    }
    view
}

/// A delivery as it is shown. Of an answer nothing is kept but its status.
#[must_use]
pub fn view_delivery(delivery: &DeliveryRecord) -> Value {
    let state = &delivery.state;
    let mut view = json!({
        "event_id": delivery.event.id,
        "type": delivery.event.action,
        "target": delivery.event.target,
        "created_at": delivery.event.at.secs(),
        "state": state.fate().as_str(),
        "tries": state.tries,
    });
    if let Some(members) = view.as_object_mut() {
        let times = [
            ("tried_at", state.tried_at),
            ("next_try_at", state.due_at),
            ("delivered_at", state.delivered_at),
        ];
        let times = times.into_iter().filter_map(|(name, at)| Some((name, at?.secs())));
        members.extend(times.map(|(name, at)| (name.to_owned(), Value::from(at))));
        members.extend(state.status.map(|status| ("status".to_owned(), status.into())));
    }
    view
}
