//! The store in PostgreSQL, for when one machine is outgrown. Nodes are stateless; any number of them shares one
//! database. Nothing here depends on advisory locks or LISTEN/NOTIFY, so engines that speak the protocol work too.
//!
//! Reads are single statements, pipelined over a few shared connections. A change is one statement whose guards lock
//! what they ask about (`shape`); new access tokens without guards are gathered into statements of many rows
//! (`group`). It must not know a rule of OAuth.

mod access;
mod commit;
mod group;
mod guard;
mod keys;
mod link;
mod list;
mod migrate;
mod options;
mod read;
mod rows;
mod shape;
mod step;
mod tls;
mod value;
mod write;

pub use migrate::SchemaStatus;
pub use options::{OpenError, PostgresOptions};

use crate::sort::{ClientColumn, Sorted, UserColumn};
use crate::{AccessFilter, ApiKeyFilter, CacheNote, CommitError, GrantFilter, Page, Read, Store, TenantAppFilter};
use grantd_core::change::{Change, CounterKey, Write};
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
use group::Group;
use link::Links;
use std::sync::Arc;

/// A store in a PostgreSQL database. To be made and used inside a tokio runtime.
pub struct PostgresStore {
    links: Arc<Links>,
    group: Group,
}

impl PostgresStore {
    /// Connects, and brings the schema up to date if the options say so.
    ///
    /// `url` is a `postgresql://` URL or a list of `key=value`; `host=/folder` is a Unix socket.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn connect(url: &str, options: &PostgresOptions) -> Result<Self, OpenError> {
        let links = Arc::new(options.links(url)?);
        let status = migrate::status(&links).await?;
        if options.migrate || status.found == 0 {
            migrate::up(&links).await?;
        } else if status.found < status.known {
            let SchemaStatus { found, known } = status;
            return Err(OpenError::NeedsMigration { found, known });
        }
        let group = Group::start(Arc::clone(&links), options.committers);
        Ok(Self { links, group })
    }

    /// Brings the schema up to date and disconnects.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn up(url: &str, options: &PostgresOptions) -> Result<SchemaStatus, OpenError> {
        migrate::up(&options.links(url)?).await
    }

    /// Where the schema stands.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn status(url: &str, options: &PostgresOptions) -> Result<SchemaStatus, OpenError> {
        migrate::status(&options.links(url)?).await
    }
}

impl Store for PostgresStore {
    async fn client(&self, realm: &str, client_id: &str) -> Read<Option<ClientRecord>> {
        self.read_client(realm, client_id).await
    }

    async fn clients(&self, realm: &str, after: Option<&str>, limit: u32) -> Read<Page<ClientRecord>> {
        self.list_clients(realm, after, limit).await
    }

    async fn clients_of(&self, realm: &str, owner: &str, after: Option<&str>, limit: u32) -> Read<Page<ClientRecord>> {
        self.list_clients_of(realm, owner, after, limit).await
    }

    async fn clients_sorted(&self, asked: &Sorted<ClientColumn>) -> Read<Page<ClientRecord>> {
        self.list_clients_sorted(asked).await
    }

    async fn refused(
        &self,
        realm: &str,
        client_id: &str,
        before: Option<RefusedId>,
        limit: u32,
    ) -> Read<Page<RefusedRecord>> {
        self.list_refused(realm, client_id, before, limit).await
    }

    async fn refusals(&self, realm: &str, since: Timestamp) -> Read<Vec<RefusalCount>> {
        self.list_refusals(realm, since).await
    }

    async fn code(&self, id: CodeId) -> Read<Option<CodeFacts>> {
        self.read_code(id).await
    }

    async fn device(&self, id: DeviceId) -> Read<Option<DeviceRecord>> {
        self.read_device(id).await
    }

    async fn device_by_code(&self, code: UserCodeKey) -> Read<Option<DeviceRecord>> {
        self.read_device_by_code(code).await
    }

    async fn family(&self, id: FamilyId) -> Read<Option<FamilyFacts>> {
        self.read_family(id).await
    }

    async fn access(&self, id: AccessId) -> Read<Option<AccessFacts>> {
        self.read_access(id).await
    }

    async fn placed(&self, after: AccessId, limit: u32) -> Read<Vec<AccessFacts>> {
        self.read_placed(after, limit).await
    }

    async fn places(&self, realm: &str) -> Read<Option<u64>> {
        self.read_places(realm).await
    }

    async fn kept_status(&self) -> Read<Option<KeptStatus>> {
        self.read_kept_status().await
    }

    async fn access_list(
        &self,
        realm: &str,
        filter: &AccessFilter,
        before: Option<AccessId>,
        limit: u32,
    ) -> Read<Page<AccessRecord>> {
        self.list_access(realm, filter, before, limit).await
    }

    async fn api_key(&self, id: ApiKeyId) -> Read<Option<ApiKeyFacts>> {
        self.read_api_key(id).await
    }

    async fn api_keys(
        &self,
        realm: &str,
        filter: &ApiKeyFilter,
        before: Option<ApiKeyId>,
        limit: u32,
    ) -> Read<Page<ApiKeyFacts>> {
        self.list_api_keys(realm, filter, before, limit).await
    }

    async fn uses(&self, realm: &str, holder: &Holder) -> Read<Vec<UseRecord>> {
        self.read_uses(realm, holder).await
    }

    async fn findings(&self, realm: &str, after: Option<(&str, &str)>, limit: u32) -> Read<Page<UseRecord>> {
        self.list_findings(realm, after, limit).await
    }

    async fn session(&self, id: SessionId) -> Read<Option<SessionFacts>> {
        self.read_session(id).await
    }

    async fn user(&self, realm: &str, id: &str) -> Read<Option<UserRecord>> {
        self.read_user(realm, id).await
    }

    async fn user_by_key(&self, realm: &str, key: &str) -> Read<Option<UserRecord>> {
        self.read_user_by_key(realm, key).await
    }

    async fn linked_user(&self, realm: &str, key: [u8; 32]) -> Read<Option<Arc<str>>> {
        self.read_linked_user(realm, key).await
    }

    async fn links_of(&self, realm: &str, user: &str) -> Read<Vec<UpstreamLink>> {
        self.read_links_of(realm, user).await
    }

    async fn users(&self, realm: &str, after: Option<&str>, limit: u32) -> Read<Page<UserRecord>> {
        self.list_users(realm, after, limit).await
    }

    async fn users_sorted(&self, asked: &Sorted<UserColumn>) -> Read<Page<UserRecord>> {
        self.list_users_sorted(asked).await
    }

    async fn grant(&self, realm: &str, user: &str, client_id: &str, tenant: Option<&str>) -> Read<Option<GrantRecord>> {
        self.read_grant(realm, user, client_id, tenant).await
    }

    async fn grants_of(&self, realm: &str, user: &str) -> Read<Vec<GrantRecord>> {
        self.read_grants_of(realm, user).await
    }

    async fn grants_to(&self, realm: &str, user: &str, client_id: &str) -> Read<Vec<GrantRecord>> {
        self.read_grants_to(realm, user, client_id).await
    }

    async fn tenant(&self, realm: &str, id: &str) -> Read<Option<TenantRecord>> {
        self.read_tenant(realm, id).await
    }

    async fn memberships(&self, realm: &str, user: &str) -> Read<Vec<MembershipRecord>> {
        self.read_memberships(realm, user).await
    }

    async fn keys(&self, realm: &str) -> Read<Vec<KeyRecord>> {
        self.read_keys(realm).await
    }

    async fn attempts(&self, key: CounterKey) -> Read<Option<Timestamp>> {
        self.read_attempts(key).await
    }

    async fn audit(&self, realm: &str, before: Option<AuditId>, limit: u32) -> Read<Page<AuditRecord>> {
        self.list_audit(realm, before, limit).await
    }

    async fn audit_from(&self, realm: &str, after: Option<AuditId>, limit: u32) -> Read<Page<AuditRecord>> {
        self.list_audit_from(realm, after, limit).await
    }

    async fn tenants(&self, realm: &str, after: Option<&str>, limit: u32) -> Read<Page<TenantRecord>> {
        self.list_tenants(realm, after, limit).await
    }

    async fn members(
        &self,
        realm: &str,
        tenant: &str,
        role: Option<&str>,
        after: Option<&str>,
        limit: u32,
    ) -> Read<Page<MembershipRecord>> {
        self.list_members((realm, tenant), role, after, limit).await
    }

    async fn service_accounts(
        &self,
        realm: &str,
        tenant: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Read<Page<ClientRecord>> {
        self.list_service_accounts(realm, tenant, after, limit).await
    }

    async fn grant_by_id(&self, id: GrantId) -> Read<Option<GrantRecord>> {
        self.read_grant_by_id(id).await
    }

    async fn grants(
        &self,
        realm: &str,
        filter: &GrantFilter,
        after: Option<GrantId>,
        limit: u32,
    ) -> Read<Page<GrantRecord>> {
        self.list_grants(realm, filter, after, limit).await
    }

    async fn sessions_of(
        &self,
        realm: &str,
        user: &str,
        before: Option<SessionId>,
        limit: u32,
    ) -> Read<Page<SessionRecord>> {
        self.list_sessions_of(realm, user, before, limit).await
    }

    async fn session_clients(&self, session: SessionId) -> Read<Vec<SessionClient>> {
        self.list_session_clients(session).await
    }

    async fn logouts_due(&self, now: Timestamp, limit: u32, of_one_client: u32) -> Read<Vec<SessionClient>> {
        self.list_logouts_due(now, limit, of_one_client).await
    }

    async fn tenant_apps(
        &self,
        realm: &str,
        filter: &TenantAppFilter,
        after: Option<(&str, &str)>,
        limit: u32,
    ) -> Read<Page<TenantAppRecord>> {
        self.list_tenant_apps(realm, filter, after, limit).await
    }

    async fn apps_of(&self, realm: &str, user: &str, client_id: &str) -> Read<Vec<TenantAppRecord>> {
        self.read_apps_of(realm, user, client_id).await
    }

    async fn roles(&self, realm: &str) -> Read<Vec<RoleRecord>> {
        self.list_roles(realm).await
    }

    async fn role_holders(&self, realm: &str, name: &str) -> Read<RoleHolders> {
        self.count_role_holders(realm, name).await
    }

    async fn webhooks(&self, realm: &str) -> Read<Vec<WebhookRecord>> {
        self.list_webhooks(realm).await
    }

    async fn webhook(&self, id: WebhookId) -> Read<Option<WebhookRecord>> {
        self.read_webhook(id).await
    }

    async fn deliveries(
        &self,
        webhook: WebhookId,
        fate: Option<DeliveryFate>,
        before: Option<AuditId>,
        limit: u32,
    ) -> Read<Page<DeliveryRecord>> {
        self.list_deliveries(webhook, fate, before, limit).await
    }

    async fn deliveries_due(&self, now: Timestamp, limit: u32, of_one: u32) -> Read<Vec<DeliveryRecord>> {
        self.list_deliveries_due(now, limit, of_one).await
    }

    async fn idempotency(&self, key: [u8; 32]) -> Read<Option<IdempotencyRecord>> {
        self.read_idempotency(key).await
    }

    async fn changes_after(&self, position: Option<i64>) -> Read<Vec<CacheNote>> {
        self.list_notes(position).await
    }

    async fn ping(&self) -> Read<()> {
        self.rows("SELECT 1", &[]).await.map(|_| ())
    }

    async fn commit(&self, change: Change) -> Result<u64, CommitError> {
        match tokens_alone(change) {
            Ok(rows) => self.group.insert(rows).await,
            // In a task of its own: a caller that goes away must not leave a transaction open in a connection.
            Err(change) => {
                let links = Arc::clone(&self.links);
                let committing = tokio::spawn(async move { commit::commit(&links, &change).await });
                committing
                    .await
                    .unwrap_or_else(|_| Err(crate::StoreFault::Unavailable("shutting down".to_owned()).into()))
            }
        }
    }

    async fn index_behind(&self, limit: u32) -> Read<u64> {
        self.index_some(limit).await
    }
}

/// The rows of a change that inserts access tokens and nothing else, plain ones and without guards; or the change back.
fn tokens_alone(change: Change) -> Result<Vec<AccessRecord>, Change> {
    let is_token = |write: &Write| matches!(write, Write::InsertAccess(row) if row.is_plain());
    if !change.guards.is_empty() || change.writes.is_empty() || !change.writes.iter().all(is_token) {
        return Err(change);
    }
    let rows = change.writes.into_iter().filter_map(|write| match write {
        Write::InsertAccess(row) => Some(*row),
        _ => None,
    });
    Ok(rows.collect())
}
