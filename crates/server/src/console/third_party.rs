//! Applications of others in a tenant: which its members may use, which are blocked, which wait for an administrator; and
//! whether new ones wait at all. Operators see all tenants' requests in one list.

use super::members;
use super::names::Names;
use super::places;
use crate::api::inside::{Ask, Denied, path};
use crate::signed_in::fields::{Dialog, radios};
use crate::signed_in::listing::{instant, paged, rows, table, text};
use crate::signed_in::{Page, Visit};
use grantd_pages::{Action, Block, Cell, Heading, LocalUrl, Tone, Weight, Words};
use http::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What a decision can be, as the address and the API say it.
const STATES: [&str; 3] = ["waiting", "allowed", "blocked"];
/// Grants that are looked through for what is in use.
const LOOKED_AT: &str = "200";
const POLICIES: &[(&str, &str, Option<&str>)] = &[
    ("open", "console-third-open", Some("console-third-open-hint")),
    (
        "approval",
        "console-third-approval",
        Some("console-third-approval-hint"),
    ),
];

/// The requests and decisions of all tenants.
pub(super) async fn all(visit: &Visit<'_>) -> Page {
    let here = [places::THIRD_PARTY.path];
    // What waits comes first to somebody who asks for nothing else.
    let found = visit.listing(asked(visit, Ask::get(path(&["apps"])))).await?;
    let names = Names::of(visit, &found.items).await?;
    let rows = rows(&found.items, |app| {
        let tenant = text(app, "tenant");
        let mut cells = cells(visit, &names, tenant, app);
        let called = names.tenant(tenant);
        let of = Cell::Link {
            text: Words::given(called),
            href: home(visit, tenant),
            more: Some(tenant.to_owned()).filter(|id| id != called),
        };
        cells.insert(1, of);
        cells
    });
    let mut columns = COLUMNS.to_vec();
    columns.insert(1, "console-tenant");
    let mut table = table(places::THIRD_PARTY.title(), &columns, rows, EMPTY);
    table.filters = Some(visit.filters(&here, vec![by_state(visit)]));
    table.empty.action = places::lead(visit, places::TENANTS);
    let heading = Heading {
        lead: Some(Words::say("console-third-all-lead")),
        ..Heading::new(places::THIRD_PARTY.title())
    };
    let pager = visit.pager(&here, &["state"], found.next.as_deref());
    visit.show(places::THIRD_PARTY, heading, vec![paged(table, pager)])
}

/// One tenant's.
pub(super) async fn list(visit: &Visit<'_>, tenant: &str) -> Page {
    let here = ["tenants", tenant, "apps"];
    let policy = visit
        .ask(Ask::get(path(&["tenants", tenant, "app-policy"])))
        .await?
        .body;
    let found = visit.listing(asked(visit, Ask::get(path(&here)))).await?;
    let names = Names::of(visit, &found.items).await?;
    let rows = rows(&found.items, |app| cells(visit, &names, tenant, app));
    let mut table = table(places::THIRD_PARTY.title(), &COLUMNS, rows, EMPTY);
    table.filters = Some(visit.filters(&here, vec![by_state(visit)]));
    let change = visit.actor.may("grantd:apps:write").then(|| Action {
        label: Words::say("console-third-policy-change"),
        href: visit.url(&["tenants", tenant, "apps-policy"]),
        weight: Weight::Secondary,
    });
    let heading = Heading {
        id: Some(tenant.to_owned()),
        lead: Some(Words::say("console-third-lead")),
        back: back(visit, tenant).await,
        actions: change.into_iter().collect(),
        ..Heading::new(places::THIRD_PARTY.title())
    };
    let policy = match text(&policy, "app_policy") {
        "approval" => "console-third-approval",
        _ => "console-third-open",
    };
    let pager = visit.pager(&here, &["state"], found.next.as_deref());
    let mut blocks = vec![
        Block::Facts {
            facts: vec![(Words::say("console-third-policy"), Cell::text(Words::say(policy)))],
        },
        paged(table, pager),
    ];
    blocks.extend(in_use(visit, tenant).await?);
    visit.show(places::THIRD_PARTY, heading, blocks)
}

const COLUMNS: [&str; 5] = [
    "console-application",
    "console-state",
    "console-third-asked-by",
    "console-third-asked",
    "console-third-decided",
];
const EMPTY: (&str, &str) = ("console-third-empty", "console-third-empty-more");

fn cells(visit: &Visit<'_>, names: &Names, tenant: &str, app: &Value) -> Vec<Cell> {
    let client = text(app, "client_id");
    vec![
        Cell::Link {
            text: Words::given(text(app, "name")),
            href: visit.url(&["tenants", tenant, "apps", client]),
            more: Some(client.to_owned()),
        },
        state(app),
        names.user_cell(visit, text(app, "asked_by")),
        instant(app, "asked_at"),
        instant(app, "decided_at"),
    ]
}

fn state(app: &Value) -> Cell {
    let (says, tone) = match text(app, "state") {
        "waiting" => ("console-third-waiting", Tone::Warning),
        "allowed" => ("console-third-allowed", Tone::Success),
        "blocked" => ("console-third-blocked", Tone::Danger),
        _ => ("console-third-undecided", Tone::Plain),
    };
    Cell::chip(Words::say(says), tone)
}

fn asked<'a>(visit: &'a Visit<'_>, ask: Ask<'a>) -> Ask<'a> {
    ask.query("state", visit.asked("state"))
}

fn by_state(visit: &Visit<'_>) -> grantd_pages::Field {
    let names = [
        "console-third-waiting",
        "console-third-allowed",
        "console-third-blocked",
    ];
    let offers = STATES.into_iter().zip(names.map(Words::say));
    visit.choice("state", Words::say("console-state"), offers.collect())
}

/// Applications that members allowed something and that nobody decided about: those of the oldest grants.
async fn in_use(visit: &Visit<'_>, tenant: &str) -> Result<Vec<Block>, Denied> {
    if !visit.actor.may("grantd:grants:read") || !visit.asked("state").is_empty() || !visit.asked("cursor").is_empty() {
        return Ok(Vec::new());
    }
    let ask = Ask::get(path(&["grants"]))
        .query("tenant", tenant)
        .query("limit", LOOKED_AT);
    let grants = visit.all(ask).await?.items;
    let used: BTreeSet<&str> = grants.iter().map(|grant| text(grant, "client_id")).collect();
    let mut rows = Vec::new();
    for client in used {
        match known(visit, tenant, client).await? {
            Some(_) => {}
            None => rows.push(json!({ "client_id": client })),
        }
    }
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let names = Names::of(visit, &rows).await?;
    let rows = self::rows(&rows, |row| {
        let client = text(row, "client_id");
        let called = names.client(client);
        vec![Cell::Link {
            text: Words::given(called),
            href: visit.url(&["tenants", tenant, "apps", client]),
            more: Some(client.to_owned()).filter(|id| id != called),
        }]
    });
    let caption = Words::say("console-third-in-use");
    let table = table(caption.clone(), &["console-application"], rows, EMPTY);
    let section = Block::Section {
        title: caption,
        lead: Some(Words::say("console-third-in-use-lead")),
    };
    Ok(vec![section, Block::Table(Box::new(table))])
}

/// What was decided about one application, or is asked.
async fn known(visit: &Visit<'_>, tenant: &str, client: &str) -> Result<Option<Value>, Denied> {
    match visit.ask(Ask::get(path(&["tenants", tenant, "apps", client]))).await {
        Ok(found) => Ok(Some(found.body)),
        Err(Denied::Unknown) => Ok(None),
        Err(denied) => Err(denied),
    }
}

/// One application in a tenant, decided about or not.
pub(super) async fn show(visit: &Visit<'_>, tenant: &str, client: &str) -> Page {
    let known = known(visit, tenant, client).await?;
    let app = known.clone().unwrap_or_else(|| json!({ "client_id": client }));
    let names = Names::of(visit, std::slice::from_ref(&app)).await?;
    let called = match text(&app, "name") {
        "" => names.client(client),
        name => name,
    };
    let action = |label, what, weight| Action {
        label: Words::say(label),
        href: visit.url(&["tenants", tenant, "apps", client, what]),
        weight,
    };
    let now = text(&app, "state");
    let mut actions = Vec::new();
    if visit.actor.may("grantd:apps:write") {
        actions.extend((now != "allowed").then(|| action("console-third-allow", "allow", Weight::Primary)));
        actions.extend((now != "blocked").then(|| action("console-third-block", "block", Weight::Danger)));
        actions.extend(
            known
                .is_some()
                .then(|| action("console-third-forget", "forget", Weight::Secondary)),
        );
    }
    let heading = Heading {
        id: Some(client.to_owned()),
        back: Some((home(visit, tenant), places::THIRD_PARTY.title())),
        actions,
        ..Heading::new(Words::given(called))
    };
    let facts = vec![
        (Words::say("console-state"), state(&app)),
        (
            Words::say("console-third-asked-by"),
            names.user_cell(visit, text(&app, "asked_by")),
        ),
        (Words::say("console-third-asked"), instant(&app, "asked_at")),
        (Words::say("console-third-decided"), instant(&app, "decided_at")),
    ];
    visit.show(places::THIRD_PARTY, heading, vec![Block::Facts { facts }])
}

/// Asks, and allows, blocks, or takes back what was decided.
pub(super) async fn decide(visit: &Visit<'_>, tenant: &str, client: &str, what: &str) -> Page {
    let known = known(visit, tenant, client).await?;
    let of_nobody = json!({ "client_id": client, "tenant": tenant });
    let names = Names::of(visit, &[of_nobody]).await?;
    let name = known
        .as_ref()
        .map_or_else(|| names.client(client), |app| text(app, "name"));
    let one = path(&["tenants", tenant, "apps", client]);
    let put = |state: &str| Ask::new(Method::PUT, one.clone()).body(json!({ "state": state }));
    let (title, consequences, submit, weight, ask) = match what {
        "allow" => (
            "console-third-allow-title",
            vec!["console-third-allow-means"],
            "console-third-allow",
            Weight::Primary,
            put("allowed"),
        ),
        "block" => (
            "console-third-block-title",
            vec!["console-third-block-breaks", "console-third-block-again"],
            "console-third-block",
            Weight::Danger,
            put("blocked"),
        ),
        _ => (
            "console-third-forget-title",
            vec!["console-third-forget-means"],
            "console-third-forget",
            Weight::Danger,
            Ask::new(Method::DELETE, one.clone()),
        ),
    };
    let back = visit.url(&["tenants", tenant, "apps", client]);
    let dialog = Dialog {
        place: places::THIRD_PARTY,
        heading: Heading {
            back: Some((back.clone(), Words::given(name))),
            ..Heading::new(Words::say(title).with("app", name).with("tenant", names.tenant(tenant)))
        },
        consequences: consequences.into_iter().map(Words::say).collect(),
        submit: Words::say(submit),
        weight,
        fields: Vec::new(),
        here: visit.url(&["tenants", tenant, "apps", client, what]),
        back,
        on: home(visit, tenant),
        said: "console-done-saved",
    };
    visit.dialog(dialog, ask).await
}

/// Whether new applications wait.
pub(super) async fn policy(visit: &Visit<'_>, tenant: &str) -> Page {
    let one = path(&["tenants", tenant, "app-policy"]);
    let now = visit.ask(Ask::get(one.clone())).await?.body;
    let chosen = match visit.field("app_policy") {
        "" => text(&now, "app_policy"),
        chosen => chosen,
    };
    let home = home(visit, tenant);
    let heading = Heading {
        back: Some((home.clone(), places::THIRD_PARTY.title())),
        ..Heading::new(Words::say("console-third-policy"))
    };
    let here = visit.url(&["tenants", tenant, "apps-policy"]);
    let mut form = visit.new_form(here, Words::say("console-save"));
    form.cancel = Some(home.clone());
    form.fields = vec![radios("app_policy", "console-third-policy", POLICIES, chosen)];
    if visit.form.is_none() {
        return visit.show(places::THIRD_PARTY, heading, vec![Block::Form(Box::new(form))]);
    }
    let ask = Ask::new(Method::PUT, one).body(json!({ "app_policy": visit.field("app_policy") }));
    match visit.ask(ask).await {
        Ok(_) => Ok(visit.done(&home, "console-done-saved")),
        Err(denied) => visit.again(places::THIRD_PARTY, heading, form, denied, &[]),
    }
}

/// A tenant's list: its administrators have it at the top.
fn home(visit: &Visit<'_>, tenant: &str) -> LocalUrl {
    match visit.actor.tenant() {
        Some(_) => visit.at(places::THIRD_PARTY),
        None => visit.url(&["tenants", tenant, "apps"]),
    }
}

async fn back(visit: &Visit<'_>, tenant: &str) -> Option<(LocalUrl, Words)> {
    match visit.actor.tenant() {
        Some(_) => None,
        None => Some((visit.url(&["tenants", tenant]), members::called(visit, tenant).await)),
    }
}
