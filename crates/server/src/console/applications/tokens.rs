//! The access tokens of one application, and making one by hand.

use super::super::credentials::{days, made_by_hand, name_and_scopes, no_days};
use super::super::permission_field::{self, Choice};
use super::super::pick;
use super::super::places;
use super::super::token_rows;
use super::{action, deed, heading, load, pieces};
use crate::api::inside::{Ask, path};
use crate::signed_in::fields::line;
use crate::signed_in::listing::{paged, text, texts};
use crate::signed_in::{Page, Visit};
use grantd_core::admin::permission::is_own;
use grantd_core::permission::IDENTITY_SCOPES;
use grantd_pages::{Block, Weight, Words};
use serde_json::{Map, Value, json};

/// The list.
pub(crate) async fn show(visit: &Visit<'_>, id: &str) -> Page {
    let client = load(visit, id).await?.body;
    let mut heading = heading(visit, &client, "tokens");
    let new = ["applications", id, "tokens", "new"];
    heading
        .actions
        .push(action(visit, "console-token-new", &new, Weight::Secondary));
    let asked = Ask::get(path(&["tokens"])).query("client", id);
    let found = visit.listing(asked.query("state", visit.asked("state"))).await?;
    let here = pieces(id, "tokens");
    let mut table = token_rows::table(visit, &found.items, false).await?;
    table.filters = Some(visit.filters(&here, vec![token_rows::states(visit)]));
    table.empty.action = heading.actions.last().cloned();
    let pager = visit.pager(&here, &["state"], found.next.as_deref());
    visit.show(places::APPLICATIONS, heading, vec![paged(table, pager)])
}

/// The form; and when it was sent, the token, shown once.
pub(crate) async fn create(visit: &Visit<'_>, id: &str) -> Page {
    let client = load(visit, id).await?.body;
    let mut heading = deed(visit, &client, "console-token-new-title");
    heading.lead = Some(Words::say("console-token-new-lead"));
    let mut form = visit.new_form(
        visit.url(&["applications", id, "tokens", "new"]),
        Words::say("console-create"),
    );
    form.cancel = Some(visit.url(&pieces(id, "tokens")));
    let scopes = permission_field::sent(visit, "scopes");
    let written = match visit.field("days") {
        "" => "30",
        written => written,
    };
    // A token by hand says nothing about its user: nobody logs in for it.
    let held: Vec<String> = texts(&client, "scopes")
        .into_iter()
        .filter(|scope| !IDENTITY_SCOPES.contains(&scope.as_str()) && (!is_own(scope) || visit.actor.may(scope)))
        .collect();
    let choice = Choice {
        chosen: &scopes,
        held: &held,
        within: Some(held.iter().map(String::as_str).collect()),
        own: true,
        ..Choice::default()
    };
    form.fields = name_and_scopes(visit, choice).await?;
    form.fields.push(line("days", "console-token-days", None, written));
    // A developer's token acts for themselves.
    if visit.actor.developer().is_none() {
        let user = line(
            "user",
            "console-token-user",
            Some("console-token-user-hint"),
            visit.field("user"),
        );
        form.fields.insert(1, user);
    }
    if visit.request.realm.config.realm.tenants.enabled {
        let tenant = pick::tenant(visit, "console-token-tenant-hint", false, visit.field("tenant")).await?;
        form.fields.push(tenant);
    }
    if visit.form.is_none() {
        return visit.show(places::APPLICATIONS, heading, vec![Block::Form(Box::new(form))]);
    }
    let Ok(days) = days(written) else {
        return no_days(visit, places::APPLICATIONS, heading, form);
    };
    let body = wanted(visit, id, scopes, days.unwrap_or_default()).await?;
    let ask = Ask::new(http::Method::POST, path(&["tokens"])).body(Value::Object(body));
    match visit.ask(ask.once(visit.once())).await {
        Ok(made) => {
            let back = (visit.url(&pieces(id, "tokens")), Words::given(text(&client, "name")));
            let shown = ("console-token-value", "access_token");
            made_by_hand(visit, places::APPLICATIONS, Some(back), &made.body, shown)
        }
        Err(denied) => {
            let names = [("/user_id", "user"), ("/lifetime", "days")];
            visit.again(places::APPLICATIONS, heading, form, denied, &names)
        }
    }
}

/// What the API is asked to make. People are found by the name that they log in with.
async fn wanted(
    visit: &Visit<'_>,
    id: &str,
    scopes: Vec<String>,
    days: u32,
) -> Result<Map<String, Value>, crate::api::inside::Denied> {
    let mut body = Map::new();
    body.insert("client_id".to_owned(), json!(id));
    body.insert("name".to_owned(), json!(visit.field("name")));
    if visit.actor.developer().is_none() {
        let name = visit.field("user");
        // Nobody is looked up under no name: a filter that is empty is none, and would find everybody. Without a user, the
        // token would be the operator's own.
        let found = match name {
            "" => None,
            name => {
                let ask = Ask::get(path(&["users"])).query("username", name);
                visit.all(ask).await?.items.into_iter().next()
            }
        };
        let user = found.as_ref().map_or(name, |user| text(user, "id"));
        body.insert("user_id".to_owned(), json!(user));
    }
    body.insert("scopes".to_owned(), json!(scopes));
    body.insert("lifetime".to_owned(), json!(days.saturating_mul(86_400)));
    let tenant = visit.field("tenant");
    if !tenant.is_empty() {
        body.insert("tenant".to_owned(), json!(tenant));
    }
    Ok(body)
}
