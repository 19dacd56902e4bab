//! The store in one SQLite file: a thread that writes, in groups, durably, and a few connections that read. It must
//! not know a rule; what a guard and a write mean is the shared suite's to say.
//!
//! A commit's answer is always known here (the database is in the process), so applied changes are not remembered.

mod apply;
mod apply_cold;
mod apply_devices;
mod apply_keys;
mod apply_refused;
mod apply_removals;
mod apply_roles;
mod apply_session_clients;
mod apply_tenant_apps;
mod apply_webhooks;
pub mod backup;
mod extend;
mod fault;
mod guard;
mod index;
pub mod migrate;
mod open;
mod opened;
mod purge;
mod queue;
mod read;
mod seen;
mod texts;
mod writer;

pub use open::{OpenError, Options};

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
use queue::Queue;
use read::Pool;
use std::sync::Arc;
use std::thread::JoinHandle;
use tokio::sync::Semaphore;
use writer::{Job, Task};

/// A store in one SQLite file. Dropping it finishes what is queued and closes the file.
pub struct SqliteStore {
    readers: Arc<Pool>,
    queue: Arc<Queue<Job>>,
    waiting: Semaphore,
    writer: Option<JoinHandle<()>>,
}

impl Store for SqliteStore {
    async fn client(&self, realm: &str, client_id: &str) -> Read<Option<ClientRecord>> {
        self.readers.get().client(realm, client_id)
    }

    async fn clients(&self, realm: &str, after: Option<&str>, limit: u32) -> Read<Page<ClientRecord>> {
        let (realm, after) = (realm.to_owned(), after.unwrap_or_default().to_owned());
        self.list(move |reader| reader.clients(&realm, &after, limit)).await
    }

    async fn clients_of(&self, realm: &str, owner: &str, after: Option<&str>, limit: u32) -> Read<Page<ClientRecord>> {
        let (realm, owner, after) = (realm.to_owned(), owner.to_owned(), after.unwrap_or_default().to_owned());
        self.list(move |reader| reader.clients_of(&realm, &owner, &after, limit))
            .await
    }

    async fn clients_sorted(&self, asked: &Sorted<ClientColumn>) -> Read<Page<ClientRecord>> {
        let asked = asked.clone();
        self.list(move |reader| reader.clients_sorted(&asked)).await
    }

    async fn refused(
        &self,
        realm: &str,
        client_id: &str,
        before: Option<RefusedId>,
        limit: u32,
    ) -> Read<Page<RefusedRecord>> {
        let (realm, client_id) = (realm.to_owned(), client_id.to_owned());
        self.list(move |reader| reader.refused(&realm, &client_id, before, limit))
            .await
    }

    async fn refusals(&self, realm: &str, since: Timestamp) -> Read<Vec<RefusalCount>> {
        let realm = realm.to_owned();
        self.list(move |reader| reader.refusals(&realm, since)).await
    }

    async fn code(&self, id: CodeId) -> Read<Option<CodeFacts>> {
        self.readers.get().code(id)
    }

    async fn device(&self, id: DeviceId) -> Read<Option<DeviceRecord>> {
        self.readers.get().device(id)
    }

    async fn device_by_code(&self, code: UserCodeKey) -> Read<Option<DeviceRecord>> {
        self.readers.get().device_by_code(code)
    }

    async fn family(&self, id: FamilyId) -> Read<Option<FamilyFacts>> {
        self.readers.get().family(id)
    }

    async fn access(&self, id: AccessId) -> Read<Option<AccessFacts>> {
        self.readers.get().access(id)
    }

    async fn placed(&self, after: AccessId, limit: u32) -> Read<Vec<AccessFacts>> {
        self.list(move |reader| reader.placed(after, limit)).await
    }

    async fn places(&self, realm: &str) -> Read<Option<u64>> {
        self.readers.get().places(realm)
    }

    async fn kept_status(&self) -> Read<Option<KeptStatus>> {
        self.readers.get().kept_status()
    }

    async fn access_list(
        &self,
        realm: &str,
        filter: &AccessFilter,
        before: Option<AccessId>,
        limit: u32,
    ) -> Read<Page<AccessRecord>> {
        let (realm, filter) = (realm.to_owned(), filter.clone());
        self.list(move |reader| reader.access_list(&realm, &filter, before, limit))
            .await
    }

    async fn api_key(&self, id: ApiKeyId) -> Read<Option<ApiKeyFacts>> {
        self.readers.get().api_key(id)
    }

    async fn api_keys(
        &self,
        realm: &str,
        filter: &ApiKeyFilter,
        before: Option<ApiKeyId>,
        limit: u32,
    ) -> Read<Page<ApiKeyFacts>> {
        let (realm, filter) = (realm.to_owned(), filter.clone());
        self.list(move |reader| reader.api_keys(&realm, &filter, before, limit))
            .await
    }

    async fn uses(&self, realm: &str, holder: &Holder) -> Read<Vec<UseRecord>> {
        let (realm, holder) = (realm.to_owned(), holder.clone());
        self.list(move |reader| reader.uses(&realm, &holder)).await
    }

    async fn findings(&self, realm: &str, after: Option<(&str, &str)>, limit: u32) -> Read<Page<UseRecord>> {
        let realm = realm.to_owned();
        let after = after.map(|(client_id, rule)| (client_id.to_owned(), rule.to_owned()));
        self.list(move |reader| reader.findings(&realm, after, limit)).await
    }

    async fn session(&self, id: SessionId) -> Read<Option<SessionFacts>> {
        self.readers.get().session(id)
    }

    async fn user(&self, realm: &str, id: &str) -> Read<Option<UserRecord>> {
        self.readers.get().user(realm, id)
    }

    async fn user_by_key(&self, realm: &str, key: &str) -> Read<Option<UserRecord>> {
        self.readers.get().user_by_key(realm, key)
    }

    async fn linked_user(&self, realm: &str, key: [u8; 32]) -> Read<Option<Arc<str>>> {
        self.readers.get().linked_user(realm, key)
    }

    async fn links_of(&self, realm: &str, user: &str) -> Read<Vec<UpstreamLink>> {
        self.readers.get().links_of(realm, user)
    }

    async fn users(&self, realm: &str, after: Option<&str>, limit: u32) -> Read<Page<UserRecord>> {
        let (realm, after) = (realm.to_owned(), after.unwrap_or_default().to_owned());
        self.list(move |reader| reader.users(&realm, &after, limit)).await
    }

    async fn users_sorted(&self, asked: &Sorted<UserColumn>) -> Read<Page<UserRecord>> {
        let asked = asked.clone();
        self.list(move |reader| reader.users_sorted(&asked)).await
    }

    async fn grant(&self, realm: &str, user: &str, client_id: &str, tenant: Option<&str>) -> Read<Option<GrantRecord>> {
        self.readers.get().grant(realm, user, client_id, tenant)
    }

    async fn grants_of(&self, realm: &str, user: &str) -> Read<Vec<GrantRecord>> {
        self.readers.get().grants_of(realm, user)
    }

    async fn grants_to(&self, realm: &str, user: &str, client_id: &str) -> Read<Vec<GrantRecord>> {
        self.readers.get().grants_to(realm, user, client_id)
    }

    async fn tenant(&self, realm: &str, id: &str) -> Read<Option<TenantRecord>> {
        self.readers.get().tenant(realm, id)
    }

    async fn memberships(&self, realm: &str, user: &str) -> Read<Vec<MembershipRecord>> {
        self.readers.get().memberships(realm, user)
    }

    async fn keys(&self, realm: &str) -> Read<Vec<KeyRecord>> {
        self.readers.get().keys(realm)
    }

    async fn attempts(&self, key: CounterKey) -> Read<Option<Timestamp>> {
        self.readers.get().attempts(key)
    }

    async fn audit(&self, realm: &str, before: Option<AuditId>, limit: u32) -> Read<Page<AuditRecord>> {
        let realm = realm.to_owned();
        self.list(move |reader| reader.audit(&realm, before, limit)).await
    }

    async fn audit_from(&self, realm: &str, after: Option<AuditId>, limit: u32) -> Read<Page<AuditRecord>> {
        let realm = realm.to_owned();
        self.list(move |reader| reader.audit_from(&realm, after, limit)).await
    }

    async fn tenants(&self, realm: &str, after: Option<&str>, limit: u32) -> Read<Page<TenantRecord>> {
        let (realm, after) = (realm.to_owned(), after.unwrap_or_default().to_owned());
        self.list(move |reader| reader.tenants(&realm, &after, limit)).await
    }

    async fn members(
        &self,
        realm: &str,
        tenant: &str,
        role: Option<&str>,
        after: Option<&str>,
        limit: u32,
    ) -> Read<Page<MembershipRecord>> {
        let (realm, tenant) = (realm.to_owned(), tenant.to_owned());
        let (role, after) = (role.map(str::to_owned), after.unwrap_or_default().to_owned());
        self.list(move |reader| reader.members((&realm, &tenant), role.as_deref(), &after, limit))
            .await
    }

    async fn service_accounts(
        &self,
        realm: &str,
        tenant: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Read<Page<ClientRecord>> {
        let (realm, tenant, after) = (
            realm.to_owned(),
            tenant.to_owned(),
            after.unwrap_or_default().to_owned(),
        );
        self.list(move |reader| reader.service_accounts(&realm, &tenant, &after, limit))
            .await
    }

    async fn grant_by_id(&self, id: GrantId) -> Read<Option<GrantRecord>> {
        self.readers.get().grant_by_id(id)
    }

    async fn grants(
        &self,
        realm: &str,
        filter: &GrantFilter,
        after: Option<GrantId>,
        limit: u32,
    ) -> Read<Page<GrantRecord>> {
        let (realm, filter) = (realm.to_owned(), filter.clone());
        self.list(move |reader| reader.grants(&realm, &filter, after, limit))
            .await
    }

    async fn sessions_of(
        &self,
        realm: &str,
        user: &str,
        before: Option<SessionId>,
        limit: u32,
    ) -> Read<Page<SessionRecord>> {
        let (realm, user) = (realm.to_owned(), user.to_owned());
        self.list(move |reader| reader.sessions_of(&realm, &user, before, limit))
            .await
    }

    async fn session_clients(&self, session: SessionId) -> Read<Vec<SessionClient>> {
        self.readers.get().session_clients(session)
    }

    async fn logouts_due(&self, now: Timestamp, limit: u32, of_one_client: u32) -> Read<Vec<SessionClient>> {
        self.readers.get().logouts_due(now, limit, of_one_client)
    }

    async fn tenant_apps(
        &self,
        realm: &str,
        filter: &TenantAppFilter,
        after: Option<(&str, &str)>,
        limit: u32,
    ) -> Read<Page<TenantAppRecord>> {
        self.readers.get().tenant_apps(realm, filter, after, limit)
    }

    async fn apps_of(&self, realm: &str, user: &str, client_id: &str) -> Read<Vec<TenantAppRecord>> {
        self.readers.get().apps_of(realm, user, client_id)
    }

    async fn roles(&self, realm: &str) -> Read<Vec<RoleRecord>> {
        self.readers.get().roles(realm)
    }

    async fn role_holders(&self, realm: &str, name: &str) -> Read<RoleHolders> {
        self.readers.get().role_holders(realm, name)
    }

    async fn webhooks(&self, realm: &str) -> Read<Vec<WebhookRecord>> {
        self.readers.get().webhooks(realm)
    }

    async fn webhook(&self, id: WebhookId) -> Read<Option<WebhookRecord>> {
        self.readers.get().webhook(id)
    }

    async fn deliveries(
        &self,
        webhook: WebhookId,
        fate: Option<DeliveryFate>,
        before: Option<AuditId>,
        limit: u32,
    ) -> Read<Page<DeliveryRecord>> {
        self.readers.get().deliveries(webhook, fate, before, limit)
    }

    async fn deliveries_due(&self, now: Timestamp, limit: u32, of_one: u32) -> Read<Vec<DeliveryRecord>> {
        self.readers.get().deliveries_due(now, limit, of_one)
    }

    async fn idempotency(&self, key: [u8; 32]) -> Read<Option<IdempotencyRecord>> {
        self.readers.get().idempotency(key)
    }

    async fn changes_after(&self, position: Option<i64>) -> Read<Vec<CacheNote>> {
        self.readers.get().changes_after(position)
    }

    async fn ping(&self) -> Read<()> {
        self.readers.get().ping()
    }

    async fn commit(&self, change: Change) -> Result<u64, CommitError> {
        self.ask(Task::Commit(change)).await
    }

    async fn index_behind(&self, limit: u32) -> Read<u64> {
        match self.ask(Task::Index(limit)).await {
            Ok(moved) => Ok(moved),
            Err(CommitError::Fault(fault)) => Err(fault),
            Err(CommitError::Conflict) => Ok(0),
        }
    }
}
