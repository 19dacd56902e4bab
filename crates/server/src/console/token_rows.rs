//! Access tokens as a table: whose they are, what they are good for, and the way to each.

use super::names::Names;
use crate::api::inside::Denied;
use crate::signed_in::Visit;
use crate::signed_in::listing::{instant, rows, table as listed, text, texts};
use grantd_pages::{Cell, Field, Table, Tone, Words};
use serde_json::Value;

/// The table; with the application's column where tokens of several stand together.
///
/// # Errors
/// See [`Denied`].
pub(super) async fn table(visit: &Visit<'_>, tokens: &[Value], with_client: bool) -> Result<Table, Denied> {
    // All of a tenant's are in that tenant.
    let with_tenant = visit.actor.tenant().is_none();
    let mut columns = vec!["console-token"];
    columns.extend(with_client.then_some("console-application"));
    columns.push("console-token-user");
    columns.extend(with_tenant.then_some("console-tenant"));
    columns.extend(["roles-permits", "console-state", "console-ends"]);
    let names = Names::of(visit, tokens).await?;
    let rows = rows(tokens, |token| {
        let id = text(token, "id");
        let mut cells = vec![Cell::link(called(token), visit.url(&["tokens", id]))];
        cells.extend(with_client.then(|| names.client_cell(visit, text(token, "client_id"))));
        cells.push(acts_for(visit, &names, token));
        cells.extend(with_tenant.then(|| names.tenant_cell(visit, text(token, "tenant"))));
        cells.extend([scopes(token), state(token), instant(token, "expires_at")]);
        cells
    });
    let empty = ("console-token-empty", "console-token-empty-more");
    Ok(listed(Words::say("console-tokens"), &columns, rows, empty))
}

/// What a token is called: by the name that it was given, or the end of its id.
pub(super) fn called(token: &Value) -> Words {
    let id = text(token, "id");
    match text(token, "name") {
        "" => Words::given(format!("…{}", id.get(id.len().saturating_sub(8)..).unwrap_or(id))),
        name => Words::given(name),
    }
}

/// For whom a token acts; nobody where that is its application itself.
pub(super) fn acts_for(visit: &Visit<'_>, names: &Names, token: &Value) -> Cell {
    match text(token, "subject") {
        own if own == text(token, "client_id") => Cell::Nothing,
        subject => names.user_cell(visit, subject),
    }
}

/// The states to choose from.
pub(super) fn states(visit: &Visit<'_>) -> Field {
    let offers = vec![
        ("live", Words::say("console-token-live")),
        ("ended", Words::say("console-token-ended")),
        ("expired", Words::say("console-token-expired")),
    ];
    visit.choice("state", Words::say("console-state"), offers)
}

/// Few scopes are spelled out, many are counted.
pub(crate) fn scopes(object: &Value) -> Cell {
    match texts(object, "scopes") {
        none if none.is_empty() => Cell::Nothing,
        texts if texts.len() <= 3 => Cell::Codes { texts },
        many => Cell::text(Words::say("console-count-permissions").with("count", many.len())),
    }
}

/// What a token is good for now.
pub(super) fn state(token: &Value) -> Cell {
    let (text, tone) = match text(token, "state") {
        "live" => ("console-token-live", Tone::Success),
        "ended" => ("console-token-ended", Tone::Warning),
        _ => ("console-token-expired", Tone::Plain),
    };
    Cell::chip(Words::say(text), tone)
}
