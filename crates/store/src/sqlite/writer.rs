//! The writer's thread: many changes in one transaction, each of which happens completely or not at all, and nobody
//! is answered before the transaction is on the disk.

use super::apply::Tables;
use super::fault::fault;
use super::index::{self, Watermark};
use super::queue::Queue;
use super::read::Pool;
use super::seen::Lately;
use super::texts::Interned;
use crate::{CommitError, Read, StoreFault};
use grantd_core::change::{Change, Write};
use rusqlite::Connection;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::ThreadId;
use tokio::sync::oneshot::Sender;

/// What the writer is asked to do.
pub(super) struct Job {
    /// What to do.
    pub(super) task: Task,
    /// Where to say how it went.
    pub(super) answer: Sender<Answer>,
    /// The thread that asks. Most likely it is the one that goes on.
    pub(super) home: ThreadId,
}

/// What a job consists of.
pub(super) enum Task {
    /// Apply a change.
    Commit(Change),
    /// Bring the indices that are written behind up to date.
    Index(u32),
}

/// How a job went.
pub(super) struct Answer {
    /// Rows, or why not.
    pub(super) result: Result<u64, CommitError>,
    /// The task goes back to where it was made, because freeing another thread's memory is slow.
    _spent: Option<Task>,
    /// Whom the receiver has to tell.
    others: Others,
}

/// The answers of a transaction that are not given yet: they are when this is dropped.
///
/// Waking a task from another thread costs a lock and often a system call; from its own thread it costs neither. So the
/// writer tells one caller of each thread, where the others are told.
#[derive(Default)]
struct Others(Vec<(Sender<Answer>, Answer)>);

impl Others {
    /// Tells one that still listens, with all others.
    fn tell(mut self) {
        while let Some((sender, mut answer)) = self.0.pop() {
            answer.others = std::mem::take(&mut self);
            match sender.send(answer) {
                Ok(()) => return,
                // Whoever asked is gone; what was asked is done all the same.
                Err(mut answer) => self = std::mem::take(&mut answer.others),
            }
        }
    }
}

impl Drop for Others {
    fn drop(&mut self) {
        for (sender, answer) in self.0.drain(..) {
            let _ = sender.send(answer);
        }
    }
}

/// How many transactions pass between two looks at the log's size.
const LOOK_EVERY: u32 = 256;
/// The log's size at which readers are made to let go of it, in bytes. Checkpoints that find a reader in the way leave
/// the log growing; there is always a moment without one, but it must be waited for.
const LOG_LIMIT: u64 = 128 << 20;

/// Whether each change gets a savepoint of its own. That costs as much as a write, and almost never is one needed: so
/// a transaction runs without first, and once more with them when a change was torn.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Savepoints {
    Spared,
    Set,
}

/// Why a change was not applied.
enum Refused {
    /// It left nothing behind.
    Commit(CommitError),
    /// Some of its writes happened.
    Torn(StoreFault),
}

impl<E: Into<CommitError>> From<E> for Refused {
    fn from(error: E) -> Self {
        Self::Commit(error.into())
    }
}

/// Why a transaction did not happen.
enum Stop {
    Fault(StoreFault),
    /// A change was torn; it must be tried again, with savepoints.
    Torn(StoreFault),
}

impl Stop {
    fn into_fault(self) -> StoreFault {
        match self {
            Self::Fault(fault) | Self::Torn(fault) => fault,
        }
    }
}

impl From<StoreFault> for Stop {
    fn from(fault: StoreFault) -> Self {
        Self::Fault(fault)
    }
}

/// Everything the thread owns.
pub(super) struct Writer {
    connection: Connection,
    texts: Interned,
    watermark: Watermark,
    lately: Lately,
    readers: Arc<Pool>,
    log: PathBuf,
    transactions: u32,
}

impl Writer {
    pub(super) fn new(connection: Connection, readers: Arc<Pool>, database: &std::path::Path) -> Self {
        let mut log = database.as_os_str().to_owned();
        log.push("-wal");
        Self {
            connection,
            texts: Interned::default(),
            watermark: Watermark::default(),
            lately: Lately::default(),
            readers,
            log: log.into(),
            transactions: 0,
        }
    }

    /// Works until the queue is closed and empty.
    pub(super) fn run(mut self, queue: &Queue<Job>) {
        let mut batch = Vec::new();
        let mut answers = Vec::new();
        while queue.take(&mut batch) {
            match self.transaction(&batch, &mut answers) {
                Ok(()) => tell(batch.drain(..).zip(answers.drain(..))),
                Err(StoreFault::Unavailable(reason)) => {
                    refuse(&mut batch, &|| StoreFault::Unavailable(reason.clone()));
                }
                Err(StoreFault::Corrupt(reason)) => refuse(&mut batch, &|| StoreFault::Corrupt(reason.clone())),
            }
            answers.clear();
            self.bound_log();
        }
    }

    /// Runs all jobs in one transaction. An error means that none of them happened.
    fn transaction(&mut self, jobs: &[Job], answers: &mut Vec<Result<u64, CommitError>>) -> Read<()> {
        match self.attempt(jobs, answers, Savepoints::Spared) {
            Ok(()) => Ok(()),
            Err(Stop::Fault(fault)) => Err(fault),
            Err(Stop::Torn(_)) => {
                answers.clear();
                self.attempt(jobs, answers, Savepoints::Set).map_err(Stop::into_fault)
            }
        }
    }

    fn attempt(
        &mut self,
        jobs: &[Job],
        answers: &mut Vec<Result<u64, CommitError>>,
        savepoints: Savepoints,
    ) -> Result<(), Stop> {
        execute(&self.connection, "BEGIN IMMEDIATE")?;
        self.watermark.forget();
        self.lately.begun();
        let start = self.lately.mark();
        let result = self.run_tasks(jobs, answers, savepoints);
        let result = result.and_then(|()| Ok(execute(&self.connection, "COMMIT")?));
        if result.is_err() {
            if !self.connection.is_autocommit() {
                // An error here leaves the transaction open, and the next BEGIN reports it.
                let _ = execute(&self.connection, "ROLLBACK");
            }
            self.texts.rolled_back();
            self.lately.rolled_back(start);
        }
        self.lately.committed();
        self.texts.committed();
        self.readers.committed();
        result
    }

    fn run_tasks(
        &mut self,
        jobs: &[Job],
        answers: &mut Vec<Result<u64, CommitError>>,
        savepoints: Savepoints,
    ) -> Result<(), Stop> {
        for job in jobs {
            let answer = match &job.task {
                Task::Commit(change) => self.one(change, savepoints),
                Task::Index(limit) => {
                    self.watermark.forget();
                    index::advance(&self.connection, *limit).map_err(Refused::from)
                }
            };
            if self.connection.is_autocommit() {
                // SQLite took the whole transaction back (disk full, out of memory): no change of it happened.
                return Err(Stop::Fault(match answer {
                    Err(Refused::Commit(CommitError::Fault(fault)) | Refused::Torn(fault)) => fault,
                    _ => StoreFault::Unavailable("the transaction was taken back".to_owned()),
                }));
            }
            answers.push(match answer {
                Ok(rows) => Ok(rows),
                Err(Refused::Commit(error)) => Err(error),
                Err(Refused::Torn(fault)) => return Err(Stop::Torn(fault)),
            });
        }
        Ok(())
    }

    /// One change: guards, then writes. Guards write nothing, and a single statement takes itself back when it fails.
    /// What consists of several can be torn by a failure in between, which savepoints would undo.
    fn one(&mut self, change: &Change, savepoints: Savepoints) -> Result<u64, Refused> {
        let now = crate::time_of(change.id);
        let start = self.lately.mark();
        let mut tables = Tables {
            connection: &self.connection,
            texts: &mut self.texts,
            watermark: &mut self.watermark,
            lately: &mut self.lately,
            now,
            family: None,
        };
        for guard in &change.guards {
            if !tables.holds(guard)? {
                return Err(CommitError::Conflict.into());
            }
        }
        if let [Write::InsertAccess(_) | Write::InsertCode(_) | Write::InsertSession(_)] = change.writes.as_slice() {
            return Ok(tables.apply_all(&change.writes)?);
        }
        if savepoints == Savepoints::Spared {
            return tables.apply_all(&change.writes).map_err(Refused::Torn);
        }
        execute(&self.connection, "SAVEPOINT change")?;
        let result = tables.apply_all(&change.writes);
        if result.is_err() && !self.connection.is_autocommit() {
            execute(&self.connection, "ROLLBACK TO change")?;
            self.texts.rolled_back();
            self.lately.rolled_back(start);
        }
        if !self.connection.is_autocommit() {
            execute(&self.connection, "RELEASE change")?;
        }
        Ok(result?)
    }

    fn bound_log(&mut self) {
        self.transactions = self.transactions.wrapping_add(1);
        if !self.transactions.is_multiple_of(LOOK_EVERY) {
            return;
        }
        let size = std::fs::metadata(&self.log).map_or(0, |log| log.len());
        if size > LOG_LIMIT {
            let truncated = self.readers.released(|| {
                self.connection
                    .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
            });
            if let Err(error) = truncated {
                tracing::warn!(%error, size, "the write-ahead log could not be cut back");
            }
        }
    }
}

/// Gives all answers of a transaction.
fn tell(answered: impl Iterator<Item = (Job, Result<u64, CommitError>)>) {
    let mut homes: Vec<(ThreadId, Others)> = Vec::new();
    for (job, result) in answered {
        let answer = Answer {
            result,
            _spent: Some(job.task),
            others: Others::default(),
        };
        let told = (job.answer, answer);
        match homes.iter_mut().find(|(home, _)| *home == job.home) {
            Some((_, others)) => others.0.push(told),
            None => homes.push((job.home, Others(vec![told]))),
        }
    }
    for (_, others) in homes {
        others.tell();
    }
}

fn execute(connection: &Connection, sql: &str) -> Read<()> {
    let mut statement = connection.prepare_cached(sql).map_err(fault)?;
    statement.execute([]).map(drop).map_err(fault)
}

fn refuse(jobs: &mut Vec<Job>, fault: &dyn Fn() -> StoreFault) {
    for job in jobs.drain(..) {
        let result = Err(CommitError::Fault(fault()));
        let _ = job.answer.send(Answer {
            result,
            _spent: None,
            others: Others::default(),
        });
    }
}
