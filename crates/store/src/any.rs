//! The store that configuration chose: the program above is compiled once, whatever the database. It must not know
//! more of a store than the trait.

use crate::memory::MemoryStore;
use crate::postgres::PostgresStore;
use crate::sort::{ClientColumn, Sorted, UserColumn};
use crate::sqlite::SqliteStore;
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
use std::sync::Arc;

/// One of the stores.
pub enum AnyStore {
    /// For tests.
    Memory(Box<MemoryStore>),
    /// One file, the default.
    Sqlite(SqliteStore),
    /// For several nodes.
    Postgres(PostgresStore),
}

/// The same call on whichever store it is.
macro_rules! on {
    ($any:expr, $store:ident => $call:expr) => {
        match $any {
            AnyStore::Memory($store) => $call,
            AnyStore::Sqlite($store) => $call,
            AnyStore::Postgres($store) => $call,
        }
    };
}

impl Store for AnyStore {
    async fn client(&self, realm: &str, client_id: &str) -> Read<Option<ClientRecord>> {
        on!(self, store => store.client(realm, client_id).await)
    }

    async fn clients(&self, realm: &str, after: Option<&str>, limit: u32) -> Read<Page<ClientRecord>> {
        on!(self, store => store.clients(realm, after, limit).await)
    }

    async fn clients_of(&self, realm: &str, owner: &str, after: Option<&str>, limit: u32) -> Read<Page<ClientRecord>> {
        on!(self, store => store.clients_of(realm, owner, after, limit).await)
    }

    async fn clients_sorted(&self, asked: &Sorted<ClientColumn>) -> Read<Page<ClientRecord>> {
        on!(self, store => store.clients_sorted(asked).await)
    }

    async fn refused(
        &self,
        realm: &str,
        client_id: &str,
        before: Option<RefusedId>,
        limit: u32,
    ) -> Read<Page<RefusedRecord>> {
        on!(self, store => store.refused(realm, client_id, before, limit).await)
    }

    async fn refusals(&self, realm: &str, since: Timestamp) -> Read<Vec<RefusalCount>> {
        on!(self, store => store.refusals(realm, since).await)
    }

    async fn code(&self, id: CodeId) -> Read<Option<CodeFacts>> {
        on!(self, store => store.code(id).await)
    }

    async fn device(&self, id: DeviceId) -> Read<Option<DeviceRecord>> {
        on!(self, store => store.device(id).await)
    }

    async fn device_by_code(&self, code: UserCodeKey) -> Read<Option<DeviceRecord>> {
        on!(self, store => store.device_by_code(code).await)
    }

    async fn family(&self, id: FamilyId) -> Read<Option<FamilyFacts>> {
        on!(self, store => store.family(id).await)
    }

    async fn access(&self, id: AccessId) -> Read<Option<AccessFacts>> {
        on!(self, store => store.access(id).await)
    }

    async fn placed(&self, after: AccessId, limit: u32) -> Read<Vec<AccessFacts>> {
        on!(self, store => store.placed(after, limit).await)
    }

    async fn places(&self, realm: &str) -> Read<Option<u64>> {
        on!(self, store => store.places(realm).await)
    }

    async fn kept_status(&self) -> Read<Option<KeptStatus>> {
        on!(self, store => store.kept_status().await)
    }

    async fn access_list(
        &self,
        realm: &str,
        filter: &AccessFilter,
        before: Option<AccessId>,
        limit: u32,
    ) -> Read<Page<AccessRecord>> {
        on!(self, store => store.access_list(realm, filter, before, limit).await)
    }

    async fn api_key(&self, id: ApiKeyId) -> Read<Option<ApiKeyFacts>> {
        on!(self, store => store.api_key(id).await)
    }

    async fn api_keys(
        &self,
        realm: &str,
        filter: &ApiKeyFilter,
        before: Option<ApiKeyId>,
        limit: u32,
    ) -> Read<Page<ApiKeyFacts>> {
        on!(self, store => store.api_keys(realm, filter, before, limit).await)
    }

    async fn uses(&self, realm: &str, holder: &Holder) -> Read<Vec<UseRecord>> {
        on!(self, store => store.uses(realm, holder).await)
    }

    async fn findings(&self, realm: &str, after: Option<(&str, &str)>, limit: u32) -> Read<Page<UseRecord>> {
        on!(self, store => store.findings(realm, after, limit).await)
    }

    async fn session(&self, id: SessionId) -> Read<Option<SessionFacts>> {
        on!(self, store => store.session(id).await)
    }

    async fn user(&self, realm: &str, id: &str) -> Read<Option<UserRecord>> {
        on!(self, store => store.user(realm, id).await)
    }

    async fn user_by_key(&self, realm: &str, key: &str) -> Read<Option<UserRecord>> {
        on!(self, store => store.user_by_key(realm, key).await)
    }

    async fn linked_user(&self, realm: &str, key: [u8; 32]) -> Read<Option<Arc<str>>> {
        on!(self, store => store.linked_user(realm, key).await)
    }

    async fn links_of(&self, realm: &str, user: &str) -> Read<Vec<UpstreamLink>> {
        on!(self, store => store.links_of(realm, user).await)
    }

    async fn users(&self, realm: &str, after: Option<&str>, limit: u32) -> Read<Page<UserRecord>> {
        on!(self, store => store.users(realm, after, limit).await)
    }

    async fn users_sorted(&self, asked: &Sorted<UserColumn>) -> Read<Page<UserRecord>> {
        on!(self, store => store.users_sorted(asked).await)
    }

    async fn grant(&self, realm: &str, user: &str, client_id: &str, tenant: Option<&str>) -> Read<Option<GrantRecord>> {
        on!(self, store => store.grant(realm, user, client_id, tenant).await)
    }

    async fn grants_of(&self, realm: &str, user: &str) -> Read<Vec<GrantRecord>> {
        on!(self, store => store.grants_of(realm, user).await)
    }

    async fn grants_to(&self, realm: &str, user: &str, client_id: &str) -> Read<Vec<GrantRecord>> {
        on!(self, store => store.grants_to(realm, user, client_id).await)
    }

    async fn tenant(&self, realm: &str, id: &str) -> Read<Option<TenantRecord>> {
        on!(self, store => store.tenant(realm, id).await)
    }

    async fn memberships(&self, realm: &str, user: &str) -> Read<Vec<MembershipRecord>> {
        on!(self, store => store.memberships(realm, user).await)
    }

    async fn keys(&self, realm: &str) -> Read<Vec<KeyRecord>> {
        on!(self, store => store.keys(realm).await)
    }

    async fn attempts(&self, key: CounterKey) -> Read<Option<Timestamp>> {
        on!(self, store => store.attempts(key).await)
    }

    async fn audit(&self, realm: &str, before: Option<AuditId>, limit: u32) -> Read<Page<AuditRecord>> {
        on!(self, store => store.audit(realm, before, limit).await)
    }

    async fn audit_from(&self, realm: &str, after: Option<AuditId>, limit: u32) -> Read<Page<AuditRecord>> {
        on!(self, store => store.audit_from(realm, after, limit).await)
    }

    async fn tenants(&self, realm: &str, after: Option<&str>, limit: u32) -> Read<Page<TenantRecord>> {
        on!(self, store => store.tenants(realm, after, limit).await)
    }

    async fn members(
        &self,
        realm: &str,
        tenant: &str,
        role: Option<&str>,
        after: Option<&str>,
        limit: u32,
    ) -> Read<Page<MembershipRecord>> {
        on!(self, store => store.members(realm, tenant, role, after, limit).await)
    }

    async fn service_accounts(
        &self,
        realm: &str,
        tenant: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Read<Page<ClientRecord>> {
        on!(self, store => store.service_accounts(realm, tenant, after, limit).await)
    }

    async fn grant_by_id(&self, id: GrantId) -> Read<Option<GrantRecord>> {
        on!(self, store => store.grant_by_id(id).await)
    }

    async fn grants(
        &self,
        realm: &str,
        filter: &GrantFilter,
        after: Option<GrantId>,
        limit: u32,
    ) -> Read<Page<GrantRecord>> {
        on!(self, store => store.grants(realm, filter, after, limit).await)
    }

    async fn sessions_of(
        &self,
        realm: &str,
        user: &str,
        before: Option<SessionId>,
        limit: u32,
    ) -> Read<Page<SessionRecord>> {
        on!(self, store => store.sessions_of(realm, user, before, limit).await)
    }

    async fn session_clients(&self, session: SessionId) -> Read<Vec<SessionClient>> {
        on!(self, store => store.session_clients(session).await)
    }

    async fn logouts_due(&self, now: Timestamp, limit: u32, of_one_client: u32) -> Read<Vec<SessionClient>> {
        on!(self, store => store.logouts_due(now, limit, of_one_client).await)
    }

    async fn tenant_apps(
        &self,
        realm: &str,
        filter: &TenantAppFilter,
        after: Option<(&str, &str)>,
        limit: u32,
    ) -> Read<Page<TenantAppRecord>> {
        on!(self, store => store.tenant_apps(realm, filter, after, limit).await)
    }

    async fn apps_of(&self, realm: &str, user: &str, client_id: &str) -> Read<Vec<TenantAppRecord>> {
        on!(self, store => store.apps_of(realm, user, client_id).await)
    }

    async fn roles(&self, realm: &str) -> Read<Vec<RoleRecord>> {
        on!(self, store => store.roles(realm).await)
    }

    async fn role_holders(&self, realm: &str, name: &str) -> Read<RoleHolders> {
        on!(self, store => store.role_holders(realm, name).await)
    }

    async fn webhooks(&self, realm: &str) -> Read<Vec<WebhookRecord>> {
        on!(self, store => store.webhooks(realm).await)
    }

    async fn webhook(&self, id: WebhookId) -> Read<Option<WebhookRecord>> {
        on!(self, store => store.webhook(id).await)
    }

    async fn deliveries(
        &self,
        webhook: WebhookId,
        fate: Option<DeliveryFate>,
        before: Option<AuditId>,
        limit: u32,
    ) -> Read<Page<DeliveryRecord>> {
        on!(self, store => store.deliveries(webhook, fate, before, limit).await)
    }

    async fn deliveries_due(&self, now: Timestamp, limit: u32, of_one: u32) -> Read<Vec<DeliveryRecord>> {
        on!(self, store => store.deliveries_due(now, limit, of_one).await)
    }

    async fn idempotency(&self, key: [u8; 32]) -> Read<Option<IdempotencyRecord>> {
        on!(self, store => store.idempotency(key).await)
    }

    async fn changes_after(&self, position: Option<i64>) -> Read<Vec<CacheNote>> {
        on!(self, store => store.changes_after(position).await)
    }

    async fn ping(&self) -> Read<()> {
        on!(self, store => store.ping().await)
    }

    async fn commit(&self, change: Change) -> Result<u64, CommitError> {
        on!(self, store => store.commit(change).await)
    }

    async fn index_behind(&self, limit: u32) -> Read<u64> {
        on!(self, store => store.index_behind(limit).await)
    }
}
