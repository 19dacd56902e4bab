//! An API key: the same shape as a token, so that a caller can change from one to the other. It is neither refreshed nor sent
//! again.

use super::source::{Credential, Token, TokenFuture, TokenSource};
use crate::error::Error;
use http::{HeaderName, header};
use std::fmt;

/// A key for an API. Its `Debug` does not show it.
#[derive(Clone)]
pub struct ApiKey(Token);

impl ApiKey {
    /// A key that is sent as `x-api-key`.
    ///
    /// # Errors
    /// [`Error::Configuration`] when it is empty or cannot stand in a header.
    pub fn new(key: &str) -> Result<Self, Error> {
        Self::in_header(HeaderName::from_static("x-api-key"), key)
    }

    /// A key that is sent in this header; in `authorization` as a bearer token.
    ///
    /// # Errors
    /// As [`ApiKey::new`].
    pub fn in_header(name: HeaderName, key: &str) -> Result<Self, Error> {
        let credential = if name == header::AUTHORIZATION {
            Credential::token(key, false)
        } else {
            Credential::in_header(name, key, key)
        };
        // Not obtained for the request, but there is no other one either: it counts as not cached.
        Ok(Self(Token::new(credential?, false)))
    }
}

impl TokenSource for ApiKey {
    fn token(&self) -> TokenFuture<'_> {
        TokenFuture::kept(self.0.clone())
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("ApiKey(…)")
    }
}
