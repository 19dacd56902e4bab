//! The memory store's lists of what there can be a great many of, filtered.

use super::state::{State, key};
use crate::{AccessFilter, ApiKeyFilter};
use grantd_core::record::{AccessRecord, ApiKeyFacts, ClientRecord};
use grantd_protocol::id::{AccessId, ApiKeyId};
use std::ops::Bound;

impl State {
    pub(super) fn clients_of<'s>(
        &'s self,
        realm: &'s str,
        owner: &'s str,
        after: &str,
    ) -> impl Iterator<Item = &'s ClientRecord> {
        let from = Bound::Excluded(key(realm, after));
        let rows = self.clients.range((from, Bound::Unbounded)).map(|(_, row)| row);
        rows.take_while(move |row| &*row.realm == realm).filter(move |row| {
            let whose = row.development.as_ref().map(|own| &*own.owner);
            whose == Some(owner)
        })
    }

    pub(super) fn tokens<'s>(
        &'s self,
        realm: &'s str,
        filter: &'s AccessFilter,
        before: Option<AccessId>,
    ) -> impl Iterator<Item = &'s AccessRecord> {
        let end = before.map_or(Bound::Unbounded, Bound::Excluded);
        let rows = self.access.range((Bound::Unbounded, end)).rev().map(|(_, row)| row);
        let is = |asked: &Option<String>, found: &str| asked.as_deref().is_none_or(|asked| asked == found);
        rows.filter(move |row| {
            &*row.realm == realm
                && is(&filter.client_id, &row.client_id)
                && is(&filter.subject, &row.subject)
                && (filter.tenant.is_none() || filter.tenant.as_deref() == row.tenant.as_deref())
                && (!filter.made_by_hand || row.is_made_by_hand())
                && filter.live_at.is_none_or(|now| self.is_live(row, now))
        })
    }

    pub(super) fn api_keys<'s>(
        &'s self,
        realm: &'s str,
        filter: &'s ApiKeyFilter,
        before: Option<ApiKeyId>,
    ) -> impl Iterator<Item = ApiKeyFacts> {
        let end = before.map_or(Bound::Unbounded, Bound::Excluded);
        let rows = self.api_keys.range((Bound::Unbounded, end)).rev().map(|(_, row)| row);
        let rows = rows.filter(move |row| {
            &*row.realm == realm && (filter.tenant.is_none() || filter.tenant.as_deref() == row.tenant.as_deref())
        });
        rows.map(|row| self.key_facts_of(row)).filter(move |facts| {
            filter.live_at.is_none_or(|now| {
                let key = &facts.key;
                key.ended_at.is_none() && key.expires_at.is_none_or(|end| now < end) && !facts.tenant_disabled
            })
        })
    }
}
