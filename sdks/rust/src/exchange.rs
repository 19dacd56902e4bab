//! One HTTP exchange with an authorization server: bounded in time and size, without redirects. Must not know what is asked.

use crate::clock::{BoxFuture, Clock};
use crate::error::{Cause, Error, OAuthRefusal};
use bytes::{Bytes, BytesMut};
use grantd_jose::strict_json::{self, Limits};
use http::header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Method};
use serde_json::Value;
use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// A request to an authorization server.
pub type Request = http::Request<Bytes>;
/// Its complete reply.
pub type Response = http::Response<Bytes>;

/// The longest reply that is read, in bytes.
pub const MAX_REPLY: usize = 1024 * 1024;
/// For an exchange with the authorization server, unless somebody says otherwise.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(10);

/// Sends requests to authorization servers. Its user bounds the time.
pub trait Transport: Send + Sync + 'static {
    /// Sends one request, without following redirects.
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>>;
}

impl<T: Transport + ?Sized> Transport for Arc<T> {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        (**self).send(request)
    }
}

/// Why there is no reply.
#[derive(Clone, Debug, thiserror::Error)]
pub enum TransportError {
    /// No connection, or one that broke.
    #[error("no reply")]
    Network(#[source] Cause),
    /// A time limit of the transport's own is over.
    #[error("no reply in time")]
    Timeout,
    /// More than [`MAX_REPLY`] bytes.
    #[error("the reply is too long")]
    TooLong,
}

/// How requests are sent, and for how long is waited.
#[derive(Clone)]
pub(crate) struct Http {
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) timeout: Duration,
}

impl Http {
    /// Sends a request and reads the reply. A redirect counts as a refusal to answer: credentials go where they were meant
    /// to go and nowhere else.
    pub(crate) async fn exchange(&self, request: Request) -> Result<Response, Error> {
        let origin = origin_of(request.uri());
        let late = self.clock.sleep(self.timeout);
        let outcome = tokio::select! {
            biased;
            outcome = self.transport.send(request) => outcome,
            () = late => return Err(Error::Timeout { origin }),
        };
        let response = outcome.map_err(|error| match error {
            TransportError::Network(cause) => Error::Network { origin, cause },
            TransportError::Timeout => Error::Timeout { origin },
            TransportError::TooLong => Error::reply("the reply is too long", 200),
        })?;
        if response.status().is_redirection() {
            let status = response.status().as_u16();
            return Err(Error::reply(
                "the server answered with a redirect, which is not followed",
                status,
            ));
        }
        Ok(response)
    }

    /// Fetches a document.
    pub(crate) async fn get(&self, url: &str, accept: &'static str) -> Result<Response, Error> {
        self.exchange(request(Method::GET, url, accept, Bytes::new())?).await
    }

    /// Posts a form.
    pub(crate) async fn post(&self, url: &str, headers: HeaderMap, form: &Form) -> Result<Response, Error> {
        let mut request = request(Method::POST, url, "application/json", Bytes::from(form.encoded()))?;
        let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers_mut().insert(CONTENT_TYPE, kind);
        request.headers_mut().extend(headers);
        self.exchange(request).await
    }
}

fn request(method: Method, url: &str, accept: &'static str, body: Bytes) -> Result<Request, Error> {
    let request = http::Request::builder().method(method).uri(url);
    let request = request.header(ACCEPT, accept).body(body);
    request.map_err(|_| Error::Discovery("an address of the server is malformed".into()))
}

/// What the server says in its refusal; nothing where it did not refuse, or not as the standard says.
pub(crate) fn refusal(reply: &Response) -> Option<OAuthRefusal> {
    let status = reply.status();
    if !status.is_client_error() || status == http::StatusCode::TOO_MANY_REQUESTS {
        return None;
    }
    let members = strict_json::object_from_slice(reply.body(), Limits::default()).ok()?;
    let code = members.get("error")?.as_str()?;
    let description = members.get("error_description").and_then(Value::as_str);
    Some(OAuthRefusal::new(code, description, Some(status.as_u16())))
}

/// Scheme, host and port, for messages.
fn origin_of(uri: &http::Uri) -> String {
    let (scheme, authority) = (uri.scheme_str().unwrap_or_default(), uri.authority());
    format!("{scheme}://{}", authority.map_or("", |authority| authority.as_str()))
}

/// Parameters of a request.
#[derive(Clone, Default)]
pub(crate) struct Form(Vec<(Cow<'static, str>, String)>);

impl Form {
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.0.push((name.into(), value.into()));
        self
    }

    /// Adds a parameter where there is a value.
    #[cfg(feature = "client")]
    pub(crate) fn with_some(self, name: &'static str, value: Option<impl Into<String>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// Adds the caller's own parameters.
    #[cfg(feature = "client")]
    pub(crate) fn extend(&mut self, more: &[(&str, &str)]) {
        let owned = more
            .iter()
            .map(|(name, value)| ((*name).to_owned().into(), (*value).to_owned()));
        self.0.extend(owned);
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }

    #[cfg(feature = "client")]
    pub(crate) fn pairs(&self) -> impl Iterator<Item = &(Cow<'static, str>, String)> {
        self.0.iter()
    }

    fn encoded(&self) -> String {
        url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&self.0)
            .finish()
    }
}

/// How many seconds the server asks to wait, where it says so as a number (RFC 9110 section 10.2.3).
pub(crate) fn retry_after(response: &Response) -> Option<u32> {
    response.headers().get(RETRY_AFTER)?.to_str().ok()?.parse().ok()
}

/// A time limit that can hold.
pub(crate) fn check_timeout(timeout: Duration) -> Result<(), Error> {
    if timeout.is_zero() {
        return Err(Error::configuration("the time limit must be above 0"));
    }
    Ok(())
}

/// An address as it may be shown: without user information, which can be a secret.
pub(crate) fn shown(address: &str) -> &str {
    if address.contains('@') {
        "(an address with user information)"
    } else {
        address
    }
}

/// Whether credentials may be sent there: https, or http on this very computer.
pub(crate) fn is_secure(url: &Url) -> bool {
    match url.scheme() {
        "https" => url.has_host(),
        "http" => url.host().as_ref().is_some_and(is_this_computer),
        _ => false,
    }
}

/// Whether a host is this very computer.
pub(crate) fn is_this_computer<S: AsRef<str>>(host: &url::Host<S>) -> bool {
    match host {
        url::Host::Domain(name) => name.as_ref() == "localhost" || name.as_ref().ends_with(".localhost"),
        url::Host::Ipv4(address) => address.is_loopback(),
        url::Host::Ipv6(address) => address.is_loopback(),
    }
}

/// Sends with [`reqwest`], and follows no redirect.
#[derive(Clone, Debug)]
pub struct ReqwestTransport(reqwest::Client);

impl ReqwestTransport {
    /// Connections of its own. It has no time limits: whoever sends has.
    ///
    /// # Errors
    /// [`Error::Configuration`] when TLS cannot be set up.
    pub fn new() -> Result<Self, Error> {
        Self::with_builder(reqwest::Client::builder())
    }

    /// Connections as the program wants them: proxies, roots, a client certificate. Whatever it says of redirects, none is
    /// followed: a form with the client's secret would go along.
    ///
    /// # Errors
    /// [`Error::Configuration`] when the client cannot be made.
    pub fn with_builder(builder: reqwest::ClientBuilder) -> Result<Self, Error> {
        without_redirects(builder).map(Self)
    }
}

/// A client that follows no redirects, since they would take credentials along.
pub(crate) fn without_redirects(builder: reqwest::ClientBuilder) -> Result<reqwest::Client, Error> {
    let built = builder.redirect(reqwest::redirect::Policy::none()).build();
    built.map_err(|_| Error::configuration("the HTTP client cannot be made"))
}

impl Transport for ReqwestTransport {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(async move {
            let request = reqwest::Request::try_from(request).map_err(network)?;
            let mut response = self.0.execute(request).await.map_err(network)?;
            let mut body = BytesMut::new();
            while let Some(piece) = response.chunk().await.map_err(network)? {
                if body.len() + piece.len() > MAX_REPLY {
                    return Err(TransportError::TooLong);
                }
                body.extend_from_slice(&piece);
            }
            let mut whole = Response::new(body.freeze());
            *whole.status_mut() = response.status();
            *whole.headers_mut() = std::mem::take(response.headers_mut());
            Ok(whole)
        })
    }
}

/// Without its address: a query can hold what must not be in a log.
fn network(error: reqwest::Error) -> TransportError {
    if error.is_timeout() {
        return TransportError::Timeout;
    }
    TransportError::Network(Arc::new(error.without_url()))
}
