//! Who allowed an application what: by the names that it knows its users by.

use crate::api::inside::{Ask, path};
use crate::console::applications::{heading, load, pieces};
use crate::console::names::Names;
use crate::console::{places, token_rows};
use crate::signed_in::listing::{instant, paged, rows, table, text};
use crate::signed_in::{Page, Visit};
use grantd_pages::{Action, Weight, Words};

/// The list.
pub(crate) async fn list(visit: &Visit<'_>, id: &str) -> Page {
    let client = load(visit, id).await?.body;
    let mut heading = heading(visit, &client, "users");
    heading.lead = Some(Words::say("portal-users-lead"));
    let found = visit.listing(Ask::get(path(&["grants"])).query("client", id)).await?;
    let columns = [
        "portal-users-user",
        "portal-users-tenant",
        "portal-users-scopes",
        "portal-users-since",
        "portal-users-changed",
    ];
    let names = Names::of(visit, &found.items).await?;
    let rows = rows(&found.items, |grant| {
        vec![
            names.user_cell(visit, text(grant, "user_id")),
            names.tenant_cell(visit, text(grant, "tenant")),
            token_rows::scopes(grant),
            instant(grant, "created_at"),
            instant(grant, "updated_at"),
        ]
    });
    let empty = ("portal-users-empty", "portal-users-empty-more");
    let mut table = table(Words::say("portal-users"), &columns, rows, empty);
    table.empty.action = try_it(visit, id);
    let here = pieces(id, "users");
    let pager = visit.pager(&here, &[], found.next.as_deref());
    visit.show(places::APPLICATIONS, heading, vec![paged(table, pager)])
}

/// The next step where nobody has used an application yet: its developer can.
pub(super) fn try_it(visit: &Visit<'_>, id: &str) -> Option<Action> {
    visit.actor.developer().map(|_| Action {
        label: Words::say("portal-try"),
        href: visit.url(&pieces(id, "try")),
        weight: Weight::Secondary,
    })
}
