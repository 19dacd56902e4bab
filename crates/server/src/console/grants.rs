//! What users allowed applications: all of it, one user's, and the end of one.

use super::pick;
use super::places;
use super::token_rows;
use crate::api::inside::{Ask, Denied, path};
use crate::signed_in::fields::Dialog;
use crate::signed_in::listing::{code, instant, paged, rows, table, text};
use crate::signed_in::{Page, Visit};
use grantd_pages::{Block, Cell, Heading, Table, Weight, Words};
use http::Method;
use serde_json::Value;

const FILTERS: [&str; 3] = ["client", "user", "tenant"];

/// The list.
pub(super) async fn list(visit: &Visit<'_>) -> Page {
    let here = [places::GRANTS.path];
    let ask = Ask::get(path(&["grants"])).query("sort", visit.asked("sort"));
    let user = pick::user_asked(visit).await?;
    let ask = FILTERS.iter().fold(ask, |ask, name| match *name {
        "user" => ask.query(name, user.as_str()),
        name => ask.query(name, visit.asked(name)),
    });
    let found = visit.listing(ask).await?;
    let mut table = listed(visit, &found.items);
    let mut fields = vec![pick::by_application(visit).await?, pick::by_user(visit)];
    if visit.actor.tenant().is_none() {
        fields.push(pick::by_tenant(visit).await?);
    }
    table.filters = Some(visit.filters(&here, fields));
    table.empty.action = places::lead(visit, places::APPLICATIONS);
    visit.sortable(&mut table, &here, &FILTERS, (&[(4, "created")], "created"));
    let heading = Heading {
        lead: Some(Words::say("console-grants-lead")),
        ..Heading::new(places::GRANTS.title())
    };
    let pager = visit.pager(&here, &FILTERS, found.next.as_deref());
    visit.show(places::GRANTS, heading, vec![paged(table, pager)])
}

/// What one user allowed.
///
/// # Errors
/// See [`Denied`].
pub(super) async fn of(visit: &Visit<'_>, user: &str) -> Result<Block, Denied> {
    let found = visit.all(Ask::get(path(&["grants"])).query("user", user)).await?;
    Ok(Block::Table(Box::new(listed(visit, &found.items))))
}

fn listed(visit: &Visit<'_>, grants: &[Value]) -> Table {
    let ends = visit.actor.may("grantd:grants:write");
    let rows = rows(grants, |grant| {
        let client = Words::given(text(grant, "client_id"));
        vec![
            match ends {
                true => Cell::link(client, visit.url(&["grants", text(grant, "id"), "end"])),
                false => Cell::text(client),
            },
            code(grant, "user_id"),
            code(grant, "tenant"),
            token_rows::scopes(grant),
            instant(grant, "created_at"),
            instant(grant, "expires_at"),
        ]
    });
    let columns = [
        "console-application",
        "console-user",
        "console-tenant",
        "console-app-permissions",
        "console-created",
        "console-ends",
    ];
    let empty = ("console-grant-empty", "console-grant-empty-more");
    table(Words::say("console-grants"), &columns, rows, empty)
}

/// Asks, and ends one with everything that hangs off it.
pub(super) async fn end(visit: &Visit<'_>, id: &str) -> Page {
    let grant = visit.ask(Ask::get(path(&["grants", id]))).await?.body;
    let back = visit.at(places::GRANTS);
    let dialog = Dialog {
        place: places::GRANTS,
        heading: Heading {
            id: Some(id.to_owned()),
            back: Some((back.clone(), places::GRANTS.title())),
            ..Heading::new(Words::say("console-grant-end-title").with("app", text(&grant, "client_id")))
        },
        consequences: vec![
            Words::say("console-grant-end-breaks"),
            Words::say("console-grant-end-again"),
        ],
        submit: Words::say("console-token-end"),
        weight: Weight::Danger,
        fields: Vec::new(),
        here: visit.url(&["grants", id, "end"]),
        back: back.clone(),
        on: back,
        said: "console-done-ended",
    };
    visit
        .dialog(dialog, Ask::new(Method::DELETE, path(&["grants", id])))
        .await
}
