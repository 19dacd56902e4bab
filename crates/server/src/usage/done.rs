//! What was done with grants, while it waits to be written: by grant, as there are many of them and each is read by its user.

use super::{BATCH, MOST_WAITING, merge};
use grantd_core::record::UseRecord;
use grantd_protocol::Timestamp;
use grantd_protocol::id::GrantId;
use std::collections::HashMap;
use std::sync::Arc;

/// Realm and permission.
type Place = (Arc<str>, Option<Arc<str>>);

/// The rows of all grants.
#[derive(Default)]
pub(super) struct Done {
    pub(super) of: HashMap<GrantId, HashMap<Place, UseRecord>>,
    /// Rows of all of them.
    pub(super) rows: usize,
    /// Rows that found no place since it was last told.
    pub(super) dropped: u64,
    /// When all of it was last written.
    pub(super) since: Timestamp,
}

impl Done {
    pub(super) fn add(&mut self, grant: GrantId, more: UseRecord) {
        let key = (Arc::clone(&more.realm), more.permission.clone());
        let known = self.of.get_mut(&grant).and_then(|rows| rows.get_mut(&key));
        match known {
            Some(row) => merge(row, &more),
            None if self.rows >= MOST_WAITING => self.dropped = self.dropped.saturating_add(1),
            None => {
                self.of.entry(grant).or_default().insert(key, more);
                self.rows += 1;
            }
        }
    }

    pub(super) fn take_all(&mut self) -> Vec<UseRecord> {
        self.rows = 0;
        let of = std::mem::take(&mut self.of);
        of.into_values().flat_map(HashMap::into_values).collect()
    }

    /// Of the grants that nothing was done with for longest, about so many rows as one change takes.
    pub(super) fn take_oldest(&mut self) -> Vec<UseRecord> {
        let last = |rows: &HashMap<_, UseRecord>| rows.values().map(|row| row.last_used_at).max();
        let mut grants: Vec<_> = self.of.iter().map(|(id, rows)| (last(rows), *id)).collect();
        grants.sort_unstable();
        let mut taken = Vec::new();
        for (_, id) in grants {
            if taken.len() >= BATCH {
                break;
            }
            taken.extend(self.of.remove(&id).into_iter().flat_map(HashMap::into_values));
        }
        self.rows = self.rows.saturating_sub(taken.len());
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Flush, Usage, lock};
    use super::*;
    use grantd_protocol::entropy::counted::Counted;

    const REALM: &str = "main";

    fn at(second: i64) -> Timestamp {
        Timestamp::from_secs(second)
    }

    #[test]
    fn what_is_done_with_many_grants_is_written_early_by_one_change_at_a_time_the_oldest_first() {
        let (usage, entropy) = (Usage::default(), Counted::default());
        let realm: Arc<str> = REALM.into();
        let draw = |second| (GrantId::draw(at(second), &entropy), second);
        let many = i64::try_from(MOST_WAITING).unwrap() + 10;
        for (grant, second) in (0..many).map(|number| draw(100_000 - number)) {
            usage.done(&realm, grant, &["invoices:read".into()], at(second));
        }
        {
            let mut done = lock(&usage.grants);
            done.since = at(100_000);
            assert_eq!((done.rows, done.dropped), (MOST_WAITING, 10));
        }
        let oldest = 100_000 - i64::try_from(MOST_WAITING).unwrap() + 1;
        let early = usage.due(at(100_001), Flush::Due);
        let mut seconds: Vec<i64> = early.iter().map(|row| row.last_used_at.secs()).collect();
        seconds.sort_unstable();
        assert_eq!((early.len(), seconds.first()), (BATCH, Some(&oldest)));
        assert_eq!(seconds.last(), Some(&(oldest + i64::try_from(BATCH).unwrap() - 1)));
        let rest = usage.due(at(100_001), Flush::Everything);
        assert_eq!(rest.len(), MOST_WAITING - BATCH);
        assert_eq!(lock(&usage.grants).rows, 0);
    }
}
