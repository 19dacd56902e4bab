//! Limits that need no durability: how often an address or a client may be wrong. One instant per counter, in a
//! bounded cache; attempts in parallel cannot share a slot, since the instant moves by compare-and-swap.

use crate::config::Rate;
use grantd_core::attempts::{Limit, next};
use grantd_protocol::{Seconds, Timestamp};
use quick_cache::sync::Cache;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Counters that are remembered at the same time, at most: an attacker with more addresses than this pushes out
/// counters, his own among them.
const COUNTERS: usize = 100_000;

/// A counter's name: what is limited, and whom.
pub type Key = (&'static str, String);

/// A set of counters under one limit each.
#[derive(Debug)]
pub struct RateLimiter {
    counters: Cache<Key, Arc<AtomicI64>>,
}

impl Default for RateLimiter {
    fn default() -> Self {
        Self {
            counters: Cache::new(COUNTERS),
        }
    }
}

impl RateLimiter {
    /// Whether the counter would still let an attempt through, without counting one.
    ///
    /// # Errors
    /// How long to wait.
    pub fn check(&self, limit: Limit, key: &Key, now: Timestamp) -> Result<(), Seconds> {
        match self.counters.get(key) {
            None => Ok(()),
            Some(counter) => next(limit, stored(&counter), now).map(|_| ()),
        }
    }

    /// Counts one attempt.
    ///
    /// # Errors
    /// How long to wait; nothing is counted then.
    pub fn count(&self, limit: Limit, key: Key, now: Timestamp) -> Result<(), Seconds> {
        let counter = self.counters.get_or_insert_with(&key, || {
            Ok::<_, std::convert::Infallible>(Arc::new(AtomicI64::new(i64::MIN)))
        });
        let Ok(counter) = counter;
        loop {
            let seen = counter.load(Ordering::Acquire);
            let tat = (seen != i64::MIN).then(|| Timestamp::from_millis(seen));
            let moved = next(limit, tat, now)?;
            if counter
                .compare_exchange(seen, moved.millis(), Ordering::AcqRel, Ordering::Acquire)
                .is_ok()
            {
                return Ok(());
            }
        }
    }
}

fn stored(counter: &AtomicI64) -> Option<Timestamp> {
    let seen = counter.load(Ordering::Acquire);
    (seen != i64::MIN).then(|| Timestamp::from_millis(seen))
}

/// A configured rate in the form that the decision takes: so many at once, all of them earned back in a period.
#[must_use]
pub fn limit(rate: Rate) -> Limit {
    let period = rate.interval.saturating_mul(rate.burst).as_millis().div_ceil(1000);
    Limit {
        burst: rate.burst,
        period: Seconds(u32::try_from(period).unwrap_or(u32::MAX).max(1)),
    }
}

/// Whom an address stands for: an IPv4 address itself, an IPv6 address its /64, since whoever has one of those has
/// all of them.
#[must_use]
pub fn address_key(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Limit = Limit {
        burst: 3,
        period: Seconds(30),
    };

    #[test]
    fn an_ipv6_host_cannot_rotate_through_its_own_network() {
        assert_eq!(
            address_key("2001:db8::1".parse().unwrap()),
            address_key("2001:db8::ffff:2".parse().unwrap())
        );
        assert_ne!(
            address_key("2001:db8::1".parse().unwrap()),
            address_key("2001:db8:0:1::1".parse().unwrap())
        );
        assert_eq!(address_key("::ffff:192.0.2.1".parse().unwrap()), "192.0.2.1");
    }

    #[test]
    fn parallel_attempts_never_pass_more_than_the_burst() {
        let limiter = RateLimiter::default();
        let passed: usize = std::thread::scope(|scope| {
            let racers: Vec<_> = (0..32)
                .map(|_| {
                    scope.spawn(|| {
                        usize::from(
                            limiter
                                .count(LIMIT, ("login", "x".into()), Timestamp::from_secs(1))
                                .is_ok(),
                        )
                    })
                })
                .collect();
            racers.into_iter().map(|racer| racer.join().unwrap()).sum()
        });
        assert_eq!(passed, 3);
    }

    #[test]
    fn looking_does_not_count() {
        let limiter = RateLimiter::default();
        let key = ("login", "x".to_owned());
        for _ in 0..10 {
            assert!(limiter.check(LIMIT, &key, Timestamp::from_secs(1)).is_ok());
        }
        for _ in 0..3 {
            limiter.count(LIMIT, key.clone(), Timestamp::from_secs(1)).unwrap();
        }
        assert!(limiter.check(LIMIT, &key, Timestamp::from_secs(1)).is_err());
    }
}
