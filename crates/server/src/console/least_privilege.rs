//! What applications could do without, across all of them: as far as their APIs report uses.

use super::places;
use crate::api::inside::{Ask, path};
use crate::signed_in::listing::{paged, rows, table, text, texts};
use crate::signed_in::{Page, Visit};
use grantd_pages::{Cell, Heading, Tone, Words};
use serde_json::Value;

/// Applications of one page: each is asked about by itself.
const LOOKED_AT: &str = "25";

/// The list.
pub(super) async fn show(visit: &Visit<'_>) -> Page {
    let ask = Ask::get(path(&["clients"])).query("limit", LOOKED_AT);
    let found = visit.all(ask.query("cursor", visit.asked("cursor"))).await?;
    let mut looked: Vec<(Value, Value)> = Vec::new();
    for client in found.items {
        let usage = path(&["clients", text(&client, "client_id"), "usage"]);
        // One that is deleted meanwhile is simply not there.
        if let Ok(usage) = visit.ask(Ask::get(usage)).await {
            looked.push((client, usage.body));
        }
    }
    looked.sort_by_key(|(_, usage)| std::cmp::Reverse(texts(usage, "droppable").len()));
    let items: Vec<Value> = looked
        .into_iter()
        .map(|(client, usage)| serde_json::json!({ "client": client, "usage": usage }))
        .collect();
    let rows = rows(&items, |item| {
        let (client, usage) = (&item["client"], &item["usage"]);
        let id = text(client, "client_id");
        let droppable = texts(usage, "droppable").len();
        let known = usage.get("reported_since").is_some();
        vec![
            Cell::Link {
                text: Words::given(text(client, "name")),
                href: visit.url(&["applications", id, "permissions"]),
                more: Some(id.to_owned()),
            },
            Cell::text(Words::say("console-count-permissions").with("count", texts(client, "scopes").len())),
            match (known, droppable) {
                (false, _) => Cell::chip(Words::say("console-least-unknown"), Tone::Plain),
                (true, 0) => Cell::chip(Words::say("console-least-fits"), Tone::Success),
                (true, count) => Cell::chip(Words::say("console-least-unused").with("count", count), Tone::Warning),
            },
        ]
    });
    let columns = ["console-application", "console-app-permissions", "console-least-use"];
    let empty = ("console-app-empty", "console-app-empty-more");
    let mut table = table(places::LEAST_PRIVILEGE.title(), &columns, rows, empty);
    table.empty.action = places::lead(visit, places::APPLICATIONS);
    let heading = Heading {
        lead: Some(Words::say("console-least-lead")),
        ..Heading::new(places::LEAST_PRIVILEGE.title())
    };
    let pager = visit.pager(&[places::LEAST_PRIVILEGE.path], &[], found.next.as_deref());
    visit.show(places::LEAST_PRIVILEGE, heading, vec![paged(table, pager)])
}
