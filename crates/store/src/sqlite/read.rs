//! The connections that read. A point read costs microseconds, so it runs where it is called; lists go to the pool of
//! blocking threads.

mod access;
mod admin;
mod cells;
mod devices;
mod facts;
mod keys;
mod lists;
mod refused;
mod roles;
mod rows;
mod session_clients;
mod sorted;
mod tenant_apps;
mod webhooks;

use super::open::{self, OpenError, Options};
use super::texts::Texts;
use crate::{Read, StoreFault};
use rusqlite::Connection;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;
use tokio::time::Instant;

/// How long one snapshot is read from at most. This process's commits end it at once; those of other processes (commands
/// beside a running server) are seen after this time.
const HELD: Duration = Duration::from_millis(2);

/// One connection with the texts it has met.
pub(super) struct Reader {
    connection: Connection,
    texts: Texts,
    /// How many commits there were when this last looked.
    seen: u64,
    /// Until when the open transaction may be read from, if one is.
    held: Option<Instant>,
    /// Whether a transaction is open that could not be ended: it would show what was, so nothing is read from it.
    is_stuck: bool,
}

/// A few readers, each used by one thread at a time.
pub(super) struct Pool {
    readers: Vec<Mutex<Reader>>,
    first: Mutex<Reader>,
    next: AtomicUsize,
    /// How many transactions of this process were committed.
    commits: AtomicU64,
    /// Whether every read must have a snapshot of its own.
    is_released: AtomicBool,
}

impl Reader {
    pub(super) fn open(path: &Path, options: &Options) -> Result<Self, OpenError> {
        Ok(Self {
            connection: open::reader(path, options)?,
            texts: Texts::default(),
            seen: u64::MAX,
            held: None,
            is_stuck: false,
        })
    }

    /// Sees to it that what is read next is no older than the `commits`th commit. Between two commits many reads share a
    /// snapshot: opening one costs two system calls and a lock that all readers of the file share.
    fn catch_up(&mut self, commits: u64) {
        if self.seen == commits {
            match self.held {
                Some(until) if Instant::now() < until => return,
                Some(_) => self.let_go(),
                None if self.is_stuck => self.let_go(),
                None => {}
            }
            // The second read since the last commit: there may be more.
            if self.run("BEGIN") {
                self.held = Some(Instant::now() + HELD);
            }
        } else {
            self.let_go();
            self.seen = commits;
        }
    }

    /// Ends the open transaction. Checkpoints need that.
    fn let_go(&mut self) {
        if self.held.take().is_none() && !self.is_stuck {
            return;
        }
        if !self.run("COMMIT") && !self.connection.is_autocommit() {
            self.run("ROLLBACK");
        }
        self.is_stuck = !self.connection.is_autocommit();
    }

    /// # Errors
    /// [`StoreFault::Unavailable`] where only an old snapshot could be read.
    fn check(&self) -> Read<()> {
        if self.is_stuck {
            let told = "a reader could not let go of its snapshot".to_owned();
            return Err(StoreFault::Unavailable(told));
        }
        Ok(())
    }

    /// Without a transaction of its own a statement has one to itself: failing here costs time and nothing else.
    fn run(&self, sql: &str) -> bool {
        let mut statement = self.connection.prepare_cached(sql);
        statement.as_mut().is_ok_and(|statement| statement.execute([]).is_ok())
    }
}

impl Pool {
    pub(super) fn open(path: &Path, options: &Options) -> Result<Self, OpenError> {
        let reader = || Reader::open(path, options).map(Mutex::new);
        Ok(Self {
            first: reader()?,
            readers: (1..options.readers.max(1))
                .map(|_| reader())
                .collect::<Result<_, _>>()?,
            next: AtomicUsize::new(0),
            commits: AtomicU64::new(0),
            is_released: AtomicBool::new(false),
        })
    }

    /// A free reader that sees every commit that was acknowledged; waits for one if there is none.
    pub(super) fn get(&self) -> MutexGuard<'_, Reader> {
        let mut reader = self.free();
        // Counted before the snapshot is taken, so that a commit in between is seen too early and not too late.
        reader.catch_up(self.commits.load(Ordering::Acquire));
        if self.is_released.load(Ordering::Relaxed) {
            reader.let_go();
        }
        reader
    }

    /// The same for a list: it takes long enough for a transaction of its own.
    pub(super) fn get_for_list(&self) -> MutexGuard<'_, Reader> {
        let mut reader = self.free();
        reader.let_go();
        reader
    }

    /// A transaction was committed. To be called before anybody is told.
    pub(super) fn committed(&self) {
        self.commits.fetch_add(1, Ordering::Release);
        for reader in std::iter::once(&self.first).chain(&self.readers) {
            // One that is in use ends its snapshot with its next use, or here after the next commit.
            if let Ok(mut reader) = reader.try_lock() {
                reader.let_go();
            }
        }
    }

    /// Does something that has to wait until nobody reads from an older snapshot. Those who read meanwhile do not hold
    /// theirs, so the wait is as long as the longest read.
    pub(super) fn released<T>(&self, action: impl FnOnce() -> T) -> T {
        self.is_released.store(true, Ordering::SeqCst);
        for reader in std::iter::once(&self.first).chain(&self.readers) {
            reader.lock().unwrap_or_else(PoisonError::into_inner).let_go();
        }
        let outcome = action();
        self.is_released.store(false, Ordering::SeqCst);
        outcome
    }

    fn free(&self) -> MutexGuard<'_, Reader> {
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
