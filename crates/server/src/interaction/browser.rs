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
    if let Some(value) = cookie::browser(request) {
        return (value.to_owned(), None);
    }
    let value = draw_alphanumeric(&*request.app.entropy, 32);
    let header = cookie::set_browser(request, &value);
    (value, header)
}

/// Whether the browser holds the value that a ticket was bound to.
#[must_use]
pub fn holds(request: &Request<'_>, bound_to: &str) -> bool {
    cookie::browser(request).is_some_and(|value| constant_time_eq(value.as_bytes(), bound_to.as_bytes()))
}
