//! Keeping tokens in the store: those of a login, and those that it failed to keep, which it is asked for again beside the calls.
//! Each is work that its caller cannot cut short. Must not know when tokens are replaced.

use super::unsaved::Unsaved;
use super::{Inner, Keeper};
use crate::client::token_set::TokenSet;
use crate::error::Error;
use crate::flight::locked;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::sync::MutexGuard;

/// What is done to an entry but replacing its tokens.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Chore {
    /// The end of the login.
    End,
    /// What could not be saved is saved.
    Save,
    /// The tokens of a login; each for itself.
    Put(u64),
}

impl Keeper {
    /// Puts the tokens of a login into the memory and the store.
    pub(crate) async fn put(&self, tokens: TokenSet) -> Result<(), Error> {
        self.keep(tokens, false).await
    }

    /// The same with tokens that are older than what the store has, if it has any.
    pub(crate) async fn put_if_none(&self, tokens: TokenSet) -> Result<(), Error> {
        self.keep(tokens, true).await
    }

    async fn keep(&self, tokens: TokenSet, is_old: bool) -> Result<(), Error> {
        let number = self.0.puts.fetch_add(1, Ordering::Relaxed);
        let kept = self.0.chores.join(Chore::Put(number), || {
            let (inner, tokens) = (Arc::clone(&self.0), tokens.clone());
            async move { inner.keep(tokens, is_old).await }
        });
        kept.await?
    }

    /// Asks the store again, and nobody waits for it.
    pub(super) fn save_again(&self) {
        self.0.chores.start(Chore::Save, || {
            let inner = Arc::clone(&self.0);
            async move { inner.save_again().await }
        });
    }
}

impl Inner {
    /// One at a time. What holds the others up in a runtime that nobody drives any more is given up.
    pub(super) async fn turn(&self) -> MutexGuard<'_, ()> {
        loop {
            if let Ok(turn) = self.turn.try_lock() {
                return turn;
            }
            tokio::select! {
                biased;
                turn = self.turn.lock() => return turn,
                () = self.keeping.clock.sleep(self.keeping.timeout) => {}
            }
            self.flights.give_up_left().await;
            self.chores.give_up_left().await;
        }
    }

    async fn keep(&self, tokens: TokenSet, is_old: bool) -> Result<(), Error> {
        let _turn = self.turn().await;
        let _lock = self.entry.lock().await?;
        if is_old && self.entry.tokens().await?.is_some() {
            return Ok(());
        }
        self.entry.save(&tokens).await?;
        self.hold(tokens);
        Ok(())
    }

    /// Holds new tokens, and then has the store keep them: the refresh token before them is spent, and these must not be lost.
    pub(super) async fn hold_and_save(&self, tokens: &TokenSet, stored: Option<TokenSet>) -> Result<(), Error> {
        self.hold(tokens.clone());
        // From now on, whatever becomes of this.
        locked(&self.state).unsaved = Some(Unsaved::new(stored, self.now()));
        self.save(tokens).await
    }

    async fn save(&self, tokens: &TokenSet) -> Result<(), Error> {
        let saved = self.entry.save(tokens).await;
        let (now, mut state) = (self.now(), locked(&self.state));
        match (&saved, &mut state.unsaved) {
            (Ok(()), unsaved) => *unsaved = None,
            (Err(_), Some(unsaved)) => unsaved.failed_again(now),
            (Err(_), None) => {}
        }
        saved
    }

    async fn save_again(&self) -> Result<(), Error> {
        let _turn = self.turn().await;
        let (now, unsaved) = (self.now(), locked(&self.state).unsaved.clone());
        if !unsaved.is_some_and(|unsaved| unsaved.is_due(now)) {
            return Ok(());
        }
        let outcome = self.save_under_lock().await;
        if outcome.is_err() {
            let (now, mut state) = (self.now(), locked(&self.state));
            if let Some(unsaved) = &mut state.unsaved {
                unsaved.failed_again(now);
            }
        }
        outcome
    }

    async fn save_under_lock(&self) -> Result<(), Error> {
        let _lock = self.entry.lock().await?;
        let stored = self.entry.tokens().await?;
        let (own, is_newer) = {
            let state = locked(&self.state);
            let unsaved = state.unsaved.as_ref();
            let is_newer = unsaved.is_some_and(|unsaved| unsaved.is_newer_than(stored.as_ref()));
            (state.tokens.clone(), is_newer)
        };
        match own.filter(|_| is_newer) {
            Some(own) => self.save(&own).await,
            None => {
                self.follow(stored);
                Ok(())
            }
        }
    }

    /// What is newest: what the store has, but for what it failed to keep.
    pub(super) fn newest(&self, stored: Option<TokenSet>) -> Option<TokenSet> {
        let state = locked(&self.state);
        match (&state.unsaved, stored) {
            (Some(unsaved), stored) if unsaved.is_newer_than(stored.as_ref()) => state.tokens.clone(),
            (None, None) => state.tokens.clone(),
            (_, stored) => stored,
        }
    }

    /// Takes what the store has for ours. Where it has nothing somebody ended the login.
    pub(super) fn follow(&self, stored: Option<TokenSet>) {
        let mut state = locked(&self.state);
        state.tokens = stored;
        state.unsaved = None;
    }
}
