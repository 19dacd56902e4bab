//! What a proxy tells about the request that it asks about, each in its own way. Whatever can be read in two ways is
//! refused. Must not know what the request needs.

use super::{Proxy, targets};
use crate::config::Endpoint;
use crate::request::Request;
use grantd_core::gate::identity::HEADERS;
use grantd_core::gate::path::{GuardedPath, Unclear};
use grantd_protocol::{ErrorCode, OAuthError};
use http::{HeaderMap, HeaderName};

const ORIGINAL_METHOD: HeaderName = HeaderName::from_static("x-original-method");
const ORIGINAL_URL: HeaderName = HeaderName::from_static("x-original-url");
const FORWARDED_METHOD: HeaderName = HeaderName::from_static("x-forwarded-method");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const FORWARDED_URI: HeaderName = HeaderName::from_static("x-forwarded-uri");
/// What else says who calls, and what a call is about: to the gate, to a proxy, or to what stands behind them.
const TELLING: &str = "x-api-key";
/// What their names begin with.
const TELLING_ALL: [&str; 3] = ["x-forwarded-", "x-original-", "mcp-"];

/// The guarded request.
pub(super) struct Forwarded<'a> {
    pub(super) method: &'a str,
    scheme: &'static str,
    pub(super) host: &'a str,
    /// As it stood in the request line.
    pub(super) raw_path: &'a str,
    pub(super) path: GuardedPath,
    /// Without the question mark; empty where there is none.
    pub(super) query: &'a str,
}

impl Forwarded<'_> {
    /// The address without its query, as a proof of possession names it (RFC 9449 section 4.2).
    pub(super) fn url(&self) -> String {
        format!("{}://{}{}", self.scheme, self.host, self.raw_path)
    }
}

/// Reads what the proxy tells; `None` where nginx or HAProxy tells nothing at all, which is enough where its own configuration says
/// what is needed.
pub(super) fn read<'a>(request: &'a Request<'_>, proxy: Proxy) -> Result<Option<Forwarded<'a>>, OAuthError> {
    let headers = request.headers();
    refuse_look_alikes(headers)?;
    let told = match proxy {
        Proxy::Nginx | Proxy::Haproxy => {
            if !headers.contains_key(ORIGINAL_METHOD) && !headers.contains_key(ORIGINAL_URL) {
                targets::refuse_several(headers, None)?;
                return Ok(None);
            }
            let method = one(request, ORIGINAL_METHOD)?;
            let (scheme, host, target) = split_url(one(request, ORIGINAL_URL)?).ok_or(UNCLEAR)?;
            parts(method, scheme, host, target)?
        }
        Proxy::Traefik | Proxy::Caddy => {
            let method = one(request, FORWARDED_METHOD)?;
            let (scheme, host) = (one(request, FORWARDED_PROTO)?, one(request, FORWARDED_HOST)?);
            parts(method, scheme, host, one(request, FORWARDED_URI)?)?
        }
        Proxy::Envoy => {
            let scheme = request.header(FORWARDED_PROTO).unwrap_or("http");
            let target = request.parts.uri.path_and_query().map_or("", |target| target.as_str());
            let target = behind_prefix(request, target).ok_or(UNCLEAR)?;
            parts(
                request.method().as_str(),
                scheme,
                one(request, http::header::HOST)?,
                target,
            )?
        }
    };
    targets::refuse_several(headers, Some(&told))?;
    Ok(Some(told))
}

const UNCLEAR: OAuthError = OAuthError::new(
    ErrorCode::AccessDenied,
    "the proxy does not tell method and address of the request in the way that was agreed",
);

fn one<'a>(request: &'a Request<'_>, name: HeaderName) -> Result<&'a str, OAuthError> {
    request.header(name).ok_or(UNCLEAR)
}

/// The guarded path: what follows the place of the gate.
fn behind_prefix<'a>(request: &Request<'_>, target: &'a str) -> Option<&'a str> {
    let url = request.realm.config.endpoints.url_for(request.issuer, Endpoint::Gate)?;
    let (_, rest) = url.split_once("://")?;
    let base = rest.find('/').and_then(|at| rest.get(at..)).unwrap_or_default();
    target.strip_prefix(base)?.strip_prefix("/envoy")
}

/// Scheme, host and target of an address; the target may be empty.
pub(super) fn split_url(url: &str) -> Option<(&str, &str, &str)> {
    let (scheme, rest) = url.split_once("://")?;
    let (host, target) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    Some((scheme, host, target))
}

pub(super) fn parts<'a>(
    method: &'a str,
    scheme: &str,
    host: &'a str,
    target: &'a str,
) -> Result<Forwarded<'a>, OAuthError> {
    // A WebSocket begins as a request over HTTP.
    let scheme = match scheme {
        "https" | "wss" => "https",
        "http" | "ws" => "http",
        _ => return Err(UNCLEAR),
    };
    // Methods are case-sensitive, and some servers behind are lax about it: what is no route's is not let past its route.
    let method_is_plain =
        (1..=32).contains(&method.len()) && method.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-');
    if !method_is_plain || !crate::net::is_host(host.as_bytes()) {
        return Err(UNCLEAR);
    }
    let (raw_path, query) = target.split_once('?').unwrap_or((target, ""));
    let path = GuardedPath::parse(raw_path).map_err(refused)?;
    Ok(Forwarded {
        method,
        scheme,
        host,
        raw_path,
        path,
        query,
    })
}

fn refused(unclear: Unclear) -> OAuthError {
    OAuthError::with_detail(ErrorCode::AccessDenied, &format!("the path is not clear: {unclear}"))
}

/// `X_Grantd_Subject` is another header to a proxy, which does not replace it, and to the gate, which does not look at it;
/// to many applications it is the same one (RFC 3875 section 4.1.18 makes one name of both).
fn refuse_look_alikes(headers: &HeaderMap) -> Result<(), OAuthError> {
    let is_look_alike = |name: &HeaderName| name.as_str().contains('_') && tells(&name.as_str().replace('_', "-"));
    if headers.keys().any(is_look_alike) {
        return Err(OAuthError::new(
            ErrorCode::AccessDenied,
            "a header of the request looks like one that says who calls, or what the call is",
        ));
    }
    Ok(())
}

/// Whether a header's name, in dashes, is one that something is decided by.
fn tells(name: &str) -> bool {
    let mut exact = HEADERS.into_iter().chain(targets::all()).chain([TELLING]);
    exact.any(|known| known == name) || TELLING_ALL.iter().any(|begin| name.starts_with(begin))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn a_header_with_an_underscore_is_refused_where_its_other_spelling_counts() {
        let is_refused = |name: &'static str| {
            let mut headers = HeaderMap::new();
            headers.append(name, HeaderValue::from_static("x"));
            refuse_look_alikes(&headers).is_err()
        };
        for name in [
            "x_grantd_subject",
            "x-grantd_token-id",
            "x_http_method_override",
            "x-http_method-override",
            "x_method_override",
            "x_http_method",
            "x_original_url",
            "x_original_method",
            "x_rewrite_url",
            "x_envoy_original-path",
            "x_api_key",
            "x-api_key",
            "mcp_method",
            "mcp_name",
            "x_forwarded_uri",
            "x-forwarded_for",
        ] {
            assert!(is_refused(name), "{name}");
        }
        for name in [
            "x_request_id",
            "x-grantd-subject",
            "mcp-method",
            "x-api-key",
            "x_grantd_sub",
            "cf_ray",
        ] {
            assert!(!is_refused(name), "{name}");
        }
    }
}
