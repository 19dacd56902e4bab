//! The requests of one call to an API: what each carries, and whether there is another. At most one with a new token and one
//! with a nonce. Must not know how they are sent.

use super::retry::{Replied, Retry, needed_scopes, retry};
use super::source::{Token, TokenSource};
use crate::clock::{Clock, seconds};
use crate::error::Error;
use crate::exchange::is_secure;
use http::HeaderValue;
use http::header::WWW_AUTHENTICATE;

pub(super) struct Attempts<'s> {
    source: &'s dyn TokenSource,
    clock: &'s dyn Clock,
    token: Option<Token>,
    renewed: bool,
    nonced: bool,
}

impl<'s> Attempts<'s> {
    pub(super) const fn new(source: &'s dyn TokenSource, clock: &'s dyn Clock) -> Self {
        Self {
            source,
            clock,
            token: None,
            renewed: false,
            nonced: false,
        }
    }

    /// Adds the credential to the next request.
    pub(super) async fn prepare(&mut self, request: &mut reqwest::Request) -> Result<(), Error> {
        if !is_secure(request.url()) {
            return Err(Error::configuration(
                "the request would carry a credential over plain http",
            ));
        }
        let token = self.source.token().await?;
        if let Some(key) = self.source.proof_key().filter(|_| token.is_bound()) {
            let now = seconds(self.clock);
            let proof = key.proof(request.method().as_str(), request.url(), now, Some(token.expose()))?;
            let proof = HeaderValue::try_from(proof).map_err(|_| Error::configuration("the proof cannot be sent"))?;
            request.headers_mut().insert("dpop", proof);
        }
        token.apply(request.headers_mut());
        self.token = Some(token);
        Ok(())
    }

    /// Whether the request is sent again.
    ///
    /// # Errors
    /// [`Error::InsufficientScope`] where the API says so.
    pub(super) fn after(&mut self, response: &reqwest::Response, replayable: bool) -> Result<bool, Error> {
        let key = self.source.proof_key();
        let has_nonce = key.is_some_and(|key| key.remember(response.url(), response.headers()));
        let values = response.headers().get_all(WWW_AUTHENTICATE).iter();
        let challenges: Vec<&str> = values.filter_map(|value| value.to_str().ok()).collect();
        let status = response.status().as_u16();
        if let Some(scopes) = needed_scopes(&challenges).filter(|_| matches!(status, 401 | 403)) {
            return Err(Error::InsufficientScope { scopes });
        }
        let decision = retry(&Replied {
            status,
            www_authenticate: &challenges,
            has_nonce: has_nonce && !self.nonced,
            cached: self.token.as_ref().is_some_and(Token::is_cached),
            replayable,
            attempt: if self.renewed { 2 } else { 1 },
        });
        match decision {
            Retry::None => return Ok(false),
            Retry::Nonce => self.nonced = true,
            Retry::NewToken => {
                self.renewed = true;
                if let Some(token) = &self.token {
                    self.source.refused(token);
                }
            }
        }
        Ok(true)
    }
}
