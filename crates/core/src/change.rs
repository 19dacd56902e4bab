//! What a decision wants written: one value that carries its own preconditions, so that a store can apply it
//! atomically and a lost race is a [`Guard`] that no longer holds, never a double spend.
//!
//! A store evaluates every guard first, in the same transaction as the writes, and applies either everything or
//! nothing. It contains no rule of its own.

use crate::record::code::Authentication;
use crate::record::{
    AccessRecord, ApiKeyRecord, AuditRecord, ClientRecord, CodeRecord, DeviceRecord, FamilyRecord, GrantRecord,
    IdempotencyRecord, KeyRecord, MembershipRecord, SessionRecord, TenantRecord, UseRecord, UserCodeKey, UserRecord,
};
use grantd_protocol::id::{AccessId, ApiKeyId, ChangeId, CodeId, DeviceId, FamilyId, GrantId, SessionId};
use grantd_protocol::{ScopeSet, SecretHash, Timestamp};
use std::sync::Arc;

/// One atomic change.
#[derive(Clone, Debug)]
pub struct Change {
    /// Names the change, to find out after a lost connection whether it was applied.
    pub id: ChangeId,
    /// Every fact whose loss would make the decision wrong.
    pub guards: Vec<Guard>,
    /// What to write if all of them hold.
    pub writes: Vec<Write>,
}

impl Change {
    /// A change without preconditions.
    #[must_use]
    pub const fn new(id: ChangeId, writes: Vec<Write>) -> Self {
        Self {
            id,
            guards: Vec::new(),
            writes,
        }
    }
}

/// A fact that must still hold when the change is applied.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Guard {
    /// The code exists and was not redeemed.
    CodeUnspent(CodeId),
    /// The waiting device exists and is at this version.
    DeviceAt {
        /// The device.
        id: DeviceId,
        /// The version the decision saw.
        version: u64,
    },
    /// No waiting device has this user code.
    UserCodeFree(UserCodeKey),
    /// The family exists, is not ended, and its refresh token is at this generation.
    FamilyAt {
        /// The family.
        id: FamilyId,
        /// The generation the decision saw.
        generation: Option<u32>,
    },
    /// The grant exists and is not ended.
    GrantLive(GrantId),
    /// The grant exists, is not ended, and is at this version.
    GrantAt {
        /// The grant.
        id: GrantId,
        /// The version the decision saw.
        version: u64,
    },
    /// No grant that is not ended exists for the four.
    NoGrant {
        /// The realm's name.
        realm: Arc<str>,
        /// The user's id.
        user: Arc<str>,
        /// The client.
        client_id: Arc<str>,
        /// The tenant, if any.
        tenant: Option<Arc<str>>,
    },
    /// The session exists and is not ended.
    SessionLive(SessionId),
    /// The user exists, is enabled, and is at this version.
    UserAt {
        /// The realm's name.
        realm: Arc<str>,
        /// The user's id.
        id: Arc<str>,
        /// The version the decision saw.
        version: u64,
    },
    /// The user exists, enabled or not, and is at this version.
    UserRowAt {
        /// The realm's name.
        realm: Arc<str>,
        /// The user's id.
        id: Arc<str>,
        /// The version the decision saw.
        version: u64,
    },
    /// No user of the realm has this key ([`UserRecord::key_of`]).
    UsernameFree {
        /// The realm's name.
        realm: Arc<str>,
        /// The key.
        key: String,
    },
    /// The client exists and is at this version.
    ClientAt {
        /// The realm's name.
        realm: Arc<str>,
        /// The client.
        client_id: Arc<str>,
        /// The version the decision saw.
        version: u64,
    },
    /// No client of the realm has this id.
    ClientIdFree {
        /// The realm's name.
        realm: Arc<str>,
        /// The id.
        client_id: Arc<str>,
    },
    /// The tenant exists and is at this version.
    TenantAt {
        /// The realm's name.
        realm: Arc<str>,
        /// The tenant.
        id: Arc<str>,
        /// The version the decision saw.
        version: u64,
    },
    /// No tenant of the realm has this id.
    TenantFree {
        /// The realm's name.
        realm: Arc<str>,
        /// The id.
        id: Arc<str>,
    },
    /// Nothing was answered under the idempotency key, or it has expired (see [`Write::PutIdempotency`]).
    IdempotencyFree([u8; 32]),
    /// The access token exists and was not ended.
    AccessLive(AccessId),
    /// The API key exists, was not ended, and is at this version.
    ApiKeyAt {
        /// The key.
        id: ApiKeyId,
        /// The version the decision saw.
        version: u64,
    },
    /// The single-use value was never remembered, or its memory has expired (see [`Write::Remember`]).
    Unseen(SeenKey),
    /// The attempt counter stands where the decision saw it; `None`: it does not exist.
    AttemptsAt {
        /// The counter.
        key: CounterKey,
        /// Its value, in milliseconds since the epoch.
        tat: Option<Timestamp>,
    },
    /// No key of this realm and algorithm is in this state.
    NoKey {
        /// The realm's name.
        realm: Arc<str>,
        /// JOSE algorithm name.
        alg: String,
        /// The state.
        state: crate::record::KeyState,
    },
    /// The key exists and is in this state.
    KeyAt {
        /// The realm's name.
        realm: Arc<str>,
        /// The key.
        kid: String,
        /// The state the decision saw.
        state: crate::record::KeyState,
    },
}

/// A single-use value of somebody else (an assertion's `jti`, a proof's `jti`): SHA-256 over its kind, realm, owner
/// and text.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct SeenKey(pub [u8; 32]);

/// An attempt counter's name: SHA-256 over what is limited and whom.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct CounterKey(pub [u8; 32]);

/// One thing to write. Inserts of a row that exists are a fault of the caller, unless said otherwise.
#[derive(Clone, Debug)]
pub enum Write {
    /// A new access token.
    InsertAccess(Box<AccessRecord>),
    /// Ends an access token; no effect on one that is gone.
    EndAccess {
        /// The token.
        id: AccessId,
        /// When.
        at: Timestamp,
    },
    /// A new code.
    InsertCode(Box<CodeRecord>),
    /// Marks a code as redeemed.
    SpendCode {
        /// The code.
        id: CodeId,
        /// When.
        at: Timestamp,
        /// Until when the row must be kept, so that a replay is seen.
        keep_until: Timestamp,
    },
    /// A device that begins to wait.
    InsertDevice(Box<DeviceRecord>),
    /// Replaces a waiting device's row by this one (whose version is the new one).
    UpdateDevice(Box<DeviceRecord>),
    /// A new family.
    InsertFamily(Box<FamilyRecord>),
    /// Moves a family to its next generation.
    RotateFamily {
        /// The family.
        id: FamilyId,
        /// The new generation.
        to: u32,
        /// When.
        at: Timestamp,
        /// The new idle end.
        idle_expires_at: Timestamp,
    },
    /// Moves a family's idle end without rotating.
    TouchFamily {
        /// The family.
        id: FamilyId,
        /// The new idle end.
        idle_expires_at: Timestamp,
    },
    /// Ends a family; no effect on one that is ended or does not exist yet.
    EndFamily {
        /// The family.
        id: FamilyId,
        /// When.
        at: Timestamp,
    },
    /// A new grant.
    InsertGrant(Box<GrantRecord>),
    /// Widens or narrows a grant and raises its version.
    UpdateGrant {
        /// The grant.
        id: GrantId,
        /// Everything that is allowed now.
        scope: ScopeSet,
        /// The resources it is allowed for.
        resource: Arc<str>,
        /// The redirect URI of this consent.
        redirect_uri: String,
        /// When.
        at: Timestamp,
        /// When it ends by itself.
        expires_at: Option<Timestamp>,
        /// The session it ends with.
        session: Option<SessionId>,
    },
    /// Ends a grant.
    EndGrant {
        /// The grant.
        id: GrantId,
        /// When.
        at: Timestamp,
    },
    /// A new session.
    InsertSession(Box<SessionRecord>),
    /// The same user proved again who they are: the session gets another secret, so that the cookie of before is dead,
    /// and what hangs off the session stays. No effect on one that is ended.
    RenewSession {
        /// The session.
        id: SessionId,
        /// Hash of the new cookie's secret.
        hash: SecretHash,
        /// The new login.
        authentication: Authentication,
        /// The new end.
        expires_at: Timestamp,
    },
    /// Ends a session.
    EndSession {
        /// The session.
        id: SessionId,
        /// When.
        at: Timestamp,
    },
    /// Ends all of a user's sessions and refresh families (a changed password, a disabled account), and raises the
    /// user's version.
    EndUser {
        /// The realm's name.
        realm: Arc<str>,
        /// The user's id.
        user: Arc<str>,
        /// When.
        at: Timestamp,
    },
    /// A new user.
    InsertUser(Box<UserRecord>),
    /// Replaces a user's row by this one (whose version is the new one).
    UpdateUser(Box<UserRecord>),
    /// Removes a user with their places in tenants; what [`Write::EndUser`] ends, and all of their grants, end in the
    /// same step.
    DeleteUser {
        /// The realm's name.
        realm: Arc<str>,
        /// The user's id.
        user: Arc<str>,
        /// When.
        at: Timestamp,
    },
    /// A new client.
    InsertClient(Box<ClientRecord>),
    /// Replaces a client's row by this one (whose version is the new one).
    UpdateClient(Box<ClientRecord>),
    /// Removes a client and what was counted of it; its grants and families are ended in the same step.
    DeleteClient {
        /// The realm's name.
        realm: Arc<str>,
        /// The client.
        client_id: Arc<str>,
        /// When.
        at: Timestamp,
    },
    /// A new tenant, or its replacement.
    PutTenant(Box<TenantRecord>),
    /// A user's place in a tenant, or its replacement. The tenant must exist.
    PutMembership(Box<MembershipRecord>),
    /// Removes a tenant that nobody belongs to; grants in it end in the same step.
    DeleteTenant {
        /// The realm's name.
        realm: Arc<str>,
        /// The tenant.
        id: Arc<str>,
        /// When.
        at: Timestamp,
    },
    /// Removes a user's place in a tenant; the user's grants there end in the same step.
    DeleteMembership {
        /// The realm's name.
        realm: Arc<str>,
        /// The user's id.
        user: Arc<str>,
        /// The tenant.
        tenant: Arc<str>,
        /// When.
        at: Timestamp,
    },
    /// Remembers what was answered under an idempotency key; replaces an expired memory of it.
    PutIdempotency(Box<IdempotencyRecord>),
    /// A new API key.
    InsertApiKey(Box<ApiKeyRecord>),
    /// Replaces a key's name, scope, expiry and version by this row's; no effect on one that is ended.
    UpdateApiKey(Box<ApiKeyRecord>),
    /// Ends an API key and raises its version; no effect on one that is ended or gone.
    EndApiKey {
        /// The key.
        id: ApiKeyId,
        /// When.
        at: Timestamp,
    },
    /// Adds uses to what was counted; no effect for a holder that is gone. Never together with a guard.
    CountUses(Vec<UseRecord>),
    /// A new signing key.
    InsertKey(Box<KeyRecord>),
    /// Moves a key to another state.
    SetKeyState {
        /// The realm's name.
        realm: Arc<str>,
        /// The key.
        kid: String,
        /// The new state.
        state: crate::record::KeyState,
        /// Since when.
        since: Timestamp,
        /// For a retired key, when it is removed.
        remove_at: Option<Timestamp>,
    },
    /// Removes a key.
    DeleteKey {
        /// The realm's name.
        realm: Arc<str>,
        /// The key.
        kid: String,
    },
    /// Remembers a single-use value until `expires_at`; replaces an expired memory of it.
    Remember {
        /// The value.
        key: SeenKey,
        /// When it may be forgotten.
        expires_at: Timestamp,
    },
    /// Sets an attempt counter.
    SetAttempts {
        /// The counter.
        key: CounterKey,
        /// Its new value.
        tat: Timestamp,
        /// When the row may be forgotten.
        expires_at: Timestamp,
    },
    /// A line of the audit log.
    Audit(Box<AuditRecord>),
    /// Removes at most `limit` rows that expired before `before`.
    Purge {
        /// Which rows.
        kind: PurgeKind,
        /// The bound.
        before: Timestamp,
        /// At most so many.
        limit: u32,
    },
}

/// Which rows a purge removes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum PurgeKind {
    /// Access tokens past their expiry.
    Access,
    /// Codes past `keep_until`. One whose family still lives is kept until the family's idle end instead: a used code
    /// is remembered for as long as anything that came from it lives. Counts as removed, so that a batch is a batch.
    Code,
    /// Waiting devices past their expiry. The codes of those that were allowed stay as codes do.
    Device,
    /// Families that ended or expired.
    Family,
    /// Sessions that ended or expired.
    Session,
    /// Grants that ended or expired.
    Grant,
    /// Remembered single-use values.
    Seen,
    /// Attempt counters.
    Attempts,
    /// Idempotency keys.
    Idempotency,
    /// API keys that ended or expired, with what was counted of them.
    ApiKey,
    /// The notes of which changes were applied (PostgreSQL), and of what caches must forget.
    Applied,
}

impl PurgeKind {
    /// Every kind.
    pub const ALL: &'static [Self] = &[
        Self::Access,
        Self::Code,
        Self::Device,
        Self::Family,
        Self::Session,
        Self::Grant,
        Self::Seen,
        Self::Attempts,
        Self::Idempotency,
        Self::ApiKey,
        Self::Applied,
    ];
}
