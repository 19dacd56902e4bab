//! `POST /register` (RFC 7591): the body read strictly, the candidate for folding looked up, the decision made, one commit,
//! the reply. What may be registered is decided in the core.

pub mod initial_access;
pub mod manage;
pub mod sector;

use crate::config::Endpoint;
use crate::error::{Failure, Fault};
use crate::reply::{self, Reply};
use crate::request::Request;
use crate::wire;
use grantd_core::change::Change;
use grantd_core::record::ClientRecord;
use grantd_core::refusal::NO_INITIAL_ACCESS;
use grantd_core::registration::initial_access::InitialAccess;
use grantd_core::registration::members::Members;
use grantd_core::registration::{self, Given, Outcome, Registered, Setting, Wanted, candidate, describe, statement};
use grantd_jose::strict_json;
use grantd_protocol::{ErrorCode, OAuthError};
use grantd_store::{CommitError, Store};
use http::header::WWW_AUTHENTICATE;
use http::{HeaderValue, StatusCode};
use serde_json::{Map, Value, json};

/// How often a lost race is decided again: each loss is the win of an identical registration.
const ATTEMPTS: usize = 16;

/// Answers a request.
pub async fn handle(request: &Request<'_>) -> Reply {
    if !request.realm.config.realm.registration.is_on() {
        return reply::empty(StatusCode::NOT_FOUND);
    }
    match register(request).await {
        Ok(members) => reply::json(StatusCode::CREATED, &members),
        Err(failure) => challenged(failure, request, "register"),
    }
}

/// RFC 6750 section 3: a refused token comes with a challenge, which names the error where there was a token.
fn challenged(failure: Failure, request: &Request<'_>, endpoint: &'static str) -> Reply {
    let refused = matches!(&failure, Failure::Refused { error, .. } if error.code() == ErrorCode::InvalidToken);
    let mut reply = failure.into_json(request, endpoint, &wire::Voice::STANDARD);
    if refused {
        let challenge = match wire::bearer(request.headers()) {
            Ok(None) => "Bearer",
            _ => "Bearer error=\"invalid_token\"",
        };
        let challenge = HeaderValue::from_static(challenge);
        reply.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    }
    reply
}

async fn register(request: &Request<'_>) -> Result<Map<String, Value>, Failure> {
    let realm = &request.realm.config.realm;
    let token = initial_access::presented(request)?;
    let sent = body(request)?;
    let members = statement::apply(&sent, realm, request.now)?;
    let wanted = Wanted::read(Members(&members), realm)?;
    wanted.check_keys(None)?;
    sector::check(request, &wanted).await?;
    let registered = decide(request, &wanted, token.as_ref()).await?;
    let mut reply = told(request, &registered.record, &registered.given);
    // The client's own spelling: a folded client's addresses may differ in their loopback ports.
    reply.insert("redirect_uris".to_owned(), json!(wanted.redirect_uris));
    // RFC 7591 section 3.2.1: returned as it was sent.
    if let Some(statement) = sent.get("software_statement").filter(|statement| statement.is_string()) {
        reply.insert("software_statement".to_owned(), statement.clone());
    }
    Ok(reply)
}

async fn decide(request: &Request<'_>, wanted: &Wanted, token: Option<&InitialAccess>) -> Result<Registered, Failure> {
    let (app, realm) = (request.app, &request.realm.config.realm);
    let address = request.address.to_string();
    let setting = setting(request, &address);
    let (mut next_id, mut next_use) = (0, 0);
    for _ in 0..ATTEMPTS + usize::from(token.map_or(0, |token| token.uses)) {
        let id = candidate(wanted, realm, next_id);
        let existing = match &id {
            Some(id) => app.store.client(&realm.name, id).await?,
            None => None,
        };
        let registered = match registration::register(wanted, id, existing.as_ref(), setting, &*app.entropy)? {
            Outcome::Taken => {
                next_id += 1;
                continue;
            }
            Outcome::Registered(registered) => *registered,
        };
        let this_use = token
            .map(|token| token.used(next_use).ok_or(NO_INITIAL_ACCESS))
            .transpose()?;
        let change = match (registered.change.clone(), token) {
            (None, None) => return Ok(registered),
            (Some(change), None) => change,
            // A registration that writes nothing else uses the token all the same.
            (change, Some(token)) => {
                let mut change = change.unwrap_or_else(|| Change::new(app.change_id(request.now), Vec::new()));
                change.guards.push(token.taken_back().guard());
                change.spend(this_use.as_slice());
                change
            }
        };
        match app.store.commit(change).await {
            Ok(_) => {
                app.clients.forget(&realm.name, &registered.record.client_id);
                return Ok(registered);
            }
            Err(CommitError::Conflict) => {
                app.metrics.conflict();
                if let Some(token) = token
                    && let Some(refusal) = app.replayed(&[token.taken_back()]).await?
                {
                    return Err(refusal.into());
                }
                if app.replayed(this_use.as_slice()).await?.is_some() {
                    next_use += 1;
                }
            }
            Err(CommitError::Fault(fault)) => return Err(fault.into()),
        }
    }
    Err(Fault::Contention(ATTEMPTS).into())
}

fn setting<'a>(request: &'a Request<'_>, address: &'a str) -> Setting<'a> {
    Setting {
        realm: &request.realm.config.realm,
        now: request.now,
        address,
    }
}

/// The body's one JSON object.
fn body(request: &Request<'_>) -> Result<Map<String, Value>, OAuthError> {
    if !wire::is_json(request.headers()) {
        return Err(OAuthError::new(
            ErrorCode::InvalidClientMetadata,
            "the body must be application/json",
        ));
    }
    strict_json::object_from_slice(&request.body, request.app.json)
        .map_err(|error| OAuthError::with_detail(ErrorCode::InvalidClientMetadata, &error.to_string()))
}

/// The reply: what was applied, and where it is managed if it can be.
fn told(request: &Request<'_>, client: &ClientRecord, given: &Given) -> Map<String, Value> {
    let mut members = describe(client, given);
    if given.token.is_some() {
        let endpoint = request
            .realm
            .config
            .endpoints
            .url_for(request.issuer, Endpoint::Register);
        let address = format!("{}/{}", endpoint.unwrap_or_default(), client.client_id);
        members.insert("registration_client_uri".to_owned(), address.into());
    }
    members
}
