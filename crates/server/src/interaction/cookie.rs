//! The cookies: the session, what a form just did, what was filled into one that was not taken, and a random value that tells
//! one browser from another before anybody has logged in (so that nobody can be logged in as somebody else by a foreign form).
//!
//! Over TLS their names begin with `__Host-`, which browsers enforce: secure, this host only, the whole host. Over
//! plain http, which configuration allows on loopback only, browsers refuse such names.

use crate::request::Request;
use grantd_protocol::{Bearer, Namespace, Seconds};
use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};

/// The prefix of session values, so that one is never taken for another bearer value.
const SESSION_PREFIX: &str = "gs_";
/// The most cookies that are looked at.
const MAX_COOKIES: usize = 100;

fn name(request: &Request<'_>, kind: &str) -> String {
    let prefix = if request.realm.is_secure() { "__Host-" } else { "" };
    format!("{prefix}grantd_{kind}_{}", request.realm.name())
}

/// The session that the browser presents.
#[must_use]
pub fn session(request: &Request<'_>) -> Option<Bearer> {
    let name = name(request, "session");
    Bearer::parse(Namespace::Session, SESSION_PREFIX, find(request, &name)?)
}

/// The value that tells browsers apart, if this one has it.
#[must_use]
pub fn browser<'a>(request: &'a Request<'_>) -> Option<&'a str> {
    let name = name(request, "browser");
    find(request, &name).filter(|value| value.len() == 32 && value.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// Mints a session value for a row.
#[must_use]
pub fn mint_session(request: &Request<'_>, id: [u8; 16]) -> (grantd_protocol::Secret, grantd_protocol::SecretHash) {
    Bearer::mint(Namespace::Session, SESSION_PREFIX, id, &*request.app.entropy)
}

/// The `Set-Cookie` of a session; without a lifetime it ends with the browser.
#[must_use]
pub fn set_session(request: &Request<'_>, value: &str, lifetime: Option<Seconds>) -> Option<HeaderValue> {
    set(request, "session", value, lifetime)
}

/// The `Set-Cookie` that takes the session's value away.
#[must_use]
pub fn end_session(request: &Request<'_>) -> Option<HeaderValue> {
    set(request, "session", "", Some(Seconds(0)))
}

/// The `Set-Cookie` of a browser's value; it ends with the browser.
#[must_use]
pub fn set_browser(request: &Request<'_>, value: &str) -> Option<HeaderValue> {
    set(request, "browser", value, None)
}

/// What a form did, for the page that comes after it; only a name that this server chose is looked at.
#[must_use]
pub fn notice<'a>(request: &'a Request<'_>) -> Option<&'a str> {
    let name = name(request, "notice");
    find(request, &name).filter(|value| !value.is_empty())
}

/// The `Set-Cookie` of such a name; it is worth nothing a minute later. `None` takes it away.
#[must_use]
pub fn set_notice(request: &Request<'_>, done: Option<&'static str>) -> Option<HeaderValue> {
    set(
        request,
        "notice",
        done.unwrap_or_default(),
        Some(Seconds(if done.is_some() { 60 } else { 0 })),
    )
}

/// What was filled into a form that was not taken, sealed; if it is not longer than `most`.
#[must_use]
pub fn kept<'a>(request: &'a Request<'_>, most: usize) -> Option<&'a str> {
    let name = name(request, "kept");
    value_within(request.headers(), &name, most).filter(|value| !value.is_empty())
}

/// The `Set-Cookie` of it, and for how long. `None` takes it away.
#[must_use]
pub fn set_kept(request: &Request<'_>, kept: Option<(&str, Seconds)>) -> Option<HeaderValue> {
    let (value, lifetime) = kept.unwrap_or(("", Seconds(0)));
    set(request, "kept", value, Some(lifetime))
}

fn set(request: &Request<'_>, kind: &str, value: &str, lifetime: Option<Seconds>) -> Option<HeaderValue> {
    let secure = if request.realm.is_secure() { "; Secure" } else { "" };
    let lifetime = lifetime
        .map(|lifetime| format!("; Max-Age={}", lifetime.get()))
        .unwrap_or_default();
    // Lax: the browser must send it when a client's page sends the user here.
    HeaderValue::try_from(format!(
        "{}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{lifetime}",
        name(request, kind)
    ))
    .ok()
}

fn find<'a>(request: &'a Request<'_>, name: &str) -> Option<&'a str> {
    value_of(request.headers(), name)
}

/// The value of the first cookie of exactly this name, if it is not longer than any of ours.
#[must_use]
pub fn value_of<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    value_within(headers, name, 200)
}

fn value_within<'a>(headers: &'a HeaderMap, name: &str, most: usize) -> Option<&'a str> {
    let headers = headers.get_all(COOKIE).iter().filter_map(|header| header.to_str().ok());
    let mut pairs = headers.flat_map(|header| header.split(';')).take(MAX_COOKIES);
    pairs
        .find_map(|pair| pair.trim_start_matches(' ').strip_prefix(name)?.strip_prefix('='))
        .filter(|value| value.len() <= most)
}
