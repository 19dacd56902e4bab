//! `POST /revoke` (RFC 7009): 200 for whatever is over now, whether it was ever alive or not; 503 when that could not
//! be made certain.

use super::{authenticate, present};
use crate::config::Endpoint;
use crate::error::Failure;
use crate::reply::{self, Reply};
use crate::request::Request;
use crate::wire::{self, Asked};
use grantd_core::change::Change;
use grantd_core::grant::refuse_params;
use grantd_core::refresh_value::RefreshText;
use grantd_core::token::revoke::{revoke_access, revoke_refresh};
use grantd_protocol::OAuthError;
use grantd_store::Store;
use http::StatusCode;

/// Answers a request.
pub async fn handle(request: &Request<'_>) -> Reply {
    let asked = match wire::receive(request, wire::Purpose::Other).await {
        Ok(asked) => asked,
        Err(unread) => return unread.into_json(request, "revoke"),
    };
    match revoke(request, &asked).await {
        Ok(()) => reply::empty(StatusCode::OK),
        Err(failure) => failure.into_json(request, "revoke", &asked.voice),
    }
}

async fn revoke(request: &Request<'_>, asked: &Asked) -> Result<(), Failure> {
    let params = &asked.params;
    params.refuse_duplicates(&[]).map_err(refuse_params)?;
    let caller = authenticate::client(request, asked, Endpoint::Revoke).await?;
    let Some(token) = params.get("token") else {
        let missing = OAuthError::invalid_request("token is missing");
        return authenticate::spent(request, &caller, Err(missing.into())).await;
    };
    let app = request.app;
    let change_id = app.change_id(request.now);
    let refresh = RefreshText::read(&request.realm.config.realm, token);
    let access = match refresh {
        RefreshText::Own(_) => None,
        RefreshText::Imported(_) => present::access(request, token).await?,
    };
    let change = if let Some(facts) = access {
        revoke_access(&facts.token, &caller, request.now, change_id)
    } else {
        let facts = app.store.family(refresh.family()).await?;
        facts.and_then(|facts| {
            revoke_refresh(
                &facts.family,
                &refresh,
                &caller,
                &app.refresh_key,
                request.now,
                change_id,
            )
        })
    };
    let change = change.unwrap_or_else(|| Change::new(change_id, Vec::new()));
    app.settle(change, caller.used()).await
}
