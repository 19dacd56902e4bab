//! How the process is told to stop: one trigger, any number of listeners that can wait for it. Knows neither signals
//! nor what is stopped.

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
        // An error means that the trigger is gone, which counts as fired.
        let _gone = self.0.wait_for(|fired| *fired).await;
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
