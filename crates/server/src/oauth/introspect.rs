//! `POST /introspect` (RFC 7662), for access tokens, refresh tokens and API keys. An API may name the permissions that
//! it is about to need as `scope`: it is told whether the credential holds them, and they count as used. Whoever accepts
//! it gets the reply as a JWT (RFC 9701), to be kept as evidence.

use super::present::{self, Found};
use super::{authenticate, token};
use crate::config::Endpoint;
use crate::error::{Failure, Fault};
use crate::reply::{self, Reply};
use crate::request::Request;
use crate::wire::{self, Asked};
use grantd_core::client_auth::AuthenticatedClient;
use grantd_core::grant::refuse_params;
use grantd_core::refresh_value::RefreshText;
use grantd_core::token::introspect::{
    INACTIVE, JWT_TYPE, as_jwt, describe_access, describe_api_key, describe_refresh, is_resource_server,
    require_confidential,
};
use grantd_protocol::{OAuthError, RawParams, ScopeSet};
use grantd_store::Store;
use http::StatusCode;

/// Answers a request.
pub async fn handle(request: &Request<'_>) -> Reply {
    let asked = match wire::receive(request, wire::Purpose::Other).await {
        Ok(asked) => asked,
        Err(unread) => return unread.into_json(request, "introspect"),
    };
    match introspect(request, &asked).await {
        Ok(Answered::Json(body)) => reply::json_bytes(StatusCode::OK, asked.voice.members(body)),
        Ok(Answered::Jwt(token)) => reply::jwt(token, MEDIA_TYPE),
        Err(failure) => failure.into_json(request, "introspect", &asked.voice),
    }
}

/// The media type of a reply as a JWT (RFC 9701 section 5).
const MEDIA_TYPE: &str = "application/token-introspection+jwt";

/// The reply in the form that the caller accepts.
enum Answered {
    Json(Vec<u8>),
    Jwt(String),
}

async fn introspect(request: &Request<'_>, asked: &Asked) -> Result<Answered, Failure> {
    let params = &asked.params;
    params.refuse_duplicates(&[]).map_err(refuse_params)?;
    let caller = authenticate::client(request, asked, Endpoint::Introspect).await?;
    let described = describe(request, params, &caller).await;
    let described = described.and_then(|body| in_form(request, &caller, body));
    authenticate::spent(request, &caller, described).await
}

fn in_form(request: &Request<'_>, caller: &AuthenticatedClient, body: Vec<u8>) -> Result<Answered, Failure> {
    // RFC 9701 section 6: who registered an algorithm gets no answer that somebody on the way could have written.
    let is_signed = caller.openid.introspection_signed_response_alg.is_some();
    if !is_signed && !wire::accepts(request.headers(), MEDIA_TYPE) {
        return Ok(Answered::Json(body));
    }
    let algorithm = request.realm.config.realm.id_token.algorithm;
    let payload = as_jwt(&body, request.issuer, caller, request.now);
    let signer = request.realm.ring.signer(algorithm).map_err(Fault::from)?;
    let token = signer.sign(JWT_TYPE, &payload).map_err(Fault::from)?;
    Ok(Answered::Jwt(token))
}

async fn describe(request: &Request<'_>, params: &RawParams, caller: &AuthenticatedClient) -> Result<Vec<u8>, Failure> {
    require_confidential(caller)?;
    let presented = params
        .get("token")
        .ok_or(OAuthError::invalid_request("token is missing"))?;
    let needed = params.get("scope").map(ScopeSet::parse).transpose();
    let needed = needed.map_err(|_| OAuthError::invalid_request("scope is not a list of permissions"))?;
    let realm = &request.realm.config.realm;
    // The hint only says where to look first (section 2.1); every form says by itself what it is.
    let own_refresh = RefreshText::own(realm, presented);
    let found = match own_refresh {
        Some(_) => None,
        None => present::credential(request, presented, Some(caller)).await?,
    };
    let Some(found) = found else {
        let refresh = own_refresh.unwrap_or_else(|| RefreshText::read(realm, presented));
        return describe_family(request, &refresh, caller).await;
    };
    count(request, caller, &found, needed.as_ref());
    let needed = needed.as_ref();
    Ok(match &found {
        Found::ApiKey(facts) => describe_api_key(Some(facts), caller, needed, realm, request.now),
        Found::Access(facts, issued_to) => {
            describe_access(Some(facts), issued_to.as_deref(), caller, needed, realm, request.now)
        }
    })
}

async fn describe_family(
    request: &Request<'_>,
    refresh: &RefreshText,
    caller: &AuthenticatedClient,
) -> Result<Vec<u8>, Failure> {
    let facts = request.app.store.family(refresh.family()).await?;
    let found = facts.filter(|facts| request.app.refresh_key.made(&facts.family, refresh));
    let Some(facts) = found else {
        return Ok(INACTIVE.to_vec());
    };
    let place = token::membership(request, &facts.family.delegation).await?;
    let (realm, generation) = (&request.realm.config.realm, refresh.generation());
    Ok(describe_refresh(
        &facts,
        place.as_ref(),
        generation,
        caller,
        realm,
        request.now,
    ))
}

/// Counts what an API says it is about to need. A key's last use is known from every look at it; a token's permissions
/// are counted only where they are named, so that whoever asks as RFC 7662 says pays nothing.
fn count(request: &Request<'_>, caller: &AuthenticatedClient, found: &Found, needed: Option<&ScopeSet>) {
    if needed.is_none() && matches!(found, Found::Access(..)) {
        return;
    }
    let realm = &request.realm.config.realm;
    let verdict = found.verdict(realm, request.now);
    let Some(verdict) =
        verdict.filter(|verdict| is_resource_server(caller, verdict.audience.map(|audience| &**audience)))
    else {
        return;
    };
    let usage = &request.app.usage;
    if matches!(found, Found::ApiKey(_)) {
        usage.seen(&realm.name, &verdict.holder, request.now);
    }
    if let Some(needed) = needed {
        let used = verdict.used(needed, realm);
        if let Some(grant) = verdict.grant.filter(|_| verdict.permits(needed)) {
            usage.done(&realm.name, grant, &used, request.now);
        }
        usage.count(&realm.name, &verdict.holder, used, request.now);
    }
}
