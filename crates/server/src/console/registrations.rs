//! Applications that registered themselves, folded by name: an AI tool that registers anew on every computer is one line.

use super::places;
use crate::api::inside::{Ask, path};
use crate::signed_in::listing::{paged, rows, table, text};
use crate::signed_in::{Page, Visit};
use grantd_pages::{Action, Cell, Column, Heading, Weight, Words};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Registrations of one page, before they are folded.
const LOOKED_AT: &str = "200";

/// The list; with a name, those that it was folded of.
pub(super) async fn list(visit: &Visit<'_>) -> Page {
    let here = [places::REGISTRATIONS.path];
    let named = visit.asked("name");
    let ask = Ask::get(path(&["clients"]))
        .query("origin", "dynamic")
        .query("q", named);
    let ask = ask.query("limit", LOOKED_AT).query("cursor", visit.asked("cursor"));
    let found = visit.all(ask).await?;
    let mut folded: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for client in &found.items {
        // Of the name that was asked for, each stands by itself.
        let key = match named {
            "" => text(client, "name"),
            _ => text(client, "client_id"),
        };
        folded.entry(key).or_default().push(client);
    }
    let lines: Vec<Value> = folded.into_values().filter_map(|clients| line(&clients)).collect();
    let rows = rows(&lines, |line| {
        let (id, name) = (text(line, "client_id"), text(line, "name"));
        let count = line.get("count").and_then(Value::as_u64).unwrap_or_default();
        let href = match count {
            0 | 1 => visit.url(&["applications", id]),
            _ => visit.url_with(&here, &[("name", name)]),
        };
        vec![
            Cell::Link {
                text: Words::given(name),
                href,
                more: (count == 1).then(|| id.to_owned()),
            },
            Cell::given(count.to_string()),
            time(line, "first"),
            time(line, "last"),
        ]
    });
    let columns = [
        "console-name",
        "console-registration-count",
        "console-registration-first",
        "console-registration-last",
    ];
    let empty = ("console-registration-empty", "console-registration-empty-more");
    let mut table = table(places::REGISTRATIONS.title(), &columns, rows, empty);
    if let Some(count) = table.columns.get_mut(1) {
        *count = Column {
            end: true,
            ..count.clone()
        };
    }
    table.filters = Some(visit.filters(&here, vec![visit.search("name", Words::say("console-search"))]));
    table.empty.action = places::lead(visit, places::SETTINGS);
    let unused = Action {
        label: Words::say("console-unused-title"),
        href: visit.url(&["registrations", "unused"]),
        weight: Weight::Secondary,
    };
    let heading = Heading {
        lead: Some(Words::say("console-registrations-lead")),
        // Of none there is none to expire.
        actions: (!found.items.is_empty()).then_some(unused).into_iter().collect(),
        ..Heading::new(places::REGISTRATIONS.title())
    };
    let pager = visit.pager(&here, &["name"], found.next.as_deref());
    visit.show(places::REGISTRATIONS, heading, vec![paged(table, pager)])
}

/// Registrations of one name as one line.
fn line(clients: &[&Value]) -> Option<Value> {
    let one = clients.first()?;
    let made = || {
        clients
            .iter()
            .filter_map(|client| client.get("created_at").and_then(Value::as_i64))
    };
    Some(json!({
        "client_id": text(one, "client_id"),
        "name": text(one, "name"),
        "count": clients.len(),
        "first": made().min(),
        "last": made().max(),
    }))
}

fn time(line: &Value, name: &str) -> Cell {
    crate::signed_in::listing::instant(line, name)
}
