//! Proofs of possession at the endpoints (RFC 9449): the header out of the request, the decision out of the core, and the
//! nonce that the next proof must carry.

use super::authenticate;
use crate::config::Endpoint;
use crate::error::Failure;
use crate::reply::Reply;
use crate::request::Request;
use grantd_core::client_auth::{AuthenticatedClient, certificate};
use grantd_core::dpop::{Asked, Proof, verify};
use grantd_protocol::{ErrorCode, OAuthError};
use http::{HeaderName, HeaderValue};

/// The header of a proof.
pub const DPOP: HeaderName = HeaderName::from_static("dpop");
/// The header of a nonce.
const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// The client with the key that its request proved, where it sent a proof. A wrong proof is a refusal like any other: what
/// the client authenticated itself with is spent.
///
/// # Errors
/// `invalid_dpop_proof`, `use_dpop_nonce`; those of [`authenticate::spent`].
pub async fn bind(
    request: &Request<'_>,
    client: AuthenticatedClient,
    endpoint: Endpoint,
) -> Result<AuthenticatedClient, Failure> {
    match proof(request, endpoint, None) {
        Ok(None) => Ok(client),
        Ok(Some(proof)) => Ok(client.proving(proof)),
        Err(error) => authenticate::spent(request, &client, Err(error.into())).await,
    }
}

/// The same for a request that asks for tokens, which may be bound to the client's certificate instead (RFC 8705), and
/// which must be bound to something where the realm or the client wants it.
///
/// # Errors
/// Those of [`bind`] and [`certificate::bind`].
pub async fn bind_tokens(
    request: &Request<'_>,
    client: AuthenticatedClient,
    endpoint: Endpoint,
) -> Result<AuthenticatedClient, Failure> {
    let client = bind(request, client, endpoint).await?;
    let realm = &request.realm.config.realm;
    match certificate::bind(client.clone(), request.certificate().as_ref(), realm) {
        Ok(bound) => Ok(bound),
        Err(error) => authenticate::spent(request, &client, Err(error.into())).await,
    }
}

/// The request's proof, if it has one.
///
/// # Errors
/// `invalid_dpop_proof`, also for two headers (section 4.3, item 1); `use_dpop_nonce`.
pub fn proof(
    request: &Request<'_>,
    endpoint: Endpoint,
    access_token: Option<&str>,
) -> Result<Option<Proof>, OAuthError> {
    let url = request.url_of(endpoint).unwrap_or_default();
    let made_for = (request.method().as_str(), &*url);
    proof_for(request, made_for, access_token)
}

/// The request's proof, if it has one, for a method and an address that need not be its own.
///
/// # Errors
/// Those of [`proof`].
pub fn proof_for(
    request: &Request<'_>,
    (method, url): (&str, &str),
    access_token: Option<&str>,
) -> Result<Option<Proof>, OAuthError> {
    let mut headers = request.headers().get_all(DPOP).iter();
    let only = match (headers.next(), headers.next()) {
        (None, _) => return Ok(None),
        (Some(only), None) => only.to_str().ok(),
        (Some(_), Some(_)) => None,
    };
    let text = only.ok_or(OAuthError::new(
        ErrorCode::InvalidDpopProof,
        "there must be one DPoP header, a JWT",
    ))?;
    let asked = Asked {
        realm: &request.realm.config.realm,
        method,
        url,
        access_token,
        nonces: &request.app.nonces,
        now: request.now,
    };
    verify(text, &asked).map(Some)
}

/// Tells the sender of a proof which nonce the next one must carry, where the realm wants one (section 8.2).
pub fn offer_nonce(request: &Request<'_>, reply: &mut Reply) {
    let realm = &request.realm.config.realm;
    if !realm.dpop.nonces || !request.headers().contains_key(DPOP) {
        return;
    }
    let nonce = request.app.nonces.current(&realm.name, request.now);
    if let Ok(value) = HeaderValue::try_from(nonce) {
        reply.headers_mut().insert(DPOP_NONCE, value);
    }
}
