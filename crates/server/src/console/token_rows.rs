//! Access tokens as a table: whose they are, what they are good for, and the way to end one.

use crate::signed_in::Visit;
use crate::signed_in::listing::{code, instant, rows, table as listed, text, texts};
use grantd_pages::{Cell, Field, Table, Tone, Words};
use serde_json::Value;

/// The table; with the application's column where tokens of several stand together.
pub(super) fn table(visit: &Visit<'_>, tokens: &[Value], with_client: bool) -> Table {
    let mut columns = vec![
        "console-token",
        "console-token-user",
        "console-tenant",
        "console-app-permissions",
    ];
    columns.extend(["console-state", "console-ends"]);
    if with_client {
        columns.insert(1, "console-application");
    }
    let rows = rows(tokens, |token| {
        let id = text(token, "id");
        let name = match text(token, "name") {
            "" => Words::given(format!("…{}", id.get(id.len().saturating_sub(8)..).unwrap_or(id))),
            name => Words::given(name),
        };
        let first = match text(token, "state") {
            "live" => Cell::link(name, visit.url(&["tokens", id, "end"])),
            _ => Cell::text(name),
        };
        let mut cells = vec![
            first,
            match text(token, "subject") {
                own if own == text(token, "client_id") => Cell::Nothing,
                subject => Cell::code(subject),
            },
            code(token, "tenant"),
            scopes(token),
            state(token),
            instant(token, "expires_at"),
        ];
        if with_client {
            let client = text(token, "client_id");
            // A tenant's administrators do not run the applications.
            let name = Words::given(client);
            let cell = match visit.actor.tenant() {
                None => Cell::link(name, visit.url(&["applications", client])),
                Some(_) => Cell::text(name),
            };
            cells.insert(1, cell);
        }
        cells
    });
    listed(
        Words::say("console-tokens"),
        &columns,
        rows,
        ("console-token-empty", "console-token-empty-more"),
    )
}

/// The states to choose from.
pub(super) fn states(visit: &Visit<'_>) -> Field {
    let offers = vec![
        ("live", Words::say("console-token-live")),
        ("ended", Words::say("console-token-ended")),
        ("expired", Words::say("console-token-expired")),
    ];
    visit.choice("state", Words::say("console-state"), offers)
}

/// Few scopes are spelled out, many are counted.
pub(super) fn scopes(object: &Value) -> Cell {
    match texts(object, "scopes") {
        none if none.is_empty() => Cell::Nothing,
        texts if texts.len() <= 3 => Cell::Codes { texts },
        many => Cell::text(Words::say("console-count-permissions").with("count", many.len())),
    }
}

fn state(token: &Value) -> Cell {
    let (text, tone) = match text(token, "state") {
        "live" => ("console-token-live", Tone::Success),
        "ended" => ("console-token-ended", Tone::Warning),
        _ => ("console-token-expired", Tone::Plain),
    };
    Cell::chip(Words::say(text), tone)
}
