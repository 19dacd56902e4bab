//! When a reply is sent: at once where none was sent on its thread just before, and behind the other requests that are being
//! answered where replies follow each other closely. Must not know what is sent.
//!
//! Sending wakes whoever waits for the reply. On the machine of a reverse proxy that is a processor taken from the next
//! request, once for every reply; replies that leave one behind the other wake it once for all of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::Instant;

/// Replies that follow each other within this time on one thread are sent together. Where each takes longer to work out, as
/// one with an RSA signature does, a wake-up costs little beside it, and the first would wait long for the last.
pub(super) const CLOSE: Duration = Duration::from_micros(200);

/// The replies of one thread: how closely they follow each other.
#[derive(Debug)]
pub(super) struct Turns {
    /// Within which time a reply follows another closely.
    close: Duration,
    begun: Instant,
    /// When something was last about to be sent, in nanoseconds since it began.
    last: AtomicU64,
}

impl Turns {
    pub(super) fn new(close: Duration) -> Self {
        Self {
            close,
            begun: Instant::now(),
            last: AtomicU64::new(0),
        }
    }

    fn follows_closely(&self) -> bool {
        let now = u64::try_from(self.begun.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let last = self.last.swap(now, Ordering::Relaxed);
        Duration::from_nanos(now.saturating_sub(last)) < self.close
    }
}

/// One connection's turns to send.
#[derive(Debug)]
pub(super) struct Turn {
    /// Those of its thread; without, everything is sent at once.
    turns: Option<Arc<Turns>>,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    /// Nothing was to be sent since the last look at what the client sends.
    Idle,
    /// Something is, and others go first.
    Waiting,
    /// Everything may be sent until the next look.
    Granted,
}

impl Turn {
    pub(super) const fn new(turns: Option<Arc<Turns>>) -> Self {
        Self {
            turns,
            state: State::Idle,
        }
    }

    /// Ready when the connection may send. Where it is not, the task is woken again at once, so that it comes to the end of
    /// its thread's queue; the next time it is asked it is ready.
    pub(super) fn poll(&mut self, cx: &Context<'_>) -> Poll<()> {
        let follows_closely = self.turns.as_ref().is_some_and(|turns| turns.follows_closely());
        if self.state == State::Idle && follows_closely {
            self.state = State::Waiting;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.state = State::Granted;
        Poll::Ready(())
    }

    /// Whether something waits to be sent.
    pub(super) const fn is_waiting(&self) -> bool {
        matches!(self.state, State::Waiting)
    }

    /// Ends a turn to send: the connection looks at what its client sends. All frames of an HTTP/2 connection that are ready
    /// together leave in one turn so.
    pub(super) fn end(&mut self) {
        if self.state == State::Granted {
            self.state = State::Idle;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;
    use std::task::Waker;

    fn is_sent_at_once(turn: &mut Turn) -> bool {
        turn.poll(&Context::from_waker(Waker::noop())).is_ready()
    }

    #[tokio::test(start_paused = true)]
    async fn a_reply_that_is_alone_is_sent_at_once() {
        let turns = Arc::new(Turns::new(CLOSE));
        let (mut one, mut other) = (Turn::new(Some(Arc::clone(&turns))), Turn::new(Some(turns)));
        for turn in [&mut one, &mut other] {
            tokio::time::advance(CLOSE).await;
            assert!(is_sent_at_once(turn));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_follows_closely_waits_once_and_then_sends_all_it_has() {
        let turns = Arc::new(Turns::new(CLOSE));
        let mut turn = Turn::new(Some(turns));
        for _ in 0..3 {
            assert!(!is_sent_at_once(&mut turn));
            // HTTP connections read before they write.
            turn.end();
            assert!(turn.is_waiting());
            assert!((0..3).all(|_| is_sent_at_once(&mut turn)));
            turn.end();
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_without_a_thread_of_its_own_waits_for_nobody() {
        let mut turn = Turn::new(None);
        assert!((0..3).all(|_| is_sent_at_once(&mut turn)));
    }

    /// Three connections whose requests are there at once: all are answered before the first reply leaves, and those
    /// leave in the order in which they were answered. What becomes ready later waits behind them.
    #[tokio::test(start_paused = true)]
    async fn replies_leave_behind_the_requests_that_came_with_them_and_before_later_ones() {
        let (turns, seen) = (Arc::new(Turns::new(CLOSE)), Arc::new(Mutex::new(Vec::new())));
        let connection = |name: &'static str| {
            let (turns, seen) = (Arc::clone(&turns), Arc::clone(&seen));
            let later = Arc::clone(&seen);
            tokio::spawn(async move {
                seen.lock().unwrap().push(format!("{name} answered"));
                if name == "b" {
                    tokio::spawn(async move { later.lock().unwrap().push("later".to_owned()) });
                }
                let mut turn = Turn::new(Some(turns));
                std::future::poll_fn(|cx| turn.poll(cx)).await;
                seen.lock().unwrap().push(format!("{name} sent"));
            })
        };
        let connections = ["a", "b", "c"].map(connection);
        for connection in connections {
            connection.await.unwrap();
        }
        let seen = seen.lock().unwrap();
        assert_eq!(
            *seen,
            [
                "a answered",
                "b answered",
                "c answered",
                "a sent",
                "later",
                "b sent",
                "c sent"
            ]
        );
    }
}
