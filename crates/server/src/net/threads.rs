//! The threads that connections live on, one for each processor: a connection stays where it began, so that nothing of
//! it is handed from thread to thread. Must not know what a connection is.

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

/// Threads with a runtime each. They end when this is dropped, and what still runs on them ends with them.
#[derive(Debug)]
pub struct Threads(Vec<Thread>);

#[derive(Debug)]
struct Thread {
    runtime: Handle,
    busy: Arc<AtomicUsize>,
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
        (0..count).map(Thread::start).collect::<io::Result<_>>().map(Self)
    }

    /// Runs a future, made on the thread where it will stay, on the one that has least to do.
    pub(super) fn run<F: Future<Output = ()> + Send + 'static>(&self, future: F) {
        let Some(thread) = self.0.iter().min_by_key(|thread| thread.busy.load(Ordering::Relaxed)) else {
            return;
        };
        let busy = Busy::one_more(&thread.busy);
        thread.runtime.spawn(async move {
            future.await;
            drop(busy);
        });
    }
}

impl Thread {
    fn start(number: usize) -> io::Result<Self> {
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
