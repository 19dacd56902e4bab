//! Work that many wait for and one does: whoever comes while it is under way gets the same outcome. It runs in a task of its
//! own, so that a caller that gives up takes nothing away from the others. Must not know what is worked on.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// The mutex's value. A panic elsewhere is no reason to stop: no value here is ever left half changed.
pub(crate) fn locked<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The runtime ended before the work did.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the runtime was shut down meanwhile")]
pub(crate) struct Interrupted;

type Landing<T> = watch::Receiver<Option<T>>;

/// What is under way, by name.
pub(crate) struct Flights<K, T> {
    running: Arc<Mutex<HashMap<K, Landing<T>>>>,
}

impl<K, T> Default for Flights<K, T> {
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
    /// Starts `work` unless it is under way, and does not wait.
    pub(crate) fn start<W>(&self, name: K, work: impl FnOnce() -> W) -> Landing<T>
    where
        W: Future<Output = T> + Send + 'static,
    {
        let mut running = locked(&self.running);
        // A closed one belongs to a task that was dropped with its runtime.
        if let Some(landing) = running.get(&name).filter(|landing| landing.has_changed().is_ok()) {
            return landing.clone();
        }
        let (done, landing) = watch::channel(None);
        running.insert(name.clone(), landing.clone());
        let (all, work) = (Arc::clone(&self.running), work());
        tokio::spawn(async move {
            let outcome = work.await;
            locked(&all).remove(&name);
            let _ = done.send(Some(outcome));
        });
        landing
    }

    /// Waits for the outcome, of work that is under way or is started now.
    pub(crate) async fn join<W>(&self, name: K, work: impl FnOnce() -> W) -> Result<T, Interrupted>
    where
        W: Future<Output = T> + Send + 'static,
    {
        let mut landing = self.start(name, work);
        let outcome = landing.wait_for(Option::is_some).await.map_err(|_| Interrupted)?;
        outcome.clone().ok_or(Interrupted)
    }
}
