//! How a request becomes parameters, and how a reply becomes bytes. What is particular to a platform's dialect is
//! undone here and nowhere else; behind this module every request is in the standard form.

mod decode;
mod json;
mod names;
#[cfg(test)]
mod tests;
mod voice;

pub use voice::{TokenReply, Voice};

use crate::config::{Dialect, Dialects};
use crate::error::Failure;
use crate::realm::ServedRealm;
use crate::request::Request;
use bytes::Bytes;
use decode::{Marks, Spelled};
use grantd_core::client_auth::Presented;
use grantd_core::grant::refuse_params;
use grantd_core::record::ClientRecord;
use grantd_protocol::{OAuthError, RawParams};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};
use std::sync::Arc;

/// A request in the standard form.
pub struct Asked {
    /// Its parameters.
    pub params: RawParams,
    /// The form that its reply is to have.
    pub voice: Voice,
    /// Why its client may not use the form that it had. To be told to the client itself, once it is authenticated.
    pub not_its_form: Option<OAuthError>,
}

impl Asked {
    /// A request in the standard form.
    #[must_use]
    pub const fn standard(params: RawParams) -> Self {
        Self {
            params,
            voice: Voice::STANDARD,
            not_its_form: None,
        }
    }
}

/// Why a request could not be brought into the standard form, and how to say so.
pub struct Unread {
    /// Why.
    pub failure: Failure,
    /// The form of the answer.
    pub voice: Voice,
}

/// What a request is for, as far as its form depends on it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// Tokens: the one endpoint where a grant type can be left out.
    Token,
    /// Anything else.
    Other,
}

/// Reads the body that a program sent.
///
/// # Errors
/// `invalid_request` for a body in no form that this client may use, or in two at once; a fault when the store does not
/// answer.
pub async fn receive(request: &Request<'_>, purpose: Purpose) -> Result<Asked, Unread> {
    let dialects = &request.realm.config.dialects;
    let unread = |failure: Failure| Unread {
        failure,
        voice: unread(request.realm),
    };
    let spelled = spelled(request, dialects, purpose).map_err(|error| unread(error.into()))?;
    if spelled.marks.is_standard() {
        return Ok(Asked::standard(spelled.params));
    }
    let client = sender(request, &spelled.params).await.map_err(unread)?;
    let own = dialect_of(dialects, client.as_deref());
    let settled = decode::settle(spelled, own, dialects).map_err(|error| unread(error.into()))?;
    let voice = Voice::of(settled.dialect);
    match settled.flaw {
        None => Ok(Asked {
            params: settled.params,
            voice,
            not_its_form: settled.not_its_form,
        }),
        Some(flaw) => Err(Unread {
            failure: flaw.into(),
            voice,
        }),
    }
}

/// The form of an answer to a request that was not read: the realm's own.
#[must_use]
pub fn unread(realm: &ServedRealm) -> Voice {
    Voice::of(realm.config.dialects.of_realm().cloned())
}

/// The query of an authorization request, its names in the standard spelling; the client stands in it.
///
/// # Errors
/// `invalid_request` for a broken encoding.
pub fn authorization_query(realm: &ServedRealm, query: &str) -> Result<AuthorizationQuery, OAuthError> {
    let params = self::query(query)?;
    decode::standard_names(params, &realm.config.dialects).map(AuthorizationQuery)
}

/// The parameters of a query string, their names in the standard spelling wherever some dialect of the realm has another.
///
/// # Errors
/// `invalid_request` for a broken encoding.
pub fn spelled_query(realm: &ServedRealm, query: &str) -> Result<RawParams, OAuthError> {
    authorization_query(realm, query).map(|query| query.0.params)
}

/// An authorization request whose client is not looked up yet.
pub struct AuthorizationQuery(Spelled);

impl AuthorizationQuery {
    /// The parameters under their standard names; their values may still be in the client's dialect.
    #[must_use]
    pub const fn params(&self) -> &RawParams {
        &self.0.params
    }

    /// The request in the standard form, and what was not right about the form it had: to be told to the client once
    /// it is certain where that may go.
    ///
    /// # Errors
    /// `invalid_request` for too many parameters.
    pub fn of_client(
        self,
        realm: &ServedRealm,
        client: Option<&ClientRecord>,
    ) -> Result<(RawParams, Option<OAuthError>), OAuthError> {
        if self.0.marks.is_standard() {
            return Ok((self.0.params, None));
        }
        let dialects = &realm.config.dialects;
        let settled = decode::settle(self.0, dialect_of(dialects, client), dialects)?;
        Ok((settled.params, settled.flaw.or(settled.not_its_form)))
    }
}

fn dialect_of<'a>(dialects: &'a Dialects, client: Option<&ClientRecord>) -> Option<&'a Arc<Dialect>> {
    dialects.of_client(client.and_then(|client| client.dialect.as_deref()))
}

/// The client that a request names, proved or not: its dialect alone is asked of it.
async fn sender(request: &Request<'_>, params: &RawParams) -> Result<Option<Arc<ClientRecord>>, Failure> {
    // What cannot be read here is refused with its own words by client authentication.
    let Ok(presented) = Presented::read(params, authorization(request.headers())?) else {
        return Ok(None);
    };
    for client_id in &presented.client_ids {
        let found = request.app.client(request.realm.name(), client_id).await?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

fn spelled(request: &Request<'_>, dialects: &Dialects, purpose: Purpose) -> Result<Spelled, OAuthError> {
    if dialects.is_empty() {
        let params = form(request.headers(), &request.body)?;
        let marks = Marks::default();
        return Ok(Spelled { params, marks });
    }
    let is_json = dialects.iter().any(|dialect| dialect.json_bodies) && is_json(request.headers());
    let params = if is_json {
        RawParams::from_pairs(json::members(&request.body)?).map_err(refuse_params)?
    } else {
        form(request.headers(), &request.body)?
    };
    let mut spelled = decode::standard_names(params, dialects)?;
    spelled.marks.json = is_json;
    let can_infer = purpose == Purpose::Token && dialects.iter().any(|dialect| dialect.infer_grant_type);
    spelled.marks.no_grant_type = can_infer && decode::leaves_grant_open(&spelled.params);
    Ok(spelled)
}

const FORM_EXPECTED: OAuthError = OAuthError::invalid_request("the body must be application/x-www-form-urlencoded");

/// The parameters of a form body.
///
/// # Errors
/// `invalid_request` for another content type or a broken encoding.
pub fn form(headers: &HeaderMap, body: &Bytes) -> Result<RawParams, OAuthError> {
    if !is_form(headers) {
        return Err(FORM_EXPECTED);
    }
    RawParams::parse_form(body).map_err(refuse_params)
}

/// The parameters of a form of our own pages for somebody who is signed in.
///
/// # Errors
/// Those of [`form`].
pub fn long_form(headers: &HeaderMap, body: &Bytes) -> Result<RawParams, OAuthError> {
    if !is_form(headers) {
        return Err(FORM_EXPECTED);
    }
    RawParams::parse_long_form(body).map_err(refuse_params)
}

/// The parameters of a query string, as they are spelled.
///
/// # Errors
/// `invalid_request` for a broken encoding.
pub fn query(query: &str) -> Result<RawParams, OAuthError> {
    RawParams::parse_form(query.as_bytes()).map_err(refuse_params)
}

/// Whether the body says that it is a form; with parameters such as a charset, or none.
fn is_form(headers: &HeaderMap) -> bool {
    content_type(headers).is_some_and(|(kind, _)| kind.eq_ignore_ascii_case("application/x-www-form-urlencoded"))
}

/// Whether the body says that it is JSON, in UTF-8 (RFC 8259 section 8.1).
#[must_use]
pub fn is_json(headers: &HeaderMap) -> bool {
    is_utf8(headers, "application/json")
}

/// Whether the body says that it is of this media type, and names no other encoding than UTF-8.
#[must_use]
pub fn is_utf8(headers: &HeaderMap, media_type: &str) -> bool {
    content_type(headers).is_some_and(|(kind, parameters)| {
        let charset = parameters.trim().trim_matches(';').trim().to_ascii_lowercase();
        kind.eq_ignore_ascii_case(media_type) && matches!(charset.as_str(), "" | "charset=utf-8" | "charset=\"utf-8\"")
    })
}

/// Whether there is a body that this realm's programs can send.
#[must_use]
pub fn has_body(request: &Request<'_>) -> bool {
    is_form(request.headers())
        || (is_json(request.headers()) && request.realm.config.dialects.iter().any(|dialect| dialect.json_bodies))
}

/// Whether the sender accepts exactly this media type: asked for by name, not by a wildcard, and not at `q=0`.
#[must_use]
pub fn accepts(headers: &HeaderMap, media_type: &str) -> bool {
    let lines = headers.get_all(ACCEPT).iter().filter_map(|line| line.to_str().ok());
    let mut ranges = lines.flat_map(|line| line.split(','));
    ranges.any(|range| {
        let mut parts = range.split(';').map(str::trim);
        let is_named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(media_type));
        let is_refused = |part: &str| {
            let weight = part.strip_prefix("q=").or(part.strip_prefix("Q="));
            weight.is_some_and(|weight| weight.bytes().all(|byte| byte == b'0' || byte == b'.'))
        };
        is_named && !parts.any(is_refused)
    })
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

/// The one content type: what kind, and its parameters.
fn content_type(headers: &HeaderMap) -> Option<(&str, &str)> {
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let (Some(only), None) = (types.next(), types.next()) else {
        return None;
    };
    let text = HeaderValue::to_str(only).ok()?;
    let (kind, parameters) = text.split_once(';').unwrap_or((text, ""));
    Some((kind.trim(), parameters))
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
