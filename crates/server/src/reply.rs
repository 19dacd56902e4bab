//! Replies: JSON, pages, and nothing at all, each with the headers that its kind always has.

use axum::body::Body;
use bytes::Bytes;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
    ETAG, LOCATION, PRAGMA, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use serde::Serialize;

/// A reply as the listener sends it.
pub type Reply = Response<Body>;

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// A reply of `application/json` that nobody may keep (RFC 6749 section 5.1).
#[must_use]
pub fn json<T: Serialize>(status: StatusCode, value: &T) -> Reply {
    // Maps with text keys and plain values always serialize.
    json_bytes(status, serde_json::to_vec(value).unwrap_or_default())
}

/// The same for JSON that is written already.
#[must_use]
pub fn json_bytes(status: StatusCode, body: Vec<u8>) -> Reply {
    let mut reply = Response::new(Body::from(body));
    *reply.status_mut() = status;
    let headers = reply.headers_mut();
    headers.insert(CONTENT_TYPE, JSON);
    headers.insert(CACHE_CONTROL, NO_STORE);
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    reply
}

/// A reply that is a JWT of this media type, and that nobody may keep.
#[must_use]
pub fn jwt(token: String, kind: &'static str) -> Reply {
    let mut reply = json_bytes(StatusCode::OK, token.into_bytes());
    let kind = HeaderValue::from_static(kind);
    reply.headers_mut().insert(CONTENT_TYPE, kind);
    reply
}

/// A public document that may be kept for `max_age` seconds and asked for again by its tag.
#[must_use]
pub fn document(body: Bytes, etag: &str, max_age: u32) -> Reply {
    let mut reply = Response::new(Body::from(body));
    let headers = reply.headers_mut();
    headers.insert(CONTENT_TYPE, JSON);
    headers.extend(
        HeaderValue::try_from(format!("public, max-age={max_age}"))
            .ok()
            .map(|value| (CACHE_CONTROL, value)),
    );
    headers.extend(HeaderValue::try_from(etag).ok().map(|value| (ETAG, value)));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    reply
}

fn keep_for(reply: &mut Reply, max_age: u32) {
    if let Ok(value) = HeaderValue::try_from(format!("public, max-age={max_age}")) {
        reply.headers_mut().insert(CACHE_CONTROL, value);
    }
}

/// 304: what the caller has is still right, for as long again.
#[must_use]
pub fn not_modified(etag: &str, max_age: u32) -> Reply {
    let mut reply = empty(StatusCode::NOT_MODIFIED);
    keep_for(&mut reply, max_age);
    reply
        .headers_mut()
        .extend(HeaderValue::try_from(etag).ok().map(|value| (ETAG, value)));
    reply
}

/// A status without a body.
#[must_use]
pub fn empty(status: StatusCode) -> Reply {
    let mut reply = Response::new(Body::empty());
    *reply.status_mut() = status;
    reply.headers_mut().insert(CACHE_CONTROL, NO_STORE);
    reply
}

/// 405 with the methods that are allowed (RFC 9110 section 15.5.6).
#[must_use]
pub fn method_not_allowed(allowed: &'static str) -> Reply {
    let mut reply = empty(StatusCode::METHOD_NOT_ALLOWED);
    reply.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
    reply
}

/// A page, with every header that keeps it from being framed, cached, sniffed or leaking where the user came from.
#[must_use]
pub fn page(status: StatusCode, html: String, policy: &str) -> Reply {
    let mut reply = Response::new(Body::from(html));
    *reply.status_mut() = status;
    let headers = reply.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.extend(
        HeaderValue::try_from(policy)
            .ok()
            .map(|value| (CONTENT_SECURITY_POLICY, value)),
    );
    guard_browser(headers);
    reply
}

/// 303 to somewhere else, not to be kept, without a referrer.
#[must_use]
pub fn see_other(location: &str) -> Reply {
    let mut reply = empty(StatusCode::SEE_OTHER);
    let headers = reply.headers_mut();
    headers.extend(HeaderValue::try_from(location).ok().map(|value| (LOCATION, value)));
    guard_browser(headers);
    reply
}

fn guard_browser(headers: &mut http::HeaderMap) {
    headers.insert(CACHE_CONTROL, NO_STORE);
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    );
    headers.insert(
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    );
    headers.insert(
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), microphone=(), geolocation=(), payment=()"),
    );
}

/// Lets any page read the reply, without credentials: for what is public or proved by the request itself.
pub fn share_with_any_origin(reply: &mut Reply) {
    let headers = reply.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(
        ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("WWW-Authenticate, Retry-After, DPoP-Nonce"),
    );
}

/// The answer to a browser's preflight for such an endpoint.
#[must_use]
pub fn preflight(methods: &'static str) -> Reply {
    let mut reply = empty(StatusCode::NO_CONTENT);
    share_with_any_origin(&mut reply);
    let headers = reply.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(methods));
    headers.insert(
        ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static("authorization, content-type, dpop, mcp-protocol-version"),
    );
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("7200"));
    reply
}
