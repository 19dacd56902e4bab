//! An access token that somebody presents: which row it names, if it was made here. Signatures and checksums are
//! checked before the store is asked; whether the token is still good is decided in the core.

use crate::error::Failure;
use crate::request::Request;
use grantd_core::record::AccessFacts;
use grantd_jose::Jws;
use grantd_protocol::id::AccessId;
use grantd_protocol::{Bearer, Namespace};
use grantd_store::Store;

/// The longest token that is looked at, in bytes.
const MAX_TOKEN: usize = 16 * 1024;

/// The row of a presented access token; `None` for a text that is none of this realm's.
///
/// # Errors
/// When the store does not answer.
pub async fn access(request: &Request<'_>, text: &str) -> Result<Option<AccessFacts>, Failure> {
    if text.len() > MAX_TOKEN {
        return Ok(None);
    }
    let realm = &request.realm.config.realm;
    if let Some(bearer) = Bearer::parse(Namespace::Access, &realm.access.prefix, text) {
        let facts = request.app.store.access(AccessId::from_bytes(bearer.id)).await?;
        return Ok(facts.filter(|facts| {
            let stored = facts.token.hash.as_ref();
            stored.is_some_and(|hash| grantd_jose::constant_time_eq(hash.as_bytes(), bearer.hash.as_bytes()))
        }));
    }
    let Some(id) = verified_jti(request, text) else {
        return Ok(None);
    };
    let facts = request.app.store.access(id).await?;
    Ok(facts.filter(|facts| facts.token.hash.is_none()))
}

/// The `jti` of a JWT that this realm signed as an access token. The header's `typ` keeps ID tokens out (RFC 9068
/// section 4); where a realm gives its access tokens `typ: JWT`, the `client_id` claim, which no ID token has, does.
fn verified_jti(request: &Request<'_>, text: &str) -> Option<AccessId> {
    let realm = &request.realm.config.realm;
    let jws = Jws::parse(text, &grantd_jose::HeaderPolicy::STRICT).ok()?;
    if !jws.header().typ_is(&realm.access.typ) {
        return None;
    }
    let key = request.realm.ring.verifying_key(jws.header().kid()?)?;
    let claims = jws.verify(&key).ok()?.claims().ok()?;
    let issued_here = claims.required_str("iss").is_ok_and(|issuer| realm.answers_to(issuer));
    if !issued_here || claims.required_str("client_id").is_err() {
        return None;
    }
    AccessId::parse(claims.required_str("jti").ok()?)
}
