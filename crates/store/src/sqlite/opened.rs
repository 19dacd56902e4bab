//! The life of the store: opened with its threads, asked, and closed when everything that is queued is done.

use super::SqliteStore;
use super::open::{self, OpenError, Options};
use super::queue::Queue;
use super::read::{Pool, Reader};
use super::writer::{Job, Task, Writer};
use crate::{CommitError, Read, StoreFault};
use std::path::Path;
use std::sync::Arc;
use tokio::sync::{Semaphore, oneshot};

/// How many commits may wait; the next ones wait to wait, in order.
const WAITING: usize = 4096;

impl SqliteStore {
    /// Opens the file, making it where there is none.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(path: &Path, options: &Options) -> Result<Self, OpenError> {
        let connection = open::writer(path, options)?;
        let readers = Arc::new(Pool::open(path, options)?);
        let writer = Writer::new(connection, Arc::clone(&readers), path);
        let queue = Arc::new(Queue::new());
        let thread = std::thread::Builder::new().name("sqlite-writer".to_owned());
        let for_thread = Arc::clone(&queue);
        let handle = thread
            .spawn(move || writer.run(&for_thread))
            .map_err(|error| OpenError::Io {
                path: path.to_owned(),
                reason: format!("no thread for the writer: {error}"),
            })?;
        Ok(Self {
            readers,
            queue,
            waiting: Semaphore::new(WAITING),
            writer: Some(handle),
        })
    }

    /// Hands a job to the writer and waits for its answer.
    pub(super) async fn ask(&self, task: Task) -> Result<u64, CommitError> {
        let gone = || StoreFault::Unavailable("the store is closed".to_owned());
        let _turn = self.waiting.acquire().await.map_err(|_| gone())?;
        let (sender, answer) = oneshot::channel();
        let job = Job {
            task,
            answer: sender,
            home: std::thread::current().id(),
        };
        self.queue.push(job).map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?.result
    }

    /// Runs a read that may take milliseconds where it holds nobody up.
    pub(super) async fn list<T: Send + 'static>(
        &self,
        read: impl FnOnce(&mut Reader) -> Read<T> + Send + 'static,
    ) -> Read<T> {
        let readers = Arc::clone(&self.readers);
        let result = tokio::task::spawn_blocking(move || read(&mut readers.get_for_list())).await;
        result.map_err(|_| StoreFault::Unavailable("a list was not read to its end".to_owned()))?
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        self.queue.close();
        if let Some(writer) = self.writer.take() {
            // A panic of the writer was reported when it happened.
            let _ = writer.join();
        }
    }
}
