//! Tenants: the list, a new one, one with its members, and its end.

use super::applications::state;
use super::members;
use super::places;
use super::rename::{self, Renamed};
use crate::api::inside::{Ask, path};
use crate::signed_in::fields::{Dialog, hidden, line};
use crate::signed_in::listing::{flag, instant, paged, rows, table, text};
use crate::signed_in::{Page, Place, Visit};
use grantd_pages::{Action, Block, Cell, Heading, Weight, Words};
use serde_json::json;

/// The list.
pub(super) async fn list(visit: &Visit<'_>) -> Page {
    listed(visit, places::TENANTS).await
}

/// The tenants again: service accounts are found within one.
pub(super) async fn service_accounts(visit: &Visit<'_>) -> Page {
    listed(visit, places::SERVICE_ACCOUNTS).await
}

async fn listed(visit: &Visit<'_>, place: Place) -> Page {
    let found = visit
        .listing(Ask::get(path(&["tenants"])).query("q", visit.asked("q")))
        .await?;
    let accounts = place == places::SERVICE_ACCOUNTS;
    let rows = rows(&found.items, |tenant| {
        let id = text(tenant, "id");
        let href = if accounts {
            visit.url(&["service-accounts", id])
        } else {
            visit.url(&["tenants", id])
        };
        vec![
            Cell::Link {
                text: Words::given(text(tenant, "name")),
                href,
                more: Some(id.to_owned()),
            },
            state(tenant),
            instant(tenant, "created_at"),
        ]
    });
    let columns = ["console-tenant", "console-state", "console-created"];
    let empty = ("console-tenant-empty", "console-tenant-empty-more");
    let mut table = table(place.title(), &columns, rows, empty);
    let new = visit.actor.may("grantd:tenants:write").then(|| Action {
        label: Words::say("console-tenant-new"),
        href: visit.url(&["tenants", "new"]),
        weight: Weight::Primary,
    });
    let here = [place.path];
    table.filters = Some(visit.filters(&here, vec![visit.search("q", Words::say("console-search"))]));
    table.empty.action.clone_from(&new);
    let heading = Heading {
        lead: Some(Words::say(if accounts {
            "console-accounts-lead"
        } else {
            "console-tenants-lead"
        })),
        actions: new.filter(|_| !accounts).into_iter().collect(),
        ..Heading::new(place.title())
    };
    let pager = visit.pager(&here, &["q"], found.next.as_deref());
    visit.show(place, heading, vec![paged(table, pager)])
}

/// A new tenant.
pub(super) async fn create(visit: &Visit<'_>) -> Page {
    let heading = Heading {
        back: Some((visit.at(places::TENANTS), places::TENANTS.title())),
        ..Heading::new(Words::say("console-tenant-new"))
    };
    let mut form = visit.new_form(visit.url(&["tenants", "new"]), Words::say("console-create"));
    form.cancel = Some(visit.at(places::TENANTS));
    form.fields = vec![
        line(
            "id",
            "console-tenant-id",
            Some("console-tenant-id-hint"),
            visit.field("id"),
        ),
        line("name", "console-name", None, visit.field("name")),
    ];
    if visit.form.is_none() {
        return visit.show(places::TENANTS, heading, vec![Block::Form(Box::new(form))]);
    }
    let body = json!({ "id": visit.field("id"), "name": visit.field("name") });
    let ask = Ask::new(http::Method::POST, path(&["tenants"]))
        .body(body)
        .once(visit.once());
    match visit.ask(ask).await {
        Ok(made) => Ok(visit.done(&visit.url(&["tenants", text(&made.body, "id")]), "console-done-created")),
        Err(denied) => visit.again(places::TENANTS, heading, form, denied, &[]),
    }
}

/// One tenant.
pub(super) async fn show(visit: &Visit<'_>, id: &str) -> Page {
    let own = visit.actor.tenant().is_some();
    // A tenant's administrators see its members, whether or not they may look at the tenant.
    let tenant = match own && !visit.actor.may("grantd:tenants:read") {
        true => json!({ "id": id, "name": id, "enabled": true }),
        false => visit.ask(Ask::get(path(&["tenants", id]))).await?.body,
    };
    let enabled = flag(&tenant, "enabled");
    let action = |label, page, weight| Action {
        label: Words::say(label),
        href: visit.url(&["tenants", id, page]),
        weight,
    };
    let third_party = visit.actor.may("grantd:apps:read").then(|| Action {
        label: places::THIRD_PARTY.title(),
        href: visit.url(&["tenants", id, "apps"]),
        weight: Weight::Secondary,
    });
    let accounts = places::SERVICE_ACCOUNTS.is_open_to(&visit.actor).then(|| Action {
        label: places::SERVICE_ACCOUNTS.title(),
        href: visit.url(&["service-accounts", id]),
        weight: Weight::Secondary,
    });
    let key = visit.actor.may("grantd:api-keys:write").then(|| Action {
        label: Words::say("console-api-key-new"),
        href: visit.url_with(&["api-keys", "new"], &[("tenant", id)]),
        weight: Weight::Secondary,
    });
    let switch = if enabled { "console-disable" } else { "console-enable" };
    let changes = match own || !visit.actor.may("grantd:tenants:write") {
        true => Vec::new(),
        false => vec![
            action("console-rename", "rename", Weight::Secondary),
            action(switch, "state", Weight::Secondary),
            action("console-delete", "delete", Weight::Danger),
        ],
    };
    let heading = Heading {
        id: Some(id.to_owned()),
        back: (!own).then(|| (visit.at(places::TENANTS), places::TENANTS.title())),
        actions: match own {
            true => changes,
            false => [third_party, accounts, key]
                .into_iter()
                .flatten()
                .chain(changes)
                .collect(),
        },
        ..Heading::new(Words::given(text(&tenant, "name")))
    };
    let mut blocks = vec![Block::Facts {
        facts: vec![
            (Words::say("console-state"), state(&tenant)),
            (Words::say("console-created"), instant(&tenant, "created_at")),
        ],
    }];
    if visit.actor.may("grantd:members:read") {
        blocks.extend(members::section(visit, id).await?);
    }
    visit.show(places::TENANTS, heading, blocks)
}

/// Another name for a tenant.
pub(super) async fn rename(visit: &Visit<'_>, id: &str) -> Page {
    let what = Renamed {
        place: places::TENANTS,
        pieces: ["tenants", id],
        member: "name",
        label: "console-name",
        hint: None,
    };
    rename::show(visit, what).await
}

/// Disabling and deleting a tenant.
pub(super) async fn deed(visit: &Visit<'_>, id: &str, what: &str) -> Page {
    let found = visit.ask(Ask::get(path(&["tenants", id]))).await?;
    // What the form asked about, and not what has become of it meanwhile.
    let enabled = match visit.field("from") {
        "" => flag(&found.body, "enabled"),
        from => from == "enabled",
    };
    let home = visit.url(&["tenants", id]);
    let one = path(&["tenants", id]);
    let (title, breaks, submit, ask) = match (what, enabled) {
        ("delete", _) => (
            "console-tenant-delete-title",
            "console-tenant-delete-breaks",
            "console-delete",
            Ask::new(http::Method::DELETE, one),
        ),
        (_, true) => (
            "console-tenant-disable-title",
            "console-tenant-disable-breaks",
            "console-disable",
            Ask::new(http::Method::PATCH, one).body(json!({ "enabled": false })),
        ),
        (_, false) => (
            "console-tenant-enable-title",
            "console-tenant-enable-breaks",
            "console-enable",
            Ask::new(http::Method::PATCH, one).body(json!({ "enabled": true })),
        ),
    };
    let name = text(&found.body, "name");
    let deleted = what == "delete";
    let dialog = Dialog {
        place: places::TENANTS,
        heading: Heading {
            back: Some((home.clone(), Words::given(name))),
            ..Heading::new(Words::say(title).with("tenant", name))
        },
        consequences: vec![Words::say(breaks)],
        submit: Words::say(submit),
        weight: Weight::Danger,
        fields: vec![hidden("from", if enabled { "enabled" } else { "disabled" })],
        here: visit.url(&["tenants", id, what]),
        back: home.clone(),
        on: if deleted { visit.at(places::TENANTS) } else { home },
        said: if deleted {
            "console-done-deleted"
        } else {
            "console-done-saved"
        },
    };
    visit.dialog(dialog, ask).await
}
