//! Public keys that clients keep at an address of their own (`jwks_uri`): fetched when something that the client signed
//! comes in, kept for as long as their server says, and fetched again for a key that is not among them, but not more than
//! once in half a minute. Whether a key verifies anything is decided in the core.

use crate::documents::{self, Asked};
use crate::error::Failure;
use crate::request::Request;
use grantd_core::record::ClientRecord;
use grantd_jose::{HeaderPolicy, Jwk, JwkSet, Jws, Thumbprint};
use grantd_protocol::web::WebUrl;
use grantd_protocol::{Seconds, Timestamp};

/// The largest set, in bytes.
const MAX_SET: usize = 32 * 1024;
/// The most keys of a set that are looked at.
const MAX_KEYS: usize = 20;
/// Sets younger than this are not fetched again, whatever key is asked for.
const PAUSE: Seconds = Seconds(30);
/// The header alone is looked at here, so it need not be of any kind.
const HEADER: HeaderPolicy = HeaderPolicy {
    max_bytes: 16 * 1024,
    ..HeaderPolicy::STRICT
};

/// The keys for what the client signed; `None` for one that has keys by value, or none, or whose keys cannot be had.
///
/// # Errors
/// When somebody makes this server fetch too often.
pub async fn of(request: &Request<'_>, client: &ClientRecord, signed: Option<&str>) -> Result<Option<JwkSet>, Failure> {
    let (Some(uri), Some(signed)) = (address(client), signed) else {
        return Ok(None);
    };
    let Ok(jws) = Jws::parse(signed, &HEADER) else {
        return Ok(None);
    };
    let kid = jws.header().kid();
    at(request, uri, |key| kid.is_none() || key.kid() == kid).await
}

/// The keys of a client that shows a certificate with this one (RFC 8705 section 2.2).
///
/// # Errors
/// When somebody makes this server fetch too often.
pub async fn with(
    request: &Request<'_>,
    client: &ClientRecord,
    shown: Option<Thumbprint>,
) -> Result<Option<JwkSet>, Failure> {
    let (Some(uri), Some(shown)) = (address(client), shown) else {
        return Ok(None);
    };
    at(request, uri, |key| key.thumbprint() == shown).await
}

/// Where the keys of a client are, if it has them nowhere else.
fn address(client: &ClientRecord) -> Option<&str> {
    let uri = client.openid.jwks_uri.as_deref();
    uri.filter(|_| client.jwks.is_none() && client.enabled)
}

/// The keys at an address, fetched again where none of them is the wanted one.
///
/// # Errors
/// When somebody makes this server fetch too often.
pub async fn at(request: &Request<'_>, uri: &str, is_wanted: impl Fn(&Jwk) -> bool) -> Result<Option<JwkSet>, Failure> {
    let Ok(url) = WebUrl::parse(uri) else { return Ok(None) };
    match set(request, &url, Timestamp::default()).await? {
        Some(keys) if !keys.keys().iter().any(is_wanted) => set(request, &url, request.now.minus(PAUSE)).await,
        known => Ok(known),
    }
}

/// The set behind an address, fetched after `not_before`.
async fn set(request: &Request<'_>, url: &WebUrl, not_before: Timestamp) -> Result<Option<JwkSet>, Failure> {
    let asked = Asked {
        // Apart from the documents of clients, which have limits of their own.
        owner: format!("keys|{}", request.realm.name()).into(),
        url,
        limit: MAX_SET,
        not_before,
    };
    let body = documents::fetched(request, &asked).await?;
    Ok(body.and_then(|body| JwkSet::parse(&body, MAX_KEYS).ok()))
}
