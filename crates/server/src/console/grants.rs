//! What users allowed applications: all of it, one user's, one of them, and its end.

use super::names::Names;
use super::pick;
use super::places;
use super::token_rows;
use crate::api::inside::{Ask, Denied, path};
use crate::signed_in::fields::Dialog;
use crate::signed_in::listing::{instant, paged, rows, table, text, texts};
use crate::signed_in::{Page, Visit};
use grantd_pages::{Action, Block, Cell, Heading, Table, Weight, Words};
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
    let mut table = listed(visit, &found.items).await?;
    let mut fields = vec![pick::by_application(visit).await?, pick::by_user(visit)];
    if visit.actor.tenant().is_none() {
        fields.push(pick::by_tenant(visit).await?);
    }
    table.filters = Some(visit.filters(&here, fields));
    table.empty.action = places::lead(visit, places::APPLICATIONS);
    visit.sortable(
        &mut table,
        &here,
        &FILTERS,
        (
            &[(CREATED - usize::from(visit.actor.tenant().is_some()), "created")],
            "created",
        ),
    );
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
    Ok(Block::Table(Box::new(listed(visit, &found.items).await?)))
}

/// The column of when they began, where there is one for the tenant.
const CREATED: usize = 4;

async fn listed(visit: &Visit<'_>, grants: &[Value]) -> Result<Table, Denied> {
    let names = Names::of(visit, grants).await?;
    // All of a tenant's are in that tenant.
    let with_tenant = visit.actor.tenant().is_none();
    let rows = rows(grants, |grant| {
        let client = text(grant, "client_id");
        let called = names.client(client);
        let mut cells = vec![
            Cell::Link {
                text: Words::given(called),
                href: visit.url(&["grants", text(grant, "id")]),
                more: Some(client.to_owned()).filter(|id| id != called),
            },
            names.user_cell(visit, text(grant, "user_id")),
        ];
        cells.extend(with_tenant.then(|| names.tenant_cell(visit, text(grant, "tenant"))));
        cells.extend([
            token_rows::scopes(grant),
            instant(grant, "created_at"),
            instant(grant, "expires_at"),
        ]);
        cells
    });
    let mut columns = vec!["console-application", "console-user"];
    columns.extend(with_tenant.then_some("console-tenant"));
    columns.extend(["roles-permits", "console-created", "console-ends"]);
    let empty = ("console-grant-empty", "console-grant-empty-more");
    Ok(table(Words::say("console-grants"), &columns, rows, empty))
}

/// One: who allowed whom what.
pub(super) async fn show(visit: &Visit<'_>, id: &str) -> Page {
    let grant = visit.ask(Ask::get(path(&["grants", id]))).await?.body;
    let names = Names::of(visit, std::slice::from_ref(&grant)).await?;
    let client = text(&grant, "client_id");
    let end = visit.actor.may("grantd:grants:write").then(|| Action {
        label: Words::say("console-token-end"),
        href: visit.url(&["grants", id, "end"]),
        weight: Weight::Danger,
    });
    let heading = Heading {
        id: Some(id.to_owned()),
        back: Some((visit.at(places::GRANTS), places::GRANTS.title())),
        actions: end.into_iter().collect(),
        ..Heading::new(Words::given(names.client(client)))
    };
    let permits = Cell::Codes {
        texts: texts(&grant, "scopes"),
    };
    let facts = vec![
        (Words::say("console-application"), names.client_cell(visit, client)),
        (
            Words::say("console-user"),
            names.user_cell(visit, text(&grant, "user_id")),
        ),
        (
            Words::say("console-tenant"),
            names.tenant_cell(visit, text(&grant, "tenant")),
        ),
        (Words::say("roles-permits"), permits),
        (Words::say("console-created"), instant(&grant, "created_at")),
        (Words::say("console-changed"), instant(&grant, "updated_at")),
        (Words::say("console-ends"), instant(&grant, "expires_at")),
    ];
    visit.show(places::GRANTS, heading, vec![Block::Facts { facts }])
}

/// Asks, and ends one with everything that hangs off it.
pub(super) async fn end(visit: &Visit<'_>, id: &str) -> Page {
    let grant = visit.ask(Ask::get(path(&["grants", id]))).await?.body;
    let names = Names::of(visit, std::slice::from_ref(&grant)).await?;
    let called = names.client(text(&grant, "client_id"));
    let back = visit.url(&["grants", id]);
    let dialog = Dialog {
        place: places::GRANTS,
        heading: Heading {
            id: Some(id.to_owned()),
            back: Some((back.clone(), Words::given(called))),
            ..Heading::new(Words::say("console-grant-end-title").with("app", called))
        },
        consequences: vec![
            Words::say("console-grant-end-breaks"),
            Words::say("console-grant-end-again"),
        ],
        submit: Words::say("console-token-end"),
        weight: Weight::Danger,
        fields: Vec::new(),
        here: visit.url(&["grants", id, "end"]),
        back,
        on: visit.at(places::GRANTS),
        said: "console-done-ended",
    };
    visit
        .dialog(dialog, Ask::new(Method::DELETE, path(&["grants", id])))
        .await
}
