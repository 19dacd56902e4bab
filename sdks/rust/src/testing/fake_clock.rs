//! A clock that stands still until a test moves it.

use crate::clock::{BoxFuture, Clock};
use crate::flight::locked;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::oneshot;

/// A clock for tests. Clones are the same clock; whoever sleeps is woken by [`FakeClock::advance`].
#[derive(Clone)]
pub struct FakeClock(Arc<Mutex<State>>);

struct State {
    now: i64,
    sleepers: Vec<(i64, oneshot::Sender<()>)>,
}

impl FakeClock {
    /// A clock that says this, in milliseconds since 1970.
    #[must_use]
    pub fn at(now: i64) -> Self {
        let sleepers = Vec::new();
        Self(Arc::new(Mutex::new(State { now, sleepers })))
    }

    /// How many are sleeping.
    #[must_use]
    pub fn sleepers(&self) -> usize {
        let mut state = locked(&self.0);
        state.sleepers.retain(|(_, wake)| !wake.is_closed());
        state.sleepers.len()
    }

    /// Moves the clock, and wakes those whose time has come. Negative values move it back and wake nobody.
    pub fn advance(&self, milliseconds: i64) {
        let mut state = locked(&self.0);
        state.now += milliseconds;
        let now = state.now;
        for (_, wake) in state.sleepers.extract_if(.., |(at, _)| *at <= now) {
            let _ = wake.send(());
        }
    }
}

impl Default for FakeClock {
    /// Some day in 2027.
    fn default() -> Self {
        Self::at(1_800_000_000_000)
    }
}

impl Clock for FakeClock {
    fn now(&self) -> i64 {
        locked(&self.0).now
    }

    fn sleep(&self, pause: Duration) -> BoxFuture<'static, ()> {
        let (wake, woken) = oneshot::channel();
        let mut state = locked(&self.0);
        let at = state
            .now
            .saturating_add(i64::try_from(pause.as_millis()).unwrap_or(i64::MAX));
        state.sleepers.push((at, wake));
        Box::pin(async move {
            // A clock that is gone wakes nobody.
            if woken.await.is_err() {
                std::future::pending::<()>().await;
            }
        })
    }
}

impl fmt::Debug for FakeClock {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "FakeClock({})", self.now())
    }
}
