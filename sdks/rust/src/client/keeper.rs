//! Keeps the tokens of one purpose and replaces them in time: one request at a time, early where possible, never losing a token
//! that is still good. Must not know how a token is asked for.

use super::cache_key::{Purpose, cache_key};
use super::schedule::{Step, TokenAge};
use super::source::{Credential, Token, TokenFuture};
use super::store::{StoreLock, TokenStore};
use super::token_set::TokenSet;
use crate::clock::{BoxFuture, Clock};
use crate::error::{Cause, Error};
use crate::flight::{Flights, locked};
use std::sync::{Arc, Mutex};

/// Asks for tokens; what it gets is what they replace.
pub(crate) type Acquire = Arc<dyn Fn(Option<TokenSet>) -> BoxFuture<'static, Result<TokenSet, Error>> + Send + Sync>;

/// What keepers of one manager share.
#[derive(Clone)]
pub(crate) struct Keeping {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) store: Option<Arc<dyn TokenStore>>,
    /// At least 0 and below 1.
    pub(crate) jitter: Arc<dyn Fn() -> f64 + Send + Sync>,
}

/// One purpose's tokens. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Keeper(Arc<Inner>);

struct Inner {
    key: String,
    keeping: Keeping,
    acquire: Acquire,
    state: Mutex<State>,
    flights: Flights<(), Result<Obtained, Error>>,
}

#[derive(Default)]
struct State {
    tokens: Option<TokenSet>,
    jitter: f64,
    failed_at: Option<i64>,
    /// What an API refused. It is not handed out again, not even from the store.
    refused: Option<Arc<Credential>>,
}

/// Tokens, and whether they were there already.
#[derive(Clone)]
struct Obtained {
    tokens: TokenSet,
    is_cached: bool,
}

impl Keeper {
    pub(crate) fn new(purpose: &Purpose, keeping: Keeping, acquire: Acquire) -> Self {
        Self(Arc::new(Inner {
            key: cache_key(purpose),
            keeping,
            acquire,
            state: Mutex::default(),
            flights: Flights::default(),
        }))
    }

    /// A token that is good: the kept one, or the next.
    pub(crate) fn token(&self) -> TokenFuture<'_> {
        match self.0.look() {
            Some((credential, step)) => {
                if step == Step::Background {
                    self.fly();
                }
                TokenFuture::kept(Token {
                    credential,
                    is_cached: true,
                })
            }
            None => TokenFuture::Asked(Box::pin(async {
                let Obtained { tokens, is_cached } = self.wait().await?;
                let credential = tokens.credential;
                Ok(Token { credential, is_cached })
            })),
        }
    }

    /// All tokens of the purpose, good.
    pub(crate) async fn tokens(&self) -> Result<TokenSet, Error> {
        self.token().await?;
        let known = locked(&self.0.state).tokens.clone();
        known.ok_or(Error::Interrupted)
    }

    /// Notes that an API refused this very token; one that came since is not touched.
    pub(crate) fn refuse(&self, token: &Token) {
        let mut state = locked(&self.0.state);
        let kept = state.tokens.as_ref().map(|tokens| &tokens.credential);
        if kept.is_some_and(|kept| kept.text() == token.expose()) {
            state.refused = Some(Arc::clone(&token.credential));
        }
    }

    /// Puts tokens that were obtained elsewhere, a login's first, into the store and the memory.
    pub(crate) async fn put(&self, tokens: TokenSet) -> Result<(), Error> {
        self.0.save(&tokens).await?;
        self.0.hold(tokens);
        Ok(())
    }

    /// What is kept at the moment, good or not.
    pub(crate) async fn peek(&self) -> Result<Option<TokenSet>, Error> {
        let own = locked(&self.0.state).tokens.clone();
        Ok(newer(self.0.stored().await?, own))
    }

    /// Forgets the tokens, in the store too.
    pub(crate) async fn forget(&self) -> Result<(), Error> {
        locked(&self.0.state).tokens = None;
        self.0.delete().await
    }

    fn fly(&self) {
        let inner = Arc::clone(&self.0);
        drop(self.0.flights.start((), || async move { inner.replace().await }));
    }

    async fn wait(&self) -> Result<Obtained, Error> {
        let inner = Arc::clone(&self.0);
        let before = locked(&inner.state).tokens.clone();
        let outcome = self.0.flights.join((), || async move { inner.replace().await }).await?;
        match outcome {
            Ok(obtained) => Ok(obtained),
            // The last seconds of a good token are better than an error, unless there will never be another.
            Err(error) => self.0.last_resort(&error, before.as_ref()).ok_or(error),
        }
    }
}

impl Inner {
    /// The kept token, if it is good, and what to do about it. Allocates nothing.
    fn look(&self) -> Option<(Arc<Credential>, Step)> {
        let state = locked(&self.state);
        let tokens = state.tokens.as_ref()?;
        match self.step(&state, tokens, true) {
            Step::Block => None,
            step => Some((Arc::clone(&tokens.credential), step)),
        }
    }

    fn step(&self, state: &State, tokens: &TokenSet, counts_failure: bool) -> Step {
        if state.has_refused(tokens) {
            return Step::Block;
        }
        let now = self.now();
        let failed_ago = state
            .failed_at
            .filter(|_| counts_failure)
            .map(|at| now.saturating_sub(at));
        TokenAge {
            lifetime: tokens.lifetime,
            jitter: state.jitter,
            age: now.saturating_sub(tokens.obtained_at),
            failed_ago,
        }
        .step()
    }

    fn last_resort(&self, error: &Error, before: Option<&TokenSet>) -> Option<Obtained> {
        let state = locked(&self.state);
        let tokens = state.tokens.as_ref()?;
        let is_good = !state.has_refused(tokens) && self.now() < tokens.expires_at();
        let is_final = match error {
            Error::LoginRequired(_) => true,
            // New tokens that the store did not take: somebody has to know before the process ends.
            Error::Store(_) => before.is_none_or(|before| before.access_token() != tokens.access_token()),
            _ => false,
        };
        (is_good && !is_final).then(|| Obtained {
            tokens: tokens.clone(),
            is_cached: true,
        })
    }

    /// Gets the next tokens, alone in this process and, where the store can lock, among all.
    async fn replace(&self) -> Result<Obtained, Error> {
        // Somebody may have been faster between our look and our turn.
        if let Some(fresh) = self.fresh() {
            return Ok(fresh);
        }
        let outcome = match &self.keeping.store {
            None => {
                let before = locked(&self.state).tokens.clone();
                (self.acquire)(before).await.map(Obtained::new)
            }
            Some(store) => self.replace_stored(store).await,
        };
        match outcome {
            Ok(obtained) => {
                self.hold(obtained.tokens.clone());
                Ok(obtained)
            }
            Err(error) => {
                let mut state = locked(&self.state);
                if matches!(error, Error::LoginRequired(_)) {
                    state.tokens = None;
                } else if !matches!(error, Error::Store(_)) {
                    state.failed_at = Some(self.now());
                }
                Err(error)
            }
        }
    }

    fn fresh(&self) -> Option<Obtained> {
        let state = locked(&self.state);
        let tokens = state.tokens.as_ref()?;
        (self.step(&state, tokens, false) == Step::Fresh).then(|| Obtained {
            tokens: tokens.clone(),
            is_cached: true,
        })
    }

    async fn replace_stored(&self, store: &Arc<dyn TokenStore>) -> Result<Obtained, Error> {
        if let Some(news) = self.news().await? {
            return Ok(news);
        }
        let _lock: StoreLock = store.lock(&self.key).await.map_err(Error::Store)?;
        // Another process may have been faster while this one waited.
        if let Some(news) = self.news().await? {
            return Ok(news);
        }
        let before = {
            let stored = self.stored().await?;
            let mut state = locked(&self.state);
            let before = newer(stored, state.tokens.take());
            // What another process left is used up to its end, as our own would be.
            state.tokens.clone_from(&before);
            before
        };
        match (self.acquire)(before.clone()).await {
            Ok(tokens) => {
                // The old refresh token is spent now: the new one must not be lost, even if the store fails.
                self.hold(tokens.clone());
                self.save(&tokens).await?;
                Ok(Obtained::new(tokens))
            }
            Err(error @ Error::LoginRequired(_)) => self.after_the_end(before, error).await,
            Err(error) => Err(error),
        }
    }

    /// The refresh token was refused. Where the store cannot lock, another process may have spent it.
    async fn after_the_end(&self, before: Option<TokenSet>, error: Error) -> Result<Obtained, Error> {
        let since = self.stored().await?;
        let used = before.as_ref().and_then(TokenSet::refresh_token);
        let successor = since.filter(|since| since.refresh_token() != used && self.is_usable(since));
        if let Some(tokens) = successor {
            return Ok(Obtained {
                tokens,
                is_cached: true,
            });
        }
        self.delete().await?;
        Err(error)
    }

    /// Tokens in the store that this process does not have, and can use.
    async fn news(&self) -> Result<Option<Obtained>, Error> {
        let Some(stored) = self.stored().await? else {
            return Ok(None);
        };
        let is_other = {
            let state = locked(&self.state);
            let own = state.tokens.as_ref();
            own.is_none_or(|own| own.access_token() != stored.access_token() && own.obtained_at <= stored.obtained_at)
        };
        Ok((is_other && self.is_usable(&stored)).then_some(Obtained {
            tokens: stored,
            is_cached: true,
        }))
    }

    fn is_usable(&self, tokens: &TokenSet) -> bool {
        self.step(&locked(&self.state), tokens, false) != Step::Block
    }

    fn hold(&self, tokens: TokenSet) {
        let mut state = locked(&self.state);
        state.tokens = Some(tokens);
        state.jitter = (self.keeping.jitter)();
        state.failed_at = None;
    }

    async fn stored(&self) -> Result<Option<TokenSet>, Error> {
        let Some(store) = &self.keeping.store else {
            return Ok(None);
        };
        match store.get(&self.key).await.map_err(Error::Store)? {
            None => Ok(None),
            // Losing a refresh token in silence would end the login.
            Some(text) => match TokenSet::from_text(text.expose()) {
                Some(tokens) => Ok(Some(tokens)),
                None => Err(Error::Store(Arc::new(Damaged) as Cause)),
            },
        }
    }

    async fn save(&self, tokens: &TokenSet) -> Result<(), Error> {
        match &self.keeping.store {
            Some(store) => store.put(&self.key, tokens.to_text()).await.map_err(Error::Store),
            None => Ok(()),
        }
    }

    async fn delete(&self) -> Result<(), Error> {
        match &self.keeping.store {
            Some(store) => store.delete(&self.key).await.map_err(Error::Store),
            None => Ok(()),
        }
    }

    fn now(&self) -> i64 {
        self.keeping.clock.now()
    }
}

impl State {
    fn has_refused(&self, tokens: &TokenSet) -> bool {
        let refused = self.refused.as_ref();
        refused.is_some_and(|refused| refused.text() == tokens.access_token())
    }
}

impl Obtained {
    const fn new(tokens: TokenSet) -> Self {
        Self {
            tokens,
            is_cached: false,
        }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("what the store has under this key are no tokens")]
struct Damaged;

/// The store can lag behind this process, where it once failed to keep tokens.
fn newer(stored: Option<TokenSet>, own: Option<TokenSet>) -> Option<TokenSet> {
    match (stored, own) {
        (Some(stored), Some(own)) if own.obtained_at > stored.obtained_at => Some(own),
        (Some(stored), _) => Some(stored),
        (None, own) => own,
    }
}
