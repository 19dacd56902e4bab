//! Applications: the list, and what the pages of one have in common. Each page has a file of its own.

pub(crate) mod auth;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod permissions;
pub(crate) mod settings;
mod snippets;
pub(crate) mod tokens;

use super::places;
use crate::api::inside::{Answered, Ask, Denied, path};
use crate::portal::review;
use crate::signed_in::listing::{flag, instant, paged, rows, table, text, texts};
use crate::signed_in::{Page, Visit};
use grantd_pages::{Action, Block, Cell, Chip, Heading, Tab, Tone, Weight, Words};
use serde_json::Value;

/// The list.
pub(crate) async fn list(visit: &Visit<'_>) -> Page {
    let here = [places::APPLICATIONS.path];
    let ask = Ask::get(path(&["clients"]))
        .query("q", visit.asked("q"))
        .query("sort", visit.asked("sort"));
    let found = visit.listing(ask.query("origin", visit.asked("origin"))).await?;
    let new = Action {
        label: Words::say("console-app-new"),
        href: visit.url(&["applications", "new"]),
        weight: Weight::Primary,
    };
    let mut table = table(
        places::APPLICATIONS.title(),
        &[
            "console-name",
            "console-app-kind",
            "console-app-origin",
            "console-app-permissions",
            "console-state",
            "console-created",
        ],
        rows(&found.items, |client| {
            vec![
                Cell::Link {
                    text: Words::given(text(client, "name")),
                    href: visit.url(&["applications", text(client, "client_id")]),
                    more: Some(text(client, "client_id").to_owned()),
                },
                Cell::text(kind(client)),
                Cell::text(origin(client)),
                Cell::text(Words::say("console-count-permissions").with("count", texts(client, "scopes").len())),
                state(client),
                instant(client, "created_at"),
            ]
        }),
        ("console-app-empty", "console-app-empty-more"),
    );
    let origins = ["console", "portal", "dynamic", "metadata_document"];
    let origins = origins.map(|name| (name, Words::say(origin_text(name))));
    let fields = vec![
        visit.search("q", Words::say("console-search")),
        visit.choice("origin", Words::say("console-app-origin"), origins.to_vec()),
    ];
    table.filters = Some(visit.filters(&here, fields));
    let columns = [(0, "name"), (5, "created")];
    visit.sortable(&mut table, &here, &["q", "origin"], (&columns, ""));
    table.empty.action = Some(new.clone());
    let heading = Heading {
        lead: Some(Words::say("console-app-lead")),
        actions: vec![new],
        ..Heading::new(places::APPLICATIONS.title())
    };
    let pager = visit.pager(&here, &["q", "origin"], found.next.as_deref());
    visit.show(places::APPLICATIONS, heading, vec![paged(table, pager)])
}

/// One application, as it is now.
pub(crate) async fn load(visit: &Visit<'_>, id: &str) -> Result<Answered, Denied> {
    visit.ask(Ask::get(path(&["clients", id]))).await
}

/// The heading of one application's pages.
pub(crate) fn heading(visit: &Visit<'_>, client: &Value, here: &str) -> Heading {
    let id = text(client, "client_id");
    let tab = |piece: &'static str, label: &'static str| Tab {
        label: Words::say(label),
        href: visit.url(&pieces(id, piece)),
        current: here == piece,
    };
    let enabled = flag(client, "enabled");
    let stage = review::stage(client);
    let mut heading = Heading {
        id: Some(id.to_owned()),
        chips: vec![
            Chip {
                text: Words::say(if enabled { "console-enabled" } else { "console-disabled" }),
                tone: if enabled { Tone::Success } else { Tone::Warning },
            },
            Chip {
                text: kind(client),
                tone: Tone::Plain,
            },
            Chip {
                text: origin(client),
                tone: Tone::Plain,
            },
        ],
        back: Some((visit.at(places::APPLICATIONS), places::APPLICATIONS.title())),
        tabs: vec![
            tab("", "console-app-auth"),
            tab("permissions", "console-permissions"),
            tab("tokens", "console-tokens"),
            tab("users", "portal-users"),
            tab("logs", "portal-logs"),
            tab("settings", "console-settings"),
        ],
        ..Heading::new(Words::given(text(client, "name")))
    };
    if let Some((text, tone)) = stage {
        heading.chips.push(Chip { text, tone });
        heading.tabs.push(tab("review", "portal-review"));
    }
    if visit.actor.developer().is_some() {
        heading.tabs.push(tab("try", "portal-try"));
    }
    heading
}

/// The pieces of the address of one of its pages.
pub(crate) fn pieces<'p>(id: &'p str, page: &'p str) -> Vec<&'p str> {
    let mut pieces = vec!["applications", id];
    pieces.extend((!page.is_empty()).then_some(page));
    pieces
}

/// The heading of a page that does one thing to it.
pub(crate) fn deed(visit: &Visit<'_>, client: &Value, title: &'static str) -> Heading {
    let name = text(client, "name");
    Heading {
        back: Some((visit.url(&pieces(text(client, "client_id"), "")), Words::given(name))),
        ..Heading::new(Words::say(title).with("app", name))
    }
}

/// A link that looks like a button.
pub(crate) fn action(visit: &Visit<'_>, label: &'static str, pieces: &[&str], weight: Weight) -> Action {
    Action {
        label: Words::say(label),
        href: visit.url(pieces),
        weight,
    }
}

/// What sort of program it is, as far as its registration says.
fn kind(client: &Value) -> Words {
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
fn origin(client: &Value) -> Words {
    Words::say(origin_text(text(client, "origin")))
}

/// The text for an origin as the API calls it.
fn origin_text(name: &str) -> &'static str {
    match name {
        "dynamic" => "console-origin-dynamic",
        "metadata_document" => "console-origin-document",
        "portal" => "console-origin-portal",
        _ => "console-origin-console",
    }
}

/// Whether something may be used.
pub(super) fn state(object: &Value) -> Cell {
    if flag(object, "enabled") {
        Cell::chip(Words::say("console-enabled"), Tone::Success)
    } else {
        Cell::chip(Words::say("console-disabled"), Tone::Warning)
    }
}

/// Code that does something with an application, and why that is so.
fn notice(tone: Tone, title: &'static str, text: &'static str) -> Block {
    Block::Notice {
        tone,
        title: Words::say(title),
        text: Some(Words::say(text)),
        action: None,
    }
}
