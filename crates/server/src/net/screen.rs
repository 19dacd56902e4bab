//! What every request must fulfil before anything looks at it: lengths, and exactly one valid Host (RFC 9112 section
//! 3.2). Must not know routes; whether a host is ours is the router's question.

use super::Limits;
use http::header::{ALLOW, CONNECTION, HOST, HeaderMap, HeaderValue, TRANSFER_ENCODING};
use http::{Method, Request, Response, StatusCode, Version};

/// Why a request goes no further.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Refusal {
    /// The target is too long.
    UriTooLong,
    /// The header is too long or has too many lines.
    HeaderTooLarge,
    /// No Host, several, or one that is none; or the target names another one.
    BadHost,
    /// A body in other pieces than chunks: nobody here takes it apart, and somebody on the way may have (RFC 9112 section 6.1).
    Coded,
    /// A method that makes a server a proxy or an echo.
    Method,
}

impl Refusal {
    pub(super) const fn status(self) -> StatusCode {
        match self {
            Self::UriTooLong => StatusCode::URI_TOO_LONG,
            Self::HeaderTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::BadHost | Self::Coded => StatusCode::BAD_REQUEST,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
        }
    }

    const fn text(self) -> &'static str {
        match self {
            Self::UriTooLong => "The request target is too long.\n",
            Self::HeaderTooLarge => "The request header is too large.\n",
            Self::BadHost => "The request needs exactly one valid Host.\n",
            Self::Coded => "The transfer coding must be chunked, once.\n",
            Self::Method => "The method is not supported.\n",
        }
    }

    /// The reply. On HTTP/1 it ends the connection: what follows a request that nobody understood is not a request.
    pub(super) fn response(self, version: Version) -> Response<axum::body::Body> {
        let mut response = plain(self.status(), self.text());
        if self == Self::Method {
            // RFC 9110 section 15.5.6. Which of them the resource has, its route says.
            let allowed = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
            response.headers_mut().insert(ALLOW, allowed);
        }
        if version < Version::HTTP_2 {
            response
                .headers_mut()
                .insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

/// A short text as a reply that no cache keeps.
pub(super) fn plain(status: StatusCode, text: impl Into<axum::body::Body>) -> Response<axum::body::Body> {
    let mut response = Response::new(text.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(
        http::header::CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    headers.insert(http::header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        http::header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    response
}

/// Checks a request and leaves it with exactly one `Host`, which is the host it is for.
pub(super) fn screen<B>(request: &mut Request<B>, limits: &Limits) -> Result<(), Refusal> {
    if matches!(*request.method(), Method::CONNECT | Method::TRACE) {
        return Err(Refusal::Method);
    }
    if uri_length(request.uri()) > limits.max_uri_bytes {
        return Err(Refusal::UriTooLong);
    }
    if header_bytes(request.headers()) > limits.max_header_bytes || request.headers().len() > limits.max_headers {
        return Err(Refusal::HeaderTooLarge);
    }
    if !is_chunked_at_most(request.headers()) {
        return Err(Refusal::Coded);
    }
    let authority = match request.uri().authority() {
        Some(authority) if !is_host(authority.as_str().as_bytes()) => return Err(Refusal::BadHost),
        Some(authority) => Some(HeaderValue::from_str(authority.as_str()).map_err(|_| Refusal::BadHost)?),
        None => None,
    };
    match (single_host(request.headers())?, authority) {
        (None, None) => Err(Refusal::BadHost),
        // HTTP/2 says it in `:authority`; handlers look in one place.
        (None, Some(authority)) if request.version() >= Version::HTTP_2 => {
            request.headers_mut().insert(HOST, authority);
            Ok(())
        }
        (None, Some(_)) => Err(Refusal::BadHost),
        (Some(host), Some(authority)) if !host.as_bytes().eq_ignore_ascii_case(authority.as_bytes()) => {
            Err(Refusal::BadHost)
        }
        (Some(_), _) => Ok(()),
    }
}

/// hyper takes chunks apart wherever `chunked` comes last, and leaves what stands before it to whoever reads the body.
fn is_chunked_at_most(headers: &HeaderMap) -> bool {
    let mut lines = headers.get_all(TRANSFER_ENCODING).iter();
    let is_chunked = |line: &HeaderValue| line.as_bytes().trim_ascii().eq_ignore_ascii_case(b"chunked");
    lines.next().is_none_or(is_chunked) && lines.next().is_none()
}

fn single_host(headers: &HeaderMap) -> Result<Option<&HeaderValue>, Refusal> {
    let mut hosts = headers.get_all(HOST).iter();
    let Some(host) = hosts.next() else { return Ok(None) };
    if hosts.next().is_some() || !is_host(host.as_bytes()) {
        return Err(Refusal::BadHost);
    }
    Ok(Some(host))
}

/// Whether this is `host` or `host:port` (RFC 3986 section 3.2), without user information. Narrower than the
/// standard: names of letters, digits, `.`, `-` and `_`, and IPv6 in brackets.
#[must_use]
pub fn is_host(text: &[u8]) -> bool {
    let is_port = |port: &[u8]| port.len() <= 5 && port.iter().all(u8::is_ascii_digit);
    if let [b'[', rest @ ..] = text {
        let Some(end) = rest.iter().position(|byte| *byte == b']') else {
            return false;
        };
        let (inside, after) = rest.split_at(end);
        let is_address = std::str::from_utf8(inside).is_ok_and(|text| text.parse::<std::net::Ipv6Addr>().is_ok());
        return is_address
            && match after {
                [b']'] => true,
                [b']', b':', port @ ..] => is_port(port),
                _ => false,
            };
    }
    let mut parts = text.split(|byte| *byte == b':');
    let name = parts.next().unwrap_or_default();
    let port = parts.next().unwrap_or_default();
    !name.is_empty()
        && name.len() <= 253
        && name
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
        && is_port(port)
        && parts.next().is_none()
}

fn uri_length(uri: &http::Uri) -> usize {
    let authority = uri.authority().map_or(0, |authority| authority.as_str().len());
    authority + uri.path_and_query().map_or(0, |target| target.as_str().len())
}

/// Names and values, with the four bytes that separate them on the wire.
fn header_bytes(headers: &HeaderMap) -> usize {
    headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + 4)
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn screened(version: Version, uri: &str, hosts: &[&str]) -> Result<String, Refusal> {
        let mut request = Request::builder().version(version).uri(uri).body(()).unwrap();
        for host in hosts {
            request.headers_mut().append(HOST, HeaderValue::from_str(host).unwrap());
        }
        screen(&mut request, &Limits::default())?;
        Ok(request.headers().get(HOST).unwrap().to_str().unwrap().to_owned())
    }

    #[test]
    fn exactly_one_valid_host_is_needed() {
        let one = |hosts: &[&str]| screened(Version::HTTP_11, "/", hosts);
        assert_eq!(one(&["a.example:8443"]).as_deref(), Ok("a.example:8443"));
        assert_eq!(one(&["[2001:db8::1]:80"]).as_deref(), Ok("[2001:db8::1]:80"));
        let bad: [&[&str]; 14] = [
            &[],
            &["a.example", "a.example"],
            &["a.example", "b.example"],
            &[""],
            &["a.example, b.example"],
            &["user@a.example"],
            &["a.example/path"],
            &["a.example:80:80"],
            &["a.example:x"],
            &["a example"],
            &["[::1"],
            &["[::1]x"],
            &["[not-v6]"],
            &[":80"],
        ];
        for hosts in bad {
            assert_eq!(one(hosts), Err(Refusal::BadHost), "{hosts:?}");
        }
    }

    #[test]
    fn an_absolute_target_must_name_the_same_host() {
        let absolute = |hosts: &[&str]| screened(Version::HTTP_11, "http://a.example/", hosts);
        assert_eq!(absolute(&["A.example"]).as_deref(), Ok("A.example"));
        assert_eq!(absolute(&["b.example"]), Err(Refusal::BadHost));
        assert_eq!(absolute(&[]), Err(Refusal::BadHost));
    }

    #[test]
    fn bodies_come_in_chunks_or_whole_and_in_nothing_else() {
        for (lines, is_read) in [
            (&[] as &[&str], true),
            (&["chunked"], true),
            (&["Chunked "], true),
            (&["gzip, chunked"], false),
            (&["chunked, chunked"], false),
            (&["chunked", "chunked"], false),
            (&["gzip", "chunked"], false),
            (&["identity"], false),
            (&[""], false),
        ] {
            let mut request = Request::builder().uri("/").header(HOST, "a.example").body(()).unwrap();
            for line in lines {
                request
                    .headers_mut()
                    .append(TRANSFER_ENCODING, HeaderValue::from_static(line));
            }
            let expected = if is_read { Ok(()) } else { Err(Refusal::Coded) };
            assert_eq!(screen(&mut request, &Limits::default()), expected, "{lines:?}");
        }
    }

    #[test]
    fn http2s_authority_becomes_the_host() {
        let two = |hosts: &[&str]| screened(Version::HTTP_2, "https://a.example/", hosts);
        assert_eq!(two(&[]).as_deref(), Ok("a.example"));
        assert_eq!(two(&["a.example"]).as_deref(), Ok("a.example"));
        assert_eq!(two(&["b.example"]), Err(Refusal::BadHost));
        assert_eq!(two(&["a.example", "a.example"]), Err(Refusal::BadHost));
    }

    #[test]
    fn proxying_and_echoing_methods_are_refused() {
        for method in [Method::CONNECT, Method::TRACE] {
            let mut request = Request::builder().method(method).uri("/").body(()).unwrap();
            assert_eq!(screen(&mut request, &Limits::default()), Err(Refusal::Method));
        }
    }
}
