//! How often something may be tried: the generic cell rate algorithm (GCRA). One instant per counter says
//! everything, so the check and the count are one guarded write, and parallel attempts cannot share one slot.

use crate::change::{Change, CounterKey, Guard, Write};
use grantd_protocol::id::ChangeId;
use grantd_protocol::{Seconds, Timestamp};

/// A limit: `burst` attempts at once, then one more every `period / burst`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limit {
    /// Attempts that may come at once.
    pub burst: u32,
    /// How long it takes to earn all of them back.
    pub period: Seconds,
}

/// What comes of one attempt.
#[derive(Debug)]
pub enum Attempt {
    /// It may be made once this change is committed; on a conflict another attempt took the slot: load and decide again.
    Allowed(Box<Change>),
    /// It may not.
    Refused {
        /// When the next one may be made, in whole seconds from now, at least 1.
        retry_after: Seconds,
    },
}

/// The instant that the counter moves to when an attempt is made now, or how long to wait.
///
/// `tat` is the theoretical arrival time of the last attempt: `None` where there was none.
///
/// # Errors
/// The seconds to wait when the limit is used up.
pub fn next(limit: Limit, tat: Option<Timestamp>, now: Timestamp) -> Result<Timestamp, Seconds> {
    let period = i64::from(limit.period.get()) * 1000;
    let interval = (period / i64::from(limit.burst.max(1))).max(1);
    let base = tat.map_or(now.millis(), |tat| tat.millis().max(now.millis()));
    let next = base.saturating_add(interval);
    let wait = next.saturating_sub(now.millis()).saturating_sub(period.max(interval));
    if wait > 0 {
        return Err(Seconds(u32::try_from((wait + 999) / 1000).unwrap_or(u32::MAX)));
    }
    Ok(Timestamp::from_millis(next))
}

/// Decides one durable attempt.
#[must_use]
pub fn attempt(limit: Limit, key: CounterKey, tat: Option<Timestamp>, now: Timestamp, change: ChangeId) -> Attempt {
    match next(limit, tat, now) {
        Err(retry_after) => Attempt::Refused { retry_after },
        Ok(next) => Attempt::Allowed(Box::new(Change {
            id: change,
            guards: vec![Guard::AttemptsAt { key, tat }],
            writes: vec![Write::SetAttempts {
                key,
                tat: next,
                expires_at: next,
            }],
        })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LIMIT: Limit = Limit {
        burst: 5,
        period: Seconds(50),
    };

    fn run(times: impl IntoIterator<Item = i64>) -> Vec<bool> {
        let mut tat = None;
        times
            .into_iter()
            .map(|second| match next(LIMIT, tat, Timestamp::from_secs(second)) {
                Ok(new) => {
                    tat = Some(new);
                    true
                }
                Err(_) => false,
            })
            .collect()
    }

    #[test]
    fn a_burst_passes_and_the_next_attempt_waits_for_its_slot() {
        assert_eq!(
            run([0, 0, 0, 0, 0, 0, 9, 10, 10]),
            [true, true, true, true, true, false, false, true, false]
        );
    }

    #[test]
    fn the_wait_that_is_told_is_long_enough() {
        let mut tat = None;
        for _ in 0..5 {
            tat = next(LIMIT, tat, Timestamp::from_secs(0)).ok();
        }
        let wait = next(LIMIT, tat, Timestamp::from_millis(1)).unwrap_err();
        assert!(next(LIMIT, tat, Timestamp::from_millis(1).plus(wait)).is_ok());
    }

    proptest! {
        #[test]
        fn never_more_than_burst_and_a_slot_per_interval(mut times in prop::collection::vec(0_i64..200, 1..120)) {
            times.sort_unstable();
            let passed = run(times.iter().copied()).into_iter().filter(|passed| *passed).count();
            let span = times.last().unwrap() - times.first().unwrap();
            prop_assert!(passed as i64 <= 5 + span / 10);
        }
    }
}
