//! A realm's tenants and keys out of rows.

use super::{Columns, damaged};
use crate::Read;
use grantd_core::record::{AppPolicy, KeyRecord, KeyState, TenantRecord};

impl Columns<'_> {
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
}
