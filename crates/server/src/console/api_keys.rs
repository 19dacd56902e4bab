//! API keys: the list, a new one, one of them, and its end.

use super::credentials::{days, made_by_hand, name_and_scopes, no_days};
use super::names::Names;
use super::permission_field::{self, Choice};
use super::pick;
use super::places;
use super::token_rows;
use crate::api::inside::{Ask, path};
use crate::signed_in::fields::{Dialog, optional};
use crate::signed_in::listing::{instant, paged, rows, table, text, texts};
use crate::signed_in::{Page, Visit};
use grantd_pages::{Action, Block, Cell, Heading, Tone, Weight, Words};
use grantd_protocol::Seconds;
use serde_json::{Value, json};

/// The list.
pub(super) async fn list(visit: &Visit<'_>) -> Page {
    let here = [places::API_KEYS.path];
    let kept = ["tenant", "state"];
    let ask = Ask::get(path(&["api-keys"]));
    let found = visit
        .listing(kept.iter().fold(ask, |ask, name| ask.query(name, visit.asked(name))))
        .await?;
    let names = Names::of(visit, &found.items).await?;
    // All of a tenant's are in that tenant.
    let with_tenant = visit.actor.tenant().is_none();
    let rows = rows(&found.items, |key| {
        let mut cells = vec![
            Cell::link(
                Words::given(text(key, "name")),
                visit.url(&["api-keys", text(key, "id")]),
            ),
            ending(key),
        ];
        cells.extend(with_tenant.then(|| names.tenant_cell(visit, text(key, "tenant"))));
        cells.extend([token_rows::scopes(key), state(key), instant(key, "last_used_at")]);
        cells
    });
    let mut columns = vec!["console-name", "console-api-key"];
    columns.extend(with_tenant.then_some("console-tenant"));
    columns.extend(["roles-permits", "console-state", "console-api-key-used"]);
    let empty = ("console-api-key-empty", "console-api-key-empty-more");
    let mut table = table(places::API_KEYS.title(), &columns, rows, empty);
    let states = vec![
        ("active", Words::say("console-api-key-active")),
        ("revoked", Words::say("console-api-key-revoked")),
        ("expired", Words::say("console-api-key-expired")),
    ];
    let mut fields = vec![visit.choice("state", Words::say("console-state"), states)];
    if with_tenant {
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

/// What is shown of its text.
fn ending(key: &Value) -> Cell {
    Cell::code(format!("…{}", text(key, "last_four")))
}

/// What it is good for now.
fn state(key: &Value) -> Cell {
    let (word, tone) = match text(key, "state") {
        "active" => ("console-api-key-active", Tone::Success),
        "revoked" => ("console-api-key-revoked", Tone::Warning),
        "expired" => ("console-api-key-expired", Tone::Plain),
        _ => ("console-disabled", Tone::Warning),
    };
    Cell::chip(Words::say(word), tone)
}

/// One: where it acts, and what it permits.
pub(super) async fn show(visit: &Visit<'_>, id: &str) -> Page {
    let key = visit.ask(Ask::get(path(&["api-keys", id]))).await?.body;
    let made_by = text(&key, "created_by");
    let maker = super::audit_lines::user_of(made_by).map(|user| json!({ "user_id": user }));
    let named = [key.clone(), maker.unwrap_or_default()];
    let names = Names::of(visit, &named).await?;
    let ends = visit.actor.may("grantd:api-keys:write") && matches!(text(&key, "state"), "active" | "disabled");
    let end = ends.then(|| Action {
        label: Words::say("console-token-end"),
        href: visit.url(&["api-keys", id, "end"]),
        weight: Weight::Danger,
    });
    let heading = Heading {
        back: Some((visit.at(places::API_KEYS), places::API_KEYS.title())),
        actions: end.into_iter().collect(),
        ..Heading::new(Words::given(text(&key, "name")))
    };
    let permits = Cell::Codes {
        texts: texts(&key, "scopes"),
    };
    let facts = vec![
        (Words::say("console-state"), state(&key)),
        (Words::say("console-api-key"), ending(&key)),
        (
            Words::say("console-tenant"),
            names.tenant_cell(visit, text(&key, "tenant")),
        ),
        (Words::say("roles-permits"), permits),
        (Words::say("console-audit-actor"), names.actor_cell(visit, made_by)),
        (Words::say("console-created"), instant(&key, "created_at")),
        (Words::say("console-api-key-used"), instant(&key, "last_used_at")),
        (Words::say("console-ends"), instant(&key, "expires_at")),
    ];
    visit.show(places::API_KEYS, heading, vec![Block::Facts { facts }])
}

/// A new one; it is shown once.
pub(super) async fn create(visit: &Visit<'_>) -> Page {
    let heading = Heading {
        lead: Some(Words::say("console-api-key-new-lead")),
        back: Some((visit.at(places::API_KEYS), places::API_KEYS.title())),
        ..Heading::new(Words::say("console-api-key-new"))
    };
    let mut form = visit.new_form(visit.url(&["api-keys", "new"]), Words::say("console-create"));
    form.cancel = Some(visit.at(places::API_KEYS));
    let scopes = permission_field::sent(visit, "scopes");
    let choice = Choice {
        chosen: &scopes,
        ..Choice::default()
    };
    let written = visit.field("days");
    form.fields = name_and_scopes(visit, choice).await?;
    form.fields.push(optional(
        "days",
        "console-token-days",
        Some("console-api-key-days-hint"),
        written,
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
    let Ok(days) = days(written) else {
        return no_days(visit, places::API_KEYS, heading, form);
    };
    let mut body = json!({ "name": visit.field("name"), "scopes": scopes });
    if let Some(members) = body.as_object_mut() {
        if asks_tenant {
            members.insert("tenant".to_owned(), visit.field("tenant").into());
        }
        if let Some(days) = days {
            let end = visit.request.now.plus(Seconds(days.saturating_mul(86_400)));
            members.insert("expires_at".to_owned(), end.secs().into());
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
pub(super) async fn end(visit: &Visit<'_>, id: &str) -> Page {
    let key = visit.ask(Ask::get(path(&["api-keys", id]))).await?.body;
    let back = visit.url(&["api-keys", id]);
    let dialog = Dialog {
        place: places::API_KEYS,
        heading: Heading {
            back: Some((back.clone(), Words::given(text(&key, "name")))),
            ..Heading::new(Words::say("console-api-key-end-title").with("name", text(&key, "name")))
        },
        consequences: vec![Words::say("console-api-key-end-breaks")],
        submit: Words::say("console-token-end"),
        weight: Weight::Danger,
        fields: Vec::new(),
        here: visit.url(&["api-keys", id, "end"]),
        back,
        on: visit.at(places::API_KEYS),
        said: "console-done-ended",
    };
    visit
        .dialog(dialog, Ask::new(http::Method::DELETE, path(&["api-keys", id])))
        .await
}
