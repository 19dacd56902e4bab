//! The parts of a request that say who asks: exactly one credential, in one place (RFC 6750 section 2).

use super::reason::Reason;
use bytes::Bytes;
use http::header::{AUTHORIZATION, HOST};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Uri};
use std::borrow::Cow;
use std::fmt;

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
    /// The address as the client wrote it, scheme and host included: what a DPoP proof names.
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

    /// Of a request as frameworks hand it over. `origin` is where clients reach the API; without it the `Host` header says
    /// it, with https unless it is this computer.
    #[must_use]
    pub fn of(parts: &'r Parts, origin: Option<&str>) -> Self {
        let certificate = parts.extensions.get::<ClientCertificate>();
        Self {
            method: parts.method.as_str().into(),
            url: address(parts, origin).into(),
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

fn address(parts: &Parts, origin: Option<&str>) -> String {
    let uri = target(parts);
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    if let Some(origin) = origin {
        return format!("{}{path}", origin.trim_end_matches('/'));
    }
    let named = parts.headers.get(HOST).and_then(|host| host.to_str().ok());
    let host = named.or_else(|| uri.authority().map(|authority| authority.as_str()));
    let host = host.unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let scheme = if matches!(name, "localhost" | "127.0.0.1" | "[::1]") {
        "http"
    } else {
        "https"
    };
    format!("{scheme}://{host}{path}")
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
