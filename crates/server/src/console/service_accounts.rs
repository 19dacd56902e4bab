//! The service accounts of one tenant: machines with a role there. Made, changed, given another secret, deleted.

use super::applications::create::{Around, shown_once};
use super::applications::state;
use super::credentials::Rotation;
use super::members::{name_of_tenant, role_field, roles};
use super::permission_field::{self, Choice, Hints};
use super::places;
use super::token_rows;
use crate::api::inside::{Answered, Ask, Denied, path};
use crate::signed_in::fields::{Dialog, hidden, line, radios};
use crate::signed_in::listing::{code, flag, instant, paged, rows, table, text, texts};
use crate::signed_in::{Page, Visit};
use grantd_pages::{Action, Block, Cell, Field, Heading, LocalUrl, Weight, Words};
use http::Method;
use serde_json::{Value, json};
use std::ops::ControlFlow;

const STATES: &[(&str, &str, Option<&str>)] = &[
    ("on", "console-enabled", None),
    ("off", "console-disabled", Some("console-app-disabled-means")),
];

/// What the list is called.
async fn accounts_of(visit: &Visit<'_>, tenant: &str) -> Words {
    Words::say("console-accounts-of").with("tenant", name_of_tenant(visit, tenant).await)
}

/// The list.
pub(super) async fn list(visit: &Visit<'_>, tenant: &str) -> Page {
    let found = visit
        .listing(Ask::get(path(&["tenants", tenant, "service-accounts"])))
        .await?;
    let rows = rows(&found.items, |account| {
        let client = text(account, "client_id");
        vec![
            Cell::Link {
                text: Words::given(text(account, "name")),
                href: visit.url(&["service-accounts", tenant, client]),
                more: Some(client.to_owned()),
            },
            code(account, "role"),
            token_rows::scopes(account),
            state(account),
            instant(account, "created_at"),
        ]
    });
    let columns = [
        "console-name",
        "console-role",
        "roles-permits",
        "console-state",
        "console-created",
    ];
    let empty = ("console-account-empty", "console-account-empty-more");
    let mut table = table(places::SERVICE_ACCOUNTS.title(), &columns, rows, empty);
    let new = Action {
        label: Words::say("console-account-new"),
        href: visit.url(&["service-accounts", tenant, "new"]),
        weight: Weight::Primary,
    };
    table.empty.action = Some(new.clone());
    let all = (visit.at(places::SERVICE_ACCOUNTS), places::SERVICE_ACCOUNTS.title());
    let heading = Heading {
        id: Some(tenant.to_owned()),
        back: visit.actor.tenant().is_none().then_some(all),
        actions: vec![new],
        ..Heading::new(accounts_of(visit, tenant).await)
    };
    let pager = visit.pager(&["service-accounts", tenant], &[], found.next.as_deref());
    visit.show(places::SERVICE_ACCOUNTS, heading, vec![paged(table, pager)])
}

/// A new one; its secret is shown once.
pub(super) async fn create(visit: &Visit<'_>, tenant: &str) -> Page {
    let home = visit.url(&["service-accounts", tenant]);
    let heading = Heading {
        lead: Some(Words::say("console-account-new-lead")),
        back: Some((home.clone(), accounts_of(visit, tenant).await)),
        ..Heading::new(Words::say("console-account-new"))
    };
    let roles = roles(visit).await?;
    let here = visit.url(&["service-accounts", tenant, "new"]);
    let mut form = visit.new_form(here, Words::say("console-create"));
    form.cancel = Some(home);
    let scopes = permission_field::sent(visit, "scopes");
    let role = role_field(&roles, visit.field("role"));
    form.fields = vec![
        name_field(visit.field("name")),
        role,
        scopes_field(visit, &scopes, None).await?,
    ];
    if visit.form.is_none() {
        return visit.show(places::SERVICE_ACCOUNTS, heading, vec![Block::Form(Box::new(form))]);
    }
    let mut body = json!({ "name": visit.field("name"), "role": visit.field("role") });
    if let Some(members) = body.as_object_mut().filter(|_| !scopes.is_empty()) {
        members.insert("scopes".to_owned(), json!(scopes));
    }
    let ask = Ask::new(Method::POST, path(&["tenants", tenant, "service-accounts"]));
    match visit.ask(ask.body(body).once(visit.once())).await {
        Ok(made) => {
            let list = accounts_of(visit, tenant).await;
            let list = (visit.url(&["service-accounts", tenant]), list);
            made_known(visit, tenant, &made.body, list)
        }
        Err(denied) => visit.again(places::SERVICE_ACCOUNTS, heading, form, denied, &[]),
    }
}

fn made_known(visit: &Visit<'_>, tenant: &str, account: &Value, back: (LocalUrl, Words)) -> Page {
    let home = visit.url(&["service-accounts", tenant, text(account, "client_id")]);
    shown_once(visit, places::SERVICE_ACCOUNTS, account, Around { home, back }, None)
}

fn name_field(name: &str) -> Field {
    line("name", "console-name", Some("console-account-name-hint"), name)
}

/// What an account may ask for; `held` is what one that is there may now.
async fn scopes_field(visit: &Visit<'_>, chosen: &[String], held: Option<&[String]>) -> Result<Field, Denied> {
    let choice = Choice {
        chosen,
        held: held.unwrap_or_default(),
        own: true,
        ..Choice::default()
    };
    // Of a new one nothing narrower was asked for; of one that is there everything was taken away.
    let hints = match held {
        None => Hints {
            ticked: "console-account-scopes-hint",
            written: "console-account-scopes-written",
        },
        Some(_) => Hints {
            ticked: "console-account-scopes-change",
            written: "console-scopes-written",
        },
    };
    permission_field::field(visit, "scopes", "console-permissions", hints, choice).await
}

async fn load(visit: &Visit<'_>, tenant: &str, id: &str) -> Result<Answered, Denied> {
    visit
        .ask(Ask::get(path(&["tenants", tenant, "service-accounts", id])))
        .await
}

/// One, with its form.
pub(super) async fn change(visit: &Visit<'_>, tenant: &str, id: &str) -> Page {
    let found = load(visit, tenant, id).await?;
    let account = &found.body;
    let action = |label, page, weight| Action {
        label: Words::say(label),
        href: visit.url(&["service-accounts", tenant, id, page]),
        weight,
    };
    let heading = Heading {
        id: Some(id.to_owned()),
        back: Some((
            visit.url(&["service-accounts", tenant]),
            accounts_of(visit, tenant).await,
        )),
        actions: vec![
            action("console-secret-rotate", "rotate", Weight::Secondary),
            action("console-delete", "delete", Weight::Danger),
        ],
        ..Heading::new(Words::given(text(account, "name")))
    };
    let here = visit.url(&["service-accounts", tenant, id]);
    let mut form = visit.new_form(here.clone(), Words::say("console-save"));
    let sent = visit.form.is_some();
    let shown = |name: &str, now: String| if sent { visit.field(name).to_owned() } else { now };
    let held = texts(account, "scopes");
    let scopes = match sent {
        true => permission_field::sent(visit, "scopes"),
        false => held.clone(),
    };
    let state = shown("state", if flag(account, "enabled") { "on" } else { "off" }.to_owned());
    let role = shown("role", text(account, "role").to_owned());
    form.fields = vec![
        name_field(&shown("name", text(account, "name").to_owned())),
        role_field(&roles(visit).await?, &role),
        scopes_field(visit, &scopes, Some(&held)).await?,
        radios("state", "console-state", STATES, &state),
        hidden("etag", &shown("etag", found.etag.clone().unwrap_or_default())),
    ];
    if !sent {
        return visit.show(places::SERVICE_ACCOUNTS, heading, vec![Block::Form(Box::new(form))]);
    }
    let body = json!({
        "name": visit.field("name"),
        "role": visit.field("role"),
        "scopes": scopes,
        // What it gets when it asks for nothing is what it may have.
        "default_scopes": scopes,
        "enabled": state == "on",
    });
    let ask = Ask::new(Method::PATCH, path(&["tenants", tenant, "service-accounts", id]));
    match visit.ask(ask.body(body).if_match(Some(visit.field("etag")))).await {
        Ok(_) => Ok(visit.done(&here, "console-done-saved")),
        Err(denied) => visit.again(
            places::SERVICE_ACCOUNTS,
            heading,
            form,
            denied,
            &[("/enabled", "state"), ("/default_scopes", "scopes")],
        ),
    }
}

/// Another secret.
pub(super) async fn rotate(visit: &Visit<'_>, tenant: &str, id: &str) -> Page {
    let account = load(visit, tenant, id).await?.body;
    let name = text(&account, "name");
    let home = visit.url(&["service-accounts", tenant, id]);
    let heading = Heading {
        back: Some((home.clone(), Words::given(name))),
        ..Heading::new(Words::say("console-secret-rotate-title").with("app", name))
    };
    let own = (home.clone(), Words::given(name));
    let rotation = Rotation {
        place: places::SERVICE_ACCOUNTS,
        heading,
        here: visit.url(&["service-accounts", tenant, id, "rotate"]),
        back: home,
        secrets: &["tenants", tenant, "service-accounts", id, "secrets"],
    };
    match rotation.make(visit).await {
        ControlFlow::Continue(made) => made_known(visit, tenant, &made, own),
        ControlFlow::Break(page) => page,
    }
}

/// Asks, and deletes it.
pub(super) async fn delete(visit: &Visit<'_>, tenant: &str, id: &str) -> Page {
    let account = load(visit, tenant, id).await?.body;
    let name = text(&account, "name");
    let back = visit.url(&["service-accounts", tenant, id]);
    let dialog = Dialog {
        place: places::SERVICE_ACCOUNTS,
        heading: Heading {
            back: Some((back.clone(), Words::given(name))),
            ..Heading::new(Words::say("console-app-delete-title").with("app", name))
        },
        consequences: vec![
            Words::say("console-account-delete-breaks").with("app", name),
            Words::say("console-app-delete-id"),
        ],
        submit: Words::say("console-delete"),
        weight: Weight::Danger,
        fields: Vec::new(),
        here: visit.url(&["service-accounts", tenant, id, "delete"]),
        back,
        on: visit.url(&["service-accounts", tenant]),
        said: "console-done-deleted",
    };
    let one = path(&["tenants", tenant, "service-accounts", id]);
    visit.dialog(dialog, Ask::new(Method::DELETE, one)).await
}
