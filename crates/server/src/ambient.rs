//! The one place that reads the clock and the system's randomness. Everything else takes an instant, a [`Clock`] or an
//! [`Entropy`] as an argument, so that every decision can be replayed in a test.

mod buffered;

pub use buffered::BufferedEntropy;

use grantd_protocol::{Entropy, Timestamp};
use std::time::{SystemTime, UNIX_EPOCH};

/// A source of the current instant.
pub trait Clock: Send + Sync + 'static {
    /// The current instant. It may step back: callers compare, they never subtract and trust.
    fn now(&self) -> Timestamp;
}

/// The system's wall clock.
#[derive(Clone, Copy, Default, Debug)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "this is the place that reads the clock")]
        let now = SystemTime::now();
        // A clock before 1970 reads as 1970: everything is then issued "in the past" and dies at once, which is safe.
        let millis = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
        Timestamp::from_millis(i64::try_from(millis).unwrap_or(i64::MAX))
    }
}

/// The system's cryptographic generator.
#[derive(Clone, Copy, Default, Debug)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    /// Ends the process if the generator fails: a server that cannot draw secrets must not hand out any.
    fn fill(&self, buffer: &mut [u8]) {
        #[expect(clippy::disallowed_methods, reason = "this is the place that reads randomness")]
        let filled = aws_lc_rs::rand::fill(buffer);
        if filled.is_err() {
            tracing::error!("the system's random generator failed; the process ends");
            std::process::abort();
        }
    }
}

#[cfg(any(test, feature = "testing"))]
pub use manual::ManualClock;

#[cfg(any(test, feature = "testing"))]
mod manual {
    use super::Clock;
    use grantd_protocol::{Seconds, Timestamp};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};

    /// A clock that stands until a test moves it. Clones show the same time.
    #[derive(Clone, Debug)]
    pub struct ManualClock(Arc<AtomicI64>);

    impl ManualClock {
        /// A clock that stands at `now`.
        #[must_use]
        pub fn at(now: Timestamp) -> Self {
            Self(Arc::new(AtomicI64::new(now.millis())))
        }

        /// Moves the clock forward.
        pub fn advance(&self, by: Seconds) {
            self.set(self.now().plus(by));
        }

        /// Moves the clock anywhere, back as well.
        pub fn set(&self, now: Timestamp) {
            self.0.store(now.millis(), Ordering::SeqCst);
        }
    }

    impl Clock for ManualClock {
        fn now(&self) -> Timestamp {
            Timestamp::from_millis(self.0.load(Ordering::SeqCst))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use grantd_protocol::Seconds;

    #[test]
    fn the_system_clock_counts_milliseconds_since_1970() {
        // 2020-01-01 and 2200-01-01: a wrong unit is off by a factor of a thousand.
        let now = SystemClock.now().secs();
        assert!((1_577_836_800..7_258_118_400).contains(&now), "{now}");
    }

    #[test]
    fn the_system_generator_fills_the_whole_buffer_and_never_repeats() {
        let mut first = [0_u8; 64];
        let mut second = [0_u8; 64];
        SystemEntropy.fill(&mut first);
        SystemEntropy.fill(&mut second);
        assert_ne!(first, second);
        assert!(first.chunks(16).all(|chunk| chunk.iter().any(|byte| *byte != 0)));
    }

    #[test]
    fn a_manual_clock_moves_for_all_its_clones() {
        let clock = ManualClock::at(Timestamp::from_secs(100));
        let other = clock.clone();
        clock.advance(Seconds(5));
        assert_eq!(other.now(), Timestamp::from_secs(105));
    }
}
