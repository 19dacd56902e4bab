//! The refused requests that the memory store keeps: a ring for each application, and how many there were in each hour.

use super::state::{State, key};
use grantd_core::record::refused::KEPT;
use grantd_core::record::{RefusalCount, RefusedRecord};
use grantd_protocol::Timestamp;
use grantd_protocol::id::RefusedId;
use std::collections::BTreeSet;
use std::sync::Arc;

impl State {
    pub(super) fn note_refused(&mut self, rows: Vec<RefusedRecord>) {
        let mut clients = BTreeSet::new();
        for row in rows {
            if self.clients.contains_key(&key(&row.realm, &row.client_id)) {
                clients.insert((Arc::clone(&row.realm), Arc::clone(&row.client_id)));
                self.refused.entry(row.id).or_insert(row);
            }
        }
        for (realm, client_id) in clients {
            let own = self.refused_of(&realm, &client_id).map(|row| row.id);
            let too_many: Vec<_> = own.skip(KEPT as usize).collect();
            for id in too_many {
                self.refused.remove(&id);
            }
        }
    }

    pub(super) fn count_refused(&mut self, more: &RefusalCount) {
        let of = |row: &RefusalCount| {
            (
                Arc::clone(&row.realm),
                row.hour,
                Arc::clone(&row.endpoint),
                Arc::clone(&row.error),
            )
        };
        let row = self.refusals.entry(of(more)).or_insert_with(|| RefusalCount {
            count: 0,
            ..more.clone()
        });
        row.count = row.count.saturating_add(more.count);
    }

    pub(super) fn refusals_since(&self, realm: &str, since: Timestamp) -> Vec<RefusalCount> {
        let rows = self.refusals.values();
        rows.filter(|row| *row.realm == *realm && row.hour >= since)
            .cloned()
            .collect()
    }

    /// The newest first, behind the one that a list ended with.
    pub(super) fn refused_before<'s>(
        &'s self,
        realm: &'s str,
        client_id: &'s str,
        before: Option<RefusedId>,
    ) -> impl Iterator<Item = &'s RefusedRecord> {
        let rows = self.refused_of(realm, client_id);
        rows.filter(move |row| before.is_none_or(|before| row.id < before))
    }

    /// The newest first.
    fn refused_of<'s>(&'s self, realm: &'s str, client_id: &'s str) -> impl Iterator<Item = &'s RefusedRecord> {
        let rows = self.refused.values().rev();
        rows.filter(move |row| *row.realm == *realm && *row.client_id == *client_id)
    }
}
