//! The same calls as a middleware, for programs that use `reqwest-middleware`.

use super::attempts::Attempts;
use super::source::TokenSource;
use crate::clock::{Clock, SystemClock};
use crate::error::Error;
use async_trait::async_trait;
use http::Extensions;
use reqwest::{Request, Response};
use reqwest_middleware::{Middleware, Next, Result};
use std::fmt;
use std::sync::Arc;
use url::Url;

/// Adds a credential to requests of one origin, and sends those once more that were refused for it. Requests to other
/// origins pass as they are.
#[derive(Clone)]
pub struct AuthMiddleware {
    source: Arc<dyn TokenSource>,
    clock: Arc<dyn Clock>,
    base: Url,
}

impl AuthMiddleware {
    /// For the origin of this address.
    ///
    /// # Errors
    /// [`Error::Configuration`] when it is not https (or http on this computer).
    pub fn new(source: impl TokenSource, base: &str) -> std::result::Result<Self, Error> {
        let base = Url::parse(base).ok().filter(crate::exchange::is_secure);
        Ok(Self {
            source: Arc::new(source),
            clock: Arc::new(SystemClock),
            base: base
                .ok_or_else(|| Error::configuration("the API's address must be https (http on this computer)"))?,
        })
    }
}

#[async_trait]
impl Middleware for AuthMiddleware {
    async fn handle(&self, mut request: Request, extensions: &mut Extensions, next: Next<'_>) -> Result<Response> {
        if request.url().origin() != self.base.origin() {
            return next.run(request, extensions).await;
        }
        let mut attempts = Attempts::new(&*self.source, &*self.clock);
        loop {
            let again = request.try_clone();
            attempts.prepare(&mut request).await.map_err(failure)?;
            let response = next.clone().run(request, extensions).await?;
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
