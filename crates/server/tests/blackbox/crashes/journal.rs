//! What the server has acknowledged, and what it was asked without an answer. The load writes it, the replay reads it.

use crate::stage::{MACHINE, Realm, WEB};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};
use tokio::sync::Notify;

/// How things stand with a token or with a family, as far as the client was told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Standing {
    /// It was issued, and nobody has ended it.
    Alive,
    /// Its end was acknowledged.
    Ended,
    /// Its end was asked for, and no answer came.
    Unknown,
}

/// A machine's token.
#[derive(Clone, Debug)]
pub(super) struct Single {
    pub(super) realm: Realm,
    pub(super) token: String,
    pub(super) standing: Standing,
}

/// Everything that came from one code.
#[derive(Clone, Debug)]
pub(super) struct Family {
    pub(super) realm: Realm,
    /// Consumed.
    pub(super) code: String,
    pub(super) access: Vec<String>,
    /// Refresh tokens in the order of their issue; all but the last are used.
    pub(super) refresh: Vec<String>,
    pub(super) standing: Standing,
    /// Whether the last refresh token was sent and no answer came.
    pub(super) in_doubt: bool,
}

/// An acknowledged code that was sent to be exchanged and got no answer.
#[derive(Clone, Debug)]
pub(super) struct Exchange {
    pub(super) realm: Realm,
    pub(super) code: String,
}

/// The client of a machine's tokens.
pub(super) const SINGLE: (&str, &str) = MACHINE;
/// The client of a family's tokens.
pub(super) const FAMILY: (&str, &str) = WEB;

#[derive(Default)]
pub(super) struct Entries {
    pub(super) singles: Vec<Single>,
    pub(super) families: Vec<Family>,
    pub(super) exchanges: Vec<Exchange>,
}

/// The journal, and a bell that rings after so many acknowledgements.
#[derive(Default)]
pub(super) struct Journal {
    entries: Mutex<Entries>,
    acknowledged: AtomicUsize,
    bell_at: AtomicUsize,
    bell: Notify,
}

impl Journal {
    /// The entries; hold them for no longer than it takes to write one.
    pub(super) fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().expect("no writer panicked")
    }

    /// Counts an acknowledgement.
    pub(super) fn acknowledge(&self) {
        let count = self.acknowledged.fetch_add(1, Ordering::SeqCst) + 1;
        if count == self.bell_at.load(Ordering::SeqCst) {
            self.bell.notify_one();
        }
    }

    /// Rings after so many more acknowledgements. To be called while nothing is acknowledged.
    pub(super) fn ring_after(&self, more: usize) {
        self.bell_at
            .store(self.acknowledged.load(Ordering::SeqCst) + more, Ordering::SeqCst);
    }

    /// Waits for the bell.
    pub(super) async fn rung(&self) {
        self.bell.notified().await;
    }

    /// How much was acknowledged so far.
    pub(super) fn count(&self) -> usize {
        self.acknowledged.load(Ordering::SeqCst)
    }
}
