//! `GET`, `PUT` and `DELETE` of a registration (RFC 7592), for whoever has its registration access token.

use super::{ATTEMPTS, body, challenged, setting, told};
use crate::error::{Failure, Fault};
use crate::reply::{self, Reply};
use crate::request::Request;
use crate::wire;
use grantd_core::change::Change;
use grantd_core::registration::manage::{authorize, current, delete, replace};
use grantd_core::registration::members::Members;
use grantd_core::registration::{Given, Wanted, statement};
use grantd_protocol::{OAuthError, Secret};
use grantd_store::{CommitError, Store};
use http::{Method, StatusCode};
use serde_json::{Map, Value};

const MISSING: OAuthError = OAuthError::invalid_token("a registration access token is needed");

/// Answers a request.
pub async fn handle(request: &Request<'_>) -> Reply {
    if !request.realm.config.realm.registration.is_on() {
        return reply::empty(StatusCode::NOT_FOUND);
    }
    match manage(request).await {
        Ok(Some(members)) => reply::json(StatusCode::OK, &members),
        Ok(None) => reply::empty(StatusCode::NO_CONTENT),
        Err(failure) => challenged(failure, request, "registration"),
    }
}

async fn manage(request: &Request<'_>) -> Result<Option<Map<String, Value>>, Failure> {
    let token = presented(request)?;
    let (app, realm) = (request.app, &request.realm.config.realm);
    let address = request.address.to_string();
    let setting = setting(request, &address);
    for _ in 0..ATTEMPTS {
        let found = app.store.client(&realm.name, client_id(request)).await?;
        let client = authorize(found.as_ref(), token)?;
        let (change, told) = match *request.method() {
            Method::PUT => {
                let sent = body(request)?;
                let members = statement::apply(&sent, realm, request.now)?;
                let wanted = Wanted::read(Members(&members), realm)?;
                wanted.check_keys(Some(client))?;
                super::sector::check(request, &wanted).await?;
                let replaced = replace(client, Members(&sent), &wanted, setting, &*app.entropy)?;
                (replaced.change, Some(told(request, &replaced.record, &replaced.given)))
            }
            Method::DELETE => (Some(delete(client, setting, &*app.entropy)), None),
            // The token is kept as a hash, so the one that was presented is told again.
            _ => {
                let given = Given {
                    secret: None,
                    token: Some(Secret::new(token.to_owned())),
                };
                return Ok(Some(told(request, &current(client, realm)?, &given)));
            }
        };
        match commit(request, change, &client.client_id).await? {
            Committed::Yes => return Ok(told),
            Committed::Lost => {}
        }
    }
    Err(Fault::Contention(ATTEMPTS).into())
}

enum Committed {
    Yes,
    Lost,
}

async fn commit(request: &Request<'_>, change: Option<Change>, client_id: &str) -> Result<Committed, Failure> {
    let app = request.app;
    let Some(change) = change else {
        return Ok(Committed::Yes);
    };
    match app.store.commit(change).await {
        Ok(_) => {
            app.clients.forget(request.realm.name(), client_id);
            Ok(Committed::Yes)
        }
        Err(CommitError::Conflict) => {
            app.metrics.conflict();
            Ok(Committed::Lost)
        }
        Err(CommitError::Fault(fault)) => Err(fault.into()),
    }
}

/// The path's last part.
fn client_id<'a>(request: &'a Request<'_>) -> &'a str {
    request.parts.uri.path().rsplit('/').next().unwrap_or_default()
}

fn presented<'a>(request: &'a Request<'_>) -> Result<&'a str, OAuthError> {
    wire::bearer(request.headers())?.ok_or(MISSING)
}
