//! The queue between callers and the writer's thread, with the window in which a commit waits for others. It knows
//! nothing of what is queued.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The most that one transaction takes: it bounds how long the first caller waits for the last.
const BATCH: usize = 512;

struct State<T> {
    jobs: VecDeque<T>,
    closed: bool,
    /// How many jobs end the writer's wait.
    wanted: usize,
}

pub(super) struct Queue<T> {
    state: Mutex<State<T>>,
    ready: Condvar,
    /// Callers that announced a commit and have not queued it yet.
    pub(super) coming: Arc<AtomicUsize>,
    window: Duration,
}

impl<T> Queue<T> {
    pub(super) fn new(window: Duration) -> Self {
        Self {
            state: Mutex::new(State {
                jobs: VecDeque::new(),
                closed: false,
                wanted: 1,
            }),
            ready: Condvar::new(),
            coming: Arc::new(AtomicUsize::new(0)),
            window,
        }
    }

    /// Queues a job; gives it back when the queue is closed.
    pub(super) fn push(&self, job: T) -> Result<(), T> {
        let mut state = self.lock();
        if state.closed {
            return Err(job);
        }
        state.jobs.push_back(job);
        // Waking the writer costs a system call: only when it waits for just this job.
        if state.jobs.len() == state.wanted {
            self.ready.notify_one();
        }
        Ok(())
    }

    /// Ends the writer once it has done what is queued.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.ready.notify_one();
    }

    /// Moves the next jobs into `batch`: at least one, and those that follow or were announced, within the window.
    /// `false` when the queue is closed and empty.
    pub(super) fn take(&self, batch: &mut Vec<T>) -> bool {
        let mut state = self.lock();
        while state.jobs.is_empty() {
            if state.closed {
                return false;
            }
            state.wanted = 1;
            state = self.ready.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state = self.wait_for_more(state);
        // While the writer is busy nobody needs to wake it.
        state.wanted = 0;
        let count = state.jobs.len().min(BATCH);
        batch.extend(state.jobs.drain(..count));
        true
    }

    /// A transaction's price is paid once for all that are in it, so it pays to wait while others come; but only then,
    /// since whoever waits for an answer asks for nothing more. A job that is alone and not followed goes at once.
    fn wait_for_more<'queue>(&'queue self, mut state: MutexGuard<'queue, State<T>>) -> MutexGuard<'queue, State<T>> {
        let coming = self.coming.load(Ordering::Relaxed) > 0;
        if (state.jobs.len() > 1 || coming) && state.jobs.len() < BATCH && !state.closed && !self.window.is_zero() {
            // One wait: each look in between would cost as much as a commit of one more.
            state.wanted = BATCH;
            let waited = self.ready.wait_timeout(state, self.window);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state
    }

    /// Nothing in here panics while the lock is held, so a poisoned lock still guards a sound queue.
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CommitHint;

    #[test]
    fn a_commit_waits_for_those_that_were_announced() {
        let queue = Arc::new(Queue::new(Duration::from_secs(1)));
        let hint = CommitHint::counted(&queue.coming);
        queue.push(1).unwrap();
        let pusher = {
            let queue = Arc::clone(&queue);
            std::thread::spawn(move || {
                drop(hint);
                queue.push(2).unwrap();
            })
        };
        let mut batch = Vec::new();
        assert!(queue.take(&mut batch));
        // Were the second job not waited for, this would be one of two orders, each of them right.
        if batch.len() == 1 {
            assert!(queue.take(&mut batch));
        }
        assert_eq!(batch, [1, 2]);
        pusher.join().unwrap();
    }

    #[test]
    fn a_closed_queue_gives_out_what_it_holds_and_takes_nothing() {
        let queue = Queue::new(Duration::ZERO);
        queue.push(1).unwrap();
        queue.close();
        assert_eq!(queue.push(2), Err(2));
        let mut batch = Vec::new();
        assert!(queue.take(&mut batch));
        assert!(!queue.take(&mut batch));
        assert_eq!(batch, [1]);
    }

    #[test]
    fn a_batch_is_bounded() {
        let queue = Queue::new(Duration::ZERO);
        for job in 0..=BATCH {
            queue.push(job).unwrap();
        }
        let mut batch = Vec::new();
        assert!(queue.take(&mut batch));
        assert_eq!(batch.len(), BATCH);
    }
}
