//! What nobody needs any more goes, as the background job asks for it.

use super::state::State;
use grantd_core::change::PurgeKind;
use grantd_core::record::{CodeRecord, Holder};
use grantd_protocol::Timestamp;
use std::collections::BTreeMap;

impl State {
    pub(super) fn purge(&mut self, kind: PurgeKind, before: Timestamp, limit: u32) -> u64 {
        match kind {
            PurgeKind::Access => drop_rows(&mut self.access, limit, |row| row.expires_at < before),
            PurgeKind::Code => self.purge_codes(before, limit),
            PurgeKind::Family => drop_rows(&mut self.families, limit, |row| row.idle_expires_at < before),
            PurgeKind::Device => drop_rows(&mut self.devices, limit, |row| row.expires_at < before),
            PurgeKind::Session => drop_rows(&mut self.sessions, limit, |row| row.expires_at < before),
            PurgeKind::SessionClient => drop_rows(&mut self.session_clients, limit, |row| {
                row.due_at.is_none() && row.expires_at < before
            }),
            PurgeKind::Delivery => self.purge_deliveries(before, limit),
            PurgeKind::Grant => {
                let removed = drop_rows(&mut self.grants, limit, |row| {
                    row.ended_at.is_some_and(|end| end < before) || row.expires_at.is_some_and(|end| end < before)
                });
                let grants = &self.grants;
                self.uses.retain(|(_, by, _), _| match by {
                    Holder::Grant(id) => grants.contains_key(id),
                    _ => true,
                });
                removed
            }
            PurgeKind::Refused => drop_rows(&mut self.refused, limit, |row| row.at < before),
            PurgeKind::RefusalCount => drop_rows(&mut self.refusals, limit, |row| row.hour < before),
            PurgeKind::Seen => drop_rows(&mut self.seen, limit, |until| *until < before),
            PurgeKind::Idempotency => drop_rows(&mut self.idempotency, limit, |row| row.expires_at < before),
            PurgeKind::Attempts => drop_rows(&mut self.attempts, limit, |(_, until)| *until < before),
            PurgeKind::ApiKey => {
                let removed = drop_rows(&mut self.api_keys, limit, |row| {
                    row.ended_at.is_some_and(|end| end < before) || row.expires_at.is_some_and(|end| end < before)
                });
                let keys = &self.api_keys;
                self.uses.retain(|(_, by, _), _| match by {
                    Holder::ApiKey(id) => keys.contains_key(id),
                    _ => true,
                });
                removed
            }
            PurgeKind::Applied => {
                let old = self.notes.iter().take_while(|(_, at)| *at < before).count();
                let old = old.min(usize::try_from(limit).unwrap_or(usize::MAX));
                self.notes.drain(..old).count() as u64
            }
        }
    }

    fn purge_codes(&mut self, before: Timestamp, limit: u32) -> u64 {
        let families = &self.families;
        let live_until = |row: &CodeRecord| {
            let family = families.get(&row.family)?;
            (family.ended_at.is_none() && family.idle_expires_at >= before).then_some(family.idle_expires_at)
        };
        let mut postponed = 0;
        for row in self
            .codes
            .values_mut()
            .filter(|row| row.keep_until < before)
            .take(limit as usize)
        {
            if let Some(end) = live_until(row) {
                row.keep_until = end;
                postponed += 1;
            }
        }
        postponed + drop_rows(&mut self.codes, limit, |row| row.keep_until < before)
    }
}

fn drop_rows<K: Ord + Clone, V>(rows: &mut BTreeMap<K, V>, limit: u32, gone: impl Fn(&V) -> bool) -> u64 {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let ids: Vec<K> = rows
        .iter()
        .filter(|(_, row)| gone(row))
        .map(|(id, _)| id.clone())
        .take(limit)
        .collect();
    for id in &ids {
        rows.remove(id);
    }
    ids.len() as u64
}
