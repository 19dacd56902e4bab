//! `GET` and `POST /userinfo` (OpenID Connect Core section 5.3), protected as RFC 6750 says, and for bound tokens as RFC
//! 9449 section 7 and RFC 8705 section 3 do.

use super::{authenticate, challenge, dpop, present};
use crate::config::Endpoint;
use crate::error::{Failure, Fault};
use crate::reply::{self, Reply};
use crate::request::Request;
use crate::wire::{self, Asked, Unread, Voice};
use grantd_core::dpop::{Shown, fits};
use grantd_core::token::userinfo::answer;
use grantd_protocol::{ErrorCode, OAuthError, RawParams};
use grantd_store::Store;
use http::{Method, StatusCode};
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
        Ok(Some(answered)) => {
            let mut reply = match answered.signed {
                Some(token) => reply::jwt(token, "application/jwt"),
                None => reply::json(StatusCode::OK, &answered.claims),
            };
            dpop::offer_nonce(request, &mut reply);
            reply
        }
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
async fn userinfo(request: &Request<'_>, params: &RawParams) -> Result<Option<Answered>, Failure> {
    let Some(Presented { token, with_proof }) = presented(request, params)? else {
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
    let shown = Shown {
        proof: proof.as_ref(),
        certificate: request.certificate().map(|certificate| certificate.thumbprint),
    };
    fits(facts.token.bound_to, shown)?;
    if let Some(proof) = &proof {
        request
            .app
            .write(Vec::new(), std::slice::from_ref(proof.used()))
            .await?;
    }
    let limits = request.app.limits().userinfo;
    authenticate::within_rate(request, "client-userinfo", limits, &facts.token.client_id)?;
    let client = request.app.client(&realm.name, &facts.token.client_id).await?;
    let user = request.app.store.user(&realm.name, &facts.token.subject).await?;
    let claims = answer(&facts, client.as_deref(), user.as_ref(), realm, request.now)?;
    let signed = client
        .filter(|client| client.openid.userinfo_signed_response_alg.is_some())
        .map(|client| sign(request, &claims, &facts.token.issuer, &client.client_id))
        .transpose()?;
    Ok(Some(Answered { claims, signed }))
}

/// The claims, and the same as a JWT where the client wants it signed.
struct Answered {
    claims: Map<String, Value>,
    signed: Option<String>,
}

/// Section 5.3.2: signed, it says by whom and for whom. There is no `azp`, so that it can never pass for an ID token here.
fn sign(request: &Request<'_>, claims: &Map<String, Value>, issuer: &str, client_id: &str) -> Result<String, Fault> {
    let mut claims = claims.clone();
    claims.insert("iss".to_owned(), issuer.into());
    claims.insert("aud".to_owned(), client_id.into());
    let payload = serde_json::to_vec(&claims).unwrap_or_default();
    let signer = request
        .realm
        .ring
        .signer(request.realm.config.realm.id_token.algorithm)?;
    Ok(signer.sign("JWT", &payload)?)
}

/// A token as it was sent.
struct Presented {
    token: String,
    /// Whether it came under the scheme of bound tokens (RFC 9449 section 7.1).
    with_proof: bool,
}

const TWICE: OAuthError = OAuthError::invalid_request("the access token was sent in two ways");

/// The token, from the one place where it was sent (RFC 6750 section 2: not more than one method).
fn presented(request: &Request<'_>, params: &RawParams) -> Result<Option<Presented>, OAuthError> {
    let header = wire::authorization(request.headers())?.and_then(|header| header.split_once(' '));
    let header = header.and_then(|(scheme, token)| {
        let with_proof = scheme.eq_ignore_ascii_case("dpop");
        (with_proof || scheme.eq_ignore_ascii_case("bearer")).then(|| Presented {
            token: token.trim().to_owned(),
            with_proof,
        })
    });
    params
        .refuse_duplicates(&[])
        .map_err(grantd_core::grant::refuse_params)?;
    let in_body = params.get("access_token").map(|token| Presented {
        token: token.to_owned(),
        with_proof: false,
    });
    // One in the address is none, and beside another it is a second way all the same, however its name is spelled here.
    let query = wire::spelled_query(request.realm, request.query());
    let in_query = query.is_ok_and(|query| query.get("access_token").is_some());
    match (header, in_body) {
        (Some(_), Some(_)) => Err(TWICE),
        (Some(_), None) | (None, Some(_)) if in_query => Err(TWICE),
        (one, other) => Ok(one.or(other).filter(|sent| !sent.token.is_empty())),
    }
}

fn challenge(mut reply: Reply, request: &Request<'_>, error: Option<&OAuthError>) -> Reply {
    let needs = match error.map(OAuthError::code) {
        Some(ErrorCode::InsufficientScope) => ", scope=\"openid\"",
        _ => "",
    };
    challenge::add(&mut reply, request, error, needs);
    if error.is_some_and(|error| matches!(error.code(), ErrorCode::InvalidDpopProof | ErrorCode::UseDpopNonce)) {
        *reply.status_mut() = StatusCode::UNAUTHORIZED;
    }
    reply
}
