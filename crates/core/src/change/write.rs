//! What a change writes.

use super::key::{CounterKey, SeenKey};
use super::purge::PurgeKind;
use crate::record::code::Authentication;
use crate::record::{
    AccessRecord, ApiKeyRecord, AuditRecord, Binding, ClientRecord, CodeRecord, DeliveryKey, DeliveryState,
    DeviceRecord, FamilyRecord, GrantRecord, IdempotencyRecord, KeptStatus, KeyRecord, KeyState, LinkedPerson,
    MembershipRecord, RefusalCount, RefusedRecord, RoleRecord, SessionClient, SessionRecord, TenantAppRecord,
    TenantRecord, UpstreamLink, UseRecord, UserRecord, WebhookRecord,
};
use grantd_protocol::id::{AccessId, ApiKeyId, CodeId, FamilyId, GrantId, SessionId, WebhookId};
use grantd_protocol::{ScopeSet, SecretHash, Timestamp};
use std::sync::Arc;

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
        /// What the request proved that its access token is bound to.
        rotated_for: Option<Binding>,
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
    /// Notes that a client wants to hear of the session's end; replaces what was noted before. Whatever ends the session
    /// ([`Write::EndSession`], [`Write::EndUser`], [`Write::DeleteUser`]) makes the note due.
    NoteSessionClient(Box<SessionClient>),
    /// Counts an attempt to tell a client, and says when to try again; no effect on a note that is gone.
    TryLogout {
        /// The session.
        session: SessionId,
        /// The client.
        client_id: Arc<str>,
        /// Attempts so far, with this one.
        tries: u32,
        /// When to try again.
        due_at: Timestamp,
    },
    /// Removes a note.
    ForgetSessionClient {
        /// The session.
        session: SessionId,
        /// The client.
        client_id: Arc<str>,
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
    /// Removes a client, what was counted of it, its refused requests and what tenants decided about it; its grants and
    /// families are ended in the same step.
    DeleteClient {
        /// The realm's name.
        realm: Arc<str>,
        /// The client.
        client_id: Arc<str>,
        /// Whether the blocks of tenants stay, since the client may come back under its id.
        keeps_blocks: bool,
        /// When.
        at: Timestamp,
    },
    /// A new tenant, or its replacement.
    PutTenant(Box<TenantRecord>),
    /// A user's place in a tenant, or its replacement. The tenant must exist.
    PutMembership(Box<MembershipRecord>),
    /// Removes a tenant that nobody belongs to, with what it decided about applications. Grants in it, its API keys and the tokens that somebody made by hand for it
    /// end in the same step, or they would come back with a tenant of the same id.
    DeleteTenant {
        /// The realm's name.
        realm: Arc<str>,
        /// The tenant.
        id: Arc<str>,
        /// When.
        at: Timestamp,
    },
    /// Removes a user's place in a tenant; the user's grants there, and the tokens that they made by hand for it, end in the
    /// same step.
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
    /// What a tenant's administrators decided about an application, or are asked to decide, or its replacement.
    PutTenantApp(Box<TenantAppRecord>),
    /// Removes what was decided about an application in a tenant.
    DeleteTenantApp {
        /// The realm's name.
        realm: Arc<str>,
        /// The tenant.
        tenant: Arc<str>,
        /// The client.
        client_id: Arc<str>,
    },
    /// Ends what an application has in a tenant: the grants to it there, and the tokens that somebody made by hand for it.
    EndTenantApp {
        /// The realm's name.
        realm: Arc<str>,
        /// The tenant.
        tenant: Arc<str>,
        /// The client.
        client_id: Arc<str>,
        /// When.
        at: Timestamp,
    },
    /// Ends the tokens that were made by hand for a user: those for one tenant, where their place permits less than it did, or
    /// all of them, where whoever made them may have been somebody else.
    EndByHand {
        /// The realm's name.
        realm: Arc<str>,
        /// The user's id.
        user: Arc<str>,
        /// The tenant; `None` for every one and none.
        tenant: Option<Arc<str>>,
        /// When.
        at: Timestamp,
    },
    /// Links somebody at another provider to a user. [`Write::DeleteUser`] removes it.
    InsertLink(Box<UpstreamLink>),
    /// Somebody came from another provider, who calls them this now; no effect on a link that is gone.
    UseLink {
        /// The realm's name.
        realm: Arc<str>,
        /// The link's key.
        key: [u8; 32],
        /// Who they are.
        person: Box<LinkedPerson>,
        /// When.
        at: Timestamp,
    },
    /// Removes a user's link; no effect on one that is gone, or another user's.
    DeleteLink {
        /// The realm's name.
        realm: Arc<str>,
        /// The link's key.
        key: [u8; 32],
        /// The user's id.
        user: Arc<str>,
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
    /// Adds uses, or findings, to what was counted; no effect for a holder that is gone. Never together with a guard.
    CountUses(Vec<UseRecord>),
    /// Adds refused requests to the rings of their clients, and removes what is too much of each: the oldest beyond
    /// [`KEPT`](crate::record::refused::KEPT). No effect for a client that is gone. Never together with a guard.
    NoteRefused(Vec<RefusedRecord>),
    /// Adds to how many requests were refused. Never together with a guard.
    CountRefused(Vec<RefusalCount>),
    /// Gives places of the realm's status lists away: so many are gone from now on. Never purged, since a place must not be
    /// given away twice.
    LeasePlaces {
        /// The realm's name.
        realm: Arc<str>,
        /// How many.
        next: u64,
    },
    /// Keeps what is known of the status lists; no effect where more is kept already.
    KeepStatus(Box<KeptStatus>),
    /// A new signing key.
    InsertKey(Box<KeyRecord>),
    /// Moves a key to another state.
    SetKeyState {
        /// The realm's name.
        realm: Arc<str>,
        /// The key.
        kid: String,
        /// The new state.
        state: KeyState,
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
    /// A role, or its replacement (whose version is the new one).
    PutRole(Box<RoleRecord>),
    /// Removes a role of the database.
    DeleteRole {
        /// The realm's name.
        realm: Arc<str>,
        /// The role's name.
        name: Arc<str>,
    },
    /// A webhook, or its replacement (whose version is the new one).
    PutWebhook(Box<WebhookRecord>),
    /// Removes a webhook with its deliveries.
    DeleteWebhook(WebhookId),
    /// Moves a delivery on; no effect on one that is gone.
    MoveDelivery {
        /// The delivery.
        key: DeliveryKey,
        /// How far it is now.
        to: DeliveryState,
    },
    /// A line of the audit log. For each webhook of its realm that wants to hear of its action it makes a delivery, due at
    /// once.
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
