//! The queue between callers and the writer's thread, and how long a transaction waits for more. It knows nothing of
//! what is queued.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// The most that one transaction takes: it bounds how long the first caller waits for the last.
const BATCH: usize = 512;
/// From so many jobs on a transaction waits for no more: its price is shared out well enough.
const ENOUGH: usize = 16;

struct State<T> {
    jobs: VecDeque<T>,
    closed: bool,
    /// Whether the writer sleeps until there is a job.
    asleep: bool,
}

pub(super) struct Queue<T> {
    state: Mutex<State<T>>,
    ready: Condvar,
}

impl<T> Queue<T> {
    pub(super) fn new() -> Self {
        Self {
            state: Mutex::new(State {
                jobs: VecDeque::new(),
                closed: false,
                asleep: false,
            }),
            ready: Condvar::new(),
        }
    }

    /// Queues a job; gives it back when the queue is closed.
    pub(super) fn push(&self, job: T) -> Result<(), T> {
        let mut state = self.lock();
        if state.closed {
            return Err(job);
        }
        state.jobs.push_back(job);
        // Waking the writer costs a system call: only when it sleeps, and then once.
        if std::mem::take(&mut state.asleep) {
            self.ready.notify_one();
        }
        Ok(())
    }

    /// Ends the writer once it has done what is queued.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.ready.notify_one();
    }

    /// Moves the next jobs into `batch`: at least one, and those that come while others need the processor. `false` when
    /// the queue is closed and empty.
    pub(super) fn take(&self, batch: &mut Vec<T>) -> bool {
        let mut state = self.lock();
        while state.jobs.is_empty() {
            if state.closed {
                return false;
            }
            state.asleep = true;
            state = self.ready.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.asleep = false;
        state = self.let_others_come(state);
        let count = state.jobs.len().min(BATCH);
        batch.extend(state.jobs.drain(..count));
        true
    }

    /// A transaction's price is paid once for all that are in it. So the writer makes way as long as that brings jobs: on
    /// a busy machine those that make them run meanwhile, and on an idle one making way takes no time and brings
    /// nothing. Nobody ever waits for a timer, and the processor never for somebody who waits.
    fn let_others_come<'queue>(&'queue self, mut state: MutexGuard<'queue, State<T>>) -> MutexGuard<'queue, State<T>> {
        while state.jobs.len() < ENOUGH && !state.closed {
            let before = state.jobs.len();
            drop(state);
            std::thread::yield_now();
            state = self.lock();
            if state.jobs.len() == before {
                break;
            }
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
    use std::sync::Arc;

    #[test]
    fn a_sleeping_writer_is_woken_by_every_first_job() {
        let queue = Arc::new(Queue::new());
        let writer = {
            let queue = Arc::clone(&queue);
            std::thread::spawn(move || {
                let (mut all, mut batch) = (Vec::new(), Vec::new());
                while queue.take(&mut batch) {
                    all.append(&mut batch);
                }
                all
            })
        };
        // Each job waits until the writer has slept or taken the one before: a lost wake-up would hang here.
        for job in 0..1_000 {
            while !queue.lock().jobs.is_empty() {
                std::thread::yield_now();
            }
            queue.push(job).unwrap();
        }
        queue.close();
        assert_eq!(writer.join().unwrap(), (0..1_000).collect::<Vec<_>>());
    }

    #[test]
    fn a_job_that_is_alone_waits_for_nobody() {
        let queue = Queue::new();
        queue.push(1).unwrap();
        let mut batch = Vec::new();
        // Nobody else has the queue: this returns, or waits for ever.
        assert!(queue.take(&mut batch));
        assert_eq!(batch, [1]);
    }

    #[test]
    fn a_closed_queue_gives_out_what_it_holds_and_takes_nothing() {
        let queue = Queue::new();
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
        let queue = Queue::new();
        for job in 0..=BATCH {
            queue.push(job).unwrap();
        }
        let mut batch = Vec::new();
        assert!(queue.take(&mut batch));
        assert_eq!(batch.len(), BATCH);
    }
}
