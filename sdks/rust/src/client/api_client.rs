//! Calls of one API with a credential that the caller need not know. It goes to what is below that API's address and nowhere else.

use super::attempts::Attempts;
use super::base::Base;
use super::source::TokenSource;
use crate::clock::{Clock, SystemClock};
use crate::error::Error;
use crate::exchange::{TIMEOUT, without_redirects};
use http::Method;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// For each part of a reply.
const READING: Duration = Duration::from_secs(30);

/// A client of one API. Cheap to clone.
#[derive(Clone)]
pub struct ApiClient {
    http: reqwest::Client,
    source: Arc<dyn TokenSource>,
    clock: Arc<dyn Clock>,
    base: Base,
}

/// A request that is being made.
#[must_use = "a request does nothing before it is sent"]
pub struct ApiRequest {
    client: ApiClient,
    builder: Result<reqwest::RequestBuilder, Error>,
}

impl ApiClient {
    /// Calls of what is below `base`, with or without a slash at its end.
    ///
    /// # Errors
    /// [`Error::Configuration`] when `base` is not https (or http on this computer), or has user information or a query.
    pub fn new(source: impl TokenSource, base: &str) -> Result<Self, Error> {
        let http = reqwest::Client::builder()
            .connect_timeout(TIMEOUT)
            .read_timeout(READING);
        Self::with_http(source, base, http)
    }

    /// The same with connections as the program wants them: proxies, roots, time limits. Whatever the builder says of
    /// redirects, none is followed: the credential would go along.
    ///
    /// # Errors
    /// As [`ApiClient::new`], and when the client cannot be made.
    pub fn with_http(source: impl TokenSource, base: &str, http: reqwest::ClientBuilder) -> Result<Self, Error> {
        Ok(Self {
            base: Base::parse(base)?,
            http: without_redirects(http)?,
            source: Arc::new(source),
            clock: Arc::new(SystemClock),
        })
    }

    /// What time it is, for proofs.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Begins a request to an address below the API's: `customers` and `/customers` are the same. What would leave it is an
    /// [`Error::Configuration`] when it is to be sent.
    pub fn request(&self, method: Method, path: &str) -> ApiRequest {
        let url = self.base.address(path);
        ApiRequest {
            client: self.clone(),
            builder: url.map(|url| self.http.request(method, url)),
        }
    }

    /// Begins a GET.
    pub fn get(&self, path: &str) -> ApiRequest {
        self.request(Method::GET, path)
    }

    /// Begins a POST.
    pub fn post(&self, path: &str) -> ApiRequest {
        self.request(Method::POST, path)
    }

    /// Begins a PUT.
    pub fn put(&self, path: &str) -> ApiRequest {
        self.request(Method::PUT, path)
    }

    /// Begins a PATCH.
    pub fn patch(&self, path: &str) -> ApiRequest {
        self.request(Method::PATCH, path)
    }

    /// Begins a DELETE.
    pub fn delete(&self, path: &str) -> ApiRequest {
        self.request(Method::DELETE, path)
    }

    /// Sends a request with the credential. One that is refused with 401 is sent once more with a new token, if the token
    /// was a kept one and the body can be sent again.
    ///
    /// # Errors
    /// [`Error::Configuration`] for an address that is not below the API's, before anything is sent;
    /// [`Error::InsufficientScope`] with what the API says is needed; [`Error::Network`] and [`Error::Timeout`]; what
    /// getting a token can end in. Any other reply is the caller's, whatever its status.
    pub async fn execute(&self, mut request: reqwest::Request) -> Result<reqwest::Response, Error> {
        if !self.base.covers(request.url()) {
            return Err(Error::configuration("the address is not below the API's"));
        }
        let mut attempts = Attempts::new(&*self.source, &*self.clock);
        loop {
            let again = request.try_clone();
            attempts.prepare(&mut request).await?;
            let response = self.http.execute(request).await.map_err(|error| self.failure(error))?;
            let is_retried = attempts.after(&response, again.is_some())?;
            match again.filter(|_| is_retried) {
                Some(next) => request = next,
                None => return Ok(response),
            }
        }
    }

    fn failure(&self, error: reqwest::Error) -> Error {
        let origin = self.base.origin();
        if error.is_timeout() {
            return Error::Timeout { origin };
        }
        let cause = Arc::new(error.without_url());
        Error::Network { origin, cause }
    }
}

impl ApiRequest {
    /// Changes the request by the methods of [`reqwest::RequestBuilder`]: its query, headers, body, timeout.
    pub fn with(mut self, change: impl FnOnce(reqwest::RequestBuilder) -> reqwest::RequestBuilder) -> Self {
        self.builder = self.builder.map(change);
        self
    }

    /// Sends it: see [`ApiClient::execute`].
    ///
    /// # Errors
    /// As [`ApiClient::execute`].
    pub async fn send(self) -> Result<reqwest::Response, Error> {
        let request = self.builder?.build();
        let request = request.map_err(|_| Error::configuration("the request is malformed"))?;
        self.client.execute(request).await
    }
}

impl fmt::Debug for ApiClient {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("ApiClient")
            .field("base", &self.base.as_str())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for ApiRequest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("ApiRequest(…)")
    }
}
