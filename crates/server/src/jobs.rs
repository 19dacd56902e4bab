//! What runs beside the requests: purging, watching for changed facts, moving keys on. Each job is a `tick` that is
//! called again and again until the server stops; time comes from outside, so tests call it themselves.

mod cache_notes;
mod client_pages;
mod expiring;
mod index;
mod logouts;
mod purge;
mod refused;
mod registrations;
mod rotation;
mod status;
mod usage;
pub mod webhooks;

pub use cache_notes::{CacheNotes, Forget};
pub use expiring::TellExpiring;
pub use index::IndexBehind;
pub use logouts::TellLogouts;
pub use purge::{Purge, PurgeSettings};
pub use refused::NoteRefused;
pub use registrations::ForgetUnused;
pub(crate) use registrations::seems_unused;
pub use rotation::KeyRotation;
pub use status::FollowStatus;
pub use usage::CountUses;
pub use webhooks::TellWebhooks;

use crate::shutdown::Shutdown;
use std::fmt::Display;
use std::future::Future;
use std::time::Duration;

/// Something that is done again and again.
pub trait Job: Send {
    /// Its name in the log.
    const NAME: &'static str;
    /// Why it could not be done this time.
    type Fault: Display + Send;

    /// Does it once. May be dropped at any await when the server stops.
    fn tick(&mut self) -> impl Future<Output = Result<(), Self::Fault>> + Send;
}

/// Runs a job at once and then after each interval, until the server stops. A failure is logged when it begins and
/// when it ends, not every time between: a store that is down for an hour is two lines.
pub async fn run<J: Job>(mut job: J, interval: Duration, mut shutdown: Shutdown) {
    let mut failing = false;
    loop {
        let done = tokio::select! {
            biased;
            () = shutdown.requested() => return,
            done = job.tick() => done,
        };
        match (done, failing) {
            (Err(fault), false) => {
                failing = true;
                tracing::error!(job = J::NAME, %fault, "a background job fails; it goes on trying");
            }
            (Ok(()), true) => {
                failing = false;
                tracing::info!(job = J::NAME, "a background job works again");
            }
            (Err(_), true) | (Ok(()), false) => {}
        }
        tokio::select! {
            biased;
            () = shutdown.requested() => return,
            () = tokio::time::sleep(interval) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::mpsc;

    struct Counting(mpsc::UnboundedSender<()>);

    impl Job for Counting {
        const NAME: &'static str = "counting";
        type Fault = &'static str;

        async fn tick(&mut self) -> Result<(), &'static str> {
            let _sent = self.0.send(());
            Err("always")
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_job_runs_at_once_and_after_each_interval_although_it_fails_and_stops_with_the_server() {
        let (sender, mut ticks) = mpsc::unbounded_channel();
        let (trigger, shutdown) = crate::shutdown::channel();
        let running = tokio::spawn(run(Counting(sender), Duration::from_secs(60), shutdown));
        for _ in 0..3 {
            ticks.recv().await.unwrap();
        }
        trigger.fire();
        running.await.unwrap();
    }

    struct Endless;

    impl Job for Endless {
        const NAME: &'static str = "endless";
        type Fault = &'static str;

        async fn tick(&mut self) -> Result<(), &'static str> {
            std::future::pending().await
        }
    }

    #[tokio::test]
    async fn a_job_in_the_middle_of_its_work_does_not_hold_the_stop_up() {
        let (trigger, shutdown) = crate::shutdown::channel();
        let running = tokio::spawn(run(Endless, Duration::from_secs(60), shutdown));
        trigger.fire();
        running.await.unwrap();
    }
}
