//! What became of the messages to a webhook, and telling it again.

use super::super::places;
use super::{action, heading, load};
use crate::api::inside::{Ask, path};
use crate::signed_in::fields::Dialog;
use crate::signed_in::listing::{code, instant, paged, rows, table, text};
use crate::signed_in::{Page, Visit};
use grantd_core::record::DeliveryFate;
use grantd_pages::{Block, Cell, Heading, LocalUrl, Table, Tone, Weight, Words};
use http::Method;
use serde_json::Value;

/// The list, with what it can be told again.
pub(in super::super) async fn show(visit: &Visit<'_>, id: &str) -> Page {
    let webhook = load(visit, id).await?.body;
    let here = ["webhooks", id];
    let ask = Ask::get(path(&["webhooks", id, "deliveries"])).query("state", visit.asked("state"));
    let found = visit.listing(ask).await?;
    let mut table = listed(visit, id, &found.items);
    let states = DeliveryFate::ALL.map(|fate| (fate.as_str(), Words::say(word(fate.as_str()).0)));
    let field = visit.choice("state", Words::say("console-state"), states.to_vec());
    table.filters = Some(visit.filters(&here, vec![field]));
    let mut heading = heading(visit, &webhook, "");
    if visit.actor.may("grantd:webhooks:write") {
        let again = action(
            visit,
            id,
            "webhooks-delivery-replay-failed",
            "replay",
            Weight::Secondary,
        );
        heading.actions.push(again);
    }
    let mut blocks = Vec::new();
    let old = instant(&webhook, "old_secret_ends_at");
    if !matches!(old, Cell::Nothing) {
        blocks.push(Block::Facts {
            facts: vec![(Words::say("webhooks-old-secret"), old)],
        });
    }
    let pager = visit.pager(&here, &["state"], found.next.as_deref());
    blocks.push(paged(table, pager));
    visit.show(places::WEBHOOKS, heading, blocks)
}

fn listed(visit: &Visit<'_>, id: &str, deliveries: &[Value]) -> Table {
    let may_replay = visit.actor.may("grantd:webhooks:write");
    let rows = rows(deliveries, |delivery| {
        let event = text(delivery, "event_id");
        let kind = Words::given(text(delivery, "type"));
        let (word, tone) = word(text(delivery, "state"));
        vec![
            match may_replay {
                true => Cell::Link {
                    text: kind,
                    href: visit.url(&["webhooks", id, "deliveries", event]),
                    more: Some(event.to_owned()),
                },
                false => Cell::text(kind),
            },
            code(delivery, "target"),
            Cell::chip(Words::say(word), tone),
            number(delivery, "tries"),
            number(delivery, "status"),
            instant(delivery, "created_at"),
            instant(delivery, "tried_at"),
            instant(delivery, "next_try_at"),
        ]
    });
    let columns = [
        "webhooks-delivery-event",
        "console-audit-target",
        "console-state",
        "webhooks-delivery-tries",
        "webhooks-delivery-status",
        "console-audit-at",
        "webhooks-delivery-tried",
        "webhooks-delivery-next",
    ];
    let empty = ("webhooks-delivery-empty", "webhooks-delivery-empty-more");
    let mut table = table(Words::say("webhooks-deliveries"), &columns, rows, empty);
    for column in table.columns.iter_mut().skip(3).take(2) {
        column.end = true;
    }
    table
}

/// What a state is called, and how it stands.
fn word(state: &str) -> (&'static str, Tone) {
    match state {
        "delivered" => ("webhooks-delivery-delivered", Tone::Success),
        "failed" => ("webhooks-delivery-failed", Tone::Danger),
        _ => ("webhooks-delivery-pending", Tone::Info),
    }
}

fn number(delivery: &Value, name: &str) -> Cell {
    match delivery.get(name).and_then(Value::as_u64) {
        Some(number) => Cell::given(number.to_string()),
        None => Cell::Nothing,
    }
}

/// Asks, and tells it one thing again.
pub(in super::super) async fn replay(visit: &Visit<'_>, id: &str, event: &str) -> Page {
    let one = ["webhooks", id, "deliveries", event];
    let delivery = visit.ask(Ask::get(path(&one))).await?.body;
    let title = Words::say("webhooks-delivery-replay-title").with("event", text(&delivery, "type"));
    let dialog = Dialog {
        consequences: vec![Words::say("webhooks-delivery-replay-means")],
        ..asking(visit, id, title, visit.url(&one))
    };
    let ask = Ask::new(Method::POST, path(&["webhooks", id, "deliveries", event, "replay"]));
    visit.dialog(dialog, ask).await
}

/// Asks, and tells it again what failed.
pub(in super::super) async fn replay_failed(visit: &Visit<'_>, id: &str) -> Page {
    let webhook = load(visit, id).await?.body;
    let title = Words::say("webhooks-delivery-replay-failed-title").with("url", text(&webhook, "url"));
    let dialog = Dialog {
        consequences: vec![
            Words::say("webhooks-delivery-replay-failed-means"),
            Words::say("webhooks-delivery-replay-means"),
        ],
        ..asking(visit, id, title, visit.url(&["webhooks", id, "replay"]))
    };
    let ask = Ask::new(Method::POST, path(&["webhooks", id, "replay"]));
    visit.dialog(dialog, ask).await
}

fn asking(visit: &Visit<'_>, id: &str, title: Words, here: LocalUrl) -> Dialog {
    let home = visit.url(&["webhooks", id]);
    Dialog {
        place: places::WEBHOOKS,
        heading: Heading {
            back: Some((home.clone(), Words::say("webhooks-deliveries"))),
            ..Heading::new(title)
        },
        consequences: Vec::new(),
        submit: Words::say("webhooks-delivery-replay"),
        weight: Weight::Primary,
        fields: Vec::new(),
        here,
        back: home.clone(),
        on: home,
        said: "console-done-replayed",
    }
}
