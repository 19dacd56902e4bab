//! Signing keys and their rotation, and API keys with their end.

use super::credentials::{made_by_hand, name_and_scopes};
use super::pick;
use super::places;
use super::token_rows;
use crate::api::inside::{Ask, path};
use crate::signed_in::fields::{Dialog, optional, values};
use crate::signed_in::listing::{code, instant, paged, rows, table, text};
use crate::signed_in::{Page, Visit};
use grantd_pages::{Action, Block, Cell, Heading, Tone, Weight, Words};
use grantd_protocol::Seconds;
use serde_json::json;

/// The signing keys.
pub(super) async fn signing(visit: &Visit<'_>) -> Page {
    let found = visit.all(Ask::get(path(&["keys"]))).await?;
    let rows = rows(&found.items, |key| {
        let (word, tone) = match text(key, "state") {
            "active" => ("console-key-active", Tone::Success),
            "next" => ("console-key-next", Tone::Info),
            _ => ("console-key-retired", Tone::Plain),
        };
        vec![
            Cell::code(text(key, "kid")),
            Cell::code(text(key, "alg")),
            Cell::chip(Words::say(word), tone),
            instant(key, "since"),
            instant(key, "remove_at"),
        ]
    });
    let columns = [
        "console-key",
        "console-key-algorithm",
        "console-state",
        "console-key-since",
        "console-key-removed",
    ];
    let empty = ("console-key-empty", "console-key-empty-more");
    let mut algorithms: Vec<&str> = found.items.iter().map(|key| text(key, "alg")).collect();
    algorithms.sort_unstable();
    algorithms.dedup();
    let rotate = |alg: &&str| Action {
        label: Words::say("console-key-rotate").with("algorithm", *alg),
        href: visit.url(&["keys", alg, "rotate"]),
        weight: Weight::Secondary,
    };
    let heading = Heading {
        lead: Some(Words::say("console-keys-lead")),
        actions: algorithms.iter().map(rotate).collect(),
        ..Heading::new(places::KEYS.title())
    };
    let table = table(places::KEYS.title(), &columns, rows, empty);
    visit.show(places::KEYS, heading, vec![Block::Table(Box::new(table))])
}

/// Asks, and rotates one algorithm's key.
pub(super) async fn rotate(visit: &Visit<'_>, algorithm: &str) -> Page {
    let dialog = Dialog {
        place: places::KEYS,
        heading: Heading {
            back: Some((visit.at(places::KEYS), places::KEYS.title())),
            ..Heading::new(Words::say("console-key-rotate-title").with("algorithm", algorithm))
        },
        consequences: vec![
            Words::say("console-key-rotate-breaks"),
            Words::say("console-key-rotate-old"),
        ],
        submit: Words::say("console-rotate"),
        weight: Weight::Danger,
        fields: Vec::new(),
        here: visit.url(&["keys", algorithm, "rotate"]),
        back: visit.at(places::KEYS),
        on: visit.at(places::KEYS),
        said: "console-done-rotated",
    };
    let ask = Ask::new(http::Method::POST, path(&["keys", "rotate"])).body(json!({ "alg": algorithm }));
    visit.dialog(dialog, ask).await
}

/// The API keys.
pub(super) async fn api_keys(visit: &Visit<'_>) -> Page {
    let here = [places::API_KEYS.path];
    let kept = ["tenant", "state"];
    let ask = Ask::get(path(&["api-keys"]));
    let found = visit
        .listing(kept.iter().fold(ask, |ask, name| ask.query(name, visit.asked(name))))
        .await?;
    let rows = rows(&found.items, |key| {
        let name = Words::given(text(key, "name"));
        let active = text(key, "state") == "active";
        let first = if active {
            Cell::link(name, visit.url(&["api-keys", text(key, "id"), "end"]))
        } else {
            Cell::text(name)
        };
        let (word, tone) = match text(key, "state") {
            "active" => ("console-api-key-active", Tone::Success),
            "revoked" => ("console-api-key-revoked", Tone::Warning),
            "expired" => ("console-api-key-expired", Tone::Plain),
            _ => ("console-disabled", Tone::Warning),
        };
        vec![
            first,
            Cell::code(format!("…{}", text(key, "last_four"))),
            code(key, "tenant"),
            token_rows::scopes(key),
            Cell::chip(Words::say(word), tone),
            instant(key, "last_used_at"),
        ]
    });
    let columns = [
        "console-name",
        "console-api-key",
        "console-tenant",
        "console-app-permissions",
        "console-state",
        "console-api-key-used",
    ];
    let empty = ("console-api-key-empty", "console-api-key-empty-more");
    let mut table = table(places::API_KEYS.title(), &columns, rows, empty);
    let states = vec![
        ("active", Words::say("console-api-key-active")),
        ("revoked", Words::say("console-api-key-revoked")),
        ("expired", Words::say("console-api-key-expired")),
    ];
    let mut fields = vec![visit.choice("state", Words::say("console-state"), states)];
    if visit.actor.tenant().is_none() {
        fields.push(pick::by_tenant(visit).await?);
    }
    table.filters = Some(visit.filters(&here, fields));
    let new = Action {
        label: Words::say("console-api-key-new"),
        href: visit.url(&["api-keys", "new"]),
        weight: Weight::Primary,
    };
    table.empty.action = Some(new.clone());
    let heading = Heading {
        lead: Some(Words::say("console-api-keys-lead")),
        actions: vec![new],
        ..Heading::new(places::API_KEYS.title())
    };
    let pager = visit.pager(&here, &kept, found.next.as_deref());
    visit.show(places::API_KEYS, heading, vec![paged(table, pager)])
}

/// A new API key; it is shown once.
pub(super) async fn make_api_key(visit: &Visit<'_>) -> Page {
    let heading = Heading {
        lead: Some(Words::say("console-api-key-new-lead")),
        back: Some((visit.at(places::API_KEYS), places::API_KEYS.title())),
        ..Heading::new(Words::say("console-api-key-new"))
    };
    let mut form = visit.new_form(visit.url(&["api-keys", "new"]), Words::say("console-create"));
    form.cancel = Some(visit.at(places::API_KEYS));
    let scopes = values(visit.field("scopes"));
    let days = visit.field("days");
    form.fields = name_and_scopes(visit, &scopes);
    form.fields.push(optional(
        "days",
        "console-token-days",
        Some("console-api-key-days-hint"),
        days,
    ));
    let asks_tenant = visit.actor.tenant().is_none() && visit.request.realm.config.realm.tenants.enabled;
    if asks_tenant {
        let chosen = match &visit.form {
            Some(_) => visit.field("tenant"),
            None => visit.asked("tenant"),
        };
        let tenant = pick::tenant(visit, "console-api-key-tenant-hint", true, chosen).await?;
        form.fields.insert(1, tenant);
    }
    if visit.form.is_none() {
        return visit.show(places::API_KEYS, heading, vec![Block::Form(Box::new(form))]);
    }
    let mut body = json!({ "name": visit.field("name"), "scopes": scopes });
    if let Some(members) = body.as_object_mut() {
        if asks_tenant {
            members.insert("tenant".to_owned(), visit.field("tenant").into());
        }
        if !days.is_empty() {
            // What is no number is the API's to refuse.
            let end = days.parse::<u32>().ok();
            let end = end.map(|days| visit.request.now.plus(Seconds(days.saturating_mul(86_400))).secs());
            members.insert("expires_at".to_owned(), end.map_or_else(|| days.into(), Into::into));
        }
    }
    let ask = Ask::new(http::Method::POST, path(&["api-keys"])).body(body);
    match visit.ask(ask.once(visit.once())).await {
        Ok(made) => made_by_hand(
            visit,
            places::API_KEYS,
            heading.back,
            &made.body,
            ("console-api-key", "key"),
        ),
        Err(denied) => visit.again(places::API_KEYS, heading, form, denied, &[("/expires_at", "days")]),
    }
}

/// Asks, and ends one API key.
pub(super) async fn end_api_key(visit: &Visit<'_>, id: &str) -> Page {
    let key = visit.ask(Ask::get(path(&["api-keys", id]))).await?.body;
    let dialog = Dialog {
        place: places::API_KEYS,
        heading: Heading {
            back: Some((visit.at(places::API_KEYS), places::API_KEYS.title())),
            ..Heading::new(Words::say("console-api-key-end-title").with("name", text(&key, "name")))
        },
        consequences: vec![Words::say("console-api-key-end-breaks")],
        submit: Words::say("console-token-end"),
        weight: Weight::Danger,
        fields: Vec::new(),
        here: visit.url(&["api-keys", id, "end"]),
        back: visit.at(places::API_KEYS),
        on: visit.at(places::API_KEYS),
        said: "console-done-ended",
    };
    visit
        .dialog(dialog, Ask::new(http::Method::DELETE, path(&["api-keys", id])))
        .await
}
