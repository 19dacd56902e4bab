//! Webhooks: the list, a new one, and one with its form, another secret and its end. What became of its messages is a
//! page beside it.

mod deliveries;

pub(super) use deliveries::{replay, replay_failed, show};

use super::applications::state;
use super::credentials::Rotation;
use super::places;
use crate::api::inside::{Answered, Ask, Denied, path};
use crate::signed_in::fields::{Dialog, checks, hidden, line, radios};
use crate::signed_in::listing::{flag, instant, rows, table, text, texts};
use crate::signed_in::{Page, Visit};
use grantd_core::webhook::EVENTS;
use grantd_pages::{Action, Block, Cell, Chip, Field, Heading, LocalUrl, Tab, Tone, Weight, Words};
use http::Method;
use serde_json::{Value, json};
use std::ops::ControlFlow;

const STATES: &[(&str, &str, Option<&str>)] = &[
    ("on", "console-enabled", None),
    ("off", "console-disabled", Some("webhooks-disabled-means")),
];
/// Events that a row of the list names; of more it says how many.
const NAMED: usize = 3;

/// The list: all of them, there are few.
pub(super) async fn list(visit: &Visit<'_>) -> Page {
    let found = visit.all(Ask::get(path(&["webhooks"]))).await?;
    let rows = rows(&found.items, |webhook| {
        let events = texts(webhook, "events");
        vec![
            Cell::link(
                Words::given(text(webhook, "url")),
                visit.url(&["webhooks", text(webhook, "id")]),
            ),
            match events.len() {
                0..=NAMED => Cell::Codes { texts: events },
                count => Cell::text(Words::say("webhooks-count").with("count", count)),
            },
            state(webhook),
            instant(webhook, "created_at"),
        ]
    });
    let columns = ["webhooks-url", "webhooks-events", "console-state", "console-created"];
    let empty = ("webhooks-empty", "webhooks-empty-more");
    let mut table = table(places::WEBHOOKS.title(), &columns, rows, empty);
    let new = visit.actor.may("grantd:webhooks:write").then(|| Action {
        label: Words::say("webhooks-new"),
        href: visit.url(&["webhooks", "new"]),
        weight: Weight::Primary,
    });
    table.empty.action.clone_from(&new);
    let heading = Heading {
        lead: Some(Words::say("webhooks-lead")),
        actions: new.into_iter().collect(),
        ..Heading::new(places::WEBHOOKS.title())
    };
    visit.show(places::WEBHOOKS, heading, vec![Block::Table(Box::new(table))])
}

/// A new one; its secret is shown once.
pub(super) async fn create(visit: &Visit<'_>) -> Page {
    let heading = Heading {
        lead: Some(Words::say("webhooks-new-lead")),
        back: Some((visit.at(places::WEBHOOKS), places::WEBHOOKS.title())),
        ..Heading::new(Words::say("webhooks-new"))
    };
    let mut form = visit.new_form(visit.url(&["webhooks", "new"]), Words::say("console-create"));
    form.cancel = Some(visit.at(places::WEBHOOKS));
    let events = visit.fields("events");
    form.fields = fields(visit.field("url"), &events);
    if visit.form.is_none() {
        return visit.show(places::WEBHOOKS, heading, vec![Block::Form(Box::new(form))]);
    }
    let body = json!({ "url": visit.field("url"), "events": events });
    let ask = Ask::new(Method::POST, path(&["webhooks"])).body(body);
    match visit.ask(ask.once(visit.once())).await {
        Ok(made) => shown_once(
            visit,
            &made.body,
            (visit.at(places::WEBHOOKS), places::WEBHOOKS.title()),
        ),
        Err(denied) => visit.again(places::WEBHOOKS, heading, form, denied, &[]),
    }
}

fn fields(url: &str, events: &[String]) -> Vec<Field> {
    vec![
        line("url", "webhooks-url", Some("webhooks-url-hint"), url),
        checks(
            "events",
            "webhooks-events",
            Some("webhooks-events-hint"),
            EVENTS,
            events,
        ),
    ]
}

/// The secret, which no later page shows.
fn shown_once(visit: &Visit<'_>, webhook: &Value, back: (LocalUrl, Words)) -> Page {
    let to_it = Action {
        label: Words::say("webhooks-deliveries"),
        href: visit.url(&["webhooks", text(webhook, "id")]),
        weight: Weight::Secondary,
    };
    let heading = Heading {
        back: Some(back),
        actions: vec![to_it],
        ..Heading::new(Words::given(text(webhook, "url")))
    };
    let secret = Block::Secret {
        title: Words::say("console-secret"),
        text: Words::say("webhooks-secret-once"),
        value: text(webhook, "secret").to_owned(),
        file: None,
    };
    visit.show(places::WEBHOOKS, heading, vec![secret])
}

async fn load(visit: &Visit<'_>, id: &str) -> Result<Answered, Denied> {
    visit.ask(Ask::get(path(&["webhooks", id]))).await
}

/// What stands above each of its pages: `here` is the page's own piece of the address.
fn heading(visit: &Visit<'_>, webhook: &Value, here: &str) -> Heading {
    let id = text(webhook, "id");
    let tab = |label, piece: &'static str| Tab {
        label: Words::say(label),
        href: match piece {
            "" => visit.url(&["webhooks", id]),
            piece => visit.url(&["webhooks", id, piece]),
        },
        current: piece == here,
    };
    let (word, tone) = match flag(webhook, "enabled") {
        true => ("console-enabled", Tone::Success),
        false => ("console-disabled", Tone::Warning),
    };
    Heading {
        id: Some(id.to_owned()),
        back: Some((visit.at(places::WEBHOOKS), places::WEBHOOKS.title())),
        chips: vec![Chip {
            text: Words::say(word),
            tone,
        }],
        tabs: vec![tab("webhooks-deliveries", ""), tab("console-settings", "settings")],
        ..Heading::new(Words::given(text(webhook, "url")))
    }
}

/// A way to a page that does something with it.
fn action(visit: &Visit<'_>, id: &str, label: &'static str, page: &str, weight: Weight) -> Action {
    Action {
        label: Words::say(label),
        href: visit.url(&["webhooks", id, page]),
        weight,
    }
}

/// What can be changed; and when the form was sent, the change.
pub(super) async fn settings(visit: &Visit<'_>, id: &str) -> Page {
    let found = load(visit, id).await?;
    let webhook = &found.body;
    let mut heading = heading(visit, webhook, "settings");
    heading.actions = vec![
        action(visit, id, "console-secret-rotate", "rotate", Weight::Secondary),
        action(visit, id, "console-delete", "delete", Weight::Danger),
    ];
    let here = visit.url(&["webhooks", id, "settings"]);
    let mut form = visit.new_form(here.clone(), Words::say("console-save"));
    let sent = visit.form.is_some();
    let shown = |name: &str, now: &str| if sent { visit.field(name) } else { now }.to_owned();
    let events = if sent {
        visit.fields("events")
    } else {
        texts(webhook, "events")
    };
    let state = shown("state", if flag(webhook, "enabled") { "on" } else { "off" });
    form.fields = fields(&shown("url", text(webhook, "url")), &events);
    form.fields.extend([
        radios("state", "console-state", STATES, &state),
        hidden("etag", &shown("etag", found.etag.as_deref().unwrap_or_default())),
    ]);
    if !sent {
        return visit.show(places::WEBHOOKS, heading, vec![Block::Form(Box::new(form))]);
    }
    let body = json!({ "url": visit.field("url"), "events": events, "enabled": state == "on" });
    let ask = Ask::new(Method::PATCH, path(&["webhooks", id])).body(body);
    match visit.ask(ask.if_match(Some(visit.field("etag")))).await {
        Ok(_) => Ok(visit.done(&here, "console-done-saved")),
        Err(denied) => visit.again(places::WEBHOOKS, heading, form, denied, &[("/enabled", "state")]),
    }
}

/// Another secret.
pub(super) async fn rotate(visit: &Visit<'_>, id: &str) -> Page {
    let webhook = load(visit, id).await?.body;
    let url = text(&webhook, "url");
    let back = visit.url(&["webhooks", id, "settings"]);
    let rotation = Rotation {
        place: places::WEBHOOKS,
        heading: Heading {
            lead: Some(Words::say("webhooks-rotate-lead")),
            back: Some((back.clone(), Words::given(url))),
            ..Heading::new(Words::say("console-secret-rotate-title").with("app", url))
        },
        here: visit.url(&["webhooks", id, "rotate"]),
        back,
        secrets: &["webhooks", id, "secrets"],
    };
    match rotation.make(visit).await {
        ControlFlow::Continue(made) => {
            let own = (visit.url(&["webhooks", id, "settings"]), Words::given(url));
            shown_once(visit, &made, own)
        }
        ControlFlow::Break(page) => page,
    }
}

/// Asks, and ends it.
pub(super) async fn delete(visit: &Visit<'_>, id: &str) -> Page {
    let webhook = load(visit, id).await?.body;
    let url = text(&webhook, "url");
    let back = visit.url(&["webhooks", id, "settings"]);
    let dialog = Dialog {
        place: places::WEBHOOKS,
        heading: Heading {
            back: Some((back.clone(), Words::given(url))),
            ..Heading::new(Words::say("webhooks-delete-title").with("url", url))
        },
        consequences: vec![Words::say("webhooks-delete-breaks")],
        submit: Words::say("console-delete"),
        weight: Weight::Danger,
        fields: Vec::new(),
        here: visit.url(&["webhooks", id, "delete"]),
        back,
        on: visit.at(places::WEBHOOKS),
        said: "console-done-deleted",
    };
    let ask = Ask::new(Method::DELETE, path(&["webhooks", id]));
    visit.dialog(dialog, ask).await
}

#[cfg(test)]
mod tests {
    use grantd_pages::Pages;
    use std::collections::BTreeSet;

    #[test]
    fn every_text_of_webhooks_is_there_and_none_is_left_over() {
        let sources = [include_str!("webhooks.rs"), include_str!("webhooks/deliveries.rs")];
        let texts = sources.iter().flat_map(|source| source.split('"'));
        let used: BTreeSet<String> = texts
            .filter(|piece| piece.strip_prefix("webhooks-").is_some_and(|rest| !rest.is_empty()))
            .map(str::to_owned)
            .collect();
        let known: BTreeSet<String> = Pages::keys_of("webhooks").into_iter().collect();
        assert_eq!(used, known);
    }
}
