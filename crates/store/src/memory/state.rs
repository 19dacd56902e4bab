//! What the memory store holds, and how its parts hang together.

use crate::CacheNote;
use grantd_core::change::{CounterKey, SeenKey};
use grantd_core::record::code::Delegation;
use grantd_core::record::{
    AccessFacts, AccessRecord, ApiKeyFacts, ApiKeyRecord, AuditRecord, ClientRecord, CodeRecord, DeliveryKey,
    DeliveryState, DeviceRecord, FamilyRecord, GrantRecord, Holder, IdempotencyRecord, KeptStatus, KeyRecord,
    MembershipRecord, RefusalCount, RefusedRecord, RoleRecord, SessionClient, SessionRecord, TenantAppRecord,
    TenantRecord, UpstreamLink, UseRecord, UserCodeKey, UserRecord, WebhookRecord,
};
use grantd_protocol::Timestamp;
use grantd_protocol::id::{
    AccessId, ApiKeyId, AuditId, CodeId, DeviceId, FamilyId, GrantId, RefusedId, SessionId, WebhookId,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Realm and name in it.
pub(super) type Key = (Arc<str>, Arc<str>);

/// Realm, user and tenant.
type Place = (Arc<str>, Arc<str>, Arc<str>);

/// Realm, holder and permission.
pub(super) type Used = (Arc<str>, Holder, Option<Arc<str>>);

/// Realm, hour, endpoint and error.
pub(super) type Refused = (Arc<str>, Timestamp, Arc<str>, Arc<str>);

pub(super) fn key(realm: &str, name: &str) -> Key {
    (realm.into(), name.into())
}

#[derive(Clone, Default)]
pub(super) struct State {
    pub(super) access: BTreeMap<AccessId, AccessRecord>,
    pub(super) codes: BTreeMap<CodeId, CodeRecord>,
    pub(super) devices: BTreeMap<DeviceId, DeviceRecord>,
    pub(super) families: BTreeMap<FamilyId, FamilyRecord>,
    pub(super) grants: BTreeMap<GrantId, GrantRecord>,
    pub(super) sessions: BTreeMap<SessionId, SessionRecord>,
    pub(super) webhooks: BTreeMap<WebhookId, WebhookRecord>,
    pub(super) deliveries: BTreeMap<DeliveryKey, DeliveryState>,
    pub(super) session_clients: BTreeMap<(SessionId, Arc<str>), SessionClient>,
    pub(super) users: BTreeMap<Key, UserRecord>,
    pub(super) links: BTreeMap<(Arc<str>, [u8; 32]), UpstreamLink>,
    pub(super) clients: BTreeMap<Key, ClientRecord>,
    pub(super) tenants: BTreeMap<Key, TenantRecord>,
    /// By realm, tenant and client.
    pub(super) tenant_apps: BTreeMap<Place, TenantAppRecord>,
    pub(super) memberships: BTreeMap<Place, MembershipRecord>,
    pub(super) roles: BTreeMap<Key, RoleRecord>,
    pub(super) keys: BTreeMap<Key, KeyRecord>,
    pub(super) api_keys: BTreeMap<ApiKeyId, ApiKeyRecord>,
    /// How many places of each realm's status lists were given away.
    pub(super) places: BTreeMap<Arc<str>, u64>,
    pub(super) kept_status: Option<KeptStatus>,
    pub(super) uses: BTreeMap<Used, UseRecord>,
    /// Until when.
    pub(super) seen: BTreeMap<SeenKey, Timestamp>,
    /// Value, and until when.
    pub(super) attempts: BTreeMap<CounterKey, (Timestamp, Timestamp)>,
    pub(super) refused: BTreeMap<RefusedId, RefusedRecord>,
    pub(super) refusals: BTreeMap<Refused, RefusalCount>,
    pub(super) idempotency: BTreeMap<[u8; 32], IdempotencyRecord>,
    pub(super) audit: BTreeMap<AuditId, AuditRecord>,
    /// What caches must forget, and since when.
    pub(super) notes: Vec<(CacheNote, Timestamp)>,
    pub(super) last_position: i64,
}

impl State {
    pub(super) fn user_by_key(&self, realm: &str, username_key: &str) -> Option<&UserRecord> {
        let mut users = self.users.values();
        users.find(|user| &*user.realm == realm && UserRecord::key_of(&user.username) == username_key)
    }

    pub(super) fn device_with(&self, code: UserCodeKey) -> Option<&DeviceRecord> {
        self.devices.values().find(|row| row.user_code == code)
    }

    pub(super) fn grant_for(
        &self,
        realm: &str,
        user: &str,
        client_id: &str,
        tenant: Option<&str>,
    ) -> Option<&GrantRecord> {
        self.grants.values().find(|grant| {
            grant.ended_at.is_none()
                && &*grant.realm == realm
                && &*grant.user == user
                && &*grant.client_id == client_id
                && grant.tenant.as_deref() == tenant
        })
    }

    pub(super) fn session_of(&self, delegation: &Delegation) -> Option<SessionRecord> {
        delegation.session.and_then(|id| self.sessions.get(&id)).cloned()
    }

    pub(super) fn user_of(&self, delegation: &Delegation) -> Option<UserRecord> {
        self.users.get(&key(&delegation.realm, &delegation.user)).cloned()
    }

    /// When a family ended: by itself, or because its grant did.
    pub(super) fn family_end(&self, family: &FamilyRecord) -> Option<Timestamp> {
        let grant = self.grants.get(&family.delegation.grant);
        family.ended_at.or_else(|| grant.and_then(|grant| grant.ended_at))
    }

    pub(super) fn facts_of(&self, token: &AccessRecord) -> AccessFacts {
        let grant_ended = token.grant.is_some_and(|id| {
            let grant = self.grants.get(&id);
            grant.is_none_or(|grant| grant.ended_at.is_some() || grant.session.is_some_and(|id| self.session_ended(id)))
        });
        let family_ended = token.family.is_some_and(|id| {
            let family = self.families.get(&id);
            grant_ended || family.is_none_or(|family| family.ended_at.is_some())
        });
        let user_disabled = (token.grant.is_some() || token.is_made_by_hand()) && {
            let user = self.users.get(&key(&token.realm, &token.subject));
            user.is_none_or(|user| !user.enabled)
        };
        AccessFacts {
            token: token.clone(),
            family_ended,
            grant_ended,
            user_disabled,
            tenant_lost: self.tenant_lost(token),
            subject_ended: false,
            app_blocked: false,
            authentication: token.family.and_then(|id| {
                let family = self.families.get(&id);
                family.map(|family| family.delegation.authentication.clone())
            }),
        }
    }

    fn session_ended(&self, id: SessionId) -> bool {
        let session = self.sessions.get(&id);
        session.is_none_or(|session| session.ended_at.is_some())
    }

    fn tenant_lost(&self, token: &AccessRecord) -> bool {
        let acts_for_user = token.grant.is_some() || token.is_made_by_hand();
        token.tenant.as_ref().is_some_and(|tenant| {
            let place = (Arc::clone(&token.realm), Arc::clone(&token.subject), Arc::clone(tenant));
            self.is_tenant_disabled(&token.realm, Some(tenant))
                || (acts_for_user && !self.memberships.contains_key(&place))
        })
    }

    pub(super) fn is_live(&self, token: &AccessRecord, now: Timestamp) -> bool {
        let facts = self.facts_of(token);
        // As the filter of lists says: of tenants only where somebody made the token by hand.
        let tenant_lost = facts.tenant_lost && token.is_made_by_hand();
        let cut_off = facts.family_ended || facts.grant_ended || facts.user_disabled || tenant_lost;
        token.ended_at.is_none() && now < token.expires_at && !cut_off
    }

    /// Whether a tenant is disabled or gone; never without one.
    pub(super) fn is_tenant_disabled(&self, realm: &str, tenant: Option<&Arc<str>>) -> bool {
        tenant.is_some_and(|id| {
            let tenant = self.tenants.get(&key(realm, id));
            tenant.is_none_or(|tenant| !tenant.enabled)
        })
    }

    pub(super) fn key_facts_of(&self, row: &ApiKeyRecord) -> ApiKeyFacts {
        let used = (Arc::clone(&row.realm), Holder::ApiKey(row.id), None);
        ApiKeyFacts {
            key: row.clone(),
            tenant_disabled: self.is_tenant_disabled(&row.realm, row.tenant.as_ref()),
            last_used_at: self.uses.get(&used).map(|uses| uses.last_used_at),
        }
    }
}
