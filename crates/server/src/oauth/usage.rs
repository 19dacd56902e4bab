//! `POST /usage`: APIs that verify tokens by themselves report which permissions were used, in batches. What may count is the
//! core's business.

use super::authenticate;
use crate::config::Endpoint;
use crate::error::Failure;
use crate::reply::{self, Reply};
use crate::request::Request;
use crate::wire::{self, Asked};
use grantd_core::SingleUse;
use grantd_core::client_auth::AuthenticatedClient;
use grantd_core::grant::refuse_params;
use grantd_core::record::Holder;
use grantd_core::token::introspect::require_confidential;
use grantd_core::usage_report::{Line, counted, named, read, require_api};
use grantd_protocol::{OAuthError, ScopeSet};
use grantd_store::Store;
use http::StatusCode;
use serde_json::json;
use std::collections::HashMap;
use std::sync::Arc;

/// Answers a request.
pub async fn handle(request: &Request<'_>) -> Reply {
    let asked = match wire::receive(request, wire::Purpose::Other).await {
        Ok(asked) => asked,
        Err(unread) => return unread.into_json(request, "usage"),
    };
    match report(request, &asked).await {
        Ok(taken) => {
            let body = json!({ "counted": taken.counted, "ignored": taken.ignored });
            reply::json_bytes(StatusCode::OK, asked.voice.members(body.to_string().into_bytes()))
        }
        Err(failure) => failure.into_json(request, "usage", &asked.voice),
    }
}

/// How many lines counted, and how many did not: what they name is not there, or is not held. Neither of those of a report
/// that came before.
#[derive(Default)]
struct Taken {
    counted: usize,
    ignored: usize,
}

async fn report(request: &Request<'_>, asked: &Asked) -> Result<Taken, Failure> {
    asked.params.refuse_duplicates(&[]).map_err(refuse_params)?;
    let caller = authenticate::client(request, asked, Endpoint::Usage).await?;
    let outcome = take(request, asked, &caller).await;
    let Uses { counted, ignored, name } = authenticate::spent(request, &caller, outcome).await?;
    if let Some(name) = name
        && !is_new(request, name).await?
    {
        return Ok(Taken::default());
    }
    let (usage, realm) = (&request.app.usage, request.realm.name());
    let taken = Taken {
        counted: counted.len(),
        ignored,
    };
    for (holder, permission, count) in counted {
        usage.report(realm, &holder, permission, count, request.now);
    }
    Ok(taken)
}

/// What a report says, as far as it counts.
struct Uses {
    counted: Vec<(Holder, Arc<str>, u64)>,
    ignored: usize,
    /// The name that its sender gave it.
    name: Option<SingleUse>,
}

async fn take(request: &Request<'_>, asked: &Asked, caller: &AuthenticatedClient) -> Result<Uses, Failure> {
    require_confidential(caller)?;
    require_api(caller)?;
    let realm = &request.realm.config.realm;
    let id = asked.params.get("report_id");
    let name = id.map(|id| named(id, caller, realm, request.now)).transpose()?;
    let uses = asked.params.get("uses");
    let lines = read(uses.ok_or(OAuthError::invalid_request("uses is missing"))?)?;
    let held = held(request, &lines).await?;
    let mut counts = Vec::new();
    for line in &lines {
        let held = held.get(&line.holder).and_then(Option::as_ref);
        let permission = held.and_then(|held| counted(line, held, caller, realm));
        counts.extend(permission.map(|permission| (line.holder.clone(), permission, line.count)));
    }
    Ok(Uses {
        ignored: lines.len() - counts.len(),
        counted: counts,
        name,
    })
}

/// Whether a report comes for the first time; it is remembered that it came.
async fn is_new(request: &Request<'_>, name: SingleUse) -> Result<bool, Failure> {
    match request.app.write(Vec::new(), &[name]).await {
        Ok(()) => Ok(true),
        Err(Failure::Refused { .. }) => Ok(false),
        Err(failure) => Err(failure),
    }
}

/// What each of those named holds; nothing where there is no such holder in this realm.
async fn held(request: &Request<'_>, lines: &[Line]) -> Result<HashMap<Holder, Option<ScopeSet>>, Failure> {
    let (store, realm) = (&request.app.store, &request.realm.config.realm.name);
    let mut all = HashMap::new();
    for line in lines {
        if all.contains_key(&line.holder) {
            continue;
        }
        let scopes = match &line.holder {
            Holder::Client(client_id) => store.client(realm, client_id).await?.map(|client| client.scopes),
            // Nobody reports what a client would break, nor of a grant, which no token names.
            Holder::Breaks(_) | Holder::Secrets(_) | Holder::Grant(_) => None,
            Holder::ApiKey(id) => {
                let facts = store.api_key(*id).await?;
                facts
                    .filter(|facts| facts.key.realm == *realm)
                    .map(|facts| facts.key.scope)
            }
        };
        all.insert(line.holder.clone(), scopes);
    }
    Ok(all)
}
