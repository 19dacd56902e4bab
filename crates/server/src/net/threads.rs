//! The threads that connections live on, one for each processor: a connection stays where it began, so that nothing of
//! it is handed from thread to thread. Must not know what a connection is.

use super::turns::{self, Turns};
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

/// Threads with a runtime each. They end when this is dropped, and what still runs on them ends with them.
#[derive(Debug)]
pub struct Threads(Vec<Thread>);

#[derive(Debug)]
struct Thread {
    runtime: Handle,
    busy: Arc<AtomicUsize>,
    turns: Arc<Turns>,
    /// The thread ends when this is gone.
    _until: oneshot::Sender<()>,
}

impl Threads {
    /// Starts as many threads as there are processors.
    ///
    /// # Errors
    /// When the system gives no thread, or no means to wait for sockets.
    pub fn start() -> io::Result<Self> {
        let count = std::thread::available_parallelism().map_or(1, usize::from);
        Self::start_with(count, turns::CLOSE)
    }

    /// Starts so many; replies that follow each other within `close` are sent together.
    pub(super) fn start_with(count: usize, close: Duration) -> io::Result<Self> {
        let threads = (0..count).map(|number| Thread::start(number, close));
        threads.collect::<io::Result<_>>().map(Self)
    }

    /// Runs a future, made on the thread where it will stay, on the one that has least to do. It is given that thread's turns
    /// to send.
    pub(super) fn run<F: Future<Output = ()> + Send + 'static>(&self, future: impl FnOnce(Arc<Turns>) -> F) {
        let Some(thread) = self.0.iter().min_by_key(|thread| thread.busy.load(Ordering::Relaxed)) else {
            return;
        };
        let busy = Busy::one_more(&thread.busy);
        let future = future(Arc::clone(&thread.turns));
        thread.runtime.spawn(async move {
            future.await;
            drop(busy);
        });
    }
}

impl Thread {
    fn start(number: usize, close: Duration) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (until, ended) = oneshot::channel();
        std::thread::Builder::new()
            .name(format!("connections-{number}"))
            .spawn(move || {
                // The sender never sends: it is dropped.
                let _gone = runtime.block_on(ended);
            })?;
        Ok(Self {
            runtime: handle,
            busy: Arc::default(),
            turns: Arc::new(Turns::new(close)),
            _until: until,
        })
    }
}

/// A connection counted, until it is dropped.
struct Busy(Arc<AtomicUsize>);

impl Busy {
    fn one_more(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(count))
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
