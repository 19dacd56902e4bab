//! Tells clients of sessions that ended (OpenID Connect Back-Channel Logout section 2.5). The queue is in the store: what
//! ends a session makes the notes of its clients due in the same change. Whether and when to try is the core's to say.

use super::Job;
use crate::app::App;
use crate::error::Fault;
use crate::outbound::Fetcher;
use crate::realm::ServedRealm;
use futures_util::StreamExt as _;
use grantd_core::change::Change;
use grantd_core::logout::{delivery, token};
use grantd_core::record::{ClientRecord, SessionClient};
use grantd_protocol::RawParams;
use grantd_protocol::web::WebUrl;
use grantd_store::{CommitError, Store};
use std::collections::HashMap;
use std::sync::Arc;

/// Notes that are read at once.
const BATCH: u32 = 500;
/// Notes of one client among them: one with many does not hide the others.
const OF_ONE_CLIENT: u32 = 50;
/// Clients that are told at the same time.
const CLIENTS_AT_ONCE: usize = 16;
/// Notes that one client is told of at the same time.
const NOTES_AT_ONCE: usize = 2;

/// The job.
pub struct TellLogouts {
    /// Whose sessions.
    pub app: Arc<App>,
}

impl Job for TellLogouts {
    const NAME: &'static str = "logouts";
    type Fault = CommitError;

    async fn tick(&mut self) -> Result<(), CommitError> {
        let app = &self.app;
        let due = app.store.logouts_due(app.now(), BATCH, OF_ONE_CLIENT).await?;
        let told = futures_util::stream::iter(by_client(due)).map(|notes| tell_client(app, notes));
        let outcomes: Vec<_> = told.buffer_unordered(CLIENTS_AT_ONCE).collect().await;
        outcomes.into_iter().collect()
    }
}

/// The notes of each client, in their order.
fn by_client(due: Vec<SessionClient>) -> Vec<Vec<SessionClient>> {
    let mut clients: HashMap<(Arc<str>, Arc<str>), Vec<SessionClient>> = HashMap::new();
    for note in due {
        let client = (Arc::clone(&note.realm), Arc::clone(&note.client_id));
        clients.entry(client).or_default().push(note);
    }
    clients.into_values().collect()
}

/// Tells one client of its notes, few at a time. One that does not answer is left alone until the next time, its other
/// notes unclaimed: it holds up what others are told for one timeout at the most.
async fn tell_client(app: &App, notes: Vec<SessionClient>) -> Result<(), CommitError> {
    for few in notes.chunks(NOTES_AT_ONCE) {
        let outcomes = futures_util::future::join_all(few.iter().map(|note| tell(app, note))).await;
        let outcomes = outcomes.into_iter().collect::<Result<Vec<_>, _>>()?;
        if outcomes.contains(&Outcome::Unreachable) {
            break;
        }
    }
    Ok(())
}

/// What became of a note.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Outcome {
    /// Nothing is left to do about it, or another node does it.
    Settled,
    /// The client did not take it.
    Unreachable,
}

/// Makes one attempt, where this node gets it.
async fn tell(app: &App, note: &SessionClient) -> Result<Outcome, CommitError> {
    let serving = app.serving();
    let realm = serving.realms.iter().find(|realm| *realm.name() == note.realm);
    let client = app.store.client(&note.realm, &note.client_id).await?;
    let told = realm.zip(client.filter(|client| client.enabled));
    let address = told.and_then(|(realm, client)| {
        let uri = client.openid.backchannel_logout_uri.as_deref()?;
        Some((realm, WebUrl::parse(uri).ok()?, client))
    });
    let Some((realm, url, client)) = address else {
        return forget(app, note).await;
    };
    let Some(claim) = delivery::claim(note, app.change_id(app.now()), app.now()) else {
        tracing::warn!(
            client_id = &*note.client_id,
            host = url.host(),
            "a client was not told of a logout, and is given up"
        );
        return forget(app, note).await;
    };
    if !commit(app, claim).await? {
        return Ok(Outcome::Settled);
    }
    match send(app, realm, app.documents.fetcher(), &url, &client, note).await {
        Ok(()) => forget(app, note).await,
        Err(reason) => {
            tracing::info!(client_id = &*note.client_id, host = url.host(), %reason, "a client was not told of a logout; it is tried again");
            Ok(Outcome::Unreachable)
        }
    }
}

/// The client was told, or there is nobody to tell.
async fn forget(app: &App, note: &SessionClient) -> Result<Outcome, CommitError> {
    commit(app, delivery::done(note, app.change_id(app.now()))).await?;
    Ok(Outcome::Settled)
}

/// Whether the change was applied, or somebody else was faster.
pub(super) async fn commit(app: &App, change: Change) -> Result<bool, CommitError> {
    match app.store.commit(change).await {
        Ok(_) => Ok(true),
        Err(CommitError::Conflict) => Ok(false),
        Err(fault) => Err(fault),
    }
}

async fn send(
    app: &App,
    realm: &ServedRealm,
    fetcher: &Fetcher,
    url: &WebUrl,
    client: &ClientRecord,
    note: &SessionClient,
) -> Result<(), String> {
    let rules = &realm.config.realm;
    let session = (note.session, &note.user);
    let payload = token::payload(rules, &note.issuer, client, session, app.now(), &*app.entropy);
    let signed = realm
        .ring
        .signer(rules.id_token.algorithm)
        .map_err(Fault::from)
        .and_then(|signer| signer.sign(token::TYP, &payload).map_err(Fault::from))
        .map_err(|fault| fault.to_string())?;
    let form = RawParams::from_pairs(vec![("logout_token".to_owned(), signed)]).map_err(|error| error.to_string())?;
    fetcher
        .post_form(url, form.to_form())
        .await
        .map_err(|error| error.to_string())
}

#[cfg(test)]
pub(super) mod tests;
