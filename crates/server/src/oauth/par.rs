//! `POST /par` (RFC 9126): the client's authentication, the checks of the authorization endpoint, and a reference in which
//! the request itself is sealed. Nothing is stored for a request that nobody has logged in for.

use super::{authenticate, dpop};
use crate::client_keys;
use crate::config::Endpoint;
use crate::error::Failure;
use crate::interaction::pushed;
use crate::reply::{self, Reply};
use crate::request::Request;
use crate::wire::{self, Asked};
use grantd_core::authorize::jar::unpack;
use grantd_core::authorize::par::{Push, push};
use grantd_core::client_auth::AuthenticatedClient;
use grantd_core::grant::refuse_params;
use grantd_protocol::{OAuthError, RawParams};
use http::StatusCode;
use serde_json::{Value, json};

/// Answers a request.
pub async fn handle(request: &Request<'_>) -> Reply {
    let asked = match wire::receive(request, wire::Purpose::Other).await {
        Ok(asked) => asked,
        Err(unread) => return unread.into_json(request, "par"),
    };
    match accept(request, &asked).await {
        Ok(body) => reply::json_bytes(StatusCode::CREATED, asked.voice.members(body.to_string().into_bytes())),
        Err(failure) => failure.into_json(request, "par", &asked.voice),
    }
}

async fn accept(request: &Request<'_>, asked: &Asked) -> Result<Value, Failure> {
    let params = &asked.params;
    params.refuse_duplicates(&["resource"]).map_err(refuse_params)?;
    let client = authenticate::client(request, asked, Endpoint::Par).await?;
    let client = dpop::bind(request, client, Endpoint::Par).await?;
    let sealed = seal(request, params, &client).await;
    authenticate::spent(request, &client, sealed).await
}

async fn seal(request: &Request<'_>, params: &RawParams, client: &AuthenticatedClient) -> Result<Value, Failure> {
    if params.get("request_uri").is_some() {
        return Err(OAuthError::invalid_request("request_uri must not be pushed").into());
    }
    let keys = client_keys::of(request, client, params.get("request")).await?;
    let signed = unpack(params, client, keys.as_ref(), &request.context())?;
    let wanted = Push {
        params: signed.as_ref().unwrap_or(params),
        signed: signed.is_some(),
        proved_key: client.key(),
    };
    let pushed = push(&wanted, client, &request.context(), &*request.app.entropy)?;
    Ok(json!({ "request_uri": pushed::seal(request, &pushed), "expires_in": pushed.expires_in() }))
}
