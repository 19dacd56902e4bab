//! Tokens that a store failed to keep: how long they stay newer than what it has, and when it is asked again. No clock says which of
//! two sets of tokens is newer, since those of two processes differ, and one can go back. Must not know stores.

use crate::client::token_set::TokenSet;

/// After a failure until the store is asked again, in milliseconds.
const PAUSE: i64 = 5_000;

/// What is known of tokens that are in memory alone.
#[derive(Clone)]
pub(super) struct Unsaved {
    /// What the store had when it failed.
    outdated: Option<TokenSet>,
    failed_at: i64,
}

impl Unsaved {
    pub(super) const fn new(outdated: Option<TokenSet>, failed_at: i64) -> Self {
        Self { outdated, failed_at }
    }

    /// Whether the store has still what it had then: anything else is somebody's who stored it since, or ended the login.
    pub(super) fn is_newer_than(&self, stored: Option<&TokenSet>) -> bool {
        match (&self.outdated, stored) {
            (Some(outdated), Some(stored)) => outdated.is_same(stored),
            (None, None) => true,
            _ => false,
        }
    }

    /// Whether the store is to be asked again. Where the clock went back it is.
    pub(super) const fn is_due(&self, now: i64) -> bool {
        now < self.failed_at || now.saturating_sub(self.failed_at) >= PAUSE
    }

    pub(super) const fn failed_again(&mut self, now: i64) {
        self.failed_at = now;
    }
}
