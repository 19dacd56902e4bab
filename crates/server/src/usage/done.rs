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
