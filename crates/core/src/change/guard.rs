//! What must still be so when a change is applied.

use super::key::{CounterKey, SeenKey};
use crate::record::{DeliveryKey, KeyState, UserCodeKey};
use grantd_protocol::Timestamp;
use grantd_protocol::id::{AccessId, ApiKeyId, CodeId, DeviceId, FamilyId, GrantId, SessionId, WebhookId};
use std::sync::Arc;

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
    /// No user of the realm has this key ([`UserRecord::key_of`](crate::record::UserRecord::key_of)).
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
    /// The client exists, at whatever version.
    ClientExists {
        /// The realm's name.
        realm: Arc<str>,
        /// The client.
        client_id: Arc<str>,
    },
    /// Nothing hangs off the client: no grant that is not ended, no access token that is not purged. Whoever makes a grant
    /// with [`Guard::ClientExists`] at the same instant either comes first or finds the client gone.
    ClientUnused {
        /// The realm's name.
        realm: Arc<str>,
        /// The client.
        client_id: Arc<str>,
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
    /// Nobody of the realm is linked to this person at another provider ([`UpstreamLink::key`](crate::record::UpstreamLink)).
    LinkFree {
        /// The realm's name.
        realm: Arc<str>,
        /// The key.
        key: [u8; 32],
    },
    /// Nothing was answered under the idempotency key, or it has expired (see [`Write::PutIdempotency`](super::Write::PutIdempotency)).
    IdempotencyFree([u8; 32]),
    /// The client's note is due, and was tried this often.
    LogoutDue {
        /// The session.
        session: SessionId,
        /// The client.
        client_id: Arc<str>,
        /// The number that the decision saw.
        tries: u32,
    },
    /// The role of the database is at this version; `None`: it does not exist.
    RoleAt {
        /// The realm's name.
        realm: Arc<str>,
        /// The role's name.
        name: Arc<str>,
        /// The version the decision saw.
        version: Option<u64>,
    },
    /// The role exists in the database, at whatever version: for whoever gives it to somebody.
    RoleExists {
        /// The realm's name.
        realm: Arc<str>,
        /// The role's name.
        name: Arc<str>,
    },
    /// Nobody has the role ([`RoleHolders`](crate::record::RoleHolders)). Whoever gives it to somebody with
    /// [`Guard::RoleExists`] at the same instant either comes first or finds it gone.
    RoleUnused {
        /// The realm's name.
        realm: Arc<str>,
        /// The role's name.
        name: Arc<str>,
    },
    /// The webhook exists and is at this version.
    WebhookAt {
        /// The webhook.
        id: WebhookId,
        /// The version the decision saw.
        version: u64,
    },
    /// The delivery exists, was tried this often, and is due at this instant or not at all.
    DeliveryAt {
        /// The delivery.
        key: DeliveryKey,
        /// The number that the decision saw.
        tries: u32,
        /// The instant that it saw.
        due_at: Option<Timestamp>,
    },
    /// The access token exists and was not ended.
    AccessLive(AccessId),
    /// The API key exists, was not ended, and is at this version.
    ApiKeyAt {
        /// The key.
        id: ApiKeyId,
        /// The version the decision saw.
        version: u64,
    },
    /// So many places of the realm's status lists were given away so far; `None`: never one.
    PlacesAt {
        /// The realm's name.
        realm: Arc<str>,
        /// The number that the decision saw.
        next: Option<u64>,
    },
    /// The single-use value was never remembered, or its memory has expired (see [`Write::Remember`](super::Write::Remember)).
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
        state: KeyState,
    },
    /// The key exists and is in this state.
    KeyAt {
        /// The realm's name.
        realm: Arc<str>,
        /// The key.
        kid: String,
        /// The state the decision saw.
        state: KeyState,
    },
}
