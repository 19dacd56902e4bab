//! Headers beside the proxy's own that name what a call is: frameworks and applications that were written for another proxy
//! believe them in place of the request line. Where one says something else than the proxy tells, the gate would judge one
//! call and the API serve another. Must not know routes, nor which proxy asks.

use super::forwarded::{Forwarded, split_url};
use grantd_core::gate::route::is_host;
use grantd_protocol::{ErrorCode, OAuthError};
use http::{HeaderMap, HeaderName, HeaderValue};

/// An address, with or without a host.
const ADDRESSES: [&str; 5] = [
    "x-original-url",
    "x-original-uri",
    "x-rewrite-url",
    "x-forwarded-uri",
    "x-envoy-original-path",
];
const METHODS: [&str; 2] = ["x-original-method", "x-forwarded-method"];
const HOSTS: [&str; 2] = ["x-original-host", "x-forwarded-host"];
/// Headers by which some frameworks let a client change the method after everybody has looked at it.
const OVERRIDES: [&str; 3] = ["x-http-method-override", "x-http-method", "x-method-override"];

/// The standard's (RFC 7239): it names a host, too, in a syntax of its own, and is compared with nothing.
const STANDARD: &str = "forwarded";

/// What proxies tell each other. Clients have no business to send it, so that configurations take it off.
pub(crate) fn told_by_proxies() -> impl Iterator<Item = &'static str> {
    names().chain([STANDARD])
}

/// Every header that names a call, and is compared.
pub(super) fn all() -> impl Iterator<Item = &'static str> {
    names().chain(OVERRIDES)
}

fn names() -> impl Iterator<Item = &'static str> {
    ADDRESSES.into_iter().chain(METHODS).chain(HOSTS)
}

/// Refuses a question in which another header names another call. What the proxy itself told in agrees with itself. Where it
/// told nothing there is nothing to agree with: then no header may name a method or an address.
///
/// A question has few headers and there are a dozen names, so the headers that are there are gone through once: looking
/// each name up was a tenth of a decision.
pub(super) fn refuse_several(headers: &HeaderMap, told: Option<&Forwarded<'_>>) -> Result<(), OAuthError> {
    let agrees = |(name, value): (&HeaderName, &HeaderValue)| {
        let name = name.as_str();
        let Some(is_same) = said_in(name) else { return true };
        match (told, value.to_str()) {
            (Some(told), Ok(value)) => is_same(value, told),
            (None, _) => HOSTS.contains(&name),
            (Some(_), Err(_)) => false,
        }
    };
    if headers.iter().all(agrees) {
        return Ok(());
    }
    Err(OAuthError::new(
        ErrorCode::AccessDenied,
        "a header of the request names another method, address or host than the proxy does",
    ))
}

/// How what a header says is compared with what the proxy told; `None` for a header that names no call.
fn said_in(name: &str) -> Option<fn(&str, &Forwarded<'_>) -> bool> {
    if !name.starts_with("x-") {
        None
    } else if ADDRESSES.contains(&name) {
        Some(is_same_address)
    } else if METHODS.contains(&name) || OVERRIDES.contains(&name) {
        Some(|value, told| value == told.method)
    } else if HOSTS.contains(&name) {
        Some(are_same_hosts)
    } else {
        None
    }
}

/// Nothing is normalised: whoever reads the other header may normalise in another way.
fn is_same_address(value: &str, told: &Forwarded<'_>) -> bool {
    let (host, target) = match split_url(value) {
        Some((_, host, target)) if !value.starts_with('/') => (Some(host), target),
        _ => (None, value),
    };
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    host.is_none_or(|host| is_same_host(host, told.host)) && path == told.raw_path && query == told.query
}

/// Proxies that append to what is there make a list of it: each has to be the host.
fn are_same_hosts(value: &str, told: &Forwarded<'_>) -> bool {
    value.split(',').all(|one| is_same_host(one.trim(), told.host))
}

/// Ports do not count where one of them has none.
fn is_same_host(one: &str, other: &str) -> bool {
    is_host(one, other) || is_host(other, one)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::forwarded::parts;

    fn is_refused(headers: &[(&'static str, &'static str)], told: Option<&Forwarded<'_>>) -> bool {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_static(value));
        }
        refuse_several(&map, told).is_err()
    }

    #[test]
    fn a_header_that_names_another_call_is_refused_and_the_same_call_is_not() {
        let told = parts("GET", "https", "api.example:8443", "/v1/x?a=1").unwrap();
        for name in ADDRESSES {
            for same in [
                "/v1/x?a=1",
                "https://api.example/v1/x?a=1",
                "wss://API.example:8443/v1/x?a=1",
            ] {
                assert!(!is_refused(&[(name, same)], Some(&told)), "{name}: {same}");
            }
            for other in [
                "/v1/x",
                "/v1/x?a=2",
                "/v1/X?a=1",
                "/v1/%78?a=1",
                "/",
                "",
                "*",
                "v1/x?a=1",
                "//api.example/v1/x?a=1",
                "https://evil.example/v1/x?a=1",
                "https://api.example:80/v1/x?a=1",
                "/v1/x?a=1#b",
            ] {
                assert!(is_refused(&[(name, other)], Some(&told)), "{name}: {other}");
            }
            assert!(
                is_refused(&[(name, "/v1/x?a=1"), (name, "/admin")], Some(&told)),
                "{name} twice"
            );
        }
        for name in METHODS.into_iter().chain(OVERRIDES) {
            assert!(!is_refused(&[(name, "GET")], Some(&told)), "{name}");
            for other in ["DELETE", "get", "", "GET, DELETE"] {
                assert!(is_refused(&[(name, other)], Some(&told)), "{name}: {other}");
            }
        }
        for name in HOSTS {
            for same in [
                "api.example",
                "api.example, api.example",
                "API.example:8443,api.example",
            ] {
                assert!(!is_refused(&[(name, same)], Some(&told)), "{name}: {same}");
            }
            for other in [
                "evil.example",
                "api.example, evil.example",
                "evil.example,api.example",
                "api.example,",
                ",",
                "api.example:80",
                "",
            ] {
                assert!(is_refused(&[(name, other)], Some(&told)), "{name}: {other}");
            }
        }
    }

    #[test]
    fn every_header_that_names_a_call_is_gone_through() {
        assert!(all().all(|name| said_in(name).is_some()));
    }

    #[test]
    fn where_the_proxy_tells_nothing_no_header_may_name_the_call() {
        for name in ADDRESSES.into_iter().chain(METHODS).chain(OVERRIDES) {
            assert!(is_refused(&[(name, "GET")], None), "{name}");
        }
        assert!(!is_refused(
            &[("x-forwarded-host", "api.example"), ("x-request-id", "1")],
            None
        ));
    }

    #[test]
    fn what_is_no_text_agrees_with_nothing() {
        let told = parts("GET", "https", "api.example", "/").unwrap();
        let mut headers = HeaderMap::new();
        headers.insert("x-rewrite-url", HeaderValue::from_bytes(b"/\xff").unwrap());
        assert!(refuse_several(&headers, Some(&told)).is_err());
    }
}
