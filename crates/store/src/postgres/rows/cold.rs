//! Records that no request of a token waits for.

use super::{Columns, damaged};
use crate::Read;
use grantd_core::record::{
    ApiKeyFacts, ApiKeyRecord, AppPolicy, AuditRecord, Holder, KeyRecord, KeyState, TenantRecord, UpstreamLink,
    UseRecord,
};
use grantd_protocol::ScopeSet;
use grantd_protocol::id::{ApiKeyId, AuditId};
use std::sync::Arc;

impl Columns<'_> {
    /// A key with its tenant's fate and its last use.
    pub(in crate::postgres) fn api_key(&mut self) -> Read<ApiKeyFacts> {
        Ok(ApiKeyFacts {
            key: ApiKeyRecord {
                id: ApiKeyId::from_bytes(self.id()?),
                realm: self.text()?,
                version: self.version()?,
                hash: self.hash()?,
                last_four: self.take()?,
                tenant: self.maybe_text()?,
                name: self.text()?,
                scope: ScopeSet::from_stored(self.text()?),
                created_by: self.take()?,
                created_at: self.at()?,
                expires_at: self.maybe_at()?,
                ended_at: self.maybe_at()?,
                role: self.maybe_text()?,
            },
            tenant_disabled: self.take()?,
            last_used_at: self.maybe_at()?,
        })
    }

    /// `key, made_at, used_at, person`, of a link that has one.
    pub(in crate::postgres) fn link(&mut self, realm: &str, user: &str) -> Read<UpstreamLink> {
        Ok(UpstreamLink {
            realm: realm.into(),
            user: user.into(),
            key: self.take::<&[u8]>()?.try_into().map_err(|_| damaged("key of a link"))?,
            made_at: self.at()?,
            used_at: self.maybe_at()?,
            person: Some(self.json("linked person")?),
        })
    }

    /// `permission, count, first_used_at, last_used_at`.
    pub(in crate::postgres) fn uses(&mut self, realm: Arc<str>, holder: Holder) -> Read<UseRecord> {
        let permission: &str = self.take()?;
        Ok(UseRecord {
            realm,
            holder,
            permission: (!permission.is_empty()).then(|| permission.into()),
            count: self.version()?,
            first_used_at: self.at()?,
            last_used_at: self.at()?,
        })
    }

    /// `realm, id, version, name, enabled, app_policy, created_at`.
    pub(in crate::postgres) fn tenant(&mut self) -> Read<TenantRecord> {
        Ok(TenantRecord {
            realm: self.text()?,
            id: self.text()?,
            version: self.version()?,
            name: self.take()?,
            enabled: self.take()?,
            apps: match self.take::<&str>()? {
                "open" => AppPolicy::Open,
                "approval" => AppPolicy::Approval,
                _ => return Err(damaged("policy for applications")),
            },
            created_at: self.at()?,
        })
    }

    /// `realm, kid, alg, state, sealed, created_at, since, remove_at`.
    pub(in crate::postgres) fn key(&mut self) -> Read<KeyRecord> {
        Ok(KeyRecord {
            realm: self.text()?,
            kid: self.take()?,
            alg: self.take()?,
            state: match self.take::<&str>()? {
                "next" => KeyState::Next,
                "active" => KeyState::Active,
                "retired" => KeyState::Retired,
                _ => return Err(damaged("key state")),
            },
            sealed: self.take()?,
            created_at: self.at()?,
            since: self.at()?,
            remove_at: self.maybe_at()?,
        })
    }

    /// `realm, id, at, actor, action, target, address, detail`.
    pub(in crate::postgres) fn audit(&mut self) -> Read<AuditRecord> {
        Ok(AuditRecord {
            realm: self.text()?,
            id: AuditId::from_bytes(self.id()?),
            at: self.at()?,
            actor: self.take()?,
            action: self.take()?,
            target: self.take()?,
            address: self.take()?,
            detail: self.json("audit line")?,
        })
    }
}
