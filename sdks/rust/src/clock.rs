//! Where time and chance come from. Everything in this package asks a clock and a source of randomness that it was given,
//! so that tests decide both.

use grantd_protocol::Entropy;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A future on the heap, as the traits of this package give them.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Tells the time and waits.
pub trait Clock: Send + Sync + 'static {
    /// Milliseconds since 1970.
    fn now(&self) -> i64;
    /// Ready after `pause`.
    fn sleep(&self, pause: Duration) -> BoxFuture<'static, ()>;
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> i64 {
        (**self).now()
    }

    fn sleep(&self, pause: Duration) -> BoxFuture<'static, ()> {
        (**self).sleep(pause)
    }
}

/// Whole seconds since 1970, as tokens count them.
pub(crate) fn seconds(clock: &dyn Clock) -> i64 {
    clock.now().div_euclid(1000)
}

/// The system's clock. Waiting needs a runtime of tokio with its timer.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the system's clock"
    )]
    fn now(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }

    fn sleep(&self, pause: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(pause))
    }
}

/// The system's randomness.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SystemEntropy;

impl Entropy for SystemEntropy {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that draws the system's randomness"
    )]
    #[expect(clippy::panic, reason = "a weak secret is worse than a task that ends")]
    fn fill(&self, bytes: &mut [u8]) {
        if aws_lc_rs::rand::fill(bytes).is_err() {
            panic!("the system has no randomness");
        }
    }
}

/// A fresh text of `N` random bytes, base64url.
pub(crate) fn random_text<const N: usize>() -> String {
    grantd_jose::base64url_encode(grantd_protocol::entropy::draw::<N>(&SystemEntropy))
}

/// At least 0 and below 1.
#[cfg(feature = "client")]
pub(crate) fn random_fraction() -> f64 {
    f64::from(u32::from_le_bytes(grantd_protocol::entropy::draw(&SystemEntropy))) / (f64::from(u32::MAX) + 1.0)
}
