//! How many requests were refused in each hour, by where and why, whoever sent them: added up in memory, where a flood is
//! one number, and written as a few rows. Names come from the program alone, so that nobody can make a new one.

use crate::ambient::Clock;
use crate::batches::Batches;
use grantd_core::change::Write;
use grantd_core::record::RefusalCount;
use grantd_protocol::{Entropy, Timestamp};
use grantd_store::{CommitError, Store};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// An hour, in seconds.
pub(crate) const HOUR: i64 = 3_600;
/// Numbers that wait at the same time, at most: what would need another one, while a store is down for days, is not counted.
const MOST_WAITING: usize = 20_000;
/// Rows of one change.
const BATCH: usize = 500;

/// Realm, hour since 1970, endpoint and error.
type Place = (Arc<str>, i64, &'static str, &'static str);

/// The numbers that wait to be written.
#[derive(Default)]
pub(crate) struct Hours {
    waiting: Mutex<HashMap<Place, u64>>,
}

impl Hours {
    /// One more.
    pub(super) fn count(&self, realm: &Arc<str>, endpoint: &'static str, error: &'static str, now: Timestamp) {
        self.add((Arc::clone(realm), now.secs().div_euclid(HOUR), endpoint, error), 1);
    }

    /// Writes everything that waits. What cannot be written waits on. To be called by one at a time.
    pub(super) async fn flush<S: Store>(
        &self,
        store: &S,
        clock: &dyn Clock,
        entropy: &dyn Entropy,
    ) -> Result<(), CommitError> {
        let places: Vec<(Place, u64)> = self.waiting().drain().collect();
        let batches = Batches {
            store,
            clock,
            entropy,
            size: BATCH,
        };
        let rows = |places: Vec<(Place, u64)>| Write::CountRefused(places.into_iter().map(row).collect());
        batches.write(places, rows).await.map_err(|(fault, left)| {
            left.into_iter().for_each(|(place, count)| self.add(place, count));
            fault
        })
    }

    fn add(&self, place: Place, more: u64) {
        let mut waiting = self.waiting();
        if waiting.len() < MOST_WAITING || waiting.contains_key(&place) {
            let count = waiting.entry(place).or_default();
            *count = count.saturating_add(more);
        }
    }

    /// A panic elsewhere while the lock was held cannot have left half a number.
    fn waiting(&self) -> MutexGuard<'_, HashMap<Place, u64>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn row(((realm, hour, endpoint, error), count): (Place, u64)) -> RefusalCount {
    RefusalCount {
        realm,
        hour: Timestamp::from_secs(hour * HOUR),
        endpoint: endpoint.into(),
        error: error.into(),
        count,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::SystemClock;
    use grantd_protocol::entropy::counted::Counted;
    use grantd_store::memory::MemoryStore;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_secs(second)
    }

    #[tokio::test]
    async fn refusals_are_added_up_by_hour_place_and_reason_and_written_once() {
        let (hours, store, entropy) = (Hours::default(), MemoryStore::new(), Counted::default());
        let main: Arc<str> = "main".into();
        for second in [0, 1, HOUR - 1, HOUR] {
            hours.count(&main, "token", "invalid_client", at(second));
        }
        hours.count(&main, "gate", "invalid_token", at(5));
        hours.count(&"other".into(), "token", "invalid_client", at(5));
        for _ in 0..2 {
            hours.flush(&store, &SystemClock, &entropy).await.unwrap();
            let rows = store.refusals("main", at(0)).await.unwrap();
            let rows: Vec<_> = rows
                .iter()
                .map(|row| (row.hour.secs(), &*row.endpoint, &*row.error, row.count))
                .collect();
            let expected = [
                (0, "gate", "invalid_token", 1),
                (0, "token", "invalid_client", 3),
                (HOUR, "token", "invalid_client", 1),
            ];
            assert_eq!(rows, expected);
        }
    }

    #[test]
    fn no_more_numbers_wait_than_there_is_place_for() {
        let hours = Hours::default();
        let main: Arc<str> = "main".into();
        for hour in 0..i64::try_from(MOST_WAITING).unwrap() + 10 {
            hours.count(&main, "token", "invalid_client", at(hour * HOUR));
        }
        assert_eq!(hours.waiting().len(), MOST_WAITING);
        // What waits already is counted all the same.
        hours.count(&main, "token", "invalid_client", at(0));
        assert_eq!(hours.waiting().get(&(main, 0, "token", "invalid_client")), Some(&2));
    }
}
