//! `/findings`: which clients would be refused by which rule that the realm only tries out, and when they last were about to.

use super::answer::{Answer, page};
use super::call::Call;
use super::problem::Problem;
use super::route::{Conditions, Gives, Route, handler};
use grantd_core::record::{Holder, UseRecord};
use grantd_store::Store;
use serde_json::{Value, json};

pub(super) const ROUTES: &[Route] = &[Route {
    method: "GET",
    path: "/findings",
    permission: "grantd:clients:read",
    tenants: false,
    says: "List what clients would break if it were enforced, by client and rule.",
    takes: None,
    gives: Gives::Page("Finding"),
    conditions: Conditions::Unread,
    query: &[],
    handle: handler!(list),
}];

async fn list(call: &Call<'_>) -> Result<Answer, Problem> {
    let window = call.window()?;
    let after = window.behind(|key| {
        key.rsplit_once(' ')
            .map(|(client, rule)| (client.to_owned(), rule.to_owned()))
    })?;
    let after = after
        .as_ref()
        .map(|(client_id, rule)| (client_id.as_str(), rule.as_str()));
    let found = call.store().findings(call.realm(), after, window.limit).await?;
    let key = |row: &UseRecord| format!("{} {}", client_of(row), rule_of(row));
    Ok(page(&found, &window, key, view))
}

/// Who breaks it.
#[must_use]
pub fn client_of(row: &UseRecord) -> &str {
    match &row.holder {
        Holder::Breaks(client_id) | Holder::Client(client_id) | Holder::Secrets(client_id) => client_id,
        Holder::ApiKey(_) | Holder::Grant(_) => "",
    }
}

/// What would be broken.
#[must_use]
pub fn rule_of(row: &UseRecord) -> &str {
    row.permission.as_deref().unwrap_or_default()
}

/// A finding as lists show it, here and on the command line.
#[must_use]
pub fn view(row: &UseRecord) -> Value {
    json!({
        "client_id": client_of(row),
        "rule": rule_of(row),
        "count": row.count,
        "first_at": row.first_used_at.secs(),
        "last_at": row.last_used_at.secs(),
    })
}
