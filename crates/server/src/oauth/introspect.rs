//! `POST /introspect` (RFC 7662).

use super::{authenticate, present, token};
use crate::config::Endpoint;
use crate::error::Failure;
use crate::reply::{self, Reply};
use crate::request::Request;
use crate::wire;
use grantd_core::client_auth::AuthenticatedClient;
use grantd_core::grant::refuse_params;
use grantd_core::token::introspect::{INACTIVE, describe_access, describe_refresh, require_confidential};
use grantd_protocol::bearer::RefreshValue;
use grantd_protocol::id::FamilyId;
use grantd_protocol::{OAuthError, RawParams};
use grantd_store::Store;
use http::StatusCode;

/// Answers a request.
pub async fn handle(request: &Request<'_>) -> Reply {
    match introspect(request).await {
        Ok(body) => reply::json_bytes(StatusCode::OK, body),
        Err(failure) => failure.into_json(request, "introspect"),
    }
}

async fn introspect(request: &Request<'_>) -> Result<Vec<u8>, Failure> {
    let params = wire::form(request.headers(), &request.body)?;
    params.refuse_duplicates(&[]).map_err(refuse_params)?;
    let caller = authenticate::client(request, &params, Endpoint::Introspect).await?;
    let described = describe(request, &params, &caller).await;
    authenticate::spent(request, &caller, described).await
}

async fn describe(request: &Request<'_>, params: &RawParams, caller: &AuthenticatedClient) -> Result<Vec<u8>, Failure> {
    require_confidential(caller)?;
    let presented = params
        .get("token")
        .ok_or(OAuthError::invalid_request("token is missing"))?;
    let realm = &request.realm.config.realm;
    // The hint only says where to look first (section 2.1); every form says by itself what it is.
    if let Some(value) = RefreshValue::parse(&realm.refresh.prefix, presented) {
        let facts = request.app.store.family(FamilyId::from_bytes(value.family)).await?;
        let found = facts.filter(|facts| request.app.refresh_key.made(&facts.family, &value));
        let Some(facts) = found else {
            return Ok(INACTIVE.to_vec());
        };
        let place = token::membership(request, &facts.family.delegation).await?;
        let generation = value.generation;
        return Ok(describe_refresh(
            &facts,
            place.as_ref(),
            generation,
            caller,
            realm,
            request.now,
        ));
    }
    let facts = present::access(request, presented).await?;
    let issued_to = match &facts {
        Some(facts) if facts.token.client_id == caller.client_id => Some(std::sync::Arc::clone(caller.record())),
        Some(facts) => request.app.client(&realm.name, &facts.token.client_id).await?,
        None => None,
    };
    Ok(describe_access(
        facts.as_ref(),
        issued_to.as_deref(),
        caller,
        realm,
        request.now,
    ))
}
