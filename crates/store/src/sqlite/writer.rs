//! The writer's thread: many changes in one transaction, each of which happens completely or not at all, and nobody
//! is answered before the transaction is on the disk.

use super::apply::Tables;
use super::fault::fault;
use super::index::{self, Watermark};
use super::queue::Queue;
use super::texts::Interned;
use crate::{CommitError, Read, StoreFault};
use grantd_core::change::{Change, Write};
use rusqlite::Connection;
use std::path::PathBuf;
use tokio::sync::oneshot::Sender;

/// What the writer is asked to do.
pub(super) struct Job {
    /// What to do.
    pub(super) task: Task,
    /// Where to say how it went.
    pub(super) answer: Sender<Answer>,
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
}

/// How many transactions pass between two looks at the log's size.
const LOOK_EVERY: u32 = 256;
/// The log's size at which readers are made to let go of it, in bytes. Checkpoints that find a reader in the way leave
/// the log growing; there is always a moment without one, but it must be waited for.
const LOG_LIMIT: u64 = 128 << 20;

/// Everything the thread owns.
pub(super) struct Writer {
    connection: Connection,
    texts: Interned,
    watermark: Watermark,
    log: PathBuf,
    transactions: u32,
}

impl Writer {
    pub(super) fn new(connection: Connection, database: &std::path::Path) -> Self {
        let mut log = database.as_os_str().to_owned();
        log.push("-wal");
        Self {
            connection,
            texts: Interned::default(),
            watermark: Watermark::default(),
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
                Ok(()) => {
                    for (job, result) in batch.drain(..).zip(answers.drain(..)) {
                        let _spent = Some(job.task);
                        // Whoever asked may be gone; what was asked is done all the same.
                        let _ = job.answer.send(Answer { result, _spent });
                    }
                }
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
        execute(&self.connection, "BEGIN IMMEDIATE")?;
        self.watermark.forget();
        let result = self.run_tasks(jobs, answers);
        let result = result.and_then(|()| execute(&self.connection, "COMMIT"));
        if result.is_err() {
            if !self.connection.is_autocommit() {
                // An error here leaves the transaction open, and the next BEGIN reports it.
                let _ = execute(&self.connection, "ROLLBACK");
            }
            self.texts.rolled_back();
        }
        self.texts.committed();
        result
    }

    fn run_tasks(&mut self, jobs: &[Job], answers: &mut Vec<Result<u64, CommitError>>) -> Read<()> {
        for job in jobs {
            let answer = match &job.task {
                Task::Commit(change) => self.one(change),
                Task::Index(limit) => {
                    self.watermark.forget();
                    index::advance(&self.connection, *limit).map_err(CommitError::from)
                }
            };
            if self.connection.is_autocommit() {
                // SQLite took the whole transaction back (disk full, out of memory): no change of it happened.
                return Err(match answer {
                    Err(CommitError::Fault(fault)) => fault,
                    _ => StoreFault::Unavailable("the transaction was taken back".to_owned()),
                });
            }
            answers.push(answer);
        }
        Ok(())
    }

    /// One change: guards, then writes. Guards write nothing, and a single statement takes itself back when it fails:
    /// only what consists of several needs a savepoint.
    fn one(&mut self, change: &Change) -> Result<u64, CommitError> {
        let now = crate::time_of(change.id);
        let mut tables = Tables {
            connection: &self.connection,
            texts: &mut self.texts,
            watermark: &mut self.watermark,
            now,
        };
        for guard in &change.guards {
            if !tables.holds(guard)? {
                return Err(CommitError::Conflict);
            }
        }
        if let [Write::InsertAccess(_) | Write::EndAccess { .. } | Write::InsertCode(_) | Write::InsertSession(_)] =
            change.writes.as_slice()
        {
            return Ok(tables.apply_all(&change.writes)?);
        }
        execute(&self.connection, "SAVEPOINT change")?;
        let result = tables.apply_all(&change.writes);
        if result.is_err() && !self.connection.is_autocommit() {
            execute(&self.connection, "ROLLBACK TO change")?;
            self.texts.rolled_back();
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
            let truncated = self
                .connection
                .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
            if let Err(error) = truncated {
                tracing::warn!(%error, size, "the write-ahead log could not be cut back");
            }
        }
    }
}

fn execute(connection: &Connection, sql: &str) -> Read<()> {
    let mut statement = connection.prepare_cached(sql).map_err(fault)?;
    statement.execute([]).map(drop).map_err(fault)
}

fn refuse(jobs: &mut Vec<Job>, fault: &dyn Fn() -> StoreFault) {
    for job in jobs.drain(..) {
        let result = Err(CommitError::Fault(fault()));
        let _ = job.answer.send(Answer { result, _spent: None });
    }
}
