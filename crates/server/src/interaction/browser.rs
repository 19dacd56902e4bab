//! Whether a form was sent by one of our own pages. Two independent signs are asked for: what the browser says about
//! where the request comes from, and a ticket bound to a cookie that only this browser holds.

use super::cookie;
use crate::request::Request;
use grantd_jose::constant_time_eq;
use grantd_protocol::entropy::draw_alphanumeric;
use http::HeaderName;
use http::header::ORIGIN;

/// Whether the browser itself says that the form came from elsewhere. A browser that says nothing is believed: the
/// ticket decides then.
#[must_use]
pub fn is_cross_site(request: &Request<'_>) -> bool {
    let fetch_site = request.header(HeaderName::from_static("sec-fetch-site"));
    let foreign_fetch = fetch_site.is_some_and(|site| site != "same-origin" && site != "none");
    let origin_is_ours = |origin: &http::HeaderValue| {
        origin.to_str().is_ok_and(|origin| {
            origin == request.realm.page_origin(request.issuer) || origin == "null" && fetch_site == Some("same-origin")
        })
    };
    foreign_fetch || !request.headers().get_all(ORIGIN).iter().all(origin_is_ours)
}

/// The value that a form on this page is bound to before anybody has logged in, and the cookie to set with it where
/// the browser has none yet.
#[must_use]
pub fn bind(request: &Request<'_>) -> (String, Option<http::HeaderValue>) {
    (value(request), set_drawn(request))
}

/// The value of this browser, drawn where it has none yet.
#[must_use]
pub fn value(request: &Request<'_>) -> String {
    let draw = || draw_alphanumeric(&*request.app.entropy, 32);
    match cookie::browser(request) {
        Some(value) => value.to_owned(),
        None => request.drawn_browser.get_or_init(draw).clone(),
    }
}

/// The cookie to set, where a value was drawn.
#[must_use]
pub fn set_drawn(request: &Request<'_>) -> Option<http::HeaderValue> {
    let drawn = request.drawn_browser.get()?;
    cookie::set_browser(request, drawn)
}

/// Whether the browser holds the value that a ticket was bound to.
#[must_use]
pub fn holds(request: &Request<'_>, bound_to: &str) -> bool {
    cookie::browser(request).is_some_and(|value| constant_time_eq(value.as_bytes(), bound_to.as_bytes()))
}
