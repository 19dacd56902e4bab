//! `/clients`: applications of the whole realm, service accounts among them.

use super::answer::{Answer, Versioned, page};
use super::call::Call;
use super::commit;
use super::gather::{self, BATCH, Sifted};
use super::once::{self, Created, Shown};
use super::problem::Problem;
use super::route::{Gives, Param, Route, handler};
use grantd_core::admin::{Deed, Edit, client};
use grantd_core::record::ClientRecord;
use grantd_core::record::client::ClientOrigin;
use grantd_protocol::Timestamp;
use grantd_store::Store;
use std::sync::Arc;

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: "GET",
        path: "/clients",
        permission: "grantd:clients:read",
        tenants: false,
        says: "List the applications.",
        takes: None,
        gives: Gives::Page("Client"),
        query: &[
            Param {
                name: "q",
                says: "Those whose name or id has this in it, in any case.",
            },
            Param {
                name: "origin",
                says: "Those that came to be known like this alone: console, portal, dynamic, metadata_document.",
            },
        ],
        handle: handler!(list),
    },
    Route {
        method: "POST",
        path: "/clients",
        permission: "grantd:clients:write",
        tenants: false,
        says: "Make an application. Its secret is shown in this reply alone.",
        takes: Some("NewClient"),
        gives: Gives::Created("ClientWithSecret"),
        query: &[],
        handle: handler!(create),
    },
    Route {
        method: "GET",
        path: "/clients/{client_id}",
        permission: "grantd:clients:read",
        tenants: false,
        says: "Show an application.",
        takes: None,
        gives: Gives::Tagged("Client"),
        query: &[],
        handle: handler!(show),
    },
    Route {
        method: "PATCH",
        path: "/clients/{client_id}",
        permission: "grantd:clients:write",
        tenants: false,
        says: "Change an application. Disabling it stops its tokens until it is enabled again.",
        takes: Some("ClientPatch"),
        gives: Gives::Tagged("Client"),
        query: &[],
        handle: handler!(change),
    },
    Route {
        method: "DELETE",
        path: "/clients/{client_id}",
        permission: "grantd:clients:write",
        tenants: false,
        says: "Delete an application; its grants and tokens end.",
        takes: None,
        gives: Gives::Nothing,
        query: &[],
        handle: handler!(delete),
    },
    Route {
        method: "POST",
        path: "/clients/{client_id}/secrets",
        permission: "grantd:clients:write",
        tenants: false,
        says: "Make another secret, shown in this reply alone; the old ones end when the body says.",
        takes: Some("SecretRotation"),
        gives: Gives::Created("ClientWithSecret"),
        query: &[],
        handle: handler!(rotate),
    },
];

async fn list(call: &Call<'_>) -> Result<Answer, Problem> {
    let window = call.window()?;
    let origin = origin(call)?;
    let part = call.query.get("q").map(str::to_lowercase);
    if part.is_some() || origin.is_some() {
        let read =
            |after: Option<Arc<str>>| async move { call.store().clients(call.realm(), after.as_deref(), BATCH).await };
        let after = window.after.as_deref().map(Arc::from);
        return gather::page(&window, after, read, |client: ClientRecord| {
            let has = |text: &str, part: &str| text.to_lowercase().contains(part);
            let is_named = |part: &String| has(&client.name, part) || has(&client.client_id, part);
            let is_wanted = part.as_ref().is_none_or(is_named) && origin.is_none_or(|origin| client.origin == origin);
            let shown = is_wanted.then(|| client::view(&client));
            (client.client_id, Sifted::from_option(shown))
        })
        .await;
    }
    let after = window.after.as_deref();
    let found = call.store().clients(call.realm(), after, window.limit).await?;
    let key = |client: &ClientRecord| client.client_id.to_string();
    Ok(page(&found, &window, key, client::view))
}

/// How the clients came to be known that are asked for alone.
fn origin(call: &Call<'_>) -> Result<Option<ClientOrigin>, Problem> {
    let Some(name) = call.query.get("origin") else {
        return Ok(None);
    };
    serde_json::from_value(name.into())
        .map(Some)
        .map_err(|_| Problem::Bad("origin must be one that the list shows".to_owned()))
}

async fn create(call: &Call<'_>) -> Result<Answer, Problem> {
    let body = call.body()?;
    let nothing = |_| std::future::ready(Ok(()));
    once::create(call, nothing, |(), deed| {
        Ok(made(client::create(&body, deed)?, "/clients"))
    })
    .await
}

async fn show(call: &Call<'_>) -> Result<Answer, Problem> {
    Ok(shown(&load(call).await?))
}

async fn change(call: &Call<'_>) -> Result<Answer, Problem> {
    let body = call.body()?;
    let decide = |before: &ClientRecord, deed: &Deed<'_>| client::update(before, &body, deed);
    Ok(shown(&commit::change(call, load, decide).await?))
}

async fn delete(call: &Call<'_>) -> Result<Answer, Problem> {
    commit::change(call, load, |before, deed| Ok(client::delete(before, deed))).await?;
    Ok(Answer::done())
}

async fn rotate(call: &Call<'_>) -> Result<Answer, Problem> {
    let keep = client::overlap(&call.body_if_any()?)?;
    let before = |_| commit::meant(call, load(call));
    once::create(call, before, |before, deed| {
        Ok(made(client::rotate(before, keep, deed)?, "/clients"))
    })
    .await
}

async fn load(call: &Call<'_>) -> Result<ClientRecord, Problem> {
    // From the store and not from the cache: what is decided here is guarded by its version.
    let found = call.store().client(call.realm(), call.segment("client_id")).await?;
    found.ok_or(Problem::Unknown)
}

/// A client as it is shown.
pub(super) fn shown(record: &ClientRecord) -> Answer {
    Answer::version(client::view(record), record)
}

/// A client that is made, or given another secret, as it is shown.
pub(super) fn made(edit: Edit<client::Made>, below: &str) -> Edit<Created> {
    let made = edit.after;
    let created = Created {
        body: client::view(&made.record),
        etag: Some(made.record.tag()),
        location: format!("{below}/{}", made.record.client_id),
        secret: made.secret.map(|secret| (Shown::Client, secret)),
    };
    Edit {
        change: edit.change,
        after: created,
    }
}

impl Versioned for ClientRecord {
    fn version(&self) -> (u64, Timestamp) {
        (self.version, self.created_at)
    }
}
