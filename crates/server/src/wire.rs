//! How a request becomes parameters, and how a reply becomes bytes. What is particular to a platform's dialect is
//! undone here and nowhere else; behind this module every request is in the standard form.

use bytes::Bytes;
use grantd_core::grant::refuse_params;
use grantd_protocol::{OAuthError, RawParams};
use http::HeaderMap;
use http::header::{AUTHORIZATION, CONTENT_TYPE};

/// The parameters of a form body.
///
/// # Errors
/// `invalid_request` for another content type or a broken encoding.
pub fn form(headers: &HeaderMap, body: &Bytes) -> Result<RawParams, OAuthError> {
    if !is_form(headers) {
        return Err(OAuthError::invalid_request(
            "the body must be application/x-www-form-urlencoded",
        ));
    }
    RawParams::parse_form(body).map_err(refuse_params)
}

/// The parameters of a query string.
///
/// # Errors
/// `invalid_request` for a broken encoding.
pub fn query(query: &str) -> Result<RawParams, OAuthError> {
    RawParams::parse_form(query.as_bytes()).map_err(refuse_params)
}

/// Whether the body says that it is a form; with parameters such as a charset, or none.
#[must_use]
pub fn is_form(headers: &HeaderMap) -> bool {
    has_type(headers, "application/x-www-form-urlencoded")
}

/// The same for JSON.
#[must_use]
pub fn is_json(headers: &HeaderMap) -> bool {
    has_type(headers, "application/json")
}

/// The bearer token of the one `Authorization` header; `None` without the header, or with another scheme.
///
/// # Errors
/// `invalid_request` for two headers, or one that is not text.
pub fn bearer(headers: &HeaderMap) -> Result<Option<&str>, OAuthError> {
    let header = authorization(headers)?.and_then(|header| header.split_once(' '));
    Ok(header
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim()))
}

fn has_type(headers: &HeaderMap, wanted: &str) -> bool {
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let (Some(only), None) = (types.next(), types.next()) else {
        return false;
    };
    let essence = only
        .to_str()
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default()
        .trim();
    essence.eq_ignore_ascii_case(wanted)
}

/// The one `Authorization` header.
///
/// # Errors
/// `invalid_request` for two of them, or one that is not text.
pub fn authorization(headers: &HeaderMap) -> Result<Option<&str>, OAuthError> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value
            .to_str()
            .map(Some)
            .map_err(|_| OAuthError::invalid_request("the Authorization header is not text")),
        (Some(_), Some(_)) => Err(OAuthError::invalid_request("there are two Authorization headers")),
    }
}
