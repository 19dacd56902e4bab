//! Where users are logged in: found by their name, looked at on a user's page, ended one by one.

use super::places;
use crate::api::inside::{Ask, Denied, path};
use crate::signed_in::fields::Dialog;
use crate::signed_in::listing::{code, instant, rows, table, text};
use crate::signed_in::{Page, Visit, whereabouts};
use grantd_pages::{Action, Block, Cell, Filters, Heading, Weight, Words};
use http::Method;
use serde_json::Value;

/// One user's.
///
/// # Errors
/// See [`Denied`].
pub(super) async fn of(visit: &Visit<'_>, user: &str) -> Result<Block, Denied> {
    let found = visit.all(Ask::get(path(&["users", user, "sessions"]))).await?;
    let ends = visit.actor.may("grantd:sessions:write");
    let place = |session: &Value| whereabouts(visit.request, text(session, "address"));
    let knows_places = found.items.iter().any(|session| place(session).is_some());
    let rows = rows(&found.items, |session| {
        let browser = match text(session, "user_agent") {
            "" => Words::say("console-session-unknown"),
            agent => Words::given(agent),
        };
        let mut cells = vec![
            match ends {
                true => Cell::link(browser, visit.url(&["users", user, "sessions", text(session, "id")])),
                false => Cell::text(browser),
            },
            code(session, "address"),
        ];
        cells.extend(knows_places.then(|| place(session).map_or(Cell::Nothing, Cell::text)));
        cells.extend([instant(session, "logged_in_at"), instant(session, "expires_at")]);
        cells
    });
    let mut columns = vec!["console-session-browser", "console-audit-address"];
    columns.extend(knows_places.then_some("console-session-place"));
    columns.extend(["console-session-since", "console-ends"]);
    let empty = ("console-session-empty", "console-session-empty-more");
    Ok(Block::Table(Box::new(table(
        Words::say("console-sessions"),
        &columns,
        rows,
        empty,
    ))))
}

/// Asks, and ends one.
pub(super) async fn end(visit: &Visit<'_>, user: &str, id: &str) -> Page {
    let found = visit.ask(Ask::get(path(&["users", user]))).await?.body;
    let name = text(&found, "username");
    let back = visit.url(&["users", user]);
    let dialog = Dialog {
        place: places::USERS,
        heading: Heading {
            id: Some(id.to_owned()),
            back: Some((back.clone(), Words::given(name))),
            ..Heading::new(Words::say("console-session-end-title").with("user", name))
        },
        consequences: vec![Words::say("console-session-end-breaks")],
        submit: Words::say("console-token-end"),
        weight: Weight::Danger,
        fields: Vec::new(),
        here: visit.url(&["users", user, "sessions", id]),
        back: back.clone(),
        on: back,
        said: "console-done-session-ended",
    };
    visit
        .dialog(dialog, Ask::new(Method::DELETE, path(&["sessions", id])))
        .await
}

/// Where users are logged in: found by their name.
pub(super) async fn find(visit: &Visit<'_>) -> Page {
    let here = [places::SESSIONS.path];
    let name = visit.asked("username");
    let found: Vec<Value> = match name {
        "" => Vec::new(),
        name => {
            visit
                .all(Ask::get(path(&["users"])).query("username", name))
                .await?
                .items
        }
    };
    if let Some(user) = found.first() {
        let filtered = of(visit, text(user, "id")).await?;
        let heading = Heading {
            back: Some((visit.at(places::SESSIONS), places::SESSIONS.title())),
            actions: vec![Action {
                label: Words::say("console-sign-out-all"),
                href: visit.url(&["users", text(user, "id"), "sign-out"]),
                weight: Weight::Danger,
            }],
            ..Heading::new(Words::given(text(user, "username")))
        };
        return visit.show(places::SESSIONS, heading, vec![filtered]);
    }
    let empty = match name {
        "" => ("console-session-find", "console-session-find-more"),
        _ => ("console-session-nobody", "console-session-nobody-more"),
    };
    let mut table = table(places::SESSIONS.title(), &["console-user"], Vec::new(), empty);
    table.filters = Some(Filters {
        finds: true,
        ..visit.filters(&here, vec![visit.search("username", Words::say("console-user-exact"))])
    });
    let heading = Heading {
        lead: Some(Words::say("console-sessions-lead")),
        ..Heading::new(places::SESSIONS.title())
    };
    visit.show(places::SESSIONS, heading, vec![Block::Table(Box::new(table))])
}
