//! `/clients`: applications of the whole realm, service accounts among them.

use super::answer::{Answer, etag, page};
use super::call::{Call, Tries};
use super::once::{Created, Once};
use super::problem::Problem;
use super::route::{Gives, Route, handler};
use grantd_core::admin::client;
use grantd_core::record::ClientRecord;
use grantd_store::Store;

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: "GET",
        path: "/clients",
        permission: "grantd:clients:read",
        tenants: false,
        says: "List the applications.",
        takes: None,
        gives: Gives::Page("Client"),
        query: &[],
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
    let found = call
        .store()
        .clients(call.realm(), window.after.as_deref(), window.limit)
        .await?;
    let key = |client: &ClientRecord| client.client_id.to_string();
    Ok(page(&found.rows, found.more, &window.filter, key, client::view))
}

async fn create(call: &Call<'_>) -> Result<Answer, Problem> {
    let body = call.body()?;
    let mut once = match Once::begin(call).await? {
        Ok(once) => once,
        Err(answer) => return Ok(answer),
    };
    let mut tries = Tries::default();
    loop {
        let edit = client::create(&body, &once.deed())?;
        let created = made(edit.after, "/clients");
        if let Some(answer) = once.commit(edit.change, created, &mut tries).await? {
            return Ok(answer);
        }
    }
}

async fn show(call: &Call<'_>) -> Result<Answer, Problem> {
    Ok(shown(&load(call).await?))
}

async fn change(call: &Call<'_>) -> Result<Answer, Problem> {
    let body = call.body()?;
    let address = call.address();
    let mut tries = Tries::default();
    loop {
        let before = load(call).await?;
        call.if_match(&tag(&before))?;
        let edit = client::update(&before, &body, &call.deed(&address))?;
        if call.commit(edit.change, &mut tries).await? {
            return Ok(shown(&edit.after));
        }
    }
}

async fn delete(call: &Call<'_>) -> Result<Answer, Problem> {
    let address = call.address();
    let mut tries = Tries::default();
    loop {
        let before = load(call).await?;
        call.if_match(&tag(&before))?;
        let edit = client::delete(&before, &call.deed(&address));
        if call.commit(edit.change, &mut tries).await? {
            return Ok(Answer::done());
        }
    }
}

async fn rotate(call: &Call<'_>) -> Result<Answer, Problem> {
    let keep = client::overlap(&call.body_if_any()?)?;
    let mut once = match Once::begin(call).await? {
        Ok(once) => once,
        Err(answer) => return Ok(answer),
    };
    let mut tries = Tries::default();
    loop {
        let before = load(call).await?;
        call.if_match(&tag(&before))?;
        let edit = client::rotate(&before, keep, &once.deed())?;
        let created = made(edit.after, "/clients");
        if let Some(answer) = once.commit(edit.change, created, &mut tries).await? {
            return Ok(answer);
        }
    }
}

async fn load(call: &Call<'_>) -> Result<ClientRecord, Problem> {
    // From the store and not from the cache: what is decided here is guarded by its version.
    let found = call.store().client(call.realm(), call.segment("client_id")).await?;
    found.ok_or(Problem::Unknown)
}

/// A client as it is shown.
pub(super) fn shown(record: &ClientRecord) -> Answer {
    Answer::object(client::view(record)).tagged(tag(record))
}

/// A client that was made, or given another secret, as it is shown.
pub(super) fn made(made: client::Made, below: &str) -> Created {
    Created {
        body: client::view(&made.record),
        etag: Some(tag(&made.record)),
        location: format!("{below}/{}", made.record.client_id),
        secret: made.secret,
    }
}

/// The tag of a client.
pub(super) fn tag(record: &ClientRecord) -> String {
    etag(record.version, record.created_at)
}
