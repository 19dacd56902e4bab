//! The same calls as a middleware, for programs that use `reqwest-middleware`.

use super::attempts::Attempts;
use super::base::Base;
use super::source::TokenSource;
use crate::clock::{Clock, SystemClock};
use crate::error::Error;
use crate::exchange::without_redirects;
use async_trait::async_trait;
use http::Extensions;
use reqwest::{Request, Response};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Middleware, Next, Result};
use std::fmt;
use std::sync::Arc;

/// Adds a credential to requests of one API, and sends those once more that were refused for it. Requests to other addresses
/// pass as they are.
///
/// The HTTP client below must not follow redirects, since it would take the credential along; a middleware cannot keep it from
/// that. [`AuthMiddleware::client`] makes one that does not. Behind another one a redirect out of the API is an
/// [`Error::Redirected`], but the credential is gone then.
#[derive(Clone)]
pub struct AuthMiddleware {
    source: Arc<dyn TokenSource>,
    clock: Arc<dyn Clock>,
    base: Base,
}

impl AuthMiddleware {
    /// For what is below this address.
    ///
    /// # Errors
    /// [`Error::Configuration`] when it is not https (or http on this computer), or has user information or a query.
    pub fn new(source: impl TokenSource, base: &str) -> std::result::Result<Self, Error> {
        Ok(Self {
            base: Base::parse(base)?,
            source: Arc::new(source),
            clock: Arc::new(SystemClock),
        })
    }

    /// A client with this middleware that follows no redirects, whatever the builder says of them. Others go around it by
    /// [`reqwest_middleware::ClientBuilder::from_client`].
    ///
    /// # Errors
    /// [`Error::Configuration`] when the client cannot be made.
    pub fn client(self, http: reqwest::ClientBuilder) -> std::result::Result<ClientWithMiddleware, Error> {
        let http = without_redirects(http)?;
        Ok(ClientBuilder::new(http).with(self).build())
    }
}

#[async_trait]
impl Middleware for AuthMiddleware {
    async fn handle(&self, mut request: Request, extensions: &mut Extensions, next: Next<'_>) -> Result<Response> {
        if !self.base.covers(request.url()) {
            return next.run(request, extensions).await;
        }
        let mut attempts = Attempts::new(&*self.source, &*self.clock);
        loop {
            let again = request.try_clone();
            attempts.prepare(&mut request).await.map_err(failure)?;
            let response = next.clone().run(request, extensions).await?;
            if !self.base.covers(response.url()) {
                let origin = response.url().origin().ascii_serialization();
                return Err(failure(Error::Redirected { origin }));
            }
            let is_retried = attempts.after(&response, again.is_some()).map_err(failure)?;
            match again.filter(|_| is_retried) {
                Some(next) => request = next,
                None => return Ok(response),
            }
        }
    }
}

fn failure(error: Error) -> reqwest_middleware::Error {
    reqwest_middleware::Error::middleware(error)
}

impl fmt::Debug for AuthMiddleware {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("AuthMiddleware")
            .field("base", &self.base.as_str())
            .finish_non_exhaustive()
    }
}
