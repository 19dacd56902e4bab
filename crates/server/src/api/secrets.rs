//! `/clients/{client_id}/secrets`: which ones there are and when each was last used, and ending one of two. Another one is
//! made by the neighbour's rotation.

use super::answer::Answer;
use super::call::Call;
use super::clients::shown;
use super::commit;
use super::developers;
use super::problem::Problem;
use super::route::{Conditions, Gives, Route, handler};
use crate::usage::Flush;
use grantd_core::admin::client;
use grantd_core::record::{ClientRecord, Holder, UseRecord};
use grantd_store::Store;
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: "GET",
        path: "/clients/{client_id}/secrets",
        permission: "grantd:clients:read",
        tenants: false,
        says: "List an application's secrets, the newest first, with the last use of each while there are two.",
        takes: None,
        gives: Gives::Page("ClientSecret"),
        conditions: Conditions::Unread,
        query: &[],
        handle: handler!(list),
    },
    Route {
        method: "DELETE",
        path: "/clients/{client_id}/secrets/{secret_id}",
        permission: "grantd:clients:write",
        tenants: false,
        says: "End a secret at once. The only one that works stays.",
        takes: None,
        gives: Gives::Tagged("Client"),
        conditions: Conditions::Version,
        query: &[],
        handle: handler!(end),
    },
];

async fn list(call: &Call<'_>) -> Result<Answer, Problem> {
    let client = load(call).await?;
    // At most two are alive: there is no second page.
    call.window()?;
    call.request.app.flush_uses(Flush::Due).await?;
    let holder = Holder::Secrets(Arc::clone(&client.client_id));
    let uses = call.store().uses(call.realm(), &holder).await?;
    let view = client::view(&client);
    let secrets = view
        .get("secrets")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let with_use = |secret: Value| used(&client, secret, &uses, call);
    Ok(Answer::page(secrets.into_iter().map(with_use).collect(), None))
}

/// A secret with its last use, and whether it could go: it was not used for a day in which there was another one.
fn used(client: &ClientRecord, mut secret: Value, uses: &[UseRecord], call: &Call<'_>) -> Value {
    const DAY: i64 = 86_400;
    let id = secret.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
    let last = uses.iter().find(|row| row.permission.as_deref() == Some(&*id));
    let last = last.map(|row| row.last_used_at.secs());
    let newest = client.secrets.first().map(|secret| secret.created_at);
    let counted_since = newest.map_or(i64::MAX, grantd_protocol::Timestamp::secs);
    let is_newest = newest.is_some_and(|at| at.millis().to_string() == id);
    let since = last.unwrap_or(counted_since).max(counted_since);
    let idle = client.secrets.len() > 1 && !is_newest && call.request.now.secs() - since >= DAY;
    if let Some(members) = secret.as_object_mut() {
        members.insert("idle".to_owned(), json!(idle));
        members.extend(last.map(|last| ("last_used_at".to_owned(), json!(last))));
    }
    secret
}

async fn end(call: &Call<'_>) -> Result<Answer, Problem> {
    let made_at: i64 = call.segment("secret_id").parse().map_err(|_| Problem::Unknown)?;
    let after = commit::change(call, load, |before, deed| client::drop_secret(before, made_at, deed));
    Ok(shown(&after.await?))
}

async fn load(call: &Call<'_>) -> Result<ClientRecord, Problem> {
    developers::client(call, call.segment("client_id")).await
}
