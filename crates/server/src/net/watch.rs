//! Which deadline a connection stands under. hyper's own timer cannot tell a slow request head from an idle
//! connection, and does not exist on HTTP/2; this one looks at what arrived and what is being answered. Must not know
//! HTTP beyond that a request begins and ends.
//!
//! A deadline that is seen long after it passed says that this process stood still, not that the client did: the computer
//! slept, or had too much to do. What the client sent meanwhile may not be here yet, so its time begins anew.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, Sleep};

/// Later than this a deadline is not seen unless the process stood still.
const STOOD_STILL: Duration = Duration::from_secs(1);

/// What happens on a connection, written by its stream and its requests, read by its [`Watch`].
#[derive(Debug, Default)]
pub(super) struct Activity {
    /// Bytes arrived since the last request began or ended: the next head is on its way.
    head_begun: AtomicBool,
    /// Requests that are being answered.
    running: AtomicU32,
    /// Requests that were answered; wraps.
    finished: AtomicU32,
}

/// A request that is being answered, until it is dropped.
#[derive(Debug)]
pub(super) struct Running(Arc<Activity>);

impl Activity {
    /// Bytes arrived.
    pub(super) fn received(&self) {
        if self.running.load(Ordering::Relaxed) == 0 {
            self.head_begun.store(true, Ordering::Relaxed);
        }
    }

    /// A request's head is complete.
    pub(super) fn begin(self: &Arc<Self>) -> Running {
        self.running.fetch_add(1, Ordering::Relaxed);
        self.head_begun.store(false, Ordering::Relaxed);
        Running(Arc::clone(self))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.finished.fetch_add(1, Ordering::Relaxed);
        self.0.running.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Why a connection's time is over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Overdue {
    /// A request head was begun and not completed.
    Head,
    /// Nothing was asked for too long.
    Idle,
}

/// Waits for a connection's time to be over.
#[derive(Debug)]
pub(super) struct Watch {
    activity: Arc<Activity>,
    header_timeout: Duration,
    idle_timeout: Duration,
    /// On HTTP/2 any frame counts as received, so a begun head cannot be told; there the idle timeout does it.
    watches_heads: bool,
    seen_finished: u32,
    head_since: Option<Instant>,
    quiet_since: Instant,
    sleep: Pin<Box<Sleep>>,
}

impl Watch {
    /// Begins with the connection: its first request has the header timeout from now.
    pub(super) fn new(
        activity: Arc<Activity>,
        header_timeout: Duration,
        idle_timeout: Duration,
        watches_heads: bool,
    ) -> Self {
        let now = Instant::now();
        Self {
            activity,
            header_timeout,
            idle_timeout,
            watches_heads,
            seen_finished: 0,
            head_since: Some(now),
            quiet_since: now,
            sleep: Box::pin(tokio::time::sleep_until(now + header_timeout)),
        }
    }

    /// Waits until the time is over. To be polled whenever the connection is: that is when it looks.
    pub(super) async fn overdue(&mut self) -> Overdue {
        std::future::poll_fn(|cx| self.poll(cx)).await
    }

    /// Gives the connection, which was told to end, the header timeout to do so.
    pub(super) fn restart_as_last_chance(&mut self) {
        self.head_since = Some(Instant::now());
        self.sleep.as_mut().reset(Instant::now() + self.header_timeout);
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Overdue> {
        loop {
            let (deadline, why) = self.deadline();
            // Only ever moved forward in time when it fires, so that a busy connection touches no timer.
            if deadline < self.sleep.deadline() {
                self.sleep.as_mut().reset(deadline);
            }
            if self.sleep.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            let now = Instant::now();
            if deadline + STOOD_STILL < now {
                self.begin_anew(now);
            } else if deadline <= now {
                return Poll::Ready(why);
            }
            let (deadline, _) = self.deadline();
            self.sleep.as_mut().reset(deadline);
        }
    }

    fn begin_anew(&mut self, now: Instant) {
        self.quiet_since = now;
        self.head_since = self.head_since.map(|_| now);
    }

    fn deadline(&mut self) -> (Instant, Overdue) {
        let finished = self.activity.finished.load(Ordering::Relaxed);
        if self.activity.running.load(Ordering::Relaxed) > 0 || finished != self.seen_finished {
            self.seen_finished = finished;
            self.head_since = None;
            self.quiet_since = Instant::now();
        }
        let head_begun = self.watches_heads && self.activity.head_begun.load(Ordering::Relaxed);
        if head_begun && self.head_since.is_none() {
            self.head_since = Some(Instant::now());
        }
        match self.head_since {
            Some(since) => (since + self.header_timeout, Overdue::Head),
            None => (self.quiet_since + self.idle_timeout, Overdue::Idle),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: Duration = Duration::from_secs(10);
    const IDLE: Duration = Duration::from_secs(60);

    fn watch(watches_heads: bool) -> (Arc<Activity>, Watch) {
        let activity = Arc::new(Activity::default());
        let watch = Watch::new(Arc::clone(&activity), HEADER, IDLE, watches_heads);
        (activity, watch)
    }

    /// How long the watch waits from now on; the clock is paused, so this takes no time.
    async fn waits(watch: &mut Watch) -> (Overdue, Duration) {
        let begin = Instant::now();
        let why = watch.overdue().await;
        (why, begin.elapsed())
    }

    /// Polls once, as the connection's task does after each event.
    async fn looks(watch: &mut Watch) {
        let polled = std::future::poll_fn(|cx| Poll::Ready(watch.poll(cx))).await;
        assert!(polled.is_pending());
    }

    fn about(measured: (Overdue, Duration), why: Overdue, duration: Duration) {
        assert_eq!(measured.0, why);
        // tokio's timer has a granularity of a millisecond.
        assert!(measured.1.abs_diff(duration) < Duration::from_millis(5), "{measured:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_never_asks_has_the_header_timeout() {
        for watches_heads in [true, false] {
            let (_activity, mut watch) = watch(watches_heads);
            about(waits(&mut watch).await, Overdue::Head, HEADER);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn after_the_process_stood_still_a_connection_has_its_time_again() {
        let (activity, mut watch) = watch(true);
        tokio::time::advance(HEADER * 4).await;
        looks(&mut watch).await;
        about(waits(&mut watch).await, Overdue::Head, HEADER);
        drop(activity.begin());
        looks(&mut watch).await;
        tokio::time::advance(IDLE * 2).await;
        looks(&mut watch).await;
        about(waits(&mut watch).await, Overdue::Idle, IDLE);
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_request_the_connection_may_idle() {
        let (activity, mut watch) = watch(true);
        activity.received();
        drop(activity.begin());
        about(waits(&mut watch).await, Overdue::Idle, IDLE);
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_that_was_begun_has_the_header_timeout_however_slowly_it_trickles() {
        let (activity, mut watch) = watch(true);
        drop(activity.begin());
        looks(&mut watch).await;
        tokio::time::advance(Duration::from_secs(30)).await;
        activity.received();
        looks(&mut watch).await;
        tokio::time::advance(Duration::from_secs(9)).await;
        activity.received();
        looks(&mut watch).await;
        about(waits(&mut watch).await, Overdue::Head, Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_takes_long_is_not_idle() {
        let (activity, mut watch) = watch(true);
        let running = activity.begin();
        looks(&mut watch).await;
        tokio::time::advance(IDLE * 3).await;
        looks(&mut watch).await;
        drop(running);
        about(waits(&mut watch).await, Overdue::Idle, IDLE);
    }

    #[tokio::test(start_paused = true)]
    async fn frames_alone_keep_no_http2_connection_open() {
        let (activity, mut watch) = watch(false);
        drop(activity.begin());
        looks(&mut watch).await;
        for _ in 0..5 {
            tokio::time::advance(Duration::from_secs(10)).await;
            activity.received();
            looks(&mut watch).await;
        }
        about(waits(&mut watch).await, Overdue::Idle, Duration::from_secs(10));
    }
}
