//! Lists of the memory store, most of which only the admin API asks for, removals, and idempotency keys.

use super::state::{State, key};
use crate::{AccessFilter, ApiKeyFilter, CacheNote, GrantFilter};
use grantd_core::change::Write;
use grantd_core::record::{
    AccessRecord, ApiKeyFacts, ClientRecord, GrantRecord, Holder, MembershipRecord, SessionRecord, TenantRecord,
    UpstreamLink, UseRecord,
};
use grantd_protocol::Timestamp;
use grantd_protocol::id::{AccessId, ApiKeyId};
use std::ops::Bound;
use std::sync::Arc;

/// How many notes one read of the change log gives.
const NOTES: usize = 1000;

impl State {
    /// Where a user belongs.
    pub(super) fn memberships_of(&self, realm: &str, user: &str) -> Vec<MembershipRecord> {
        let rows = self.memberships.values();
        let rows = rows.filter(|row| &*row.realm == realm && &*row.user == user);
        rows.filter_map(|row| {
            let tenant = self.tenants.get(&key(realm, &row.tenant.id))?.clone();
            Some(MembershipRecord { tenant, ..row.clone() })
        })
        .collect()
    }

    /// The notes behind a position, or where they stand.
    pub(super) fn notes_behind(&self, position: Option<i64>) -> Vec<CacheNote> {
        let Some(position) = position else {
            return vec![CacheNote::start(self.last_position)];
        };
        let notes = self.notes.iter().map(|(note, _)| note);
        let behind = notes.filter(|note| note.position > position);
        behind.take(NOTES).cloned().collect()
    }

    /// A realm's access tokens, the newest first.
    pub(super) fn access_before<'s>(
        &'s self,
        realm: &'s str,
        filter: &'s AccessFilter,
        before: Option<AccessId>,
    ) -> impl Iterator<Item = &'s AccessRecord> + 's {
        let end = before.map_or(Bound::Unbounded, Bound::Excluded);
        let rows = self.access.range((Bound::Unbounded, end)).rev().map(|(_, row)| row);
        rows.filter(move |row| {
            &*row.realm == realm
                && filter
                    .client_id
                    .as_deref()
                    .is_none_or(|client| client == &*row.client_id)
                && filter.subject.as_deref().is_none_or(|subject| subject == &*row.subject)
                && (filter.tenant.is_none() || filter.tenant.as_deref() == row.tenant.as_deref())
                && (!filter.made_by_hand || row.is_made_by_hand())
                && filter.live_at.is_none_or(|now| self.is_live(row, now))
        })
    }

    /// A realm's API keys, the newest first.
    pub(super) fn api_keys_before<'s>(
        &'s self,
        realm: &'s str,
        filter: &'s ApiKeyFilter,
        before: Option<ApiKeyId>,
    ) -> impl Iterator<Item = ApiKeyFacts> + 's {
        let end = before.map_or(Bound::Unbounded, Bound::Excluded);
        let rows = self.api_keys.range((Bound::Unbounded, end)).rev().map(|(_, row)| row);
        let rows = rows.filter(move |row| {
            &*row.realm == realm && (filter.tenant.is_none() || filter.tenant.as_deref() == row.tenant.as_deref())
        });
        rows.map(|row| self.key_facts_of(row)).filter(|facts| {
            filter.live_at.is_none_or(|now| {
                let key = &facts.key;
                key.ended_at.is_none() && key.expires_at.is_none_or(|end| now < end) && !facts.tenant_disabled
            })
        })
    }

    pub(super) fn tenants_after<'s>(
        &'s self,
        realm: &'s str,
        after: &'s str,
    ) -> impl Iterator<Item = TenantRecord> + 's {
        let rows = self
            .tenants
            .values()
            .filter(move |row| &*row.realm == realm && &*row.id > after);
        rows.cloned()
    }

    pub(super) fn members_after(
        &self,
        realm: &str,
        tenant: &str,
        role: Option<&str>,
        after: &str,
    ) -> Vec<MembershipRecord> {
        let rows = self.memberships.values().filter(|row| {
            &*row.realm == realm
                && &*row.tenant.id == tenant
                && &*row.user > after
                && role.is_none_or(|role| role == &*row.role)
        });
        let with_tenant = rows.filter_map(|row| {
            let tenant = self.tenants.get(&key(realm, &row.tenant.id))?.clone();
            Some(MembershipRecord { tenant, ..row.clone() })
        });
        let mut members: Vec<_> = with_tenant.collect();
        members.sort_by(|left, right| left.user.cmp(&right.user));
        members
    }

    pub(super) fn service_accounts_after<'s>(
        &'s self,
        realm: &'s str,
        tenant: &'s str,
        after: &'s str,
    ) -> impl Iterator<Item = ClientRecord> + 's {
        let rows = self.clients.values().filter(move |row| {
            &*row.realm == realm && row.tenant.as_deref() == Some(tenant) && &*row.client_id > after
        });
        rows.cloned()
    }

    pub(super) fn findings_after<'s>(
        &'s self,
        realm: &'s str,
        after: Option<(&'s str, &'s str)>,
    ) -> impl Iterator<Item = &'s UseRecord> {
        self.uses.values().filter(move |row| {
            let Holder::Breaks(client_id) = &row.holder else {
                return false;
            };
            let here = (&**client_id, row.permission.as_deref().unwrap_or_default());
            &*row.realm == realm && after.is_none_or(|after| here > after)
        })
    }

    pub(super) fn live_grants<'s>(
        &'s self,
        realm: &'s str,
        filter: &'s GrantFilter,
    ) -> impl Iterator<Item = &'s GrantRecord> {
        let is = |asked: &Option<String>, found: Option<&str>| asked.is_none() || asked.as_deref() == found;
        self.grants.values().filter(move |row| {
            row.ended_at.is_none()
                && &*row.realm == realm
                && is(&filter.user, Some(&row.user))
                && is(&filter.client_id, Some(&row.client_id))
                && is(&filter.tenant, row.tenant.as_deref())
        })
    }

    pub(super) fn sessions_newest_first<'s>(
        &'s self,
        realm: &'s str,
        user: &'s str,
    ) -> impl Iterator<Item = &'s SessionRecord> {
        let rows = self.sessions.values().rev();
        rows.filter(move |row| &*row.realm == realm && &*row.user == user)
    }

    pub(super) fn links_of(&self, realm: &str, user: &str) -> Vec<UpstreamLink> {
        let is_theirs = |row: &&UpstreamLink| &*row.realm == realm && &*row.user == user && row.person.is_some();
        let mut links: Vec<UpstreamLink> = self.links.values().filter(is_theirs).cloned().collect();
        links.sort_by_key(|row| (row.made_at, row.key));
        links
    }

    pub(super) fn apply_removal(&mut self, write: Write, now: Timestamp) {
        match write {
            Write::DeleteUser { realm, user, at } => {
                self.end_user(&realm, &user, at, now);
                self.end_grants(at, |row| row.realm == realm && row.user == user);
                self.memberships.retain(|_, row| row.realm != realm || row.user != user);
                self.end_by_hand(at, |row| row.realm == realm && row.subject == user);
                self.links.retain(|_, row| row.realm != realm || row.user != user);
                self.users.remove(&key(&realm, &user));
            }
            Write::DeleteTenant { realm, id, at } => {
                self.end_grants(at, |row| row.realm == realm && row.tenant.as_ref() == Some(&id));
                // The id may be taken again: what the tenant held must not come back with it.
                for row in self.api_keys.values_mut() {
                    if row.realm == realm && row.tenant.as_ref() == Some(&id) && row.ended_at.is_none() {
                        row.ended_at = Some(at);
                        row.version += 1;
                    }
                }
                self.end_by_hand(at, |row| row.realm == realm && row.tenant.as_ref() == Some(&id));
                self.tenant_apps.retain(|_, row| row.realm != realm || row.tenant != id);
                self.tenants.remove(&key(&realm, &id));
                self.note("tenant", &realm, &id, now);
            }
            Write::DeleteMembership {
                realm,
                user,
                tenant,
                at,
            } => {
                self.end_grants(at, |row| {
                    row.realm == realm && row.user == user && row.tenant.as_ref() == Some(&tenant)
                });
                self.end_by_hand_of(&realm, &user, Some(&tenant), at);
                self.note("user", &realm, &user, now);
                self.memberships.remove(&(Arc::clone(&realm), user, tenant));
            }
            Write::EndByHand {
                realm,
                user,
                tenant,
                at,
            } => {
                self.end_by_hand_of(&realm, &user, tenant.as_deref(), at);
                self.note("user", &realm, &user, now);
            }
            Write::InsertLink(row) => {
                self.links.insert((Arc::clone(&row.realm), row.key), *row);
            }
            Write::UseLink { realm, key, person, at } => {
                if let Some(row) = self.links.get_mut(&(realm, key)) {
                    (row.person, row.used_at) = (Some(person), Some(at));
                }
            }
            Write::DeleteLink { realm, key, user } => {
                self.links
                    .retain(|of, row| *of != (Arc::clone(&realm), key) || row.user != user);
            }
            Write::PutIdempotency(row) => {
                self.idempotency.insert(row.key, *row);
            }
            write @ (Write::PutTenantApp(_) | Write::DeleteTenantApp { .. } | Write::EndTenantApp { .. }) => {
                self.apply_tenant_app(write, now);
            }
            role @ (Write::PutRole(_) | Write::DeleteRole { .. }) => self.apply_role(role, now),
            other => self.apply_session_client(other),
        }
    }

    /// Grants end with it, and what is kept of it leaves.
    pub(super) fn delete_client(&mut self, write: &Write, now: Timestamp) {
        let Write::DeleteClient {
            realm,
            client_id,
            keeps_blocks,
            at,
        } = write
        else {
            return;
        };
        let (realm, client_id) = (&**realm, &**client_id);
        self.forget_decisions(realm, client_id, *keeps_blocks);
        self.clients.remove(&key(realm, client_id));
        let counted = [Holder::Client, Holder::Breaks, Holder::Secrets].map(|of| of(client_id.into()));
        self.uses
            .retain(|(of, by, _), _| &**of != realm || !counted.contains(by));
        self.refused
            .retain(|_, row| &*row.realm != realm || &*row.client_id != client_id);
        // Families end with their grants, which is seen when they are read.
        let grants = self.grants.values_mut();
        for grant in grants.filter(|grant| &*grant.realm == realm && &*grant.client_id == client_id) {
            grant.ended_at.get_or_insert(*at);
        }
        self.note("client", realm, client_id, now);
    }

    /// Those for one tenant, or all.
    fn end_by_hand_of(&mut self, realm: &str, user: &str, tenant: Option<&str>, at: Timestamp) {
        self.end_by_hand(at, |row| {
            let is_meant = tenant.is_none() || row.tenant.as_deref() == tenant;
            *row.realm == *realm && *row.subject == *user && is_meant
        });
    }

    /// Who leaves and comes back finds no token that they made by hand before.
    pub(super) fn end_by_hand(&mut self, at: Timestamp, which: impl Fn(&AccessRecord) -> bool) {
        let made = self.access.values_mut().filter(|row| row.is_made_by_hand());
        for token in made.filter(|row| which(row)) {
            token.ended_at.get_or_insert(at);
        }
    }

    pub(super) fn end_grants(&mut self, at: Timestamp, which: impl Fn(&GrantRecord) -> bool) {
        for grant in self.grants.values_mut().filter(|row| which(row)) {
            grant.ended_at.get_or_insert(at);
        }
    }
}
