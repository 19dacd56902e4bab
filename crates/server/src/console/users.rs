//! Users: the list, a new one, and one with places, sessions and grants; and logging them out, disabling and deleting them.

use super::applications::state;
use super::names::Names;
use super::places;
use super::rename::{self, Renamed};
use super::{grants, links, sessions};
use crate::api::inside::{Ask, path};
use crate::signed_in::fields::{Dialog, hidden, line, password};
use crate::signed_in::listing::{code, flag, instant, paged, rows, table, text};
use crate::signed_in::{Page, Visit};
use grantd_pages::{Action, Block, Cell, Chip, Heading, Tone, Weight, Words};
use serde_json::{Value, json};

/// The list.
pub(super) async fn list(visit: &Visit<'_>) -> Page {
    let here = [places::USERS.path];
    let begins = visit.asked("username");
    let ask = Ask::get(path(&["users"])).query("prefix", begins);
    // Those whose names begin alike are sorted by name already.
    let sort = if begins.is_empty() { visit.asked("sort") } else { "" };
    let found = visit.listing(ask.query("sort", sort)).await?;
    let new = Action {
        label: Words::say("console-user-new"),
        href: visit.url(&["users", "new"]),
        weight: Weight::Primary,
    };
    let columns = [
        "console-user",
        "console-user-password",
        "console-state",
        "console-created",
    ];
    let rows = rows(&found.items, |user| {
        vec![
            Cell::Link {
                text: Words::given(text(user, "username")),
                href: visit.url(&["users", text(user, "id")]),
                more: Some(text(user, "id").to_owned()),
            },
            Cell::text(Words::say(if flag(user, "has_password") {
                "console-yes"
            } else {
                "console-no"
            })),
            state(user),
            instant(user, "created_at"),
        ]
    });
    let empty = ("console-user-empty", "console-user-empty-more");
    let mut table = table(places::USERS.title(), &columns, rows, empty);
    table.filters = Some(visit.filters(&here, vec![visit.search("username", Words::say("console-user-begins"))]));
    if begins.is_empty() {
        let columns = [(0, "username"), (3, "created")];
        visit.sortable(&mut table, &here, &[], (&columns, ""));
    }
    table.empty.action = Some(new.clone());
    let heading = Heading {
        lead: Some(Words::say("console-users-lead")),
        actions: vec![new],
        ..Heading::new(places::USERS.title())
    };
    let pager = visit.pager(&here, &["username"], found.next.as_deref());
    visit.show(places::USERS, heading, vec![paged(table, pager)])
}

/// A new user.
pub(super) async fn create(visit: &Visit<'_>) -> Page {
    let heading = Heading {
        back: Some((visit.at(places::USERS), places::USERS.title())),
        ..Heading::new(Words::say("console-user-new"))
    };
    let mut form = visit.new_form(visit.url(&["users", "new"]), Words::say("console-create"));
    form.cancel = Some(visit.at(places::USERS));
    form.fields = vec![
        line(
            "username",
            "console-user",
            Some("console-user-name-hint"),
            visit.field("username"),
        ),
        password("password", "console-user-password", Some("console-user-password-hint")),
    ];
    if visit.form.is_none() {
        return visit.show(places::USERS, heading, vec![Block::Form(Box::new(form))]);
    }
    let given = visit
        .form
        .as_ref()
        .and_then(|form| form.get("password"))
        .unwrap_or_default();
    let body = json!({ "username": visit.field("username"), "password": given });
    let ask = Ask::new(http::Method::POST, path(&["users"]))
        .body(body)
        .once(visit.once());
    match visit.ask(ask).await {
        Ok(made) => Ok(visit.done(&visit.url(&["users", text(&made.body, "id")]), "console-done-created")),
        Err(denied) => visit.again(places::USERS, heading, form, denied, &[]),
    }
}

/// One user.
pub(super) async fn show(visit: &Visit<'_>, id: &str) -> Page {
    let user = visit.ask(Ask::get(path(&["users", id]))).await?.body;
    let enabled = flag(&user, "enabled");
    let action = |label, page, weight| Action {
        label: Words::say(label),
        href: visit.url(&["users", id, page]),
        weight,
    };
    let switch = if enabled { "console-disable" } else { "console-enable" };
    let has_passkeys = user
        .get("passkeys")
        .and_then(Value::as_u64)
        .is_some_and(|count| count > 0);
    let mut actions = vec![
        action("console-rename", "rename", Weight::Secondary),
        action("console-user-set-password", "password", Weight::Secondary),
        action("console-sign-out-all", "sign-out", Weight::Secondary),
    ];
    if flag(&user, "second_step") {
        actions.push(action("console-user-second-step", "second-step", Weight::Secondary));
    }
    if has_passkeys {
        actions.push(action("console-user-passkeys", "passkeys", Weight::Secondary));
    }
    actions.extend([
        action(switch, "state", Weight::Secondary),
        action("console-delete", "delete", Weight::Danger),
    ]);
    let heading = Heading {
        id: Some(id.to_owned()),
        chips: vec![Chip {
            text: Words::say(if enabled { "console-enabled" } else { "console-disabled" }),
            tone: if enabled { Tone::Success } else { Tone::Warning },
        }],
        back: Some((visit.at(places::USERS), places::USERS.title())),
        actions,
        ..Heading::new(Words::given(text(&user, "username")))
    };
    let mut blocks = vec![section("console-user-places"), places(visit, id).await?];
    if let Some(links) = links::of(visit, id).await? {
        blocks.extend([section("console-links"), links]);
    }
    if visit.actor.may("grantd:sessions:read") {
        blocks.extend([section("console-sessions"), sessions::of(visit, id).await?]);
    }
    if visit.actor.may("grantd:grants:read") {
        blocks.extend([section("console-grants"), grants::of(visit, id).await?]);
    }
    visit.show(places::USERS, heading, blocks)
}

fn section(title: &'static str) -> Block {
    Block::Section {
        title: Words::say(title),
        lead: None,
    }
}

async fn places(visit: &Visit<'_>, id: &str) -> Result<Block, crate::api::inside::Denied> {
    let found = visit.all(Ask::get(path(&["users", id, "memberships"]))).await?;
    let names = Names::of(visit, &found.items).await?;
    let rows = rows(&found.items, |place| {
        vec![names.tenant_cell(visit, text(place, "tenant")), code(place, "role")]
    });
    let empty = ("console-user-places-empty", "console-user-places-empty-more");
    let columns = ["console-tenant", "console-role"];
    Ok(Block::Table(Box::new(table(
        Words::say("console-user-places"),
        &columns,
        rows,
        empty,
    ))))
}

/// Another name to log in with.
pub(super) async fn rename(visit: &Visit<'_>, id: &str) -> Page {
    let what = Renamed {
        place: places::USERS,
        pieces: ["users", id],
        member: "username",
        label: "console-user",
        hint: Some("console-user-name-hint"),
    };
    rename::show(visit, what).await
}

/// Asks for another password, and sets it.
pub(super) async fn set_password(visit: &Visit<'_>, id: &str) -> Page {
    let user = visit.ask(Ask::get(path(&["users", id]))).await?.body;
    let name = text(&user, "username");
    let home = visit.url(&["users", id]);
    let dialog = Dialog {
        place: places::USERS,
        heading: Heading {
            back: Some((home.clone(), Words::given(name))),
            ..Heading::new(Words::say("console-user-set-password-title").with("user", name))
        },
        consequences: vec![Words::say("console-user-set-password-breaks")],
        submit: Words::say("console-user-set-password"),
        weight: Weight::Danger,
        fields: vec![password(
            "password",
            "console-user-password",
            Some("console-user-password-hint"),
        )],
        here: visit.url(&["users", id, "password"]),
        back: home.clone(),
        on: home,
        said: "console-done-saved",
    };
    // A space at its end is part of a password.
    let given = visit.form.as_ref().and_then(|form| form.get("password"));
    let ask = Ask::new(http::Method::PUT, path(&["users", id, "password"]));
    let body = json!({ "password": given.unwrap_or_default() });
    visit.dialog(dialog, ask.body(body)).await
}

/// What can be done to a user, each with what it breaks.
pub(super) async fn deed(visit: &Visit<'_>, id: &str, what: &str) -> Page {
    let found = visit.ask(Ask::get(path(&["users", id]))).await?;
    // What the form asked about, and not what has become of it meanwhile.
    let enabled = match visit.field("from") {
        "" => flag(&found.body, "enabled"),
        from => from == "enabled",
    };
    let home = visit.url(&["users", id]);
    let (title, breaks, submit, said, ask) = match what {
        "sign-out" => (
            "console-sign-out-all-title",
            "console-sign-out-all-breaks",
            "console-sign-out-all",
            "console-done-signed-out",
            Ask::new(http::Method::DELETE, path(&["users", id, "sessions"])),
        ),
        "second-step" => (
            "console-user-second-step-title",
            "console-user-second-step-breaks",
            "console-user-second-step",
            "console-done-second-step",
            Ask::new(http::Method::DELETE, path(&["users", id, "second-step"])),
        ),
        "passkeys" => (
            "console-user-passkeys-title",
            "console-user-passkeys-breaks",
            "console-user-passkeys",
            "console-done-passkeys",
            Ask::new(http::Method::DELETE, path(&["users", id, "passkeys"])),
        ),
        "delete" => (
            "console-user-delete-title",
            "console-user-delete-breaks",
            "console-delete",
            "console-done-deleted",
            Ask::new(http::Method::DELETE, path(&["users", id])),
        ),
        _ => (
            if enabled {
                "console-user-disable-title"
            } else {
                "console-user-enable-title"
            },
            if enabled {
                "console-user-disable-breaks"
            } else {
                "console-user-enable-breaks"
            },
            if enabled { "console-disable" } else { "console-enable" },
            "console-done-saved",
            Ask::new(http::Method::PATCH, path(&["users", id])).body(json!({ "enabled": !enabled })),
        ),
    };
    let name = text(&found.body, "username");
    let dialog = Dialog {
        place: places::USERS,
        heading: Heading {
            back: Some((home.clone(), Words::given(name))),
            ..Heading::new(Words::say(title).with("user", name))
        },
        consequences: vec![Words::say(breaks)],
        submit: Words::say(submit),
        weight: Weight::Danger,
        fields: vec![hidden("from", if enabled { "enabled" } else { "disabled" })],
        here: visit.url(&["users", id, what]),
        back: home.clone(),
        on: if what == "delete" {
            visit.at(places::USERS)
        } else {
            home
        },
        said,
    };
    visit.dialog(dialog, ask).await
}
