//! Who belongs to a tenant: members are added by the name that they log in with, get another role, and leave.

use super::places;
use crate::api::inside::{Ask, Denied, path};
use crate::signed_in::fields::{Dialog, line, select};
use crate::signed_in::listing::{code, paged, rows, table, text};
use crate::signed_in::{Page, Visit};
use grantd_pages::{Action, Block, Cell, Heading, Weight, Words};
use http::Method;
use serde_json::{Value, json};

/// The members of a tenant, on its page.
///
/// # Errors
/// See [`Denied`].
pub(super) async fn section(visit: &Visit<'_>, tenant: &str) -> Result<Vec<Block>, Denied> {
    let changes = visit.actor.may("grantd:members:write");
    let ask = Ask::get(path(&["tenants", tenant, "members"])).query("role", visit.asked("role"));
    let found = visit.listing(ask).await?;
    let rows = rows(&found.items, |member| {
        let user = text(member, "user_id");
        let name = Words::given(name(member));
        let first = match changes {
            true => Cell::Link {
                text: name,
                href: visit.url(&["tenants", tenant, "members", user]),
                more: Some(user.to_owned()),
            },
            false => Cell::text(name),
        };
        vec![first, code(member, "role")]
    });
    let empty = ("console-member-empty", "console-member-empty-more");
    let columns = ["console-user", "console-role"];
    let mut members = table(Words::say("console-members"), &columns, rows, empty);
    let add = changes.then(|| Action {
        label: Words::say("console-member-add"),
        href: visit.url(&["tenants", tenant, "members", "new"]),
        weight: Weight::Primary,
    });
    members.empty.action.clone_from(&add);
    let here = ["tenants", tenant];
    let offers = roles(visit).await?;
    let offers = offers.iter().map(|role| (role.as_str(), Words::given(role.clone())));
    let fields = vec![visit.choice("role", Words::say("console-role"), offers.collect())];
    members.filters = Some(visit.filters(&here, fields));
    let pager = visit.pager(&here, &["role"], found.next.as_deref());
    let mut blocks = vec![Block::Section {
        title: Words::say("console-members"),
        lead: None,
    }];
    blocks.extend(
        add.filter(|_| !found.items.is_empty())
            .map(|add| Block::Actions { actions: vec![add] }),
    );
    blocks.push(paged(members, pager));
    Ok(blocks)
}

/// What a member is called: by the name, or the id where the user is gone.
fn name(member: &Value) -> &str {
    match text(member, "username") {
        "" => text(member, "user_id"),
        name => name,
    }
}

/// The names of the realm's roles; none for somebody who may not read them.
///
/// # Errors
/// See [`Denied`].
pub(super) async fn roles(visit: &Visit<'_>) -> Result<Vec<String>, Denied> {
    if !visit.actor.may("grantd:roles:read") {
        return Ok(Vec::new());
    }
    let found = visit.all(Ask::get(path(&["roles"])).query("limit", "200")).await?;
    Ok(found.items.iter().map(|role| text(role, "name").to_owned()).collect())
}

/// A field for a role: a choice where the roles are known, a line where they are not.
pub(super) fn role_field(roles: &[String], chosen: &str) -> grantd_pages::Field {
    let hint = Some("console-member-role-hint");
    match roles {
        [] => line("role", "console-role", hint, chosen),
        roles => select("role", "console-role", hint, roles, chosen),
    }
}

/// What a tenant's page is called: by the tenant's name, or the id for whoever may not read it.
pub(super) async fn called(visit: &Visit<'_>, tenant: &str) -> Words {
    Words::given(name_of_tenant(visit, tenant).await)
}

/// What a tenant is called: by its name, or the id for whoever may not read it.
pub(super) async fn name_of_tenant(visit: &Visit<'_>, tenant: &str) -> String {
    let found = match visit.actor.may("grantd:tenants:read") {
        true => visit.ask(Ask::get(path(&["tenants", tenant]))).await.ok(),
        false => None,
    };
    let name = found.map(|found| text(&found.body, "name").to_owned());
    name.unwrap_or_else(|| tenant.to_owned())
}

/// A new member.
pub(super) async fn add(visit: &Visit<'_>, tenant: &str) -> Page {
    let home = visit.url(&["tenants", tenant]);
    let heading = Heading {
        lead: Some(Words::say("console-member-add-lead")),
        back: Some((home.clone(), called(visit, tenant).await)),
        ..Heading::new(Words::say("console-member-add"))
    };
    let roles = roles(visit).await?;
    let here = visit.url(&["tenants", tenant, "members", "new"]);
    let mut form = visit.new_form(here, Words::say("console-member-add"));
    form.cancel = Some(home.clone());
    form.fields = vec![
        line(
            "username",
            "console-user",
            Some("console-member-name-hint"),
            visit.field("username"),
        ),
        role_field(&roles, visit.field("role")),
    ];
    if visit.form.is_none() {
        return visit.show(places::TENANTS, heading, vec![Block::Form(Box::new(form))]);
    }
    let body = json!({ "username": visit.field("username"), "role": visit.field("role") });
    let ask = Ask::new(Method::POST, path(&["tenants", tenant, "members"])).body(body);
    match visit.ask(ask).await {
        Ok(_) => Ok(visit.done(&home, "console-done-added")),
        Err(denied) => visit.again(places::TENANTS, heading, form, denied, &[]),
    }
}

/// Another role for a member, and the way out of the tenant.
pub(super) async fn change(visit: &Visit<'_>, tenant: &str, user: &str) -> Page {
    let one = path(&["tenants", tenant, "members", user]);
    let member = visit.ask(Ask::get(one.clone())).await?.body;
    let home = visit.url(&["tenants", tenant]);
    let heading = Heading {
        id: Some(user.to_owned()),
        back: Some((home.clone(), called(visit, tenant).await)),
        actions: vec![Action {
            label: Words::say("console-member-remove"),
            href: visit.url(&["tenants", tenant, "members", user, "remove"]),
            weight: Weight::Danger,
        }],
        ..Heading::new(Words::given(name(&member)))
    };
    let roles = roles(visit).await?;
    let chosen = match visit.field("role") {
        "" => text(&member, "role"),
        role => role,
    };
    let here = visit.url(&["tenants", tenant, "members", user]);
    let mut form = visit.new_form(here, Words::say("console-save"));
    form.lead = Some(Words::say("console-member-change-lead"));
    form.cancel = Some(home.clone());
    form.fields = vec![role_field(&roles, chosen)];
    if visit.form.is_none() {
        return visit.show(places::TENANTS, heading, vec![Block::Form(Box::new(form))]);
    }
    let ask = Ask::new(Method::PUT, one).body(json!({ "role": visit.field("role") }));
    match visit.ask(ask).await {
        Ok(_) => Ok(visit.done(&home, "console-done-saved")),
        Err(denied) => visit.again(places::TENANTS, heading, form, denied, &[]),
    }
}

/// Asks, and takes a member's place away.
pub(super) async fn remove(visit: &Visit<'_>, tenant: &str, user: &str) -> Page {
    let one = path(&["tenants", tenant, "members", user]);
    let member = visit.ask(Ask::get(one.clone())).await?.body;
    let back = visit.url(&["tenants", tenant, "members", user]);
    let name = name(&member);
    let dialog = Dialog {
        place: places::TENANTS,
        heading: Heading {
            back: Some((back.clone(), Words::given(name))),
            ..Heading::new(
                Words::say("console-member-remove-title")
                    .with("user", name)
                    .with("tenant", name_of_tenant(visit, tenant).await),
            )
        },
        consequences: vec![
            Words::say("console-member-remove-breaks"),
            Words::say("console-member-remove-keeps"),
        ],
        submit: Words::say("console-member-remove"),
        weight: Weight::Danger,
        fields: Vec::new(),
        here: visit.url(&["tenants", tenant, "members", user, "remove"]),
        back,
        on: visit.url(&["tenants", tenant]),
        said: "console-done-removed",
    };
    visit.dialog(dialog, Ask::new(Method::DELETE, one)).await
}
