//! The store without a database, for tests of everything above it and as the reference that the shared suite holds
//! the databases against. It must not know a rule: what a guard or a write means is all that is here. Nothing
//! outlives the process, and a change of several writes copies the state, so it is not for load.

mod admin;
mod apply;
mod guard;
mod lists;
mod purge;
mod refused;
mod roles;
mod session_clients;
mod state;
mod tenant_apps;
mod webhooks;

use crate::sort::{ClientColumn, Sorted, UserColumn};
use crate::{AccessFilter, ApiKeyFilter, CacheNote, CommitError, GrantFilter, Page, Read, Store, TenantAppFilter};
use grantd_core::change::{Change, CounterKey};
use grantd_core::record::{
    AccessFacts, AccessRecord, ApiKeyFacts, AuditRecord, ClientRecord, CodeFacts, DeliveryFate, DeliveryRecord,
    DeviceRecord, FamilyFacts, GrantRecord, Holder, IdempotencyRecord, KeptStatus, KeyRecord, MembershipRecord,
    RefusalCount, RefusedRecord, RoleHolders, RoleRecord, SessionClient, SessionFacts, SessionRecord, TenantAppRecord,
    TenantRecord, UpstreamLink, UseRecord, UserCodeKey, UserRecord, WebhookRecord,
};
use grantd_protocol::Timestamp;
use grantd_protocol::id::{
    AccessId, ApiKeyId, AuditId, CodeId, DeviceId, FamilyId, GrantId, RefusedId, SessionId, WebhookId,
};
use lists::is_owned_by;
use state::{State, key};
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A store in memory.
#[derive(Default)]
pub struct MemoryStore {
    state: Mutex<State>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A panic elsewhere while the lock was held cannot have left half a change: changes of several writes are
    /// applied to a copy.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    async fn client(&self, realm: &str, client_id: &str) -> Read<Option<ClientRecord>> {
        Ok(self.state().clients.get(&key(realm, client_id)).cloned())
    }

    async fn clients(&self, realm: &str, after: Option<&str>, limit: u32) -> Read<Page<ClientRecord>> {
        Ok(page(self.state().clients_after(realm, after).cloned(), limit))
    }

    async fn clients_of(&self, realm: &str, owner: &str, after: Option<&str>, limit: u32) -> Read<Page<ClientRecord>> {
        let state = self.state();
        let own = state.clients_after(realm, after).filter(|row| is_owned_by(row, owner));
        Ok(page(own.cloned(), limit))
    }

    async fn clients_sorted(&self, asked: &Sorted<ClientColumn>) -> Read<Page<ClientRecord>> {
        Ok(self.state().clients_sorted(asked))
    }

    async fn refused(
        &self,
        realm: &str,
        client_id: &str,
        before: Option<RefusedId>,
        limit: u32,
    ) -> Read<Page<RefusedRecord>> {
        let state = self.state();
        Ok(page(state.refused_before(realm, client_id, before).cloned(), limit))
    }

    async fn refusals(&self, realm: &str, since: Timestamp) -> Read<Vec<RefusalCount>> {
        Ok(self.state().refusals_since(realm, since))
    }

    async fn code(&self, id: CodeId) -> Read<Option<CodeFacts>> {
        let state = self.state();
        Ok(state.codes.get(&id).map(|code| CodeFacts {
            code: code.clone(),
            grant: state.grants.get(&code.delegation.grant).cloned(),
            session: state.session_of(&code.delegation),
            user: state.user_of(&code.delegation),
        }))
    }

    async fn device(&self, id: DeviceId) -> Read<Option<DeviceRecord>> {
        Ok(self.state().devices.get(&id).cloned())
    }

    async fn device_by_code(&self, code: UserCodeKey) -> Read<Option<DeviceRecord>> {
        Ok(self.state().device_with(code).cloned())
    }

    async fn family(&self, id: FamilyId) -> Read<Option<FamilyFacts>> {
        let state = self.state();
        Ok(state.families.get(&id).map(|family| {
            let mut family = family.clone();
            family.ended_at = state.family_end(&family);
            FamilyFacts {
                grant: state.grants.get(&family.delegation.grant).cloned(),
                session: state.session_of(&family.delegation),
                user: state.user_of(&family.delegation),
                family,
            }
        }))
    }

    async fn access(&self, id: AccessId) -> Read<Option<AccessFacts>> {
        let state = self.state();
        Ok(state.access.get(&id).map(|token| state.facts_of(token)))
    }

    async fn placed(&self, after: AccessId, limit: u32) -> Read<Vec<AccessFacts>> {
        let state = self.state();
        let rows = state.access.range((Bound::Excluded(after), Bound::Unbounded));
        let rows = rows.map(|(_, row)| row).filter(|row| row.status.is_some());
        Ok(rows.take(limit as usize).map(|row| state.facts_of(row)).collect())
    }

    async fn places(&self, realm: &str) -> Read<Option<u64>> {
        Ok(self.state().places.get(realm).copied())
    }

    async fn kept_status(&self) -> Read<Option<KeptStatus>> {
        Ok(self.state().kept_status.clone())
    }

    async fn access_list(
        &self,
        realm: &str,
        filter: &AccessFilter,
        before: Option<AccessId>,
        limit: u32,
    ) -> Read<Page<AccessRecord>> {
        let state = self.state();
        Ok(page(state.access_before(realm, filter, before).cloned(), limit))
    }

    async fn api_key(&self, id: ApiKeyId) -> Read<Option<ApiKeyFacts>> {
        let state = self.state();
        Ok(state.api_keys.get(&id).map(|row| state.key_facts_of(row)))
    }

    async fn api_keys(
        &self,
        realm: &str,
        filter: &ApiKeyFilter,
        before: Option<ApiKeyId>,
        limit: u32,
    ) -> Read<Page<ApiKeyFacts>> {
        let state = self.state();
        Ok(page(state.api_keys_before(realm, filter, before), limit))
    }

    async fn uses(&self, realm: &str, holder: &Holder) -> Read<Vec<UseRecord>> {
        Ok(self.state().uses_of(realm, holder))
    }

    async fn findings(&self, realm: &str, after: Option<(&str, &str)>, limit: u32) -> Read<Page<UseRecord>> {
        Ok(page(self.state().findings_after(realm, after).cloned(), limit))
    }

    async fn session(&self, id: SessionId) -> Read<Option<SessionFacts>> {
        let state = self.state();
        Ok(state.sessions.get(&id).map(|session| SessionFacts {
            session: session.clone(),
            user: state.users.get(&key(&session.realm, &session.user)).cloned(),
        }))
    }

    async fn user(&self, realm: &str, id: &str) -> Read<Option<UserRecord>> {
        Ok(self.state().users.get(&key(realm, id)).cloned())
    }

    async fn user_by_key(&self, realm: &str, username_key: &str) -> Read<Option<UserRecord>> {
        Ok(self.state().user_by_key(realm, username_key).cloned())
    }

    async fn linked_user(&self, realm: &str, key: [u8; 32]) -> Read<Option<Arc<str>>> {
        Ok(self
            .state()
            .links
            .get(&(realm.into(), key))
            .map(|row| Arc::clone(&row.user)))
    }

    async fn links_of(&self, realm: &str, user: &str) -> Read<Vec<UpstreamLink>> {
        Ok(self.state().links_of(realm, user))
    }

    async fn users(&self, realm: &str, after: Option<&str>, limit: u32) -> Read<Page<UserRecord>> {
        Ok(page(self.state().users_after(realm, after).cloned(), limit))
    }

    async fn users_sorted(&self, asked: &Sorted<UserColumn>) -> Read<Page<UserRecord>> {
        Ok(self.state().users_sorted(asked))
    }

    async fn grant(&self, realm: &str, user: &str, client_id: &str, tenant: Option<&str>) -> Read<Option<GrantRecord>> {
        Ok(self.state().grant_for(realm, user, client_id, tenant).cloned())
    }

    async fn grants_of(&self, realm: &str, user: &str) -> Read<Vec<GrantRecord>> {
        let state = self.state();
        let rows = state.grants.values();
        let rows = rows.filter(|row| &*row.realm == realm && &*row.user == user && row.ended_at.is_none());
        Ok(rows.cloned().collect())
    }

    async fn grants_to(&self, realm: &str, user: &str, client_id: &str) -> Read<Vec<GrantRecord>> {
        let mut grants = self.grants_of(realm, user).await?;
        grants.retain(|row| &*row.client_id == client_id);
        Ok(grants)
    }

    async fn tenant(&self, realm: &str, id: &str) -> Read<Option<TenantRecord>> {
        Ok(self.state().tenants.get(&key(realm, id)).cloned())
    }

    async fn memberships(&self, realm: &str, user: &str) -> Read<Vec<MembershipRecord>> {
        Ok(self.state().memberships_of(realm, user))
    }

    async fn keys(&self, realm: &str) -> Read<Vec<KeyRecord>> {
        let state = self.state();
        let rows = state.keys.values().filter(|row| &*row.realm == realm);
        let mut rows: Vec<_> = rows.cloned().collect();
        rows.sort_by(|left, right| (left.created_at, &left.kid).cmp(&(right.created_at, &right.kid)));
        Ok(rows)
    }

    async fn attempts(&self, counter: CounterKey) -> Read<Option<Timestamp>> {
        Ok(self.state().attempts.get(&counter).map(|(tat, _)| *tat))
    }

    async fn audit(&self, realm: &str, before: Option<AuditId>, limit: u32) -> Read<Page<AuditRecord>> {
        Ok(self.state().audit_before(realm, before, limit))
    }

    async fn audit_from(&self, realm: &str, after: Option<AuditId>, limit: u32) -> Read<Page<AuditRecord>> {
        Ok(self.state().audit_from(realm, after, limit))
    }

    async fn tenants(&self, realm: &str, after: Option<&str>, limit: u32) -> Read<Page<TenantRecord>> {
        let state = self.state();
        Ok(page(state.tenants_after(realm, after.unwrap_or_default()), limit))
    }

    async fn members(
        &self,
        realm: &str,
        tenant: &str,
        role: Option<&str>,
        after: Option<&str>,
        limit: u32,
    ) -> Read<Page<MembershipRecord>> {
        let members = self
            .state()
            .members_after(realm, tenant, role, after.unwrap_or_default());
        Ok(page(members.into_iter(), limit))
    }

    async fn service_accounts(
        &self,
        realm: &str,
        tenant: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Read<Page<ClientRecord>> {
        let state = self.state();
        let accounts = state.service_accounts_after(realm, tenant, after.unwrap_or_default());
        Ok(page(accounts, limit))
    }

    async fn grant_by_id(&self, id: GrantId) -> Read<Option<GrantRecord>> {
        Ok(self.state().grants.get(&id).cloned())
    }

    async fn grants(
        &self,
        realm: &str,
        filter: &GrantFilter,
        after: Option<GrantId>,
        limit: u32,
    ) -> Read<Page<GrantRecord>> {
        let state = self.state();
        Ok(page(state.grants_behind(realm, filter, after).into_iter(), limit))
    }

    async fn sessions_of(
        &self,
        realm: &str,
        user: &str,
        before: Option<SessionId>,
        limit: u32,
    ) -> Read<Page<SessionRecord>> {
        let state = self.state();
        let rows = state.sessions_newest_first(realm, user);
        let rows = rows.filter(|row| before.is_none_or(|before| row.id < before));
        Ok(page(rows.cloned(), limit))
    }

    async fn session_clients(&self, session: SessionId) -> Read<Vec<SessionClient>> {
        Ok(self.state().session_clients_of(session))
    }

    async fn logouts_due(&self, now: Timestamp, limit: u32, of_one_client: u32) -> Read<Vec<SessionClient>> {
        Ok(self.state().logouts_due(now, limit, of_one_client))
    }

    async fn tenant_apps(
        &self,
        realm: &str,
        filter: &TenantAppFilter,
        after: Option<(&str, &str)>,
        limit: u32,
    ) -> Read<Page<TenantAppRecord>> {
        Ok(self.state().tenant_apps(realm, filter, after, limit))
    }

    async fn apps_of(&self, realm: &str, user: &str, client_id: &str) -> Read<Vec<TenantAppRecord>> {
        Ok(self.state().apps_of(realm, user, client_id))
    }

    async fn roles(&self, realm: &str) -> Read<Vec<RoleRecord>> {
        Ok(self.state().roles_of(realm))
    }

    async fn role_holders(&self, realm: &str, name: &str) -> Read<RoleHolders> {
        Ok(self.state().role_holders(realm, name))
    }

    async fn webhooks(&self, realm: &str) -> Read<Vec<WebhookRecord>> {
        Ok(self.state().webhooks(realm))
    }

    async fn webhook(&self, id: WebhookId) -> Read<Option<WebhookRecord>> {
        Ok(self.state().webhook(id))
    }

    async fn deliveries(
        &self,
        webhook: WebhookId,
        fate: Option<DeliveryFate>,
        before: Option<AuditId>,
        limit: u32,
    ) -> Read<Page<DeliveryRecord>> {
        Ok(self.state().deliveries(webhook, fate, before, limit))
    }

    async fn deliveries_due(&self, now: Timestamp, limit: u32, of_one: u32) -> Read<Vec<DeliveryRecord>> {
        Ok(self.state().deliveries_due(now, limit, of_one))
    }

    async fn idempotency(&self, key: [u8; 32]) -> Read<Option<IdempotencyRecord>> {
        Ok(self.state().idempotency.get(&key).cloned())
    }

    async fn changes_after(&self, position: Option<i64>) -> Read<Vec<CacheNote>> {
        Ok(self.state().notes_behind(position))
    }

    async fn ping(&self) -> Read<()> {
        Ok(())
    }

    async fn commit(&self, change: Change) -> Result<u64, CommitError> {
        let mut state = self.state();
        let now = crate::time_of(change.id);
        if !change.guards.iter().all(|guard| state.holds(guard, now)) {
            return Err(CommitError::Conflict);
        }
        if let [_] = change.writes.as_slice() {
            return Ok(state.apply_all(change.writes, now)?);
        }
        let mut next = state.clone();
        let removed = next.apply_all(change.writes, now)?;
        *state = next;
        Ok(removed)
    }
}

fn page<T>(rows: impl Iterator<Item = T>, limit: u32) -> Page<T> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    Page::cut(rows.take(limit.saturating_add(1)).collect(), limit)
}
