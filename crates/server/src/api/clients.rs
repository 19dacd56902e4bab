//! `/clients`: applications of the whole realm, service accounts among them.

use super::answer::{Answer, Versioned, page};
use super::call::Call;
use super::commit;
use super::developers;
use super::gather::{self, BATCH, Sifted};
use super::once::{self, Created, Shown};
use super::problem::Problem;
use super::route::{Conditions, Gives, Param, Route, handler};
use super::sorting::Order;
use grantd_core::admin::application;
use grantd_core::admin::turn::Owned;
use grantd_core::admin::{Deed, Edit, client};
use grantd_core::record::ClientRecord;
use grantd_core::record::client::ClientOrigin;
use grantd_protocol::Timestamp;
use grantd_store::sort::{ClientColumn, Sorted};
use grantd_store::{Page, Store, StoreFault};
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
        conditions: Conditions::Unread,
        query: &[
            Param {
                name: "q",
                says: "Those whose name or id has this in it, in any case.",
            },
            Param {
                name: "waits",
                says: "true: those of developers that wait for a review alone.",
            },
            Param {
                name: "origin",
                says: "Those that came to be known like this alone: console, portal, dynamic, metadata_document.",
            },
            Param {
                name: "sort",
                says: "name or created, -name or -created for the other way round; by id where absent.",
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
        conditions: Conditions::Unread,
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
        conditions: Conditions::Shown,
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
        conditions: Conditions::Version,
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
        conditions: Conditions::Version,
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
        conditions: Conditions::Version,
        query: &[],
        handle: handler!(rotate),
    },
];

/// What lists are sorted by.
const COLUMNS: &[(&str, ClientColumn)] = &[("name", ClientColumn::Name), ("created", ClientColumn::Created)];

async fn list(call: &Call<'_>) -> Result<Answer, Problem> {
    let window = call.window()?;
    let order = Order::asked(call, &window, COLUMNS)?;
    let origin = origin(call)?;
    let part = call.query.get("q").map(str::to_lowercase);
    let waits = match call.query.get("waits") {
        None => None,
        Some("true") => Some(true),
        Some("false") => Some(false),
        Some(_) => return Err(Problem::Bad("waits must be true or false".to_owned())),
    };
    if part.is_none() && waits.is_none() && origin.is_none() {
        let found = read(call, order, window.after.as_deref(), window.limit).await?;
        let key = |client: &ClientRecord| order.key(client, &client.client_id);
        return Ok(page(&found, &window, key, client::view));
    }
    let batch = |after: Option<Arc<str>>| async move { read(call, order, after.as_deref(), BATCH).await };
    let after = window.after.as_deref().map(Arc::from);
    gather::page(&window, after, batch, |client: ClientRecord| {
        let has = |text: &str| part.as_ref().is_none_or(|part| text.to_lowercase().contains(part));
        let own = client.development.as_ref();
        let is_wanted = waits.is_none_or(|waits| own.is_some_and(|own| own.waits()) == waits)
            && origin.is_none_or(|origin| client.origin == origin);
        let shown = (is_wanted && (has(&client.name) || has(&client.client_id))).then(|| client::view(&client));
        let key = order.key(&client, &client.client_id);
        (key.into(), Sifted::from_option(shown))
    })
    .await
}

/// Clients within the actor's reach, by id.
pub(super) async fn in_reach(
    call: &Call<'_>,
    after: Option<&str>,
    limit: u32,
) -> Result<Page<ClientRecord>, StoreFault> {
    match call.actor.developer() {
        Some(owner) => call.store().clients_of(call.realm(), owner, after, limit).await,
        None => call.store().clients(call.realm(), after, limit).await,
    }
}

/// Clients within the actor's reach, in order.
async fn read(
    call: &Call<'_>,
    order: Order<ClientColumn>,
    after: Option<&str>,
    limit: u32,
) -> Result<Page<ClientRecord>, StoreFault> {
    if let Some(asked) = order.page(call.realm(), after, limit) {
        let owner = call.actor.developer().map(|owner| owner.to_string());
        return call.store().clients_sorted(&Sorted { owner, ..asked }).await;
    }
    in_reach(call, after, limit).await
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
    if let Some(owner) = call.actor.developer() {
        let load = async |_| owned(call, owner).await;
        return once::create(call, load, |owned, deed| {
            Ok(made(application::create(&body, *owned, deed)?, "/clients"))
        })
        .await;
    }
    let nothing = |_| std::future::ready(Ok(()));
    once::create(call, nothing, |(), deed| {
        Ok(made(client::create(&body, deed)?, "/clients"))
    })
    .await
}

/// What a developer has already. The counter is read first: whoever makes one more meanwhile has moved it.
async fn owned(call: &Call<'_>, owner: &str) -> Result<Owned, Problem> {
    let most = call.request.realm.config.realm.portal.max_applications;
    let turn = call.store().attempts(application::turn_of(call.realm(), owner)).await?;
    let found = call.store().clients_of(call.realm(), owner, None, most).await?;
    let count = u32::try_from(found.rows.len()).unwrap_or(u32::MAX);
    Ok(Owned { count, turn })
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
    commit::change(call, load, client::delete).await?;
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
    developers::client(call, call.segment("client_id")).await
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
