//! Work that many wait for and one does: whoever comes while it is under way gets the same outcome. It runs in a task of its
//! own, so that a caller that gives up takes nothing away from the others. Must not know what is worked on.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::runtime::Handle;
use tokio::sync::watch;

/// The mutex's value. A panic elsewhere is no reason to stop: no value here is ever left half changed.
pub(crate) fn locked<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Why there is no outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Lost {
    /// The runtime ended before the work did.
    #[error("the runtime was shut down meanwhile")]
    Ended,
    #[error("the work panicked")]
    Panicked,
    /// Nobody runs tasks here.
    #[error("there is no runtime of tokio")]
    Grounded,
}

type Landing<T> = watch::Receiver<Option<Result<T, Lost>>>;
type Running<K, T> = Arc<Mutex<HashMap<K, Landing<T>>>>;

/// What is under way, by name.
pub(crate) struct Flights<K, T>
where
    K: Eq + Hash,
{
    running: Running<K, T>,
}

impl<K: Eq + Hash, T> Default for Flights<K, T> {
    fn default() -> Self {
        Self {
            running: Arc::default(),
        }
    }
}

impl<K, T> Flights<K, T>
where
    K: Eq + Hash + Clone + Send + 'static,
    T: Clone + Send + Sync + 'static,
{
    /// Starts `work` unless it is under way, and does not wait. Outside of a runtime nothing starts.
    pub(crate) fn start<W>(&self, name: K, work: impl FnOnce() -> W)
    where
        W: Future<Output = T> + Send + 'static,
    {
        let _ = self.take_off(name, work);
    }

    /// Waits for the outcome, of work that is under way or is started now. What ended with another runtime is started once
    /// more in this one.
    pub(crate) async fn join<W>(&self, name: K, work: impl Fn() -> W) -> Result<T, Lost>
    where
        W: Future<Output = T> + Send + 'static,
    {
        match landed(self.take_off(name.clone(), &work)?).await {
            Err(Lost::Ended) => landed(self.take_off(name, work)?).await,
            outcome => outcome,
        }
    }

    fn take_off<W>(&self, name: K, work: impl FnOnce() -> W) -> Result<Landing<T>, Lost>
    where
        W: Future<Output = T> + Send + 'static,
    {
        let runtime = Handle::try_current().map_err(|_| Lost::Grounded)?;
        let (done, landing) = watch::channel(None);
        {
            let mut running = locked(&self.running);
            // A closed one belongs to a task that was dropped with its runtime.
            if let Some(landing) = running.get(&name).filter(|landing| landing.has_changed().is_ok()) {
                return Ok(landing.clone());
            }
            running.insert(name.clone(), landing.clone());
        }
        let pilot = Pilot {
            running: Arc::clone(&self.running),
            name,
            done,
            outcome: None,
        };
        let work = work();
        runtime.spawn(async move {
            let mut pilot = pilot;
            pilot.outcome = Some(work.await);
        });
        Ok(landing)
    }
}

async fn landed<T: Clone>(mut landing: Landing<T>) -> Result<T, Lost> {
    let outcome = landing.wait_for(Option::is_some).await.map_err(|_| Lost::Ended)?;
    outcome.clone().unwrap_or(Err(Lost::Ended))
}

/// Says how the work ended, however it ends: with an outcome, in a panic, or dropped with its runtime.
struct Pilot<K: Eq + Hash, T> {
    running: Running<K, T>,
    name: K,
    done: watch::Sender<Option<Result<T, Lost>>>,
    outcome: Option<T>,
}

impl<K: Eq + Hash, T> Drop for Pilot<K, T> {
    fn drop(&mut self) {
        // The next one starts anew. It cannot have begun yet: until now this flight was not closed.
        locked(&self.running).remove(&self.name);
        match self.outcome.take() {
            Some(outcome) => drop(self.done.send(Some(Ok(outcome)))),
            None if std::thread::panicking() => drop(self.done.send(Some(Err(Lost::Panicked)))),
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::oneshot;

    #[tokio::test]
    async fn work_that_panics_is_told_from_work_whose_runtime_ended() {
        let flights = Flights::<(), u8>::default();
        let outcome = flights.join((), || async { panic!("on purpose") }).await;
        assert_eq!(outcome, Err(Lost::Panicked));
        assert_eq!(flights.join((), || async { 1 }).await, Ok(1));
    }

    #[test]
    fn outside_of_a_runtime_nothing_starts_and_nothing_panics() {
        let flights = Flights::<(), u8>::default();
        flights.start((), || async { 1 });
        assert!(locked(&flights.running).is_empty());
    }

    #[tokio::test]
    async fn who_waits_for_work_of_a_runtime_that_ends_starts_it_anew() {
        let flights = Arc::new(Flights::<(), u8>::default());
        let (begun, has_begun) = oneshot::channel();
        let other = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .build()
            .unwrap();
        let theirs = Arc::clone(&flights);
        other.spawn(async move {
            theirs.start((), || async move {
                let _ = begun.send(());
                std::future::pending().await
            });
        });
        has_begun.await.unwrap();
        let mut waiting = Box::pin(flights.join((), || async { 2 }));
        let waker = std::task::Waker::noop();
        assert!(
            waiting
                .as_mut()
                .poll(&mut std::task::Context::from_waker(waker))
                .is_pending()
        );
        other.shutdown_background();
        assert_eq!(waiting.await, Ok(2));
    }
}
