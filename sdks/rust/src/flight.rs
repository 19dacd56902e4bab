//! Work that many wait for and one does: whoever comes while it is under way gets the same outcome. It runs in a task of its
//! own, so that a caller that gives up takes nothing away from the others; where nobody drives its runtime any more, those of
//! other runtimes give it up. Must not know what is worked on.

use crate::clock::{BoxFuture, Clock};
use std::collections::HashMap;
use std::hash::Hash;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::{oneshot, watch};

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

/// How many flights in a row may be lost to whoever waits.
const ROUNDS: usize = 8;
/// How long a runtime that somebody drives needs at most to begin a task.
const GRACE: Duration = Duration::from_secs(1);

type Landing<T> = watch::Receiver<Option<Result<T, Lost>>>;
type Running<K, T> = Arc<Mutex<HashMap<K, Flight<T>>>>;
/// The work: in its runtime's hands, but in reach of those of other runtimes.
type Seat = Mutex<Option<BoxFuture<'static, ()>>>;

/// What is under way, by name.
pub(crate) struct Flights<K, T>
where
    K: Eq + Hash,
{
    running: Running<K, T>,
    clock: Arc<dyn Clock>,
    /// After which others look whether the runtime of a flight is driven.
    limit: Duration,
}

/// Work under way. Its timers and connections are its runtime's: nobody else can go on with it.
#[derive(Clone)]
struct Flight<T> {
    landing: Landing<T>,
    seat: Arc<Seat>,
    runtime: Handle,
    /// Milliseconds since 1970.
    since: i64,
    is_watched: Arc<AtomicBool>,
}

impl<K, T> Flights<K, T>
where
    K: Eq + Hash + Clone + Send + 'static,
    T: Clone + Send + Sync + 'static,
{
    pub(crate) fn new(clock: Arc<dyn Clock>, limit: Duration) -> Self {
        Self {
            running: Arc::default(),
            clock,
            limit,
        }
    }

    /// Starts `work` unless it is under way, and does not wait. Outside of a runtime nothing starts. What is left in a runtime that
    /// nobody drives is given up, for the next one.
    pub(crate) fn start<W>(&self, name: K, work: impl FnOnce() -> W)
    where
        W: Future<Output = T> + Send + 'static,
    {
        let Ok(flight) = self.take_off(name, work) else { return };
        let is_late = self.left_to(&flight).is_zero() && !flight.is_here();
        if is_late && !flight.is_watched.swap(true, Ordering::SeqCst) {
            let clock = Arc::clone(&self.clock);
            Handle::current().spawn(async move {
                flight.give_up_if_left(&*clock).await;
                flight.is_watched.store(false, Ordering::SeqCst);
            });
        }
    }

    /// Waits for the outcome, of work that is under way or is started now. What ended with another runtime, or stays in one that
    /// nobody drives, is started once more in this one.
    pub(crate) async fn join<W>(&self, name: K, work: impl Fn() -> W) -> Result<T, Lost>
    where
        W: Future<Output = T> + Send + 'static,
    {
        for _ in 0..ROUNDS {
            let flight = self.take_off(name.clone(), &work)?;
            match self.landed(flight).await {
                Err(Lost::Ended) => {}
                outcome => return outcome,
            }
        }
        Err(Lost::Ended)
    }

    /// Gives up all that is left in runtimes that nobody drives.
    #[cfg(any(feature = "client", feature = "verifier"))]
    pub(crate) async fn give_up_left(&self) {
        let others: Vec<Flight<T>> = locked(&self.running)
            .values()
            .filter(|one| !one.is_here())
            .cloned()
            .collect();
        for flight in others {
            flight.give_up_if_left(&*self.clock).await;
        }
    }

    fn take_off<W>(&self, name: K, work: impl FnOnce() -> W) -> Result<Flight<T>, Lost>
    where
        W: Future<Output = T> + Send + 'static,
    {
        let runtime = Handle::try_current().map_err(|_| Lost::Grounded)?;
        let (done, landing) = watch::channel(None);
        let flight = Flight {
            landing,
            seat: Arc::default(),
            runtime,
            since: self.clock.now(),
            is_watched: Arc::default(),
        };
        {
            let mut running = locked(&self.running);
            // A closed one belongs to a task that was dropped with its runtime.
            if let Some(known) = running.get(&name).filter(|known| known.landing.has_changed().is_ok()) {
                return Ok(known.clone());
            }
            running.insert(name.clone(), flight.clone());
        }
        let pilot = Pilot {
            running: Arc::clone(&self.running),
            name,
            done,
            outcome: None,
        };
        let work = work();
        let whole = async move {
            let mut pilot = pilot;
            pilot.outcome = Some(work.await);
        };
        *locked(&flight.seat) = Some(Box::pin(whole));
        flight.runtime.spawn(Task(Arc::clone(&flight.seat)));
        Ok(flight)
    }

    async fn landed(&self, mut flight: Flight<T>) -> Result<T, Lost> {
        if flight.is_here() {
            return outcome(&mut flight.landing).await;
        }
        let mut pause = self.left_to(&flight);
        loop {
            tokio::select! {
                biased;
                outcome = outcome(&mut flight.landing) => return outcome,
                () = self.clock.sleep(pause) => {}
            }
            flight.give_up_if_left(&*self.clock).await;
            pause = self.limit;
        }
    }

    /// How long nobody doubts a flight yet.
    fn left_to(&self, flight: &Flight<T>) -> Duration {
        let age = u64::try_from(self.clock.now().saturating_sub(flight.since)).unwrap_or(0);
        self.limit.saturating_sub(Duration::from_millis(age))
    }
}

async fn outcome<T: Clone>(landing: &mut Landing<T>) -> Result<T, Lost> {
    let outcome = landing.wait_for(Option::is_some).await.map_err(|_| Lost::Ended)?;
    outcome.clone().unwrap_or(Err(Lost::Ended))
}

impl<T> Flight<T> {
    /// Whoever is asked in the same runtime sees that it is driven.
    fn is_here(&self) -> bool {
        Handle::try_current().is_ok_and(|current| current.id() == self.runtime.id())
    }

    /// Drops the work where its runtime begins no tasks, and with it the locks that it holds.
    async fn give_up_if_left(&self, clock: &dyn Clock) {
        let (answer, answered) = oneshot::channel();
        self.runtime.spawn(async move { answer.send(()) });
        let is_left = tokio::select! {
            biased;
            answered = answered => answered.is_err(),
            () = clock.sleep(GRACE) => true,
        };
        if is_left {
            let work = match self.seat.try_lock() {
                Ok(mut seat) => seat.take(),
                Err(TryLockError::Poisoned(seat)) => seat.into_inner().take(),
                // Somebody is at it this very moment.
                Err(TryLockError::WouldBlock) => None,
            };
            drop(work);
        }
    }
}

/// What the runtime drives.
struct Task(Arc<Seat>);

impl Future for Task {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut seat = locked(&self.0);
        let polled = seat
            .as_mut()
            .map_or(Poll::Ready(()), |work| work.as_mut().poll(context));
        if polled.is_ready() {
            let done = seat.take();
            drop(seat);
            drop(done);
        }
        polled
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        let work = locked(&self.0).take();
        drop(work);
    }
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

    fn flights() -> Flights<(), u8> {
        Flights::new(Arc::new(crate::clock::SystemClock), Duration::from_secs(60))
    }

    #[tokio::test]
    async fn work_that_panics_is_told_from_work_whose_runtime_ended() {
        let flights = flights();
        let outcome = flights.join((), || async { panic!("on purpose") }).await;
        assert_eq!(outcome, Err(Lost::Panicked));
        assert_eq!(flights.join((), || async { 1 }).await, Ok(1));
    }

    #[test]
    fn outside_of_a_runtime_nothing_starts_and_nothing_panics() {
        let flights = flights();
        flights.start((), || async { 1 });
        assert!(locked(&flights.running).is_empty());
    }

    #[tokio::test]
    async fn who_waits_for_work_of_a_runtime_that_ends_starts_it_anew() {
        let flights = Arc::new(flights());
        let (begun, has_begun) = oneshot::channel();
        let other = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_time()
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

    /// Time limits pass at once in it, and what a runtime that is driven needs never does.
    #[derive(Default)]
    struct Impatient(std::sync::atomic::AtomicUsize);

    impl Clock for Impatient {
        fn now(&self) -> i64 {
            0
        }

        fn sleep(&self, pause: Duration) -> BoxFuture<'static, ()> {
            if pause == GRACE {
                return Box::pin(std::future::pending());
            }
            self.0.fetch_add(1, Ordering::SeqCst);
            Box::pin(tokio::task::yield_now())
        }
    }

    #[tokio::test]
    async fn slow_work_in_a_runtime_that_is_driven_is_left_alone() {
        let clock = Arc::new(Impatient::default());
        let flights = Arc::new(Flights::new(
            Arc::clone(&clock) as Arc<dyn Clock>,
            Duration::from_secs(10),
        ));
        let (begun, has_begun) = oneshot::channel();
        let (release, released) = oneshot::channel::<()>();
        let other = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .build()
            .unwrap();
        let theirs = Arc::clone(&flights);
        other.spawn(async move {
            theirs.start((), || async move {
                let _ = begun.send(());
                let _ = released.await;
                1
            });
        });
        has_begun.await.unwrap();
        let ours = Arc::clone(&flights);
        let waiting = tokio::spawn(async move { ours.join((), || async { 2 }).await });
        while clock.0.load(Ordering::SeqCst) < 5 && !waiting.is_finished() {
            tokio::task::yield_now().await;
        }
        let _ = release.send(());
        assert_eq!(waiting.await.unwrap(), Ok(1));
        other.shutdown_background();
    }
}
