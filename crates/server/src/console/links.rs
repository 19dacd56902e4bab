//! From which other providers a user can come: looked at on the user's page, taken away one by one.

use super::places;
use crate::api::inside::{Ask, Denied, path};
use crate::signed_in::fields::Dialog;
use crate::signed_in::listing::{instant, rows, table, text};
use crate::signed_in::{Page, Visit};
use grantd_pages::{Block, Cell, Heading, Weight, Words};
use http::Method;
use serde_json::Value;

/// One user's; nothing where the realm has no providers and the user no link from before.
///
/// # Errors
/// See [`Denied`].
pub(super) async fn of(visit: &Visit<'_>, user: &str) -> Result<Option<Block>, Denied> {
    let found = visit.all(Ask::get(path(&["users", user, "links"]))).await?;
    if found.items.is_empty() && visit.request.realm.config.realm.upstreams.is_empty() {
        return Ok(None);
    }
    let ends = visit.actor.may("grantd:users:write");
    let rows = rows(&found.items, |link| {
        let name = Words::given(text(link, "upstream"));
        vec![
            match ends {
                true => Cell::link(name, visit.url(&["users", user, "links", text(link, "id")])),
                false => Cell::text(name),
            },
            Cell::text(Words::given(called(link))),
            instant(link, "linked_at"),
            instant(link, "last_login_at"),
        ]
    });
    let columns = [
        "console-link-provider",
        "console-link-person",
        "console-link-since",
        "console-link-used",
    ];
    let empty = ("console-link-empty", "console-link-empty-more");
    Ok(Some(Block::Table(Box::new(table(
        Words::say("console-links"),
        &columns,
        rows,
        empty,
    )))))
}

/// What the provider calls somebody: a mail address, or whatever it has.
fn called(link: &Value) -> String {
    let called = match text(link, "address") {
        "" => text(link, "subject"),
        address => address,
    };
    called.to_owned()
}

/// Asks, and takes one away.
pub(super) async fn remove(visit: &Visit<'_>, user: &str, id: &str) -> Page {
    let found = visit.ask(Ask::get(path(&["users", user]))).await?.body;
    let links = visit.all(Ask::get(path(&["users", user, "links"]))).await?;
    let link = links.items.iter().find(|link| text(link, "id") == id);
    // What was taken away already is not asked about; the form of one that is there says whose it is.
    let link = link.ok_or(Denied::Unknown)?;
    let name = text(&found, "username");
    let back = visit.url(&["users", user]);
    let title = Words::say("console-link-remove-title")
        .with("provider", text(link, "upstream"))
        .with("user", name);
    let dialog = Dialog {
        place: places::USERS,
        heading: Heading {
            lead: Some(Words::given(called(link))),
            back: Some((back.clone(), Words::given(name))),
            ..Heading::new(title)
        },
        consequences: vec![Words::say("console-link-remove-breaks")],
        submit: Words::say("console-link-remove"),
        weight: Weight::Danger,
        fields: Vec::new(),
        here: visit.url(&["users", user, "links", id]),
        back: back.clone(),
        on: back,
        said: "console-done-removed",
    };
    visit
        .dialog(dialog, Ask::new(Method::DELETE, path(&["users", user, "links", id])))
        .await
}
