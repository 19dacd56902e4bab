//! Applications: the list. Each one's pages have files of their own.

use super::area::Area;
use super::listing::{flag, instant, paged, rows, text, texts};
use super::visit::{Page, Visit};
use crate::api::inside::{Ask, path};
use grantd_pages::{Block, Cell, Column, Empty, Heading, Table, Tone, Words};
use serde_json::Value;

/// The list.
pub(super) async fn list(visit: &Visit<'_>) -> Page {
    let here = [Area::Applications.path()];
    let found = visit.listing(Ask::get(path(&["clients"]))).await?;
    let table = Table {
        caption: Area::Applications.title(),
        filters: None,
        columns: vec![
            Column::new(Words::say("console-name")),
            Column::new(Words::say("console-app-kind")),
            Column::new(Words::say("console-app-origin")),
            Column::new(Words::say("console-app-permissions")),
            Column::new(Words::say("console-state")),
            Column::new(Words::say("console-created")),
        ],
        rows: rows(&found.items, |client| {
            vec![
                Cell::Link {
                    text: Words::given(text(client, "name")),
                    href: visit.url(&[here[0], text(client, "client_id")]),
                    more: Some(text(client, "client_id").to_owned()),
                },
                Cell::text(kind(client)),
                Cell::text(origin(client)),
                Cell::text(Words::say("console-count-permissions").with("count", texts(client, "scopes").len())),
                state(client),
                instant(client, "created_at"),
            ]
        }),
        empty: Empty {
            title: Words::say("console-app-empty"),
            text: Words::say("console-app-empty-more"),
            action: None,
        },
        first: None,
        next: None,
    };
    let heading = Heading {
        lead: Some(Words::say("console-app-lead")),
        ..Heading::new(Area::Applications.title())
    };
    let pager = visit.pager(&here, &[], found.next.as_deref());
    visit.show(
        Area::Applications,
        heading,
        vec![Block::Table(Box::new(paged(table, pager)))],
    )
}

/// What sort of program it is, as far as its registration says.
pub(super) fn kind(client: &Value) -> Words {
    let grants = texts(client, "grant_types");
    let has = |name: &str| grants.iter().any(|grant| grant == name);
    let public = text(client, "token_endpoint_auth_method") == "none";
    Words::say(match () {
        () if !text(client, "tenant").is_empty() => "console-kind-service",
        () if has("authorization_code") && public && text(client, "application_type") == "native" => {
            "console-kind-native"
        }
        () if has("authorization_code") && public => "console-kind-spa",
        () if has("authorization_code") => "console-kind-web",
        () if has("client_credentials") => "console-kind-machine",
        () => "console-kind-other",
    })
}

/// How it came to be known.
pub(super) fn origin(client: &Value) -> Words {
    Words::say(match text(client, "origin") {
        "dynamic" => "console-origin-dynamic",
        "metadata_document" => "console-origin-document",
        "portal" => "console-origin-portal",
        _ => "console-origin-console",
    })
}

/// Whether it may be used.
pub(super) fn state(client: &Value) -> Cell {
    if flag(client, "enabled") {
        Cell::chip(Words::say("console-enabled"), Tone::Success)
    } else {
        Cell::chip(Words::say("console-disabled"), Tone::Warning)
    }
}
