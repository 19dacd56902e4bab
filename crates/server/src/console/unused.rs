//! Registrations that nobody uses: looked through, and taken away many at once. What is listed is what the form asks about;
//! whatever is used meanwhile stays.

use super::places;
use crate::api::inside::{Ask, path};
use crate::reply;
use crate::signed_in::fields::{Dialog, hidden};
use crate::signed_in::listing::text;
use crate::signed_in::{Page, Visit};
use grantd_pages::{Action, Block, Field, FieldKind, Heading, Offer, Tone, Weight, Words};
use http::Method;
use serde_json::{Value, json};

/// Days that are offered.
const DAYS: [u32; 3] = [30, 90, 365];
/// Those of a visit that asks for none.
const USUAL: u32 = 90;
/// The most at once.
const LISTED: &str = "100";

const HERE: [&str; 2] = ["registrations", "unused"];

/// Asks about them, and takes away what is ticked.
pub(super) async fn expire(visit: &Visit<'_>) -> Page {
    let days = visit
        .about("days")
        .parse()
        .ok()
        .filter(|days| (1..=3650).contains(days))
        .unwrap_or(USUAL);
    let unused_for = days * 86_400;
    if visit.form.is_some() {
        let back = visit.url_with(&HERE, &[("days", &days.to_string())]);
        let chosen = visit.fields("client_id");
        if chosen.is_empty() {
            return Ok(reply::see_other(back.as_str()));
        }
        let body = json!({ "unused_for": unused_for, "client_ids": chosen });
        let ask = Ask::new(Method::POST, path(&["registrations", "unused", "expire"])).body(body);
        visit.ask(ask).await?;
        return Ok(visit.done(&back, "console-done-expired"));
    }
    let (seconds, cursor) = (unused_for.to_string(), visit.about("cursor"));
    let ask = Ask::get(path(&["registrations", "unused"]))
        .query("unused_for", &seconds)
        .query("limit", LISTED)
        .query("cursor", cursor);
    let found = visit.ask(ask).await?.body;
    let items = found
        .get("items")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let heading = heading(visit, days, found.get("next").and_then(Value::as_str));
    if items.is_empty() {
        let notice = Block::Notice {
            tone: Tone::Info,
            title: Words::say("console-unused-none"),
            text: Some(Words::say("console-unused-none-more")),
            action: Some((visit.at(places::REGISTRATIONS), places::REGISTRATIONS.title())),
        };
        return visit.show(places::REGISTRATIONS, heading, vec![notice]);
    }
    let dialog = Dialog {
        place: places::REGISTRATIONS,
        heading,
        consequences: vec![
            Words::say("console-unused-count").with("count", items.len()),
            Words::say("console-unused-breaks"),
        ],
        submit: Words::say("console-unused-submit"),
        weight: Weight::Danger,
        fields: vec![
            ticked(&items),
            hidden("days", &days.to_string()),
            hidden("cursor", cursor),
        ],
        here: visit.url(&HERE),
        back: visit.at(places::REGISTRATIONS),
        on: visit.url(&HERE),
        said: "console-done-expired",
    };
    visit.asks(dialog, None)
}

/// A box for each, all of them ticked.
fn ticked(items: &[Value]) -> Field {
    let offer = |client: &Value| Offer {
        value: text(client, "client_id").to_owned(),
        label: Words::given(text(client, "name")),
        hint: Some(Words::given(text(client, "client_id"))),
        chosen: true,
    };
    Field {
        name: "client_id".to_owned(),
        label: Words::say("console-unused-which"),
        hint: None,
        required: true,
        error: None,
        kind: FieldKind::Checks {
            offers: items.iter().map(offer).collect(),
        },
    }
}

fn heading(visit: &Visit<'_>, days: u32, next: Option<&str>) -> Heading {
    let to = |label: Words, query: &[(&str, &str)]| Action {
        label,
        href: visit.url_with(&HERE, query),
        weight: Weight::Secondary,
    };
    let others = DAYS.into_iter().filter(|other| *other != days);
    let mut actions: Vec<Action> = others
        .map(|other| {
            let label = Words::say("console-unused-days").with("count", i64::from(other));
            to(label, &[("days", &other.to_string())])
        })
        .collect();
    let here = days.to_string();
    actions.extend(next.map(|next| to(Words::say("console-unused-next"), &[("days", &here), ("cursor", next)])));
    Heading {
        lead: Some(Words::say("console-unused-lead").with("count", i64::from(days))),
        back: Some((visit.at(places::REGISTRATIONS), places::REGISTRATIONS.title())),
        actions,
        ..Heading::new(Words::say("console-unused-title"))
    }
}
