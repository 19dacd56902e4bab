//! Roles: those of the realm's file, which are read, and those of the database, which are made, changed and deleted here.

use super::permission_field::{self, Choice, Hints};
use super::places;
use crate::api::inside::{Ask, Denied, path};
use crate::signed_in::fields::{Dialog, hidden, line, optional};
use crate::signed_in::listing::{code, flag, instant, paged, rows, table, text, texts};
use crate::signed_in::{Page, Visit};
use grantd_pages::{Action, Block, Cell, Field, Heading, Tone, Weight, Words};
use http::Method;
use serde_json::{Value, json};

/// Whether the visitor changes roles: a tenant's administrator reads them, whatever their own permits.
fn changes(visit: &Visit<'_>) -> bool {
    visit.actor.governs() && visit.actor.may("grantd:roles:write")
}

/// The list.
pub(super) async fn list(visit: &Visit<'_>) -> Page {
    let found = visit.listing(Ask::get(path(&["roles"]))).await?;
    let rows = rows(&found.items, |role| {
        let name = text(role, "name");
        vec![
            Cell::Link {
                text: Words::given(name),
                href: visit.url(&["roles", name]),
                more: Some(text(role, "description").to_owned()).filter(|text| !text.is_empty()),
            },
            Cell::Codes {
                texts: texts(role, "permissions"),
            },
            origin(role),
            instant(role, "created_at"),
        ]
    });
    let columns = ["console-role", "roles-permits", "roles-origin", "console-created"];
    let mut table = table(
        places::ROLES.title(),
        &columns,
        rows,
        ("roles-empty", "roles-empty-more"),
    );
    let new = changes(visit).then(|| Action {
        label: Words::say("roles-new"),
        href: visit.url(&["roles", "new"]),
        weight: Weight::Primary,
    });
    table.empty.action.clone_from(&new);
    let heading = Heading {
        lead: Some(Words::say("roles-lead")),
        actions: new.into_iter().collect(),
        ..Heading::new(places::ROLES.title())
    };
    let pager = visit.pager(&[places::ROLES.path], &[], found.next.as_deref());
    let mut blocks: Vec<Block> = hidden_ones(visit).into_iter().collect();
    blocks.push(paged(table, pager));
    visit.show(places::ROLES, heading, blocks)
}

/// Where a role is from, and whether it stands before another.
fn origin(role: &Value) -> Cell {
    let mut chips = vec![match text(role, "source") {
        "database" => (Words::say("roles-of-database"), Tone::Info),
        _ => (Words::say("roles-of-file"), Tone::Plain),
    }];
    if flag(role, "hides_stored") {
        chips.push((Words::say("roles-hides"), Tone::Warning));
    }
    Cell::Chips { chips }
}

/// What whoever runs the realm should know: roles of the database that do not count.
pub(super) fn hidden_ones(visit: &Visit<'_>) -> Option<Block> {
    let hidden = &visit.request.realm.config.realm.stored_roles.hidden;
    if hidden.is_empty() || !visit.actor.governs() {
        return None;
    }
    let names: Vec<&str> = hidden.iter().map(|name| &**name).collect();
    Some(Block::Notice {
        tone: Tone::Warning,
        title: Words::say("roles-hidden").with("names", names.join(", ")),
        text: Some(Words::say("roles-hidden-more")),
        action: None,
    })
}

/// A new one.
pub(super) async fn create(visit: &Visit<'_>) -> Page {
    let heading = Heading {
        lead: Some(Words::say("roles-new-lead")),
        back: Some((visit.at(places::ROLES), places::ROLES.title())),
        ..Heading::new(Words::say("roles-new"))
    };
    let permissions = permission_field::sent(visit, "permissions");
    let mut form = visit.new_form(visit.url(&["roles", "new"]), Words::say("console-create"));
    form.cancel = Some(visit.at(places::ROLES));
    form.fields = vec![line(
        "name",
        "console-name",
        Some("roles-name-hint"),
        visit.field("name"),
    )];
    form.fields
        .extend(fields(visit, visit.field("description"), &permissions, &[]).await?);
    if visit.form.is_none() {
        return visit.show(places::ROLES, heading, vec![Block::Form(Box::new(form))]);
    }
    let mut body = described(visit, &permissions);
    if let Some(members) = body.as_object_mut() {
        members.insert("name".to_owned(), visit.field("name").into());
    }
    let ask = Ask::new(Method::POST, path(&["roles"])).body(body);
    match visit.ask(ask.once(visit.once())).await {
        Ok(_) => Ok(visit.done(&visit.at(places::ROLES), "console-done-created")),
        Err(denied) => visit.again(places::ROLES, heading, form, denied, &[]),
    }
}

/// What a role says about itself and permits; `held` is what it permits now.
async fn fields(
    visit: &Visit<'_>,
    description: &str,
    chosen: &[String],
    held: &[String],
) -> Result<Vec<Field>, Denied> {
    let choice = Choice {
        chosen,
        held,
        own: true,
        ..Choice::default()
    };
    let hints = Hints {
        ticked: "roles-permissions-hint",
        written: "roles-permissions-written",
    };
    Ok(vec![
        optional(
            "description",
            "roles-description",
            Some("roles-description-hint"),
            description,
        ),
        permission_field::field(visit, "permissions", "console-permissions", hints, choice).await?,
    ])
}

/// What the form says, as the API takes it: an empty line says nothing.
fn described(visit: &Visit<'_>, permissions: &[String]) -> Value {
    let description = Some(visit.field("description")).filter(|text| !text.trim().is_empty());
    json!({ "description": description, "permissions": permissions })
}

/// One; with its form, where it can be changed.
pub(super) async fn show(visit: &Visit<'_>, name: &str) -> Page {
    let found = visit.ask(Ask::get(path(&["roles", name]))).await?;
    let role = &found.body;
    let (mine, stored) = (changes(visit), text(role, "source") == "database");
    let mut heading = Heading {
        back: Some((visit.at(places::ROLES), places::ROLES.title())),
        ..Heading::new(Words::given(name))
    };
    heading
        .actions
        .extend((mine && (stored || flag(role, "hides_stored"))).then(|| Action {
            label: Words::say("console-delete"),
            href: visit.url(&["roles", name, "delete"]),
            weight: Weight::Danger,
        }));
    if !(mine && stored) {
        return visit.show(places::ROLES, heading, vec![facts(role, true)]);
    }
    let here = visit.url(&["roles", name]);
    let mut form = visit.new_form(here.clone(), Words::say("console-save"));
    form.lead = Some(Words::say("roles-change-lead"));
    form.cancel = Some(visit.at(places::ROLES));
    let sent = visit.form.is_some();
    let shown = |field: &str, now: &str| if sent { visit.field(field) } else { now }.to_owned();
    let held = texts(role, "permissions");
    let permissions = if sent {
        permission_field::sent(visit, "permissions")
    } else {
        held.clone()
    };
    let description = shown("description", text(role, "description"));
    form.fields = fields(visit, &description, &permissions, &held).await?;
    let etag = shown("etag", found.etag.as_deref().unwrap_or_default());
    form.fields.push(hidden("etag", &etag));
    if !sent {
        return visit.show(
            places::ROLES,
            heading,
            vec![facts(role, false), Block::Form(Box::new(form))],
        );
    }
    let ask = Ask::new(Method::PATCH, path(&["roles", name])).body(described(visit, &permissions));
    match visit.ask(ask.if_match(Some(visit.field("etag")))).await {
        Ok(_) => Ok(visit.done(&here, "console-done-saved")),
        Err(denied) => visit.again(places::ROLES, heading, form, denied, &[]),
    }
}

/// Where it is from and who has it; and what it permits, where no form says so.
fn facts(role: &Value, permits: bool) -> Block {
    let mut facts = vec![(Words::say("roles-origin"), origin(role))];
    if permits {
        facts.push((Words::say("roles-description"), code(role, "description")));
        let permissions = Cell::Codes {
            texts: texts(role, "permissions"),
        };
        facts.push((Words::say("roles-permits"), permissions));
    }
    if let Some(holders) = role.get("holders") {
        let count = |name: &str| holders.get(name).and_then(Value::as_u64).unwrap_or_default();
        let said = Words::say("roles-holders-count")
            .with("members", count("members").to_string())
            .with("accounts", count("service_accounts").to_string())
            .with("keys", count("api_keys").to_string());
        facts.push((Words::say("roles-holders"), Cell::text(said)));
    }
    Block::Facts { facts }
}

/// Asks, and deletes it.
pub(super) async fn delete(visit: &Visit<'_>, name: &str) -> Page {
    let role = visit.ask(Ask::get(path(&["roles", name]))).await?.body;
    let back = visit.url(&["roles", name]);
    let consequence = if flag(&role, "hides_stored") {
        "roles-delete-hidden"
    } else {
        "roles-delete-breaks"
    };
    let dialog = Dialog {
        place: places::ROLES,
        heading: Heading {
            back: Some((back.clone(), Words::given(name))),
            ..Heading::new(Words::say("roles-delete-title").with("role", name))
        },
        consequences: vec![Words::say(consequence)],
        submit: Words::say("console-delete"),
        weight: Weight::Danger,
        fields: Vec::new(),
        here: visit.url(&["roles", name, "delete"]),
        back,
        on: visit.at(places::ROLES),
        said: "console-done-deleted",
    };
    visit
        .dialog(dialog, Ask::new(Method::DELETE, path(&["roles", name])))
        .await
}

#[cfg(test)]
mod tests {
    use grantd_pages::Pages;
    use std::collections::BTreeSet;

    #[test]
    fn every_text_of_roles_is_there_and_none_is_left_over() {
        let texts = include_str!("roles.rs").split('"');
        let used: BTreeSet<String> = texts
            .filter(|piece| piece.strip_prefix("roles-").is_some_and(|rest| !rest.is_empty()))
            .map(str::to_owned)
            .collect();
        let known: BTreeSet<String> = Pages::keys_of("roles").into_iter().collect();
        assert_eq!(used, known);
    }
}
