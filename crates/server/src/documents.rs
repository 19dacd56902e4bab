//! Clients that describe themselves in a document at their `client_id`: fetched when somebody comes with one, kept in
//! memory for as long as its server says, fetched once however many ask at the same time. Nothing is written for a client
//! until a user who is logged in has allowed it something. What a document means is decided in the core.

use crate::error::Failure;
use crate::outbound::{FetchError, Fetcher};
use crate::rate::address_key;
use crate::request::Request;
use grantd_core::attempts::Limit;
use grantd_core::change::{Change, Guard, Write};
use grantd_core::client_metadata::{self, MAX_DOCUMENT};
use grantd_core::record::{AuditRecord, ClientOrigin, ClientRecord};
use grantd_protocol::id::AuditId;
use grantd_protocol::web::WebUrl;
use grantd_protocol::{Seconds, Timestamp};
use grantd_store::{CommitError, Store};
use quick_cache::sync::Cache;
use serde_json::json;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OnceCell, Semaphore};

/// Documents that are remembered at the same time, at most: 5 KB each.
const CAPACITY: usize = 5_000;
/// Fetches at the same time, at most.
const AT_ONCE: usize = 32;
/// Fetches that one address may cause, so that nobody makes this server knock at others' doors.
const PER_ADDRESS: Limit = Limit {
    burst: 20,
    period: Seconds(60),
};
/// Fetches from one host, whoever asks.
const PER_HOST: Limit = Limit {
    burst: 30,
    period: Seconds(60),
};

type Key = (Arc<str>, Box<str>);
type Outcome = Option<Document>;

#[derive(Clone)]
struct Document {
    body: bytes::Bytes,
    fetched_at: Timestamp,
    fresh_until: Timestamp,
}

/// A document that somebody wants.
pub struct Asked<'a> {
    /// Whose documents it belongs to: the same address can be asked for in several ways.
    pub owner: Arc<str>,
    /// Where it is.
    pub url: &'a WebUrl,
    /// The most bytes it may have.
    pub limit: usize,
    /// One that was fetched before this is fetched again.
    pub not_before: Timestamp,
}

/// The documents of all realms.
pub struct Documents {
    fetcher: Fetcher,
    known: Cache<Key, Document>,
    under_way: Mutex<HashMap<Key, Arc<OnceCell<Outcome>>>>,
    places: Semaphore,
}

impl Documents {
    /// None yet.
    #[must_use]
    pub fn new(fetcher: Fetcher) -> Self {
        Self {
            fetcher,
            known: Cache::new(CAPACITY),
            under_way: Mutex::default(),
            places: Semaphore::new(AT_ONCE),
        }
    }

    /// The way out, for what is neither kept nor shared.
    #[must_use]
    pub const fn fetcher(&self) -> &Fetcher {
        &self.fetcher
    }

    /// The body of a document, from memory or from its host. A failure is shared by those who wait for it and then
    /// forgotten. `may_fetch` is asked once for each fetch.
    async fn body(
        &self,
        asked: &Asked<'_>,
        now: Timestamp,
        may_fetch: impl FnOnce() -> Result<(), Seconds>,
    ) -> Result<Option<bytes::Bytes>, Seconds> {
        let key: Key = (Arc::clone(&asked.owner), asked.url.as_str().into());
        let is_fresh = |document: &Document| now < document.fresh_until && document.fetched_at >= asked.not_before;
        if let Some(document) = self.known.get(&key).filter(is_fresh) {
            return Ok(Some(document.body));
        }
        let waiting = self.wait_for(&key, may_fetch)?;
        let outcome = waiting.cell.get_or_init(|| self.fetch(asked, now)).await.clone();
        if let Some(document) = &outcome {
            self.known.insert(key, document.clone());
        }
        Ok(outcome.map(|document| document.body))
    }

    /// Joins the fetch that is under way, or begins one.
    fn wait_for(&self, key: &Key, may_fetch: impl FnOnce() -> Result<(), Seconds>) -> Result<Waiting<'_>, Seconds> {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        let cell = match under_way.get(key) {
            Some(cell) => Arc::clone(cell),
            None => {
                may_fetch()?;
                let cell = Arc::new(OnceCell::new());
                under_way.insert(key.clone(), Arc::clone(&cell));
                cell
            }
        };
        Ok(Waiting {
            documents: self,
            key: key.clone(),
            cell,
        })
    }

    async fn fetch(&self, asked: &Asked<'_>, now: Timestamp) -> Outcome {
        let url = asked.url;
        let fetched = match self.places.try_acquire() {
            Ok(_place) => self.fetcher.json(url, asked.limit).await,
            Err(_) => Err(FetchError::TooSlow),
        };
        match fetched {
            Ok(fetched) => Some(Document {
                fetched_at: now,
                fresh_until: now.plus(client_metadata::freshness(fetched.cache_control.as_deref())),
                body: fetched.body,
            }),
            Err(error) => {
                tracing::info!(host = url.host(), %error, "a client's metadata document was not fetched");
                None
            }
        }
    }
}

/// Somebody who waits for a fetch. Whoever is first to leave takes it off the list, and so does the last one to give up
/// waiting: a browser that goes away leaves nothing behind.
struct Waiting<'a> {
    documents: &'a Documents,
    key: Key,
    cell: Arc<OnceCell<Outcome>>,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut under_way = self.documents.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        let is_listed = under_way
            .get(&self.key)
            .is_some_and(|cell| Arc::ptr_eq(cell, &self.cell));
        // The list's own and this one.
        let is_last = Arc::strong_count(&self.cell) <= 2;
        if is_listed && (self.cell.initialized() || is_last) {
            under_way.remove(&self.key);
        }
    }
}

/// The client of an authorization request: the ordinary one, or the one that the document at its id describes.
///
/// # Errors
/// When the store does not answer, or somebody makes this server fetch too often.
pub async fn client(request: &Request<'_>, client_id: &str) -> Result<Option<Arc<ClientRecord>>, Failure> {
    let (app, realm) = (request.app, &request.realm.config.realm);
    let Some(url) = client_metadata::address(client_id, &realm.documents) else {
        return Ok(app.client(&realm.name, client_id).await?);
    };
    let asked = Asked {
        owner: Arc::clone(&realm.name),
        url: &url,
        limit: MAX_DOCUMENT,
        not_before: Timestamp::default(),
    };
    let Some(body) = fetched(request, &asked).await? else {
        return Ok(None);
    };
    let stored = app.store.client(&realm.name, client_id).await?;
    match client_metadata::describe(&url, &body, stored.as_ref(), realm, request.now) {
        Ok(record) => Ok(Some(app.within_policy(Arc::new(record)))),
        Err(error) => {
            tracing::info!(host = url.host(), %error, "a client's metadata document was not taken");
            Ok(None)
        }
    }
}

/// A document, from memory or from its host; `None` where it cannot be had.
///
/// # Errors
/// When somebody makes this server fetch too often.
pub async fn fetched(request: &Request<'_>, asked: &Asked<'_>) -> Result<Option<bytes::Bytes>, Failure> {
    let app = request.app;
    let may_fetch = || {
        // By owner: who makes the server look for documents that are not there does not use up what keys may be fetched.
        let from = (
            "document-address",
            format!("{}|{}", asked.owner, address_key(request.address)),
        );
        let to = ("document-host", format!("{}|{}", asked.owner, asked.url.host()));
        app.limiter.count(PER_ADDRESS, from, request.now)?;
        app.limiter.count(PER_HOST, to, request.now)
    };
    let body = app.documents.body(asked, request.now, may_fetch).await;
    body.map_err(Failure::Limited)
}

/// Keeps the client that a user is about to allow something, as its document describes it now. Somebody who is faster at
/// that has written the same, or is seen at the next request.
///
/// # Errors
/// When the store does not answer.
pub async fn keep(request: &Request<'_>, client: &Arc<ClientRecord>) -> Result<(), Failure> {
    if client.origin != ClientOrigin::MetadataDocument {
        return Ok(());
    }
    let app = request.app;
    let stored = app.store.client(&client.realm, &client.client_id).await?;
    let (guard, write, deed) = match stored {
        Some(stored) if stored.version >= client.version => return Ok(()),
        Some(stored) => (
            Guard::ClientAt {
                realm: Arc::clone(&stored.realm),
                client_id: Arc::clone(&stored.client_id),
                version: stored.version,
            },
            Write::UpdateClient(Box::new(ClientRecord::clone(client))),
            "client.document_changed",
        ),
        None => (
            Guard::ClientIdFree {
                realm: Arc::clone(&client.realm),
                client_id: Arc::clone(&client.client_id),
            },
            Write::InsertClient(Box::new(ClientRecord::clone(client))),
            "client.document_taken",
        ),
    };
    let change = Change {
        id: app.change_id(request.now),
        guards: vec![guard],
        writes: vec![write, audit(request, client, deed)],
    };
    match app.store.commit(change).await {
        Ok(_) => app.clients.forget(&client.realm, &client.client_id),
        Err(CommitError::Conflict) => app.metrics.conflict(),
        Err(CommitError::Fault(fault)) => return Err(fault.into()),
    }
    Ok(())
}

fn audit(request: &Request<'_>, client: &ClientRecord, deed: &str) -> Write {
    let name = format!("client:{}", client.client_id);
    Write::Audit(Box::new(AuditRecord {
        id: AuditId::draw(request.now, &*request.app.entropy),
        realm: Arc::clone(&client.realm),
        at: request.now,
        actor: name.clone(),
        action: deed.to_owned(),
        target: name,
        address: Some(request.address.to_string()),
        detail: json!({
            "redirect_uris": client.redirect_uris,
            "keys_or_addresses_changed_at": client.changed_hands_at.map(Timestamp::secs),
        }),
    }))
}

#[cfg(test)]
mod tests;
