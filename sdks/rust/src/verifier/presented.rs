//! The parts of a request that say who asks: exactly one credential, in one place (RFC 6750 section 2).

use super::reason::Reason;
use crate::exchange::is_this_computer;
use bytes::Bytes;
use http::header::{AUTHORIZATION, HOST};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Uri, Version};
use std::borrow::Cow;
use std::fmt;
use url::Host;

/// A scheme that carries access tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// RFC 6750.
    Bearer,
    /// RFC 9449.
    Dpop,
}

impl Scheme {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bearer => "Bearer",
            Self::Dpop => "DPoP",
        }
    }
}

/// The client's TLS certificate (DER), as an extension of the request. Whoever ends TLS puts it there, and takes away what
/// others put there.
#[derive(Clone, Debug)]
pub struct ClientCertificate(pub Bytes);

/// What a request presents.
///
/// Its `Debug` shows none of it but the method: the rest has credentials in it.
#[derive(Clone)]
pub struct RequestFacts<'r> {
    /// The method.
    pub method: Cow<'r, str>,
    /// The address as the client wrote it, scheme and host included: what a DPoP proof names. No proof passes without.
    pub url: Cow<'r, str>,
    /// The headers.
    pub headers: Cow<'r, HeaderMap>,
    /// The client's TLS certificate, DER. It must come from the TLS connection, or from a proxy that is trusted.
    pub certificate: Option<Cow<'r, [u8]>>,
}

impl<'r> RequestFacts<'r> {
    /// Of a request's parts by name.
    #[must_use]
    pub fn new(method: &'r str, url: &'r str, headers: &'r HeaderMap) -> Self {
        Self {
            method: method.into(),
            url: url.into(),
            headers: Cow::Borrowed(headers),
            certificate: None,
        }
    }

    /// Of a request as frameworks hand it over. `origin` is where clients reach the API; without it `:authority` (HTTP/2) or the
    /// `Host` header says it, with https unless it is this computer. The address is empty where these are no host and port.
    #[must_use]
    pub fn of(parts: &'r Parts, origin: Option<&str>) -> Self {
        let certificate = parts.extensions.get::<ClientCertificate>();
        Self {
            method: parts.method.as_str().into(),
            url: address(parts, origin).unwrap_or_default().into(),
            headers: Cow::Borrowed(&parts.headers),
            certificate: certificate.map(|certificate| Cow::Borrowed(certificate.0.as_ref())),
        }
    }
}

/// The address as the client wrote it: axum takes what a router is nested under away from the other.
fn target(parts: &Parts) -> &Uri {
    #[cfg(feature = "axum")]
    if let Some(whole) = parts.extensions.get::<axum::extract::OriginalUri>() {
        return &whole.0;
    }
    &parts.uri
}

/// Where the request went: a host that is one, and the request's own path, which cannot become one another.
fn address(parts: &Parts, origin: Option<&str>) -> Option<String> {
    let uri = target(parts);
    let path = uri.path_and_query().map(|path| path.as_str());
    // `*` is no path, and has no address.
    let path = path.filter(|path| path.starts_with('/'))?;
    if let Some(origin) = origin {
        return Some(format!("{}{path}", origin.trim_end_matches('/')));
    }
    let host = asked_host(parts, uri)?;
    let name = host_name(host)?;
    let scheme = if is_this_computer(&name) { "http" } else { "https" };
    Some(format!("{scheme}://{host}{path}"))
}

/// What the request says of its host. HTTP/2 has it beside the path (RFC 9113 section 8.3.1).
fn asked_host<'r>(parts: &'r Parts, uri: &'r Uri) -> Option<&'r str> {
    let authority = uri.authority().map(|authority| authority.as_str());
    if parts.version >= Version::HTTP_2 && authority.is_some() {
        return authority;
    }
    let mut hosts = parts.headers.get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (None, _) => authority,
        (Some(host), None) => host.to_str().ok(),
        _ => None,
    }
}

/// The host in `host[:port]`, and nothing where there is anything else.
fn host_name(text: &str) -> Option<Host> {
    let is_odd = |byte: u8| !byte.is_ascii_graphic() || matches!(byte, b'/' | b'?' | b'#' | b'@' | b'\\');
    let end = if text.starts_with('[') {
        text.find(']')? + 1
    } else {
        text.find(':').unwrap_or(text.len())
    };
    let (name, rest) = text.split_at_checked(end)?;
    let port = rest.strip_prefix(':').unwrap_or(rest);
    let is_port = rest.starts_with(':') != rest.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    if !is_port || text.bytes().any(is_odd) {
        return None;
    }
    Host::parse(name).ok()
}

impl fmt::Debug for RequestFacts<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("RequestFacts")
            .field("method", &self.method)
            .finish_non_exhaustive()
    }
}

/// A credential, and how it came.
#[derive(Clone, Copy)]
pub(crate) struct Presented<'r> {
    pub(crate) token: &'r str,
    pub(crate) scheme: Scheme,
    /// It came as `x-api-key`, where only a key belongs.
    pub(crate) is_key: bool,
}

/// The one credential of a request, or the reason. `x-api-key` counts where the API takes keys. A scheme of others, as Basic for
/// a proxy, is nothing of ours.
pub(crate) fn presented(headers: &HeaderMap, takes_keys: bool) -> Result<Presented<'_>, Reason> {
    let mut keys = headers.get_all("x-api-key").iter().filter(|_| takes_keys);
    let mut all = headers.get_all(AUTHORIZATION).iter();
    match (keys.next(), keys.next(), all.next(), all.next()) {
        (None, None, None, None) => Err(Reason::Missing),
        (None, None, Some(header), None) => authorization(header),
        (Some(key), None, other, None) if other.is_none_or(is_of_others) => Ok(Presented {
            token: key.to_str().map_err(|_| Reason::Malformed)?,
            scheme: Scheme::Bearer,
            is_key: true,
        }),
        _ => Err(Reason::Twice),
    }
}

fn is_of_others(header: &HeaderValue) -> bool {
    matches!(authorization(header), Err(Reason::Missing))
}

fn authorization(header: &HeaderValue) -> Result<Presented<'_>, Reason> {
    let text = header.to_str().map_err(|_| Reason::Malformed)?.trim();
    let (name, rest) = text.split_once(' ').unwrap_or((text, ""));
    let scheme = [Scheme::Bearer, Scheme::Dpop]
        .into_iter()
        .find(|scheme| scheme.name().eq_ignore_ascii_case(name));
    let token = rest.trim_start_matches(' ');
    match scheme {
        None => Err(Reason::Missing),
        Some(_) if token.is_empty() || token.contains(char::is_whitespace) => Err(Reason::Malformed),
        Some(scheme) => Ok(Presented {
            token,
            scheme,
            is_key: false,
        }),
    }
}
