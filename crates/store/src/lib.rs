//! Where grantd's facts live: reads, and one way to write.
//!
//! A store contains no rule. It answers reads with records, and applies a [`Change`] completely or not at all, guards
//! first, in one transaction. Memory is for tests; SQLite is the default; PostgreSQL is for when one machine is
//! outgrown. All three pass the same suite.

pub mod any;
mod filter;
pub mod memory;
pub mod postgres;
pub mod sort;
pub mod sqlite;

pub use any::AnyStore;
pub use filter::{AccessFilter, ApiKeyFilter, GrantFilter, TenantAppFilter};

use grantd_core::change::{Change, CounterKey};
use grantd_core::record::{
    AccessFacts, AccessRecord, ApiKeyFacts, AuditRecord, ClientRecord, CodeFacts, DeliveryFate, DeliveryRecord,
    DeviceRecord, FamilyFacts, GrantRecord, Holder, IdempotencyRecord, KeptStatus, KeyRecord, MembershipRecord,
    RefusalCount, RefusedRecord, RoleHolders, RoleRecord, SessionClient, SessionFacts, SessionRecord, TenantAppRecord,
    TenantRecord, UpstreamLink, UseRecord, UserCodeKey, UserRecord, WebhookRecord,
};
use grantd_protocol::Timestamp;
use grantd_protocol::id::{
    AccessId, ApiKeyId, AuditId, ChangeId, CodeId, DeviceId, FamilyId, GrantId, RefusedId, SessionId, WebhookId,
};
use sort::{ClientColumn, Sorted, UserColumn};
use std::future::Future;
use std::sync::Arc;

/// Why a read was not answered or a change not applied, other than by a guard. Never shown to a client.
#[derive(Debug, thiserror::Error)]
pub enum StoreFault {
    /// The database cannot be reached or is shutting down: the reply is 503 and the command's exit code 3.
    #[error("the store is unavailable: {0}")]
    Unavailable(String),
    /// The database answered, but with something that makes no sense: a damaged or foreign row, a broken statement.
    #[error("the store is damaged or of another version: {0}")]
    Corrupt(String),
}

/// Why a change was not applied.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// A guard no longer holds: load the facts again and decide again.
    #[error("a fact changed since it was read")]
    Conflict,
    /// See [`StoreFault`].
    #[error(transparent)]
    Fault(#[from] StoreFault),
}

/// The result of a read.
pub type Read<T> = Result<T, StoreFault>;

/// One page of a list.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Whether there are more behind the last one.
    pub more: bool,
}

impl<T> Page<T> {
    /// A page from one row more than was asked for, which tells whether there are more.
    pub(crate) fn cut(mut rows: Vec<T>, limit: usize) -> Self {
        let more = rows.len() > limit;
        rows.truncate(limit);
        Self { rows, more }
    }
}

/// What caches must forget: rows of the store's `changes` log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CacheNote {
    /// Position in the log.
    pub position: i64,
    /// `client`, `key`, `user`, ...
    pub kind: String,
    /// The realm's name; empty for what is named by an id alone.
    pub realm: String,
    /// Which one.
    pub key: String,
}

impl CacheNote {
    /// What a reader of the log begins from.
    pub(crate) const fn start(position: i64) -> Self {
        Self {
            position,
            kind: String::new(),
            realm: String::new(),
            key: String::new(),
        }
    }
}

/// When a change was drawn. Ids of changes are time-ordered, and a store has no clock of its own: this is the instant
/// at which [`Guard::Unseen`](grantd_core::change::Guard::Unseen) is evaluated and from which notes age.
pub(crate) fn time_of(change: ChangeId) -> Timestamp {
    let [a, b, c, d, e, f, ..] = *change.as_bytes();
    Timestamp::from_millis(i64::from_be_bytes([0, 0, a, b, c, d, e, f]))
}

/// The store. Every method but `commit` reads; every read sees what was committed before it began.
pub trait Store: Send + Sync + 'static {
    /// A client of a realm.
    fn client(&self, realm: &str, client_id: &str) -> impl Future<Output = Read<Option<ClientRecord>>> + Send;
    /// Clients of a realm by id, after the cursor.
    fn clients(
        &self,
        realm: &str,
        after: Option<&str>,
        limit: u32,
    ) -> impl Future<Output = Read<Page<ClientRecord>>> + Send;
    /// The applications of a developer, by id, after the cursor.
    fn clients_of(
        &self,
        realm: &str,
        owner: &str,
        after: Option<&str>,
        limit: u32,
    ) -> impl Future<Output = Read<Page<ClientRecord>>> + Send;
    /// Clients of a realm in another order than that of their ids.
    fn clients_sorted(&self, asked: &Sorted<ClientColumn>) -> impl Future<Output = Read<Page<ClientRecord>>> + Send;
    /// Refused requests of a client, the newest first, before the cursor.
    fn refused(
        &self,
        realm: &str,
        client_id: &str,
        before: Option<RefusedId>,
        limit: u32,
    ) -> impl Future<Output = Read<Page<RefusedRecord>>> + Send;
    /// How many requests of a realm were refused in each hour that began at `since` or later, by hour, endpoint and error.
    fn refusals(&self, realm: &str, since: Timestamp) -> impl Future<Output = Read<Vec<RefusalCount>>> + Send;
    /// A code with its grant, session and user.
    fn code(&self, id: CodeId) -> impl Future<Output = Read<Option<CodeFacts>>> + Send;
    /// A waiting device.
    fn device(&self, id: DeviceId) -> impl Future<Output = Read<Option<DeviceRecord>>> + Send;
    /// The waiting device with a user code.
    fn device_by_code(&self, code: UserCodeKey) -> impl Future<Output = Read<Option<DeviceRecord>>> + Send;
    /// A family with its grant, session and user.
    fn family(&self, id: FamilyId) -> impl Future<Output = Read<Option<FamilyFacts>>> + Send;
    /// An access token with the fate of what it hangs off.
    fn access(&self, id: AccessId) -> impl Future<Output = Read<Option<AccessFacts>>> + Send;
    /// Access tokens of all realms that have a place in a status list, with the fate of what they hang off, oldest first,
    /// behind the cursor: for building the lists anew. A row that comes in late, below the cursor, is of a token that was
    /// issued meanwhile.
    fn placed(&self, after: AccessId, limit: u32) -> impl Future<Output = Read<Vec<AccessFacts>>> + Send;
    /// How many places of a realm's status lists were given away; `None` where never one was.
    fn places(&self, realm: &str) -> impl Future<Output = Read<Option<u64>>> + Send;
    /// What was last kept of the status lists of all realms.
    fn kept_status(&self) -> impl Future<Output = Read<Option<KeptStatus>>> + Send;
    /// Access tokens of a realm, newest first, before the cursor.
    fn access_list(
        &self,
        realm: &str,
        filter: &AccessFilter,
        before: Option<AccessId>,
        limit: u32,
    ) -> impl Future<Output = Read<Page<AccessRecord>>> + Send;
    /// An API key with its tenant's fate.
    fn api_key(&self, id: ApiKeyId) -> impl Future<Output = Read<Option<ApiKeyFacts>>> + Send;
    /// API keys of a realm, newest first, before the cursor.
    fn api_keys(
        &self,
        realm: &str,
        filter: &ApiKeyFilter,
        before: Option<ApiKeyId>,
        limit: u32,
    ) -> impl Future<Output = Read<Page<ApiKeyFacts>>> + Send;
    /// What was counted of a holder, ordered by permission.
    fn uses(&self, realm: &str, holder: &Holder) -> impl Future<Output = Read<Vec<UseRecord>>> + Send;
    /// What clients would break if it were enforced ([`Holder::Breaks`]), ordered by client and rule, behind the cursor.
    fn findings(
        &self,
        realm: &str,
        after: Option<(&str, &str)>,
        limit: u32,
    ) -> impl Future<Output = Read<Page<UseRecord>>> + Send;
    /// A session with its user.
    fn session(&self, id: SessionId) -> impl Future<Output = Read<Option<SessionFacts>>> + Send;
    /// A user by id.
    fn user(&self, realm: &str, id: &str) -> impl Future<Output = Read<Option<UserRecord>>> + Send;
    /// A user by username key ([`UserRecord::key_of`]).
    fn user_by_key(&self, realm: &str, key: &str) -> impl Future<Output = Read<Option<UserRecord>>> + Send;
    /// The id of the user whom somebody at another provider is linked to
    /// ([`UpstreamLink::key`](grantd_core::record::UpstreamLink::key)).
    fn linked_user(&self, realm: &str, key: [u8; 32]) -> impl Future<Output = Read<Option<Arc<str>>>> + Send;
    /// Who is linked to a user, at most one of each provider, the oldest first.
    fn links_of(&self, realm: &str, user: &str) -> impl Future<Output = Read<Vec<UpstreamLink>>> + Send;
    /// Users of a realm by id, after the cursor.
    fn users(
        &self,
        realm: &str,
        after: Option<&str>,
        limit: u32,
    ) -> impl Future<Output = Read<Page<UserRecord>>> + Send;
    /// Users of a realm in another order than that of their ids.
    fn users_sorted(&self, asked: &Sorted<UserColumn>) -> impl Future<Output = Read<Page<UserRecord>>> + Send;
    /// The grant that is not ended for realm, user, client and tenant.
    fn grant(
        &self,
        realm: &str,
        user: &str,
        client_id: &str,
        tenant: Option<&str>,
    ) -> impl Future<Output = Read<Option<GrantRecord>>> + Send;
    /// All of a user's grants that are not ended.
    fn grants_of(&self, realm: &str, user: &str) -> impl Future<Output = Read<Vec<GrantRecord>>> + Send;
    /// Those of them that are to one client: one for each tenant at most, whatever else the user has connected.
    fn grants_to(
        &self,
        realm: &str,
        user: &str,
        client_id: &str,
    ) -> impl Future<Output = Read<Vec<GrantRecord>>> + Send;
    /// A tenant.
    fn tenant(&self, realm: &str, id: &str) -> impl Future<Output = Read<Option<TenantRecord>>> + Send;
    /// Where a user belongs, disabled tenants included, ordered by tenant id.
    fn memberships(&self, realm: &str, user: &str) -> impl Future<Output = Read<Vec<MembershipRecord>>> + Send;
    /// A realm's signing keys in every state, oldest first.
    fn keys(&self, realm: &str) -> impl Future<Output = Read<Vec<KeyRecord>>> + Send;
    /// An attempt counter.
    fn attempts(&self, key: CounterKey) -> impl Future<Output = Read<Option<Timestamp>>> + Send;
    /// Audit lines of a realm, newest first, before the cursor.
    fn audit(
        &self,
        realm: &str,
        before: Option<AuditId>,
        limit: u32,
    ) -> impl Future<Output = Read<Page<AuditRecord>>> + Send;
    /// The same lines, oldest first, after the cursor.
    fn audit_from(
        &self,
        realm: &str,
        after: Option<AuditId>,
        limit: u32,
    ) -> impl Future<Output = Read<Page<AuditRecord>>> + Send;
    /// Tenants of a realm by id, after the cursor.
    fn tenants(
        &self,
        realm: &str,
        after: Option<&str>,
        limit: u32,
    ) -> impl Future<Output = Read<Page<TenantRecord>>> + Send;
    /// Who belongs to a tenant, by user id, after the cursor; with one role alone where one is named.
    fn members(
        &self,
        realm: &str,
        tenant: &str,
        role: Option<&str>,
        after: Option<&str>,
        limit: u32,
    ) -> impl Future<Output = Read<Page<MembershipRecord>>> + Send;
    /// What tenants decided about applications, or are asked to decide, by tenant and client, after the cursor.
    fn tenant_apps(
        &self,
        realm: &str,
        filter: &TenantAppFilter,
        after: Option<(&str, &str)>,
        limit: u32,
    ) -> impl Future<Output = Read<Page<TenantAppRecord>>> + Send;
    /// What the tenants that a user belongs to decided about a client, ordered by tenant id.
    fn apps_of(
        &self,
        realm: &str,
        user: &str,
        client_id: &str,
    ) -> impl Future<Output = Read<Vec<TenantAppRecord>>> + Send;
    /// A realm's roles of the database, by name.
    fn roles(&self, realm: &str) -> impl Future<Output = Read<Vec<RoleRecord>>> + Send;
    /// How many have a role of this name, whether or not there is one.
    fn role_holders(&self, realm: &str, name: &str) -> impl Future<Output = Read<RoleHolders>> + Send;
    /// The clients that act in a tenant, by id, after the cursor.
    fn service_accounts(
        &self,
        realm: &str,
        tenant: &str,
        after: Option<&str>,
        limit: u32,
    ) -> impl Future<Output = Read<Page<ClientRecord>>> + Send;
    /// A grant by its row, ended or not.
    fn grant_by_id(&self, id: GrantId) -> impl Future<Output = Read<Option<GrantRecord>>> + Send;
    /// Grants of a realm that are not ended, oldest first unless the filter says otherwise, behind the cursor.
    fn grants(
        &self,
        realm: &str,
        filter: &GrantFilter,
        after: Option<GrantId>,
        limit: u32,
    ) -> impl Future<Output = Read<Page<GrantRecord>>> + Send;
    /// A user's sessions, ended ones among them until they are purged, newest first, before the cursor.
    fn sessions_of(
        &self,
        realm: &str,
        user: &str,
        before: Option<SessionId>,
        limit: u32,
    ) -> impl Future<Output = Read<Page<SessionRecord>>> + Send;
    /// The clients that were noted in a session, by id.
    fn session_clients(&self, session: SessionId) -> impl Future<Output = Read<Vec<SessionClient>>> + Send;
    /// Notes that are due at `now`, those tried least first, then the oldest; at most `of_one_client` of each client.
    fn logouts_due(
        &self,
        now: Timestamp,
        limit: u32,
        of_one_client: u32,
    ) -> impl Future<Output = Read<Vec<SessionClient>>> + Send;
    /// A realm's webhooks, oldest first.
    fn webhooks(&self, realm: &str) -> impl Future<Output = Read<Vec<WebhookRecord>>> + Send;
    /// A webhook.
    fn webhook(&self, id: WebhookId) -> impl Future<Output = Read<Option<WebhookRecord>>> + Send;
    /// A webhook's deliveries, newest first, before the cursor; those of one fate alone where one is named.
    fn deliveries(
        &self,
        webhook: WebhookId,
        fate: Option<DeliveryFate>,
        before: Option<AuditId>,
        limit: u32,
    ) -> impl Future<Output = Read<Page<DeliveryRecord>>> + Send;
    /// Deliveries that are due at `now`, at most `of_one` of each webhook: the first of every webhook, then the second of
    /// every one, and so on. A webhook's first is the one tried least, then the oldest.
    fn deliveries_due(
        &self,
        now: Timestamp,
        limit: u32,
        of_one: u32,
    ) -> impl Future<Output = Read<Vec<DeliveryRecord>>> + Send;
    /// What was answered under an idempotency key, expired or not.
    fn idempotency(&self, key: [u8; 32]) -> impl Future<Output = Read<Option<IdempotencyRecord>>> + Send;
    /// What was changed of the cached kinds (clients, keys, users, tenants, roles), what was ended by itself (`access`, `family`,
    /// `grant`, `session`, with its id and no realm), and what ended of an application in a tenant (`app`, with both) after `position`, in order; at most 1000. With `None`
    /// the latest position alone, as one note with an empty kind, to begin from.
    fn changes_after(&self, position: Option<i64>) -> impl Future<Output = Read<Vec<CacheNote>>> + Send;
    /// Whether the store answers.
    fn ping(&self) -> impl Future<Output = Read<()>> + Send;

    /// Applies the change: all guards hold and every write is durable, or nothing happened. Returns the number of
    /// rows that a `Purge` in it removed (0 without one).
    ///
    /// # Errors
    /// [`CommitError::Conflict`] when a guard does not hold; a fault otherwise, after which it is unknown to the
    /// caller whether the change was applied, but the change's id decides it when the same change is tried again.
    fn commit(&self, change: Change) -> impl Future<Output = Result<u64, CommitError>> + Send;

    /// Brings indices that are written behind (lists of access tokens) up to date by at most `limit` rows, and says
    /// by how many. Lists are complete whether or not it is called; it keeps them fast. To be called in the
    /// background until it says 0.
    fn index_behind(&self, limit: u32) -> impl Future<Output = Read<u64>> + Send {
        let _ = limit;
        std::future::ready(Ok(0))
    }
}
