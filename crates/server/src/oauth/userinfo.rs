//! `GET` and `POST /userinfo` (OpenID Connect Core section 5.3), protected as RFC 6750 says, and for bound tokens as RFC
//! 9449 section 7 does.

use super::{dpop, present};
use crate::config::Endpoint;
use crate::error::Failure;
use crate::reply::{self, Reply};
use crate::request::Request;
use crate::wire;
use grantd_core::dpop::{ALGORITHMS, fits};
use grantd_core::token::userinfo::answer;
use grantd_protocol::{ErrorCode, OAuthError};
use grantd_store::Store;
use http::header::WWW_AUTHENTICATE;
use http::{HeaderValue, Method, StatusCode};
use serde_json::{Map, Value};

/// Answers a request.
pub async fn handle(request: &Request<'_>) -> Reply {
    match userinfo(request).await {
        Ok(Some(claims)) => {
            let mut reply = reply::json(StatusCode::OK, &claims);
            dpop::offer_nonce(request, &mut reply);
            reply
        }
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
    let Some(Presented { token, with_proof }) = presented(request)? else {
        return Ok(None);
    };
    let proof = if with_proof {
        let proof = dpop::proof(request, Endpoint::Userinfo, Some(&token))?;
        Some(proof.ok_or(OAuthError::new(
            ErrorCode::InvalidDpopProof,
            "the DPoP proof is missing",
        ))?)
    } else {
        None
    };
    let realm = &request.realm.config.realm;
    let facts = present::access(request, &token).await?;
    let Some(facts) = facts else {
        return Err(OAuthError::invalid_token("the access token is expired, revoked or unknown").into());
    };
    fits(facts.token.jkt, proof.as_ref())?;
    if let Some(proof) = &proof {
        request
            .app
            .write(Vec::new(), std::slice::from_ref(proof.used()))
            .await?;
    }
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

/// A token as it was sent.
struct Presented {
    token: String,
    /// Whether it came under the scheme of bound tokens (RFC 9449 section 7.1).
    with_proof: bool,
}

/// The token, from the one place where it was sent (RFC 6750 section 2: not more than one method).
fn presented(request: &Request<'_>) -> Result<Option<Presented>, OAuthError> {
    let header = wire::authorization(request.headers())?.and_then(|header| header.split_once(' '));
    let header = header.and_then(|(scheme, token)| {
        let with_proof = scheme.eq_ignore_ascii_case("dpop");
        (with_proof || scheme.eq_ignore_ascii_case("bearer")).then(|| Presented {
            token: token.trim().to_owned(),
            with_proof,
        })
    });
    let in_body = if *request.method() == Method::POST && wire::is_form(request.headers()) {
        let params = wire::form(request.headers(), &request.body)?;
        params
            .refuse_duplicates(&[])
            .map_err(grantd_core::grant::refuse_params)?;
        params.get("access_token").map(|token| Presented {
            token: token.to_owned(),
            with_proof: false,
        })
    } else {
        None
    };
    match (header, in_body) {
        (Some(_), Some(_)) => Err(OAuthError::invalid_request("the access token was sent twice")),
        (one, other) => Ok(one.or(other).filter(|sent| !sent.token.is_empty())),
    }
}

/// The challenges of both schemes: that of bound tokens with the error where a proof was tried (RFC 9449 section 7.1), that
/// of bearer tokens with it otherwise.
fn challenge(mut reply: Reply, request: &Request<'_>, error: Option<&OAuthError>) -> Reply {
    let realm = request.realm.name();
    let told = error.map(|error| {
        let scope = match error.code() {
            ErrorCode::InsufficientScope => ", scope=\"openid\"",
            _ => "",
        };
        let (code, description) = (error.code(), error.description());
        format!(", error=\"{code}\", error_description=\"{description}\"{scope}")
    });
    let told = told.as_deref().unwrap_or_default();
    let algorithms: Vec<&str> = ALGORITHMS.iter().map(|algorithm| algorithm.as_str()).collect();
    let algorithms = algorithms.join(" ");
    let tried = wire::authorization(request.headers())
        .ok()
        .flatten()
        .is_some_and(|header| {
            header
                .get(..5)
                .is_some_and(|scheme| scheme.eq_ignore_ascii_case("dpop "))
        });
    let (for_bearer, for_dpop) = if tried { ("", told) } else { (told, "") };
    for text in [
        format!("Bearer realm=\"{realm}\"{for_bearer}"),
        format!("DPoP realm=\"{realm}\", algs=\"{algorithms}\"{for_dpop}"),
    ] {
        if let Ok(value) = HeaderValue::try_from(text) {
            reply.headers_mut().append(WWW_AUTHENTICATE, value);
        }
    }
    if error.is_some_and(|error| matches!(error.code(), ErrorCode::InvalidDpopProof | ErrorCode::UseDpopNonce)) {
        *reply.status_mut() = StatusCode::UNAUTHORIZED;
    }
    reply
}
