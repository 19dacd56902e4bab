//! `GET` and `POST /userinfo` (OpenID Connect Core section 5.3), protected as RFC 6750 says.

use super::{authenticate, present};
use crate::error::Failure;
use crate::reply::{self, Reply};
use crate::request::Request;
use crate::wire::{self, Asked, Unread, Voice};
use grantd_core::token::userinfo::answer;
use grantd_protocol::{ErrorCode, OAuthError, RawParams};
use grantd_store::Store;
use http::header::WWW_AUTHENTICATE;
use http::{HeaderValue, Method, StatusCode};
use serde_json::{Map, Value};

/// Answers a request.
pub async fn handle(request: &Request<'_>) -> Reply {
    let asked = match body(request).await {
        Ok(asked) => asked,
        Err(unread) => return refuse(request, unread.failure, &unread.voice),
    };
    if let Some(error) = asked.not_its_form {
        return refuse(request, error.into(), &asked.voice);
    }
    match userinfo(request, &asked.params).await {
        // Claims keep their names in every form: they are the same in ID tokens.
        Ok(Some(claims)) => reply::json(StatusCode::OK, &claims),
        Ok(None) => challenge(reply::empty(StatusCode::UNAUTHORIZED), request, None),
        Err(failure) => refuse(request, failure, &asked.voice),
    }
}

/// The parameters of a POST that has any; the token may stand among them.
async fn body(request: &Request<'_>) -> Result<Asked, Unread> {
    if *request.method() == Method::POST && wire::has_body(request) {
        return wire::receive(request, wire::Purpose::Other).await;
    }
    Ok(Asked::standard(RawParams::default()))
}

fn refuse(request: &Request<'_>, failure: Failure, voice: &Voice) -> Reply {
    let error = match &failure {
        Failure::Refused { error, .. } => Some(error.clone()),
        _ => None,
    };
    let reply = failure.into_json(request, "userinfo", voice);
    match error {
        Some(error) => challenge(reply, request, Some(&error)),
        None => reply,
    }
}

/// `Ok(None)` where no token was sent: the challenge then carries no error (RFC 6750 section 3.1).
async fn userinfo(request: &Request<'_>, params: &RawParams) -> Result<Option<Map<String, Value>>, Failure> {
    let Some(token) = presented(request, params)? else {
        return Ok(None);
    };
    let realm = &request.realm.config.realm;
    let facts = present::access(request, &token).await?;
    let Some(facts) = facts else {
        return Err(OAuthError::invalid_token("the access token is expired, revoked or unknown").into());
    };
    let limits = request.app.limits().userinfo;
    authenticate::within_rate(request, "client-userinfo", limits, &facts.token.client_id)?;
    let client = request.app.client(&realm.name, &facts.token.client_id).await?;
    let user = request.app.store.user(&realm.name, &facts.token.subject).await?;
    Ok(Some(answer(
        &facts,
        client.as_deref(),
        user.as_ref(),
        realm,
        request.now,
    )?))
}

/// The token, from the one place where it was sent (RFC 6750 section 2: not more than one method).
fn presented(request: &Request<'_>, params: &RawParams) -> Result<Option<String>, OAuthError> {
    let header = wire::authorization(request.headers())?.and_then(|header| header.split_once(' '));
    let header = header
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim().to_owned());
    params
        .refuse_duplicates(&[])
        .map_err(grantd_core::grant::refuse_params)?;
    let in_body = params.get("access_token").map(str::to_owned);
    match (header, in_body) {
        (Some(_), Some(_)) => Err(OAuthError::invalid_request("the access token was sent twice")),
        (one, other) => Ok(one.or(other).filter(|token| !token.is_empty())),
    }
}

fn challenge(mut reply: Reply, request: &Request<'_>, error: Option<&OAuthError>) -> Reply {
    let realm = request.realm.name();
    let text = match error {
        None => format!("Bearer realm=\"{realm}\""),
        Some(error) if error.code() == ErrorCode::InsufficientScope => {
            format!(
                "Bearer realm=\"{realm}\", error=\"insufficient_scope\", error_description=\"{}\", scope=\"openid\"",
                error.description()
            )
        }
        Some(error) => format!(
            "Bearer realm=\"{realm}\", error=\"{}\", error_description=\"{}\"",
            error.code(),
            error.description()
        ),
    };
    if let Ok(value) = HeaderValue::try_from(text) {
        reply.headers_mut().insert(WWW_AUTHENTICATE, value);
    }
    reply
}
