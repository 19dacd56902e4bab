//! Where a credential comes from, for whoever sends requests with it. A kept one costs no allocation.

use super::dpop_key::DpopKey;
use crate::clock::BoxFuture;
use crate::error::Error;
use grantd_protocol::Secret;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue};
use std::fmt;
use std::future::{Ready, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// Gives credentials that are good now: a [`TokenManager`](super::TokenManager), an [`ApiKey`](super::ApiKey), or your own.
pub trait TokenSource: Send + Sync + 'static {
    /// The kept credential while it is good, else a new one.
    fn token(&self) -> TokenFuture<'_>;

    /// Notes that an API refused this very credential: it is not handed out again.
    fn refused(&self, token: &Token) {
        let _ = token;
    }

    /// The key that requests are signed with, where credentials are bound to one (RFC 9449).
    fn proof_key(&self) -> Option<&DpopKey> {
        None
    }
}

impl<S: TokenSource + ?Sized> TokenSource for Arc<S> {
    fn token(&self) -> TokenFuture<'_> {
        (**self).token()
    }

    fn refused(&self, token: &Token) {
        (**self).refused(token);
    }

    fn proof_key(&self) -> Option<&DpopKey> {
        (**self).proof_key()
    }
}

/// What [`TokenSource::token`] gives: ready at once where the credential is kept.
pub enum TokenFuture<'s> {
    /// A credential that is there.
    Kept(Ready<Result<Token, Error>>),
    /// One that has to be asked for.
    Asked(BoxFuture<'s, Result<Token, Error>>),
}

impl TokenFuture<'_> {
    /// Ready at once.
    #[must_use]
    pub fn kept(token: Token) -> Self {
        Self::Kept(ready(Ok(token)))
    }
}

impl Future for TokenFuture<'_> {
    type Output = Result<Token, Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.get_mut() {
            Self::Kept(ready) => Pin::new(ready).poll(context),
            Self::Asked(work) => work.as_mut().poll(context),
        }
    }
}

impl fmt::Debug for TokenFuture<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("TokenFuture(…)")
    }
}

/// A credential, with the header that carries it. Its `Debug` shows neither.
#[derive(Clone)]
pub struct Token {
    pub(crate) credential: Arc<Credential>,
    pub(crate) is_cached: bool,
}

/// A text in a header.
pub(crate) struct Credential {
    name: HeaderName,
    value: HeaderValue,
    text: Secret,
    is_bound: bool,
}

impl Token {
    /// An access token, as a bearer token.
    ///
    /// # Errors
    /// [`Error::Configuration`] when the text cannot stand in a header.
    pub fn bearer(text: &str) -> Result<Self, Error> {
        Ok(Self::new(Credential::token(text, false)?, false))
    }

    pub(crate) fn new(credential: Credential, is_cached: bool) -> Self {
        Self {
            credential: Arc::new(credential),
            is_cached,
        }
    }

    /// The text itself, for code that must send it by itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.credential.text.expose()
    }

    /// Whether it was there already, and not obtained for this very call.
    #[must_use]
    pub const fn is_cached(&self) -> bool {
        self.is_cached
    }

    /// Whether it is bound to a key, and worthless without a proof.
    #[must_use]
    pub fn is_bound(&self) -> bool {
        self.credential.is_bound
    }

    /// Puts it into a request's headers, in place of one that is there.
    pub fn apply(&self, headers: &mut HeaderMap) {
        headers.insert(self.credential.name.clone(), self.credential.value.clone());
    }
}

impl Credential {
    pub(crate) fn token(text: &str, is_bound: bool) -> Result<Self, Error> {
        let scheme = if is_bound { "DPoP" } else { "Bearer" };
        let mut own = Self::in_header(AUTHORIZATION, text, &format!("{scheme} {text}"))?;
        own.is_bound = is_bound;
        Ok(own)
    }

    pub(crate) fn in_header(name: HeaderName, text: &str, value: &str) -> Result<Self, Error> {
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::configuration("a credential is empty or has odd characters"));
        }
        let mut value =
            HeaderValue::try_from(value).map_err(|_| Error::configuration("a credential cannot stand in a header"))?;
        value.set_sensitive(true);
        Ok(Self {
            name,
            value,
            text: Secret::new(text.to_owned()),
            is_bound: false,
        })
    }

    pub(crate) fn text(&self) -> &str {
        self.text.expose()
    }

    pub(crate) const fn is_bound(&self) -> bool {
        self.is_bound
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Token")
            .field("is_cached", &self.is_cached)
            .finish_non_exhaustive()
    }
}
