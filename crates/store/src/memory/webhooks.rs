//! What the memory store keeps of webhooks and of what they are still to be told.

use super::state::State;
use crate::Page;
use grantd_core::change::Write;
use grantd_core::record::{AuditRecord, DeliveryFate, DeliveryKey, DeliveryRecord, DeliveryState, WebhookRecord};
use grantd_protocol::Timestamp;
use grantd_protocol::id::{AuditId, WebhookId, floor_id};
use std::collections::HashMap;

impl State {
    pub(super) fn apply_webhook(&mut self, write: Write) {
        match write {
            Write::PutWebhook(row) => {
                self.webhooks.insert(row.id, *row);
            }
            Write::DeleteWebhook(id) => {
                self.webhooks.remove(&id);
                self.deliveries.retain(|(webhook, _), _| *webhook != id);
            }
            Write::MoveDelivery { key, to } => {
                if let Some(state) = self.deliveries.get_mut(&key) {
                    *state = to;
                }
            }
            // The others were applied by the callers.
            _ => {}
        }
    }

    /// Makes a line of the audit log due for everybody who wants to hear of its action.
    pub(super) fn make_deliveries(&mut self, line: &AuditRecord) {
        let due = DeliveryState {
            due_at: Some(line.at),
            ..DeliveryState::default()
        };
        let hearing = self.webhooks.values();
        let hearing = hearing.filter(|row| row.realm == line.realm && row.hears(&line.action));
        self.deliveries.extend(hearing.map(|row| ((row.id, line.id), due)));
    }

    pub(super) fn webhooks(&self, realm: &str) -> Vec<WebhookRecord> {
        let rows = self.webhooks.values().filter(|row| *row.realm == *realm);
        rows.cloned().collect()
    }

    pub(super) fn webhook(&self, id: WebhookId) -> Option<WebhookRecord> {
        self.webhooks.get(&id).cloned()
    }

    pub(super) fn deliveries(
        &self,
        webhook: WebhookId,
        fate: Option<DeliveryFate>,
        before: Option<AuditId>,
        limit: u32,
    ) -> Page<DeliveryRecord> {
        let rows = self.deliveries.iter().rev();
        let rows = rows.filter(|((to, event), _)| *to == webhook && before.is_none_or(|before| *event < before));
        let rows = rows.filter(|(_, state)| fate.is_none_or(|fate| state.fate() == fate));
        let rows = rows.filter_map(|((webhook, event), state)| self.delivery(*webhook, *event, *state));
        Page::cut(rows.take(limit as usize + 1).collect(), limit as usize)
    }

    pub(super) fn deliveries_due(&self, now: Timestamp, limit: u32, of_one: u32) -> Vec<DeliveryRecord> {
        let due = self.deliveries.iter();
        let mut due: Vec<_> = due
            .filter(|(_, state)| state.due_at.is_some_and(|at| at <= now))
            .collect();
        due.sort_by_key(|(_, state)| (state.tries, state.due_at));
        let mut of_each: HashMap<WebhookId, u32> = HashMap::new();
        let placed = due.into_iter().map(|row @ ((webhook, _), _)| {
            let place = of_each.entry(*webhook).or_default();
            *place += 1;
            (*place, row)
        });
        let mut due: Vec<_> = placed.filter(|(place, _)| *place <= of_one).collect();
        due.sort_by_key(|(place, _)| *place);
        let due = due.into_iter().take(limit as usize);
        due.filter_map(|(_, ((webhook, event), state))| self.delivery(*webhook, *event, *state))
            .collect()
    }

    /// By the time of what they tell, which stands in its id.
    pub(super) fn purge_deliveries(&mut self, before: Timestamp, limit: u32) -> u64 {
        let before = AuditId::from_bytes(floor_id(before));
        let over = self.deliveries.iter();
        let over = over.filter(|((_, event), state)| state.due_at.is_none() && *event < before);
        let mut over: Vec<DeliveryKey> = over.map(|(key, _)| *key).collect();
        over.sort_by_key(|(_, event)| *event);
        over.truncate(limit as usize);
        self.deliveries.retain(|key, _| !over.contains(key));
        over.len() as u64
    }

    fn delivery(&self, webhook: WebhookId, event: AuditId, state: DeliveryState) -> Option<DeliveryRecord> {
        let event = self.audit.get(&event)?.clone();
        Some(DeliveryRecord { webhook, event, state })
    }
}
