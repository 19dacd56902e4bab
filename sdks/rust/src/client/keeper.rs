//! Keeps the tokens of one purpose and replaces them in time: one request at a time, early where possible, never losing a token
//! that is still good. Must not know how a token is asked for.

mod pause;
mod saving;
mod unsaved;

use super::cache_key::Purpose;
use super::entry::Entry;
use super::schedule::{Step, TokenAge};
use super::source::{Credential, Token, TokenFuture};
use super::store::TokenStore;
use super::token_set::TokenSet;
use crate::clock::{BoxFuture, Clock};
use crate::error::Error;
use crate::flight::{Flights, locked};
use pause::Pause;
use saving::Chore;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Mutex as AsyncMutex;
use unsaved::Unsaved;

/// Asks for tokens; what it gets is what they replace.
pub(crate) type Acquire = Arc<dyn Fn(Option<TokenSet>) -> BoxFuture<'static, Result<TokenSet, Error>> + Send + Sync>;

/// What keepers of one manager share.
#[derive(Clone)]
pub(crate) struct Keeping {
    pub(crate) clock: Arc<dyn Clock>,
    /// For one request, and how long what another runtime does is waited for before it is looked after.
    pub(crate) timeout: Duration,
    pub(crate) store: Option<Arc<dyn TokenStore>>,
    /// The thumbprint of the key that tokens are bound to, where there is one.
    pub(crate) thumbprint: Option<Arc<str>>,
    /// At least 0 and below 1.
    pub(crate) jitter: Arc<dyn Fn() -> f64 + Send + Sync>,
}

/// One purpose's tokens. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Keeper(Arc<Inner>);

struct Inner {
    entry: Entry,
    keeping: Keeping,
    acquire: Acquire,
    state: Mutex<State>,
    /// Who replaces the tokens, takes those of a login, or ends them: one at a time.
    turn: AsyncMutex<()>,
    flights: Flights<(), Result<Obtained, Error>>,
    chores: Flights<Chore, Result<(), Error>>,
    puts: AtomicU64,
}

#[derive(Default)]
struct State {
    tokens: Option<TokenSet>,
    /// Where the store does not have them.
    unsaved: Option<Unsaved>,
    jitter: f64,
    failed_at: Option<i64>,
    pause: Option<Pause>,
    /// What an API refused. It is not handed out again, not even from the store.
    refused: Option<Arc<Credential>>,
}

/// A kept credential, and what is to be done beside.
struct Kept {
    credential: Arc<Credential>,
    step: Step,
    /// The store is to be asked again.
    saves: bool,
}

/// Tokens, and whether they were there already.
#[derive(Clone)]
struct Obtained {
    tokens: TokenSet,
    is_cached: bool,
}

impl Keeper {
    pub(crate) fn new(purpose: &Purpose, keeping: Keeping, acquire: Acquire) -> Self {
        let (clock, timeout) = (&keeping.clock, keeping.timeout);
        Self(Arc::new(Inner {
            flights: Flights::new(Arc::clone(clock), timeout),
            chores: Flights::new(Arc::clone(clock), timeout),
            puts: AtomicU64::default(),
            entry: Entry::new(purpose, &keeping),
            keeping,
            acquire,
            state: Mutex::default(),
            turn: AsyncMutex::default(),
        }))
    }

    /// A token that is good: the kept one, or the next.
    pub(crate) fn token(&self) -> TokenFuture<'_> {
        match self.0.look() {
            Some(Kept {
                credential,
                step,
                saves,
            }) => {
                if step == Step::Background {
                    self.fly();
                } else if saves {
                    self.save_again();
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

    /// Waits for a refresh that is under way, has the newest tokens ended, and forgets them, in the store too. What cannot be read
    /// there cannot be ended, and is forgotten. It goes on where nobody waits any more: what has ended must not stay.
    pub(crate) async fn end<E, W>(&self, end: E) -> Result<(), Error>
    where
        E: FnOnce(TokenSet) -> W + Clone + Send + 'static,
        W: Future<Output = Result<(), Error>> + Send + 'static,
    {
        let ending = self.0.chores.join(Chore::End, || {
            let (inner, end) = (Arc::clone(&self.0), end.clone());
            async move { inner.end(end).await }
        });
        ending.await?
    }

    fn fly(&self) {
        self.0.flights.start((), || self.replace());
    }

    fn replace(&self) -> impl Future<Output = Result<Obtained, Error>> + use<> {
        let inner = Arc::clone(&self.0);
        async move { inner.replace().await }
    }

    async fn wait(&self) -> Result<Obtained, Error> {
        let before = locked(&self.0.state).tokens.clone();
        let outcome = self.0.flights.join((), || self.replace()).await?;
        match outcome {
            Ok(obtained) => Ok(obtained),
            // The last seconds of a good token are better than an error, unless there will never be another.
            Err(error) => self.0.last_resort(&error, before.as_ref()).ok_or(error),
        }
    }
}

impl Inner {
    /// The kept token, if it is good, and what to do about it. Allocates nothing.
    fn look(&self) -> Option<Kept> {
        let state = locked(&self.state);
        let tokens = state.tokens.as_ref()?;
        match self.step(&state, tokens, true) {
            Step::Block => None,
            step => Some(Kept {
                credential: Arc::clone(&tokens.credential),
                step,
                saves: state.unsaved.as_ref().is_some_and(|unsaved| unsaved.is_due(self.now())),
            }),
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

    async fn end<W: Future<Output = Result<(), Error>>>(&self, end: impl FnOnce(TokenSet) -> W) -> Result<(), Error> {
        let _turn = self.turn().await;
        let _lock = self.entry.lock().await?;
        let stored = self.entry.to_end().await?;
        if let Some(tokens) = self.newest(stored) {
            end(tokens).await?;
        }
        self.follow(None);
        self.entry.delete().await
    }

    /// Gets the next tokens, alone in this process and, where the store can lock, among all.
    async fn replace(&self) -> Result<Obtained, Error> {
        let _turn = self.turn().await;
        // Somebody may have been faster between our look and our turn.
        if let Some(fresh) = self.fresh() {
            return Ok(fresh);
        }
        let outcome = if self.entry.is_kept() {
            self.replace_stored().await
        } else {
            let before = locked(&self.state).tokens.clone();
            self.ask(before).await.map(Obtained::new)
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
                    state.unsaved = None;
                } else if !matches!(error, Error::Store(_) | Error::Configuration(_)) {
                    state.failed_at = Some(self.now());
                }
                Err(error)
            }
        }
    }

    /// Asks for tokens, unless that failed a moment ago: then it is that failure again.
    async fn ask(&self, before: Option<TokenSet>) -> Result<TokenSet, Error> {
        let now = self.now();
        if let Some(error) = locked(&self.state).pause.as_ref().and_then(|pause| pause.at(now)) {
            return Err(error);
        }
        let outcome = (self.acquire)(before).await;
        let since = self.now();
        // That one refresh token has ended says nothing about the next one.
        let failure = outcome.as_ref().err();
        let failure = failure.filter(|error| !matches!(error, Error::LoginRequired(_)));
        locked(&self.state).pause = failure.map(|error| Pause::after(error, since));
        outcome
    }

    fn fresh(&self) -> Option<Obtained> {
        let state = locked(&self.state);
        let tokens = state.tokens.as_ref()?;
        (self.step(&state, tokens, false) == Step::Fresh).then(|| Obtained {
            tokens: tokens.clone(),
            is_cached: true,
        })
    }

    async fn replace_stored(&self) -> Result<Obtained, Error> {
        if let Some(news) = self.news().await? {
            return Ok(news);
        }
        let _lock = self.entry.lock().await?;
        // Another process may have been faster while this one waited.
        if let Some(news) = self.news().await? {
            return Ok(news);
        }
        let stored = self.entry.tokens().await?;
        let before = self.newest(stored.clone());
        {
            let mut state = locked(&self.state);
            state.unsaved = state
                .unsaved
                .take()
                .filter(|unsaved| unsaved.is_newer_than(stored.as_ref()));
            // What another process left is used up to its end, as our own would be.
            state.tokens.clone_from(&before);
        }
        match self.ask(before.clone()).await {
            Ok(tokens) => {
                self.hold_and_save(&tokens, stored).await?;
                Ok(Obtained::new(tokens))
            }
            Err(error @ Error::LoginRequired(_)) => self.after_the_end(before, error).await,
            Err(error) => Err(error),
        }
    }

    /// The refresh token was refused. Where the store cannot lock, another process may have spent it.
    async fn after_the_end(&self, before: Option<TokenSet>, error: Error) -> Result<Obtained, Error> {
        let since = self.entry.tokens().await?;
        let used = before.as_ref().and_then(TokenSet::refresh_token);
        let successor = since.filter(|since| since.refresh_token() != used && self.is_usable(since));
        if let Some(tokens) = successor {
            return Ok(Obtained {
                tokens,
                is_cached: true,
            });
        }
        // Where it is not known whose key they are bound to, this one's may be the wrong one.
        if before.is_some_and(|before| self.entry.is_certain(&before)) {
            self.entry.delete().await?;
        }
        Err(error)
    }

    /// Tokens in the store that this process does not have, and can use.
    async fn news(&self) -> Result<Option<Obtained>, Error> {
        let Some(stored) = self.entry.tokens().await? else {
            return Ok(None);
        };
        let is_other = {
            let state = locked(&self.state);
            let own = state.tokens.as_ref();
            let unsaved = state.unsaved.as_ref();
            own.is_none_or(|own| own.access_token() != stored.access_token())
                && !unsaved.is_some_and(|unsaved| unsaved.is_newer_than(Some(&stored)))
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
        state.unsaved = None;
        state.jitter = (self.keeping.jitter)();
        state.failed_at = None;
        state.pause = None;
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
