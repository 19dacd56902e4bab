//! Signed authorization requests (RFC 9101): the parameters come out of a JWT that the client signed with a registered key,
//! and what stands beside it is ignored. Where the object is wrong nothing in it can be trusted, the redirect URI least of
//! all: its errors stay on a page. Must not know where keys or objects are fetched from.

use crate::client_auth::nobody::signed_by;
use crate::client_auth::private_key_jwt::ALGORITHMS;
use crate::grant::context::Context;
use crate::record::ClientRecord;
use grantd_jose::{Claims, HeaderPolicy, JwkSet, Jws};
use grantd_protocol::{ErrorCode, OAuthError, RawParams, Seconds, Timestamp};
use serde_json::Value;

/// What clients may sign with (`request_object_signing_alg_values_supported`).
pub const SIGNING_ALGORITHMS: &[grantd_jose::Algorithm] = ALGORITHMS;
/// The header's `typ` (section 10.8).
const TYP: &str = "oauth-authz-req+jwt";
/// How far in the future an object's end may lie, and how far back its beginning.
const MAX_LIFETIME: Seconds = Seconds(3600);
/// How far a client's clock may be ahead.
const AHEAD: Seconds = Seconds(10);
/// Claims that say something about the object and are no parameters.
const ENVELOPE: &[&str] = &["iss", "aud", "exp", "nbf", "iat", "jti", "sub"];
/// Parameters whose value is always text: of another type they are a mistake. What is no parameter here may have any type, and
/// is ignored like every unknown parameter (RFC 6749 section 3.1, RFC 9101 section 4).
const TEXTS: &[&str] = &[
    "acr_values",
    "audience",
    "claims_locales",
    "code_challenge",
    "code_challenge_method",
    "display",
    "dpop_jkt",
    "id_token_hint",
    "login_hint",
    "nonce",
    "prompt",
    "redirect_uri",
    "registration",
    "response_mode",
    "response_type",
    "scope",
    "state",
    "tenant",
    "ui_locales",
];
/// Parameters that have other types than text, too, each its own.
const STRUCTURED: &[&str] = &["authorization_details", "claims", "max_age", "resource"];
const HEADER: HeaderPolicy = HeaderPolicy {
    max_bytes: 8 * 1024,
    ..HeaderPolicy::STRICT
};

/// The parameters of the request object in `sent`; `None` where there is none. `fetched_keys` are looked at where the
/// client has no keys registered by value.
///
/// # Errors
/// `invalid_request_object`, for a page.
pub fn unpack(
    sent: &RawParams,
    client: &ClientRecord,
    fetched_keys: Option<&JwkSet>,
    context: &Context<'_>,
) -> Result<Option<RawParams>, OAuthError> {
    let Some(text) = sent.get("request") else {
        return Ok(None);
    };
    if sent.is_repeated("request") {
        return Err(refused("request was sent twice"));
    }
    let jws = Jws::parse(text, &HEADER).map_err(|_| refused("the request object is not a signed JWT"))?;
    let header = jws.header();
    if !context.realm.profile.admits(header.alg()) {
        return Err(refused(
            "the request object is signed with an algorithm that is not accepted here",
        ));
    }
    let typed = header.typ_is(TYP);
    let untyped = header.typ().is_none() || header.typ_is("JWT");
    if !typed && (context.realm.request_objects.typ_required || !untyped) {
        return Err(refused("the request object must have the typ oauth-authz-req+jwt"));
    }
    // OpenID Connect Registration section 2: what is signed with another algorithm than the registered one is refused.
    let only = client.openid.request_object_signing_alg;
    let is_the_one = only.is_none_or(|only| only == header.alg());
    let keys = client.jwks.as_ref().or(fetched_keys).filter(|_| is_the_one);
    let claims =
        signed_by(keys, &jws).ok_or(refused("the request object is not signed by a key of the application"))?;
    check_envelope(&claims, client, context)?;
    parameters(&claims, client).map(Some)
}

/// The work of [`unpack`] where there is no such client: the page says so, but not the time that it takes.
pub fn unpack_in_vain(sent: &RawParams) {
    let jws = sent.get("request").and_then(|text| Jws::parse(text, &HEADER).ok());
    if let Some(jws) = jws {
        let _ = signed_by(None, &jws);
    }
}

/// Who made the object, for whom, and when (section 4; RFC 7519 section 4.1).
fn check_envelope(claims: &Claims, client: &ClientRecord, context: &Context<'_>) -> Result<(), OAuthError> {
    let malformed = |_| refused("a claim of the request object is missing or malformed");
    if claims.required_str("iss").map_err(malformed)? != &*client.client_id {
        return Err(refused("iss is not the application"));
    }
    if !claims.aud().map_err(malformed)?.contains(&&**context.issuer) {
        return Err(refused("aud is not this issuer"));
    }
    // Section 10.8: an object with such a subject could be used as the client's assertion.
    if claims
        .str("sub")
        .map_err(malformed)?
        .is_some_and(|sub| *sub == *client.client_id)
    {
        return Err(refused("sub must not be the application"));
    }
    let (now, at) = (context.now, Timestamp::from_secs);
    let ends = at(claims.required_numeric_date("exp").map_err(malformed)?);
    let begins = claims.numeric_date("nbf").map_err(malformed)?.map(at);
    let made = claims.numeric_date("iat").map_err(malformed)?.map(at);
    claims.str("jti").map_err(malformed)?;
    let not_yet = |at: Option<Timestamp>| at.is_some_and(|at| at > now.plus(AHEAD));
    let too_long_ago = begins.is_some_and(|begins| begins.plus(MAX_LIFETIME) < now);
    if now >= ends || ends > now.plus(MAX_LIFETIME).plus(AHEAD) || not_yet(begins) || not_yet(made) || too_long_ago {
        return Err(refused(
            "the request object is expired, not yet good, or good for too long",
        ));
    }
    Ok(())
}

/// The claims as parameters: texts as they are, numbers and objects as JSON, `resource` as often as it has values.
fn parameters(claims: &Claims, client: &ClientRecord) -> Result<RawParams, OAuthError> {
    let mut pairs = vec![("client_id".to_owned(), client.client_id.to_string())];
    for (name, value) in claims.members() {
        match (name.as_str(), value) {
            (envelope, _) if ENVELOPE.contains(&envelope) => {}
            ("client_id", Value::String(id)) if **id == *client.client_id => {}
            ("client_id" | "request" | "request_uri", _) => {
                return Err(refused(
                    "the request object names another application or another request",
                ));
            }
            ("resource", Value::Array(values)) => {
                for value in values {
                    let text = value.as_str().ok_or(refused("resource must be text"))?;
                    pairs.push((name.clone(), text.to_owned()));
                }
            }
            (_, Value::String(text)) => pairs.push((name.clone(), text.clone())),
            ("max_age", Value::Number(number)) => pairs.push((name.clone(), number.to_string())),
            ("claims" | "authorization_details", Value::Object(_) | Value::Array(_)) => {
                pairs.push((name.clone(), value.to_string()));
            }
            (name, _) if TEXTS.contains(&name) || STRUCTURED.contains(&name) => {
                return Err(refused("a parameter of the request object has the wrong type"));
            }
            _ => {}
        }
    }
    RawParams::from_pairs(pairs).map_err(|_| refused("the request object has too many parameters, or a NUL in one"))
}

const fn refused(sentence: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidRequestObject, sentence)
}

#[cfg(test)]
mod tests;
