//! What the store has of one purpose: whether it can be read, and whose key it is bound to. Must not know when tokens are replaced.

use super::cache_key::{Purpose, cache_key};
use super::keeper::Keeping;
use super::store::{StoreLock, TokenStore};
use super::token_set::{Fit, TokenSet};
use crate::clock::{BoxFuture, Clock};
use crate::error::{Cause, Error};
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

/// For how long a store is waited for: who waits for tokens must hear of one that never answers.
const LIMIT: Duration = Duration::from_secs(60);

/// One entry of a store; of none, where there is no store.
pub(super) struct Entry {
    key: String,
    /// They are a user's, who alone can replace them.
    is_users: bool,
    store: Option<Arc<dyn TokenStore>>,
    /// The thumbprint of the key that tokens are to be bound to, where there is one.
    thumbprint: Option<Arc<str>>,
    clock: Arc<dyn Clock>,
}

/// What the store has.
enum Stored {
    Nothing,
    Tokens(TokenSet),
    /// No tokens.
    Damaged,
    /// Tokens that are bound to a key that is not there.
    Foreign,
}

#[derive(Debug, thiserror::Error)]
#[error("the store did not answer in a minute")]
struct Silent;

#[derive(Debug, thiserror::Error)]
#[error("the store panicked")]
struct Panicked;

#[derive(Debug, thiserror::Error)]
#[error("{0} has no tokens that can be read")]
struct Damaged(String);

impl Entry {
    pub(super) fn new(purpose: &Purpose, keeping: &Keeping) -> Self {
        Self {
            key: cache_key(purpose),
            is_users: purpose.subject.is_some(),
            store: keeping.store.clone(),
            thumbprint: keeping.thumbprint.clone(),
            clock: Arc::clone(&keeping.clock),
        }
    }

    pub(super) const fn is_kept(&self) -> bool {
        self.store.is_some()
    }

    /// The tokens, as far as they are good for the key that there is.
    ///
    /// # Errors
    /// [`Error::Configuration`] for a user's that are bound to another key, [`Error::Store`] for a user's that cannot be read:
    /// losing a refresh token in silence would end the login.
    pub(super) async fn tokens(&self) -> Result<Option<TokenSet>, Error> {
        match self.read().await? {
            Stored::Nothing => Ok(None),
            Stored::Tokens(tokens) if self.fit(&tokens) == Fit::Unbound => Ok(self.is_users.then(|| tokens.ended())),
            Stored::Tokens(tokens) => Ok(Some(tokens)),
            // What is the client's own comes again.
            Stored::Damaged | Stored::Foreign if !self.is_users => Ok(None),
            Stored::Foreign => Err(another_key()),
            Stored::Damaged => {
                let place = self.store.as_ref().map(|store| store.place(&self.key));
                Err(Error::Store(Arc::new(Damaged(place.unwrap_or_default())) as Cause))
            }
        }
    }

    /// The tokens to be ended. What cannot be read cannot be ended either.
    ///
    /// # Errors
    /// [`Error::Configuration`] for a user's that are bound to another key.
    pub(super) async fn to_end(&self) -> Result<Option<TokenSet>, Error> {
        match self.read().await? {
            Stored::Tokens(tokens) => Ok(Some(tokens)),
            Stored::Foreign if self.is_users => Err(another_key()),
            Stored::Foreign | Stored::Nothing | Stored::Damaged => Ok(None),
        }
    }

    /// Whether tokens are known to be bound as those of this entry are to be.
    pub(super) fn is_certain(&self, tokens: &TokenSet) -> bool {
        self.fit(tokens) != Fit::Unknown
    }

    pub(super) async fn lock(&self) -> Result<Option<StoreLock>, Error> {
        match &self.store {
            Some(store) => self.answer(|| store.lock(&self.key)).await.map(Some),
            None => Ok(None),
        }
    }

    pub(super) async fn save(&self, tokens: &TokenSet) -> Result<(), Error> {
        match &self.store {
            Some(store) => self.answer(|| store.put(&self.key, tokens.to_text())).await,
            None => Ok(()),
        }
    }

    pub(super) async fn delete(&self) -> Result<(), Error> {
        match &self.store {
            Some(store) => self.answer(|| store.delete(&self.key)).await,
            None => Ok(()),
        }
    }

    async fn read(&self) -> Result<Stored, Error> {
        let Some(store) = &self.store else {
            return Ok(Stored::Nothing);
        };
        let Some(text) = self.answer(|| store.get(&self.key)).await? else {
            return Ok(Stored::Nothing);
        };
        Ok(match TokenSet::from_text(text.expose()) {
            None => Stored::Damaged,
            Some(tokens) if self.fit(&tokens) == Fit::Foreign => Stored::Foreign,
            Some(tokens) => Stored::Tokens(tokens),
        })
    }

    /// What the store answers, in time.
    async fn answer<'a, T>(&self, ask: impl FnOnce() -> BoxFuture<'a, Result<T, Cause>>) -> Result<T, Error> {
        let late = self.clock.sleep(LIMIT);
        tokio::select! {
            biased;
            answer = unpanicked(ask) => answer.map_err(Error::Store),
            () = late => Err(Error::Store(Arc::new(Silent) as Cause)),
        }
    }

    fn fit(&self, tokens: &TokenSet) -> Fit {
        tokens.fit(self.thumbprint.as_deref())
    }
}

/// What the store answers; a panic of it is a failure.
async fn unpanicked<'a, T>(ask: impl FnOnce() -> BoxFuture<'a, Result<T, Cause>>) -> Result<T, Cause> {
    let panicked = || Arc::new(Panicked) as Cause;
    let mut asked = catch_unwind(AssertUnwindSafe(ask)).map_err(|_| panicked())?;
    poll_fn(|context| {
        let polled = catch_unwind(AssertUnwindSafe(|| asked.as_mut().poll(context)));
        polled.unwrap_or_else(|_| Poll::Ready(Err(panicked())))
    })
    .await
}

fn another_key() -> Error {
    Error::configuration("the stored login is bound to another key than the one given, or to one where none is")
}
