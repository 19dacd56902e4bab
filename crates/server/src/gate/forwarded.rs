//! What a proxy tells about the request that it asks about, each in its own way. Whatever can be read in two ways is
//! refused. Must not know what the request needs.

use super::{Proxy, beside, targets};
use crate::config::Endpoint;
use crate::request::Request;
use grantd_core::gate::path::{GuardedPath, Unclear};
use grantd_protocol::{ErrorCode, OAuthError};
use http::HeaderName;

const ORIGINAL_METHOD: HeaderName = HeaderName::from_static("x-original-method");
const ORIGINAL_URL: HeaderName = HeaderName::from_static("x-original-url");
const FORWARDED_METHOD: HeaderName = HeaderName::from_static("x-forwarded-method");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const FORWARDED_URI: HeaderName = HeaderName::from_static("x-forwarded-uri");

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
    beside::refuse(headers, proxy)?;
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

const TUNNEL: OAuthError = OAuthError::new(
    ErrorCode::AccessDenied,
    "CONNECT opens a tunnel, in which nobody is asked",
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
    // What a proxy answers 2xx is a tunnel from then on (RFC 9110 section 9.3.6), in which nobody judges anything.
    if method == "CONNECT" {
        return Err(TUNNEL);
    }
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
