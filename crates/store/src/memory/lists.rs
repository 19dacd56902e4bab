//! Lists of the memory store that can be sorted.

use super::page;
use super::state::{State, key};
use crate::sort::{ClientColumn, Sorted, UserColumn};
use crate::{GrantFilter, Page};
use grantd_core::record::{AuditRecord, ClientRecord, GrantRecord, Holder, UseRecord, UserRecord};
use grantd_protocol::id::{AuditId, GrantId};
use std::ops::Bound;

impl State {
    pub(super) fn uses_of(&self, realm: &str, holder: &Holder) -> Vec<UseRecord> {
        let rows = self.uses.values();
        let rows = rows.filter(|row| &*row.realm == realm && row.holder == *holder);
        rows.cloned().collect()
    }

    /// A realm's clients by id.
    pub(super) fn clients_after<'s>(
        &'s self,
        realm: &'s str,
        after: Option<&str>,
    ) -> impl Iterator<Item = &'s ClientRecord> + use<'s> {
        let from = Bound::Excluded(key(realm, after.unwrap_or_default()));
        let rows = self.clients.range((from, Bound::Unbounded));
        rows.map(|(_, row)| row).take_while(move |row| &*row.realm == realm)
    }

    /// A realm's users by id.
    pub(super) fn users_after<'s>(
        &'s self,
        realm: &'s str,
        after: Option<&str>,
    ) -> impl Iterator<Item = &'s UserRecord> + use<'s> {
        let from = Bound::Excluded(key(realm, after.unwrap_or_default()));
        let rows = self.users.range((from, Bound::Unbounded));
        rows.map(|(_, row)| row).take_while(move |row| &*row.realm == realm)
    }

    pub(super) fn clients_sorted(&self, asked: &Sorted<ClientColumn>) -> Page<ClientRecord> {
        let rows = self.clients_after(&asked.realm, None);
        let rows = rows.filter(|row| asked.owner.as_ref().is_none_or(|owner| is_owned_by(row, owner)));
        page(asked.rows(rows.cloned()).into_iter(), asked.limit)
    }

    pub(super) fn users_sorted(&self, asked: &Sorted<UserColumn>) -> Page<UserRecord> {
        let rows = self.users_after(&asked.realm, None);
        page(asked.rows(rows.cloned()).into_iter(), asked.limit)
    }

    pub(super) fn audit_before(&self, realm: &str, before: Option<AuditId>, limit: u32) -> Page<AuditRecord> {
        let end = before.map_or(Bound::Unbounded, Bound::Excluded);
        let rows = self.audit.range((Bound::Unbounded, end)).rev().map(|(_, row)| row);
        page(rows.filter(|row| &*row.realm == realm).cloned(), limit)
    }

    pub(super) fn audit_from(&self, realm: &str, after: Option<AuditId>, limit: u32) -> Page<AuditRecord> {
        let begin = after.map_or(Bound::Unbounded, Bound::Excluded);
        let rows = self.audit.range((begin, Bound::Unbounded)).map(|(_, row)| row);
        page(rows.filter(|row| &*row.realm == realm).cloned(), limit)
    }

    /// Grants behind the cursor, in the order that the filter says.
    pub(super) fn grants_behind(&self, realm: &str, filter: &GrantFilter, behind: Option<GrantId>) -> Vec<GrantRecord> {
        let mut rows: Vec<_> = self.live_grants(realm, filter).cloned().collect();
        if filter.newest_first {
            rows.reverse();
        }
        rows.retain(|row| match behind {
            None => true,
            Some(behind) if filter.newest_first => row.id < behind,
            Some(behind) => row.id > behind,
        });
        rows
    }
}

/// Whether a developer made it.
pub(super) fn is_owned_by(client: &ClientRecord, owner: &str) -> bool {
    client.development.as_ref().is_some_and(|own| &*own.owner == owner)
}
