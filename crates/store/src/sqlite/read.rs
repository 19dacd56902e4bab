//! The connections that read. A point read costs microseconds, so it runs where it is called; lists go to the pool of
//! blocking threads.

mod admin;
mod cells;
mod devices;
mod facts;
mod keys;
mod lists;
mod rows;
mod session_clients;

use super::open::{self, OpenError, Options};
use super::texts::Texts;
use rusqlite::Connection;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

/// One connection with the texts it has met.
pub(super) struct Reader {
    connection: Connection,
    texts: Texts,
}

/// A few readers, each used by one thread at a time.
pub(super) struct Pool {
    readers: Vec<Mutex<Reader>>,
    first: Mutex<Reader>,
    next: AtomicUsize,
}

impl Pool {
    pub(super) fn open(path: &Path, options: &Options) -> Result<Self, OpenError> {
        let reader = || {
            Ok(Mutex::new(Reader {
                connection: open::reader(path, options)?,
                texts: Texts::default(),
            }))
        };
        Ok(Self {
            first: reader()?,
            readers: (1..options.readers.max(1))
                .map(|_| reader())
                .collect::<Result<_, _>>()?,
            next: AtomicUsize::new(0),
        })
    }

    /// A free reader; waits for one if there is none.
    pub(super) fn get(&self) -> MutexGuard<'_, Reader> {
        for reader in std::iter::once(&self.first).chain(&self.readers) {
            match reader.try_lock() {
                Ok(reader) => return reader,
                // Statements reset themselves when they are dropped: a reader survives its user's panic.
                Err(TryLockError::Poisoned(poisoned)) => return poisoned.into_inner(),
                Err(TryLockError::WouldBlock) => {}
            }
        }
        // All are busy: wait for one, in turns, so that not everybody waits for the same.
        let turn = self.next.fetch_add(1, Ordering::Relaxed) % (self.readers.len() + 1);
        let reader = turn.checked_sub(1).and_then(|index| self.readers.get(index));
        reader
            .unwrap_or(&self.first)
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
