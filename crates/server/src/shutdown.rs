//! How the process is told to stop: one trigger, any number of listeners that can wait for it. Knows neither signals
//! nor what is stopped.

use std::future::{Future as _, poll_fn};
use std::pin::pin;
use std::task::{Poll, Waker};
use tokio::sync::watch;

/// Makes every [`Shutdown`] of its pair fire. Dropping it does the same, so that nothing outlives its owner by mistake.
#[derive(Debug)]
pub struct Trigger(watch::Sender<bool>);

/// Something that fires once, when the process is to stop.
#[derive(Clone, Debug)]
pub struct Shutdown(watch::Receiver<bool>);

/// A new pair.
#[must_use]
pub fn channel() -> (Trigger, Shutdown) {
    let (sender, receiver) = watch::channel(false);
    (Trigger(sender), Shutdown(receiver))
}

impl Trigger {
    /// Fires. Again is harmless.
    pub fn fire(&self) {
        self.0.send_replace(true);
    }
}

impl Shutdown {
    /// Waits until the trigger fires; returns at once if it has.
    pub async fn requested(&mut self) {
        let looked = self.0.clone();
        let mut fired = pin!(self.0.wait_for(|fired| *fired));
        let mut registered: Option<Waker> = None;
        poll_fn(|cx| {
            // Every connection asks whenever it is polled, and a look at the channel takes a lock that they all share.
            // A task that is registered with the channel and is the one asking need not look until it was changed.
            let known = registered.as_ref().is_some_and(|waker| waker.will_wake(cx.waker()));
            if known && matches!(looked.has_changed(), Ok(false)) {
                return Poll::Pending;
            }
            // An error means that the trigger is gone, which counts as fired.
            let polled = fired.as_mut().poll(cx).map(drop);
            registered = Some(cx.waker().clone());
            polled
        })
        .await;
    }

    /// Whether the trigger has fired.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        *self.0.borrow() || self.0.has_changed().is_err()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_listener_sees_the_trigger_also_one_that_came_late() {
        let (trigger, mut early) = channel();
        assert!(!early.is_requested());
        trigger.fire();
        early.requested().await;
        early.clone().requested().await;
        assert!(early.is_requested());
    }

    #[tokio::test]
    async fn a_dropped_trigger_counts_as_fired() {
        let (trigger, mut listener) = channel();
        drop(trigger);
        listener.requested().await;
        assert!(listener.is_requested());
    }
}
