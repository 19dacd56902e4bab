//! `GET` and `POST /userinfo` (OpenID Connect Core section 5.3), protected as RFC 6750 says.

use super::{authenticate, present};
use crate::error::Failure;
use crate::reply::{self, Reply};
use crate::request::Request;
use crate::wire;
use grantd_core::token::userinfo::answer;
use grantd_protocol::{ErrorCode, OAuthError};
use grantd_store::Store;
use http::header::WWW_AUTHENTICATE;
use http::{HeaderValue, Method, StatusCode};
use serde_json::{Map, Value};

/// Answers a request.
pub async fn handle(request: &Request<'_>) -> Reply {
    match userinfo(request).await {
        Ok(Some(claims)) => reply::json(StatusCode::OK, &claims),
        Ok(None) => challenge(reply::empty(StatusCode::UNAUTHORIZED), request, None),
        Err(Failure::Refused { error, basic }) => {
            let reply = Failure::Refused {
                error: error.clone(),
                basic,
            }
            .into_json(request, "userinfo");
            challenge(reply, request, Some(&error))
        }
        Err(failure) => failure.into_json(request, "userinfo"),
    }
}

/// `Ok(None)` where no token was sent: the challenge then carries no error (RFC 6750 section 3.1).
async fn userinfo(request: &Request<'_>) -> Result<Option<Map<String, Value>>, Failure> {
    let Some(token) = presented(request)? else {
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
fn presented(request: &Request<'_>) -> Result<Option<String>, OAuthError> {
    let header = wire::authorization(request.headers())?.and_then(|header| header.split_once(' '));
    let header = header
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim().to_owned());
    let in_body = if *request.method() == Method::POST && wire::is_form(request.headers()) {
        let params = wire::form(request.headers(), &request.body)?;
        params
            .refuse_duplicates(&[])
            .map_err(grantd_core::grant::refuse_params)?;
        params.get("access_token").map(str::to_owned)
    } else {
        None
    };
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
