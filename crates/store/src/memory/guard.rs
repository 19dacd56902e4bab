//! Whether a guard holds in the memory store.

use super::state::{State, key};
use grantd_core::change::Guard;
use grantd_protocol::Timestamp;
use std::sync::Arc;

impl State {
    /// Whether `guard` holds; `now` is when the change was drawn.
    pub(super) fn holds(&self, guard: &Guard, now: Timestamp) -> bool {
        match guard {
            Guard::CodeUnspent(id) => self.codes.get(id).is_some_and(|code| code.spent_at.is_none()),
            Guard::FamilyAt { id, generation } => self.families.get(id).is_some_and(|family| {
                family.ended_at.is_none()
                    && family.generation == *generation
                    && self.holds(&Guard::GrantLive(family.delegation.grant), now)
            }),
            Guard::GrantLive(id) => self.grants.get(id).is_some_and(|grant| grant.ended_at.is_none()),
            Guard::GrantAt { id, version } => {
                let grant = self.grants.get(id);
                grant.is_some_and(|grant| grant.ended_at.is_none() && grant.version == *version)
            }
            Guard::NoGrant {
                realm,
                user,
                client_id,
                tenant,
            } => self.grant_for(realm, user, client_id, tenant.as_deref()).is_none(),
            Guard::SessionLive(id) => self.sessions.get(id).is_some_and(|session| session.ended_at.is_none()),
            Guard::LogoutDue {
                session,
                client_id,
                tries,
            } => {
                let row = self.session_clients.get(&(*session, Arc::clone(client_id)));
                row.is_some_and(|row| row.due_at.is_some() && row.tries == *tries)
            }
            Guard::WebhookAt { id, version } => self.webhooks.get(id).is_some_and(|row| row.version == *version),
            Guard::DeliveryAt { key, tries, due_at } => {
                let state = self.deliveries.get(key);
                state.is_some_and(|state| state.tries == *tries && state.due_at == *due_at)
            }
            Guard::AccessLive(id) => self.access.get(id).is_some_and(|token| token.ended_at.is_none()),
            Guard::ApiKeyAt { id, version } => {
                let row = self.api_keys.get(id);
                row.is_some_and(|row| row.ended_at.is_none() && row.version == *version)
            }
            Guard::DeviceAt { id, version } => self.devices.get(id).is_some_and(|row| row.version == *version),
            Guard::UserCodeFree(code) => self.device_with(*code).is_none(),
            Guard::PlacesAt { realm, next } => self.places.get(realm) == next.as_ref(),
            Guard::Unseen(seen) => self.seen.get(seen).is_none_or(|until| *until <= now),
            Guard::IdempotencyFree(key) => self.idempotency.get(key).is_none_or(|row| row.expires_at <= now),
            Guard::AttemptsAt { key, tat } => self.attempts.get(key).map(|(value, _)| *value) == *tat,
            cold => self.holds_cold(cold),
        }
    }

    fn holds_cold(&self, guard: &Guard) -> bool {
        match guard {
            Guard::UserAt { realm, id, version } => {
                let user = self.users.get(&key(realm, id));
                user.is_some_and(|user| user.enabled && user.version == *version)
            }
            Guard::UserRowAt { realm, id, version } => {
                let user = self.users.get(&key(realm, id));
                user.is_some_and(|user| user.version == *version)
            }
            Guard::TenantAt { realm, id, version } => {
                let tenant = self.tenants.get(&key(realm, id));
                tenant.is_some_and(|tenant| tenant.version == *version)
            }
            Guard::TenantFree { realm, id } => !self.tenants.contains_key(&key(realm, id)),
            Guard::LinkFree { realm, key } => !self.links.contains_key(&(Arc::clone(realm), *key)),
            Guard::UsernameFree { realm, key } => self.user_by_key(realm, key).is_none(),
            Guard::ClientAt {
                realm,
                client_id,
                version,
            } => {
                let client = self.clients.get(&(Arc::clone(realm), Arc::clone(client_id)));
                client.is_some_and(|client| client.version == *version)
            }
            Guard::ClientExists { realm, client_id } => self.clients.contains_key(&key(realm, client_id)),
            Guard::ClientUnused { realm, client_id } => {
                let mut tokens = self.access.values();
                let mut grants = self.grants.values();
                !tokens.any(|row| row.realm == *realm && row.client_id == *client_id)
                    && !grants.any(|row| row.ended_at.is_none() && row.realm == *realm && row.client_id == *client_id)
            }
            Guard::ClientIdFree { realm, client_id } => !self.clients.contains_key(&key(realm, client_id)),
            Guard::NoKey { realm, alg, state } => {
                let mut keys = self.keys.values();
                !keys.any(|key| key.realm == *realm && key.alg == *alg && key.state == *state)
            }
            Guard::KeyAt { realm, kid, state } => {
                let signing_key = self.keys.get(&key(realm, kid));
                signing_key.is_some_and(|signing_key| signing_key.state == *state)
            }
            role => self.holds_of_role(role),
        }
    }
}
